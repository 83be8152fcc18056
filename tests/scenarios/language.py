"""The language of the stories: one pattern a kind of sentence. `scenarios/README.md` explains it to readers.

Reading only: nothing here touches a nation. A sentence becomes a plain value that `play.py` carries out.
"""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"
ADMITTED = "admitted"

_EXPECTATION = re.compile(r"^(.*): (admitted|rejected [A-Z0-9_]+|refused [a-z ]+|malformed [a-z_]+)$")
_MONEY = r"(?P<money>[\d,.]+) (?P<asset>[A-Z]+)"
_NAME = r"[A-Z][\w-]*"
_TRANSFERS = {
    "pays": re.compile(rf"(?P<debit>{_NAME}) pays (?P<credit>{_NAME}) {_MONEY}"),
    "reserves": re.compile(rf"(?P<debit>{_NAME}) reserves {_MONEY} for (?P<credit>{_NAME})"),
    "posts part": re.compile(rf"(?P<sender>{_NAME}) posts {_MONEY} of (?P<pending>{_NAME})"),
    "posts": re.compile(rf"(?P<sender>{_NAME}) posts (?P<pending>{_NAME})"),
    "voids": re.compile(rf"(?P<sender>{_NAME}) voids (?P<pending>{_NAME})"),
}
_ACTS = {
    "license": re.compile(rf"license (?P<name>{_NAME}) as (?P<number_class>[a-z ]+)"),
    "status": re.compile(rf"make (?P<institution>{_NAME}) (?P<status>[a-z ]+)"),
    "quota": re.compile(rf"give (?P<institution>{_NAME}) a quota of (?P<number>[\d,]+) bytes a day"),
    "enrol": re.compile(rf"enrol (?P<name>{_NAME}) of (?P<institution>{_NAME})(?P<recovery> for recovery)?"),
    "dismiss": re.compile(rf"dismiss (?P<person>{_NAME})"),
    "register key": re.compile(
        rf"register key (?P<name>{_NAME}) of (?P<owner>{_NAME}) to (?P<rights>[a-z_]+(?: and [a-z_]+)*)"
    ),
    "signing page": re.compile(r"let persons sign at (?P<origin>\S+)"),
    "revoke key": re.compile(rf"revoke the key of (?P<name>{_NAME})"),
    "rotate key": re.compile(rf"rotate to key (?P<name>{_NAME})"),
    "recover": re.compile(rf"recover (?P<institution>{_NAME}) with key (?P<name>{_NAME})"),
    "register asset": re.compile(rf"register asset (?P<identifier>\w+) of (?P<institution>{_NAME})"),
    "bind": re.compile(rf"bind evidence from {_MONEY}"),
    "purpose": re.compile(r"(?P<known>allow|stop) the purpose (?P<purpose>[a-z ]+)"),
    "permit": re.compile(
        r"let an? (?P<status>[a-z]+) (?P<number_class>[a-z ]+?) (?P<what>send and receive|send|receive|neither) "
        r"for (?P<purpose>[a-z ]+)"
    ),
    "limit": re.compile(rf"limit tier (?P<tier>\d+) to (?P<most>[\d,.]+) a transfer and {_MONEY} a day"),
    "parameter": re.compile(r"set (?P<name>[a-z_]+) to (?P<number>[\d,]+)"),
    "open": re.compile(rf"open an? (?P<kind>[a-z]+) account (?P<name>{_NAME}) in (?P<asset>[A-Z]+)"),
    "change": re.compile(rf"change (?P<account>{_NAME})"),
    "close": re.compile(rf"close (?P<account>{_NAME})"),
    "freeze": re.compile(rf"freeze (?P<account>{_NAME}) against (?P<what>debits and credits|debits|credits)"),
    "unfreeze": re.compile(rf"unfreeze (?P<account>{_NAME})"),
    "move": re.compile(rf"move (?P<account>{_NAME}) to (?P<institution>{_NAME})"),
    "order": re.compile(r"order that (?P<transfers>.+)"),
    "releaser": re.compile(rf"let (?P<institution>{_NAME}) release (?P<pending>{_NAME})"),
    "state": re.compile(r"state an? (?P<type>[a-z ]+)"),
    "apply": re.compile(r"apply for a certificate"),
    "certify": re.compile(rf"certify (?P<institution>{_NAME}) for (?P<number>\d+) days"),
    "progress": re.compile(rf"note that (?P<institution>{_NAME}) is (?P<state>goaml registered|incorporated)"),
    "file licence": re.compile(rf"note the licence filed by (?P<institution>{_NAME})"),
    "uncertify": re.compile(rf"revoke the certificate of (?P<institution>{_NAME}) for (?P<ground>[a-z ]+)"),
    "grant": re.compile(
        rf"grant (?P<institution>{_NAME}) the (?P<licence_kind>full|provisional|limited) licence (?P<number>\w+)"
    ),
    "vary": re.compile(rf"vary the licence of (?P<institution>{_NAME}) to (?P<licence_kind>full|provisional|limited)"),
    "licence": re.compile(
        rf"put the licence of (?P<institution>{_NAME}) in state (?P<state>[a-z ]+?) for (?P<ground>[a-z ]+)"
    ),
    "restore": re.compile(rf"restore the licence of (?P<institution>{_NAME})"),
    "emergency": re.compile(rf"stop (?P<institution>{_NAME}) in an emergency for (?P<number>\d+) days"),
    "lift": re.compile(rf"lift the emergency stop of (?P<institution>{_NAME})"),
    "appoint": re.compile(rf"appoint administrator key (?P<name>{_NAME}) of (?P<institution>{_NAME})"),
    "appeal": re.compile(rf"note an appeal of (?P<institution>{_NAME})"),
    "warn": re.compile(rf"warn of (?P<name>{_NAME})"),
    "rule": re.compile(r"set the rule (?P<rule>[a-z ]+) to (?P<number>\d+)"),
    "do": re.compile(r"do act (?P<schema>\w+) with (?P<fields>.*)"),
}
_SENTENCES = {
    "message": re.compile(rf"(?P<sender>{_NAME}) sends one message"),
    "many": re.compile(rf"(?P<debit>{_NAME}) pays (?P<credit>{_NAME}) {_MONEY} (?P<times>\d+) times"),
    "receives": re.compile(rf"(?P<account>{_NAME}) is issued {_MONEY}"),
    "balances": re.compile(r"(?P<what>balances|reserved|available): (?P<list>.+)"),
    "pass": re.compile(r"(?P<number>\d+) (?P<unit>millisecond|second|minute|hour|day)s? pass(?:es)?"),
    "clock": re.compile(r"the clock shows (?P<hour>\d\d):(?P<minute>\d\d)"),
    "openness": re.compile(rf"(?P<what>reservation|proposal) (?P<name>{_NAME}) is (?P<is>open|closed)"),
    "decided by node": re.compile(r"the node itself records (?P<what>transfers|an act)"),
    "nothing by node": re.compile(r"the node itself records nothing"),
    "list": re.compile(r"the newest list is version (?P<number>\d+)"),
    "digest": re.compile(r"the node records the state digest"),
    "proposes many": re.compile(rf"(?P<who>{_NAME}) proposes to (?P<act>.+) (?P<times>[\d,]+) times"),
    "proposes": re.compile(rf"(?P<who>{_NAME}) proposes to (?P<act>.+)"),
    "decide": re.compile(rf"(?P<who>{_NAME}) and (?P<other>{_NAME}) decide to (?P<act>.+)"),
    "authority": re.compile(r"the authority decides to (?P<act>.+)"),
    "confirms": re.compile(rf"(?P<who>{_NAME}) (?P<what>confirms|withdraws) (?P<name>{_NAME})"),
    "direct": re.compile(rf"(?P<who>{_NAME}) acts to (?P<act>.+)"),
}


