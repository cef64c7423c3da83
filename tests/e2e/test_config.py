"""`vectorgate config`: configuration with a policy inside, that Envoy takes and that says what the policy says."""

import json
import subprocess

import pytest
import yaml

from policies import standard
from stage.console import BINARY
from stage.envoy import plugin, validate


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
