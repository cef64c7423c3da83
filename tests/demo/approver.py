"""Who decides about a request that is held."""

from stage.people import COLLECTION
from stage.processes import wait_until
from stage.world import World

from .narrator import Narrator
from .policy import ASSISTANT


class Approver:
    """The demo itself, through the console's own form, or the person in front of it."""

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
            lambda: [a for a in self._browser.waiting() if a not in self._known], what="a request waits", within=60
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
