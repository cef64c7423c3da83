"""Milvus' official npm client, `@zilliz/milvus2-sdk-node`, through real Envoy, to real servers of two generations.

What a server refuses, this client gives back as a status beside an empty answer; it raises seldom. So it is with what the
gateway refuses, and it is not asked again. Where it looks into an answer without a look at its status (`count`, the totals
that a search iterator asks for), it raises a TypeError, as it does when Milvus itself refuses.
"""

import concurrent.futures
import json
import time

import pytest

from milvus.people import ANALYST, ASSISTANT, RESEARCHER, STRANGER
from stage.milvus import npm_script, npm_secured
from stage.processes import wait_until

SEARCH = """
const search = (more) => client.search(
  { collection_name: 'people', data: [0, 0, 0, 0], limit: 10, output_fields: ['*'], ...more });
"""


@pytest.fixture(params=["2.3", "3.0"], ids=["milvus-2.3", "milvus-3.0"])
def run(request, world, gateways):
    """`run(identity, code)` runs a script of the client, as this identity, through the gateway."""

    def as_identity(identity: str, code: str, through=gateways) -> object:
        pair = world.authority.issue_for_client(identity)
        given = npm_secured(through[request.param].port, pair, world.authority.certificate)
        return npm_script(given, world.authority.certificate, SEARCH + code)

    as_identity.server = request.param
    return as_identity


READS = """return {
  search: await search(),
  few: await search({ output_fields: ['email', 'ssn', 'vec', 'city'], limit: 3 }),
  alias: await search({ collection_name: 'staff', consistency_level: 0 }),
  part: await search({ partition_names: ['_default'], filter: 'age > 25', limit: 3 }),
  two: await search({ data: [[0, 0, 0, 0], [1, 0, 0, 0]], limit: 2 }),
  ids: await client.get({ collection_name: 'people', ids: [1, 2], output_fields: ['*'] }),
};"""


def test_what_it_reads_is_limited_and_masked(run, open_doors):
    control = run(ASSISTANT, READS, open_doors)
    assert len(control["search"]["results"]) == 10
    for kept_back in ["person9@example.com", "100-45-6009", '"vec"', "Leeds"]:
        assert kept_back in json.dumps(control["search"])
    found = run(ASSISTANT, READS)
    assert {name: answer["status"]["code"] for name, answer in found.items()} == dict.fromkeys(found, 0)
    lengths = {name: len(answer.get("results", answer.get("data"))) for name, answer in found.items()}
    assert lengths == {"search": 5, "few": 3, "alias": 5, "part": 3, "two": 2, "ids": 2}
    assert [row["id"] for row in found["search"]["results"]] == [row["id"] for row in control["search"]["results"][:5]]
    shown = json.dumps(found)
    assert "person" not in shown and "100-45" not in shown and '"vec"' not in shown
    for name, answer in found.items():
        text = json.dumps(answer)
        assert "***@example.com" in text or "***" in text, name
        assert "Leeds" in text, name


def test_what_is_refused_comes_back_at_once(run):
    refused = run(
        ASSISTANT,
        """return {
  oracle: await timed(() => search({ filter: "email == 'person1@example.com'" })),
  dynamic: await timed(() => search({ filter: "ssn like '100%'" })),
  depth: await timed(() => search({ limit: 3, offset: 5 })),
  list: await timed(() => client.query({ collection_name: 'people', filter: 'id > 3', limit: 3 })),
  write: await timed(() => client.insert(
    { collection_name: 'people', data: [{ id: 99, email: 'e', age: 1, vec: [0, 0, 0, 0] }] })),
  schema: await timed(() => client.dropCollection({ collection_name: 'people' })),
  catalogue: await timed(() => client.listCollections()),
};""",
    )
    for what, told in refused.items():
        assert "returned" in told, (what, told)
        status = told["returned"].get("status", told["returned"])
        assert status["code"] == 1801 and status["error_code"] == "UnexpectedError", (what, status)
        assert status["reason"].startswith("vectorgate: "), (what, status)
        assert told["ms"] < 3000, (what, told)
        assert not told["returned"].get("results") and not told["returned"].get("data"), (what, told)


def test_pages_and_counts_are_bounded(run):
    told = run(
        ANALYST,
        """const all = async (given) => {
  const rows = [];
  const batches = await client.queryIterator(
    { collection_name: 'people', filter: 'id >= 0', output_fields: ['email', 'age'], ...given });
  for await (const batch of batches) rows.push(...batch);
  return rows;
};
return {
  page: await client.query({ collection_name: 'people', filter: 'id >= 0', limit: 5, output_fields: ['email', 'age'] }),
  everything: await client.query({ collection_name: 'people', filter: 'id >= 0', output_fields: ['age'] }),
  count: await client.count({ collection_name: 'people' }),
  oracle: await timed(() => client.count({ collection_name: 'people', expr: "ssn == '1'" })),
  small: await all({ batchSize: 5 }),
  large: await all({ batchSize: 11 }),
};""",
    )
    assert [row["age"] for row in told["page"]["data"]] == ["20", "21", "22", "23", "24"]
    assert told["everything"]["status"]["code"] == 1801 and "limit" in told["everything"]["status"]["reason"]
    assert told["count"]["data"] == 20
    assert told["oracle"]["raised"] and told["oracle"]["ms"] < 3000
    assert len(told["small"]) == 20 and not any("email" in row for row in told["small"])
    # An iterator of this client ends where a batch is refused, as it does where Milvus refuses one.
    assert told["large"] == []


def test_a_large_search_is_held_and_answered_once_approved(run, person, world):
    known = set(person.waiting())
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(run, RESEARCHER, "return await search({ limit: 15 });")
        fresh = wait_until(lambda: [a for a in person.waiting() if a not in known], what="an approval waits", within=30)
        time.sleep(0.5)
        assert not asked.done()
        person.decide(fresh[0], "approve", "seen by a test")
        found = asked.result(timeout=30)
    assert len(found["results"]) == 15
    shown = json.dumps(found)
    assert "@example.com" not in shown and "100-45" not in shown and '"vec"' not in shown and "Leeds" in shown
    record = next(r for r in world.console.records(identity=RESEARCHER) if r["phase"] == "closed")
    assert record["decision"]["approval"]["status"] == "approved"
    assert record["answer"]["returned"] == 15


def test_who_is_not_known_gets_nothing_and_all_is_recorded(run, world):
    told = run(STRANGER, "return await timed(() => search());")
    # It asks for the schema first, and searches no further without one.
    assert "returned" not in told or told["returned"]["status"]["code"] == 1801, told
    assert told["ms"] < 3000
    newest = world.console.records(identity=STRANGER)[:2]
    assert "deny" in {record["decision"]["verdict"] for record in newest}, newest
