"""Longer bars from shorter ones, by the exchange's own rule.

Measured on Binance spot (476,467 buckets, 5m to 1d, 2026): a row without volume does not count for open, high, low
and close (look at the volume, never at trades); a bucket of only such rows is flat at the last traded close; volumes
and trades are sums; a bucket none of whose rows exists does not exist. Plain first/max/min/last differs on thin pairs.

Sums are rounded to 8 decimals, as the exchange's own are. Doubles cannot hold 8 decimals above 9e7; there the sums
are right to 1e-12 relative.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from threadx.bars.buckets import Buckets, bucketed
from threadx.bars.checks import strictly_increasing
from threadx.bars.schema import (
    FILLED,
    MINUTE_MS,
    MINUTES,
    OPEN_TIME,
    PRICE_COLS,
    SUM_COLS,
    SYMBOL,
    VOLUME,
    Columns,
    columns_from_frame,
    frame_from_columns,
)
from threadx.bars.timeframe import ONE_MINUTE, TIMEFRAMES, Timeframe
from threadx.errors import UDFIColumnError, UDFIIndexError, UnsupportedTimeframeError

__all__ = ["fill_view", "resample", "resample_all", "resample_columns"]

_TICKS = 1e8
"""The exchange's amounts have 8 decimals: this many ticks make one."""
_EXACT_BELOW = 9e7
"""Above it (2**53 ticks) a double cannot tell neighbouring ticks apart, and rounding to one has no sense."""

_PIECE_ROWS = 131_072

_ENOUGH_ROWS = 8
"""Fewer rows than this do not show what spacing a frame without `minutes` has."""
_REGULAR = 0.9
_SAMPLE_ROWS = 100
"""One minute between two of the first rows settles that they are minutes."""


def resample(
    frame: pd.DataFrame,
    timeframe: str | Timeframe,
    *,
    previous_close: float | None = None,
    source: str | Timeframe | None = None,
) -> pd.DataFrame:
    """Return the bars of a longer timeframe, every bucket that has a row, finished or not.

    Args:
        frame: bars in strictly ascending order, 1m or any timeframe that nests in `timeframe`; open, high, low,
            close, volume, and any of the optional columns, `minutes` and `symbol`, which are kept. Foreign columns have
            no rule and are left out.
        timeframe: what to make.
        previous_close: last close with volume before the frame, for buckets without volume at its head; without
            it they are flat at the frame's first open.
        source: what the frame's bars are, where it is known; otherwise it is guessed from their spacing, only to
            refuse what cannot be right.

    Returns:
        A new frame. `minutes` sums the frame's own, or counts its rows where it has none. A sum over a null is null.

    Raises:
        UDFIColumnError: a price column or `volume` is missing.
        UDFIIndexError: the index is not aware open times in strictly ascending order.
        UnsupportedTimeframeError: no such timeframe, or its buckets are not made of whole bars of the frame.
    """
    target = Timeframe.parse(timeframe)
    columns = _input(frame)
    bars = _source(columns, source)
    _refuse_finer(bars, target)
    return frame_from_columns(resample_columns(columns, bars, target, previous_close), _symbol(frame))


def resample_all(
    frame: pd.DataFrame,
    timeframes: Iterable[str | Timeframe],
    *,
    previous_close: float | None = None,
    source: str | Timeframe | None = None,
) -> dict[str, pd.DataFrame]:
    """Return one frame a timeframe, by name, shortest first, each made from the longest one that fits it.

    Open, high, low, close, trades and minutes are bit for bit those that `resample` gives from the frame itself.

    Raises:
        As `resample`.
    """
    targets = {Timeframe.parse(timeframe) for timeframe in timeframes}
    columns, symbol = _input(frame), _symbol(frame)
    bars = _source(columns, source)
    made: dict[Timeframe, Columns] = {}
    for target in sorted(targets, key=TIMEFRAMES.index):
        _refuse_finer(bars, target)
        nearest = next((shorter for shorter in reversed(made) if shorter.nests_in(target)), bars)
        made[target] = resample_columns(made.get(nearest, columns), nearest, target, previous_close)
    return {target.name: frame_from_columns(columns, symbol) for target, columns in made.items()}


def _symbol(frame: pd.DataFrame) -> str | None:
    if SYMBOL not in frame.columns:
        return None
    return str(frame[SYMBOL].iat[0]) if len(frame) else ""


