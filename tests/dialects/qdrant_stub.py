"""A Qdrant that keeps what it is asked and refuses it: REST and gRPC, in this process, on free loopback ports."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import grpc

REFUSAL = 'vectorgate: rule "rag-reads" allows at most 100 results: ask for fewer, 50 % für alle'


@dataclass
class Stub:
    rest_port: int
    grpc_port: int
    asked: list[dict] = field(default_factory=list)
    """Requests in their order: method and path, and the body as JSON or as the bytes of the message."""


@contextmanager
def stub(
    http_status: int = 403,
    grpc_status: grpc.StatusCode = grpc.StatusCode.PERMISSION_DENIED,
    headers: dict[str, str] | None = None,
) -> Iterator[Stub]:
    """Refuses every request, in the forms in which the filter does."""
    headers = headers or {}
    rest = ThreadingHTTPServer(("127.0.0.1", 0), rest_handler(http_status, headers))
    server = grpc.server(ThreadPoolExecutor(2), options=[("grpc.so_reuseport", 0)])
    kept = Stub(rest.server_address[1], server.add_insecure_port("127.0.0.1:0"))
    rest.asked = kept.asked
    server.add_generic_rpc_handlers([GrpcHandler(kept.asked, grpc_status, headers)])
    server.start()
    thread = threading.Thread(target=rest.serve_forever, daemon=True)
    thread.start()
    try:
        yield kept
    finally:
        rest.shutdown()
        rest.server_close()
        thread.join()
        server.stop(None).wait()


def rest_handler(status: int, headers: dict[str, str]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            asked = {"method": self.command, "path": self.path}
            if body:
                asked["body"] = json.loads(body)
            self.server.asked.append(asked)
            answer = json.dumps({"status": {"error": REFUSAL}, "time": 0.0}).encode()
            self.send_response(status)
            for name, value in {"content-type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            pass

    return Handler


class GrpcHandler(grpc.GenericRpcHandler):
    def __init__(self, asked: list[dict], status: grpc.StatusCode, headers: dict[str, str]) -> None:
        self.asked, self.status, self.headers = asked, status, headers

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        def answer(message: bytes, context: grpc.ServicerContext) -> bytes:
            self.asked.append({"method": "POST", "path": details.method, "message": message})
            context.set_trailing_metadata(tuple(self.headers.items()))
            context.abort(self.status, REFUSAL)

        return grpc.unary_unary_rpc_method_handler(answer)
