"""Milvus: real servers of two generations; the official Python clients of three, each in an environment of its own, and npm's.

The server of 2.3 is Milvus itself, from its wheel: gRPC and version 1 of REST. That of 3.0 is milvus-lite, by its authors: gRPC
of 2.6 and 3.0. The clients do not fit into one environment, and not into that of the tests: they run as small scripts.
"""

import base64
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import httpx

from .certificates import Pair
from .clients import node
from .processes import ROOT, Process, free_port, wait_until

PACKAGES = {
    "2.3": ["pymilvus==2.3.7", "milvus==2.3.5", "setuptools<81", "marshmallow<4"],
    "2.6": ["pymilvus==2.6.17"],
    "3.0": ["pymilvus==3.0.2", "milvus-lite==3.2.2"],
}


# Milvus' own first user, as its clients send it over gRPC, and over REST.
KEY = base64.b64encode(b"root:Milvus").decode()
REST_KEY = f"Basic {KEY}"


def environment(generation: str) -> Path:
    """The virtual environment of a generation, made when it is first asked for."""
    directory = ROOT / ".cache" / "milvus" / generation
    done = directory / "installed.json"
    if done.exists() and json.loads(done.read_text()) == PACKAGES[generation]:
        return directory
    quiet = {"check": True, "capture_output": True, "text": True}
    subprocess.run([sys.executable, "-m", "venv", "--clear", directory], **quiet)
    pip = [directory / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, *PACKAGES[generation]], **quiet)
    done.write_text(json.dumps(PACKAGES[generation]))
    return directory


class Server:
    """A running server, without TLS. `authorized`: it asks for its first user's password (2.3 alone)."""

    def __init__(self, generation: str, directory: Path, *, authorized: bool = False):
        self.generation = generation
        self._token = {"token": "root:Milvus"} if authorized else {}
        self.port = free_port()
        programs = environment(generation) / "bin"
        data = directory / f"milvus-{generation}"
        data.mkdir(parents=True)
        if generation == "2.3":
            command = [programs / "milvus-server", "--data", data, "--proxy-port", self.port]
            command += ["--authorization-enabled", "true"] if authorized else []
        else:
            command = [
                programs / "milvus-lite",
                "server",
                "--data-dir",
                data,
                "--host",
                "127.0.0.1",
                "--port",
                self.port,
            ]
        if generation == "2.3":
            # Its etcd talks to itself on this port, whatever is configured: one such server at a time on a machine.
            wait_until(lambda: _is_free(2380), what="the port 2380, which Milvus 2.3 needs, is free", within=120)
        self.process = Process(f"milvus {generation}", command, log=directory / "logs" / f"milvus-{generation}.log")
        wait_until(
            lambda: script(generation, self._given(), "return client.list_collections() == []"),
            what=f"Milvus {generation} answers",
            within=240,
            process=self.process,
        )

    def direct(self, code: str, client: str | None = None) -> object:
        """The control: a script of a client on the plain server, around everything that guards it."""
        return script(client or self.generation, self._given(), code)

    def _given(self) -> dict:
        return {"uri": f"http://127.0.0.1:{self.port}", **self._token}

    def stop(self) -> None:
        self.process.stop()


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) != 0


# What every script has: `client`, the parameters of its connection, and `raised`, which gives back what a call raised and when.
_PRELUDE = """
import json, os, time, warnings
warnings.simplefilter("ignore")
given = json.loads(os.environ["GIVEN"])
from pymilvus import MilvusClient, connections, Collection, DataType
client = MilvusClient(**given)
def raised(call):
    began = time.monotonic()
    try:
        return {"returned": repr(call())}
    except Exception as error:
        code = getattr(error, "code", None)
        said = {"raised": type(error).__name__, "code": str(code()) if callable(code) else code}
        return {**said, "message": str(error), "seconds": time.monotonic() - began}
def main():
%s
print("\\n>>>" + json.dumps(main(), default=str))
"""


def script(generation: str, given: dict, code: str) -> object:
    """Runs the body of a function that has `client`, with the client of a generation, and gives back what it returns."""
    body = "\n".join(f"    {line}" for line in code.strip().splitlines())
    run = subprocess.run(
        [environment(generation) / "bin" / "python", "-c", _PRELUDE % body],
        env={**os.environ, "GIVEN": json.dumps(given), "GRPC_VERBOSITY": "ERROR"},
        capture_output=True,
        text=True,
        timeout=40,
    )
    if run.returncode != 0:
        raise AssertionError(f"pymilvus {generation} ended with {run.returncode}:\n{run.stderr}\n{run.stdout}")
    return json.loads(run.stdout.rsplit(">>>", 1)[1])


class Raised(Exception):
    """What a script of a session raised: the exception's name and its message."""


