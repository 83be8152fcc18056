"""`sanad held`: payments that a check held, and what a person decides about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from sanad.base import canonical
from sanad.gateway.checks import Answer, Finding
from sanad.gateway.held_rows import Hold, HoldState
from sanad.gateway.holds import HeldPayment
from sanad.gateway.reasons import REFUSALS
from sanad.interfaces import checking, demonstration_checks
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.failures import Exit
from sanad.interfaces.command_line.opening import Opened, opened
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Institution, Json, Node
from sanad.node import receipts
from sanad.rulebook.edition1.codes import Outcome

app = typer.Typer(help="Payments that are held until a check or a person lets them go.", no_args_is_help=True)
LINES_MAX = 200

Number = Annotated[int, typer.Argument(min=1, help="Number of the held payment, as the list shows it.")]
Who = Annotated[str, typer.Option(help="Who decides: an opaque name, such as a staff number.")]
Why = Annotated[str, typer.Option(help="Why. It is kept sealed, and its digest is bound into what is sent.")]


@contextmanager
def checked(data: DataFolder, institution: str, node: str) -> Iterator[Opened]:
    """An institution at work, with the checks that it requires."""
    with opened(data, institution, node) as found:
        genesis = data.genesis()
        is_demonstration = genesis is not None and genesis.demonstration
        holder_of = demonstration_checks.holder_of if is_demonstration else checking.nobody
        checking.attach(found.gateway, data.path, found.client, holder_of)
        yield found


@app.command("list")
def list_held(
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    every: Annotated[bool, typer.Option("--all", help="Those that are decided and sent, too.")] = False,
    after: Annotated[int, typer.Option(min=0, help="Only numbers above this one.")] = 0,
    lines: Annotated[int, typer.Option(min=1, max=LINES_MAX, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List held payments, oldest first.

    Example: sanad held list --as my-bank
    """
    states = tuple(HoldState) if every else (HoldState.HELD, HoldState.RELEASED)
    with opened(DataFolder(data), institution, node) as bank:
        holds = bank.gateway.holds.page(states, after=after, limit=lines)
    if as_json:
        screen.say_json({"held": [document(each) for each in holds]})
        return
    show(holds)


def show(holds: list[Hold]) -> None:
    """A table of held payments, without names."""
    if not holds:
        screen.say("Nothing is held.")
        return
    rows = [(each.number, each.state.name.lower(), each.findings, each.summary or "-") for each in holds]
    screen.table(("number", "state", "found", "for whoever decides"), rows, right=("number",))


def document(hold: Hold) -> dict[str, object]:
    """A held payment for a program, without names."""
    return {
        "number": hold.number, "state": hold.state.name.lower(), "uetr": hold.uetr.hex(),
        "debit_account": hold.debit, "credit_account": hold.credit, "asset": hold.asset, "amount_minor": hold.amount,
        "findings": hold.findings.split(), "summary": hold.summary, "since": screen.moment_iso(hold.since_ms),
        "changed": screen.moment_iso(hold.changed_ms), "reason": hold.reason or None,
        "decision": hold.decision.hex() or None, "evidence": hold.evidence.hex(),
    }  # fmt: skip


@app.command("show")
def show_one(
    number: Number, data: Data = DATA_DEFAULT, institution: Institution = "", node: Node = "", as_json: Json = False
) -> None:
    """Show one held payment with its names, what was found, and everything that was done about it. Personal data.

    Example: sanad held show 3 --as my-bank
    """
    with opened(DataFolder(data), institution, node) as bank:
        held = bank.gateway.holds.open(number)
        events = bank.gateway.holds.events(number)
    if as_json:
        screen.say_json(
            {
                **document(held.hold), "debtor": held.payment.debtor_name, "creditor": held.payment.creditor_name,
                "list_version": held.screened,
                "checks": [
                    {"check": each.check, "finding": str(each.finding), "summary": each.summary,
                     "contents": checking.readable(canonical.decode(each.contents, "answer"))}
                    for each in held.answers
                ],
                "events": [
                    {"at": screen.moment_iso(each.at_ms), "what": each.what.name.lower(), "who": each.who or None}
                    for each in events
                ],
            }
        )  # fmt: skip
        return
    _show_one(held)
    for each in events:
        who = f" by {each.who}" if each.who else ""
        screen.say(f"{screen.moment(each.at_ms)}  {each.what.name.lower().replace('_', ' ')}{who}")


def say_reasons(held: HeldPayment) -> None:
    """Why a payment is held, without names."""
    for answer in held.answers:
        if answer.finding is not Finding.CLEAR:
            screen.say(f"{held.hold.number}: {answer.check} found {answer.finding}.")
            for _, reason in _rows_of(answer)[1:]:
                screen.say(f"   {reason}")


