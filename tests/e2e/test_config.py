"""`vectorgate config`: configuration with a policy inside, that Envoy takes and that says what the policy says."""

import json
import subprocess
from copy import deepcopy

import pytest
import yaml

from policies import standard
from stage.console import BINARY
from stage.envoy import MODULE, http_filters, plugin, validate
from stage.processes import ROOT


@pytest.fixture
def config(tmp_path):
    def run(policy: dict, shape: str, *arguments: str) -> subprocess.CompletedProcess:
        path = tmp_path / "policy.yaml"
        path.write_text(yaml.safe_dump(policy))
        return subprocess.run(
            [str(BINARY), "config", "--policy", str(path), "--for", shape, *arguments], capture_output=True, text=True
        )

    return run


def documents(said: subprocess.CompletedProcess) -> dict[str, dict]:
    assert said.returncode == 0, said.stderr
    return {f"{d['kind']}/{d['metadata']['name']}": d for d in yaml.safe_load_all(said.stdout)}


def test_a_plain_envoy_takes_it(config, world):
    made = yaml.safe_load(config(standard(), "envoy").stdout.replace("/etc/vectorgate/", f"{world.files.directory}/"))
    assert json.loads(plugin(made)["configuration"]["value"]) == standard()
    said = validate(made, world.directory)
    assert said.returncode == 0, said.stderr[-2000:]


@pytest.mark.parametrize("shape", ["istio-sidecar", "istio-gateway"])
def test_in_istio_the_clusters_are_istios(config, shape):
    made = documents(config(standard(), shape))
    (extension,) = [
        p for p in made["EnvoyFilter/vectorgate"]["spec"]["configPatches"] if p["applyTo"] == "EXTENSION_CONFIG"
    ]
    policy = json.loads(extension["patch"]["value"]["typed_config"]["config"]["configuration"]["value"])
    assert policy["rules"] == standard()["rules"]
    host = "vectorgate-console.vectordb.svc.cluster.local"
    for section in ("approval", "audit"):
        assert policy[section] == {**standard()[section], "cluster": f"outbound|8400||{host}", "authority": host}


def as_one_envoy(filters: dict, world) -> dict:
    """The values of the EnvoyFilter's patches, where `envoy --mode validate` can see them: it knows each field, istiod does not."""
    made = yaml.safe_load((ROOT / "envoy" / "standalone.yaml").read_text())
    chain = [f for f in http_filters(made) if f["name"] != "vectorgate"]
    clusters = made["static_resources"]["clusters"]
    for patch in filters["spec"]["configPatches"]:
        value, match = patch["patch"]["value"], patch["applyTo"]
        if match == "EXTENSION_CONFIG":
            value["typed_config"]["config"]["vm_config"]["code"]["local"]["filename"] = str(MODULE)
            chain.insert(-1, {"name": "vectorgate", "typed_config": value["typed_config"]})
        elif match == "HTTP_FILTER" and "typed_config" in value:
            chain.insert(-1, value)
        elif match == "HTTP_FILTER":
            own = {"path_config_source": {"path": str(world.directory / "extensions-of-nobody.yaml")}}
            chain.insert(
                -1, {"name": "vectorgate-2", "config_discovery": {**value["config_discovery"], "config_source": own}}
            )
        elif match == "CLUSTER" and patch["patch"]["operation"] == "ADD":
            clusters.append(value)
        elif match == "CLUSTER":
            clusters[-1]["typed_extension_protocol_options"] = value["typed_extension_protocol_options"]
        elif match == "LISTENER":
            made["static_resources"]["listeners"][0].update(value)
    http_filters(made)[:] = chain
    (world.directory / "extensions-of-nobody.yaml").write_text("resources: []\n")
    text = yaml.safe_dump(made).replace("/etc/vectorgate/credentials/", f"{world.files.directory}/secrets/")
    text = text.replace("/etc/vectorgate/credentials", f"{world.files.directory}/secrets")
    return yaml.safe_load(text.replace("/etc/vectorgate/", f"{world.files.directory}/"))


