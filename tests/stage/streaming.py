"""A gRPC server whose answers are streams: some messages, one after the other, then a status."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc

from .certificates import Authority
from .database import NAME

# Asked by the filter itself, and always answered: there are none.
ALIASES = "/qdrant.Collections/ListAliases"


@dataclass
class Telling:
    """These messages, each so many seconds after the one before, and how it ends."""

    messages: list[bytes]
    every: float = 0.0
    status: grpc.StatusCode = grpc.StatusCode.OK


class Streaming:
    """Tells every caller that has the key the same."""

    def __init__(self, authority: Authority, key: str):
        self.telling = Telling([])
        self.asked: list[str] = []
        # Set when a caller went away before the end.
        self.left = threading.Event()
        pair = authority.issue(NAME)
        self._server = grpc.server(ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
        self._server.add_generic_rpc_handlers([_Streams(self, key)])
        credentials = grpc.ssl_server_credentials([(pair.key.read_bytes(), pair.certificate.read_bytes())])
        self.port = self._server.add_secure_port("127.0.0.1:0", credentials)
        self._server.start()

    def stop(self) -> None:
        self._server.stop(None).wait()


class _Streams(grpc.GenericRpcHandler):
    def __init__(self, owner: Streaming, key: str):
        self._owner, self._key = owner, key

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        given = dict(details.invocation_metadata).get("api-key")

        def tell(_: bytes, context: grpc.ServicerContext) -> Iterator[bytes]:
            if given != self._key:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "Must provide an API key")
            if details.method == ALIASES:
                yield b""
                return
            self._owner.asked.append(details.method)
            over = threading.Event()
            context.add_callback(over.set)
            telling = self._owner.telling
            for message in telling.messages:
                if over.wait(telling.every):
                    self._owner.left.set()
                    return
                yield message
            if telling.status is not grpc.StatusCode.OK:
                context.abort(telling.status, "the disk is gone")

        return grpc.unary_stream_rpc_method_handler(tell)
