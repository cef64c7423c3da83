"""A budget for each identity over all Envoys: the real rate limit service, Redis, and two Envoys."""

import json

import grpc
import pytest
from chromadb.errors import ChromaError
from qdrant_client.http.exceptions import UnexpectedResponse

from policies import ASSISTANT, standard
from stage import budgets, clients
from stage.qdrant_fixtures import COLLECTION, QUERY

BUDGET = 300


def test_the_replies_say_the_same_in_each_databases_form():
    """Two refusals a file, and over gRPC the same words as in the body."""
    said = {name: str(budgets.read(name)) for name in ("local_reply", "local_reply_qdrant", "local_reply_milvus")}
    for words in ("the budget of this identity is used up", "the budget of this identity cannot be looked up"):
        assert {name: text.count(words) for name, text in said.items()} == {
            "local_reply": 1,
            "local_reply_qdrant": 2,
            "local_reply_milvus": 2,
        }


@pytest.fixture(scope="module")
def service(world):
    if reason := budgets.why_not():
        pytest.skip(reason)
    budgets.build()
    started: list[budgets.Budgets] = []

    def start(
        *, asked: int = 1_000_000, given: int = 1_000_000, vectors: int = 1_000_000, **env: str
    ) -> budgets.Budgets:
        started.append(budgets.Budgets(world.directory, budgets.limits(asked, given, vectors), **env))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def says(world, service, another_gateway):
    """An Envoy whose requests say of themselves what they ask for and give: what Envoy and the service make of such words."""

    def through(service_made: budgets.Budgets):
        gateway = another_gateway({}, budgets.saying, budgets.with_budgets(service_made.port), name="budgets-words")
        client = world.http(gateway, ASSISTANT)
        return lambda **words: client.get("/api/v2/heartbeat", headers={f"x-{k}": str(v) for k, v in words.items()})

    return through


def answers(said) -> int:
    return said.status_code


def test_the_second_request_over_the_budget_is_refused_in_the_databases_words(service, says):
    ask = says(service(asked=100))
    assert answers(ask(asked=60, given=0, vectors=0, identity="a")) == 200
    refused = ask(asked=41, given=0, vectors=0, identity="a")
    assert refused.status_code == 429
    assert refused.headers["content-type"] == "application/json"
    assert refused.json()["error"] == "RateLimitError" and "budget" in refused.json()["message"]


def test_each_identity_has_its_own(service, says):
    ask = says(service(asked=100))
    assert answers(ask(asked=100, given=0, vectors=0, identity="a")) == 200
    assert answers(ask(asked=1, given=0, vectors=0, identity="a")) == 429
    assert answers(ask(asked=100, given=0, vectors=0, identity="b")) == 200


@pytest.mark.parametrize("word", ["given", "vectors"])
def test_what_was_given_refuses_the_next(service, says, word):
    ask = says(service(given=100, vectors=100))
    words = {"asked": 0, "given": 0, "vectors": 0, "identity": "a"}
    assert answers(ask(**{**words, word: 101})) == 200, "it is counted when it ends"
    for _ in range(50):
        if answers(ask(**words)) == 429:
            return
    pytest.fail("nothing was counted")


def test_a_look_at_the_counter_adds_nothing(service, says):
    ask = says(service(asked=5, given=5, vectors=5))
    for _ in range(30):
        assert answers(ask(asked=0, given=0, vectors=0, identity="a")) == 200


def test_an_approved_request_that_asks_for_nothing_uses_nothing(service, says):
    ask = says(service(asked=10))
    assert answers(ask(asked=10, given=0, vectors=0, identity="a")) == 200
    assert answers(ask(asked=0, given=0, vectors=0, identity="a")) == 200
    assert answers(ask(asked=1, given=0, vectors=0, identity="a")) == 429


@pytest.mark.parametrize("wrong", [{"asked": "many"}, {"asked": "1000000001"}, {"asked": None}])
def test_why_the_filter_always_says_a_number_that_envoy_takes(service, says, wrong):
    """The trap: Envoy lets pass what it cannot count."""
    ask = says(service(asked=10))
    words = {"asked": 11, "given": 0, "vectors": 0, "identity": "a"}
    assert answers(ask(**words)) == 429, "the control"
    words = {k: v for k, v in {**words, **wrong}.items() if v is not None}
    assert answers(ask(**words)) == 200


def test_without_an_identity_there_is_one_budget_for_all_of_them(service, says):
    ask = says(service(asked=10))
    assert answers(ask(asked=10, given=0, vectors=0)) == 200
    assert answers(ask(asked=10, given=0, vectors=0)) == 429


