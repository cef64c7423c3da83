"""Writes of any length, over REST and gRPC: they stream, and nothing that they could smuggle comes through."""

import gzip
import json
import time
from collections.abc import Iterator

import grpc
import httpx
import pytest
from qdrant_client import grpc as messages
from qdrant_client import models
from test_qdrant import frame, policy, refused
from test_streaming import MemoryWatch

from stage import clients
from stage.envoy import without_filter
from stage.qdrant import Said
from stage.qdrant_fixtures import COLLECTION

MEBI = 1024 * 1024
WAYS = ("rest", "grpc")
PATHS = {"rest": f"/collections/{COLLECTION}/points", "grpc": "/qdrant.Points/Upsert"}
LOADER = "svc:loader"
DONE = {"result": {"operation_id": 1, "status": "completed"}, "status": "ok", "time": 0.001}


@pytest.fixture(scope="module")
def server(world):
    made = world.qdrant()
    message = messages.PointsOperationResponse(result=messages.UpdateResult(operation_id=1, status=2), time=0.001)
    for path in ["/qdrant.Points/Upsert", "/qdrant.Points/UpdateVectors", "/qdrant.Points/SetPayload"]:
        made.spoil(path, Said(0, message.SerializeToString()))
    batch = messages.UpdateBatchResponse(result=[messages.UpdateResult(operation_id=1, status=2)], time=0.001)
    made.spoil("/qdrant.Points/UpdateBatch", Said(0, batch.SerializeToString()))
    for path in ["", "/vectors", "/batch", "/payload"]:
        done = {**DONE, "result": [DONE["result"]]} if path == "/batch" else DONE
        made.spoil(f"/collections/{COLLECTION}/points{path}", Said(200, json.dumps(done).encode()))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def guarded(world, server):
    rules = [
        {
            "name": "loads",
            "identities": ["svc:loader*"],
            "collections": [COLLECTION],
            "operations": ["write", "describe"],
            "mask": [{"fields": ["email"], "with": "remove"}],
        }
    ]
    made = world.qdrant_gateway(server, policy(rules=rules), name="qdrant-writes")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def open_door(world, server):
    """The same Envoy without the filter."""
    made = world.qdrant_gateway(server, {}, without_filter, name="qdrant-writes-control")
    yield made
    made.stop()


@pytest.fixture
def client(world, guarded):
    made = []

    def client(way: str, through=guarded, who: str = LOADER, **options: object):
        token = world.token(who)
        options = {"timeout": 60, **options}
        made.append(clients.qdrant_client(through.port, token, world.authority.certificate, way=way, **options))
        return made[-1]

    yield client
    for one in made:
        one.close()


def points(count: int = 100, size: int = 1536) -> list[models.PointStruct]:
    """An ordinary batch."""
    return [
        models.PointStruct(
            id=n, vector=[(n * size + k) % 997 / 997 for k in range(size)], payload={"email": f"p{n}@example.org"}
        )
        for n in range(count)
    ]


def on(key: str) -> models.Filter:
    return models.Filter(must=[models.FieldCondition(key=key, match=models.MatchValue(value="x"))])


def wrote(received) -> int:
    """How many points arrived."""
    return len(received.body["points"] if isinstance(received.body, dict) else received.body.points)


def long(way: str) -> int:
    """So many points are more than the filter reads whole."""
    return {"rest": 100, "grpc": 200}[way]


@pytest.mark.parametrize("way", WAYS)
def test_an_ordinary_batch_is_written(client, server, world, way):
    count, who = long(way), f"svc:loader-batch-{way}"
    assert client(way, who=who).upsert(COLLECTION, points(count)).status == models.UpdateStatus.COMPLETED
    assert wrote(server.last(PATHS[way])) == count
    (record,) = world.console.records(identity=who)
    assert record["decision"]["rule"] == "loads" and record["decision"]["verdict"] == "allow"
    kept = record["request"]["body"]
    assert kept["length"] > MEBI and len(kept["sha256"]) == 64 and kept["cut"]
    assert "0.5" not in kept["text"]


@pytest.mark.parametrize("way", WAYS)
def test_uploads_in_batches_are_written(client, server, way):
    before = len(server.asked(PATHS[way]))
    client(way).upload_points(COLLECTION, points(450), batch_size=long(way), wait=True)
    assert sum(map(wrote, server.asked(PATHS[way])[before:])) == 450


