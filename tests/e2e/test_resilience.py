"""Parts that are down, slow, wrong or new."""

import concurrent.futures
import http.server
import json
import threading
import time

import httpx
import pytest
from chromadb.errors import ChromaError

from policies import ASSISTANT, standard, waiting_at_most
from stage.console import Console
from stage.envoy import configuration, validate
from stage.processes import NotReady, free_port


def query(collection, person, count=3):
    return collection.query(query_embeddings=[person.embedding], n_results=count)


def changed(**changes: object) -> dict:
    return standard(**changes)


BAD_POLICIES = {
    "unknown key": ({"rulez": []}, "rulez"),
    "no such verdict": ({"rules": [{**standard()["rules"][0], "verdict": "maybe"}]}, "rules"),
    "negative limit": ({"rules": [{**standard()["rules"][0], "top_k": {"max": -1}}]}, "top_k"),
    "no such database": ({"database": "chromium"}, "database"),
    "no such version": ({"version": 2}, "version"),
    "path that cannot be streamed": (
        {"rules": [{**standard()["rules"][0], "mask": [{"path": "$.a[?(@.b > 1)]", "with": "remove"}]}]},
        "mask",
    ),
    "no such hash key": ({"hash_key": {"env": "NO_SUCH_VARIABLE"}}, "NO_SUCH_VARIABLE"),
}


@pytest.mark.parametrize(("changes", "named"), BAD_POLICIES.values(), ids=BAD_POLICIES.keys())
def test_envoy_does_not_start_with_a_bad_policy_and_says_why(world, changes, named):
    with pytest.raises(NotReady) as refused:
        world.gateway(changed(**changes), name="bad-policy")
    assert named in str(refused.value)


def test_the_file_that_people_start_from_is_valid(world, tmp_path):
    """With its own policy, not one of the tests."""
    import yaml

    from stage.envoy import STANDALONE, plugin

    own = json.loads(plugin(yaml.safe_load(STANDALONE.read_text()))["configuration"]["value"])
    config = configuration(world.files, port=free_port(), admin=free_port(), database=1, console=2, policy=own)
    checked = validate(config, tmp_path)
    assert checked.returncode == 0, checked.stderr
    assert "eprecated" not in checked.stderr


def test_the_console_is_down(world, another_gateway, direct, crowd):
    """What needs a human is refused; what needs a record is not released."""
    policy = standard(audit={**standard()["audit"], "required": False})
    gateway = another_gateway(policy, name="no-console", console=free_port())
    collection = world.client(gateway, ASSISTANT).get_collection("people", embedding_function=None)
    assert query(collection, crowd[0])["ids"]
    began = time.monotonic()
    with pytest.raises(ChromaError, match="(?i)approv"):
        query(collection, crowd[0], 2000)
    assert time.monotonic() - began < 25
    assert len(query(direct, crowd[0], 2000)["ids"][0]) == 2000


class Service:
    """An approval service of the tests' own, that answers as it is told."""

    def __init__(self, status: int, body: bytes, delay: float = 0):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("content-length") or 0))
                time.sleep(delay)
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


NONSENSE = {
    "not JSON": (200, b"approved"),
    "an unknown word": (200, b'{"status":"sure","id":"1"}'),
    "no id": (200, b'{"status":"approved"}'),
    "an error": (500, b'{"status":"approved","id":"1"}'),
    "a redirection": (302, b'{"status":"approved","id":"1"}'),
    "nothing": (200, b""),
}


@pytest.mark.parametrize(("status", "body"), NONSENSE.values(), ids=NONSENSE.keys())
def test_an_approval_service_that_talks_nonsense_refuses(world, another_gateway, crowd, status, body):
    service = Service(status, body)
    policy = waiting_at_most("3s")
    policy["audit"]["required"] = False
    gateway = another_gateway(policy, name="nonsense", console=service.port)
    collection = world.client(gateway, ASSISTANT).get_collection("people", embedding_function=None)
    with pytest.raises(ChromaError):
        query(collection, crowd[0], 2000)
    service.stop()


def test_an_approval_service_that_is_slow_refuses(world, another_gateway, crowd):
    service = Service(200, b'{"status":"approved","id":"1"}', delay=30)
    policy = waiting_at_most("2s")
    policy["audit"]["required"] = False
    gateway = another_gateway(policy, name="slow", console=service.port)
    collection = world.client(gateway, ASSISTANT).get_collection("people", embedding_function=None)
    began = time.monotonic()
    with pytest.raises(ChromaError):
        query(collection, crowd[0], 2000)
    assert time.monotonic() - began < 10
    service.stop()


def test_the_console_comes_back(world, another_gateway, crowd):
    console = Console(world.directory, name="coming-and-going")
    # The gateway's secret is that of the first console.
    console._secret_file.write_text(world.console.secret)
    console.secret = world.console.secret
    console.stop()
    console.start()
    gateway = another_gateway(standard(), name="coming", console=console.port)
    collection = world.client(gateway, ASSISTANT).get_collection("people", embedding_function=None)
    assert query(collection, crowd[0])["ids"]
    console.stop()
    with pytest.raises((ChromaError, httpx.RemoteProtocolError)):  # refused, or cut off before its end
        query(collection, crowd[0])
    console.start()
    deadline = time.monotonic() + 15
    while True:
        try:
            assert query(collection, crowd[0])["ids"]
            break
        except Exception:
            assert time.monotonic() < deadline, "the gateway did not recover"
            time.sleep(0.5)
    assert not [e for e in console.entries() if e["broken"]]
    assert console.verify().returncode == 0
    console.stop()


