"""Plays a story in a small nation, sentence by sentence, and says where it went otherwise than written."""

import re
from dataclasses import dataclass, field, replace
from typing import Any

from sanad.rulebook.edition1.admission import Refusal
from sanad.rulebook.edition1.codes import Outcome
from sanad.rulebook.edition1.posting import pending_row
from sanad.rulebook.edition1.words import Purpose, TransferFlag
from sanad.rulebook.message import Kind, Transfers
from tests.authenticator import Passkey
from tests.scenarios import founding, wording
from tests.scenarios.founding import Signer, signing_key
from tests.scenarios.language import ADMITTED, Sentence, Story
from tests.scenarios.nation import DAY, Entry, Nation, uetr

UNITS = {"millisecond": 1, "second": 1_000, "minute": 60_000, "hour": 3_600_000, "day": DAY}
_FLAG_WORDS = {
    "linked": TransferFlag.LINKED, "bound": TransferFlag.BOUND, "keep the rest": TransferFlag.KEEP,
    "unreserved": TransferFlag.UNRESERVED, "net": TransferFlag.NET,
}  # fmt: skip
_FLAGS_OF_KIND = {
    "pays": 0, "reserves": TransferFlag.PENDING, "posts": TransferFlag.POST, "posts part": TransferFlag.POST,
    "voids": TransferFlag.VOID,
}  # fmt: skip
_HEADER_WORDS: dict[str, dict[str, Any]] = {
    "for another network": {"network": b"another network!"},
    "with an earlier sequence": {"ahead": -1},
    "with a sequence too far": {"ahead": 1},
}


class WentOtherwise(AssertionError):
    """A story's sentence did not come out as written."""


@dataclass(frozen=True, slots=True)
class Reservation:
    """Where a reservation stands and what it said, for the posts and voids that repeat it."""

    position: int
    said: dict[str, Any]


