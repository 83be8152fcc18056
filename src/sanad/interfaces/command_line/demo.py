"""`sanad demo`: the story of a small nation, played with real parts."""

import signal
from contextlib import suppress
from types import FrameType
from typing import Annotated

import typer

from sanad.interfaces.command_line import screen
from sanad.interfaces.command_line.data_folder import DataFolder
from sanad.interfaces.command_line.options import DATA_DEFAULT, PORT_DEFAULT, Data


def demo(
    data: Data = DATA_DEFAULT,
    stay: Annotated[bool, typer.Option("--stay", help="Leave the node serving at the end, until Ctrl-C.")] = False,
    port: Annotated[int, typer.Option(help="Port of the node; a free one where it is taken.")] = PORT_DEFAULT,
) -> None:
    """Play the story of a small nation: a bank's file becomes postings that anyone can verify.

    The first run founds a demonstration network in DIR. Each further run goes on from there with a fresh file.

    Example: sanad demo --data var --stay
    """
    from sanad.interfaces.command_line.story import Story

    signal.signal(signal.SIGTERM, _interrupt)
    with Story(DataFolder(data), port) as story:
        story.play()
        if stay:
            with suppress(KeyboardInterrupt):  # the wished end here
                story.stay()
            screen.say()
    screen.say("The node has ended. `make run` goes on from here.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
