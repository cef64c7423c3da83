"""Who talks to the gateway: the official Python clients, the official npm clients, and plain HTTP."""

import json
import os
import ssl
import subprocess
from pathlib import Path

import chromadb
import httpx
from chromadb.config import Settings
from qdrant_client import QdrantClient

from .processes import ROOT

_PRELUDE = """
import { ChromaClient } from 'chromadb';
const given = JSON.parse(process.env.GIVEN);
const client = new ChromaClient({ host: given.host, port: given.port, ssl: true, headers: { 'x-chroma-token': given.token } });
const raised = async (call) => { try { await call(); return null; } catch (e) { return { name: e.name, message: e.message }; } };
const out = await (async () => {
%s
})();
process.stdout.write(JSON.stringify(out ?? null));
"""


def python_client(port: int, token: str, authority: Path, *, bearer: bool = False) -> chromadb.ClientAPI:
    """The official client. The token stands where its API key does, or in a bearer header."""
    settings = Settings(anonymized_telemetry=False, chroma_server_ssl_verify=str(authority))
    headers = {"authorization": f"Bearer {token}"} if bearer else {"x-chroma-token": token}
    return chromadb.HttpClient("127.0.0.1", port, ssl=True, headers=headers, settings=settings)


def npm_client(port: int, token: str, authority: Path, script: str) -> object:
    """Runs the body of an async function that has `client`, and gives back what it returns."""
    return node(_PRELUDE % script, {"host": "127.0.0.1", "port": port, "token": token}, authority)


def node(script: str, given: dict, authority: Path) -> object:
    """Runs a script that finds `given` in the environment and writes JSON, and gives back what that says."""
    run = subprocess.run(
        ["node", "--input-type=module", "--eval", script],
        cwd=ROOT / "tests",
        env={**os.environ, "GIVEN": json.dumps(given), "NODE_EXTRA_CA_CERTS": str(authority)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    if run.returncode != 0:
        raise AssertionError(f"node ended with {run.returncode}:\n{run.stderr}\n{run.stdout}")
    return json.loads(run.stdout)


def http_client(port: int, token: str | None, authority: Path, *, http2: bool = False) -> httpx.Client:
    """Plain HTTP, for what no official client would send."""
    return httpx.Client(
        base_url=f"https://127.0.0.1:{port}",
        headers={"x-chroma-token": token} if token else {},
        verify=ssl.create_default_context(cafile=str(authority)),
        http2=http2,
        timeout=60,
    )


_QDRANT_PRELUDE = """
const given = JSON.parse(process.env.GIVEN);
const { QdrantClient } = await import(given.module);
const client = new QdrantClient({ host: '127.0.0.1', port: given.port, https: true, apiKey: given.token, ...given.options });
console.log = console.warn;
const told = (e) => ({ name: e.name, message: e.message, status: e.status ?? null, data: e.data ?? null });
const raised = async (call) => { try { await call(); return null; } catch (e) { return told(e); } };
const plain = (value) => JSON.parse(JSON.stringify(value, (_, v) => typeof v === 'bigint' ? Number(v) : v));
const out = await (async () => {
%s
})();
process.stdout.write(JSON.stringify(plain(out ?? null)), () => process.exit(0));
"""


def qdrant_client(port: int, token: str, authority: Path, *, way: str, **options: object) -> QdrantClient:
    """Qdrant's official Python client; `way` is `rest` or `grpc`."""
    # The client asks for the server's version without the certificate that it was given.
    options = {"check_compatibility": False, **options}
    return QdrantClient(
        host="127.0.0.1",
        port=port,
        grpc_port=port,
        https=True,
        api_key=token,
        prefer_grpc=way == "grpc",
        verify=ssl.create_default_context(cafile=str(authority)),
        grpc_options={"root_certificates": authority.read_bytes()},
        **options,
    )


def qdrant_npm_client(port: int, token: str, authority: Path, script: str, *, way: str, **options: object) -> object:
    """Runs the body of an async function that has `client`, and gives back what it returns."""
    given = {"port": port, "token": token, "module": f"@qdrant/js-client-{way}", "options": options}
    return node(_QDRANT_PRELUDE % script, given, authority)
