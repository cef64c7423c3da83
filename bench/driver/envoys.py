"""The processes of a run: nginx as the database and the recorder, and an Envoy for each contender."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from .contenders import ROOT, Contender

sys.path.insert(0, str(ROOT / "tests"))

from stage.database import program  # noqa: E402
from stage.processes import Process, free_port, wait_until  # noqa: E402

_NGINX = """
daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/nginx.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000000; keepalive_timeout 3600s;
  types {{ }} default_type application/json; open_file_cache max=100 inactive=1h; open_file_cache_valid 1h;
  client_max_body_size 64m; client_body_buffer_size 1m;
  client_body_temp_path {directory}/nginx-body; proxy_temp_path {directory}/nginx-proxy;
  fastcgi_temp_path {directory}/nginx-f; uwsgi_temp_path {directory}/nginx-u; scgi_temp_path {directory}/nginx-s;
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    # A file answers only GET, by itself.
    error_page 405 =200 $uri;
    location ~ /collections/by-id/([^/]+)$ {{ alias {directory}/names/$1.json; }}
    location ~ /collections/([^/]+)/(query|get)$ {{ alias {directory}/answers/$1.json; }}
    {named}
    location = /v1/records {{ return 200; }}
    # Qdrant's, asked for the names of its collections.
    location = /aliases {{ return 200 '{{"result":{{"aliases":[]}},"status":"ok","time":0.0}}'; }}
  }}
}}
"""


class Upstream:
    """nginx, which answers each workload's request with its file, and accepts every record."""

    def __init__(self, directory: Path, workloads: list):
        self.port = free_port()
        named = "\n".join(
            f"location = {workload.path} {{ alias {directory}/answers/{workload.id}.json; }}"
            for workload in workloads
            if workload.database == "qdrant" or workload.call == "heartbeat"
        )
        config = directory / "nginx.conf"
        config.write_text(_NGINX.format(directory=directory, port=self.port, named=named))
        self.process = Process("nginx", ["nginx", "-c", config, "-p", directory], log=directory / "logs" / "nginx.log")
        wait_until(
            lambda: ask(self.port, "POST", "/v1/records", b"")[0] == 200, what="nginx answers", process=self.process
        )


def ask(port: int, method: str, path: str, body: bytes) -> tuple[int, bytes]:
    """One request, the way the load sends it."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=body if method == "POST" else None,
        method=method,
        headers={"content-type": "application/json", "x-client-id": "svc:bench"},
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def _address(port: int) -> dict:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def _cluster(name: str, port: int, held: int) -> dict:
    endpoint = {"endpoint": {"address": _address(port)}}
    return {
        "name": name,
        "type": "STATIC",
        "per_connection_buffer_limit_bytes": held,
        "circuit_breakers": {"thresholds": [{"max_requests": 65536, "max_pending_requests": 65536}]},
        "load_assignment": {"cluster_name": name, "endpoints": [{"lb_endpoints": [endpoint]}]},
    }


def _config(contender: Contender, database: str, port: int, admin: int, upstream: int) -> dict:
    held = (256 if contender.holds_answers else 1) * 1024 * 1024
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"},
    }
    manager = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "bench",
        "codec_type": "HTTP1",
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
            "clusters": [_cluster("upstream", upstream, held), _cluster("recorder", upstream, held)],
        },
    }


class Envoy:
    """One worker, one contender."""

    def __init__(self, contender: Contender, database: str, directory: Path, upstream: Upstream):
        self.contender = contender
        self.port, self.admin = free_port(), free_port()
        name = f"{contender.name}-{database}"
        config = directory / f"{name}.json"
        config.write_text(json.dumps(_config(contender, database, self.port, self.admin, upstream.port)))
        self.process = Process(
            f"envoy ({name})",
            [program("envoy"), "-c", config, "--concurrency", "1", "--disable-hot-restart", "-l", "error"],
            log=directory / "logs" / f"{name}.log",
        )
        wait_until(self._is_live, what="Envoy is ready", process=self.process, within=60)
        self._calm_down()

    def _is_live(self) -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/ready", timeout=5) as answer:
            return answer.read().strip() == b"LIVE"

    def _calm_down(self) -> None:
        """V8 compiles in the background for a while after start; that is not what an answer costs."""
        last = -1
        for _ in range(40):
            now = self.cpu()
            if last >= 0 and now - last < 5_000_000:
                return
            last = now
            time.sleep(0.25)

    def _pids(self) -> list[int]:
        """Envoy itself: the process that was started, or its child where that is only a launcher."""
        pids = [self.process.pid]
        children = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True
        ).stdout
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
        """Bytes resident: the most so far, and now."""
        most = now = 0
        for pid in self._pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    most = max(most, int(line.split()[1]) * 1024)
                if line.startswith("VmRSS:"):
                    now = max(now, int(line.split()[1]) * 1024)
        return {"peak": most, "now": now}

    def stop(self) -> None:
        self.process.stop()
