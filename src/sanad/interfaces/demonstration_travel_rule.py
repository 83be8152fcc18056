"""The Travel Rule of the demonstration: institutions ask one another over the wire, and their officers answer.

The peers run as processes of their own; here only what people do is done, by the same functions as pages call. Each
exchange is known again by who sent it and its amount, so a run that was stopped goes on, and another adds nothing but
a new question where none waits any more.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from coincurve import PrivateKey
from Crypto.Hash import keccak
from django.conf import settings
from django.urls import reverse

from sanad.base.errors import SanadError
from sanad.compliance.travel_rule.desk import links, peers, transfers, wallets
from sanad.compliance.travel_rule.desk.transfers import Wanted
from sanad.compliance.travel_rule.models import (
    Direction,
    ProofKind,
    SecureLink,
    Transfer,
    TransferState,
    WalletProof,
)
from sanad.interfaces.demonstration_abroad import AMOUNT as AMOUNT_FROM_ABROAD
from sanad.interfaces.demonstration_nation import CHENAB, DEOSAI, EXCHANGE, Member
from sanad.interfaces.demonstration_peers import ABROAD_NAME, SERVED, Place, places
from sanad.interfaces.demonstration_people import SIGN_INS
from sanad.people.models import Person
from sanad.people.rights import Role
from sanad.standards.ivms101.model import (
    Address,
    AddressType,
    Identifier,
    IdentifierType,
    Identity,
    LegalName,
    LegalPerson,
    NaturalName,
    NaturalPerson,
    Party,
)
from sanad.standards.trp import addresses, assets

PLAY_SECONDS_MAX = 40
_POLL_SECONDS = 0.2
_WAITING_MAX = 40
"""How many fresh questions are asked over all runs."""
_OVER = frozenset({
    TransferState.CONFIRMED, TransferState.REJECTED, TransferState.CANCELED, TransferState.EXPIRED,
    TransferState.FAILED,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Planned:
    """One exchange: who asks whom about what, and how far it is brought, as the sender sees it."""

    sender: Member
    receiver: Member
    symbol: str
    amount: str
    payer: NaturalPerson
    payee: NaturalPerson
    ends: TransferState
    accounts: tuple[str, str]
    answer: str = ""
    """The receiver's: a payment address, or why not."""

    @property
    def identity(self) -> Identity:
        """Who pays whom."""
        payer, payee = Party((self.payer,), (self.accounts[0],)), Party((self.payee,), (self.accounts[1],))
        return Identity(payer, payee, _institution(self.sender), _institution(self.receiver))


def _institution(member: Member) -> LegalPerson:
    identification = Identifier(member.lei, IdentifierType.LEI) if member.lei else None
    return LegalPerson((LegalName(member.name),), identification=identification)


def _person(
    primary: str, secondary: str, customer: str = "", town: str = "", local: tuple[str, str] | None = None
) -> NaturalPerson:
    """A made-up customer; with an address when they pay. `local`: the name as their papers have it in Urdu."""
    address = Address(AddressType.HOME, "PK", street_name="Example Road", building_number="1", town_name=town)
    names, homes = (NaturalName(primary, secondary),), (address,) if town else ()
    local_names = (NaturalName(*local),) if local else ()
    return NaturalPerson(names, local_names, addresses=homes, customer_identification=customer)


