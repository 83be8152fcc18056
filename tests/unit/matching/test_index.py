"""The index: who may be meant, what stands beside the name, and when a kept index is taken."""

from pathlib import Path

import pytest

from sanad.base.errors import Malformed
from sanad.matching.batch import screen_batch
from sanad.matching.index import Index, StaleIndex
from sanad.matching.words import (
    BirthDate,
    Candidate,
    Identifier,
    Listed,
    ListedName,
    NameKind,
    Query,
    ReasonKind,
    Schema,
)

pytestmark = pytest.mark.timeout(600)  # the first search compiles, which takes long on a busy machine

DURRANI = Listed(
    Schema.PERSON,
    "T.001",
    (
        ListedName("Usama Karim DURRANI"),
        ListedName("أسامة كريم دراني", NameKind.ORIGINAL),
        ListedName("Abu Zarqun", NameKind.LOW),
    ),
    father_names=("Karim Durrani",),
    birth_dates=(BirthDate("1968-01-01", "1968-12-31"),),
    countries=("AF",),
    identifiers=(Identifier("passport", "AB 123-456"),),
)
OTHER_DURRANI = Listed(Schema.PERSON, "T.002", (ListedName("Walid Karim Durrani"),))
ZARYA = Listed(Schema.COMPANY, "T.003", (ListedName("OOO Zarya Trading"), ListedName("ООО «Заря Трейдинг»")))
WALLET = Listed(Schema.WALLET, "T.004", (), wallets=("bc1qtest0000000000000000000000000000000000",))
LISTS = {"test": [DURRANI, OTHER_DURRANI, ZARYA, WALLET]}


@pytest.fixture(scope="module")
def index() -> Index:
    return Index.build(LISTS)


def asked(index: Index, name: str, **known: object) -> list[Candidate]:
    return index.search(Query(Schema.PERSON, (name,), **known))  # type: ignore[arg-type]


def score(index: Index, name: str, **known: object) -> int:
    return next((each.score for each in asked(index, name, **known) if each.listed == DURRANI), 0)


@pytest.mark.parametrize(
    "name",
    ["Usama Karim Durrani", "Osama Karim Durani", "اسامہ کریم درانی", "Усама Карим Дуррани", "DURRANI, Usama Karim"],
)
def test_a_listed_one_is_found_in_any_script(index: Index, name: str) -> None:
    found = asked(index, name)

    assert found[0].listed == DURRANI
    assert found[0].source == "test"
    assert found[0].reasons


def test_a_brother_is_not_the_listed_one(index: Index) -> None:
    assert [each.listed.reference for each in asked(index, "Walid Karim Durrani")] == ["T.002"]


def test_somebody_else_is_not_found(index: Index) -> None:
    assert asked(index, "Bilal Wazir") == []


@pytest.mark.parametrize(
    "known",
    [
        {"birth": BirthDate("1990-05-05", "1990-05-05")},
        {"father_name": "Nasir Wazir"},
        {"countries": ("PK",)},
    ],
)
def test_a_contradiction_lowers_the_score(index: Index, known: dict[str, object]) -> None:
    assert score(index, "Usama Durrani", **known) < score(index, "Usama Durrani")


@pytest.mark.parametrize(
    "known",
    [
        {"birth": BirthDate("1968-03-01", "1968-03-01")},
        {"father_name": "کریم درانی"},
        {"countries": ("AF",)},
        {"identifiers": (Identifier("passport", "zz 999"),)},
    ],
)
def test_agreement_or_silence_never_lowers_it(index: Index, known: dict[str, object]) -> None:
    assert score(index, "Usama Durrani", **known) >= score(index, "Usama Durrani")


def test_what_the_list_does_not_know_changes_nothing(index: Index) -> None:
    plain = asked(index, "Walid Karim Durrani")
    more = asked(index, "Walid Karim Durrani", birth=BirthDate("1968-01-01", "1968-12-31"), father_name="Nasir")

    assert [each.score for each in plain] == [each.score for each in more]


