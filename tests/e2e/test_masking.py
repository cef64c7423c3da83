"""What an identity sees of what is there."""

import hashlib
import hmac
import json
import re

import pytest
from chromadb.errors import ChromaError

from policies import ANALYST, ASSISTANT, SUPPORT
from stage.envoy import HASH_KEY

EVERYTHING = ["metadatas", "documents", "embeddings", "distances"]


def search(collection, person, count=20, include=EVERYTHING):
    return collection.query(query_embeddings=[person.embedding], n_results=count, include=include)


def without_vectors(embeddings) -> bool:
    """However the client wraps what it does not get."""
    return not re.search(r"\d", repr(embeddings).replace("float64", ""))


def test_an_e_mail_address_keeps_its_domain(guests, direct, crowd):
    seen = search(guests(ASSISTANT), crowd[0])["metadatas"][0]
    there = search(direct, crowd[0])["metadatas"][0]
    for masked, true in zip(seen, there, strict=True):
        assert masked["email"].endswith("@mail.example.org")
        assert "*" in masked["email"]
        assert masked["email"] != true["email"]


def test_a_hash_joins_and_does_not_tell(guests, direct, crowd):
    seen = search(guests(ASSISTANT), crowd[0])["metadatas"][0]
    again = search(guests(ASSISTANT), crowd[0])["metadatas"][0]
    there = search(direct, crowd[0])["metadatas"][0]
    assert [m["user_id"] for m in seen] == [m["user_id"] for m in again]
    expected = [hmac.new(HASH_KEY.encode(), m["user_id"].encode(), hashlib.sha256).hexdigest() for m in there]
    assert [m["user_id"] for m in seen] == expected


def test_removed_is_gone_and_null_is_null(guests, direct, crowd):
    for masked in search(guests(ASSISTANT), crowd[0])["metadatas"][0]:
        assert "ssn" not in masked
        assert masked["age"] is None
    for true in search(direct, crowd[0])["metadatas"][0]:
        assert true["ssn"] and true["age"] > 0


def test_the_rest_is_as_it_was(guests, direct, crowd):
    seen, there = search(guests(ASSISTANT), crowd[0]), search(direct, crowd[0])
    assert seen["ids"] == there["ids"]
    assert seen["distances"] == there["distances"]
    for masked, true in zip(seen["metadatas"][0], there["metadatas"][0], strict=True):
        assert (masked["name"], masked["city"]) == (true["name"], true["city"])


def test_free_text_is_redacted_where_it_tells(guests, direct, crowd):
    by_id = {p.id: p for p in crowd}
    seen, there = search(guests(ASSISTANT), crowd[0], 50), search(direct, crowd[0], 50)
    for identifier, masked, true in zip(seen["ids"][0], seen["documents"][0], there["documents"][0], strict=True):
        person = by_id[identifier]
        for secret in person.secrets_in_note():
            assert secret in true
            assert secret not in masked
        assert masked.startswith(f"{person.name} from {person.city} wrote from ")
        assert masked.endswith('Prefers "quiet" rooms.\n')


def test_vectors_are_stripped(guests, direct, crowd):
    assert len(search(direct, crowd[0])["embeddings"][0]) == 20
    assert without_vectors(search(guests(ASSISTANT), crowd[0])["embeddings"])


def test_vectors_and_scores_are_rounded(guests, direct, crowd):
    seen, there = search(guests(SUPPORT), crowd[0]), search(direct, crowd[0])
    for masked, true in zip(seen["embeddings"][0], there["embeddings"][0], strict=True):
        assert list(masked) == pytest.approx([round(float(x), 2) for x in true], abs=1e-9)
    assert seen["distances"][0] == pytest.approx([round(d, 1) for d in there["distances"][0]], abs=1e-9)
    assert seen["distances"] != there["distances"]


