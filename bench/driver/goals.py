"""What Vectorgate wants to reach, and whether a run reached it."""

from dataclasses import dataclass
from statistics import median

from .measure import Run

# The share of Envoy without a filter that is reached where three fields are masked.
_MASKED = {
    "rag": 0.72,
    "qdrant-rag": 0.72,
    "milvus-rag": 0.72,
    "vectors-10": 0.70,
    "vectors-100": 0.70,
    "qdrant-vectors-100": 0.70,
    "qdrant-grpc-vectors-100": 0.70,
    "payload-1000": 0.65,
    "scroll": 0.65,
    "qdrant-grpc-rag": 0.70,
    "milvus-grpc-rag": 0.70,
}
# The same where vectors are taken out, and where there is nothing to do but to record.
_STRIPPED, _RECORDED = 0.80, 0.80
# Milliseconds that a masked answer may take longer, one in a hundred of them, at a moderate rate.
_ADDED = {"rag": 1.0}


@dataclass(frozen=True)
class Goal:
    """One goal, and what was seen."""

    workload: str
    what: str
    wanted: float
    seen: float
    # The same by processor time, which a busy machine moves less; none for a latency.
    by_cpu: float | None = None
    # A ratio must be reached, a time must not.
    at_least: bool = True

    @property
    def met(self) -> bool:
        return self.seen >= self.wanted if self.at_least else self.seen < self.wanted

    @property
    def verdict(self) -> str:
        """Met or missed, and by how much: a ratio by a share of what was wanted, a time by milliseconds."""
        by = abs(self.seen - self.wanted)
        return f"{'met' if self.met else 'missed'} by {f'{by / self.wanted:.0%}' if self.at_least else f'{by:.2f} ms'}"

    @property
    def told(self) -> str:
        return f"≥ {self.wanted:g}" if self.at_least else f"< {self.wanted:g} ms"

    @property
    def shown(self) -> str:
        return f"{self.seen:.2f}" if self.at_least else f"{self.seen:.2f} ms"


def goals(run: Run) -> list[Goal]:
    """Each goal that the run can say something about."""
    found: list[Goal] = []

    def add(workload: str, contender: str, to: str, least: float) -> None:
        if ratios := run.ratios(workload, contender, to):
            by_cpu = median(run.ratios(workload, contender, to, what="cpu"))
            found.append(Goal(workload, f"{contender} / {to}", least, median(ratios), by_cpu))

    for workload in run.workloads:
        if workload.refused or workload.meta:
            continue
        add(workload.name, "mask", "copy", 0.90)
        add(workload.name, "record", "noop", 0.95)
        if least := _MASKED.get(workload.name):
            add(workload.name, "mask", "plain", least)
        add(workload.name, "strip", "plain", _STRIPPED)
        add(workload.name, "record", "plain", _RECORDED)
        if workload.vectors:
            add(workload.name, "mask", "dom", 8)
        add(workload.name, "mask", "lua", 5)
        add(workload.name, "mask", "ext_proc", 1.5)
        if most := _ADDED.get(workload.name):
            cells = [run.cells.get((workload.name, name)) for name in ("mask", "plain")]
            mine, theirs = (cell.latencies if cell else [] for cell in cells)
            if mine and theirs:
                added = median((a["p99"] - b["p99"]) / 1000 for a, b in zip(mine, theirs, strict=False))
                what = f"p99 of mask over plain, at {run.rates[workload.name]:.3g}/s"
                found.append(Goal(workload.name, what, most, added, at_least=False))
    return found
