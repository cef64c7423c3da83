"""Milvus: real servers of two generations, and the official Python clients of three, each in an environment of its own.

The server of 2.3 is Milvus itself, from its wheel: gRPC and version 1 of REST. That of 3.0 is milvus-lite, by its authors: gRPC
of 2.6 and 3.0. The clients do not fit into one environment, and not into that of the tests: they run as small scripts.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from .certificates import Pair
from .processes import ROOT, Process, free_port, wait_until

PACKAGES = {
    "2.3": ["pymilvus==2.3.7", "milvus==2.3.5", "setuptools<81", "marshmallow<4"],
    "2.6": ["pymilvus==2.6.17"],
    "3.0": ["pymilvus==3.0.2", "milvus-lite==3.2.2"],
}


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
    """A running server, without TLS and keys."""

    def __init__(self, generation: str, directory: Path):
        self.generation = generation
        self.port = free_port()
        programs = environment(generation) / "bin"
        data = directory / f"milvus-{generation}"
        data.mkdir(parents=True)
        if generation == "2.3":
            command = [programs / "milvus-server", "--data", data, "--proxy-port", self.port]
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
        self.process = Process(f"milvus {generation}", command, log=directory / "logs" / f"milvus-{generation}.log")
        wait_until(
            lambda: script(
                generation, {"uri": f"http://127.0.0.1:{self.port}"}, "return client.list_collections() == []"
            ),
            what=f"Milvus {generation} answers",
            within=120,
            process=self.process,
        )

    def direct(self, code: str, client: str | None = None) -> object:
        """The control: a script of a client on the plain server, around everything that guards it."""
        return script(client or self.generation, {"uri": f"http://127.0.0.1:{self.port}"}, code)

    def stop(self) -> None:
        self.process.stop()


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


def in_front_of_milvus(config: dict) -> None:
    """envoy/standalone.yaml for a database that speaks HTTP/2 without TLS, and clients that come with a certificate."""
    listener = config["static_resources"]["listeners"][0]
    tls = listener["filter_chains"][0]["transport_socket"]["typed_config"]
    authority = next(c for c in config["static_resources"]["clusters"] if c["name"] == "database")["transport_socket"]
    trusted = authority["typed_config"]["common_tls_context"]["validation_context"]["trusted_ca"]
    tls["common_tls_context"]["validation_context"] = {"trusted_ca": trusted}
    tls["require_client_certificate"] = True
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    manager["http_filters"] = [f for f in manager["http_filters"] if f["name"] != "jwt_authn"]
    for cluster in config["static_resources"]["clusters"]:
        if cluster["name"] == "database":
            del cluster["transport_socket"]
            (options,) = cluster["typed_extension_protocol_options"].values()
            options["explicit_http_config"] = {"http2_protocol_options": {}}
            options["http_filters"] = options["http_filters"][-1:]
