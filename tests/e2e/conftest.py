"""The world of a test run, and what is shown of it when a test fails."""

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from policies import standard  # noqa: E402
from stage.envoy import Gateway  # noqa: E402
from stage.people import COLLECTION, Person, load, people  # noqa: E402
from stage.world import World  # noqa: E402


@pytest.fixture(scope="session")
def world():
    made = World()
    load(made.direct(), people())
    yield made
    made.close()


@pytest.fixture(scope="session")
def crowd() -> list[Person]:
    """Whom the collection `people` holds."""
    return people()


@pytest.fixture(scope="session")
def gateway(world: World) -> Gateway:
    """Envoy with the standard policy."""
    return world.gateway(standard(), workers=1)


@pytest.fixture(scope="session")
def control(world: World) -> Gateway:
    """The same Envoy without the filter."""
    return world.control_gateway()


@pytest.fixture
def another_gateway(world: World):
    """Starts Envoys of a test's own, and ends them with it."""
    started: list[Gateway] = []

    def start(*args: object, **named: object) -> Gateway:
        started.append(world.gateway(*args, **named))
        return started[-1]

    yield start
    for one in started:
        one.stop()


@pytest.fixture
def interposer(world: World):
    """A database that misbehaves as it is told."""
    made = world.interposer()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def direct(world: World):
    """The control: the collection as it is, around everything."""
    return world.direct().get_collection(COLLECTION, embedding_function=None)


@pytest.fixture
def guests(world: World, gateway: Gateway):
    """`guests("svc:rag-assistant")` is the collection as that identity sees it through the gateway."""

    def seen_by(identity: str, *groups: str, through: Gateway = gateway):
        return world.client(through, identity, groups).get_collection(COLLECTION, embedding_function=None)

    return seen_by


@pytest.fixture
def recorded(world: World):
    """The newest record of an identity's requests to a path that ends so. Where it need not be accepted (`required: false`, or
    observing), it comes a moment after the answer."""

    def newest(identity: str, path_ends_with: str = "") -> dict:
        deadline = time.monotonic() + 3
        while True:
            found = world.console.records(identity=identity)
            fitting = [r for r in found if r["request"]["path"].split("?")[0].endswith(path_ends_with)]
            if fitting or time.monotonic() > deadline:
                break
            time.sleep(0.05)
        assert fitting, f"no record of {identity} at …{path_ends_with}; there are {[r['request'] for r in found]}"
        return fitting[0]

    return newest


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log):
    """Where several tests run at a time (pytest-xdist), those of a file stay together, for they share what they start, and so do all
    of Milvus': two servers of Milvus 2.3 cannot stand beside each other on a machine."""
    from xdist.scheduler import LoadFileScheduling

    class Together(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "milvus" if "milvus" in nodeid else super()._split_scope(nodeid)

    return Together(config, log)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_setup(item: pytest.Item):
    """Remember how much every part had said before the test."""
    made = _world_of(item)
    item.said_before = made.logs() if made else {}
    yield


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo):
    """Show what every part said during a test that failed."""
    outcome = yield
    report = outcome.get_result()
    made = _world_of(item)
    if report.failed and made:
        for name in made.logs():
            with open(name, "rb") as file:
                file.seek(item.said_before.get(name, 0))
                said = file.read().decode(errors="replace")
            if said.strip():
                report.sections.append((f"{Path(name).stem} said", said[-6000:]))


_worlds: list[World] = []


def _world_of(item: pytest.Item) -> World | None:
    if "world" in getattr(item, "funcargs", {}) and item.funcargs["world"] not in _worlds:
        _worlds.append(item.funcargs["world"])
    return _worlds[0] if _worlds else None
