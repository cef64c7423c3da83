"""What the database answers: one file for each workload, the same bytes in every run."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"

_WORDS = (
    "the invoice order account delivery contract region policy report review customer support team window access storage "
    "index vector search answer model index page line of and with for from until after before since during was is are has "
    "been will changed checked sent received open closed late early second third new old small large weekly monthly"
).split()


@dataclass(frozen=True)
class Workload:
    """One request and the answer to it."""

    name: str
    title: str
    request: Callable[[], dict]
    answer: Callable[[], dict]
    call: str = "query"
    database: str = "chroma"
    in_quick: bool = True
    refused: bool = False
    vectors: bool = False
    searched: bool = False
    # Latencies are taken too, at a fixed rate.
    timed: bool = False

    @property
    def id(self) -> str:
        """The UUID of the workload's collection: from its name, so that it is the same in every run."""
        digits = random.Random(self.name).getrandbits(128)
        text = f"{digits:032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-8{text[17:20]}-{text[20:]}"

    @property
    def method(self) -> str:
        return "GET" if self.call == "heartbeat" else "POST"

    @property
    def path(self) -> str:
        if self.call == "heartbeat":
            return "/api/v2/heartbeat"
        if self.database == "qdrant":
            return f"/collections/{self.name}/points/{self.call}"
        return f"{COLLECTIONS}/{self.id}/{self.call}"


def _vector(dice: random.Random, dimensions: int) -> list[float]:
    return [round(dice.gauss(0, 0.05), 8) for _ in range(dimensions)]


def _prose(dice: random.Random, length: int) -> str:
    words: list[str] = []
    size = 0
    while size < length:
        word = dice.choice(_WORDS)
        if dice.random() < 0.08:
            word = word.capitalize()
        if dice.random() < 0.06:
            word += dice.choice([".", ",", ";", " -", '"', "\n"])
        words.append(word)
        size += len(word) + 1
    return " ".join(words)[:length]


def _payload(dice: random.Random, n: int, text: int) -> dict:
    return {
        "user_id": f"u-{dice.randrange(10**8):08}",
        "email": f"{dice.choice(_WORDS)}.{dice.choice(_WORDS)}{n}@example.com",
        "title": _prose(dice, 40),
        "country": dice.choice(["DE", "FR", "US", "BR", "IN"]),
        "age": dice.randrange(18, 90),
        "contact": {
            "phone": f"+1-555-01{n % 100:02}",
            "city": "Springfield",
            "ssn": f"{dice.randrange(100, 700)}-{dice.randrange(10, 99)}-{dice.randrange(1000, 9999)}",
        },
        "tags": ["vip", "eu"],
        "score_card": round(dice.random(), 6),
        "note": _prose(dice, text),
    }


def _columns(seed: str, hits: int, dimensions: int, document: int, text: int, personal: bool = False) -> dict:
    """Chroma's answer to a query: one list for each kind of thing."""
    dice = random.Random(seed)

    def prose(n: int) -> str:
        written = _prose(dice, document)
        if personal:
            written = f"{written[:-60]} write to person{n}@example.com or use 4111 1111 1111 1111"
        return written

    return {
        "ids": [[f"doc-{n:06}" for n in range(hits)]],
        "embeddings": [[_vector(dice, dimensions) for _ in range(hits)]] if dimensions else None,
        "documents": [[prose(n) for n in range(hits)]],
        "uris": None,
        "metadatas": [[_payload(dice, n, text) for n in range(hits)]],
        "distances": [[round(0.1 + n / 1000, 7) for n in range(hits)]],
        "include": ["metadatas", "documents", "distances"] + (["embeddings"] if dimensions else []),
    }


def _rows(seed: str, hits: int, text: int) -> dict:
    """Chroma's answer to a get."""
    columns = _columns(seed, hits, 0, 200, text)
    return {
        "ids": columns["ids"][0],
        "embeddings": None,
        "documents": columns["documents"][0],
        "uris": None,
        "metadatas": columns["metadatas"][0],
        "include": ["metadatas", "documents"],
    }


