"""One run: rounds over all contenders, so that whatever else the machine does falls on all of them alike."""

import hashlib
import re
import shutil
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import grpc

from . import answers, load, protobuf, real
from .answers import Workload
from .asking import ask, call
from .contenders import CONTENDERS, Contender
from .envoys import Gateway, Ports, started
from .load import Load, Sent, Wrong
from .upstreams import GrpcUpstream, Upstream

# Of an answer so large a turn takes longer: else too few of them fit into it.
_LARGE = 5_000_000
# Whose latencies a quick run takes.
_QUICK_LATENCIES = ("plain", "copy", "mask")
_NO_LATENCIES = ("paths", "hash", "detectors")


def load_average() -> str:
    """How many processes want the machine: over one minute, five and fifteen."""
    return " ".join(Path("/proc/loadavg").read_text().split()[:3])


@dataclass
class Cell:
    """One contender on one workload."""

    loads: list[Load] = field(default_factory=list)
    latencies: list[dict] = field(default_factory=list)
    # Bytes of all its processes: the most, and how much more it was at the end than before.
    peak: int = 0
    grown: int = 0

    @property
    def rate(self) -> float:
        return median(load.rate for load in self.loads)

    @property
    def cpu(self) -> float:
        """Microseconds of processor time for each request."""
        return median(load.cpu for load in self.loads)


@dataclass
class Run:
    """All that was measured, and what was left out."""

    workloads: list[Workload]
    contenders: list[Contender]
    rounds: int
    cells: dict[tuple[str, str], Cell] = field(default_factory=lambda: defaultdict(Cell))
    sizes: dict[str, int] = field(default_factory=dict)
    # Requests each second at which latencies were taken; contenders that could not keep up with them.
    rates: dict[str, float] = field(default_factory=dict)
    too_slow: list[tuple[str, str]] = field(default_factory=list)
    pushed: list[real.Pushed] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    # What else the machine had to do before.
    load_before: str = field(default_factory=load_average)

    def ratios(self, workload: str, contender: str, to: str, *, what: str = "rate") -> list[float]:
        """Round by round: how much of `to` the contender reaches (by throughput, or by processor time spent)."""
        mine, theirs = self.cells.get((workload, contender)), self.cells.get((workload, to))
        if mine is None or theirs is None:
            return []
        if what == "rate":
            return [a.rate / b.rate for a, b in zip(mine.loads, theirs.loads, strict=False)]
        return [b.cpu / a.cpu for a, b in zip(mine.loads, theirs.loads, strict=False)]


def _look(gateway: Gateway, workload: Workload, body: bytes, plain: bytes) -> bytes:
    """Asks once, and looks at the answer: who claims to mask has to have masked."""
    contender = gateway.contender
    where = f"{contender.name} on {workload.name}"
    if workload.grpc:
        try:
            answer = call(gateway.port, workload.path, body[5:], workload.name)
        except grpc.RpcError as error:
            raise Wrong(f"{where}: {error.code()}: {error.details()}") from error
    else:
        status, answer = ask(gateway.port, workload.method, workload.path, body)
        if workload.refused:
            if status != 403:
                raise Wrong(f"{where}: answered {status}, not a refusal")
            return answer
        if status != 200:
            raise Wrong(f"{where}: answered {status}: {answer[:300]!r}")
    if contender.name in ("plain", "noop", "copy", "record") and answer != plain:
        raise Wrong(f"{where}: changed the answer")
    if workload.meta:
        return answer
    for hidden in contender.hides:
        if not re.search(hidden, plain) and not workload.searched and hidden not in workload.lacks:
            raise Wrong(f"{where}: there is no {hidden!r} to hide in the answer")
        if found := re.search(hidden, answer):
            raise Wrong(f"{where}: the answer still holds {found[0]!r}")
    if len(answer) < len(plain) / 100:
        raise Wrong(f"{where}: hardly anything is left of the answer: {answer[:300]!r}")
    if contender.name == "strip" and len(answer) > len(plain) / 2:
        raise Wrong(f"{where}: the vectors are still there")
    return answer


