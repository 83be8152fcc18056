"""Options that many commands share, said once."""

from pathlib import Path
from typing import Annotated

import typer

DATA_DEFAULT = Path("var")
HOST_DEFAULT = "127.0.0.1"
PORT_DEFAULT = 8_470

Data = Annotated[
    Path,
    typer.Option("--data", envvar="SANAD_HOME", metavar="DIR", help="Folder of record, institutions and keys."),
]
Institution = Annotated[
    str,
    typer.Option(
        "--as", envvar="SANAD_INSTITUTION", metavar="NAME",
        help="Which institution acts: its folder's name in DIR/institutions. Not needed where there is one only.",
    ),
]  # fmt: skip
Node = Annotated[
    str,
    typer.Option(
        "--node", envvar="SANAD_NODE", metavar="URL",
        help="Address of the node. Left out: the node that runs on DIR, else the usual port of this machine.",
    ),
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
