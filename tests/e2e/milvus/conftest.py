"""Real Milvus of two generations with the same people in each, and an Envoy before each.

SKIP_MILVUS=1 leaves all of it out.
"""

import os

import pytest

from milvus.people import LOAD, LOAD_2_3, POLICY
from stage.envoy import QDRANT, without_filter
from stage.milvus import Server, in_front_of_milvus

GENERATIONS = {"2.3": LOAD_2_3, "3.0": LOAD}


@pytest.fixture(scope="package", autouse=True)
def wanted():
    if os.environ.get("SKIP_MILVUS"):
        pytest.skip("SKIP_MILVUS is set")


@pytest.fixture(scope="package")
def servers(world, wanted):
    started = {}
    for generation, load in GENERATIONS.items():
        started[generation] = Server(generation, world.directory)
        started[generation].direct(load)
    yield started
    for server in started.values():
        server.stop()


def before_each(world, servers, policy, *changes, name):
    return {
        generation: world.gateway(
            policy,
            in_front_of_milvus,
            *changes,
            database=server.port,
            grpc=server.port,
            template=QDRANT,
            name=f"{name}-{generation}",
        )
        for generation, server in servers.items()
    }


@pytest.fixture(scope="package")
def gateways(world, servers):
    started = before_each(world, servers, POLICY, name="milvus")
    yield started
    for gateway in started.values():
        gateway.stop()


@pytest.fixture(scope="package")
def open_doors(world, servers):
    """The same Envoys without the filter."""
    started = before_each(world, servers, {}, without_filter, name="milvus-control")
    yield started
    for gateway in started.values():
        gateway.stop()


@pytest.fixture(scope="package")
def person(world):
    """Who answers approvals."""
    return world.console.person()
