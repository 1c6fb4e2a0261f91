"""The symbols of the generated market: who they are, since when they trade, and what has happened to them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from threadx.demo.noise import fraction, key_of
from threadx.demo.outages import SUSPENSIONS, Window, minute_of, window

__all__ = ["QUOTES", "Listing", "listings", "split_symbol"]

QUOTES = ("USDT", "USDC", "FDUSD", "BUSD", "TUSD", "BTC", "ETH", "BNB", "EUR", "TRY", "DAI", "USD")
"""Quote assets by which a symbol is split into base and quote; the longest that fits wins."""

FOREVER = 2**40
"""A minute that never comes."""


@dataclass(frozen=True, slots=True)
class Listing:
    """One symbol: everything that its bars and its entry in exchangeInfo depend on."""

    symbol: str
    base: str
    quote: str
    price_decimals: int = 8
    volume_decimals: int = 8
    base_key: int = 0
    quote_key: int = 0
    start_price: float = 1.0
    base_sigma: float = 0.0
    quote_sigma: float = 0.0
    activity: float = 1.0
    """The share of minutes with a trade."""
    turnover: float = 0.0
    """Typical volume of a minute with trades, in the quote asset."""
    lives: tuple[Window, ...] = ((0, FOREVER),)
    """When it is listed; between two lives it has no rows."""
    quiet: tuple[Window, ...] = ()
    """When it is listed and no trade is possible: rows without volume."""
    final_status: str = "TRADING"
    """The status while it is quiet for good."""
    extra: dict[str, object] = field(default_factory=dict, hash=False)
    """Fields of exchangeInfo that no client can know yet."""

    @property
    def key(self) -> int:
        """The key of everything random about this symbol alone."""
        return key_of(self.base_key, self.quote_key, self.symbol)

    def listed(self, minute: int) -> bool:
        """Whether the exchange knows the symbol: it does from the first minute on, delisted or not."""
        return self.lives[0][0] <= minute

    def status(self, minute: int) -> str:
        """Return the status at a minute."""
        if not any(start <= minute < end for start, end in self.lives):
            return "BREAK"
        if any(start <= minute < end for start, end in self.quiet):
            return self.final_status if self.final_status != "TRADING" else "HALT"
        return "TRADING"


# asset, price in USD, by falling turnover; the first are liquid in every quote, the last trade a few times an hour
_ASSETS = """
BTC 61000 ETH 2900 SOL 145 XRP 0.62 BNB 540 DOGE 0.14 ADA 0.48 LINK 14 AVAX 31 SUI 1.6 LTC 78 DOT 6.2 UNI 8.4
TRX 0.13 NEAR 4.9 APT 8.1 ARB 0.92 OP 1.9 FIL 5.1 AAVE 96 INJ 22 ATOM 7.3 ETC 24 BCH 390 PEPE 0.0000112
SHIB 0.0000214 WIF 2.1 BONK 0.0000241 FLOKI 0.000163 TIA 6.7 SEI 0.43 FET 1.3 RENDER 6.4 GRT 0.19 ICP 9.4
HBAR 0.083 VET 0.029 ALGO 0.17 XLM 0.11 STX 1.7 IMX 1.6 MKR 2400 LDO 1.5 CRV 0.36 SNX 2.1 COMP 49 SUSHI 0.83
YFI 5900 1INCH 0.33 ENS 21 DYDX 1.4 GMX 27 PENDLE 4.4 JUP 0.87 PYTH 0.38 JTO 2.6 W 0.34 ENA 0.61 ETHFI 3.1
STRK 0.58 ZK 0.15 ZRO 3.6 TAO 340 WLD 2.7 ORDI 38 1000SATS 0.000231 BOME 0.0091 NOT 0.0098 PEOPLE 0.071 CAKE 2.1
GALA 0.024 SAND 0.34 MANA 0.37 AXS 6.1 APE 1.1 CHZ 0.077 ENJ 0.19 FLOW 0.66 EGLD 33 KAVA 0.42 ROSE 0.082
ONE 0.016 ZIL 0.019 IOTA 0.17 NEO 12 QTUM 2.9 XTZ 0.81 DASH 27 ZEC 29 ONT 0.23 ICX 0.17 BAT 0.21 ZRX 0.37
LRC 0.19 KNC 0.54 BAND 1.3 OCEAN 0.64 CELO 0.63 ANKR 0.029 SKL 0.045 STORJ 0.46 COTI 0.11 CTSI 0.17 RSR 0.0061
KSM 24 RUNE 4.6 ALICE 1.1 HOT 0.0019 DENT 0.00098 CVC 0.13 MASK 2.7 AR 27 BLUR 0.21 MAGIC 0.44 HOOK 0.53
EDU 0.61 ID 0.47 CFX 0.17 ACH 0.021 LQTY 0.94 SSV 27 RDNT 0.077 WOO 0.21 BEL 0.61 HIGH 1.4 CYBER 3.9 ARKM 1.3
NTRN 0.44 MEME 0.013 BEAMX 0.019 DYM 1.7 ALT 0.11 MANTA 0.89 PIXEL 0.17 PORTAL 0.34 AEVO 0.41 METIS 41 SAGA 1.4
OMNI 9.1 REZ 0.044 BB 0.33 IO 1.9 LISTA 0.37 WLFI 0.21 EUR 1.08 FDUSD 1 USDE 1 POL 0.41 S 0.62
SYRUP 0.42 SUPER 0.71 WBTC 60900 PAXG 2640 BTCUP 12
"""
_STABLE = {"USDT": 4e-6, "USDC": 4e-6, "FDUSD": 6e-6, "USDE": 8e-6, "EUR": 4e-5}
_LIQUID, _STEADY = 16, 44
"""How many of the assets trade in every minute, and how many in nearly every one."""
_BTC_PAIRS = (
    "ETH", "SOL", "XRP", "BNB", "DOGE", "ADA", "LINK", "LTC", "DOT", "UNI", "ATOM", "SUSHI", "AAVE",
    "IOTA", "XLM", "NEO",
)  # fmt: skip

_FIRST_DAY = minute_of("2017-08-17 04:00")
_USDC_HOLE = window("2022-09-29 03:00", "2023-03-11 23:59")
"""All USDC pairs were taken off the list and came back (news of 2022-09 and 2023-03, seen 2026)."""
_LATE = {"WLFI": "2025-09-01 13:00", "S": "2025-01-16 08:00", "POL": "2024-09-13 10:00", "USDE": "2025-09-09 12:00"}
_RENAMED = {"MATIC": ("POL", "2024-09-10 03:00"), "FTM": ("S", "2025-01-13 03:00")}
"""Old name: new name and the minute from which the old one is frozen; the prices go on under the new name."""
_HALTS = {
    "SUSHIUSDC": window("2023-04-12 09:10", "11:44"),
    "LINKUSDC": window("2024-06-05 01:00", "2024-06-06 12:59"),
    "ADAUSDC": window("2026-06-10 12:00", "15:29"),
}
_STOPPED = {"HALT": ("DENTUSDC", "2025-03-01 10:00"), "CANCEL_ONLY": ("HOTUSDC", "2026-07-07 06:00"),
            "AUCTION_ONLY": ("CVCUSDC", "2025-05-20 08:00")}  # fmt: skip
"""A status and the symbol that has had it since then; the last one no client knows."""


def listings(seed: int, *, usdc_pairs: int | None = None) -> dict[str, Listing]:
    """Return the market's symbols by name.

    `usdc_pairs` keeps at most so many pairs against USDC, besides those whose base was renamed.
    """
    return {listing.symbol: listing for listing in _made(seed, usdc_pairs)}


@cache
def _made(seed: int, usdc_pairs: int | None) -> tuple[Listing, ...]:
    words = _ASSETS.split()
    prices = {asset: float(price) for asset, price in zip(words[::2], words[1::2], strict=True)}
    made = [_pair(seed, asset, quote, rank, prices) for rank, (asset, quote) in _ranked_pairs(list(prices), usdc_pairs)]
    made += [_frozen(seed, old, quote, prices) for old in _RENAMED for quote in ("USDT", "USDC")]
    made.append(_pair(seed, "币安人生", "USDT", 60, prices | {"币安人生": 0.14}, since="2024-03-05 10:00"))
    made.append(_pair(seed, "USDC", "USDT", 3, prices | {"USDC": 1.0}, since="2018-12-15 03:00"))
    return tuple({listing.symbol: listing for listing in made}.values())


def split_symbol(symbol: str) -> tuple[str, str]:
    """Return base and quote asset of a symbol; an unknown quote gives ("SYMBOL", "")."""
    fitting = [quote for quote in QUOTES if symbol.endswith(quote) and symbol != quote]
    quote = max(fitting, key=len, default="")
    return symbol.removesuffix(quote).rstrip("-_"), quote


def _ranked_pairs(assets: list[str], usdc_pairs: int | None) -> Iterator[tuple[int, tuple[str, str]]]:
    for rank, asset in enumerate(assets):
        yield rank, (asset, "USDT")
        if usdc_pairs is None or rank < usdc_pairs:
            yield rank, (asset, "USDC")
        if asset in _BTC_PAIRS:
            yield rank + _LIQUID, (asset, "BTC")


def _pair(seed: int, base: str, quote: str, rank: int, prices: dict[str, float], since: str = "") -> Listing:
    price = prices[base] / prices.get(quote, 1.0)
    decimals = min(8, max(2, 4 - math.floor(math.log10(price))))
    symbol = base + quote
    stopped, when = next(((status, at) for status, (name, at) in _STOPPED.items() if name == symbol), ("TRADING", ""))
    lives = _lives(seed, base, quote, rank, since)
    quiet = [*SUSPENSIONS, *([_HALTS[symbol]] if symbol in _HALTS else [])]
    quiet += [(minute_of(when), FOREVER)] if when else []
    return Listing(
        symbol,
        base,
        quote,
        price_decimals=decimals,
        volume_decimals=min(5, 8 - decimals),
        base_key=key_of(seed, _RENAMED.get(base, (base,))[0]),
        quote_key=key_of(seed, quote),
        start_price=price,
        base_sigma=_STABLE.get(base, 2.2e-4 + 2e-4 * fraction(seed, base)),
        quote_sigma=_STABLE.get(quote, 2.2e-4 + 2e-4 * fraction(seed, quote)),
        activity=_activity(seed, symbol, quote, rank),
        turnover=(40_000.0 if quote != "USDC" else 9_000.0) / (1 + rank) / prices.get(quote, 1.0) + 0.002,
        lives=lives,
        quiet=tuple(sorted(one for one in quiet if one[1] > lives[0][0])),
        final_status=stopped,
        extra={"demoOnlyField": {"reason": "clients must ignore what they do not know"}} if rank % 10 == 0 else {},
    )


def _frozen(seed: int, old: str, quote: str, prices: dict[str, float]) -> Listing:
    new, end = _RENAMED[old]
    known = prices | {old: prices[new]}
    listing = _pair(seed, old, quote, 20, known, since="2019-04-26 04:00" if quote == "USDT" else "2023-03-12 00:00")
    return _ended(listing, minute_of(end))


def _ended(listing: Listing, minute: int) -> Listing:
    values = {name: getattr(listing, name) for name in listing.__slots__}
    return Listing(**values | {"lives": tuple((start, min(end, minute)) for start, end in listing.lives)})


def _activity(seed: int, symbol: str, quote: str, rank: int) -> float:
    place = rank if quote != "USDT" else rank // 3
    if place < _LIQUID and quote != "BTC":
        return 1.0
    if place < _STEADY and quote != "BTC":
        return 0.97
    return 0.12 + 0.5 * fraction(seed, symbol, "activity")


def _lives(seed: int, base: str, quote: str, rank: int, since: str) -> tuple[Window, ...]:
    if since or base in _LATE:
        return ((minute_of(since or _LATE[base]), FOREVER),)
    hours = int(fraction(seed, base, "listed") * 33_000)  # from 2018 to the autumn of 2021
    start = _FIRST_DAY if rank < 2 else minute_of("2018-01-10 08:00") + hours * 60
    if quote != "USDC":
        return ((start, FOREVER),)
    back = _USDC_HOLE[1] + (int(fraction(seed, base, "back") * 90) * 1440 + 480 if rank >= 60 else 0)
    if rank < 60:
        return ((max(start, minute_of("2018-12-15 03:00")), _USDC_HOLE[0]), (back, FOREVER))
    return ((back, FOREVER),)