def _does_its_work(result: Run, gateway: Gateway, sent: Sent, body: bytes, plain: bytes) -> bool:
    """Whether the answer is what it has to be."""
    name = gateway.contender.name
    try:
        answer = _look(gateway, sent.workload, body, plain)
        digest = hashlib.sha256(answer).digest()
        # The same code natively: the same bytes.
        if name == "ext_proc" and sent.digests.get("mask", digest) != digest:
            raise Wrong(f"{name} on {sent.workload.name}: masks otherwise than the filter")
        sent.sizes[name], sent.digests[name] = len(answer), digest
    except (Wrong, OSError) as wrong:
        _leave_out(result, gateway, sent.workload, wrong)
        return False
    return True


def _leave_out(result: Run, gateway: Gateway, workload: Workload, wrong: Exception) -> None:
    """A peer that does not do its work is named, and not measured. Of ourselves nothing is left out: that ends the run."""
    contender = gateway.contender
    if contender.is_vectorgate or contender.name == "plain":
        raise wrong
    result.left_out.append(f"{contender.title} on {workload.name}: {wrong}")
    result.cells.pop((workload.name, contender.name), None)


def _present(contenders: list[Contender], left_out: list[str]) -> list[Contender]:
    """Those whose programs are there; the others are named."""
    for contender in contenders:
        if contender.needs is not None and not contender.needs.exists():
            left_out.append(f"{contender.title}: {contender.needs.name} is not installed")
    return [c for c in contenders if c.needs is None or c.needs.exists()]


def _tools(workloads: list[Workload], left_out: list[str]) -> list[Workload]:
    """The workloads that can be had on this machine; the others are named."""
    found = []
    for workload in workloads:
        if workload.grpc and shutil.which("h2load") is None:
            left_out.append(f"{workload.title}: h2load is missing (on Debian: apt-get install nghttp2-client)")
            continue
        found.append(workload)
    if any(w.stage == "milvus-grpc" for w in found):
        try:
            protobuf.environment(protobuf.MILVUS)
        except Exception as error:
            left_out.append(f"Milvus over gRPC: pymilvus could not be installed ({error})")
            found = [w for w in found if w.stage != "milvus-grpc"]
    return found


def run(
    *,
    quick: bool,
    rounds: int,
    seconds: int,
    only_workloads: list[str],
    only_contenders: list[str],
    databases: list[str],
    say: Callable[[str], None],
) -> Run:
    """Measures; `databases` are real ones, on which push-down is shown; `say` is told what is going on."""
    left_out: list[str] = []
    workloads = [w for w in answers.WORKLOADS if w.in_quick or not quick or w.name in only_workloads]
    contenders = [c for c in CONTENDERS if c.in_quick or not quick or c.name in only_contenders]
    if only_workloads or databases:
        workloads = [w for w in workloads if w.name in only_workloads]
    if only_contenders:
        contenders = [c for c in contenders if c.name in only_contenders or c.name == "plain"]
    whole = not (quick or only_workloads or only_contenders or databases)
    if workloads:
        contenders = _present(contenders, left_out)
    result = Run(_tools(workloads, left_out), contenders, rounds, left_out=left_out)
    with tempfile.TemporaryDirectory(prefix="vectorgate-bench-") as name:
        directory = Path(name)
        directory.chmod(0o755)  # nginx serves as another user
        answers.write(directory, result.workloads)
        upstream = Upstream(directory, result.workloads)
        over_grpc = GrpcUpstream(directory) if any(w.grpc for w in result.workloads) else None
        for stage in dict.fromkeys(w.stage for w in result.workloads):
            here = [w for w in result.workloads if w.stage == stage]
            behind = Ports(over_grpc.port if here[0].grpc else upstream.port, upstream.port)
            taking = [c for c in contenders if any(c.takes(w) for w in here)]
            gateways = started(taking, stage, directory, behind, say)
            try:
                _measure(result, here, gateways, directory, seconds, quick, say)
            finally:
                for gateway in gateways:
                    gateway.stop()
        for database in databases or (["chroma", "milvus"] if whole else []):
            say(f"push-down, on a real {database}")
            try:
                result.pushed.append(real.pushed(database, directory, upstream.port, rounds, seconds))
            except real.NotThere as why:
                result.left_out.append(f"push-down on a real {database}: {why}")
    return result


