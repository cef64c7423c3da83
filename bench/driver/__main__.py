"""scripts/bench, once everything is built: measures and tells."""

import argparse
import json
import sys
import time

from . import answers, contenders, load, measure, plot, report
from .places import ROOT, between

_BEGIN, _END = "<!-- begin: scripts/bench -->", "<!-- end: scripts/bench -->"


def main() -> int:
    arguments = argparse.ArgumentParser(prog="scripts/bench")
    arguments.add_argument("--quick", action="store_true", help="the main workloads and contenders, within 3 minutes")
    arguments.add_argument("--json", action="store_true", help="all that was measured, as JSON, instead of a table")
    arguments.add_argument("--write", action="store_true", help="write docs/performance.md (a full run does)")
    arguments.add_argument("--rounds", type=int, help="how often each contender has its turn")
    arguments.add_argument("--seconds", type=int, help="how long a turn takes")
    arguments.add_argument(
        "--workload",
        action="append",
        default=[],
        choices=[workload.name for workload in answers.WORKLOADS],
        help="only this one (repeat for more)",
    )
    arguments.add_argument(
        "--contender",
        action="append",
        default=[],
        choices=[contender.name for contender in contenders.CONTENDERS],
        help="only this one, beside plain Envoy",
    )
    arguments.add_argument(
        "--real",
        action="append",
        default=[],
        choices=["chroma", "milvus"],
        help="only push-down, on this real database",
    )
    given = arguments.parse_args()
    started = time.monotonic()
    try:
        run = measure.run(
            quick=given.quick,
            rounds=given.rounds or (2 if given.quick else 3),
            seconds=given.seconds or 1,
            only_workloads=given.workload,
            only_contenders=given.contender,
            databases=given.real,
            say=measure.quiet,
        )
    except load.Wrong as wrong:
        print(f"\n{wrong}", file=sys.stderr)
        return 1
    measure.quiet("")
    words = ["scripts/bench"] + [word for word in sys.argv[1:] if word not in ("--write", "--json")]
    command = " ".join(words)
    if given.json:
        print(json.dumps(report.as_json(run, command), indent=2))
    else:
        print(report.console(run, command))
        print(f"after {time.monotonic() - started:.0f} s", file=sys.stderr)
    whole = not (given.quick or given.workload or given.contender or given.real)
    if given.write or whole:
        write(report.markdown(run, command), plot.svg(run))
    return 0


def write(tables: str, plot: str) -> None:
    """Puts the results where the document has its place for them."""
    document = ROOT / "docs" / "performance.md"
    document.write_text(between(document.read_text(), _BEGIN, _END, tables))
    (ROOT / "docs" / "performance.svg").write_text(plot)


if __name__ == "__main__":
    sys.exit(main())
