"""What Qdrant holds in these tests, and what it answers: made-up people, once as data and once as answers in both forms.

Scores and orders can be told without a database: the distance is the dot product, the query is `[1, 0, 0, 0]`, and the
first number of a person's vector grows with the person's id.
"""

import importlib
import os
import pkgutil
import uuid
from collections import Counter
from dataclasses import dataclass, field

import httpx
import qdrant_client.grpc
from google.protobuf.message import DecodeError, Message
from qdrant_client import grpc
from qdrant_client import models as m
from qdrant_client.conversions.conversion import RestToGrpc

from .people import Person, people

# Both of a real Qdrant's addresses, or none.
REAL = (os.environ.get("QDRANT_URL", ""), os.environ.get("QDRANT_GRPC_URL", ""))
IS_REAL = all(REAL)
# A real one may hold other things, and other runs may use it.
_SUFFIX = f"-{uuid.uuid4().hex[:12]}" if IS_REAL else ""
COLLECTION, ALIAS = f"people{_SUFFIX}", f"crew{_SUFFIX}"
SNAPSHOT = "people-1-2026-01-02-03-04-05.snapshot"
CROWD = people(100)
QUERY = [1.0, 0.0, 0.0, 0.0]
# Limits that the tests' requests have, or are left with.
LIMITS = (3, 5, 20, 30, 60)
TIMEOUTS = (3, 25)


@dataclass
class Fixture:
    """One answer, and the requests that get it."""

    result: object
    message: Message
    rest: list[tuple[str, str, object]] = field(default_factory=list)
    grpc: list[tuple[str, Message | bytes]] = field(default_factory=list)
    bare: object = None
    """Over REST, all of the answer, where it is not of the usual form."""

    @property
    def answer(self) -> object:
        return self.bare or {"result": self.result, "status": "ok", "time": 0.001}


def payload(person: Person) -> dict:
    return {**person.metadata, "note": person.note, "contact": {"phone": person.phone, "emails": [person.email]}}


def vector(number: int) -> list[float]:
    return [number / 128, 0.5, 0.25, 1.0]


def nearest(limit: int, vectors: bool) -> list[m.ScoredPoint]:
    """The people that a query for `QUERY` finds."""
    return [
        m.ScoredPoint(
            id=number,
            version=0,
            score=number / 128,
            payload=payload(CROWD[number]),
            vector=vector(number) if vectors else None,
        )
        for number in sorted(range(len(CROWD)), reverse=True)[:limit]
    ]


def records(numbers: list[int], vectors: bool) -> list[m.Record]:
    return [
        m.Record(id=number, payload=payload(CROWD[number]), vector=vector(number) if vectors else None)
        for number in numbers
    ]


def fixtures() -> list[Fixture]:
    return [
        *start(),
        *(query(limit, vectors) for limit in LIMITS for vectors in (False, True)),
        *(scroll(limit) for limit in (5, 20)),
        *(retrieve([1, 2, 3], vectors) for vectors in (False, True)),
        scroll_in_order(5),
        facet("city", [person.city for person in CROWD]),
        facet("email", [person.email for person in CROWD]),
        *exports(),
    ]


def start() -> list[Fixture]:
    """What clients and the gateway ask before anything else."""
    version = {"title": "qdrant - vector search engine", "version": "1.20.0"}
    aliases = [{"alias_name": ALIAS, "collection_name": COLLECTION}]
    return [
        Fixture(
            None,
            grpc.HealthCheckReply(**version),
            [("GET", "/", None)],
            [("/qdrant.Qdrant/HealthCheck", grpc.HealthCheckRequest())],
            bare=version,
        ),
        Fixture(
            {"aliases": aliases},
            grpc.ListAliasesResponse(aliases=[grpc.AliasDescription(**alias) for alias in aliases]),
            [("GET", "/aliases", None)],
            [("/qdrant.Collections/ListAliases", grpc.ListAliasesRequest())],
        ),
    ]


