"""Qdrant over REST and over gRPC: the same policy, the same promises, whichever way a client takes."""

import base64
import concurrent.futures
import json
import time

import grpc
import httpx
import pytest
from qdrant_client import grpc as messages
from qdrant_client import models
from qdrant_client.http.exceptions import UnexpectedResponse

from stage import clients
from stage.envoy import without_filter
from stage.nonsense import Nonsense, Words
from stage.processes import free_port, wait_until
from stage.qdrant import Said
from stage.qdrant_fixtures import (
    ALIAS,
    COLLECTION,
    CROWD,
    QUERY,
    SNAPSHOT,
    STORAGE_READ,
    parsed,
    payload,
    storage_request,
)

ENGINEERS = "data-eng"
WAYS = ["rest", "grpc"]
PATHS = {"rest": f"/collections/{COLLECTION}/points/query", "grpc": "/qdrant.Points/Query"}


def policy(**changes: object) -> dict:
    return {
        "version": 1,
        "database": "qdrant",
        "identity": [{"jwt": {"claim": "sub", "groups": "groups"}}],
        "rules": [
            {
                "name": "reads",
                "identities": ["svc:rag-*"],
                "collections": [COLLECTION],
                "operations": ["search", "fetch", "list", "aggregate", "describe"],
                "top_k": {"max": 20, "over": "clamp"},
                "results": {"max": 40, "over": "approve"},
                "mask": [
                    {"fields": ["email"], "with": "partial"},
                    {"fields": ["ssn", "emails", "age"], "with": "remove"},
                    {"fields": ["contact.phone"], "with": "redact", "text": "[phone]"},
                    {"detect": ["email", "phone", "card", "iban", "ssn"], "fields": ["note"], "with": "redact"},
                ],
                "vectors": "strip",
            },
            {
                "name": "sees-no-scores",
                "identities": ["svc:blind"],
                "collections": [COLLECTION],
                "operations": ["search"],
                "results": {"max": 40, "over": "deny"},
                "scores": "strip",
            },
        ],
        "lookup": {"cluster": "database", "grpc_cluster": "database-grpc"},
        "hash_key": {"env": "VECTORGATE_HASH_KEY"},
        "approval": {"cluster": "console", "path": "/v1/approvals", "wait": "15s", "ttl": "15m", "uses": 1},
        "audit": {
            "cluster": "console",
            "path": "/v1/records",
            "bodies": "masked",
            "max_body": "64KiB",
            "required": True,
        },
        "limits": {"request_body": "1MiB"},
        **changes,
    }


@pytest.fixture(scope="module")
def server(world):
    made = world.qdrant()
    yield made
    made.stop()


@pytest.fixture(autouse=True)
def nothing_was_unexpected(server):
    """What no fixture answers fails the test that asked it."""
    before = len(server.misses)
    yield
    server.heal()
    missed = server.misses[before:]
    assert not missed, f"no fixture answers {[(r.method, r.path, str(r.body)) for r in missed]}"


@pytest.fixture(scope="module")
def guarded(world, server):
    made = world.qdrant_gateway(server, policy())
    yield made
    made.stop()


@pytest.fixture(scope="module")
def open_door(world, server):
    """The same Envoy without the filter."""
    made = world.qdrant_gateway(server, {}, without_filter, name="qdrant-control")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def sees(world, guarded):
    """`sees("svc:rag-a", "grpc")` is the official Python client of that identity."""
    made = []

    def client(identity: str, way: str, through=guarded, **options: object):
        token = world.token(identity)
        made.append(clients.qdrant_client(through.port, token, world.authority.certificate, way=way, **options))
        return made[-1]

    yield client
    for one in made:
        one.close()


@pytest.fixture(scope="module")
def control(sees, open_door):
    """The same client where nothing guards."""
    return lambda way: sees("svc:control", way, through=open_door)


@pytest.fixture(scope="module")
def npm(world, guarded):
    def run(identity: str, way: str, script: str, through=guarded, **options: object):
        token = world.token(identity)
        return clients.qdrant_npm_client(through.port, token, world.authority.certificate, script, way=way, **options)

    return run


def search(client, limit: int, **more: object):
    return client.query_points(COLLECTION, query=QUERY, limit=limit, **more).points


def limit_of(received) -> int:
    return received.body["limit"] if isinstance(received.body, dict) else received.body.limit


