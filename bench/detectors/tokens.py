"""Labelled texts with secrets in them: tokens, cloud access keys, private keys. Well-formed, and made up."""

import base64
import json
import random
import string

from .sentences import Sentence, Span

_WORD = string.ascii_letters + string.digits
_UPPER = string.ascii_uppercase + string.digits

# Around a secret, `{}`: lines of configuration, of logs, of chat.
_AROUND = [
    "export KEY={}",
    "the key is {}, do not share it",
    '{{"token": "{}", "expires": 3600}}',
    "Authorization: Bearer {}",
    "2024-03-11 10:31:22 WARN rejected {} from the queue",
    "{}",
    "key: '{}'\nregion: eu-central-1",
    "curl -H 'X-Api-Key: {}' https://api.example.com/v1/items",
]

# Texts of the same kind in which nothing is secret.
_PLAIN = [
    "commit {sha} fixes the build",
    "sha256:{sha}{sha24} is the digest of the image",
    "request {uuid} took 12 ms, trace {hex32}",
    "the public key starts with -----BEGIN PUBLIC KEY----- and the certificate with -----BEGIN CERTIFICATE-----",
    "sk-learn, task-{hex32}, AKIA is a prefix, eyebrow.eyelid.eyes, ghp_ too",
    "image: registry.example.com/team/service:1.4.{n}@sha256:{sha}{sha24}",
    "blob {blob}",
    "npm install left-pad@1.3.{n} && hf_hub download, whsec_ and xoxb- are prefixes",
]


def _some(dice: random.Random, alphabet: str, length: int) -> str:
    # One of each class first, as every real key of such a length has them.
    start = [
        dice.choice([c for c in alphabet if test(c)])
        for test in (str.isdigit, str.isupper, str.islower)
        if any(map(test, alphabet))
    ]
    rest = [dice.choice(alphabet) for _ in range(length - len(start))]
    dice.shuffle(both := start + rest)
    return "".join(both)


def _part(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _jwt(dice: random.Random) -> str:
    header = {"alg": dice.choice(["HS256", "RS256", "ES256", "EdDSA"]), "typ": "JWT"}
    if dice.random() < 0.5:
        header["kid"] = f"{dice.getrandbits(64):016x}"
    claims = {
        "sub": f"u-{dice.randrange(10**6)}",
        "iat": dice.randrange(1_600_000_000, 1_760_000_000),
    }
    parts = [_part(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims)]
    return ".".join([*parts, _part(dice.randbytes(dice.choice([32, 64, 256])))])


def _private_key(dice: random.Random) -> str:
    label = dice.choice(["RSA PRIVATE KEY", "PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY"])
    body = base64.b64encode(dice.randbytes(dice.choice([121, 300, 1190]))).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----"])


def _cloud_key(dice: random.Random) -> str:
    hexes = f"{dice.getrandbits(256):064x}"
    forms = [
        lambda: f"AKIA{_some(dice, _UPPER, 16)}",
        lambda: f"ASIA{_some(dice, _UPPER, 16)}",
        lambda: f"AIza{_some(dice, _WORD + '_-', 34)}x",
        lambda: f"GOCSPX-{_some(dice, _WORD, 28)}",
        lambda: f"ghp_{_some(dice, _WORD, 36)}",
        lambda: f"github_pat_{_some(dice, _WORD, 22)}_{_some(dice, _WORD, 59)}",
        lambda: f"glpat-{_some(dice, _WORD, 20)}",
        lambda: f"xoxb-{dice.randrange(10**11, 10**12)}-{dice.randrange(10**11, 10**12)}-{_some(dice, _WORD, 24)}",
        lambda: f"sk_live_{_some(dice, _WORD, 24)}",
        lambda: f"sk-proj-{_some(dice, _WORD, 64)}",
        lambda: f"hf_{_some(dice, _WORD, 34)}",
        lambda: f"npm_{_some(dice, _WORD, 36)}",
        lambda: f"SG.{_some(dice, _WORD, 22)}.{_some(dice, _WORD, 43)}",
        lambda: f"dop_v1_{hexes}",
        lambda: f"shpat_{hexes[:32]}",
    ]
    return dice.choice(forms)()


_MAKERS = {"jwt": _jwt, "cloud_key": _cloud_key, "private_key": _private_key}


def secrets(count: int, seed: int = 17) -> list[Sentence]:
    """So many texts, the same for the same seed; every fourth has no secret in it."""
    dice = random.Random(seed)
    made = []
    for number in range(count):
        if number % 4 == 3:
            hexes = f"{dice.getrandbits(160):040x}"
            text = dice.choice(_PLAIN).format(
                sha=hexes,
                sha24=hexes[:24],
                hex32=hexes[:32],
                uuid=f"{hexes[:8]}-{hexes[8:12]}-4{hexes[13:16]}-a{hexes[17:20]}-{hexes[20:32]}",
                blob=base64.b64encode(dice.randbytes(90)).decode(),
                n=dice.randrange(100),
            )
            made.append(Sentence(text, ()))
            continue
        kind = dice.choice(sorted(_MAKERS))
        secret = _MAKERS[kind](dice)
        before, _, after = dice.choice(_AROUND).replace("{{", "{").replace("}}", "}").partition("{}")
        made.append(
            Sentence(
                before + secret + after,
                (Span(kind, len(before), len(before) + len(secret)),),
            )
        )
    return made
