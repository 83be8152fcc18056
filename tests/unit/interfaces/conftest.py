import pytest

from tests.unit.interfaces.running import CommandLine


@pytest.fixture
def sanad(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    for name in ("SANAD_HOME", "SANAD_NODE", "SANAD_INSTITUTION", "SANAD_PASSPHRASE"):
        monkeypatch.delenv(name, raising=False)
    return CommandLine(capsys)
