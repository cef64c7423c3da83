"""Requests that are not what they should be, and answers that are not."""

import itertools
import json
import time

import httpx
import pytest

from policies import ASSISTANT, standard
from stage import interposer as answers

GOOD = {"query_embeddings": [[0.1] * 8], "n_results": 3}
TENANT = "/api/v2/tenants/default_tenant/databases/default_database"


@pytest.fixture
def path(direct):
    return f"{TENANT}/collections/{direct.id}/query"


def reached(world, before: int, ending: str = "/query") -> list[dict]:
    return [r for r in world.front.received()[before:] if r["path"].split("?")[0].endswith(ending)]


BODIES = {
    "not JSON": b"n_results=3",
    "cut short": b'{"query_embeddings":[[0.1',
    "duplicate key": b'{"query_embeddings":[[0.1]],"n_results":3,"n_results":100000}',
    "duplicate key, escaped": rb'{"query_embeddings":[[0.1]],"n_results":3,"n_\u0072esults":100000}',
    "trailing bytes": b'{"query_embeddings":[[0.1]],"n_results":3}{"n_results":100000}',
    "invalid UTF-8": b'{"query_embeddings":[[0.1]],"n_results":3,"where":{"city":"\xff"}}',
    "lone surrogate": rb'{"query_embeddings":[[0.1]],"n_results":3,"where":{"city":"\ud800"}}',
    "NaN": b'{"query_embeddings":[[NaN]],"n_results":3}',
    "negative limit": b'{"query_embeddings":[[0.1]],"n_results":-1}',
    "limit as text": b'{"query_embeddings":[[0.1]],"n_results":"3"}',
    "limit as a fraction": b'{"query_embeddings":[[0.1]],"n_results":3.5}',
    "byte order mark": b'\xef\xbb\xbf{"query_embeddings":[[0.1]],"n_results":3}',
    "an array": b"[]",
    "empty": b"",
    "an unknown key": b'{"query_embeddings":[[0.1]],"n_results":3,"no_such_thing":1}',
    "deeply nested": b'{"query_embeddings":[[0.1]],"n_results":3,"where":' + b'{"$and":[' * 5000 + b"]}" * 5000 + b"}",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES.keys())
def test_a_malformed_body_gets_400_and_goes_no_further(world, gateway, path, body):
    before = len(world.front.received())
    answer = world.http(gateway, ASSISTANT).post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400, answer.text
    assert set(answer.json()) >= {"error", "message"}
    assert not reached(world, before)


HEADERS = {
    "another content type": {"content-type": "text/plain"},
    "a method override": {"content-type": "application/json", "x-http-method-override": "DELETE"},
    "compressed": {"content-type": "application/json", "content-encoding": "gzip"},
    "another encoding": {"content-type": "application/json", "content-encoding": "br"},
    "another character set": {"content-type": "application/json; charset=utf-16"},
}


@pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS.keys())
def test_a_body_that_could_be_read_otherwise_gets_400(world, gateway, path, headers):
    before = len(world.front.received())
    answer = world.http(gateway, ASSISTANT).post(path, content=json.dumps(GOOD).encode(), headers=headers)
    assert answer.status_code == 400, answer.text
    assert not reached(world, before)


PATHS = {
    "double slash": "/api//v2/heartbeat",
    "dot segment": "/api/v2/./heartbeat",
    "parent segment": "/api/v2/tenants/../heartbeat",
    "escaped slash": "/api/v2%2Fheartbeat",
    "escaped dot": "/api/v2/%2e/heartbeat",
    "escaped letter": "/api/v2/%68eartbeat",
    "trailing slash": "/api/v2/heartbeat/",
    "backslash": "/api/v2\\heartbeat",
    "nul": "/api/v2/heartbeat%00",
}


@pytest.mark.parametrize("target", PATHS.values(), ids=PATHS.keys())
def test_a_path_out_of_normal_form_is_refused(world, gateway, target):
    before = len(world.front.received())
    status, body = raw(world, gateway, f"GET {target} HTTP/1.1")
    assert status in (400, 403, 404, 422), body
    assert len(world.front.received()) == before


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/api/v1/heartbeat"),
        ("GET", "/api/v1/collections"),
        ("GET", "/docs/"),
        ("GET", "/"),
        ("GET", "/api/v3/heartbeat"),
        ("POST", "/api/v2/heartbeat"),
        ("PROPFIND", "/api/v2/heartbeat"),
        ("POST", "/api/v2/reset"),
        ("DELETE", f"{TENANT}"),
    ],
)
def test_what_is_not_known_or_allowed_is_refused(world, gateway, method, target):
    before = len(world.front.received())
    answer = world.http(gateway, ASSISTANT).request(method, target)
    assert 400 <= answer.status_code < 500, answer.text
    assert set(answer.json()) >= {"error", "message"}
    assert len(world.front.received()) == before