def refused(way: str, call) -> str:
    """What the client's ordinary exception says."""
    if way == "rest":
        with pytest.raises(UnexpectedResponse) as raised:
            call()
        return json.loads(raised.value.content)["status"]["error"]
    with pytest.raises(grpc.RpcError) as raised:
        call()
    assert raised.value.code() in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.INVALID_ARGUMENT), raised.value
    return raised.value.details()


@pytest.mark.parametrize("way", WAYS)
def test_a_search_is_clamped_and_masked(sees, control, server, way):
    found = search(sees("svc:rag-a", way), 30, with_payload=True, with_vectors=True)
    assert limit_of(server.last(PATHS[way])) == 20
    everything = search(control(way), 30, with_payload=True, with_vectors=True)
    assert len(everything) == 30
    assert [p.id for p in found] == [p.id for p in everything][:20]
    assert [p.score for p in found] == [p.score for p in everything][:20]
    for masked, whole in zip(found, everything, strict=False):
        person = CROWD[whole.id]
        assert whole.payload == payload(person)
        assert whole.vector and masked.vector is None or masked.vector == []
        assert masked.payload["email"] != person.email and masked.payload["email"].endswith("@mail.example.org")
        assert masked.payload["contact"] == {"phone": "[phone]"}
        assert not {"ssn", "age"} & set(masked.payload)
        assert (masked.payload["name"], masked.payload["city"]) == (person.name, person.city)
        for secret in person.secrets_in_note():
            assert secret in whole.payload["note"] and secret not in masked.payload["note"]


@pytest.mark.parametrize("way", WAYS)
def test_scores_that_are_kept_back_are_0(sees, control, way):
    """The client reads no point without a score."""
    everything = search(control(way), 20)
    assert len({p.score for p in everything}) == 20
    found = search(sees("svc:blind", way), 20)
    assert [p.id for p in found] == [p.id for p in everything]
    assert {p.score for p in found} == {0}
    assert [p.payload for p in found] == [p.payload for p in everything]


@pytest.mark.parametrize("way", WAYS)
def test_points_by_id_and_pages_are_masked(sees, control, way):
    everything = control(way).retrieve(COLLECTION, ids=[1, 2, 3], with_vectors=True)
    assert all(p.payload["ssn"] and p.vector for p in everything)
    found = sees("svc:rag-a", way).retrieve(COLLECTION, ids=[1, 2, 3], with_vectors=True)
    page, offset = sees("svc:rag-a", way).scroll(COLLECTION, limit=5)
    # By id they come in whatever order; only pages have one.
    assert sorted(p.id for p in found) == [1, 2, 3] and [p.id for p in page] == [0, 1, 2, 3, 4] and offset == 5
    for point in [*found, *page]:
        assert "ssn" not in point.payload and not point.vector


@pytest.mark.parametrize("way", WAYS)
def test_the_key_on_the_cluster_is_the_databases_own(sees, server, world, way):
    search(sees("svc:rag-a", way), 3)
    received = server.last(PATHS[way])
    assert received.headers["api-key"] != world.token("svc:rag-a")
    assert server.has_key(received.headers["api-key"])
    assert "authorization" not in received.headers


@pytest.mark.parametrize("way", WAYS)
def test_an_alias_is_its_collection(world, sees, server, way):
    lookup = {"rest": "/aliases", "grpc": "/qdrant.Collections/ListAliases"}[way]
    fresh = world.qdrant_gateway(server, policy(), name="qdrant-fresh")
    try:
        before = len(server.asked(lookup))
        guest = sees("svc:rag-a", way, through=fresh)
        aliased = guest.query_points(ALIAS, query=QUERY, limit=3).points
        assert aliased == search(guest, 3)
    finally:
        fresh.stop()
    assert "ssn" not in aliased[0].payload
    asked = server.asked(lookup)[before:]
    assert len(asked) == 2 and all(server.has_key(r.headers["api-key"]) for r in asked)


@pytest.mark.parametrize("way", WAYS)
def test_what_clients_ask_first_is_answered(sees, way):
    assert sees("svc:stranger", way).info().version