def test_a_wrong_secret_is_no_way_to_approve(world):

    for headers in ({}, {"authorization": "Bearer guess"}, {"authorization": world.console.secret}):
        for path in ("/v1/approvals", "/v1/records"):
            answer = httpx.post(f"{world.console.url}{path}", headers=headers, json={})
            assert answer.status_code == 401


def test_the_database_is_down(world, another_gateway, crowd):
    gateway = another_gateway(standard(), name="no-database", database=free_port())
    path = "/api/v2/tenants/default_tenant/databases/default_database/collections/people"
    answer = world.http(gateway, ASSISTANT).get(path)
    assert answer.status_code == 503
    assert set(answer.json()) == {"error", "message"}
    with pytest.raises((ChromaError, ValueError)):
        world.client(gateway, ASSISTANT)


def test_the_databases_certificate_is_checked(world, another_gateway):
    """Made out to another name, or signed by another authority: no request reaches it."""

    def another_name(config: dict) -> None:
        database = config["static_resources"]["clusters"][0]["transport_socket"]["typed_config"]
        names = database["common_tls_context"]["validation_context"]["match_typed_subject_alt_names"]
        names[0]["matcher"]["exact"] = "other.internal"

    gateway = another_gateway(standard(), another_name, name="wrong-name")
    before = len(world.front.received())
    answer = world.http(gateway, ASSISTANT).get("/api/v2/heartbeat")
    assert answer.status_code == 503
    assert len(world.front.received()) == before


def test_a_client_that_goes_away_leaves_the_gateway_well(world, gateway, direct, crowd):

    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/query"
    before = gateway.stats("vm_reload")
    for wait in (0.001, 0.005, 0.02, 0.1):
        for count in (3, 2000):
            try:
                world.http(gateway, "svc:rag-hasty").post(
                    path, json={"query_embeddings": [crowd[0].embedding], "n_results": count}, timeout=wait
                )
            except httpx.TimeoutException:
                pass
    collection = world.client(gateway, ASSISTANT).get_collection("people", embedding_function=None)
    assert query(collection, crowd[0])["ids"]
    assert gateway.stats("vm_reload") == before


def test_a_new_policy_is_taken_over_and_a_bad_one_is_not(world, crowd):
    """Envoy's own hot way: a listener from a file that changes."""
    pytest.importorskip("yaml")
    import os

    import yaml

    from stage.envoy import Gateway, plugin

    folder = world.directory / "lds"
    folder.mkdir()
    listeners = folder / "listeners.yaml"

    def write(listener: dict) -> None:
        listener = {"@type": "type.googleapis.com/envoy.config.listener.v3.Listener", **listener}
        fresh = folder / "fresh.yaml"
        fresh.write_text(yaml.safe_dump({"resources": [listener]}, sort_keys=False))
        os.replace(fresh, listeners)

    def from_a_file(config: dict) -> None:
        (kept["listener"],) = config["static_resources"].pop("listeners")
        write(kept["listener"])
        config["dynamic_resources"] = {
            "lds_config": {"path_config_source": {"path": str(listeners)}, "resource_api_version": "V3"}
        }

    kept: dict = {}
    gateway: Gateway = world.gateway(standard(), from_a_file, name="reloaded")
    try:
        collection = world.client(gateway, ASSISTANT).get_collection("people", embedding_function=None)
        assert len(query(collection, crowd[0], 90)["ids"][0]) == 90

        def give(policy: dict) -> None:
            config = {"static_resources": {"listeners": [kept["listener"]]}}
            plugin(config)["configuration"]["value"] = json.dumps(policy)
            write(kept["listener"])

        tighter = standard()
        tighter["rules"][0]["top_k"]["max"] = 7
        give(tighter)
        _eventually(lambda: len(query(_open(world, gateway), crowd[0], 90)["ids"][0]) == 7)

        give(standard(rules=[{"nmae": "x"}]))
        _eventually(
            lambda: (
                gateway.stats("listener_manager.lds.update_rejected").get("listener_manager.lds.update_rejected", 0)
                >= 1
            )
        )
        assert "nmae" in gateway.log
        assert len(query(_open(world, gateway), crowd[0], 90)["ids"][0]) == 7
    finally:
        gateway.stop()


def _open(world, gateway):
    return world.client(gateway, ASSISTANT).get_collection("people", embedding_function=None)


def _eventually(holds, within: float = 15) -> None:
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_several_workers_agree(world, another_gateway, direct, crowd):
    gateway = another_gateway(standard(), name="workers", workers=2)
    path = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}/query"

    def ask(number: int) -> int:
        http = world.http(gateway, "svc:rag-workers")  # a connection of its own, so that both workers get some
        answer = http.post(path, json={"query_embeddings": [crowd[number].embedding], "n_results": 300})
        return len(answer.json()["ids"][0])

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(40))) == {100}
    entries = world.console.entries(identity="svc:rag-workers", limit=500)
    assert len(entries) == 40
    assert not [e for e in entries if e["broken"]]
