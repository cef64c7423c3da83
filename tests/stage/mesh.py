"""What istiod sends to a proxy (as tests/istio writes it), loaded into a real Envoy.

Replaced are what belongs to a cluster: certificates, addresses, the issuer's keys, the policy, and where configuration comes from (files
instead of the control plane). Left out are the filters that only Istio's own build of Envoy has. Everything else stays as istiod made it.
"""

import json
import os
import shutil
import ssl
import subprocess
from pathlib import Path

import httpx
import yaml

from .database import NAME
from .envoy import MODULE, started
from .processes import ROOT, free_port, wait_until
from .world import World

GENERATED = ROOT / ".cache" / "istio"
PORT = 8000  # the database's, in the manifests
POD = "10.0.0.10"  # the database's pod
CONSOLE = "outbound|8400||vectorgate-console.vectordb.svc.cluster.local"
DATABASES = ("inbound|8000||", "vectorgate-database", f"outbound|443||{NAME}")
_TYPES = "type.googleapis.com/envoy"
_INTERNAL = f"{_TYPES}.extensions.bootstrap.internal_listener.v3.InternalListener"
_TLS = f"{_TYPES}.extensions.transport_sockets.tls.v3.UpstreamTlsContext"


def why_not() -> str | None:
    """Why Istio's part cannot be tried here, or None."""
    return None if shutil.which("go") else "Go is missing: istiod's own code cannot be run"


def generate() -> None:
    """Have istiod's code make the configurations, unless it has made them of what is there."""
    made = [path.stat().st_mtime for path in GENERATED.glob("*.json")]
    sources = [path for part in ("tests/istio", "envoy/istio") for path in (ROOT / part).rglob("*") if path.is_file()]
    if made and min(made) > max(path.stat().st_mtime for path in sources):
        return
    subprocess.run(
        [ROOT / "scripts" / "lib" / "istio-tests", "^TestExport$"],
        env={**os.environ, "VECTORGATE_ISTIO_OUT": str(GENERATED)},
        check=True,
        capture_output=True,
        text=True,
    )


