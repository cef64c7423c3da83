"""The story in front of Qdrant: a server that you have, and its official Python client over gRPC.

No package brings a Qdrant server, so `QDRANT_URL` and `QDRANT_GRPC_URL` say where one is, and `QDRANT_API_KEY` its key if it has one.
The demo makes a collection `people` there and deletes it at the end; one that is there already it does not touch.
"""

import contextlib
import os
import textwrap

import grpc
import httpx
from qdrant_client import QdrantClient, models

from stage.clients import qdrant_client
from stage.envoy import Gateway
from stage.people import COLLECTION, DIMENSIONS
from stage.processes import NotReady
from stage.qdrant import Real
from stage.qdrant_fixtures import IS_REAL, REAL
from stage.world import World

from .policy import ASSISTANT
from .story import Found, Story

HOW_TO_GET_ONE = """\
The demo needs a Qdrant, and no package brings one. Start one where you like, for instance
   docker run -p 6333:6333 -p 6334:6334 qdrant/qdrant
and say where it is:
   QDRANT_URL=http://127.0.0.1:6333 QDRANT_GRPC_URL=http://127.0.0.1:6334 scripts/demo --database qdrant
A collection `people` is made there, and deleted at the end."""


class QdrantStory(Story):
    title = "Qdrant"
    database = "qdrant"
    note = "note"
    refusal = grpc.RpcError
    configuration = "envoy/qdrant.yaml"

    @staticmethod
    def missing() -> str | None:
        return None if IS_REAL else HOW_TO_GET_ONE

    @staticmethod
    def words(error: grpc.RpcError) -> str:
        return f"{error.code().name}: {error.details()}"

    @staticmethod
    def gateway_of(world: World, policy: dict) -> Gateway:
        print(f"   … the front before {' and '.join(REAL)}: TLS, and a key", flush=True)
        QdrantStory.front = world.qdrant(Real(fill=False))
        return world.qdrant_gateway(QdrantStory.front, policy, name="demo")

    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        self._clients: dict[tuple, QdrantClient] = {}
        self._direct = QdrantClient(
            url=REAL[0], api_key=os.environ.get("QDRANT_API_KEY"), check_compatibility=False, timeout=60
        )
        if self._direct.collection_exists(COLLECTION):
            raise NotReady(f"{REAL[0]} has a collection `{COLLECTION}` already, which the demo does not touch")
        self._direct.create_collection(
            COLLECTION, vectors_config=models.VectorParams(size=DIMENSIONS, distance=models.Distance.COSINE)
        )
        with contextlib.ExitStack() as undo:
            undo.callback(self._direct.delete_collection, COLLECTION)
            self._fill()
            self.leaving = undo.pop_all()

    def _fill(self) -> None:
        for start in range(0, len(self.crowd), 400):
            self._direct.upsert(
                COLLECTION,
                [
                    models.PointStruct(
                        id=number, vector=person.embedding, payload={**person.metadata, "note": person.note}
                    )
                    for number, person in enumerate(self.crowd[start : start + 400], start)
                ],
                wait=True,
            )

    def _as(self, identity: str, *groups: str) -> QdrantClient:
        """The client of an identity, through the gateway."""
        if (identity, *groups) not in self._clients:
            token = self.world.token(identity, groups)
            self._clients[identity, *groups] = qdrant_client(
                self.gateway.port, token, self.world.authority.certificate, way="grpc", timeout=120
            )
        return self._clients[identity, *groups]

    def search(self, identity: str | None, count: int, *groups: str, everything: bool = True) -> list[Found]:
        client = self._as(identity, *groups) if identity else self._direct
        points = client.query_points(
            COLLECTION, query=self.whom.embedding, limit=count, with_payload=True, with_vectors=everything
        ).points
        found = []
        for point in points:
            payload = dict(point.payload or {})
            note = payload.pop("note", "")
            # REST and gRPC round the same number in their own ways.
            found.append(Found(self.crowd[point.id].id, round(point.score, 4), payload, note, point.vector or None))
        return found

    def closed(self) -> None:
        told = self.told
        self.the_door()
        url = f"https://127.0.0.1:{self.front.port}/collections"
        told.check("without a key the database answers 401", httpx.get(url, verify=False).status_code == 401)
        token = {"api-key": self.world.token(ASSISTANT)}
        told.check(
            "with an application's own token it answers 401",
            httpx.get(url, headers=token, verify=False).status_code == 401,
        )
        self.the_back_door(self.search(None, 1)[0])
        nobody = httpx.get(f"{self.gateway.url}/collections", verify=False)
        told.check(
            "without a token the gateway answers 401, in Qdrant's form",
            nobody.status_code == 401 and "token" in nobody.json()["status"]["error"],
        )

    def how_to_ask(self) -> str:
        port = self.gateway.port
        return f"""
            client = QdrantClient(host="127.0.0.1", port={port}, grpc_port={port}, https=True, api_key=token, prefer_grpc=True)
            client.query_points("people", query=[...], limit=5, with_vectors=True)
            """

    def refused(self) -> None:
        told, assistant, analyst = self.told, self._as(ASSISTANT), self._as("ben", "analysts")
        told.say("A refusal reaches the client as its own exception. Its message names the rule, and what to do.")

        def by(key: str, value: str) -> models.Filter:
            return models.Filter(must=[models.FieldCondition(key=key, match=models.MatchValue(value=value))])

        vector, whom = self.whom.embedding, self.whom
        self.is_refused(
            "guessing an SSN by filtering for it",
            lambda: assistant.query_points(COLLECTION, query=vector, limit=1, query_filter=by("ssn", whom.ssn)),
        )
        self.is_refused(
            "searching the redacted text for it",
            lambda: assistant.query_points(COLLECTION, query=vector, limit=1, query_filter=by("note", whom.note)),
        )
        told.check(
            "a filter by what it may see works",
            len(assistant.query_points(COLLECTION, query=vector, limit=3, query_filter=by("city", whom.city)).points)
            == 3,
        )
        told.check("an analyst may page, 50 at a time", len(analyst.scroll(COLLECTION, limit=50)[0]) == 50)
        self.is_refused("but not 2,400 in one go", lambda: analyst.scroll(COLLECTION, limit=2400))
        self.is_refused("the application may not list at all", lambda: assistant.scroll(COLLECTION, limit=10))
        self.is_refused("nor delete", lambda: assistant.delete(COLLECTION, points_selector=[0, 1]))
        told.check("nothing was deleted", self._direct.count(COLLECTION).count == len(self.crowd))
        self.is_refused(
            "a snapshot of the collection is an export, and blocked", lambda: assistant.create_snapshot(COLLECTION)
        )
        self.is_refused(
            "a stranger does not even see the collection",
            lambda: self._as("svc:stranger").get_collection(COLLECTION),
        )
        crooked = httpx.post(
            f"{self.gateway.url}/collections/{COLLECTION}/points/query",
            content=b'{"query":[0,0,0,0,0,0,0,1],"limit":1,"limit":2000}',
            headers={"content-type": "application/json", "api-key": self.world.token(ASSISTANT)},
            verify=False,
        )
        told.check("a body that two parsers would read differently gets 400", crooked.status_code == 400)

    def try_it(self, token: str) -> str:
        return textwrap.dedent(
            f"""\
            Qdrant     {REAL[0]}   the back door, to compare with

            Try it, as {ASSISTANT}, with .venv/bin/python:
               import ssl
               from qdrant_client import QdrantClient
               authority = "{self.world.authority.certificate}"
               client = QdrantClient(host="127.0.0.1", port={self.gateway.port}, https=True, check_compatibility=False,
                                     verify=ssl.create_default_context(cafile=authority),
                                     api_key="{token}")
               print(client.query_points("people", query=[0.1] * 8, limit=3))"""
        )
