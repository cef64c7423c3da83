"""The database: real Chroma, and a front that demands what Chroma's own server does not: TLS and the right key."""

import json
import shutil
import sys
import time
from pathlib import Path

import chromadb
import httpx
import yaml
from chromadb.config import Settings

from .certificates import Authority
from .processes import Process, free_port, wait_until

# The name on the front's certificate: the one that envoy/standalone.yaml asks for.
NAME = "database.internal"


def program(name: str) -> str:
    """A program of the virtual environment that this runs in."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name} is not installed: run scripts/setup")
    return found


class Chroma:
    """Chroma's own server: no TLS, no keys."""

    def __init__(self, directory: Path):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process = Process(
            "chroma",
            [program("chroma"), "run", "--path", directory / "chroma", "--host", "127.0.0.1", "--port", self.port],
            log=directory / "logs" / "chroma.log",
            env={"ANONYMIZED_TELEMETRY": "False", "RUST_LOG": "warn", "NO_COLOR": "1"},
        )
        wait_until(
            lambda: httpx.get(f"{self.url}/api/v2/heartbeat").is_success, what="Chroma answers", process=self._process
        )

    def direct(self) -> chromadb.ClientAPI:
        """The control: the official client on plain Chroma, around everything that guards it."""
        return chromadb.HttpClient("127.0.0.1", self.port, settings=Settings(anonymized_telemetry=False))


class Front:
    """TLS and a key before a database. Whoever brings another key, or none, gets 401.

    `keys` are all the forms in which the key may come, in this header.
    """

    def __init__(
        self,
        directory: Path,
        authority: Authority,
        behind: int,
        *keys: str,
        header: str = "x-chroma-token",
        name: str = "front",
    ):
        self.port = free_port()
        self.key = keys[0]
        self._log = directory / "logs" / f"{name}-requests.jsonl"
        pair = authority.issue(NAME)
        config = _front(self.port, behind, header, keys, pair.certificate, pair.key, self._log)
        path = directory / f"{name}.yaml"
        path.write_text(yaml.safe_dump(config))
        self._log.parent.mkdir(parents=True, exist_ok=True)
        self._log.touch()
        self._process = Process(
            "database front",
            [program("envoy"), "-c", path, "--concurrency", "1", "--disable-hot-restart", "-l", "warning"]
            + ["--file-flush-interval-msec", "20"],
            log=directory / "logs" / f"{name}.log",
        )
        wait_until(
            lambda: httpx.get(f"https://127.0.0.1:{self.port}/", verify=False).status_code == 401,
            what="the database's front answers",
            process=self._process,
        )

    def received(self) -> list[dict]:
        """Every request that reached the database's front so far, with the headers that matter."""
        time.sleep(0.1)  # Envoy writes its log a moment after it has answered
        return [json.loads(line) for line in self._log.read_text().splitlines()]


def _front(
    port: int, behind: int, header: str, keys: tuple[str, ...], certificate: Path, private_key: Path, log: Path
) -> dict:
    types = "type.googleapis.com/envoy.extensions"
    unauthorised = {"error": "AuthError", "message": "the database wants its key"}
    manager = {
        "@type": f"{types}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "front",
        "stream_idle_timeout": "0s",
        "access_log": [
            {
                "name": "file",
                "typed_config": {
                    "@type": f"{types}.access_loggers.file.v3.FileAccessLog",
                    "path": str(log),
                    "log_format": {
                        "json_format": {
                            "method": "%REQ(:METHOD)%",
                            "path": "%REQ(:PATH)%",
                            "status": "%RESPONSE_CODE%",
                            "key": f"%REQ({header})%",
                            "authorization": "%REQ(AUTHORIZATION)%",
                            "cookie": "%REQ(COOKIE)%",
                            "accept_encoding": "%REQ(ACCEPT-ENCODING)%",
                            "content_length": "%REQ(CONTENT-LENGTH)%",
                            "received": "%BYTES_RECEIVED%",
                            "sent": "%BYTES_SENT%",
                        }
                    },
                },
            }
        ],
        "http_filters": [
            {"name": "router", "typed_config": {"@type": f"{types}.filters.http.router.v3.Router"}},
        ],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "database",
                    "domains": ["*"],
                    "routes": [
                        *[
                            {
                                "match": {
                                    "prefix": "/",
                                    "headers": [{"name": header, "string_match": {"exact": key}}],
                                    **kind,
                                },
                                "route": {"cluster": cluster, "timeout": "0s"},
                            }
                            for key in keys
                            for cluster, kind in [("grpc", {"grpc": {}}), ("plain", {})]
                        ],
                        {
                            "match": {"prefix": "/"},
                            "direct_response": {
                                "status": 401,
                                "body": {"inline_string": json.dumps(unauthorised)},
                            },
                        },
                    ],
                }
            ]
        },
    }
    tls = {
        "@type": f"{types}.transport_sockets.tls.v3.DownstreamTlsContext",
        "common_tls_context": {
            "alpn_protocols": ["h2", "http/1.1"],
            "tls_certificates": [
                {
                    "certificate_chain": {"filename": str(certificate)},
                    "private_key": {"filename": str(private_key)},
                }
            ],
        },
    }
    return {
        "static_resources": {
            "listeners": [
                {
                    "name": "front",
                    "address": _address(port),
                    "filter_chains": [
                        {
                            "transport_socket": {"name": "tls", "typed_config": tls},
                            "filters": [{"name": "http", "typed_config": manager}],
                        }
                    ],
                }
            ],
            "clusters": [
                _cluster("plain", behind, {"http_protocol_options": {}}),
                _cluster("grpc", behind, {"http2_protocol_options": {}}),
            ],
        }
    }


def _cluster(name: str, behind: int, protocol: dict) -> dict:
    options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": name,
        "type": "STATIC",
        "load_assignment": {
            "cluster_name": name,
            "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(behind)}}]}],
        },
        "typed_extension_protocol_options": {
            options: {"@type": f"type.googleapis.com/{options}", "explicit_http_config": protocol}
        },
    }


def _address(port: int) -> dict:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
