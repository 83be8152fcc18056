"""Founding a network from a small file of settings (TOML): who is in it, what money there is, who holds which account.

Keys that the file gives were made elsewhere (`sanad gateway init`, `keys --register`); those that it does not give are
made here, sealed in a folder for each institution.
"""

import os
import shutil
import time
from collections.abc import Callable
from enum import IntEnum
from pathlib import Path
from typing import TypeVar

import msgspec

from sanad.base.errors import Fault, Malformed, Refused
from sanad.gateway.gateway import KEY_FILE, LANES, Gateway
from sanad.gateway.keys import SYSTEM, KeyFile, lane_of_person
from sanad.interfaces.demonstration import GivenKey, Plan
from sanad.node.founding import Genesis, NodeKeys, commitment, create_folder, genesis_message
from sanad.node.ordering import new_ordering
from sanad.rulebook.edition1.apply import Post
from sanad.rulebook.edition1.words import AMOUNT_MAX, AccountKind, HolderClass, InstitutionClass

SETTINGS_BYTES_MAX = 1 << 20
UTC_OFFSET_MINUTES_MAX = 14 * 60
Passphrase = Callable[[str], str]
Word = TypeVar("Word", bound=IntEnum)


class KeySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A key made elsewhere, in hexadecimal digits."""

    public_key: str
    possession: str


class PersonSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person of an institution; one of the recovery set, if so."""

    recovery: bool = False
    key: KeySettings | None = None


class InstitutionSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An institution; its number is its place in the file."""

    name: str
    folder: str
    kind: str
    bic: str = ""
    lei: str = ""
    system_key: KeySettings | None = None
    persons: list[PersonSettings] = []


class AssetSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An asset; its number is its place in the file."""

    identifier: str
    issuer: str
    decimals: int = 2
    bound_from_minor: int = AMOUNT_MAX


class LimitSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of a tier."""

    asset: str
    tier: int
    transfer_max_minor: int
    daily_max_minor: int


class AccountSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Equal accounts in a row, numbered in the order of the file."""

    institution: str
    kind: str
    asset: str
    count: int = 1
    holder: str = "institution"
    tier: int = 0


class NetworkSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file. There is no word to make it a demonstration: that is `sanad init --demonstration`."""

    name: str
    origin: str
    """Name of the log: its address without scheme, or any name without spaces."""
    utc_offset_minutes: int
    """Where days begin, for daily limits."""
    institution: list[InstitutionSettings]
    asset: list[AssetSettings] = []
    limit: list[LimitSettings] = []
    account: list[AccountSettings] = []


def read_settings(file: Path) -> NetworkSettings:
    """The settings in a file. Raises `Malformed` that says which word is wrong."""
    with file.open("rb") as source:
        data = source.read(SETTINGS_BYTES_MAX + 1)
    if len(data) > SETTINGS_BYTES_MAX:
        raise Malformed(file.name, "settings.size", f"settings have at most {SETTINGS_BYTES_MAX:,} bytes")
    try:
        settings = msgspec.toml.decode(data, type=NetworkSettings)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Malformed(file.name, "settings.form", f"{error}; docs/guide/operator.md shows a whole file") from error
    if not 0 <= settings.utc_offset_minutes <= UTC_OFFSET_MINUTES_MAX:
        raise _wrong("utc_offset_minutes", "give minutes east of UTC, 0 to 840")
    return settings


def found(settings: NetworkSettings, record: Path, institutions: Path, passphrase: Passphrase, post: Post) -> Genesis:
    """Found the network in the folder `record`. Raises `Malformed` for settings that cannot stand."""
    if record.exists():
        raise Refused("record folder", f"{record} is there already; name another --data DIR", 409)
    plan = _plan(settings, institutions, passphrase)
    plan.parameter(1, settings.utc_offset_minutes * 60)
    keys, secret = NodeKeys.create(settings.origin), os.urandom(32)
    genesis = Genesis(
        settings.name, time.time_ns() // 1_000_000, settings.utc_offset_minutes * 60, False,
        commitment(secret, plan.acts), keys.log_signer.verifier_key.encode().decode(),
        bytes(keys.block_key.verify_key),
    )  # fmt: skip
    write_record(record, genesis, keys, secret, plan.acts, post)
    return genesis


def write_record(record: Path, genesis: Genesis, keys: NodeKeys, secret: bytes, acts: list[bytes], post: Post) -> None:
    """Make the folder of the record with its first block: whole under its name, or not at all."""
    from sanad.node import core

    try:
        new_ordering(post).found(genesis_message(genesis, secret, acts), genesis.created_ms)
    except Fault as fault:
        raise _wrong("genesis", f"it cannot stand: {fault}; mend the settings") from fault
    making = record.with_name(record.name + ".making")
    shutil.rmtree(making, ignore_errors=True)
    create_folder(making, keys, genesis)
    core.found(making, genesis, keys, secret, acts, post)
    making.rename(record)


def _plan(settings: NetworkSettings, institutions: Path, passphrase: Passphrase) -> Plan:
    """The acts that the settings ask for, in the order in which they stand on one another."""
    plan = Plan()
    numbers: dict[str, int] = {}
    for each in settings.institution:
        if each.folder in numbers:
            raise _wrong("folder", f"two institutions are called {each.folder}; give each a name of its own")
        numbers[each.folder] = plan.institution(_word(InstitutionClass, each.kind), each.name, each.bic, each.lei)
    for each in settings.institution:
        _register_keys(plan, each, numbers[each.folder], institutions / each.folder, passphrase)
    plan.rules()
    assets = {
        each.identifier: plan.asset(
            each.identifier, _known(numbers, each.issuer), each.decimals, each.bound_from_minor
        )
        for each in settings.asset
    }  # fmt: skip
    for limit in settings.limit:
        plan.limit(_known(assets, limit.asset), limit.tier, limit.transfer_max_minor, limit.daily_max_minor)
    for account in settings.account:
        plan.open(
            _known(numbers, account.institution), _word(AccountKind, account.kind), _known(assets, account.asset),
            account.count, _word(HolderClass, account.holder), account.tier,
        )  # fmt: skip
    return plan


def _register_keys(
    plan: Plan, institution: InstitutionSettings, number: int, folder: Path, passphrase: Passphrase
) -> None:
    """Keys from the file where it gives them, else from a key file of the institution, made here if it is not there."""
    is_given = institution.system_key is not None and all(each.key is not None for each in institution.persons)
    file = None if is_given else _key_file(folder, passphrase(f"the keys of {institution.folder}"))
    given = institution.system_key
    if given is not None:
        plan.system_key(number, _given(given))
    elif file is not None:
        plan.system_key(number, file.signing_key(SYSTEM))
    for person in institution.persons:
        if person.key is not None:
            plan.person(number, _given(person.key), recovery=person.recovery)
        elif file is not None:
            lane = lane_of_person(plan.persons + 1)
            name = f"person-{plan.persons + 1}"
            if name not in {each.name for each in file.all()}:
                file.add(name, range(lane, lane + 1), plan.persons + 1)
            plan.person(number, file.signing_key(name), recovery=person.recovery)


def _key_file(folder: Path, passphrase: str) -> KeyFile:
    if not (folder / KEY_FILE).exists():
        Gateway.init(folder, passphrase, lanes=LANES)
    return KeyFile.open_file(folder / KEY_FILE, passphrase)


def _given(key: KeySettings) -> GivenKey:
    try:
        return GivenKey(bytes.fromhex(key.public_key), bytes.fromhex(key.possession))
    except ValueError:
        raise _wrong("key", "write public_key and possession as hexadecimal digits") from None


def _word(words: type[Word], given: str) -> Word:
    name = given.upper().replace("-", "_")
    if name not in words.__members__:
        raise _wrong(given, f"use one of: {', '.join(each.lower().replace('_', '-') for each in words.__members__)}")
    return words[name]


def _known(numbers: dict[str, int], name: str) -> int:
    if name not in numbers:
        raise _wrong(name, f"the settings speak of it and do not have it; there are: {', '.join(numbers) or 'none'}")
    return numbers[name]


def _wrong(field: str, advice: str) -> Malformed:
    return Malformed(field, "settings.value", advice)
