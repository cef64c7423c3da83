"""A gRPC upstream that breaks the protocol on purpose: what no server's library would let one say."""

import socket
import ssl
import threading
from dataclasses import dataclass, field

import h2.config
import h2.connection
import h2.errors
import h2.events

from .certificates import Authority
from .database import NAME


@dataclass
class Words:
    """An answer, frame by frame. `trailers` left out: the body's last byte ends the stream. `reset`: it is broken off."""

    body: bytes
    trailers: dict[str, str] | None = field(default_factory=lambda: {"grpc-status": "0"})
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "application/grpc"})
    reset: bool = False


class Nonsense:
    """Answers every call with the same words."""

    def __init__(self, authority: Authority):
        self.words = Words(b"")
        pair = authority.issue(NAME)
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(pair.certificate, pair.key)
        self._tls.set_alpn_protocols(["h2"])
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(peer, server_side=True) as stream:
                connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
                connection.initiate_connection()
                stream.sendall(connection.data_to_send())
                while data := stream.recv(65536):
                    for event in connection.receive_data(data):
                        if isinstance(event, h2.events.StreamEnded):
                            self._say(connection, event.stream_id)
                    stream.sendall(connection.data_to_send())
        except OSError:
            pass  # a peer that goes away is no matter here

    def _say(self, connection: h2.connection.H2Connection, stream: int) -> None:
        words = self.words
        connection.send_headers(stream, [(":status", "200"), *words.headers.items()])
        last = words.trailers is None and not words.reset
        connection.send_data(stream, words.body, end_stream=last)
        if words.reset:
            connection.reset_stream(stream, h2.errors.ErrorCodes.INTERNAL_ERROR)
        elif words.trailers is not None:
            connection.send_headers(stream, list(words.trailers.items()), end_stream=True)
