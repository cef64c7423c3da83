"""One run: rounds over all contenders, so that whatever else the machine does falls on all of them alike."""

import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from . import answers
from .answers import Workload
from .contenders import CONTENDERS, ROOT, Contender
from .envoys import Envoy, Upstream, ask

OPEN_LOOP = ROOT / "target" / "release" / "open-loop"
CONNECTIONS = 4

# What the comparison ought to have and does not have yet.
LEFT_OUT = [
    "ext_proc with the same masking code natively: not written yet",
    "mitmproxy with a Python add-on: not written yet",
    "answers over gRPC (Qdrant) and by columns (Milvus gRPC): nginx cannot serve them from files",
    "push-down against a real database: the filter does not push down yet",
]

_WRK_SCRIPT = """
wrk.method = "{method}"
wrk.headers["x-client-id"] = "svc:bench"
if wrk.method == "POST" then
  local file = io.open("{body}", "rb")
  wrk.body = file:read("*a")
  wrk.headers["content-type"] = "application/json"
  file:close()
end
"""


class Wrong(Exception):
    """A contender that does not do what it is measured for."""


@dataclass
class Load:
    """What one turn under full load showed."""

    rate: float
    cpu: float


@dataclass
class Cell:
    """One contender on one workload."""

    loads: list[Load] = field(default_factory=list)
    latencies: list[dict] = field(default_factory=list)

    @property
    def rate(self) -> float:
        return median(load.rate for load in self.loads)

    @property
    def cpu(self) -> float:
        """Microseconds of Envoy's processor time for each request."""
        return median(load.cpu for load in self.loads)


@dataclass
class Run:
    """All that was measured, and what was left out."""

    workloads: list[Workload]
    contenders: list[Contender]
    cells: dict[tuple[str, str], Cell] = field(default_factory=lambda: defaultdict(Cell))
    sizes: dict[str, int] = field(default_factory=dict)
    memory: dict[str, dict] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def ratios(self, workload: str, contender: str, to: str, *, what: str = "rate") -> list[float]:
        """Round by round: how much of `to` the contender reaches (by throughput, or by processor time spent)."""
        mine, theirs = self.cells.get((workload, contender)), self.cells.get((workload, to))
        if mine is None or theirs is None:
            return []
        if what == "rate":
            return [a.rate / b.rate for a, b in zip(mine.loads, theirs.loads, strict=False)]
        return [b.cpu / a.cpu for a, b in zip(mine.loads, theirs.loads, strict=False)]


def _check(contender: Contender, workload: Workload, status: int, body: bytes, plain: bytes) -> None:
    where = f"{contender.name} on {workload.name}"
    if workload.refused:
        if status != 403:
            raise Wrong(f"{where}: answered {status}, not a refusal")
        return
    if status != 200:
        raise Wrong(f"{where}: answered {status}: {body[:300]!r}")
    if contender.name in ("noop", "copy", "record") and body != plain:
        raise Wrong(f"{where}: changed the answer")
    if workload.call == "heartbeat":
        return
    for hidden in contender.hides:
        if hidden.encode() in body:
            raise Wrong(f"{where}: the answer still holds {hidden}")
    if contender.name == "strip" and len(body) > len(plain) / 2:
        raise Wrong(f"{where}: the vectors are still there")


