"""How every kind of refusal reads in both official clients.

The texts are kept in refusals.json. UPDATE_SNAPSHOTS=1 writes it anew; the diff is what is to be reviewed.
"""

import json
import os
import re
from pathlib import Path

import pytest

from policies import ANALYST, ASSISTANT, STRANGER, SUPPORT, waiting_at_most

SNAPSHOT = Path(__file__).with_name("refusals.json")
QUERY = [[0.5] * 8]

# Situation: who, the call in Python, the same in JavaScript. Both have `people`; `client` is the one that opened it.
SITUATIONS = {
    "no rule for the operation": (
        ASSISTANT,
        lambda client, people: people.get(limit=5),
        "people.get({ limit: 5 })",
    ),
    "no rule for the collection": (
        ASSISTANT,
        lambda client, people: client.get_collection("payroll", embedding_function=None),
        "client.getCollection({ name: 'payroll' })",
    ),
    "too deep": (
        SUPPORT,
        lambda client, people: people.query(query_embeddings=QUERY, n_results=51),
        f"people.query({{ queryEmbeddings: {QUERY}, nResults: 51 }})",
    ),
    "too many in all": (
        SUPPORT,
        lambda client, people: people.query(query_embeddings=QUERY * 3, n_results=20),
        f"people.query({{ queryEmbeddings: {QUERY * 3}, nResults: 20 }})",
    ),
    "without a bound": (ANALYST, lambda client, people: people.get(), "people.get()"),
    "over the bound": (ANALYST, lambda client, people: people.get(limit=51), "people.get({ limit: 51 })"),
    "filter by a masked field": (
        ASSISTANT,
        lambda client, people: people.query(query_embeddings=QUERY, n_results=5, where={"ssn": "1"}),
        f"people.query({{ queryEmbeddings: {QUERY}, nResults: 5, where: {{ ssn: '1' }} }})",
    ),
    "search in redacted text": (
        ASSISTANT,
        lambda client, people: people.query(query_embeddings=QUERY, n_results=5, where_document={"$contains": "1"}),
        f"people.query({{ queryEmbeddings: {QUERY}, nResults: 5, whereDocument: {{ $contains: '1' }} }})",
    ),
    "writing": (
        ASSISTANT,
        lambda client, people: people.delete(ids=["p00000"]),
        "people.delete({ ids: ['p00000'] })",
    ),
    "nobody decided in time": (
        "svc:rag-snapshot",
        lambda client, people: people.query(query_embeddings=QUERY, n_results=1001),
        f"people.query({{ queryEmbeddings: {QUERY}, nResults: 1001 }})",
    ),
}


@pytest.fixture(scope="module")
def impatient(world):
    made = world.gateway(waiting_at_most("1s"), name="impatient-refusals")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def snapshot():
    """What is expected, and, when asked for, a place for what is new."""
    kept = json.loads(SNAPSHOT.read_text()) if SNAPSHOT.exists() else {}
    yield kept
    if os.environ.get("UPDATE_SNAPSHOTS"):
        SNAPSHOT.write_text(json.dumps(kept, indent=2, ensure_ascii=False, sort_keys=True) + "\n")


def steady(text: str) -> str:
    """Without what differs from run to run."""
    text = re.sub(r"https?://[0-9a-z.:]+", "https://…", text)
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "<uuid>", text)
    return re.sub(r"[0-9a-f]{32}", "<id>", text)


def compare(snapshot: dict, situation: str, client: str, told: str) -> None:
    told = steady(told)
    if os.environ.get("UPDATE_SNAPSHOTS"):
        snapshot.setdefault(situation, {})[client] = told
    assert snapshot.get(situation, {}).get(client) == told


@pytest.mark.parametrize("situation", SITUATIONS)
def test_python(world, impatient, snapshot, situation):
    who, call, _ = SITUATIONS[situation]
    client = world.client(impatient, who)
    people = client.get_collection("people", embedding_function=None)
    with pytest.raises(Exception) as raised:  # noqa: B017 the class is part of what is compared
        call(client, people)
    compare(snapshot, situation, "python", f"{type(raised.value).__name__}: {raised.value}")


def test_npm(world, impatient, snapshot):
    """All in one go for each identity: starting node takes longer than what it does."""
    for who in dict.fromkeys(who for who, _, _ in SITUATIONS.values()):
        mine = {name: script for name, (owner, _, script) in SITUATIONS.items() if owner == who}
        calls = ",".join(f"{json.dumps(name)}: await raised(() => {script})" for name, script in mine.items())
        told = world.npm(
            impatient, who, f"const people = await client.getCollection({{ name: 'people' }}); return {{ {calls} }};"
        )
        for name, error in told.items():
            compare(snapshot, name, "npm", f"{error['name']}: {error['message']}" if error else "not refused")


def test_a_stranger_python(world, impatient, snapshot):
    with pytest.raises(Exception) as raised:  # noqa: B017 the class is part of what is compared
        world.client(impatient, STRANGER).get_collection("people")
    compare(snapshot, "a stranger", "python", f"{type(raised.value).__name__}: {raised.value}")


def test_a_stranger_npm(world, impatient, snapshot):
    error = world.npm(impatient, STRANGER, "return await raised(() => client.getCollection({ name: 'people' }));")
    compare(snapshot, "a stranger", "npm", f"{error['name']}: {error['message']}")
