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

_LIST = """
import json, warnings
warnings.simplefilter("ignore")
from pymilvus.grpc_gen import milvus_pb2
services = milvus_pb2.DESCRIPTOR.services_by_name.values()
print(json.dumps([f"/{s.full_name}/{m.name}" for s in services for m in s.methods]))
"""


@pytest.mark.skipif(bool(os.environ.get("SKIP_MILVUS")), reason="SKIP_MILVUS is set")
@pytest.mark.parametrize("generation", PACKAGES)
def test_every_method_of_the_client_has_a_row(generation: str) -> None:
    python = environment(generation) / "bin" / "python"
    said = subprocess.run([python, "-c", _LIST], check=True, capture_output=True, text=True).stdout
    known = set(METHODS.read_text().splitlines())
    assert set(json.loads(said.splitlines()[-1])) - known == set()