@pytest.mark.parametrize("setting", ["true", "false"])
def test_a_refused_request_uses_the_budget_up_all_the_same(service, says, setting):
    """The trap: the service counts what it refuses, and its setting against that is about other counters than the refusing one."""
    ask = says(service(asked=100, STOP_CACHE_KEY_INCREMENT_WHEN_OVERLIMIT=setting))
    assert answers(ask(asked=101, given=0, vectors=0, identity="a")) == 429
    assert answers(ask(asked=1, given=0, vectors=0, identity="a")) == 429


def test_where_the_service_is_down_nobody_passes(service, says):
    made = service()
    ask = says(made)
    assert answers(ask(asked=1, given=0, vectors=0, identity="a")) == 200
    made.stop()
    refused = ask(asked=1, given=0, vectors=0, identity="a")
    assert refused.status_code == 500
    assert "budget" in refused.json()["message"]


def spend(collection, person, portion: int, most: int) -> int:
    """Small searches until one is refused; how many results came back before."""
    got = 0
    while got < most:
        try:
            got += len(collection.query(query_embeddings=[person.embedding], n_results=portion)["ids"][0])
        except ChromaError as refused:
            assert "budget" in str(refused)
            return got
    return got


@pytest.mark.parametrize("kind", ["asked", "given"])
def test_a_drip_of_small_searches_is_stopped_over_two_envoys(world, service, another_gateway, guests, crowd, kind):
    made = service(**{kind: BUDGET})
    policy = standard(budget={"results": True, "vectors": True})
    collections = [
        guests(ASSISTANT, through=another_gateway(policy, budgets.with_budgets(made.port), name=f"budgets-{n}"))
        for n in (1, 2)
    ]
    got, round_ = 0, 0
    while got < 10 * BUDGET:
        before = got
        got += spend(collections[round_ % 2], crowd[0], 25, most=25)
        round_ += 1
        if got == before:
            break
    # What was given is counted when it has left, so one more portion may be under way at each.
    assert BUDGET <= got <= BUDGET + (2 * 25 if kind == "given" else 0)
    # The control: the same drip without budgets goes on.
    assert spend(guests(ASSISTANT), crowd[0], 25, most=2 * BUDGET) == 2 * BUDGET


@pytest.fixture(scope="module")
def qdrant(world):
    made = world.qdrant()
    yield made
    made.stop()


def searches(client, most: int) -> tuple[int, Exception | None]:
    """Searches for 5 until one is refused: how many results came back before, and how it was refused."""
    got = 0
    while got < most:
        try:
            got += len(client.query_points(COLLECTION, query=QUERY, limit=5, with_payload=True).points)
        except (UnexpectedResponse, grpc.RpcError) as refused:
            return got, refused
    return got, None


def test_a_drip_is_stopped_over_grpc_and_rest_together(world, service, qdrant):
    """One budget, whichever protocol a client takes."""
    made = service(asked=100)
    policy = {
        "version": 1,
        "database": "qdrant",
        "identity": [{"jwt": {"claim": "sub"}}],
        "rules": [
            {
                "name": "reads",
                "identities": ["svc:rag-*"],
                "collections": [COLLECTION],
                "operations": ["search"],
                "results": {"max": 40, "over": "deny"},
            }
        ],
        "lookup": {"cluster": "database", "grpc_cluster": "database-grpc"},
        "budget": {"results": True},
    }
    gateway = world.qdrant_gateway(
        qdrant, policy, budgets.with_budgets(made.port, replies="local_reply_qdrant"), name="budgets-qdrant"
    )
    open_door = world.qdrant_gateway(qdrant, policy, name="budgets-qdrant-control")
    try:
        token = world.token("svc:rag-a")
        over = {
            way: clients.qdrant_client(gateway.port, token, world.authority.certificate, way=way)
            for way in ("rest", "grpc")
        }
        assert searches(over["rest"], 50) == (50, None)
        before = len(qdrant.received)
        got, refused = searches(over["grpc"], 1000)
        assert got == 50
        assert refused.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
        assert refused.details().startswith("the budget of this identity is used up")
        assert len([r for r in qdrant.received[before:] if "Query" in r.path]) == 10, "the refused one never arrived"
        got, refused = searches(over["rest"], 1000)
        assert got == 0 and refused.status_code == 429
        assert json.loads(refused.content)["status"]["error"].startswith("the budget of this identity is used up")
        # Another identity has its own, and without a budget the drip goes on.
        other = clients.qdrant_client(gateway.port, world.token("svc:rag-b"), world.authority.certificate, way="grpc")
        assert searches(other, 20) == (20, None)
        control = clients.qdrant_client(open_door.port, token, world.authority.certificate, way="grpc")
        assert searches(control, 200) == (200, None)
    finally:
        gateway.stop()
        open_door.stop()