@pytest.mark.parametrize("way", WAYS)
def test_a_masked_field_is_no_oracle(sees, control, server, way):
    if server.lacks("1.12"):
        pytest.skip("facets came with Qdrant 1.12")
    counted = control(way).facet(COLLECTION, key="email").hits
    assert all("@mail.example.org" in hit.value for hit in counted)
    ordered, _ = control(way).scroll(COLLECTION, limit=5, order_by="age")
    assert [p.order_value for p in ordered] == sorted(p.age for p in CROWD)[:5]
    before = len(server.received)
    guest = sees("svc:rag-oracle", way)
    assert "email" in refused(way, lambda: guest.facet(COLLECTION, key="email"))
    assert "age" in refused(way, lambda: guest.scroll(COLLECTION, limit=5, order_by="age"))
    asked = [r.path for r in server.received[before:]]
    assert all("liases" in path or path == "/" for path in asked), asked
    by_city = [{hit.value: hit.count for hit in c.facet(COLLECTION, key="city").hits} for c in (guest, control(way))]
    assert by_city[0] == by_city[1] and len(by_city[0]) > 1


@pytest.mark.parametrize("way", WAYS)
def test_exports_are_refused_in_words_and_asked_once(world, sees, control, server, way):
    made = control(way).create_snapshot(COLLECTION)
    assert made.name
    if made.name == SNAPSHOT or server.is_real:
        control(way).delete_snapshot(COLLECTION, made.name)
    before = len(server.received)
    who = f"svc:rag-export-{way}"
    told = refused(way, lambda: sees(who, way).create_snapshot(COLLECTION))
    assert who in told and "export" in told
    assert [r.path for r in server.received[before:] if "napshot" in r.path] == []
    recorded = [r for r in world.console.records(identity=who) if r["request"]["operation"] == "export"]
    assert len(recorded) == 1
    assert recorded[0]["decision"]["verdict"] == "deny"


def raw_call(world, through, identity: str, method: str, request: bytes, **options: object) -> bytes:
    credentials = grpc.ssl_channel_credentials(world.authority.certificate.read_bytes())
    with grpc.secure_channel(f"127.0.0.1:{through.port}", credentials, **options) as channel:
        return channel.unary_unary(method)(request, metadata=[("api-key", world.token(identity))], timeout=20)


def test_raw_shard_files_are_refused(world, guarded, open_door, server):
    before = len(server.asked(STORAGE_READ))
    try:
        assert raw_call(world, open_door, "svc:control", STORAGE_READ, storage_request())
    except grpc.RpcError as error:
        assert server.is_real, error
    assert len(server.asked(STORAGE_READ)) == before + 1
    with pytest.raises(grpc.RpcError) as raised:
        raw_call(world, guarded, "svc:rag-files", STORAGE_READ, storage_request())
    assert raised.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "export" in raised.value.details()
    assert len(server.asked(STORAGE_READ)) == before + 1


@pytest.fixture(scope="module")
def person(world):
    return world.console.person()


@pytest.mark.parametrize("way", WAYS)
def test_a_large_search_is_held_approved_and_answered_in_full(world, sees, control, person, server, way):
    who = f"svc:rag-large-{way}"
    known = set(person.waiting())
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(search, sees(who, way), 60, timeout=25)
        fresh = wait_until(lambda: [a for a in person.waiting() if a not in known], what="an approval waits")
        assert not asked.done()
        person.decide(fresh[0], "approve", "seen by a test")
        found = asked.result(timeout=20)
    assert limit_of(server.last(PATHS[way])) == 60
    assert [p.id for p in found] == [p.id for p in search(control(way), 60)]
    assert all("ssn" not in p.payload for p in found), "approved is not unmasked"
    record = next(r for r in world.console.records(identity=who) if r["phase"] == "closed")
    assert record["decision"]["approval"]["status"] == "approved"
    assert record["answer"]["returned"] == 60


def test_a_grpc_client_that_gives_up_early_is_told_before(sees, person):
    known = set(person.waiting())
    began = time.monotonic()
    told = refused("grpc", lambda: search(sees("svc:rag-hasty", "grpc"), 60, timeout=3))
    assert time.monotonic() - began < 3
    (approval,) = [a for a in person.waiting() if a not in known]
    assert approval in told