def _input(frame: pd.DataFrame) -> Columns:
    columns = columns_from_frame(frame)
    columns.pop(FILLED, None)
    missing = [name for name in (*PRICE_COLS, VOLUME) if name not in columns]
    if missing:
        raise UDFIColumnError("bars without {columns} cannot be resampled", columns=", ".join(missing))
    if not strictly_increasing(columns[OPEN_TIME]):
        raise UDFIIndexError(
            "the bars are not in strictly ascending order of time", hint="sort them and keep each open time once"
        )
    return columns


def _source(columns: Columns, source: str | Timeframe | None) -> Timeframe:
    return Timeframe.parse(source) if source is not None else _guessed_source(columns)


def _refuse_finer(source: Timeframe, target: Timeframe) -> None:
    if not source.nests_in(target):
        raise UnsupportedTimeframeError(
            "{target} bars cannot be made of {source} bars",
            hint="start from 1m bars, or from a timeframe that divides {target}",
            target=target.name,
            source=source.name,
        )


def _guessed_source(columns: Columns) -> Timeframe:
    """Return the longest timeframe that the bars are beyond doubt: sparse minutes are no longer bars."""
    return max(_by_spacing(columns[OPEN_TIME]), _by_minutes(columns.get(MINUTES)), key=TIMEFRAMES.index)


def _by_minutes(minutes: NDArray[Any] | None) -> Timeframe:
    """A bar of sixty minutes is an hour at least."""
    if minutes is None:
        return ONE_MINUTE
    length_ms = MINUTE_MS * np.fmax.reduce(minutes, initial=1)
    lengths = ((timeframe, timeframe.period_ms) for timeframe in TIMEFRAMES)
    return next(timeframe for timeframe, period_ms in lengths if period_ms is None or period_ms >= length_ms)


def _by_spacing(times: NDArray[np.int64]) -> Timeframe:
    if times.size < _ENOUGH_ROWS or (np.diff(times[:_SAMPLE_ROWS]) == MINUTE_MS).any():
        return ONE_MINUTE
    spacings = np.diff(times)
    spacing = int(spacings.min())
    if np.count_nonzero(spacings == spacing) < _REGULAR * spacings.size:
        return ONE_MINUTE
    return next((timeframe for timeframe in TIMEFRAMES if timeframe.period_ms == spacing), ONE_MINUTE)


def resample_columns(
    columns: Columns, source: Timeframe, target: Timeframe, previous_close: float | None = None
) -> Columns:
    """Do what `resample` does for rows that are known to be sound: in order, of a `source` that nests in `target`."""
    # Pieces are cut between buckets, so that what a piece needs stays in the cache and off fresh pages.
    times = columns[OPEN_TIME]
    if not times.size:
        return {**columns, MINUTES: columns.get(MINUTES, np.empty(0, dtype=np.int64))}
    cuts = np.searchsorted(times, target.floor(times[_PIECE_ROWS::_PIECE_ROWS]))
    edges = [0, *dict.fromkeys(cuts[cuts > 0].tolist()), times.size]
    carried = float(columns["open"][0]) if previous_close is None else previous_close
    pieces = []
    for start, end in pairwise(edges):
        piece = {name: values[start:end] for name, values in columns.items()}
        pieces.append(_piece(piece, source, target, carried))
        # Buckets without volume pass the last traded close on: the close of a bar is always what comes next.
        carried = float(pieces[-1]["close"][-1])
    return {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}


def _piece(columns: Columns, source: Timeframe, target: Timeframe, previous_close: float) -> Columns:
    buckets = bucketed(columns[OPEN_TIME], source, target)
    bars: Columns = {OPEN_TIME: buckets.open_time_ms, **_prices(columns, buckets, previous_close)}
    for name in SUM_COLS:
        if name in columns:
            bars[name] = _sums(columns[name], buckets)
    bars[MINUTES] = buckets.fold(np.add, columns[MINUTES], 0) if MINUTES in columns else buckets.sizes
    return bars


def _prices(columns: Columns, buckets: Buckets, previous_close: float) -> Columns:
    traded = columns[VOLUME] > 0
    if traded.all():
        opens, highs, lows, closes = (columns[name] for name in PRICE_COLS)
        return {
            "open": opens[buckets.starts],
            "high": buckets.fold(np.maximum, highs, -np.inf),
            "low": buckets.fold(np.minimum, lows, np.inf),
            "close": closes[buckets.starts + buckets.sizes - 1],
        }
    return _prices_of_traded(columns, buckets, traded, previous_close)


