"""Which coin of CoinGecko a base asset of the exchange is. Pure: coins and prices come in, matches go out.

A symbol is not unique there. The rule: the coin that `[universe] overrides` names, else the one that is known to hide
behind the asset's name, else the largest coin of that symbol; and whichever it is, its price must be the exchange's,
or it is another coin.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from threadx.data.plan import Note
from threadx.exchange.markets import CoinMarket

__all__ = ["KNOWN", "CoinBook", "Match", "pins_of", "units_of"]

KNOWN: Mapping[str, str] = MappingProxyType(
    {
        # asset at Binance -> id at CoinGecko, where the symbol alone says another coin or none
        "A": "vaulta",
        "BEAMX": "beam-2",
        "BNB": "binancecoin",
        "BTC": "bitcoin",
        "ETH": "ethereum",
        "LUNA": "terra-luna-2",
        "LUNC": "terra-luna",
        "POL": "polygon-ecosystem-token",
        "RONIN": "ronin",
        "SOL": "solana",
        "TON": "the-open-network",
    }
)
"""Ids seen in public lists until 2026. One that CoinGecko does not send counts for nothing: the symbol decides then."""

_COUNTED = re.compile(r"(?P<units>1000000|10000|1000|1M)(?P<symbol>[A-Z]\w*)", re.ASCII)
_UNITS = {"1M": 1_000_000}


@dataclass(frozen=True, slots=True)
class Match:
    """What was found for a base asset."""

    coin: CoinMarket | None
    """None: no coin, or one whose price says that it is another."""
    problem: Note | None = None
    """Why a coin that was found is not this asset."""


def units_of(base: str) -> tuple[str, int]:
    """Return the symbol in a base asset's name and how many of them one unit is: ("SATS", 1000) of "1000SATS"."""
    found = _COUNTED.fullmatch(base)
    if found is None:
        return base, 1
    units = found["units"]
    return found["symbol"], _UNITS.get(units) or int(units)


def pins_of(overrides: Iterable[str]) -> dict[str, str]:
    """Return base asset -> coin id of the settings' `ASSET=coin-id`; "" is no coin."""
    return {base: coin for base, _, coin in (each.partition("=") for each in overrides)}


class CoinBook:
    """The coins of one moment, by id and by symbol."""

    def __init__(self, coins: Sequence[CoinMarket], pins: Mapping[str, str], tolerance: float) -> None:
        """Take coins in any order; `pins` are the user's, `tolerance` is a share of the exchange's price."""
        self._pins = pins
        self._tolerance = tolerance
        self._by_id = {coin.id: coin for coin in coins}
        self._largest: dict[str, CoinMarket] = {}
        for coin in sorted(coins, key=lambda coin: -(coin.market_cap or 0.0)):
            self._largest.setdefault(coin.symbol, coin)

    def match(self, base: str, last_price: float) -> Match:
        """Return the coin that a base asset is.

        Args:
            base: as the exchange writes it.
            last_price: of one unit at the exchange, in dollars or in a quote asset that is as good as one; 0: unknown.
        """
        coin, units = self._find(base)
        if coin is None or not coin.price or last_price <= 0:  # without a price nothing says that it is this coin
            return Match(None)
        ratio = coin.price * units / last_price
        if abs(ratio - 1) > self._tolerance:
            prices = {"theirs": f"{coin.price * units:.6g}", "ours": f"{last_price:.6g}"}
            return Match(
                None,
                Note(
                    "{coin} costs {theirs} at CoinGecko and {base} {ours} here: another coin; "
                    "[universe] overrides can name the right one",
                    {"coin": coin.id, "base": base} | prices,
                ),
            )
        return Match(coin)

    def _find(self, base: str) -> tuple[CoinMarket | None, int]:
        if base in self._pins:
            coin = self._by_id.get(self._pins[base])
            return coin, units_of(base)[1] if coin is not None and coin.symbol != base else 1
        known = self._by_id.get(KNOWN.get(base, ""))
        if known is not None:
            return known, 1
        if base in self._largest:
            return self._largest[base], 1
        symbol, units = units_of(base)
        return self._largest.get(symbol), units
