"""The same answers in protobuf: Qdrant's point by point, Milvus' by columns. Written with the databases' own classes."""

import json
import random
import subprocess
import sys
from functools import cache

from qdrant_client import grpc
from qdrant_client.conversions.conversion import payload_to_grpc

from .contents import payload, points, vector
from .places import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from stage.milvus import environment  # noqa: E402

MILVUS = "3.0"


def frame(message: bytes) -> bytes:
    """A message as gRPC has it, not compressed."""
    return b"\0" + len(message).to_bytes(4, "big") + message


def qdrant_search(dimensions: int, hits: int, *, vectors: bool) -> bytes:
    return grpc.SearchPoints(
        collection_name="people",
        vector=vector(random.Random(dimensions), dimensions),
        limit=hits,
        with_payload=grpc.WithPayloadSelector(enable=True),
        with_vectors=grpc.WithVectorsSelector(enable=vectors),
    ).SerializeToString()


def qdrant_found(seed: str, hits: int, dimensions: int, text: int) -> bytes:
    found = []
    for point in points(seed, hits, dimensions, text)["result"]["points"]:
        scored = grpc.ScoredPoint(
            id=grpc.PointId(num=point["id"]),
            payload=payload_to_grpc(point["payload"]),
            score=point["score"],
            version=3,
        )
        if dimensions:
            dense = grpc.DenseVector(data=point["vector"])
            scored.vectors.CopyFrom(grpc.VectorsOutput(vector=grpc.VectorOutput(dense=dense)))
        found.append(scored)
    return grpc.SearchResponse(result=found, time=0.000731).SerializeToString()


# A row's fields that are texts; beside them stands `contact`, which is a document.
MILVUS_TEXTS = ("user_id", "email", "title", "note")


def milvus_rows(seed: str, hits: int, *documents: str) -> dict:
    """Milvus' answer to a search over REST. Documents stand in it as text, in which nothing can be masked."""
    dice = random.Random(seed)
    kept = (*MILVUS_TEXTS, *documents)
    found = []
    for n in range(hits):
        row = payload(dice, n, 350)
        found.append({"distance": round(0.9 - n / 1000, 7), "id": n, **{key: row[key] for key in kept}})
    return {"code": 0, "cost": 0, "data": found, "topks": [hits]}


MILVUS_DESCRIBED = {
    "code": 0,
    "data": {
        "aliases": [],
        "collectionName": "people",
        "fields": [
            {"name": "id", "type": "Int64", "primaryKey": True},
            {"name": "user_id", "type": "VarChar", "primaryKey": False},
            {"name": "email", "type": "VarChar", "primaryKey": False},
            {"name": "title", "type": "VarChar", "primaryKey": False},
            {"name": "note", "type": "VarChar", "primaryKey": False},
            {"name": "contact", "type": "JSON", "primaryKey": False},
            {"name": "vector", "type": "FloatVector", "primaryKey": False},
        ],
    },
}

# pymilvus does not fit into the environment of the bench; its messages are written by a small program in its own.
_MILVUS_PROGRAM = r"""
import json, sys
from pymilvus.client.prepare import Prepare
from pymilvus.grpc_gen import common_pb2, milvus_pb2, schema_pb2
given = json.load(sys.stdin)
rows, T = given["rows"], schema_pb2
request = Prepare.search_requests_with_expr(
    "people", anns_field="vector", param={"metric_type": "COSINE", "params": {}}, limit=given["limit"],
    data=[given["vector"]], output_fields=["user_id", "email", "title", "contact", "note"],
)
def texts(name, number):
    data = T.ScalarField(string_data=T.StringArray(data=[row[name] for row in rows]))
    return T.FieldData(type=T.VarChar, field_name=name, field_id=number, scalars=data)
documents = T.JSONArray(data=[json.dumps(row["contact"]).encode() for row in rows])
columns = [texts("user_id", 101), texts("email", 102), texts("title", 103)]
columns += [T.FieldData(type=T.JSON, field_name="contact", field_id=104, scalars=T.ScalarField(json_data=documents))]
columns += [texts("note", 105)]
found = milvus_pb2.SearchResults(
    status=common_pb2.Status(),
    collection_name="people",
    results=T.SearchResultData(
        num_queries=1, top_k=len(rows), topks=[len(rows)], fields_data=columns,
        output_fields=[column.field_name for column in columns],
        scores=[row["distance"] for row in rows],
        ids=T.IDs(int_id=T.LongArray(data=[row["id"] for row in rows])),
    ),
)
kinds = {"Int64": T.Int64, "VarChar": T.VarChar, "JSON": T.JSON, "FloatVector": T.FloatVector}
fields = [
    T.FieldSchema(fieldID=100 + n, name=field["name"], is_primary_key=field["primaryKey"], data_type=kinds[field["type"]])
    for n, field in enumerate(given["fields"])
]
described = milvus_pb2.DescribeCollectionResponse(
    status=common_pb2.Status(), collection_name="people", schema=T.CollectionSchema(name="people", fields=fields)
)
written = {"request": request, "answer": found, "described": described}
json.dump({name: message.SerializeToString().hex() for name, message in written.items()}, sys.stdout)
"""


@cache
def _milvus(dimensions: int, hits: int) -> dict[str, str]:
    given = {
        "vector": vector(random.Random(dimensions), dimensions),
        "limit": hits,
        "rows": milvus_rows("milvus-rag", hits, "contact")["data"],
        "fields": MILVUS_DESCRIBED["data"]["fields"],
    }
    command = [environment(MILVUS) / "bin" / "python", "-c", _MILVUS_PROGRAM]
    told = subprocess.run(command, input=json.dumps(given), capture_output=True, text=True)
    if told.returncode != 0:
        raise RuntimeError(f"pymilvus wrote no messages:\n{told.stderr}")
    return json.loads(told.stdout)


def milvus(which: str, dimensions: int, hits: int) -> bytes:
    """`request`, `answer` or `described`, by columns."""
    return bytes.fromhex(_milvus(dimensions, hits)[which])
