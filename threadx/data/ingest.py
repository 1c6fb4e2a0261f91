"""Bars from the exchange into the bank: what people call, from a notebook, the command line or the window.

Dates at these doors: a day without a time is a UTC day and included as an end; any timestamp is exclusive as an end.
Everything blocks; every call can be reported on and cancelled through `progress`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

import pandas as pd

from threadx.bars.dates import Moment, range_ms
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.closeable import Closeable
from threadx.config import Settings, get_settings
from threadx.data.batch import update_all
from threadx.data.consistency import ConsistencyReport, compare
from threadx.data.job_end import job_ended
from threadx.data.report import AssetReport
from threadx.data.source import open_source
from threadx.data.symbols import named_symbols, top_count
from threadx.data.update import Request, SymbolUpdate, Tools, derived_names
from threadx.errors import DataNotFoundError
from threadx.exchange.rest import BinanceRest
from threadx.exchange.source import MarketSource
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store import Store

__all__ = ["AssetReport", "ConsistencyReport", "IngestionManager", "ingest_batch", "ingest_binance"]


class IngestionManager(Closeable):
    """Fills the bank with 1-minute bars and what is derived from them, and reads it back.

    A context manager; `close` ends the connections that it opened itself. Every method may be called from many
    threads at once, for one symbol too. Frames that come back are UDFI: open time as index, UTC, with `symbol`.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        source: MarketSource | None = None,
        store: Store | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Compose from the settings; nothing is opened or read before it is needed.

        Args:
            settings: `get_settings()` unless given.
            source: where bars come from, instead of the one the settings name; it stays the caller's to close.
            store: the bank, instead of the one in the settings' data root.
            clock: monotonic seconds; it paces the commits.
        """
        self._settings = get_settings() if settings is None else settings
        self._store = Store(self._settings.paths.data_root, settings=self._settings) if store is None else store
        self._source = source
        self._clock = clock
        self._opened: BinanceRest | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the connections that were opened here. Idempotent; a later call opens new ones."""
        with self._lock:
            if self._opened is not None:
                self._opened.close()
                self._opened = None

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._settings

    @property
    def store(self) -> Store:
        """The bank."""
        return self._store

    @property
    def provider(self) -> str:
        """The folder of the bank that this source's bars go to."""
        return self._settings.source.name if self._source is None else self._source.name

    def download_ohlcv_1m(
        self, symbol: str, start: Moment, end: Moment, *, progress: Progress = NULL_PROGRESS
    ) -> pd.DataFrame:
        """Fetch what the bank lacks of a range, store it with its timeframes, and return the range's 1m bars.

        Args:
            symbol: as the exchange spells it, "BTCUSDC".
            start: first bar; None: the first stored one, on an empty bank the configured history.
            end: last day (included) or end time (not included); None: up to the last finished bar.
            progress: hears of bars done, and cancels.

        Raises:
            DataError: the dates are not dates, or empty.
            DataNotFoundError: the exchange has no finished bar in the range.
            UnknownSymbolError: the exchange has no such symbol; the hint names near ones.
            SourceError: the exchange failed; what had arrived is stored.
            StoreError: the bank failed.
            JobCancelled: cancelled; what was committed stays.
        """
        return self.resample_from_1m_api(symbol, ONE_MINUTE.name, start, end, progress=progress)

    def resample_from_1m_api(
        self, symbol: str, timeframe: str, start: Moment, end: Moment, *, progress: Progress = NULL_PROGRESS
    ) -> pd.DataFrame:
        """Return the bars of a timeframe that open in a range, derived by the bank from 1m bars.

        Reads the bank and fetches only the minutes it lacks, to the end of the last bucket. The timeframe is kept from
        now on. A bucket that is not finished is not returned. Arguments and errors as `download_ohlcv_1m`.

        Raises:
            UnsupportedTimeframeError: no such timeframe.
        """
        bucket = Timeframe.parse(timeframe)
        start_ms, end_ms = range_ms(start, end)
        first_ms = None if start_ms is None else bucket.next(start_ms - 1)
        last_ms = None if end_ms is None else bucket.next(end_ms - 1)
        if first_ms is not None and last_ms is not None and first_ms >= last_ms:
            raise DataNotFoundError(
                "{symbol} {timeframe}: no bar opens in the asked range",
                hint="widen the range to the open time of a bar",
                symbol=symbol,
                timeframe=bucket.name,
            )
        request = Request(first_ms, last_ms, derived_names([bucket.name]))
        try:
            report = SymbolUpdate(self._tools(), symbol, request).run(progress)
        finally:
            job_ended(self._store)
        return self._read(symbol, bucket, start_ms, end_ms, report)

    def update_assets_batch(
        self,
        symbols: Sequence[str],
        start_date: Moment = None,
        end_date: Moment = None,
        target_timeframes: Sequence[str] | None = None,
        max_workers: int | None = None,
        dry_run: bool = False,  # noqa: FBT001, FBT002 - the signature that users know
        *,
        progress: Progress = NULL_PROGRESS,
    ) -> dict[str, AssetReport]:
        """Bring several symbols up to date at once; returns no bars, so its memory does not grow with the range.

        Args:
            symbols: as the exchange spells them; one that stands twice counts once.
            start_date: first bar; None: per symbol the first stored one, on an empty bank the configured history.
            end_date: last day (included) or end time (not included); None: up to the last finished bar.
            target_timeframes: to derive besides those the bank keeps.
            max_workers: symbols worked on at once; None: as configured.
            dry_run: only plan: fetch no bar and write nothing.
            progress: hears of symbols done, and through `about(symbol)` of bars; cancels all.

        Returns:
            A report per symbol, in the order given. A symbol's failure is in its report and stops no other.

        Raises:
            DataError: the dates are not dates, or empty.
            UnsupportedTimeframeError: no such timeframe.
            ValueError: `max_workers` is below 1.
            JobCancelled: cancelled, and all workers have stopped; what was committed stays.
        """
        if max_workers is not None and max_workers < 1:
            raise ValueError(f"max_workers must be at least 1: {max_workers}")
        start_ms, end_ms = range_ms(start_date, end_date)
        request = Request(start_ms, end_ms, derived_names(target_timeframes), dry_run=dry_run)
        workers = self._settings.ingest.workers if max_workers is None else max_workers
        listed = [symbols] if isinstance(symbols, str) else symbols
        return update_all(self._tools(), listed, request, workers=workers, progress=progress)

    def top_symbols(self, count: int = 100, *, progress: Progress = NULL_PROGRESS) -> tuple[str, ...]:
        """Return the largest tradable pairs now, the largest first, and publish the ranking.

        Raises:
            SourceError: the exchange cannot be asked.
            JobCancelled: cancelled.
        """
        from threadx.data.tokens import TokenManager  # noqa: PLC0415 - it loads what only a ranking needs

        with TokenManager(self._settings, source=self._open(), store=self._store) as tokens:
            return tokens.get_top_tokens(count, progress=progress).symbols

    def verify_resample_consistency(
        self, df_1m: pd.DataFrame, df_tf: pd.DataFrame, timeframe: str
    ) -> ConsistencyReport:
        """Hold bars of a timeframe against what 1m bars give; the report is true or false and says where.

        Looks at buckets that lie whole within the 1m bars; touches neither bank nor exchange.

        Raises:
            UnsupportedTimeframeError: no such timeframe.
            UDFIError: a frame breaks the data contract.
        """
        return compare(df_1m, df_tf, Timeframe.parse(timeframe))

    def _tools(self) -> Tools:
        return Tools(self._settings, self._open(), self._store, self._clock)

    def _open(self) -> MarketSource:
        if self._source is not None:
            return self._source
        with self._lock:
            if self._opened is None:
                self._opened = open_source(self._settings)
            return self._opened

    def _read(
        self, symbol: str, timeframe: Timeframe, start_ms: int | None, end_ms: int | None, report: AssetReport
    ) -> pd.DataFrame:
        plan = report.plan
        first = start_ms if start_ms is not None or plan is None or plan.wanted is None else plan.wanted.start_ms
        try:
            return self._store.read(self.provider, symbol, timeframe.name, first, end_ms)
        except DataNotFoundError as error:
            notes = () if plan is None else plan.notes
            raise DataNotFoundError(
                "{symbol} {timeframe}: no finished bar in the asked range ({remarks})",
                hint="widen the range",
                symbol=symbol,
                timeframe=timeframe.name,
                remarks="; ".join(map(str, notes)) or "the exchange has none there",
            ) from error


