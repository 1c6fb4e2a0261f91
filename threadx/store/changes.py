"""What a write means for the months that are stored: append, replace, upsert, keep. Computes; writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from threadx.bars.merge import MergedColumns, merge_columns
from threadx.bars.schema import OPEN_TIME, Columns, index_from_ms
from threadx.errors import ConflictError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.layout import WHOLE, Series
from threadx.store.manifest import FileEntry

__all__ = ["MODES", "Change", "Mode", "Stored", "change", "split"]

Mode = Literal["append", "keep", "replace", "upsert"]
MODES: tuple[str, ...] = get_args(Mode)

_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Stored:
    """The files of one timeframe of a series, by month (or "all")."""

    series: Series
    timeframe: str
    entries: Mapping[str, FileEntry]
    load: Callable[[str], Columns]


@dataclass(slots=True)
class Change:
    """What a write does to the months of one timeframe."""

    months: dict[str, Columns] = field(default_factory=dict)
    """The whole new content of each month that changes, in order."""
    merged: set[str] = field(default_factory=set)
    """Those of them that are new arrays; the others may be the caller's own."""
    removed: list[str] = field(default_factory=list)
    added: int = 0
    changed: int = 0
    overruled: list[MergedColumns] = field(default_factory=list)
    """Merges in which new rows overruled stored values, in mode "keep" those in which they would have; the report is
    made when somebody asks."""


def split(columns: Columns, *, whole: bool) -> dict[str, Columns]:
    """Return the rows by month of their open time, or all as one part."""
    times = columns[OPEN_TIME]
    if not times.size:
        return {}
    if whole:
        return {WHOLE: columns}
    first, last = (np.datetime64(int(edge), "ms").astype("datetime64[M]") for edge in (times[0], times[-1]))
    months = np.arange(first, last + 2)
    edges = np.searchsorted(times, months.astype("datetime64[ms]").astype(np.int64))
    parts = zip(months, edges[:-1], edges[1:], strict=False)
    return {str(m): {name: values[a:b] for name, values in columns.items()} for m, a, b in parts if a < b}


def change(
    stored: Stored, columns: Columns, mode: Mode, *, whole: bool = False, progress: Progress = NULL_PROGRESS
) -> Change:
    """Return what writing `columns` does.

    Raises:
        ConflictError: the mode does not allow it, or the dataset is kept in the other way (one file, or months).
    """
    if stored.entries and (WHOLE in stored.entries) != whole and columns[OPEN_TIME].size:
        raise ConflictError(
            "{series} {timeframe}: one file and files by month cannot be mixed",
            hint="write it as it was written first, or delete it before",
            series=stored.series,
            timeframe=stored.timeframe,
        )
    found = Change()
    rows = columns if mode != "append" else _after_last(stored, columns, progress)
    for month, part in split(rows, whole=whole).items():
        progress.raise_if_cancelled()
        if mode == "keep":
            _lay_under(found, stored, month, part)
        else:
            _lay_over(found, stored, month, part, keep=mode != "replace")
    if mode == "replace":
        found.removed = [month for month in stored.entries if month not in found.months]
    return found


def _lay_over(found: Change, stored: Stored, month: str, part: Columns, *, keep: bool) -> None:
    """Add what the new rows of one month do; `keep` the stored rows beside them."""
    if month not in stored.entries:
        found.months[month] = part
        found.added += part[OPEN_TIME].size
        return
    merged = merge_columns(stored.load(month), part)
    found.added += merged.added
    found.changed += merged.changed
    if not keep:
        found.months[month] = part
    elif merged.added or merged.changed:
        found.months[month] = merged.columns
        found.merged.add(month)
    if keep and merged.changed:
        found.overruled.append(merged)


def _lay_under(found: Change, stored: Stored, month: str, part: Columns) -> None:
    """Add the new rows of one month whose open time is not stored yet; a stored row stays whole as it is."""
    if month not in stored.entries:
        _lay_over(found, stored, month, part, keep=True)
        return
    there = stored.load(month)
    new = np.isin(part[OPEN_TIME], there[OPEN_TIME], assume_unique=True, invert=True)
    if new.any():
        _lay_over(found, stored, month, {name: values[new] for name, values in part.items()}, keep=True)
    refused = merge_columns(there, {name: values[~new] for name, values in part.items()})
    if refused.changed:
        found.overruled.append(refused)


def _after_last(stored: Stored, columns: Columns, progress: Progress) -> Columns:
    """Return the rows after the last stored one; those before it must be stored already, just so."""
    if not stored.entries:
        return columns
    last_ms = max(entry.last_ms for entry in stored.entries.values())
    edge = int(np.searchsorted(columns[OPEN_TIME], last_ms, side="right"))
    earlier = {name: values[:edge] for name, values in columns.items()}
    for month, part in split(earlier, whole=WHOLE in stored.entries).items():
        progress.raise_if_cancelled()
        _refuse_news(stored, month, part)
    return {name: values[edge:] for name, values in columns.items()}


def _refuse_news(stored: Stored, month: str, part: Columns) -> None:
    old = stored.load(month) if month in stored.entries else {name: values[:0] for name, values in part.items()}
    merged = merge_columns(old, part)
    if not merged.added and not merged.changed:
        return
    new = np.setdiff1d(part[OPEN_TIME], old[OPEN_TIME], assume_unique=True)
    differing = np.union1d(new, merged.conflicts()["timestamp"].dt.as_unit("ms").astype("int64").to_numpy())
    rows = differing if differing.size else part[OPEN_TIME]  # a value where null was stored: not a named conflict
    raise ConflictError(
        "{series} {timeframe}: {count} row(s) are not after the last stored one and differ from what is stored, "
        "first: {rows}; nothing was written",
        hint='use mode="upsert" to let new rows win',
        series=stored.series,
        timeframe=stored.timeframe,
        count=merged.added + merged.changed,
        rows=", ".join(index_from_ms(rows[:_SHOWN]).strftime("%Y-%m-%d %H:%M")),
    )
