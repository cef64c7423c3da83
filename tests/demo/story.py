"""The chapters: what Vectorgate does, seen from the client, the database, the approver and the auditor."""

import concurrent.futures
import json
from collections.abc import Callable

import httpx
from chromadb.errors import ChromaError

from stage.envoy import Gateway
from stage.people import COLLECTION, Person, load, people
from stage.processes import wait_until
from stage.world import World

from .narrator import Narrator
from .policy import rule

ASSISTANT = "svc:assistant"
EVERYTHING = ["metadatas", "documents", "embeddings", "distances"]


class Story:
    def __init__(self, narrator: Narrator, world: World, gateway: Gateway, *, approver: "Approver"):
        self.told = narrator
        self._world = world
        self._gateway = gateway
        self._approver = approver
        self._crowd = people()
        self._direct = load(world.direct(), self._crowd)

    def tell(self) -> None:
        for title, chapter in (
            ("The database is closed", self._closed),
            ("An application searches, as it always did", self._search),
            ("What it does not get to see", self._masked),
            ("How much it gets", self._clamped),
            ("Somebody else sees something else", self._somebody_else),
            ("What is refused, in words", self._refused),
            ("A large search waits for a human", self._approved),
            ("A human says no", self._denied),
            ("All of it is on record", self._recorded),
        ):
            self.told.chapter(title, chapter)

    def _people(self, identity: str, *groups: str):
        return self._world.client(self._gateway, identity, groups).get_collection(COLLECTION, embedding_function=None)

    def _whom(self) -> Person:
        return self._crowd[5]

    def _closed(self) -> None:
        told, whom = self.told, self._whom()
        told.say(
            "A real Chroma holds 2,400 guests of a hotel who do not exist: metadata, a note in free text, an embedding. "
            "In front of it is a listener that wants TLS and a key which only the gateway has."
        )
        url = f"https://127.0.0.1:{self._world.front.port}/api/v2/heartbeat"
        told.check("without a key the database answers 401", httpx.get(url, verify=False).status_code == 401)
        token = {"x-chroma-token": self._world.token(ASSISTANT)}
        told.check(
            "with an application's own token it answers 401",
            httpx.get(url, headers=token, verify=False).status_code == 401,
        )
        there = self._direct.get(ids=[whom.id], include=["metadatas", "documents", "embeddings"])
        told.say("For this demo alone there is a back door, to compare with. Through it, one guest:")
        told.show("metadata", json.dumps(there["metadatas"][0], ensure_ascii=False, sort_keys=True))
        told.show("note", there["documents"][0].strip())
        told.check("the database holds the guest's SSN", there["metadatas"][0]["ssn"] == whom.ssn)
        told.check("and an embedding of 8 numbers", len(there["embeddings"][0]) == 8)
        nobody = self._world.http(self._gateway, None).get("/api/v2/heartbeat")
        told.check("without a token the gateway answers 401, in Chroma's form", _is_refusal(nobody, 401))

    def _search(self) -> None:
        told = self.told
        told.say("The application uses Chroma's own client. Two things change: the address, and its token is its key.")
        told.code(
            f"""
            client = chromadb.HttpClient("127.0.0.1", {self._gateway.port}, ssl=True, headers={{"x-chroma-token": token}})
            people = client.get_collection("people")
            people.query(query_embeddings=[...], n_results=5)
            """
        )
        told.say("What it may do is a rule of the policy:")
        told.code(rule("assistant-reads"))
        self._seen = self._query(self._people(ASSISTANT), 5)
        self._there = self._query(self._direct, 5)
        told.check("it finds the same five guests in the same order", self._seen["ids"] == self._there["ids"])
        told.check("with the same distances", self._seen["distances"] == self._there["distances"])
        told.check(
            "and the same names and cities",
            [(m["name"], m["city"]) for m in self._seen["metadatas"][0]]
            == [(m["name"], m["city"]) for m in self._there["metadatas"][0]],
        )

    def _masked(self) -> None:
        told, whom = self.told, self._whom()
        seen, there = self._seen["metadatas"][0], self._there["metadatas"][0]
        told.say("The first of them, as the application sees it:")
        told.show("metadata", json.dumps(seen[0], ensure_ascii=False, sort_keys=True))
        told.show("note", self._seen["documents"][0][0].strip())
        told.check(
            "the e-mail address keeps its domain and little else",
            all(
                m["email"] != t["email"] and m["email"].partition("@")[2] == t["email"].partition("@")[2]
                for m, t in zip(seen, there, strict=True)
            ),
        )
        told.check("the SSN is gone", all("ssn" not in m for m in seen))
        again = self._query(self._people(ASSISTANT), 5)["metadatas"][0]
        told.check(
            "the user id is a hash, the same each time, so that joins still work",
            all(m["user_id"] != t["user_id"] for m, t in zip(seen, there, strict=True))
            and [m["user_id"] for m in seen] == [m["user_id"] for m in again],
        )
        note = self._seen["documents"][0][0]
        told.check(
            "the note still reads, from its beginning to its end", note.startswith(f"{whom.name} from {whom.city}")
        )
        for what, secret in zip(
            ("e-mail address", "phone number", "card number", "IBAN", "SSN"), whom.secrets_in_note(), strict=True
        ):
            told.check(
                f"but the {what} in it is redacted", secret in self._there["documents"][0][0] and secret not in note
            )
        vectors = self._seen["embeddings"]
        told.check(
            "embeddings were asked for and stripped",
            vectors is None
            or all(e is None or len(e) == 0 for row in vectors for e in (row if row is not None else [])),
        )

    def _clamped(self) -> None:
        told = self.told
        told.say("The application asks for 500 guests. Its rule lets a search reach 100 deep, and clamps what is more.")
        seen, there = self._query(self._people(ASSISTANT), 500), self._query(self._direct, 500)
        told.check("the database alone would have given 500", len(there["ids"][0]) == 500)
        told.check("it gets 100, the nearest ones", seen["ids"][0] == there["ids"][0][:100])

    def _somebody_else(self) -> None:
        told = self.told
        told.say("Maya of support has to write to guests. Her group has a rule of its own:")
        told.code(rule("support-reads"))
        seen, there = self._query(self._people("maya", "support"), 5), self._query(self._direct, 5)
        told.show("metadata", json.dumps(seen["metadatas"][0][0], ensure_ascii=False, sort_keys=True))
        told.check(
            "she reads the e-mail addresses",
            [m["email"] for m in seen["metadatas"][0]] == [m["email"] for m in there["metadatas"][0]],
        )
        told.check(
            "she reads no SSN either",
            all(s not in json.dumps(seen[k]) for k in ("metadatas", "documents") for s in self._ssns()),
        )
        told.check("and her searches end at 20", len(self._query(self._people("maya", "support"), 100)["ids"][0]) == 20)

    def _ssns(self) -> list[str]:
        return [person.ssn for person in self._crowd]

    def _refused(self) -> None:
        told, assistant = self.told, self._people(ASSISTANT)
        told.say("A refusal reaches the client as Chroma's own exception. Its message names the rule, and what to do.")

        def refused(what: str, call: Callable[[], object]) -> None:
            try:
                call()
            except ChromaError as error:
                told.show("refused", error)
                told.check(what, True)
            else:
                told.check(what, False)

        guess = self._whom().ssn
        refused(
            "guessing an SSN by filtering for it",
            lambda: assistant.query(query_embeddings=[[0.0] * 8], n_results=1, where={"ssn": guess}),
        )
        refused(
            "searching the redacted text for it",
            lambda: assistant.query(query_embeddings=[[0.0] * 8], n_results=1, where_document={"$contains": guess}),
        )
        analyst = self._people("ben", "analysts")
        told.check("an analyst may page, 50 at a time", len(analyst.get(limit=50)["ids"]) == 50)
        refused("but `get()` without a limit is the whole collection", lambda: analyst.get())
        refused("the application may not list at all", lambda: assistant.get(limit=10))
        refused("nor delete", lambda: assistant.delete(ids=["p00000"]))
        told.check("nothing was deleted", self._direct.count() == len(self._crowd))
        fork = self._world.http(self._gateway, ASSISTANT).post(
            f"/api/v2/tenants/default_tenant/databases/default_database/collections/{self._direct.id}/fork",
            json={"new_name": "mine"},
        )
        told.check("copying the collection elsewhere is an export, and blocked", _is_refusal(fork))
        refused(
            "a stranger does not even see the collection",
            lambda: self._world.client(self._gateway, "svc:stranger").get_collection(COLLECTION),
        )
        crooked = self._world.http(self._gateway, ASSISTANT).post(
            f"/api/v2/tenants/default_tenant/databases/default_database/collections/{self._direct.id}/query",
            content=b'{"query_embeddings":[[0,0,0,0,0,0,0,0]],"n_results":1,"n_results":2000}',
            headers={"content-type": "application/json"},
        )
        told.check("a body that two parsers would read differently gets 400", _is_refusal(crooked, 400))

    def _approved(self) -> None:
        told = self.told
        told.say(
            "The application asks for 2,000 guests. More than 1,000 needs a human: the request is held, open, while "
            "somebody looks at it in the console."
        )
        answer, approval = self._held("approve", "month-end report", 2000)
        told.check("the request was held, and somebody approved it", approval)
        there = self._query(self._direct, 2000, ["metadatas"])
        told.check("it is answered in full: 2,000 guests", answer and answer["ids"] == there["ids"])
        told.check(
            "approved is not unmasked: no SSN among them",
            answer and all("ssn" not in m for m in answer["metadatas"][0]),
        )

    def _denied(self) -> None:
        told = self.told
        told.say("Another one, for 1,500. This time the answer is no.")
        try:
            self._held("deny", "not this one, ask for the report", 1500)
        except ChromaError as error:
            told.show("refused", error)
            told.check("the client is refused, with the reason that was given", self._approver.reason_in(str(error)))
        else:
            told.check("the client is refused", False)

    def _held(self, decision: str, reason: str, count: int) -> tuple[dict, str]:
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            collection = self._people(ASSISTANT)
            self._approver.begin()
            asked = pool.submit(self._query, collection, count, ["metadatas"])
            approval = self._approver.decide(decision, reason)
            return asked.result(), approval

    def _recorded(self) -> None:
        told, world = self.told, self._world
        told.say(
            "The auditor's side. Every exchange is a record; the records of each Envoy worker are a chain of hashes."
        )
        records = world.console.records(limit=500)
        ended = [r for r in reversed(records) if r["phase"] == "closed" and r["request"]["operation"] != "meta"]
        for record in ended[-10:]:
            decision, answer = record["decision"], record["answer"]
            told.show(
                record["identity"]["name"],
                f"{record['request']['operation']} {', '.join(record['request']['collections'])}: {decision['verdict']}"
                f" by {decision.get('rule', 'no rule')}, {answer.get('returned') or 0} came back",
            )
        verdicts = {r["decision"]["verdict"] for r in records if r["identity"]["name"] == ASSISTANT}
        told.check(
            "allowed, clamped, approved, denied and rejected are all there",
            verdicts >= {"allow", "clamp", "approve", "deny", "reject"},
        )
        text = json.dumps(records, ensure_ascii=False)
        assistant = json.dumps([r for r in records if r["identity"]["name"] == ASSISTANT], ensure_ascii=False)
        told.check("no SSN of the 2,400 stands in any record", not any(p.ssn in text for p in self._crowd))
        told.check(
            "nor a card number, IBAN or phone number in the application's",
            not any(s in assistant for p in self._crowd for s in (p.card, p.iban, p.phone)),
        )
        browser = world.console.person()
        told.check("the console's page shows them to people", ASSISTANT in browser.text("/exchanges"))
        told.check("and the session of the application, step by step", ASSISTANT in browser.text("/sessions"))
        checked = world.console.verify()
        told.check("`vectorgate verify` finds every chain unbroken", checked.returncode == 0)
        counted = self._gateway.stats("vectorgate")
        told.check("Envoy's own metrics count them", any(counted.values()))

    def _query(self, collection, count: int, include: list[str] = EVERYTHING) -> dict:
        return collection.query(query_embeddings=[self._whom().embedding], n_results=count, include=include)


