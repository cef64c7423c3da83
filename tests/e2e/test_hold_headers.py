"""On a host that cannot hold a request's headers: `host: { hold_headers: false }`."""

import pytest
from chromadb.errors import ChromaError

from policies import ANALYST, ASSISTANT, standard, waiting_at_most
from stage.envoy import without_held_headers
from stage.processes import wait_until


@pytest.fixture(scope="module")
def elsewhere(world):
    """Envoy as it is where `allow_on_headers_stop_iteration` cannot be set."""
    policy = {**waiting_at_most("10s"), "host": {"hold_headers": False}}
    made = world.gateway(policy, without_held_headers, name="elsewhere")
    yield made
    made.stop()


def test_a_search_is_masked_and_clamped(guests, direct, crowd, elsewhere):
    seen = guests(ASSISTANT, through=elsewhere).query(query_embeddings=[crowd[0].embedding], n_results=500)
    there = direct.query(query_embeddings=[crowd[0].embedding], n_results=500)
    assert len(there["ids"][0]) == 500
    assert seen["ids"][0] == there["ids"][0][:100]
    assert all("ssn" not in m for m in seen["metadatas"][0])


def test_what_is_refused_is_refused(guests, elsewhere, direct):
    with pytest.raises(ChromaError, match="analysts-page"):
        guests(ANALYST, through=elsewhere).get()
    assert len(direct.get()["ids"]) == 2400


def test_a_large_search_is_held_and_approved(world, guests, crowd, elsewhere):
    import concurrent.futures

    person = world.console.person()
    known = set(person.waiting())
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(
            guests("svc:rag-elsewhere", through=elsewhere).query,
            query_embeddings=[crowd[0].embedding],
            n_results=2000,
        )
        (approval,) = wait_until(lambda: [a for a in person.waiting() if a not in known], what="an approval waits")
        person.decide(approval, "approve", "fine")
        assert len(asked.result(timeout=20)["ids"][0]) == 2000


def test_a_policy_that_expects_held_headers_says_which_field_is_missing(world, another_gateway, direct):
    """Such a host keeps the body from a filter that holds the headers: instead of hanging, the filter refuses and says why."""
    gateway = another_gateway(standard(), without_held_headers, name="unheld")
    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/query"
    answer = world.http(gateway, ASSISTANT).post(
        path, json={"query_embeddings": [[0.1] * 8], "n_results": 3}, timeout=20
    )
    assert answer.status_code == 503
    assert "allow_on_headers_stop_iteration" in answer.json()["message"]
    assert world.http(gateway, ASSISTANT).get("/api/v2/version").status_code == 200


def test_a_malformed_request_is_never_complete_at_the_database(world, elsewhere, direct):
    before = len(world.front.received())
    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/query"
    answer = world.http(elsewhere, ASSISTANT).post(
        path, content=b'{"n_results":3,"n_results":9}', headers={"content-type": "application/json"}
    )
    assert answer.status_code == 400
    # Its headers had to leave before its body could be read: what is lost on such a host. No byte of the body followed.
    arrived = [r for r in world.front.received()[before:] if r["path"].endswith("/query")]
    assert all(r["received"] == 0 and r["status"] == 0 for r in arrived), arrived
