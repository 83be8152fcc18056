"""How fast a gateway posts a bulk file: `python bench/gateway.py [payments]`.

The node is a stand-in in the same process that admits everything at once, so that only the gateway's own work is
measured: checking the file, addresses, sealed evidence, signatures, outbox, receipts verified, the pacs.002. Printed
beside it: reading the file alone, and the ratio of the two.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import count
from pathlib import Path
from uuid import uuid4

from nacl.signing import SigningKey
from schwifty import IBAN

from sanad.base.digests import digest
from sanad.gateway.gateway import Gateway
from sanad.gateway.keys import Limits
from sanad.log import leaves
from sanad.node import receipts
from sanad.rulebook.message import parse
from sanad.standards.iso20022 import pacs008
from sanad.standards.iso20022.compose import GroupHeader, write_pacs008
from sanad.standards.iso20022.payment import Payment

ACCOUNTS = 10_000
SINGLE_MESSAGES = 1_000
PASSPHRASE = "only for a bench"
NODE_KEY = SigningKey(bytes(32))


class Yes:
    """A node that admits everything."""

    network = bytes(16)

    def __init__(self) -> None:
        self._entries = count(1)

    def submit(self, raw: bytes) -> bytes:
        """A receipt that verifies."""
        entry = next(self._entries)  # whole in any thread
        message = parse(raw)
        salt, outcomes = sha256(raw[:112]).digest(), bytes(2 * message.header.items)
        sealed = leaves.sealed_digest(salt, message.header_bytes, digest(message.signatures_bytes), digest(outcomes))
        root = receipts.body_root(message, salt, (0,) * message.header.items)
        leaf = leaves.EntryLeaf(entry, root, sealed)
        block = leaves.BlockLeaf(entry, entry, leaf.leaf_hash(), bytes(32), bytes(32)).encode()
        signature = NODE_KEY.sign(receipts.block_signature_message(self.network, block)).signature
        return receipts.encode(
            receipts.Receipt(message.digest, entry, entry, outcomes, salt, leaf.encode(), 0, 1, (), block, signature)
        )

    def receipt(self, *_place: int) -> bytes | None:
        """None: it is never asked."""
        return None

    def next_sequence(self, *_lane: int) -> int:
        """Every lane is new."""
        return 1


def payments(ibans: list[str], number: int) -> Iterator[Payment]:
    """Payments from one half of the accounts to the other."""
    for n in range(number):
        debtor, creditor = ibans[n % (ACCOUNTS // 2)], ibans[ACCOUNTS // 2 + n % (ACCOUNTS // 2)]
        yield Payment(
            n, None, f"E{n}", f"T{n}", uuid4().bytes, 100_000 + n, "PKR", date(2026, 11, 25), "SLEV", "فاطمہ بی بی",
            debtor, None, "SCBLPKKX", None, "محمد علی", creditor, None, "HABBPKKA", None, "invoice", None,
        )  # fmt: skip


def timed(what: str, number: int, work: Callable[[], object]) -> float:
    """Run, print, and give the seconds of processor time, which other work on the machine does not change so much."""
    start, start_used = time.perf_counter(), time.process_time()
    work()
    seconds, used = time.perf_counter() - start, time.process_time() - start_used
    rate = f"{seconds:7.2f} s  {number / seconds:8,.0f} a second"
    print(f"{what:30} {rate}  {used:6.2f} core-s  {number / used:8,.0f} a core")
    return used


def main() -> None:
    """Write a file, read it alone, post it, post it again; then single messages."""
    payment_count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    ibans = [str(IBAN.generate("PK", bank_code="SCBL", account_code=f"{n:016d}")) for n in range(ACCOUNTS)]
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name) / "bank", Path(name) / "in.xml"
        total = sum(100_000 + n for n in range(payment_count))
        header = GroupHeader("BENCH", datetime.now(UTC), payment_count, total, "PKR", date(2026, 11, 25))
        timed("write the pacs.008", payment_count, lambda: write_pacs008(path, header, payments(ibans, payment_count)))
        reading = timed("read it alone", payment_count, lambda: pacs008.check(path))
        Gateway.init(folder, PASSPHRASE, limits=Limits(1, 8192))
        public = bytes(NODE_KEY.verify_key)
        with Gateway.open(folder, PASSPHRASE, lambda _: Yes(), institution=1, node_public_key=public) as gateway:
            gateway.assets.set("PKR", 1)
            rows = [(iban, number, 1) for number, iban in enumerate(ibans, 1)]
            timed(f"note {ACCOUNTS:,} addresses", ACCOUNTS, lambda: gateway.addresses.add_many(rows))
            answer = Path(name) / "out.xml"
            posting = timed("post it: first time", payment_count, lambda: gateway.payments.post_file(path, answer))
            timed("post it: already posted", payment_count, lambda: gateway.payments.post_file(path, answer))

            def send_acts() -> None:
                with ThreadPoolExecutor(4) as pool:
                    list(pool.map(lambda number: gateway.send_act(41, [number, 0, 0]), range(SINGLE_MESSAGES)))

            timed("single messages, 4 lanes", SINGLE_MESSAGES, send_acts)
        kept = sum(each.stat().st_size for each in folder.iterdir())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"posting takes {posting / reading:.1f} times the processor time of reading")
    print(f"{kept // payment_count} bytes kept a payment; peak {peak} MB")


if __name__ == "__main__":
    main()
