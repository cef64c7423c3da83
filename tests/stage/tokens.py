"""Who somebody is: an issuer of tokens, with the name that envoy/standalone.yaml trusts."""

import base64
import json
import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

ISSUER = "https://issuer.example.com"
AUDIENCE = "vectorgate"


class Issuer:
    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())

    def write_jwks(self, path: Path) -> None:
        numbers = self._key.public_key().public_numbers()
        key = {
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "use": "sig",
            "kid": "test",
            "x": _base64url(numbers.x),
            "y": _base64url(numbers.y),
        }
        path.write_text(json.dumps({"keys": [key]}))

    def token(self, subject: str, *, groups: tuple[str, ...] = (), valid_for: float = 3600, **claims: object) -> str:
        now = int(time.time())
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "groups": list(groups),
            "iat": now,
            "exp": now + int(valid_for),
            **claims,
        }
        return jwt.encode(payload, self._key, algorithm="ES256", headers={"kid": "test"})


def _base64url(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes(32, "big")).rstrip(b"=").decode()