def _points(seed: str, hits: int, dimensions: int, text: int) -> dict:
    """Qdrant's answer to a query."""
    dice = random.Random(seed)
    points = []
    for n in range(hits):
        point = {"id": n, "version": 3, "score": round(0.9 - n / 1000, 7), "payload": _payload(dice, n, text)}
        if dimensions:
            point["vector"] = _vector(dice, dimensions)
        points.append(point)
    return {"result": {"points": points}, "status": "ok", "time": 0.000731}


def _query(dimensions: int, hits: int, *extra: str) -> Callable[[], dict]:
    def body() -> dict:
        vector = _vector(random.Random(dimensions), dimensions)
        include = ["metadatas", "documents", "distances", *extra]
        return {"query_embeddings": [vector], "n_results": hits, "include": include}

    return body


def _qdrant_query(dimensions: int, hits: int, *, vectors: bool) -> Callable[[], dict]:
    def body() -> dict:
        vector = _vector(random.Random(dimensions), dimensions)
        return {"query": vector, "limit": hits, "with_payload": True, "with_vector": vectors}

    return body


WORKLOADS = [
    Workload("rag", "RAG: 10 hits, 7 kB", _query(384, 10), lambda: _columns("rag", 10, 0, 200, 150), timed=True),
    Workload(
        "vectors-10",
        "10 hits with 1536-d vectors",
        _query(1536, 10, "embeddings"),
        lambda: _columns("vectors-10", 10, 1536, 200, 150),
        vectors=True,
    ),
    Workload(
        "vectors-100",
        "100 hits with 1536-d vectors",
        _query(1536, 100, "embeddings"),
        lambda: _columns("vectors-100", 100, 1536, 200, 150),
        vectors=True,
        timed=True,
    ),
    Workload(
        "payload-1000",
        "1,000 hits, payload only",
        lambda: {"ids": None, "where": None, "limit": 1000, "include": ["metadatas", "documents"]},
        lambda: _rows("payload-1000", 1000, 150),
        call="get",
    ),
    Workload(
        "scroll",
        "20,000-hit scroll, 15 MB",
        lambda: {"ids": None, "where": None, "limit": 20000, "include": ["metadatas", "documents"]},
        lambda: _rows("scroll", 20000, 180),
        call="get",
        in_quick=False,
        timed=True,
    ),
    Workload(
        "text",
        "free text: 10 chunks of 2 kB",
        _query(384, 10),
        lambda: _columns("text", 10, 0, 2000, 20, personal=True),
        in_quick=False,
        searched=True,
    ),
    Workload(
        "qdrant-rag",
        "Qdrant REST: 10 hits, 6 kB",
        _qdrant_query(384, 10, vectors=False),
        lambda: _points("qdrant-rag", 10, 0, 350),
        database="qdrant",
        in_quick=False,
    ),
    Workload(
        "qdrant-vectors-100",
        "Qdrant REST: 100 hits with 1536-d vectors",
        _qdrant_query(1536, 100, vectors=True),
        lambda: _points("qdrant-vectors-100", 100, 1536, 350),
        database="qdrant",
        in_quick=False,
        vectors=True,
    ),
    Workload(
        "refused",
        "a refused request",
        lambda: {"query_embeddings": [_vector(random.Random(384), 384)], "n_results": 100000},
        lambda: {},
        refused=True,
        in_quick=False,
    ),
    Workload(
        "meta",
        "a meta call",
        lambda: {},
        lambda: {"nanosecond heartbeat": 1764000000000000000},
        call="heartbeat",
        in_quick=False,
    ),
]


def write(directory: Path, workloads: list[Workload]) -> None:
    """The files that the upstream serves and the bodies that the clients send."""
    for part in ("answers", "names", "requests"):
        (directory / part).mkdir(parents=True)
    for workload in workloads:
        compact = {"separators": (",", ":"), "ensure_ascii": False}
        (directory / "answers" / f"{workload.id}.json").write_text(json.dumps(workload.answer(), **compact))
        (directory / "requests" / f"{workload.name}.json").write_text(json.dumps(workload.request(), **compact))
        collection = {
            "id": workload.id,
            "name": workload.name,
            "configuration_json": {},
            "metadata": None,
            "dimension": 384,
            "tenant": "default_tenant",
            "database": "default_database",
            "log_position": 0,
            "version": 0,
        }
        (directory / "names" / f"{workload.id}.json").write_text(json.dumps(collection))
