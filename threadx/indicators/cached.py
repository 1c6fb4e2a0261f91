"""One cached file at a time: is it fresh, bring it up to date, hand out what is in it."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from threadx.bars.intervals import Interval
from threadx.bars.schema import OPEN_TIME, Columns
from threadx.bars.timeframe import Timeframe
from threadx.errors import CorruptPartitionError, DataNotFoundError, IndicatorError, UnsupportedTimeframeError
from threadx.indicators.answers import Ensured, Freshness, IndicatorStatus, Outcome, Why
from threadx.indicators.catch_up import CaughtUp, Function, caught_up, first_difference
from threadx.indicators.definition import Indicator
from threadx.indicators.inputs import Bars, Inputs, Part
from threadx.indicators.spec import file_stem, get
from threadx.progress import Progress
from threadx.store.fsio import Fs
from threadx.store.indicator_files import (
    IndicatorFile,
    IndicatorKey,
    OtherFormatError,
    read_key,
    read_values,
    write_file,
)
from threadx.store.layout import Series

__all__ = ["ALWAYS", "CachedFiles", "Target"]

log = logging.getLogger(__name__)

ALWAYS = Interval(-(1 << 62), 1 << 62)
_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class Target:
    """One file that is meant."""

    series: Series
    timeframe: Timeframe
    indicator: Indicator
    params: Mapping[str, Any]
    """Every parameter."""
    stem: str
    path: Path

    @property
    def outputs(self) -> tuple[str, ...]:
        """The columns of the file."""
        return self.indicator.outputs(self.params)

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of the bars that are looked at, the open times left out."""
        return tuple(name for name in self.indicator.needs if name != OPEN_TIME)

    def __str__(self) -> str:
        return f"{self.series} {self.timeframe.name} {self.stem}"


@dataclass(frozen=True, slots=True)
class _Known:
    """What is cached, as far as it may stand."""

    key: IndicatorKey | None
    columns: Columns | None
    why: Why
    """`SAME`: all of it stands."""
    detail: str = ""


class CachedFiles:
    """The files of one folder of indicators. Any thread."""

    def __init__(self, inputs: Inputs, fs: Fs, compression: str, *, log_level: int = logging.INFO) -> None:
        """Take what is worked with; `log_level` is that of a line on each file, DEBUG where it is one of many."""
        self._inputs = inputs
        self._fs = fs
        self._compression = compression
        self._log_level = log_level

    def bring(self, target: Target, within: Interval, progress: Progress) -> tuple[Ensured, Columns]:
        """Return what it took to have a file up to date, and its values: at least those of the months in `within`.

        What is handed out was held against its checksum.

        Raises:
            DataNotFoundError: there are no such bars.
            CorruptPartitionError: a file of bars is damaged.
            StoreError: the disk refused.
            JobCancelled: cancelled; the file is as it was.
        """
        began_s = time.perf_counter()
        for _ in range(_ATTEMPTS):
            bars = self._inputs.bars(target.series, target.timeframe)
            known = self._read(target, bars.parts, within)
            try:
                ensured, columns = self._brought(target, bars, known, progress)
            except FileNotFoundError:
                continue  # the generation went while its bars were read: begin again with a newer one
            ensured = replace(ensured, seconds=time.perf_counter() - began_s)
            log.log(self._log_level, "%s: %s bars %s: %s, %.3f s", target, ensured.rows, ensured.outcome,
                    ensured.reason, ensured.seconds)  # fmt: skip
            return ensured, columns
        raise DataNotFoundError(
            "{series}: objects of the generation are missing", hint="run: threadx verify --repair", series=target.series
        )

    def _read(self, target: Target, parts: Sequence[Part], within: Interval) -> _Known:
        """Return what is cached; values only where some of them may stand."""
        try:
            key = read_key(target.path)
            if key is None:
                return _Known(None, None, Why.MISSING)
            why, _month = _difference(target, parts, key)
            if why in (Why.VERSION, Why.PARAMETERS):
                return _Known(None, None, why)
            read = read_values(target.path, within if why is Why.SAME and within != ALWAYS else None)
        except OtherFormatError:
            return _Known(None, None, Why.FORMAT)
        except CorruptPartitionError as error:
            log.warning("%s: computed again: %s", target, error)
            return _Known(None, None, Why.DAMAGED, error.message)
        if read is None or read[0] != key:
            return self._read(target, parts, within)  # another writer was quicker
        return _Known(key, read[1], why)

    def _brought(self, target: Target, bars: Bars, known: _Known, progress: Progress) -> tuple[Ensured, Columns]:
        if known.why is Why.SAME and known.key is not None and known.columns is not None:
            status = self._fs.stat(target.path)
            size_bytes = 0 if status is None else status.st_size
            reused = Ensured(target.path, known.key.rows, Outcome.REUSED, Why.SAME, size_bytes=size_bytes)
            return reused, known.columns
        caught = self._computed(target, bars, known, progress)
        stood = len(caught.computed) < len(caught.months)
        ensured = Ensured(
            target.path,
            rows=caught.columns[OPEN_TIME].size,
            outcome=Outcome.EXTENDED if stood else Outcome.COMPUTED,
            why=known.why,
            from_month=next(iter(caught.computed), None),
            months=caught.computed,
            computing_s=caught.seconds,
            size_bytes=self._write(target, caught),
            detail=known.detail,
        )
        return ensured, caught.columns

    def _computed(self, target: Target, bars: Bars, known: _Known, progress: Progress) -> CaughtUp:
        self._inputs.check(bars, target.needs)
        function = Function(
            run=lambda columns, state: target.indicator.run(columns, target.params, state),
            load=lambda part: self._inputs.load(bars, part, target.needs),
            outputs=target.outputs,
        )
        months = () if known.key is None else known.key.months
        return caught_up(function, bars.parts, months, known.columns, progress)

    def _write(self, target: Target, caught: CaughtUp) -> int:
        key = IndicatorKey(
            series=target.series,
            timeframe=target.timeframe.name,
            indicator=target.indicator.name,
            version=target.indicator.version,
            params=target.params,
            outputs=target.outputs,
            months=caught.months,
        )
        return write_file(self._fs, target.path, key, caught.columns, compression=self._compression)

    # -- how files stand ------------------------------------------------------------------------------------------

    def status_of(self, file: IndicatorFile) -> IndicatorStatus:
        """Return how a file that is there stands."""
        try:
            key = read_key(file.path)
            if key is None or (key.series, key.timeframe) != (file.series, file.timeframe):
                return _unread(file, Why.DAMAGED)
            target = Target(file.series, Timeframe.parse(key.timeframe), get(key.indicator), key.params, file.stem,
                            file.path)  # fmt: skip
            told = self._judged(target, key, file.size_bytes)
            if told.state is Freshness.FRESH and file_stem(key.indicator, key.params) != file.stem:
                return replace(told, state=Freshness.STALE, why=Why.PARAMETERS)  # under the name of another
        except OtherFormatError:
            return _unread(file, Why.FORMAT)
        except (CorruptPartitionError, IndicatorError, UnsupportedTimeframeError):
            return _unread(file, Why.DAMAGED)
        return told

    def status(self, target: Target) -> IndicatorStatus:
        """Return how a file stands that there should be."""
        known = self._fs.stat(target.path)
        size_bytes = 0 if known is None else known.st_size
        try:
            return self._judged(target, read_key(target.path), size_bytes)
        except OtherFormatError:
            return _status(target, Freshness.STALE, Why.FORMAT, size_bytes=size_bytes)
        except CorruptPartitionError:
            return _status(target, Freshness.STALE, Why.DAMAGED, size_bytes=size_bytes)

    def _judged(self, target: Target, key: IndicatorKey | None, size_bytes: int) -> IndicatorStatus:
        try:
            parts = self._inputs.bars(target.series, target.timeframe).parts
        except DataNotFoundError:
            state = Freshness.MISSING if key is None else Freshness.STALE
            return _status(target, state, Why.NO_BARS, size_bytes=size_bytes, **_covered(key))
        if key is None:
            return _status(target, Freshness.MISSING, Why.MISSING)
        why, month = _difference(target, parts, key)
        state = Freshness.FRESH if why is Why.SAME else Freshness.STALE
        return _status(target, state, why, from_month=month, size_bytes=size_bytes, **_covered(key))