def query(limit: int, vectors: bool) -> Fixture:
    found = nearest(limit, vectors)
    bodies = [
        {"query": {"nearest": QUERY}, "limit": limit, "with_vector": vectors, "with_payload": True},
        # As the npm client sends it.
        {"query": QUERY, "limit": limit, "with_vector": vectors, "with_payload": True},
    ]
    message = grpc.QueryPoints(
        collection_name=COLLECTION,
        query=grpc.Query(nearest=grpc.VectorInput(dense=grpc.DenseVector(data=QUERY))),
        limit=limit,
        with_payload=grpc.WithPayloadSelector(enable=True),
        with_vectors=grpc.WithVectorsSelector(enable=vectors),
    )
    messages = [message]
    for timeout in TIMEOUTS:
        patient = grpc.QueryPoints(timeout=timeout)
        patient.MergeFrom(message)
        messages.append(patient)
    aliased = grpc.QueryPoints()
    aliased.CopyFrom(message)
    aliased.collection_name = ALIAS
    messages.append(aliased)
    # Long enough for clients to compress it.
    by_id = grpc.QueryPoints()
    by_id.CopyFrom(message)
    ids = grpc.HasIdCondition(has_id=[grpc.PointId(num=number) for number in range(len(CROWD))])
    by_id.filter.CopyFrom(grpc.Filter(must=[grpc.Condition(has_id=ids)]))
    messages.append(by_id)
    paths = [f"/collections/{name}/points/query" for name in (COLLECTION, ALIAS)]
    paths += [f"/collections/{COLLECTION}/points/query?timeout={timeout}" for timeout in TIMEOUTS]
    return Fixture(
        {"points": plain(found)},
        grpc.QueryResponse(result=[RestToGrpc.convert_scored_point(point) for point in found], time=0.001),
        [("POST", path, body) for path in paths for body in bodies],
        [("/qdrant.Points/Query", each) for each in messages],
    )


def scroll(limit: int) -> Fixture:
    found = records(list(range(limit)), False)
    return Fixture(
        {"points": plain(found), "next_page_offset": limit},
        grpc.ScrollResponse(
            result=[RestToGrpc.convert_record(record) for record in found], next_page_offset=grpc.PointId(num=limit)
        ),
        [
            (
                "POST",
                f"/collections/{COLLECTION}/points/scroll",
                {"limit": limit, "with_payload": True, "with_vector": False},
            )
        ],
        [
            (
                "/qdrant.Points/Scroll",
                grpc.ScrollPoints(
                    collection_name=COLLECTION,
                    limit=limit,
                    with_payload=grpc.WithPayloadSelector(enable=True),
                    with_vectors=grpc.WithVectorsSelector(enable=False),
                ),
            )
        ],
    )


def scroll_in_order(limit: int) -> Fixture:
    """By a field that is masked for most: the order's value gives it away."""
    numbers = sorted(range(len(CROWD)), key=lambda number: (CROWD[number].age, number))[:limit]
    found = records(numbers, False)
    for record in found:
        record.order_value = CROWD[record.id].age
    messages = [RestToGrpc.convert_record(record) for record in found]
    for message, record in zip(messages, found, strict=True):
        message.order_value.int = record.order_value
    return Fixture(
        {"points": plain(found), "next_page_offset": None},
        grpc.ScrollResponse(result=messages),
        [
            (
                "POST",
                f"/collections/{COLLECTION}/points/scroll",
                {"limit": limit, "with_payload": True, "with_vector": False, "order_by": "age"},
            )
        ],
        [
            (
                "/qdrant.Points/Scroll",
                grpc.ScrollPoints(
                    collection_name=COLLECTION,
                    limit=limit,
                    with_payload=grpc.WithPayloadSelector(enable=True),
                    with_vectors=grpc.WithVectorsSelector(enable=False),
                    order_by=grpc.OrderBy(key="age"),
                ),
            )
        ],
    )


def retrieve(ids: list[int], vectors: bool) -> Fixture:
    found = records(ids, vectors)
    return Fixture(
        plain(found),
        grpc.GetResponse(result=[RestToGrpc.convert_record(record) for record in found]),
        [("POST", f"/collections/{COLLECTION}/points", {"ids": ids, "with_payload": True, "with_vector": vectors})],
        [
            (
                "/qdrant.Points/Get",
                grpc.GetPoints(
                    collection_name=COLLECTION,
                    ids=[grpc.PointId(num=number) for number in ids],
                    with_payload=grpc.WithPayloadSelector(enable=True),
                    with_vectors=grpc.WithVectorsSelector(enable=vectors),
                ),
            )
        ],
    )


def facet(key: str, values: list[str]) -> Fixture:
    counted = sorted(Counter(values).items(), key=lambda hit: (-hit[1], hit[0]))[:10]
    return Fixture(
        {"hits": [{"value": value, "count": count} for value, count in counted]},
        grpc.FacetResponse(
            hits=[grpc.FacetHit(value=grpc.FacetValue(string_value=value), count=count) for value, count in counted]
        ),
        [("POST", f"/collections/{COLLECTION}/facet", {"key": key, "limit": 10, "exact": False})],
        [
            (
                "/qdrant.Points/Facet",
                grpc.FacetCounts(collection_name=COLLECTION, key=key, limit=10, exact=False),
            )
        ],
    )


