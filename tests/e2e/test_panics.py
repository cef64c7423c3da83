"""A trap in the filter: what was under way fails, nothing gets past, and the guard comes back.

The module that traps here is the one that ships, with a few instructions put in front of some callbacks (stage/trapping_module.py):
a request or an answer of an odd shape (very many headers, a body of just so many bytes) makes it break down.
"""

import itertools
import json
import re
import threading
import time

import httpx
import pytest
import yaml

from policies import ASSISTANT, LOADER, STRANGER, standard
from stage.envoy import MODULE
from stage.interposer import head
from stage.processes import ROOT, wait_until
from stage.trapping_module import Trap, rewritten, trapping

TRAPS = (
    Trap("proxy_on_request_headers", 1, above=60),
    Trap("proxy_on_request_body", 1, equals=3333),
    Trap("proxy_on_response_headers", 1, above=60),
    Trap("proxy_on_response_body", 1, equals=7777),
)
MANY_HEADERS = {f"x-odd-{number}": "1" for number in range(80)}
# Envoy starts no VM sooner than 0.15 s after the one before (`reload_config`); the rest is for a machine that is busy.
BACKOFF, BACK_WITHIN = 0.2, 1.5
# How long silence is suffered where a test says so.
SILENCE = 3
EVERYTHING = "/api/v2/tenants/default_tenant/databases/default_database/collections"


@pytest.fixture(scope="module")
def database(world):
    """The database, which can be told to misbehave."""
    made = world.interposer()
    yield made
    made.stop()


def soon_given_up(config: dict) -> None:
    """With a short patience for silence: nothing else ends what a lost VM held."""
    manager = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
    manager["stream_idle_timeout"] = f"{SILENCE}s"
    manager["route_config"]["virtual_hosts"][0]["routes"][0]["route"]["idle_timeout"] = f"{SILENCE}s"


@pytest.fixture(scope="module")
def fragile(world, database):
    """A gateway whose filter traps over what is odd."""
    made = world.gateway(
        standard(), trapping(*TRAPS, directory=world.directory), name="fragile", database=database.port
    )
    yield made
    made.stop()


@pytest.fixture
def whole(world, fragile, direct, crowd):
    """Waits until the filter is well, and tells how long that took. When the test begins, a trap leads to a new VM at once."""
    path = f"{EVERYTHING}/{direct.id}/query"

    def wait(gateway=fragile) -> float:
        began = time.monotonic()
        http = world.http(gateway, ASSISTANT)
        wait_until(lambda: search(http, path, crowd[0]).status_code == 200, what="service is back", within=10)
        return time.monotonic() - began

    wait()
    time.sleep(BACKOFF)
    return wait


@pytest.fixture
def path(direct):
    return f"{EVERYTHING}/{direct.id}/query"


def search(http: httpx.Client, path: str, person, count: int = 3, **more: object) -> httpx.Response:
    body = {"query_embeddings": [person.embedding], "n_results": count, "include": ["metadatas", "documents"]}
    return http.post(path, json=body, **more)


def answer_of(crowd, count: int = 100) -> bytes:
    """What the database says to a search, with everything in it that must not leave."""
    found = crowd[:count]
    return json.dumps(
        {
            "ids": [[p.id for p in found]],
            "embeddings": None,
            "documents": [[p.note for p in found]],
            "uris": None,
            "metadatas": [[p.metadata for p in found]],
            "distances": None,
            "include": ["metadatas", "documents"],
        }
    ).encode()


def in_pieces(*pieces: bytes, after: float = 0.2):
    """An answer of these chunks, each by itself."""

    def how(_):
        yield head("200 OK", {"content-type": "application/json", "transfer-encoding": "chunked"})
        for piece in pieces:
            yield b"%x\r\n%b\r\n" % (len(piece), piece)
            time.sleep(after)
        yield b"0\r\n\r\n"

    return how


def received(http: httpx.Client, path: str, person, count: int = 100) -> tuple[int, bytes, bool]:
    """The status, what came of the body, and whether its end came."""
    body = {"query_embeddings": [person.embedding], "n_results": count, "include": ["metadatas", "documents"]}
    got = bytearray()
    with http.stream("POST", path, json=body, timeout=20) as answer:
        try:
            for piece in answer.iter_bytes():
                got += piece
        except httpx.RemoteProtocolError:
            return answer.status_code, bytes(got), False
    return answer.status_code, bytes(got), True


def holds_no_secret(text: str, crowd) -> bool:
    return not any(secret in text for p in crowd[:100] for secret in (p.user_id, *p.secrets_in_note()))


