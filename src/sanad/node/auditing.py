"""Auditing: everything again from the segments alone, trusting nobody.

Every signature is verified, every message decided again, every leaf, chain digest and state digest computed again and
compared with the derived files, the node's block signatures and the signed checkpoint. The first entry that does not
fit is named. The replayer does the same beside a running node, all the time.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sanad.base.errors import Malformed
from sanad.log import checkpoint as log_checkpoint
from sanad.log import note, tree
from sanad.node.derived import Derived
from sanad.node.folder import DERIVED, REBUILD_ADVICE, RESTORE_ADVICE, SEGMENT_SIZE, Damage
from sanad.node.founding import Genesis, read_genesis
from sanad.node.frames import START, Place, PlacedBlock, Unsound
from sanad.node.ordering import Ordering
from sanad.node.receipts import block_signature_message
from sanad.node.replaying import ReplayedBlock, Start, messages_of, replay_block, start_from
from sanad.node.sealing import SealedBlock, seal_block
from sanad.node.segments import Segments
from sanad.node.small import checkpoint_file
from sanad.node.storage import Acknowledged, Tail
from sanad.rulebook.edition1.acts import STATE_DIGEST_SCHEMA, parse_act
from sanad.rulebook.edition1.apply import Post
from sanad.rulebook.edition1.state import state_digest
from sanad.rulebook.message import Kind

STATE_DIGEST_BLOCKS = 4_096
"""Every so many blocks the state digest goes on the record."""
_PROGRESS_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class AuditProgress:
    """How far an audit is."""

    height: int
    entries: int
    items: int
    segment: int
    segments: int


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What an audit that found no damage saw. `checkpoint_size` 0 = there was no signed checkpoint to compare with."""

    network_name: str
    height: int
    entries: int
    items: int
    chain_digest: bytes
    root: bytes
    state_digest: bytes
    checkpoint_size: int
    derived_height: int
    state_digests: int
    torn_end: str


class Replay:
    """One pass over the record, a block at a time, checking everything that can be checked."""

    def __init__(self, segments: Segments, start: Start, genesis: Genesis, derived: Derived | None) -> None:
        self.segments = segments
        self.ordering: Ordering = start.ordering
        self.chain_digest = start.chain_digest
        self.genesis = genesis
        self.state_digests_checked = 0
        self._derived = derived
        self._digests: dict[int, bytes] = {}

    def step(self, placed: PlacedBlock) -> tuple[ReplayedBlock, SealedBlock]:
        """Decide and seal a block again, and compare. Raises `Damage`."""
        replayed = replay_block(self.ordering, self.segments, placed, signatures=True)
        sealed = seal_block(
            replayed.entries, placed.height, placed.time_ms, self.chain_digest, self.ordering.register.root
        )
        self.chain_digest = sealed.chain_digest
        self._check_state_digest(replayed)
        if self._derived is not None and placed.height <= self._derived.height:
            self._check_derived(replayed, sealed)
        if placed.height % STATE_DIGEST_BLOCKS == 0:
            self._digests[placed.height] = state_digest(self.ordering.state)
        return replayed, sealed

    def digest_at(self, height: int) -> bytes | None:
        """The state digest after a block, if this pass went over it and it is one that goes on the record."""
        return self._digests.get(height)

    def _check_state_digest(self, replayed: ReplayedBlock) -> None:
        for each in replayed.entries:
            if each.message.header.kind == Kind.SYSTEM_ACT:
                act = parse_act(each.message.body)
                known = self._digests.get(act.fields[0]) if act.schema == STATE_DIGEST_SCHEMA else None
                if known is not None and known != act.fields[1]:
                    raise self._damage(replayed.placed, "the state digest on the record is not the state's", each.entry)
                self.state_digests_checked += known is not None

    def _check_derived(self, replayed: ReplayedBlock, sealed: SealedBlock) -> None:
        """Leaf, signature, entry rows, outcomes and effects, as the node keeps and serves them."""
        derived = self._derived
        if derived is None:
            return
        placed = replayed.placed
        wrong = derived.fault_of(placed.height)
        if wrong is not None:
            raise Damage("derived", wrong, REBUILD_ADVICE, placed.height, placed.first_entry)
        block = derived.block(placed.height)
        for each, one in zip(replayed.entries, sealed.entries, strict=True):
            row = derived.entry(each.entry)
            same = row.body_root == one.leaf.body_root and row.sealed_digest == one.leaf.sealed_digest
            same = same and np.array_equal(derived.outcomes(each.entry), each.applied.outcomes)
            same = same and derived.effects(each.entry).tobytes() == each.applied.effects.tobytes()
            if not same:
                raise self._damage(
                    placed, "what the node derived from this entry is not what the rules say", each.entry
                )
        if block.leaf != sealed.leaf:
            raise self._damage(placed, "the block leaf that the node signed is not this block's", placed.first_entry)
        signed = block_signature_message(self.genesis.network, block.leaf)
        try:
            note.check_ed25519(self.genesis.node_public_key, signed, block.signature)
        except Malformed as error:
            raise self._damage(placed, "the node's signature of the block is wrong", placed.first_entry) from error

    def _damage(self, placed: PlacedBlock, what: str, entry: int) -> Damage:
        return Damage(self.segments.place_name(placed.offset), what, RESTORE_ADVICE, placed.height, entry)


