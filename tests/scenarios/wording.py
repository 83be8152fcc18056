"""From the words of an act to its bytes: names become numbers, amounts minor units, lists flags and rights."""

import re
from collections.abc import Callable
from typing import Any

from nacl.signing import SigningKey

from sanad.base.canonical import Value
from sanad.base.digests import digest
from sanad.rulebook.edition1 import terms
from sanad.rulebook.edition1.words import (
    AMOUNT_MAX,
    AccountFlag,
    AccountKind,
    CertificateState,
    Ground,
    HolderClass,
    InstitutionClass,
    InstitutionStatus,
    LicenceKind,
    LicenceState,
    Permission,
    Purpose,
    Right,
    Rule,
    Service,
    StatementType,
)
from sanad.rulebook.message import Transfers
from tests.authenticator import Passkey
from tests.scenarios import founding
from tests.scenarios.founding import Signer, act_body, passkey, signing_key
from tests.scenarios.language import Sentence, understand_transfer
from tests.scenarios.nation import Entry, Nation

Row = Callable[[Sentence], Transfers]
_FROZEN = {"debits": 32, "credits": 64, "debits and credits": 96}
_SENDS = {"send": Permission.DEBIT, "receive": Permission.CREDIT, "send and receive": 3, "neither": 0}


def minor_units(amount: str, asset: str) -> int:
    """`1,000.50` of PKR is 100,050 paisa."""
    whole, _, part = amount.replace(",", "").partition(".")
    exponent = founding.EXPONENTS.get(asset, 0)
    assert len(part) <= exponent, f"{asset} has {exponent} decimals"
    return int(whole + part.ljust(exponent, "0"))


def body(nation: Nation, sentence: Sentence, who: str, row: Row, reservations: dict[str, int]) -> bytes:
    """The act of a sentence as canonical bytes. Every act names a digest (an order's, a text's) unless told not to."""
    words = sentence.words
    if words["act kind"] == "do":
        schema: int | str = int(words["schema"]) if words["schema"].isdigit() else words["schema"]
        fields = [_plain(nation, text) for text in words["fields"].split(" ")] if words.get("fields") else []
    else:
        schema, fields = _FIELDS[words["act kind"]](_Asked(nation, words, sentence.options, who, row, reservations))
    return act_body(schema, *fields, **_lists(nation, sentence))


def _lists(nation: Nation, sentence: Sentence) -> dict[str, list[Any]]:
    lists: dict[str, list[Any]] = {"digests": [nation.draw("order", 32)]}
    for option in sentence.options:
        if option in ("without an order", "without a text"):
            lists["digests"] = []
        elif option.startswith("telling "):
            lists["recipients"] = sorted(nation.institutions.get(name, 999) for name in option[8:].split(" and "))
        elif found := re.fullmatch(r"about entry (\d+)", option):
            lists["refers"] = [int(found[1])]
        elif option == "about itself":
            lists["refers"] = [nation.state.entry + 1]
    return lists


def _plain(nation: Nation, text: str) -> Value:
    """A field written plainly: a number, a name, "text", or key:Name for a key's bytes."""
    if text.isdigit():
        return int(text)
    if text.startswith('"'):
        return text.strip('"')
    if text == "[]":
        return []
    for names in (nation.accounts, nation.persons, nation.institutions, nation.assets):
        if text in names:
            return names[text]
    raise AssertionError(f"nothing is called {text}")


