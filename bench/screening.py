"""Screening: how well names are found and told apart, and how fast, beside what others publish.

    PYTHONPATH=src SANAD_TEST_DATA=... python bench/screening.py [--quick] [--misses]

Labelled rows are halved by a digest of their contents: weights and tables were chosen on the half `tuned`, the half
`held out` is for reporting alone. `--misses` lists what went wrong on the tuned half, never on the other.
"""

import argparse
import csv
import hashlib
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sanad.compliance.screening.desk.asking import schema_of
from sanad.matching.batch import screen_batch
from sanad.matching.comparison import compare
from sanad.matching.index import Index
from sanad.matching.words import DEFAULT_THRESHOLD, Listed, ListedName, NameKind, Query, Schema
from sanad.standards.sanctions import ofac, un

ENTITIES = 20_000
TREATMENTS_EACH = 1_000
HALVES = ("tuned", "held out")


def half_of(*cells: str) -> str:
    """Which half a row belongs to: by a digest of its contents, so that it never changes."""
    return HALVES[hashlib.sha256("\x1f".join(cells).encode()).digest()[0] & 1]


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    what: str
    value: str
    wanted: str = ""
    others: str = ""


# --- pairs ------------------------------------------------------------------------------------------------------------


def labelled_pairs(folder: Path) -> list[dict[str, str]]:
    """Pairs of names that people have labelled."""
    with (folder / "names" / "nomenklatura_name_bench_cases.csv").open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def own_pairs() -> list[dict[str, str]]:
    """Pairs that were written and labelled for this by somebody who had not seen the code: `pairs.csv` beside it."""
    with Path(__file__).with_name("pairs.csv").open(encoding="utf-8", newline="") as text:
        return [row | {"quality": row["group"]} for row in csv.DictReader(text)]


