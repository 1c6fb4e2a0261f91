"""A market source in memory: a real implementation of the protocol for tests of what stands above it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import numpy as np

from threadx.bars.schema import OPEN_TIME, Columns
from threadx.bars.timeframe import MINUTE_MS, Timeframe
from threadx.errors import UnknownSymbolError
from threadx.exchange.source import Page, SymbolInfo, Tempo, Ticker
from threadx.progress import Progress

DAY_MS = 1440 * MINUTE_MS
T0 = 1_679_270_400_000  # 2023-03-20 00:00 UTC, a Monday


def minutes(first_ms: int, count: int) -> Columns:
    """Return `count` minutes of clean bars whose values depend on their open time alone; a third has no volume."""
    number = first_ms // MINUTE_MS + np.arange(count)
    close = np.round(100 + 10 * np.sin(number / 500), 2)
    opened = np.round(100 + 10 * np.sin((number - 1) / 500), 2)
    quiet = number % 3 == 0
    opened = np.where(quiet, close, opened)
    return {
        OPEN_TIME: number * MINUTE_MS,
        "open": opened,
        "high": np.where(quiet, close, np.maximum(opened, close) + 1),
        "low": np.where(quiet, close, np.minimum(opened, close) - 1),
        "close": close,
        "volume": np.where(quiet, 0.0, 1.25),
        "quote_volume": np.where(quiet, 0.0, 125.0),
        "trades": np.where(quiet, 0, 7),
        "taker_buy_base": np.where(quiet, 0.0, 0.5),
        "taker_buy_quote": np.where(quiet, 0.0, 50.0),
    }


def without(columns: Columns, first_ms: int, last_ms: int) -> Columns:
    """Return the bars that do not open in `[first_ms, last_ms)`."""
    keep = (columns[OPEN_TIME] < first_ms) | (columns[OPEN_TIME] >= last_ms)
    return {name: values[keep] for name, values in columns.items()}


class MemorySource:
    """Serves columns; counts what it is asked; calls `on_page` before each page, which may raise or cancel."""

    name = "memory"
    weight_used: int | None = 2
    tempo = Tempo()

    def __init__(self, bars: dict[str, Columns], *, now_ms: int, page_rows: int = 1000) -> None:
        self.held = bars
        self.now_ms = now_ms
        self.asked: list[tuple[str, int, int]] = []
        self.listings_asked: list[str] = []
        self.on_page: Callable[[str, int], None] = lambda symbol, start_ms: None
        self._page_ms = page_rows * MINUTE_MS
        self._lock = threading.Lock()

    def server_time_ms(self, progress: Progress) -> int:
        progress.raise_if_cancelled()
        return self.now_ms

    def symbols(self, progress: Progress) -> list[SymbolInfo]:
        return [SymbolInfo(name, "TRADING", name[:-4], name[-4:], 0.01) for name in self.held]

    def first_bar_ms(self, symbol: str, since_ms: int, progress: Progress) -> int | None:
        progress.raise_if_cancelled()
        if since_ms == 0:
            self.listings_asked.append(symbol)
        opens = self._of(symbol)[OPEN_TIME]
        after = opens[opens >= since_ms]
        return int(after[0]) if len(after) else None

    def bars(self, symbol: str, timeframe: Timeframe, start_ms: int, end_ms: int, progress: Progress) -> Iterator[Page]:
        columns = self._of(symbol)
        for first in range(start_ms, end_ms, self._page_ms):
            progress.raise_if_cancelled()
            last = min(first + self._page_ms, end_ms)
            self.on_page(symbol, first)
            with self._lock:
                self.asked.append((symbol, first, last))
            rows = slice(*np.searchsorted(columns[OPEN_TIME], [first, last]))
            yield Page(first, last, {name: values[rows] for name, values in columns.items()})

    def tickers_24h(self, progress: Progress) -> list[Ticker]:
        return []

    def minutes_asked(self, symbol: str) -> int:
        return sum((end - start) // MINUTE_MS for name, start, end in self.asked if name == symbol)

    def _of(self, symbol: str) -> Columns:
        if symbol not in self.held:
            raise UnknownSymbolError("{symbol}: the exchange has no such symbol", symbol=symbol)
        return self.held[symbol]
