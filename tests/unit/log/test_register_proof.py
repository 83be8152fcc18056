"""Answers of the public register, proved offline against a policy."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanad.base import canonical
from sanad.base.errors import Malformed
from sanad.log.register_map import MapProof
from sanad.log.register_proof import ANSWER_LENGTH_MAX, SCHEMA, RegisterAnswer, VerifiedRegister, verify
from tests.unit.log import register_scene as scene
from tests.unit.log.register_scene import BLOCKS, FIRM, FULL, NOW, POLICY, SUSPENDED, answer, day

hashes = st.lists(st.binary(min_size=32, max_size=32), max_size=64).map(tuple)
GOOD = answer(FIRM, day(4))


def parts() -> list[canonical.Value]:
    values = canonical.decode(GOOD.encode(), "answer")
    assert isinstance(values, list)
    return values


class TestAnswers:
    @pytest.mark.parametrize("name", scene.answers())
    def test_true_ones(self, name: str) -> None:
        one = scene.answers()[name]
        found = verify(one.encode(), POLICY, NOW)
        assert (found.asked_ms, found.key, found.value) == (one.asked_ms, one.key, one.value)
        assert found.time_ms <= one.asked_ms
        assert found.next_time_ms is None or found.next_time_ms > one.asked_ms
        assert found.is_newest == (found.next_time_ms is None) == (found.size == found.height)
        assert found.witnesses == (("example.net/witness", NOW),)

    def test_what_one_says(self) -> None:
        assert verify(GOOD.encode(), POLICY, NOW) == VerifiedRegister(
            day(4), FIRM, FULL, 4, BLOCKS[3].time_ms, BLOCKS[4].time_ms, "example.org/log", 7,
            (("example.net/witness", NOW),),
        )  # fmt: skip

    def test_the_history_of_the_firm(self) -> None:
        found = [verify(answer(FIRM, day(number)).encode(), POLICY, NOW).value for number in range(1, 8)]
        assert found == [None, None, FULL, FULL, FULL, SUSPENDED, SUSPENDED]

    @pytest.mark.parametrize("name", scene.refused())
    def test_false_ones(self, name: str) -> None:
        one, code = scene.refused()[name]
        with pytest.raises(Malformed) as caught:
            verify(one.encode(), POLICY, NOW)
        assert caught.value.code == code

    @pytest.mark.parametrize("name", ["licensed, in the last millisecond", "suspended, in the newest block"])
    def test_no_changed_bit_goes_unseen(self, name: str) -> None:
        """But for the time asked: any other between the two blocks has the same true answer."""
        one = scene.answers()[name]
        good = one.encode()
        true = verify(good, POLICY, NOW)
        for bit in range(8 * len(good)):
            bad = bytearray(good)
            bad[bit // 8] ^= 1 << bit % 8
            try:
                found = verify(bytes(bad), POLICY, NOW)
            except Malformed:
                continue
            assert replace(found, asked_ms=one.asked_ms) == true
            assert found.asked_ms != one.asked_ms
            assert found.time_ms <= found.asked_ms < (found.next_time_ms or (NOW + 301) * 1000)

    @given(st.integers(0, len(GOOD.encode()) - 1))
    def test_a_file_cut_short_or_made_longer(self, length: int) -> None:
        with pytest.raises(Malformed):
            verify(GOOD.encode()[:length], POLICY, NOW)
        with pytest.raises(Malformed):
            verify(GOOD.encode() + GOOD.encode()[:length] + b"\0", POLICY, NOW)


class TestFile:
    @given(
        st.integers(0, 2**64 - 1),
        st.none() | st.binary(min_size=1, max_size=99),
        st.integers(0, 2**256 - 1),
        hashes,
        st.booleans(),
        hashes,
    )
    def test_reading_undoes_writing(
        self,
        asked_ms: int,
        value: bytes | None,
        bitmap: int,
        path: tuple[bytes, ...],
        last: bool,
        next_path: tuple[bytes, ...],
    ) -> None:
        map_proof = MapProof(bitmap.to_bytes(32), (b"\7" * 32,) * bitmap.bit_count())
        next_block = None if last else BLOCKS[1]
        next_path = () if last else next_path
        one = RegisterAnswer(
            asked_ms, FIRM, value, map_proof, BLOCKS[0], path, next_block, next_path, GOOD.checkpoint
        )  # fmt: skip
        assert RegisterAnswer.decode(one.encode()) == one

    @pytest.mark.parametrize(
        ("at", "value", "code"),
        [
            (0, "sanad/register/v2", "schema_unknown"),
            (0, SCHEMA.encode(), "schema_unknown"),
            (1, True, "time_bad"),
            (1, -1, "time_bad"),
            (1, None, "time_bad"),
            (2, FIRM[1:], "length_bad"),
            (2, "text", "type_bad"),
            (3, b"", "length_bad"),
            (3, bytes(2**16 + 1), "length_bad"),
            (3, False, "type_bad"),
            (4, bytes(33), "map_proof_bad"),
            (4, None, "type_bad"),
            (5, None, "type_bad"),
            (5, bytes(128), "magic_bad"),
            (5, bytes(127), "length_bad"),
            (6, None, "proof_too_long"),
            (6, [bytes(32)] * 65, "proof_too_long"),
            (6, [bytes(31)], "hash_length_bad"),
            (6, [1], "type_bad"),
            (7, bytes(128), "magic_bad"),
            (7, False, "type_bad"),
            (8, b"", "proof_too_long"),
            (9, b"no note\n", "note_without_signatures"),
            (9, None, "type_bad"),
            (9, bytes(ANSWER_LENGTH_MAX), "length_bad"),
        ],
    )
    def test_what_is_refused(self, at: int, value: canonical.Value, code: str) -> None:
        values = parts()
        values[at] = value
        with pytest.raises(Malformed) as caught:
            RegisterAnswer.decode(canonical.encode(values))
        assert caught.value.code == code

    def test_the_number_of_parts(self) -> None:
        for values in (parts()[:-1], [*parts(), None], []):
            with pytest.raises(Malformed) as caught:
                RegisterAnswer.decode(canonical.encode(values))
            assert caught.value.code == "schema_unknown"

    def test_only_the_shortest_form(self) -> None:
        good = GOOD.encode()
        assert good[0] == 0x9A
        with pytest.raises(Malformed):
            RegisterAnswer.decode(b"\xdc\0\x0a" + good[1:])
