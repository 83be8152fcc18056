"""`sanad post`: a bank's bulk file through its gateway, and what became of it."""

import errno
import os
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated

import typer

from sanad.gateway import reasons
from sanad.gateway.payments import FileResult
from sanad.interfaces.command_line import held, screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.failures import Exit
from sanad.interfaces.command_line.opening import Opened
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Institution, Json, Node
from sanad.node import receipts
from sanad.node.client import NodeClient
from sanad.rulebook.edition1.codes import SENTENCES
from sanad.rulebook.edition1.standing import ORDERED
from sanad.standards.iso20022 import pacs002
from sanad.standards.iso20022.pacs002 import TransactionStatus
from sanad.standards.iso20022.schemes import PROFILES, Profile

ANSWER_SUFFIX = ".pacs.002.xml"
_EXAMPLE_CHARACTERS_MAX = 35
_NO_ORDERS: Mapping[int, int] = MappingProxyType({})


def post(
    file: Annotated[Path, typer.Argument(help="A pacs.008 bulk file (XML).")],
    data: Data = DATA_DEFAULT,
    institution: Institution = "",
    node: Node = "",
    out: Annotated[Path | None, typer.Option(help="Where the pacs.002 goes. Left out: beside the file.")] = None,
    profile: Annotated[str, typer.Option(help="Also ask the rules of a scheme: cbpr, sepa or fednow.")] = "",
    as_json: Json = False,
) -> None:
    """Post every payment of a pacs.008 file, and write the pacs.002 that answers it.

    A file with findings is refused as a whole. The same file is posted once, whatever its name: again, it is answered
    with its original receipts. What a check does not find clear is held and answered as pending; the same command later
    answers it finally. Ends with 1 if any payment was rejected.

    Example: sanad post payments.xml --as my-bank
    """
    rules = _profile(profile)
    answer = out or answer_path(file)
    check_answer(file, answer)
    with held.checked(DataFolder(data), institution, node) as bank:
        result = post_with_progress(bank, file, answer, rules)
        orders = orders_behind(bank.client, result)
    if as_json:
        screen.say_json(document(result, orders))
    else:
        show_result(result, orders)
    if result.rejected or result.not_sent:
        raise typer.Exit(Exit.REJECTED)


def _profile(name: str) -> Profile | None:
    if name and name not in PROFILES:
        raise typer.BadParameter(f"{name} is no profile; there are: {', '.join(PROFILES)}", param_hint="--profile")
    return PROFILES.get(name)


def check_answer(file: Path, answer: Path) -> None:
    """That the answer can be written, before anything is posted. Raises `OSError`."""
    if answer.resolve() == file.resolve():
        raise typer.BadParameter("the answer would take the place of the file", param_hint="--out")
    if answer.is_dir():
        raise IsADirectoryError(errno.EISDIR, "", str(answer))
    folder = answer.parent
    if not folder.is_dir():
        raise FileNotFoundError(errno.ENOENT, "", str(folder))
    if not os.access(folder, os.W_OK):
        raise PermissionError(errno.EACCES, "", str(folder))


def answer_path(file: Path) -> Path:
    """Where the answer to a file is written."""
    return file.with_name(file.name.removesuffix(".xml") + ANSWER_SUFFIX)


def post_with_progress(bank: Opened, file: Path, answer: Path, profile: Profile | None = None) -> FileResult:
    """Post a file, with a bar on the terminal."""
    with screen.progress(f"posting {file.name}") as advance:
        return bank.gateway.payments.post_file(file, answer, profile=profile, progress=advance)


def orders_behind(client: NodeClient, result: FileResult) -> dict[int, int]:
    """For rejections that follow from a firm's status or licence: the entry of the order, by outcome."""
    orders: dict[int, int] = {}
    if set(ORDERED).isdisjoint(result.rejected):
        return orders
    for receipt in map(receipts.decode, result.receipts):
        if not set(ORDERED).isdisjoint(receipt.codes):
            message = client.message(receipt.entry)
            orders |= dict(message.orders) if message is not None else {}
    return orders


def show_result(result: FileResult, orders: Mapping[int, int] = _NO_ORDERS) -> None:
    """Counts, a table of reasons, and where the answer is."""
    rejected = result.payments - result.admitted - result.held
    if result.already_posted:
        screen.say("Already posted: these are the original receipts; nothing was paid twice.", style="bold")
    entries = _entries(result)
    where = f" in {entries} of the record" if entries else ""
    waiting = f" {result.held:,} held." if result.held else ""
    all_of_it = screen.count(result.payments, "payment")
    screen.say(f"{all_of_it}: {result.admitted:,} admitted{where}, {rejected:,} rejected.{waiting}")
    if rejected:
        rows = [
            (row["count"], row["code"] or "-", row["reason"], row["sentence"], row["example"])
            for row in rejections(result, orders)
        ]
        screen.table(("count", "code", "ISO", "why", "example"), rows, right=("count", "code"))
    screen.say(f"The answer (pacs.002) is in {result.answer}")


def _entries(result: FileResult) -> str:
    numbers = [receipts.decode(each).entry for each in result.receipts]
    if not numbers:
        return ""
    return (
        f"entry {numbers[0]:,}" if len(numbers) == 1 else f"{len(numbers)} entries, {numbers[0]:,} to {numbers[-1]:,}"
    )


def rejections(result: FileResult, orders: Mapping[int, int] = _NO_ORDERS) -> list[dict[str, str | int | None]]:
    """Why payments were rejected: most frequent first, each with the end-to-end identifier of one of them."""
    ours = {_key(reasons.status_of(each)): each for each in result.rejected}
    counts: Counter[tuple[str, str]] = Counter()
    examples: dict[tuple[str, str], str] = {}
    for status in pacs002.statuses(result.answer):
        if status.status == reasons.REJECTED:
            key = status.reason or "", status.additional_text or ""
            counts[key] += 1
            examples.setdefault(key, (status.original_end_to_end_id or "")[:_EXAMPLE_CHARACTERS_MAX])
    rows: list[dict[str, str | int | None]] = []
    for (reason, text), number in counts.items():
        outcome = ours.get((reason, text))
        sentence = SENTENCES[outcome].english if outcome is not None else text
        order = orders.get(outcome, 0) if outcome is not None else 0
        if order:
            sentence += f" The order is in entry {order}."
        rows.append(
            {
                "count": number, "code": int(outcome) if outcome is not None else None,
                "name": outcome.name.lower() if outcome is not None else None, "reason": reason,
                "sentence": sentence, "order_entry": order or None, "example": examples[reason, text],
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: (-int(str(row["count"])), int(str(row["code"] or 0))))


def _key(status: reasons.Status) -> tuple[str, str]:
    return status.reason, status.text


def statuses(file: Path) -> Iterator[TransactionStatus]:
    """What the answer beside a file says of each payment."""
    return pacs002.statuses(answer_path(file))


def document(result: FileResult, orders: Mapping[int, int] = _NO_ORDERS) -> dict[str, object]:
    """The result for a program."""
    return {
        "message_id": result.message_id,
        "payments": result.payments,
        "admitted": result.admitted,
        "rejected": sum(result.rejected.values()),
        "not_sent": sum(result.not_sent.values()),
        "held": result.held,
        "already_posted": result.already_posted,
        "reasons": rejections(result, orders),
        "entries": [receipts.decode(each).entry for each in result.receipts],
        "answer": str(result.answer),
    }
