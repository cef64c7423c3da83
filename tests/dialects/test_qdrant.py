"""What the Qdrant dialect assumes about the official clients, held against the ones that are installed.

A newer client with a new method, or one that sends something else, makes these fail; then the dialect's table and the
pairs that its own tests read must follow.
"""

import importlib
import json
import os
import pkgutil
import subprocess
from pathlib import Path

import grpc
import pytest
import qdrant_client.grpc
from qdrant_client import QdrantClient
from qdrant_client.common.client_exceptions import ResourceExhaustedResponse
from qdrant_client.http.exceptions import UnexpectedResponse

from dialects import qdrant_pairs
from dialects.qdrant_stub import REFUSAL, Stub, stub

TESTS = Path(__file__).parents[1]
METHODS = TESTS.parent / "filter/src/dialect/qdrant/tests/methods.txt"


def methods_of_the_client() -> set[str]:
    services = [
        service
        for module in pkgutil.iter_modules(qdrant_client.grpc.__path__)
        if module.name.endswith("_pb2")
        for service in importlib.import_module(f"qdrant_client.grpc.{module.name}").DESCRIPTOR.services_by_name.values()
    ]
    return {f"/{service.full_name}/{method.name}" for service in services for method in service.methods}


def test_every_method_of_the_client_has_a_row() -> None:
    known = {line for line in METHODS.read_text().splitlines() if line.startswith("/")}
    assert methods_of_the_client() - known == set()


def test_the_pairs_are_what_the_client_sends() -> None:
    kept = [json.loads(line) for line in qdrant_pairs.FILE.read_text().splitlines()]
    assert list(qdrant_pairs.pairs()) == kept, (
        "run `python -m dialects.qdrant_pairs` in tests/ and look at what changed"
    )


def client(kept: Stub, *, prefer_grpc: bool) -> QdrantClient:
    return QdrantClient(
        "127.0.0.1",
        port=kept.rest_port,
        grpc_port=kept.grpc_port,
        prefer_grpc=prefer_grpc,
        check_compatibility=False,
    )


@pytest.mark.parametrize("status", [400, 403, 404, 413, 503])
def test_python_over_rest_raises_with_the_reason_and_asks_once(status: int) -> None:
    with stub(http_status=status) as kept:
        with pytest.raises(UnexpectedResponse) as raised:
            client(kept, prefer_grpc=False).query_points("docs", query=[0.5])
        assert raised.value.status_code == status
        assert json.loads(raised.value.content)["status"]["error"] == REFUSAL
        assert len(kept.asked) == 1


def test_python_over_rest_tells_when_to_come_back() -> None:
    with stub(http_status=429, headers={"retry-after": "20"}) as kept:
        with pytest.raises(ResourceExhaustedResponse) as raised:
            client(kept, prefer_grpc=False).query_points("docs", query=[0.5])
        assert raised.value.retry_after_s == 20
        assert len(kept.asked) == 1


@pytest.mark.parametrize(
    "status",
    [
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.PERMISSION_DENIED,
        grpc.StatusCode.UNIMPLEMENTED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.UNAVAILABLE,
    ],
)
def test_python_over_grpc_raises_with_the_reason_and_asks_once(status: grpc.StatusCode) -> None:
    with stub(grpc_status=status) as kept:
        with pytest.raises(grpc.RpcError) as raised:
            client(kept, prefer_grpc=True).query_points("docs", query=[0.5])
        assert raised.value.code() is status
        assert raised.value.details() == REFUSAL
        assert len(kept.asked) == 1


NPM = {
    "rest": """
        import { QdrantClient } from '@qdrant/js-client-rest';
        const client = new QdrantClient({ host: '127.0.0.1', port: PORT, checkCompatibility: false });
        const call = () => client.query('docs', { query: [0.5] });
    """,
    "grpc": """
        import { QdrantClient } from '@qdrant/js-client-grpc';
        const client = new QdrantClient({ host: '127.0.0.1', port: PORT, checkCompatibility: false });
        const call = () => client.api('points').query({ collectionName: 'docs' });
    """,
}


@pytest.mark.parametrize("way", NPM)
def test_npm_raises_with_the_reason_and_asks_once(way: str) -> None:
    with stub() as kept:
        script = NPM[way].replace("PORT", str(kept.rest_port if way == "rest" else kept.grpc_port))
        tail = "try { await call(); } catch (e) { console.log(JSON.stringify([e.name, e.message, e.status ?? null, e.data ?? null])); }"
        run = subprocess.run(
            ["node", "--input-type=module", "--eval", script + tail + "process.exit(0);"],
            cwd=TESTS,
            env=os.environ,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        name, message, status, data = json.loads(run.stdout)
        assert len(kept.asked) == 1
    if way == "rest":
        assert (status, data["status"]["error"]) == (403, REFUSAL)
    else:
        assert (name, message) == ("ConnectError", f"[permission_denied] {REFUSAL}")
