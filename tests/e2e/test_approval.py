"""A request that waits for a human."""

import concurrent.futures
import re
import threading
import time

import httpx
import pytest
from chromadb.errors import ChromaError

from policies import ASSISTANT, ENGINEER, ENGINEERS, LOADER, waiting_at_most
from stage.processes import wait_until


@pytest.fixture(scope="module")
def person(world):
    return world.console.person()


@pytest.fixture(scope="module")
def impatient(world):
    """A gateway that holds a request for two seconds."""
    made = world.gateway(waiting_at_most("2s"), name="impatient")
    yield made
    made.stop()


@pytest.fixture
def decides(world, person):
    """`decides("approve")` decides the next approval that begins to wait, and gives its id."""
    pool = concurrent.futures.ThreadPoolExecutor(1)

    def start(decision: str, reason: str = "seen by a test"):
        known = set(person.waiting())

        def decide() -> str:
            fresh = wait_until(
                lambda: [a for a in person.waiting() if a not in known], what="an approval waits", within=15
            )
            person.decide(fresh[0], decision, reason)
            return fresh[0]

        return pool.submit(decide)

    yield start
    pool.shutdown()


def large(collection, person, count=2000):
    return collection.query(query_embeddings=[person.embedding], n_results=count, include=["metadatas"])


def test_a_large_search_is_held_approved_and_answered_in_full(guests, direct, crowd, decides, recorded):
    decided = decides("approve")
    answer = large(guests("svc:rag-large"), crowd[0])
    assert answer["ids"][0] == large(direct, crowd[0])["ids"][0]
    assert len(answer["ids"][0]) == 2000
    assert all("ssn" not in m for m in answer["metadatas"][0]), "approved is not unmasked"
    record = recorded("svc:rag-large", "/query")
    assert record["phase"] == "closed"
    assert record["decision"]["verdict"] == "approve"
    assert record["decision"]["approval"]["id"] == decided.result()
    assert record["decision"]["approval"]["status"] == "approved"
    assert record["decision"]["approval"]["decided_by"] == "maria"
    assert record["answer"]["returned"] == 2000


def test_the_approver_sees_who_wants_what(world, impatient, guests, person, crowd):
    known = set(person.waiting())
    with pytest.raises(ChromaError):
        large(guests("svc:rag-seen", through=impatient), crowd[1], 1500)
    (approval,) = [a for a in person.waiting() if a not in known]
    page = person.text(f"/approvals/{approval}")
    for told in ("svc:rag-seen", "people", "search", "rag-reads"):
        assert told in page
    assert re.search("1[,  ]?500", page)


def test_a_denied_one_is_refused_with_the_reason(guests, crowd, decides):
    decides("deny", "not before the audit")
    with pytest.raises(ChromaError, match="not before the audit"):
        large(guests("svc:rag-denied"), crowd[0], 1800)


def test_nobody_decides_and_the_refusal_says_how_to_go_on(world, impatient, direct, crowd, person):
    known = set(person.waiting())
    http = world.http(impatient, "svc:rag-patient")
    body = {"query_embeddings": [crowd[0].embedding], "n_results": 1900, "include": ["metadatas"]}
    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/query"
    began = time.monotonic()
    refused = http.post(path, json=body)
    assert 0.5 < time.monotonic() - began < 6
    assert refused.is_error
    assert int(refused.headers["retry-after"]) > 0
    (approval,) = [a for a in person.waiting() if a not in known]
    assert approval in refused.text
    assert f"{world.console.url}/approvals/{approval}" in refused.text

    person.decide(approval, "approve", "fine")
    # Another order of keys and a renewed token is the same request, and another spacing too.
    again = world.http(impatient, "svc:rag-patient").post(
        path,
        content=b'{ "include":["metadatas"], "n_results":1900,\n "query_embeddings":[[%s]]}'
        % ",".join(map(repr, crowd[0].embedding)).encode(),
        headers={"content-type": "application/json"},
    )
    assert again.status_code == 200, again.text
    assert len(again.json()["ids"][0]) == 1900
    # It was for one use.
    once_more = http.post(path, json=body)
    assert once_more.is_error


