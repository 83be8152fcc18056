"""Travel addresses and LNURL, against the published vectors of another implementation (trisacrypto/trisa, MIT)."""

import pytest

from sanad.base.errors import Malformed
from sanad.standards.trp import addresses

VECTORS = [
    ("beneficiary.com/x/12345?t=i", "ta2W2HPKfHxgSgrzY178knqXHg1H3jfeQrwQ9JrKBs9wv"),
    ("localhost?t=i", "ta226rAKyTmMxzsmkda5U2Vhw1"),
    ("192.22.123.12?t=i", "ta42ZEr7rdvSpGnVvnttK1bWYQU4f4f"),
    ("beneficiary.com/x/12345?color=red&foo=bar&t=i",
     "taGw1e4cjuujwyHBV51aspbLBUbcDhebW7ss8iF6dLEn19WfyQZt6HaUTStSE2YcadkFG"),
    ("trisa.beneficiary.com:4443/x/12345?t=i", "ta2wijJqYhcj5zriQyV5SVWybf71AyHEXgRCa7WWJ8XQk9g1NodLEHbKoHdg"),
    ("envoy.local:8100?t=i", "taAFKaTJj4goXwwCKCmdNPtG8zeze5BeZiK"),
    ("10.20.1.231/x/12345?t=i", "ta7eawSJpSSSqZScV8b8hDD6hLMtLKC4S6tfKc3"),
    ("api.testing.21analytics.xyz/transfers/01H11RHY53MBMEQB1VJ4KJF39Z?t=i",
     "ta2SRCMhxtdtKVfoV2MTziaN7F9WD7WKyGvynQa7w3as7ziTr583ZRU1DeKarHjFrLSxuQAZLciZMqry4Yk797qKErWYnCmj8sLaH"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "address"), VECTORS)
def test_published_travel_addresses(url: str, address: str) -> None:
    assert addresses.encode(url) == address
    assert addresses.decode(address) == f"https://{url}"


@pytest.mark.parametrize(
    "url", ["https://beneficiary.com/x/12345", "beneficiary.com/x/12345", "http://beneficiary.com/x/12345?t=i"]
)
def test_the_scheme_is_left_out_and_the_query_added(url: str) -> None:
    assert addresses.encode(url) == "ta2W2HPKfHxgSgrzY178knqXHg1H3jfeQrwQ9JrKBs9wv"


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("2W2HPKfHxgSgrzY178knqXHg1H3jfeQrwQ9JrKBs9wv", "travel_address.prefix"),
        ("taEJKtAQyrS5x6i59GBS2fcbcUxoR14dYiW9cZu", "travel_address.query"),
        ("ta2BCfkBRHmbhyZuKHmEdHpypmo7HG4RJVgaWYR4LkKGLyAtJQkDtJrK", "travel_address.scheme"),
        ("taEJKtAQyrS5x6i59GKB6iMPx1iDzs8HXGNhbk1", "travel_address.host"),
        ("ta123412", "travel_address.checksum"),
        ("ta3MNQE1Y", "travel_address.checksum"),
        ("ta0OIl", "travel_address.form"),
        ("ta", "travel_address.checksum"),
        ("ta" + "2" * 3_000, "travel_address.size"),
    ],
)
def test_bad_travel_addresses_are_refused(address: str, code: str) -> None:
    with pytest.raises(Malformed) as error:
        addresses.decode(address)
    assert error.value.code == code


@pytest.mark.parametrize("url", ["", "https://", "https://user@host.com", "https://beneficiary", "https://1.2.3.400"])
def test_what_names_no_host_has_no_travel_address(url: str) -> None:
    with pytest.raises(Malformed):
        addresses.encode(url)


LNURLS = [
    ("https://openvasp.test-net.io/123?tag=inquiry",
     "LNURL1DP68GURN8GHJ7MMSV4H8VCTNWQH8GETNWSKKUET59E5K7TE3XGEN7ARPVU7KJMN3W45HY7GF5KZ53"),
    ("https://beneficiary.com/trp?tag=travelruleinquiry",
     "LNURL1DP68GURN8GHJ7CN9DEJKV6TRD9SHY7FWVDHK6TM5WFCR7ARPVU7HGUNPWEJKCUN4D3JKJMN3W45HY7GMSY37E"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "text"), LNURLS)
def test_published_lnurls(url: str, text: str) -> None:
    assert addresses.decode(text) == addresses.decode(text.lower()) == url
    assert addresses.encode_lnurl(url) == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("lnurl1split1checkupstagehandshakeupstreamerranterredcaperred2y9e2w", "lnurl.form"),
        (LNURLS[0][1][:-1] + "4", "lnurl.checksum"),
        (LNURLS[0][1][:-1] + "b", "lnurl.form"),
        ("lnurl1", "lnurl.form"),
    ],
)
def test_bad_lnurls_are_refused(text: str, code: str) -> None:
    with pytest.raises(Malformed) as error:
        addresses.decode(text)
    assert error.value.code == code
