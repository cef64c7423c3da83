"""Ours, and who it is measured beside."""

import json
import logging
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = ROOT / "target" / "counted" / "examples" / "detect"

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


def ours(texts: list[str]) -> tuple[Hits, float]:
    """What the filter's detectors find, and the seconds that they took."""
    lines = "".join(json.dumps(text) + "\n" for text in texts)
    found = subprocess.run([OURS], input=lines, capture_output=True, text=True, check=True).stdout
    seconds = subprocess.run([OURS, "--time"], input=lines, capture_output=True, text=True, check=True).stdout
    return [[tuple(hit) for hit in json.loads(line)] for line in found.splitlines()], float(seconds)


def presidio() -> Callable[[list[str]], tuple[Hits, float]]:
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

    def find(texts: list[str]) -> tuple[Hits, float]:
        began = time.perf_counter()
        found = [analyzer.analyze(text, language="en", entities=list(_KINDS), score_threshold=0.4) for text in texts]
        seconds = time.perf_counter() - began
        return [[(_KINDS[hit.entity_type], hit.start, hit.end) for hit in hits] for hits in found], seconds

    return find


def presidio_rs() -> Callable[[list[str]], tuple[Hits, float]]:
    """The port to Rust."""
    import presidio_rs

    def find(texts: list[str]) -> tuple[Hits, float]:
        began = time.perf_counter()
        found = [presidio_rs.analyze(text, entities=list(_KINDS), score_threshold=0.4) for text in texts]
        seconds = time.perf_counter() - began
        hits = [[(_KINDS[h["entity_type"]], h["start"], h["end"]) for h in one] for one in found]
        return hits, seconds

    return find
