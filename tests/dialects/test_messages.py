"""The messages that the console reads and writes as JSON, held against the official clients that are installed.

A newer client with another field makes these fail; then `python -m dialects.messages` in tests/ writes the files anew. SKIP_MILVUS=1
leaves Milvus out.
"""

import os

import pytest

from dialects import messages

STALE = "run `python -m dialects.messages` in tests/ and look at what changed"


def test_qdrants_messages_are_those_of_its_client() -> None:
    for name, text in messages.of_qdrant().items():
        assert (messages.DIRECTORY / name).read_text() == text, f"{name}: {STALE}"


@pytest.mark.skipif(bool(os.environ.get("SKIP_MILVUS")), reason="SKIP_MILVUS is set")
def test_milvus_messages_are_those_of_its_clients() -> None:
    for name, text in messages.of_milvus().items():
        assert (messages.DIRECTORY / name).read_text() == text, f"{name}: {STALE}"