@pytest.mark.parametrize("way", WAYS)
def test_an_exchange_is_recorded(world, sees, way):
    who = f"svc:rag-recorded-{way}"
    search(sees(who, way), 5, with_vectors=True)
    record = next(r for r in world.console.records(identity=who) if r["request"]["operation"] == "search")
    assert record["database"] == "qdrant"
    assert record["request"]["path"] == PATHS[way]
    assert record["request"]["collections"] == [COLLECTION]
    assert record["request"]["asked"] == {"at_most": 5}
    assert record["request"]["vectors"] is True
    assert record["decision"]["verdict"] == "allow"
    told = record["answer"]
    assert (told["status"], told["outcome"], told["returned"]) == (200, "complete", 5)
    # What would be taken out anyway is not even asked for.
    assert told["masked"]["email"] == 5 and "ssn" not in told["masked"]
    assert told["vectors_stripped"] == 0
    assert record["decision"]["not_fetched"] == ["age", "emails", "ssn", "vectors"]
    if way == "grpc":
        assert told["body"]["encoding"] == "base64"
        # The question too is kept as it came: a frame, with a message in which nothing is masked.
        asked = record["request"]["body"]
        assert asked["encoding"] == "base64"
        assert parsed(PATHS[way], base64.b64decode(asked["text"])[5:]).limit == 5
    else:
        assert json.loads(told["body"]["text"])["result"]["points"][0]["payload"]["name"] == CROWD[99].name
    assert CROWD[99].ssn not in json.dumps(record)


def test_nothing_leaves_over_grpc_that_was_not_recorded(world, server, guarded):
    whole = messages.QueryPoints(
        collection_name=COLLECTION,
        query=messages.Query(nearest=messages.VectorInput(dense=messages.DenseVector(data=QUERY))),
        limit=5,
        with_payload=messages.WithPayloadSelector(enable=True),
        with_vectors=messages.WithVectorsSelector(enable=False),
    )

    def ask(through):
        headers = {"content-type": "application/grpc", "te": "trailers", "api-key": world.token("svc:rag-unrecorded")}
        with world.http(through, None, http2=True) as http:
            return http.post(PATHS["grpc"], content=frame(whole.SerializeToString()), headers=headers)

    assert CROWD[99].name.encode() in ask(guarded).content
    unrecorded = world.qdrant_gateway(server, policy(), name="qdrant-unrecorded", console=free_port())
    try:
        before = len(server.asked(PATHS["grpc"]))
        answer = ask(unrecorded)
        assert len(server.asked(PATHS["grpc"])) == before + 1
    finally:
        unrecorded.stop()
    assert answer.content == b""
    assert answer.headers["grpc-status"] == "14" and "recorder" in answer.headers["grpc-message"]


@pytest.mark.parametrize("way", WAYS)
def test_the_npm_clients_see_the_same(npm, control, server, way):
    script = {
        "rest": f"""
            const all = {{ limit: 30, with_payload: true, with_vector: true }};
            const found = await client.query('{COLLECTION}', {{ query: {QUERY}, ...all }});
            const shown = (p) => ({{ id: p.id, keys: Object.keys(p.payload), vector: p.vector ?? null }});
            return found.points.map(shown);""",
        "grpc": f"""
            const chosen = (name, value) => ({{ case: name, value }});
            const all = {{ selectorOptions: chosen('enable', true) }};
            const found = await client.api('points').query({{
              collectionName: '{COLLECTION}', limit: 30n, withPayload: all, withVectors: all,
              query: {{ variant: chosen('nearest', {{ variant: chosen('dense', {{ data: {QUERY} }}) }}) }},
            }});
            const id = (p) => p.id.pointIdOptions.value;
            return found.result.map((p) => ({{ id: id(p), keys: Object.keys(p.payload), vector: p.vectors ?? null }}));""",
    }[way]
    found = npm("svc:rag-npm", way, script)
    assert limit_of(server.last(PATHS[way])) == 20
    assert [p["id"] for p in found] == [p.id for p in search(control(way), 20)]
    assert all("ssn" not in p["keys"] and "email" in p["keys"] and p["vector"] is None for p in found)


@pytest.mark.parametrize("way", WAYS)
def test_the_npm_clients_raise_their_ordinary_errors(world, npm, way):
    who = f"svc:rag-npm-{way}"
    script = {
        "rest": f"return await raised(() => client.facet('{COLLECTION}', {{ key: 'email' }}));",
        "grpc": f"return await raised(() => client.api('points').facet({{ collectionName: '{COLLECTION}', key: 'email' }}));",
    }[way]
    raised = npm(who, way, script)
    if way == "rest":
        assert raised["status"] == 403 and "email" in raised["data"]["status"]["error"]
    else:
        assert raised["name"] == "ConnectError" and raised["message"].startswith("[permission_denied] ")
        assert "email" in raised["message"]
    assert len([r for r in world.console.records(identity=who) if r["request"]["operation"] == "aggregate"]) == 1


