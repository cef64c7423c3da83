"""What stands behind the gateway as Qdrant: two ports, REST and gRPC, that demand TLS and the key, and note every request.

Where `QDRANT_URL` and `QDRANT_GRPC_URL` are set (and `QDRANT_API_KEY`, if it wants one), what comes is passed on to that
Qdrant, 1.10 or later, into a collection of its own, to which the fixtures were loaded as data, around everything that guards
it. Elsewhere the fixtures answer: method, path and body must match one of them, and a request that matches none is noted, so
that the test it happened in fails.
"""

import http.server
import json
import os
import ssl
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import grpc
import httpx

from .certificates import Authority
from .database import NAME
from .qdrant_fixtures import IS_REAL, REAL, Fixture, fixtures, in_full, load, parsed, unload, without

HEADER = "api-key"


@dataclass
class Received:
    """One request that had the key: its body as JSON or as a message, or as bytes where it is neither."""

    method: str
    path: str
    headers: dict[str, str]
    body: object


@dataclass
class Said:
    """An answer: over REST a status and JSON bytes, over gRPC a status and the bytes of a message."""

    status: int
    body: bytes = b""
    message: str = ""
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/json"})


Answerer = Callable[[Received, bytes], Said | None]


class Qdrant:
    """Both ports."""

    def __init__(self, authority: Authority, key: str, *, behind: "Real | None" = None):
        self._key = key
        self.received: list[Received] = []
        self.misses: list[Received] = []
        self.broken_off = 0
        self._spoils: dict[str, Said] = {}
        self.is_real = IS_REAL
        if behind is None:
            behind = Real() if IS_REAL else Fixtures(fixtures())
        self._behind = behind
        pair = authority.issue(NAME)
        self._rest = _rest(self, pair)
        self.port = self._rest.server_address[1]
        options = [("grpc.so_reuseport", 0), ("grpc.max_receive_message_length", -1)]
        self._grpc = grpc.server(ThreadPoolExecutor(8), options=options)
        self._grpc.add_generic_rpc_handlers([_Calls(self)])
        credentials = grpc.ssl_server_credentials([(pair.key.read_bytes(), pair.certificate.read_bytes())])
        self.grpc_port = self._grpc.add_secure_port("127.0.0.1:0", credentials)
        self._grpc.start()
        threading.Thread(target=self._rest.serve_forever, daemon=True).start()

    def spoil(self, path: str, said: Said) -> None:
        """From now on answer this path with that."""
        self._spoils[path] = said

    def heal(self) -> None:
        self._spoils.clear()

    def asked(self, path: str) -> list[Received]:
        """The requests of a path so far."""
        return [r for r in self.received if r.path.split("?")[0] == path]

    def last(self, path: str) -> Received:
        return self.asked(path)[-1]

    def lacks(self, version: str) -> bool:
        """Whether it is a real one, and older than this."""
        return self.is_real and _numbers(self._behind.version) < _numbers(version)

    def has_key(self, given: str | None) -> bool:
        return given == self._key

    def answer(self, received: Received, body: bytes) -> Said | None:
        self.received.append(received)
        said = self._spoils.get(received.path.split("?")[0]) or self._behind.answer(received, body)
        if said is None:
            self.misses.append(received)
        return said

    def stop(self) -> None:
        self._rest.shutdown()
        self._rest.server_close()
        self._grpc.stop(None).wait()
        self._behind.close()


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split("-")[0].split(".")[:2]]


class Fixtures:
    """Answers from what is written down."""

    def __init__(self, known: list[Fixture]):
        self._known = known

    def answer(self, received: Received, _: bytes) -> Said | None:
        body, left_out = in_full(received.body)
        for one in self._known:
            if (received.method, received.path, body) in one.rest:
                return Said(200, json.dumps(without(one.answer, left_out)).encode())
            if (received.path, body) in one.grpc:
                return Said(0, without(one.message, left_out).SerializeToString())
        return None

    def close(self) -> None:
        pass


class Real:
    """Passes on to a real Qdrant, filled with the fixtures' data where nothing else is said."""

    def __init__(self, *, fill: bool = True):
        (url, grpc_url), key = REAL, os.environ.get("QDRANT_API_KEY")
        self._filled = fill
        self._rest = httpx.Client(base_url=url, timeout=60, headers={HEADER: key} if key else {})
        self._metadata = [(HEADER, key)] if key else []
        address, secure = urlsplit(grpc_url).netloc or grpc_url, grpc_url.startswith("https:")
        trust = grpc.ssl_channel_credentials()
        self._channel = grpc.secure_channel(address, trust) if secure else grpc.insecure_channel(address)
        self.version = self._rest.get("/").raise_for_status().json()["version"]
        try:
            if fill:
                load(self._rest)
        except BaseException:
            self.close()
            raise

    def answer(self, received: Received, body: bytes) -> Said:
        if received.headers.get("content-type", "").startswith("application/grpc"):
            try:
                return Said(0, self._channel.unary_unary(received.path)(body, timeout=60, metadata=self._metadata))
            except grpc.RpcError as error:
                return Said(error.code().value[0], message=error.details())
        headers = {"content-type": received.headers.get("content-type", "application/json")}
        given = self._rest.request(received.method, received.path, content=body, headers=headers)
        return Said(
            given.status_code, given.content, headers={"content-type": given.headers.get("content-type", "text/plain")}
        )

    def close(self) -> None:
        if self._filled:
            unload(self._rest)
        self._rest.close()
        self._channel.close()


_CODES = {code.value[0]: code for code in grpc.StatusCode}


class _Calls(grpc.GenericRpcHandler):
    def __init__(self, owner: Qdrant):
        self._owner = owner

    def service(self, details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        headers = {name: value for name, value in details.invocation_metadata if isinstance(value, str)}

        def answer(body: bytes, context: grpc.ServicerContext) -> bytes:
            if not self._owner.has_key(headers.get(HEADER)):
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "Must provide an API key")
            # The content type does not come up to here; there is one only.
            headers.setdefault("content-type", "application/grpc")
            received = Received("POST", details.method, headers, parsed(details.method, body))
            said = self._owner.answer(received, body)
            if said is None:
                context.abort(grpc.StatusCode.INTERNAL, f"no fixture answers {details.method}: {received.body}")
            if said.status:
                context.abort(_CODES[said.status], said.message)
            return said.body

        return grpc.unary_unary_rpc_method_handler(answer)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A peer that goes away is no matter here."""


def _rest(owner: Qdrant, pair: object) -> _Server:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:
                # A body that was broken off is none: no server acts upon it.
                owner.broken_off += 1
                self.close_connection = True
                return
            headers = {name.lower(): value for name, value in self.headers.items()}
            if not owner.has_key(headers.get(HEADER)):
                self.say(Said(401, b"Must provide an API key", headers={"content-type": "text/plain"}))
                return
            try:
                content = json.loads(body) if body else None
            except ValueError:
                content = body
            received = Received(self.command, self.path, headers, content)
            said = owner.answer(received, body)
            if said is None:
                told = {"status": {"error": f"no fixture answers {self.command} {self.path} {content}"}, "time": 0.0}
                said = Said(500, json.dumps(told).encode())
            self.say(said)

        def say(self, said: Said) -> None:
            self.send_response(said.status)
            for name, value in said.headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

    server = _Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    return server
