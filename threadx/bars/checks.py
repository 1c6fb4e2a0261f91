"""What a bar must satisfy, and which rows do not. A row that breaks a rule is shown and set aside, never repaired.

The clean case is the hot one: whole blocks that fit the processor's cache are accepted with a handful of vector
comparisons; only a block that fails is looked at rule by rule.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from threadx.bars.schema import (
    CRITICAL_COLS,
    MINUTE_MS,
    MINUTES,
    OPEN_TIME,
    OPTIONAL_COLS,
    PRICE_COLS,
    VOLUME,
    Columns,
    columns_from_frame,
    index_from_ms,
)
from threadx.errors import UDFIValueError

__all__ = [
    "ROW_RULES",
    "Rule",
    "is_clean",
    "refusal",
    "row_breaches",
    "split_valid",
    "strictly_increasing",
    "violations",
]

_BLOCK_ROWS = 32_768
"""A column of a block and the temporaries stay in the second-level cache."""


class Rule(StrEnum):
    """What can be wrong with a row. The value is what a report shows."""

    PRESENT = "present"
    """A value of a required column is null."""
    FINITE = "finite"
    """A value is infinite."""
    POSITIVE = "positive"
    """A price is zero or negative."""
    NOT_NEGATIVE = "not_negative"
    """A volume or a count is negative."""
    HIGH_IS_HIGHEST = "high_is_highest"
    """`high` lies below open, close or low."""
    LOW_IS_LOWEST = "low_is_lowest"
    """`low` lies above open, close or high."""
    ON_GRID = "on_grid"
    """The open time is not a whole minute."""
    UNIQUE = "unique"
    """An earlier row has the same open time."""
    ORDERED = "ordered"
    """The open time is before that of the row above."""


ROW_RULES = frozenset(Rule) - {Rule.UNIQUE, Rule.ORDERED}
"""Rules that one row breaks by itself: such a row is quarantined. Order and repetition are matters of the frame;
`threadx.bars.merge.deduplicate` settles them."""

_NAMED = 3
"""How many breaches a refusal names."""

_Found = tuple[NDArray[np.intp], Rule, str]
"""Row numbers, and the rule and the column they break it in."""


def violations(frame: pd.DataFrame) -> pd.DataFrame:
    """Return every breach of the rules, in row order; no rows when the bars are clean.

    Looks at the columns of the contract that the frame has. Null is allowed in optional columns.

    Returns:
        A frame with `timestamp` (datetime64[ms, UTC]), `rule` (a Rule's value), `column` and `value` (float64; the open
        time in ms for rules about time). A row that breaks two rules stands twice.

    Raises:
        UDFIIndexError: the index is not aware open times.
    """
    columns = columns_from_frame(frame)
    return _report(columns, [*_row_breaches(columns), *_order_breaches(columns[OPEN_TIME])])


def split_valid(columns: Columns) -> tuple[Columns, pd.DataFrame]:
    """Return the rows that satisfy every row rule, and the breaches of the others as `violations` has them.

    Rows keep their order; nothing is copied when all are good.
    """
    found = list(_row_breaches(columns))
    if not found:
        return columns, _report(columns, found)
    good = np.ones(columns[OPEN_TIME].size, dtype=bool)
    for rows, _, _ in found:
        good[rows] = False
    return {name: values[good] for name, values in columns.items()}, _report(columns, found)


def refusal(found: pd.DataFrame, where: object) -> UDFIValueError:
    """Return the error that names the first of these breaches, which `violations` found in `where`."""
    first = "; ".join(
        f"{row.timestamp:%Y-%m-%d %H:%M} {row.column} = {row.value:g} ({row.rule})"
        for row in found.head(_NAMED).itertuples()
    )
    return UDFIValueError(
        "{where}: {rows} row(s) break the rules of a bar, first: {first}",
        hint="see threadx.bars.checks.violations(frame) for all of them",
        where=where,
        rows=found["timestamp"].nunique(),
        first=first,
    )


def row_breaches(columns: Columns) -> list[tuple[NDArray[np.intp], Rule, str]]:
    """Return every breach of a row rule by the places of its rows: (row numbers, rule, column)."""
    return list(_row_breaches(columns))


def is_clean(columns: Columns) -> bool:
    """Return whether every row satisfies every row rule: the cheap question, without a report."""
    return next(_row_breaches(columns), None) is None


def strictly_increasing(open_time_ms: NDArray[np.int64]) -> bool:
    """Return whether each open time is after the one before."""
    return bool((open_time_ms[1:] > open_time_ms[:-1]).all())


def _row_breaches(columns: Columns) -> Iterator[_Found]:
    edges = [*range(0, columns[OPEN_TIME].size, _BLOCK_ROWS), columns[OPEN_TIME].size]
    for start, stop in pairwise(edges):
        block = {name: values[start:stop] for name, values in columns.items()}
        if not _clean(block):
            for rows, rule, column in _block_breaches(block):
                yield rows + start, rule, column


def _clean(block: Columns) -> bool:
    """Whether no row of a block can break a row rule. Null fails every comparison, so it is found too."""
    return (
        _grid_clean(block[OPEN_TIME])
        and _prices_clean(block)
        and (VOLUME not in block or _amounts_clean(block[VOLUME]))
        and all(
            _amounts_clean(values) or _nulls_clean(values) for name, values in _amounts(block).items() if name != VOLUME
        )
    )


def _grid_clean(open_time_ms: NDArray[np.int64]) -> bool:
    # Nearly all steps are one minute: only the others are worth a division.
    steps = open_time_ms[1:] - open_time_ms[:-1]
    odd = steps[steps != MINUTE_MS]
    return bool(open_time_ms[0] % MINUTE_MS == 0 and not (odd % MINUTE_MS).any())


def _prices_clean(block: Columns) -> bool:
    if not all(name in block for name in PRICE_COLS):
        return False
    opens, highs, lows, closes = (block[name] for name in PRICE_COLS)
    # Four comparisons take a third of the time of np.maximum and np.minimum with two; low <= high follows from them.
    return bool(
        (opens <= highs).all()
        and (closes <= highs).all()
        and (lows <= opens).all()
        and (lows <= closes).all()
        and lows.min() > 0
        and highs.max() < np.inf
    )


def _amounts(block: Columns) -> dict[str, NDArray[Any]]:
    return {name: block[name] for name in (VOLUME, *OPTIONAL_COLS, MINUTES) if name in block}


def _amounts_clean(values: NDArray[Any]) -> bool:
    return bool(values.min() >= 0 and values.max() < np.inf)


def _nulls_clean(values: NDArray[Any]) -> bool:
    """Whether amounts are in order where there are any."""
    return bool(not (values < 0).any() and not (values == np.inf).any())


def _block_breaches(block: Columns) -> Iterator[_Found]:
    for rule, column, broken in _broken(block):
        rows = np.flatnonzero(broken)
        if rows.size:
            yield rows, rule, column


def _broken(block: Columns) -> Iterator[tuple[Rule, str, NDArray[np.bool_]]]:
    yield Rule.ON_GRID, OPEN_TIME, block[OPEN_TIME] % MINUTE_MS != 0
    for name in CRITICAL_COLS:
        if name in block:
            yield Rule.PRESENT, name, np.isnan(block[name])
            yield Rule.FINITE, name, np.isinf(block[name])
    for name in PRICE_COLS:
        if name in block:
            yield Rule.POSITIVE, name, block[name] <= 0
    for name, values in _amounts(block).items():
        yield Rule.NOT_NEGATIVE, name, values < 0
        if name != VOLUME:
            yield Rule.FINITE, name, np.isinf(values)
    yield from _extremes(block)


def _extremes(block: Columns) -> Iterator[tuple[Rule, str, NDArray[np.bool_]]]:
    """Compare with what prices there are; a null is a breach of its own and hides none of the others."""
    prices = [block[name] for name in PRICE_COLS if name in block]
    if "high" in block:
        yield Rule.HIGH_IS_HIGHEST, "high", block["high"] < _folded(np.fmax, prices)
    if "low" in block:
        yield Rule.LOW_IS_LOWEST, "low", block["low"] > _folded(np.fmin, prices)


def _folded(operation: Callable[..., NDArray[Any]], arrays: list[NDArray[Any]]) -> NDArray[Any]:
    result = arrays[0]
    for array in arrays[1:]:
        result = operation(result, array)
    return result


def _order_breaches(open_time_ms: NDArray[np.int64]) -> Iterator[_Found]:
    if strictly_increasing(open_time_ms):
        return
    by_time = np.argsort(open_time_ms, kind="stable")
    times = open_time_ms[by_time]
    repeated = np.sort(by_time[1:][times[1:] == times[:-1]])
    if repeated.size:
        yield repeated, Rule.UNIQUE, OPEN_TIME
    backwards = np.flatnonzero(open_time_ms[1:] < open_time_ms[:-1]) + 1
    if backwards.size:
        yield backwards, Rule.ORDERED, OPEN_TIME


def _report(columns: Columns, found: list[_Found]) -> pd.DataFrame:
    rows = np.concatenate([np.empty(0, dtype=np.intp), *(rows for rows, _, _ in found)])
    report = pd.DataFrame(
        {
            "timestamp": index_from_ms(columns[OPEN_TIME][rows]).rename(None),
            "rule": pd.Series([rule.value for hit, rule, _ in found for _ in range(hit.size)], dtype="str"),
            "column": pd.Series([column for hit, _, column in found for _ in range(hit.size)], dtype="str"),
            "value": np.concatenate([np.empty(0), *(columns[column][hit].astype(float) for hit, _, column in found)]),
        }
    )
    return report.iloc[np.argsort(rows, kind="stable")].reset_index(drop=True) if found else report
