"""CoinGecko's `/coins/markets` for the embedded market: its coins, and all that makes matching them to pairs hard.

Facts of the wire: CoinGecko's OpenAPI coingecko-api-oas, demo-api.json, seen 2026-07. Ids are invented where the
real one is not public knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from threadx.demo.noise import fraction
from threadx.demo.rows import UNIT, Rows
from threadx.demo.symbols import Listing

__all__ = ["Coin", "coins_of", "page_of"]

PER_PAGE = 100
MOST_PER_PAGE = 250
FILLERS = 330
"""Coins that no exchange here lists, so that there is more than one page."""

_IDS = {
    "BTC": "bitcoin", "ETH": "ethereum", "SOL": "solana", "XRP": "ripple", "BNB": "binancecoin", "DOGE": "dogecoin",
    "ADA": "cardano", "LINK": "chainlink", "AVAX": "avalanche-2", "LTC": "litecoin", "DOT": "polkadot",
    "UNI": "uniswap", "TRX": "tron", "BCH": "bitcoin-cash", "SHIB": "shiba-inu", "USDC": "usd-coin",
    "FDUSD": "first-digital-usd", "USDE": "ethena-usde", "POL": "polygon-ecosystem-token", "S": "sonic-3",
    "1000SATS": "sats-ordinals", "BEAMX": "beam-2", "ARB": "arbitrum", "OP": "optimism", "MATIC": "matic-network",
    "FTM": "fantom", "WBTC": "wrapped-bitcoin", "PAXG": "pax-gold", "BTCUP": "btc-long-3x", "SUPER": "superfarm",
}  # fmt: skip
_NAMED_OTHERWISE = {"1000SATS": ("sats", 1000.0), "BEAMX": ("beam", 1.0)}
"""Coins whose pair has another name than their symbol: the symbol, and how many of them one unit of the pair is."""
_NO_COIN = frozenset({"EUR"})
"""Money of states: no coin."""
_SUPPLY = {"BTC": 2.0e7, "ETH": 1.2e8, "USDC": 6e10, "FDUSD": 2e9, "USDE": 5e9, "WBTC": 1.5e5}
_REHYPOTHECATED = frozenset({"WBTC"})


@dataclass(frozen=True, slots=True)
class Coin:
    """One entry. None is sent as null."""

    id: str
    symbol: str
    name: str
    price: float | None
    market_cap: float | None
    rehypothecated: bool = False
    """Wrapped or staked: only told when asked for, and without a rank."""


_EXTRA = (
    # symbols that two coins share: a copy, a namesake that is smaller, and one that is larger
    Coin("binance-peg-cardano", "ada", "Binance-Peg Cardano", 0.48, 1.1e8),
    Coin("universal-basic-token", "uni", "Universal Basic Token", 0.0031, 2.2e6),
    Coin("one-of-a-kind", "one", "One of a Kind", 3.7, 4.5e6),
    Coin("beam", "beam", "Beam (privacy)", 0.047, 7.2e6),
    Coin("io-protocol", "io", "IO Protocol", 0.00012, None),
    Coin("big-brother-finance", "bb", "Big Brother Finance", 41.0, 9.0e9),
    # stable coins and money on a chain
    Coin("tether", "usdt", "Tether", 1.0, 1.4e11),
    Coin("dai", "dai", "Dai", 0.9998, 5.3e9),
    Coin("paypal-usd", "pyusd", "PayPal USD", 1, 9.0e8),
    Coin("euro-coin", "eurc", "EURC", 1.08, 2.4e8),
    # staked
    Coin("wrapped-beacon-eth", "wbeth", "Wrapped Beacon ETH", 3_020.0, 4.0e9, rehypothecated=True),
    Coin("staked-ether", "steth", "Lido Staked Ether", 2_898.0, 2.6e10, rehypothecated=True),
    # leveraged
    Coin("eth-short-3x", "ethdown", "ETH Short 3x", 0.4, None),
    # what is not known
    Coin("quiet-coin", "quiet", "Quiet Coin", None, None),
    Coin("half-known", "half", "Half Known", 0.5, None),
)


class PricedMarket(Protocol):
    """What is asked of the bars."""

    def rows(
        self, symbol: str, interval: str, start_ms: int | None, end_ms: int | None, limit: int, *, offset_ms: int = 0
    ) -> Rows:
        """Return bars; see `Market.rows`."""

    def symbols(self) -> list[tuple[Listing, str]]:
        """Return the symbols that are known now, with their status."""


def coins_of(market: PricedMarket) -> list[Coin]:
    """Return every coin there is now, the largest capitalisation first, those without one last."""
    coins = [*_EXTRA, *_traded(market)]
    coins += [_filler(number) for number in range(FILLERS)]
    return sorted(coins, key=lambda coin: (coin.market_cap is None, -(coin.market_cap or 0.0), coin.id))


def page_of(coins: Sequence[Coin], query: Mapping[str, str]) -> list[dict[str, object]]:
    """Return the page that a query asks for; pages after the last are empty. Raises ValueError for an odd number."""
    with_them = query.get("include_rehypothecated", "false") == "true"
    told = [coin for coin in coins if with_them or not coin.rehypothecated]
    ranks = {coin.id: place for place, coin in enumerate((c for c in told if c.market_cap is not None), start=1)}
    ids = {each for each in query.get("ids", "").split(",") if each}
    wanted = [coin for coin in told if not ids or coin.id in ids]
    size = min(max(int(query.get("per_page", PER_PAGE)), 1), MOST_PER_PAGE)
    first = (max(int(query.get("page", 1)), 1) - 1) * size
    return [_entry(coin, None if coin.rehypothecated else ranks.get(coin.id)) for coin in wanted[first : first + size]]


def _traded(market: PricedMarket) -> list[Coin]:
    """Return a coin for each base asset that has a price in dollars, at the price of its pair."""
    pairs: dict[str, str] = {}
    for listing, _status in sorted(market.symbols(), key=lambda pair: pair[0].quote == "USDT"):
        if listing.quote in ("USDT", "USDC") and listing.base not in _NO_COIN:
            pairs[listing.base] = listing.symbol  # USDT comes last and wins: it has the longest history
    return [coin for place, (base, symbol) in enumerate(pairs.items()) if (coin := _coin(market, base, symbol, place))]


def _coin(market: PricedMarket, base: str, pair: str, place: int) -> Coin | None:
    last = market.rows(pair, "1m", None, None, 1)
    if not len(last):
        return None
    symbol, units = _NAMED_OTHERWISE.get(base, (base.lower(), 1.0))
    price = int(last.prices[3, -1]) / UNIT / units
    # supply makes a capitalisation that falls with the place in the list, mixed well enough to differ from turnover
    supply = _SUPPLY.get(base, 4e10 * (0.2 + fraction(1, base, "supply")) / (1 + place) / max(price * units, 1e-12))
    identity = _IDS.get(base, base.lower())
    name = identity.replace("-", " ").title()
    return Coin(identity, symbol, name, price, round(price * units * supply), base in _REHYPOTHECATED)


def _filler(number: int) -> Coin:
    size = 3e8 * fraction(number, "coin") / (1 + number)
    return Coin(f"coin-{number}", f"c{number}x", f"Coin {number}", round(fraction(number, "price"), 6), round(size, 2))


def _entry(coin: Coin, rank: int | None) -> dict[str, object]:
    price = coin.price
    return {
        "id": coin.id,
        "symbol": coin.symbol,
        "name": coin.name,
        "image": f"https://coin-images.coingecko.com/coins/images/{coin.id}.png",
        "current_price": price if price is None or price != int(price) else int(price),
        "market_cap": coin.market_cap,
        "market_cap_rank": rank,
        "fully_diluted_valuation": coin.market_cap,
        "total_volume": None if coin.market_cap is None else round(coin.market_cap * 0.04),
        "high_24h": None if price is None else price * 1.02,
        "low_24h": None if price is None else price * 0.97,
        "price_change_24h": None,
        "price_change_percentage_24h": None if price is None else -0.95302,
        "market_cap_change_24h": None,
        "circulating_supply": None if not price or coin.market_cap is None else coin.market_cap / price,
        "total_supply": None,
        "max_supply": None,
        "ath": price,
        "ath_date": "2025-10-06T18:57:42.558Z",
        "roi": None,
        "last_updated": "2026-05-18T12:49:21.599Z",
    }
