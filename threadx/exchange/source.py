"""What an exchange is to the rest of ThreadX: a protocol and the plain records that it hands out.

Nothing here does any I/O. `threadx.exchange.rest.BinanceRest` is the real one; it also talks to the embedded
exchange of `threadx.demo`, which speaks the same wire.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from threadx.bars.schema import Columns
from threadx.bars.timeframe import Timeframe
from threadx.progress import Progress

__all__ = ["MarketSource", "Page", "SymbolInfo", "Tempo", "Ticker"]

TRADING = "TRADING"


@dataclass(frozen=True, slots=True)
class SymbolInfo:
    """One trading pair as the exchange describes it now."""

    symbol: str
    status: str
    """As the exchange spells it; a status unknown to ThreadX only means "not tradable"."""
    base: str
    quote: str
    tick_size: float | None
    """Smallest price step, for display; None when not told."""

    @property
    def tradable(self) -> bool:
        """Whether the pair trades now."""
        return self.status == TRADING


@dataclass(frozen=True, slots=True)
class Ticker:
    """One pair's last 24 hours. Delisted pairs may answer too, stale or zero: filter on `SymbolInfo.tradable`."""

    symbol: str
    last_price: float
    volume: float
    """In the base asset."""
    quote_volume: float
    """In the quote asset: comparable between pairs of one quote asset only."""
    trades: int
    change_percent: float | None
    """Over 24 hours; None when not told."""


@dataclass(frozen=True, slots=True)
class Page:
    """One settled part of an asked range.

    Everything the exchange has in `[start_ms, end_ms)` is in `columns`; where rows are missing, it has none.
    """

    start_ms: int
    end_ms: int
    """UTC, half-open. Consecutive pages of one call touch."""
    columns: Columns
    """Rows with open times strictly ascending inside the range, maybe none. Off-grid times are passed on."""


@dataclass(frozen=True, slots=True)
class Tempo:
    """What is known of how fast a source may be asked and answers; None: nothing yet."""

    weight_per_minute: int | None = None
    """As the exchange announces it."""
    page_s: float | None = None
    """Seconds that a page of a thousand bars took lately, from the question to the last byte."""


class MarketSource(Protocol):
    """Where bars come from. All methods block, may be called from any thread and answer a cancel within 0.5 s.

    Raises:
        SourceError: in one of its forms, from every method.
        JobCancelled: `progress` was cancelled.
    """

    @property
    def name(self) -> str:
        """The provider, as bars are filed under it: "binance", "demo"."""
        ...

    @property
    def weight_used(self) -> int | None:
        """API weight used in the current clock minute as the server last said; None while unknown."""
        ...

    @property
    def tempo(self) -> Tempo:
        """How fast it may be asked, and answers; for estimates."""
        ...

    def server_time_ms(self, progress: Progress) -> int:
        """Return the exchange's clock, UTC ms."""
        ...

    def symbols(self, progress: Progress) -> list[SymbolInfo]:
        """Return every pair the exchange lists, delisted ones included."""
        ...

    def first_bar_ms(self, symbol: str, since_ms: int, progress: Progress) -> int | None:
        """Return the open time of the first 1-minute bar at or after `since_ms`, UTC ms; None when there is none.

        Since 0 that is the listing minute; since a minute without a bar, where a gap ends.
        """
        ...

    def bars(self, symbol: str, timeframe: Timeframe, start_ms: int, end_ms: int, progress: Progress) -> Iterator[Page]:
        """Yield pages that cover `[start_ms, end_ms)` in order, as far as bars are closed.

        A bar is closed when its end is no later than the server's clock minus the settle delay. The last page
        ends at `end_ms` or, where that is not yet settled, after the last closed bar.
        """
        ...

    def tickers_24h(self, progress: Progress) -> list[Ticker]:
        """Return the last 24 hours of every pair."""
        ...
