"""What official Qdrant clients ask in the ordinary course: every way of reading is let through, bounded and masked."""

import json

import numpy
import pytest
from qdrant_client import grpc as messages
from qdrant_client import models as m
from qdrant_client.conversions.conversion import RestToGrpc
from test_qdrant import (  # noqa: F401 (fixtures)
    WAYS,
    guarded,
    nothing_was_unexpected,
    policy,
    sees,
    server,
)

from stage.qdrant import Said
from stage.qdrant_fixtures import COLLECTION, CROWD, QUERY, nearest, plain, records

AT = f"/collections/{COLLECTION}"
FOUND = nearest(3, vectors=True)
SCORED = [RestToGrpc.convert_scored_point(point) for point in FOUND]
RECORDS = records([1, 2], vectors=True)
RETRIEVED = [RestToGrpc.convert_record(record) for record in RECORDS]
SECRETS = {secret for person in CROWD for secret in (person.email, person.ssn, person.phone)}

CITY = m.FieldCondition(key="city", match=m.MatchValue(value="Lyon"))
CONDITIONS = [
    CITY,
    m.FieldCondition(key="city", match=m.MatchAny(any=["Lyon", "Porto"])),
    m.FieldCondition(key="city", match=m.MatchExcept(**{"except": ["Lyon"]})),
    m.FieldCondition(key="name", match=m.MatchText(text="a b")),
    m.FieldCondition(key="name", match=m.MatchPhrase(phrase="a b")),
    m.FieldCondition(key="name", match=m.MatchTextAny(text_any="a b")),
    m.FieldCondition(key="height", range=m.Range(gte=1, lt=2.5)),
    m.FieldCondition(key="since", range=m.DatetimeRange(gte="2024-01-01T00:00:00Z")),
    m.FieldCondition(key="home", geo_radius=m.GeoRadius(center=m.GeoPoint(lon=1, lat=2), radius=3)),
    m.FieldCondition(
        key="home",
        geo_bounding_box=m.GeoBoundingBox(top_left=m.GeoPoint(lon=1, lat=2), bottom_right=m.GeoPoint(lon=2, lat=1)),
    ),
    m.FieldCondition(key="tags[]", values_count=m.ValuesCount(gt=1)),
    m.IsEmptyCondition(is_empty=m.PayloadField(key="tags")),
    m.IsNullCondition(is_null=m.PayloadField(key="tags")),
    m.HasIdCondition(has_id=[1, "6f6bd5a8-2a9c-4a4b-8f0e-111111111111"]),
    m.HasVectorCondition(has_vector="text"),
    m.NestedCondition(
        nested=m.Nested(
            key="jobs[]", filter=m.Filter(must=[m.FieldCondition(key="title", match=m.MatchValue(value=1))])
        )
    ),
    m.Filter(should=[CITY], min_should=m.MinShould(conditions=[CITY, CITY], min_count=1)),
]
EVERY_FILTER = m.Filter(must=CONDITIONS, must_not=[CITY], should=[CITY])


def query(**asked: object):
    return lambda client: client.query_points(COLLECTION, **{"limit": 3, "with_payload": True, **asked}).points


