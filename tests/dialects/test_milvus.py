"""What the Milvus dialect assumes about the official clients, held against the ones that are installed.

A newer client with a new method makes this fail; then the dialect's table must follow. SKIP_MILVUS=1 leaves it out.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from stage.milvus import PACKAGES, environment

METHODS = Path(__file__).parents[2] / "filter/src/dialect/milvus/tests/methods.txt"
TESTS = Path(__file__).parents[1]

_PYTHON = """
import importlib, json, pkgutil, warnings
warnings.simplefilter("ignore")
import pymilvus.grpc_gen as compiled
modules = [m.name for m in pkgutil.iter_modules(compiled.__path__) if m.name.endswith("_pb2")]
descriptors = [importlib.import_module(f"pymilvus.grpc_gen.{name}").DESCRIPTOR for name in modules]
services = [service for descriptor in descriptors for service in descriptor.services_by_name.values()]
print(json.dumps([f"/{s.full_name}/{m.name}" for s in services for m in s.methods]))
"""

_NPM = """
const { default: found } = await import('@zilliz/milvus2-sdk-node/dist/milvus/proto-json/milvus.js');
const methods = (space, path) => Object.entries(space.nested ?? {}).flatMap(([name, inner]) => [
  ...Object.keys(inner.methods ?? {}).map((method) => `/${path}${name}/${method}`),
  ...methods(inner, `${path}${name}.`),
]);
process.stdout.write(JSON.stringify(methods(found.default ?? found, '')));
"""

pytestmark = pytest.mark.skipif(bool(os.environ.get("SKIP_MILVUS")), reason="SKIP_MILVUS is set")


def without_a_row(said: str) -> set[str]:
    methods = json.loads(said.splitlines()[-1])
    assert "/milvus.proto.milvus.MilvusService/Search" in methods
    return set(methods) - set(METHODS.read_text().splitlines())


@pytest.mark.parametrize("generation", PACKAGES)
def test_every_method_of_the_python_client_has_a_row(generation: str) -> None:
    python = environment(generation) / "bin" / "python"
    said = subprocess.run([python, "-c", _PYTHON], check=True, capture_output=True, text=True).stdout
    assert without_a_row(said) == set()


def test_every_method_of_the_npm_client_has_a_row() -> None:
    command = ["node", "--input-type=module", "--eval", _NPM]
    said = subprocess.run(command, check=True, capture_output=True, text=True, cwd=TESTS).stdout
    assert without_a_row(said) == set()


def test_a_method_without_a_row_is_found() -> None:
    methods = ["/milvus.proto.milvus.MilvusService/Search", "/milvus.proto.milvus.MilvusService/Everything"]
    assert without_a_row(json.dumps(methods)) == set(methods[1:])
