"""Joining what was fetched with what is stored: the newest wins, and every value it overruled is reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from threadx.bars.checks import strictly_increasing
from threadx.bars.schema import (
    FILLED,
    OPEN_TIME,
    SYMBOL,
    VALUE_COLS,
    Columns,
    columns_from_frame,
    frame_from_columns,
    index_from_ms,
)
from threadx.errors import ConflictError, UDFIIndexError

__all__ = ["Deduplicated", "Merged", "MergedColumns", "deduplicate", "merge", "merge_columns"]


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merge gave. `added + changed + unchanged` is the number of fetched bars, each open time once."""

    frame: pd.DataFrame
    added: int
    """Bars whose open time was not stored."""
    changed: int
    """Bars that were stored with another value somewhere."""
    unchanged: int
    conflicts: pd.DataFrame
    """One row a value that differed: `timestamp`, `column`, `stored`, `fetched` (float64). What was null before is
    filled without a conflict, unless both sides are the same fetch (see `deduplicate`)."""


@dataclass(frozen=True, slots=True)
class Deduplicated:
    """A frame with each open time once, ascending."""

    frame: pd.DataFrame
    dropped: int
    """Rows that gave way to a later row of the same open time."""
    conflicts: pd.DataFrame
    """As in Merged: `stored` is the row dropped, `fetched` the row kept."""


def deduplicate(frame: pd.DataFrame) -> Deduplicated:
    """Sort a frame by open time; where one open time stands twice, the later row wins.

    Exchanges repeat rows at page edges and send running bars again when they are finished. A clean frame is
    returned as it is.

    Raises:
        UDFIIndexError: the index is not aware open times.
    """
    columns = columns_from_frame(frame)
    times = columns[OPEN_TIME]
    if strictly_increasing(times):
        return Deduplicated(frame, 0, _conflict_frame([]))
    order = np.argsort(times, kind="stable")
    last = np.append(times[order][1:] != times[order][:-1], [True])
    winner = order[last][np.cumsum(last) - last]
    losers = ~last
    conflicts = [*_conflicts(_take(columns, order[losers]), _take(columns, winner[losers]))]
    return Deduplicated(frame.iloc[order[last]], int(losers.sum()), _conflict_frame(conflicts))


def merge(stored: pd.DataFrame, fetched: pd.DataFrame) -> Merged:
    """Return the stored bars with the fetched ones laid over them.

    Both are frames of one series, with or without `symbol`. For equal open times the fetched value wins, column by
    column; where the fetched frame lacks a column, or has null in it, the stored value stays. Values that neither has
    are null (`trades` is `Int64` then). Fetched rows may be in any order and stand twice: `deduplicate` settles that,
    and its conflicts are reported too; stored ones may not. Merging the same bars again changes nothing.

    Raises:
        ConflictError: the frames are of different symbols.
        UDFIIndexError: an index is not aware open times, or the stored one is not strictly increasing.
    """
    symbol = _symbol(stored, fetched)
    clean = deduplicate(fetched)
    merged = merge_columns(columns_from_frame(stored), columns_from_frame(clean.frame))
    reported = [report for report in (clean.conflicts, merged.conflicts()) if len(report)]
    return Merged(
        frame_from_columns(merged.columns, symbol),
        merged.added,
        merged.changed,
        merged.unchanged,
        pd.concat(reported, ignore_index=True) if reported else clean.conflicts,
    )


@dataclass(frozen=True, slots=True)
class MergedColumns:
    """As Merged, in the form of the hot path; the report of conflicts is made when asked for."""

    columns: Columns
    added: int
    changed: int
    unchanged: int
    before: Columns
    """The stored rows whose open times were fetched too."""
    after: Columns
    """The fetched rows of the same open times."""

    def conflicts(self) -> pd.DataFrame:
        """Return the values overruled, as in Merged."""
        return _conflict_frame([*_conflicts(self.before, self.after)] if self.changed else [])


def merge_columns(stored: Columns, fetched: Columns) -> MergedColumns:
    """Do what `merge` does, for fetched rows that are in order already, each open time once.

    Raises:
        UDFIIndexError: a side is not strictly increasing.
    """
    old, new = _comparable(stored, fetched)
    if not (strictly_increasing(old[OPEN_TIME]) and strictly_increasing(new[OPEN_TIME])):
        raise UDFIIndexError("the bars to merge are not in strictly ascending order", hint="deduplicate them first")
    if not old[OPEN_TIME].size or not new[OPEN_TIME].size or old[OPEN_TIME][-1] < new[OPEN_TIME][0]:
        joined = {name: np.concatenate((old[name], new[name])) for name in old}
        return MergedColumns(joined, new[OPEN_TIME].size, 0, 0, {}, {})
    return _overlay(old, new)


