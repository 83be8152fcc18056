"""`sanad register`, and what `sanad verify` says of a register answer: the public register, in words."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from sanad.base.canonical import Value, decode
from sanad.base.errors import Malformed, Refused
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Json, Node
from sanad.log import register_proof
from sanad.log.policy import Policy
from sanad.log.register_proof import VerifiedRegister
from sanad.node.client import NodeClient
from sanad.node.folder import write_file
from sanad.rulebook.edition1.register import record_key
from sanad.rulebook.edition1.words import (
    CertificateState,
    Ground,
    InstitutionClass,
    InstitutionStatus,
    LicenceKind,
    LicenceState,
    RegisterType,
    Rule,
    Service,
)

SUFFIX = ".sanad-register"
FOUND_MAX = 50
NUMBERS_TRIED = 20_000
_RECORDS_PER_PAGE = 500
_BEGINNING = b"\x9a\xb1" + register_proof.SCHEMA.encode()
"""Array of ten, then the name of the format: how every answer file begins."""

app = typer.Typer(help="The public register: who is licensed, for what.", no_args_is_help=True)


@app.command()
def show(
    number: Annotated[int, typer.Argument(help="Number of the institution on the record.", min=1)],
    data: Data = DATA_DEFAULT,
    node: Node = "",
    out: Annotated[Path | None, typer.Option(help="Keep the proved answer on its licence, now, in this file.")] = None,
    as_json: Json = False,
) -> None:
    """Show what the register says of an institution now: itself, its certificate, its licence.

    Example: sanad register show 5 --out licence.sanad-register
    """
    types = (RegisterType.INSTITUTION, RegisterType.CERTIFICATE, RegisterType.LICENCE)
    with NodeClient(DataFolder(data).node_address(node)) as client:
        records = [record for each in types for record in client.register_records(each, number - 1, 1)]
        records = [record for record in records if record[1] == number]
        if not records:
            raise Refused("register", f"no institution has the number {number}; try: sanad register search NAME", 404)
        if out is not None:
            now_ms = time.time_ns() // 1_000_000
            write_file(out, client.register_answer(RegisterType.LICENCE, number, now_ms), 0o644)
    if as_json:
        screen.say_json({RegisterType(record[0]).name.lower(): dict(words(record)) for record in records})
        return
    for record in records:
        screen.say(RegisterType(record[0]).name.capitalize(), style="bold")
        screen.facts(words(record))
    if out is not None:
        screen.say_as_is(f"Anyone can check it: sanad verify {out} --log-key <the log's key>")


@app.command()
def search(
    name: Annotated[str, typer.Argument(help="Part of a name, a BIC or an LEI.")],
    data: Data = DATA_DEFAULT,
    node: Node = "",
    as_json: Json = False,
) -> None:
    """Find institutions of the register.

    Example: sanad register search exchange
    """
    rows: list[list[object]] = []
    with NodeClient(DataFolder(data).node_address(node)) as client:
        after = 0
        while (records := client.register_records(RegisterType.INSTITUTION, after, _RECORDS_PER_PAGE)) and (
            len(rows) < FOUND_MAX
        ):
            fits = [each for each in records if name.casefold() in " ".join(map(str, each[2:5])).casefold()]
            rows += [[each[1], each[2], each[4], _word(InstitutionStatus, each[6])] for each in fits]
            after = int(records[-1][1])
    if as_json:
        fields = ("number", "name", "lei", "status")
        screen.say_json([dict(zip(fields, row, strict=True)) for row in rows[:FOUND_MAX]])
    elif rows:
        screen.table(["number", "name", "LEI", "status"], rows[:FOUND_MAX], right=["number"])
    else:
        screen.say("Nobody in the register is called so. Who is not in it is not licensed.")


# --- answers ----------------------------------------------------------------------------------------------------------


def is_answer(data: bytes) -> bool:
    """Whether a file is an answer of the register, and no proof of a payment."""
    return data.startswith(_BEGINNING)


def verify(data: bytes, policy: Policy, as_json: bool) -> None:
    """Check an answer of the register, and say what it proves. Raises `Malformed`."""
    found = register_proof.verify(data, policy, int(time.time()))
    record = _record(found)
    if as_json:
        screen.say_json(_document(found, record))
        return
    asked = screen.moment(found.asked_ms)
    if record is None:
        about = about_whom(found.key)
        screen.say(f"The proof holds: at {asked} the register had no {about}.", style="bold green")
    else:
        kind = _word(RegisterType, record[0])
        screen.say(f"The proof holds: so stood {kind} {record[1]} in the register at {asked}.", style="bold green")
        screen.facts(words(record))
    witnesses = [f"{name} at {screen.moment(at * 1_000)}" for name, at in found.witnesses]
    until = "the newest of the checkpoint" if found.next_time_ms is None else screen.moment(found.next_time_ms)
    screen.facts(
        [
            ("block", f"{found.height:,} of {screen.moment(found.time_ms)}"),
            ("next block", until),
            ("log", f"{found.origin}, {found.size:,} blocks"),
            ("witnesses", ", ".join(witnesses) or "none asked for"),
        ]
    )
    if found.is_newest:
        screen.say(
            "Nothing in this file says that the block is still the newest: it is good up to the times of the witnesses."
        )


def _record(found: VerifiedRegister) -> list[Any] | None:
    """The record, which must be the one of its key. Raises `Malformed`."""
    if found.value is None:
        return None
    record = decode(found.value, "register record")
    if not isinstance(record, list) or len(record) < 3 or type(record[0]) is not int or type(record[1]) is not int:
        raise Malformed("register answer", "record_bad", "the record has another form; ask for the answer again")
    if (
        record[0] not in RegisterType.__members__.values()
        or record_key(RegisterType(record[0]), record[1]) != found.key
    ):
        raise Malformed("register answer", "record_of_another", "the record is not the one of its key")
    return record


def about_whom(key: bytes) -> str:
    """Type and number of an absent record, found by trying the small numbers; else its key."""
    for number in range(1, NUMBERS_TRIED):
        for each in RegisterType:
            if record_key(each, number) == key:
                return f"{_word(RegisterType, each)} {number}"
    return f"record with the key {key.hex()}"


def _document(found: VerifiedRegister, record: list[Any] | None) -> dict[str, object]:
    return {
        "valid": True,
        "asked": screen.moment_iso(found.asked_ms),
        "key": found.key.hex(),
        "record_type": None if record is None else RegisterType(record[0]).name.lower(),
        "number": None if record is None else record[1],
        "record": None if record is None else dict(words(record)),
        "height": found.height,
        "time": screen.moment_iso(found.time_ms),
        "until": None if found.next_time_ms is None else screen.moment_iso(found.next_time_ms),
        "newest": found.is_newest,
        "origin": found.origin,
        "log_size": found.size,
        "witnesses": [{"name": name, "time": at} for name, at in found.witnesses],
    }


# --- records in words -------------------------------------------------------------------------------------------------


def words(record: list[Any]) -> list[tuple[str, object]]:
    """A record of the register as names and values."""
    fields = record[2:]
    if record[0] == RegisterType.INSTITUTION and len(fields) == 7:
        name, bic, lei, kind, status, entry, since_ms = fields
        return [
            ("name", name), ("BIC", bic), ("LEI", lei), ("class", _word(InstitutionClass, kind)),
            ("status", f"{_word(InstitutionStatus, status)} since {screen.moment(since_ms)}, entry {entry}"),
        ]  # fmt: skip
    if record[0] == RegisterType.CERTIFICATE and len(fields) == 3:
        state, valid_until_ms, _ = fields
        return [("state", _word(CertificateState, state)), ("valid until", _moment(valid_until_ms))]
    if record[0] == RegisterType.LICENCE and len(fields) == 8:
        return _licence(fields)
    if record[0] == RegisterType.WARNING and len(fields) == 6:
        name, website, ground, entry, since_ms, ended_ms = fields
        return [
            ("name", name), ("website", website), ("ground", _word(Ground, ground)),
            ("since", f"{screen.moment(since_ms)}, entry {entry}"), ("ended", _moment(ended_ms)),
        ]  # fmt: skip
    if record[0] == RegisterType.RULE and len(fields) == 1:
        return [(f"{_word(Rule, record[1])}, from {screen.moment(row[0])}", row[1]) for row in fields[0]]
    return [(f"field {at}", value) for at, value in enumerate(fields, 1)]


def _licence(fields: list[Any]) -> list[tuple[str, object]]:
    number, kind, services, state, valid_until_ms, frozen_until_ms, frozen_entry, history = fields
    told: list[tuple[str, object]] = [
        ("licence number", number), ("kind", _word(LicenceKind, kind)), ("services", _services(services)),
        ("state", _word(LicenceState, state)), ("valid until", _moment(valid_until_ms)),
    ]  # fmt: skip
    if frozen_until_ms:
        told.append(("emergency order", f"until {screen.moment(frozen_until_ms)}, entry {frozen_entry}"))
    for entry, time_ms, reached, ground, _, covered in history:
        why = f", {_word(Ground, ground)}" if ground else ""
        what = f"{_word(LicenceState, reached)}{why}; {_services(covered)}"
        told.append((f"entry {entry}", f"{screen.moment(time_ms)}: {what}"))
    return told


def _services(mask: int) -> str:
    return ", ".join(str(each.name).lower().replace("_", " ") for each in Service if each & mask)


def _word(kind: type[Any], number: Value) -> str:
    known = {int(each): str(each.name) for each in kind}
    return known.get(number, f"number {number}").lower().replace("_", " ") if isinstance(number, int) else str(number)


def _moment(time_ms: int) -> str:
    return screen.moment(time_ms) if time_ms else "none"
