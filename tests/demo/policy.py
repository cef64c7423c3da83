"""The demo's policy: the same for every database, but for what the note in free text is called there."""

import json

ASSISTANT = "svc:assistant"


def policy(database: str, note: str, wait: str) -> dict:
    """The policy in front of a database, with the time that a request waits for a human. `policies/` has more, by situation."""
    return {
        "version": 1,
        "database": database,
        "identity": [{"jwt": {"claim": "sub", "groups": "groups"}}],
        "rules": rules(note),
        "lookup": {"cluster": "database", **({} if database == "chroma" else {"grpc_cluster": "database-grpc"})},
        "hash_key": {"env": "VECTORGATE_HASH_KEY"},
        "approval": {"cluster": "console", "path": "/v1/approvals", "wait": wait, "ttl": "15m", "uses": 1},
        "audit": {
            "cluster": "console",
            "path": "/v1/records",
            "bodies": "masked",
            "max_body": "64KiB",
            "required": True,
        },
    }


def rules(note: str) -> list[dict]:
    return [
        {
            "name": "assistant-reads",
            "identities": [ASSISTANT],
            "collections": ["people"],
            "operations": ["search", "fetch", "describe"],
            "top_k": {"max": 100, "over": "clamp"},
            "results": {"max": 1000, "over": "approve"},
            "mask": [
                {"fields": ["email"], "with": "partial"},
                {"fields": ["user_id"], "with": "hash"},
                {"path": "$.ssn", "with": "remove"},
                {"detect": ["email", "phone", "card", "iban", "ssn"], "fields": [note], "with": "redact"},
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
                {"detect": ["ssn"], "fields": [note], "with": "redact"},
            ],
            "vectors": "strip",
        },
        {
            "name": "analysts-page",
            "identities": ["group:analysts"],
            "collections": ["people"],
            "operations": ["list", "describe"],
            "results": {"max": 50, "over": "deny"},
            "mask": [{"fields": ["email", "user_id", "ssn", note], "with": "remove"}],
            "vectors": "strip",
        },
    ]


def rule(name: str, note: str) -> str:
    """A rule as it stands in the policy, one setting a line."""
    (found,) = [r for r in rules(note) if r["name"] == name]
    return "\n".join(f"{key}: {json.dumps(value)}" for key, value in found.items())