def test_an_approval_waits_for_a_client_that_has_hung_up(world, gateway, direct, crowd, person):
    """Its filter's question to the console outlives the client by some seconds: it must not take the use that a human grants."""
    who = "svc:rag-hung-up"
    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/query"
    body = {"query_embeddings": [crowd[0].embedding], "n_results": 1950, "include": ["metadatas"]}
    known = set(person.waiting())
    with world.http(gateway, who) as http, pytest.raises(httpx.ReadTimeout):
        http.post(path, json=body, timeout=2)
    (approval,) = [a for a in person.waiting() if a not in known]
    wait_until(
        lambda: [r for r in world.console.records(identity=who) if r["phase"] == "closed"],
        what="the console knows that it is gone",
        within=5,
    )
    person.decide(approval, "approve", "come back")
    answer = world.http(gateway, who).post(path, json=body, timeout=10)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["ids"][0]) == 1950
    assert approval not in person.waiting()
    assert not [a for a in person.waiting() if a not in known]


@pytest.mark.parametrize("difference", ["body", "identity", "path"])
def test_an_approval_is_for_exactly_this_request(world, impatient, direct, crowd, person, difference):
    who = f"svc:rag-exact-{difference}"
    body = {"query_embeddings": [crowd[7].embedding], "n_results": 1700, "include": ["metadatas"]}
    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/query"
    known = set(person.waiting())
    assert world.http(impatient, who).post(path, json=body).is_error
    (approval,) = [a for a in person.waiting() if a not in known]
    person.decide(approval, "approve", "this one")

    other = {
        "body": lambda: world.http(impatient, who).post(path, json={**body, "n_results": 1701}),
        "identity": lambda: world.http(impatient, f"{who}-not").post(path, json=body),
        "path": lambda: world.http(impatient, who).post(f"{path}?limit=1700", json=body),
    }[difference]()
    assert other.is_error, "an approval was taken for another request"
    same = world.http(impatient, who).post(path, json=body)
    assert same.status_code == 200, same.text


def test_ten_gateways_share_one_use(world, impatient, another_gateway, guests, crowd, person):
    second = another_gateway(waiting_at_most("2s"), name="second")
    known = set(person.waiting())
    with pytest.raises(ChromaError):
        large(guests("svc:rag-shared", through=impatient), crowd[2])
    (approval,) = [a for a in person.waiting() if a not in known]
    person.decide(approval, "approve", "once")
    outcomes = []

    def ask(through) -> None:
        try:
            large(guests("svc:rag-shared", through=through), crowd[2])
            outcomes.append("answered")
        except ChromaError:
            outcomes.append("refused")

    threads = [threading.Thread(target=ask, args=(g,)) for g in (impatient, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["answered", "refused"]


def test_an_export_waits_for_a_human(world, impatient, guests, direct, person):
    known = set(person.waiting())
    with pytest.raises(ChromaError):
        guests(ENGINEER, ENGINEERS, through=impatient).get(limit=500)
    (approval,) = [a for a in person.waiting() if a not in known]
    person.decide(approval, "approve", "quarterly export")
    given = guests(ENGINEER, ENGINEERS, through=impatient).get(limit=500)
    assert given["ids"] == direct.get(limit=500)["ids"]


def test_nobody_approves_their_own_request(world, impatient, guests, person):
    from stage.console import ADMIN, Refused

    known = set(person.waiting())
    with pytest.raises(ChromaError):
        guests(ADMIN, ENGINEERS, through=impatient).get(limit=400)
    (approval,) = [a for a in person.waiting() if a not in known]
    with pytest.raises(Refused):
        person.decide(approval, "approve", "mine")
    with pytest.raises(ChromaError):
        guests(ADMIN, ENGINEERS, through=impatient).get(limit=400)


def test_only_so_many_wait(world, another_gateway, direct, crowd):
    narrow = another_gateway(waiting_at_most("6s", max_held=2), name="narrow")
    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/query"

    def ask(number: int) -> tuple[float, str]:
        began = time.monotonic()
        body = {"query_embeddings": [crowd[number].embedding], "n_results": 1600, "include": []}
        answer = world.http(narrow, ASSISTANT).post(path, json=body)
        assert answer.is_error
        return time.monotonic() - began, answer.text

    with concurrent.futures.ThreadPoolExecutor(5) as pool:
        outcomes = sorted(pool.map(ask, range(5)))
    assert all(seconds < 3 for seconds, _ in outcomes[:3]), "these are refused at once"
    assert all("max_held" in text or "wait" in text for _, text in outcomes[:3])
    assert all(seconds > 5 for seconds, _ in outcomes[3:])


def test_writes_need_no_human(world, gateway):
    loaded = world.client(gateway, LOADER).create_collection("kb-written", embedding_function=None)
    try:
        loaded.add(ids=["a"], embeddings=[[1, 2]], documents=["one"])
        assert world.direct().get_collection("kb-written", embedding_function=None).count() == 1
    finally:
        world.direct().delete_collection("kb-written")
