"""What stands behind the gateway as version 2 of Milvus' REST API, which no server that packages bring has.

Answers are written down, in the forms of the API's reference (milvus.io, RESTful API 2.6.x); method, path and body must match
one, and a request that matches none is noted, so that the test it happened in fails.
"""

import http.server
import json
import threading
from dataclasses import dataclass


@dataclass
class Fixture:
    """One answer, and the request that gets it. The body is what the database shall get: with the limit that was judged."""

    path: str
    body: dict
    answer: object


@dataclass
class Received:
    """A request, as it came."""

    method: str
    path: str
    body: object
    headers: dict[str, str]


class MilvusRest:
    """The port."""

    def __init__(self, fixtures: list[Fixture]):
        self.received: list[Received] = []
        self.misses: list[Received] = []
        self._fixtures = fixtures
        self._server = _server(self)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, received: Received) -> object:
        self.received.append(received)
        for one in self._fixtures:
            if (received.method, received.path, received.body) == ("POST", one.path, one.body):
                return one.answer
        self.misses.append(received)
        return {"code": 65535, "message": f"no fixture answers {received}"}

    def asked(self, path: str) -> list[Received]:
        return [one for one in self.received if one.path == path]

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _server(owner: MilvusRest) -> http.server.ThreadingHTTPServer:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            try:
                content = json.loads(body) if body else None
            except ValueError:
                content = body
            headers = {name.lower(): value for name, value in self.headers.items()}
            said = json.dumps(owner.answer(Received(self.command, self.path, content, headers))).encode()
            # Milvus says 200 to errors too.
            self.send_response(200)
            self.send_header("content-type", "application/json; charset=utf-8")
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_GET = do_POST = do_PUT = do_DELETE = answer

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    return server