@pytest.mark.parametrize("shape", ["istio-sidecar", "istio-gateway"])
def test_envoy_knows_every_field_of_the_patches(config, world, shape):
    made = documents(config(standard(), shape))["EnvoyFilter/vectorgate"]
    said = validate(as_one_envoy(deepcopy(made), world), world.directory)
    assert said.returncode == 0, said.stderr[-2000:]
    # The control: the misspelling that a mesh would swallow.
    misspelt = yaml.safe_load(yaml.safe_dump(made).replace("failure_policy", "faliure_policy"))
    said = validate(as_one_envoy(misspelt, world), world.directory)
    assert said.returncode != 0 and "faliure_policy" in said.stderr


def test_check_reads_what_config_writes(config, tmp_path):
    path = tmp_path / "written.yaml"
    module = tmp_path / "vectorgate.wasm"
    module.write_bytes(b"a module")
    path.write_text(config(standard(), "istio-sidecar", "--module", str(module)).stdout)
    said = subprocess.run([str(BINARY), "check", str(path)], capture_output=True, text=True)
    assert said.returncode == 0, said.stdout
    path.write_text(path.read_text().replace("failure_policy: FAIL_RELOAD", "failure_policy: FAIL_OPEN"))
    said = subprocess.run([str(BINARY), "check", str(path)], capture_output=True, text=True)
    assert said.returncode == 1 and "everything passes" in said.stdout


def test_names_labels_and_ports_are_put_in_everywhere(config, tmp_path):
    module = tmp_path / "vectorgate.wasm"
    module.write_bytes(b"a module")
    said = config(
        standard(),
        "istio-sidecar",
        "--namespace",
        "search",
        "--label",
        "role=vectors",
        "--port",
        "6333",
        "--module",
        str(module),
    )
    made = documents(said)
    assert "vectordb" not in said.stdout and "8000" not in said.stdout and "app: chroma" not in said.stdout
    assert "vectorgate-000000000000" not in said.stdout
    spec = made["EnvoyFilter/vectorgate"]["spec"]
    assert spec["workloadSelector"] == {"labels": {"role": "vectors"}}
    ports = {
        p["match"]["listener"]["filterChain"].get("destinationPort")
        for p in spec["configPatches"]
        if p["applyTo"] == "HTTP_FILTER"
    }
    assert ports == {6333, None}
    assert all(o["metadata"]["namespace"] == "search" for o in made.values())


def test_a_waypoint_cannot_carry_the_consoles_secret(config):
    said = config(standard(), "istio-waypoint")
    assert said.returncode == 2
    assert "cannot carry the console's secret" in said.stderr
    policy = {k: v for k, v in standard().items() if k not in ("approval", "audit")}
    policy["rules"] = [r for r in policy["rules"] if r["name"] == "support-reads"]
    made = documents(config(policy, "istio-waypoint"))
    written = made["WasmPlugin/vectorgate"]["spec"]["pluginConfig"]
    assert written["host"] == {"hold_headers": False}
    assert written["lookup"]["cluster"].startswith("inbound-vip|8000|http|")


def test_a_policy_with_a_mistake_is_not_written(config):
    said = config(standard(rulez=[]), "envoy")
    assert (said.returncode, said.stdout) == (1, "")
    assert "rulez" in said.stderr


def test_compose_has_the_console_where_envoy_looks_for_it():
    compose = yaml.safe_load((ROOT / "compose.yaml").read_text())
    console = compose["services"]["console"]
    listens = next(word for word in console["command"] if word.startswith("--listen=")).rpartition(":")[2]
    envoy = yaml.safe_load((ROOT / "envoy/standalone.yaml").read_text())
    cluster = next(c for c in envoy["static_resources"]["clusters"] if c["name"] == "console")
    (place,) = cluster["load_assignment"]["endpoints"][0]["lb_endpoints"]
    address = place["endpoint"]["address"]["socket_address"]
    assert address == {"address": "127.0.0.1", "port_value": int(listens)}
    assert console["network_mode"] == "service:envoy"
    pages = f"127.0.0.1:{listens}:{listens}"
    assert pages in compose["services"]["envoy"]["ports"]
    assert f"http://localhost:{listens}" in console["environment"]["VECTORGATE_PUBLIC_URL"]