class NotUnderstood(Exception):
    """A sentence that no pattern fits."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line: what kind, its words by name, its options, what is expected, and the lines below it."""

    line: int
    text: str
    kind: str
    words: dict[str, str]
    options: tuple[str, ...] = ()
    expected: str = ADMITTED
    below: tuple["Sentence", ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """One file of `scenarios/`."""

    path: Path
    title: str
    sentences: list[Sentence] = field(default_factory=list)

    @property
    def name(self) -> str:
        return str(self.path.relative_to(FOLDER))

    @property
    def rejections(self) -> set[str]:
        """The codes that the story shows."""
        lines = [line for sentence in self.sentences for line in (sentence, *sentence.below)]
        return {line.expected.split()[1] for line in lines if line.expected.startswith("rejected")}


def stories() -> list[Story]:
    """All stories, in order of their names."""
    return [read(path) for path in sorted(FOLDER.rglob("*.story"))]


def read(path: Path) -> Story:
    """A story from its file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    title = lines[0].removeprefix("Story: ")
    story = Story(path, title)
    for number, line in enumerate(lines[1:], start=2):
        text = line.split("#")[0].rstrip()
        if not text:
            continue
        if text.startswith(" "):
            above = story.sentences.pop()
            below = understand_transfer(number, text.strip())
            story.sentences.append(replace(above, below=(*above.below, below)))
        else:
            story.sentences.append(understand(number, text))
    return story


def understand(number: int, line: str) -> Sentence:
    """What a line says. An act's own words come with it as `act`, its kind as `act kind`."""
    text, expected = _expectation(line.removesuffix("."))
    first, *options = text.removesuffix(":").split(", ")
    if first.startswith(("balances:", "reserved:", "available:")):
        first, options = text, []
    for kind, pattern in _SENTENCES.items():
        found = pattern.fullmatch(first)
        if found:
            words = {name: value for name, value in found.groupdict().items() if value}
            if "act" in words:
                words |= understand_act(words["act"])
            return Sentence(number, line, kind, words, tuple(options), expected)
    return understand_transfer(number, line)


def understand_transfer(number: int, line: str) -> Sentence:
    """A line that moves, reserves, posts or voids."""
    text, expected = _expectation(line)
    first, *options = text.split(", ")
    for kind, pattern in _TRANSFERS.items():
        found = pattern.fullmatch(first)
        if found:
            return Sentence(number, line, kind, found.groupdict(), tuple(options), expected)
    raise NotUnderstood(line)


def understand_act(text: str) -> dict[str, str]:
    """An act in the infinitive."""
    for kind, pattern in _ACTS.items():
        found = pattern.fullmatch(text)
        if found:
            return {"act kind": kind, **{name: value for name, value in found.groupdict().items() if value}}
    raise NotUnderstood(text)


def _expectation(line: str) -> tuple[str, str]:
    found = _EXPECTATION.match(line)
    return (found[1], found[2]) if found else (line, ADMITTED)
