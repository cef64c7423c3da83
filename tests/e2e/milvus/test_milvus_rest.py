"""Milvus' REST API, version 1, on the real server of 2.3, beside gRPC on the same port.

(Neither of the servers that packages bring has version 2: that of 2.3 answers 404, milvus-lite speaks gRPC alone.)
"""

import concurrent.futures
import json

import pytest

from milvus.people import ANALYST, ASSISTANT, RESEARCHER, STRANGER
from stage.milvus import rest_client, script, secured
from stage.processes import wait_until

NOWHERE = [0.0, 0, 0, 0]


@pytest.fixture(scope="module")
def opened(world, gateways, open_doors):
    made = []

    def client(identity: str, through=gateways):
        pair = world.authority.issue_for_client(identity)
        made.append(rest_client(through["2.3"].port, pair, world.authority.certificate))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def ask(opened, open_doors):
    """`ask(identity, "search", …)` is the answer of a call about the people."""
    clients = {}

    def call(identity: str, what: str, *, headers=None, **body: object) -> dict:
        if identity not in clients:
            clients[identity] = opened(identity, open_doors) if identity == "control" else opened(identity)
        sent = {"collectionName": "people", **body}
        given = clients[identity].post(f"/v1/vector/{what}", json=sent, headers=headers)
        assert given.status_code == 200 and given.headers["content-type"].startswith("application/json"), given
        return given.json()

    return call


def test_a_search_is_limited_and_masked(ask):
    asked = {"vector": NOWHERE, "limit": 10, "outputFields": ["*"]}
    control = ask("control", "search", **asked)["data"]
    assert len(control) == 10 and control[9]["email"] == "person9@example.com"
    assert control[9]["ssn"] == "100-45-6009" and control[9]["vec"][0] == 0.9
    found = ask(ASSISTANT, "search", **asked)
    assert found["code"] == 200 and [row["id"] for row in found["data"]] == [row["id"] for row in control[:5]]
    for row in found["data"]:
        assert set(row) == {"id", "age", "email", "city", "distance"}
        assert row["email"].endswith("***@example.com") and row["city"] == "Leeds"
        assert row["distance"] == round(row["distance"], 1)


def test_the_default_limit_is_judged_too(ask):
    assert len(ask("control", "search", vector=NOWHERE)["data"]) == 20
    assert len(ask(ASSISTANT, "search", vector=NOWHERE)["data"]) == 5


def test_rows_by_their_ids_and_pages(ask):
    rows = ask(ASSISTANT, "get", id=[1, 2])["data"]
    assert [row["id"] for row in rows] == ["1", "2"]
    assert all(set(row) == {"id", "age", "email", "city"} and "***" in row["email"] for row in rows)
    page = ask(ANALYST, "query", filter="id >= 0", outputFields=["email", "age"], limit=5)["data"]
    assert page == [{"id": str(n), "age": str(20 + n)} for n in range(5)]


@pytest.mark.parametrize(
    "who, what, body, why",
    [
        (ASSISTANT, "search", {"vector": NOWHERE, "filter": "email == 'person1@example.com'"}, "email"),
        (ASSISTANT, "search", {"vector": NOWHERE, "filter": "ssn like '100%'"}, "ssn"),
        (ASSISTANT, "query", {"filter": "id > 3"}, "list"),
        # This server writes keys that are text into an expression as they are: with such a one it returned all rows.
        (ASSISTANT, "get", {"id": ["] or age > 0 or id in ["]}, "bracket"),
        (ASSISTANT, "delete", {"id": [1]}, "delete"),
        (ASSISTANT, "collections/drop", {}, "schema"),
        (ANALYST, "query", {"filter": "id >= 0", "outputFields": ["age"]}, "100"),
        (ANALYST, "query", {"filter": "id >= 0", "outputFields": ["age"], "limit": 11}, "10"),
        (ANALYST, "query", {"filter": "id >= 0", "outputFields": ["age"], "limit": 0}, "limit"),
        (ANALYST, "query", {"filter": "id >= 0", "LIMIT": 5}, "LIMIT"),
        (STRANGER, "search", {"vector": NOWHERE}, "stranger"),
        (ASSISTANT, "search", {"dbName": "other", "vector": NOWHERE}, "other"),
        (ASSISTANT, "search", {"collectionName": "crew", "vector": NOWHERE}, "alias"),
    ],
    ids=lambda value: value if isinstance(value, str) else json.dumps(value),
)
def test_what_is_refused_says_why_as_milvus_does(ask, who, what, body, why):
    told = ask(who, what, **body)
    assert set(told) == {"code", "message"} and told["code"] != 200
    assert why in told["message"], told


def test_the_header_of_version_2_is_not_read_in_two_ways(ask):
    """Version 1 passes it over, and answers from the database `default`."""
    body = {"filter": "id >= 0", "outputFields": ["age"], "limit": 1, "headers": {"DB-Name": "other"}}
    assert ask("control", "query", **body)["code"] == 200
    assert "DB-Name" in ask(ANALYST, "query", **body)["message"]


def test_the_catalogue_by_get(opened, open_doors):
    path = "/v1/vector/collections/describe?collectionName=people"
    control = opened("control", open_doors).get(path).json()
    assert opened(ASSISTANT).get(path).json() == control and control["code"] == 200
    listed = opened(ASSISTANT).get("/v1/vector/collections").json()
    assert listed["code"] == 1801 and "all collections" in listed["message"]
    assert opened("control", open_doors).get("/v1/vector/collections").json()["data"].count("people") == 1


def test_version_2_and_the_management_api_are_not_there(opened, open_doors):
    """What is refused is refused before: the controls say that there is nothing behind."""
    for path in ["/v2/vectordb/entities/query", "/api/v1/query", "/expr"]:
        control = opened("control", open_doors).post(path, json={"collectionName": "people", "filter": "id > 0"})
        assert control.status_code == 404, path
    told = opened(STRANGER).post("/api/v1/query", json={}).json()
    assert told["code"] != 200 and "message" in told


def test_a_large_query_is_held_and_answered_once_approved(ask, person):
    known = set(person.waiting())
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(ask, RESEARCHER, "query", filter="id >= 0", outputFields=["*"], limit=15)
        fresh = wait_until(lambda: [a for a in person.waiting() if a not in known], what="an approval waits")
        assert not asked.done()
        person.decide(fresh[0], "approve", "seen by a test")
        found = asked.result(timeout=20)
    assert len(found["data"]) == 15
    assert all(set(row) == {"id", "age", "city"} for row in found["data"])


def test_json_and_grpc_take_turns_on_one_port(ask, world, gateways):
    pair = world.authority.issue_for_client(ASSISTANT)
    given = secured(gateways["2.3"].port, pair, world.authority.certificate)
    code = "return len(client.search('people', data=[[0.0, 0, 0, 0]], limit=10)[0])"
    for _ in range(2):
        assert len(ask(ASSISTANT, "search", vector=NOWHERE)["data"]) == 5
        assert script("2.3", given, code) == 5
    records = world.console.records(identity=ASSISTANT)[:4]
    paths = {record["request"]["path"] for record in records}
    assert {"/v1/vector/search", "/milvus.proto.milvus.MilvusService/Search"} <= paths
    shown = json.dumps(records)
    assert "person" not in shown and "100-45" not in shown