def test_an_identifier_in_common_finds_whatever_the_name_is(index: Index) -> None:
    found = index.search(Query(Schema.PERSON, ("Bilal Wazir",), identifiers=(Identifier("passport", "ab123456"),)))

    assert found[0].listed == DURRANI
    assert found[0].score >= 900
    assert found[0].reasons[-1].kind is ReasonKind.SAME_IDENTIFIER


def test_a_wallet_is_found_by_its_address_alone(index: Index) -> None:
    found = index.search(Query(Schema.WALLET, (), wallets=WALLET.wallets))

    assert [(each.listed, each.score) for each in found] == [(WALLET, 1000)]


def test_a_weak_alias_is_worth_less(index: Index) -> None:
    found = asked(index, "Abu Zarqun")

    assert found[0].score == 750
    assert ReasonKind.WEAK_ALIAS in {reason.kind for reason in found[0].reasons}


def test_a_firm_is_found_under_another_legal_form(index: Index) -> None:
    assert index.search(Query(Schema.COMPANY, ("Zarya Trading Ltd",)))[0].listed == ZARYA


def test_a_query_of_nothing_is_malformed(index: Index) -> None:
    with pytest.raises(Malformed, match="query_empty"):
        index.search(Query(Schema.PERSON, ()))
    with pytest.raises(Malformed, match="name_empty"):
        asked(index, "\u200b")
    with pytest.raises(Malformed, match="birth_not_a_date"):
        asked(index, "Usama", birth=BirthDate("1968", "1968"))


def test_what_is_said_of_a_name_follows_from_the_name_not_from_a_number() -> None:
    """Two entries with one reference are two entries: nothing is remembered by it."""
    first = Index.build({"a": [Listed(Schema.PERSON, "X.1", (ListedName("Usama Durrani"),))]})
    second = Index.build({"a": [Listed(Schema.PERSON, "X.1", (ListedName("Bilal Wazir"),))]})

    assert asked(first, "Usama Durrani")
    assert not asked(second, "Usama Durrani")
    assert first.digest != second.digest


def test_a_kept_index_answers_like_the_first_one(index: Index, tmp_path: Path) -> None:
    index.save(tmp_path / "index", b"lists of today")
    again = Index.load(tmp_path / "index", b"lists of today")

    assert again.digest == index.digest
    assert asked(again, "اسامہ کریم درانی") == asked(index, "اسامہ کریم درانی")


def test_an_index_of_other_lists_or_damaged_is_never_taken(index: Index, tmp_path: Path) -> None:
    kept = tmp_path / "index"
    with pytest.raises(StaleIndex, match="not there"):
        Index.load(kept)
    index.save(kept, b"lists of yesterday")
    with pytest.raises(StaleIndex, match="other lists"):
        Index.load(kept, b"lists of today")
    octets = bytearray(kept.read_bytes())
    octets[-9] ^= 1
    kept.write_bytes(octets)
    with pytest.raises(StaleIndex, match="damaged"):
        Index.load(kept, b"lists of yesterday")
    kept.write_bytes(b"something else")
    with pytest.raises(StaleIndex, match="no index"):
        Index.load(kept)


def test_a_stale_index_is_built_anew(tmp_path: Path) -> None:
    kept = tmp_path / "index"
    Index.build({}).save(kept, b"old")

    assert asked(Index.kept(kept, b"new", lambda: LISTS), "Usama Durrani")
    assert asked(Index.load(kept, b"new"), "Usama Durrani")


def test_a_batch_answers_in_order_and_does_not_stop_at_a_bad_name(index: Index) -> None:
    names = ["Usama Durrani", "", "Bilal Wazir"]

    answers = list(screen_batch(index, (Query(Schema.PERSON, (name,)) for name in names), workers=1))

    assert isinstance(answers[0], list)
    assert answers[0][0].listed == DURRANI
    assert isinstance(answers[1], Malformed)
    assert answers[2] == []
