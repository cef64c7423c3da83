"""The chapters: what Vectorgate does, seen from the client, the database, the approver and the auditor.

What is the same in front of every database is told here. A database's own module has what differs: how its clients are used,
what can be asked of it, and how its door is closed.
"""

import abc
import concurrent.futures
import contextlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from stage.envoy import Gateway
from stage.people import Person, people
from stage.world import World

from .approver import Approver
from .narrator import Narrator
from .policy import ASSISTANT, rule


@dataclass(frozen=True)
class Found:
    """One guest as a client found it."""

    id: str
    distance: float
    fields: dict = field(default_factory=dict)
    note: str = ""
    vector: list[float] | None = None


class Story(abc.ABC):
    """The story in front of one database."""

    # What the database is called, in prose and in a policy.
    title: str
    database: str
    # What a policy calls the note in free text.
    note: str
    # What the official client raises when it is refused.
    refusal: type[Exception]
    # The file of envoy/ that the gateway runs with.
    configuration: str

    def __init__(self, narrator: Narrator, world: World, gateway: Gateway, *, approver: Approver):
        self.told = narrator
        self.world = world
        self.gateway = gateway
        self.approver = approver
        self.crowd = people()
        # What is undone at the end.
        self.leaving = contextlib.ExitStack()

    @staticmethod
    def missing() -> str | None:
        """What has to be there first, in words; None where nothing is missing."""
        return None

    @staticmethod
    @abc.abstractmethod
    def gateway_of(world: World, policy: dict) -> Gateway:
        """Starts the database and a gateway in front of it."""

    @staticmethod
    def words(error: Exception) -> str:
        """What a refusal says to the one who called."""
        return str(error)

    @abc.abstractmethod
    def try_it(self, token: str) -> str:
        """What somebody can try while everything runs."""

    @abc.abstractmethod
    def closed(self) -> None:
        """Chapter: nobody gets in without the gateway."""

    @abc.abstractmethod
    def how_to_ask(self) -> str:
        """An application's code, with what changes."""

    @abc.abstractmethod
    def refused(self) -> None:
        """Chapter: what is refused."""

    @abc.abstractmethod
    def search(self, identity: str | None, count: int, *groups: str, everything: bool = True) -> list[Found]:
        """The guests nearest to one of them; `identity` None goes through the back door."""

    def tell(self) -> None:
        for title, chapter in (
            ("The database is closed", self.closed),
            ("An application searches, as it always did", self._search),
            ("What it does not get to see", self._masked),
            ("How much it gets", self._clamped),
            ("Somebody else sees something else", self._somebody_else),
            ("What is refused, in words", self.refused),
            ("A large search waits for a human", self._approved),
            ("A human says no", self._denied),
            ("All of it is on record", self._recorded),
        ):
            self.told.chapter(title, chapter)

    @property
    def whom(self) -> Person:
        """The guest that everything is about."""
        return self.crowd[5]

    def rule(self, name: str) -> str:
        return rule(name, self.note)

    def is_refused(self, what: str, call: Callable[[], object]) -> None:
        """Claims that a call raises the client's own exception."""
        try:
            call()
        except self.refusal as error:
            self.told.show("refused", self.words(error))
            self.told.check(what, True)
        else:
            self.told.check(what, False)

    def the_door(self) -> None:
        self.told.say(
            f"{self.title} holds 2,400 guests of a hotel who do not exist: fields, a note in free text, an embedding. "
            "In front of it is a listener that wants TLS and a key which only the gateway has."
        )

    def the_back_door(self, guest: Found) -> None:
        told = self.told
        told.say("For this demo alone there is a back door, to compare with. Through it, one guest:")
        told.show("fields", _text(guest.fields))
        told.show("note", guest.note.strip())
        told.check("the database holds the guest's SSN", guest.fields["ssn"] == self.whom.ssn)
        told.check("and an embedding of 8 numbers", guest.vector is not None and len(guest.vector) == 8)

    def _search(self) -> None:
        told = self.told
        told.say(
            f"The application uses {self.title}'s own client. Two things change: the address, and its token is its key."
        )
        told.code(self.how_to_ask())
        told.say("What it may do is a rule of the policy:")
        told.code(self.rule("assistant-reads"))
        self._seen, self._there = self.search(ASSISTANT, 5), self.search(None, 5)
        told.check(
            "it finds the same five guests in the same order",
            [guest.id for guest in self._seen] == [guest.id for guest in self._there] and len(self._seen) == 5,
        )
        told.check(
            "with the same distances",
            [guest.distance for guest in self._seen] == [guest.distance for guest in self._there],
        )
        told.check(
            "and the same names and cities",
            [(guest.fields["name"], guest.fields["city"]) for guest in self._seen]
            == [(guest.fields["name"], guest.fields["city"]) for guest in self._there],
        )

    def _masked(self) -> None:
        told, whom = self.told, self.whom
        seen = [guest.fields for guest in self._seen]
        there = [guest.fields for guest in self._there]
        told.say("The first of them, as the application sees it:")
        told.show("fields", _text(seen[0]))
        told.show("note", self._seen[0].note.strip())
        told.check(
            "the e-mail address keeps its domain and little else",
            all(
                m["email"] != t["email"] and m["email"].partition("@")[2] == t["email"].partition("@")[2]
                for m, t in zip(seen, there, strict=True)
            ),
        )
        told.check("the SSN is gone", all("ssn" not in m for m in seen) and all("ssn" in t for t in there))
        again = [guest.fields for guest in self.search(ASSISTANT, 5)]
        told.check(
            "the user id is a hash, the same each time, so that joins still work",
            all(m["user_id"] != t["user_id"] for m, t in zip(seen, there, strict=True))
            and [m["user_id"] for m in seen] == [m["user_id"] for m in again],
        )
        note = self._seen[0].note
        told.check(
            "the note still reads, from its beginning to its end", note.startswith(f"{whom.name} from {whom.city}")
        )
        for what, secret in zip(
            ("e-mail address", "phone number", "card number", "IBAN", "SSN"), whom.secrets_in_note(), strict=True
        ):
            told.check(f"but the {what} in it is redacted", secret in self._there[0].note and secret not in note)
        told.check(
            "embeddings were asked for and stripped",
            all(guest.vector is None for guest in self._seen) and all(guest.vector for guest in self._there),
        )

    def _clamped(self) -> None:
        told = self.told
        told.say("The application asks for 500 guests. Its rule lets a search reach 100 deep, and clamps what is more.")
        seen, there = self.search(ASSISTANT, 500), self.search(None, 500)
        told.check("the database alone would have given 500", len(there) == 500)
        told.check("it gets 100, the nearest ones", [g.id for g in seen] == [g.id for g in there[:100]])

    def _somebody_else(self) -> None:
        told = self.told
        told.say("Maya of support has to write to guests. Her group has a rule of its own:")
        told.code(self.rule("support-reads"))
        seen, there = self.search("maya", 5, "support"), self.search(None, 5)
        told.show("fields", _text(seen[0].fields))
        told.check(
            "she reads the e-mail addresses", [g.fields["email"] for g in seen] == [g.fields["email"] for g in there]
        )
        shown = json.dumps([[g.fields, g.note] for g in seen])
        told.check("she reads no SSN either", all(person.ssn not in shown for person in self.crowd))
        told.check("and her searches end at 20", len(self.search("maya", 100, "support")) == 20)

    def _approved(self) -> None:
        told = self.told
        told.say(
            "The application asks for 2,000 guests. More than 1,000 needs a human: the request is held, open, while "
            "somebody looks at it in the console."
        )
        answer, approval = self._held("approve", "month-end report", 2000)
        told.check("the request was held, and somebody approved it", approval)
        there = self.search(None, 2000, everything=False)
        told.check(
            "it is answered in full: 2,000 guests",
            len(answer) == 2000 and [g.id for g in answer] == [g.id for g in there],
        )
        told.check("approved is not unmasked: no SSN among them", all("ssn" not in g.fields for g in answer))

    def _denied(self) -> None:
        told = self.told
        told.say("Another one, for 1,500. This time the answer is no.")
        try:
            self._held("deny", "not this one, ask for the report", 1500)
        except self.refusal as error:
            said = self.words(error)
            told.show("refused", said)
            told.check("the client is refused, with the reason that was given", self.approver.reason_in(said))
        else:
            told.check("the client is refused", False)

    def _held(self, decision: str, reason: str, count: int) -> tuple[list[Found], str]:
        self.search(ASSISTANT, 1, everything=False)  # whatever a client does once is done
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            self.approver.begin()
            asked = pool.submit(self.search, ASSISTANT, count, everything=False)
            approval = self.approver.decide(decision, reason)
            return asked.result(), approval

    def _recorded(self) -> None:
        told, console = self.told, self.world.console
        told.say(
            "The auditor's side. Every exchange is a record; the records of each Envoy worker are a chain of hashes."
        )
        records = console.records(limit=500)
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
        browser = console.person()
        clamped = next(r for r in records if r["decision"]["verdict"] == "clamp" and r["identity"]["name"] == ASSISTANT)
        shown = browser.text(f"/exchanges/{clamped['exchange']}")
        first = next(g for g in self.crowd if g.id == self._there[0].id)
        told.check("an exchange can be read on its page: who was found, and what was asked", first.name in shown)
        # What the recorder was sent, and what its pages make of it.
        text = json.dumps(records, ensure_ascii=False) + shown
        assistant = json.dumps([r for r in records if r["identity"]["name"] == ASSISTANT], ensure_ascii=False) + shown
        told.check("no SSN of the 2,400 stands in any record", not any(p.ssn in text for p in self.crowd))
        told.check(
            "nor a card number, IBAN or phone number in the application's",
            not any(s in assistant for p in self.crowd for s in (p.card, p.iban, p.phone)),
        )
        told.check("the console's page shows them to people", ASSISTANT in browser.text("/exchanges"))
        told.check("and the session of the application, step by step", ASSISTANT in browser.text("/sessions"))
        told.check("`vectorgate verify` finds every chain unbroken", console.verify().returncode == 0)
        counted = self.gateway.stats("vectorgate")
        told.check("Envoy's own metrics count them", any(counted.values()))


def _text(fields: dict) -> str:
    return json.dumps(fields, ensure_ascii=False, sort_keys=True)