def exports() -> list[Fixture]:
    """Ways to carry a whole collection off."""
    made = {"name": SNAPSHOT, "size": 1024, "creation_time": "2026-01-02T03:04:05", "checksum": "0" * 64}
    description = grpc.SnapshotDescription(name=SNAPSHOT, size=1024, checksum="0" * 64)
    return [
        Fixture(
            made,
            grpc.CreateSnapshotResponse(snapshot_description=description),
            [("POST", f"/collections/{COLLECTION}/snapshots?wait=true", None)],
            [("/qdrant.Snapshots/Create", grpc.CreateSnapshotRequest(collection_name=COLLECTION))],
        ),
        Fixture(
            True,
            grpc.DeleteSnapshotResponse(),
            [("DELETE", f"/collections/{COLLECTION}/snapshots/{SNAPSHOT}?wait=true", None)],
            [
                (
                    "/qdrant.Snapshots/Delete",
                    grpc.DeleteSnapshotRequest(collection_name=COLLECTION, snapshot_name=SNAPSHOT),
                )
            ],
        ),
        # The first field of its request is the collection's name, as in that of a snapshot.
        Fixture(
            [],
            grpc.ListSnapshotsResponse(snapshot_descriptions=[description]),
            [],
            [(STORAGE_READ, storage_request())],
        ),
    ]


STORAGE_READ = "/qdrant.StorageRead/ListFiles"


def storage_request() -> bytes:
    """A request to the service that hands out raw shard files and stands in no client."""
    return grpc.CreateSnapshotRequest(collection_name=COLLECTION).SerializeToString()


def in_full(body: object) -> tuple[object, list[str]]:
    """A request as if it asked for all of the payload, and the names that it leaves out of it. Fixtures know whole
    payloads only; what a gateway leaves out is taken from the answer, as Qdrant would."""
    if isinstance(body, Message):
        fields = body.DESCRIPTOR.fields_by_name
        if "with_payload" not in fields:
            return body, []
        whole = type(body)()
        whole.CopyFrom(body)
        if not whole.HasField("with_vectors"):
            whole.with_vectors.enable = False
        if whole.with_payload.WhichOneof("selector_options") != "exclude":
            return whole, []
        left_out = list(whole.with_payload.exclude.fields)
        whole.with_payload.enable = True
        return whole, left_out
    match body:
        case {"with_payload": {"exclude": left_out}}:
            return {**body, "with_payload": True}, left_out
    return body, []


def without(answer: object, left_out: list[str]) -> object:
    """An answer without these names in its payloads."""
    if isinstance(answer, Message):
        less = type(answer)()
        less.CopyFrom(answer)
        for point in less.result if left_out else ():
            for name in left_out:
                point.payload.pop(name, None)
        return less
    match answer:
        case {"payload": dict(payload)}:
            return {**answer, "payload": {name: value for name, value in payload.items() if name not in left_out}}
        case dict():
            return {name: without(value, left_out) for name, value in answer.items()}
        case list():
            return [without(value, left_out) for value in answer]
    return answer


def load(rest: httpx.Client) -> None:
    """The same people as data of a real Qdrant."""
    at = f"/collections/{COLLECTION}"
    for method, path, body in [
        ("PUT", at, {"vectors": {"size": 4, "distance": "Dot"}}),
        ("PUT", f"{at}/index?wait=true", {"field_name": "age", "field_schema": "integer"}),
        ("PUT", f"{at}/index?wait=true", {"field_name": "city", "field_schema": "keyword"}),
        ("PUT", f"{at}/index?wait=true", {"field_name": "email", "field_schema": "keyword"}),
        (
            "PUT",
            f"{at}/points?wait=true",
            {
                "points": [
                    {"id": number, "vector": vector(number), "payload": payload(person)}
                    for number, person in enumerate(CROWD)
                ]
            },
        ),
        (
            "POST",
            "/collections/aliases",
            {"actions": [{"create_alias": {"collection_name": COLLECTION, "alias_name": ALIAS}}]},
        ),
    ]:
        answer = rest.request(method, path, json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"


def unload(rest: httpx.Client) -> None:
    """Its alias goes with it."""
    rest.delete(f"/collections/{COLLECTION}")


def plain(values: list) -> list[dict]:
    return [value.model_dump(exclude_none=True) for value in values]


def parsed(path: str, body: bytes) -> Message | bytes:
    """The message of a request; its bytes where no client knows the method, or where it cannot be read."""
    kind = _REQUESTS.get(path)
    if kind is None:
        return body
    try:
        return kind.FromString(body)
    except DecodeError:
        return body


def _requests() -> dict[str, type[Message]]:
    from google.protobuf.message_factory import GetMessageClass

    return {
        f"/{service.full_name}/{method.name}": GetMessageClass(method.input_type)
        for module in pkgutil.iter_modules(qdrant_client.grpc.__path__)
        if module.name.endswith("_pb2")
        for service in importlib.import_module(f"qdrant_client.grpc.{module.name}").DESCRIPTOR.services_by_name.values()
        for method in service.methods
    }


_REQUESTS = _requests()