def test_too_long_a_body_is_refused_and_the_setting_named(world, gateway, path):
    before = len(world.front.received())
    body = json.dumps({**GOOD, "where": {"city": {"$in": ["x" * 1000] * 1100}}})
    assert len(body) > 1024 * 1024
    for how in ("content-length", "chunked"):
        content = (
            body.encode()
            if how == "content-length"
            else (body[i : i + 9000].encode() for i in range(0, len(body), 9000))
        )
        answer = world.http(gateway, ASSISTANT).post(
            path, content=content, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 413, answer.text
        assert "limits.request_body" in answer.json()["message"]
    assert not reached(world, before)


@pytest.fixture
def spoiled(world, another_gateway, interposer):
    """A gateway in front of a database that misbehaves."""
    return another_gateway(standard(), name="spoiled", database=interposer.port)


TRUE = b'{"ids":[["p1"]],"metadatas":[[{"email":"secret.person@mail.example.org","ssn":"123-45-6789"}]]'
SECRETS = ("secret.person", "123-45-6789")

SPOILED = {
    "nonsense": answers.answer(b"what? " + TRUE),
    "cut short": answers.answer(TRUE),
    "two answers": answers.answer(TRUE + b"}" + TRUE + b"}"),
    "HTML": answers.answer(b"<html>" + TRUE, content_type="text/html"),
    "no such type": answers.answer(TRUE + b"}", content_type="application/octet-stream"),
    "compressed though told not to": answers.answer(__import__("gzip").compress(TRUE + b"}"), content_encoding="gzip"),
    "a list": answers.answer(b"[" + TRUE + b"}]"),
    "another status with data": answers.answer(TRUE + b"}", status="206 Partial Content"),
}


@pytest.mark.parametrize("how", SPOILED.values(), ids=SPOILED.keys())
def test_nothing_unmasked_gets_out_of_a_spoiled_answer(world, spoiled, interposer, path, recorded, how, request):
    who = f"svc:rag-spoiled-{request.node.callspec.id.replace(' ', '-')}"
    control = b"".join(how(None))
    interposer.spoil("POST", "/query", how)
    try:
        answer = world.http(spoiled, who).post(path, json=GOOD)
        seen = answer.text
    except (httpx.RemoteProtocolError, httpx.ReadError) as error:
        seen = str(error)
    if b"gzip" not in control:
        assert b"secret.person" in control
    for secret in SECRETS:
        assert secret not in seen
    if "another status" not in request.node.callspec.id:  # that one is masked like any other
        record = recorded(who, "/query")
        assert record["answer"]["outcome"] in ("cut_off", "refused"), record["answer"]
        assert record["answer"].get("why")
    for secret in SECRETS:
        assert secret not in json.dumps(world.console.records(identity=who))
        assert secret not in spoiled.log


def test_an_answer_that_ends_too_early_is_recorded_so(world, spoiled, interposer, path, recorded):
    who = "svc:rag-early"
    head = answers.head("200 OK", {"content-type": "application/json", "content-length": "100000"})
    interposer.spoil("POST", "/query", lambda _: iter([head + TRUE]))
    seen = ""
    try:
        with world.http(spoiled, who).stream("POST", path, json=GOOD) as answer:
            for piece in answer.iter_text():
                seen += piece
    except (httpx.RemoteProtocolError, httpx.ReadError):
        pass
    assert not any(secret in seen for secret in SECRETS)
    time.sleep(0.5)
    record = recorded(who, "/query")
    assert record["answer"]["outcome"] in ("aborted", "cut_off")


def test_the_answer_about_a_collections_name_may_be_spoiled_too(world, spoiled, interposer, path, direct):
    """What cannot be resolved to a name is refused."""
    for how in (answers.answer(b"nonsense"), answers.answer(b'{"name": 7}'), answers.answer(b"", status="500 No")):
        interposer.heal()
        for ending in ("/collections", f"/by-id/{direct.id}", f"/{direct.id}"):
            interposer.spoil("GET", ending, how)
        answer = world.http(spoiled, ASSISTANT).post(path, json=GOOD)
        assert answer.is_error, answer.text
        assert not [r for r in interposer.received if r.path.endswith("/query")]


def test_only_the_limit_is_changed_in_what_is_forwarded(world, spoiled, interposer, path):
    before = b'{"query_embeddings": [[0.10000000000000000555, 1e2, -0.0, 0.1,0.1,0.1,0.1,0.1]],\n "n_results" : 471, "include":[ ] }'
    answer = world.http(spoiled, ASSISTANT).post(path, content=before, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    forwarded = interposer.last("/query")
    assert b"471" not in forwarded.body
    assert json.loads(forwarded.body, parse_float=str) == json.loads(before, parse_float=str) | {"n_results": 100}
    assert int(forwarded.headers["content-length"]) == len(forwarded.body)


def raw(world, gateway, line: str) -> tuple[int, str]:
    """A request line that no client library would send."""
    import socket
    import ssl

    context = ssl.create_default_context(cafile=str(world.authority.certificate))
    with socket.create_connection(("127.0.0.1", gateway.port), timeout=10) as plain:
        with context.wrap_socket(plain, server_hostname="localhost") as tls:
            head = f"{line}\r\nhost: localhost\r\nx-chroma-token: {world.token(ASSISTANT)}\r\nconnection: close\r\n\r\n"
            tls.sendall(head.encode("latin-1"))
            got = b"".join(itertools.takewhile(bool, iter(lambda: tls.recv(65536), b"")))
    return int(got.split()[1]), got.decode(errors="replace")
