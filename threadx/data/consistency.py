"""Whether bars of a timeframe are what 1m bars give, and where they are not. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from threadx.bars.checks import strictly_increasing
from threadx.bars.resample import resample
from threadx.bars.schema import (
    CRITICAL_COLS,
    INTEGER_COLS,
    MINUTE_MS,
    OPEN_TIME,
    PRICE_COLS,
    VALUE_COLS,
    Columns,
    columns_from_frame,
    index_from_ms,
)
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.errors import UDFIColumnError, UDFIIndexError

__all__ = ["ConsistencyReport", "compare"]

HALF_TICK = 0.5e-8
"""Sums are compared at the exchange's precision, 8 decimals ..."""
RELATIVE = 1e-12
"""... and to this where a double cannot hold 8 decimals (above 9e7)."""


@dataclass(frozen=True, slots=True, eq=False)
class ConsistencyReport:
    """The outcome of a comparison; true when everything compared is equal and something was compared."""

    timeframe: str
    compared: int
    """Buckets that lie whole within the 1m bars and exist on one side at least."""
    differing: pd.DataFrame
    """`timestamp`, `column`, `expected` (from 1m), `actual`: one row a value that differs."""
    missing: pd.DatetimeIndex
    """Open times that the 1m bars give and the timeframe lacks."""
    unexpected: pd.DatetimeIndex
    """Open times of bars none of whose minutes exists."""

    def __bool__(self) -> bool:
        return self.compared > 0 and not (len(self.differing) or len(self.missing) or len(self.unexpected))

    @property
    def ok(self) -> bool:
        """Whether the bars agree."""
        return bool(self)

    def describe(self) -> list[str]:
        """Return the outcome as lines for people: the verdict, then the first places."""
        if self.compared == 0:
            return [f"{self.timeframe}: nothing to compare, no bucket lies whole within the 1m bars"]
        lines = [f"{self.timeframe}: {self.compared:,} bars compared, {'all equal' if self else 'NOT equal'}"]
        lines += [
            f"  {row.timestamp:%Y-%m-%d %H:%M}: {row.column} is {row.actual!r}, 1m bars give {row.expected!r}"
            for row in self.differing.head(_SHOWN).itertuples()
        ]
        lines += [f"  {when:%Y-%m-%d %H:%M}: bar is missing" for when in self.missing[:_SHOWN]]
        return lines + [f"  {when:%Y-%m-%d %H:%M}: bar without any minute" for when in self.unexpected[:_SHOWN]]


_SHOWN = 10


def compare(df_1m: pd.DataFrame, df_tf: pd.DataFrame, timeframe: Timeframe) -> ConsistencyReport:
    """Hold `df_tf` against what `df_1m` gives, in the buckets that lie whole between its first and last minute.

    Prices and counts must be equal; sums at 8 decimals. Optional columns that only one side has are not compared.

    Raises:
        UDFIError: a frame breaks the data contract in a way that forbids comparing.
    """
    actual = columns_from_frame(df_tf)
    lacking = [name for name in CRITICAL_COLS if name not in actual]
    if lacking:
        raise UDFIColumnError("bars without {columns} cannot be compared", columns=", ".join(lacking))
    if not strictly_increasing(actual[OPEN_TIME]):
        raise UDFIIndexError("the bars of the timeframe are not in strictly ascending order of time")
    expected = columns_from_frame(resample(df_1m, timeframe, source=ONE_MINUTE))
    if len(df_1m):
        minutes = columns_from_frame(df_1m)[OPEN_TIME]
        first, last = int(minutes[0]), int(minutes[-1]) + MINUTE_MS
        expected, actual = (_whole(each, timeframe, first, last) for each in (expected, actual))
    else:
        actual = {name: values[:0] for name, values in actual.items()}
    shared, in_expected, in_actual = np.intersect1d(
        expected[OPEN_TIME], actual[OPEN_TIME], assume_unique=True, return_indices=True
    )
    return ConsistencyReport(
        timeframe=timeframe.name,
        compared=len(expected[OPEN_TIME]) + len(actual[OPEN_TIME]) - len(shared),
        differing=_differing(_rows(expected, in_expected), _rows(actual, in_actual)),
        missing=index_from_ms(np.setdiff1d(expected[OPEN_TIME], shared, assume_unique=True)),
        unexpected=index_from_ms(np.setdiff1d(actual[OPEN_TIME], shared, assume_unique=True)),
    )


def _whole(columns: Columns, timeframe: Timeframe, first_ms: int, last_ms: int) -> Columns:
    opens = columns[OPEN_TIME]
    return _rows(columns, (opens >= first_ms) & (timeframe.next(opens) <= last_ms))


def _rows(columns: Columns, rows: NDArray[Any]) -> Columns:
    return {name: values[rows] for name, values in columns.items()}


def _differing(expected: Columns, actual: Columns) -> pd.DataFrame:
    parts = [_column_differing(name, expected, actual) for name in VALUE_COLS if name in expected and name in actual]
    found = pd.concat(parts, ignore_index=True)
    return found.sort_values("timestamp", kind="stable", ignore_index=True)


def _column_differing(name: str, expected: Columns, actual: Columns) -> pd.DataFrame:
    want, have = expected[name].astype(float), actual[name].astype(float)
    equal = want == have
    if name not in (*PRICE_COLS, *INTEGER_COLS):
        equal |= np.abs(want - have) <= np.maximum(HALF_TICK, RELATIVE * np.abs(want))
    rows = ~(equal | (np.isnan(want) & np.isnan(have)))
    return pd.DataFrame(
        {
            "timestamp": index_from_ms(expected[OPEN_TIME][rows]).rename(None),
            "column": pd.Series([name] * int(rows.sum()), dtype="str"),
            "expected": want[rows],
            "actual": have[rows],
        }
    )
