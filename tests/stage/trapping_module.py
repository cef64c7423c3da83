"""The module that ships, made to trap on purpose: a few instructions in front of callbacks that Envoy calls.

Nothing is compiled into it for this. What a callback is handed (how many headers, how many bytes) is the condition, so that
whoever sends a request or an answer of an odd shape decides that the filter breaks down over it. All else stays the module
that people run, byte for byte.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .envoy import MODULE, Change, plugin

# Sections of the binary format, https://webassembly.github.io/spec/core/binary/modules.html
_IMPORT, _FUNCTION, _EXPORT, _CODE = 2, 3, 7, 10
_KIND_FUNCTION = 0
# Instructions.
_LOCAL_GET, _I32_CONST, _I32_EQ, _I32_GT_S = b"\x20", b"\x41", b"\x46", b"\x4a"
_IF_TRAP = b"\x04\x40\x00\x0b"  # if (no result) unreachable end


@dataclass(frozen=True)
class Trap:
    """Break down in this callback where one of its parameters, counted from 0, is such a number."""

    callback: str
    parameter: int
    equals: int | None = None
    above: int | None = None

    def instructions(self) -> bytes:
        if (self.equals is None) == (self.above is None):
            raise ValueError("either a number to equal or a number to be above")
        compare = _I32_EQ if self.above is None else _I32_GT_S
        number = self.equals if self.above is None else self.above
        return _LOCAL_GET + _unsigned(self.parameter) + _I32_CONST + _signed(number) + compare + _IF_TRAP


def trapping(*traps: Trap, directory: Path) -> Change:
    """A gateway's configuration with a module that traps like this in the place of the one that ships."""

    def change(config: dict) -> None:
        path = directory / f"trapping-{abs(hash(traps)):x}.wasm"
        path.write_bytes(rewritten(MODULE.read_bytes(), traps))
        plugin(config)["vm_config"]["code"]["local"]["filename"] = str(path)

    return change


def rewritten(module: bytes, traps: tuple[Trap, ...]) -> bytes:
    """The module with these traps in it."""
    sections = list(_sections(module))
    content = dict(sections)
    imported = sum(kind == _KIND_FUNCTION for kind in _imports(content[_IMPORT]))
    exported = _exported_functions(content[_EXPORT])
    prefixes: dict[int, bytes] = {}
    for trap in traps:
        number = exported[trap.callback]
        shared = [name for name, other in exported.items() if other == number and name != trap.callback]
        if number < imported or shared:
            raise ValueError(f"{trap.callback} has no body of its own: it is imported, or is {shared} too")
        place = number - imported
        prefixes[place] = prefixes.get(place, b"") + trap.instructions()
    out = bytearray(module[:8])
    for kind, body in sections:
        body = _with_prefixes(body, prefixes) if kind == _CODE else body
        out += bytes([kind]) + _unsigned(len(body)) + body
    return bytes(out)


def _sections(module: bytes) -> Iterator[tuple[int, bytes]]:
    if module[:8] != b"\0asm\1\0\0\0":
        raise ValueError("not a module of WebAssembly, version 1")
    at = 8
    while at < len(module):
        kind = module[at]
        size, at = _read(module, at + 1)
        yield kind, module[at : at + size]
        at += size


def _imports(section: bytes) -> Iterator[int]:
    """The kind of each import. Only functions, memories, tables and globals without limits' extensions are understood."""
    count, at = _read(section, 0)
    for _ in range(count):
        for _ in ("module", "name"):
            length, at = _read(section, at)
            at += length
        kind = section[at]
        if kind != _KIND_FUNCTION:
            raise ValueError("an import that is no function")
        _, at = _read(section, at + 1)
        yield kind


def _exported_functions(section: bytes) -> dict[str, int]:
    count, at = _read(section, 0)
    found = {}
    for _ in range(count):
        length, at = _read(section, at)
        name, at = section[at : at + length].decode(), at + length
        kind = section[at]
        number, at = _read(section, at + 1)
        if kind == _KIND_FUNCTION:
            found[name] = number
    return found


def _with_prefixes(section: bytes, prefixes: dict[int, bytes]) -> bytes:
    """The code section, with instructions put in front of those of some functions."""
    count, at = _read(section, 0)
    out = bytearray(_unsigned(count))
    for place in range(count):
        size, at = _read(section, at)
        body, at = section[at : at + size], at + size
        if place in prefixes:
            start = _after_locals(body)
            body = body[:start] + prefixes[place] + body[start:]
        out += _unsigned(len(body)) + body
    return bytes(out)


def _after_locals(body: bytes) -> int:
    groups, at = _read(body, 0)
    for _ in range(groups):
        _, at = _read(body, at)
        at += 1  # a value type of one byte
    return at


def _read(data: bytes, at: int) -> tuple[int, int]:
    """An unsigned LEB128 number, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def _unsigned(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _signed(value: int) -> bytes:
    out = bytearray()
    while not -0x40 <= value < 0x40:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value & 0x7F)
    return bytes(out)