def _prices_of_traded(columns: Columns, buckets: Buckets, traded: NDArray[np.bool_], previous_close: float) -> Columns:
    """Look only at the rows with volume; a bucket without any is flat at the last traded close."""
    opens, highs, lows, closes = (columns[name] for name in PRICE_COLS)
    rows = np.flatnonzero(traded)
    counts = buckets.fold(np.add, traded, 0)
    hidden = np.where(traded, 0.0, np.inf)  # taken away or added, it keeps a row out of every extreme
    flat = counts == 0
    so_far = np.cumsum(counts, dtype=np.intp)
    carried = closes.take(rows.take(so_far - 1, mode="wrap")) if rows.size else np.empty(flat.size)
    carried[so_far == 0] = previous_close
    first = opens.take(rows.take(so_far - counts, mode="clip")) if rows.size else carried
    return {
        "open": np.where(flat, carried, first),
        "high": np.where(flat, carried, buckets.fold(np.maximum, highs - hidden, -np.inf)),
        "low": np.where(flat, carried, buckets.fold(np.minimum, lows + hidden, np.inf)),
        "close": carried,
    }


def _sums(values: NDArray[Any], buckets: Buckets) -> NDArray[Any]:
    """Add up amounts, to 8 decimals. Whole ticks are added: that is exact, whatever the order of the additions."""
    if values.dtype.kind == "i":
        return buckets.fold(np.add, values, 0)
    with np.errstate(over="ignore", invalid="ignore"):
        ticks = values * _TICKS
        np.rint(ticks, out=ticks)
        off_grid = ticks / _TICKS != values
        exact = buckets.fold(np.add, ticks, 0) / _TICKS
        overflown = np.isinf(exact)
        if not off_grid.any() and not overflown.any():
            return exact
        plain = buckets.fold(np.add, values, 0)
        rounded = np.rint(plain * _TICKS) / _TICKS
    # Rounding must not turn a traded bucket into one without volume: the next timeframe would ignore it.
    keep = (plain >= _EXACT_BELOW) | (rounded == 0)
    plain[~keep] = rounded[~keep]
    return np.where((buckets.fold(np.add, off_grid, 0) > 0) | overflown, plain, exact)


def fill_view(frame: pd.DataFrame, limit_minutes: int, timeframe: str | Timeframe = ONE_MINUTE) -> pd.DataFrame:
    """Return the bars with short gaps bridged, for looking at; never to be stored.

    A gap of at most `limit_minutes` is filled with flat bars at the last close before it, volume and counts 0. The
    column `filled` is True on them. Longer gaps stay.

    Raises:
        UDFIIndexError: the index is not aware open times in strictly ascending order.
        UnsupportedTimeframeError: there is no such timeframe.
    """
    bucket = Timeframe.parse(timeframe)
    columns = _input(frame)
    times = columns[OPEN_TIME]
    ends = bucket.next(times[:-1])
    short = np.flatnonzero((ends < times[1:]) & (times[1:] - ends <= limit_minutes * MINUTE_MS))
    made = [_opens_between(bucket, int(ends[row]), int(times[row + 1])) for row in short]
    carried = np.repeat(short, [part.size for part in made])
    filled = np.concatenate([np.zeros(times.size, dtype=bool), np.ones(carried.size, dtype=bool)])
    order = np.argsort(np.concatenate([times, *made]), kind="stable")
    view: Columns = {OPEN_TIME: np.concatenate([times, *made])[order], FILLED: filled[order]}
    for name, values in columns.items():
        if name != OPEN_TIME:
            extra = columns["close"][carried] if name in PRICE_COLS else np.zeros(carried.size, dtype=values.dtype)
            view[name] = np.concatenate([values, extra])[order]
    return frame_from_columns(view, _symbol(frame))


def _opens_between(bucket: Timeframe, start_ms: int, end_ms: int) -> NDArray[np.int64]:
    if bucket.period_ms is not None:
        return np.arange(start_ms, end_ms, bucket.period_ms, dtype=np.int64)
    opens = [start_ms]
    while opens[-1] < end_ms:
        opens.append(bucket.next(opens[-1]))
    return np.array(opens[:-1], dtype=np.int64)
