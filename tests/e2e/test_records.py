"""What is written down."""

import hashlib
import json
import time

import pytest
from chromadb.errors import ChromaError

from policies import ASSISTANT, STRANGER, standard
from stage.processes import wait_until


def query(guests, crowd, who, count=5, **named):
    return guests(who, **named).query(query_embeddings=[crowd[0].embedding], n_results=count)


def test_an_exchange_is_recorded_in_full(guests, crowd, recorded):
    answer = query(guests, crowd, "svc:rag-recorded")
    record = recorded("svc:rag-recorded", "/query")
    assert record["version"] == 1
    assert record["phase"] == "closed"
    assert record["database"] == "chroma"
    assert record["mode"] == "enforce"
    assert record["identity"]["name"] == "svc:rag-recorded"
    assert record["source"].startswith("127.0.0.1")
    assert record["time"].endswith("Z")
    assert record["latency_ms"] > 0
    assert record["request"]["operation"] == "search"
    assert record["request"]["collections"] == ["people"]
    assert record["request"]["asked"] == {"at_most": 5}
    assert record["decision"] | {"reason": ""} == {
        "verdict": "allow",
        "rule": "rag-reads",
        "reason": "",
        "enforced": True,
    }
    told = record["answer"]
    assert (told["status"], told["outcome"], told["returned"]) == (200, "complete", 5)
    assert told["masked"]["email"] == 5
    assert told["masked"]["user_id"] == 5
    assert told["masked"].get("$.ssn", told["masked"].get("ssn")) == 5
    assert told["masked"]["#document/iban"] == 5
    assert json.loads(told["body"]["text"])["ids"] == answer["ids"]
    assert told["body"]["cut"] is False