def test_another_identity_sees_more(guests, direct, crowd):
    seen = search(guests(SUPPORT), crowd[0])
    there = search(direct, crowd[0])
    assert [m["email"] for m in seen["metadatas"][0]] == [m["email"] for m in there["metadatas"][0]]
    assert seen["documents"] == there["documents"]
    assert all(m["ssn"] != t["ssn"] for m, t in zip(seen["metadatas"][0], there["metadatas"][0], strict=True))


def test_answers_by_id_are_masked_too(guests, direct, crowd):
    ids = [p.id for p in crowd[:5]]
    seen = guests(ASSISTANT).get(ids=ids, include=["metadatas", "documents", "embeddings"])
    there = direct.get(ids=ids, include=["metadatas", "documents", "embeddings"])
    assert seen["ids"] == there["ids"]
    text = json.dumps([seen["metadatas"], seen["documents"]], ensure_ascii=False)
    for person in crowd[:5]:
        for secret in [*person.secrets_in_note(), person.user_id]:
            assert secret not in text
    assert without_vectors(seen["embeddings"])


def test_a_whole_document_can_be_withheld(guests, direct):
    seen = guests(ANALYST).get(limit=5)
    assert seen["documents"] == [None] * 5
    assert all(not {"email", "user_id", "ssn"} & set(m) for m in seen["metadatas"])
    assert all(direct.get(limit=5)["documents"])


@pytest.mark.parametrize(
    "where",
    [
        {"email": "elif.5@mail.example.org"},
        {"age": {"$gt": 30}},
        {"user_id": {"$in": ["u-000001"]}},
        {"$and": [{"city": "Lyon"}, {"$or": [{"age": {"$lt": 40}}, {"city": "Graz"}]}]},
    ],
    ids=["equal", "greater", "in", "nested"],
)
def test_a_masked_field_is_no_oracle(guests, direct, crowd, where):
    with pytest.raises(ChromaError, match="mask"):
        guests(ASSISTANT).query(query_embeddings=[crowd[0].embedding], n_results=5, where=where)
    direct.query(query_embeddings=[crowd[0].embedding], n_results=5, where=where)


def test_redacted_text_is_no_oracle(guests, direct, crowd):
    with pytest.raises(ChromaError, match="#document"):
        guests(ASSISTANT).query(
            query_embeddings=[crowd[0].embedding], n_results=5, where_document={"$contains": crowd[5].ssn}
        )
    found = direct.get(where_document={"$contains": crowd[5].ssn})
    assert found["ids"] == [crowd[5].id]


def test_an_unmasked_field_may_be_filtered_by(guests, direct, crowd):
    wanted = {"query_embeddings": [crowd[0].embedding], "n_results": 5, "where": {"city": "Lyon"}}
    assert guests(ASSISTANT).query(**wanted)["ids"] == direct.query(**wanted)["ids"]


def test_observing_changes_nothing(world, another_gateway, guests, direct, crowd, recorded):
    from policies import standard

    watching = another_gateway(standard(mode="observe"), name="observe")
    who = "svc:rag-observed"
    seen = search(guests(who, through=watching), crowd[0], 150)
    there = search(direct, crowd[0], 150)
    assert seen["metadatas"] == there["metadatas"]
    assert seen["ids"] == there["ids"]
    assert seen["documents"] == there["documents"]
    record = recorded(who, "/query")
    assert record["mode"] == "observe"
    assert record["decision"]["verdict"] == "clamp"
    assert record["decision"]["enforced"] is False


def test_answers_are_the_same_bytes_outside_masked_values(world, gateway, control, direct, crowd):
    """Where nothing is masked, nothing is touched."""
    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/get"
    body = {"ids": [p.id for p in crowd[:30]], "include": ["distances"]}
    with_filter = world.http(gateway, ASSISTANT).post(path, json=body)
    without = world.http(control, ASSISTANT).post(path, json=body)
    assert with_filter.status_code == without.status_code == 200
    assert with_filter.content == without.content
