"""The same over HTTP/2, and over chunked HTTP/1.1."""

import asyncio
import json
import ssl

import httpx
import pytest

from policies import ASSISTANT, STRANGER

TENANT = "/api/v2/tenants/default_tenant/databases/default_database"


@pytest.fixture
def path(direct):
    return f"{TENANT}/collections/{direct.id}/query"


def body(crowd, count=500):
    return {"query_embeddings": [crowd[0].embedding], "n_results": count, "include": ["metadatas", "documents"]}


def test_clamped_and_masked_over_http2(world, gateway, control, path, crowd):
    answer = world.http(gateway, ASSISTANT, http2=True).post(path, json=body(crowd))
    assert answer.http_version == "HTTP/2"
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["ids"][0]) == 100
    for secret in crowd[0].secrets_in_note():
        assert secret not in answer.text
    without = world.http(control, ASSISTANT, http2=True).post(path, json=body(crowd))
    assert len(without.json()["ids"][0]) == 500
    assert crowd[0].ssn in without.text


def test_many_streams_of_one_connection(world, gateway, path, crowd):
    limits = range(1, 121)

    async def ask_all() -> list[httpx.Response]:
        context = ssl.create_default_context(cafile=str(world.authority.certificate))
        headers = {"x-chroma-token": world.token("svc:rag-streams")}
        one = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(http2=True, verify=context, headers=headers, timeout=60, limits=one) as http:
            return await asyncio.gather(*(http.post(f"{gateway.url}{path}", json=body(crowd, n)) for n in limits))

    answers = asyncio.run(ask_all())
    assert {a.http_version for a in answers} == {"HTTP/2"}
    assert [len(a.json()["ids"][0]) for a in answers] == [min(n, 100) for n in limits]
    assert len(world.console.records(identity="svc:rag-streams", limit=500)) == 120


def test_refused_over_http2(world, gateway, path, crowd):
    answer = world.http(gateway, STRANGER, http2=True).post(path, json=body(crowd))
    assert 400 <= answer.status_code < 500
    assert STRANGER in answer.json()["message"]


@pytest.mark.parametrize("http2", [False, True], ids=["HTTP/1.1 chunked", "HTTP/2 without content-length"])
def test_a_request_in_pieces_is_clamped(world, gateway, path, crowd, http2):
    text = json.dumps(body(crowd)).encode()
    pieces = (text[i : i + 7] for i in range(0, len(text), 7))
    answer = world.http(gateway, ASSISTANT, http2=http2).post(
        path, content=pieces, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["ids"][0]) == 100
