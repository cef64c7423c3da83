"""Calls whose answer is a stream of messages. Of the databases' methods for clients there are two kinds: Qdrant's and Milvus'
`Health/Watch`, which says again and again how the server is, and Qdrant's `StorageRead/ReadBytesStream`, which reads raw files.
"""

import time

import grpc
import pytest

from stage.processes import wait_until
from stage.qdrant_fixtures import COLLECTION, storage_request
from stage.streaming import Streaming, Telling
from stage.world import DATABASE_KEY

WATCH = "/grpc.health.v1.Health/Watch"
READ = "/qdrant.StorageRead/ReadBytesStream"
SERVING = b"\x08\x01"
# `data`, field 1: what nobody can mask, for nobody knows what it is.
PIECES = [b"\x0a\xff\x01" + bytes([n]) * 255 for n in range(40)]


def policy() -> dict:
    reads = {"collections": [COLLECTION], "operations": ["export"]}
    return {
        "version": 1,
        "database": "qdrant",
        "identity": [{"jwt": {"claim": "sub"}}],
        "rules": [
            {"name": "backups", "identities": ["svc:backup*"], **reads},
            {
                "name": "masked-backups",
                "identities": ["svc:masked"],
                "mask": [{"fields": ["ssn"], "with": "remove"}],
                **reads,
            },
        ],
        "lookup": {"cluster": "database", "grpc_cluster": "database-grpc"},
        "audit": {"cluster": "console", "path": "/v1/records", "bodies": "masked", "required": True},
    }


@pytest.fixture(scope="module")
def server(world):
    made = Streaming(world.authority, DATABASE_KEY)
    yield made
    made.stop()


@pytest.fixture(scope="module")
def guarded(world, server):
    rest = world.qdrant()
    made = world.qdrant_gateway(rest, policy(), grpc=server.port, name="streams")
    yield made
    made.stop()
    rest.stop()


@pytest.fixture
def call(world, guarded):
    """`call("svc:backup", READ)` is the stream of messages that the identity gets."""
    trust = grpc.ssl_channel_credentials(world.authority.certificate.read_bytes())
    with grpc.secure_channel(f"127.0.0.1:{guarded.port}", trust) as channel:

        def start(who: str, path: str, body: bytes = b""):
            return channel.unary_stream(path)(body, metadata=[("api-key", world.token(who))], timeout=20)

        yield start


def record_of(world, who: str) -> dict:
    found = wait_until(lambda: world.console.records(identity=who), what=f"a record of {who}", within=5)
    return found[0]


def test_a_stream_goes_through_as_it_comes(world, server, call):
    server.telling = Telling([SERVING] * 3, every=1.5)
    began, times = time.monotonic(), []
    for message in call("svc:watches", WATCH):
        assert message == SERVING
        times.append(time.monotonic() - began)
    assert len(times) == 3
    # Each is kept for a second, for its end might be the end of all; the first is not kept until the last.
    assert times[0] < 3.0 < times[1] < 4.5
    record = record_of(world, "svc:watches")
    assert record["request"]["operation"] == "meta"
    assert (record["answer"]["outcome"], record["answer"]["grpc_status"]) == ("complete", 0)


def test_a_stream_of_raw_bytes_comes_whole_where_nothing_is_masked(world, server, call):
    server.telling = Telling(PIECES)
    assert list(call("svc:backup", READ, storage_request())) == PIECES
    record = record_of(world, "svc:backup")
    assert (record["request"]["operation"], record["request"]["collections"]) == ("export", [COLLECTION])
    assert (record["answer"]["outcome"], record["answer"]["grpc_status"]) == ("complete", 0)


@pytest.mark.parametrize(("who", "asked"), [("svc:masked", 1), ("svc:nobody", 0)])
def test_nothing_of_it_comes_where_something_is_masked_or_no_rule_speaks(world, server, call, who, asked):
    server.telling = Telling(PIECES)
    before = len(server.asked)
    with pytest.raises(grpc.RpcError) as raised:
        for message in call(who, READ, storage_request()):
            pytest.fail(f"{message!r} was let through")
    assert raised.value.code() is not grpc.StatusCode.OK
    assert raised.value.details()
    assert len(server.asked) - before <= asked
    assert record_of(world, who)["answer"]["outcome"] in ("refused", "cut_off")


def test_an_error_at_its_end_is_the_clients_and_the_records(world, server, call):
    server.telling = Telling(PIECES[:3], status=grpc.StatusCode.DATA_LOSS)
    got = []
    with pytest.raises(grpc.RpcError) as raised:
        got.extend(call("svc:backup-b", READ, storage_request()))
        got.append(b"no error")
    assert b"no error" not in got
    assert (raised.value.code(), raised.value.details()) == (grpc.StatusCode.DATA_LOSS, "the disk is gone")
    assert record_of(world, "svc:backup-b")["answer"]["grpc_status"] == grpc.StatusCode.DATA_LOSS.value[0]


def test_a_client_that_stops_reading_is_recorded_and_the_server_told(world, server, call):
    server.left.clear()
    server.telling = Telling([SERVING] * 100, every=0.1)
    stream = call("svc:leaves", WATCH)
    assert next(stream) == SERVING
    stream.cancel()
    assert server.left.wait(5)
    assert record_of(world, "svc:leaves")["answer"]["outcome"] == "aborted"
