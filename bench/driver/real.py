"""Push-down on a real database: a client asks for vectors that it may not have.

Without a filter the database reads the vectors and sends them. With `vectors: strip` they are taken out of the request
already, so they are neither read nor written, and what is left of the work is less than the database alone would do.
"""

import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from . import load, protobuf
from .answers import COLLECTIONS, Workload
from .asking import ask, call
from .contenders import CONTENDERS
from .contents import payload, vector
from .envoys import Ports, started
from .load import Load, Sent, Wrong
from .places import ROOT

sys.path.insert(0, str(ROOT / "tests"))

from stage.database import Chroma  # noqa: E402
from stage.milvus import Server, script  # noqa: E402

POINTS, DIMENSIONS, HITS = 2000, 1536, 100


class NotThere(Exception):
    """The database cannot be had here; with the reason."""


@dataclass
class Pushed:
    """What one database showed: the loads by contender, and the bytes of an answer."""

    database: str
    loads: dict[str, list[Load]] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)

    @property
    def gains(self) -> list[float]:
        """Round by round, how much more is answered than without a filter."""
        pairs = zip(self.loads["strip"], self.loads["plain"], strict=True)
        return [strip.rate / plain.rate for strip, plain in pairs]

    def rate(self, contender: str) -> float:
        return median(load.rate for load in self.loads[contender])


def pushed(database: str, directory: Path, recorder: int, rounds: int, seconds: int) -> Pushed:
    """Starts the database, fills it, and has both contenders take turns."""
    server, workload, body = _PLACES[database](directory)
    contenders = [c for c in CONTENDERS if c.name in ("plain", "strip")]
    gateways = started(contenders, workload.stage, directory, Ports(server.port, recorder), lambda _: None)
    found = Pushed(database, {c.name: [] for c in contenders})
    path = directory / "requests" / workload.name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(body)
    sent = Sent(workload, path, found.sizes)
    sent.write_script()
    try:
        for gateway in gateways:
            if workload.grpc:
                answer = call(gateway.port, workload.path, body[5:], workload.name)
            else:
                status, answer = ask(gateway.port, workload.method, workload.path, body)
                if status != 200:
                    raise Wrong(f"{gateway.name}: answered {status}: {answer[:300]!r}")
            found.sizes[gateway.contender.name] = len(answer)
        if not 0 < found.sizes["strip"] < found.sizes["plain"] / 2:
            raise Wrong(f"push-down on {database}: the answers have {found.sizes} bytes")
        for n in range(-1, rounds):
            for gateway in gateways[n % 2 :] + gateways[: n % 2]:
                one = load.full(gateway, sent, seconds)
                if n >= 0:
                    found.loads[gateway.contender.name].append(one)
    finally:
        for gateway in gateways:
            gateway.stop()
    return found


def _chroma(directory: Path) -> tuple[Chroma, Workload, bytes]:
    server = Chroma(directory)
    collection = server.direct().create_collection("people")
    dice = random.Random("real")
    for start in range(0, POINTS, 250):
        ids = range(start, start + 250)
        flat = [{**payload(dice, n, 150), "contact": "in the other list", "tags": "vip"} for n in ids]
        collection.add(
            ids=[f"doc-{n:06}" for n in ids],
            embeddings=[vector(dice, DIMENSIONS) for _ in ids],
            metadatas=flat,
            documents=[row["note"] for row in flat],
        )
    asked = {
        "query_embeddings": [vector(dice, DIMENSIONS)],
        "n_results": HITS,
        "include": ["metadatas", "documents", "distances", "embeddings"],
    }
    path = f"{COLLECTIONS}/{collection.id}/query"
    return server, Workload("real-chroma", "", bytes, bytes, at=path, vectors=True), json.dumps(asked).encode()


_FILL_MILVUS = """
import random
dice = random.Random("real")
vector = lambda: [round(dice.gauss(0, 0.05), 8) for _ in range(%(dimensions)d)]
client.create_collection("people", dimension=%(dimensions)d, metric_type="COSINE", auto_id=False)
for start in range(0, %(points)d, 250):
    rows = [{"id": n, "vector": vector(), "email": f"person{n}@example.com", "user_id": f"u-{n}"}
            for n in range(start, start + 250)]
    client.insert("people", rows)
client.flush("people")
client.load_collection("people")
from pymilvus.client.prepare import Prepare
request = Prepare.search_requests_with_expr(
    "people", anns_field="vector", param={"metric_type": "COSINE", "params": {}}, limit=%(hits)d,
    data=[vector()], output_fields=["email", "user_id", "vector"])
return request.SerializeToString().hex()
"""


def _milvus(directory: Path) -> tuple[Server, Workload, bytes]:
    try:
        server = Server(protobuf.MILVUS, directory)
    except subprocess.CalledProcessError as error:
        raise NotThere(f"milvus-lite could not be installed: {error.stderr[-300:]}") from error
    given = {"uri": f"http://127.0.0.1:{server.port}"}
    code = _FILL_MILVUS % {"dimensions": DIMENSIONS, "points": POINTS, "hits": HITS}
    request = bytes.fromhex(script(protobuf.MILVUS, given, code))
    path = "/milvus.proto.milvus.MilvusService/Search"
    workload = Workload("real-milvus", "", bytes, bytes, call=path, database="milvus", grpc=True, vectors=True)
    return server, workload, protobuf.frame(request)


_PLACES: dict[str, Callable] = {"chroma": _chroma, "milvus": _milvus}
