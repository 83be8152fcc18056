"""Payments that a check does not find clear: held, decided, sent or refused; and what the bank is told each time."""

from dataclasses import replace
from pathlib import Path

import pytest

from sanad.base.errors import Malformed, Refused, Unavailable
from sanad.gateway import opened_evidence
from sanad.gateway import payments as payments_module
from sanad.gateway.checks import Finding
from sanad.gateway.gateway import Gateway
from sanad.gateway.held_rows import HoldState, What
from sanad.gateway.payments import FileResult
from sanad.rulebook.message import TRANSFER_SIZE
from sanad.standards.iso20022 import pacs002
from tests.unit.gateway.fakes import LISTED, Customers, FakeNode, NameCheck, open_gateway, payment, silent, write_file

HELD, RELEASED, SENT, REFUSED = HoldState.HELD, HoldState.RELEASED, HoldState.SENT, HoldState.REFUSED
WHO, WHY = "person 7", "Another date of birth, seen in the account's file."


@pytest.fixture
def check() -> NameCheck:
    return NameCheck()


@pytest.fixture(autouse=True)
def ready(gateway: Gateway, customers: Customers, check: NameCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    customers.note(gateway)
    gateway.attach([check])
    monkeypatch.setattr(payments_module, "PART_PAYMENTS", 10)


@pytest.fixture
def file(customers: Customers, tmp_path: Path) -> Path:
    """Twelve payments; the third and the twelfth are to a listed name, the third without a UETR."""
    own, theirs = customers.own, customers.theirs
    payments = [payment(own[n], theirs[n], n + 1) for n in range(12)]
    payments[2] = payment(own[2], theirs[2], 3, creditor_name=LISTED, uetr=None)
    payments[11] = payment(own[11], theirs[11], 12, creditor_name=LISTED)
    return write_file(tmp_path / "in.xml", payments)


def post(gateway: Gateway, file: Path) -> FileResult:
    return gateway.payments.post_file(file, file.with_name("out.xml"), wait_seconds=0)


def told(result: FileResult) -> dict[str | None, tuple[str, str | None]]:
    return {each.original_end_to_end_id: (each.status, each.reason) for each in pacs002.read(result.answer)[1]}


def number_of(gateway: Gateway, end_to_end_id: str) -> int:
    """Parts of a file are posted side by side, so which hold has which number is not said."""
    holds = gateway.holds.page(tuple(HoldState), limit=200)
    return next(each.number for each in holds if gateway.holds.open(each.number).payment.end_to_end_id == end_to_end_id)


def sent_uetrs(node: FakeNode) -> list[bytes]:
    return [row["uetr"].tobytes() for message in node.messages for row in message.transfers()]


def test_what_is_clear_goes_and_the_rest_is_held(gateway: Gateway, node: FakeNode, file: Path) -> None:
    result = post(gateway, file)
    assert (result.admitted, result.held, result.payments) == (10, 2, 12)
    assert sorted(message.header.items for message in node.messages) == [1, 9]
    assert {message.header.screened for message in node.messages} == {1}
    header, statuses = pacs002.read(result.answer)
    statuses = list(statuses)
    assert header.group_status == "PART"
    assert [at for at, each in enumerate(statuses) if each.status == "PDNG"] == [2, 11]
    assert "finally in a later report" in (statuses[2].additional_text or "")
    assert statuses[2].original_uetr not in (None, *sent_uetrs(node)), "its UETR was given, and is told"
    first, second = (gateway.holds.find(number_of(gateway, each)) for each in ("E3", "E12"))
    assert (first.state, first.findings, first.place, second.place) == (HELD, "screening:candidates", 2, 1)
    assert first.summary == "One candidate of the list."
    opened = gateway.holds.open(first.number)
    assert (opened.payment.creditor_name, opened.screened, opened.decision) == (LISTED, 1, None)
    assert opened.answers[0].finding is Finding.CANDIDATES


def test_the_same_file_changes_nothing_while_nobody_decides(gateway: Gateway, node: FakeNode, file: Path) -> None:
    first = post(gateway, file)
    bytes_of_first = first.answer.read_bytes()
    again = post(gateway, file)
    assert (again.held, again.already_posted, node.submissions) == (2, True, 2)
    assert again.answer.read_bytes() == bytes_of_first


def test_released_by_a_person_it_is_sent_and_answered_finally(gateway: Gateway, node: FakeNode, file: Path) -> None:
    waiting = pacs002.read(post(gateway, file).answer)[0]
    one, two = number_of(gateway, "E3"), number_of(gateway, "E12")
    assert gateway.holds.release(one, who=WHO, why=WHY).state is RELEASED
    assert len(node.messages) == 2, "a decision alone sends nothing"
    gateway.holds.refuse(two, who=WHO, why="It is he.", reason="RR04")
    result = post(gateway, file)
    assert (result.admitted, result.held, result.not_sent) == (11, 0, {"RR04": 1})
    assert told(result)["E3"] == ("ACSC", None)
    assert told(result)["E12"] == ("RJCT", "RR04")
    assert pacs002.read(result.answer)[0].message_id != waiting.message_id
    assert len(result.receipts) == 3
    assert [event.what for event in gateway.holds.events(one)] == [What.HELD, What.RELEASED, What.SENT]
    assert [event.who for event in gateway.holds.events(two)] == ["", WHO]
    final = result.answer.read_bytes()
    assert post(gateway, file).answer.read_bytes() == final
    assert len(node.messages) == 3


def test_the_decision_is_bound_into_what_is_sent(gateway: Gateway, node: FakeNode, file: Path) -> None:
    post(gateway, file)
    number = gateway.holds.page()[0].number
    gateway.holds.release(number, who=WHO, why=WHY)
    hold = gateway.holds.send(number)
    assert hold.state is SENT
    position = len(node.messages) * 8_192
    what = opened_evidence.read(gateway.evidence_of(position))
    assert what.is_bound
    assert (what.screened, what.creditor.name) == (1, LISTED)
    assert [(each.check, each.finding) for each in what.answers] == [("screening", Finding.CANDIDATES)]
    decision = gateway.holds.open_decision(what.decision)
    assert decision is not None
    assert (decision.released, decision.who, decision.why) == (True, WHO, WHY)


def test_nothing_personal_is_in_the_database(gateway: Gateway, file: Path, folder: Path) -> None:
    post(gateway, file)
    number = gateway.holds.page()[0].number
    gateway.holds.release(number, who=WHO, why=WHY)
    gateway.close()
    kept = b"".join(path.read_bytes() for path in folder.iterdir())
    for secret in (LISTED, WHY, "کرایہ"):
        assert secret.encode() not in kept


def test_a_new_list_that_names_somebody_else_holds_it_again(
    gateway: Gateway, node: FakeNode, check: NameCheck, file: Path
) -> None:
    post(gateway, file)
    number = gateway.holds.page()[0].number
    gateway.holds.release(number, who=WHO, why=WHY)
    check.version, check.listed = 2, {LISTED: "Q-1", "فاطمہ بی بی": "Q-2"}
    held = gateway.holds.send(number)
    assert (held.state, held.decision, len(node.messages)) == (HELD, b"", 2)
    assert gateway.holds.events(number)[-1].what is What.HELD_AGAIN
    # Decided anew, about both names; the same names in a newer list are decided.
    gateway.holds.release(number, who=WHO, why=WHY)
    check.version = 3
    assert gateway.holds.send(number).state is SENT
    assert node.messages[-1].header.screened == 3


def test_without_names_only_the_same_contents_are_decided(gateway: Gateway, check: NameCheck, file: Path) -> None:
    post(gateway, file)
    opened = gateway.holds.open(gateway.holds.page()[0].number)
    (decided,) = opened.answers
    unnamed = replace(decided, candidates=())
    other = replace(unnamed, contents=b"\x90")
    assert unnamed.is_covered_by(decided)
    assert not other.is_covered_by(decided)


def test_silence_is_not_clearance(gateway: Gateway, node: FakeNode, check: NameCheck, file: Path) -> None:
    check.silent = True
    result = post(gateway, file)
    assert (result.admitted, result.held, node.messages) == (0, 12, [])
    assert pacs002.read(result.answer)[0].group_status == "PDNG"
    node.time_ms += 30 * 86_400_000
    assert gateway.holds.ask_all_again() == 0
    one = number_of(gateway, "E1")
    assert len(gateway.holds.events(one)) == 1, "nothing new was found, so nothing is noted"
    assert post(gateway, file).held == 12
    check.silent = False
    assert gateway.holds.ask_all_again() == 10
    assert gateway.holds.send_all() == 10
    assert gateway.holds.count(HELD) == 2
    assert [event.what for event in gateway.holds.events(one)] == [
        What.HELD, What.ASKED_AGAIN, What.CLEARED, What.SENT,
    ]  # fmt: skip
    assert (post(gateway, file).admitted, post(gateway, file).held) == (10, 2)


def test_a_check_that_breaks_has_resolved_nothing(
    gateway: Gateway, node: FakeNode, check: NameCheck, file: Path
) -> None:
    check.broken = True
    assert post(gateway, file).held == 12
    assert {hold.findings for hold in gateway.holds.page()} == {"screening:unresolved"}
    # A person may still let one go; no list version is claimed for it, so the rulebook may reject it.
    gateway.holds.release(1, who=WHO, why="Called the customer; the list was read by hand.")
    assert gateway.holds.send(1).state is SENT
    assert node.messages[-1].header.screened == 0


def test_a_program_without_the_check_can_decide_but_not_send(gateway: Gateway, node: FakeNode, file: Path) -> None:
    post(gateway, file)
    gateway.attach([])
    gateway.holds.release(1, who=WHO, why=WHY)
    with pytest.raises(Unavailable, match="screening"):
        gateway.holds.send(1)
    with pytest.raises(Unavailable, match="screening"):
        gateway.holds.ask_again(2)
    assert len(node.messages) == 2


def test_several_checks_hold_together(gateway: Gateway, check: NameCheck, file: Path) -> None:
    other = NameCheck("travel_rule")
    other.version, other.listed = 0, {"فاطمہ بی بی": "missing"}
    gateway.attach([check, other])
    assert post(gateway, file).held == 12
    both = gateway.holds.find(number_of(gateway, "E3"))
    assert both.findings == "screening:candidates travel_rule:candidates"
    with pytest.raises(Refused, match="one name"):
        gateway.attach([check, check])


def test_a_required_check_that_is_not_at_hand_holds_everything(
    gateway: Gateway, node: FakeNode, check: NameCheck, file: Path, folder: Path
) -> None:
    gateway.require_checks(["travel_rule", "screening"])
    assert post(gateway, file).held == 12
    one = number_of(gateway, "E1")
    assert gateway.holds.find(one).findings == "travel_rule:unresolved"
    gateway.close()
    with open_gateway(folder, node) as other_program:
        assert other_program.required_checks == ("screening", "travel_rule")
        other_program.attach([check])
        with pytest.raises(Unavailable, match="travel_rule"):
            other_program.holds.ask_again(one)
        passing = NameCheck("travel_rule")
        passing.listed = {}
        other_program.attach([check, passing])
        assert other_program.holds.ask_all_again() == 10
        with pytest.raises(Malformed):
            other_program.require_checks(["Travel Rule"])


def test_nobody_decides_twice_or_without_a_word(gateway: Gateway, file: Path) -> None:
    post(gateway, file)
    with pytest.raises(Malformed):
        gateway.holds.release(1, who="", why=WHY)
    with pytest.raises(Malformed):
        gateway.holds.release(1, who=WHO, why=" ")
    with pytest.raises(Malformed):
        gateway.holds.refuse(1, who=WHO, why=WHY, reason="AM04")
    gateway.holds.refuse(1, who=WHO, why=WHY)
    with pytest.raises(Refused, match="already"):
        gateway.holds.release(1, who=WHO, why=WHY)
    with pytest.raises(Refused):
        gateway.holds.open(99)


def test_a_rejected_one_is_told_as_the_rulebook_said(gateway: Gateway, node: FakeNode, file: Path) -> None:
    post(gateway, file)
    number = number_of(gateway, "E12")
    node.uetrs.add(gateway.holds.find(number).uetr + bytes(2))
    gateway.holds.release(number, who=WHO, why=WHY)
    result = post(gateway, file)
    assert told(result)["E12"] == ("RJCT", "AM05")
    assert sum(result.rejected.values()) == 1


def test_a_silent_node_leaves_it_released_and_the_next_call_sends_it_once(
    gateway: Gateway, node: FakeNode, file: Path, folder: Path, check: NameCheck
) -> None:
    post(gateway, file)
    gateway.holds.release(1, who=WHO, why=WHY)
    node.after = [silent()]
    with pytest.raises(Unavailable):
        gateway.holds.send(1, wait_seconds=0)
    assert gateway.holds.find(1).state is RELEASED
    gateway.close()
    with open_gateway(folder, node) as reopened:
        reopened.attach([check])
        check.listed = {LISTED: "Q-9"}  # too late: its message may be on the record
        assert reopened.holds.send(1).state is SENT
    assert sent_uetrs(node).count(node.messages[-1].transfers()["uetr"][0].tobytes()) == 1


# --- the auditor's question -----------------------------------------------------------------------------------------


def test_what_was_checked_is_verified_against_the_digest(
    gateway: Gateway, node: FakeNode, file: Path, customers: Customers
) -> None:
    post(gateway, file)
    entry = 1 + next(at for at, message in enumerate(node.messages) if message.header.items == 9)
    opened = gateway.evidence_of(entry * 8_192 + 1)
    what = opened_evidence.read(opened_evidence.OpenedEvidence.decode(opened.encode()))
    assert opened_evidence.is_opened_evidence(opened.encode())
    assert what.is_bound, "below the threshold too, since something was checked"
    assert what.debtor.account_number == customers.own[1]
    assert what.answers[0].contents == ["list", 1, []]
    assert (what.screened, what.decision) == (1, b"")


def test_the_evidence_of_another_transfer_is_found_out(gateway: Gateway, node: FakeNode, file: Path) -> None:
    post(gateway, file)
    entry = 1 + next(at for at, message in enumerate(node.messages) if message.header.items == 9)
    first, second = (gateway.evidence_of(entry * 8_192 + index) for index in (0, 1))

    def verdict(**changes: object) -> str:
        fields = {name: getattr(first, name) for name in ("position", "screened", "transfer", "random", "contents")}
        with pytest.raises(Malformed) as refused:
            opened_evidence.read(opened_evidence.OpenedEvidence(**{**fields, **changes}))
        return refused.value.code

    assert verdict(contents=second.contents, random=second.random) == "evidence.differs"
    # Reused as the evidence of the second: the digest fits, but it speaks of the first.
    reused = second.transfer[:48] + first.transfer[48:80] + second.transfer[80:]
    assert len(reused) == TRANSFER_SIZE
    assert verdict(transfer=reused) == "evidence.other_transfer"
    assert verdict(screened=2) == "evidence.list_differs"
    assert verdict(contents=first.contents.replace(b"clear", b"clean")) == "evidence.differs"


def test_evidence_of_what_is_not_ours(gateway: Gateway, file: Path) -> None:
    post(gateway, file)
    for position in (0, 8_191, 99 * 8_192, 8_192 + 500):
        with pytest.raises(Refused, match="position"):
            gateway.evidence_of(position)