class _Asked:
    """What one act's sentence gives: its words, and options that name tier, holder, flags, lanes, ceiling."""

    def __init__(
        self, nation: Nation, words: dict[str, str], options: tuple[str, ...], who: str, row: Row, held: dict[str, int]
    ) -> None:
        self.nation, self.words, self.options, self.who, self.row, self.reservations = (
            nation,
            words,
            options,
            who,
            row,
            held,
        )

    def institution(self) -> int:
        return self.nation.institutions.get(self.words["institution"], 999)

    def account(self) -> int:
        return self.nation.accounts.get(self.words["account"], 999_999)

    def person(self, name: str) -> int:
        return self.nation.persons.get(name, 999)

    def option(self, pattern: str) -> str:
        return next((found[1] for option in self.options if (found := re.fullmatch(pattern, option))), "")

    def flags(self) -> int:
        named = {flag.name.lower().replace("_", " "): int(flag) for flag in AccountFlag if flag.name}
        return sum(named.get(option, 0) for option in self.options)

    def new_key(self, name: str, institution: int, person: int) -> list[Value]:
        """Suite, public key and possession of the key that an act brings, a passkey if the sentence says so."""
        key = named_key(name, self.options)
        if isinstance(key, Passkey) and "made on the sign-in page" in self.options:
            key = key.at(founding.SIGN_IN_HOST, founding.SIGN_IN_ORIGIN)
        new = Signer(key, institution, person, 0)
        possession = self.nation.possession(key, institution, person)
        return [int(new.suite), new.public, bytes(64) if "without possession" in self.options else possession]

    def owner(self) -> tuple[int, int]:
        """Institution and person of a new key's owner."""
        name = self.words["owner"]
        if name in self.nation.institutions:
            return self.nation.institutions[name], 0
        person = self.person(name)
        row = self.nation.state.person_table.get(person)
        return (row.institution if row else self.nation.signers[self.who].institution), person


def named_key(name: str, options: tuple[str, ...]) -> SigningKey | Passkey:
    """The key or passkey that this name always has."""
    return passkey(name) if "as a passkey" in options else signing_key(name)


def _license(asked: _Asked) -> tuple[str, list[Value]]:
    number_class = _number(InstitutionClass, asked.words["number_class"])
    return "register_institution", [number_class, 1, asked.words["name"], "", "", 1 << 30]


def _register_key(asked: _Asked) -> tuple[str, list[Value]]:
    institution, person = asked.owner()
    name = asked.words["name"]
    rights = sum(int(Right[right.upper()]) for right in asked.words["rights"].split(" and "))
    lane = int(asked.option(r"lane (\d+)") or 200)
    ceiling = asked.option(r"at most ([\d,.]+) PKR a transfer")
    return "register_key", [
        institution, person, *asked.new_key(name, institution, person), rights, lane, lane,
        minor_units(ceiling, "PKR") if ceiling else AMOUNT_MAX,
    ]  # fmt: skip


def _rotate_key(asked: _Asked) -> tuple[str, list[Value]]:
    signer = asked.nation.signers[asked.who]
    return "rotate_key", asked.new_key(asked.words["name"], signer.institution, signer.person)


def _recover(asked: _Asked) -> tuple[str, list[Value]]:
    institution = asked.institution()
    return "recover", [institution, *asked.new_key(asked.words["name"], institution, 0), 200, 200]


def _permit(asked: _Asked) -> tuple[str, list[Value]]:
    words = asked.words
    number_class = _number(InstitutionClass, words["number_class"])
    status = _number(InstitutionStatus, words["status"])
    return "set_permissions", [[[number_class, status, _number(Purpose, words["purpose"]), int(_SENDS[words["what"]])]]]


def _limit(asked: _Asked) -> tuple[str, list[Value]]:
    words = asked.words
    most, daily = (minor_units(words[name], words["asset"]) for name in ("most", "money"))
    return "set_limit", [asked.nation.assets[words["asset"]], int(words["tier"]), most, daily]


def _parameter(asked: _Asked) -> tuple[str, list[Value]]:
    number = next(number for number, row in terms.PARAMETER_RANGES.items() if row[0] == asked.words["name"])
    return "set_parameter", [number, _count(asked.words["number"])]


def _open(asked: _Asked) -> tuple[str, list[Value]]:
    words = asked.words
    kind = _number(AccountKind, words["kind"])
    natural = kind == AccountKind.CUSTOMER
    holder = asked.option(r"held by an? (.+)") or ("natural person" if natural else "institution")
    asset = asked.nation.assets.get(words["asset"], 99)
    tier = int(asked.option(r"tier (\d+)") or 0)
    return "open_accounts", [kind, asset, _number(HolderClass, holder), tier, asked.flags(), 1]