def test_what_is_recorded_is_what_was_released(world, gateway, direct, crowd, recorded):
    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/query"
    body = {"query_embeddings": [crowd[0].embedding], "n_results": 5, "include": ["documents", "metadatas"]}
    answer = world.http(gateway, "svc:rag-bytes").post(path, json=body)
    kept = recorded("svc:rag-bytes", "/query")["answer"]["body"]
    assert kept["length"] == len(answer.content)
    assert kept["sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert kept["text"].encode() == answer.content


def test_a_long_answer_is_cut_in_the_record_only(guests, crowd, recorded):
    answer = guests("svc:rag-cut").query(
        query_embeddings=[p.embedding for p in crowd[:5]], n_results=100, include=["documents", "metadatas"]
    )
    assert sum(map(len, answer["ids"])) == 500
    kept = recorded("svc:rag-cut", "/query")["answer"]["body"]
    assert kept["cut"] is True
    assert len(kept["text"].encode()) <= 64 * 1024 < kept["length"]


def test_no_masked_value_is_in_a_record(world, guests, crowd):
    who = "svc:rag-unread"
    ids = [p.id for p in crowd[:20]]
    guests(who).get(ids=ids)
    with pytest.raises(ChromaError):
        guests(who).query(query_embeddings=[crowd[0].embedding], n_results=5, where={"ssn": crowd[4].ssn})
    with pytest.raises(ChromaError):
        guests(who).query(
            query_embeddings=[crowd[0].embedding], n_results=5, where_document={"$contains": crowd[4].email}
        )
    text = json.dumps(world.console.records(identity=who), ensure_ascii=False)
    for person in crowd[:20]:
        for secret in [*person.secrets_in_note(), person.user_id]:
            assert secret not in text


def test_a_refusal_is_recorded_as_well(world, gateway, recorded):
    with pytest.raises(ChromaError):
        world.client(gateway, STRANGER).get_collection("people")
    record = recorded(STRANGER, "/collections/people")
    assert record["decision"]["verdict"] == "deny"
    assert "rule" not in record["decision"]
    assert record["answer"]["outcome"] == "refused"


def test_records_form_an_unbroken_chain(world, guests, crowd):
    for _ in range(5):
        query(guests, crowd, "svc:rag-chained", 1)
    entries = world.console.entries(limit=1000)
    assert not [e for e in entries if e["broken"]]
    chains: dict[str, list[dict]] = {}
    for entry in entries:
        chains.setdefault(entry["chain"], []).append(entry)
    for chain in chains.values():
        chain.sort(key=lambda e: e["seq"])
        for earlier, later in zip(chain, chain[1:], strict=False):
            if later["seq"] == earlier["seq"] + 1:
                assert later["prev"] == earlier["hash"]
    checked = world.console.verify()
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_person_reads_it_on_the_console(world, guests, crowd):
    query(guests, crowd, "svc:rag-paged")
    person = world.console.person()
    assert "svc:rag-paged" in person.text("/exchanges")
    assert "svc:rag-paged" in person.text("/sessions")
    newest = world.console.records(identity="svc:rag-paged")[0]
    page = person.text(f"/exchanges/{newest['exchange']}")
    for told in ("svc:rag-paged", "people", "rag-reads"):
        assert told in page
    for secret in crowd[0].secrets_in_note():
        assert secret not in page


def test_nothing_is_released_that_could_not_be_recorded(world, another_gateway, direct, crowd):
    lonely = another_gateway(standard(), name="unrecorded", console=9)  # nobody listens there
    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/query"
    body = {"query_embeddings": [crowd[0].embedding], "n_results": 5}
    try:
        answer = world.http(lonely, ASSISTANT).post(path, json=body)
        assert answer.status_code >= 500, answer.text
        assert crowd[0].name not in answer.text
        assert "record" in answer.text
    except Exception as error:  # the stream may be cut off as well, if its beginning had left
        assert "peer closed" in str(error) or "disconnected" in str(error), error


def test_where_records_are_not_required_answers_go_on(world, another_gateway, guests, crowd):
    policy = standard(audit={**standard()["audit"], "required": False})
    easy = another_gateway(policy, name="optional", console=9)
    assert query(guests, crowd, ASSISTANT, through=easy)["ids"]


def test_the_access_log_tells_in_one_line(world, gateway, guests, crowd):
    query(guests, crowd, "svc:rag-logged", 200)
    time.sleep(0.3)
    lines = [line for line in gateway.access_log() if "svc:rag-logged" in (line["vectorgate"] or "")]
    assert lines
    summary = lines[-1]["vectorgate"]
    for told in ("search", "people", "clamp", "rag-reads"):
        assert told in summary
    assert crowd[0].email not in gateway.log


def test_metrics_count_decisions_and_masked_values(gateway, guests, crowd):
    before = gateway.stats("vectorgate")
    query(guests, crowd, ASSISTANT, 10)

    # Counters gather in a worker until its next tick.
    def counted() -> bool:
        after = gateway.stats("vectorgate")
        grown = {name for name, value in after.items() if value > before.get(name, 0)}
        wanted = [("search", "allow"), ("mask",), ("record",)]
        return all(any(all(word in name for word in words) for name in grown) for words in wanted)

    wait_until(counted, what="decisions, masked values and records are counted", within=5)


def test_concurrent_exchanges_are_all_recorded(world, gateway, direct, crowd):
    import concurrent.futures

    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/query"
    http = world.http(gateway, "svc:rag-many")

    def ask(number: int) -> int:
        body = {"query_embeddings": [crowd[number].embedding], "n_results": 2}
        return http.post(path, json=body).status_code

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(160))) == {200}
    records = world.console.records(identity="svc:rag-many", limit=500)
    assert len(records) == 160
    assert len({r["exchange"] for r in records}) == 160


def test_a_trace_is_named_and_what_a_client_makes_up_is_not(world, gateway):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    client = world.http(gateway, "svc:traced")
    for sent, then in [(f"00-{trace}-00f067aa0ba902b7-01", trace), (f"00-{'<b>' * 1000}-00f067aa0ba902b7-01", None)]:
        client.get("/api/v2/heartbeat", headers={"traceparent": sent, "x-request-id": "mine"})
        # By the client's clock of asking, the newest comes first.
        record = world.console.records(identity="svc:traced")[0]
        assert record.get("trace_id") == then
        assert record["request_id"] != "mine"
