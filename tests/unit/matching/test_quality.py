"""How good the matching is, on the half of the labelled data that nothing was chosen by; bounds below what was seen."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    source = Path(__file__).parents[3] / "bench" / "screening.py"
    spec = importlib.util.spec_from_file_location("bench_screening", source)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["bench_screening"] = module
    spec.loader.exec_module(module)
    return module


def test_labelled_pairs_that_nothing_was_chosen_by(bench: ModuleType, test_data: Path) -> None:
    _, _, f1 = bench.of_pairs(bench.labelled_pairs(test_data), "held out")
    assert f1 >= 0.82


def test_pairs_of_somebody_who_had_not_seen_the_code(bench: ModuleType) -> None:
    _, _, f1 = bench.of_pairs(bench.own_pairs(), "held out")
    assert f1 >= 0.85


def test_persons_of_the_un_are_known_by_their_own_script_and_told_from_all_others(
    bench: ModuleType, test_data: Path
) -> None:
    entries = bench.real_lists(test_data)["un"]
    seen = bench.original_script(entries, persons=True, half="held out")
    assert seen.recall >= 0.97
    assert seen.false_hardest <= 0.05
