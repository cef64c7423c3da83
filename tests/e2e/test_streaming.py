"""Answers and writes of any size, in the memory of a small one."""

import json
import threading
import time
from collections.abc import Iterator

import pytest

from policies import ANALYST, ASSISTANT, LOADER, standard
from stage.interposer import Received, chunked, head

MEBI = 1024 * 1024
TENANT = "/api/v2/tenants/default_tenant/databases/default_database"


@pytest.fixture
def gateway_on(world, another_gateway, interposer):
    def start(**changes: object):
        return another_gateway(standard(**changes), name="streaming", database=interposer.port)

    return start


class MemoryWatch:
    """The most that a process held while this was open."""

    def __init__(self, process):
        self._process = process
        self._open = True
        self.before = process.memory()
        self.peak = self.before

    def __enter__(self):
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while self._open:
            self.peak = max(self.peak, self._process.memory())
            time.sleep(0.01)

    def __exit__(self, *_: object) -> None:
        self._open = False
        self._thread.join()

    @property
    def grown(self) -> int:
        return self.peak - self.before


def big_answer(megabytes: int) -> Iterator[bytes]:
    """A `get` answer of that size: ids first, then a document and metadata for each."""
    document = "A note of some length, with an address: someone.hidden@mail.example.org and more text. " * 11
    count = megabytes * MEBI // (len(document) + 110)
    yield b'{"ids":[' + b",".join(b'"n%07d"' % n for n in range(count)) + b'],"documents":['
    for n in range(count):
        yield (b"," if n else b"") + json.dumps(document).encode()
    yield b'],"metadatas":['
    for n in range(count):
        yield (b"," if n else b"") + b'{"email":"someone.hidden@mail.example.org","ssn":"123-45-6789","city":"Lyon"}'
    yield b'],"embeddings":null,"uris":null,"include":["documents","metadatas"]}'


def gathered(pieces: Iterator[bytes], size: int = 256 * 1024) -> Iterator[bytes]:
    kept = bytearray()
    for piece in pieces:
        kept += piece
        if len(kept) >= size:
            yield bytes(kept)
            kept.clear()
    if kept:
        yield bytes(kept)


def take(world, gateway, path, who) -> tuple[int, int]:
    """Reads an answer to its end: its length, and how often something secret was in it."""
    length, secrets, last = 0, 0, b""
    body = {"ids": ["n1"], "include": ["documents", "metadatas"]}
    headers = {"accept-encoding": "identity"}
    with world.http(gateway, who).stream("POST", path, json=body, headers=headers) as answer:
        assert answer.status_code == 200
        for piece in answer.iter_raw(1 << 16):
            length += len(piece)
            joined = last + piece
            secrets += joined.count(b"someone.hidden@") + joined.count(b"123-45-6789")
            last = joined[-20:]
    return length, secrets


@pytest.mark.timeout(400)
def test_an_answer_of_200_megabytes_passes_with_memory_flat(world, gateway_on, interposer, direct):
    gateway = gateway_on()
    path = f"{TENANT}/collections/{direct.id}/get"
    interposer.spoil("POST", "/get", lambda r: chunked(gathered(big_answer(2)))(r))
    length, secrets = take(world, gateway, path, ASSISTANT)  # warm
    assert length > MEBI and secrets == 0

    interposer.spoil("POST", "/get", lambda r: chunked(gathered(big_answer(20)))(r))
    with MemoryWatch(gateway.process) as small:
        length, secrets = take(world, gateway, path, ASSISTANT)
    assert length > 14 * MEBI and secrets == 0

    interposer.spoil("POST", "/get", lambda r: chunked(gathered(big_answer(200)))(r))
    with MemoryWatch(gateway.process) as large:
        length, secrets = take(world, gateway, path, ASSISTANT)
    assert length > 140 * MEBI
    assert secrets == 0
    assert large.grown < small.grown + 16 * MEBI, f"{large.grown} bytes more for 200 MB, {small.grown} for 20 MB"


# One string: nothing of it may be kept, however long it becomes. Said once and written over and over.
PROSE = b"A note with nothing in it that is anyone's, of 3 pages, and more. " * 4000