@pytest.mark.parametrize("way", WAYS)
def test_vectors_and_batches_of_changes_are_written(client, server, way):
    vectors = [models.PointVectors(id=p.id, vector=p.vector) for p in points(long(way))]
    changes = [models.UpsertOperation(upsert=models.PointsList(points=points(long(way)))) for _ in range(2)]
    client(way).update_vectors(COLLECTION, vectors)
    client(way).batch_update_points(COLLECTION, changes)
    paths = {"rest": ["/vectors", "/batch"], "grpc": ["UpdateVectors", "UpdateBatch"]}[way]
    for path in paths:
        base = PATHS["rest"] if way == "rest" else "/qdrant.Points/"
        assert server.last(base + path)


@pytest.mark.parametrize("way", WAYS)
def test_a_filter_behind_many_points_is_seen_and_nothing_is_stored(client, server, open_door, world, way):
    five_megabytes = points(500 if way == "rest" else 900)
    before, who = len(server.asked(PATHS[way])), f"svc:loader-filter-{way}"
    said = refused(way, lambda: client(way, who=who).upsert(COLLECTION, five_megabytes, update_filter=on("email")))
    assert "email" in said
    assert len(server.asked(PATHS[way])) == before
    (record,) = world.console.records(identity=who)
    assert record["decision"]["verdict"] == "deny" and record["request"]["body"]["length"] > 5 * MEBI
    # Not the filter as such: one on a field that is shown goes on.
    assert client(way).upsert(COLLECTION, five_megabytes, update_filter=on("city"))
    # The control: where nothing guards, the database gets it.
    client(way, through=open_door).upsert(COLLECTION, five_megabytes, update_filter=on("email"))
    assert len(server.asked(PATHS[way])) == before + 2


def test_a_delete_behind_many_points_is_seen(client, server):
    operations = [
        models.UpsertOperation(upsert=models.PointsList(points=points(200))),
        models.DeleteOperation(delete=models.FilterSelector(filter=on("city"))),
    ]
    for way, path in [("rest", PATHS["rest"] + "/batch"), ("grpc", "/qdrant.Points/UpdateBatch")]:
        before = len(server.asked(path))
        assert "send two" in refused(way, lambda way=way: client(way).batch_update_points(COLLECTION, operations))
        assert len(server.asked(path)) == before


def raw(world, through, **more: object) -> httpx.Client:
    client = world.http(through, None, **more)
    client.headers["api-key"] = world.token(LOADER)
    client.timeout = 60
    return client


