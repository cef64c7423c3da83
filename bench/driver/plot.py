"""A run as a plot: bars of throughput, as a share of Envoy without a filter, by workload; the thin lines are the spread."""

import itertools
from statistics import median

from .answers import Workload
from .contenders import Contender
from .measure import Run

_OWN = ["#0b4f6c", "#01796f", "#20a39e", "#5bc0be", "#3a86a8", "#7fb7be", "#8ecae6", "#386641"]
_OTHERS = ["#9aa0a8", "#6f757d", "#d08c60", "#b5523b", "#8d6a9f", "#c9b458"]
_BAR, _GAP, _LEFT, _HEIGHT, _LABEL = 14, 26, 46, 190, 34
_LINE = 18
# What is faster than this without a filter is cut off here.
_MOST = 1.25


def svg(run: Run) -> str:
    """Rows of workloads, one above the other, and what the colours mean."""
    workloads = [w for w in run.workloads if not w.refused and not w.meta]
    shown = [c for c in run.contenders if c.name != "plain"]
    own, others = itertools.cycle(_OWN), itertools.cycle(_OTHERS)
    colours = {c.name: next(own if c.is_vectorgate else others) for c in shown}
    rows = [workloads[start : start + 4] for start in range(0, len(workloads), 4)]
    width = max([720, *(_LEFT + 20 + sum(_GAP + _BAR * len(_bars(run, shown, w)) for w in row) for row in rows)])
    height = 24 + len(rows) * (_HEIGHT + _LABEL) + 16 + _LINE * ((len(shown) + 1) // 2)
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        f'<text x="{_LEFT}" y="14" font-size="12">Throughput, as a share of Envoy without a filter</text>',
    ]
    top = 24
    for row in rows:
        out += _row(run, row, shown, colours, top, width)
        top += _HEIGHT + _LABEL
    for n, contender in enumerate(shown):
        x, y = _LEFT + (n % 2) * 320, top + 14 + _LINE * (n // 2)
        out.append(f'<rect x="{x}" y="{y - 9}" width="11" height="11" fill="{colours[contender.name]}"/>')
        out.append(f'<text x="{x + 16}" y="{y}">{contender.title}</text>')
    return "\n".join([*out, "</svg>"]) + "\n"


def _bars(run: Run, shown: list[Contender], workload: Workload) -> list[tuple[Contender, list[float]]]:
    found = [(contender, run.ratios(workload.name, contender.name, "plain")) for contender in shown]
    return [(contender, ratios) for contender, ratios in found if ratios]


def _row(run: Run, row: list[Workload], shown: list[Contender], colours: dict, top: int, width: int) -> list[str]:
    def y_of(share: float) -> float:
        return top + _HEIGHT * (1 - min(share, _MOST) / _MOST)

    out = []
    for share in (0, 0.25, 0.5, 0.75, 1.0):
        y = y_of(share)
        out.append(f'<line x1="{_LEFT}" x2="{width - 10}" y1="{y:.1f}" y2="{y:.1f}" stroke="#e3e6ea"/>')
        out.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#555">{share:.2f}</text>')
    x = _LEFT + _GAP / 2
    for workload in row:
        start = x
        for contender, ratios in _bars(run, shown, workload):
            y, base = y_of(median(ratios)), y_of(0)
            out.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{_BAR - 2}" height="{base - y:.1f}" fill="{colours[contender.name]}">'
                f"<title>{contender.title}: {median(ratios):.2f}</title></rect>"
            )
            middle, low, high = x + (_BAR - 2) / 2, y_of(min(ratios)), y_of(max(ratios))
            out.append(
                f'<line x1="{middle}" x2="{middle}" y1="{low:.1f}" y2="{high:.1f}" stroke="#222" stroke-width="0.8"/>'
            )
            x += _BAR
        middle = f'x="{(start + x) / 2:.1f}" text-anchor="middle" font-size="9"'
        before, colon, after = workload.title.partition(": ")
        out.append(f'<text {middle} y="{top + _HEIGHT + 12}">{before}</text>')
        if colon:
            out.append(f'<text {middle} y="{top + _HEIGHT + 23}">{after}</text>')
        x += _GAP
    return out