def _change(asked: _Asked) -> tuple[str, list[Value]]:
    return "set_account", [asked.account(), int(asked.option(r"tier (\d+)") or 0), asked.flags()]


def _order(asked: _Asked) -> tuple[str, list[Value]]:
    rows: list[Value] = []
    for text in asked.words["transfers"].split(" and "):
        row = asked.row(understand_transfer(0, text))
        row[0]["uetr"], row[0]["evidence"] = 0, 0
        rows.append(bytes(row.tobytes()))
    return "court_order", rows and [rows]


def _state(asked: _Asked) -> tuple[str, list[Value]]:
    number = asked.option(r"number (\d+)")
    deadline = asked.nation.now_ms - 1 if "answer due yesterday" in asked.options else 0
    return "statement", [_number(StatementType, asked.words["type"]), deadline, int(number or 0)]


def _certify(asked: _Asked) -> tuple[str, list[Value]]:
    return "certificate_issued", [asked.institution(), _days_on(asked, asked.words["number"])]


def _grant(asked: _Asked) -> tuple[str, list[Value]]:
    words = asked.words
    until = asked.option(r"until (\d+) days on")
    kind = _number(LicenceKind, words["licence_kind"])
    until_ms = _days_on(asked, until) if until else 0
    return "licence_granted", [asked.institution(), words["number"], kind, _services(asked), until_ms]


def _services(asked: _Asked) -> int:
    """What the licence is for; an exchange's business unless the sentence says otherwise."""
    names = asked.option(r"for ([a-z ]+)") or "exchange"
    return sum(_number(Service, name) for name in names.split(" plus "))


def _vary(asked: _Asked) -> tuple[str, list[Value]]:
    return "licence_varied", [asked.institution(), _number(LicenceKind, asked.words["licence_kind"]), _services(asked)]


def _licence(asked: _Asked) -> tuple[str, list[Value]]:
    words = asked.words
    later = asked.option(r"in (\d+) days")
    state, ground = _number(LicenceState, words["state"]), _number(Ground, words["ground"])
    return "licence_status", [asked.institution(), state, ground, _days_on(asked, later) if later else 0]


def _appoint(asked: _Asked) -> tuple[str, list[Value]]:
    institution = asked.institution()
    return "appoint_administrator", [institution, *asked.new_key(asked.words["name"], institution, 0), 200, 200]


def _signing_page(asked: _Asked) -> tuple[str, list[Value]]:
    origin = asked.words["origin"]
    return "set_signing_origin", [origin.partition("://")[2].partition(":")[0], [origin]]


def _days_on(asked: _Asked, days: str) -> int:
    return asked.nation.now_ms + int(days) * 86_400_000


