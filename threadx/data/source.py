"""Which exchange the settings mean, opened."""

from __future__ import annotations

import atexit
import itertools
import threading

from threadx.closeable import Closeable
from threadx.config import Settings, Source
from threadx.demo import DemoExchange
from threadx.exchange.markets import MarketCaps
from threadx.exchange.rest import BinanceRest

__all__ = ["DEMO", "open_market_caps", "open_source"]

DEMO = "demo"
"""The provider name of the embedded exchange."""

WEIGHT_LIMIT = 600_000
"""A minute's, of the embedded exchange: a hundred times the real one's, for there is nothing to spare here."""

_lock = threading.Lock()
_running: list[DemoExchange] = []
_clients: set[int] = set()
"""Leases that have not ended."""
_numbers = itertools.count(1)


class _Lease:
    """The embedded exchange of this process, until the last of its leases ends."""

    def __init__(self) -> None:
        self._number = next(_numbers)
        with _lock:
            _clients.add(self._number)
            if not _running:
                exchange = DemoExchange(weight_limit=WEIGHT_LIMIT)
                _running.append(exchange.__enter__())
            self.url = _running[0].url

    def end(self) -> None:
        """Need it no more; idempotent."""
        with _lock:
            _clients.discard(self._number)
            if not _clients:
                _end_exchange()


class _Embedded(Closeable):
    """What a client of the embedded exchange does besides."""

    def __init__(self, settings: Settings) -> None:
        self._lease = _Lease()
        super().__init__(settings.with_source(self._lease.url, DEMO))  # type: ignore[call-arg] # the client's

    def close(self) -> None:
        super().close()  # type: ignore[safe-super] # likewise
        self._lease.end()


class _EmbeddedRest(_Embedded, BinanceRest):
    """Bars, pairs and tickers."""


class _EmbeddedCaps(_Embedded, MarketCaps):
    """Market values."""


def open_source(settings: Settings) -> BinanceRest:
    """Return a client of the exchange that `settings` name; close it after use.

    The source named "demo" with the real hosts still set means the embedded exchange of this process, which starts
    with the first such client and ends with the last.
    """
    return _EmbeddedRest(settings) if _means_embedded(settings) else BinanceRest(settings)


def open_market_caps(settings: Settings) -> MarketCaps:
    """Return a client of CoinGecko, or of the embedded exchange where that is the source; close it after use."""
    return _EmbeddedCaps(settings) if _means_embedded(settings) else MarketCaps(settings)


def _means_embedded(settings: Settings) -> bool:
    return settings.source.name == DEMO and settings.source.rest_hosts == Source().rest_hosts


def _end_exchange() -> None:
    while _running:
        _running.pop().__exit__(None, None, None)


atexit.register(_end_exchange)
