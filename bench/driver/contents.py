"""What stands in the answers: people with notes and vectors, from a seed."""

import random

_WORDS = (
    "the invoice order account delivery contract region policy report review customer support team window access storage "
    "index vector search answer model index page line of and with for from until after before since during was is are has "
    "been will changed checked sent received open closed late early second third new old small large weekly monthly"
).split()


def vector(dice: random.Random, dimensions: int) -> list[float]:
    return [round(dice.gauss(0, 0.05), 8) for _ in range(dimensions)]


def prose(dice: random.Random, length: int) -> str:
    words: list[str] = []
    size = 0
    while size < length:
        word = dice.choice(_WORDS)
        if dice.random() < 0.08:
            word = word.capitalize()
        if dice.random() < 0.06:
            word += dice.choice([".", ",", ";", " -", '"', "\n"])
        words.append(word)
        size += len(word) + 1
    return " ".join(words)[:length]


def payload(dice: random.Random, n: int, text: int) -> dict:
    return {
        "user_id": f"u-{dice.randrange(10**8):08}",
        "email": f"{dice.choice(_WORDS)}.{dice.choice(_WORDS)}{n}@example.com",
        "title": prose(dice, 40),
        "country": dice.choice(["DE", "FR", "US", "BR", "IN"]),
        "age": dice.randrange(18, 90),
        "contact": {
            "phone": f"+1-555-01{n % 100:02}",
            "city": "Springfield",
            "ssn": f"{dice.randrange(100, 700)}-{dice.randrange(10, 99)}-{dice.randrange(1000, 9999)}",
        },
        "tags": ["vip", "eu"],
        "score_card": round(dice.random(), 6),
        "note": prose(dice, text),
    }


def columns(seed: str, hits: int, dimensions: int, document: int, text: int, personal: bool = False) -> dict:
    """Chroma's answer to a query: one list for each kind of thing."""
    dice = random.Random(seed)

    def written(n: int) -> str:
        words = prose(dice, document)
        if personal:
            words = f"{words[:-60]} write to person{n}@example.com or use 4111 1111 1111 1111"
        return words

    return {
        "ids": [[f"doc-{n:06}" for n in range(hits)]],
        "embeddings": [[vector(dice, dimensions) for _ in range(hits)]] if dimensions else None,
        "documents": [[written(n) for n in range(hits)]],
        "uris": None,
        "metadatas": [[payload(dice, n, text) for n in range(hits)]],
        "distances": [[round(0.1 + n / 1000, 7) for n in range(hits)]],
        "include": ["metadatas", "documents", "distances"] + (["embeddings"] if dimensions else []),
    }


def rows(seed: str, hits: int, text: int) -> dict:
    """Chroma's answer to a get."""
    found = columns(seed, hits, 0, 200, text)
    return {
        "ids": found["ids"][0],
        "embeddings": None,
        "documents": found["documents"][0],
        "uris": None,
        "metadatas": found["metadatas"][0],
        "include": ["metadatas", "documents"],
    }


def points(seed: str, hits: int, dimensions: int, text: int) -> dict:
    """Qdrant's answer to a query."""
    dice = random.Random(seed)
    found = []
    for n in range(hits):
        point = {"id": n, "version": 3, "score": round(0.9 - n / 1000, 7), "payload": payload(dice, n, text)}
        if dimensions:
            point["vector"] = vector(dice, dimensions)
        found.append(point)
    return {"result": {"points": found}, "status": "ok", "time": 0.000731}
