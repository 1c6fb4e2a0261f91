"""`IndicatorBank`: any indicator of any stored bars, computed once, kept in a file, and never stale.

    bank = IndicatorBank()
    frame = bank.calculate("BTCUSDC", "ema", {"period": 20}, timeframe="1h")

A file is fresh as long as the bars it came from (by hash, month by month), the function's version and the parameters
are the same; no clock is looked at. Otherwise the months that changed are computed again, from the state at the edge
before them: see `threadx.indicators.catch_up`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from threadx.bars.dates import Moment, range_ms
from threadx.bars.intervals import Interval
from threadx.bars.schema import OPEN_TIME, Columns, index_from_ms
from threadx.bars.timeframe import Timeframe
from threadx.config import get_settings
from threadx.config_model import Settings
from threadx.indicators.answers import Deleted, Ensured, Freshness, IndicatorStatus, Outcome, Why
from threadx.indicators.cached import ALWAYS, CachedFiles, Target
from threadx.indicators.choices import Asked, Choice, full_params, wanted
from threadx.indicators.inputs import Inputs
from threadx.indicators.spec import get
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store import Store
from threadx.store.indicator_files import IndicatorFile, file_path, files_under, remove_file
from threadx.store.layout import Series

__all__ = ["Deleted", "Ensured", "Freshness", "IndicatorBank", "IndicatorStatus", "Outcome", "Why"]

log = logging.getLogger(__name__)

BATCH_BYTES = 128 << 20
"""Bars to keep in memory while several indicators of the same bars are computed."""


class IndicatorBank:
    """Computes and keeps indicators of one bank of bars. Any number of threads and processes may use it at once.

    Methods block: call them on a worker thread. Two that compute the same file at once do the work twice; the last
    one's file stays, and it says itself which bars it came from.
    """

    def __init__(self, settings: Settings | Store | str | PathLike[str] | None = None, *, keep_bytes: int = 0) -> None:
        """Open nothing and write nothing yet.

        Args:
            settings: settings (None: `get_settings()`), the data root of a bank of bars, or its `Store`.
            keep_bytes: how many bytes of bars to keep in memory, for a batch over the same bars; the log then has
                each file at DEBUG only.
        """
        self.store = _store_of(settings)
        self.settings = self.store.settings.with_data_root(self.store.layout.control.parent)
        level = logging.DEBUG if keep_bytes else logging.INFO  # a batch is told as one, by whoever runs it
        inputs = Inputs(self.store, keep_bytes)
        self._cached = CachedFiles(inputs, self.store.fs, self.settings.store.compression, log_level=level)

    # -- values ---------------------------------------------------------------------------------------------------

    def calculate(
        self,
        symbol: str,
        indicator: str,
        params: Mapping[str, Any] | None = None,
        timeframe: str | Timeframe = "1h",
        *,
        provider: str | None = None,
        start: Moment = None,
        end: Moment = None,
        progress: Progress = NULL_PROGRESS,
    ) -> pd.DataFrame:
        """Return an indicator's values: one float64 column per output, indexed as the bars (`timestamp`, UTC, ms).

        NaN until the warm-up is over. The warm-up happens once, at the first stored bar: `start` and `end` cut the
        result and never change a value.

        Args:
            symbol: whose bars: "BTCUSDC".
            indicator: its name in lower case: "ema".
            params: those that shall not have their default: {"period": 20}.
            timeframe: which bars; they must be stored.
            provider: where the bars come from; None: `[source] name`.
            start: first open time; None: of all.
            end: open time of the first bar not wanted; a bare day is included.
            progress: reports months, cancels.

        Raises:
            IndicatorError: no such indicator or parameter, or a value that is not allowed; names the allowed range.
            DataNotFoundError: there are no such bars.
            DataError: `start` or `end` is no date.
            CorruptPartitionError: a file of bars is damaged.
            StoreError: the disk refused.
            JobCancelled: cancelled; what is cached stays as it was.
        """
        first, last = range_ms(start, end)
        columns = self.columns(
            symbol, indicator, params, timeframe, provider=provider, start_ms=first, end_ms=last, progress=progress
        )
        index = index_from_ms(columns.pop(OPEN_TIME))
        return pd.DataFrame(columns, index=index, copy=False)

    def columns(
        self,
        symbol: str,
        indicator: str,
        params: Mapping[str, Any] | None = None,
        timeframe: str | Timeframe = "1h",
        *,
        provider: str | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        progress: Progress = NULL_PROGRESS,
    ) -> Columns:
        """Return what `calculate` returns as arrays: `open_time` (int64 ms UTC), and one per output in their order."""
        target = self._target(symbol, indicator, params, timeframe, provider)
        first = ALWAYS.start_ms if start_ms is None else start_ms
        within = Interval(first, max(ALWAYS.end_ms if end_ms is None else end_ms, first))
        _ensured, found = self._cached.bring(target, within, progress)
        at = slice(*np.searchsorted(found[OPEN_TIME], (within.start_ms, within.end_ms)))
        return {name: found[name][at] for name in (OPEN_TIME, *target.outputs)}

    def calculate_many(
        self,
        symbol: str,
        indicators: Iterable[Asked] | Asked | None = None,
        timeframe: str | Timeframe = "1h",
        *,
        include_core: bool = False,
        provider: str | None = None,
        start: Moment = None,
        end: Moment = None,
        progress: Progress = NULL_PROGRESS,
    ) -> dict[str, pd.DataFrame]:
        """Return several indicators of the same bars, by the name of their file: {"ema_20": frame, ...}.

        Args:
            symbol: as `calculate`.
            indicators: `"ema"` (all that the settings have of it), `"ema:20"` or `("ema", {"period": 20})`; None: what
                the settings name.
            timeframe: as `calculate`.
            include_core: with None also RSI, MACD, VWAP, OBV and SMA.
            provider: as `calculate`, as are the rest and the errors.
            start: first open time.
            end: open time of the first bar not wanted.
            progress: reports indicators.
        """
        choices = wanted(self.settings, indicators, include_core=include_core)
        bank = self.for_batch()
        began_s = time.perf_counter()
        found: dict[str, pd.DataFrame] = {}
        for choice in choices:
            progress.report(len(found), len(choices), "indicators")
            found[choice.stem(self.settings)] = bank.calculate(
                symbol,
                choice.name,
                choice.params,
                timeframe,
                provider=provider,
                start=start,
                end=end,
                progress=progress,
            )
        log.info("%s %s: %s indicators, %.3f s", symbol, timeframe, len(found), time.perf_counter() - began_s)
        return found

    def ensure(
        self,
        symbol: str,
        indicator: str,
        params: Mapping[str, Any] | None = None,
        timeframe: str | Timeframe = "1h",
        *,
        provider: str | None = None,
        progress: Progress = NULL_PROGRESS,
    ) -> Ensured:
        """Bring an indicator's file up to date, prove every value of it against its checksum, and say what it took.

        Arguments and errors as `calculate`.
        """
        return self._cached.bring(self._target(symbol, indicator, params, timeframe, provider), ALWAYS, progress)[0]

    def for_batch(self) -> IndicatorBank:
        """Return a bank like this one that keeps bars in memory: each is read once for several indicators."""
        return IndicatorBank(self.store, keep_bytes=BATCH_BYTES)

    # -- files ----------------------------------------------------------------------------------------------------

    def status(
        self,
        symbols: Sequence[str] | None = None,
        indicators: Iterable[Asked] | Asked | None = None,
        timeframes: Sequence[str] | None = None,
        *,
        provider: str | None = None,
    ) -> list[IndicatorStatus]:
        """Return how files stand, by symbol, timeframe and name. Reads footers and manifests, never values.

        Where all three are given, one record each, files that are missing among them; else the files there are.

        Args:
            symbols: None: all.
            indicators: as `calculate_many`; None: all.
            timeframes: None: all.
            provider: None: with symbols that of the settings, without all of them.

        Raises:
            IndicatorError: as `calculate`.
        """
        if symbols is None or indicators is None or timeframes is None:
            found = self._files(symbols, indicators, timeframes, provider)
            return [self._cached.status_of(file) for file in found]
        choices = wanted(self.settings, indicators)
        return [
            self._cached.status(self._target(symbol, choice.name, choice.params, timeframe, provider))
            for symbol in symbols
            for timeframe in timeframes
            for choice in choices
        ]

    def delete(
        self,
        symbols: Sequence[str] | None = None,
        indicators: Iterable[Asked] | Asked | None = None,
        timeframes: Sequence[str] | None = None,
        *,
        provider: str | None = None,
    ) -> Deleted:
        """Delete files; what each argument leaves open means all. Bars are not touched.

        Raises:
            IndicatorError: as `calculate`.
            StoreError: the disk refused.
        """
        sizes = [
            remove_file(self.store.fs, file.path) for file in self._files(symbols, indicators, timeframes, provider)
        ]
        return Deleted(len(sizes), sum(sizes))

    def delete_files(self, files: Iterable[IndicatorStatus]) -> Deleted:
        """Delete exactly these files, as `status` returned them: damaged ones too, whose parameters nobody knows.

        Raises:
            StoreError: the disk refused.
        """
        sizes = [remove_file(self.store.fs, file.path) for file in files if file.state is not Freshness.MISSING]
        return Deleted(len(sizes), sum(sizes))

    # -- which file -----------------------------------------------------------------------------------------------

    def _target(
        self,
        symbol: str,
        name: str,
        params: Mapping[str, Any] | None,
        timeframe: str | Timeframe,
        provider: str | None,
    ) -> Target:
        series = Series(self.settings.source.name if provider is None else provider, symbol)
        parsed = Timeframe.parse(timeframe)
        full = full_params(self.settings, name, params, parsed)
        stem = Choice.of(name, full).stem(self.settings)
        path = file_path(self.settings.paths.indicators, series, parsed.name, stem)
        return Target(series, parsed, get(name), full, stem, path)

    def _files(
        self,
        symbols: Sequence[str] | None,
        indicators: Iterable[Asked] | Asked | None,
        timeframes: Sequence[str] | None,
        provider: str | None,
    ) -> list[IndicatorFile]:
        stems = None if indicators is None else {each.stem(self.settings) for each in wanted(self.settings, indicators)}
        names = None if timeframes is None else {Timeframe.parse(each).name for each in timeframes}
        home = self.settings.source.name if provider is None and symbols is not None else provider
        return [
            file
            for file in files_under(self.store.fs, self.settings.paths.indicators)
            if home in (None, file.series.provider)
            and (symbols is None or file.series.symbol in symbols)
            and (stems is None or file.stem in stems)
            and (names is None or file.timeframe in names)
        ]


def _store_of(named: Settings | Store | str | PathLike[str] | None) -> Store:
    if isinstance(named, Store):
        return named
    if isinstance(named, Settings):
        return Store(named.paths.data_root, settings=named)
    settings = get_settings() if named is None else get_settings().with_data_root(Path(named))
    return Store(settings.paths.data_root, settings=settings)