def test_what_traps_here_is_what_ships():
    shipped = MODULE.read_bytes()
    assert rewritten(shipped, ()) == shipped
    longer = len(rewritten(shipped, TRAPS)) - len(shipped)
    assert 0 < longer < 100


@pytest.mark.parametrize("where", ["its headers", "its body"])
def test_a_request_that_traps_never_arrives(world, fragile, database, path, crowd, whole, where):
    before = len(database.received)
    http = world.http(fragile, ASSISTANT)
    if where == "its headers":
        answer = search(http, path, crowd[0], headers=MANY_HEADERS)
    else:
        body = json.dumps({"query_embeddings": [crowd[0].embedding], "n_results": 3}).ljust(3333)
        answer = http.post(path, content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.content) == (503, b"")
    assert len(database.received) == before
    assert whole() < BACK_WITHIN


@pytest.mark.parametrize("where", ["its headers", "its first bytes", "its middle", "its last bytes"])
def test_of_an_answer_that_traps_nothing_leaves_unmasked(world, fragile, database, path, crowd, whole, where):
    text = answer_of(crowd)
    odd = 7777
    spoils = {
        "its headers": lambda _: iter(
            [
                head("200 OK", {"content-type": "application/json", "content-length": str(len(text)), **MANY_HEADERS}),
                text,
            ]
        ),
        "its first bytes": in_pieces(text[:odd], text[odd:]),
        "its middle": in_pieces(text[:9000], text[9000 : 9000 + odd], text[9000 + odd :]),
        "its last bytes": in_pieces(text[:-odd], text[-odd:]),
    }
    database.spoil("POST", "/query", spoils[where])
    try:
        status, got, ended = received(world.http(fragile, "svc:rag-odd"), path, crowd[0])
    finally:
        database.heal()
    if where in ("its headers", "its first bytes"):
        assert (status, got, ended) == (503, b"", True)
    else:
        assert status == 200 and not ended
        assert crowd[0].name in got.decode() and holds_no_secret(got.decode(), crowd)
    assert whole() < BACK_WITHIN


def test_the_next_request_is_judged_as_before(world, fragile, direct, path, crowd, whole):
    """Limits, masks, refusals and records: the policy is there again, in a VM with a chain of its own."""
    who = "svc:rag-next"
    http = world.http(fragile, who)
    before = search(http, path, crowd[0], 500)
    log_before = len(fragile.log)
    assert search(http, path, crowd[0], headers=MANY_HEADERS).status_code == 503
    after = search(http, path, crowd[0], 500)
    assert after.status_code == 200
    assert after.json() == before.json()
    assert len(after.json()["ids"][0]) == 100
    assert holds_no_secret(after.text, crowd)
    assert world.http(fragile, STRANGER).get(f"{EVERYTHING}/people").status_code == 403
    assert "guards chroma in mode enforce" in fragile.log[log_before:]
    newer, older = world.console.entries(identity=who)[:2]
    assert newer["chain"] != older["chain"]
    assert newer["seq"] == 0
    assert newer["record"]["policy"] == older["record"]["policy"]
    assert newer["record"]["decision"]["verdict"] == "clamp"


def test_what_was_under_way_fails_with_it(world, fragile, database, path, crowd, whole):
    """A request of another client in the same VM, whose answer comes after the trap."""
    text = answer_of(crowd)
    seen = threading.Event()

    def late(_):
        seen.set()
        time.sleep(1)
        yield head("200 OK", {"content-type": "application/json", "content-length": str(len(text))}) + text

    got = []
    database.spoil("POST", "/query", late)
    other = threading.Thread(target=lambda: got.append(received(world.http(fragile, "svc:rag-other"), path, crowd[0])))
    other.start()
    assert seen.wait(5)
    database.heal()
    assert search(world.http(fragile, ASSISTANT), path, crowd[0], headers=MANY_HEADERS).status_code == 503
    assert whole() < BACK_WITHIN
    other.join(10)
    assert got == [(503, b"", True)]


