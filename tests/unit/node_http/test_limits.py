import pytest

from sanad.base.errors import Refused, Unavailable
from sanad.node.http import bind
from sanad.node.http_json import language, outcome
from sanad.node.http_limits import BytesInFlight, RateLimiter
from sanad.rulebook.edition1.codes import Outcome


def test_tokens_come_back_with_time() -> None:
    now = [0.0]
    rates = RateLimiter(10, 2, clock=lambda: now[0])
    rates.take("a")
    rates.take("a")
    with pytest.raises(Refused) as refused:
        rates.take("a")
    assert refused.value.status == 429
    now[0] = 0.1
    rates.take("a")
    now[0] = 100.0
    rates.take("a")
    rates.take("a")
    with pytest.raises(Refused):
        rates.take("a")


def test_senders_are_remembered_in_bounded_memory() -> None:
    now = [0.0]
    rates = RateLimiter(1, 1, clock=lambda: now[0])
    for sender in range(3 * RateLimiter.SENDERS_MAX):
        now[0] += 0.001
        rates.take(sender)
    assert len(rates._buckets) <= RateLimiter.SENDERS_MAX


def test_bytes_in_flight() -> None:
    bytes_in_flight = BytesInFlight(100)
    bytes_in_flight.add(60)
    bytes_in_flight.check(40)
    with pytest.raises(Unavailable):
        bytes_in_flight.add(41)
    assert bytes_in_flight.now == 60
    bytes_in_flight.remove(60)
    bytes_in_flight.add(100)


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("ur", "ur"), ("UR-pk", "ur"), ("en, ur", "en"), ("en;q=0.5, ur;q=0.6", "ur"), ("ur;q=0", "en"), ("*", "en"),
        ("", "en"), (",,,;;;q=", "en"), ("ur;q=7", "en"), ("x" * 100_000, "en"), ("fr," * 20 + "ur", "en"),
        ("ur;q=1." + "0" * 5, "en"),
    ],
)  # fmt: skip
def test_languages(header: str, tag: str) -> None:
    assert language(header) == tag


def test_every_outcome_has_a_sentence_in_both_languages() -> None:
    for code in Outcome:
        for tongue in ("en", "ur"):
            assert outcome(code, tongue)["sentence"]
    assert outcome(65_535, "en")["name"] == "UNKNOWN"


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_is_none(port: int) -> None:
    with pytest.raises(Refused, match="is no port"):
        bind("127.0.0.1", port)
