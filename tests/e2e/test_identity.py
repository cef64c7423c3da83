"""Who somebody is, and that keys stay where they belong."""

import chromadb
import httpx
import pytest
from chromadb.config import Settings
from chromadb.errors import ChromaError

from policies import ASSISTANT, standard
from stage.clients import http_client, python_client

HEARTBEAT = "/api/v2/heartbeat"
PEOPLE = "/api/v2/tenants/default_tenant/databases/default_database/collections/people"


def test_a_token_where_the_api_key_goes_and_as_a_bearer_are_one(world, gateway, crowd):
    token = world.token(ASSISTANT)
    answers = [
        python_client(gateway.port, token, world.authority.certificate, bearer=bearer)
        .get_collection("people", embedding_function=None)
        .query(query_embeddings=[crowd[0].embedding], n_results=3)
        for bearer in (False, True)
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("header", [None, "Authorization", "X-Chroma-Token"])
def test_the_clients_own_way_with_tokens_is_enough(world, gateway, crowd, recorded, header):
    """`chroma_client_auth_provider`, by each header that it knows; None is its default."""
    who = f"svc:rag-by-{header}".lower()
    settings = Settings(
        anonymized_telemetry=False,
        chroma_server_ssl_verify=str(world.authority.certificate),
        chroma_client_auth_provider="chromadb.auth.token_authn.TokenAuthClientProvider",
        chroma_client_auth_credentials=world.token(who),
        **({"chroma_auth_token_transport_header": header} if header else {}),
    )
    before = len(world.front.received())
    client = chromadb.HttpClient("127.0.0.1", gateway.port, ssl=True, settings=settings)
    people = client.get_collection("people", embedding_function=None)
    assert len(people.query(query_embeddings=[crowd[0].embedding], n_results=3)["ids"][0]) == 3
    assert recorded(who, "/query")["decision"]["rule"] == "rag-reads"
    for request in world.front.received()[before:]:
        assert (request["key"], request["authorization"]) == (world.front.key, None)


@pytest.mark.parametrize(
    ("header", "form"), [("x-chroma-token", "Bearer {}"), ("authorization", "{}"), ("authorization", "Token {}")]
)
def test_a_token_in_a_form_that_no_client_of_chromas_sends_is_refused(world, gateway, header, form):
    """Chroma's own server takes `x-chroma-token` bare and `authorization` as a bearer, and nothing else."""
    before = len(world.front.received())
    with http_client(gateway.port, None, world.authority.certificate) as http:
        answer = http.get(HEARTBEAT, headers={header: form.format(world.token(ASSISTANT))})
    assert (answer.status_code, answer.json()["error"]) == (401, "AuthError")
    assert "send a valid token as `authorization: Bearer" in answer.json()["message"]
    assert world.token(ASSISTANT)[:20] not in answer.text
    assert len(world.front.received()) == before


def test_a_group_is_enough(guests, crowd, recorded):
    guests("somebody", "ml").query(query_embeddings=[crowd[0].embedding], n_results=1)
    record = recorded("somebody", "/query")
    assert record["identity"] == {"name": "somebody", "groups": ["ml"]}
    assert record["decision"]["rule"] == "rag-reads"


def test_another_group_is_not(world, gateway):
    with pytest.raises(ChromaError, match="somebody-else"):
        world.client(gateway, "somebody-else", ("sales",)).get_collection("people")


def test_groups_are_a_list_or_words(world, another_gateway):
    teams = another_gateway(standard(identity=[{"jwt": {"claim": "sub", "groups": "teams"}}]), name="teams")
    for claim, allowed in [
        (["sales", "ml"], True),
        ("sales ml", True),
        (["sales", ""], False),
        ({"ml": False}, False),
        ({"ml": {"until": "2020-01-01"}}, False),
        (True, False),
        (7, False),
    ]:
        token = world.token("somebody-odd", teams=claim)
        answer = http_client(teams.port, token, world.authority.certificate).get(PEOPLE)
        assert answer.is_success is allowed, (claim, answer.text)


@pytest.mark.parametrize("team", [["ml"], {"ml": 1}, True, 7])
def test_a_name_is_a_text(world, another_gateway, team):
    policy = standard(identity=[{"jwt": {"claim": "team"}}])
    odd = another_gateway(policy, name="odd-name")
    token = world.token("somebody", team=team)
    before = len(world.console.records(identity="anonymous"))
    http_client(odd.port, token, world.authority.certificate).get(PEOPLE)
    assert len(world.console.records(identity="anonymous")) == before + 1


@pytest.mark.parametrize("wrong", ["none", "garbage", "expired", "other issuer", "other audience"])
def test_without_a_valid_token_there_is_no_way_in(world, gateway, wrong):
    from stage.tokens import Issuer

    token = {
        "none": None,
        "garbage": "not.a.token",
        "expired": world.token(ASSISTANT, valid_for=-120),
        "other issuer": Issuer().token(ASSISTANT),
        "other audience": world.token(ASSISTANT, aud="elsewhere"),
    }[wrong]
    before = len(world.front.received())
    answer = http_client(gateway.port, token, world.authority.certificate).get(HEARTBEAT)
    assert answer.status_code == (403 if wrong == "other audience" else 401)
    assert answer.json()["error"] == "AuthError"
    assert len(world.front.received()) == before


def test_the_official_client_raises_its_ordinary_exception_without_a_token(world, gateway):
    with pytest.raises(Exception, match="(?i)jwt"):
        python_client(gateway.port, "not.a.token", world.authority.certificate)


def test_the_clients_key_never_arrives_and_the_real_one_does(world, gateway, guests, crowd):
    before = len(world.front.received())
    client = world.http(gateway, ASSISTANT)
    client.get(HEARTBEAT, headers={"authorization": "Basic c2VjcmV0", "cookie": "session=1"})
    guests(ASSISTANT).query(query_embeddings=[crowd[0].embedding], n_results=1)
    arrived = world.front.received()[before:]
    assert len(arrived) >= 3
    for request in arrived:
        assert request["key"] == world.front.key
        assert request["authorization"] is None
        assert request["cookie"] is None
        assert request["status"] == 200


def test_without_the_gateway_the_database_is_closed(world):
    url = f"https://127.0.0.1:{world.front.port}{HEARTBEAT}"
    for key in (None, world.token(ASSISTANT), "guess"):
        answer = httpx.get(url, headers={"x-chroma-token": key} if key else {}, verify=False)
        assert answer.status_code == 401


def test_a_header_that_envoy_sets_can_be_the_identity(world, another_gateway, crowd):
    from stage.envoy import http_filters

    def set_header(config: dict) -> None:
        manager = config["static_resources"]["listeners"][0]["filter_chains"][0]["filters"][0]["typed_config"]
        filters = http_filters(config)
        at = next(i for i, f in enumerate(filters) if f["name"] == "vectorgate")
        filters.insert(
            at,
            {
                "name": "client-id",
                "typed_config": {
                    "@type": "type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation",
                    "mutations": {
                        "request_mutations": [
                            {
                                "append": {
                                    "header": {"key": "x-client-id", "value": "svc:rag-by-header"},
                                    "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
                                }
                            }
                        ]
                    },
                },
            },
        )
        assert manager["http_filters"] is filters

    policy = standard(identity=[{"header": {"name": "x-client-id"}}])
    by_header = another_gateway(policy, set_header, name="header")
    collection = world.client(by_header, "whoever").get_collection("people", embedding_function=None)
    assert collection.query(query_embeddings=[crowd[0].embedding], n_results=1)["ids"]
    assert world.console.records(identity="svc:rag-by-header")


def test_a_client_certificate_can_be_the_identity(world, another_gateway):
    from stage.envoy import http_filters

    def mutual_tls(config: dict) -> None:
        chain = config["static_resources"]["listeners"][0]["filter_chains"][0]
        context = chain["transport_socket"]["typed_config"]
        context["require_client_certificate"] = True
        context["common_tls_context"]["validation_context"] = {
            "trusted_ca": {"filename": str(world.authority.certificate)}
        }
        filters = http_filters(config)
        filters[:] = [f for f in filters if f["name"] != "jwt_authn"]

    policy = standard(identity=[{"mtls": {"san": "uri"}}])
    policy["rules"][0]["identities"] = ["spiffe://example.org/rag/*"]
    by_certificate = another_gateway(policy, mutual_tls, name="mtls")
    import ssl

    for name, allowed in [("spiffe://example.org/rag/one", True), ("spiffe://example.org/other", False)]:
        context = ssl.create_default_context(cafile=str(world.authority.certificate))
        pair = world.authority.issue_for_client(name)
        context.load_cert_chain(pair.certificate, pair.key)
        answer = httpx.get(f"{by_certificate.url}{PEOPLE}", verify=context)
        assert answer.is_success is allowed, answer.text
        assert world.console.records(identity=name)
