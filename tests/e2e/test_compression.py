"""Answers are asked for plain, masked, and compressed again as the client wished."""

import gzip
import json

from policies import ASSISTANT

TENANT = "/api/v2/tenants/default_tenant/databases/default_database"


def ask(world, through, direct, crowd, encoding: str):
    body = {"query_embeddings": [crowd[0].embedding], "n_results": 50, "include": ["documents", "metadatas"]}
    request = world.http(through, ASSISTANT).build_request(
        "POST", f"{TENANT}/collections/{direct.id}/query", json=body, headers={"accept-encoding": encoding}
    )
    answer = world.http(through, ASSISTANT).send(request, stream=True)
    assert answer.status_code == 200
    return answer, b"".join(answer.iter_raw())


def test_the_clients_wish_is_met(world, gateway, direct, crowd):
    plain, body = ask(world, gateway, direct, crowd, "identity")
    assert "content-encoding" not in plain.headers
    packed, compressed = ask(world, gateway, direct, crowd, "gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert len(compressed) < len(body)
    # Chroma writes the keys of an object in any order.
    assert json.loads(gzip.decompress(compressed)) == json.loads(body)
    assert crowd[0].email.encode() not in body


def test_the_database_is_asked_for_plain_answers(world, gateway, control, direct, crowd):
    for through, asked in ((gateway, "identity"), (control, "gzip")):
        before = len(world.front.received())
        ask(world, through, direct, crowd, "gzip")
        arrived = [r for r in world.front.received()[before:] if r["path"].split("?")[0].endswith("/query")]
        assert [r["accept_encoding"] for r in arrived] == [asked]


def test_the_record_holds_the_plain_answer(world, gateway, direct, crowd, recorded):
    _, body = ask(world, gateway, direct, crowd, "identity")
    ask(world, gateway, direct, crowd, "gzip")
    kept = recorded(ASSISTANT, "/query")["answer"]["body"]
    assert kept["length"] == len(body)
