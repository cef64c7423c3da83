"""Writes console/protocol/*.proto from the installed official clients: `python -m dialects.messages` in tests/.

The console reads and writes gRPC messages as JSON. What it needs for that is only which fields a message has: names, numbers
and types. They are taken from the descriptors that the clients carry, in the order of their names, and only what a method of
a service reaches. Of Milvus all generations of the client count, the newest first.
"""

import base64
import importlib
import json
import pkgutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import qdrant_client.grpc
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from stage.milvus import environment

DIRECTORY = Path(__file__).parents[2] / "console" / "protocol"

_SCALAR = {
    number: name.removeprefix("TYPE_").lower()
    for name, number in FieldDescriptorProto.Type.items()
    if name not in ("TYPE_MESSAGE", "TYPE_ENUM", "TYPE_GROUP")
}

_FILES_OF_PYMILVUS = """
import base64, json, warnings
warnings.simplefilter("ignore")
from pymilvus.grpc_gen import milvus_pb2
found = {}
def visit(file):
    if file.name not in found:
        found[file.name] = base64.b64encode(file.serialized_pb).decode()
        for needed in file.dependencies:
            visit(needed)
visit(milvus_pb2.DESCRIPTOR)
print(json.dumps(list(found.values())))
"""


def of_qdrant() -> dict[str, str]:
    """The files for Qdrant, by their paths."""
    files = []
    for module in pkgutil.iter_modules(qdrant_client.grpc.__path__):
        if module.name.endswith("_pb2"):
            found = importlib.import_module(f"qdrant_client.grpc.{module.name}")
            files.append(FileDescriptorProto.FromString(found.DESCRIPTOR.serialized_pb))
    return Protocol(files).texts()


def of_milvus() -> dict[str, str]:
    """The files for Milvus, by their paths."""
    files = []
    for generation in ("3.0", "2.6", "2.3"):
        python = environment(generation) / "bin" / "python"
        said = subprocess.run([python, "-c", _FILES_OF_PYMILVUS], check=True, capture_output=True, text=True).stdout
        files += [FileDescriptorProto.FromString(base64.b64decode(f)) for f in json.loads(said.splitlines()[-1])]
    return Protocol(files).texts()


