"""The five families of errors (DESIGN §7).

    malformed    the shape is wrong, found at the edge             exception   HTTP 422
    refused      this sender or key may not, or not now            exception   HTTP 401 403 404 409 413 429
    rejected     the rulebook says no                              a *value*   HTTP 409, on the record
    unavailable  node, list or outside service is silent           exception   HTTP 503, retry later
    fault        an invariant is broken, ours                      exception   HTTP 500, the node stops

A rejection is not here: it is a number in `sanad.rulebook.edition1.codes`, an answer like any other.
Every message says what to do, and never holds personal data.
"""

from dataclasses import dataclass


class SanadError(Exception):
    """What all exceptions of this system have in common."""


class Malformed(SanadError):
    """The bytes are not what they claim to be; nothing was changed.

    `field` names the part that is wrong, `code` is stable for programs, `advice` says how to mend it.
    """

    def __init__(self, field: str, code: str, advice: str) -> None:
        super().__init__(f"{field}: {advice} [{code}]")
        self.field = field
        self.code = code
        self.advice = advice


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a file: where (line, counted from 1), what, and what to do."""

    line: int
    code: str
    excerpt: str
    advice: str


class MalformedFile(Malformed):
    """A bulk file with findings; nothing of it was posted."""

    def __init__(self, name: str, findings: list[Finding]) -> None:
        first = findings[0]
        super().__init__(name, first.code, f"line {first.line}: {first.advice}")
        self.findings = findings


class Refused(SanadError):
    """The message is well formed, but this sender, key or person may not, or not now.

    `right` names the right or the limit; `status` is the HTTP status that says the same.
    """

    def __init__(self, right: str, advice: str, status: int = 403) -> None:
        super().__init__(f"{right}: {advice}")
        self.right = right
        self.advice = advice
        self.status = status


class Unavailable(SanadError):
    """A part is silent or busy; the same message again is safe after `retry_after_seconds`."""

    def __init__(self, what: str, retry_after_seconds: int = 1) -> None:
        super().__init__(f"{what}; try again after {retry_after_seconds} s")
        self.what = what
        self.retry_after_seconds = retry_after_seconds


class Fault(SanadError):
    """An invariant of ours is broken. The node stops before it can write a wrong byte."""


def ensure(condition: bool, invariant: str) -> None:
    """Stop with a `Fault` unless `condition` holds. Unlike `assert`, never removed by Python -O."""
    if not condition:
        raise Fault(invariant)
