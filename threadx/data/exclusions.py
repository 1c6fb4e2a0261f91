"""Base assets that are no coin of their own, by explicit lists: what a list of the largest symbols leaves out.

Lists, not patterns: JUP, SYRUP and SUPER end in or hold "UP" and are ordinary coins. Names seen in 2024 to 2026 at
Binance, in exchangeInfo and in the announcements of listings; `[universe] exclude` and `include` change the answer.
"""

from __future__ import annotations

from collections.abc import Collection

from threadx.data.plan import Note

__all__ = ["LEVERAGED", "METAL", "STABLE", "STATE_MONEY", "WRAPPED", "excluded"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


STABLE = _words(
    """
    AEUR AUSD BFUSD BUSD CRVUSD CUSD CUSDT DAI EURC EURI EURS FDUSD FRAX FRXUSD GHO GUSD LUSD MIM PYUSD RLUSD SUSD
    SUSDE SUSDS TUSD U USD0 USD1 USDB USDC USDD USDE USDF USDG USDJ USDN USDP USDS USDT USDTB USDX USTC UST USDY VAI
    XUSD ZUSD
    """
)
STATE_MONEY = _words(
    "AED ARS AUD BIDR BRL BRZ BVND CAD CHF COP CZK DKK EUR GBP GYEN HKD IDR IDRT INR JPY KRW KZT MXN NGN NOK NZD PHP "
    "PLN RON RUB SAR SEK SGD THB TRY UAH UGX USD VND ZAR"
)
WRAPPED = _words(
    """
    BBTC BETH BNSOL BTCB CBBTC CBETH EETH EZETH HBTC JITOSOL LBTC LSETH METH MSOL OSETH RBTC RENBTC RETH RSETH RSWETH
    SAVAX SFRXETH SOLVBTC STETH STSOL SUI-LST SWETH TBTC WAVAX WBETH WBNB WBTC WEETH WETH WSOL WSTETH
    """
)
METAL = frozenset({"KAG", "KAU", "PAXG", "XAG", "XAU", "XAUT"})
_UP_DOWN = _words("1INCH AAVE ADA BCH BNB BTC DOT EOS ETH FIL LINK LTC SUSHI SXP TRX UNI XLM XRP XTZ YFI")
_BULL_BEAR = ["", "BNB", "EOS", "ETH", "XRP"]
LEVERAGED = frozenset(
    [f"{asset}{way}" for asset in _UP_DOWN for way in ("UP", "DOWN")]
    + [f"{asset}{way}" for asset in _BULL_BEAR for way in ("BULL", "BEAR")]
)

_KINDS = (
    (STABLE, Note("a stable coin")),
    (STATE_MONEY, Note("money of a state")),
    (WRAPPED, Note("a wrapped or staked form of another coin")),
    (METAL, Note("a metal in the form of a token")),
    (LEVERAGED, Note("a leveraged token")),
)
"""Base assets, and why they are left out."""


def excluded(base: str, *, exclude: Collection[str] = (), include: Collection[str] = ()) -> Note | None:
    """Return why a base asset is left out; None when it is not.

    Args:
        base: as the exchange writes it.
        exclude: more to leave out, of the settings.
        include: to let in whatever list it is on, of the settings; `exclude` wins.
    """
    if base in exclude:
        return Note("left out by the settings")
    if base in include:
        return None
    return next((why for members, why in _KINDS if base in members), None)