class Protocol:
    """Everything that some files declare, as far as the methods of their services reach."""

    def __init__(self, files: list[FileDescriptorProto]):
        self._messages: dict[str, DescriptorProto] = {}
        self._enums: dict[str, EnumDescriptorProto] = {}
        self._package: dict[str, str] = {}
        self._services: dict[str, dict] = {}
        for file in files:
            if file.package.startswith("google."):
                continue
            for message in file.message_type:
                self._take(f".{file.package}", file.package, message)
            for enum in file.enum_type:
                self._take_enum(f".{file.package}.{enum.name}", file.package, enum)
            for service in file.service:
                methods = self._services.setdefault(f".{file.package}.{service.name}", {})
                self._package[f".{file.package}.{service.name}"] = file.package
                for method in service.method:
                    methods.setdefault(method.name, method)

    def _take(self, scope: str, package: str, message: DescriptorProto) -> None:
        name = f"{scope}.{message.name}"
        self._package[name] = package
        known = self._messages.setdefault(name, message)
        taken = {field.number for field in known.field} | {field.name for field in known.field}
        for field in message.field:
            if known is not message and field.number not in taken and field.name not in taken:
                field.ClearField("oneof_index")
                field.proto3_optional = False
                known.field.append(field)
        for nested in message.nested_type:
            self._take(name, package, nested)
        for enum in message.enum_type:
            self._take_enum(f"{name}.{enum.name}", package, enum)

    def _take_enum(self, name: str, package: str, enum: EnumDescriptorProto) -> None:
        self._package[name] = package
        known = self._enums.setdefault(name, enum)
        taken = {value.name for value in known.value}
        known.value.extend([value for value in enum.value if value.name not in taken])

    def _reached(self) -> set[str]:
        """Every message and enum that a method needs."""
        reached: set[str] = set()
        waiting = [t for s in self._services.values() for m in s.values() for t in (m.input_type, m.output_type)]
        while waiting:
            name = waiting.pop()
            if name in reached or name.startswith(".google."):
                continue
            reached.add(name)
            if name in self._messages:
                waiting += [field.type_name for field in self._messages[name].field if field.type_name]
        return reached

    def texts(self) -> dict[str, str]:
        reached = self._reached()
        tops = sorted({self._top(name) for name in reached} | set(self._services))
        packages = sorted({self._package[name] for name in tops})
        return {f"{package}.proto": self._text(package, tops, reached) for package in packages}

    def _top(self, name: str) -> str:
        """The declaration at the top of its file that something is in."""
        package = self._package[name]
        return f".{package}.{name.removeprefix(f'.{package}.').split('.')[0]}"

    def _text(self, package: str, tops: list[str], reached: set[str]) -> str:
        own = [name for name in tops if self._package[name] == package]
        needed = {self._package.get(other, "") for name in own for other in self._needs(name)} - {package, ""}
        imports = [f"{other}.proto" for other in sorted(needed)]
        imports += sorted({_well_known(other) for name in own for other in self._needs(name)} - {""})
        lines = [
            "// Made by `python -m dialects.messages` in tests/, from the descriptors of the official clients. Names, numbers and",
            "// types of fields, in the order of their names; what they mean is in the database's own documents.",
            'syntax = "proto3";',
            f"package {package};",
            *[f'import "{name}";' for name in imports],
        ]
        for name in own:
            lines.append("")
            if name in self._services:
                lines += self._service(name)
            elif name in self._enums:
                lines += _enum(self._enums[name], "")
            else:
                lines += self._message(name, reached, "")
        return "\n".join(lines) + "\n"

    def _needs(self, name: str) -> Iterator[str]:
        for method in self._services.get(name, {}).values():
            yield method.input_type
            yield method.output_type
        if name in self._messages:
            message = self._messages[name]
            yield from (field.type_name for field in message.field if field.type_name)
            for nested in message.nested_type:
                yield from self._needs(f"{name}.{nested.name}")

    def _service(self, name: str) -> list[str]:
        lines = [f"service {name.rsplit('.', 1)[1]} {{"]
        for method in sorted(self._services[name].values(), key=lambda method: method.name):
            asked = ("stream " if method.client_streaming else "") + method.input_type
            told = ("stream " if method.server_streaming else "") + method.output_type
            lines.append(f"  rpc {method.name}({asked}) returns ({told});")
        return [*lines, "}"]

    def _message(self, name: str, reached: set[str], indent: str) -> list[str]:
        message = self._messages[name]
        maps = {f"{name}.{n.name}": n for n in message.nested_type if n.options.map_entry}
        lines = [f"{indent}message {message.name} {{"]
        for nested in sorted(message.nested_type, key=lambda nested: nested.name):
            if not nested.options.map_entry and f"{name}.{nested.name}" in reached:
                lines += self._message(f"{name}.{nested.name}", reached, indent + "  ")
        for enum in sorted(message.enum_type, key=lambda enum: enum.name):
            if f"{name}.{enum.name}" in reached:
                lines += _enum(enum, indent + "  ")
        fields = sorted(message.field, key=lambda field: field.name)
        plain = [f for f in fields if f.proto3_optional or not f.HasField("oneof_index")]
        for field in plain:
            lines.append(f"{indent}  {_field(field, maps)}")
        for at, oneof in enumerate(message.oneof_decl):
            members = [f for f in fields if f not in plain and f.oneof_index == at]
            if members:
                lines.append(f"{indent}  oneof {oneof.name} {{")
                lines += [f"{indent}    {_field(field, maps)}" for field in members]
                lines.append(f"{indent}  }}")
        return [*lines, f"{indent}}}"]


def _field(field: FieldDescriptorProto, maps: dict[str, DescriptorProto]) -> str:
    kind = _SCALAR.get(field.type, field.type_name)
    if field.type_name in maps:
        key, value = maps[field.type_name].field
        kind = f"map<{_SCALAR[key.type]}, {_SCALAR.get(value.type, value.type_name)}>"
    elif field.label == FieldDescriptorProto.LABEL_REPEATED:
        kind = f"repeated {kind}"
    elif field.proto3_optional:
        kind = f"optional {kind}"
    return f"{kind} {field.name} = {field.number};"


def _enum(enum: EnumDescriptorProto, indent: str) -> list[str]:
    lines = [f"{indent}enum {enum.name} {{"]
    if len({value.number for value in enum.value}) < len(enum.value):
        lines.append(f"{indent}  option allow_alias = true;")
    for value in sorted(enum.value, key=lambda value: value.number if value.number >= 0 else 1 << 32):
        lines.append(f"{indent}  {value.name} = {value.number};")
    return [*lines, f"{indent}}}"]


def _well_known(name: str) -> str:
    if not name.startswith(".google.protobuf."):
        return ""
    word = name.rsplit(".", 1)[1]
    return f"google/protobuf/{'struct' if word in ('Struct', 'Value', 'ListValue') else word.lower()}.proto"


def main() -> None:
    DIRECTORY.mkdir(exist_ok=True)
    for name, text in {**of_qdrant(), **of_milvus()}.items():
        (DIRECTORY / name).write_text(text)


if __name__ == "__main__":
    main()
