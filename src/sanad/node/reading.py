"""Reading an open record: every question about entries, accounts and proofs that `NodeService` promises to answer.

What is durable is read from the derived files. Only an account's row and a UETR are looked up in the state, under the
writer's lock, and what they name is then waited for until it is on disk.
"""

import struct
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable

import numpy as np

from sanad.base.canonical import decode
from sanad.base.digests import digest
from sanad.base.errors import Fault, Malformed, Refused, Unavailable
from sanad.kernel import hashing
from sanad.log import leaves
from sanad.log.register_map import register_key
from sanad.log.register_proof import RegisterAnswer
from sanad.log.tiles import TilePath, is_within
from sanad.node import proofs
from sanad.node.digest_files import LogTree, Secrets
from sanad.node.folder import RESTORE_ADVICE, Damage
from sanad.node.ordering import Ordering
from sanad.node.receipts import Receipt
from sanad.node.receipts import encode as encode_receipt
from sanad.node.register_history import RegisterHistory
from sanad.node.runs import find_in_runs
from sanad.node.sealing import ENTRIES_MAX, EntriesTree
from sanad.node.service import (
    PAYMENTS_MAX,
    AccountView,
    MessageView,
    PaymentView,
    StatementLine,
    StatementPage,
)
from sanad.node.small import StoredCheckpoint
from sanad.node.storage import Record
from sanad.rulebook.edition1.acting import is_account, is_institution
from sanad.rulebook.edition1.acts import parse_act
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.posting import find_fingerprint, fingerprint
from sanad.rulebook.edition1.standing import OF_THE_PAYER, ORDERED, order_behind
from sanad.rulebook.edition1.state import count
from sanad.rulebook.edition1.words import TransferFlag
from sanad.rulebook.message import POSITIONS_PER_ENTRY, TRANSFER_KINDS, TRANSFER_SIZE, Message, parse


