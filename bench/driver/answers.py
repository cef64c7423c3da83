"""The workloads: each one request and the answer to it, the same bytes in every run."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import protobuf
from .contents import columns, points, rows, vector

# A name that is removed, wherever an answer has it.
SSN = rb"\bssn\b"

COLLECTIONS = "/api/v2/tenants/default_tenant/databases/default_database/collections"


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


@dataclass(frozen=True)
class Workload:
    """One request and the answer to it."""

    name: str
    title: str
    request: Callable[[], bytes]
    answer: Callable[[], bytes]
    call: str = "query"
    database: str = "chroma"
    # Over gRPC `call` is the method, and request and answer are messages of protobuf.
    grpc: bool = False
    in_quick: bool = False
    refused: bool = False
    vectors: bool = False
    # It has prose in which there is something to find.
    searched: bool = False
    # What contenders hide elsewhere, and is not in this one.
    lacks: tuple[bytes, ...] = ()
    # The answer says nothing that is to be masked.
    meta: bool = False
    # Latencies are taken too, at a fixed rate.
    timed: bool = False
    # Its path, where that is not made from the rest.
    at: str = ""

    @property
    def stage(self) -> str:
        """What an Envoy has to be set up for: a database, and the way to it."""
        return f"{self.database}-grpc" if self.grpc else self.database

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
        if self.grpc or self.at:
            return self.at or self.call
        if self.call == "heartbeat":
            return "/api/v2/heartbeat"
        if self.database == "qdrant":
            return f"/collections/{self.name}/points/{self.call}"
        if self.database == "milvus":
            return f"/v2/vectordb/entities/{self.call}"
        return f"{COLLECTIONS}/{self.id}/{self.call}"


def _chroma_query(dimensions: int, hits: int, *extra: str) -> Callable[[], bytes]:
    def body() -> bytes:
        include = ["metadatas", "documents", "distances", *extra]
        asked = vector(random.Random(dimensions), dimensions)
        return _json({"query_embeddings": [asked], "n_results": hits, "include": include})

    return body


def _chroma_get(limit: int) -> Callable[[], bytes]:
    return lambda: _json({"ids": None, "where": None, "limit": limit, "include": ["metadatas", "documents"]})


def _qdrant_query(dimensions: int, hits: int, *, vectors: bool) -> Callable[[], bytes]:
    def body() -> bytes:
        asked = vector(random.Random(dimensions), dimensions)
        return _json({"query": asked, "limit": hits, "with_payload": True, "with_vector": vectors})

    return body


def _milvus_search(dimensions: int, hits: int) -> bytes:
    asked = vector(random.Random(dimensions), dimensions)
    asked_for = {"collectionName": "people", "data": [asked], "annsField": "vector", "limit": hits}
    return _json({**asked_for, "outputFields": list(protobuf.MILVUS_TEXTS)})


WORKLOADS = [
    Workload(
        "rag",
        "RAG: 10 hits, 7 kB",
        _chroma_query(384, 10),
        lambda: _json(columns("rag", 10, 0, 200, 150)),
        in_quick=True,
        timed=True,
    ),
    Workload(
        "vectors-10",
        "10 hits with 1536-d vectors",
        _chroma_query(1536, 10, "embeddings"),
        lambda: _json(columns("vectors-10", 10, 1536, 200, 150)),
        in_quick=True,
        vectors=True,
    ),
    Workload(
        "vectors-100",
        "100 hits with 1536-d vectors",
        _chroma_query(1536, 100, "embeddings"),
        lambda: _json(columns("vectors-100", 100, 1536, 200, 150)),
        in_quick=True,
        vectors=True,
    ),
    Workload(
        "payload-1000",
        "1,000 hits, payload only",
        _chroma_get(1000),
        lambda: _json(rows("payload-1000", 1000, 150)),
        call="get",
        in_quick=True,
    ),
    Workload(
        "scroll",
        "20,000-hit scroll, 15 MB",
        _chroma_get(20000),
        lambda: _json(rows("scroll", 20000, 180)),
        call="get",
        timed=True,
    ),
    Workload(
        "text",
        "free text: 10 chunks of 2 kB",
        _chroma_query(384, 10),
        lambda: _json(columns("text", 10, 0, 2000, 20, personal=True)),
        searched=True,
    ),
    Workload(
        "refused",
        "a refused request",
        lambda: _json({"query_embeddings": [vector(random.Random(384), 384)], "n_results": 100000}),
        lambda: b"{}",
        refused=True,
    ),
    Workload(
        "meta",
        "a meta call",
        lambda: b"",
        lambda: _json({"nanosecond heartbeat": 1764000000000000000}),
        call="heartbeat",
        meta=True,
    ),
    Workload(
        "qdrant-rag",
        "Qdrant REST: 10 hits, 6 kB",
        _qdrant_query(384, 10, vectors=False),
        lambda: _json(points("qdrant-rag", 10, 0, 350)),
        database="qdrant",
    ),
    Workload(
        "qdrant-vectors-100",
        "Qdrant REST: 100 hits with 1536-d vectors",
        _qdrant_query(1536, 100, vectors=True),
        lambda: _json(points("qdrant-vectors-100", 100, 1536, 350)),
        database="qdrant",
        vectors=True,
    ),
    Workload(
        "milvus-rag",
        "Milvus REST: 10 hits, 5 kB",
        lambda: _milvus_search(384, 10),
        lambda: _json(protobuf.milvus_rows("milvus-rag", 10)),
        call="search",
        database="milvus",
        lacks=(SSN,),
    ),
    Workload(
        "qdrant-grpc-rag",
        "Qdrant gRPC: 10 hits, 6 kB",
        lambda: protobuf.qdrant_search(384, 10, vectors=False),
        lambda: protobuf.qdrant_found("qdrant-rag", 10, 0, 350),
        call="/qdrant.Points/Search",
        database="qdrant",
        grpc=True,
    ),
    Workload(
        "qdrant-grpc-vectors-100",
        "Qdrant gRPC: 100 hits with 1536-d vectors",
        lambda: protobuf.qdrant_search(1536, 100, vectors=True),
        lambda: protobuf.qdrant_found("qdrant-vectors-100", 100, 1536, 350),
        call="/qdrant.Points/Search",
        database="qdrant",
        grpc=True,
        vectors=True,
    ),
    Workload(
        "milvus-grpc-rag",
        "Milvus gRPC, by columns: 10 hits, 6 kB",
        lambda: protobuf.milvus("request", 384, 10),
        lambda: protobuf.milvus("answer", 384, 10),
        call="/milvus.proto.milvus.MilvusService/Search",
        database="milvus",
        grpc=True,
    ),
]


def write(directory: Path, workloads: list[Workload]) -> None:
    """The files that the upstreams serve and the bodies that the clients send."""
    for part in ("answers", "names", "requests", "messages", "described"):
        (directory / part).mkdir(parents=True)
    for workload in workloads:
        request, answer = workload.request(), workload.answer()
        if workload.grpc:
            (directory / "messages" / workload.name).write_bytes(answer)
            request = protobuf.frame(request)
        else:
            (directory / "answers" / f"{workload.id}.json").write_bytes(answer)
        (directory / "requests" / workload.name).write_bytes(request)
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
        (directory / "names" / f"{workload.id}.json").write_bytes(_json(collection))
    if any(w.stage == "milvus-grpc" for w in workloads):
        (directory / "messages" / "DescribeCollection").write_bytes(protobuf.milvus("described", 384, 10))
    (directory / "described" / "people.json").write_bytes(_json(protobuf.MILVUS_DESCRIBED))


def plain(directory: Path, workload: Workload) -> bytes:
    """What the database answers."""
    if workload.grpc:
        return (directory / "messages" / workload.name).read_bytes()
    return (directory / "answers" / f"{workload.id}.json").read_bytes()