def _wrk(envoy: Envoy, workload: Workload, script: Path, seconds: int) -> Load:
    before = envoy.cpu()
    told = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", script]
        + [f"http://127.0.0.1:{envoy.port}{workload.path}"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    spent = envoy.cpu() - before
    requests = int(re.search(r"(\d+) requests in", told)[1])
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    if wrong and not workload.refused:
        raise Wrong(f"{envoy.contender.name} on {workload.name}: {wrong[1]} of {requests} were no answers")
    if requests == 0:
        if seconds >= 30:
            raise Wrong(f"{envoy.contender.name} on {workload.name}: no request was answered in {seconds} s")
        return _wrk(envoy, workload, script, seconds * 4)
    return Load(rate=rate, cpu=spent / requests / 1000)


def _open_loop(envoy: Envoy, workload: Workload, body: Path, rate: float, seconds: int) -> dict:
    told = subprocess.run(
        [OPEN_LOOP, f"127.0.0.1:{envoy.port}", workload.path, body, "8", f"{rate:g}", f"{seconds:g}"],
        capture_output=True,
        text=True,
    )
    if told.returncode != 0:
        raise Wrong(f"{envoy.contender.name} on {workload.name}, at a fixed rate: {told.stderr.strip()}")
    return json.loads(told.stdout)


def run(*, quick: bool, rounds: int, seconds: int, only_workloads: list[str], only_contenders: list[str], say) -> Run:
    """Measures; `say` is told what is going on."""
    workloads = [w for w in answers.WORKLOADS if (w.in_quick or not quick) or w.name in only_workloads]
    contenders = [c for c in CONTENDERS if (c.in_quick or not quick) or c.name in only_contenders]
    if only_workloads:
        workloads = [w for w in workloads if w.name in only_workloads]
    if only_contenders:
        contenders = [c for c in contenders if c.name in only_contenders or c.name == "plain"]
    result = Run(workloads, contenders, left_out=[] if quick else list(LEFT_OUT))
    with tempfile.TemporaryDirectory(prefix="vectorgate-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # nginx serves as another user
        answers.write(directory, workloads)
        scripts = {}
        for workload in workloads:
            body = directory / "requests" / f"{workload.name}.json"
            scripts[workload.name] = directory / f"{workload.name}.lua"
            scripts[workload.name].write_text(_WRK_SCRIPT.format(method=workload.method, body=body))
            result.sizes[workload.name] = (directory / "answers" / f"{workload.id}.json").stat().st_size
        upstream = Upstream(directory, workloads)
        for database in dict.fromkeys(w.database for w in workloads):
            here = [w for w in workloads if w.database == database]
            envoys = []
            for contender in contenders:
                say(f"starting {contender.name} ({database})")
                envoys.append(Envoy(contender, database, directory, upstream))
            try:
                _measure(result, here, envoys, directory, scripts, rounds, seconds, quick, say)
            finally:
                for envoy in envoys:
                    result.memory[f"{envoy.contender.name}-{database}"] = envoy.memory()
                    envoy.stop()
        upstream.process.stop()
    return result


def _measure(result, workloads, envoys, directory, scripts, rounds, seconds, quick, say) -> None:
    pairs = []
    plain_of = {}
    for workload in workloads:
        body = (directory / "requests" / f"{workload.name}.json").read_bytes()
        plain = (directory / "answers" / f"{workload.id}.json").read_bytes()
        plain_of[workload.name] = plain
        taking = [envoy for envoy in envoys if envoy.contender.takes(workload)]
        for envoy in taking:
            status, answer = ask(envoy.port, workload.method, workload.path, body)
            _check(envoy.contender, workload, status, answer, plain)
            for _ in range(min(300, 30_000_000 // (len(plain) + 1) // 10 + 3)):
                ask(envoy.port, workload.method, workload.path, body)
        pairs.append((workload, taking))
    for workload, taking in pairs:
        for turn in range(rounds):
            say(f"{workload.name}: round {turn + 1} of {rounds}")
            # Not always in the same order: who comes after whom is no one's advantage.
            for envoy in taking[turn % len(taking) :] + taking[: turn % len(taking)]:
                turn_takes = seconds * 2 if len(plain_of[workload.name]) > 5_000_000 else seconds
                load = _wrk(envoy, workload, scripts[workload.name], turn_takes)
                result.cells[workload.name, envoy.contender.name].loads.append(load)
    for workload, taking in pairs:
        if not workload.timed or (quick and workload.name != "rag"):
            continue
        fastest = result.cells.get((workload.name, "plain"))
        if fastest is None:
            continue
        rate = max(1.0, min(fastest.rate * 0.1, 1000.0))
        result.rates[workload.name] = rate
        body = directory / "requests" / f"{workload.name}.json"
        for turn in range(2):
            say(f"{workload.name}: latencies at {rate:.0f}/s, round {turn + 1}")
            for envoy in taking:
                # Who cannot keep up has no latency worth the name.
                if result.cells[workload.name, envoy.contender.name].rate < rate * 1.5:
                    continue
                if quick and envoy.contender.name not in ("plain", "copy", "mask"):
                    continue
                taken = _open_loop(envoy, workload, body, rate, 2 if quick else 3)
                result.cells[workload.name, envoy.contender.name].latencies.append(taken)


def quiet(text: str) -> None:
    """Says what is going on, on the terminal alone."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K  {text}", end="", file=sys.stderr, flush=True)
