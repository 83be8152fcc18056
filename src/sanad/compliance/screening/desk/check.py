"""The check that a gateway asks before a payment goes: is either party listed? Knows no tables."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NoTimeLeft
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sanad.base import canonical
from sanad.base.errors import SanadError
from sanad.compliance.screening.desk.answers import (
    Answer,
    Lists,
    Result,
    Rulings,
    Verdict,
    found_in,
    no_rulings,
    with_rulings,
)
from sanad.compliance.screening.desk.lists import FOLDER, ListFolder, now_ms
from sanad.gateway.checks import CANDIDATES_MAX, Checked, Finding
from sanad.matching.words import DEFAULT_THRESHOLD, Query, Schema
from sanad.standards.iso20022.payment import Payment

NAME = "screening"
SCHEMA = "sanad/screening/payment/v1"
SECONDS_BASE, SECONDS_EACH = 10.0, 0.05
"""How long the check may think, for all payments together and for each."""
_WORDS = {"debtor": "the debtor", "creditor": "the creditor"}


@dataclass(frozen=True, slots=True)
class Screened:
    """What was found of one party of a payment. `query` is personal data."""

    role: str
    query: Query
    answer: Answer


Note = Callable[[Payment, Sequence[Screened]], object]
"""Told of every payment that is not clear, so that somebody can look at it."""


class ScreeningCheck:
    """Screens debtor and creditor of each payment. Safe for threads.

    Clear: nobody listed comes near either party, or a person decided that each who does is somebody else. Candidates:
    somebody does. Unresolved: a list is missing, stale or damaged, a name is missing or unreadable, or time ran out.
    """

    def __init__(
        self,
        lists: Lists,
        rulings: Rulings = no_rulings,
        note: Note | None = None,
        *,
        threshold: int = DEFAULT_THRESHOLD,
        seconds: float = SECONDS_BASE,
        clock_ms: Callable[[], int] = now_ms,
    ) -> None:
        self._lists, self._rulings, self._note = lists, rulings, note
        self._threshold, self._seconds, self._clock_ms = threshold, seconds, clock_ms
        self._pool = ThreadPoolExecutor(2, "screening")

    @classmethod
    def of_folder(cls, data: Path) -> Self:
        """The check with the lists in the folder that `--data` names, without decisions."""
        return cls(Lists(ListFolder(data / FOLDER)))

    @property
    def name(self) -> str:
        """What its answers are kept under."""
        return NAME

    def screened(self) -> int:
        """Number on the record of the newest list version in use; 0 when none is on the record or none can be read."""
        try:
            return self._lists.in_use().record_number
        except Exception:  # noqa: BLE001 - lists that cannot be had have no number
            return 0

    def check(self, payments: Sequence[Payment]) -> list[Checked]:
        """One answer a payment, in order. Raises nothing."""
        try:
            # Only the search is given to another thread: decisions are read, and matches kept, by the caller's.
            under_way = self._pool.submit(self._found, payments, self._clock_ms())
            found = under_way.result(self._seconds + SECONDS_EACH * len(payments))
            return [self._check_one(payment, found) for payment in payments]
        except NoTimeLeft:
            return [_failed("time_out", "screening took too long") for _ in payments]
        except Exception as error:  # noqa: BLE001 - whatever fails, no payment is cleared by it
            why = str(error) if isinstance(error, SanadError) else type(error).__name__
            return [_failed("failed", f"screening failed: {why}") for _ in payments]

    def _found(self, payments: Sequence[Payment], at_ms: int) -> dict[Query, Answer]:
        """Who may be meant by each party; whoever comes twice is looked for once."""
        used = self._lists.in_use()
        queries = dict.fromkeys(query for payment in payments for _, query in parties(payment))
        return {each: found_in(used, each, threshold=self._threshold, at_ms=at_ms) for each in queries}

    def _check_one(self, payment: Payment, found: dict[Query, Answer]) -> Checked:
        screened = [
            Screened(role, query, with_rulings(found[query], query, self._rulings)) for role, query in parties(payment)
        ]
        checked = checked_of(screened)
        if checked.finding is not Finding.CLEAR and self._note is not None:
            self._note(payment, screened)
        return checked


def parties(payment: Payment) -> list[tuple[str, Query]]:
    """Whom a payment names. Whether a party is a person it does not say, so either is looked for."""
    return [
        ("debtor", _party(payment.debtor_name, payment.debtor_account_other)),
        ("creditor", _party(payment.creditor_name, payment.creditor_account_other)),
    ]


def _party(name: str | None, account: str | None) -> Query:
    # An account that is no IBAN may be an address on a blockchain. A name that is missing stays an empty one: the
    # answer to it is unresolved, never clear.
    return Query(Schema.LEGAL_ENTITY, (name or "",), wallets=(account,) if account else ())


def checked_of(screened: Sequence[Screened]) -> Checked:
    """What is bound into the payment: the worse answer of both parties counts."""
    finding = _finding(each.answer for each in screened)
    contents: canonical.Value = [
        SCHEMA,
        finding.value,
        [[each.role, each.answer.contents(), each.answer.digest] for each in screened],
    ]
    candidates = tuple(
        dict.fromkeys(
            f"{each.role}:{hit.candidate.source}:{hit.candidate.listed.reference}"[:200]
            for each in screened
            for hit in each.answer.open_hits
        )
    )[:CANDIDATES_MAX]
    return Checked(finding, contents, _summary(finding, screened), candidates)


def _finding(answers: Iterable[Answer]) -> Finding:
    results = {each.result for each in answers}
    if Result.UNRESOLVED in results:
        return Finding.UNRESOLVED
    return Finding.CANDIDATES if Result.CANDIDATES in results else Finding.CLEAR


def _summary(finding: Finding, screened: Sequence[Screened]) -> str:
    if finding is Finding.CLEAR:
        return ""
    told = []
    for each in screened:
        who = _WORDS[each.role]
        if each.answer.result is Result.UNRESOLVED:
            told.append(f"{who} could not be screened ({each.answer.code}): {each.answer.advice}")
        elif each.answer.open_hits:
            best = each.answer.open_hits[0]
            true = any(hit.ruling and hit.ruling.verdict is Verdict.TRUE_MATCH for hit in each.answer.open_hits)
            how = "is listed, as was decided" if true else "may be listed"
            where = f"{best.candidate.source} {best.candidate.listed.reference}, {best.candidate.score / 1000:.3f}"
            told.append(f"{who} {how}: {len(each.answer.open_hits)} found, nearest {where}")
    return "; ".join(told)


def _failed(code: str, summary: str) -> Checked:
    return Checked(Finding.UNRESOLVED, [SCHEMA, Finding.UNRESOLVED.value, code], summary)
