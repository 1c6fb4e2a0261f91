"""What the exchange offers beside what is stored: symbols, plans and estimates. Blocking."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from threadx.bars.timeframe import MINUTE_MS, ONE_MINUTE
from threadx.config import Settings
from threadx.data.plan import Known, Pace, SymbolPlan, Totals, nothing_wanted, plan_symbol, totals, wanted_range
from threadx.data.report import AssetReport
from threadx.errors import SourceError
from threadx.exchange.source import MarketSource
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store import Store

__all__ = ["DryRun", "Estimate", "Market", "SymbolRow"]

log = logging.getLogger(__name__)

CLOCK_KEPT_S = 30.0
"""An estimate is live: it does not ask the exchange's clock at every key."""


@dataclass(frozen=True, slots=True)
class SymbolRow:
    """One symbol to choose."""

    symbol: str
    base: str
    quote: str
    tradable: bool
    tick_size: float | None
    """Smallest price step; None when not told."""
    last_bar_ms: int | None = None
    """Open time of the last stored 1m bar, UTC; None when nothing is stored."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a download would cost, about: an upper bound made without asking the exchange about each symbol."""

    totals: Totals
    plans: tuple[SymbolPlan, ...]
    """One per symbol, in the order asked."""

    @property
    def replaced(self) -> int:
        """Stored 1m bars that would be fetched again."""
        return sum(plan.stored_again for plan in self.plans)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a download would fetch, exactly; nothing was written."""

    totals: Totals
    reports: tuple[AssetReport, ...]
    """One per symbol, in the order asked; a symbol that cannot be planned says why."""


class Market:
    """Questions that need the exchange, the bank or both. Worker threads only."""

    def __init__(self, settings: Settings, store: Store, source: MarketSource) -> None:
        self._settings = settings
        self._store = store
        self._source = source
        self._told: tuple[float, int] | None = None
        self._lock = threading.Lock()

    def symbols(self, progress: Progress = NULL_PROGRESS) -> list[SymbolRow]:
        """Return what the exchange lists and what is stored, by name.

        Raises:
            SourceError: the exchange cannot be asked; `stored_symbols` answers without it.
        """
        listed = {info.symbol: info for info in self._source.symbols(progress)}
        stored = self._last_bars()
        rows = [
            SymbolRow(info.symbol, info.base, info.quote, info.tradable, info.tick_size, stored.get(info.symbol))
            for info in listed.values()
        ]
        return sorted([*rows, *self._unlisted(set(stored) - set(listed), stored)], key=lambda row: row.symbol)

    def stored_symbols(self, progress: Progress = NULL_PROGRESS) -> list[SymbolRow]:
        """Return what is stored of this source, by name; asks nobody. `tradable` is False for want of knowledge."""
        progress.raise_if_cancelled()
        stored = self._last_bars()
        return self._unlisted(sorted(stored), stored)

    def estimate(
        self,
        symbols: Sequence[str],
        start_ms: int | None,
        end_ms: int | None,
        *,
        refetch: bool = False,
        progress: Progress = NULL_PROGRESS,
    ) -> Estimate:
        """Return about what a download would cost; works offline too, by this computer's clock."""
        closed_ms, pace = self._closed_ms(progress), Pace.of(self._settings, self._source.tempo)
        plans = []
        for symbol in dict.fromkeys(symbols):
            progress.raise_if_cancelled()
            coverage = self._store.coverage(self._source.name, symbol)
            known = Known(coverage.stored, coverage.ledger, closed_ms)
            wanted = wanted_range(start_ms, end_ms, known, history_days=self._settings.ingest.history_days)
            if wanted is None:
                plans.append(nothing_wanted(symbol, start_ms, known))
            else:
                plans.append(plan_symbol(symbol, wanted, known, pace, refetch=refetch))
        return Estimate(totals(plans, pace), tuple(plans))

    def _closed_ms(self, progress: Progress) -> int:
        """Return the end of the last finished minute."""
        now_s = time.monotonic()
        with self._lock:
            told = self._told
        if told is None or now_s - told[0] >= CLOCK_KEPT_S:
            told = (now_s, self._server_ms(progress))
            with self._lock:
                self._told = told
        settled_ms = told[1] - self._settings.ingest.settle_delay_s * 1000
        return settled_ms // MINUTE_MS * MINUTE_MS

    def _server_ms(self, progress: Progress) -> int:
        try:
            return self._source.server_time_ms(progress)
        except SourceError as error:
            log.info("the exchange's clock cannot be asked, this computer's is taken: %s", error)
            return int(datetime.now(UTC).timestamp() * 1000)

    def _last_bars(self) -> dict[str, int]:
        rows = self._store.catalog.rows(provider=self._source.name, timeframe=ONE_MINUTE.name)
        return {row.symbol: row.last_ms for row in rows}

    def _unlisted(self, symbols: Sequence[str] | set[str], stored: dict[str, int]) -> list[SymbolRow]:
        """Return rows for symbols that the exchange says nothing about; the assets are guessed from the quote."""
        quote = self._settings.ingest.quote
        return [
            SymbolRow(
                symbol,
                symbol.removesuffix(quote) or symbol,
                quote if symbol.endswith(quote) else "",
                tradable=False,
                tick_size=None,
                last_bar_ms=stored[symbol],
            )
            for symbol in symbols
        ]
