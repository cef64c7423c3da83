"""The story in front of Milvus: milvus-lite, the server by Milvus' own authors that a package brings, and pymilvus over gRPC."""

import textwrap

from stage.envoy import Gateway
from stage.milvus import PACKAGES, Raised, Server, Session, environment, with_token
from stage.people import COLLECTION, DIMENSIONS
from stage.world import World

from .policy import ASSISTANT
from .story import Found, Story

GENERATION = "3.0"

_LOAD = """
schema = client.create_schema(auto_id=False, enable_dynamic_field=True)
schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=20)
for name, length in [("name", 100), ("city", 100), ("email", 100), ("note", 1000)]:
    schema.add_field(name, DataType.VARCHAR, max_length=length)
schema.add_field("age", DataType.INT64)
schema.add_field("embedding", DataType.FLOAT_VECTOR, dim=dimensions)
index = client.prepare_index_params()
index.add_index("embedding", index_type="FLAT", metric_type="L2")
client.create_collection(collection, schema=schema, index_params=index)
for start in range(0, len(guests), 400):
    client.insert(collection, guests[start:start + 400])
client.load_collection(collection)
"""

_SEARCH = """
fields = ["name", "city", "age", "email", "user_id", "ssn"] + (["note", "embedding"] if everything else [])
answer = client.search(collection, data=[vector], limit=limit, output_fields=fields)
return [{"id": hit["id"], "distance": hit["distance"], "fields": dict(hit["entity"])} for hit in answer[0]]
"""