def genesis_of(segments: Segments) -> Genesis:
    """The public half of genesis out of entry 1. Raises `Damage`."""
    try:
        first = next(iter(segments.blocks(START)), None)
        if first is None:
            raise Damage(segments.place_name(0), "there is no genesis", RESTORE_ADVICE, 1, 1)
        return read_genesis(messages_of(segments, first)[0])
    except (Unsound, Malformed) as error:
        raise Damage(segments.place_name(0), f"genesis: {error}", RESTORE_ADVICE, 1, 1) from error


def audit(
    folder: Path,
    post: Post,
    progress: Callable[[AuditProgress], None] = lambda _: None,
    log_key: bytes | None = None,
    segment_size: int = SEGMENT_SIZE,
) -> AuditReport:
    """Audit the record in `folder`, which may be open in a node or a copy. Changes nothing.

    `log_key`: the log's verifier key from elsewhere; without it the one in genesis is trusted.
    Raises `Damage` naming the first entry that does not fit.
    """
    segments = Segments(folder, segment_size)
    genesis = genesis_of(segments)
    derived = _derived(folder, segments)
    replay = Replay(segments, start_from(None, post), genesis, derived)
    peaks = tree.Peaks()
    signed = _signed_checkpoint(folder, genesis, log_key)
    end = START
    said = time.monotonic()
    try:
        for placed in segments.blocks(START):
            _, sealed = replay.step(placed)
            peaks.append(tree.leaf_hash(sealed.leaf))
            end = placed.after
            if signed is not None and signed.size == end.height and signed.root != peaks.root():
                raise Damage("checkpoint", "the signed root is not the record's", RESTORE_ADVICE, end.height, end.entry)
            if time.monotonic() - said > _PROGRESS_SECONDS:
                said = time.monotonic()
                progress(_progress(segments, placed, end))
    except Unsound:
        torn = _judge_end(segments, end, derived, signed)
    else:
        torn = _judge_end(segments, end, derived, signed)
    return AuditReport(
        genesis.name, end.height, end.entry, end.items, replay.chain_digest, peaks.root(),
        state_digest(replay.ordering.state), signed.size if signed else 0, derived.height if derived else 0,
        replay.state_digests_checked, torn,
    )  # fmt: skip


def _derived(folder: Path, segments: Segments) -> Derived | None:
    """The derived files as far as they are written; None if the folder holds none. Raises `Damage`."""
    if not (folder / DERIVED / "blocks").exists():
        return None
    try:
        derived = Derived(folder, segments, writable=False)
    except FileNotFoundError as error:
        name = Path(error.filename or "").name
        raise Damage(f"derived/{name}", "the file is missing", REBUILD_ADVICE) from error
    derived.follow()
    return derived


def _progress(segments: Segments, placed: PlacedBlock, end: Place) -> AuditProgress:
    return AuditProgress(
        end.height, end.entry, end.items, placed.offset // segments.segment_size + 1, len(segments.numbers())
    )


def _signed_checkpoint(folder: Path, genesis: Genesis, log_key: bytes | None) -> log_checkpoint.Checkpoint | None:
    """The last checkpoint that the node published, its signature verified. Raises `Damage`."""
    stored = checkpoint_file(folder)
    if stored is None:
        return None
    key = genesis.verifier_key if log_key is None else note.VerifierKey.decode(log_key)
    try:
        return log_checkpoint.verify(stored.note, key)
    except Malformed as error:
        raise Damage("checkpoint", f"{error}", "Ask the observers for the newest one") from error


def _judge_end(
    segments: Segments, end: Place, derived: Derived | None, signed: log_checkpoint.Checkpoint | None
) -> str:
    """What stands behind the last whole block: nothing, a block that nobody was told of, or damage, which is raised."""
    known = [Acknowledged(signed.size if signed else 0, "the signed checkpoint")]
    if derived is not None:
        known.append(Acknowledged(derived.written_beyond(end.height), "derived/blocks"))
    cut = Tail(segments, end).judge(max(known, key=lambda each: each.height))
    return "" if cut is None else f"an unfinished block of {cut.length} bytes that nobody was told of: {cut.what}"
