"""Bars of any timeframe straight from the exchange, for checks and previews: nothing is stored."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, nullcontext

import numpy as np
import pandas as pd

from threadx.bars.checks import split_valid
from threadx.bars.dates import Moment, range_ms
from threadx.bars.schema import frame_from_columns
from threadx.bars.timeframe import Timeframe
from threadx.config import Settings, get_settings
from threadx.data.source import open_source
from threadx.exchange.decode import empty_columns
from threadx.exchange.source import MarketSource, Page
from threadx.progress import NULL_PROGRESS, Progress

__all__ = ["BinanceDataLoader"]

log = logging.getLogger(__name__)

DEFAULT_BARS = 500
LONGEST_MONTH_MS = 31 * 86_400_000


class BinanceDataLoader:
    """Loads the exchange's own bars. Holds nothing open between calls; any thread may call.

    Args:
        settings: None is `get_settings()`.
        source: asked instead of the settings' exchange, and left open; for composition.
    """

    def __init__(self, settings: Settings | None = None, *, source: MarketSource | None = None) -> None:
        self._settings = settings if settings is not None else get_settings()
        self._source = source

    def load(
        self,
        symbol: str,
        timeframe: str | Timeframe,
        start: Moment = None,
        end: Moment = None,
        *,
        progress: Progress = NULL_PROGRESS,
    ) -> pd.DataFrame:
        """Return the closed bars of a range as a UDFI frame.

        These are the exchange's own bars of that timeframe, not ones derived from its minutes. Bars that break the
        data contract are left out: they are counted in `frame.attrs["quarantined"]` and written to the log.

        Args:
            symbol: as the exchange writes it: "BTCUSDC".
            timeframe: "1m" ... "1mo", or an alias.
            start: day or time, UTC; None is 500 bars before `end`.
            end: a bare day is included, a time is not; None is now.
            progress: told the bars so far, and of waits.

        Returns:
            UDFI: index `timestamp` (open time, UTC, ms), `symbol`, open high low close volume quote_volume trades
            taker_buy_base taker_buy_quote. No rows where the exchange has none.

        Raises:
            UnsupportedTimeframeError: no such timeframe.
            DataError: a date that is none, or an empty range.
            SourceError: the exchange failed, or does not know the symbol.
            JobCancelled: cancelled meanwhile.
        """
        wanted = Timeframe.parse(timeframe)
        start_ms, end_ms = range_ms(start, end)
        with self._opened() as source:
            last_ms = end_ms if end_ms is not None else source.server_time_ms(progress)
            first_ms = start_ms if start_ms is not None else _bars_before(last_ms, wanted)
            pages = _collected(source, symbol, wanted, (first_ms, max(first_ms, last_ms)), progress)
        return _frame(pages, symbol, wanted)

    def _opened(self) -> AbstractContextManager[MarketSource]:
        return open_source(self._settings) if self._source is None else nullcontext(self._source)


def _collected(
    source: MarketSource, symbol: str, timeframe: Timeframe, wanted: tuple[int, int], progress: Progress
) -> list[Page]:
    pages: list[Page] = []
    total = timeframe.count(*wanted)
    for page in source.bars(symbol, timeframe, *wanted, progress):
        pages.append(page)
        progress.report(timeframe.count(wanted[0], page.end_ms), total, "bars", weight_used=source.weight_used)
    return pages


def _frame(pages: list[Page], symbol: str, timeframe: Timeframe) -> pd.DataFrame:
    parts = [page.columns for page in pages] or [empty_columns()]
    good, breaches = split_valid({name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
    frame = frame_from_columns(good, symbol)
    frame.attrs["quarantined"] = int(breaches["timestamp"].nunique())
    if len(breaches):
        log.warning("%s %s: %d bars break the data contract, left out", symbol, timeframe, frame.attrs["quarantined"])
    return frame


def _bars_before(end_ms: int, timeframe: Timeframe) -> int:
    period_ms = timeframe.period_ms if timeframe.period_ms is not None else LONGEST_MONTH_MS
    return max(timeframe.floor(end_ms - DEFAULT_BARS * period_ms), 0)
