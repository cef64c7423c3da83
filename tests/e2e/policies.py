"""The policies that the tests run under, as the filter reads them."""

from copy import deepcopy

# Applications: search the people, see neither who they are nor their vectors.
ASSISTANT = "svc:rag-assistant"
# Support: the same searches, and sees e-mail addresses and vectors.
SUPPORT = "svc:support"
# Analysts may page through, in small portions.
ANALYST = "svc:analyst"
# Loaders put data in, and may change the catalogue.
LOADER = "svc:loader"
# Exports wait for a human.
ENGINEER, ENGINEERS = "dana", "data-eng"
# Knows the door and nothing else.
STRANGER = "svc:stranger"

_RULES = [
    {
        "name": "rag-reads",
        "identities": ["svc:rag-*", "group:ml"],
        "collections": ["people", "docs", "kb-*"],
        "operations": ["search", "fetch", "describe"],
        "top_k": {"max": 100, "over": "clamp"},
        "results": {"max": 1000, "over": "approve"},
        "mask": [
            {"fields": ["email"], "with": "partial"},
            {"fields": ["user_id"], "with": "hash"},
            {"fields": ["age"], "with": "null"},
            {"path": "$.ssn", "with": "remove"},
            {"detect": ["email", "phone", "card", "iban", "ssn"], "fields": ["#document"], "with": "redact"},
        ],
        "vectors": "strip",
    },
    {
        "name": "support-reads",
        "identities": [SUPPORT],
        "collections": ["people"],
        "operations": ["search", "fetch", "describe"],
        "top_k": {"max": 50, "over": "deny"},
        "mask": [{"fields": ["ssn"], "with": "redact"}],
        "vectors": {"round": 2},
        "scores": {"round": 1},
    },
    {
        "name": "analysts-page",
        "identities": [ANALYST],
        "collections": ["people"],
        "operations": ["list", "fetch", "aggregate", "describe"],
        "results": {"max": 50, "over": "deny"},
        "mask": [{"fields": ["email", "user_id", "ssn"], "with": "remove"}, {"fields": ["#document"], "with": "null"}],
        "vectors": "strip",
    },
    {
        "name": "loaders-write",
        "identities": [LOADER],
        "collections": ["*"],
        "operations": ["write", "delete", "schema", "describe", "fetch", "list", "aggregate"],
    },
    {
        "name": "exports-need-a-human",
        "identities": [f"group:{ENGINEERS}"],
        "collections": ["*"],
        "operations": ["export", "list"],
        "verdict": "approve",
    },
    {
        "name": "engineers-describe",
        "identities": [f"group:{ENGINEERS}"],
        "collections": ["*"],
        "operations": ["describe"],
    },
]


def standard(**changes: object) -> dict:
    """The policy of most tests, with some of its top-level settings changed."""
    policy = {
        "version": 1,
        "database": "chroma",
        "identity": [{"jwt": {"claim": "sub", "groups": "groups"}}],
        "rules": deepcopy(_RULES),
        "lookup": {"cluster": "database"},
        "hash_key": {"env": "VECTORGATE_HASH_KEY"},
        "approval": {"cluster": "console", "path": "/v1/approvals", "wait": "15s", "ttl": "15m", "uses": 1},
        "audit": {
            "cluster": "console",
            "path": "/v1/records",
            "bodies": "masked",
            "max_body": "64KiB",
            "required": True,
        },
        "limits": {"request_body": "1MiB"},
    }
    return {**policy, **changes}


def waiting_at_most(wait: str, **approval: object) -> dict:
    """The standard policy with another patience."""
    return standard(approval={**standard()["approval"], "wait": wait, **approval})
