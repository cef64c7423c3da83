"""How much one request may bring back."""

import pytest
from chromadb.errors import ChromaError

from policies import ANALYST, ASSISTANT, STRANGER, SUPPORT


@pytest.mark.parametrize(
    ("asked", "given"),
    [(10, 10), (100, 100), (101, 100), (500, 100)],
)
def test_a_search_is_clamped_to_its_depth(guests, direct, crowd, asked, given):
    answer = guests(ASSISTANT).query(query_embeddings=[crowd[3].embedding], n_results=asked)
    control = direct.query(query_embeddings=[crowd[3].embedding], n_results=asked)
    assert len(control["ids"][0]) == asked
    assert answer["ids"][0] == control["ids"][0][:given]


def test_an_absent_limit_is_the_databases_default(world, gateway, direct, crowd):
    body = {"query_embeddings": [crowd[0].embedding], "include": []}
    answer = world.http(gateway, ASSISTANT).post(query_path(direct), json=body)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["ids"][0]) == 10


def test_each_query_of_a_batch_is_clamped(guests, crowd):
    answer = guests(ASSISTANT).query(query_embeddings=[p.embedding for p in crowd[:3]], n_results=200)
    assert [len(ids) for ids in answer["ids"]] == [100, 100, 100]


def test_the_record_says_what_was_asked_and_what_came_back(guests, crowd, recorded):
    guests(ASSISTANT).query(query_embeddings=[crowd[0].embedding], n_results=700)
    record = recorded(ASSISTANT, "/query")
    assert record["decision"]["verdict"] == "clamp"
    assert record["decision"]["rule"] == "rag-reads"
    assert record["decision"]["clamped_to"] == 100
    assert record["request"]["asked"] == {"at_most": 700}
    assert record["answer"]["returned"] == 100


def test_too_deep_is_refused_where_the_rule_says_so(guests, direct, crowd):
    with pytest.raises(ChromaError, match="support-reads"):
        guests(SUPPORT).query(query_embeddings=[crowd[0].embedding], n_results=51)
    assert len(direct.query(query_embeddings=[crowd[0].embedding], n_results=51)["ids"][0]) == 51


def test_a_batch_is_no_way_round_a_rule_without_a_bound_on_results(guests, crowd):
    assert guests(SUPPORT).query(query_embeddings=[p.embedding for p in crowd[:2]], n_results=25)
    with pytest.raises(ChromaError, match="support-reads"):
        guests(SUPPORT).query(query_embeddings=[p.embedding for p in crowd[:3]], n_results=25)


def test_get_without_a_limit_is_refused(guests, direct):
    with pytest.raises(ChromaError, match="analysts-page"):
        guests(ANALYST).get()
    assert len(direct.get()["ids"]) == 2400


@pytest.mark.parametrize(("limit", "passes"), [(50, True), (51, False)])
def test_get_is_bounded_by_its_limit(guests, direct, limit, passes):
    assert len(direct.get(limit=limit)["ids"]) == limit
    if passes:
        assert guests(ANALYST).get(limit=limit)["ids"] == direct.get(limit=limit)["ids"]
        return
    with pytest.raises(ChromaError, match="50"):
        guests(ANALYST).get(limit=limit)


@pytest.mark.parametrize(("count", "passes"), [(50, True), (51, False)])
def test_get_by_ids_is_bounded_by_their_number(guests, direct, crowd, count, passes):
    ids = [p.id for p in crowd[:count]]
    assert len(direct.get(ids=ids)["ids"]) == count
    if passes:
        assert sorted(guests(ANALYST).get(ids=ids)["ids"]) == ids
        return
    with pytest.raises(ChromaError, match="50"):
        guests(ANALYST).get(ids=ids)


def test_listing_is_refused_where_only_searching_is_allowed(guests, direct):
    with pytest.raises(ChromaError, match="list"):
        guests(ASSISTANT).get(limit=1)
    assert len(direct.get(limit=1)["ids"]) == 1


def test_no_rule_is_no(world, gateway, direct):
    client = world.client(gateway, STRANGER)
    with pytest.raises(ChromaError, match=STRANGER):
        client.get_collection("people")
    with pytest.raises(ChromaError, match=STRANGER):
        client.list_collections()
    assert direct.count() == 2400


def test_another_collection_is_refused_by_name(world, gateway):
    control = world.direct()
    control.create_collection("payroll", embedding_function=None)
    try:
        with pytest.raises(ChromaError, match="people"):
            world.client(gateway, ASSISTANT).get_collection("payroll")
        # Addressed by its id, it is the same collection.
        secret = control.get_collection("payroll", embedding_function=None)
        answer = world.http(gateway, ASSISTANT).post(
            query_path(secret), json={"query_embeddings": [[1, 2]], "n_results": 1}
        )
        assert answer.status_code in (403, 422), answer.text
    finally:
        control.delete_collection("payroll")


def test_an_export_is_blocked(world, gateway, direct):
    """A fork copies a whole collection out of its rules' reach."""
    path = f"{collection_path(direct)}/fork"
    answer = world.http(gateway, ASSISTANT).post(path, json={"new_name": "mine"})
    assert answer.status_code in (403, 422), answer.text
    assert "export" in answer.json()["message"]


def collection_path(collection) -> str:
    return f"/api/v2/tenants/default_tenant/databases/default_database/collections/{collection.id}"


def query_path(collection) -> str:
    return f"{collection_path(collection)}/query"
