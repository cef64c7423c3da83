"""The main promises through what istiod makes of the manifests: at the sidecar and at the gateway."""

import socket

import httpx
import pytest

from policies import ANALYST, ASSISTANT, STRANGER, standard
from stage import mesh
from stage.world import DATABASE_KEY

RAG = "spiffe://cluster.local/ns/apps/sa/rag-assistant"


class Caller:
    """Requests through one proxy, as a sidecar of the mesh (or, where TLS is not demanded, in plain text) carries them."""

    def __init__(self, world, proxy, path: str, *, tls=True):
        self.world = world
        self.path = path
        scheme = "https" if tls else "http"
        verify = mesh.peer(world, RAG) if tls else True
        self.http = httpx.Client(base_url=f"{scheme}://127.0.0.1:{proxy.port}", verify=verify, timeout=30)

    def post(self, what: str, body: dict, identity: str | None = ASSISTANT) -> httpx.Response:
        headers = {"x-chroma-token": self.world.token(identity)} if identity else {}
        return self.http.post(f"{self.path}/{what}", json=body, headers=headers)

    def search(self, person, limit: int, identity: str | None = ASSISTANT) -> httpx.Response:
        include = ["metadatas", "documents", "embeddings"]
        return self.post(
            "query", {"query_embeddings": [person.embedding], "n_results": limit, "include": include}, identity
        )


@pytest.fixture(
    scope="module", params=["sidecar-strict", "sidecar-permissive", "sidecar-grpc", "sidecar-hbone", "gateway"]
)
def caller(request, world, proxies, collection_path):
    tunnels = request.param == "sidecar-hbone"
    proxy = proxies(request.param, tunnel_from=RAG if tunnels else "")
    proxy.wait_for_filter()
    return Caller(world, proxy, collection_path, tls=not tunnels and request.param != "sidecar-permissive")


def test_limited(caller, direct, crowd):
    answer = caller.search(crowd[3], 500)
    assert answer.status_code == 200, answer.text
    control = direct.query(query_embeddings=[crowd[3].embedding], n_results=500)
    assert len(control["ids"][0]) == 500
    assert answer.json()["ids"][0] == control["ids"][0][:100]


def test_masked(caller, direct, crowd):
    answer = caller.search(crowd[3], 5)
    control = direct.query(query_embeddings=[crowd[3].embedding], n_results=5, include=["metadatas", "documents"])
    assert crowd[3].email in str(control), "the control shows what is kept back"
    for person in crowd:
        for secret in (person.email, person.ssn, person.user_id, person.card):
            assert secret not in answer.text
    assert answer.json()["metadatas"][0][0]["name"] == crowd[3].name
    assert not answer.json().get("embeddings")


@pytest.mark.parametrize(
    ("identity", "what", "body"),
    [
        (ANALYST, "get", {}),
        (STRANGER, "get", {"limit": 1}),
        (None, "get", {"limit": 1}),
    ],
    ids=["unbounded", "a stranger", "nobody"],
)
def test_refused(caller, world, identity, what, body):
    before = len(world.front.received())
    answer = caller.post(what, body, identity)
    assert answer.status_code == 403, answer.text
    asked = [r for r in world.front.received()[before:] if r["path"].endswith(f"/{what}")]
    assert not asked, "the database was asked all the same"


def test_recorded(caller, crowd, recorded):
    caller.search(crowd[7], 300)
    record = recorded(ASSISTANT, "/query")
    assert record["decision"]["clamped_to"] == 100
    assert record["answer"]["returned"] == 100


def test_the_database_gets_its_own_key_and_no_token(caller, world, crowd):
    before = len(world.front.received())
    assert caller.search(crowd[1], 1).status_code == 200
    received = world.front.received()[before:]
    assert received and all(r["key"] == DATABASE_KEY and not r["authorization"] for r in received)


def test_the_peer_is_the_identity(world, proxies, collection_path, crowd, recorded):
    policy = standard(identity=[{"mtls": {"san": "uri"}}])
    policy["rules"][0]["identities"] = [RAG]
    proxy = proxies("sidecar-peer-identity", policy)
    proxy.wait_for_filter()
    caller = Caller(world, proxy, collection_path)
    answer = caller.search(crowd[2], 150, identity=None)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["ids"][0]) == 100
    assert recorded(RAG, "/query")["decision"]["verdict"] == "clamp"
    caller.http = httpx.Client(
        base_url=caller.http.base_url, verify=mesh.peer(world, "spiffe://cluster.local/ns/other/sa/default"), timeout=30
    )
    assert caller.search(crowd[2], 1, identity=None).status_code == 403


def test_nothing_comes_in_without_a_peers_certificate(world, proxies, collection_path):
    proxy = proxies("sidecar-strict")
    proxy.wait_for_filter()
    context = httpx.create_ssl_context(verify=str(world.authority.certificate))
    with pytest.raises(httpx.TransportError):
        httpx.get(f"https://127.0.0.1:{proxy.port}{collection_path}", verify=context).raise_for_status()


@pytest.mark.parametrize("case", ["sidecar-tcp", "sidecar-unnamed"])
def test_what_cannot_be_read_does_not_pass(world, proxies, case, crowd, collection_path):
    """A port that Istio takes for plain TCP, or that it guesses at: closed, even with a good token, or guarded."""
    proxy = proxies(case)
    caller = Caller(world, proxy, collection_path, tls=False)
    if case == "sidecar-unnamed":
        proxy.wait_for_filter()
        assert caller.post("get", {}, ANALYST).status_code == 403
        # Bytes that are no HTTP take the chain for plain TCP.

        with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as raw:
            raw.sendall(b"\x00not http at all\r\n\r\n")
            assert raw.recv(1) == b""
        return
    with pytest.raises(httpx.TransportError):
        caller.search(crowd[0], 1)


@pytest.mark.parametrize(("peer", "status"), [(RAG, 200), ("spiffe://cluster.local/ns/other/sa/default", 403)])
def test_the_peer_of_a_tunnel_is_the_identity(world, proxies, collection_path, crowd, recorded, peer, status):
    """Over HBONE the certificate is on the outer connection; Istio leaves the peer's name in filter state."""
    policy = standard(identity=[{"mtls": {"san": "uri"}}])
    policy["rules"][0]["identities"] = [RAG]
    proxy = proxies("sidecar-hbone-peer-identity", policy, tunnel_from=peer)
    proxy.wait_for_filter()
    caller = Caller(world, proxy, collection_path, tls=False)
    answer = caller.search(crowd[2], 150, identity=None)
    assert answer.status_code == status, answer.text
    if status == 200:
        assert len(answer.json()["ids"][0]) == 100
        assert recorded(peer, "/query")["decision"]["verdict"] == "clamp"
