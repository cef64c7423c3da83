"""Processes that end with the run, however the run ends."""

import atexit
import ctypes
import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]

_running: list["Process"] = []
_libc = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1
_handed_out: set[int] = set()


class NotReady(Exception):
    """A part did not come up, or went away. The message ends with the last it said."""


def free_port() -> int:
    """A port that nobody listens on, never the same twice in a run. Below those that the kernel gives to connections, and where
    tests run several at a time (pytest-xdist), from a share of its own: it stays free until whom it is for listens."""
    share = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    shares = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    while True:
        port = random.randrange(10_000, 32_000)
        if port % shares != share or port in _handed_out:
            continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _handed_out.add(port)
        return port


def wait_until(ready: Callable[[], object], *, what: str, within: float = 30, process: "Process | None" = None):
    """The first truthy value of `ready`, or NotReady with the reason."""
    deadline = time.monotonic() + within
    last: object = None
    while time.monotonic() < deadline:
        if process is not None and process.has_ended():
            raise NotReady(f"{process.name} ended with {process.code()} before {what}:\n{process.log.tail()}")
        try:
            if value := ready():
                return value
        except Exception as error:  # not there yet: whatever the reason is, it is told if it stays
            last = error
        time.sleep(0.05)
    told = f"\n{process.name} said:\n{process.log.tail()}" if process else ""
    raise NotReady(f"not within {within:g} s: {what} (last: {last!r}){told}")


def _die_with(parent: int) -> Callable[[], None]:
    def before_exec() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return before_exec


class Log:
    """What a process said, on both outputs."""

    def __init__(self, path: Path):
        self.path = path

    def text(self, since: int = 0) -> str:
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(since)
            return file.read().decode(errors="replace")

    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def tail(self, lines: int = 30) -> str:
        return "\n".join(self.text(max(0, self.size() - 200_000)).splitlines()[-lines:])


class Process:
    """One started program, in a process group of its own. The kernel ends it if this process is gone first."""

    def __init__(self, name: str, command: list[str], *, log: Path, env: dict[str, str] | None = None):
        self.name = name
        self.log = Log(log)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(env or {})},
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
        _running.append(self)

    @property
    def pid(self) -> int:
        return self._popen.pid

    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def code(self) -> int | None:
        return self._popen.poll()

    def memory(self) -> int:
        """Resident bytes now."""
        return psutil.Process(self.pid).memory_info().rss

    def stop(self, grace: float = 5) -> None:
        """End the whole group: asked first, then made to."""
        if self in _running:
            _running.remove(self)
        for kind in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self._popen.pid, kind)
            except ProcessLookupError:
                pass
            try:
                self._popen.wait(timeout=grace)
            except subprocess.TimeoutExpired:
                continue
            if kind is signal.SIGTERM:
                continue  # the leader is gone; whatever else is in its group goes with the second signal
            return


def running() -> list[Process]:
    return list(_running)


@atexit.register
def stop_all() -> None:
    for process in reversed(running()):
        process.stop()
