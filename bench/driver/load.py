"""Load on one contender: as much as it takes (wrk, h2load), or at a fixed rate (open-loop)."""

import json
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from .answers import Workload
from .envoys import Gateway
from .places import NATIVE

CONNECTIONS = 4

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
    # Microseconds of its processor time for each request.
    cpu: float


@dataclass(frozen=True)
class Sent:
    """What the load sends: a workload, and the file with its body."""

    workload: Workload
    body: Path
    # How many bytes an answer that was looked at has, and which, by contender.
    sizes: dict[str, int]
    digests: dict[str, bytes] = field(default_factory=dict)

    @property
    def script(self) -> Path:
        return self.body.with_suffix(".lua")

    def write_script(self) -> None:
        self.script.write_text(_WRK_SCRIPT.format(method=self.workload.method, body=self.body))


def full(gateway: Gateway, sent: Sent, seconds: int) -> Load:
    """As many requests as it answers over four connections."""
    before = gateway.cpu()
    requests, rate = (_h2load if sent.workload.grpc else _wrk)(gateway, sent, seconds)
    spent = gateway.cpu() - before
    if requests == 0:
        if seconds >= 30:
            raise Wrong(f"{gateway.name} on {sent.workload.name}: no request was answered in {seconds} s")
        return full(gateway, sent, seconds * 4)
    return Load(rate=rate, cpu=spent / requests / 1000)


def _wrk(gateway: Gateway, sent: Sent, seconds: int) -> tuple[int, float]:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s", "-s", sent.script]
    command += [f"http://127.0.0.1:{gateway.port}{sent.workload.path}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    requests = int(re.search(r"(\d+) requests in", told)[1])
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    if wrong and not sent.workload.refused:
        raise Wrong(f"{gateway.name} on {sent.workload.name}: {wrong[1]} of {requests} were no answers")
    return requests, float(re.search(r"Requests/sec:\s+([\d.]+)", told)[1])


def _h2load(gateway: Gateway, sent: Sent, seconds: int) -> tuple[int, float]:
    headers = {
        "content-type": "application/grpc",
        "te": "trailers",
        "x-client-id": "svc:bench",
        "x-answer": sent.workload.name,
    }
    command = ["h2load", "-t1", f"-c{CONNECTIONS}", "-m1", "-D", str(seconds), "-w24", "-W26", "-d", sent.body]
    for name, value in headers.items():
        command += ["-H", f"{name}: {value}"]
    command += [f"http://127.0.0.1:{gateway.port}{sent.workload.path}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    where = f"{gateway.name} on {sent.workload.name}"
    done = re.search(r"requests: .* (\d+) succeeded, (\d+) failed, (\d+) errored", told)
    data = re.search(r"\((\d+)\) data", told)
    rate = re.search(r"finished in .*?, ([\d.]+) req/s", told)
    if not (done and data and rate):
        raise Wrong(f"{where}: h2load said:\n{told}")
    requests = int(done[1])
    if int(done[2]):
        raise Wrong(f"{where}: {done[2]} calls failed:\n{told}")
    # A refusal over gRPC is 200 as well, but has no message.
    if requests and int(data[1]) < 0.9 * requests * sent.sizes[gateway.contender.name]:
        raise Wrong(f"{where}: the answers are shorter than the one that was looked at:\n{told}")
    return requests, float(rate[1])


def at_rate(gateway: Gateway, sent: Sent, rate: float, seconds: int) -> dict:
    """Latencies in microseconds at a fixed rate, whatever the answers do."""
    command = [NATIVE / "open-loop", f"127.0.0.1:{gateway.port}", sent.workload.path, sent.body]
    command += ["8", f"{rate:g}", f"{seconds:g}"]
    told = subprocess.run(command, capture_output=True, text=True)
    if told.returncode != 0:
        raise Wrong(f"{gateway.name} on {sent.workload.name}, at a fixed rate: {told.stderr.strip()}")
    return json.loads(told.stdout)