class Proxy:
    """One running Envoy with the configuration of one case.

    With `tunnel_from`, the name of a peer, requests to its port go through an HBONE tunnel that this peer opens, as its ztunnel does
    in an ambient mesh; the proxy then has the listeners of the tunnel, and no other.
    """

    def __init__(self, world: World, case: str, policy: dict, *, module: Path = MODULE, tunnel_from: str = ""):
        self.world = world
        self.tunnel_from = tunnel_from
        self.port, self.admin_port = free_port(), free_port()
        self.directory = world.directory / f"mesh-{case}-{self.port}"
        (self.directory / "credentials").mkdir(parents=True)
        for name in ("database-key", "console-secret"):
            shutil.copy(world.files.directory / "secrets" / f"{name}.yaml", self.directory / "credentials")
        self._made = json.loads((GENERATED / f"{case}.json").read_text())
        self._extensions = self.directory / "extensions.yaml"
        self.write_filter(policy, module=module)
        (self.directory / "envoy.yaml").write_text(yaml.safe_dump(self._bootstrap()))
        self._admin = httpx.Client(base_url=f"http://127.0.0.1:{self.admin_port}")
        self.process = started(
            case,
            self.directory / "envoy.yaml",
            self._admin,
            log=world.directory / "logs" / f"mesh-{case}-{self.port}.log",
        )

    def write_filter(self, policy: dict, *, module: Path = MODULE) -> None:
        """Send the filter anew, as istiod does when the EnvoyFilter changed."""
        (extension,) = json.loads(json.dumps(self._made["extensions"]))
        config = extension["typed_config"]["config"]
        shipped = json.loads(config["configuration"]["value"])
        for section in ("approval", "audit", "lookup"):
            named = {name: shipped[section][name] for name in ("cluster", "authority")}
            policy = {**policy, section: {**policy[section], **named}}
        config["configuration"]["value"] = json.dumps(policy)
        config["vm_config"]["code"]["local"]["filename"] = str(module)
        extension["@type"] = f"{_TYPES}.config.core.v3.TypedExtensionConfig"
        fresh = self._extensions.with_suffix(".new")
        fresh.write_text(yaml.safe_dump({"resources": [extension]}))
        fresh.rename(self._extensions)

    def stats(self, containing: str) -> dict[str, int]:
        found = self._admin.get("/stats", params={"format": "json", "filter": containing}).json()["stats"]
        return {stat["name"]: stat["value"] for stat in found if "name" in stat}

    def wait_for_filter(self, *, updates: int = 1) -> None:
        """Until it has taken this many filters from its control plane."""
        wait_until(
            lambda: any(
                value >= updates
                for name, value in self.stats("config_reload").items()
                if name.endswith("vectorgate.config_reload")
            ),
            what=f"filter number {updates} is in force",
            process=self.process,
        )

    def stop(self) -> None:
        self.process.stop()

    def _bootstrap(self) -> dict:
        clusters = [c for c in self._made["clusters"] if c["name"] in (*DATABASES, CONSOLE)]
        resources = {"clusters": [self._here(self._cluster(c)) for c in clusters]}
        if self.tunnel_from:
            self._add_tunnel(resources)
        else:
            inbound = {"virtualInbound", "0.0.0.0_8000"}
            direction = "INBOUND" if any(x["name"] == "virtualInbound" for x in self._made["listeners"]) else "OUTBOUND"
            (listener,) = [
                x for x in self._made["listeners"] if x["name"] in inbound and x["traffic_direction"] == direction
            ]
            resources["listeners"] = [self._here(self._listener(listener))]
        return {
            "node": {
                "id": "sidecar~10.0.0.10~chroma-0.vectordb~vectordb.svc.cluster.local",
                "cluster": "chroma.vectordb",
            },
            "admin": {"address": _address(self.admin_port)},
            "bootstrap_extensions": [{"name": "internal", "typed_config": {"@type": _INTERNAL}}],
            "static_resources": resources,
        }

    def _add_tunnel(self, resources: dict) -> None:
        """istiod's two listeners of a tunnel's end, and before them what is the peer's ztunnel in a mesh."""

        def named(name: str, among: str) -> dict:
            (found,) = [x for x in self._made[among] if x["name"] == name]
            return found

        end = free_port()
        terminates = {**named("connect_terminate", "listeners"), "address": _address(end)}
        tcp = {
            "@type": f"{_TYPES}.extensions.filters.network.tcp_proxy.v3.TcpProxy",
            "stat_prefix": "ztunnel",
            "cluster": "ztunnel",
            "tunneling_config": {"hostname": f"{POD}:{PORT}"},
        }
        pair = self.world.authority.issue_for_client(self.tunnel_from)
        certificate = {
            "certificate_chain": {"filename": str(pair.certificate)},
            "private_key": {"filename": str(pair.key)},
        }
        context = {
            "@type": _TLS,
            "common_tls_context": {
                "tls_params": {"tls_maximum_protocol_version": "TLSv1_3"},
                "alpn_protocols": ["h2"],
                "tls_certificates": [certificate],
                "validation_context": {"trusted_ca": self._authority()},
            },
        }
        http2 = {
            "@type": f"{_TYPES}.extensions.upstreams.http.v3.HttpProtocolOptions",
            "explicit_http_config": {"http2_protocol_options": {}},
        }
        resources["listeners"] = [
            self._here(terminates),
            self._here(named("main_internal", "listeners")),
            {
                "name": "ztunnel",
                "address": _address(self.port),
                "filter_chains": [{"filters": [{"name": "tcp", "typed_config": tcp}]}],
            },
        ]
        resources["clusters"] += [
            named("main_internal", "clusters"),
            {
                "name": "ztunnel",
                "type": "STATIC",
                "typed_extension_protocol_options": {http2["@type"].removeprefix("type.googleapis.com/"): http2},
                "transport_socket": {"name": "tls", "typed_config": context},
                "load_assignment": _endpoints("ztunnel", end),
            },
        ]

    def _listener(self, listener: dict) -> dict:
        def to_the_port(chain: dict) -> bool:
            return (
                listener["name"] != "virtualInbound"
                or chain.get("filter_chain_match", {}).get("destination_port") == PORT
            )

        chains = [c for c in listener["filter_chains"] if to_the_port(c)]
        for chain in chains:
            chain.get("filter_chain_match", {}).pop("destination_port", None)
        return {
            **listener,
            "address": _address(self.port),
            "filter_chains": chains,
            "listener_filters": [f for f in listener["listener_filters"] if not f["name"].endswith("original_dst")],
        }

    def _cluster(self, cluster: dict) -> dict:
        """The cluster with an address of the test's: the console, or the database behind its front (TLS, and a key)."""
        port = self.world.console.port if cluster["name"] == CONSOLE else self.world.front.port
        kept = {
            name: cluster[name]
            for name in ("name", "connect_timeout", "typed_extension_protocol_options", "transport_socket")
            if name in cluster
        }
        if cluster["name"] in DATABASES and "transport_socket" not in kept:
            context = {"sni": NAME, "common_tls_context": {"validation_context": {"trusted_ca": self._authority()}}}
            kept["transport_socket"] = {"name": "tls", "typed_config": {"@type": _TLS, **context}}
        return {
            **kept,
            "type": "STATIC",
            "load_assignment": _endpoints(cluster["name"], port),
        }

    def _authority(self) -> dict:
        return {"filename": str(self.world.authority.certificate)}

    def _here(self, value: object) -> object:
        """The same configuration, with what belongs to a cluster replaced."""
        if isinstance(value, list):
            return [self._here(v) for v in value if not _only_in_istio(v)]
        if isinstance(value, str):
            return value.replace("/etc/vectorgate/credentials", str(self.directory / "credentials"))
        if not isinstance(value, dict):
            return value
        made = {}
        for key, v in value.items():
            match key:
                case "tls_certificate_sds_secret_configs":
                    pair = self.world.authority.issue("spiffe://cluster.local/ns/vectordb/sa/chroma", "127.0.0.1")
                    made["tls_certificates"] = [
                        {
                            "certificate_chain": {"filename": str(pair.certificate)},
                            "private_key": {"filename": str(pair.key)},
                        }
                    ]
                case "combined_validation_context":
                    rest = v.get("default_validation_context", {})
                    made["validation_context"] = {**rest, "trusted_ca": self._authority()}
                case "local_jwks":
                    made[key] = {"filename": str(self.world.files.directory / "jwks.json")}
                case "config_source" if "ads" in v:
                    made[key] = {"path_config_source": {"path": str(self._extensions)}}
                case "rds":
                    (route,) = [r for r in self._made["routes"] if r["name"] == v["route_config_name"]]
                    made["route_config"] = self._here(route)
                case "destination_port" if v == PORT and not self.tunnel_from:
                    made[key] = self.port
                case "factory_key" if v == "istio.hashable_string":
                    made[key] = "envoy.string"
                case _:
                    made[key] = self._here(v)
        return made


def _only_in_istio(value: object) -> bool:
    if not isinstance(value, dict):
        return False
    config = value.get("typed_config", {})
    return str(value.get("name", "")).startswith("istio.") or "io.istio." in str(config.get("type_url", ""))


def _endpoints(cluster: str, port: int) -> dict:
    return {"cluster_name": cluster, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": _address(port)}}]}]}


def _address(port: int) -> dict:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def peer(world: World, identity: str, *, alpn: str = "istio-http/1.1") -> ssl.SSLContext:
    """TLS as the sidecar of this peer speaks it."""
    pair = world.authority.issue_for_client(identity)
    context = _IstioContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(world.authority.certificate)
    context.load_cert_chain(pair.certificate, pair.key)
    context.check_hostname = False
    context.spoken = alpn
    return context


class _IstioContext(ssl.SSLContext):
    """HTTP clients set the protocols that they like: a sidecar says Istio's."""

    spoken: str

    def set_alpn_protocols(self, alpn_protocols: object) -> None:
        super().set_alpn_protocols([self.spoken])
