"""The same calls of the official Python client over REST and over gRPC, side by side.

Both must mean the same to the filter. `python -m dialects.qdrant_pairs` (in tests/) writes what the installed client
sends to the file that the filter's own tests read; `test_qdrant.py` fails when another version sends something else.
"""

import base64
import json
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

from qdrant_client import QdrantClient
from qdrant_client import models as m

from dialects.qdrant_stub import stub

FILE = Path(__file__).parents[2] / "filter/src/dialect/qdrant/tests/pairs.jsonl"

TEXT = [0.5, -0.25, 0.125, 1.0]
NIA = m.FieldCondition(key="email", match=m.MatchValue(value="nia@example.com"))
OLDER = m.FieldCondition(key="age", range=m.Range(gte=30))
PHONES = m.NestedCondition(
    nested=m.Nested(
        key="contact.phones[]",
        filter=m.Filter(must=[m.FieldCondition(key="kind", match=m.MatchAny(any=["home", "work"]))]),
    )
)
FILTER = m.Filter(
    must=[NIA, PHONES, m.HasIdCondition(has_id=[1, 2])],
    should=[OLDER, m.IsEmptyCondition(is_empty=m.PayloadField(key="ssn"))],
    must_not=[m.IsNullCondition(is_null=m.PayloadField(key="contact.fax")), m.HasVectorCondition(has_vector="text")],
    min_should=m.MinShould(conditions=[m.FieldCondition(key="tags", values_count=m.ValuesCount(gt=1))], min_count=1),
)
FORMULA = m.FormulaQuery(
    formula=m.SumExpression(
        sum=[
            "$score",
            m.MultExpression(mult=[0.5, "age"]),
            NIA,
            m.GaussDecayExpression(
                gauss_decay=m.DecayParamsExpression(
                    x=m.GeoDistance(geo_distance=m.GeoDistanceParams(origin=m.GeoPoint(lat=52.5, lon=13.4), to="home")),
                    scale=5.0,
                )
            ),
        ]
    ),
    defaults={"age": 18},
)
PREFETCH = m.Prefetch(
    prefetch=[m.Prefetch(query=TEXT, using="text", limit=500, filter=m.Filter(must=[OLDER]))],
    query=[1.0, 0.0],
    using="image",
    limit=200,
    lookup_from=m.LookupLocation(collection="other"),
)
# One key a map: with more, protobuf writes them in another order each time.
POINT = m.PointStruct(id=1, vector={"text": TEXT}, payload={"contact": {"email": "nia@example.com"}})

Call = Callable[[QdrantClient], object]

