"""From what went wrong to one sentence and an exit code. Nobody meets a traceback unless asking for it (`--debug`)."""

import errno
import traceback
from enum import IntEnum

from sanad.base.errors import Fault, Malformed, MalformedFile, Refused, SanadError, Unavailable
from sanad.interfaces.command_line import screen


class Exit(IntEnum):
    """How a command ends, for whoever calls it from a program."""

    OK = 0
    REJECTED = 1
    USAGE = 2
    REFUSED = 3
    UNAVAILABLE = 4
    MALFORMED = 5
    FAULT = 70
    INTERRUPTED = 130


EXIT_MEANINGS: dict[Exit, str] = {
    Exit.OK: "all went well",
    Exit.REJECTED: "the rulebook rejected something, damage was found, or somebody listed may be meant",
    Exit.USAGE: "the command was written wrongly, or names a file that cannot be used",
    Exit.REFUSED: "refused: this key, person or passphrase may not, or not now",
    Exit.UNAVAILABLE: "a node, the disk or another part is silent or busy; the same command again is safe",
    Exit.MALFORMED: "a file or message is not what it should be; nothing was changed",
    Exit.FAULT: "a fault of ours",
    Exit.INTERRUPTED: "you stopped it",
}

_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})


def report(error: BaseException, *, as_json: bool = False, debug: bool = False) -> Exit:
    """Say what went wrong and what to do; the exit code."""
    if debug:
        traceback.print_exception(error)
    code, family, sentence = _judge(error)
    if as_json:
        screen.tell_json(_document(error, code, family, sentence))
        return code
    screen.tell_error(sentence)
    if isinstance(error, MalformedFile):
        _tell_findings(error)
    return code


def _judge(error: BaseException) -> tuple[Exit, str, str]:
    """Exit code, family and sentence."""
    if isinstance(error, KeyboardInterrupt):
        return Exit.INTERRUPTED, "interrupted", "stopped; the same command again goes on, and does nothing twice"
    if isinstance(error, MalformedFile):
        return Exit.MALFORMED, "malformed", f"{error.field} was refused as a whole; nothing of it was posted"
    if isinstance(error, Malformed):
        return Exit.MALFORMED, "malformed", str(error)
    if isinstance(error, Refused):
        return Exit.REFUSED, "refused", str(error)
    if isinstance(error, Unavailable):
        return Exit.UNAVAILABLE, "unavailable", str(error)
    if isinstance(error, SanadError):
        return _judge_fault(error)
    if isinstance(error, OSError):
        return _judge_system(error)
    advice = "run it again with --debug and report what it prints"
    return Exit.FAULT, "fault", f"a fault of ours ({type(error).__name__}); {advice}"


def _judge_fault(error: SanadError) -> tuple[Exit, str, str]:
    from sanad.node.folder import Damage
    from sanad.node.frames import Unsound

    if isinstance(error, Damage | Unsound):
        return Exit.REJECTED, "damage", str(error)
    return Exit.FAULT, "fault", f"an invariant is broken: {error}" if isinstance(error, Fault) else str(error)


def _judge_system(error: OSError) -> tuple[Exit, str, str]:
    """What the operating system said no to."""
    name = error.filename if isinstance(error.filename, str) else ""
    what = name or "a file"
    if isinstance(error, FileNotFoundError):
        return Exit.USAGE, "usage", f"{what} does not exist; check the path"
    if isinstance(error, IsADirectoryError):
        return Exit.USAGE, "usage", f"{what} is a folder; name a file in it"
    if isinstance(error, NotADirectoryError | FileExistsError):
        return Exit.USAGE, "usage", f"{what} is a file where a folder is needed; name another path"
    if isinstance(error, PermissionError):
        return Exit.REFUSED, "refused", f"this user may not use {what}; change its rights or name another path"
    if error.errno in _NO_SPACE:
        return Exit.UNAVAILABLE, "unavailable", "no space on the disk; free or add space, then run it again"
    return Exit.UNAVAILABLE, "unavailable", f"{what}: {error.strerror or error}; see to it, then run it again"


def _document(error: BaseException, code: Exit, family: str, sentence: str) -> dict[str, object]:
    document: dict[str, object] = {"error": family, "exit": int(code), "detail": sentence}
    if isinstance(error, Malformed):
        document |= {"field": error.field, "code": error.code}
    if isinstance(error, MalformedFile):
        document["findings"] = [
            {"line": each.line, "code": each.code, "excerpt": each.excerpt, "advice": each.advice}
            for each in error.findings
        ]
        document["findings_total"] = getattr(error, "total", len(error.findings))
    if isinstance(error, Refused):
        document["right"] = error.right
    if isinstance(error, Unavailable):
        document["retry_after_seconds"] = error.retry_after_seconds
    for name in ("place", "height", "entry"):
        if family == "damage" and getattr(error, name, None):
            document[name] = getattr(error, name)
    return document


def _tell_findings(error: MalformedFile) -> None:
    rows = [(each.line, each.code, each.excerpt, each.advice) for each in error.findings]
    screen.tell_table(("line", "code", "where", "what to do"), rows, right=("line",))
    total = getattr(error, "total", len(rows))
    if total > len(rows):
        screen.tell(f"These are the first {len(rows)} of {total:,} findings.")
