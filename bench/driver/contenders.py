"""Who is measured: each a filter chain in an Envoy of its own, before the same upstream."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WASM = ROOT / "target" / "wasm32-wasip1" / "release"

HASH_KEY = "a key that only the bench knows"
DETECTORS = ["email", "card", "iban", "ssn"]

# The same three fields for everyone: one shortened, one overwritten, one removed.
_THREE = [
    {"fields": ["email"], "with": "partial"},
    {"fields": ["user_id"], "with": "redact"},
    {"fields": ["contact.ssn"], "with": "remove"},
]
# One of them hashed instead: two blocks of SHA-256 for each hit, without a processor's instructions for it.
_HASHED = [{"fields": ["user_id"], "with": "hash"}, *_THREE]
_PATHS = [
    {"path": "$.email", "with": "partial"},
    {"path": "$.user_id", "with": "redact"},
    {"path": "$.contact.ssn", "with": "remove"},
]
_SEARCHED = [{"detect": DETECTORS, "fields": ["#document", "note"], "with": "redact"}]


@dataclass(frozen=True)
class Contender:
    """One way to treat answers."""

    name: str
    title: str
    filters: Callable[[str], list[dict]]
    in_quick: bool = True
    # Keeps a whole answer in memory, and needs Envoy to let it.
    holds_answers: bool = False
    # What the answer must not hold any more, as a check that the contender does its work.
    hides: tuple[str, ...] = ()
    is_vectorgate: bool = False
    only: tuple[str, ...] = ()

    def takes(self, workload) -> bool:
        """Whether the workload says something about it."""
        if workload.refused:
            return self.is_vectorgate
        if self.name == "strip":
            return workload.vectors
        if self.name == "detectors":
            return workload.searched
        return True


def _wasm(name: str, module: Path, configuration: str) -> dict:
    return {
        "name": name,
        "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
            "config": {
                "name": name,
                "root_id": name,
                "failure_policy": "FAIL_CLOSED",
                "allow_on_headers_stop_iteration": True,
                "vm_config": {
                    "vm_id": name,
                    "runtime": "envoy.wasm.runtime.v8",
                    "code": {"local": {"filename": str(module)}},
                    "environment_variables": {"key_values": {"VECTORGATE_HASH_KEY": HASH_KEY}},
                },
                "configuration": {
                    "@type": "type.googleapis.com/google.protobuf.StringValue",
                    "value": configuration,
                },
            },
        },
    }


def _peer(word: str) -> Callable[[str], list[dict]]:
    return lambda _database: [_wasm(word, WASM / "bench_filters.wasm", word)]


def _vectorgate(*, mask: list[dict] = (), vectors: str = "pass", audit: dict | None = None):
    def filters(database: str) -> list[dict]:
        policy = {
            "version": 1,
            "database": database,
            "identity": [{"header": {"name": "x-client-id"}}],
            "rules": [
                {
                    "name": "bench",
                    "identities": ["svc:*"],
                    "collections": ["*"],
                    "operations": ["search", "fetch", "list"],
                    "results": {"max": 50000, "over": "deny"},
                    "mask": list(mask),
                    "vectors": vectors,
                }
            ],
            "hash_key": {"env": "VECTORGATE_HASH_KEY"},
            "lookup": {"cluster": "upstream"},
        }
        if audit is not None:
            policy["audit"] = {"cluster": "recorder", "path": "/v1/records", "required": True, **audit}
        return [_wasm("vectorgate", WASM / "vectorgate.wasm", json.dumps(policy))]

    return filters


_LUA = r"""
function envoy_on_response(handle)
  handle:headers():remove("content-length")
  local body = handle:body()
  if body == nil then return end
  local text = body:getBytes(0, body:length())
  text = text:gsub('("email":"[^"@][^"@]?)[^"@]*(@[^"]*")', '%1****%2')
  text = text:gsub('"user_id":"[^"]*"', '"user_id":"[redacted]"')
  text = text:gsub(',"ssn":"[^"]*"', '')
  body:setBytes(text)
end
"""


def _lua(_database: str) -> list[dict]:
    return [
        {
            "name": "lua",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua",
                "default_source_code": {"inline_string": _LUA},
            },
        }
    ]


_HIDDEN = ('"ssn"', '"user_id":"u-')

CONTENDERS = [
    Contender("plain", "Envoy without a filter", lambda _database: []),
    Contender("noop", "Wasm, does nothing", _peer("noop")),
    Contender("copy", "Wasm, copies bodies", _peer("copy")),
    Contender("record", "Vectorgate: record only", _vectorgate(audit={"bodies": "none"}), is_vectorgate=True),
    Contender("mask", "Vectorgate: mask three fields", _vectorgate(mask=_THREE), hides=_HIDDEN, is_vectorgate=True),
    Contender(
        "strip",
        "Vectorgate: mask three, strip vectors",
        _vectorgate(mask=_THREE, vectors="strip"),
        hides=_HIDDEN,
        is_vectorgate=True,
    ),
    Contender(
        "paths",
        "Vectorgate: mask by JSONPath",
        _vectorgate(mask=_PATHS),
        hides=_HIDDEN,
        in_quick=False,
        is_vectorgate=True,
    ),
    Contender(
        "hash",
        "Vectorgate: one of the three hashed",
        _vectorgate(mask=_HASHED),
        hides=_HIDDEN,
        in_quick=False,
        is_vectorgate=True,
    ),
    Contender(
        "detectors",
        "Vectorgate: detectors on text",
        _vectorgate(mask=_SEARCHED),
        hides=("4111 1111",),
        in_quick=False,
        is_vectorgate=True,
    ),
    Contender(
        "everything",
        "Vectorgate: mask, detect, strip, record",
        _vectorgate(mask=_THREE + _SEARCHED, vectors="strip", audit={"bodies": "masked", "max_body": "64KiB"}),
        hides=_HIDDEN,
        in_quick=False,
        is_vectorgate=True,
    ),
    Contender("dom", "Wasm, serde_json and back", _peer("dom"), holds_answers=True, hides=_HIDDEN),
    Contender("lua", "Envoy's Lua, three patterns", _lua, holds_answers=True, hides=_HIDDEN),
]
