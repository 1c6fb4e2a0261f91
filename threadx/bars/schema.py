"""The shape of bars: column names, dtypes, and the two forms they travel in.

*Frame*: a UDFI DataFrame (Unified Data Format for Indicators). Its index is the open time, `timestamp`, UTC, ms.
Without `symbol` it is the inner form, the series being known from the context; with it, it is what users get.

*Columns*: a dict of equal-length 1-D arrays, `open_time` (int64 ms UTC) beside the value columns, never `symbol`.
The hot path: an exchange page, a kernel's input. Here, and only here, a nullable integer column (`trades`) is
float64 with NaN where the value is not known; int64 means that every row has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from pandas.api.internals import create_dataframe_from_blocks  # type: ignore[import-not-found]  # not in the stubs

from threadx.bars.dates import MINUTE_MS
from threadx.errors import UDFIIndexError

__all__ = [
    "CRITICAL_COLS",
    "EXPECTED_DTYPES",
    "FILLED",
    "INDEX_DTYPE",
    "INDEX_NAME",
    "INTEGER_COLS",
    "MINUTES",
    "MINUTE_MS",
    "OPEN_TIME",
    "OPTIONAL_COLS",
    "PRICE_COLS",
    "REQUIRED_COLS",
    "SUM_COLS",
    "SYMBOL",
    "VALUE_COLS",
    "VOLUME",
    "Columns",
    "columns_from_frame",
    "empty_frame",
    "frame_from_columns",
    "index_from_ms",
    "ms_from_index",
]


OPEN_TIME = "open_time"
"""Key of the int64 ms array in a Columns mapping; in a frame the open time is the index."""
INDEX_NAME = "timestamp"
INDEX_DTYPE = "datetime64[ms, UTC]"

SYMBOL = "symbol"
VOLUME = "volume"
MINUTES = "minutes"
"""Derived bars only: how many 1m bars are in it."""
FILLED = "filled"
"""Fill views only: True where the bar was made up."""

PRICE_COLS = ("open", "high", "low", "close")
CRITICAL_COLS = (*PRICE_COLS, VOLUME)
"""Never null, in any form."""
REQUIRED_COLS = (SYMBOL, *CRITICAL_COLS)
OPTIONAL_COLS = ("quote_volume", "trades", "taker_buy_base", "taker_buy_quote")
"""Kept when the source has them; null where it does not."""
SUM_COLS = (VOLUME, *OPTIONAL_COLS)
"""Resampling adds these up."""
INTEGER_COLS = ("trades", MINUTES)
VALUE_COLS = (*CRITICAL_COLS, *OPTIONAL_COLS, MINUTES, FILLED)
"""Every column of the contract except `symbol`, in the order that frames have them."""

EXPECTED_DTYPES: dict[str, str] = {
    SYMBOL: "str",
    **dict.fromkeys(CRITICAL_COLS, "float64"),
    **dict.fromkeys(OPTIONAL_COLS, "float64"),
    "trades": "int64",
    MINUTES: "int64",
    FILLED: "bool",
}

_MONTH_ROWS = 31 * 1440
_INSTANTS = pd.DatetimeTZDtype("ms", "UTC")
_NAT = np.iinfo(np.int64).min
"""How pandas holds a missing time, in any unit."""
_YEAR_1_S, _YEAR_10000_S = -62_135_596_800, 253_402_300_800
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}

Columns = dict[str, NDArray[Any]]


def index_from_ms(open_time_ms: NDArray[np.int64]) -> pd.DatetimeIndex:
    """Return the UDFI index of open times, sharing their memory where they lie in one piece."""
    times = np.ascontiguousarray(open_time_ms, dtype=np.int64)
    return pd.DatetimeIndex(times, dtype=_INSTANTS, name=INDEX_NAME, copy=False)


def ms_from_index(index: pd.Index) -> NDArray[np.int64]:
    """Return the instants of an aware index (any unit, any zone) as int64 ms UTC.

    Raises:
        UDFIIndexError: not a DatetimeIndex, without a zone, finer than a millisecond, one of them is missing (NaT), or
            beyond the years 1 to 9999.
    """
    if not isinstance(index, pd.DatetimeIndex):
        raise UDFIIndexError(
            "the index is {kind}, not open times",
            hint="set a DatetimeIndex in UTC named timestamp",
            kind=type(index).__name__,
        )
    if index.tz is None:
        raise UDFIIndexError("the index has no time zone", hint="use index.tz_localize('UTC')")
    earliest, latest = int(index.asi8.min(initial=0)), int(index.asi8.max(initial=0))
    if earliest == _NAT:  # half the cost of hasnans
        raise UDFIIndexError("an open time is missing", hint="drop the rows whose index is NaT")
    per_second = _PER_SECOND[index.unit]
    if earliest < _YEAR_1_S * per_second or latest >= _YEAR_10000_S * per_second:
        raise UDFIIndexError(
            "an open time lies beyond the years 1 to 9999",
            hint="where they were microseconds read as milliseconds, divide them by 1000",
        )
    if index.unit == "ms":
        return index.asi8
    converted = index.as_unit("ms")
    if index.unit != "s" and not (converted.as_unit(index.unit).asi8 == index.asi8).all():
        raise UDFIIndexError("the index has times between two milliseconds", hint="floor it to the minute")
    return converted.asi8


def _array(values: pd.Series, name: str) -> NDArray[Any]:
    """Return one column as the array a Columns mapping holds; shares memory where the dtype is right already."""
    if name == FILLED:
        return values.to_numpy(dtype=np.bool_)
    if name not in INTEGER_COLS:
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    if values.dtype.kind in "iu" and not pd.api.types.is_extension_array_dtype(values.dtype):
        return values.to_numpy(dtype=np.int64)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def columns_from_frame(frame: pd.DataFrame) -> Columns:
    """Return the contract's columns of a frame as arrays; `symbol` and foreign columns are left out.

    Arrays may be read-only views of the frame. Integer columns come as int64; nullable ones as float64 with NaN.

    Raises:
        UDFIIndexError: the index is not aware open times.
    """
    columns: Columns = {OPEN_TIME: ms_from_index(frame.index)}
    for name in VALUE_COLS:
        if name in frame.columns:
            columns[name] = _array(frame[name], name)
    return columns


def _nullable_integers(values: NDArray[Any]) -> Any:  # noqa: ANN401 - IntegerArray has no public stub
    missing = np.isnan(values)
    return pd.arrays.IntegerArray(np.where(missing, 0, values).astype(np.int64), missing)


def _column(values: NDArray[Any], name: str) -> Any:  # noqa: ANN401 - numpy array or extension array
    if name in INTEGER_COLS:
        return _nullable_integers(values) if values.dtype.kind == "f" else values.astype(np.int64, copy=False)
    return values


def _constant(text: str, size: int) -> Any:  # noqa: ANN401 - as above
    """Return a `str` column of one text. Such columns never change, so those of up to a month share their memory."""
    return _repeated_for_a_month(text)[:size] if size <= _MONTH_ROWS else _repeated(text, size)


@lru_cache(maxsize=4)
def _repeated_for_a_month(text: str) -> Any:  # noqa: ANN401 - as above
    return _repeated(text, _MONTH_ROWS)


def _repeated(text: str, size: int) -> Any:  # noqa: ANN401 - as above
    """Lay the column out directly: ten times quicker than repeating the text row by row."""
    encoded = text.encode()
    offsets = np.arange(size + 1, dtype=np.int64) * len(encoded)
    laid_out = pa.LargeStringArray.from_buffers(size, pa.py_buffer(offsets), pa.py_buffer(encoded * size))
    return pd.array(laid_out, dtype="str")


def frame_from_columns(columns: Columns, symbol: str | None = None) -> pd.DataFrame:
    """Return the frame of a Columns mapping, sharing the memory of its arrays.

    Columns come in the order of VALUE_COLS, `symbol` (constant, dtype `str`) first when it is given. A float64
    integer column becomes nullable `Int64`.
    """
    index = index_from_ms(columns[OPEN_TIME])
    data: dict[str, Any] = {}
    if symbol is not None:
        data[SYMBOL] = _constant(symbol, len(index))
    data.update((name, _column(columns[name], name)) for name in VALUE_COLS if name in columns)
    # What pandas offers to readers of files: pd.DataFrame(data) would look twice for what each array may be.
    blocks = [
        (values[np.newaxis] if isinstance(values, np.ndarray) else values, np.array([place]))
        for place, values in enumerate(data.values())
    ]
    frame: pd.DataFrame = create_dataframe_from_blocks(blocks, index=index, columns=_names(tuple(data)).view())
    return frame


@lru_cache(maxsize=64)
def _names(columns: tuple[str, ...]) -> pd.Index:
    return pd.Index(columns, dtype="str")


def empty_frame(columns: Sequence[str] = (*CRITICAL_COLS, *OPTIONAL_COLS)) -> pd.DataFrame:
    """Return a frame of no bars with the right index and dtypes; `columns` may hold any names of the contract."""
    index = index_from_ms(np.empty(0, dtype=np.int64))
    return pd.DataFrame({name: pd.Series(index=index, dtype=EXPECTED_DTYPES[name]) for name in columns}, index=index)
