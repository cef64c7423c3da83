"""A receiver of OpenTelemetry logs, with the official protobufs."""

import threading
from concurrent import futures

import grpc
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2, logs_service_pb2_grpc

from .processes import free_port


class Collector(logs_service_pb2_grpc.LogsServiceServicer):
    def __init__(self) -> None:
        self.port = free_port()
        self._records: list = []
        self._lock = threading.Lock()
        self._server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
        logs_service_pb2_grpc.add_LogsServiceServicer_to_server(self, self._server)
        self._server.add_insecure_port(f"127.0.0.1:{self.port}")
        self._server.start()

    def Export(self, request, context):  # noqa: N802
        with self._lock:
            for resource in request.resource_logs:
                for scope in resource.scope_logs:
                    self._records.extend(scope.log_records)
        return logs_service_pb2.ExportLogsServiceResponse()

    def received(self) -> list[tuple[str, dict[str, str]]]:
        """The body and the attributes of each log record so far."""
        with self._lock:
            return [(r.body.string_value, {a.key: a.value.string_value for a in r.attributes}) for r in self._records]

    def stop(self) -> None:
        self._server.stop(grace=None)
