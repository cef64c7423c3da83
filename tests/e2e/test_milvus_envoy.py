"""envoy/milvus.yaml in front of real Milvus 2.3: one port for gRPC and REST, tokens, and the database's own credential.

SKIP_MILVUS=1 leaves it out.
"""

import json
import os

import httpx
import pytest
import yaml
from milvus.people import LOAD_2_3

from stage.envoy import MILVUS, configuration, plugin, validate, without_filter
from stage.milvus import KEY, REST_KEY, Raised, Server, Session, with_token
from stage.processes import free_port

pytestmark = pytest.mark.skipif(bool(os.environ.get("SKIP_MILVUS")), reason="SKIP_MILVUS is set")

ASSISTANT = "svc:assistant"

POLICY = {
    "version": 1,
    "database": "milvus",
    "identity": [{"jwt": {"claim": "sub", "groups": "groups"}}],
    "rules": [
        {
            "name": "assistant-searches",
            "identities": [ASSISTANT],
            "collections": ["people"],
            "operations": ["search", "fetch", "describe"],
            "top_k": {"max": 5, "over": "clamp"},
            "mask": [{"fields": ["email"], "with": "partial"}, {"fields": ["ssn"], "with": "remove"}],
            "vectors": "strip",
        },
        {
            "name": "ingest-writes",
            "identities": ["svc:ingest"],
            "collections": ["people"],
            "operations": ["write", "list", "describe"],
            "results": {"max": 10000, "over": "deny"},
            "mask": [{"fields": ["email"], "with": "partial"}],
        },
    ],
    "lookup": {"cluster": "database", "grpc_cluster": "database-grpc"},
    "audit": {"cluster": "console", "path": "/v1/records", "bodies": "masked", "required": True},
}

SEARCH = """
found = client.search("people", data=[[0.0, 0, 0, 0]], limit=10, output_fields=["email", "ssn", "vec"])
return [dict(hit["entity"]) for hit in found[0]]
"""


@pytest.fixture(scope="module")
def front(world):
    """Milvus that asks for the password of its first user, behind TLS and a front that asks for the same and notes what came."""
    server = Server("2.3", world.directory / "behind-milvus-yaml", authorized=True)
    server.direct(LOAD_2_3.replace('uri=given["uri"]', "**given"))
    yield world.milvus_front(server.port)
    server.stop()


@pytest.fixture(scope="module")
def gateway(world, front):
    made = world.milvus_gateway(front, POLICY)
    yield made
    made.stop()


@pytest.fixture
def session(world):
    """`session(port, token)` is pymilvus with this as its `token`."""
    started: list[Session] = []

    def start(port: int, token: str) -> Session:
        given = with_token(port, token, world.authority.certificate)
        started.append(Session("2.3", given, world.directory / "logs" / "pymilvus-tokens.log"))
        return started[-1]

    yield start
    for one in started:
        one.close()


def test_envoy_takes_the_file_with_the_policy_that_it_ships(world, tmp_path):
    shipped = json.loads(plugin(yaml.safe_load(MILVUS.read_text()))["configuration"]["value"])
    made = configuration(
        world.files, port=free_port(), admin=free_port(), database=1, console=2, grpc=3, policy=shipped, template=MILVUS
    )
    said = validate(made, tmp_path)
    assert said.returncode == 0, said.stderr[-2000:]


def test_a_token_in_the_clients_own_option_says_who_asks(world, gateway, session):
    found = session(gateway.port, world.token(ASSISTANT)).run(SEARCH)
    assert len(found) == 5
    assert all(row["email"].endswith("***@example.com") and "ssn" not in row and "vec" not in row for row in found)


def test_the_same_over_rest_on_the_same_port(world, gateway):
    with httpx.Client(base_url=gateway.url, verify=False, timeout=60) as client:
        asked = {"collectionName": "people", "vector": [0, 0, 0, 0], "limit": 10, "outputFields": ["email", "ssn"]}
        token = {"authorization": f"Bearer {world.token(ASSISTANT)}"}
        answer = client.post("/v1/vector/search", json=asked, headers=token).json()
        assert answer["code"] == 200, answer
        assert len(answer["data"]) == 5
        assert all(row["email"].endswith("***@example.com") and "ssn" not in row for row in answer["data"])
        nobody = client.post("/v1/vector/search", json=asked)
        assert nobody.status_code == 401
        assert nobody.json()["code"] == 1801 and "token" in nobody.json()["message"]


def test_what_is_longer_than_an_http2_window_passes_both_ways(world, gateway, session):
    """Some 300 kB of rows, written and read: each held in memory while it is looked at."""
    client = session(gateway.port, world.token("svc:ingest"))
    client.run(
        """
rows = [{"id": n, "email": f"{n:080}@example.com", "age": n, "vec": [9.0, 9, 9, 9]} for n in range(1000, 4000)]
client.insert("people", rows)
"""
    )
    found = client.run(
        """
for _ in range(60):  # what was written can be read a moment later
    rows = client.query("people", filter="id >= 1000", output_fields=["email"], limit=5000)
    if len(rows) == 3000:
        break
    time.sleep(0.5)
return [row["email"] for row in rows]
"""
    )
    assert len(found) == 3000 and all(email == "0***@example.com" for email in found)


@pytest.mark.parametrize(
    "token", ["", "root:Milvus", "not.a.token", "aGVsbG8="], ids=["none", "password", "shape", "base64"]
)
def test_what_is_no_token_of_the_issuer_gets_nobody_in(gateway, session, token):
    with pytest.raises(Raised, match="valid token"):
        session(gateway.port, token).run(SEARCH)


def test_the_database_gets_its_own_credential_and_never_the_clients(world, front, gateway, session):
    known = len(front.received())
    session(gateway.port, world.token(ASSISTANT)).run(SEARCH)
    with httpx.Client(base_url=gateway.url, verify=False, timeout=60) as client:
        client.post(
            "/v1/vector/search",
            json={"collectionName": "people", "vector": [0, 0, 0, 0], "limit": 1},
            headers={"authorization": f"Bearer {world.token(ASSISTANT)}"},
        )
    received = front.received()[known:]
    over_grpc = {r["authorization"] for r in received if "MilvusService" in r["path"]}
    over_rest = {r["authorization"] for r in received if r["path"].startswith("/v1/")}
    assert (over_grpc, over_rest) == ({KEY}, {REST_KEY})


def test_a_password_straight_to_the_database_would_do(world, front):
    """The control: what the front and the gateway keep out is the want of a credential, not the client."""
    given = {**with_token(front.port, "root:Milvus", world.authority.certificate), "server_name": "database.internal"}
    client = Session("2.3", given, world.directory / "logs" / "pymilvus-straight.log")
    assert any("ssn" in row for row in client.run(SEARCH))
    client.close()


def test_without_the_filter_nothing_is_kept_back(world, front, session):
    control = world.milvus_gateway(front, {}, without_filter, name="milvus-yaml-control")
    found = session(control.port, world.token(ASSISTANT)).run(SEARCH)
    control.stop()
    assert len(found) == 10 and found[0]["ssn"].startswith("100-45")
