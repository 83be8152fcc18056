"""`sanad account` and `sanad statement`: an institution's accounts on the record."""

import csv
import sys
from collections.abc import Iterator
from enum import IntEnum
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from sanad.base.errors import Refused
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.failures import Exit
from sanad.interfaces.command_line.opening import Opened, opened
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Institution, Json, Node
from sanad.interfaces.command_line.proofs import purpose_name
from sanad.node.service import STATEMENT_LINES_MAX, AccountView, StatementLine
from sanad.rulebook.edition1.codes import SENTENCES, Outcome
from sanad.rulebook.edition1.words import AccountFlag, AccountKind, HolderClass

app = typer.Typer(help="Open and look at accounts.", no_args_is_help=True)

OPEN_ACCOUNTS = 40
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
Word = TypeVar("Word", bound=IntEnum)

COLUMNS = (
    "time", "position", "uetr", "purpose", "counter_account", "debit", "credit", "balance", "currency", "reference"
)  # fmt: skip


@app.command("open")
def open_accounts(
    asset: Annotated[str, typer.Argument(help="Currency that the gateway knows (PKR), or the asset's number.")],
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    kind: Annotated[
        str, typer.Option(help="settlement, customer, omnibus, issuance, fee, tax or suspense.")
    ] = "customer",
    holder: Annotated[
        str, typer.Option(help="Class of the holder, such as natural-person or legal-person.")
    ] = "natural-person",
    tier: Annotated[int, typer.Option(min=0, max=15, help="Tier of limits.")] = 0,
    count: Annotated[int, typer.Option(min=1, max=1 << 17, help="How many equal accounts.")] = 1,
    iban: Annotated[str, typer.Option(help="Number of the outside world to note for it in the address book.")] = "",
    as_json: Json = False,
) -> None:
    """Open accounts for customers or for the institution itself; says their numbers.

    Example: sanad account open PKR --as my-bank --kind customer --tier 1
    """
    if iban and count != 1:
        raise typer.BadParameter("one account number belongs to one account; leave --count out", param_hint="--iban")
    kind_number = int(_word(AccountKind, kind, "--kind"))
    holder_number = int(_word(HolderClass, holder, "--holder"))
    with opened(DataFolder(data), institution, node) as bank:
        fields = [kind_number, _asset(bank, asset), holder_number, tier, 0, count]
        answer = bank.gateway.send_act(OPEN_ACCOUNTS, fields)
        receipt = answer.decoded()
        outcome = Outcome(receipt.codes[0])
        first = _opened_by(bank, receipt.entry) if outcome is Outcome.ADMITTED else 0
        if first and iban:
            bank.gateway.addresses.add(iban, first, bank.gateway.institution)
    numbers = list(range(first, first + count)) if first else []
    if as_json:
        screen.say_json({"outcome": int(outcome), "entry": receipt.entry, "accounts": numbers})
    elif numbers:
        last = f" to {numbers[-1]}" if count > 1 else ""
        screen.say(f"Opened {screen.count(count, 'account')} in entry {receipt.entry}: {numbers[0]}{last}.")
    if outcome is not Outcome.ADMITTED:
        if not as_json:
            screen.tell_error(f"rejected ({int(outcome)}): {SENTENCES[outcome].english}")
        raise typer.Exit(Exit.REJECTED)


def _opened_by(bank: Opened, entry: int) -> int:
    message = bank.client.message(entry)
    if message is None or not message.opened_account:
        raise Refused("account", f"the accounts of entry {entry} are not shown to you; ask the node's operator", 404)
    return message.opened_account


def _word(words: type[Word], given: str, option: str) -> Word:
    """The number that a word stands for."""
    name = given.upper().replace("-", "_").replace(" ", "_")
    if name not in words.__members__:
        known = ", ".join(each.lower().replace("_", "-") for each in words.__members__)
        raise typer.BadParameter(f"{given} is not one of: {known}", param_hint=option)
    return words[name]


def _asset(bank: Opened, given: str) -> int:
    if given.isascii() and given.isdecimal() and len(given) < 10:
        return int(given)
    known = bank.gateway.assets.all()
    if given not in known:
        there = ", ".join(sorted(known)) or "none yet; see: sanad gateway assets"
        raise typer.BadParameter(f"the gateway does not know {given}; it knows: {there}", param_hint="ASSET")
    return known[given].number


@app.command()
def show(
    account: Annotated[
        str, typer.Argument(help="Number of the account on the record, or an IBAN of the address book.")
    ],
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    as_json: Json = False,
) -> None:
    """Show an account as it stands now.

    Example: sanad account show 23 --as my-bank
    """
    with opened(DataFolder(data), institution, node) as reader:
        view = _view(reader, account)
    if as_json:
        screen.say_json(document(view))
        return
    screen.facts(
        [
            ("account", view.number),
            ("institution", view.institution),
            ("kind", _named(AccountKind, view.kind)),
            ("holder", _named(HolderClass, view.holder_class)),
            ("tier", view.tier),
            ("flags", flag_names(view.flags)),
            ("balance", screen.amount(view.balance, view.exponent, view.currency)),
            ("reserved", screen.amount(view.reserved, view.exponent, view.currency)),
            ("available", screen.amount(view.available, view.exponent, view.currency)),
            ("as of", f"block {view.height:,} of {screen.moment(view.time_ms)}"),
        ]
    )


