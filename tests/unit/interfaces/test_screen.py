import json

import pytest
from rich.console import Console

from sanad.interfaces.command_line import screen


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("plain", "plain"),
        ("\x1b[2Jgone", "\\u{1b}[2Jgone"),
        ("a\rb\nc\td", "a\\u{d}b\\u{a}c\\u{9}d"),
        ("\u202egnp.exe", "\\u{202e}gnp.exe"),
        ("\u2066isolated\u2069", "\\u{2066}isolated\\u{2069}"),
        ("a\u2028b", "a\\u{2028}b"),
        ("zero\u200bwidth", "zero\\u{200b}width"),
        ("عائشہ\u200c صدیقی", "عائشہ\u200c صدیقی"),
        ("\ud800", "\\u{d800}"),
        ("\x9b31m", "\\u{9b}31m"),
    ],
)
def test_nothing_shown_can_steer_the_terminal(text: str, seen: str) -> None:
    assert screen.shown(text) == seen


def test_lines_tables_and_facts_are_shown_made_visible(capsys: pytest.CaptureFixture[str]) -> None:
    screen.say("\x1b[31mred")
    screen.say_as_is("\x1b]0;title\x07")
    screen.table(("name",), [["\x1b[2J"]])
    screen.facts([("name", "\x1b[2J")])
    screen.tell("\x1b[2J")
    screen.tell_error("\x1b[2J")
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    assert told.out.count("\\u{1b}") == 4


def test_markup_of_the_terminal_library_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    screen.say("[bold]not bold[/bold] :smile:")
    screen.table(("name",), [["[red]x[/red]"]])
    out = capsys.readouterr().out
    assert "[bold]not bold[/bold] :smile:" in out
    assert "[red]x[/red]" in out


@pytest.mark.parametrize(
    ("minor", "exponent", "text"),
    [
        (0, 2, "0.00 PKR"),
        (5, 2, "0.05 PKR"),
        (-5, 2, "-0.05 PKR"),
        (123_456_789, 2, "1,234,567.89 PKR"),
        (7, 0, "7 PKR"),
        (2**63 - 1, 9, "9,223,372,036.854775807 PKR"),
        (-(2**63), 3, "-9,223,372,036,854,775.808 PKR"),
    ],
)
def test_amounts_are_exact(minor: int, exponent: int, text: str) -> None:
    assert screen.amount(minor, exponent, "PKR") == text


def test_moments_have_their_zone() -> None:
    assert screen.moment(1_790_000_000_999) == "2026-09-21 14:13:20 UTC"
    assert screen.moment_iso(1_790_000_000_999) == "2026-09-21T14:13:20.999Z"


def test_a_table_fits_sixty_columns(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(screen, "_out", Console(width=60, highlight=False, markup=False))
    sentence = "The available balance is too small; top up and send again. " * 3
    screen.table(("count", "why", "example"), [[3, sentence, "E2E-0001-X0001"]], right=("count",))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 60
    assert all(line == line.rstrip() for line in lines)
    assert " ".join("".join(line[7:44] for line in lines[2:]).split()).startswith("The available balance")


def test_facts_are_never_broken(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(screen, "_out", Console(width=60, highlight=False, markup=False))
    screen.facts([("root", "ab" * 60), ("a longer name", "x")])
    assert capsys.readouterr().out.splitlines() == ["root           " + "ab" * 60, "a longer name  x"]


def test_json_is_one_line_and_keeps_urdu(capsys: pytest.CaptureFixture[str]) -> None:
    screen.say_json({"name": "سند", "steer": "\x1b"})
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert "سند" in out
    assert "\x1b" not in out
    assert json.loads(out) == {"name": "سند", "steer": "\x1b"}


def test_words_are_counted() -> None:
    assert (screen.count(1, "payment"), screen.count(1200, "payment")) == ("1 payment", "1,200 payments")
