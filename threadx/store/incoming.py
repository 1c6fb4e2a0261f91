"""What a caller hands in, checked before anything touches the disk: a frame becomes clean columns or an error."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from threadx.bars.checks import is_clean, refusal, split_valid, strictly_increasing
from threadx.bars.merge import deduplicate as deduplicated
from threadx.bars.schema import (
    CRITICAL_COLS,
    FILLED,
    INTEGER_COLS,
    MINUTES,
    OPEN_TIME,
    SUM_COLS,
    SYMBOL,
    VALUE_COLS,
    Columns,
    columns_from_frame,
    empty_frame,
)
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.errors import DataError, UDFIColumnError, UDFIIndexError, UDFITypeError, UDFIValueError
from threadx.store.layout import Series

__all__ = ["Incoming", "accept", "no_conflicts"]

_SHOWN = 3
"""Rows that an error names."""
_LARGEST_AMOUNT, _LARGEST_COUNT = 1e300, 2**47
"""Larger values of one row could not be added up over a month: doubles become infinite, integers wrap around."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """Rows fit to be stored: each open time once, ascending."""

    columns: Columns
    conflicts: pd.DataFrame
    """Values that differed between rows of one open time, as in `threadx.bars.merge.Merged`."""

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return int(self.columns[OPEN_TIME].size)


def accept(frame: pd.DataFrame, series: Series, timeframe: Timeframe, *, deduplicate: bool) -> Incoming:
    """Return the rows of a frame, or say what is wrong with it.

    Args:
        frame: a UDFI frame, with or without `symbol`.
        series: whose bars they must be.
        timeframe: the grid they must lie on.
        deduplicate: whether rows may be unsorted and repeated; the last of one open time wins then.

    Raises:
        UDFIError: the frame breaks the data contract; the message names counts and first rows.
        DataError: the bars are of another symbol.
    """
    _check_columns(frame, series)
    columns, conflicts = columns_from_frame(frame), no_conflicts()
    if not strictly_increasing(columns[OPEN_TIME]):
        clean = deduplicated(frame)
        if not deduplicate:
            raise UDFIIndexError(
                "{series}: {dropped} repeated open time(s), or rows out of order",
                hint="sort the frame and keep each open time once, or write with deduplicate=True",
                series=series,
                dropped=clean.dropped,
            )
        columns, conflicts = columns_from_frame(clean.frame), clean.conflicts
    _check_sums(columns, series)
    if not is_clean(columns):
        raise refusal(split_valid(columns)[1], series)
    if columns[OPEN_TIME].size:
        _check_grid(columns, series, timeframe)
    return Incoming(_without_minutes(columns, timeframe, series), conflicts)


def no_conflicts() -> pd.DataFrame:
    """Return a report of conflicts without rows."""
    return _empty_report().copy()


@lru_cache(maxsize=1)
def _empty_report() -> pd.DataFrame:
    return deduplicated(empty_frame()).conflicts


def _check_columns(frame: pd.DataFrame, series: Series) -> None:
    missing = [name for name in CRITICAL_COLS if name not in frame.columns]
    if missing:
        raise UDFIColumnError(
            "{series}: columns missing: {columns}", hint="see threadx.data.udfi_contract", series=series,
            columns=", ".join(missing),
        )  # fmt: skip
    allowed = {SYMBOL, *VALUE_COLS} - {FILLED}
    foreign = [str(name) for name in frame.columns if name not in allowed]
    if foreign:
        raise UDFIColumnError(
            "{series}: columns that bars do not have: {columns}",
            hint="drop them; the bank stores {allowed}",
            allowed=" ".join(sorted(allowed)),
            series=series,
            columns=", ".join(foreign),
        )
    if not frame.columns.is_unique:
        raise UDFIColumnError("{series}: a column stands twice", series=series)
    for name, dtype in zip(frame.columns, frame.dtypes, strict=True):
        if name != SYMBOL and (dtype.kind not in "iuf" or (name in INTEGER_COLS and dtype.kind == "f")):
            _check_numbers(frame[name], series)
    _check_symbol(frame, series)


def _check_numbers(values: pd.Series, series: Series) -> None:
    if values.dtype.kind not in "iuf":
        raise UDFITypeError(
            "{series}: column {column} is {dtype}, not a number",
            hint="convert it with astype('float64')",
            series=series,
            column=values.name,
            dtype=values.dtype,
        )
    if not _whole(values):
        raise UDFITypeError("{series}: column {column} has fractions", series=series, column=values.name)


def _whole(values: pd.Series) -> bool:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    return bool((np.isnan(numbers) | (np.rint(numbers) == numbers)).all())


def _check_symbol(frame: pd.DataFrame, series: Series) -> None:
    if SYMBOL not in frame.columns or (frame[SYMBOL] == series.symbol).to_numpy(dtype=bool, na_value=False).all():
        return
    raise DataError(
        "{series}: the frame holds bars of {other}",
        hint="write each symbol's bars under its own symbol",
        series=series,
        other=", ".join(sorted({str(name) for name in frame[SYMBOL]} - {series.symbol})[:_SHOWN]),
    )


def _check_sums(columns: Columns, series: Series) -> None:
    for name in SUM_COLS:
        largest = np.fmax.reduce(columns[name], initial=0) if name in columns else 0
        if (_LARGEST_COUNT if name in INTEGER_COLS else _LARGEST_AMOUNT) < largest < np.inf:
            raise UDFIValueError(
                "{series}: {column} holds {value:g}, too large to be added up over a month",
                hint="look where the number comes from: no exchange has such a bar",
                series=series,
                column=name,
                value=float(largest),
            )


def _check_grid(columns: Columns, series: Series, timeframe: Timeframe) -> None:
    off = columns[OPEN_TIME] != timeframe.floor(columns[OPEN_TIME])
    if off.any():
        raise UDFIValueError(
            "{series}: {rows} open time(s) are not the start of a {timeframe} bar, first: {first}",
            hint="name a bar by its open time, in UTC",
            series=series,
            rows=int(off.sum()),
            timeframe=timeframe.name,
            first=np.datetime_as_string(columns[OPEN_TIME][off][:1].view("datetime64[ms]"), unit="m")[0],
        )


def _without_minutes(columns: Columns, timeframe: Timeframe, series: Series) -> Columns:
    """Leave `minutes` out of 1m bars, where it can only be 1."""
    if timeframe != ONE_MINUTE or MINUTES not in columns:
        return columns
    if not (columns[MINUTES] == 1).all():
        raise UDFIValueError("{series}: a 1m bar holds one minute, `minutes` says otherwise", series=series)
    return {name: values for name, values in columns.items() if name != MINUTES}
