"""The console, and a person who uses it in a browser without scripts."""

import secrets
import subprocess
from pathlib import Path
from urllib.parse import urljoin

import httpx
from bs4 import BeautifulSoup

from .processes import ROOT, Process, free_port, wait_until

BINARY = ROOT / "target" / "debug" / "vectorgate"
ADMIN = "maria"


class Console:
    """`vectorgate serve`, with a first person who may log in."""

    def __init__(self, directory: Path, *, name: str = "console", port: int | None = None, password: str | None = None):
        self.name = name
        self.admin = ADMIN
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = directory / name
        self.secret = secrets.token_urlsafe(24)
        self.password = password or secrets.token_urlsafe(12)
        self.data.mkdir(parents=True, exist_ok=True)
        self._secret_file = directory / f"{name}.secret"
        self._secret_file.write_text(self.secret)
        self._log = directory / "logs" / f"{name}.log"
        self.process: Process | None = None
        self.start()

    def start(self) -> None:
        self.process = Process(
            self.name,
            [BINARY, "serve", "--listen", f"127.0.0.1:{self.port}", "--data-dir", self.data, "--public-url", self.url]
            + ["--secret-file", self._secret_file, "--admin", ADMIN],
            log=self._log,
            env={"VECTORGATE_ADMIN_PASSWORD": self.password},
        )
        wait_until(
            lambda: httpx.get(f"{self.url}/healthz").is_success, what="the console answers", process=self.process
        )

    def stop(self) -> None:
        self.process.stop()

    def entries(self, **wanted: object) -> list[dict]:
        """What it keeps, newest first: each record with its place in its chain."""
        answer = httpx.get(
            f"{self.url}/v1/records",
            params={"limit": 200, **wanted},
            headers={"authorization": f"Bearer {self.secret}"},
        )
        answer.raise_for_status()
        return answer.json()["records"]

    def records(self, **wanted: object) -> list[dict]:
        """The records themselves, newest first."""
        return [entry["record"] for entry in self.entries(**wanted)]

    def person(self, name: str = ADMIN, password: str | None = None) -> "Person":
        """Somebody who has logged in."""
        person = Person(self.url)
        person.log_in(name, password or self.password)
        return person

    def verify(self) -> subprocess.CompletedProcess:
        """`vectorgate verify` over its data."""
        return subprocess.run(
            [str(BINARY), "verify", "--data-dir", str(self.data)], capture_output=True, text=True, timeout=60
        )


class Refused(Exception):
    """The console did not do what its form was asked for."""


class Person:
    """A browser: it reads pages and sends their forms, hidden fields and all."""

    def __init__(self, url: str):
        self._http = httpx.Client(base_url=url, follow_redirects=True, timeout=10)

    def page(self, path: str) -> BeautifulSoup:
        answer = self._http.get(path)
        answer.raise_for_status()
        return BeautifulSoup(answer.text, "html.parser")

    def text(self, path: str) -> str:
        """What a page says, without its mark-up."""
        return " ".join(self.page(path).get_text(" ").split())

    def log_in(self, name: str, password: str) -> None:
        answer = self._send("/login", wanted={"name", "password"}, name=name, password=password)
        if answer.url.path == "/login":
            raise Refused(f"login of {name}: {answer.status_code}")

    def waiting(self) -> list[str]:
        """The ids of the approvals that wait, as the page lists them."""
        found = []
        for link in self.page("/approvals").find_all("a", href=True):
            path = link["href"].split("?")[0].rstrip("/")
            head, _, last = path.rpartition("/")
            if head.endswith("/approvals") and last and last not in ("waiting", "decided") and last not in found:
                found.append(last)
        return found

    def decide(self, approval: str, decision: str, reason: str) -> None:
        """Press `approve` or `deny` on an approval's page."""
        answer = self._send(f"/approvals/{approval}", wanted={"reason"}, decision=decision, reason=reason)
        if answer.is_error:
            raise Refused(f"{decision} {approval}: {answer.status_code} {answer.text[:500]}")

    def _send(self, path: str, *, wanted: set[str], **values: str) -> httpx.Response:
        page = self.page(path)
        for form in page.find_all("form"):
            names = {field.get("name") for field in form.find_all(["input", "textarea", "select", "button"])}
            buttons = {b.get("value") for b in form.find_all(["button", "input"]) if b.get("name") == "decision"}
            if not wanted <= names or ("decision" in values and buttons and values["decision"] not in buttons):
                continue
            hidden = {f["name"]: f.get("value", "") for f in form.find_all("input", type="hidden") if f.get("name")}
            target = urljoin(str(self._http.base_url.join(path)), form.get("action") or path)
            return self._http.post(target, data={**hidden, **values})
        raise Refused(f"no form on {path} has the fields {sorted(wanted)}")
