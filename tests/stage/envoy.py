"""Envoy as people run it: a file of envoy/ itself, with nothing replaced but paths, addresses and the policy."""

import json
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import httpx
import yaml

from .certificates import Authority
from .database import program
from .processes import ROOT, NotReady, Process, free_port, wait_until
from .tokens import Issuer

STANDALONE = ROOT / "envoy" / "standalone.yaml"
QDRANT = ROOT / "envoy" / "qdrant.yaml"
MILVUS = ROOT / "envoy" / "milvus.yaml"
MODULE = ROOT / "target" / "wasm32-wasip1" / "release" / "vectorgate.wasm"
HASH_KEY = "a key that only the tests know"

Change = Callable[[dict], None]


class Files:
    """The folder that stands for /etc/vectorgate."""

    def __init__(
        self,
        directory: Path,
        authority: Authority,
        issuer: Issuer,
        *,
        database_key: str,
        secret: str,
        rest_key: str = "",
    ):
        self.directory = directory
        (directory / "tls").mkdir(parents=True)
        (directory / "secrets").mkdir()
        server = authority.issue("localhost", "127.0.0.1")
        (directory / "vectorgate.wasm").symlink_to(MODULE)
        (directory / "tls" / "server.crt").symlink_to(server.certificate)
        (directory / "tls" / "server.key").symlink_to(server.key)
        (directory / "tls" / "database-ca.crt").symlink_to(authority.certificate)
        issuer.write_jwks(directory / "jwks.json")
        self._write_secret("database-key", database_key)
        self._write_secret("database-rest-key", rest_key or database_key)
        self._write_secret("console-secret", f"Bearer {secret}")

    def _write_secret(self, name: str, value: str) -> None:
        """The example of envoy/secrets with the value in it."""
        document = yaml.safe_load((ROOT / "envoy" / "secrets" / f"{name}.yaml").read_text())
        document["resources"][0]["generic_secret"]["secret"]["inline_string"] = value
        (self.directory / "secrets" / f"{name}.yaml").write_text(yaml.safe_dump(document))


def http_filters(config: dict) -> list[dict]:
    """The listener's HTTP filters, to look at or to change."""
    return _manager(config)["http_filters"]


def plugin(config: dict) -> dict:
    """The Wasm plugin's configuration."""
    (found,) = [f for f in http_filters(config) if f["name"] == "vectorgate"]
    return found["typed_config"]["config"]


def without_filter(config: dict) -> None:
    """The control: the same Envoy, token and keys and all, without Vectorgate."""
    filters = http_filters(config)
    filters[:] = [f for f in filters if f["name"] != "vectorgate"]


def without_held_headers(config: dict) -> None:
    """As on hosts that do not have the setting: older Envoy, Istio's WasmPlugin."""
    del plugin(config)["allow_on_headers_stop_iteration"]


def _manager(config: dict) -> dict:
    return config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]


def configuration(
    files: Files,
    *,
    port: int,
    admin: int,
    database: int,
    console: int,
    policy: dict,
    changes: tuple[Change, ...] = (),
    grpc: int | None = None,
    template: Path = STANDALONE,
) -> dict:
    """envoy/standalone.yaml, or another, with these ports and this policy."""
    text = template.read_text().replace("/etc/vectorgate/", f"{files.directory}/")
    config = yaml.safe_load(text)
    listener = config["static_resources"]["listeners"][0]
    listener["address"] = _address(port)
    config["admin"]["address"] = _address(admin)
    for cluster in config["static_resources"]["clusters"]:
        behind = {"database": database, "console": console, "database-grpc": grpc}[cluster["name"]]
        cluster["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["address"] = _address(behind)
    plugin(config)["configuration"]["value"] = json.dumps(policy)
    for change in changes:
        change(config)
    return config


def _address(port: int) -> dict:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def started(
    name: str, config: Path, admin: httpx.Client, *, log: Path, workers: int = 1, more: tuple[str, ...] | list[str] = ()
) -> Process:
    """An Envoy with this configuration that is ready, or NotReady with what it said.

    Now and then Envoy 1.40 aborts on its way up or out before it has said a word of its own (a poller of its gRPC library finds its
    file closed). That says nothing of the configuration, so it is started again.
    """
    command = [program("envoy"), "-c", config, "--concurrency", str(workers), "--disable-hot-restart", "-l", "warning"]
    for is_last in (False, False, True):
        process = Process(
            f"envoy ({name})",
            [*command, "--component-log-level", "wasm:info", *more],
            log=log,
            env={"VECTORGATE_HASH_KEY": HASH_KEY},
        )
        try:
            wait_until(
                lambda: admin.get("/ready").text.strip() == "LIVE", what="Envoy is ready", within=120, process=process
            )
            return process
        except NotReady as reason:
            process.stop()
            if is_last or process.code() != -signal.SIGABRT or "epoll_wait error" not in str(reason):
                raise
    raise AssertionError("unreachable")


class Gateway:
    """One running Envoy."""

    def __init__(
        self,
        name: str,
        directory: Path,
        files: Files,
        *,
        database: int,
        console: int,
        policy: dict,
        changes: tuple[Change, ...] = (),
        workers: int = 1,
        grpc: int | None = None,
        template: Path = STANDALONE,
    ):
        self.name = name
        self.port, self.admin_port = free_port(), free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        config = configuration(
            files,
            port=self.port,
            admin=self.admin_port,
            database=database,
            console=console,
            policy=policy,
            changes=changes,
            grpc=grpc,
            template=template,
        )
        path = directory / f"{name}.yaml"
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        self._admin = httpx.Client(base_url=f"http://127.0.0.1:{self.admin_port}")
        self.process = started(
            name,
            path,
            self._admin,
            log=directory / "logs" / f"{name}.log",
            workers=workers,
            more=["--file-flush-interval-msec", "20"],
        )

    @property
    def log(self) -> str:
        return self.process.log.text()

    def access_log(self) -> list[dict]:
        """The lines of the access log so far."""
        return [json.loads(line) for line in self.log.splitlines() if line.startswith("{")]

    def stats(self, containing: str = "") -> dict[str, int]:
        """Envoy's counters and gauges by name."""
        found = self._admin.get("/stats", params={"format": "json", "filter": containing}).json()["stats"]
        return {stat["name"]: stat["value"] for stat in found if "name" in stat}

    def stop(self) -> None:
        self.process.stop()


def validate(config: dict, directory: Path) -> subprocess.CompletedProcess:
    """What `envoy --mode validate` says of it."""
    path = directory / "validate.yaml"
    path.write_text(yaml.safe_dump(config))
    return subprocess.run(
        [program("envoy"), "--mode", "validate", "-c", str(path), "--disable-hot-restart"],
        capture_output=True,
        text=True,
        timeout=60,
        env={"VECTORGATE_HASH_KEY": HASH_KEY},
    )
