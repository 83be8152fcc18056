"""Proofs that somebody controls an unhosted wallet: a question, and a signature or a small payment as its answer."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from sanad.base import canonical
from sanad.base.errors import Malformed, Refused
from sanad.compliance.travel_rule.desk import keeping
from sanad.compliance.travel_rule.models import ProofKind, ProofState, WalletProof
from sanad.compliance.travel_rule.queries import wallets
from sanad.people.access import require
from sanad.people.models import Person
from sanad.people.rights import Right
from sanad.standards.trp import assets, messages
from sanad.tables.names import WORKING

VALID_HOURS = 72
ATTEMPTS_MAX = 5
SMALL_FROM, SMALL_RANGE = 1_000, 9_000
"""A small payment has so many smallest units, drawn by chance, so that nobody hits it by accident."""
TXID_CHARACTERS_MAX = 200
_QUESTION, _PROOF = "sanad/travel-rule/wallet/v1", "sanad/travel-rule/wallet-proof/v1"


@dataclass(frozen=True, slots=True)
class Question:
    """What a customer is asked: to sign the message with the wallet of this address, or to pay from it."""

    address: str
    message: str


def ask(person: Person, kind: ProofKind, symbol: str, address: str) -> WalletProof:
    """Put the question. Raises `Refused`, and `Malformed` for an address that a proof of this kind cannot be for."""
    membership = require(person, Right.OWN_TRAVEL_RULE_ANSWER)
    wallets.check_address(kind, address)
    if symbol not in {each.symbol for each in assets.KNOWN}:
        raise Malformed("symbol", "wallet.symbol", _("choose one of the assets of the list"))
    proof = WalletProof(
        institution=membership.institution, kind=kind, symbol=symbol, created_by=person,
        expires_at=timezone.now() + timedelta(hours=VALID_HOURS),
        amount_minor=SMALL_FROM + secrets.randbelow(SMALL_RANGE) if kind == ProofKind.SATOSHI else 0,
    )  # fmt: skip
    # The sentence is English in every language: what is signed must be the same bytes whoever shows it.
    message = f"{membership.institution.name}: I control this wallet. {proof.id} {timezone.now():%Y-%m-%d}"
    contents = canonical.encode([_QUESTION, address.strip(), message])
    proof.evidence_digest = keeping.seal(contents, bytes(proof.subject))
    proof.save()
    return proof


def question(person: Person, identifier: UUID) -> tuple[WalletProof, Question]:
    """A proof and what was asked. Raises `Refused`."""
    membership = require(person, Right.OWN_TRAVEL_RULE_READ)
    found = WalletProof.objects.filter(id=identifier, institution=membership.institution).first()
    if found is None:
        raise Refused("wallet", _("your institution has asked no such question"), 404)
    _close_if_over(found)
    _schema, address, message = keeping.open_sealed(bytes(found.evidence_digest))
    return found, Question(str(address), str(message))


def answer_by_signature(person: Person, identifier: UUID, signature: str) -> WalletProof:
    """Check a signature; after five wrong ones the question is closed. Raises `Refused`, `Malformed`."""
    require(person, Right.OWN_TRAVEL_RULE_ANSWER)
    found, asked = question(person, identifier)
    with transaction.atomic(WORKING):
        found = _waiting(found)
        if found.kind == ProofKind.SATOSHI:
            raise Refused("wallet", _("this question is answered by a small payment"), 409)
        is_right = wallets.is_signed(found.kind, asked.address, asked.message, signature)
        return _judge(found, signature.strip(), is_right=is_right)


def answer_by_payment(person: Person, identifier: UUID, txid: str, amount: str) -> WalletProof:
    """Note the payment that an officer saw on the chain: right to the last unit and in time, or not proved."""
    require(person, Right.OWN_TRAVEL_RULE_ANSWER)
    found, _asked = question(person, identifier)
    txid = txid.strip()
    if not txid or len(txid) > TXID_CHARACTERS_MAX:
        raise Malformed("txid", "wallet.txid", _("write down which transaction it was"))
    exponent = exponent_of(found)
    minor = messages.minor_units(messages.plain_amount(amount), exponent)
    with transaction.atomic(WORKING):
        found = _waiting(found)
        if found.kind != ProofKind.SATOSHI:
            raise Refused("wallet", _("this question is answered by a signature"), 409)
        return _judge(found, f"{txid} {minor}", is_right=minor == found.amount_minor)


def exponent_of(proof: WalletProof) -> int:
    """Decimals of the units in which its amount is kept."""
    return next(each.exponent for each in assets.KNOWN if each.symbol == proof.symbol)


def _waiting(found: WalletProof) -> WalletProof:
    locked = WalletProof.objects.select_for_update().get(pk=found.pk)
    if locked.state != ProofState.WAITING:
        raise Refused("wallet", _("this question is closed; ask anew"), 409)
    return locked


def _judge(found: WalletProof, proof: str, *, is_right: bool) -> WalletProof:
    found.attempts += 1
    if is_right:
        contents = canonical.encode([_PROOF, proof])
        found.proof_digest = keeping.seal(contents, bytes(found.subject))
        found.state, found.ended_at = ProofState.PROVED, timezone.now()
    elif found.attempts >= ATTEMPTS_MAX:
        found.state, found.ended_at = ProofState.FAILED, timezone.now()
    found.save()
    return found


def _close_if_over(found: WalletProof) -> None:
    if found.state == ProofState.WAITING and timezone.now() >= found.expires_at:
        found.state, found.ended_at = ProofState.EXPIRED, found.expires_at
        found.save(update_fields=["state", "ended_at"])
