"""`sanad gateway`: an institution's own side: its folder, keys and address book."""

import typer

app = typer.Typer(help="An institution's own side: its folder, keys, assets and address book.", no_args_is_help=True)


@app.command()
def keys() -> None:
    """Stub."""
