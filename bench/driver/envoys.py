"""A gateway for each contender: an Envoy with one worker and what it calls, or another proxy."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .asking import ask
from .contenders import HASH_KEY, Contender
from .places import MITMDUMP, NATIVE, ROOT

sys.path.insert(0, str(ROOT / "tests"))

from stage.database import program  # noqa: E402
from stage.processes import Process, free_port, wait_until  # noqa: E402


@dataclass(frozen=True)
class Ports:
    """What stands behind a gateway."""

    database: int
    recorder: int


def _address(port: int) -> dict:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name: str, port: int, held: int, *, http2: bool = False) -> dict:
    endpoint = {"endpoint": {"address": _address(port)}}
    window = {"initial_stream_window_size": 16 << 20, "initial_connection_window_size": 64 << 20}
    spoken = {
        "typed_extension_protocol_options": {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": window},
            }
        }
    }
    return {
        **(spoken if http2 else {}),
        "name": name,
        "type": "STATIC",
        "per_connection_buffer_limit_bytes": held,
        "circuit_breakers": {"thresholds": [{"max_requests": 65536, "max_pending_requests": 65536}]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _config(contender: Contender, stage: str, port: int, admin: int, behind: Ports, processor: int | None) -> dict:
    database, grpc = stage.removesuffix("-grpc"), stage.endswith("-grpc")
    held = (256 if contender.holds_answers else 1) * 1024 * 1024
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
    }
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "codec_type": "HTTP2" if grpc else "HTTP1",
        "http_filters": [*contender.filters(database), router],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "upstream", "timeout": "0s"}}],
                }
            ]
        },
    }
    return {
        "admin": {"address": _address(admin)},
        "static_resources": {
            "listeners": [
                {
                    "name": "bench",
                    "address": _address(port),
                    "per_connection_buffer_limit_bytes": held,
                    "filter_chains": [
                        {
                            "filters": [
                                {
                                    "name": "envoy.filters.network.http_connection_manager",
                                    "typed_config": manager,
                                }
                            ]
                        }
                    ],
                }
            ],
            "clusters": [
                _cluster("upstream", behind.database, held, http2=grpc),
                _cluster("recorder", behind.recorder, held),
                *([_cluster("processor", processor, held, http2=True)] if processor else []),
            ],
        },
    }


class Gateway:
    """One contender, running."""

    def __init__(self, contender: Contender, stage: str, directory: Path, behind: Ports):
        self.contender = contender
        self.name = f"{contender.name}-{stage}"
        self.port = free_port()
        self._directory = directory
        self.processes: list[Process] = []
        if contender.filters is None:
            self._start_mitmproxy(behind)
        else:
            self._start_envoy(stage, behind)

    def _start(self, what: str, command: list, **environment) -> Process:
        log = self._directory / "logs" / f"{self.name}-{what}.log"
        process = Process(f"{what} ({self.name})", command, log=log, **environment)
        self.processes.append(process)
        return process

    def _start_envoy(self, stage: str, behind: Ports) -> None:
        processor = self._start_processor(stage) if self.contender.processor else None
        admin = free_port()
        config = self._directory / f"{self.name}.json"
        config.write_text(json.dumps(_config(self.contender, stage, self.port, admin, behind, processor)))
        command = [program("envoy"), "-c", config, "--concurrency", "1", "--disable-hot-restart", "-l", "error"]
        process = self._start("envoy", command)

        def is_live() -> bool:
            with urllib.request.urlopen(f"http://127.0.0.1:{admin}/ready", timeout=5) as answer:
                return answer.read().strip() == b"LIVE"

        self._is_ready = lambda: wait_until(is_live, what="Envoy is ready", process=process, within=120)

    def _start_processor(self, stage: str) -> int:
        port = free_port()
        policy = self._directory / f"{self.name}-policy.json"
        policy.write_text(json.dumps(self.contender.processor(stage.removesuffix("-grpc"))))
        self._start("ext-proc", [NATIVE / "ext-proc", port, policy], env={"VECTORGATE_HASH_KEY": HASH_KEY})
        return port

    def _start_mitmproxy(self, behind: Ports) -> None:
        command = [MITMDUMP, "--quiet", "--listen-host", "127.0.0.1", "--listen-port", self.port]
        command += ["--mode", f"reverse:http://127.0.0.1:{behind.database}"]
        command += ["--set", f"confdir={self._directory}/mitmproxy", "--scripts", ROOT / "bench/mitmproxy/mask.py"]
        process = self._start("mitmproxy", command)
        self._is_ready = lambda: wait_until(
            lambda: ask(self.port, "GET", "/aliases", b"")[0] == 200,
            what="mitmproxy answers",
            process=process,
            within=120,
        )

    def become_ready(self) -> None:
        """Until it answers and has calmed down: V8 compiles in the background for a while after start, and that is not
        what an answer costs."""
        self._is_ready()
        last = -1
        for _ in range(40):
            now = self.cpu()
            if last >= 0 and now - last < 5_000_000:
                return
            last = now
            time.sleep(0.25)

    def _pids(self) -> list[int]:
        """The processes themselves: those that were started, or their children where they are only launchers."""
        pids = [process.pid for process in self.processes]
        parents = ",".join(map(str, pids))
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", parents], capture_output=True, text=True).stdout
        return pids + [int(pid) for pid in children.split()]

    def cpu(self) -> int:
        """Nanoseconds on a processor so far, all threads."""
        total = 0
        for pid in self._pids():
            for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                try:
                    total += int(task.read_text().split()[0])
                except (FileNotFoundError, ProcessLookupError):
                    pass
        return total

    def memory(self) -> dict[str, int]:
        """Bytes resident: the most since `forget_peak`, and now."""
        found = {"peak": 0, "now": 0}
        for pid in self._pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    found["peak"] += int(line.split()[1]) * 1024
                if line.startswith("VmRSS:"):
                    found["now"] += int(line.split()[1]) * 1024
        return found

    def forget_peak(self) -> None:
        """The most that is told is from now on."""
        for pid in self._pids():
            Path(f"/proc/{pid}/clear_refs").write_text("5")

    def stop(self) -> None:
        for process in self.processes:
            process.stop()


def started(contenders: list[Contender], stage: str, directory: Path, behind: Ports, say: Callable) -> list[Gateway]:
    """All of a stage, started side by side."""
    say(f"starting {len(contenders)} contenders ({stage})")
    gateways = [Gateway(contender, stage, directory, behind) for contender in contenders]
    for gateway in gateways:
        gateway.become_ready()
    return gateways
