"""Runs the command line in this process, as `sanad` would be run, and gives what its user gets."""

from dataclasses import dataclass

import pytest

from sanad.interfaces.command_line.program import run


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str


class CommandLine:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: object) -> Ended:
        self._capsys.readouterr()
        code = run([str(each) for each in arguments])
        told = self._capsys.readouterr()
        return Ended(int(code), told.out, told.err)