QUERIES = {
    "a list": query(query=QUERY),
    "an array": query(query=numpy.array(QUERY, dtype=numpy.float32)),
    "many vectors": query(query=[QUERY, QUERY]),
    "a sparse vector": query(query=m.SparseVector(indices=[1, 7], values=[0.5, 1.0]), using="words"),
    "a point": query(query=5, with_vectors=["text"]),
    "a point of another": query(query=5, lookup_from=m.LookupLocation(collection=COLLECTION, vector="text")),
    "recommend": query(
        query=m.RecommendQuery(
            recommend=m.RecommendInput(positive=[1, QUERY], negative=[2], strategy=m.RecommendStrategy.BEST_SCORE)
        )
    ),
    "discover": query(
        query=m.DiscoverQuery(discover=m.DiscoverInput(target=QUERY, context=[m.ContextPair(positive=1, negative=2)]))
    ),
    "context": query(query=m.ContextQuery(context=[m.ContextPair(positive=1, negative=QUERY)])),
    "fusion": query(
        prefetch=[m.Prefetch(query=QUERY, limit=50), m.Prefetch(query=1, filter=m.Filter(must=CITY))],
        query=m.FusionQuery(fusion=m.Fusion.DBSF),
    ),
    "weighted fusion": query(prefetch=m.Prefetch(query=QUERY), query=m.RrfQuery(rrf=m.Rrf(k=2, weights=[1.0]))),
    "diversity": query(query=m.NearestQuery(nearest=QUERY, mmr=m.Mmr(diversity=0.5, candidates_limit=50))),
    "feedback": query(
        query=m.RelevanceFeedbackQuery(
            relevance_feedback=m.RelevanceFeedbackInput(
                target=QUERY,
                feedback=[m.FeedbackItem(example=1, score=0.5)],
                strategy=m.NaiveFeedbackStrategy(naive=m.NaiveFeedbackStrategyParams(a=1, b=1, c=1)),
            )
        )
    ),
    "a formula": query(
        prefetch=m.Prefetch(query=QUERY),
        query=m.FormulaQuery(
            formula=m.SumExpression(
                sum=[
                    "$score",
                    m.MultExpression(mult=[0.5, CITY]),
                    m.GaussDecayExpression(gauss_decay=m.DecayParamsExpression(x="height", target=1.5, scale=2)),
                ]
            ),
            defaults={"height": 1.0},
        ),
    ),
    "an order": query(query=m.OrderByQuery(order_by=m.OrderBy(key="name", direction=m.Direction.DESC))),
    "chance": query(query=m.SampleQuery(sample=m.Sample.RANDOM)),
    "nothing": query(),
    "a filter": query(query=QUERY, query_filter=EVERY_FILTER),
    "parameters": query(
        query=QUERY,
        search_params=m.SearchParams(
            hnsw_ef=64, exact=True, indexed_only=False, quantization=m.QuantizationSearchParams(rescore=True)
        ),
        score_threshold=0.1,
        offset=2,
        timeout=25,
    ),
    "chosen fields": query(query=QUERY, with_payload=["name", "contact.emails", "email"]),
    "all but some": query(query=QUERY, with_payload=m.PayloadSelectorExclude(exclude=["note"])),
    "some": query(query=QUERY, with_payload=m.PayloadSelectorInclude(include=["contact", "tags[].a"])),
}

GROUP = {"id": CROWD[0].city, "hits": plain(FOUND), "lookup": plain(RECORDS)[0]}
GROUP_MESSAGE = messages.PointGroup(id=messages.GroupId(string_value=CROWD[0].city), hits=SCORED, lookup=RETRIEVED[0])
ASKED = m.QueryRequest(query=QUERY, limit=3, with_payload=True, with_vector=True)
PAIRS = [(1, 2, 0.5), (2, 1, 0.25)]
COLLECTION_INFO = {
    "status": "green",
    "optimizer_status": "ok",
    "points_count": 100,
    "segments_count": 1,
    "config": {
        "params": {"vectors": {"size": 4, "distance": "Dot"}},
        "hnsw_config": {"m": 16, "ef_construct": 100, "full_scan_threshold": 10000},
        "optimizer_config": {
            "deleted_threshold": 0.2,
            "vacuum_min_vector_number": 1000,
            "default_segment_number": 0,
            "flush_interval_sec": 5,
        },
    },
    "payload_schema": {"email": {"data_type": "keyword", "points": 100}},
}


def points_of(result: object) -> list:
    return result if isinstance(result, list) else [result]


