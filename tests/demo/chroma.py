"""The story in front of Chroma: its own server, and its own Python client over REST."""

import textwrap

import httpx
from chromadb.errors import ChromaError

from stage.envoy import Gateway
from stage.people import COLLECTION, load
from stage.world import World

from .policy import ASSISTANT
from .story import Found, Story

EVERYTHING = ["metadatas", "documents", "embeddings", "distances"]


class ChromaStory(Story):
    title = "Chroma"
    database = "chroma"
    note = "#document"
    refusal = ChromaError
    configuration = "envoy/standalone.yaml"

    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        self._direct = load(self.world.direct(), self.crowd)

    @staticmethod
    def gateway_of(world: World, policy: dict) -> Gateway:
        return world.gateway(policy, name="demo")

    def _people(self, identity: str, *groups: str):
        return self.world.client(self.gateway, identity, groups).get_collection(COLLECTION, embedding_function=None)

    def search(self, identity: str | None, count: int, *groups: str, everything: bool = True) -> list[Found]:
        collection = self._people(identity, *groups) if identity else self._direct
        include = EVERYTHING if everything else ["metadatas", "distances"]
        answer = collection.query(query_embeddings=[self.whom.embedding], n_results=count, include=include)
        return self._found({key: (value or [None])[0] for key, value in answer.items() if key != "included"})

    @staticmethod
    def _found(columns: dict) -> list[Found]:
        def of(key: str, at: int, absent: object) -> object:
            column = columns.get(key)
            return absent if column is None or len(column) <= at else column[at]

        found = []
        for at, guest in enumerate(columns["ids"]):
            vector = of("embeddings", at, None)
            found.append(
                Found(
                    guest,
                    of("distances", at, 0.0),
                    of("metadatas", at, {}),
                    of("documents", at, ""),
                    None if vector is None or len(vector) == 0 else list(vector),
                )
            )
        return found

    def closed(self) -> None:
        told = self.told
        self.the_door()
        url = f"https://127.0.0.1:{self.world.front.port}/api/v2/heartbeat"
        told.check("without a key the database answers 401", httpx.get(url, verify=False).status_code == 401)
        token = {"x-chroma-token": self.world.token(ASSISTANT)}
        told.check(
            "with an application's own token it answers 401",
            httpx.get(url, headers=token, verify=False).status_code == 401,
        )
        there = self._direct.get(ids=[self.whom.id], include=["metadatas", "documents", "embeddings"])
        self.the_back_door(self._found(there)[0])
        nobody = self.world.http(self.gateway, None).get("/api/v2/heartbeat")
        told.check("without a token the gateway answers 401, in Chroma's form", _is_refusal(nobody, 401))

    def how_to_ask(self) -> str:
        return f"""
            client = chromadb.HttpClient("127.0.0.1", {self.gateway.port}, ssl=True, headers={{"x-chroma-token": token}})
            people = client.get_collection("people")
            people.query(query_embeddings=[...], n_results=5)
            """

    def refused(self) -> None:
        told, assistant = self.told, self._people(ASSISTANT)
        told.say("A refusal reaches the client as Chroma's own exception. Its message names the rule, and what to do.")
        guess = self.whom.ssn
        self.is_refused(
            "guessing an SSN by filtering for it",
            lambda: assistant.query(query_embeddings=[[0.0] * 8], n_results=1, where={"ssn": guess}),
        )
        self.is_refused(
            "searching the redacted text for it",
            lambda: assistant.query(query_embeddings=[[0.0] * 8], n_results=1, where_document={"$contains": guess}),
        )
        analyst = self._people("ben", "analysts")
        told.check("an analyst may page, 50 at a time", len(analyst.get(limit=50)["ids"]) == 50)
        self.is_refused("but `get()` without a limit is the whole collection", lambda: analyst.get())
        self.is_refused("the application may not list at all", lambda: assistant.get(limit=10))
        self.is_refused("nor delete", lambda: assistant.delete(ids=["p00000"]))
        told.check("nothing was deleted", self._direct.count() == len(self.crowd))
        collection = f"/api/v2/tenants/default_tenant/databases/default_database/collections/{self._direct.id}"
        gateway = self.world.http(self.gateway, ASSISTANT)
        fork = gateway.post(f"{collection}/fork", json={"new_name": "mine"})
        told.check("copying the collection elsewhere is an export, and blocked", _is_refusal(fork))
        self.is_refused(
            "a stranger does not even see the collection",
            lambda: self.world.client(self.gateway, "svc:stranger").get_collection(COLLECTION),
        )
        crooked = gateway.post(
            f"{collection}/query",
            content=b'{"query_embeddings":[[0,0,0,0,0,0,0,0]],"n_results":1,"n_results":2000}',
            headers={"content-type": "application/json"},
        )
        told.check("a body that two parsers would read differently gets 400", _is_refusal(crooked, 400))

    def try_it(self, token: str) -> str:
        return textwrap.dedent(
            f"""\
            Chroma     {self.world.chroma.url}   the back door, to compare with

            Try it, as {ASSISTANT}, with .venv/bin/python:
               import chromadb
               from chromadb.config import Settings
               token = "{token}"
               client = chromadb.HttpClient("127.0.0.1", {self.gateway.port}, ssl=True, headers={{"x-chroma-token": token}},
                                            settings=Settings(chroma_server_ssl_verify="{self.world.authority.certificate}"))
               people = client.get_collection("people", embedding_function=None)
               print(people.query(query_embeddings=[[0.1] * 8], n_results=3))"""
        )


def _is_refusal(answer: httpx.Response, status: int | None = None) -> bool:
    """Whether it is a refusal in Chroma's own form."""
    if not answer.is_client_error or (status and answer.status_code != status):
        return False
    return {"error", "message"} <= set(answer.json())