def test_compressed_messages_are_undone(sees, server, open_door):
    everyone = models.Filter(must=[models.HasIdCondition(has_id=list(range(len(CROWD))))])

    def ask(who, **options):
        client = sees(who, "grpc", grpc_compression=grpc.Compression.Gzip, **options)
        return search(client, 5, query_filter=everyone)

    assert all("ssn" in point.payload for point in ask("svc:control", through=open_door))
    guarded = ask("svc:rag-gzip")
    assert len(guarded) == 5 and not any("ssn" in point.payload for point in guarded)
    # It was judged, so it is forwarded as it was judged: plain.
    assert "grpc-encoding" not in server.last(PATHS["grpc"]).headers


def frame(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


def broken() -> dict[str, bytes]:
    whole = frame(messages.QueryPoints(collection_name=COLLECTION, limit=3).SerializeToString())
    return {
        "half a head": whole[:3],
        "too short": whole[:-2],
        "two": whole + whole,
        "none": b"",
        "a flag of its own": b"\x07" + whole[1:],
        "a huge length": b"\0\xff\xff\xff\xff" + whole[5:],
        "a group": frame(b"\x0b\x0c"),
        "an overlong varint": frame(b"\x20" + b"\xff" * 11),
        "a wrong wire type": frame(b"\x08\x01"),
        "an unknown field": frame(whole[5:] + b"\xf8\x7f\x01"),
    }


@pytest.mark.parametrize("what", broken())
def test_what_is_no_message_is_refused_and_never_arrives(world, guarded, server, what):
    before = len(server.asked(PATHS["grpc"]))
    with world.http(guarded, None, http2=True) as http:
        headers = {"content-type": "application/grpc", "te": "trailers", "api-key": world.token("svc:rag-broken")}
        answer = http.post(PATHS["grpc"], content=broken()[what], headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/grpc")
    assert answer.headers.get_list("grpc-status") == ["3"], answer.headers
    assert answer.headers["grpc-message"]
    assert answer.content == b""
    assert len(server.asked(PATHS["grpc"])) == before


@pytest.mark.parametrize(
    "name, body",
    [
        ("no message", b"\xff\xff\xff\xff"),
        ("a length that is longer than all", messages.QueryResponse(time=1).SerializeToString() + b"\x0a\x7f\x01"),
        ("a group", b"\x0b\x0c"),
        ("text", b"this is what it is"),
    ],
)
def test_nonsense_of_the_database_over_grpc_is_cut_off(world, sees, server, name, body):
    who = "svc:rag-nonsense"
    secret = messages.QueryResponse(result=[messages.ScoredPoint(id=messages.PointId(num=1))]).SerializeToString()
    server.spoil(PATHS["grpc"], Said(0, secret + body))
    with pytest.raises(grpc.RpcError) as raised:
        search(sees(who, "grpc"), 3)
    assert raised.value.code() is not grpc.StatusCode.OK
    newest = next(r for r in world.console.records(identity=who) if r["request"]["operation"] == "search")
    assert newest["answer"]["outcome"] == "cut_off"


def answered() -> messages.QueryResponse:
    person = messages.ScoredPoint(id=messages.PointId(num=1))
    person.payload["ssn"].string_value = SECRET
    person.payload["name"].string_value = "Nia"
    return messages.QueryResponse(result=[person])


SECRET = "219-09-9999"


def spoken() -> dict[str, Words]:
    whole = frame(answered().SerializeToString())
    return {
        "a frame that ends too early": Words(whole[:-4]),
        "half a head": Words(whole + b"\0\0"),
        "a compressed message": Words(
            b"\1" + whole[1:], headers={"content-type": "application/grpc", "grpc-encoding": "gzip"}
        ),
        "a compressed message without a name": Words(b"\1" + whole[1:]),
        "a huge length": Words(b"\0\xff\xff\xff\xff" + whole[5:]),
        "HTML": Words(b"<html>" + SECRET.encode(), headers={"content-type": "text/html"}),
        "JSON": Words(b'{"result":[{"ssn":"%s"}]}' % SECRET.encode(), headers={"content-type": "application/json"}),
        "no type": Words(whole, headers={}),
        "broken off": Words(whole[:-4], reset=True),
        "too early an end": Words(whole[:-4], trailers=None),
    }


@pytest.fixture(scope="module")
def babbler(world):
    made = Nonsense(world.authority)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def before_the_babbler(world, server, babbler):
    made = world.qdrant_gateway(
        server, policy(lookup={"cluster": "database"}), grpc=babbler.port, name="qdrant-babbler"
    )
    yield made
    made.stop()


def test_the_babbler_can_speak_sense(before_the_babbler, babbler, sees, server):
    """The control of the next: with the names of collections known by REST, a sound answer goes through."""
    search(sees("svc:rag-a", "rest", through=before_the_babbler), 3)
    babbler.words = Words(frame(answered().SerializeToString()))
    (found,) = search(sees("svc:rag-a", "grpc", through=before_the_babbler), 3)
    assert found.payload == {"name": "Nia"}


@pytest.mark.parametrize("what", spoken())
def test_an_upstream_that_breaks_grpc_is_cut_off(world, before_the_babbler, babbler, sees, what):
    search(sees("svc:rag-a", "rest", through=before_the_babbler), 3)
    babbler.words = spoken()[what]
    who = f"svc:rag-babble-{list(spoken()).index(what)}"
    headers = {"content-type": "application/grpc", "te": "trailers", "api-key": world.token(who)}
    asked = messages.QueryPoints(collection_name=COLLECTION, limit=3)
    asked.query.nearest.dense.data.extend(QUERY)
    with world.http(before_the_babbler, None, http2=True) as http:
        try:
            answer = http.post(PATHS["grpc"], content=frame(asked.SerializeToString()), headers=headers)
            got, told = answer.content, answer.headers.get("grpc-status")
        except httpx.RemoteProtocolError:
            got, told = b"", "reset"
    assert SECRET.encode() not in got
    assert told not in (None, "0"), (told, got)
    # The record of a stream that is gone travels by itself, a moment later.
    (record,) = wait_until(
        lambda: [r for r in world.console.records(identity=who) if r["phase"] == "closed"],
        what="the record of what broke off",
        within=5,
    )
    assert record["answer"]["outcome"] in ("cut_off", "aborted"), record["answer"]
    with pytest.raises(grpc.RpcError):
        search(sees(who, "grpc", through=before_the_babbler), 3)


@pytest.mark.parametrize("body", [b"<html>", b'{"result":{"points":[{"id":1,"payload":{"ssn":"1"', b'{"result":7}'])
def test_nonsense_of_the_database_over_rest_is_cut_off(world, sees, server, body):
    who = "svc:rag-nonsense-rest"
    server.spoil(PATHS["rest"], Said(200, body))
    with pytest.raises(Exception):  # noqa: B017 (broken off, or told in words: whichever the head allowed)
        search(sees(who, "rest"), 3)
    newest = next(r for r in world.console.records(identity=who) if r["request"]["operation"] == "search")
    assert newest["answer"]["outcome"] == "cut_off"


def test_errors_of_the_database_come_through(sees, server):
    server.spoil(PATHS["grpc"], Said(3, message="Wrong input: expected dim: 4, got 3 — 50 %"))
    with pytest.raises(grpc.RpcError) as raised:
        search(sees("svc:rag-a", "grpc"), 3)
    assert raised.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert raised.value.details() == "Wrong input: expected dim: 4, got 3 — 50 %"


@pytest.mark.parametrize("way", WAYS)
def test_without_a_token_nobody_gets_anywhere(world, guarded, server, way):
    before = len(server.received)
    made = clients.qdrant_client(
        guarded.port, "not a token", world.authority.certificate, way=way, check_compatibility=False
    )
    if way == "rest":
        with pytest.raises(UnexpectedResponse) as raised:
            search(made, 3)
        assert raised.value.status_code == 401 and "token" in json.loads(raised.value.content)["status"]["error"]
    else:
        with pytest.raises(grpc.RpcError) as raised:
            search(made, 3)
        assert raised.value.code() is grpc.StatusCode.UNAUTHENTICATED and "token" in raised.value.details()
    assert len(server.received) == before
