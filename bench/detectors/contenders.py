"""Ours, and who it is measured beside."""

import hashlib
import json
import logging
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NATIVE = [os.environ["DETECT"]]
IN_VM = [
    "node",
    "--no-warnings",
    ROOT / "bench" / "detectors" / "wasi.mjs",
    ROOT / "target" / "wasm32-wasip1" / "release" / "examples" / "detect.wasm",
]

Hits = list[list[tuple[str, int, int]]]

# Their words for our kinds.
_KINDS = {
    "EMAIL_ADDRESS": "email",
    "CREDIT_CARD": "card",
    "IBAN_CODE": "iban",
    "US_SSN": "ssn",
    "IP_ADDRESS": "ip",
    "PHONE_NUMBER": "phone",
}


def _ours(command: list, texts: list[str], *options: str) -> str:
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    return subprocess.run([*command, *options], input=lines, capture_output=True, text=True, check=True).stdout


def ours(texts: list[str]) -> Hits:
    """What the filter's detectors find."""
    return [[tuple(hit) for hit in json.loads(line)] for line in _ours(NATIVE, texts).splitlines()]


def seconds(command: list, texts: list[str]) -> float:
    """What the search takes."""
    return float(_ours(command, texts, "--time"))


def answer_seconds(command: list, answer: str) -> float:
    """What masking a whole answer takes, in chunks."""
    run = subprocess.run([*command, "--answer"], input=answer, capture_output=True, text=True, check=True)
    return float(run.stdout)


def cuts(texts: list[str]) -> tuple[int, int]:
    """How often the texts can be cut, and how many of the cuts change what is masked."""
    made, different = _ours(NATIVE, texts, "--cut").split()
    return int(made), int(different)


def _presidio() -> Callable[[str], list[tuple[str, int, int]]]:
    """Presidio's patterns; names and places are not attempted."""
    logging.disable(logging.WARNING)
    import tldextract

    # The list of suffixes that it brings along: it would ask the network for a newer one.
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=())
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NoOpNlpEngine

    engine = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "none"}])
    engine.load()
    analyzer = AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])

    def find(text: str) -> list[tuple[str, int, int]]:
        hits = analyzer.analyze(text, language="en", entities=list(_KINDS), score_threshold=0.4)
        return [(_KINDS[hit.entity_type], hit.start, hit.end) for hit in hits]

    return find


def _presidio_rs() -> Callable[[str], list[tuple[str, int, int]]]:
    """The port to Rust."""
    import presidio_rs

    def find(text: str) -> list[tuple[str, int, int]]:
        hits = presidio_rs.analyze(text, entities=list(_KINDS), score_threshold=0.4)
        return [(_KINDS[hit["entity_type"]], hit["start"], hit["end"]) for hit in hits]

    return find


# By name: how each is made, its package, and how many sentences and rows it gets: the first ones.
PEERS = {
    "Presidio, patterns only": (_presidio, "presidio-analyzer", 2_000, 1_000),
    "presidio-rs": (_presidio_rs, "presidio-rs", 400, 300),
}


def peer(name: str, version: str, texts: list[str]) -> tuple[Hits, float]:
    """What another finds, and the processor's seconds that it took. Kept for the next time: they are slow."""
    make, package, *_ = PEERS[name]
    key = hashlib.sha256(json.dumps([package, version, texts]).encode()).hexdigest()[:16]
    kept = ROOT / ".cache" / "detectors" / f"{package}-{key}.json"
    if not kept.exists():
        find = make()
        began = time.process_time()
        found = [find(text) for text in texts]
        kept.write_text(json.dumps([found, time.process_time() - began]))
    found, spent = json.loads(kept.read_text())
    return [[tuple(hit) for hit in hits] for hits in found], spent