def test_a_storm_of_traps_lets_nothing_past(world, another_gateway, database, direct, path, crowd):
    """Clients that trap the filter as fast as they can, clients that try what is forbidden, and good ones between them."""
    traps = trapping(*TRAPS, directory=world.directory)
    storm = another_gateway(standard(), traps, soon_given_up, name="storm", database=database.port, workers=2)
    # From before the storm: what good clients are to see.
    truths = [search(world.http(storm, ASSISTANT), path, crowd[n], 5).json() for n in range(8)]
    over = time.monotonic() + 6
    first = len(database.received)
    statuses: dict[str, list[int]] = {"bad": [], "good": [], "forbidden": []}
    wrong: list[str] = []

    def client(kind: str, act) -> None:
        for number in itertools.count():
            if time.monotonic() > over:
                return
            try:
                with world.http(storm, ASSISTANT) as http:  # a connection of its own: either worker
                    statuses[kind].append(act(http, number))
            except httpx.RemoteProtocolError:  # broken off
                statuses[kind].append(0)

    def bad(http: httpx.Client, number: int) -> int:
        time.sleep(0.1)
        return search(http, path, crowd[0], headers=MANY_HEADERS).status_code

    def good(http: httpx.Client, number: int) -> int:
        answer = search(http, path, crowd[number % 8], 5)
        if answer.status_code == 200 and answer.json() != truths[number % 8]:
            wrong.append(answer.text[:200])
        if answer.status_code != 200 and crowd[0].city in answer.text:
            wrong.append(f"{answer.status_code} {answer.text[:200]}")
        return answer.status_code

    def forbidden(http: httpx.Client, number: int) -> int:
        if number % 2:
            return http.post(f"{EVERYTHING}/{direct.id}/get", json={"limit": 4000 + number}).status_code
        return http.post(f"{EVERYTHING}/{direct.id}/get", json={}).status_code

    kinds = [("bad", bad)] * 3 + [("good", good)] * 3 + [("forbidden", forbidden)] * 2
    threads = [threading.Thread(target=client, args=kind) for kind in kinds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    ended = time.monotonic()
    good_http = world.http(storm, ASSISTANT)
    wait_until(lambda: search(good_http, path, crowd[0], 5).json() == truths[0], what="service is back", within=10)
    back = time.monotonic() - ended

    assert not wrong
    # 408 and 504: a lost VM held it, and Envoy gave it up.
    assert set(statuses["bad"]) == {503}
    assert {200, 503} <= set(statuses["good"]) <= {200, 503, 408, 504, 0}
    assert {403, 503} <= set(statuses["forbidden"]) <= {403, 503, 408, 504, 0}
    assert not [r for r in database.received[first:] if r.path.endswith("/get")]
    assert back < BACK_WITHIN
    stats = storm.stats("wasm.vectorgate")
    assert stats["wasm.vectorgate.vm_reload_success"] >= 4
    assert stats["wasm.vectorgate.vm_reload_backoff"] > 10
    assert stats["wasm.vectorgate.vm_reload_failure"] == 0
    # None of the lost VMs lives on.
    assert storm.stats("wasm_vm_count")["wasm.wasm_vm_count"] <= 4
    checked = world.console.verify()
    assert checked.returncode == 0, checked.stdout


def test_the_alerts_name_what_envoy_counts(fragile, world, path, crowd, whole):
    """After a trap the statistic has moved that `VectorgatePanicked` looks at."""
    rules = yaml.safe_load((ROOT / "envoy" / "observability" / "alerts.yaml").read_text())["groups"][0]["rules"]
    looks_at = {r["alert"]: set(re.findall(r"envoy_(wasm_vectorgate_\w+)", r["expr"])) for r in rules}
    before = fragile.stats("wasm.vectorgate")
    assert search(world.http(fragile, ASSISTANT), path, crowd[0], headers=MANY_HEADERS).status_code == 503
    whole()
    for _ in range(30):
        assert search(world.http(fragile, ASSISTANT), path, crowd[0], headers=MANY_HEADERS).status_code == 503
    after = fragile.stats("wasm.vectorgate")
    moved = {n.replace(".", "_") for n, value in after.items() if value > before.get(n, 0)}
    assert "wasm_vectorgate_vm_reload_success" in looks_at["VectorgatePanicked"] & moved
    for alert in ("VectorgatePanicked", "VectorgatePanicStorm"):
        assert looks_at[alert] <= {n.replace(".", "_") for n in after}
    assert "wasm_vectorgate_vm_reload_backoff" in looks_at["VectorgatePanicStorm"] & moved


def known_exchanges(world, identity: str) -> set[str]:
    """What is recorded of an identity already."""
    return {record["exchange"] for record in world.console.records(identity=identity)}


def ending_of(world, identity: str, but: set[str] = frozenset()) -> dict:
    """The newest record of an identity, of no exchange that was known before, once there is one that tells how it ended."""

    def ended() -> dict | None:
        found = [record for record in world.console.records(identity=identity) if record["exchange"] not in but]
        return found[0] if found and found[0]["phase"] != "opened" else None

    return wait_until(ended, what=f"a record of how {identity} ended", within=30)


def test_what_waits_for_a_human_is_not_released_and_its_record_ends(world, another_gateway, path, crowd):
    traps = trapping(*TRAPS, directory=world.directory)
    gateway = another_gateway(standard(), traps, soon_given_up, name="held")
    person = world.console.person()
    known = set(person.waiting())
    who, got = "svc:rag-held-by-the-lost", []

    def ask() -> None:
        try:
            answer = search(world.http(gateway, who), path, crowd[0], 2000)
            got.append((answer.status_code, answer.text))
        except httpx.RemoteProtocolError:
            got.append((0, ""))

    before = len(world.front.received())
    waiting = threading.Thread(target=ask)
    waiting.start()
    (approval,) = wait_until(lambda: set(person.waiting()) - known, what="an approval waits", within=10)
    wait_until(lambda: gateway.stats("held").get("wasmcustom.vectorgate.held"), what="it is counted", within=5)
    wait_until(lambda: world.console.records(identity=who), what="its record is open", within=5)
    assert search(world.http(gateway, ASSISTANT), path, crowd[0], headers=MANY_HEADERS).status_code == 503
    person.decide(approval, "approve", "too late")
    waiting.join(15)
    assert got[0][0] != 200 and crowd[0].city not in got[0][1]
    assert not [r for r in world.front.received()[before:] if r["path"].endswith("/query") and r["received"] > 200]
    record = ending_of(world, who)
    assert (record["phase"], record["answer"]["outcome"]) == ("amended", "aborted")
    assert "while a human was waited for" in record["answer"]["why"]
    assert gateway.stats("held")["wasmcustom.vectorgate.held"] == 0
    checked = world.console.verify()
    assert checked.returncode == 0 and ", 0 exchanges under way" in checked.stdout, checked.stdout


def test_what_had_left_of_an_answer_is_recorded_by_another_vm(world, fragile, database, path, crowd, whole):
    text = answer_of(crowd)
    who = "svc:rag-read-half"
    database.spoil("POST", "/query", in_pieces(text[:9000], text[9000 : 9000 + 7777], text[9000 + 7777 :]))
    try:
        status, got, ended = received(world.http(fragile, who), path, crowd[0])
    finally:
        database.heal()
    assert status == 200 and got and not ended
    record = ending_of(world, who)
    assert (record["phase"], record["answer"]["status"]) == ("amended", 200)
    assert (record["request"]["operation"], record["request"]["collections"]) == ("search", ["people"])
    assert "while the answer was on its way" in record["answer"]["why"]
    assert world.console.verify().returncode == 0


def test_a_client_that_hangs_up_and_traps_the_filter_is_recorded(world, fragile, database, path, crowd, whole):
    """The record of what it got had no time to arrive before the VM was lost."""
    text = answer_of(crowd)
    who = "svc:rag-hang-up"
    database.spoil("POST", "/query", in_pieces(text[:9000], text[9000:], after=2))
    try:
        http, trap = world.http(fragile, who), world.http(fragile, ASSISTANT)
        body = {"query_embeddings": [crowd[0].embedding], "n_results": 100, "include": ["metadatas", "documents"]}
        with http.stream("POST", path, json=body) as answer:
            assert answer.status_code == 200 and next(answer.iter_bytes())
        http.close()
        database.heal()
        assert search(trap, path, crowd[0], headers=MANY_HEADERS).status_code == 503
    finally:
        database.heal()
    assert ending_of(world, who)["answer"]["outcome"] == "aborted"
    assert world.console.verify().returncode == 0


def test_a_write_whose_answer_traps_is_recorded(world, fragile, database, direct, whole):
    """The database has done it, and the client was told that something failed."""

    def odd(_):
        answer = {"content-type": "application/json", "content-length": "2", **MANY_HEADERS}
        yield head("200 OK", answer) + b"{}"

    who = LOADER
    known = known_exchanges(world, who)
    database.spoil("POST", "/delete", odd)
    try:
        answer = world.http(fragile, who).post(f"{EVERYTHING}/{direct.id}/delete", json={"ids": ["p-nobody"]})
    finally:
        database.heal()
    assert answer.status_code == 503
    assert database.last("/delete").body == b'{"ids":["p-nobody"]}'
    record = ending_of(world, who, but=known)
    assert (record["phase"], record["request"]["operation"]) == ("amended", "delete")
    assert "may have carried it out" in record["answer"]["why"]
    assert record["answer"]["outcome"] == "aborted"
