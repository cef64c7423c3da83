"""Rows of business JSON with no personal data in them: whatever is found there is damage."""

import base64
import json
import random
import uuid


def rows(count: int, seed: int = 11) -> list[str]:
    """So many of them, the same for the same seed."""
    dice = random.Random(seed)
    return [json.dumps(_row(dice)) for _ in range(count)]


def _hex(dice: random.Random, length: int) -> str:
    return f"{dice.getrandbits(4 * length):0{length}x}"


def _number(dice: random.Random, digits: int) -> str:
    return str(dice.randrange(10 ** (digits - 1), 10**digits))


def _trade_item(dice: random.Random) -> str:
    """An EAN-13, its check digit right."""
    digits = f"40{dice.randrange(10**10):010}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def bare_ids(count: int, seed: int = 13) -> list[str]:
    """Random numbers of 16 digits with nothing around them: what no detector of cards can tell from cards."""
    dice = random.Random(seed)
    return [_number(dice, 16) for _ in range(count)]


def _row(dice: random.Random) -> dict:
    seconds = dice.randrange(1_600_000_000, 1_760_000_000)
    fields = {
        "order_id": lambda: str(dice.randrange(10**8, 10**10)),
        "invoice": lambda: f"INV-{dice.randrange(2018, 2026)}-{dice.randrange(10**6):06}",
        "sku": lambda: (
            f"{dice.choice('ABCDEF')}{dice.choice('GHJK')}-{dice.randrange(10**4):04}-{dice.randrange(100):02}"
        ),
        "price": lambda: f"{dice.random() * 10 ** dice.randrange(1, 6):.2f}",
        "created": lambda: str(seconds),
        "created_ms": lambda: str(seconds * 1000 + dice.randrange(1000)),
        "created_at": lambda: (
            f"2024-{dice.randrange(1, 13):02}-{dice.randrange(1, 29):02}T{dice.randrange(24):02}:"
            f"{dice.randrange(60):02}:{dice.randrange(60):02}.{dice.randrange(10**6):06}Z"
        ),
        "uuid": lambda: str(uuid.UUID(int=dice.getrandbits(128), version=4)),
        "sha1": lambda: _hex(dice, 40),
        "sha256": lambda: _hex(dice, 64),
        "version": lambda: ".".join(str(dice.randrange(60)) for _ in range(3)),
        "build": lambda: f"{dice.randrange(20)}.{dice.randrange(20)}.{dice.randrange(10**4)}-rc{dice.randrange(9)}",
        "position": lambda: f"{dice.uniform(-90, 90):.6f}, {dice.uniform(-180, 180):.6f}",
        "blob": lambda: base64.b64encode(dice.randbytes(dice.randrange(12, 60))).decode(),
        "vector": lambda: [round(dice.gauss(0, 0.05), 8) for _ in range(8)],
        "counter": lambda: dice.randrange(10 ** dice.randrange(1, 16)),
        "batch": lambda: f"LOT {dice.randrange(1000):03}/{dice.randrange(100):02}-{dice.randrange(10**4):04}",
        "etag": lambda: f'W/"{_hex(dice, 16)}-{_hex(dice, 8)}"',
        "path": lambda: f"/srv/data/{dice.randrange(10**6)}/part-{dice.randrange(10**5):05}.parquet",
        "order_ref": lambda: _number(dice, dice.choice([12, 14, 15, 16, 16, 16, 19])),
        "transaction_id": lambda: _number(dice, 16),
        "trackingId": lambda: _number(dice, dice.choice([12, 13, 18])),
        "snowflake_id": lambda: str((seconds * 1000 - 1_288_834_974_657) << 22 | dice.getrandbits(22)),
        "created_us": lambda: str(seconds * 1_000_000 + dice.randrange(10**6)),
        "ean": lambda: _trade_item(dice),
        "isbn": lambda: (
            f"978-{dice.randrange(10)}-{dice.randrange(10**4):04}-{dice.randrange(10**4):04}-{dice.randrange(10)}"
        ),
        "mac": lambda: ":".join(_hex(dice, 2) for _ in range(6)),
        "file_version": lambda: ".".join(str(dice.randrange(top)) for top in (20, 10, 200, 200)),
        "amount": lambda: f"{dice.randrange(1, 999)}.{dice.randrange(1000):03},{dice.randrange(100):02} EUR",
        "day": lambda: f"{dice.randrange(1, 29):02}.{dice.randrange(1, 13):02}.{dice.randrange(2018, 2026)}",
        "window": lambda: f"{dice.randrange(24):02}:{dice.randrange(60):02}:{dice.randrange(60):02}",
        "object_id": lambda: _hex(dice, 24),
        "pad": lambda: f"{dice.randrange(10**7):010}",
        "size": lambda: f"{dice.randrange(1, 4000)}x{dice.randrange(1, 4000)}",
    }
    names = dice.sample(sorted(fields), 8)
    return {name: fields[name]() for name in names}
