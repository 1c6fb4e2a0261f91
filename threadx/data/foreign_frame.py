"""Turn a frame that any tool wrote into a UDFI frame, or say why it is none. Pure; drops and repairs nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from threadx.bars.checks import refusal, violations
from threadx.bars.schema import (
    CRITICAL_COLS,
    EXPECTED_DTYPES,
    INTEGER_COLS,
    SYMBOL,
    index_from_ms,
    ms_from_index,
)
from threadx.bars.timeframe import TIMEFRAMES
from threadx.data.udfi_contract import doubled_columns
from threadx.errors import UDFIColumnError, UDFIIndexError, UDFITypeError

__all__ = ["symbol_of_path", "udfi_frame"]

_TIME_COLUMNS = ("timestamp", "open_time", "datetime", "date", "time")
_UNITS = ((10**11, "s"), (10**14, "ms"), (10**17, "us"))
"""Below which size an integer time has which unit, for times between 1973 and 5138; above all of them: ns."""


def udfi_frame(frame: pd.DataFrame, *, where: str, symbol: str | None = None) -> pd.DataFrame:
    """Return the frame with the index and dtypes of the contract.

    The open time may be the index or a column called timestamp, open_time, datetime, date or time; as text, as any
    datetime (without a zone: UTC) or as a number of seconds, ms, us or ns since 1970. Other columns stay.

    Args:
        frame: any frame of bars; not changed.
        where: what messages call it: the file's path.
        symbol: fills a missing `symbol` column.

    Raises:
        UDFIError: no open time, a missing or unreadable column, a bar that breaks a rule; the message names it.
    """
    missing = [name for name in CRITICAL_COLS if name not in frame.columns]
    if missing:
        raise UDFIColumnError("{where}: columns missing: {columns}", where=where, columns=", ".join(missing))
    doubled = doubled_columns(frame)
    if doubled:
        raise UDFIColumnError("{where}: columns stand twice: {columns}", where=where, columns=", ".join(doubled))
    indexed = _indexed(frame, where)
    if SYMBOL not in indexed.columns and symbol is not None:
        indexed.insert(0, SYMBOL, pd.Series(symbol, index=indexed.index, dtype="str"))
    typed = indexed.astype(_dtypes(indexed, where))
    found = violations(typed)
    if len(found):
        raise refusal(found, where)
    return typed


def symbol_of_path(path: Path) -> str | None:
    """Return the symbol that a file's place names, or None.

    `<SYMBOL>/<timeframe>.parquet` names it by its folder, any other file by its own name where that is in upper case.
    """
    names = {timeframe.name for timeframe in TIMEFRAMES}
    name = path.parent.name if path.stem in names else path.stem
    return name if name and name == name.upper() and name[0].isalnum() else None


def _indexed(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    index: pd.Index
    rest = frame.copy(deep=False)
    if isinstance(frame.index, pd.DatetimeIndex):
        index = frame.index
    else:
        name = next((name for name in _TIME_COLUMNS if name in frame.columns), None)
        if name is None:
            raise UDFIIndexError(
                "{where}: no open times: neither a DatetimeIndex nor a column {names}",
                where=where,
                names=", ".join(_TIME_COLUMNS),
            )
        index = _moments(rest.pop(name), where)
    aware = index.tz_localize("UTC") if index.tz is None else index
    try:
        return rest.set_axis(index_from_ms(ms_from_index(aware)), axis=0)
    except UDFIIndexError as error:
        raise UDFIIndexError("{where}: {reason}", hint=error.hint, where=where, reason=error.message) from error


def _moments(values: pd.Series, where: str) -> pd.DatetimeIndex:
    try:
        if pd.api.types.is_numeric_dtype(values.dtype):
            numbers = values.to_numpy(dtype=np.int64)
            largest = int(np.abs(numbers).max()) if numbers.size else 0
            unit = next((unit for limit, unit in _UNITS if largest < limit), "ns")
            return pd.DatetimeIndex(numbers.astype(f"datetime64[{unit}]"))
        return pd.DatetimeIndex(pd.to_datetime(values, utc=True, format="ISO8601"))
    except (ValueError, TypeError, OverflowError) as error:
        raise UDFIIndexError("{where}: the open times cannot be read", where=where) from error


def _dtypes(frame: pd.DataFrame, where: str) -> dict[str, str]:
    wanted = {}
    for name in EXPECTED_DTYPES.keys() & set(frame.columns):
        values = frame[name]
        wanted[str(name)] = EXPECTED_DTYPES[name]
        if name == SYMBOL:
            continue
        if not (pd.api.types.is_numeric_dtype(values.dtype) or values.dtype == bool):
            raise UDFITypeError(
                "{where}: column {column} is {dtype}, not a number", where=where, column=name, dtype=values.dtype
            )
        if name in INTEGER_COLS:
            numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
            if (numbers[~np.isnan(numbers)] % 1 != 0).any():
                raise UDFITypeError("{where}: column {column} has fractions", where=where, column=name)
            wanted[str(name)] = "Int64" if np.isnan(numbers).any() else "int64"
    return wanted
