"""A receiver of OpenTelemetry logs, with the official protobufs. In a process of its own: gRPC's threads and forks do not go together."""

import json
import sys
import time
from concurrent import futures
from pathlib import Path

from .processes import ROOT, Process, free_port, wait_until


class Collector:
    def __init__(self, directory: Path):
        self.port = free_port()
        self._file = directory / f"collected-{self.port}.jsonl"
        self._process = Process(
            "collector",
            [sys.executable, "-m", "stage.collector", self.port, self._file],
            log=directory / "logs" / "collector.log",
            env={"PYTHONPATH": str(ROOT / "tests")},
        )
        wait_until(self._file.exists, what="the collector listens", process=self._process)

    def received(self) -> list[tuple[str, dict[str, str]]]:
        """The body and the attributes of each log record so far."""
        return [tuple(json.loads(line)) for line in self._file.read_text().splitlines()]

    def stop(self) -> None:
        self._process.stop()


def serve(port: int, file: Path) -> None:
    import grpc
    from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc

    class Logs(logs_service_pb2_grpc.LogsServiceServicer):
        def Export(self, request, context):  # noqa: N802
            records = [
                r for resource in request.resource_logs for scope in resource.scope_logs for r in scope.log_records
            ]
            lines = [
                json.dumps([r.body.string_value, {a.key: a.value.string_value for a in r.attributes}]) for r in records
            ]
            with file.open("a") as output:
                output.writelines(f"{line}\n" for line in lines)
            return logs_service_pb2.ExportLogsServiceResponse()

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=1))
    logs_service_pb2_grpc.add_LogsServiceServicer_to_server(Logs(), server)
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    file.touch()
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    serve(int(sys.argv[1]), Path(sys.argv[2]))
