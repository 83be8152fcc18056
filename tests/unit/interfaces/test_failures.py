import errno
import json

import pytest

from sanad.base.errors import Fault, Finding, Malformed, MalformedFile, Refused, Unavailable
from sanad.interfaces.command_line.failures import EXIT_MEANINGS, Exit, report
from sanad.node.folder import Damage
from sanad.node.frames import Unsound

FINDINGS = [Finding(7, "iban.invalid", "IBAN PK36…6702", "this is no IBAN; check it")]


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (Malformed("policy", "line_bad", "write it anew"), 5, "policy: write it anew [line_bad]"),
        (MalformedFile("a.xml", FINDINGS), 5, "a.xml was refused as a whole; nothing of it was posted"),
        (Refused("passphrase", "it is wrong"), 3, "passphrase: it is wrong"),
        (Unavailable("the node is silent", 3), 4, "the node is silent; try again after 3 s"),
        (Damage("segments/0", "bytes differ", "Restore", 4, 9), 1, "damage in segments/0, height 4, entry 9"),
        (Unsound(96, "the checksum differs"), 1, "no sound frame at 96"),
        (Fault("books balance"), 70, "an invariant is broken: books balance"),
        (ZeroDivisionError("secret text"), 70, "a fault of ours (ZeroDivisionError)"),
        (KeyboardInterrupt(), 130, "stopped; the same command again goes on"),
        (FileNotFoundError(2, "No such file", "a.xml"), 2, "a.xml does not exist; check the path"),
        (IsADirectoryError(21, "Is a directory", "var"), 2, "var is a folder; name a file in it"),
        (NotADirectoryError(20, "Not a directory", "a/b"), 2, "a/b is a file where a folder is needed"),
        (PermissionError(13, "Permission denied", "a"), 3, "this user may not use a"),
        (OSError(errno.ENOSPC, "No space left on device"), 4, "no space on the disk; free or add space"),
        (OSError(errno.EIO, "Input/output error", "disk"), 4, "disk: Input/output error"),
    ],
)
def test_each_family_is_one_sentence_and_a_code(
    error: BaseException, code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error) == code
    told = capsys.readouterr()
    assert said in " ".join(told.err.split())
    assert told.out == ""
    assert "Traceback" not in told.err
    assert "secret text" not in told.err


def test_findings_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    report(MalformedFile("a.xml", FINDINGS))
    err = capsys.readouterr().err
    for cell in ("line", "7", "iban.invalid", "PK36…6702", "this is no IBAN"):
        assert cell in err


def test_a_program_gets_json(capsys: pytest.CaptureFixture[str]) -> None:
    report(MalformedFile("a.xml", FINDINGS), as_json=True)
    document = json.loads(capsys.readouterr().err)
    assert (document["error"], document["exit"], document["code"]) == ("malformed", 5, "iban.invalid")
    assert document["findings"][0]["line"] == 7
    report(Damage("segments/0", "bytes differ", "Restore", 4, 9), as_json=True)
    document = json.loads(capsys.readouterr().err)
    assert (document["error"], document["height"], document["entry"]) == ("damage", 4, 9)
    report(Unavailable("silent", 3), as_json=True)
    assert json.loads(capsys.readouterr().err)["retry_after_seconds"] == 3


def test_the_trace_is_shown_on_demand_only(capsys: pytest.CaptureFixture[str]) -> None:
    report(Fault("books balance"), debug=True)
    assert "sanad.base.errors.Fault: books balance" in capsys.readouterr().err


def test_what_a_file_says_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    report(FileNotFoundError(2, "No such file", "\x1b[2Ja.xml"))
    assert "\x1b" not in capsys.readouterr().err


def test_every_exit_code_is_explained() -> None:
    assert set(EXIT_MEANINGS) == set(Exit)
