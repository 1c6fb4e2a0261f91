"""Which exchange the settings mean, opened."""

from __future__ import annotations

import atexit
import threading

from threadx.config import Settings, Source
from threadx.demo import DemoExchange
from threadx.exchange.markets import MarketCaps
from threadx.exchange.rest import BinanceRest

__all__ = ["DEMO", "demo_url", "open_market_caps", "open_source"]

DEMO = "demo"
"""The provider name of the embedded exchange."""

WEIGHT_LIMIT = 600_000
"""A minute's, of the embedded exchange: a hundred times the real one's, for there is nothing to spare here."""

_lock = threading.Lock()
_running: list[DemoExchange] = []


def open_source(settings: Settings) -> BinanceRest:
    """Return a client of the exchange that `settings` name; close it after use.

    The source named "demo" with the real hosts still set means the embedded exchange of this process, which starts
    at the first such call and lives until the process ends.
    """
    return BinanceRest(_with_embedded(settings))


def open_market_caps(settings: Settings) -> MarketCaps:
    """Return a client of CoinGecko, or of the embedded exchange where that is the source; close it after use."""
    return MarketCaps(_with_embedded(settings))


def _with_embedded(settings: Settings) -> Settings:
    """Return settings whose hosts are the embedded exchange's, where they mean it."""
    if settings.source.name == DEMO and settings.source.rest_hosts == Source().rest_hosts:
        return settings.with_source(demo_url(), DEMO)
    return settings


def demo_url() -> str:
    """Return the address of this process's embedded exchange; starts it where it does not run yet."""
    with _lock:
        if not _running:
            exchange = DemoExchange(weight_limit=WEIGHT_LIMIT)
            _running.append(exchange.__enter__())
            atexit.register(exchange.__exit__, None, None, None)
        return _running[0].url
