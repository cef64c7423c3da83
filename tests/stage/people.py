"""People who do not exist, and what a database might hold on them. The same ones in every run."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import chromadb

COLLECTION = "people"
DIMENSIONS = 8

_FIRST = ["Ada", "Bruno", "Chiara", "Dmitri", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kofi", "Lena"]
_LAST = ["Abel", "Brandt", "Costa", "Duval", "Eriksen", "Fischer", "García", "Horváth", "Ito", "Jansen", "Kowalski"]
_CITY = ["Bergen", "Coimbra", "Gdańsk", "Graz", "Lyon", "Turku"]


@dataclass(frozen=True)
class Person:
    """One record: metadata, and a note in free text that says more than it should."""

    id: str
    name: str
    city: str
    age: int
    email: str
    user_id: str
    ssn: str
    phone: str
    card: str
    iban: str
    embedding: list[float] = field(repr=False)

    @property
    def note(self) -> str:
        return (
            f"{self.name} from {self.city} wrote from {self.email} and asks to be called at {self.phone}. "
            f'Paid with {self.card}, refund goes to {self.iban}. SSN on file: {self.ssn}. Prefers "quiet" rooms.\n'
        )

    @property
    def metadata(self) -> dict:
        return {
            "name": self.name,
            "city": self.city,
            "age": self.age,
            "email": self.email,
            "user_id": self.user_id,
            "ssn": self.ssn,
        }

    def secrets_in_note(self) -> list[str]:
        """What must not be read in a note by whoever may see it redacted."""
        return [self.email, self.phone, self.card, self.iban, self.ssn]


def people(count: int = 2400, seed: int = 20) -> list[Person]:
    """The first `count` of them."""
    dice = random.Random(seed)
    return [_person(number, dice) for number in range(count)]


def _person(number: int, dice: random.Random) -> Person:
    first, last = dice.choice(_FIRST), dice.choice(_LAST)
    return Person(
        id=f"p{number:05}",
        name=f"{first} {last}",
        city=dice.choice(_CITY),
        age=dice.randint(18, 90),
        email=f"{first.lower()}.{number}@mail.example.org",
        user_id=f"u-{number:06}",
        # A number that could be real by its form: no 000, 666 or 9xx area.
        ssn=f"{dice.randint(100, 599)}-{dice.randint(10, 99)}-{dice.randint(1000, 9999)}",
        phone=f"+49 30 {dice.randint(1000000, 9999999)}",
        card=_card(dice),
        iban=_iban(dice),
        embedding=[round(dice.uniform(-1, 1), 6) for _ in range(DIMENSIONS)],
    )


def _card(dice: random.Random) -> str:
    digits = [4, *(dice.randint(0, 9) for _ in range(14))]
    total = sum(sum(divmod(d * 2, 10)) if i % 2 == 0 else d for i, d in enumerate(digits))
    digits.append(-total % 10)
    text = "".join(map(str, digits))
    return " ".join(text[i : i + 4] for i in range(0, 16, 4))


def _iban(dice: random.Random) -> str:
    account = "".join(str(dice.randint(0, 9)) for _ in range(18))
    check = 98 - int(f"{account}131400") % 97  # D is 13, E is 14
    return f"DE{check:02}{account}"


def load(client: chromadb.ClientAPI, crowd: list[Person], collection: str = COLLECTION) -> chromadb.Collection:
    """Put them into a collection of their own."""
    made = client.create_collection(collection, embedding_function=None, metadata={"topic": "guests"})
    for batch in _batches(crowd, 400):
        made.add(
            ids=[p.id for p in batch],
            embeddings=[p.embedding for p in batch],
            documents=[p.note for p in batch],
            metadatas=[p.metadata for p in batch],
        )
    return made


def _batches(crowd: list[Person], size: int) -> Iterator[list[Person]]:
    for start in range(0, len(crowd), size):
        yield crowd[start : start + size]
