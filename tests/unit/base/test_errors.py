"""Families of errors say what to do, and `ensure` holds also under -O."""

import pytest

from sanad.base.digests import digest
from sanad.base.errors import Fault, Finding, Malformed, MalformedFile, Refused, SanadError, Unavailable, ensure


def test_each_family_says_what_is_wrong_and_what_to_do() -> None:
    assert str(Malformed("body", "truncated", "send it whole")) == "body: send it whole [truncated]"
    assert str(Refused("lane", "use your own")) == "lane: use your own"
    assert str(Unavailable("the node is busy", 3)) == "the node is busy; try again after 3 s"
    findings = [Finding(7, "iban", "<IBAN>", "check the digits"), Finding(9, "amount", "<Amt>", "two decimals")]
    assert str(MalformedFile("file", findings)) == "file: line 7: check the digits [iban]"


def test_ensure_stops() -> None:
    ensure(True, "all is well")
    with pytest.raises(Fault, match="balances sum to zero"):
        ensure(False, "balances sum to zero")


def test_all_are_ours() -> None:
    assert all(issubclass(family, SanadError) for family in (Malformed, Refused, Unavailable, Fault))


def test_a_digest_is_of_the_parts_joined() -> None:
    assert digest(b"abc").hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest(b"a", bytearray(b"b"), memoryview(b"c")) == digest(b"abc")
