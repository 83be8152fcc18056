"""Where compliance and gateway are joined: the checks that an institution requires are made and handed to its gateway.

Which they are the gateway keeps (`Gateway.require_checks`), so that a program that forgets to come here clears nothing.
"""

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sanad.base import canonical
from sanad.base.errors import Unavailable
from sanad.gateway.checks import Check, Finding
from sanad.gateway.gateway import Gateway
from sanad.node.client import NodeClient
from sanad.rulebook.edition1.words import RegisterType, TravelRuleField
from sanad.standards.iso20022.payment import Payment
from sanad.standards.ivms101.model import Person

SCREENING, TRAVEL_RULE = "screening", "travel_rule"
KNOWN = (SCREENING, TRAVEL_RULE)
_RECORDS_A_QUESTION = 50
_WARM_SECONDS_MAX = 180

HolderOf = Callable[[str], Person | None]
"""What the institution knows of the holder of an account number, beyond what a payment says."""


NoteMissing = Callable[[Sequence[Any]], object]
"""Is told what payments lack: `Missing` of the Travel Rule's check."""


def forgotten(_lacking: Sequence[Any]) -> None:
    """Nobody is told; the payments are held all the same."""


def nobody(_number: str) -> Person | None:
    """Nothing is known of any holder."""
    return None


def attach(
    gateway: Gateway, data: Path, client: NodeClient, holder_of: HolderOf = nobody, own_screening: Check | None = None,
    note_missing: NoteMissing = forgotten,
) -> None:  # fmt: skip
    """Hand a gateway the checks that its institution requires. `data`: the folder that `--data` names.

    `own_screening`: one that knows what the institution's people decided, in place of the one that only knows lists.
    `note_missing` is told what payments lack for the Travel Rule, so that somebody can be asked.
    """
    required = gateway.required_checks
    made: list[Check] = []
    if SCREENING in required:
        made.append(own_screening or screening(data))
    if TRAVEL_RULE in required:
        made.append(travel_rule(gateway, client, holder_of, note_missing))
    gateway.attach(made)


def screening(data: Path) -> Check:
    """Whether payer or payee is on a list in the folder of lists."""
    from sanad.compliance.screening.desk.check import ScreeningCheck  # its tables and compiled code take a while

    return ScreeningCheck.of_folder(data)


def travel_rule(
    gateway: Gateway, client: NodeClient, holder_of: HolderOf, note_missing: NoteMissing = forgotten
) -> Check:
    """Whether all data are there that must travel, by the rule values that the public register shows now."""
    from sanad.compliance.travel_rule.desk.check import TravelRuleCheck
    from sanad.compliance.travel_rule.queries.requirements import Requirements, requirements_at, values_of

    def requirements() -> Requirements:
        records, after = [], 0
        while found := client.register_records(RegisterType.RULE, after, _RECORDS_A_QUESTION):
            records += found
            after = int(found[-1][1])
        return requirements_at(values_of(records), time.time_ns() // 1_000_000)

    return TravelRuleCheck(requirements, gateway.evidence.seal_many, holder_of, note_missing)


def make_ready(check: Check) -> None:
    """Ask a check about nobody until it answers: its first answer may wait for code to be compiled, once a machine.

    Raises `Unavailable` when it does not come.
    """
    end = time.monotonic() + _WARM_SECONDS_MAX
    while not does_answer(check):
        if time.monotonic() > end:
            raise Unavailable(f"the check {check.name} does not answer; see whether lists are imported", 60)
        time.sleep(0.2)


def does_answer(check: Check) -> bool:
    """Whether a check has an answer now; it is asked about nobody."""
    return check.check([_NOBODY])[0].finding is not Finding.UNRESOLVED


def told(check: str, contents: canonical.Value) -> list[str]:
    """The reasons in a check's answer, a line each, without names; the answer as it is where its form is not known."""
    try:
        if check == SCREENING:
            return _told_by_screening(contents)
        if check == TRAVEL_RULE:
            return _told_by_travel_rule(contents)
    except (TypeError, ValueError, IndexError, AttributeError):
        pass  # an answer of another release: shown as it is
    return [str(readable(contents))]


def _told_by_screening(contents: Any) -> list[str]:
    lines = []
    for role, answer, _ in contents[2]:
        versions = ", ".join(f"{each[0]} version {each[1]}" for each in answer[4])
        if answer[1] == "unresolved":
            lines.append(f"{role}: could not be screened ({answer[2]})")
        elif not answer[7]:
            lines.append(f"{role}: nobody in {versions} comes near")
        for source, reference, _, score, reasons, *_ in answer[7]:
            why = ", ".join(f"{kind.replace('_', ' ')} {points / 1_000:+.3f}" for kind, points in reasons)
            lines.append(f"{role}: {source} {reference}, score {score / 1_000:.3f} ({why})")
    return lines


def _told_by_travel_rule(contents: Any) -> list[str]:
    _, is_full, required, missing, _, sealed = contents
    asked = "all data" if is_full else "the data below the threshold"
    if missing:
        names = ", ".join(str(each.name).lower().replace("_", " ") for each in TravelRuleField(missing))
        return [f"{asked} are asked for; missing: {names}"]
    return [f"{asked} are there" + (f", sealed as {sealed.hex()[:16]}…" if sealed else "")] if required else []


def readable(value: canonical.Value) -> object:
    """An answer for a program: bytes in hexadecimal."""
    if isinstance(value, list):
        return [readable(each) for each in value]
    return value.hex() if isinstance(value, bytes) else value


_NOBODY = Payment(
    0, None, "-", None, None, 1, "PKR", None, "SLEV", "Nobody Nowhere", None, "0", None, None, "Nobody Elsewhere", None,
    "1", None, None, None, None,
)  # fmt: skip
