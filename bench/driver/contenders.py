"""Who is measured: each a filter chain in an Envoy of its own, before the same upstream."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .answers import SSN
from .places import MITMDUMP, NATIVE, WASM

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
    # The HTTP filters of its Envoy, for a database. None: it is no Envoy.
    filters: Callable[[str], list[dict]] | None
    in_quick: bool = False
    # Keeps a whole answer in memory, and needs Envoy to let it.
    holds_answers: bool = False
    # What the answer must not hold any more, as a check that the contender does its work.
    hides: tuple[bytes, ...] = ()
    is_vectorgate: bool = False
    # Another process that Envoy calls, whose time and memory count with Envoy's.
    processor: Callable[[str], dict] | None = None
    # The workloads on which it says something: all, or those for which this is true.
    takes_part: Callable[[object], bool] = lambda workload: True
    # A program without which it cannot be.
    needs: Path | None = None

    @property
    def warms_up(self) -> bool:
        """Whether it becomes faster by being used."""
        return self.name not in ("plain", "lua", "mitmproxy")

    def takes(self, workload) -> bool:
        """Whether the workload says something about it."""
        if workload.refused:
            return self.name in ("record", "mask", "everything", "ext_proc")
        return self.takes_part(workload)


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


def _policy(*, mask: list[dict] = (), vectors: str = "pass", audit: dict | None = None) -> Callable[[str], dict]:
    def policy(database: str) -> dict:
        written = {
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
            written["audit"] = {"cluster": "recorder", "path": "/v1/records", "required": True, **audit}
        return written

    return policy


def _vectorgate(**rule) -> Callable[[str], list[dict]]:
    policy = _policy(**rule)
    return lambda database: [_wasm("vectorgate", WASM / "vectorgate.wasm", json.dumps(policy(database)))]


def _external(_database: str) -> list[dict]:
    return [
        {
            "name": "envoy.filters.http.ext_proc",
            "typed_config": {
                "@type": "type.googleapis.com/envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
                "grpc_service": {"envoy_grpc": {"cluster_name": "processor"}, "timeout": "60s"},
                "message_timeout": "60s",
                "processing_mode": {
                    "request_header_mode": "SEND",
                    "request_body_mode": "BUFFERED",
                    "response_header_mode": "SEND",
                    "response_body_mode": "STREAMED",
                    "request_trailer_mode": "SKIP",
                    "response_trailer_mode": "SKIP",
                },
            },
        }
    ]


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


# In JSON, in a Struct of protobuf, and in a column: the number, the whole user, and more of the address than is left of it.
_HIDDEN = (SSN, rb"u-\d{8}", rb"[a-z]{2}\.[a-z]+\d+@example")


def _is_json(workload) -> bool:
    return not workload.grpc


def _has_answer(workload) -> bool:
    return not workload.meta


def _one_of(*names: str) -> Callable[[object], bool]:
    return lambda workload: workload.name in names


CONTENDERS = [
    Contender("plain", "Envoy without a filter", lambda _database: [], in_quick=True),
    Contender("noop", "Wasm, does nothing", _peer("noop"), in_quick=True),
    Contender("copy", "Wasm, copies bodies", _peer("copy"), in_quick=True),
    Contender(
        "record",
        "Vectorgate: record only",
        _vectorgate(audit={"bodies": "none"}),
        in_quick=True,
        is_vectorgate=True,
    ),
    Contender(
        "mask",
        "Vectorgate: mask three fields",
        _vectorgate(mask=_THREE),
        in_quick=True,
        hides=_HIDDEN,
        is_vectorgate=True,
    ),
    Contender(
        "strip",
        "Vectorgate: mask three, strip vectors",
        _vectorgate(mask=_THREE, vectors="strip"),
        in_quick=True,
        hides=_HIDDEN,
        is_vectorgate=True,
        takes_part=lambda workload: workload.vectors,
    ),
    Contender(
        "paths",
        "Vectorgate: mask by JSONPath",
        _vectorgate(mask=_PATHS),
        hides=_HIDDEN,
        is_vectorgate=True,
        takes_part=_one_of("rag", "vectors-10", "payload-1000"),
    ),
    Contender(
        "hash",
        "Vectorgate: one of the three hashed",
        _vectorgate(mask=_HASHED),
        hides=_HIDDEN,
        is_vectorgate=True,
        takes_part=_one_of("rag", "payload-1000"),
    ),
    Contender(
        "detectors",
        "Vectorgate: detectors on text",
        _vectorgate(mask=_SEARCHED),
        hides=(rb"4111 1111", rb"person\d"),
        is_vectorgate=True,
        takes_part=lambda workload: workload.searched,
    ),
    Contender(
        "everything",
        "Vectorgate: mask, detect, strip, record",
        _vectorgate(mask=_THREE + _SEARCHED, vectors="strip", audit={"bodies": "masked", "max_body": "64KiB"}),
        hides=_HIDDEN,
        is_vectorgate=True,
        takes_part=lambda workload: workload.database == "chroma" and not workload.meta,
    ),
    Contender(
        "ext_proc",
        "ext_proc, the same masks natively",
        _external,
        in_quick=True,
        hides=_HIDDEN,
        processor=_policy(mask=_THREE),
        needs=NATIVE / "ext-proc",
    ),
    Contender(
        "dom",
        "Wasm, serde_json and back",
        _peer("dom"),
        in_quick=True,
        holds_answers=True,
        hides=_HIDDEN,
        takes_part=_is_json,
    ),
    Contender(
        "lua",
        "Envoy's Lua, three patterns",
        _lua,
        in_quick=True,
        holds_answers=True,
        hides=_HIDDEN,
        takes_part=_is_json,
    ),
    Contender(
        "mitmproxy",
        "mitmproxy, a Python add-on",
        None,
        hides=_HIDDEN,
        takes_part=lambda workload: _is_json(workload) and _has_answer(workload),
        needs=MITMDUMP,
    ),
]