def ingest_binance(
    symbol: str,
    interval: str,
    start_iso: Moment,
    end_iso: Moment,
    *,
    settings: Settings | None = None,
    progress: Progress = NULL_PROGRESS,
) -> pd.DataFrame:
    """Return a symbol's bars of any timeframe; the bank is filled with what it lacks of them.

    `IngestionManager.resample_from_1m_api` in one call, with connections of its own; errors as there.
    """
    with IngestionManager(settings) as manager:
        return manager.resample_from_1m_api(symbol, interval, start_iso, end_iso, progress=progress)


def ingest_batch(
    mode: str,
    symbols_or_group: str | int | Sequence[str],
    interval: str,
    start_iso: Moment,
    end_iso: Moment,
    *,
    settings: Settings | None = None,
    progress: Progress = NULL_PROGRESS,
) -> dict[str, AssetReport]:
    """Bring symbols up to date: named one by one, as a group of the settings, or the largest.

    Args:
        mode: "single" (one symbol), "list" (several), "group" (a group's name; the quote asset is added) or "top" (how
            many of the largest, see `TokenManager.get_top_tokens`; that ranking is published).
        symbols_or_group: what `mode` says.
        interval: "1m", or a timeframe to derive besides those the bank keeps.
        start_iso: as `IngestionManager.update_assets_batch`, like everything else.
        end_iso: the same.
        settings: `get_settings()` unless given.
        progress: hears and cancels.

    Raises:
        DataError: no such mode or group, no number of symbols, or dates that are none.
        SourceError: the exchange cannot say which symbols are the largest.
        UnsupportedTimeframeError: no such timeframe.
        JobCancelled: cancelled; what was committed stays.
    """
    with IngestionManager(settings) as manager:
        if mode == "top":
            symbols = manager.top_symbols(top_count(symbols_or_group), progress=progress)
        else:
            symbols = named_symbols(manager.settings, mode, symbols_or_group)
        return manager.update_assets_batch(symbols, start_iso, end_iso, [interval], progress=progress)
