"""`sanad reserved`: money that we reserved on the record, what a changed list says of it, and giving it back."""

from pathlib import Path
from typing import Annotated

import typer

from sanad.base.errors import Malformed, Refused
from sanad.gateway.reservation_rows import Reservation, ReservationState
from sanad.interfaces.command_line import held, screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.failures import Exit
from sanad.interfaces.command_line.opening import opened
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Institution, Json, Node
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.message import TRANSFERS_MAX
from sanad.standards.iso20022 import pacs008

app = typer.Typer(help="Money that is reserved on the record: pending transfers of ours.", no_args_is_help=True)

Position = Annotated[int, typer.Argument(min=1, help="Position of the reservation, as the list shows it.")]


@app.command("make")
def make(
    file: Annotated[Path, typer.Argument(help="A pacs.008 file (XML) of at most 8,190 payments.")],
    releaser: Annotated[int, typer.Option(min=0, help="The institution that alone may post them; 0: we.")] = 0,
    seconds: Annotated[int, typer.Option(min=0, help="When they end by themselves; 0: as the purpose says.")] = 0,
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    as_json: Json = False,
) -> None:
    """Reserve what the payments of a file move, instead of paying. All must be clear, else nothing is reserved.

    Example: sanad reserved make settlement.xml --releaser 9 --as my-bank
    """
    with pacs008.read(file) as checked:
        if checked.summary.payment_count > TRANSFERS_MAX:
            raise Malformed("file", "file.payments", f"give at most {TRANSFERS_MAX:,} payments; cut the file")
        payments = list(checked.payments())
        key = f"reserve:{checked.summary.message_id}"
    with held.checked(DataFolder(data), institution, node) as bank:
        outcomes = bank.gateway.reservations.reserve(payments, key, releaser=releaser, timeout_seconds=seconds)
    rejected = [(position, outcome) for position, outcome in outcomes if outcome is not Outcome.ADMITTED]
    if as_json:
        screen.say_json({"reserved": [{"position": at, "outcome": int(outcome)} for at, outcome in outcomes]})
    else:
        screen.say(f"{screen.count(len(outcomes) - len(rejected), 'payment')} reserved, {len(rejected):,} rejected.")
        for at, outcome in rejected[: held.LINES_MAX]:
            screen.say(f"   {at}: {int(outcome)} {outcome.name.lower()}")
    if rejected:
        raise typer.Exit(Exit.REJECTED)


@app.command("list")
def list_reserved(
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    found: Annotated[bool, typer.Option("--found", help="Only those about whom something was found.")] = False,
    after: Annotated[int, typer.Option(min=0, help="Only positions above this one.")] = 0,
    lines: Annotated[int, typer.Option(min=1, max=held.LINES_MAX, help="How many at most.")] = 50,
    as_json: Json = False,
) -> None:
    """List what is reserved, oldest first. What a releaser or time has ended may still stand here: `show` looks.

    Example: sanad reserved list --found --as my-bank
    """
    with opened(DataFolder(data), institution, node) as bank:
        rows = bank.gateway.reservations.page(after=after, limit=lines, only_found=found)
    if as_json:
        screen.say_json({"reserved": [document(each) for each in rows]})
    elif not rows:
        screen.say("Nothing is reserved." if not found else "Nobody comes near.")
    else:
        table = [(each.position, each.amount, each.findings or "-", each.summary or "-") for each in rows]
        screen.table(("position", "minor units", "found", "for whoever decides"), table, right=("position",))


def document(reservation: Reservation) -> dict[str, object]:
    """A reservation for a program, without names."""
    return {
        "position": reservation.position, "state": reservation.state.name.lower(), "uetr": reservation.uetr.hex(),
        "debit_account": reservation.debit, "credit_account": reservation.credit, "asset": reservation.asset,
        "amount_minor": reservation.amount, "releaser": reservation.releaser or None,
        "since": screen.moment_iso(reservation.since_ms), "findings": reservation.findings.split(),
        "summary": reservation.summary, "decision": reservation.decision.hex() or None,
    }  # fmt: skip


@app.command("show")
def show(
    position: Position, data: Data = DATA_DEFAULT, institution: Institution = "", node: Node = "", as_json: Json = False
) -> None:
    """Show whom a reservation is between, what was found, and whether it is still open. Personal data.

    Example: sanad reserved show 57344 --as my-bank
    """
    with opened(DataFolder(data), institution, node) as bank:
        found = bank.gateway.reservations.ask_whether_open(position, bank.client)
        try:
            payment = bank.gateway.reservations.open(position).payment
            payer, payee = payment.debtor_name, payment.creditor_name
        except (Refused, Malformed):
            payer = payee = None
    if as_json:
        screen.say_json({**document(found), "debtor": payer, "creditor": payee})
        return
    screen.facts([
        ("state", found.state.name.lower()), ("payer", payer or "-"), ("payee", payee or "-"),
        ("amount", f"{found.amount:,} minor units"), ("releaser", found.releaser or "we"),
        ("since", screen.moment(found.since_ms)), ("found", found.findings or "-"), ("", found.summary or "-"),
    ])  # fmt: skip


@app.command("give-back")
def give_back(
    position: Position, who: held.Who, why: held.Why, data: Data = DATA_DEFAULT, institution: Institution = "",
    node: Node = "",
) -> None:  # fmt: skip
    """Free the money of a reservation: it can be posted no more. Who and why are sealed and bound into what is sent.

    Example: sanad reserved give-back 57344 --who staff-12 --why "the payee is listed since today" --as my-bank
    """
    with opened(DataFolder(data), institution, node) as bank:
        found = bank.gateway.reservations.ask_whether_open(position, bank.client)
        if found.state is ReservationState.OPEN:
            found = bank.gateway.reservations.give_back(position, who=who, why=why)
            screen.say(f"The money of reservation {found.position} is free again.")
        else:
            raise Refused("reservation", "it has ended already: posted, given back or expired", 409)
