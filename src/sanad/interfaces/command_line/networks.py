"""`sanad init`: found a network."""

from pathlib import Path
from typing import Annotated

import typer

from sanad.base.errors import Refused
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Json


def init(
    settings: Annotated[
        Path | None, typer.Argument(metavar="[SETTINGS]", help="Settings of the network (TOML).")
    ] = None,
    data: Data = DATA_DEFAULT,
    demonstration: Annotated[bool, typer.Option("--demonstration", help="Found the demonstration nation.")] = False,
    as_json: Json = False,
) -> None:
    """Found a network: its record in DIR, and key files for institutions whose keys the settings do not bring.

    The passphrase of new key files is SANAD_PASSPHRASE or asked for. A network is a demonstration or not from its
    first block on, for ever. docs/guide/operator.md shows a settings file.

    Example: sanad init network.toml --data var
    """
    if demonstration == (settings is not None):
        raise typer.BadParameter("give a settings file, or --demonstration", param_hint="SETTINGS")
    from sanad.interfaces import founding_settings
    from sanad.interfaces.command_line.founding import found_demonstration
    from sanad.interfaces.command_line.node import kernel_post

    folder = DataFolder(data)
    if folder.record.exists():
        raise Refused("record folder", f"{folder.record} is there already; name another --data DIR", 409)
    if settings is None:
        genesis = found_demonstration(folder)
    else:
        wanted = founding_settings.read_settings(settings)
        post = kernel_post(screen.tell)
        asked: list[str] = []

        def passphrase(what: str) -> str:
            if not asked:  # once for all key files that are made here
                asked.append(folder.passphrase(f"{what} and of the other new key files", is_new=True))
            return asked[0]

        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        genesis = founding_settings.found(wanted, folder.record, folder.institutions, passphrase, post)
    if as_json:
        screen.say_json(
            {
                "network": genesis.network.hex(), "name": genesis.name, "demonstration": genesis.demonstration,
                "log_key": genesis.log_key, "node_public_key": genesis.node_public_key.hex(),
                "record": str(folder.record),
            }
        )  # fmt: skip
        return
    screen.say(f"Founded {genesis.name}.", style="bold")
    screen.facts([("network", genesis.network.hex()), ("log key", genesis.log_key), ("record", folder.record)])
    screen.say("Publish network and log key where everyone finds them; they are how anyone knows this record.")
    screen.say_as_is(f"Serve it: sanad node --data {data}")
