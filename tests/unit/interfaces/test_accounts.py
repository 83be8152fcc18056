import csv
import io
from collections.abc import Sequence
from typing import Any, cast

import pytest

from sanad.interfaces.command_line import accounts
from sanad.node.service import AccountView, StatementLine, StatementPage

VIEW = AccountView(11, 3, 1, "PKR", 2, 4, 1, 0, 8, -5_00, 0, 1, 9 * 8_192, height=9, time_ms=1_790_000_000_000)


def line(position: int, reference: bytes = bytes(16)) -> StatementLine:
    return StatementLine(position, 9, 1_790_000_000_000, bytes(16), True, 12, 5_00, -5_00, None, 1, 0, 0, 0, reference)


class Client:
    """Serves 1,203 lines, newest first."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, int]] = []

    def statement(self, _: int, before: int, limit: int) -> StatementPage:
        self.asked.append((before, limit))
        newest = before - 1 if before else 1_203
        lines: Sequence[StatementLine] = [line(number) for number in range(newest, max(0, newest - limit), -1)]
        return StatementPage(lines, lines[-1].position if lines and lines[-1].position > 1 else 0)


class Reader:
    def __init__(self) -> None:
        self.client = Client()


def pages(lines: int, before: int = 0) -> tuple[Client, accounts._Pages]:
    reader = Reader()
    return reader.client, accounts._Pages(cast(Any, reader), VIEW, lines, before)


def test_pages_follow_the_cursor_and_stop_at_the_number_asked_for() -> None:
    client, asked = pages(700)
    assert [each.position for each in asked] == list(range(1_203, 503, -1))
    assert client.asked == [(0, 500), (704, 200)]
    assert asked.next_before == 504


def test_pages_stop_at_the_oldest_line() -> None:
    client, asked = pages(1_000_000)
    assert len(list(asked)) == 1_203
    assert asked.next_before == 0
    assert len(client.asked) == 3


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1;cmd", "'+1;cmd"),
        ("-1+2", "'-1+2"),
        ("-5.00", "-5.00"),
        ("5.00", "5.00"),
        ("\t=1", "\\u{9}=1"),
        ("\r=1", "\\u{d}=1"),
        ("payment", "payment"),
        ("-٥", "'-٥"),
        ("", ""),
    ],
)
def test_no_cell_is_a_formula(cell: str, safe: str) -> None:
    assert accounts.safe_cell(cell) == safe


def test_csv_has_zones_currency_and_no_thousands(capsys: pytest.CaptureFixture[str]) -> None:
    accounts._write_csv(VIEW, cast(Any, [line(9 * 8_192)]))
    row = next(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert row["time"] == "2026-09-21T14:13:20.000Z"
    assert (row["debit"], row["credit"], row["balance"], row["currency"]) == ("5.00", "", "-5.00", "PKR")


def test_flags_and_words_are_said() -> None:
    assert accounts.flag_names(0) == "none"
    assert accounts.flag_names(4 | 32) == "closed, frozen debit"
