"""Digital assets by the two names that the protocol has for them, and in which unit we keep them."""

from dataclasses import dataclass

from sanad.standards.trp.messages import Asset
from sanad.standards.trp.versions import Version

RECORD_EXPONENT_MAX = 9
"""Coins of 18 decimals are kept in units of 10⁻⁹ (63 bits hold no more of them)."""


@dataclass(frozen=True, slots=True)
class Known:
    """An asset whose unit is known."""

    symbol: str
    dti: str
    slip0044: int
    decimals: int

    @property
    def exponent(self) -> int:
        """Decimals of the unit that we keep."""
        return min(self.decimals, RECORD_EXPONENT_MAX)


KNOWN = (
    Known("BTC", "4H95J0R2X", 0, 8), Known("ETH", "X9J9K872S", 60, 18), Known("LTC", "", 2, 8),
    Known("DOGE", "", 3, 8), Known("BCH", "", 145, 8), Known("XRP", "", 144, 6), Known("TRX", "", 195, 6),
    Known("SOL", "", 501, 9), Known("ADA", "", 1815, 6), Known("XLM", "", 148, 7), Known("ATOM", "", 118, 6),
    Known("XMR", "", 128, 12),
)  # fmt: skip
_DTI_SINCE = Version(3, 2, 0)
_BY_DTI = {each.dti: each for each in KNOWN if each.dti}
_BY_SLIP = {each.slip0044: each for each in KNOWN}
_BY_SYMBOL = {each.symbol: each for each in KNOWN}


def known(asset: Asset) -> Known | None:
    """The asset, None when we do not know its unit: then its amount is kept as text alone."""
    if asset.dti:
        return _BY_DTI.get(asset.dti)
    slip = asset.slip0044
    slip = int(slip) if isinstance(slip, str) and slip.isascii() and slip.isdecimal() else slip
    return _BY_SYMBOL.get(slip.upper()) if isinstance(slip, str) else _BY_SLIP.get(-1 if slip is None else slip)


def spoken_as(asset: Asset, version: Version) -> Asset:
    """The asset as a version of the protocol names it: the DTI came with 3.2, before there was the coin type alone.

    With the DTI still beside it, since peers exist that speak an older version, know it, and take 0 for nothing.
    """
    found = known(asset)
    is_old = version < _DTI_SINCE and asset.dti and asset.slip0044 is None
    return Asset(asset.dti, found.symbol) if found is not None and is_old else asset


def by_symbol(symbol: str) -> Asset:
    """The name to send for an asset: its DTI where it has one, since 0 counts as missing with some peers."""
    found = _BY_SYMBOL.get(symbol.upper())
    return Asset(dti=found.dti) if found and found.dti else Asset(slip0044=symbol.upper())


def display(asset: Asset) -> str:
    """As people say it."""
    found = known(asset)
    return found.symbol if found else asset.dti or f"SLIP-0044 {asset.slip0044}"
