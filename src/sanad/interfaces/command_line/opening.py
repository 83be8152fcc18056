"""Opening an institution's gateway and asking its node: what nearly every command begins with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nacl.signing import SigningKey

from sanad.base.errors import Refused
from sanad.evidence.database import Waiting
from sanad.gateway.gateway import Gateway
from sanad.gateway.keys import SYSTEM
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.node.client import NodeClient, Patience

WAITING_SECONDS = 10.0
"""How long a command waits for a gateway: the portal holds it for moments only, so whoever waits gets it."""
ONE_ATTEMPT = Patience(attempts_max=1)
"""For the gateway: its outbox does the asking again."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An institution at work: what it sends goes through `gateway`, what it reads through `client`."""

    name: str
    gateway: Gateway
    client: NodeClient

    def account_number(self, given: str) -> int:
        """The account that `given` names: its number on the record, or an IBAN of the address book."""
        compact = "".join(given.split())
        if compact.isascii() and compact.isdecimal() and len(compact) <= 18:
            return int(compact)
        found = self.gateway.addresses.find(compact)
        if found is None:
            advice = f"the address book of {self.name} does not know it; give its number on the record"
            raise Refused("account", advice, 404)
        return found.account


@contextmanager
def opened(
    data: DataFolder, institution: str, node: str = "", number: int | None = None, waiting: Waiting | None = None
) -> Iterator[Opened]:  # fmt: skip
    """The gateway of an institution, open, and the client that reads with its key.

    The portal, or another command, may work with it at the moment: it waits as `waiting` says, else as commands do.
    """
    folder = data.institution(institution)
    passphrase = data.passphrase(f"the keys of {folder.name}")
    address = data.node_address(node)
    genesis = data.genesis()
    clients: list[NodeClient] = []

    def connect(key: SigningKey) -> NodeClient:
        clients.append(NodeClient(address, key, patience=ONE_ATTEMPT))
        return clients[0]

    try:
        with Gateway.open(
            folder, passphrase, connect, institution=number,
            node_public_key=genesis.node_public_key if genesis else None,
            waiting=waiting or Waiting(WAITING_SECONDS, screen.tell),
        ) as gateway:  # fmt: skip
            clients.append(NodeClient(address, gateway.keys.signing_key(SYSTEM)))
            yield Opened(folder.name, gateway, clients[-1])
    finally:
        for client in clients:
            client.close()
