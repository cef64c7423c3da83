"""A database that misbehaves on purpose: it passes everything on to the real one, but for the requests it is told to spoil.

It speaks TLS with the name and the authority that Envoy checks, and writes what it is told byte by byte.
"""

import http.server
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import httpx

from .certificates import Authority
from .database import NAME
from .processes import free_port

_CHUNK = 64 * 1024


@dataclass
class Received:
    """One request as it arrived here."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    length: int


# Writes a whole answer, status line and all, as raw bytes.
Spoil = Callable[[Received], Iterator[bytes]]


class Interposer:
    def __init__(self, authority: Authority, behind: str):
        self.port = free_port()
        self.received: list[Received] = []
        self._spoils: list[tuple[str, str, Spoil]] = []
        self._behind = httpx.Client(base_url=behind, timeout=60)
        pair = authority.issue(NAME)
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(pair.certificate, pair.key)
        interposer = self

        class Handler(_Handler):
            owner = interposer

        self._server = _Server(("127.0.0.1", self.port), Handler)
        self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def spoil(self, method: str, path_ends_with: str, how: Spoil) -> None:
        """From now on answer such requests this way; a later word on the same path replaces an earlier one."""
        self._spoils.insert(0, (method, path_ends_with, how))

    def heal(self) -> None:
        """Pass everything on again."""
        self._spoils.clear()

    def last(self, path_ends_with: str) -> Received:
        """The last request of that path."""
        return [r for r in self.received if r.path.split("?")[0].endswith(path_ends_with)][-1]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _how(self, method: str, path: str) -> Spoil | None:
        for wanted, ending, how in self._spoils:
            if wanted == method and path.split("?")[0].endswith(ending):
                return how
        return None


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A peer that goes away is what many of these tests are about."""


class _Handler(http.server.BaseHTTPRequestHandler):
    owner: Interposer
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self) -> None:
        how = self.owner._how(self.command, self.path)
        body, length = self._body(keep=how is None or length_of(self.headers) < 8 * 1024 * 1024)
        received = Received(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body, length)
        self.owner.received.append(received)
        if how is None:
            self._pass_on(received)
            return
        self.close_connection = True
        for piece in how(received):
            self.wfile.write(piece)
        self.wfile.flush()
        self.connection.close()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def _body(self, *, keep: bool) -> tuple[bytes, int]:
        kept, length = bytearray(), 0
        for piece in self._pieces():
            length += len(piece)
            if keep:
                kept += piece
        return bytes(kept), length

    def _pieces(self) -> Iterator[bytes]:
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = length_of(self.headers)
        while left > 0:
            piece = self.rfile.read(min(left, _CHUNK))
            if not piece:
                return
            left -= len(piece)
            yield piece

    def _pass_on(self, received: Received) -> None:
        headers = {
            k: v for k, v in received.headers.items() if k not in ("host", "transfer-encoding", "content-length")
        }
        answer = self.owner._behind.request(received.method, received.path, headers=headers, content=received.body)
        self.send_response_only(answer.status_code)
        self.send_header("content-type", answer.headers.get("content-type", "application/json"))
        self.send_header("content-length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)


def length_of(headers: object) -> int:
    return int(headers.get("content-length") or 0)


def answer(body: bytes, *, status: str = "200 OK", content_type: str = "application/json", **headers: str) -> Spoil:
    """One fixed answer."""
    named = {"content-type": content_type, "content-length": str(len(body)), "connection": "close"}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}

    def how(_: Received) -> Iterator[bytes]:
        yield head(status, named) + body

    return how


def head(status: str, headers: dict[str, str]) -> bytes:
    """A status line and headers."""
    return (f"HTTP/1.1 {status}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items()) + "\r\n").encode()


def chunked(pieces: Iterator[bytes]) -> Spoil:
    """An answer of any length, told piece by piece."""

    def how(_: Received) -> Iterator[bytes]:
        yield head(
            "200 OK", {"content-type": "application/json", "transfer-encoding": "chunked", "connection": "close"}
        )
        for piece in pieces:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
        yield b"0\r\n\r\n"

    return how
