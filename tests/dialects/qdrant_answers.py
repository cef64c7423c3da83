"""The same answers over REST and over gRPC, side by side: made-up people in Qdrant's shapes.

`python -m dialects.qdrant_answers` (in tests/) writes them to the file that the filter's own tests read, each answer with
the call that it answers, by the installed client's own conversion from one form to the other.
"""

import base64
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.message import Message
from qdrant_client import grpc
from qdrant_client import models as m
from qdrant_client.conversions.conversion import RestToGrpc

FILE = Path(__file__).parents[2] / "filter/src/dialect/qdrant/tests/answers.jsonl"

NIA = {
    "email": "nia@example.com",
    "ssn": "219-09-9999",
    "age": 41,
    "contact": {"phones": [{"kind": "home", "number": "+1 202 555 0143"}], "fax": None},
    "note": "Call 219-09-9999, ask for Nia \U0001f60a",
    "score": 0.5,
    "vip": True,
}
ODA = {"email": "oda@example.com", "ssn": "219-09-9998", "age": 29, "contact": {"phones": []}, "note": "none"}
VECTOR = {"text": [0.25, -0.5], "kw": m.SparseVector(indices=[1, 7], values=[0.5, 0.25]), "multi": [[0.5], [0.75]]}


def scored(number: int, payload: dict, **more: object) -> m.ScoredPoint:
    return m.ScoredPoint(id=number, version=3, score=0.75, payload=payload, **more)


def record(number: int, payload: dict | None = None, **more: object) -> m.Record:
    return m.Record(id=number, payload=payload, **more)


def points(rows: list[m.ScoredPoint]) -> list[grpc.ScoredPoint]:
    return [RestToGrpc.convert_scored_point(row) for row in rows]


def records(rows: list[m.Record]) -> list[grpc.RetrievedPoint]:
    return [RestToGrpc.convert_record(row) for row in rows]


def ordered(answers: list, values: list[int]) -> list:
    for answer, value in zip(answers, values, strict=True):
        answer.order_value.int = value
    return answers


def answers() -> Iterator[tuple[str, object, Message]]:
    """The call's name in the pairs, `result` over REST, and the message."""
    hits = [scored(1, NIA, vector=VECTOR), scored(2, ODA, vector=[0.5, 0.25])]
    yield "query", {"points": hits}, grpc.QueryResponse(result=points(hits), time=0.5)
    aged = [scored(2, ODA, order_value=29), scored(1, NIA, order_value=41)]
    yield "query by order", {"points": aged}, grpc.QueryResponse(result=ordered(points(aged), [29, 41]))
    yield (
        "query in a batch",
        [{"points": hits}, {"points": aged}, {"points": []}],
        grpc.QueryBatchResponse(
            result=[
                grpc.BatchResult(result=points(hits)),
                grpc.BatchResult(result=ordered(points(aged), [29, 41])),
                grpc.BatchResult(),
            ]
        ),
    )
    group = m.PointGroup(id="Leeds", hits=hits[:1], lookup=record(7, {"name": "Leeds", "email": "hall@example.com"}))
    message = grpc.PointGroup(
        id=grpc.GroupId(string_value="Leeds"), hits=points(hits[:1]), lookup=records([group.lookup])[0]
    )
    yield (
        "query in groups",
        {"groups": [group]},
        grpc.QueryGroupsResponse(result=grpc.GroupsResult(groups=[message])),
    )
    page = [record(1, NIA, vector=VECTOR), record(2, ODA)]
    yield (
        "scroll",
        {"points": page, "next_page_offset": 3},
        grpc.ScrollResponse(result=records(page), next_page_offset=grpc.PointId(num=3)),
    )
    yield "retrieve", page, grpc.GetResponse(result=records(page))
    values = [("nia@example.com", 1), ("oda@example.com", 2)]
    yield (
        "facet",
        {"hits": [{"value": value, "count": count} for value, count in values]},
        grpc.FacetResponse(
            hits=[grpc.FacetHit(value=grpc.FacetValue(string_value=value), count=count) for value, count in values]
        ),
    )
    yield (
        "pairs",
        {"pairs": [{"a": 1, "b": 2, "score": 0.75}]},
        grpc.SearchMatrixPairsResponse(
            result=grpc.SearchMatrixPairs(
                pairs=[grpc.SearchMatrixPair(a=grpc.PointId(num=1), b=grpc.PointId(num=2), score=0.75)]
            )
        ),
    )
    yield (
        "offsets",
        {"offsets_row": [0, 1], "offsets_col": [1, 0], "scores": [0.75, 0.5], "ids": [1, 2]},
        grpc.SearchMatrixOffsetsResponse(
            result=grpc.SearchMatrixOffsets(
                offsets_row=[0, 1],
                offsets_col=[1, 0],
                scores=[0.75, 0.5],
                ids=[grpc.PointId(num=1), grpc.PointId(num=2)],
            )
        ),
    )
    yield "count", {"count": 60}, grpc.CountResponse(result=grpc.CountResult(count=60))


def plain(value: object) -> object:
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, dict):
        return {key: plain(element) for key, element in value.items()}
    if hasattr(value, "model_dump"):
        return value.model_dump(exclude_unset=True)
    return value


def main() -> None:
    lines = []
    for call, result, message in answers():
        answer = {"result": plain(result), "status": "ok", "time": 0.5}
        encoded = base64.b64encode(message.SerializeToString(deterministic=True)).decode()
        lines.append(json.dumps({"call": call, "rest": answer, "grpc": encoded}, ensure_ascii=False))
    FILE.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} answers written to {FILE}", file=sys.stderr)


if __name__ == "__main__":
    main()