CALLS: dict[str, Call] = {
    "query": lambda c: c.query_points("people", query=TEXT, using="text", limit=3),
    "query by default": lambda c: c.query_points("people", query=TEXT),
    "query of a page": lambda c: c.query_points("people", query=7, limit=20, offset=40, with_vectors=True),
    "query with a filter": lambda c: c.query_points("people", query=TEXT, query_filter=FILTER, with_vectors=["text"]),
    "query by nothing": lambda c: c.query_points("people", limit=50),
    "query in stages": lambda c: c.query_points("people", prefetch=PREFETCH, query=m.FusionQuery(fusion=m.Fusion.RRF)),
    "query by a formula": lambda c: c.query_points("people", prefetch=PREFETCH, query=FORMULA),
    "query by order": lambda c: c.query_points("people", query=m.OrderByQuery(order_by=m.OrderBy(key="contact.age"))),
    "query by chance": lambda c: c.query_points("people", query=m.SampleQuery(sample=m.Sample.RANDOM), limit=5),
    "query by examples": lambda c: c.query_points(
        "people",
        query=m.RecommendQuery(recommend=m.RecommendInput(positive=[1, TEXT], negative=[2])),
        lookup_from=m.LookupLocation(collection="other", vector="text"),
    ),
    "query by context": lambda c: c.query_points(
        "people",
        query=m.DiscoverQuery(discover=m.DiscoverInput(target=1, context=[m.ContextPair(positive=2, negative=3)])),
    ),
    "query with diversity": lambda c: c.query_points(
        "people", query=m.NearestQuery(nearest=TEXT, mmr=m.Mmr(diversity=0.5, candidates_limit=50))
    ),
    "query in a batch": lambda c: c.query_batch_points(
        "people",
        [
            m.QueryRequest(query=m.NearestQuery(nearest=TEXT), using="text", limit=3, with_payload=True),
            m.QueryRequest(query=m.OrderByQuery(order_by="age"), limit=4, offset=6, filter=m.Filter(must=[NIA])),
            m.QueryRequest(query=m.NearestQuery(nearest=TEXT), with_vector=True),
        ],
    ),
    "query in groups": lambda c: c.query_points_groups(
        "people", query=TEXT, group_by="contact.city", limit=4, group_size=2, with_lookup="cities"
    ),
    "query in groups by default": lambda c: c.query_points_groups(
        "people",
        query=TEXT,
        group_by="city",
        with_lookup=m.WithLookup(collection="cities", with_payload=["name"], with_vectors=True),
    ),
    "scroll": lambda c: c.scroll("people", limit=5, with_payload=True, with_vectors=True),
    "scroll by default": lambda c: c.scroll("people"),
    "scroll on": lambda c: c.scroll("people", offset=20, limit=100, scroll_filter=m.Filter(must=[NIA])),
    "scroll in order": lambda c: c.scroll("people", order_by="ssn", limit=5),
    "retrieve": lambda c: c.retrieve("people", ids=[1, 2, 3], with_vectors=True),
    "count": lambda c: c.count("people"),
    "count with a filter": lambda c: c.count("people", count_filter=FILTER),
    "facet": lambda c: c.facet("people", key="email", limit=50, facet_filter=m.Filter(must=[OLDER])),
    "facet by default": lambda c: c.facet("people", key="contact.city"),
    "pairs": lambda c: c.search_matrix_pairs("people", sample=20, limit=4, using="text"),
    "offsets": lambda c: c.search_matrix_offsets("people", query_filter=m.Filter(must=[NIA])),
    "upsert": lambda c: c.upsert("people", points=[POINT]),
    "upsert with a filter": lambda c: c.upsert("people", points=[POINT], update_filter=m.Filter(must=[NIA])),
    "update vectors": lambda c: c.update_vectors(
        "people", points=[m.PointVectors(id=1, vector={"text": TEXT})], update_filter=m.Filter(must=[NIA])
    ),
    "delete": lambda c: c.delete("people", points_selector=m.PointIdsList(points=[1, 2])),
    "delete by filter": lambda c: c.delete("people", points_selector=m.FilterSelector(filter=FILTER)),
    "set payload": lambda c: c.set_payload("people", payload={"seen": True}, points=m.Filter(must=[NIA])),
    "set payload of some": lambda c: c.set_payload("people", payload={"seen": True}, points=[1, 2], key="contact"),
    "overwrite payload": lambda c: c.overwrite_payload("people", payload={"a": 1}, points=m.Filter(must=[OLDER])),
    "delete payload": lambda c: c.delete_payload("people", keys=["a"], points=m.Filter(must=[NIA])),
    "clear payload": lambda c: c.clear_payload("people", points_selector=m.Filter(must=[NIA])),
    "delete vectors": lambda c: c.delete_vectors("people", vectors=["text"], points=m.Filter(must=[NIA])),
    "write in a batch": lambda c: c.batch_update_points(
        "people",
        update_operations=[
            m.UpsertOperation(upsert=m.PointsList(points=[POINT])),
            m.SetPayloadOperation(set_payload=m.SetPayload(payload={"a": 1}, filter=m.Filter(must=[NIA]))),
            m.OverwritePayloadOperation(overwrite_payload=m.SetPayload(payload={"a": 1}, points=[1])),
            m.UpdateVectorsOperation(
                update_vectors=m.UpdateVectors(points=[m.PointVectors(id=1, vector={"text": TEXT})])
            ),
        ],
    ),
    "delete in a batch": lambda c: c.batch_update_points(
        "people",
        update_operations=[
            m.DeleteOperation(delete=m.FilterSelector(filter=m.Filter(must=[OLDER]))),
            m.DeletePayloadOperation(delete_payload=m.DeletePayload(keys=["a"], filter=m.Filter(must=[NIA]))),
            m.ClearPayloadOperation(clear_payload=m.PointIdsList(points=[1])),
            m.DeleteVectorsOperation(delete_vectors=m.DeleteVectors(points=[1], vector=["text"])),
        ],
    ),
    "collections": lambda c: c.get_collections(),
    "collection": lambda c: c.get_collection("people"),
    "exists": lambda c: c.collection_exists("people"),
    "create": lambda c: c.create_collection("new", vectors_config=m.VectorParams(size=4, distance=m.Distance.COSINE)),
    "update": lambda c: c.update_collection("people", optimizers_config=m.OptimizersConfigDiff(indexing_threshold=9)),
    "drop": lambda c: c.delete_collection("people"),
    "aliases": lambda c: c.get_aliases(),
    "aliases of one": lambda c: c.get_collection_aliases("people"),
    "change aliases": lambda c: c.update_collection_aliases(
        [
            m.CreateAliasOperation(create_alias=m.CreateAlias(collection_name="people", alias_name="crew")),
            m.RenameAliasOperation(rename_alias=m.RenameAlias(old_alias_name="staff", new_alias_name="team")),
            m.DeleteAliasOperation(delete_alias=m.DeleteAlias(alias_name="gone")),
        ]
    ),
    "index": lambda c: c.create_payload_index("people", field_name="email", field_schema="keyword"),
    "drop index": lambda c: c.delete_payload_index("people", field_name="email"),
    "snapshot": lambda c: c.create_snapshot("people"),
    "snapshots": lambda c: c.list_snapshots("people"),
    "drop snapshot": lambda c: c.delete_snapshot("people", "s.snapshot"),
    "full snapshot": lambda c: c.create_full_snapshot(),
    "full snapshots": lambda c: c.list_full_snapshots(),
    "drop full snapshot": lambda c: c.delete_full_snapshot("s.snapshot"),
    "create shard key": lambda c: c.create_shard_key("people", "eu"),
    "delete shard key": lambda c: c.delete_shard_key("people", "eu"),
}


def pairs() -> Iterator[dict]:
    """Each call's request in both forms."""
    warnings.simplefilter("ignore")
    with stub() as kept:
        ports = {"port": kept.rest_port, "grpc_port": kept.grpc_port}
        clients = [
            QdrantClient("127.0.0.1", **ports, prefer_grpc=grpc, check_compatibility=False) for grpc in (False, True)
        ]
        for name, call in CALLS.items():
            requests = []
            for client in clients:
                kept.asked.clear()
                try:
                    call(client)
                except Exception:  # noqa: BLE001 (the stub refuses, and each way has an exception of its own)
                    pass
                requests.append(kept.asked[0])
            rest, grpc = requests
            message = base64.b64encode(grpc["message"]).decode() if "message" in grpc else None
            yield {"call": name, "rest": rest, "grpc": {"path": grpc["path"], "message": message}}
        for client in clients:
            client.close()


def main() -> None:
    lines = [json.dumps(pair, sort_keys=True, ensure_ascii=False) for pair in pairs()]
    FILE.write_text("\n".join(lines) + "\n")
    print(f"{len(lines)} pairs written to {FILE}", file=sys.stderr)


if __name__ == "__main__":
    main()