def pieces(megabytes: int, end: bytes) -> Iterator[bytes]:
    """A body of this size, with this behind its points."""
    point = json.dumps({"id": 1, "vector": [0.123456789] * 1000, "payload": {"text": "ö" * 2000}}).encode()
    yield b'{"points":[' + point
    for _ in range(megabytes * MEBI // (len(point) + 1)):
        yield b"," + point
    yield b"]" + end


@pytest.mark.timeout(300)
def test_a_write_of_100_megabytes_streams_with_memory_flat(world, guarded, server):
    def write(megabytes: int) -> int:
        body = b"".join(pieces(megabytes, b"}"))
        with MemoryWatch(guarded.process) as watch:
            answer = raw(world, guarded).put(PATHS["rest"], content=body, headers={"content-type": "application/json"})
        assert answer.status_code == 200, answer.text
        assert int(server.last(PATHS["rest"]).headers["content-length"]) == len(body)
        return watch.grown

    small, large = write(2), write(100)
    print(f"Envoy grew by {small} bytes for 2 MB, by {large} for 100 MB")
    assert large < 24 * MEBI


@pytest.mark.parametrize(
    "end, says",
    [
        (b',"update_filter":{"must":[{"key":"email","match":{"value":"x"}}]}}', "email"),
        (b',"points":[]}', "twice"),
        (b',"unheard_of":1}', "unheard_of"),
        (b"}{}", "follows"),
        (b"}", None),
    ],
)
def test_what_stands_at_the_end_of_a_body_counts(world, guarded, server, end, says):
    before = len(server.asked(PATHS["rest"]))
    body = b"".join(pieces(5, end))
    answer = raw(world, guarded).put(PATHS["rest"], content=body, headers={"content-type": "application/json"})
    if says is None:
        assert answer.status_code == 200
        return
    assert answer.status_code in (400, 403) and says in answer.text, answer.text
    time.sleep(0.3)
    assert len(server.asked(PATHS["rest"])) == before, "nothing arrived"


def test_what_must_be_read_whole_is_told_its_bound(world, guarded, server):
    selected = json.dumps({"points": list(range(400_000)), "payload": {"a": 1}}).encode()
    answer = raw(world, guarded).post(
        PATHS["rest"] + "/payload", content=selected, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 413 and "limits.request_body" in answer.text


def call(world, through, path: str, body: bytes, **headers: str) -> httpx.Response:
    more = {"content-type": "application/grpc", "te": "trailers", **headers}
    with raw(world, through, http2=True) as client:
        return client.post(path, content=body, headers=more)


def upsert(count: int) -> bytes:
    one = messages.PointStruct(
        id=messages.PointId(num=1), vectors=messages.Vectors(vector=messages.Vector(data=[0.5] * 1536))
    )
    return messages.UpsertPoints(collection_name=COLLECTION, points=[one] * count).SerializeToString()


def compressed(message: bytes) -> bytes:
    packed = gzip.compress(message)
    return b"\1" + len(packed).to_bytes(4, "big") + packed


def test_a_compressed_message_is_undone_and_judged(world, guarded, server):
    answer = call(world, guarded, PATHS["grpc"], compressed(upsert(3)), **{"grpc-encoding": "gzip"})
    assert answer.headers.get("grpc-status", "0") == "0", answer.headers
    arrived = server.last(PATHS["grpc"])
    assert wrote(arrived) == 3 and "grpc-encoding" not in arrived.headers


@pytest.mark.parametrize(
    "body, encoding, status, says",
    [
        (compressed(upsert(3)), "snappy", "12", "snappy"),
        (compressed(upsert(3)), "identity", "3", "grpc-encoding"),
        (compressed(upsert(3))[:-4], "gzip", "3", ""),
        (compressed(b"\x0a\x06secret" + b"\x1a\x02\x0a\x00"), "gzip", "7", "secret"),
        (compressed(b"\0" * (50 * MEBI)), "gzip", "8", "limits.request_body"),
        (frame(upsert(300)) + frame(b""), "identity", "3", "one message"),
    ],
    ids=["unknown", "unnamed", "broken", "judged", "bomb", "two messages"],
)
def test_what_is_compressed_otherwise_is_refused(world, guarded, server, body, encoding, status, says):
    before = len(server.asked(PATHS["grpc"]))
    answer = call(world, guarded, PATHS["grpc"], body, **{"grpc-encoding": encoding})
    assert answer.headers["grpc-status"] == status, answer.headers
    assert says in answer.headers["grpc-message"]
    if status == "12":
        assert answer.headers["grpc-accept-encoding"] == "identity,deflate,gzip"
    assert len(server.asked(PATHS["grpc"])) == before


def test_clients_that_compress_change_nothing_but_the_address(world, guarded, server):
    npm = clients.qdrant_npm_client(
        guarded.port,
        world.token(LOADER),
        world.authority.certificate,
        f"""
        const vector = Array.from({{ length: 1536 }}, (_, n) => n / 1536);
        const point = (n) => ({{
          id: {{ pointIdOptions: {{ case: 'num', value: BigInt(n) }} }},
          vectors: {{ vectorsOptions: {{ case: 'vector', value: {{ data: vector }} }} }},
        }});
        const points = [...Array(20).keys()].map(point);
        return (await client.api('points').upsert({{ collectionName: '{COLLECTION}', points }})).result.status;""",
        way="grpc",
    )
    assert npm == 2
    assert wrote(server.last(PATHS["grpc"])) == 20
    python = clients.qdrant_client(
        guarded.port,
        world.token(LOADER),
        world.authority.certificate,
        way="grpc",
        grpc_compression=grpc.Compression.Gzip,
    )
    python.upsert(COLLECTION, points(20))
    assert wrote(server.last(PATHS["grpc"])) == 20
