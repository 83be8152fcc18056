"""`sanad audit`, `backup`, `restore`: commands on a record's folder itself."""

from pathlib import Path
from typing import Annotated

import typer

from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder, ask_passphrase
from sanad.interfaces.command_line.node import kernel_post
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Json

_MEBIBYTE = 1 << 20


def audit(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="A record, a copy of one, or a data folder.")
    ] = None,
    data: Data = DATA_DEFAULT,
    log_key: Annotated[str, typer.Option("--log-key", metavar="KEY", help="The log's key from elsewhere.")] = "",
    as_json: Json = False,
) -> None:
    """Check a whole record, trusting nobody: every signature, rule, digest and root again, from the segments alone.

    The record may be open in a node. Ends with 1 and names the first entry that does not fit, if there is damage.

    Example: sanad audit var
    """
    from sanad.node import auditing

    record = DataFolder(data).record_of(folder or data)
    post = kernel_post(screen.tell)
    with screen.progress("auditing") as advance:
        report = auditing.audit(
            record, post, lambda at: advance(at.segment, at.segments), log_key.strip().encode() or None
        )
    if as_json:
        screen.say_json(
            {
                "sound": True, "network": report.network_name, "height": report.height, "entries": report.entries,
                "items": report.items, "checkpoint_size": report.checkpoint_size, "root": report.root.hex(),
                "chain_digest": report.chain_digest.hex(), "state_digest": report.state_digest.hex(),
                "state_digests_checked": report.state_digests, "derived_height": report.derived_height,
                "torn_end": report.torn_end,
            }
        )  # fmt: skip
        return
    screen.say("The record is sound.", style="bold green")
    signed = f"block {report.checkpoint_size:,}" if report.checkpoint_size else "none was there"
    screen.facts(
        [
            ("network", report.network_name),
            ("blocks", f"{report.height:,}"),
            ("entries", f"{report.entries:,} with {screen.count(report.items, 'item')}"),
            ("signed checkpoint", signed),
            ("root", report.root.hex()),
            ("state digest", report.state_digest.hex()),
        ]
    )
    if report.torn_end:
        screen.say(f"At its end lies {report.torn_end}. The node cuts it off when it starts.")


def backup(
    target: Annotated[Path, typer.Argument(help="Folder of the back-up; the same one each time.")],
    data: Data = DATA_DEFAULT,
    as_json: Json = False,
) -> None:
    """Bring a sealed back-up of the record up to date, while its node runs or not.

    The passphrase is SANAD_PASSPHRASE or asked for; keep it apart from the back-up, nothing opens it without. Keys of
    institutions are not in it: back their folders up by themselves.

    Example: sanad backup /mnt/vault/sanad
    """
    from sanad.node import backup as node_backup

    record = DataFolder(data).record_of(data)
    passphrase = ask_passphrase("the back-up", is_new=not (target / node_backup.KEY_DERIVATION).exists())
    with screen.progress("backing up") as advance:
        report = node_backup.backup(
            record, target, passphrase, progress=lambda _, done, total: advance(done // _MEBIBYTE, total // _MEBIBYTE)
        )
    if as_json:
        screen.say_json(
            {
                "height": report.end.height, "entry": report.end.entry, "segments": report.segments,
                "segments_copied": report.segments_copied, "repaired": report.repaired,
            }
        )  # fmt: skip
        return
    screen.say(f"Backed up to block {report.end.height:,} (entry {report.end.entry:,}) in {target}.")
    for path in report.repaired:
        screen.say(f"{path} of the back-up was missing or changed; it was written again.")


def restore(
    target: Annotated[Path, typer.Argument(help="Folder of the back-up.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Data folder to make; its record must not exist yet.")],
    data: Data = DATA_DEFAULT,
    accept_incomplete: Annotated[
        bool, typer.Option("--accept-incomplete", help="Take a back-up whose first run never ended.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make a record from a back-up, and audit it against the signed checkpoint before any node may open it.

    Example: sanad restore /mnt/vault/sanad restored
    """
    del data  # every command takes it; here DIR says where
    from sanad.node import auditing
    from sanad.node import restore as node_restore

    record = DataFolder(folder).record
    passphrase = ask_passphrase("the back-up")
    post = kernel_post(screen.tell)

    def check(restored: Path, _: bytes | None) -> None:
        screen.tell("Auditing what was restored ...")
        auditing.audit(restored, post)

    with screen.progress("restoring") as advance:
        end = node_restore.restore(
            target, record, passphrase, check, accept_incomplete=accept_incomplete,
            progress=lambda _, done, total: advance(done // _MEBIBYTE, total // _MEBIBYTE),
        )  # fmt: skip
    if as_json:
        screen.say_json({"record": str(record), "height": end.height, "entry": end.entry})
        return
    screen.say(f"Restored up to block {end.height:,} (entry {end.entry:,}) in {record}; it is sound.")
    screen.say_as_is(f"Serve it: sanad node --data {folder}")
