"""What Vectorgate wants to reach, and whether a run reached it."""

from dataclasses import dataclass
from statistics import median

from .measure import Run

# The share of Envoy without a filter.
_OF_PLAIN = {
    ("rag", "mask"): 0.72,
    ("vectors-10", "mask"): 0.70,
    ("vectors-100", "mask"): 0.70,
    ("payload-1000", "mask"): 0.65,
    ("scroll", "mask"): 0.65,
    ("qdrant-grpc-rag", "mask"): 0.70,
    ("milvus-grpc-rag", "mask"): 0.70,
    ("vectors-10", "strip"): 0.80,
    ("vectors-100", "strip"): 0.80,
    ("rag", "record"): 0.80,
}
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
    def missing(self) -> float:
        """How far it was missed, as a share of what was wanted."""
        return abs(self.seen / self.wanted - 1)

    @property
    def verdict(self) -> str:
        return "met" if self.met else f"missed by {self.missing:.0%}"

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
        for contender in ("mask", "strip", "record"):
            if least := _OF_PLAIN.get((workload.name, contender)):
                add(workload.name, contender, "plain", least)
        if workload.vectors:
            add(workload.name, "mask", "dom", 8)
        add(workload.name, "mask", "lua", 5)
        add(workload.name, "mask", "extproc", 1.5)
        if most := _ADDED.get(workload.name):
            cells = [run.cells.get((workload.name, name)) for name in ("mask", "plain")]
            mine, theirs = (cell.latencies if cell else [] for cell in cells)
            if mine and theirs:
                added = median((a["p99"] - b["p99"]) / 1000 for a, b in zip(mine, theirs, strict=False))
                what = f"p99 of mask over plain, at {run.rates[workload.name]:.3g}/s"
                found.append(Goal(workload.name, what, most, added, at_least=False))
    return found
