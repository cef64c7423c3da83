"""Labelled sentences: the templates of presidio-evaluator and some of our own, filled by Faker and by generators of valid numbers."""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import distribution

from faker import Faker

LOCALES = ["en_US", "de_DE", "pt_BR", "it_IT", "en_IN"]

# Slots of the templates, and what kind of thing they hold. The others are filled and not labelled.
LABELLED = {
    "email": "email",
    "credit_card_number": "card",
    "iban": "iban",
    "ssn": "ssn",
    "ip_address": "ip",
    "phone_number": "phone",
}

# presidio-evaluator's templates are mostly about names and addresses; these bring the other kinds up.
_OWN = """
Please send the invoice to {{email}} before Friday.
{{email}} wrote: the delivery has not arrived, call {{phone_number}}
Contact: {{phone_number}}, {{email}}
Refund to IBAN {{iban}}, reference 2024-118.
transfer from {{iban}} to {{iban}} was rejected
The social security number on file is {{ssn}}.
SSN: {{ssn}}, card: {{credit_card_number}}
paid with {{credit_card_number}} on 2024-03-11
Login from {{ip_address}} at 10:31, then from {{ip_address}}
host {{ip_address}} answered, user {{email}}
"""


@dataclass(frozen=True)
class Span:
    kind: str
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    text: str
    spans: tuple[Span, ...]


def _templates() -> list[str]:
    files = distribution("presidio-evaluator").files or []
    (path,) = [f for f in files if str(f).endswith("raw_data/templates.txt")]
    # A line's end within a template is written `\\n`, and the package's own loader reads it so.
    theirs = [line.replace("\\n", "\n") for line in path.locate().read_text().splitlines()]
    wanted = [line for line in theirs if any(f"{{{{{slot}}}}}" in line for slot in LABELLED)]
    return wanted + [line for line in _OWN.splitlines() if line]


def _luhn(digits: str) -> str:
    total = 0
    for n, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if n % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def _card(dice: random.Random) -> str:
    kind = dice.choice(["visa", "visa", "mastercard", "mastercard", "amex", "discover", "diners"])
    start, length = {
        "visa": ("4", 16),
        "mastercard": (str(dice.randrange(51, 56)), 16),
        "amex": (dice.choice(["34", "37"]), 15),
        "discover": ("6011", 16),
        "diners": ("36", 14),
    }[kind]
    digits = start + "".join(dice.choice("0123456789") for _ in range(length - len(start) - 1))
    digits += _luhn(digits)
    separator = dice.choice(["", "", " ", "-"])
    groups = (4, 6, 5) if length == 15 else (4, 6, 4) if length == 14 else (4, 4, 4, 4)
    parts, at = [], 0
    for size in groups:
        parts.append(digits[at : at + size])
        at += size
    return separator.join(parts)


# The country, and what its account numbers look like behind the check digits: letters and digits.
_ACCOUNTS = {
    "DE": (0, 18),
    "GB": (4, 14),
    "NL": (4, 10),
    "ES": (0, 20),
    "AT": (0, 16),
    "PL": (0, 24),
    "BE": (0, 12),
}


def _iban(dice: random.Random) -> str:
    country = dice.choice(sorted(_ACCOUNTS))
    letters, digits = _ACCOUNTS[country]
    account = "".join(dice.choice("ABCDEFGHKLMNOPRSTUWXYZ") for _ in range(letters))
    account += "".join(dice.choice("0123456789") for _ in range(digits))
    number = "".join(str(int(character, 36)) for character in f"{account}{country}00")
    iban = f"{country}{98 - int(number) % 97:02}{account}"
    return " ".join(iban[n : n + 4] for n in range(0, len(iban), 4)) if dice.random() < 0.4 else iban


def _fill(slot: str, dice: random.Random, faker: Faker, american: Faker) -> str:
    makers: dict[str, Callable[[], str]] = {
        "credit_card_number": lambda: _card(dice),
        "iban": lambda: _iban(dice),
        "ssn": american.ssn,
        "email": faker.email,
        "phone_number": faker.phone_number,
        "ip_address": lambda: faker.ipv4() if dice.random() < 0.7 else faker.ipv6(),
        "organization": faker.company,
        "person": faker.name,
        "age": lambda: str(dice.randrange(18, 99)),
        "url": faker.url,
        "date_time": lambda: str(faker.date_time()),
        "date_of_birth": lambda: str(faker.date_of_birth()),
        "zipcode": faker.postcode,
    }
    if slot in makers:
        return makers[slot]()
    maker = getattr(faker, slot, None) or getattr(american, slot, None)
    if maker is None:
        return dice.choice(["North", "Springfield", "Acme"])
    try:
        return str(maker()).replace("\n", ", ")
    except (AttributeError, TypeError):
        return "Springfield"


def sentences(count: int, seed: int = 7) -> list[Sentence]:
    """So many of them, the same for the same seed."""
    dice = random.Random(seed)
    fakers = {locale: Faker(locale) for locale in LOCALES}
    for n, faker in enumerate(fakers.values()):
        faker.seed_instance(seed + n)
    templates = _templates()
    made = []
    for _ in range(count):
        faker = fakers[dice.choice(LOCALES)]
        text, spans = "", []
        for part in re.split(r"(\{\{\w+\}\})", dice.choice(templates)):
            if not part.startswith("{{"):
                text += part
                continue
            slot = part[2:-2]
            value = _fill(slot, dice, faker, fakers["en_US"])
            if kind := LABELLED.get(slot):
                spans.append(Span(kind, len(text), len(text) + len(value)))
            text += value
        made.append(Sentence(text, tuple(spans)))
    return made


def prose(count: int, seed: int = 23) -> list[str]:
    """Paragraphs of words and nothing else: what most text is."""
    faker = Faker("en_US")
    faker.seed_instance(seed)
    return [faker.paragraph(nb_sentences=12) for _ in range(count)]
