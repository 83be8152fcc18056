"""What lies where in the folder that `--data` names, and the passphrase that opens its key files.

record/               the node's record
institutions/<name>/  an institution's gateway: keys, outbox, address book, evidence
node.json             where the node that runs now is reached; gone when it has ended
demonstration.json    only in a demonstration: its institutions, accounts, and the passphrase that everybody may know
demonstration/        only there: payment files, answers, proofs
"""

import json
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sanad.base.errors import Refused
from sanad.interfaces.command_line.options import HOST_DEFAULT, PORT_DEFAULT
from sanad.node.folder import GENESIS, SEGMENTS, write_file
from sanad.node.founding import Genesis

PASSPHRASE = "SANAD_PASSPHRASE"  # noqa: S105 - the name of a variable
BACKUP_MARK = "key-derivation"
"""Lies in every back-up."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True, slots=True)
class DataFolder:
    """The folder that `--data` names."""

    path: Path

    @property
    def record(self) -> Path:
        """The node's record."""
        return self.path / "record"

    @property
    def institutions(self) -> Path:
        """Where institutions' folders are."""
        return self.path / "institutions"

    @property
    def demonstration(self) -> Path:
        """Files of the demonstration."""
        return self.path / "demonstration"

    @property
    def demonstration_note(self) -> Path:
        """What a demonstration tells about itself."""
        return self.path / "demonstration.json"

    @property
    def node_note(self) -> Path:
        """Where the running node is reached."""
        return self.path / "node.json"

    def institution(self, name: str, *, is_new: bool = False) -> Path:
        """The folder of an institution; of the only one, if no name is given. Raises `Refused`."""
        known = sorted(each.name for each in self.institutions.glob("*") if each.is_dir())
        if not name and len(known) == 1:
            return self.institutions / known[0]
        if not name:
            which = f"choose one with --as: {', '.join(known)}" if known else "make one with: sanad gateway init"
            raise Refused("institution", f"{self.path} holds {len(known)} institutions; {which}", 404)
        if not _NAME.fullmatch(name):
            raise Refused("institution", "a folder's name has small letters, digits and hyphens, such as my-bank", 409)
        if name not in known and not is_new:
            there = f"there are: {', '.join(known)}" if known else "make one with: sanad gateway init"
            raise Refused("institution", f"{self.path} holds no institution {name}; {there}", 404)
        return self.institutions / name

    def record_of(self, named: Path) -> Path:
        """The record in `named`, which is a record's folder or a data folder. Raises `Refused`."""
        if (named / BACKUP_MARK).is_file():
            raise Refused("record folder", f"{named} is a back-up; make a record of it with: sanad restore", 404)
        for folder in (named, named / "record"):
            if (folder / SEGMENTS).is_dir():
                return folder
        raise Refused("record folder", f"{named} holds no record; name the folder of one", 404)

    def genesis(self) -> Genesis | None:
        """The public half of genesis, if the record is here."""
        try:
            return Genesis.decode((self.record / GENESIS).read_bytes())
        except FileNotFoundError:
            return None

    # --- the running node -------------------------------------------------------------------------------------------

    def announce_node(self, address: str) -> None:
        """Note where the node of this folder is reached."""
        write_file(self.node_note, json.dumps({"address": address, "process": os.getpid()}).encode() + b"\n", 0o644)

    def forget_node(self) -> None:
        """The node has ended."""
        self.node_note.unlink(missing_ok=True)

    def running_node(self) -> tuple[str, int] | None:
        """Address and process as the node noted them; it may have been killed since."""
        note = _read_json(self.node_note)
        address, process = note.get("address"), note.get("process")
        return (address, process) if isinstance(address, str) and isinstance(process, int) else None

    def node_address(self, given: str) -> str:
        """The address given, else the noted one, else the usual one."""
        if given:
            return given
        running = self.running_node()
        return running[0] if running else f"http://{HOST_DEFAULT}:{PORT_DEFAULT}"

    def demonstration_institutions(self) -> dict[int, str]:
        """In a demonstration: the name of each institution's folder, by its number on the record."""
        named = _read_json(self.demonstration_note).get("institutions", {})
        return {number: folder for folder, number in named.items()}

    # --- passphrase -------------------------------------------------------------------------------------------------

    def passphrase(self, what: str, *, is_new: bool = False) -> str:
        """The passphrase of a demonstration, else of the environment, else asked for on the terminal."""
        known = _read_json(self.demonstration_note).get("passphrase")
        return known if isinstance(known, str) else ask_passphrase(what, is_new=is_new)


def ask_passphrase(what: str, *, is_new: bool = False) -> str:
    """The passphrase of the environment, else asked for on the terminal. Raises `Refused` where nobody can answer."""
    given = os.environ.get(PASSPHRASE, "")
    if given:
        return given
    if not sys.stdin.isatty():
        raise Refused("passphrase", f"nobody is here to be asked for {what}; set {PASSPHRASE}", 401)
    import typer

    try:
        answer: str = typer.prompt(f"Passphrase of {what}", hide_input=True, confirmation_prompt=is_new, err=True)
    except typer.Abort:  # Ctrl-C or the end of input
        raise KeyboardInterrupt from None
    return answer


def _read_json(path: Path) -> dict[str, Any]:
    """What a small file of ours says; nothing, if it is not there or is none."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