@dataclass(slots=True)
class Play:
    """A nation on stage, and the names that a story gives to reservations, proposals and UETRs."""

    nation: Nation
    reservations: dict[str, Reservation] = field(default_factory=dict)
    proposals: dict[str, Entry] = field(default_factory=dict)
    uetrs: dict[str, bytes] = field(default_factory=dict)
    seen: int = 0

    def perform(self, story: Story) -> None:
        for sentence in story.sentences:
            try:
                self._perform(sentence)
            except AssertionError as otherwise:
                raise WentOtherwise(f"{story.name}:{sentence.line}: {sentence.text}\n    {otherwise}") from None

    def _perform(self, sentence: Sentence) -> None:
        before = len(self.nation.entries)
        if sentence.kind in _FLAGS_OF_KIND:
            self._send(sentence, (sentence,), sentence.words.get("sender", ""))
        elif sentence.kind == "message":
            self._send(sentence, sentence.below, sentence.words["sender"])
        else:
            getattr(self, "_" + sentence.kind.replace(" ", "_"))(sentence)
        if len(self.nation.entries) > before:
            self.seen = before

    # --- money -------------------------------------------------------------------------------------------------------

    def _send(self, sentence: Sentence, lines: tuple[Sentence, ...], sender: str) -> None:
        header = self._header(sentence)
        signers = header.pop("signers", None)
        sender = header.pop("sender", sender) or self._owner(lines[0].words["debit"])
        rows = [self._row(line) for line in lines]
        body = b"".join(row.tobytes() for row in rows)
        signing = [self._signer(name) for name in ([sender] if signers is None else signers)]
        message = self.nation.message(
            Kind.TRANSFERS, body, signing, institution=self.nation.institutions[sender], **header
        )
        answer = self.nation.block(message)[0]
        if isinstance(answer, Refusal):
            return self._compare(sentence, answer, "")
        for index, line in enumerate(lines):
            self._compare(line, answer, answer.outcomes[index].name)
            for option in line.options:
                if option.startswith("as "):
                    said = {
                        name: int(rows[index][0][name]) for name in ("debit", "credit", "amount", "asset", "purpose")
                    }
                    self.reservations[option[3:]] = Reservation(answer.position(index), said)
        return None

    def _row(self, line: Sentence) -> Transfers:
        words, given = line.words, self._given(line)
        if "pending" in words:
            held = self.reservations[words["pending"]]
            said = {**held.said, "pending": held.position}
            said["amount"] = self._amount_settled(line, held)
            return self.nation.transfer(**{**said, **given})
        debit, credit = (self.nation.accounts.get(words[side], 999_999) for side in ("debit", "credit"))
        amount = wording.minor_units(words["money"], words["asset"])
        given.setdefault("asset", self.nation.assets[words["asset"]])
        return self.nation.transfer(**{"debit": debit, "credit": credit, "amount": amount, **given})

    def _amount_settled(self, line: Sentence, held: Reservation) -> int:
        if line.kind == "voids":
            return 0
        if line.kind == "posts part":
            return wording.minor_units(line.words["money"], line.words["asset"])
        row = pending_row(self.nation.state, held.position)
        return int(self.nation.state.pendings[row]["remaining"]) if row >= 0 else int(held.said["amount"])

    def _given(self, line: Sentence) -> dict[str, Any]:
        """Fields of a transfer that its options give."""
        given: dict[str, Any] = {}
        flags = int(_FLAGS_OF_KIND[line.kind])
        for option in line.options:
            if option in _FLAG_WORDS:
                flags |= _FLAG_WORDS[option]
            elif option.startswith("for ") and option not in _HEADER_WORDS:
                given["purpose"] = int(Purpose[option[4:].replace(" ", "_").upper()])
            elif option.startswith("releaser "):
                given["releaser"] = self.nation.institutions.get(option[9:], 999)
            elif option == "no timeout":
                given["timeout_seconds"] = 2**32 - 1
            elif found := re.fullmatch(r"timeout (\d+) (second|minute|hour|day)s?", option):
                given["timeout_seconds"] = int(found[1]) * UNITS[found[2]] // 1_000
            elif found := re.fullmatch(r"UETR (\w+)(?: leg (\d+))?", option):
                given["uetr"] = self.uetrs.setdefault(found[1], uetr(self.nation.draw("uetr", 16)))
                given["leg"] = int(found[2] or 0)
            elif found := re.fullmatch(r"with (\w+) (\d+)", option):
                size = {"uetr": 16, "evidence": 32}.get(found[1])
                given[found[1]] = int(found[2]) if size is None else bytes([int(found[2])]) * size
            elif found := re.fullmatch(r"naming reservation (\w+)", option):
                given["pending"] = self.reservations[found[1]].position
        given["flags"] = given.get("flags", 0) | flags
        return given

    def _header(self, sentence: Sentence) -> dict[str, Any]:
        """Fields of the message that a sentence's options give."""
        header: dict[str, Any] = {}
        for option in sentence.options:
            if option in _HEADER_WORDS:
                header |= _HEADER_WORDS[option]
            elif option == "expired":
                header["expiry_ms"] = self.nation.now_ms - 1
            elif option == "unsigned":
                header["signers"] = []
            elif found := re.fullmatch(r"on lane (\d+)", option):
                header["lane"] = int(found[1])
            elif found := re.fullmatch(r"screened against list (\d+)", option):
                header["screened"] = int(found[1])
            elif found := re.fullmatch(r"sent by (\w+)", option):
                header["sender"] = found[1]
            elif found := re.fullmatch(r"signed by (\w+(?: and \w+)*)", option):
                header["signers"] = found[1].split(" and ")
        return header

    def _signer(self, name: str) -> Signer:
        """Who signs; a name that was never given a key signs with one that nobody knows."""
        return self.nation.signers.get(name) or Signer(signing_key(name), 0, 0, 1)

    def _owner(self, account: str) -> str:
        number = int(self.nation.state.accounts[self.nation.accounts[account]]["institution"])
        return next(name for name, each in self.nation.institutions.items() if each == number)

    def _many(self, sentence: Sentence) -> None:
        words = sentence.words
        debit, credit = self.nation.accounts[words["debit"]], self.nation.accounts[words["credit"]]
        amount = wording.minor_units(words["money"], words["asset"])
        rows = [self.nation.transfer(debit, credit, amount) for _ in range(int(words["times"]))]
        answer = self.nation.send(self._owner(words["debit"]), *rows)
        assert isinstance(answer, Entry), answer
        for outcome in answer.outcomes:
            self._compare(sentence, answer, outcome.name)

    def _receives(self, sentence: Sentence) -> None:
        words = sentence.words
        self.nation.fund(words["account"], wording.minor_units(words["money"], words["asset"]))

    # --- acts --------------------------------------------------------------------------------------------------------

    def _direct(self, sentence: Sentence) -> None:
        self._done(sentence, self._act(sentence, sentence.words["who"], Kind.ACT))

    def _proposes(self, sentence: Sentence) -> None:
        answer = self._act(sentence, sentence.words["who"], Kind.PROPOSE)
        self._compare(sentence, answer, "" if isinstance(answer, Refusal) else answer.outcome.name)
        if isinstance(answer, Entry):
            for option in sentence.options:
                if option.startswith("as "):
                    self.proposals[option[3:]] = answer

    def _proposes_many(self, sentence: Sentence) -> None:
        for _ in range(int(sentence.words["times"].replace(",", ""))):
            self._proposes(sentence)

    def _authority(self, sentence: Sentence) -> None:
        self._decided(sentence, "Amina", "Bilal")

    def _decide(self, sentence: Sentence) -> None:
        self._decided(sentence, sentence.words["who"], sentence.words["other"])

    def _decided(self, sentence: Sentence, proposer: str, confirmer: str) -> None:
        answer = self._act(sentence, proposer, Kind.PROPOSE)
        if isinstance(answer, Entry) and answer.outcome is Outcome.ADMITTED:
            answer = self.nation.decision(confirmer, Kind.CONFIRM, answer)
        self._done(sentence, answer)

    def _done(self, sentence: Sentence, answer: Entry | Refusal) -> None:
        self._compare(sentence, answer, "" if isinstance(answer, Refusal) else answer.outcome.name)
        if isinstance(answer, Entry) and answer.outcome is Outcome.ADMITTED:
            wording.remember(self.nation, sentence)

    def _act(self, sentence: Sentence, who: str, kind: Kind) -> Entry | Refusal:
        positions = {name: held.position for name, held in self.reservations.items()}
        body = wording.body(self.nation, sentence, who, self._row, positions)
        header = self._header(sentence)
        signer = self._signer(who)
        if "signed on the sign-in page" in sentence.options and isinstance(signer.key, Passkey):
            signer = replace(signer, key=signer.key.at(founding.SIGN_IN_HOST, founding.SIGN_IN_ORIGIN))
        return self.nation.block(self.nation.message(kind, body, [signer], **header))[0]

    def _confirms(self, sentence: Sentence) -> None:
        words = sentence.words
        proposed = self.proposals[words["name"]]
        kind = Kind.CONFIRM if words["what"] == "confirms" else Kind.WITHDRAW
        body = wording.decision_body(proposed, sentence.options)
        answer = self.nation.block(self.nation.message(kind, body, [self.nation.signers[words["who"]]]))[0]
        self._compare(sentence, answer, "" if isinstance(answer, Refusal) else answer.outcome.name)

    # --- time and facts ----------------------------------------------------------------------------------------------

    def _pass(self, sentence: Sentence) -> None:
        self.nation.wait(int(sentence.words["number"]) * UNITS[sentence.words["unit"]])
        self.seen = len(self.nation.entries)
        self.nation.open_block()

    def _clock(self, sentence: Sentence) -> None:
        wanted = int(sentence.words["hour"]) * UNITS["hour"] + int(sentence.words["minute"]) * UNITS["minute"]
        here = (self.nation.now_ms + self.nation.state.parameters.zone_offset_seconds * 1_000) % DAY
        self.nation.wait((wanted - here) % DAY)
        self.seen = len(self.nation.entries)
        self.nation.open_block()

    def _balances(self, sentence: Sentence) -> None:
        for part in re.split(r", (?=[A-Z])", sentence.words["list"]):
            name, amount = part.split(" ")
            account = self.nation.accounts[name]
            asset = int(self.nation.state.accounts[account]["asset"])
            balance, reserved = self.nation.balance(name), self.nation.reserved(name)
            what = {"balances": balance, "reserved": reserved, "available": balance - reserved}[sentence.words["what"]]
            expected = wording.minor_units(amount, founding.ASSET_TERMS[asset - 1][0])
            assert what == expected, f"{name} has {what} minor units, not {expected}"

    def _openness(self, sentence: Sentence) -> None:
        name = sentence.words["name"]
        if sentence.words["what"] == "reservation":
            is_open = pending_row(self.nation.state, self.reservations[name].position) >= 0
        else:
            is_open = self.proposals[name].number in self.nation.state.proposals
        assert is_open == (sentence.words["is"] == "open"), f"{name} is not {sentence.words['is']}"

    def _decided_by_node(self, sentence: Sentence) -> None:
        kind = Kind.SYSTEM_TRANSFERS if sentence.words["what"] == "transfers" else Kind.SYSTEM_ACT
        own = [entry for entry in self.nation.entries[self.seen :] if entry.message.header.kind == kind]
        assert own, "the node recorded nothing of the kind"
        for outcome in own[0].outcomes:
            self._compare(sentence, own[0], outcome.name)

    def _nothing_by_node(self, sentence: Sentence) -> None:
        own = [entry for entry in self.nation.entries[self.seen :] if entry.message.header.institution == 0]
        assert not own, "the node recorded something of its own"

    def _list(self, sentence: Sentence) -> None:
        assert self.nation.state.list_version == int(sentence.words["number"])

    def _digest(self, sentence: Sentence) -> None:
        entry = self.nation.record_state_digest()
        self._compare(sentence, entry, entry.outcome.name)

    def _compare(self, sentence: Sentence, answer: Entry | Refusal, outcome: str) -> None:
        if isinstance(answer, Refusal):
            came = f"refused {answer.right}"
        else:
            came = ADMITTED if outcome == "ADMITTED" else f"rejected {outcome}"
        assert came == sentence.expected, f"came out: {came}"