class MilvusStory(Story):
    title = "Milvus"
    database = "milvus"
    note = "note"
    refusal = Raised
    configuration = "envoy/milvus.yaml"

    @staticmethod
    def gateway_of(world: World, policy: dict) -> Gateway:
        print("   … milvus-lite, a server of Milvus by its authors, and pymilvus (fetched once)", flush=True)
        environment(GENERATION)
        MilvusStory.server = Server(GENERATION, world.directory)
        print("   … the front before it: TLS, and a key", flush=True)
        MilvusStory.front = world.milvus_front(MilvusStory.server.port)
        return world.milvus_gateway(MilvusStory.front, policy, name="demo")

    def __init__(self, *given, **more):
        super().__init__(*given, **more)
        self._sessions: dict[tuple, Session] = {}
        self._direct = self._session({"uri": f"http://127.0.0.1:{self.server.port}"}, "direct")
        guests = [{"id": p.id, **p.metadata, "note": p.note, "embedding": p.embedding} for p in self.crowd]
        self._direct.run(_LOAD, collection=COLLECTION, guests=guests, dimensions=DIMENSIONS)

    def _session(self, given: dict, name: str) -> Session:
        session = Session(GENERATION, given, self.world.directory / "logs" / f"pymilvus-{name}.log")
        self.leaving.callback(session.close)
        return session

    def _as(self, identity: str, *groups: str) -> Session:
        """The client of an identity, through the gateway."""
        if (identity, *groups) not in self._sessions:
            given = with_token(self.gateway.port, self.world.token(identity, groups), self.world.authority.certificate)
            self._sessions[identity, *groups] = self._session(given, identity.replace(":", "-"))
        return self._sessions[identity, *groups]

    def search(self, identity: str | None, count: int, *groups: str, everything: bool = True) -> list[Found]:
        client = self._as(identity, *groups) if identity else self._direct
        hits = client.run(
            _SEARCH, collection=COLLECTION, vector=self.whom.embedding, limit=count, everything=everything
        )
        return [
            Found(
                hit["id"],
                hit["distance"],
                {name: value for name, value in hit["fields"].items() if name not in ("note", "embedding")},
                hit["fields"].get("note", ""),
                hit["fields"].get("embedding") or None,
            )
            for hit in hits
        ]

    def closed(self) -> None:
        told = self.told
        self.the_door()

        def knock(told_name: str, port: int, token: str) -> str:
            given = with_token(port, token, self.world.authority.certificate)
            # The certificate of the database's front is made out to another name.
            name = "localhost" if port == self.gateway.port else "database.internal"
            session = self._session({**given, "server_name": name}, told_name)
            try:
                session.run("return client.list_collections()")
            except Raised as error:
                return str(error)
            return ""

        told.check("without a key the database lets nobody in", "wants its key" in knock("no-key", self.front.port, ""))
        own_token = knock("own-token", self.front.port, self.world.token(ASSISTANT))
        told.check("nor an application with a token of its own", "wants its key" in own_token)
        self.the_back_door(self.search(None, 1)[0])
        nobody = knock("nobody", self.gateway.port, "")
        told.show("refused", nobody)
        told.check("without a token the gateway lets nobody in", "valid token" in nobody)
        mistaken = knock("password", self.gateway.port, "root:Milvus")
        told.check("nor with the database's own password: that is the gateway's to use", "valid token" in mistaken)

    def how_to_ask(self) -> str:
        return f"""
            client = MilvusClient("https://localhost:{self.gateway.port}", token=token, secure=True, server_pem_path="ca.crt")
            client.search("people", data=[[...]], limit=5, output_fields=["name", "email", "ssn", "note", "embedding"])
            """

    def refused(self) -> None:
        told, assistant, analyst = self.told, self._as(ASSISTANT), self._as("ben", "analysts")
        told.say(
            "A refusal reaches the client as Milvus' own exception, at once and with nothing repeated. Its message names the "
            "rule, and what to do."
        )
        given = {"collection": COLLECTION, "vector": self.whom.embedding, "whom": self.whom.ssn}
        filtered = "return client.search(collection, data=[vector], limit=1, filter=said)"
        self.is_refused(
            "guessing an SSN by filtering for it",
            lambda: assistant.run(filtered, **given, said=f"ssn == '{self.whom.ssn}'"),
        )
        self.is_refused(
            "or letter by letter, by the redacted note",
            lambda: assistant.run(filtered, **given, said='note like "%SSN on file: 1%"'),
        )
        told.check(
            "a filter by what it may see works",
            assistant.run(
                "return len(client.search(collection, data=[vector], limit=3, filter='age > 30')[0])", **given
            )
            == 3,
        )
        query = "return len(client.query(collection, filter='age > 0', output_fields=['name'], **more))"
        told.check("an analyst may page, 50 at a time", analyst.run(query, **given, more={"limit": 50}) == 50)
        self.is_refused(
            "but a query without a limit is the whole collection", lambda: analyst.run(query, **given, more={})
        )
        self.is_refused(
            "and an iterator over everything is one in many steps",
            lambda: analyst.run(
                "return len(client.query_iterator(collection, batch_size=1000, output_fields=['name']).next())", **given
            ),
        )
        self.is_refused(
            "the application may not list at all", lambda: assistant.run(query, **given, more={"limit": 10})
        )
        self.is_refused(
            "nor delete", lambda: assistant.run("return client.delete(collection, filter='age > 0')", **given)
        )
        count = "return client.query(collection, filter='', output_fields=['count(*)'])[0]['count(*)']"
        told.check("nothing was deleted", self._direct.run(count, **given) == len(self.crowd))
        self.is_refused(
            "a snapshot of the collection is an export, and blocked",
            lambda: assistant.run(
                "return client.create_snapshot(collection_name=collection, snapshot_name='mine')", **given
            ),
        )
        self.is_refused(
            "a stranger does not even see the collection",
            lambda: self._as("svc:stranger").run("return client.describe_collection(collection)", **given),
        )
        self.is_refused(
            "what can be read in two ways is refused: a limit that stands twice",
            lambda: assistant.run(_TWICE, **given),
        )

    def try_it(self, token: str) -> str:
        python = environment(GENERATION).relative_to(environment(GENERATION).parents[2]) / "bin" / "python"
        return textwrap.dedent(
            f"""\
            Milvus     http://127.0.0.1:{self.server.port}   the back door, to compare with

            Try it, as {ASSISTANT}, with {python} ({", ".join(PACKAGES[GENERATION])}):
               from pymilvus import MilvusClient
               client = MilvusClient("https://localhost:{self.gateway.port}", secure=True, server_name="localhost",
                                     server_pem_path="{self.world.authority.certificate}",
                                     token="{token}")
               print(client.search("people", data=[[0.1] * 8], limit=3, output_fields=["*"]))"""
        )


# A request as no client makes it: the parameter `topk` once with 1, once with 2000.
_TWICE = """
from pymilvus.client.prepare import Prepare
from pymilvus.client.utils import check_status
request = Prepare.search_requests_with_expr(
    collection, anns_field="embedding", param={"metric_type": "L2", "params": {}}, limit=1, data=[vector])
request.search_params.add(key="topk", value="2000")
answer = client._get_connection()._stub.Search(request)
check_status(answer.status)
"""
