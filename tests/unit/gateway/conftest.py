"""What tests of the gateway share: a bank's folder, its gateway on a tiny node, customers and files."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from sanad.evidence import database
from sanad.gateway.gateway import Gateway
from tests.unit.gateway.fakes import (
    PASSPHRASE,
    QUICK,
    Customers,
    FakeNode,
    MakeFile,
    ibans,
    open_gateway,
    payment,
    write_file,
)


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting for the disk: what a killed process wrote is there all the same, only a power cut takes it."""
    settings = database._SETTINGS.replace("synchronous = FULL", "synchronous = OFF")
    monkeypatch.setattr(database, "_SETTINGS", settings)


@pytest.fixture
def node() -> FakeNode:
    return FakeNode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An institution's folder, made but not opened yet."""
    made = tmp_path / "bank"
    Gateway.init(made, PASSPHRASE, limits=QUICK)
    return made


@pytest.fixture
def gateway(folder: Path, node: FakeNode) -> Iterator[Gateway]:
    with open_gateway(folder, node) as gateway:
        gateway.assets.set("PKR", 1, 100_000)
        yield gateway


@pytest.fixture(scope="session")
def customers() -> Customers:
    return Customers(ibans("SCBL", 20), ibans("HABB", 20))


@pytest.fixture
def make_file(tmp_path: Path, customers: Customers) -> MakeFile:
    """Writes a file of so many payments between known customers."""

    def make(count: int) -> Path:
        payments = [payment(customers.own[n % 20], customers.theirs[n % 20], n) for n in range(1, count + 1)]
        return write_file(tmp_path / f"{secrets.token_hex(4)}.xml", payments)

    return make