def long_string(start: bytes, megabytes: int, end: bytes) -> Iterator[bytes]:
    """An answer of nothing but a string of that size."""
    yield b'{"ids":["n1"],"documents":[' + start
    for _ in range(megabytes * MEBI // len(PROSE)):
        yield PROSE
    yield end + b',"embeddings":null,"uris":null,"include":["documents","metadatas"]}'


def in_metadata(key: bytes) -> tuple[bytes, bytes]:
    return b'null],"metadatas":[{"city":"Lyon","%b":"' % key, b'"}]'


IN_DOCUMENT = (b'"', b'"],"metadatas":[{"city":"Lyon"}]')

# What becomes of the string, where it stands, how long it is, and whether anything of it leaves.
STRINGS = [
    ("removed", in_metadata(b"ssn"), 1024, False),
    ("shortened", in_metadata(b"email"), 64, False),
    ("hashed", in_metadata(b"user_id"), 64, False),
    ("searched by detectors", IN_DOCUMENT, 1024, True),
]


@pytest.mark.timeout(300)
def test_a_string_of_any_length_passes_with_memory_flat(world, gateway_on, interposer, direct):
    gateway = gateway_on()
    path = f"{TENANT}/collections/{direct.id}/get"

    def passed(around: tuple[bytes, bytes], megabytes: int) -> tuple[int, int]:
        """How long the answer was that left, and by how much Envoy grew."""
        interposer.spoil("POST", "/get", lambda r: chunked(long_string(around[0], megabytes, around[1]))(r))
        body = {"ids": ["n1"], "include": ["documents", "metadatas"]}
        headers = {"accept-encoding": "identity"}
        with MemoryWatch(gateway.process) as watch:
            with world.http(gateway, ASSISTANT).stream("POST", path, json=body, headers=headers) as answer:
                assert answer.status_code == 200
                length, last = 0, b""
                for piece in answer.iter_raw():
                    length, last = length + len(piece), piece
        assert last.endswith(b"}")
        return length, watch.grown

    for what, around, megabytes, leaves in STRINGS:
        passed(around, 1)  # warm
        _, small = passed(around, 8)
        length, large = passed(around, megabytes)
        assert length > megabytes * MEBI - len(PROSE) if leaves else length < 1000, what
        assert large < small + 8 * MEBI, f"{what}: {large} bytes more for {megabytes} MB, {small} for 8 MB"


def test_the_control_has_the_secrets(big=1):
    assert b"".join(big_answer(big)).count(b"123-45-6789") > 100


@pytest.mark.timeout(300)
def test_a_write_of_100_megabytes_streams_through(world, gateway_on, interposer, direct):
    gateway = gateway_on()
    path = f"{TENANT}/collections/{direct.id}/add"
    interposer.spoil(
        "POST",
        "/add",
        lambda _: iter([head("201 Created", {"content-type": "application/json", "content-length": "2"}) + b"{}"]),
    )
    line = b'{"ids":["x"],"embeddings":[[1]],"documents":["' + b"y" * 65000 + b'"]}'

    def body() -> Iterator[bytes]:
        for _ in range(100 * MEBI // len(line)):
            yield line

    # Known, so that the memory of the first request is not counted.
    world.http(gateway, LOADER).post(path, content=line, headers={"content-type": "application/json"})
    with MemoryWatch(gateway.process) as watch:
        answer = world.http(gateway, LOADER).post(path, content=body(), headers={"content-type": "application/json"})
    assert answer.status_code == 201, answer.text
    received: Received = interposer.last("/add")
    assert received.length == 100 * MEBI // len(line) * len(line)
    assert watch.grown < 24 * MEBI


def test_an_answer_begins_to_arrive_before_it_has_ended(world, gateway_on, interposer, direct):
    gateway = gateway_on(audit={**standard()["audit"], "bodies": "none"})
    path = f"{TENANT}/collections/{direct.id}/get"
    gate = threading.Event()

    def slowly(_: Received) -> Iterator[bytes]:
        def pieces() -> Iterator[bytes]:
            whole = b"".join(big_answer(1))
            yield whole[: len(whole) // 2]
            gate.wait(20)
            yield whole[len(whole) // 2 :]

        return chunked(pieces())(_)

    interposer.spoil("POST", "/get", slowly)
    headers = {"accept-encoding": "identity"}
    with world.http(gateway, ASSISTANT).stream("POST", path, json={"ids": ["n1"]}, headers=headers) as answer:
        pieces = answer.iter_raw()
        assert next(pieces)
        assert not gate.is_set()
        gate.set()
        rest = b"".join(pieces)
    assert rest.rstrip().endswith(b"}")


def test_an_answer_cut_into_single_bytes_is_the_same(world, gateway_on, interposer, direct, crowd):
    gateway = gateway_on()
    path = f"{TENANT}/collections/{direct.id}/get"
    ids = [p.id for p in crowd[:3]]
    body = {"ids": ids, "include": ["documents", "metadatas"]}
    whole = world.http(gateway, ANALYST).post(path, json=body)
    assert whole.status_code == 200
    import httpx

    true = httpx.post(f"{world.chroma.url}{path}", json=body).content

    def bytewise(received: Received) -> Iterator[bytes]:
        return chunked(true[i : i + 1] for i in range(len(true)))(received)

    interposer.spoil("POST", "/get", bytewise)
    cut = world.http(gateway, ANALYST).post(path, json=body)
    assert sorted(json.loads(cut.content)["ids"]) == ids
    assert cut.json() == whole.json()


def test_a_write_that_real_chroma_takes(world, gateway):
    """Some megabytes of documents, in one request."""
    client = world.client(gateway, LOADER)
    collection = client.create_collection("kb-large", embedding_function=None)
    try:
        text = "word " * 2000
        collection.add(
            ids=[f"d{n}" for n in range(800)], embeddings=[[float(n), 1.0] for n in range(800)], documents=[text] * 800
        )
        assert world.direct().get_collection("kb-large", embedding_function=None).count() == 800
    finally:
        world.direct().delete_collection("kb-large")