_FIELDS: dict[str, Callable[[_Asked], tuple[str, list[Value]]]] = {
    "license": _license,
    "status": lambda asked: ("set_status", [asked.institution(), _number(InstitutionStatus, asked.words["status"])]),
    "quota": lambda asked: ("set_quota", [asked.institution(), _count(asked.words["number"])]),
    "enrol": lambda asked: ("register_person", [asked.institution(), int("recovery" in asked.words)]),
    "dismiss": lambda asked: ("deactivate_person", [asked.person(asked.words["person"])]),
    "register key": _register_key,
    "signing page": _signing_page,
    "revoke key": lambda asked: ("revoke_key", [_key_id(asked)]),
    "rotate key": _rotate_key,
    "recover": _recover,
    "register asset": lambda asked: (
        "register_asset", [asked.words["identifier"], asked.institution(), 2, AMOUNT_MAX, founding.EVERYONE]
    ),
    "bind": lambda asked: (
        "set_bound_from",
        [asked.nation.assets[asked.words["asset"]], minor_units(asked.words["money"], asked.words["asset"])],
    ),
    "purpose": lambda asked: (
        "set_purpose",
        [_number(Purpose, asked.words["purpose"]), int(asked.words["known"] == "allow"), 86_400, 86_400, 0],
    ),
    "permit": _permit,
    "limit": _limit,
    "parameter": _parameter,
    "open": _open,
    "change": _change,
    "close": lambda asked: ("set_account", [asked.account(), 0, int(AccountFlag.CLOSED)]),
    "freeze": lambda asked: ("freeze", [asked.account(), _FROZEN[asked.words["what"]]]),
    "unfreeze": lambda asked: ("freeze", [asked.account(), 0]),
    "move": lambda asked: ("move_account", [asked.account(), asked.institution()]),
    "order": _order,
    "releaser": lambda asked: (
        "reassign_releaser", [asked.reservations[asked.words["pending"]], asked.institution()]
    ),
    "state": _state,
    "apply": lambda asked: ("certificate_applied", []),
    "certify": _certify,
    "progress": lambda asked: (
        "certificate_progress", [asked.institution(), _number(CertificateState, asked.words["state"])]
    ),
    "file licence": lambda asked: (
        "certificate_progress", [asked.institution(), int(CertificateState.LICENCE_FILED)]
    ),
    "uncertify": lambda asked: ("certificate_revoked", [asked.institution(), _number(Ground, asked.words["ground"])]),
    "grant": _grant,
    "vary": _vary,
    "licence": _licence,
    "restore": lambda asked: ("licence_status", [asked.institution(), int(LicenceState.IN_FORCE), 0, 0]),
    "emergency": lambda asked: (
        "emergency_freeze", [asked.institution(), _days_on(asked, asked.words["number"]), int(Ground.PUBLIC_INTEREST)]
    ),
    "lift": lambda asked: ("emergency_lifted", [asked.institution()]),
    "appoint": _appoint,
    "appeal": lambda asked: ("appeal_noted", [asked.institution()]),
    "warn": lambda asked: ("warning_published", [asked.words["name"], "", int(Ground.PUBLIC_INTEREST)]),
    "rule": lambda asked: (
        "set_rule", [_number(Rule, asked.words["rule"]), int(asked.words["number"]), asked.nation.now_ms + 1_000]
    ),
}  # fmt: skip


def decision_body(proposed: Entry, options: tuple[str, ...]) -> bytes:
    """The body of a confirmation or withdrawal."""
    entry, read = proposed.number, digest(proposed.message.body)
    if "without having read it" in options:
        read = bytes(32)
    if "naming no entry" in options:
        return act_body(0, digests=[read])
    return act_body(0, refers=[entry], digests=[read])


def remember(nation: Nation, sentence: Sentence) -> None:
    """Give an admitted act's new account, institution, person, asset or key its name."""
    words, state = sentence.words, nation.state
    kind = words["act kind"]
    if kind == "open":
        nation.accounts[words["name"]] = int(state.counters[0]["accounts"])
    elif kind == "license":
        nation.institutions[words["name"]] = int(state.counters[0]["institutions"])
    elif kind == "register asset":
        nation.assets[words["identifier"]] = int(state.counters[0]["assets"])
    elif kind == "enrol":
        nation.persons[words["name"]] = len(state.person_table)
    elif kind in ("register key", "rotate key", "appoint"):
        _remember_key(nation, sentence)


def _remember_key(nation: Nation, sentence: Sentence) -> None:
    name = sentence.words["name"]
    made = named_key(name, sentence.options)
    key = nation.state.key_table[Signer(made, 0, 0, 0).key_id]
    nation.give_key(name, key.institution, key.person, key.lane_first, made)


def _key_id(asked: _Asked) -> bytes:
    signer = asked.nation.signers.get(asked.words["name"])
    return signer.key_id if signer else bytes(16)


def _number(words: Any, text: str) -> int:
    return int(words[text.replace(" ", "_").upper()])


def _count(text: str) -> int:
    return int(text.replace(",", ""))