class Reading:
    """Answers from one open record. Any thread."""

    def __init__(
        self, record: Record, log: LogTree, secrets: Secrets, register: RegisterHistory, ordering: Ordering
    ) -> None:
        self._folder = record.folder
        self._derived = record.derived
        self._log = log
        self._secrets = secrets
        self._register = register
        self._ordering = ordering
        self.state_lock = threading.Lock()
        self.wait_sealed: Callable[[int], None] = lambda _: None
        self.checkpoint: StoredCheckpoint | None = record.small.checkpoint()

    # --- log ----------------------------------------------------------------------------------------------------

    def checkpoint_note(self) -> bytes:
        """The newest signed checkpoint."""
        if self.checkpoint is None:
            raise Unavailable("no checkpoint is signed yet")
        return self.checkpoint.note

    def tile(self, path: str) -> bytes:
        """A tile's bytes, of the newest checkpoint's tree; `KeyError` if it is not in it."""
        tile_path = TilePath.decode(path)
        if self.checkpoint is None or not is_within(tile_path, self.checkpoint.size):
            raise KeyError(path)
        return self._log.tile(tile_path)

    def block_time(self, height: int) -> int:
        """Time of a block, ms; 0 for height 0."""
        return leaves.BlockLeaf.decode(self._derived.block(height).leaf).time_ms if height else 0

    # --- register -----------------------------------------------------------------------------------------------

    def register_records(self, record_type: int, after: int, limit: int) -> list[bytes]:
        """Records of a type with numbers above `after`, in their order, as the last durable block has them."""
        records = [
            (number, value)
            for _, value in self._register.at(self._derived.height)
            for kind, number in [_type_and_number(value)]
            if kind == record_type and number > after
        ]
        return [value for _, value in sorted(records)[:limit]]

    def register_answer(self, record_type: int, number: int, asked_ms: int) -> bytes:
        """What the register said of a record at a time: record or its absence, with proofs against the checkpoint.

        Raises `Refused` (404) for a time before the first block, `Unavailable` before the first checkpoint.
        """
        checkpoint = self.checkpoint
        if checkpoint is None:
            raise Unavailable("no checkpoint is signed yet")
        height = self._height_at(asked_ms, checkpoint.size)
        if height == 0:
            raise Refused("time", "the record begins later; ask about a time after its first block", 404)
        register = self._register.at(height)
        key = register_key(record_type, number.to_bytes(8, "little"))
        following = height < checkpoint.size
        answer = RegisterAnswer(
            asked_ms, key, register.get(key), register.prove(key), self._block_leaf(height),
            tuple(self._log.inclusion_path(height, checkpoint.size, checkpoint.root)),
            self._block_leaf(height + 1) if following else None,
            tuple(self._log.inclusion_path(height + 1, checkpoint.size, checkpoint.root)) if following else (),
            checkpoint.note,
        )  # fmt: skip
        return answer.encode()

    def _block_leaf(self, height: int) -> leaves.BlockLeaf:
        return leaves.BlockLeaf.decode(self._derived.block(height).leaf)

    def _height_at(self, time_ms: int, most: int) -> int:
        """The last block with a time not after `time_ms`, of the first `most`; 0 if there is none."""
        return bisect_right(range(1, most + 1), time_ms, key=self.block_time)

    # --- receipts and proofs ------------------------------------------------------------------------------------

    def receipt_by_identity(self, institution: int, lane: int, sequence: int, last_entry: int) -> bytes | None:
        """The receipt of the lane's message with this sequence, or None. Raises `Damage`."""
        self.wait_sealed(last_entry)
        if not last_entry or sequence > self._derived.sound_entry(last_entry).sequence:
            return None
        entry = self._derived.find(institution, lane, sequence, last_entry)
        if entry is None:
            raise self._derived.lost_sequence(institution, lane, sequence)
        return self.receipt(entry)

    def _block_of(self, entry: int) -> tuple[int, int, EntriesTree, bytes, bytes]:
        """Height, place in the block, entries tree, block leaf and signature of the block that holds an entry."""
        height = self._derived.sound_entry(entry).height
        block = self._derived.block(height)
        numbers = range(block.first_entry, block.first_entry + block.entries)
        entries_tree = EntriesTree(
            [self._leaf(number).leaf_hash() for number in numbers], self._secrets.of(numbers[-1])
        )
        return height, entry - block.first_entry, entries_tree, block.leaf, block.signature

    def _leaf(self, entry: int) -> leaves.EntryLeaf:
        row = self._derived.entry(entry)
        return leaves.EntryLeaf(entry, row.body_root, row.sealed_digest)

    def receipt(self, entry: int) -> bytes:
        """The receipt of an entry, the same bytes as when it was made."""
        height, index, entries_tree, leaf, signature = self._block_of(entry)
        message = self._message_of(entry)
        self._check_sealed(entry, message)
        return encode_receipt(
            Receipt(
                message.digest, entry, height, self._derived.outcomes(entry).tobytes(),
                leaves.salt(self._secrets.of(entry)), self._leaf(entry).encode(), entries_tree.place(index),
                ENTRIES_MAX, entries_tree.path(index), leaf, signature,
            )
        )  # fmt: skip

    def _check_sealed(self, entry: int, message: Message) -> None:
        """That header and signatures in the segment are the ones that were sealed. Raises `Damage`."""
        row, salt = self._derived.entry(entry), leaves.salt(self._secrets.of(entry))
        outcomes = digest(self._derived.outcomes(entry).data)
        sealed = leaves.sealed_digest(salt, message.header_bytes, digest(message.signatures_bytes), outcomes)
        if sealed != row.sealed_digest:
            raise self._damaged_message(entry, "header or signatures are not those that were sealed")

    def _damaged_message(self, entry: int, what: str) -> Damage:
        row = self._derived.entry(entry)
        place = self._derived.segments.place_name(row.message_offset)
        return Damage(place, what, RESTORE_ADVICE, row.height, entry)

    def transfer_parties(self, position: int) -> frozenset[int]:
        """Sender and, if it was admitted, owners of both accounts. Reads a few bytes, however large the message is.

        A rejected transfer is its sender's affair alone: the reason may be that the payer has no money, or is frozen.
        """
        entry, index = divmod(position, POSITIONS_PER_ENTRY)
        if not 0 < entry <= self._derived.entry_count:
            return frozenset()
        row = self._derived.sound_entry(entry)
        if row.kind not in TRANSFER_KINDS or index >= row.items:
            return frozenset()
        owners: list[int] = []
        if self._derived.outcome(position) == Outcome.ADMITTED:
            transfer = parse_transfer(self._derived.transfer(position))
            accounts = self._ordering.state.accounts
            owners = [int(accounts[number]["institution"]) for number in (transfer.debit, transfer.credit)]
        return frozenset([row.institution, *owners]) - {0}

    def transfer_proof(self, position: int) -> bytes | None:
        """The proof of a transfer against the newest checkpoint; None when there is no such transfer."""
        entry, index = divmod(position, POSITIONS_PER_ENTRY)
        if not 0 < entry <= self._derived.entry_count:
            return None
        row = self._derived.sound_entry(entry)
        if row.kind not in TRANSFER_KINDS or index >= row.items:
            return None
        checkpoint = self.checkpoint
        if checkpoint is None or checkpoint.size < row.height:
            raise Unavailable("no checkpoint covers this block yet")
        message = self._message_of(entry)
        self._check_sealed(entry, message)
        outcomes = np.array(self._derived.outcomes(entry))
        rows = np.frombuffer(message.body, dtype=np.uint8).reshape(-1, TRANSFER_SIZE)
        body_path = hashing.merkle_path(hashing.merkle_levels(hashing.transfer_leaves(rows, outcomes)), index)
        _, at, entries_tree, leaf, _ = self._block_of(entry)
        inner = proofs.TransferInBlock(
            rows[index].tobytes(), int(outcomes[index]), index, row.items, tuple(body_path), self._leaf(entry).encode(),
            entries_tree.place(at), ENTRIES_MAX, entries_tree.path(at), leaf,
        )  # fmt: skip
        log_path = self._log.inclusion_path(row.height, checkpoint.size, checkpoint.root)
        return proofs.build(inner, log_path, checkpoint.note)

    def _message_of(self, entry: int) -> Message:
        """An entry's message, whole and with the digest that its header gives. Raises `Damage`, never wrong bytes."""
        try:
            return parse(bytes(self._derived.message(entry)))
        except Malformed as error:
            raise self._damaged_message(entry, str(error)) from error

    def message_readers(self, entry: int) -> frozenset[int]:
        """Sender and, of an act, recipients. Of transfers nothing is read but a row, however many they are."""
        if not 0 < entry <= self._derived.entry_count:
            return frozenset()
        row = self._derived.sound_entry(entry)
        recipients: tuple[int, ...] = ()
        if row.kind not in TRANSFER_KINDS and entry > 1:
            recipients = parse_act(self._message_of(entry).body).recipients
        return frozenset([row.institution, *recipients]) - {0}

    def message(self, entry: int) -> MessageView | None:
        """One entry's message, its recipients and its salt."""
        if not 0 < entry <= self._derived.entry_count:
            return None
        self._derived.sound_entry(entry)
        message = self._message_of(entry)
        self._check_sealed(entry, message)
        recipients, opened_account = frozenset[int](), 0
        if message.header.kind not in TRANSFER_KINDS and entry > 1:
            recipients = frozenset(parse_act(message.body).recipients)
            opened_account = self._opened_by(entry)
        return MessageView(
            message.raw, message.header.institution, recipients, self._derived.outcomes(entry).tobytes(),
            leaves.salt(self._secrets.of(entry)), opened_account,
        )  # fmt: skip

    def orders_behind(self, entry: int) -> dict[int, int]:
        """The entry of the order behind each outcome that follows from one; of an outcome's transfers the first's."""
        if not 0 < entry <= self._derived.entry_count:
            return {}
        codes, first = np.unique(self._derived.outcomes(entry), return_index=True)
        pairs = zip(codes.tolist(), first.tolist(), strict=True)
        found = [(Outcome(code), index) for code, index in pairs if code in ORDERED]
        message = self._message_of(entry) if found else None
        if message is None or message.header.kind not in TRANSFER_KINDS:
            return {}
        rows, orders = message.transfers(), {}
        with self.state_lock:
            state = self._ordering.state
            for outcome, index in found:
                account = int(rows[index]["debit" if outcome in OF_THE_PAYER else "credit"])
                institution = int(state.accounts[account]["institution"])
                orders[int(outcome)] = order_behind(state, outcome, institution, entry)
        return {code: order for code, order in orders.items() if order}

    def _opened_by(self, entry: int) -> int:
        """The first account that an entry opened, 0 none. Accounts are numbered in the order of their entries."""
        with self.state_lock:
            accounts, last = self._ordering.state.accounts, count(self._ordering.state, "accounts")
        first = 1 + bisect_left(range(1, last + 1), entry, key=lambda number: int(accounts[number]["opened_entry"]))
        return first if first <= last and int(accounts[first]["opened_entry"]) == entry else 0

    # --- accounts -----------------------------------------------------------------------------------------------

    def institution_class(self, institution: int) -> int | None:
        """Class of a registered institution."""
        state = self._ordering.state
        return int(state.institutions["class"][institution]) if is_institution(state, institution) else None

    def account(self, number: int) -> AccountView | None:
        """An account after the newest decided block, once that is durable."""
        state = self._ordering.state
        with self.state_lock:
            if not is_account(state, number):
                return None
            row = state.accounts[number].copy()
            entry, height, time_ms = state.entry, self._ordering.height, state.time_ms
        self.wait_sealed(entry)
        asset = int(row["asset"])
        return AccountView(
            number, int(row["institution"]), asset, state.asset_table[asset].identifier,
            int(state.assets[asset]["exponent"]), int(row["kind"]), int(row["holder_class"]), int(row["tier"]),
            int(row["flags"]), int(row["balance"]), int(row["reserved"]), int(row["opened_entry"]),
            int(row["last_position"]), height, time_ms,
        )  # fmt: skip

    def statement(self, account: int, before: int, limit: int) -> StatementPage:
        """Newest first: from the account's last transfer, link by link, no index."""
        view = self.account(account)
        position = view.last_position if view else 0
        lines: list[StatementLine] = []
        wanted = before or 2**63
        if before:
            position = self._cursor(account, before)
        balance = view.balance if view and not before else None
        while position and len(lines) < limit:
            line, previous = self._line(account, position)
            # What one line moved is the difference to the one before: cheaper than to hash what holds both.
            if previous >= position or line.balance != (line.balance if balance is None else balance):
                raise _broken_way(account, position)
            balance, position = line.balance - _change(line), previous
            if line.position < wanted:
                lines.append(line)
        return StatementPage(lines, lines[-1].position if position and lines else 0)

    def _cursor(self, account: int, before: int) -> int:
        """The account's newest position below `before`, which is a position of the same account."""
        entry, index = divmod(before, POSITIONS_PER_ENTRY)
        if not 0 < entry <= self._derived.entry_count or index >= self._derived.entry(entry).items:
            return 0
        transfer = parse_transfer(self._derived.transfer(before))
        effect = self._derived.effect(before)
        if account == transfer.debit:
            return int(effect["debit_previous"])
        return int(effect["credit_previous"]) if account == transfer.credit else 0

    def _line(self, account: int, position: int) -> tuple[StatementLine, int]:
        """One line, and the position of the one before."""
        try:
            link = self._derived.link(position)
        except (IndexError, Fault, Refused) as error:
            raise _broken_way(account, position) from error
        uetr, debit, credit, amount, pending, reference, purpose, flags, leg = _OF_A_LINE.unpack(link.transfer)
        is_debit = account == debit
        if not link.is_in_block or account not in (debit, credit):
            raise _broken_way(account, position)
        line = StatementLine(
            position, link.height, link.time_ms, uetr, is_debit, credit if is_debit else debit, amount,
            link.debit_balance if is_debit else link.credit_balance, link.debit_reserved if is_debit else None,
            purpose, flags, leg, pending, reference,
        )  # fmt: skip
        return line, link.debit_previous if is_debit else link.credit_previous

    def find_payment(self, institution: int, uetr: bytes) -> list[PaymentView]:
        """Legs 0, 1, 2, … that the institution sent under the UETR: in the two duplicate windows and in older runs."""
        found: list[PaymentView] = []
        for leg in range(PAYMENTS_MAX):
            position = self._find_leg(institution, uetr, leg)
            if position == 0:
                break
            self.wait_sealed(position // POSITIONS_PER_ENTRY)
            found.append(self._payment(position, uetr))
        return sorted(found, key=lambda each: each.position)

    def _find_leg(self, institution: int, uetr: bytes, leg: int) -> int:
        state = self._ordering.state
        with self.state_lock:
            windows = (state.current, state.previous)
            oldest = state.window_number - 1
            for window in windows:
                position, _ = find_fingerprint(window.slots, fingerprint(window.key, institution, uetr, leg))
                if position:
                    return position
        return find_in_runs(self._folder, oldest, institution, uetr, leg)

    def _payment(self, position: int, uetr: bytes) -> PaymentView:
        entry, index = divmod(position, POSITIONS_PER_ENTRY)
        height = self._derived.sound_entry(entry).height
        body = memoryview(self._message_of(entry).body)
        transfer = parse_transfer(body[index * TRANSFER_SIZE : (index + 1) * TRANSFER_SIZE])
        if transfer.uetr.bytes != uetr:
            raise self._damaged_message(entry, "another payment stands where the look-up by UETR points")
        state = self._ordering.state
        return PaymentView(
            position, height, self.block_time(height), transfer.leg, transfer.debit, transfer.credit, transfer.amount,
            transfer.asset, state.asset_table[transfer.asset].identifier, int(state.assets[transfer.asset]["exponent"]),
            transfer.purpose, transfer.flags,
        )  # fmt: skip


_OF_A_LINE = struct.Struct("<16sQQQQ32x16s12xHHH2x")
"""Of a transfer's 116 bytes what a statement shows: UETR, accounts, amount, pending, reference, purpose, flags, leg."""


def _broken_way(account: int, position: int) -> Damage:
    """Of a line that does not follow from the next: rows, or the transfer itself, are not what was written."""
    entry = position // POSITIONS_PER_ENTRY
    what = f"the way back along account {account} breaks at position {position}"
    return Damage("derived or segments", what, "Audit the record: it names what is damaged", 0, entry)


def _change(line: StatementLine) -> int:
    """What a line did to the balance of its account: nothing where it only reserved or freed."""
    amount = 0 if line.flags & (TransferFlag.PENDING | TransferFlag.VOID) else line.amount
    return -amount if line.is_debit else amount


def _type_and_number(value: bytes) -> tuple[int, int]:
    """The first two parts of a register record."""
    parts = decode(value, "register record")
    if not isinstance(parts, list) or not isinstance(parts[0], int) or not isinstance(parts[1], int):
        raise Malformed("register record", "record_bad", "a record is [type, number, …]")
    return parts[0], parts[1]


def parse_transfer(data: memoryview) -> proofs.Transfer:
    """A transfer's fields."""
    return proofs.Transfer.decode(bytes(data))