_BITCOIN, _ETHEREUM = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "0x52908400098527886E0F7030069857D2E4169EE7"
_TRANSACTION = "9f1c0de5a5d1e4b2c7a90b6f3d8e21745cc04a1be6f0d2937a58cb1e40d7f6a3"
_FRESH = Planned(
    EXCHANGE, CHENAB, "BTC", "0.4", _person("Example", "Ayesha", "MARG-20417", "Karachi", ("مثال", "عائشہ")),
    _person("Example", "Bilal"), TransferState.ASKED, ("MARG-20417", _BITCOIN),
)  # fmt: skip
"""Waits for whoever signs in at the bank. Its amount tells the runs apart."""
PLANNED = (
    Planned(
        EXCHANGE, CHENAB, "BTC", "0.125", _person("Example", "Sana", "MARG-11873", "Lahore"),
        _person("Example", "Amina"), TransferState.CONFIRMED, ("MARG-11873", _BITCOIN), _BITCOIN,
    ),
    Planned(
        CHENAB, EXCHANGE, "ETH", "2.5", _person("Example", "Bilal", "CHNB-00031", "Islamabad", ("مثال", "بلال")),
        _person("Example", "Usman"), TransferState.REJECTED, ("CHNB-00031", _ETHEREUM),
        "The name is not that of the customer who holds this wallet.",
    ),
    Planned(
        CHENAB, EXCHANGE, "BTC", "0.06", _person("Example", "Hina", "CHNB-00054", "Peshawar"),
        _person("Example", "Saad"), TransferState.APPROVED, ("CHNB-00054", _BITCOIN), _BITCOIN,
    ),
    Planned(
        CHENAB, EXCHANGE, "BTC", "0.31", _person("Example", "Zara", "CHNB-00077", "Quetta"), _person("Example", "Omar"),
        TransferState.ASKED, ("CHNB-00077", _BITCOIN),
    ),
)  # fmt: skip
_BY_LINK = Planned(
    CHENAB, DEOSAI, "ETH", "0.75", _person("Example", "Hina", "CHNB-00054", "Peshawar"), _person("Example", "Noor"),
    TransferState.ASKED, ("CHNB-00054", _ETHEREUM),
)  # fmt: skip


_TOLD = (
    f"{EXCHANGE.name} asked {CHENAB.name}: approved, and the transaction was told.",
    f"{CHENAB.name} asked {EXCHANGE.name}: once it was rejected, once approved,",
    "and once the answer is still to come.",
    f"{ABROAD_NAME}, an institution abroad with another program, asked with data missing.",
)


def set_up() -> None:
    """Say who the institutions are on the wire, and where their keys lie."""
    known = places(settings.DATA.demonstration)
    for member in SERVED:
        place = known[member.folder]
        files = (str(each.resolve()) for each in (place.certificate, place.key, place.trust))
        peers.set_up(member.number, member.name, member.lei, place.address, *files)


def play() -> Iterator[str]:
    """All exchanges; a sentence for what happened. The peers run already."""
    known = places(settings.DATA.demonstration)
    officers = {member.number: _officer(member) for member in SERVED}
    planned = (*PLANNED, _fresh())
    is_new = any(_sent(each) is None for each in PLANNED)
    begun = [(each, _begun(each, officers, known)) for each in planned]
    yield from _without_peer(officers[CHENAB.number])
    yield from _wallets(officers[CHENAB.number])
    if not _carried_on(begun, officers):
        yield "Some of the exchanges are still on their way; the peers go on with them."
    elif is_new:
        yield from _TOLD
    waiting = Transfer.objects.filter(institution__number=CHENAB.number, state=TransferState.RECEIVED).count()
    yield f"Inquiries that wait for an answer of {CHENAB.name}: {waiting}. Sign in as"
    yield f"{officers[CHENAB.number].email} to decide, as {officers[EXCHANGE.number].email}"
    yield "to see the other side."


def _officer(member: Member) -> Person:
    """Who answers for an institution: the first compliance officer of its house."""
    offered = (each.email for each in SIGN_INS if each.house == member.name and each.role == Role.COMPLIANCE_OFFICER)
    return Person.objects.get(email=next(offered))


def _fresh() -> Planned:
    """The inquiry that waits now, or the next one."""
    asked = Transfer.objects.filter(institution__number=_FRESH.sender.number, direction=Direction.SENT)
    planned = [replace(_FRESH, amount=f"0.{401 + number}") for number in range(_WAITING_MAX)]
    states = dict(asked.filter(amount__in=[each.amount for each in planned]).values_list("amount", "state"))
    waiting = (TransferState.QUEUED, TransferState.ASKED, None)
    return next((each for each in planned if states.get(each.amount) in waiting), planned[-1])


def _begun(planned: Planned, officers: dict[int, Person], known: dict[str, Place]) -> Transfer:
    """The exchange as its sender has it; asked now, if it was not before."""
    found = _sent(planned)
    if found is not None:
        return found
    url = f"{known[planned.receiver.folder].address}/transfers/a/{planned.sender.folder}"
    wanted = Wanted(addresses.encode(url), assets.by_symbol(planned.symbol), planned.amount, planned.identity)
    return transfers.send(officers[planned.sender.number], wanted)