# Answers a line for each line that it gets; what the client prints itself goes to the log.
_SESSION = """
import json, logging, os, sys, time, warnings
warnings.simplefilter("ignore")
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
from pymilvus import MilvusClient, connections, Collection, DataType
logging.disable(logging.CRITICAL)
known = {**globals(), "given": json.loads(os.environ["GIVEN"])}
for line in sys.stdin:
    try:
        if "client" not in known:
            known["client"] = MilvusClient(**known["given"])
        exec(json.loads(line), known)
        said = {"returned": known["main"]()}
    except Exception as error:
        # Newer clients keep what the server said of a connection to themselves.
        details = getattr(error.__cause__, "details", None)
        said = {"raised": type(error).__name__, "message": f"{error}: {details()}" if callable(details) else str(error)}
    print(json.dumps(said, default=str), file=answers, flush=True)
"""


class Session:
    """A client that stays: scripts run in it one after another, as in the process of an application."""

    def __init__(self, generation: str, given: dict, log: Path):
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as errors:
            # It reads until its input ends, which it does with this process.
            self._process = subprocess.Popen(
                [environment(generation) / "bin" / "python", "-c", _SESSION],
                env={**os.environ, "GIVEN": json.dumps(given), "GRPC_VERBOSITY": "ERROR"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self._turn = threading.Lock()

    def run(self, code: str, **values: object) -> object:
        """Runs the body of a function that has `client` and these values, and gives back what it returns."""
        lines = [f"{name} = {value!r}" for name, value in values.items()] + code.strip().splitlines()
        body = "def main():\n" + "\n".join(f"    {line}" for line in lines)
        with self._turn:
            self._process.stdin.write(json.dumps(body) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        said = json.loads(answer or '{"raised": "EOFError", "message": "the session has ended"}')
        if "raised" in said:
            raise Raised(f"{said['raised']}: {said['message']}")
        return said["returned"]

    def close(self) -> None:
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()


def with_token(port: int, token: str, authority: Path) -> dict:
    """The parameters of a connection through a gateway, by a token."""
    return {
        "uri": f"https://localhost:{port}",
        "token": token,
        "secure": True,
        "server_pem_path": str(authority),
        "server_name": "localhost",
    }


def secured(port: int, pair: Pair, authority: Path) -> dict:
    """The parameters of a connection through a gateway, by a certificate."""
    return {
        "uri": f"https://localhost:{port}",
        "secure": True,
        "client_pem_path": str(pair.certificate),
        "client_key_path": str(pair.key),
        "ca_pem_path": str(authority),
        "server_name": "localhost",
    }


# As the prelude above, for `@zilliz/milvus2-sdk-node`. What goes wrong at the server it mostly gives back as a status, and
# raises seldom.
_NODE_PRELUDE = """
const given = JSON.parse(process.env.GIVEN);
const { MilvusClient } = (await import('@zilliz/milvus2-sdk-node')).default;
console.log = console.warn = console.error;
const client = new MilvusClient(given);
await client.connectPromise;
const timed = async (call) => {
  const began = Date.now();
  try { return { returned: await call(), ms: Date.now() - began }; }
  catch (e) { return { raised: e.name, code: e.code ?? null, message: e.message, ms: Date.now() - began }; }
};
const plain = (value) => JSON.parse(JSON.stringify(value, (_, v) => typeof v === 'bigint' ? Number(v) : v));
const out = await (async () => {
%s
})();
process.stdout.write(JSON.stringify(plain(out ?? null)), () => process.exit(0));
"""


def npm_script(given: dict, authority: Path, code: str) -> object:
    """Runs the body of an async function that has `client`, with the official npm client."""
    return node(_NODE_PRELUDE % code, given, authority)


def npm_secured(port: int, pair: Pair, authority: Path) -> dict:
    """The parameters of its connection through a gateway, by a certificate."""
    return {
        "address": f"localhost:{port}",
        "ssl": True,
        "tls": {
            "rootCertPath": str(authority),
            "certChainPath": str(pair.certificate),
            "privateKeyPath": str(pair.key),
            "serverName": "localhost",
        },
    }


def rest_client(port: int, pair: Pair, authority: Path) -> httpx.Client:
    """Plain HTTP with a certificate: Milvus' REST API has no client of its own."""
    trust = ssl.create_default_context(cafile=str(authority))
    trust.load_cert_chain(pair.certificate, pair.key)
    return httpx.Client(base_url=f"https://localhost:{port}", verify=trust, timeout=60)


def in_front_of_milvus(config: dict) -> None:
    """envoy/qdrant.yaml for a database without TLS and keys, and clients that come with a certificate.

    Milvus takes gRPC and REST on one port, but REST not over HTTP/2: so there are two clusters, as for Qdrant's two ports.
    """
    listener = config["static_resources"]["listeners"][0]
    tls = listener["filter_chains"][0]["transport_socket"]["typed_config"]
    authority = next(c for c in config["static_resources"]["clusters"] if c["name"] == "database")["transport_socket"]
    trusted = authority["typed_config"]["common_tls_context"]["validation_context"]["trusted_ca"]
    tls["common_tls_context"]["validation_context"] = {"trusted_ca": trusted}
    tls["require_client_certificate"] = True
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_filters"] = [f for f in manager["http_filters"] if f["name"] != "jwt_authn"]
    for cluster in config["static_resources"]["clusters"]:
        if cluster["name"].startswith("database"):
            del cluster["transport_socket"]
            (options,) = cluster["typed_extension_protocol_options"].values()
            options["http_filters"] = options["http_filters"][-1:]