def _covered(key: IndicatorKey | None) -> dict[str, int]:
    """Return what a file covers, as `IndicatorStatus` names it."""
    if key is None or key.span is None:
        return {"rows": 0 if key is None else key.rows}
    return {"rows": key.rows, "first_ms": key.span[0], "last_ms": key.span[1]}


def _difference(target: Target, parts: Sequence[Part], key: IndicatorKey) -> tuple[Why, str | None]:
    """Return why a cached file is not fresh, and the first month that is not as it was."""
    if (key.indicator, key.version) != (target.indicator.name, target.indicator.version):
        return Why.VERSION, None
    whose = (key.series, key.timeframe, dict(key.params), key.outputs)
    if whose != (target.series, target.timeframe.name, dict(target.params), target.outputs):
        return Why.PARAMETERS, None
    month = first_difference(parts, key.months)
    if month is None:
        return Why.SAME, None
    return (Why.REMOVED, None) if month == "" else (_kind_of(month, parts, key), month)


def _kind_of(month: str, parts: Sequence[Part], key: IndicatorKey) -> Why:
    """Return whether bars were only added behind the cached ones, as far as the number of bars tells."""
    place = next(number for number, part in enumerate(parts) if part.name == month)
    if place >= len(key.months):
        return Why.ADDED
    last = place == len(key.months) - 1 and key.months[place].name == month
    return Why.ADDED if last and parts[place].rows > key.months[place].rows else Why.CHANGED


def _status(target: Target, state: Freshness, why: Why, **told: Any) -> IndicatorStatus:  # noqa: ANN401 - its fields
    series = target.series
    return IndicatorStatus(
        series.provider, series.symbol, target.timeframe.name, target.indicator.name, target.params, target.stem,
        target.path, state, why, **told,
    )  # fmt: skip


def _unread(file: IndicatorFile, why: Why) -> IndicatorStatus:
    """Return how a file stands of which only the name is known."""
    series = file.series
    return IndicatorStatus(
        series.provider, series.symbol, file.timeframe, file.stem.partition("_")[0], {}, file.stem, file.path,
        Freshness.STALE, why, size_bytes=file.size_bytes,
    )  # fmt: skip
