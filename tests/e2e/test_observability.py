"""Statistics in a real Prometheus, and the summary of each request in an OpenTelemetry collector."""

import json
import shutil
import time

import httpx
import pytest
import yaml
from chromadb.errors import ChromaError

from policies import ASSISTANT, STRANGER, standard
from stage.collector import Collector
from stage.processes import ROOT, Process, free_port, wait_until

FILES = ROOT / "envoy" / "observability"


@pytest.fixture(scope="module")
def prometheus(world, gateway):
    """Prometheus, scraping the gateway."""
    if shutil.which("prometheus") is None:
        pytest.skip("missing: prometheus (on Debian: apt-get install prometheus)")
    port, home = free_port(), world.directory / "prometheus"
    home.mkdir()
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(FILES / "alerts.yaml")],
        "scrape_configs": [
            {
                "job_name": "envoy",
                "metrics_path": "/stats/prometheus",
                "static_configs": [{"targets": [f"127.0.0.1:{gateway.admin_port}"]}],
            }
        ],
    }
    (home / "prometheus.yml").write_text(yaml.safe_dump(config))
    process = Process(
        "prometheus",
        ["prometheus", f"--config.file={home}/prometheus.yml", f"--storage.tsdb.path={home}/data"]
        + [f"--web.listen-address=127.0.0.1:{port}"],
        log=world.directory / "logs" / "prometheus.log",
    )
    made = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10)
    wait_until(lambda: made.get("/-/ready").is_success, what="Prometheus is ready", process=process)
    yield made
    process.stop()


def ask(prometheus: httpx.Client, query: str) -> list[dict]:
    answer = prometheus.get("/api/v1/query", params={"query": query}).json()
    assert answer["status"] == "success", (query, answer)
    return answer["data"]["result"]


@pytest.fixture(scope="module")
def traffic(prometheus, guests_of_module):
    """Some of everything, over a few scrapes."""
    people, crowd = guests_of_module
    for _ in range(4):
        people(ASSISTANT).query(query_embeddings=[crowd[0].embedding], n_results=5)
        people(ASSISTANT).query(query_embeddings=[crowd[0].embedding], n_results=300)
        with pytest.raises(ChromaError):
            people(ASSISTANT).get()
        time.sleep(1.5)


@pytest.fixture(scope="module")
def guests_of_module(world, gateway, crowd):
    def seen_by(identity: str):
        return world.client(gateway, identity).get_collection("people", embedding_function=None)

    return seen_by, crowd


def here(query: str) -> str:
    """A panel's query for a run of seconds: of every Envoy, and with points of every second."""
    query = query.replace("$instance", ".+").replace("$database", ".+")
    return query.replace(":30s]", ":1s]").replace(":1m]", ":1s]")


# What a quiet run does not have: nothing was held, refused by the recorder, trapped or rejected.
QUIET = {"Waiting for a human", "Approvals by outcome", "Traps"}


def test_every_panel_of_the_dashboard_shows_something(prometheus, traffic):
    dashboard = json.loads((FILES / "dashboard.json").read_text())
    for panel in dashboard["panels"]:
        queries = [here(target["expr"]) for target in panel["targets"]]
        if panel["title"] in QUIET:
            for query in queries:
                ask(prometheus, query)
            continue
        wait_until(
            lambda queries=queries: any(ask(prometheus, q) for q in queries), what=f"{panel['title']} shows something"
        )


def test_decisions_are_told_by_operation_and_verdict(prometheus, traffic):
    dashboard = json.loads((FILES / "dashboard.json").read_text())
    panels = {p["title"]: here(p["targets"][0]["expr"]) for p in dashboard["panels"]}
    verdicts = {r["metric"].get("verdict") for r in ask(prometheus, panels["Decisions by verdict"])}
    assert {"allow", "clamp", "deny"} <= verdicts
    operations = {r["metric"].get("operation") for r in ask(prometheus, panels["Decisions by operation"])}
    assert {"search", "list", "describe"} <= operations


def test_the_alert_rules_load_and_none_is_in_error(prometheus, traffic):
    groups = prometheus.get("/api/v1/rules").json()["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) >= 9
    wait_until(
        lambda: all(r["health"] == "ok" for r in prometheus.get("/api/v1/rules").json()["data"]["groups"][0]["rules"]),
        what="every rule was evaluated",
    )
    assert "VectorgateNotThere" not in {r["name"] for r in rules if r["state"] == "firing"}


@pytest.fixture
def collected(world, another_gateway):
    """A gateway that logs to a collector, and what the collector got."""
    collector = Collector(world.directory)

    def otlp(config: dict) -> None:
        listener = config["static_resources"]["listeners"][0]
        manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
        manager["access_log"].append(yaml.safe_load((FILES / "otlp.yaml").read_text()))
        config["static_resources"]["clusters"].append(
            {
                "name": "otel",
                "type": "STATIC",
                "load_assignment": {
                    "cluster_name": "otel",
                    "endpoints": [
                        {
                            "lb_endpoints": [
                                {
                                    "endpoint": {
                                        "address": {
                                            "socket_address": {"address": "127.0.0.1", "port_value": collector.port}
                                        }
                                    }
                                }
                            ]
                        }
                    ],
                },
                "typed_extension_protocol_options": {
                    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                        "explicit_http_config": {"http2_protocol_options": {}},
                    }
                },
            }
        )

    yield another_gateway(standard(), otlp, name="otlp"), collector
    collector.stop()


def test_the_collector_gets_each_requests_summary(world, collected, guests, crowd):
    gateway, collector = collected
    guests(ASSISTANT, through=gateway).query(query_embeddings=[crowd[0].embedding], n_results=500)
    world.http(gateway, STRANGER).get("/api/v2/tenants/default_tenant/databases/default_database/collections")
    got = wait_until(
        lambda: (logs := collector.received()) and any("verdict=deny" in body for body, _ in logs) and logs,
        what="the collector has the refusal",
        within=15,
    )
    (search,) = [(body, a) for body, a in got if a["url.path"].endswith("/query")]
    body, attributes = search
    assert "verdict=clamp" in body and f"identity={ASSISTANT}" in body and "returned=100" in body
    assert attributes["db.system.name"] == "chroma"
    assert attributes["http.request.method"] == "POST"
    assert crowd[0].email not in str(got)


def test_the_collector_gets_the_conventions_names(collected, guests, crowd):
    gateway, collector = collected
    guests(ASSISTANT, through=gateway).query(query_embeddings=[crowd[0].embedding], n_results=500)
    got = wait_until(
        lambda: [a for _, a in collector.received() if a["url.path"].endswith("/query")], what="the log", within=15
    )
    assert got[0]["db.operation.name"] == "search"
    assert got[0]["db.collection.name"] == "people"
    assert got[0]["vectorgate.verdict"] == "clamp"
    assert got[0]["vectorgate.rule"] == "rag-reads"
    assert got[0]["vectorgate.identity"] == ASSISTANT
