"""The rate limit service that Envoys share, and Envoys that use it, as envoy/budgets configures them."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import httpx
import yaml

from .processes import ROOT, Process, free_port, wait_until

FILES = ROOT / "envoy" / "budgets"
# The service has no releases with version numbers: the commit that is tested.
SERVICE = "github.com/envoyproxy/ratelimit/src/service_cmd@v1.4.1-0.20260122083618-3fb702589d36"
BINARY = ROOT / ".cache" / "bin" / "service_cmd"


def why_not() -> str | None:
    """Why budgets cannot be tried here, or None."""
    missing = [name for name in ("go", "redis-server") if shutil.which(name) is None]
    return f"missing: {', '.join(missing)}" if missing else None


def build() -> None:
    """The service, from the Go module proxy, once."""
    if not BINARY.exists():
        env = {**os.environ, "GOBIN": str(BINARY.parent), "GOFLAGS": ""}
        subprocess.run(["go", "install", SERVICE], env=env, check=True, capture_output=True, text=True)


class Budgets:
    """envoyproxy/ratelimit with Redis behind it."""

    def __init__(self, directory: Path, descriptors: dict, **environment: str):
        self.port, http, redis, debug = free_port(), free_port(), free_port(), free_port()
        home = directory / f"budgets-{self.port}"
        (home / "vectorgate" / "config").mkdir(parents=True)
        (home / "vectorgate" / "config" / "vectorgate.yaml").write_text(yaml.safe_dump(descriptors))
        self._redis = Process(
            "redis",
            ["redis-server", "--port", redis, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", home],
            log=directory / "logs" / f"redis-{redis}.log",
        )
        wait_until(
            lambda: socket.create_connection(("127.0.0.1", redis)).close() is None,
            what="Redis listens",
            process=self._redis,
        )
        self._service = Process(
            "ratelimit",
            [BINARY],
            log=directory / "logs" / f"ratelimit-{self.port}.log",
            env={
                "USE_STATSD": "false",
                "LOG_LEVEL": "warn",
                "REDIS_SOCKET_TYPE": "tcp",
                "REDIS_URL": f"127.0.0.1:{redis}",
                "RUNTIME_ROOT": str(home),
                "RUNTIME_SUBDIRECTORY": "vectorgate",
                "RUNTIME_WATCH_ROOT": "false",
                "HOST": "127.0.0.1",
                "GRPC_HOST": "127.0.0.1",
                "DEBUG_HOST": "127.0.0.1",
                "PORT": str(http),
                "GRPC_PORT": str(self.port),
                "DEBUG_PORT": str(debug),
                **environment,
            },
        )
        wait_until(
            lambda: httpx.get(f"http://127.0.0.1:{http}/healthcheck").is_success,
            what="the rate limit service answers",
            process=self._service,
        )

    def stop(self) -> None:
        self._service.stop()
        self._redis.stop()


def limits(asked: int, given: int, vectors: int = 1_000_000) -> dict:
    """envoy/budgets/descriptors.yaml with these limits for everybody."""
    document = yaml.safe_load((FILES / "descriptors.yaml").read_text())
    sizes = {"asked": asked, "given": given, "vectors": vectors}
    for budget in document["descriptors"]:
        for identity in budget["descriptors"]:
            identity["rate_limit"]["requests_per_unit"] = sizes[budget["value"]]
    return document


def with_budgets(port: int, *, replies: str = "local_reply"):
    """A file of envoy/ with what envoy/budgets adds, and the service at this port. `replies` says refusals in the database's words."""

    def change(config: dict) -> None:
        static = config["static_resources"]
        manager = static["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
        filters = manager["http_filters"]
        place = [f["name"] for f in filters].index("vectorgate") + 1
        filters.insert(place, read("filter"))
        manager["local_reply_config"]["mappers"][:0] = read(replies)
        cluster = read("cluster")
        address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
        cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"] = address
        static["clusters"].append(cluster)
        config["layered_runtime"] = read("runtime")

    return change


def saying(config: dict) -> None:
    """Instead of the filter one that says of each request what its headers say: to see what Envoy makes of such words."""
    manager = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    types = "type.googleapis.com/envoy.extensions.filters.http"
    words = {
        "name": "vectorgate",
        "typed_config": {
            "@type": f"{types}.set_filter_state.v3.Config",
            "on_request_headers": [
                {
                    "object_key": f"wasm.vectorgate.{word}",
                    "factory_key": "envoy.string",
                    "format_string": {
                        "text_format_source": {"inline_string": f"%REQ(X-{word.upper()})%"},
                        "omit_empty_values": True,
                    },
                    "skip_if_empty": True,
                }
                for word in ("asked", "given", "vectors", "identity")
            ],
        },
    }
    manager["http_filters"] = [words if f["name"] == "vectorgate" else f for f in manager["http_filters"]]


def read(name: str):
    """One of the files of envoy/budgets."""
    return yaml.safe_load((FILES / f"{name}.yaml").read_text())
