"""A nation whose authority licenses: its record on disk, its node in this process, served on a real port."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.conf import settings

from sanad.gateway.gateway import Gateway
from sanad.gateway.keys import SYSTEM
from sanad.interfaces import demonstration_nation, demonstration_playing
from sanad.interfaces.demonstration_nation import CHENAB, Member
from sanad.node.client import NodeClient
from sanad.node.core import Node
from sanad.node.events import Events
from sanad.node.http import HttpServer
from sanad.node.network import Network
from sanad.rulebook.edition1.posting import post
from sanad.wiring import projector
from sanad.wiring.projector import Projector
from tests.programmes.register_story import Deciding


class LicensedNation(Deciding):
    """Node, HTTP and projector."""

    def __init__(self, folder: Path, *, with_past: bool = False) -> None:
        self.record = folder / "record"
        found = demonstration_playing.found_with_past if with_past else demonstration_nation.found
        found(self.record, folder / "institutions", post)
        self.node = Node(self.record, post, lambda _: None)
        self.node.start(with_replayer=False)
        started = threading.Event()
        self._server = HttpServer(self.node, port=0, started=started.set)
        self._serving = threading.Thread(target=self._server.run)
        self._serving.start()
        assert started.wait(30)
        super().__init__(folder / "institutions", self._server.address)
        self.projector: Projector | None = None

    def close(self) -> None:
        if self.projector is not None:
            self.projector.close()
        self._server.stop()
        self._serving.join()
        self.node.close()

    def furnish(self) -> None:
        """Money and customers."""
        with ExitStack() as stack:

            def gateway_of(member: Member) -> Gateway:
                return stack.enter_context(self.gateway(member))

            list(demonstration_nation.furnish(gateway_of))

    def proof_of_a_payment(self) -> bytes:
        """Of the first opening deposit at a bank, as the bank gets it."""
        with self.gateway(CHENAB) as gateway:
            account = demonstration_nation.groups()["chenab-people"].first
            with NodeClient(self.address, gateway.keys.signing_key(SYSTEM)) as client:
                proof = client.proof(client.statement(account).lines[-1].position)
        assert proof is not None
        return proof

    def catch_up(self) -> int:
        if self.projector is None:
            self.projector = Projector(lambda height: Events(self.record, post, height), projector.projections())
        self.node.sign_checkpoint()
        return self.projector.catch_up()

    def rebuild(self) -> None:
        projector.forget_views()
        if self.projector is not None:
            self.projector.close()
        self.projector = None
        self.catch_up()


@contextmanager
def licensed_nation(folder: Path, *, with_past: bool = False) -> Iterator[LicensedNation]:
    """Founded, today or with two years behind it, and served; the portal's node is this one until the end."""
    before = settings.NETWORK
    nation = LicensedNation(folder, with_past=with_past)
    settings.NETWORK = Network(lambda: nation.address)
    try:
        yield nation
    finally:
        settings.NETWORK = before
        nation.close()
        projector.make_views()
