"""`sanad proof` and `sanad verify`: the proof of one payment, and its check with nothing but the file and a policy."""

import time
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from sanad.base.errors import Malformed, Refused
from sanad.gateway import opened_evidence
from sanad.gateway.holds import Decision
from sanad.gateway.opened_evidence import CheckAnswer, OpenedEvidence, WhatWasChecked
from sanad.interfaces import checking
from sanad.interfaces.command_line import registers, screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.failures import Exit
from sanad.interfaces.command_line.opening import Opened, opened
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Institution, Json, Node
from sanad.log.policy import POLICY_LENGTH_MAX, Policy
from sanad.node.client import NodeClient
from sanad.node.folder import write_file
from sanad.node.proofs import VerifiedPayment
from sanad.rulebook.edition1.codes import SENTENCES, Outcome
from sanad.rulebook.edition1.words import Purpose, RegisterType

SUFFIX = ".tlog-proof"
PROOF_BYTES_MAX = 1 << 20


def proof(
    transfer: Annotated[
        str, typer.Argument(help="Position of the transfer (a number), or the UETR you sent it under.")
    ],
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    out: Annotated[
        Path | None, typer.Option(help="Where the proof goes. Left out: <position>.tlog-proof here.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Fetch the proof of one of your transfers, as a file that anyone can verify.

    Example: sanad proof 40962 --as my-bank
    """
    with opened(DataFolder(data), institution, node) as reader:
        position = _position(reader, transfer)
        path = out or Path(f"{position}{SUFFIX}")
        fetch(reader.client, position, path)
    if as_json:
        screen.say_json({"position": position, "proof": str(path), "bytes": path.stat().st_size})
    else:
        screen.say(f"The proof of transfer {position} is in {path} ({path.stat().st_size:,} bytes).")
        screen.say_as_is(f"Anyone can check it: sanad verify {path} --log-key <the log's key>")


def fetch(client: NodeClient, position: int, path: Path) -> None:
    """Write the proof of a transfer to `path`. Raises `Refused` if there is none for this reader."""
    data = client.proof(position)
    if data is None:
        raise Refused("proof", f"no transfer of yours is at position {position}; check the number", 404)
    write_file(path, data, 0o644)


def _position(reader: Opened, transfer: str) -> int:
    if transfer.isascii() and transfer.isdecimal() and len(transfer) <= 18:
        return int(transfer)
    try:
        uetr = UUID(transfer)
    except ValueError:
        raise typer.BadParameter("give a position (a number) or a UETR", param_hint="TRANSFER") from None
    found = reader.client.find_payment(reader.gateway.institution, uetr)
    if not found:
        advice = "you sent no admitted transfer under this UETR in the last weeks; give its position"
        raise Refused("proof", advice, 404)
    if len(found) > 1:
        positions = ", ".join(str(each.position) for each in found)
        raise Refused("proof", f"this UETR has {len(found)} legs; give one of their positions: {positions}", 409)
    return found[0].position


def checked(
    transfer: Annotated[
        str, typer.Argument(help="Position of the transfer (a number), or the UETR you sent it under.")
    ],
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    out: Annotated[
        Path | None, typer.Option(help="Also write the opened evidence there, for an auditor. Personal data.")
    ] = None,
    as_json: Json = False,
) -> None:
    """What was checked, against which list version, before one of your transfers was posted. Personal data.

    The evidence that you kept is opened, must lead to the digest in the transfer, and must speak of that transfer; the
    transfer's own proof is fetched and verified. An auditor does the same with two files: sanad verify PROOF --evidence
    FILE.

    Example: sanad checked 40962 --as my-bank --out 40962.evidence
    """
    folder = DataFolder(data)
    with opened(folder, institution, node) as reader:
        position = _position(reader, transfer)
        evidence = reader.gateway.evidence_of(position)
        what = opened_evidence.read(evidence)
        _ensure_on_record(reader.client, folder, what)
        decision = reader.gateway.holds.open_decision(what.decision) if what.decision else None
        version = _list_version(reader.client, what.screened)
    if out is not None:
        write_file(out, evidence.encode(), 0o600)
    if as_json:
        screen.say_json(checked_document(what, decision, version))
    else:
        show_checked(what, decision, version)


def _ensure_on_record(client: NodeClient, folder: DataFolder, what: WhatWasChecked) -> None:
    """That the transfer is on the record as we kept it. Raises `Malformed`, `Refused`."""
    proof = client.proof(what.position)
    if proof is None:
        raise Refused("proof", f"no transfer of yours is at position {what.position}; check the number", 404)
    payment = verified(proof, _policy(folder, "", None))
    _ensure_same(payment, what)


def _ensure_same(payment: VerifiedPayment, what: WhatWasChecked) -> None:
    if (payment.position, payment.transfer) != (what.position, what.transfer):
        advice = "the evidence is of another transfer than the proof; ask for the one that belongs to it"
        raise Malformed("evidence", "evidence.other_transfer", advice)


def _list_version(client: NodeClient, number: int) -> tuple[int, int] | None:
    """Entry and time at which a list version came on the record."""
    found = client.register_records(RegisterType.LIST_VERSION, number - 1, 1) if number else []
    return (int(found[0][3]), int(found[0][4])) if found and int(found[0][1]) == number else None


def show_checked(what: WhatWasChecked, decision: Decision | None, version: tuple[int, int] | None) -> None:
    """The answer to the auditor's question, in words."""
    if what.is_bound:
        screen.say("The evidence leads to the digest on the record: so it was before anyone signed.", style="bold")
    else:
        screen.say("The evidence is not bound to the record: the institution says so, and nothing proves it.")
    named = f"list version {what.screened}" if what.screened else "no list version"
    if version is not None:
        named += f", on the record since entry {version[0]:,} of {screen.moment(version[1])}"
    screen.facts(
        [
            ("transfer", str(what.position)),
            ("payer", what.debtor.name or "-"),
            ("payee", what.creditor.name or "-"),
            ("screened against", named),
            *(row for each in what.answers for row in _rows_of(each)),
            *([("released by", f"{decision.who or 'nobody'}: {decision.why}"),
               ("on", screen.moment(decision.at_ms))] if decision else []),
        ]
    )  # fmt: skip
    if not what.answers:
        screen.say("No check was required of it.")


def _rows_of(answer: CheckAnswer) -> list[tuple[str, object]]:
    """What a check found, and its reasons."""
    reasons = checking.told(answer.check, answer.contents)
    return [(answer.check, answer.finding), *(("", each) for each in reasons)]


def checked_document(
    what: WhatWasChecked, decision: Decision | None = None, version: tuple[int, int] | None = None
) -> dict[str, object]:
    """The same for a program."""
    return {
        "position": what.position, "uetr": str(what.transfer.uetr), "bound": what.is_bound,
        "list_version": what.screened, "list_version_entry": version[0] if version else None,
        "list_version_time": screen.moment_iso(version[1]) if version else None,
        "payer": what.debtor.name, "payee": what.creditor.name,
        "checks": [
            {"check": each.check, "finding": str(each.finding), "contents": checking.readable(each.contents)}
            for each in what.answers
        ],
        "decision": {
            "who": decision.who, "why": decision.why, "at": screen.moment_iso(decision.at_ms),
        } if decision else None,
    }  # fmt: skip


def verify(
    proof: Annotated[Path, typer.Argument(help="A .tlog-proof file, or an answer of the register.")],
    data: Data = DATA_DEFAULT,
    log_key: Annotated[
        str, typer.Option("--log-key", metavar="KEY", help="The log's key, or a file that holds it.")
    ] = "",
    policy: Annotated[Path | None, typer.Option(help="A policy file (C2SP): logs and the witnesses asked for.")] = None,
    evidence: Annotated[
        Path | None, typer.Option(help="Opened evidence of the payment, from its sender: also say what was checked.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check a proof offline: of a payment, or of what the register said at a time. Nothing but the file and a key or
    policy is used, no node is asked.

    Have the key from somewhere you trust: who gives you proof and key alike can make both up. Without key and policy
    the key of the record in DIR is taken. Ends with 0 only if the proof holds and the transfer was admitted, with 1 if
    it proves a rejection, with 5 if it does not hold. An answer of the register that holds ends with 0, whatever it
    says.

    Example: sanad verify 40962.tlog-proof --log-key log.key
    """
    if log_key and policy is not None:
        raise typer.BadParameter("give a key or a policy, not both", param_hint="--log-key, --policy")
    trusted = _policy(DataFolder(data), log_key, policy)
    contents = _read(proof, PROOF_BYTES_MAX)
    if registers.is_answer(contents):
        registers.verify(contents, trusted, as_json)
        return
    payment = verified(contents, trusted)
    what = _checked_of(evidence, payment)
    if as_json:
        screen.say_json(document(payment) | ({"checked": checked_document(what)} if what is not None else {}))
    else:
        show(payment)
        if what is not None:
            show_checked(what, None, None)
    if not payment.is_admitted:
        raise typer.Exit(Exit.REJECTED)


def _checked_of(path: Path | None, payment: VerifiedPayment) -> WhatWasChecked | None:
    """What the opened evidence of a payment says, if it is that of this one. Raises `Malformed`."""
    if path is None:
        return None
    what = opened_evidence.read(OpenedEvidence.decode(_read(path, opened_evidence.EXPORT_BYTES_MAX)))
    _ensure_same(payment, what)
    return what


def verified(data: bytes, policy: Policy) -> VerifiedPayment:
    """What a proof file proves. Raises `Malformed`."""
    from sanad.node import proofs

    return proofs.verify(data, policy, int(time.time()))


def policy_of_log(log_key: str) -> Policy:
    """The policy that trusts one log and asks for no witness."""
    return Policy.decode(f"log {log_key.strip()}\nquorum none\n".encode())


def _policy(data: DataFolder, log_key: str, policy: Path | None) -> Policy:
    if policy is not None:
        return Policy.decode(_read(policy, POLICY_LENGTH_MAX))
    if log_key:
        is_file = "+" not in log_key or Path(log_key).is_file()
        return policy_of_log(_read(Path(log_key), 1 << 10).decode("utf-8", "replace") if is_file else log_key)
    genesis = data.genesis()
    if genesis is None:
        raise Refused("verify", "nothing says which log you trust; give --log-key or --policy", 409)
    screen.tell(f"The log's key is taken from {data.record}.")
    return policy_of_log(genesis.log_key)


def _read(path: Path, bytes_max: int) -> bytes:
    with path.open("rb") as file:
        data = file.read(bytes_max + 1)
    if len(data) > bytes_max:
        raise Malformed(path.name, "file_too_large", f"it has more than {bytes_max:,} bytes; name the right file")
    return data


def show(payment: VerifiedPayment) -> None:
    """What the proof says, in words."""
    transfer = payment.transfer
    if payment.is_admitted:
        screen.say(f"The proof holds: this transfer was {transfer.movement}.", style="bold green")
    else:
        screen.say("The proof holds: this transfer was rejected.", style="bold red")
        screen.say(SENTENCES[Outcome(payment.outcome)].english)
    screen.facts(
        [
            ("transfer", f"{payment.position} (entry {payment.entry}, index {payment.index})"),
            ("UETR", transfer.uetr),
            ("from account", transfer.debit),
            ("to account", transfer.credit),
            ("amount", f"{transfer.amount:,} minor units of asset {transfer.asset}"),
            ("purpose", purpose_name(transfer.purpose)),
            ("block", f"{payment.height:,} of {screen.moment(payment.time_ms)}"),
            ("log", f"{payment.origin}, {payment.size:,} blocks, root {payment.root.hex()[:16]}…"),
            ("witnesses", ", ".join(name for name, _ in payment.witnesses) or "none asked for"),
        ]
    )


def purpose_name(number: int) -> str:
    """A purpose in words."""
    known = {int(each): each.name.lower().replace("_", " ") for each in Purpose}
    return known.get(number, f"purpose {number}")


def document(payment: VerifiedPayment) -> dict[str, object]:
    """What the proof says, for a program."""
    transfer = payment.transfer
    return {
        "valid": True,
        "admitted": payment.is_admitted,
        "outcome": payment.outcome,
        "position": payment.position,
        "uetr": str(transfer.uetr),
        "debit_account": transfer.debit,
        "credit_account": transfer.credit,
        "amount_minor": transfer.amount,
        "asset": transfer.asset,
        "purpose": transfer.purpose,
        "movement": transfer.movement,
        "height": payment.height,
        "time": screen.moment_iso(payment.time_ms),
        "origin": payment.origin,
        "log_size": payment.size,
        "log_root": payment.root.hex(),
        "witnesses": [{"name": name, "time": at} for name, at in payment.witnesses],
    }