# What a client does; the calls that answer it, in both forms; and how many points it gets.
READS = {
    **{
        f"query by {what}": (
            call,
            f"{AT}/points/query",
            {"points": plain(FOUND)},
            "Query",
            messages.QueryResponse(result=SCORED),
            3,
        )
        for what, call in QUERIES.items()
    },
    "a batch": (
        lambda client: [
            p for one in client.query_batch_points(COLLECTION, requests=[ASKED, ASKED]) for p in one.points
        ],
        f"{AT}/points/query/batch",
        [{"points": plain(FOUND)}, {"points": plain(FOUND)}],
        "QueryBatch",
        messages.QueryBatchResponse(result=[messages.BatchResult(result=SCORED)] * 2),
        6,
    ),
    "groups": (
        lambda client: [
            p
            for group in client.query_points_groups(
                COLLECTION,
                query=QUERY,
                group_by="city",
                limit=2,
                group_size=2,
                with_payload=True,
                with_lookup=m.WithLookup(collection=COLLECTION, with_payload=True, with_vectors=True),
            ).groups
            for p in [*group.hits, group.lookup]
        ],
        f"{AT}/points/query/groups",
        {"groups": [GROUP]},
        "QueryGroups",
        messages.QueryGroupsResponse(result=messages.GroupsResult(groups=[GROUP_MESSAGE])),
        4,
    ),
    "pairs": (
        lambda client: client.search_matrix_pairs(COLLECTION, sample=5, limit=2, query_filter=EVERY_FILTER).pairs,
        f"{AT}/points/search/matrix/pairs",
        {"pairs": [{"a": a, "b": b, "score": score} for a, b, score in PAIRS]},
        "SearchMatrixPairs",
        messages.SearchMatrixPairsResponse(
            result=messages.SearchMatrixPairs(
                pairs=[
                    messages.SearchMatrixPair(a=messages.PointId(num=a), b=messages.PointId(num=b), score=score)
                    for a, b, score in PAIRS
                ]
            )
        ),
        2,
    ),
    "offsets": (
        lambda client: client.search_matrix_offsets(COLLECTION, sample=5, limit=2).scores,
        f"{AT}/points/search/matrix/offsets",
        {"offsets_row": [0, 1], "offsets_col": [1, 0], "scores": [0.5, 0.25], "ids": [1, 2]},
        "SearchMatrixOffsets",
        messages.SearchMatrixOffsetsResponse(
            result=messages.SearchMatrixOffsets(
                offsets_row=[0, 1],
                offsets_col=[1, 0],
                scores=[0.5, 0.25],
                ids=[messages.PointId(num=1), messages.PointId(num=2)],
            )
        ),
        2,
    ),
    "pages": (
        lambda client: client.scroll(
            COLLECTION,
            limit=2,
            offset=1,
            scroll_filter=EVERY_FILTER,
            with_payload=["name", "contact"],
            with_vectors=True,
        )[0],
        f"{AT}/points/scroll",
        {"points": plain(RECORDS), "next_page_offset": 3},
        "Scroll",
        messages.ScrollResponse(result=RETRIEVED, next_page_offset=messages.PointId(num=3)),
        2,
    ),
    "pages in order": (
        lambda client: client.scroll(COLLECTION, limit=2, order_by=m.OrderBy(key="name", start_from=None))[0],
        f"{AT}/points/scroll",
        {"points": plain(RECORDS), "next_page_offset": None},
        "Scroll",
        messages.ScrollResponse(result=RETRIEVED),
        2,
    ),
    "by id": (
        lambda client: client.retrieve(
            COLLECTION,
            ids=[1, "6f6bd5a8-2a9c-4a4b-8f0e-111111111111"],
            with_payload=True,
            with_vectors=["text"],
            consistency=1,
            timeout=25,
        ),
        f"{AT}/points",
        plain(RECORDS),
        "Get",
        messages.GetResponse(result=RETRIEVED),
        2,
    ),
    "a count": (
        lambda client: [None] * client.count(COLLECTION, count_filter=EVERY_FILTER, exact=True).count,
        f"{AT}/points/count",
        {"count": 7},
        "Count",
        messages.CountResponse(result=messages.CountResult(count=7)),
        7,
    ),
    "a facet": (
        lambda client: client.facet(COLLECTION, key="city", limit=5, facet_filter=EVERY_FILTER, exact=True).hits,
        f"{AT}/facet",
        {"hits": [{"value": "Lyon", "count": 3}]},
        "Facet",
        messages.FacetResponse(hits=[messages.FacetHit(value=messages.FacetValue(string_value="Lyon"), count=3)]),
        1,
    ),
    "whether there is one": (
        lambda client: [client.collection_exists(COLLECTION)],
        f"{AT}/exists",
        {"exists": True},
        "/qdrant.Collections/CollectionExists",
        messages.CollectionExistsResponse(result=messages.CollectionExists(exists=True)),
        1,
    ),
    "its aliases": (
        lambda client: client.get_collection_aliases(COLLECTION).aliases,
        f"{AT}/aliases",
        {"aliases": [{"alias_name": "crew", "collection_name": COLLECTION}]},
        "/qdrant.Collections/ListCollectionAliases",
        messages.ListAliasesResponse(
            aliases=[messages.AliasDescription(alias_name="crew", collection_name=COLLECTION)]
        ),
        1,
    ),
    "its description": (
        lambda client: list(client.get_collection(COLLECTION).payload_schema),
        AT,
        COLLECTION_INFO,
        None,
        None,
        1,
    ),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("what", READS)
def test_every_ordinary_read_is_let_through_and_masked(sees, server, what, way):  # noqa: F811
    call, path, result, method, message, number = READS[what]
    if "payload" in json.dumps(result) and path != AT:
        assert any(secret in json.dumps(result) for secret in SECRETS)
    if server.is_real:
        pytest.skip("its answers are made up")
    if way == "grpc" and method is None:
        pytest.skip("told over REST alone")
    server.spoil(path, Said(200, json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()))
    if method:
        method = method if method.startswith("/") else f"/qdrant.Points/{method}"
        server.spoil(method, Said(0, message.SerializeToString()))
    got = points_of(call(sees("svc:rag-reads", way)))
    assert len(got) == number
    for point in got:
        shown = str(point)
        assert not [secret for secret in SECRETS if secret in shown], shown
        assert not getattr(point, "vector", None)
        if payload := getattr(point, "payload", None):
            assert "name" in payload and "ssn" not in payload
