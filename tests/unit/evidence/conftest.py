"""What tests of the evidence share."""

import pytest

from sanad.evidence import database

AS_BUILT = database._SETTINGS


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without waiting for the disk: what a killed process wrote is there all the same, only a power cut takes it."""
    settings = database._SETTINGS.replace("synchronous = FULL", "synchronous = OFF")
    monkeypatch.setattr(database, "_SETTINGS", settings)