def _sent(planned: Planned) -> Transfer | None:
    sent = Transfer.objects.filter(institution__number=planned.sender.number, direction=Direction.SENT)
    return sent.filter(amount=planned.amount).order_by("serial").first()


# --- what officers answer -------------------------------------------------------------------------------------------


def _carried_on(begun: list[tuple[Planned, Transfer]], officers: dict[int, Person]) -> bool:
    """Answer whatever has arrived until each exchange is as far as it is told; whether that came in time."""
    ends = time.monotonic() + PLAY_SECONDS_MAX
    open_ones = begun
    while True:
        open_ones = [(planned, sent) for planned, sent in open_ones if not _is_there(planned, sent, officers)]
        if not open_ones and _has_come_from_abroad():
            return True
        if time.monotonic() > ends:
            return False
        time.sleep(_POLL_SECONDS)


def _is_there(planned: Planned, sent: Transfer, officers: dict[int, Person]) -> bool:
    """Whether it is as far as planned, or somebody ended it otherwise. Else the next thing is done, if it can be."""
    sent.refresh_from_db(fields=["state"])
    received = Transfer.objects.filter(
        institution__number=planned.receiver.number, direction=Direction.RECEIVED,
        request_identifier=sent.request_identifier,
    ).first()  # fmt: skip
    is_told = received is None or sent.state != TransferState.CONFIRMED or received.state != TransferState.APPROVED
    if sent.state in _OVER or received is None:
        return sent.state in _OVER and is_told
    if planned.ends == TransferState.ASKED:
        return True
    try:
        if received.state == TransferState.RECEIVED:
            answer = transfers.reject if planned.ends == TransferState.REJECTED else transfers.approve
            answer(officers[planned.receiver.number], received.id, planned.answer)
        elif sent.state == TransferState.APPROVED and planned.ends == TransferState.CONFIRMED:
            transfers.confirm(officers[planned.sender.number], sent.id, _TRANSACTION)
    except SanadError:
        return False  # not verified yet, or the evidence is busy: once more in a moment
    return bool(sent.state == planned.ends == TransferState.APPROVED)


def _has_come_from_abroad() -> bool:
    received = Transfer.objects.filter(institution__number=CHENAB.number, direction=Direction.RECEIVED)
    return received.filter(amount=AMOUNT_FROM_ABROAD).exists()


# --- without a peer -------------------------------------------------------------------------------------------------


def _without_peer(officer: Person) -> Iterator[str]:
    """A bank that has nothing yet is asked through a link; it is told once, when it is made."""
    found = _sent(_BY_LINK)
    if found is None:
        wanted = Wanted("", assets.by_symbol(_BY_LINK.symbol), _BY_LINK.amount, _BY_LINK.identity)
        found = links.send_without_peer(officer, wanted, DEOSAI.name)
    if SecureLink.objects.filter(transfer=found).exists():
        return
    made = links.make(officer, found.id)
    yield f"{DEOSAI.name} has no peer yet: whoever has this link reads the inquiry and answers it, once:"
    yield f"  {settings.ORIGIN.text}{reverse('travel_rule:link', args=[made.token])}"


def _wallets(officer: Person) -> Iterator[str]:
    """Two wallets that no institution keeps: one proved by a signature, one waiting for a small payment."""
    if WalletProof.objects.filter(institution__number=CHENAB.number).exists():
        return
    key = PrivateKey()
    address = "0x" + _keccak(key.public_key.format(compressed=False)[1:])[12:].hex()
    asked = wallets.ask(officer, ProofKind.EIP191, "ETH", address)
    _, question = wallets.question(officer, asked.id)
    message = question.message.encode()
    told = _keccak(b"\x19Ethereum Signed Message:\n" + str(len(message)).encode() + message)
    raw = key.sign_recoverable(told, hasher=None)
    wallets.answer_by_signature(officer, asked.id, f"0x{raw[:64].hex()}{raw[64] + 27:02x}")
    wallets.ask(officer, ProofKind.SATOSHI, "BTC", _BITCOIN)
    yield "The holder of a wallet that no institution keeps signed with it; another is to make a small payment."


def _keccak(data: bytes) -> bytes:
    return bytes(keccak.new(digest_bits=256, data=data).digest())
