"""`sanad docs`: the references that are made from the code itself, so that they never differ from it."""

from pathlib import Path
from typing import Annotated

import typer

from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data


def docs(
    data: Data = DATA_DEFAULT,
    out: Annotated[Path, typer.Option(help="Folder of the references.")] = Path("docs/reference"),
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; end with 1 if a file is not up to date.")
    ] = False,
) -> None:
    """Write the generated references anew: rulebook, commands, settings."""
    del data
    from sanad.interfaces.command_line.reference_pages import pages

    stale = []
    for name, text in pages().items():
        path = out / name
        if not path.is_file() or path.read_text("utf-8") != text:
            stale.append(path)
            if not check:
                out.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")
    for path in stale:
        screen.say(f"{path} is not up to date; run: make docs" if check else f"{path} written")
    if check and stale:
        raise typer.Exit(1)