def _measure(result: Run, workloads, gateways, directory, seconds, quick, say) -> None:
    for workload in workloads:
        taking = [gateway for gateway in gateways if gateway.contender.takes(workload)]
        sent = Sent(workload, directory / "requests" / workload.name, {})
        sent.write_script()
        body, plain = sent.body.read_bytes(), answers.plain(directory, workload)
        result.sizes[workload.name] = len(plain)
        before = {}
        taking = [gateway for gateway in taking if _does_its_work(result, gateway, sent, body, plain)]
        for gateway in taking:
            gateway.forget_peak()
            before[gateway.name] = gateway.memory()["now"]
        turn = seconds * 2 if len(plain) > _LARGE else seconds
        for n in range(-1, result.rounds):
            say(f"{workload.name}: round {n + 1} of {result.rounds}" if n >= 0 else f"{workload.name}: warming up")
            # Not always in the same order: who comes after whom is no one's advantage.
            for gateway in taking[n % len(taking) :] + taking[: n % len(taking)]:
                # Before the first round: V8 compiles anew what is called often. The others have nothing to warm up.
                if n < 0 and not gateway.contender.warms_up:
                    continue
                try:
                    one = load.full(gateway, sent, turn if n >= 0 else seconds)
                except Wrong as wrong:
                    _leave_out(result, gateway, workload, wrong)
                    taking.remove(gateway)
                    continue
                if n >= 0:
                    result.cells[workload.name, gateway.contender.name].loads.append(one)
        for gateway in taking:
            cell, memory = result.cells[workload.name, gateway.contender.name], gateway.memory()
            cell.peak, cell.grown = memory["peak"], memory["now"] - before[gateway.name]
        if workload.timed:
            _latencies(result, sent, taking, quick, say)


def _latencies(result: Run, sent: Sent, taking: list[Gateway], quick: bool, say) -> None:
    workload = sent.workload
    # A tenth of what is answered without a filter; less, where even half of the work of masking is less.
    masked = result.cells.get((workload.name, "mask"))
    most = min(1000.0, masked.rate * 0.5) if masked else 1000.0
    rate = max(0.5, min(result.cells[workload.name, "plain"].rate * 0.1, most))
    result.rates[workload.name] = rate
    for turn in range(2 if quick else 3):
        say(f"{workload.name}: latencies at {rate:.0f}/s, round {turn + 1}")
        for gateway in taking[turn % len(taking) :] + taking[: turn % len(taking)]:
            name = gateway.contender.name
            if name in _NO_LATENCIES or (quick and name not in _QUICK_LATENCIES):
                continue
            cell = result.cells[workload.name, name]
            # Who cannot keep up has no latency worth the name.
            if cell.rate < rate * 1.5:
                if turn == 0:
                    result.too_slow.append((workload.name, name))
                continue
            seconds = 2 if quick else 3 if rate > 10 else 4
            try:
                cell.latencies.append(load.at_rate(gateway, sent, rate, seconds))
            except Wrong as wrong:
                if gateway.contender.is_vectorgate or name == "plain":
                    raise
                result.left_out.append(f"latencies of {gateway.contender.title} on {workload.name}: {wrong}")


def quiet(text: str) -> None:
    """Says what is going on, on the terminal alone."""
    if sys.stderr.isatty():
        print(f"\r\x1b[K  {text}", end="", file=sys.stderr, flush=True)
