"""What the gateway asks of a node. `sanad.node.client.NodeClient` is the real one; tests bring a small one."""

from typing import Protocol


class Node(Protocol):
    """A node, near or far. What it raises: `Malformed`, `Refused`, `Unavailable`."""

    @property
    def network(self) -> bytes:
        """The 16 bytes that name the network."""

    def submit(self, raw: bytes) -> bytes:
        """Hand over a message; the receipt's bytes, the original ones when the message is already on the record.

        One attempt a call: a client that asks again by itself after a silence, and then is refused, would hide that an
        earlier copy may still arrive. The outbox does the asking again.
        """

    def receipt(self, institution: int, lane: int, sequence: int) -> bytes | None:
        """The receipt of whatever message has this identity on the record, or None."""

    def next_sequence(self, institution: int, lane: int) -> int:
        """The sequence that this lane must use next."""
