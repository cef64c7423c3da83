"""One of each, put together: a database behind its front, a console, an authority, an issuer, and as many Envoys as wanted."""

import shutil
import tempfile
from pathlib import Path

import chromadb
import httpx

from . import clients, milvus
from .certificates import Authority
from .console import Console
from .database import Chroma, Front
from .envoy import MILVUS, QDRANT, Change, Files, Gateway, without_filter
from .interposer import Interposer
from .processes import running, stop_all
from .qdrant import Qdrant, Real
from .tokens import Issuer

DATABASE_KEY = "the key that only the gateway knows"


class World:
    def __init__(self, *, progress=lambda what: None, password: str | None = None, chroma: bool = True):
        self.directory = Path(tempfile.mkdtemp(prefix="vectorgate-"))
        self.authority = Authority(self.directory / "authority")
        self.issuer = Issuer()
        if chroma:
            progress("Chroma")
            self.chroma = Chroma(self.directory)
            progress("the front before it: TLS, and a key")
            self.front = Front(self.directory, self.authority, self.chroma.port, DATABASE_KEY)
        progress("the console")
        self.console = Console(self.directory, password=password)
        self.files = Files(
            self.directory / "etc",
            self.authority,
            self.issuer,
            database_key=DATABASE_KEY,
            secret=self.console.secret,
        )
        self._gateways = 0
        self._milvus_files: Files | None = None

    def gateway(
        self,
        policy: dict,
        *changes: Change,
        name: str = "gateway",
        database: int | None = None,
        console: int | None = None,
        workers: int = 1,
        files: Files | None = None,
        **template: object,
    ) -> Gateway:
        """An Envoy with this policy, in front of Chroma or of whatever listens on `database`."""
        self._gateways += 1
        return Gateway(
            f"{name}-{self._gateways}",
            self.directory,
            files or self.files,
            database=database or self.front.port,
            console=console or self.console.port,
            policy=policy,
            changes=changes,
            workers=workers,
            **template,
        )

    def control_gateway(self) -> Gateway:
        """The same Envoy without the filter."""
        return self.gateway({}, without_filter, name="control")

    def qdrant(self, behind: Real | None = None) -> Qdrant:
        """Qdrant's two ports."""
        return Qdrant(self.authority, DATABASE_KEY, behind=behind)

    def qdrant_gateway(
        self, qdrant: Qdrant, policy: dict, *changes: Change, name: str = "qdrant", **more: object
    ) -> Gateway:
        """Envoy with envoy/qdrant.yaml in front of them."""
        more = {"database": qdrant.port, "grpc": qdrant.grpc_port, **more}
        return self.gateway(policy, *changes, name=name, template=QDRANT, **more)

    def milvus_front(self, behind: int) -> Front:
        """TLS, and the key of Milvus' own first user, before a plain server."""
        return Front(
            self.directory,
            self.authority,
            behind,
            milvus.KEY,
            milvus.REST_KEY,
            header="authorization",
            name=f"milvus-front-{behind}",
        )

    def milvus_gateway(self, front: Front, policy: dict, *changes: Change, name: str = "milvus") -> Gateway:
        """Envoy with envoy/milvus.yaml before it."""
        if self._milvus_files is None:
            self._milvus_files = Files(
                self.directory / "etc-milvus",
                self.authority,
                self.issuer,
                database_key=milvus.KEY,
                rest_key=milvus.REST_KEY,
                secret=self.console.secret,
            )
        return self.gateway(
            policy, *changes, name=name, template=MILVUS, files=self._milvus_files, database=front.port, grpc=front.port
        )

    def interposer(self) -> Interposer:
        """A database that misbehaves as told, and passes on the rest."""
        return Interposer(self.authority, self.chroma.url)

    def token(self, identity: str, groups: tuple[str, ...] = (), **more: object) -> str:
        return self.issuer.token(identity, groups=groups, **more)

    def client(self, gateway: Gateway, identity: str, groups: tuple[str, ...] = ()) -> chromadb.ClientAPI:
        """The official Python client through a gateway."""
        return clients.python_client(gateway.port, self.token(identity, groups), self.authority.certificate)

    def npm(self, gateway: Gateway, identity: str, script: str, groups: tuple[str, ...] = ()) -> object:
        """The official npm client through a gateway."""
        return clients.npm_client(gateway.port, self.token(identity, groups), self.authority.certificate, script)

    def http(
        self, gateway: Gateway, identity: str | None, groups: tuple[str, ...] = (), *, http2: bool = False
    ) -> httpx.Client:
        """Plain HTTP through a gateway."""
        token = self.token(identity, groups) if identity else None
        return clients.http_client(gateway.port, token, self.authority.certificate, http2=http2)

    def direct(self) -> chromadb.ClientAPI:
        """The official client around everything: the control."""
        return self.chroma.direct()

    def logs(self) -> dict[str, int]:
        """How much every part has said so far."""
        return {str(path): path.stat().st_size for path in sorted((self.directory / "logs").glob("*.log"))}

    def close(self) -> None:
        stop_all()
        assert not running()
        shutil.rmtree(self.directory, ignore_errors=True)
