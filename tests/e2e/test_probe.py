"""`vectorgate probe`: it says that the guard is there where it is, and why it is not where it is not."""

import socket
import subprocess

import pytest

from policies import ASSISTANT, STRANGER, standard
from stage.console import BINARY
from stage.envoy import http_filters
from stage.processes import free_port


@pytest.fixture
def probe(world):
    def run(*arguments: object, identity: str | None = ASSISTANT, patience: int = 10) -> subprocess.CompletedProcess:
        command = [
            BINARY,
            "probe",
            "--database",
            "chroma",
            "--ca",
            world.authority.certificate,
            "--timeout",
            patience,
            *arguments,
        ]
        env = {"VECTORGATE_PROBE_TOKEN": world.token(identity)} if identity else {}
        return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=120, env=env)

    return run


def test_where_the_guard_is_all_is_right(probe, gateway):
    said = probe("--url", gateway.url)
    assert said.returncode == 0, said.stdout
    assert "5 as they must be, 0 not, 0 left out" in said.stdout


def test_without_a_token_the_rest_is_left_out_and_said_so(probe, gateway):
    said = probe("--url", gateway.url, identity=None)
    assert said.returncode == 0, said.stdout
    assert "3 as they must be, 0 not, 2 left out" in said.stdout


def test_where_the_filter_is_missing_it_says_what_came_through_and_why(probe, control):
    said = probe("--url", control.url)
    assert said.returncode == 1
    assert "WRONG a path that is none, by one who is known" in said.stdout
    assert "the patch matches nothing" in said.stdout


def test_the_database_itself_is_no_guard(probe, world):
    said = probe("--url", world.chroma.url)
    assert said.returncode == 1
    assert "WRONG nobody lists collections: answered 200" in said.stdout


def test_an_unguarded_twin_is_found(probe, gateway, world):
    said = probe("--url", gateway.url, "--twin", world.chroma.url)
    assert said.returncode == 1
    assert "WRONG the database around the guard: answered 200" in said.stdout
    assert "This address leads around the guard" in said.stdout
    # Where there is nothing, or a refusal, there is no way round.
    closed = f"http://127.0.0.1:{free_port()}"
    assert probe("--url", gateway.url, "--twin", closed, "--twin", gateway.url).returncode == 0


def test_a_mode_that_only_observes_is_found(probe, another_gateway):
    said = probe("--url", another_gateway(standard(mode="observe")).url)
    assert said.returncode == 1
    assert "mode: observe" in said.stdout


def test_a_token_that_is_not_accepted(probe, gateway, world):
    command = [
        BINARY,
        "probe",
        "--database",
        "chroma",
        "--ca",
        world.authority.certificate,
        "--url",
        gateway.url,
        "--token",
        "not.a.token",
    ]
    said = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=60)
    assert said.returncode == 1
    assert "The token is not accepted" in said.stdout


def test_a_filter_that_could_not_start(probe, another_gateway):
    """As in a mesh: what stands in the filter's place denies everything."""

    def denying(config: dict) -> None:
        filters = http_filters(config)
        rbac = {
            "name": "vectorgate",
            "typed_config": {"@type": "type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC", "rules": {}},
        }
        filters[:] = [rbac if f["name"] == "vectorgate" else f for f in filters]

    said = probe("--url", another_gateway({}, denying).url)
    assert said.returncode == 1
    assert "the filter could not start" in said.stdout


def test_a_host_that_keeps_the_body_back(probe):
    """What listens and never answers is not taken for a guard."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = probe("--url", f"http://127.0.0.1:{silent.getsockname()[1]}", patience=1)
    assert said.returncode == 1
    assert "allow_on_headers_stop_iteration" in said.stdout


def test_nobody_there(probe):
    said = probe("--url", f"http://127.0.0.1:{free_port()}")
    assert said.returncode == 1
    assert "There is no way to this address" in said.stdout


def test_the_stranger_may_make_the_call_that_everyone_may(probe, gateway):
    assert probe("--url", gateway.url, identity=STRANGER).returncode == 0