def _overlay(old: Columns, new: Columns) -> MergedColumns:
    at = np.searchsorted(old[OPEN_TIME], new[OPEN_TIME])
    known = old[OPEN_TIME][np.minimum(at, old[OPEN_TIME].size - 1)] == new[OPEN_TIME]
    rows = at[known]
    before, after = _take(old, rows), _take(new, known)
    updated, differs = {}, np.zeros(rows.size, dtype=bool)
    for name, values in old.items():
        kept = np.where(_null(after[name]), before[name], after[name]) if name != OPEN_TIME else after[name]
        different = ~_same(kept, before[name])
        differs |= different
        updated[name] = values
        if different.any():
            updated[name] = values.copy()
            updated[name][rows] = kept
    added = new[OPEN_TIME].size - rows.size
    if added:
        updated = _inserted(updated, _take(new, ~known))
    changed = int(differs.sum())
    return MergedColumns(updated, added, changed, rows.size - changed, before, after)


def _inserted(old: Columns, new: Columns) -> Columns:
    order = np.argsort(np.concatenate((old[OPEN_TIME], new[OPEN_TIME])), kind="stable")
    return {name: np.concatenate((old[name], new[name]))[order] for name in old}


def _symbol(stored: pd.DataFrame, fetched: pd.DataFrame) -> str | None:
    names = {str(frame[SYMBOL].iat[0]) for frame in (stored, fetched) if SYMBOL in frame.columns and len(frame)}
    if len(names) > 1:
        raise ConflictError("bars of different symbols cannot be merged: {symbols}", symbols=", ".join(sorted(names)))
    return names.pop() if names else None


def _comparable(old: Columns, new: Columns) -> tuple[Columns, Columns]:
    """Give both the same columns in the same dtypes; what one lacks is null there."""
    # An empty side has no say: an empty bank must neither make the first bars nullable nor give them null columns.
    speakers = [columns for columns in (old, new) if columns[OPEN_TIME].size] or [old, new]
    names = [OPEN_TIME, *(name for name in VALUE_COLS if any(name in columns for columns in speakers))]
    sides: tuple[Columns, Columns] = ({}, {})
    for name in names:
        for side, columns in zip(sides, (old, new), strict=True):
            side[name] = columns[name] if name in columns else _nulls(columns[OPEN_TIME].size, name)
        if sides[0][name].dtype != sides[1][name].dtype:
            kinds = [side[name].dtype for side in sides if side[name].size] or [sides[0][name].dtype]
            for side in sides:
                side[name] = side[name].astype(np.result_type(*kinds))
    return sides


def _nulls(size: int, name: str) -> NDArray[Any]:
    return np.zeros(size, dtype=bool) if name == FILLED else np.full(size, np.nan)


def _take(columns: Columns, rows: NDArray[Any]) -> Columns:
    return {name: values[rows] for name, values in columns.items()}


def _null(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.size, dtype=bool)


def _same(left: NDArray[Any], right: NDArray[Any]) -> NDArray[np.bool_]:
    same: NDArray[np.bool_] = (left == right) | (_null(left) & _null(right))
    return same


def _conflicts(before: Columns, after: Columns) -> Iterator[tuple[NDArray[np.int64], str, NDArray[Any], NDArray[Any]]]:
    for name, was in before.items():
        differs = np.flatnonzero((was != after[name]) & ~_null(was) & ~_null(after[name]))
        if differs.size:
            yield before[OPEN_TIME][differs], name, was[differs], after[name][differs]


def _conflict_frame(found: list[tuple[NDArray[np.int64], str, NDArray[Any], NDArray[Any]]]) -> pd.DataFrame:
    times = np.concatenate([np.empty(0, dtype=np.int64), *(part[0] for part in found)])
    report = pd.DataFrame(
        {
            "timestamp": index_from_ms(times).rename(None),
            "column": pd.Series([name for part, name, _, _ in found for _ in range(part.size)], dtype="str"),
            "stored": np.concatenate([np.empty(0), *(part[2].astype(float) for part in found)]),
            "fetched": np.concatenate([np.empty(0), *(part[3].astype(float) for part in found)]),
        }
    )
    return report.iloc[np.argsort(times, kind="stable")].reset_index(drop=True)