def _show_one(held: HeldPayment) -> None:
    payment = held.payment
    screen.facts(
        [
            ("state", held.hold.state.name.lower()),
            ("payer", payment.debtor_name or "-"),
            ("payee", payment.creditor_name or "-"),
            ("amount", f"{payment.amount_minor:,} minor units of {payment.currency}"),
            ("screened against", f"list version {held.screened}" if held.screened else "no list version"),
            *(row for each in held.answers for row in _rows_of(each)),
            *([("decision", f"{held.decision.why} ({held.decision.who or 'nobody'})")] if held.decision else []),
        ]
    )


def _rows_of(answer: Answer) -> list[tuple[str, object]]:
    """What a check found, and its reasons."""
    reasons = checking.told(answer.check, canonical.decode(answer.contents, "answer"))
    return [(answer.check, answer.finding), *(("", each) for each in reasons)]


@app.command()
def release(
    number: Number, who: Who, why: Why, data: Data = DATA_DEFAULT, institution: Institution = "", node: Node = ""
) -> None:
    """Let a held payment go, and send it. It is asked about once more: what nobody decided about holds it again.

    Example: sanad held release 3 --who staff-12 --why "another date of birth" --as my-bank
    """
    with checked(DataFolder(data), institution, node) as bank:
        bank.gateway.holds.release(number, who=who, why=why)
        say_where_it_stands(bank.gateway.holds.send(number))


@app.command()
def refuse(
    number: Number, who: Who, why: Why, data: Data = DATA_DEFAULT, institution: Institution = "", node: Node = "",
    reason: Annotated[str, typer.Option(help=f"ISO reason for the payer: {', '.join(REFUSALS)}.")] = "RR04",
) -> None:  # fmt: skip
    """Refuse a held payment. The next answer to its file says so, with the reason and nothing of what was found.

    Example: sanad held refuse 3 --who staff-12 --why "it is the listed person" --as my-bank
    """
    with opened(DataFolder(data), institution, node) as bank:
        say_where_it_stands(bank.gateway.holds.refuse(number, who=who, why=why, reason=reason))


@app.command()
def retry(data: Data = DATA_DEFAULT, institution: Institution = "", node: Node = "") -> None:
    """Ask about all held payments again, and send those that are clear now or were released.

    Example: sanad held retry --as my-bank
    """
    with checked(DataFolder(data), institution, node) as bank:
        cleared = bank.gateway.holds.ask_all_again()
        sent = bank.gateway.holds.send_all()
        waiting = bank.gateway.holds.count()
    screen.say(f"{screen.count(cleared, 'payment')} cleared, {sent:,} sent, {waiting:,} still held.")


@app.command()
def rescreen(
    name: Annotated[str, typer.Argument(help="The list that has changed.")],
    version: Annotated[int, typer.Option(min=0, help="Its version; the newest unless said.")] = 0,
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    as_json: Json = False,
) -> None:
    """Screen open payments again, against what a list's version changed: those held here, and those reserved.

    Where the portal hosts the gateway, it does this by itself. Broken off, it can be begun anew: nothing is done twice.
    Exit code 0: nobody comes near; 1: somebody does, or could not be asked about.

    Example: sanad held rescreen un --as my-bank
    """
    from sanad.compliance.screening.desk import open_payments
    from sanad.compliance.screening.desk.changes import Changed
    from sanad.compliance.screening.desk.lists import FOLDER, ListFolder

    lists = ListFolder(data / FOLDER)
    changed = Changed.by(lists, lists.version(name, version))
    with checked(DataFolder(data), institution, node) as bank, screen.progress("screening again") as advance:
        check = next((each for each in bank.gateway.checks if each.name == checking.SCREENING), None)
        again = open_payments.Again(bank.gateway, changed, check or checking.screening(data))
        came = open_payments.whole(again, advance)
        sent = bank.gateway.holds.send_all()
    if as_json:
        told = {"payments": came.done, "found": came.found, "unresolved": came.unresolved, "sent": sent}
        screen.say_json({"list": name, "version": changed.version.number, **told})
    else:
        screen.say(
            f"{screen.count(came.done, 'payment')} screened again: {came.found:,} not clear, "
            f"{came.unresolved:,} of them unresolved, {sent:,} sent. See: sanad held list, sanad reserved list --found"
        )
    if came.found or came.unresolved:
        raise typer.Exit(Exit.REJECTED)


def say_where_it_stands(hold: Hold) -> None:
    """A sentence about what became of a held payment."""
    if hold.state is HoldState.SENT:
        receipt = receipts.decode(hold.receipt)
        outcome = Outcome(receipt.codes[0])
        how = "admitted" if outcome is Outcome.ADMITTED else f"rejected ({int(outcome)} {outcome.name.lower()})"
        screen.say(f"Payment {hold.number} was sent and {how} in entry {receipt.entry} of the record.")
    elif hold.state is HoldState.REFUSED:
        screen.say(f"Payment {hold.number} is refused ({hold.reason}).")
    else:
        screen.say(f"Payment {hold.number} is {hold.state.name.lower()}: {hold.summary or hold.findings}")
