"""`sanad gateway`: an institution's own side: its folder, keys, assets and address book."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from sanad.base.errors import Finding, Malformed, MalformedFile
from sanad.gateway.gateway import KEY_FILE, LANES, Gateway
from sanad.gateway.keys import KeyFile, lane_of_person
from sanad.interfaces import checking
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.opening import opened
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Institution, Json, Node
from sanad.standards.identifiers import is_iban

app = typer.Typer(help="An institution's own side: its folder, keys, assets and address book.", no_args_is_help=True)
addresses_app = typer.Typer(help="The address book: account numbers of the outside world.", no_args_is_help=True)
assets_app = typer.Typer(help="Which asset on the record a currency means.", no_args_is_help=True)
app.add_typer(addresses_app, name="addresses")
app.add_typer(assets_app, name="assets")

ADDRESS_COLUMNS = ["number", "account", "institution"]
FINDINGS_MAX = 100
ROWS_MAX = 10_000_000


@app.command()
def init(
    name: Annotated[str, typer.Argument(help="Name of the folder to make, such as my-bank.")],
    data: Data = DATA_DEFAULT,
    person: Annotated[list[int] | None, typer.Option(help="Also make a key for the person of this number.")] = None,
    as_json: Json = False,
) -> None:
    """Make an institution's folder with a new key for its system, sealed under a passphrase.

    The keys are of no use before the record knows them: `sanad gateway keys --register` prints what to hand over.

    Example: sanad gateway init my-bank
    """
    folder = DataFolder(data)
    place = folder.institution(name, is_new=True)
    passphrase = folder.passphrase(f"the keys of {name}", is_new=True)
    Gateway.init(place, passphrase, lanes=LANES)
    keys = KeyFile.open_file(place / KEY_FILE, passphrase)
    for number in person or ():
        keys.add(f"person-{number}", range(lane_of_person(number), lane_of_person(number) + 1), number)
    if as_json:
        screen.say_json({"folder": str(place), "keys": [_key_document(each.name, keys) for each in keys.all()]})
    else:
        screen.say(f"{place} holds {screen.count(len(keys.all()), 'new key')}.")
        screen.say("Back the folder up, and keep the passphrase apart from it: without it nothing here opens.")


@app.command()
def checks(
    require: Annotated[
        str | None, typer.Option(help=f"Require these, separated by commas: {', '.join(checking.KNOWN)}; '' for none.")
    ] = None,
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
) -> None:
    """Show or set which checks a payment must pass. What is not clear, or cannot be asked, is held.

    Example: sanad gateway checks --require screening,travel_rule --as my-bank
    """
    with opened(DataFolder(data), institution, node) as bank:
        if require is not None:
            names = [each.strip() for each in require.split(",") if each.strip()]
            unknown = sorted(set(names) - set(checking.KNOWN))
            if unknown:
                raise typer.BadParameter(f"there is no check {', '.join(unknown)}", param_hint="--require")
            bank.gateway.require_checks(names)
        required = bank.gateway.required_checks
    screen.say(f"Required of every payment: {', '.join(required)}." if required else "No check is required.")


@app.command()
def keys(
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    register: Annotated[
        int, typer.Option(min=0, metavar="NUMBER", help="Print what registers them for the institution of this number.")
    ] = 0,
    network: Annotated[
        str, typer.Option(metavar="HEX", help="The network to register in; left out: at its founding.")
    ] = "",
    as_json: Json = False,
) -> None:
    """List the keys of an institution; never a secret.

    Example: sanad gateway keys --as my-bank --register 3
    """
    folder = DataFolder(data)
    place = folder.institution(institution)
    file = KeyFile.open_file(place / KEY_FILE, folder.passphrase(f"the keys of {place.name}"))
    identifier = _network(network)
    documents = [_key_document(each.name, file, register, identifier) for each in file.all()]
    if as_json:
        screen.say_json({"institution": place.name, "keys": documents})
        return
    rows = [(each["name"], each["person"] or "-", each["lanes"], each["key_id"]) for each in documents]
    screen.table(("name", "person", "lanes", "key"), rows, right=("person",))
    for each in documents if register else ():
        screen.say()
        screen.say(f"# {each['name']}")
        for name in ("public_key", "possession"):
            screen.say_as_is(f'{name} = "{each[name]}"')


def _network(text: str) -> bytes:
    """The network that a proof of possession is for; zeros at its founding (formats.md §1)."""
    try:
        network = bytes.fromhex(text) if text else bytes(16)
    except ValueError:
        network = b""
    if len(network) != 16:
        raise typer.BadParameter("a network is 32 hexadecimal digits, as /health shows it", param_hint="--network")
    return network


def _key_document(name: str, file: KeyFile, institution: int = 0, network: bytes = bytes(16)) -> dict[str, object]:
    key = file.key(name)
    document: dict[str, object] = {
        "name": name, "person": key.person, "lanes": f"{key.lane_first}-{key.lane_last}",
        "key_id": key.identifier.hex(), "public_key": key.public.hex(),
    }  # fmt: skip
    if institution:
        document["possession"] = file.prove_possession(name, network, institution).hex()
    return document


@app.command("open")
def open_gateway(
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    number: Annotated[int, typer.Option(min=0, help="Number of the institution on the record; needed once.")] = 0,
    as_json: Json = False,
) -> None:
    """Meet the node: settle network and number for ever, and send again whatever a crash left in the outbox.

    Example: sanad gateway open --as my-bank --number 3 --node http://node.example:8470
    """
    with opened(DataFolder(data), institution, node, number or None) as mine:
        answered = mine.gateway.outbox.resume(wait_seconds=30)
        known = mine.gateway.assets.all()
        document = {
            "institution": mine.gateway.institution, "network": mine.gateway.network.hex(), "sent_again": answered,
            "addresses": mine.gateway.addresses.count(), "assets": {each: known[each].number for each in sorted(known)},
        }  # fmt: skip
    if as_json:
        screen.say_json(document)
        return
    assets = ", ".join(f"{currency} is asset {asset.number}" for currency, asset in sorted(known.items())) or "none yet"
    screen.facts(
        [
            ("institution", f"{document['institution']} ({mine.name})"),
            ("network", document["network"]),
            ("sent again", answered),
            ("address book", screen.count(int(str(document["addresses"])), "account number")),
            ("assets", assets),
        ]
    )


# --- address book ---------------------------------------------------------------------------------------------------


@addresses_app.command("import")
def import_addresses(
    file: Annotated[Path, typer.Argument(help="CSV with the columns number, account, institution.")],
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    as_json: Json = False,
) -> None:
    """Note which account on the record stands behind each account number; all rows or none.

    A number that begins with two letters must be an IBAN. One that is known already points to the new account.

    Example: sanad gateway addresses import customers.csv --as my-bank
    """
    with opened(DataFolder(data), institution, node) as mine:
        added = mine.gateway.addresses.add_many(read_addresses(file))
        total = mine.gateway.addresses.count()
    if as_json:
        screen.say_json({"imported": added, "addresses": total})
    else:
        screen.say(f"{screen.count(added, 'row')} taken in; the address book knows {total:,} numbers.")


def read_addresses(file: Path) -> list[tuple[str, int, int]]:
    """The rows of a CSV file. Raises `MalformedFile` with a finding for each row that is wrong; shows no number."""
    rows: list[tuple[str, int, int]] = []
    findings: list[Finding] = []
    for line, cells in _lines(file):
        finding = _finding(line, cells)
        if finding is None:
            rows.append((cells[0], int(cells[1]), int(cells[2])))
        else:
            findings.append(finding)
        if len(findings) >= FINDINGS_MAX:
            break
    if findings:
        raise MalformedFile(file.name, findings)
    return rows


def _lines(file: Path) -> Iterator[tuple[int, list[str]]]:
    with file.open(encoding="utf-8-sig", newline="") as source:
        reader = csv.reader(source)
        try:
            header = [cell.strip().lower() for cell in next(reader, [])]
            if header != ADDRESS_COLUMNS:
                advice = f"the first line must be: {','.join(ADDRESS_COLUMNS)}"
                raise MalformedFile(file.name, [Finding(1, "addresses.columns", "", advice)])
            for cells in reader:
                if reader.line_num > ROWS_MAX:
                    raise Malformed(file.name, "addresses.size", f"at most {ROWS_MAX:,} lines; cut it in several files")
                if any(cells):
                    yield reader.line_num, [cell.strip() for cell in cells]
        except (csv.Error, UnicodeDecodeError):
            advice = "write it as CSV in UTF-8"
            raise MalformedFile(file.name, [Finding(reader.line_num, "addresses.form", "", advice)]) from None


def _finding(line: int, cells: list[str]) -> Finding | None:
    if len(cells) != len(ADDRESS_COLUMNS):
        return Finding(line, "addresses.cells", f"{len(cells)} cells", "give number, account and institution")
    number, account, owner = cells
    compact = "".join(number.split()).upper()
    if compact[:2].isalpha() and not is_iban(compact):
        return Finding(line, "iban.invalid", "number", "this is no IBAN; check length, country and check digits")
    for name, text, most in (("account", account, 2**63), ("institution", owner, 2**32)):
        if not (text.isascii() and text.isdecimal() and 0 < int(text[:20]) < most):
            return Finding(line, f"{name}.form", name, "give its number on the record, in digits")
    return None


# --- assets ---------------------------------------------------------------------------------------------------------


@assets_app.command("set")
def set_asset(
    currency: Annotated[str, typer.Argument(help="ISO 4217 code, such as PKR.")],
    asset: Annotated[int, typer.Argument(min=1, help="Number of the asset on the record.")],
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    bound_from: Annotated[int, typer.Option(min=0, help="Bind evidence from this amount up, minor units.")] = 0,
) -> None:
    """Say which asset a currency in payment files means.

    Example: sanad gateway assets set PKR 1 --as my-bank
    """
    from sanad.standards.iso20022.currencies import exponent

    exponent(currency)
    with opened(DataFolder(data), institution, node) as mine:
        mine.gateway.assets.set(currency, asset, bound_from)
    screen.say(f"{currency} is asset {asset}.")
