"""docs/security.md: every requirement has its line, every test and setting named there exists, and it counts right."""

import ast
import re
from collections import Counter

from tests.tidy import sources

PAGE = "docs/security.md"
LINES_OF = {1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 11: 14, 12: 9, 13: 13, 14: 9, 15: 13, 16: 16}
"""Requirements of levels 1 and 2 in each chapter of ASVS 5.0.0; V10 (OAuth) and V17 (WebRTC) have no object here."""
_LINE = re.compile(r"^\| (\d+)\.(\d+)\.(\d+) \| ([12]) \| (.+?) \| (.*?) ?\|$", re.MULTILINE)
_TEST = re.compile(r"`(test_\w+\.py)::(test_\w+)`")
_NAME = re.compile(r"`([A-Z][A-Z_]+)`")


def page() -> str:
    return sources.text(PAGE) or ""


def known_tests() -> set[tuple[str, str]]:
    found = set()
    for name in sources.python_files("tests"):
        functions = [node for node in ast.walk(sources.tree(name)) if isinstance(node, ast.FunctionDef)]
        found |= {(name.rpartition("/")[2], function.name) for function in functions}
    return found


def test_every_requirement_has_its_line_once() -> None:
    numbers = [tuple(map(int, each[:3])) for each in _LINE.findall(page())]
    assert len(numbers) == len(set(numbers))
    assert numbers == sorted(numbers)
    assert Counter(chapter for chapter, _, _ in numbers) == LINES_OF


def test_every_test_named_there_exists() -> None:
    named = set(_TEST.findall(page()))
    assert len(named) > 60
    assert named - known_tests() == set()


def test_every_setting_named_there_exists() -> None:
    known = sources.text("src/sanad/wiring/settings.py") or ""
    wrong = [each for each in set(_NAME.findall(page())) if each not in known and each not in ("DENY", "NAME")]
    assert wrong == []


def counts() -> dict[int, tuple[int, int, int]]:
    """Met, not applicable, gap, by chapter; a line with a gap in it counts as one."""
    found = {chapter: [0, 0, 0] for chapter in LINES_OF}
    for chapter, _, _, _, how, _ in _LINE.findall(page()):
        place = 2 if "gap**" in how.lower() else 1 if how.startswith("Not applicable") else 0
        found[int(chapter)][place] += 1
    return {chapter: (met, none, gap) for chapter, (met, none, gap) in found.items()}


def test_the_page_counts_right() -> None:
    told = {int(chapter): tuple(map(int, rest)) for chapter, *rest in _COUNTED.findall(page())}
    assert told == counts()


_COUNTED = re.compile(r"^\| V(\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
