"""A node: a record that is open, its state, its writer, and the answers to every question about them.

Opening: lock the folder, take the newest good snapshot, check and replay what came after, derive what is missing,
compare with the last signed checkpoint. Only then is anything served.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from pathlib import Path

import sanad
from sanad.base.errors import Malformed, Refused, Unavailable, ensure
from sanad.log import checkpoint as log_checkpoint
from sanad.log.leaves import BlockLeaf
from sanad.node import replayer, replaying, snapshots
from sanad.node.auditing import genesis_of
from sanad.node.clock import Clock
from sanad.node.digest_files import LogTree, Secrets
from sanad.node.folder import CHECKPOINT, GENESIS, NODE_KEY, SEGMENT_SIZE, SEGMENTS, Damage, write_file
from sanad.node.founding import Genesis, NodeKeys, genesis_message, load_keys
from sanad.node.frames import START, NewBlock, Place, PlacedBlock, Unsound
from sanad.node.ordering import new_ordering
from sanad.node.reading import Reading
from sanad.node.register_history import RegisterHistory
from sanad.node.sealing import seal_block, sign_block
from sanad.node.service import AccountView, Health, MessageView, PaymentView, StatementPage
from sanad.node.small import StoredCheckpoint, checkpoint_file
from sanad.node.storage import open_record
from sanad.node.writer import Writer, append_derived
from sanad.rulebook.edition1.apply import Post, genesis_acts
from sanad.rulebook.edition1.state import Key
from sanad.rulebook.message import Message, parse
from sanad.rulebook.signatures import is_signature

CHECKPOINT_SECONDS = 0.5
SYNC_SECONDS = 10.0
SYNC_SECONDS_BUSY = 300.0
BUSY_ITEMS = 20_000
"""Making derived files durable holds up the blocks that are being written, by 0.2 to 0.5 s under full load. So it waits
for a quiet moment, with fewer than so many items since the last look; under load that never ends it comes at last. What
it spares is checking rows again after a power cut: 0.35 ms a batch."""
Say = Callable[[str], None]


def found(
    folder: Path,
    genesis: Genesis,
    keys: NodeKeys,
    secret: bytes,
    acts: list[bytes],
    post: Post,
    segment_size: int = SEGMENT_SIZE,
) -> None:
    """Write entry 1 of a new record in a folder that `create_folder` made. Raises `Fault` if genesis cannot stand."""
    message = genesis_message(genesis, secret, acts)
    ordering = new_ordering(post)
    entries = [ordering.found(message, genesis.created_ms)]
    sealed = seal_block(entries, 1, genesis.created_ms, bytes(32), ordering.register.root)
    signature = sign_block(genesis.network, sealed.leaf, keys.block_key)
    with open_record(folder, segment_size=segment_size) as record:
        ensure(record.end.height == 0, "a network is founded once")
        placed = record.append(NewBlock(1, genesis.created_ms, 1, 0, [message]))
        append_derived(record, placed, entries, sealed, signature)


class Node:
    """An open node. `start` makes it take messages; without it, it only answers. Implements `NodeService`."""

    def __init__(
        self, folder: Path, post: Post, say: Say = lambda _: None, segment_size: int = SEGMENT_SIZE,
        clock: Clock | None = None,
    ) -> None:  # fmt: skip
        """Open the record in `folder`. Raises `Refused` (held or no record), `Damage`, `Unavailable`.

        `clock`: another than the wall clock, for the past of a demonstration.
        """
        self.folder = folder
        self._say = say
        self.clock = clock or Clock()
        self.keys = load_keys(folder)
        self._stopping = threading.Event()
        self.is_closed = False
        self.following: replayer.Following | None = None
        if not (folder / SEGMENTS).is_dir():
            raise Refused("record folder", f"{folder} holds no record; create one with: sanad init", 404)
        self._set_aside_checkpoint()
        snapshot, damaged = snapshots.latest_good(folder)
        self.record = open_record(folder, snapshot.header.place if snapshot else START, segment_size=segment_size)
        if snapshot is not None and self.record.derived.height < snapshot.header.place.height:
            # Rows that the snapshot stands on are gone: begin before them.
            snapshot, damaged = snapshots.latest_good(folder, self.record.derived.height)
        start = replaying.start_from(snapshot, post)
        for sentence in [str(each) for each in damaged] + self.record.report.sentences():
            say(sentence)
        try:
            start, chain_digest = self._catch_up(start, say)
        except BaseException:
            self.record.close()
            raise
        self.ordering = start.ordering
        self.reading = Reading(self.record, self.log, self.secrets, self.register, self.ordering)
        self.writer = Writer(
            self.record, self.ordering, self.log, self.secrets, self.register, self.keys.block_key, chain_digest,
            self.clock, self.reading.receipt,
        )  # fmt: skip
        self.reading.state_lock = self.writer.state_lock
        self.reading.wait_sealed = self.writer.wait_sealed
        self._ticker = threading.Thread(target=self._tick, name="checkpoints", daemon=True)

    # --- opening ------------------------------------------------------------------------------------------------

    def _catch_up(self, start: replaying.Start, say: Say) -> tuple[replaying.Start, bytes]:
        """Replay from the snapshot to the end, derive missing rows, open tree, secrets and register.

        Answers where it began, whose ordering now stands at the end, and the chain digest there.
        """
        record = self.record
        self.genesis = genesis_of(record.segments)
        if not _is_file(self.folder / GENESIS, self.genesis.encode()):
            say("the file genesis was not what entry 1 says and was written again")
            write_file(self.folder / GENESIS, self.genesis.encode(), 0o644)
        self._check_keys()
        genesis_body = replaying.messages_of(record.segments, record.segments.frame(0))[0].body
        self.secrets = Secrets(self.folder, self._nonce_of)
        self.secrets.open(start.place.entry, start.ordering.secret, genesis_acts(genesis_body)[1])
        self.register = RegisterHistory(self.folder)
        if not self.register.open(start.place.height, start.ordering.register.root):
            start = replaying.start_from(None, start.ordering.post)
            say("the history of the public register is made anew from the segments")
            self.register.open(0, start.ordering.register.root)
        chain = self._replay(start, say)
        self.log = LogTree(self.folder, record.derived)
        stored = record.small.checkpoint()
        self.log.open(record.end.height, stored.size if stored else 0, stored.root if stored else b"")
        return start, chain

    def _replay(self, start: replaying.Start, say: Say) -> bytes:
        record, ordering = self.record, start.ordering
        chain = start.chain_digest
        total = record.end.height - start.place.height
        for done, placed in enumerate(self._blocks_after(start.place), 1):
            replayed = replaying.replay_block(ordering, record.segments, placed, signatures=False)
            self.secrets.append(placed.first_entry, [each.secret for each in replayed.entries])
            if placed.height > record.derived.height:
                sealed = seal_block(replayed.entries, placed.height, placed.time_ms, chain, ordering.register.root)
                signature = sign_block(self.genesis.network, sealed.leaf, self.keys.block_key)
                append_derived(record, placed, replayed.entries, sealed, signature)
                chain = sealed.chain_digest
            else:
                chain = BlockLeaf.decode(record.derived.block(placed.height).leaf).chain_digest
            self.register.append(placed.height, ordering.register_changes)
            if done % 1_000 == 0:
                say(f"replayed {done} of {total} blocks")
        return chain

    def _set_aside_checkpoint(self) -> None:
        """A file that this node did not sign is no checkpoint: else a flipped bit would promise blocks that never were.

        The small tables have it too, and write it again.
        """
        stored, path = checkpoint_file(self.folder), self.folder / CHECKPOINT
        if stored is None:
            return
        try:
            log_checkpoint.verify(stored.note, self.keys.log_signer.verifier_key)
        except Malformed as error:
            path.rename(path.with_name(f"{CHECKPOINT}.damaged"))
            self._say(f"the file {CHECKPOINT} is set aside: {error}")

    def _blocks_after(self, place: Place) -> Iterator[PlacedBlock]:
        """The blocks to replay, from wherever the snapshot ends. Raises `Damage` where one is not sound."""
        height = place.height
        try:
            for placed in self.record.segments.blocks(place):
                yield placed
                height = placed.height
        except Unsound as fault:
            raise self.record.segments.damage(fault, height + 1) from fault

    def _check_keys(self) -> None:
        """That these are the keys that genesis names: with others every signature would be worthless."""
        is_block_key = bytes(self.keys.block_key.verify_key) == self.genesis.node_public_key
        if not is_block_key or self.keys.log_signer.verifier_key.encode().decode() != self.genesis.log_key:
            raise Damage(NODE_KEY, "its keys are not those that genesis names", "Restore this file from a back-up")

    def _nonce_of(self, entry: int) -> bytes:
        return bytes(self.record.derived.message(entry)[64:80])

    # --- running ------------------------------------------------------------------------------------------------

    def start(self, *, with_replayer: bool = False) -> None:
        """Begin to take messages and to sign checkpoints; the replayer is the process that audits all the time."""
        self.writer.start()
        self._ticker.start()
        if with_replayer:
            self.following = replayer.Following(
                self.folder, self.record.segments.segment_size, self.writer.record_state_digest, self._damage_found
            )

    def _damage_found(self, what: str) -> None:
        self.writer.fail(f"the replayer found damage: {what}")

    def close(self, *, snapshot: bool = True) -> None:
        """Finish what is queued, sign a last checkpoint, write a snapshot, let go of the folder."""
        if self._ticker.is_alive():
            self._stopping.set()
            self._ticker.join()
            self.writer.stop()
        if self.following is not None:
            self.following.stop()
        if not self.writer.failure:
            self._end_well(snapshot=snapshot)
        self.secrets.close()
        self.register.close()
        self.log.close()
        self.record.close()
        self.is_closed = True

    def _end_well(self, *, snapshot: bool) -> None:
        """The last checkpoint and a snapshot; both can be made at the next start if there is no room for them now."""
        try:
            self.sign_checkpoint()
            if snapshot:
                self.write_snapshot()
        except Unavailable as error:
            self._say(str(error))

    def _tick(self) -> None:
        elapsed, is_full, items = 0.0, False, 0
        while not self._stopping.wait(CHECKPOINT_SECONDS):
            elapsed += CHECKPOINT_SECONDS
            is_busy = self.record.end.items - items > BUSY_ITEMS
            items = self.record.end.items
            try:
                self.sign_checkpoint()
                self.record.derived.start_writing()
                if elapsed >= (SYNC_SECONDS_BUSY if is_busy else SYNC_SECONDS):
                    elapsed = 0.0
                    self.secrets.sync()
                    self.register.sync()
                    self.record.sync_derived()
                is_full = False
            except Unavailable as error:
                if not is_full:
                    self._say(f"a checkpoint waits: {error}")
                is_full = True
            except Exception as error:  # noqa: BLE001  # whatever it is, without checkpoints nothing is taken
                self.writer.fail(f"a checkpoint could not be kept: {error}")

    def sign_checkpoint(self) -> None:
        """Sign the log as it is now; stored before the signature leaves."""
        size, root = self.log.head()
        published = self.reading.checkpoint
        if size == 0 or (published is not None and published.size == size):
            return
        signed = log_checkpoint.sign(log_checkpoint.Checkpoint(self.keys.origin, size, root), self.keys.log_signer)
        self.record.small.put_checkpoint(StoredCheckpoint(size, root, signed))
        self.reading.checkpoint = StoredCheckpoint(size, root, signed)

    def write_snapshot(self) -> None:
        """A snapshot of the state at the end of the record. Only while nothing is being decided."""
        with self.writer.state_lock:
            replaying.write_snapshot(self.folder, self.ordering, self.writer.chain_digest)

    # --- NodeService --------------------------------------------------------------------------------------------

    @property
    def network(self) -> bytes:
        """H(public half of genesis)[:16]."""
        return self.genesis.network

    def submit(self, raw: bytes) -> "Future[bytes]":
        """Parse, verify every signature, queue. Raises `Malformed`, `Refused`, `Unavailable`."""
        message = parse(raw)
        self._verify(message)
        return self.writer.submit(message)

    def _verify(self, message: Message) -> None:
        if not message.signatures:
            raise Refused("signature", "the message is not signed", 401)
        for signature in message.signatures:
            key = self.ordering.state.key_table.get(signature.key_id)
            if key is None:
                raise Refused("key", "no such key is registered; register it first", 401)
            if not is_signature(key.suite, key.public, message.digest, signature.value):
                raise Refused("signature", "the signature is wrong; sign the message digest of formats.md §1", 401)
            if key.institution != message.header.institution:
                # Only now: whose key it is, only its holder may learn.
                raise Refused("key", "the key belongs to another institution", 403)

    def receipt(self, institution: int, lane: int, sequence: int) -> bytes | None:
        """The receipt of a decided message, or None."""
        last = self.ordering.last_entry_of_lane.get((institution, lane), 0)
        return self.reading.receipt_by_identity(institution, lane, sequence, last)

    def next_sequence(self, institution: int, lane: int) -> int:
        """The sequence that the lane's next message must have."""
        return self.ordering.state.lanes.get((institution, lane), 1)

    def key(self, key_id: bytes) -> Key | None:
        """A registered key."""
        return self.ordering.state.key_table.get(key_id)

    def institution_class(self, institution: int) -> int | None:
        """Class of a registered institution."""
        return self.reading.institution_class(institution)

    def account(self, number: int) -> AccountView | None:
        """An account as it stands."""
        return self.reading.account(number)

    def statement(self, account: int, before: int, limit: int) -> StatementPage:
        """Lines of an account, newest first."""
        return self.reading.statement(account, before, limit)

    def find_payment(self, institution: int, uetr: bytes) -> list[PaymentView]:
        """Transfers that an institution sent under a UETR."""
        return self.reading.find_payment(institution, uetr)

    def transfer_parties(self, position: int) -> frozenset[int]:
        """Who may have the proof of a transfer."""
        return self.reading.transfer_parties(position)

    def transfer_proof(self, position: int) -> bytes | None:
        """The proof of a transfer."""
        return self.reading.transfer_proof(position)

    def message_readers(self, entry: int) -> frozenset[int]:
        """Who may read something of an entry's message."""
        return self.reading.message_readers(entry)

    def orders_behind(self, entry: int) -> Mapping[int, int]:
        """Which orders an entry's rejections follow from."""
        return self.reading.orders_behind(entry)

    def message(self, entry: int) -> MessageView | None:
        """One entry's message."""
        return self.reading.message(entry)

    def register_answer(self, record_type: int, number: int, asked_ms: int) -> bytes:
        """A record of the public register as it stood at a time, proved."""
        return self.reading.register_answer(record_type, number, asked_ms)

    def register_records(self, record_type: int, after: int, limit: int) -> list[bytes]:
        """Records of a type in order of their numbers, as they stand now."""
        return self.reading.register_records(record_type, after, limit)

    def checkpoint(self) -> bytes:
        """The newest signed checkpoint."""
        return self.reading.checkpoint_note()

    def tile(self, path: str) -> bytes:
        """A tile's bytes; `KeyError` if not there."""
        return self.reading.tile(path)

    def log_key(self) -> bytes:
        """The log's verifier key."""
        return self.genesis.log_key.encode()

    def health(self) -> Health:
        """How the node is."""
        reason = self.writer.failure or self.writer.no_space or self.clock.reason()
        height = self.record.derived.height
        return Health(
            ready=not reason and self._ticker.is_alive(),
            reason=reason,
            name=self.genesis.name,
            demonstration=self.genesis.demonstration,
            version=sanad.__version__,
            node_public_key=self.genesis.node_public_key,
            height=height,
            time_ms=self.reading.block_time(height),
        )

    def metrics(self) -> bytes:
        """Figures for Prometheus."""
        derived = self.record.derived
        figures = {
            "sanad_blocks_total": derived.height,
            "sanad_entries_total": derived.entry_count,
            "sanad_items_total": derived.item_count,
            "sanad_checkpoint_size": self.reading.checkpoint.size if self.reading.checkpoint else 0,
            "sanad_replayed_height": self.following.height if self.following else 0,
        }
        return "".join(f"{name} {value}\n" for name, value in figures.items()).encode()


def _is_file(path: Path, data: bytes) -> bool:
    """Whether the file is there and holds just that."""
    try:
        return path.read_bytes() == data
    except FileNotFoundError:
        return False
