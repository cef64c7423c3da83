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
        "size": lambda: f"{dice.randrange(1, 4000)}x{dice.randrange(1, 4000)}",
    }
    names = dice.sample(sorted(fields), 6)
    return {name: fields[name]() for name in names}
