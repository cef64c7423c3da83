"""A first rollout that cannot fail open, and the ones after it."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from policies import ASSISTANT, ENGINEER, ENGINEERS, standard
from stage.envoy import MODULE
from stage.processes import wait_until


@pytest.fixture
def ask(world, collection_path, crowd):
    def asking(proxy, limit: int = 500) -> httpx.Response:
        return httpx.post(
            f"http://127.0.0.1:{proxy.port}{collection_path}/query",
            json={"query_embeddings": [crowd[0].embedding], "n_results": limit, "include": []},
            headers={"x-chroma-token": world.token(ASSISTANT)},
            timeout=20,
        )

    return asking


def deeper(max_depth: int) -> dict:
    policy = standard()
    policy["rules"][0]["top_k"]["max"] = max_depth
    return policy


def returned(answer: httpx.Response) -> int:
    assert answer.status_code == 200, answer.text
    return len(answer.json()["ids"][0])


@pytest.mark.parametrize("broken", ["no module", "a policy with a mistake", "a module that is none"])
def test_where_the_filter_cannot_start_nobody_passes(proxies, ask, tmp_path, broken):
    module, policy = MODULE, standard()
    if broken == "no module":
        module = tmp_path / "vectorgate-missing.wasm"
    elif broken == "a module that is none":
        module = tmp_path / "vectorgate-garbage.wasm"
        module.write_bytes(b"\x00asm garbage")
    else:
        policy = standard(rulez=[])
    proxy = proxies("sidecar-permissive", policy, module=module)
    time.sleep(1)
    assert ask(proxy).status_code == 403
    # And once the mistake is mended, without a restart:
    proxy.write_filter(standard())
    wait_until(lambda: ask(proxy).status_code == 200, what="the mended filter answers", process=proxy.process)


def test_a_changed_policy_takes_effect_and_keeps_connections(proxies, ask, world, collection_path, crowd):
    proxy = proxies("sidecar-permissive")
    proxy.wait_for_filter()
    with httpx.Client(base_url=f"http://127.0.0.1:{proxy.port}", timeout=20) as kept:
        headers = {"x-chroma-token": world.token(ASSISTANT)}
        body = {"query_embeddings": [crowd[0].embedding], "n_results": 500, "include": []}
        assert len(kept.post(f"{collection_path}/query", json=body, headers=headers).json()["ids"][0]) == 100
        connections = proxy.stats("downstream_cx_total")
        proxy.write_filter(deeper(20))
        wait_until(lambda: returned(ask(proxy)) == 20, what="the new depth is in force", process=proxy.process)
        before = sum(v for n, v in proxy.stats("downstream_cx_destroy_local$").items() if "inbound" in n)
        assert len(kept.post(f"{collection_path}/query", json=body, headers=headers).json()["ids"][0]) == 20
        assert before == 0 and connections, "the proxy ended connections of its own"


def test_a_held_request_outlives_a_changed_policy(proxies, world, collection_path):
    proxy = proxies("sidecar-permissive")
    proxy.wait_for_filter()
    headers = {"x-chroma-token": world.token(ENGINEER, (ENGINEERS,))}
    url = f"http://127.0.0.1:{proxy.port}{collection_path}/get"
    person = world.console.person()
    known = set(person.waiting())
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(httpx.post, url, json={"limit": 7, "include": []}, headers=headers, timeout=30)
        (approval,) = wait_until(
            lambda: set(person.waiting()) - known, what="the request waits for a human", process=proxy.process
        )
        proxy.write_filter(deeper(60))
        proxy.wait_for_filter(updates=2)
        assert not held.done(), "it was dropped"
        person.decide(approval, "approve", "a test")
        answer = held.result()
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["ids"]) == 7


def test_a_mistaken_policy_leaves_the_old_one_serving_and_says_so(proxies, ask):
    proxy = proxies("sidecar-permissive", deeper(30))
    proxy.wait_for_filter()
    assert returned(ask(proxy)) == 30
    proxy.write_filter(standard(rulez=[]))
    wait_until(
        lambda: any(
            v
            for n, v in proxy.stats("extension_config_discovery").items()
            if n.endswith("config_fail") or n.endswith("update_rejected")
        ),
        what="the refusal is counted",
        process=proxy.process,
    )
    assert returned(ask(proxy)) == 30
    assert "rulez" in proxy.process.log.text()


def test_a_new_module_under_a_new_name_takes_over(proxies, ask, tmp_path):
    proxy = proxies("sidecar-permissive", deeper(40))
    proxy.wait_for_filter()
    assert returned(ask(proxy)) == 40
    fresh = tmp_path / "vectorgate-0123456789ab.wasm"
    # The same code with a custom section more: another module to Envoy.
    fresh.write_bytes(MODULE.read_bytes() + bytes([0, 5, 4]) + b"next")
    proxy.write_filter(deeper(50), module=fresh)
    wait_until(lambda: returned(ask(proxy)) == 50, what="the new module answers", process=proxy.process)


def test_a_proxy_without_the_new_module_keeps_the_one_before(proxies, ask, tmp_path):
    # A pod that started before the new module was there to be unpacked, while the configuration names it already.
    proxy = proxies("sidecar-permissive", deeper(30))
    proxy.wait_for_filter()
    assert returned(ask(proxy)) == 30
    proxy.write_filter(deeper(50), module=tmp_path / "vectorgate-0123456789ab.wasm")
    wait_until(
        lambda: any(
            v
            for n, v in proxy.stats("extension_config_discovery").items()
            if n.endswith("config_fail") or n.endswith("update_rejected")
        ),
        what="the refusal is counted",
        process=proxy.process,
    )
    assert returned(ask(proxy)) == 30
