"""The demo's policy. `policies/` has more, by situation."""

import json

POLICY = {
    "version": 1,
    "database": "chroma",
    "identity": [{"jwt": {"claim": "sub", "groups": "groups"}}],
    "rules": [
        {
            "name": "assistant-reads",
            "identities": ["svc:assistant"],
            "collections": ["people"],
            "operations": ["search", "fetch", "describe"],
            "top_k": {"max": 100, "over": "clamp"},
            "results": {"max": 1000, "over": "approve"},
            "mask": [
                {"fields": ["email"], "with": "partial"},
                {"fields": ["user_id"], "with": "hash"},
                {"path": "$.ssn", "with": "remove"},
                {"detect": ["email", "phone", "card", "iban", "ssn"], "fields": ["#document"], "with": "redact"},
            ],
            "vectors": "strip",
        },
        {
            "name": "support-reads",
            "identities": ["group:support"],
            "collections": ["people"],
            "operations": ["search", "fetch", "describe"],
            "top_k": {"max": 20, "over": "clamp"},
            "mask": [
                {"fields": ["ssn"], "with": "remove"},
                {"detect": ["ssn"], "fields": ["#document"], "with": "redact"},
            ],
            "vectors": "strip",
        },
        {
            "name": "analysts-page",
            "identities": ["group:analysts"],
            "collections": ["people"],
            "operations": ["list", "describe"],
            "results": {"max": 50, "over": "deny"},
            "mask": [{"fields": ["email", "user_id", "ssn", "#document"], "with": "remove"}],
            "vectors": "strip",
        },
    ],
    "lookup": {"cluster": "database"},
    "hash_key": {"env": "VECTORGATE_HASH_KEY"},
    "approval": {"cluster": "console", "path": "/v1/approvals", "wait": "30s", "ttl": "15m", "uses": 1},
    "audit": {
        "cluster": "console",
        "path": "/v1/records",
        "bodies": "masked",
        "max_body": "64KiB",
        "required": True,
    },
}


def policy(wait: str) -> dict:
    """The policy, with the time that a request waits for a human."""
    return {**POLICY, "approval": {**POLICY["approval"], "wait": wait}}


def rule(name: str) -> str:
    """A rule as it stands in the policy, one setting a line."""
    (found,) = [r for r in POLICY["rules"] if r["name"] == name]
    return "\n".join(f"{key}: {json.dumps(value)}" for key, value in found.items())
