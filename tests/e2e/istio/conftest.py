"""Envoys with the configuration that istiod's own code made."""

import pytest

from policies import standard
from stage import mesh
from stage.people import COLLECTION


@pytest.fixture(scope="session")
def istiod():
    """The configurations, made anew."""
    if reason := mesh.why_not():
        pytest.skip(reason)
    mesh.generate()


@pytest.fixture(scope="session")
def proxies(world, istiod):
    """Starts the Envoy of a case, with the standard policy unless told otherwise."""
    started: list[mesh.Proxy] = []

    def start(case: str, policy: dict | None = None, **more: object) -> mesh.Proxy:
        started.append(mesh.Proxy(world, case, policy or standard(), **more))
        return started[-1]

    yield start
    for proxy in started:
        proxy.stop()


@pytest.fixture(scope="session")
def collection_path(direct) -> str:
    return f"/api/v2/tenants/default_tenant/databases/default_database/collections/{direct.id}"


@pytest.fixture(scope="session")
def collection_name() -> str:
    return COLLECTION
