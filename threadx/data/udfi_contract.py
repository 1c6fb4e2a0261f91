"""UDFI, the Unified Data Format for Indicators: what every frame of bars must be, and one call that holds it to that.

A UDFI frame has a `DatetimeIndex` named `timestamp`, UTC, unit ms, strictly increasing, on the minute grid (a bar is
named by its open time); the columns of REQUIRED_COLS and any of the optional ones; prices positive and finite with
`high` the highest and `low` the lowest, volumes finite and not negative, nothing null in a required column. Foreign
columns are allowed and not looked at.

Two checkers hold the same contract. The numpy one decides, fast enough for every read and write. The Pandera schema
explains: it is imported and run only for a frame that was refused, and lists all failures in one table.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from threadx.bars.checks import Rule, strictly_increasing, violations
from threadx.bars.schema import (
    CRITICAL_COLS,
    EXPECTED_DTYPES,
    INDEX_DTYPE,
    INDEX_NAME,
    MINUTE_MS,
    MINUTES,
    REQUIRED_COLS,
    SYMBOL,
    ms_from_index,
)
from threadx.errors import UDFIColumnError, UDFIError, UDFIIndexError, UDFITypeError, UDFIValueError

__all__ = [
    "CRITICAL_COLS",
    "EXPECTED_DTYPES",
    "REQUIRED_COLS",
    "UDFIColumnError",
    "UDFIError",
    "UDFIIndexError",
    "UDFITypeError",
    "UDFIValueError",
    "assert_udfi",
    "udfi_schema",
]

ALLOWED_DTYPES: dict[str, tuple[str, ...]] = {
    **{name: (dtype,) for name, dtype in EXPECTED_DTYPES.items()},
    "trades": ("int64", "Int64"),
    MINUTES: ("int64", "int32", "Int64"),
}
"""What `strict` accepts: EXPECTED_DTYPES, nullable integers where a source lacks the value, and for `symbol` every
string dtype of pandas."""


def assert_udfi(df: pd.DataFrame, strict: bool = True) -> None:  # noqa: FBT001, FBT002 - the signature users know
    """Raise unless the frame satisfies the contract.

    Args:
        df: the frame; it is not changed.
        strict: also hold the dtypes, the index's name and unit and the optional columns to the contract. Values of
            required columns, UTC and the order of the index are held in any case; an unnamed index is fine then.

    Raises:
        UDFIColumnError: a required column is missing, or a column of the contract stands twice.
        UDFIIndexError: the index is not UTC open times on the minute grid, strictly increasing.
        UDFITypeError: not a frame, a wrong dtype, or without `strict` something that is no number.
        UDFIValueError: a value breaks an invariant.

    With `strict` the error lists all failures, and has them as a DataFrame in `.report` (columns `column`, `check`,
    `index`, `failure_case`), made by Pandera.
    """
    require_frame(df)
    refusal = _refusal(df, strict=strict)
    if refusal is None:
        return
    if not strict:
        raise refusal
    from threadx.data.udfi_report import failures, shortened  # noqa: PLC0415 - Pandera is only needed to explain

    report = failures(df)
    explained = type(refusal)(
        "{problem}\n{table}",
        hint="the error's .report is a DataFrame of all {count} failures",
        problem=refusal.message,
        table=shortened(report),
        count=len(report),
    )
    explained.report = report  # type: ignore[attr-defined]  # an extra for people at a prompt
    raise explained


def udfi_schema() -> Any:  # noqa: ANN401 - a pandera.pandas.DataFrameSchema; Pandera is imported only when it is used
    """Return the contract (strict) as a Pandera schema; `schema.validate(df, lazy=True)` shows every failure.

    It accepts and refuses the same frames as `assert_udfi`.
    """
    from threadx.data.udfi_report import schema  # noqa: PLC0415 - importing Pandera takes a tenth of a second

    return schema()


def require_frame(df: object) -> None:
    if not isinstance(df, pd.DataFrame):
        raise UDFITypeError("not a frame but {kind}", kind=type(df).__name__)


def _refusal(df: pd.DataFrame, *, strict: bool) -> UDFIError | None:
    """Return the error for the first thing that is wrong, or None: the hot path."""
    return (
        _columns_refused(df)
        or _index_refused(df.index, strict=strict)
        or (_dtypes_refused(df) if strict else _numbers_refused(df))
        or _values_refused(df, strict=strict)
    )


def _columns_refused(df: pd.DataFrame) -> UDFIError | None:
    missing = [name for name in REQUIRED_COLS if name not in df.columns]
    if missing:
        return UDFIColumnError("columns are missing: {columns}", columns=", ".join(missing))
    doubled = doubled_columns(df)
    return UDFIColumnError("columns stand twice: {columns}", columns=", ".join(doubled)) if doubled else None


def doubled_columns(df: pd.DataFrame) -> list[str]:
    """Return the columns of the contract that a frame has more than once."""
    return [name for name in EXPECTED_DTYPES if int((df.columns == name).sum()) > 1]


def _index_refused(index: pd.Index, *, strict: bool) -> UDFIError | None:
    if not isinstance(index, pd.DatetimeIndex):
        return UDFIIndexError("the index is {kind}, not a DatetimeIndex", kind=type(index).__name__)
    if index.tz is None or index.dtype != pd.DatetimeTZDtype(index.unit, "UTC"):
        return UDFIIndexError("the index is not in UTC: its dtype is {dtype}", dtype=index.dtype)
    if index.name != INDEX_NAME and (strict or index.name is not None):
        return UDFIIndexError("the index is named {name!r}, not {expected!r}", name=index.name, expected=INDEX_NAME)
    if strict and index.unit != "ms":
        return UDFIIndexError("the index is {dtype}, not {expected}", dtype=index.dtype, expected=INDEX_DTYPE)
    if index.hasnans or not strictly_increasing(index.asi8):
        return UDFIIndexError("the open times are not strictly increasing")
    # In milliseconds the rules about rows look at the grid; finer units are settled before anything converts them.
    return _off_grid() if index.unit != "ms" and not on_grid(index) else _years_refused(index)


def _years_refused(index: pd.DatetimeIndex) -> UDFIError | None:
    try:
        ms_from_index(index)
    except UDFIIndexError as error:
        return error
    return None


def _off_grid() -> UDFIIndexError:
    return UDFIIndexError("an open time is not a whole minute")


def on_grid(index: pd.DatetimeIndex) -> bool:
    """Return whether every open time is a whole minute."""
    try:
        times = ms_from_index(index)
    except UDFIIndexError:
        return False
    return bool((times // MINUTE_MS * MINUTE_MS == times).all())


def _dtypes_refused(df: pd.DataFrame) -> UDFIError | None:
    wrong = [name for name in ALLOWED_DTYPES if name in df.columns and not has_dtype(df[name], name)]
    if not wrong:
        return None
    return UDFITypeError(
        "wrong dtypes: {found}; expected {expected}",
        found=", ".join(f"{name} {df[name].dtype}" for name in wrong),
        expected=", ".join(f"{name} {EXPECTED_DTYPES[name]}" for name in wrong),
    )


def has_dtype(values: pd.Series, name: str) -> bool:
    """Return whether a column of the contract has a dtype that `strict` accepts."""
    if name == SYMBOL:
        return isinstance(values.dtype, pd.StringDtype)
    return str(values.dtype) in ALLOWED_DTYPES[name]


def _numbers_refused(df: pd.DataFrame) -> UDFIError | None:
    for name in CRITICAL_COLS:
        try:
            df[name].to_numpy(dtype=np.float64, na_value=np.nan)
        except (TypeError, ValueError):
            return UDFITypeError("{column} holds something that is no number", column=name)
    return None


def _values_refused(df: pd.DataFrame, *, strict: bool) -> UDFIError | None:
    if df[SYMBOL].isna().any() or (df[SYMBOL] == "").any():
        return UDFIValueError("a symbol is missing or empty")
    found = violations(df if strict else df[list(CRITICAL_COLS)])
    if found.empty:
        return None
    if (found["rule"] == Rule.ON_GRID).any():
        return _off_grid()
    first = found.iloc[0]
    return UDFIValueError(
        "{count} values break a rule; the first: {column} is {value} at {time} ({rule})",
        count=len(found),
        column=first["column"],
        value=first["value"],
        time=first["timestamp"],
        rule=first["rule"],
    )
