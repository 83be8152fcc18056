"""The client process: makes transfers, signs messages, sends them over HTTP, measures, prints one JSON object."""

import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from sanad.base.digests import digest
from sanad.interfaces.bench.network import (
    BANKS,
    FIRST_BANK,
    ISSUANCE_ACCOUNT,
    PKR,
    BenchNetwork,
    key_of,
)
from sanad.node.load_client import LoadClient
from sanad.node.receipts import decode
from sanad.rulebook.edition1.words import Purpose
from sanad.rulebook.message import (
    TRANSFER_SIZE,
    TRANSFERS_MAX,
    Header,
    Kind,
    Signature,
    Suite,
    Transfers,
    assemble,
    encode_signatures,
    key_id,
    message_digest,
    new_transfers,
    with_signatures,
)

OPENING_BALANCE = 10**8
EXPIRY_MS = 3_600_000
RATE_PARTS = 10


@dataclass(frozen=True, slots=True)
class Work:
    """What the client is to do. `lanes` a bank; `connections` in all."""

    address: str
    network: str
    accounts: int
    transfers: int
    items: int
    connections: int
    per_second: float | None
    fund: bool
    first_lane: int = 0


class Sender:
    """Messages of one bank (or the issuer) on one lane."""

    def __init__(self, network: bytes, institution: int, lane: int, sequence: int, seed: int) -> None:
        self._network = network
        self._institution = institution
        self._lane = lane
        self._sequence = sequence
        self._key = key_of(f"system {institution}")
        self._key_id = key_id(Suite.ED25519, bytes(self._key.verify_key))
        self._random = np.random.default_rng(seed)

    def message(self, debit: "np.ndarray[tuple[int], np.dtype[np.uint64]] | int", credit: object, amount: int) -> bytes:
        """A signed message of transfers from `debit` to `credit`, arrays of one length or a number."""
        count = len(credit)  # type: ignore[arg-type]
        transfers = self._transfers(count)
        transfers["debit"], transfers["credit"], transfers["amount"] = debit, credit, amount
        body = transfers.tobytes()
        header = Header(
            Kind.TRANSFERS, self._network, self._institution, self._lane, self._sequence,
            time.time_ns() // 1_000_000 + EXPIRY_MS, count, 0, 0, os.urandom(16), bytes(32),
        )  # fmt: skip
        self._sequence += 1
        message = assemble(header, body, ())
        signature = Signature(Suite.ED25519, self._key_id, self._key.sign(message.digest).signature)
        return with_signatures(message, (signature,)).raw

    def _transfers(self, count: int) -> Transfers:
        """Random UETRs and evidence digests, as a gateway draws them, here from a fast generator."""
        transfers: Transfers = new_transfers(count)
        random = np.frombuffer(self._random.bytes(48 * count), dtype=np.uint8).reshape(count, 48)
        transfers["uetr"] = random[:, :16]
        transfers["uetr"][:, 6] = transfers["uetr"][:, 6] & 0x0F | 0x40
        transfers["uetr"][:, 8] = transfers["uetr"][:, 8] & 0x3F | 0x80
        transfers["evidence"] = random[:, 16:]
        transfers["asset"] = PKR
        transfers["purpose"] = int(Purpose.PAYMENT)
        return transfers

    def pick(self, first: int, count: int, number: int) -> "np.ndarray[tuple[int], np.dtype[np.uint64]]":
        """`number` accounts out of `count` from `first`."""
        return self._random.integers(first, first + count, number, dtype=np.uint64)

    def singles(self, debit: object, credit: object, amount: int, count: int) -> Iterator[bytes]:
        """`count` signed messages of one transfer each; the transfers are made together, as arrays."""
        transfers = self._transfers(count)
        transfers["debit"], transfers["credit"], transfers["amount"] = debit, credit, amount
        bodies, nonces = transfers.tobytes(), os.urandom(16 * count)
        expiry_ms = time.time_ns() // 1_000_000 + EXPIRY_MS
        for at in range(count):
            body = bodies[TRANSFER_SIZE * at : TRANSFER_SIZE * (at + 1)]
            header = Header(
                Kind.TRANSFERS, self._network, self._institution, self._lane, self._sequence, expiry_ms, 1,
                TRANSFER_SIZE, 0, nonces[16 * at : 16 * at + 16], digest(body),
            ).encode()  # fmt: skip
            self._sequence += 1
            value = self._key.sign(message_digest(header)).signature
            yield header + encode_signatures((Signature(Suite.ED25519, self._key_id, value),)) + body