class Approver:
    """Who decides: the demo itself, through the console's own form, or the person in front of it."""

    def __init__(self, narrator: Narrator, world: World, *, in_person: bool, patience: float):
        self._told = narrator
        self._world = world
        self._in_person = in_person
        self._patience = patience
        self._browser = world.console.person()
        self._known: set[str] = set()
        self._reason = ""

    def begin(self) -> None:
        """What waits already is not what is decided next."""
        self._known = set(self._browser.waiting())

    def decide(self, decision: str, reason: str) -> str:
        """Waits for the next request that is held, and decides it. Gives its id."""
        (approval, *_) = wait_until(
            lambda: [a for a in self._browser.waiting() if a not in self._known], what="a request waits", within=20
        )
        page = f"{self._world.console.url}/approvals/{approval}"
        self._told.show("waiting", page)
        if self._in_person:
            print(f"\n   → open {page}")
            print(f"     log in as {self._world.console.admin} with the password {self._world.console.password}")
            print(f"     and press {decision}. The client waits as long as {self._patience:.0f} s.\n", flush=True)
            wait_until(
                lambda: approval not in self._browser.waiting(), what="somebody has decided", within=self._patience
            )
            self._reason = ""
        else:
            said = self._browser.text(f"/approvals/{approval}")
            self._told.check("the page says who wants what", ASSISTANT in said and COLLECTION in said)
            self._told.say(f"The demo logs in to the console and presses {decision}: “{reason}”.")
            self._browser.decide(approval, decision, reason)
            self._reason = reason
        return approval

    def reason_in(self, message: str) -> bool:
        return self._reason in message


def _is_refusal(answer: httpx.Response, status: int | None = None) -> bool:
    """Whether it is a refusal in Chroma's own form."""
    if not answer.is_client_error or (status and answer.status_code != status):
        return False
    return {"error", "message"} <= set(answer.json())
