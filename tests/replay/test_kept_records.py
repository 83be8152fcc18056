"""Records of earlier releases still give the digests that they gave then."""

import json
from pathlib import Path

import pytest

from tests.replay.keep import RECORDS, SEGMENT, Kept, said_of
from tests.unit.node.conftest import SEGMENT_SIZE

KEPT = sorted(path.stem for path in RECORDS.glob("*.segment"))


@pytest.mark.parametrize("name", KEPT)
def test_a_kept_record_gives_its_digests(name: str, tmp_path: Path) -> None:
    front = (RECORDS / f"{name}.segment").read_bytes()
    segment = tmp_path / SEGMENT
    segment.parent.mkdir()
    segment.write_bytes(front.ljust(SEGMENT_SIZE, b"\0"))
    assert said_of(tmp_path) == Kept(**json.loads((RECORDS / f"{name}.json").read_text()))


def test_there_is_a_kept_record() -> None:
    assert KEPT
