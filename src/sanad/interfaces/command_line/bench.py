"""`sanad bench`: measure on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.options import DATA_DEFAULT, Data, Json


def bench(
    data: Data = DATA_DEFAULT,
    transfers: Annotated[int, typer.Option(min=1, help="How many transfers, end to end.")] = 1_000_000,
    single: Annotated[int, typer.Option(min=0, help="How many messages of one payment each, in place of them.")] = 0,
    pace: Annotated[float, typer.Option(min=0, help="Keep to so many a second, for latency; 0 = all it can.")] = 0,
    replayer: Annotated[
        bool, typer.Option("--replayer", help="Let the replayer audit beside it, as in earnest.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Measure posting end to end: signatures, all rules, proofs, durable, with a client of its own.

    It founds a network of its own in a temporary folder on DIR's disk, and removes it at the end.

    Example: sanad bench --transfers 1000000 --json
    """
    from sanad.interfaces.bench import run
    from sanad.interfaces.command_line.node import kernel_post

    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    plan = run.Plan(Path(data), 0 if single else transfers, single, pace or None, replayer=replayer)
    figures = run.run(plan, kernel_post(screen.tell), screen.tell)
    if as_json:
        screen.say_json(figures)
        return
    screen.facts([(name, _figure(value)) for name, value in figures.items()])


def _figure(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_figure(each)}" for name, each in value.items())
    return f"{value:,.3f}" if isinstance(value, float) else f"{value:,}" if isinstance(value, int) else str(value)
