"""The data contract as a Pandera schema, to explain what is wrong with a frame: all failures, in one table.

Importing this module imports Pandera (a tenth of a second), and the checks take some thirty times as long as the ones
that decide (`threadx.data.udfi_contract`). It is for people only; a test holds that both accept the same frames.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from threadx.bars.checks import strictly_increasing
from threadx.bars.schema import (
    FILLED,
    INDEX_DTYPE,
    INDEX_NAME,
    MINUTES,
    OPTIONAL_COLS,
    PRICE_COLS,
    SYMBOL,
    VOLUME,
)
from threadx.data.udfi_contract import ALLOWED_DTYPES, doubled_columns, has_dtype, on_grid

__all__ = ["failures", "schema", "shortened"]

_SHOWN = 10
_COLUMNS = ["column", "check", "index", "failure_case"]


def failures(df: pd.DataFrame) -> pd.DataFrame:
    """Return every failure of a frame, one a row: `column`, `check`, `index`, `failure_case`; none when it passes."""
    try:
        schema().validate(df, lazy=True)
    except SchemaErrors as error:
        found: pd.DataFrame = error.failure_cases[_COLUMNS].reset_index(drop=True)
        return found
    return pd.DataFrame(columns=_COLUMNS)


def shortened(report: pd.DataFrame) -> str:
    """Return the first failures as text."""
    more = f"\n... and {len(report) - _SHOWN} more" if len(report) > _SHOWN else ""
    return report.head(_SHOWN).to_string(index=False) + more


def schema() -> pa.DataFrameSchema:
    """Return the contract, all of it, as a schema. Foreign columns pass."""
    return pa.DataFrameSchema(
        {
            SYMBOL: _column(SYMBOL, _check("not empty", lambda names: names != "")),
            **{name: _column(name, _check("positive", lambda prices: prices > 0), _FINITE) for name in PRICE_COLS},
            VOLUME: _column(VOLUME, _NOT_NEGATIVE, _FINITE),
            **{name: _optional(name, _NOT_NEGATIVE, _FINITE) for name in (*OPTIONAL_COLS, MINUTES)},
            FILLED: _optional(FILLED),
        },
        index=pa.Index(
            checks=[
                _check(f"dtype {INDEX_DTYPE}", _index_dtype),
                _check("strictly increasing", _increasing),
                _check("whole minutes", _whole_minutes),
            ],
            name=INDEX_NAME,
        ),
        checks=[
            _check("each column once", lambda df: not doubled_columns(df)),
            _check("high is the highest", lambda df: df["high"] >= df[list(PRICE_COLS)].max(axis=1)),
            _check("low is the lowest", lambda df: df["low"] <= df[list(PRICE_COLS)].min(axis=1)),
        ],
        name="UDFI",
    )


def _check(name: str, test: Callable[[Any], Any]) -> pa.Check:
    return pa.Check(test, name=name, error=name)


_NOT_NEGATIVE = _check("not negative", lambda amounts: amounts >= 0)
_FINITE = _check("finite", lambda values: ~np.isinf(values.astype(float)))


def _column(name: str, *checks: pa.Check) -> pa.Column:
    return pa.Column(checks=[_dtype_check(name), *checks])


def _optional(name: str, *checks: pa.Check) -> pa.Column:
    return pa.Column(checks=[_dtype_check(name), *checks], nullable=True, required=False)


def _dtype_check(name: str) -> pa.Check:
    # A function rather than Pandera's own dtype: that one knows one dtype a column, and here several will do.
    return _check(f"dtype {' or '.join(ALLOWED_DTYPES[name])}", lambda values: has_dtype(values, name))


def _index_dtype(times: Any) -> bool:  # noqa: ANN401 - Pandera hands over an index or a series of it
    return str(times.dtype) == INDEX_DTYPE


def _increasing(times: Any) -> bool:  # noqa: ANN401
    index = pd.Index(times)
    return isinstance(index, pd.DatetimeIndex) and not index.hasnans and strictly_increasing(index.asi8)


def _whole_minutes(times: Any) -> bool:  # noqa: ANN401
    index = pd.Index(times)
    return isinstance(index, pd.DatetimeIndex) and on_grid(index)