def single_payments(work: Work) -> Iterator[bytes]:
    """Messages of one transfer each, of the four banks in turn."""
    network = BenchNetwork(bytes.fromhex(work.network), work.accounts)
    senders = [Sender(network.network, FIRST_BANK + bank, work.first_lane, 1, 1_000 + bank) for bank in range(BANKS)]
    left = work.transfers
    while left:
        count = min(TRANSFERS_MAX, -(-left // BANKS))
        streams = []
        for bank, sender in enumerate(senders):
            debit = sender.pick(network.first_account(bank), network.accounts_of_bank - 1, count)
            streams.append(sender.singles(debit, debit + 1, 100, count))
        for messages in zip(*streams, strict=True):
            yield from messages[: min(BANKS, left)]
            left -= min(BANKS, left)


def payments(work: Work) -> Iterator[bytes]:
    """Messages of the four banks in turn, each on its own lane; payer and payee drawn evenly, amounts small."""
    network = BenchNetwork(bytes.fromhex(work.network), work.accounts)
    senders = [Sender(network.network, FIRST_BANK + bank, work.first_lane, 1, 1_000 + bank) for bank in range(BANKS)]
    left, bank = work.transfers, 0
    while left:
        count = min(left, work.items)
        sender = senders[bank]
        debit = sender.pick(network.first_account(bank), network.accounts_of_bank, count)
        credit = sender.pick(ISSUANCE_ACCOUNT + 1, work.accounts, count)
        credit += (credit == debit).astype(np.uint64)
        np.minimum(credit, np.uint64(work.accounts + 1), out=credit)
        yield sender.message(debit, credit, 100)
        left -= count
        bank = (bank + 1) % BANKS


def fund(work: Work) -> None:
    """Give every account its opening balance."""
    network = bytes.fromhex(work.network)
    issuer = Sender(network, 2, 0, 1, 7)
    accounts = np.arange(ISSUANCE_ACCOUNT + 1, ISSUANCE_ACCOUNT + 1 + work.accounts, dtype=np.uint64)
    pieces = [accounts[at : at + TRANSFERS_MAX] for at in range(0, len(accounts), TRANSFERS_MAX)]
    messages = (issuer.message(ISSUANCE_ACCOUNT, piece, OPENING_BALANCE) for piece in pieces)
    LoadClient(work.address, 1).run(messages)


def run(work: Work) -> dict[str, object]:
    """Do the work; rates, latencies, and how many were rejected, which is a finding if it is not zero."""
    if work.fund:
        fund(work)
    rejected = 0
    done_ns: list[int] = []

    def on_receipt(_: int, receipt: bytes) -> None:
        nonlocal rejected
        done_ns.append(time.perf_counter_ns())
        outcomes = decode(receipt).outcomes
        rejected += sum(outcomes) if work.items == 1 else int(np.count_nonzero(np.frombuffer(outcomes, dtype="<u2")))

    messages_per_second = None if work.per_second is None else work.per_second / work.items
    result = LoadClient(work.address, work.connections).run(
        single_payments(work) if work.items == 1 else payments(work), messages_per_second, on_receipt
    )
    part = max(1, len(done_ns) // RATE_PARTS)
    rates = [
        part * work.items / ((done_ns[at + part - 1] - (done_ns[at - 1] if at else done_ns[0])) / 1e9 or 1)
        for at in range(0, part * RATE_PARTS, part)
        if at + part <= len(done_ns) and part > 1
    ]
    return {
        "seconds": result.seconds,
        "transfers_per_second": work.transfers / result.seconds,
        "rejected": rejected,
        "rates": rates,
        **result.summary(),
    }


def main() -> None:
    """`python -m sanad.interfaces.bench.client`: work as JSON on standard input, figures as JSON on standard output."""
    work = Work(**json.load(sys.stdin))
    json.dump(run(work), sys.stdout)


def as_json(work: Work) -> str:
    """What `main` reads."""
    return json.dumps(asdict(work))


if __name__ == "__main__":
    main()
