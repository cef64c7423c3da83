"""Where things are."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CACHE = ROOT / ".cache"
WASM = ROOT / "target" / "wasm32-wasip1" / "release"
# The native peers: optimised as the module is, but quick to build.
NATIVE = ROOT / "target" / "counted"
MITMDUMP = CACHE / "mitmproxy" / "bin" / "mitmdump"


def between(document: str, begin: str, end: str, written: str) -> str:
    """A document with something else between two of its marks."""
    before, found, rest = document.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"the document has no place for it: {begin}")
    return f"{before}{begin}\n\n{written}\n{end}{after}"
