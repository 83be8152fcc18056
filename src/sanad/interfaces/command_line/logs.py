"""`sanad log`: the public side of a record."""

from pathlib import Path
from typing import Annotated

import typer

from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Json, Node

app = typer.Typer(help="The record's public log: its key, and its tree as static files.", no_args_is_help=True)


@app.command()
def key(data: Data = DATA_DEFAULT, node: Node = "", as_json: Json = False) -> None:
    """Print the key that verifies the log's checkpoints: of the record in DIR, else of the node.

    Example: sanad log key > log.key
    """
    from sanad.node.client import NodeClient

    folder = DataFolder(data)
    genesis = None if node else folder.genesis()
    if genesis is not None:
        text = genesis.log_key
    else:
        with NodeClient(folder.node_address(node)) as client:
            text = client.log_key().decode("utf-8", "replace")
    if as_json:
        screen.say_json({"log_key": text})
    else:
        screen.say_as_is(text)


@app.command()
def export(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for the files; any static host can serve it.")],
    data: Data = DATA_DEFAULT,
    node: Node = "",
    as_json: Json = False,
) -> None:
    """Write the log as static files (C2SP tlog-tiles): entry bundles, tiles, then the signed checkpoint.

    Goes on from what is in DIR already. A new checkpoint is put in place only when the files lead to its root and the
    old one is its beginning.

    Example: sanad log export public/log
    """
    from sanad.interfaces.command_line.exporting import export_log
    from sanad.node.client import NodeClient

    folder = DataFolder(data)
    genesis = None if node else folder.genesis()
    with NodeClient(folder.node_address(node)) as client, screen.progress("writing tiles") as advance:
        log_key = genesis.log_key.encode() if genesis else client.log_key()
        report = export_log(client, log_key, target, advance)
    if as_json:
        screen.say_json({"size": report.size, "root": report.root.hex(), "files_written": report.written})
    else:
        screen.say(f"{target} holds the log of {screen.count(report.size, 'block')}; {report.written:,} files written.")