def _view(reader: Opened, account: str) -> AccountView:
    view = reader.client.account(reader.account_number(account))
    if view is None:
        advice = f"{reader.name} has no such account; check the number, or act as its institution with --as"
        raise Refused("account", advice, 404)
    return view


def _named(words: type[IntEnum], number: int) -> str:
    known = {int(each): each.name.lower().replace("_", " ") for each in words}
    return known.get(number, str(number))


def flag_names(flags: int) -> str:
    """The flags of an account in words."""
    names = [str(each.name).lower().replace("_", " ") for each in AccountFlag if int(each) & flags]
    return ", ".join(names) or "none"


def document(view: AccountView) -> dict[str, object]:
    """An account for a program."""
    return {
        "account": view.number, "institution": view.institution, "asset": view.asset, "currency": view.currency,
        "exponent": view.exponent, "kind": view.kind, "holder_class": view.holder_class, "tier": view.tier,
        "flags": view.flags, "balance_minor": view.balance, "reserved_minor": view.reserved,
        "available_minor": view.available, "opened_entry": view.opened_entry, "last_position": view.last_position,
        "height": view.height, "time": screen.moment_iso(view.time_ms),
    }  # fmt: skip


# --- statement ------------------------------------------------------------------------------------------------------


def statement(
    account: Annotated[
        str, typer.Argument(help="Number of the account on the record, or an IBAN of the address book.")
    ],
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    lines: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many lines, newest first.")] = 50,
    before: Annotated[int, typer.Option(min=0, help="Go on below this position, as the last page said.")] = 0,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV for a spreadsheet.")] = False,
    as_json: Json = False,
) -> None:
    """The lines of an account, newest first: times in UTC, amounts in the account's currency.

    Example: sanad statement 23 --as my-bank --csv > statement.csv
    """
    if as_csv and as_json:
        raise typer.BadParameter("choose one form", param_hint="--csv, --json")
    with opened(DataFolder(data), institution, node) as reader:
        view = _view(reader, account)
        pages = _Pages(reader, view, lines, before)
        if as_csv:
            _write_csv(view, pages)
        elif as_json:
            rows = [_line_document(line) for line in pages]
            screen.say_json({"account": document(view), "lines": rows, "next_before": pages.next_before})
        else:
            _show_statement(view, pages)


class _Pages:
    """Lines page by page, as many as were asked for; afterwards `next_before` says where older ones begin."""

    def __init__(self, reader: Opened, view: AccountView, lines: int, before: int) -> None:
        self._reader, self._account, self._left = reader, view.number, lines
        self.next_before = before

    def __iter__(self) -> Iterator[StatementLine]:
        while self._left:
            page = self._reader.client.statement(self._account, self.next_before, min(self._left, STATEMENT_LINES_MAX))
            self.next_before = page.next_before
            self._left -= len(page.lines)
            yield from page.lines
            if not page.next_before:
                return


def _show_statement(view: AccountView, pages: _Pages) -> None:
    rows = []
    for line in pages:
        sign = "-" if line.is_debit else "+"
        money = sign + screen.amount(line.amount, view.exponent)
        rows.append(
            (
                screen.moment(line.time_ms).removesuffix(" UTC"), line.position, purpose_name(line.purpose),
                line.counter_account, money, screen.amount(line.balance, view.exponent),
            )
        )  # fmt: skip
    if not rows:
        screen.say(f"Account {view.number} has no lines here.")
        return
    screen.say(f"Account {view.number}, newest first; times in UTC, amounts in {view.currency}; other = other account.")
    columns = ("time", "position", "purpose", "other", "amount", "balance")
    screen.table(columns, rows, right=("position", "other", "amount", "balance"))
    if pages.next_before:
        screen.say(f"There are older lines: --before {pages.next_before}")


def _write_csv(view: AccountView, pages: _Pages) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for line in pages:
        money = _plain(line.amount, view.exponent)
        cells = (
            screen.moment_iso(line.time_ms), line.position, str(UUID(bytes=line.uetr)), purpose_name(line.purpose),
            line.counter_account, money if line.is_debit else "", "" if line.is_debit else money,
            _plain(line.balance, view.exponent), view.currency, line.reference.hex(),
        )  # fmt: skip
        writer.writerow([safe_cell(cell) for cell in cells])


def _plain(minor: int, exponent: int) -> str:
    return screen.amount(minor, exponent).replace(",", "")


def safe_cell(cell: object) -> str:
    """A cell that no spreadsheet takes for a formula: text gets an apostrophe, a negative number is left a number."""
    text = screen.shown(cell)
    is_number = text.replace("-", "", 1).replace(".", "", 1).isdecimal() and text.isascii()
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text


def _line_document(line: StatementLine) -> dict[str, object]:
    return {
        "position": line.position, "height": line.height, "time": screen.moment_iso(line.time_ms),
        "uetr": str(UUID(bytes=line.uetr)), "side": "debit" if line.is_debit else "credit",
        "counter_account": line.counter_account, "amount_minor": line.amount, "balance_minor": line.balance,
        "reserved_minor": line.reserved, "purpose": line.purpose, "flags": line.flags, "leg": line.leg,
        "pending": line.pending, "reference": line.reference.hex(),
    }  # fmt: skip
