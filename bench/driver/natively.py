"""What `cargo bench` measured of the filter's parts, as a table in docs/performance.md."""

import json
import sys

from .places import ROOT, between

BEGIN, END = "<!-- begin: scripts/bench --natively -->", "<!-- end: scripts/bench --natively -->"
_GROUPS = ("scanner", "answer", "request", "decision", "detectors")


def _time(nanoseconds: float) -> str:
    for unit, size in (("ms", 1e6), ("µs", 1e3)):
        if nanoseconds >= size:
            return f"{nanoseconds / size:,.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


def table() -> str:
    """By group: the median of each bench, its confidence interval, and bytes a second where it reads bytes."""
    lines = ["| | median | 95% of it | bytes a second |", "|---|---|---|---|"]
    found = 0
    for group in _GROUPS:
        rows = []
        for file in sorted((ROOT / "target" / "criterion").rglob("new/benchmark.json")):
            bench = json.loads(file.read_text())
            if bench["group_id"] != group:
                continue
            median = json.loads((file.parent / "estimates.json").read_text())["median"]
            within = median["confidence_interval"]
            point = median["point_estimate"]
            size = (bench.get("throughput") or {}).get("Bytes")
            name = ", ".join(filter(None, [bench["function_id"], bench["value_str"]]))
            speed = f"{size / point * 1e3:,.0f} MB/s" if size else "–"
            spread = f"{_time(within['lower_bound'])} – {_time(within['upper_bound'])}"
            rows.append((point / (size or 1), f"| {group}: {name} | {_time(point)} | {spread} | {speed} |"))
        lines += [line for _, line in sorted(rows)]
        found += len(rows)
    if not found:
        raise SystemExit("cargo bench has left nothing in target/criterion")
    return "\n".join(lines) + "\n"


def main() -> None:
    document = ROOT / "docs" / "performance.md"
    document.write_text(between(document.read_text(), BEGIN, END, table()))


if __name__ == "__main__":
    sys.exit(main())
