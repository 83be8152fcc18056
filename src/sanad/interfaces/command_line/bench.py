"""`sanad bench`: measure on this machine."""

import importlib.util
from typing import Annotated

import typer

from sanad.base.errors import Unavailable
from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Json


def bench(
    data: Data = DATA_DEFAULT,
    transfers: Annotated[int, typer.Option(min=1, help="How many transfers, end to end.")] = 1_000_000,
    single: Annotated[
        int, typer.Option(min=0, help="How many messages of one payment over HTTP, in place of them.")
    ] = 0,
    pace: Annotated[int, typer.Option(min=0, help="Transfers a second to keep to, for latency; 0 = all it can.")] = 0,
    as_json: Json = False,
) -> None:
    """Measure posting end to end: signatures, all rules, proofs, durable, with a client of its own.

    Example: sanad bench --transfers 1000000 --json
    """
    del data, transfers, single, pace, as_json, screen
    if importlib.util.find_spec("sanad.interfaces.bench") is None:
        raise Unavailable("measuring is not built yet", 86_400)