def quality(rows: Iterable[tuple[bool, bool]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of (labelled, found)."""
    told = list(rows)
    both = sum(label and found for label, found in told)
    found_ones, labelled_ones = sum(found for _, found in told), sum(label for label, _ in told)
    return both / found_ones, both / labelled_ones, 2 * both / (found_ones + labelled_ones)


def of_pairs(rows: Iterable[dict[str, str]], half: str, misses: bool = False) -> tuple[float, float, float]:
    """Precision, recall and F1 on one half of labelled pairs."""
    told: list[tuple[bool, bool]] = []
    for row in rows:
        if half_of(row["schema"], row["name1"], row["name2"]) != half:
            continue
        seen = compare(schema_of(row["schema"]), row["name1"], row["name2"])
        told.append((row["is_match"] in ("true", "1"), seen.matches))
        if misses and told[-1][0] != told[-1][1]:
            print("   ", row["is_match"], row["quality"], seen.score, row["name1"], "|", row["name2"], file=sys.stderr)
    return quality(told)


def cross_script(folder: Path) -> tuple[int, int, int]:
    """Of the pairs in two scripts: how many reach the default threshold, reach 500, and how many there are."""
    lines = (folder / "names" / "watchman_cross_script_pairs.csv").read_text("utf-8").splitlines()
    rows = list(csv.reader(line for line in lines if line.strip() and not line.startswith("#")))
    scores = [compare(Schema.PERSON, row[0], row[1]).score for row in rows]
    return sum(score >= DEFAULT_THRESHOLD for score in scores), sum(score >= 500 for score in scores), len(rows)


# --- original script against Latin ------------------------------------------------------------------------------------


def in_latin(text: str) -> bool:
    """Whether all its letters are Latin."""
    return all(ord(letter) < 0x250 or 0x1E00 <= ord(letter) < 0x1F00 for letter in text if letter.isalpha())


@dataclass(frozen=True)
class CrossScript:
    """How original script does against Latin names."""

    names: int
    recall: float
    """Against the main name."""
    recall_any: float
    """Against any Latin name of the same one."""
    false_nearest: float
    """Asked for whom the one other individual reaches the threshold that stands nearest by its Latin letters."""
    false_hardest: float
    """Asked for whom any of all others reaches the threshold."""


def letters_in_common(one: str, two: str) -> float:
    """How alike two texts are: twice their longest common subsequence, as a share of both (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for place, letter in enumerate(one):
        places[letter] = places.get(letter, 0) | 1 << place
    everywhere = row = (1 << len(one)) - 1
    for letter in two:
        hits = row & places.get(letter, 0)
        row = ((row + hits) | (row - hits)) & everywhere
    return 2 * (len(one) - row.bit_count()) / (len(one) + len(two))


def sorted_words(name: str) -> str:
    """The words of a name in the order of the alphabet, as token-sort compares them."""
    return " ".join(sorted(name.lower().replace(",", " ").replace("-", " ").split()))


def nearest_of(one: Listed, group: Sequence[Listed]) -> Listed:
    """Who else has a Latin main name that is most like it by token-sort."""
    own = sorted_words(one.names[0].text)
    others = (other for other in group if other is not one)
    return max(others, key=lambda other: letters_in_common(own, sorted_words(other.names[0].text)))


def original_script(
    entries: Sequence[Listed], persons: bool, half: str | None = None, threshold: int = DEFAULT_THRESHOLD
) -> CrossScript:
    """Ask for each listed one in its original script, among the Latin main names of all."""
    group = [one for one in entries if (one.schema is Schema.PERSON) == persons]
    asked = [
        (one, name.text)
        for one in group
        for name in one.names
        if name.kind is NameKind.ORIGINAL and not in_latin(name.text)
        if half is None or half_of(one.reference) == half
    ]
    main, any_, nearest, false = 0, 0, 0, 0
    for one, original in asked:
        score = compare(one.schema, original, one.names[0].text).score
        others = (compare(one.schema, original, name.text).score for name in one.names[1:] if in_latin(name.text))
        main += score >= threshold
        any_ += max(score, *others, 0) >= threshold
        nearest += compare(one.schema, original, nearest_of(one, group).names[0].text).score >= threshold
        false += any(
            compare(one.schema, original, other.names[0].text).score >= threshold for other in group if other is not one
        )
    return CrossScript(len(asked), *(count / len(asked) for count in (main, any_, nearest, false)))


def nearest_individuals(entries: Sequence[Listed], half: str | None = None) -> float:
    """The share of persons for whom another one, the nearest by its Latin main name, reaches the threshold."""
    group = [one for one in entries if one.schema is Schema.PERSON]
    asked = [one for one in group if half is None or half_of(one.reference) == half]
    false = sum(
        any(
            compare(Schema.PERSON, one.names[0].text, other.names[0].text).matches
            for other in group
            if other is not one and other.names[0].text != one.names[0].text
        )
        for one in asked
    )
    return false / len(asked)


# --- treatments -------------------------------------------------------------------------------------------------------


def _word_at(chance: random.Random, words: list[str], least: int) -> int | None:
    places = [n for n, word in enumerate(words) if len(word) >= least]
    return chance.choice(places) if places else None


def swapped_words(chance: random.Random, name: str) -> str:
    """Two words change places."""
    words = name.split()
    if len(words) > 1:
        one, two = chance.sample(range(len(words)), 2)
        words[one], words[two] = words[two], words[one]
    return " ".join(words)


def without_a_vowel(chance: random.Random, name: str) -> str:
    """One vowel inside a word is lost."""
    places = [n for n in range(1, len(name)) if name[n] in "aeiouAEIOU" and name[n - 1].isalpha()]
    at = chance.choice(places) if places else None
    return name if at is None else name[:at] + name[at + 1 :]


def transposed(chance: random.Random, name: str) -> str:
    """Two neighbouring letters inside a word change places."""
    places = [n for n in range(1, len(name) - 1) if name[n - 1 : n + 2].isalpha() and name[n] != name[n + 1]]
    at = chance.choice(places) if places else None
    return name if at is None else name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def split_word(chance: random.Random, name: str) -> str:
    """A word is written as two."""
    words = name.split()
    at = _word_at(chance, words, 5)
    if at is not None:
        cut = chance.randrange(2, len(words[at]) - 1)
        words[at] = words[at][:cut] + " " + words[at][cut:]
    return " ".join(words)


def joined_words(chance: random.Random, name: str) -> str:
    """Two neighbouring words are written as one."""
    words = name.split()
    if len(words) > 1:
        at = chance.randrange(len(words) - 1)
        words[at : at + 2] = [words[at] + words[at + 1].lower()]
    return " ".join(words)


TREATMENTS: dict[str, Callable[[random.Random, str], str]] = {
    "as it is": lambda _, name: name,
    "two words swapped": swapped_words,
    "a vowel dropped": without_a_vowel,
    "two letters transposed": transposed,
    "a word split": split_word,
    "two words joined": joined_words,
}


def treated(index: Index, entries: Sequence[Listed], count: int = TREATMENTS_EACH) -> dict[str, float]:
    """For each treatment of main names: how often the one meant is among those found."""
    chance = random.Random(7)
    chosen = chance.sample(list(entries), min(count, len(entries)))
    recalls: dict[str, float] = {}
    for title, treat in TREATMENTS.items():
        found = 0
        for one in chosen:
            answer = index.search(Query(one.schema, (treat(chance, one.names[0].text),)), limit=100)
            found += any(candidate.listed.reference == one.reference for candidate in answer)
        recalls[title] = found / len(chosen)
    return recalls


# --- lists and speed --------------------------------------------------------------------------------------------------


def real_lists(folder: Path) -> dict[str, list[Listed]]:
    """The lists of the United Nations and of OFAC."""
    sanctions = folder / "sanctions"
    return {
        "un": list(un.read(next(sanctions.glob("un_consolidated_*.xml"))).entries),
        "ofac": list(ofac.read(sorted(sanctions.glob("ofac_*.csv"))).entries),
    }


def made_up(lists: dict[str, list[Listed]], count: int) -> list[Listed]:
    """Persons with names made of the words of real ones, to fill an index."""
    chance = random.Random(5)
    words = sorted({
        word
        for entries in lists.values()
        for one in entries
        if one.schema is Schema.PERSON
        for name in one.names
        for word in name.text.replace(",", " ").split()
        if word.isascii() and len(word) > 3
    })  # fmt: skip

    def name() -> ListedName:
        return ListedName(
            " ".join(transposed(chance, chance.choice(words)) for _ in range(chance.choice((2, 3, 3, 4))))
        )

    return [
        Listed(Schema.PERSON, f"made-{number}", tuple(name() for _ in range(chance.choice((1, 1, 2, 3)))))
        for number in range(count)
    ]


def negatives(folder: Path) -> list[Query]:
    """Made-up people of the whole world: none of them is listed."""
    with (folder / "names" / "yente_negatives_global_small.csv").open(encoding="utf-8", newline="") as text:
        return [Query(Schema.PERSON, (row["full_name"],)) for row in csv.DictReader(text)]


def percent(share: float) -> str:
    """As people read it."""
    return f"{100 * share:.1f} %"


@dataclass(frozen=True)
class Served:
    """What a process took that loads a kept index and answers."""

    loaded: float
    times: list[float]
    megabytes: float


def most_memory() -> float:
    """The most that this process had in memory, in MB; what the kernel says of rusage counts its parent's in."""
    lines = Path("/proc/self/status").read_text("utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def served(path: Path, queries: list[Query]) -> Served:
    """As a service does it: one core, one query after another, each asked for the first time."""
    start = time.perf_counter()
    index = Index.load(path)
    loaded = time.perf_counter() - start
    times: list[float] = []
    for query in queries:
        start = time.perf_counter()
        index.search(query)
        times.append(time.perf_counter() - start)
    return Served(loaded, times, most_memory())


def figures_of_speed(folder: Path, lists: dict[str, list[Listed]], quick: bool) -> list[Figure]:
    """Start, speed and memory with twenty thousand entities."""
    filled = {**lists, "made up": made_up(lists, ENTITIES - sum(map(len, lists.values())))}
    chance = random.Random(3)
    real = [one for entries in lists.values() for one in entries]
    positives = [Query(one.schema, (transposed(chance, one.names[0].text),)) for one in chance.sample(real, 1000)]
    queries = [*positives, *negatives(folder)]
    chance.shuffle(queries)
    with tempfile.TemporaryDirectory() as kept:
        path = Path(kept) / "index"
        start = time.perf_counter()
        index = Index.build(filled)
        index.save(path)
        built = time.perf_counter() - start
        size = path.stat().st_size
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as service:
            took = service.submit(served, path, queries).result()
    times = sorted(took.times)
    figures = [
        Figure("build an index of 20,000, once", f"{built:.1f} s", "", "nomenklatura 8.0 s"),
        Figure("start from the kept index", f"{took.loaded:.2f} s, {size / 1e6:.0f} MB", "3 s"),
        Figure("queries a second, one core", f"{len(times) / sum(times):,.0f}", "2,000", "nomenklatura 120 to 257"),
        Figure("p50 / p99", f"{times[len(times) // 2] * 1e3:.2f} / {times[len(times) * 99 // 100] * 1e3:.2f} ms",
               "p99 5 ms", "nomenklatura 2.1 / 18.1 ms; Watchman mean 0.85 or 18.2 ms"),
        Figure("memory of the process that answers", f"{took.megabytes:.0f} MB", "500 MB",
               "nomenklatura 633 to 646 MB"),
    ]  # fmt: skip
    if not quick:
        many = [Query(one.schema, (joined_words(chance, one.names[0].text),)) for one in real for _ in range(4)]
        start = time.perf_counter()
        answers = sum(1 for _ in screen_batch(index, many))
        rate = answers / (time.perf_counter() - start)
        figures.append(Figure("batch on all cores, its start included", f"{rate:,.0f} a second"))
    figures.append(Figure("memory of this process, which reads the lists and builds", f"{most_memory():.0f} MB"))
    return figures


def figures_of_quality(folder: Path, lists: dict[str, list[Listed]], misses: bool) -> list[Figure]:
    """What is found, and what is told apart."""
    figures: list[Figure] = []
    for half in HALVES:
        precision, recall, f1 = of_pairs(labelled_pairs(folder), half, misses and half == HALVES[0])
        figures.append(Figure(f"labelled pairs, {half}: P / R / F1", f"{precision:.3f} / {recall:.3f} / {f1:.3f}",
                              "F1 .85", "nomenklatura .760 / .835 / .796"))  # fmt: skip
        precision, recall, f1 = of_pairs(own_pairs(), half, misses and half == HALVES[0])
        figures.append(Figure(f"   our own pairs, {half}", f"{precision:.3f} / {recall:.3f} / {f1:.3f}"))
    for half in HALVES:
        seen = original_script(lists["un"], persons=True, half=half)
        figures += [
            Figure(f"UN persons in their script ({seen.names}), {half}: recall", percent(seen.recall), "97 %",
                   "nomenklatura 15.3; skeleton 92.1"),
            Figure("   taken for the nearest other individual / for any of all others",
                   f"{percent(seen.false_nearest)} / {percent(seen.false_hardest)}", "1 %",
                   "hardest of 366: nomenklatura 0.3; skeleton 18.0"),
        ]  # fmt: skip
    seen = original_script(lists["un"], persons=False)
    value = f"{percent(seen.recall)} / {percent(seen.recall_any)} / {percent(seen.false_hardest)}"
    figures.append(Figure(f"UN bodies in their script ({seen.names}): main name / any name / false", value))
    value = percent(nearest_individuals(lists["un"]))
    figures.append(Figure("UN persons for whom another's Latin name matches", value, "", "nomenklatura 5.8 % of 400"))
    reached, half_way, count = cross_script(folder)
    figures.append(
        Figure("Watchman's pairs in two scripts, at the threshold / at 500", f"{reached} / {half_way} of {count}")
    )
    index = Index.build(lists)
    for title, recall in treated(index, lists["un"]).items():
        figures.append(Figure(f"UN names found: {title}", percent(recall), "95 %"))
    false = sum(bool(index.search(query)) for query in negatives(folder))
    figures.append(Figure("made-up people with a hit in UN and OFAC, of 1,000", str(false), "",
                          "nomenklatura 62 to 70 with 20,000 entities"))  # fmt: skip
    return figures


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="quality only, and no batch")
    parser.add_argument(
        "--misses", action="store_true", help="list the labelled pairs of the tuned half that went wrong"
    )
    given = parser.parse_args()
    if "SANAD_TEST_DATA" not in os.environ:
        sys.exit("SANAD_TEST_DATA must name the folder of test data")
    folder = Path(os.environ["SANAD_TEST_DATA"])
    lists = real_lists(folder)
    figures = figures_of_speed(folder, lists, given.quick) + figures_of_quality(folder, lists, given.misses)
    width = max(len(figure.what) for figure in figures)
    value = max(len(figure.value) for figure in figures)
    print(f"{'':<{width}}  {'here':<{value}}  {'wanted':<11}  others")
    for figure in figures:
        print(f"{figure.what:<{width}}  {figure.value:<{value}}  {figure.wanted:<11}  {figure.others}".rstrip())


if __name__ == "__main__":
    main()
