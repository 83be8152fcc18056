from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from sanad.base.errors import Fault, Refused
from sanad.node.derived import Derived
from sanad.node.folder import create_record
from sanad.node.frames import START
from sanad.node.segments import SegmentWriter
from sanad.rulebook.message import POSITIONS_PER_ENTRY, Kind
from tests.unit.node_storage.blocks import Maker, derive, results

SIZE = 1 << 16
Stored = tuple[Maker, SegmentWriter, Derived]


@pytest.fixture
def stored(tmp_path: Path) -> Iterator[Stored]:
    create_record(tmp_path, SIZE)
    with SegmentWriter(tmp_path, 0, SIZE) as writer, Derived(tmp_path, writer) as derived:
        maker = Maker(21)
        for _ in range(60):
            block, previous = maker.block(4, 20)
            derive(derived, writer.append(block), previous)
        yield maker, writer, derived


def test_what_was_appended_is_found_by_number(stored: Stored) -> None:
    _, writer, derived = stored
    for placed in writer.blocks(START):
        said = results(placed)
        row = derived.block(placed.height)
        assert (row.leaf, row.signature, row.frame_offset) == (said.leaf, said.signature, placed.offset)
        assert (row.first_entry, row.entries, row.first_item) == (placed.first_entry, 4, placed.first_item)
        first = 0
        for index, count in enumerate(placed.items):
            entry = placed.first_entry + index
            found = derived.entry(entry)
            assert (found.height, found.items, found.first_item) == (placed.height, count, placed.first_item + first)
            assert (found.body_root, found.sealed_digest) == (said.body_roots[index], said.sealed_digests[index])
            assert np.array_equal(derived.outcomes(entry), said.outcomes[first : first + count])
            assert derived.effects(entry).tobytes() == said.effects[first : first + count].tobytes()
            assert derived.effect(entry * POSITIONS_PER_ENTRY).tobytes() == said.effects[first].tobytes()
            assert derived.outcome(entry * POSITIONS_PER_ENTRY + count - 1) == said.outcomes[first + count - 1]
            first += count


def test_a_transfer_is_found_by_its_position(stored: Stored) -> None:
    _, _, derived = stored
    for entry in range(1, derived.entry_count + 1):
        row = derived.entry(entry)
        if row.kind != Kind.TRANSFERS:
            continue
        body = bytes(derived.message(entry))[-row.items * 116 :]
        for index in range(row.items):
            assert derived.transfer(entry * POSITIONS_PER_ENTRY + index) == body[index * 116 : (index + 1) * 116]


class Counting(Derived):
    """Counts the rows that a search looks at."""

    looked = 0

    def _row(self, number: int) -> np.void:
        self.looked += 1
        return super()._row(number)


def test_every_sequence_of_a_lane_is_found(stored: Stored) -> None:
    maker, _, derived = stored
    for (institution, lane), (last, sequence) in maker.lanes.items():
        for wanted in range(1, sequence + 1):
            found = derived.find(institution, lane, wanted, last)
            assert found is not None
            row = derived.entry(found)
            assert (row.institution, row.lane, row.sequence) == (institution, lane, wanted)
        assert derived.find(institution, lane, sequence + 1, last) is None
        assert derived.find(institution, lane, 0, last) is None
        assert derived.find(institution + 1, lane, 1, last) is None


def test_a_long_lane_is_walked_in_logarithmic_steps(tmp_path: Path) -> None:
    create_record(tmp_path, 1 << 22)
    maker = Maker(22)
    with SegmentWriter(tmp_path, 0, 1 << 22) as writer, Counting(tmp_path, writer) as derived:
        for _ in range(10):
            block, previous = maker.block(1000, 1)
            derive(derived, writer.append(block), previous)
        for lane, (last, sequence) in maker.lanes.items():
            for wanted in range(1, sequence, 37):
                derived.looked = 0
                found = derived.find(*lane, wanted, last)
                assert derived.looked < 80  # of some 2,500
                assert found is not None
                assert derived.entry(found).sequence == wanted


def test_what_is_not_there_is_refused_as_unknown(stored: Stored) -> None:
    _, _, derived = stored
    items = derived.entry(1).items
    for ask in (
        lambda: derived.block(0), lambda: derived.block(61), lambda: derived.entry(0), lambda: derived.message(241),
        lambda: derived.transfer(POSITIONS_PER_ENTRY + items), lambda: derived.effect(0),
    ):  # fmt: skip
        with pytest.raises(Refused) as refused:
            ask()
        assert refused.value.status == 404


def test_gaps_are_faults(stored: Stored) -> None:
    maker, writer, derived = stored
    block, previous = maker.block()
    placed = writer.append(block)
    with pytest.raises(Fault, match="no gaps"):
        derive(derived, placed, [derived.entry_count - 7] * 3)
    derive(derived, placed, previous)
    with pytest.raises(Fault, match="without gaps"):
        derive(derived, placed, previous)


def test_digests_given_by_the_caller_are_those_computed_here(tmp_path: Path, stored: Stored) -> None:
    maker, writer, derived = stored
    block, previous = maker.block()
    placed = writer.append(block)
    said = results(placed)
    from sanad.node.derived import item_digests

    digests = item_digests(placed.items, memoryview(said.outcomes.tobytes()), memoryview(said.effects.tobytes()))
    derived.append(
        placed, said.leaf, said.signature, said.body_roots, said.sealed_digests, previous, said.outcomes, said.effects,
        digests,
    )  # fmt: skip
    assert derived.fault_of(61) is None


@pytest.mark.parametrize("name", ["blocks", "entries", "outcomes", "effects"])
def test_any_changed_byte_of_a_derived_file_is_found(stored: Stored, name: str, tmp_path: Path) -> None:
    _, _, derived = stored
    path = tmp_path / "derived" / name
    rows = {
        "blocks": 60 * 256,
        "entries": derived.entry_count * 128,
        "outcomes": derived.item_count * 2,
        "effects": derived.item_count * 40,
    }
    chance = np.random.default_rng(5)
    for offset in chance.integers(0, rows[name], 60).tolist():
        with path.open("r+b") as file:
            file.seek(offset)
            before = file.read(1)[0]
            file.seek(offset)
            file.write(bytes([before ^ 1 << offset % 8]))
            file.flush()
            assert [height for height in range(1, 61) if derived.fault_of(height)] != []
            file.seek(offset)
            file.write(bytes([before]))
    assert [height for height in range(1, 61) if derived.fault_of(height)] == []


def test_a_reading_process_follows(stored: Stored, tmp_path: Path) -> None:
    maker, writer, derived = stored
    with Derived(tmp_path, writer, writable=False) as reader:
        assert reader.follow() == 60
        for _ in range(5):
            block, previous = maker.block()
            derive(derived, writer.append(block), previous)
            assert reader.follow() == block.height
            assert (reader.entry_count, reader.item_count) == (derived.entry_count, derived.item_count)
            assert reader.entry(reader.entry_count) == derived.entry(derived.entry_count)
