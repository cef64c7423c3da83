"""The databases' places: nginx and a server of gRPC answers, which answer from files, and nginx as the recorder."""

import sys
from pathlib import Path

from .asking import ask, call
from .places import NATIVE, ROOT

sys.path.insert(0, str(ROOT / "tests"))

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
    # Qdrant's, asked for the names of its collections, and Milvus', asked to describe one.
    location = /aliases {{ return 200 '{{"result":{{"aliases":[]}},"status":"ok","time":0.0}}'; }}
    location = /v2/vectordb/collections/describe {{ alias {directory}/described/people.json; }}
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
            if not workload.grpc and (workload.database != "chroma" or workload.call == "heartbeat")
        )
        config = directory / "nginx.conf"
        config.write_text(_NGINX.format(directory=directory, port=self.port, named=named))
        self.process = Process("nginx", ["nginx", "-c", config, "-p", directory], log=directory / "logs" / "nginx.log")
        wait_until(
            lambda: ask(self.port, "POST", "/v1/records", b"")[0] == 200, what="nginx answers", process=self.process
        )


class GrpcUpstream:
    """A server that answers each workload's call with its message."""

    def __init__(self, directory: Path):
        self.port = free_port()
        command = [NATIVE / "grpc-answers", self.port, directory / "messages"]
        self.process = Process("grpc-answers", command, log=directory / "logs" / "grpc-answers.log")
        wait_until(
            lambda: call(self.port, "/bench/None", b"", "nothing") == b"",
            what="the gRPC answers are served",
            process=self.process,
        )
