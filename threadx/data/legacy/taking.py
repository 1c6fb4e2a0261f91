"""Bars of a legacy file into the bank: what the bank holds already stays, and every difference is reported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from threadx.bars.gaps import GapCause
from threadx.bars.intervals import Interval, intersect, union
from threadx.bars.resample import resample
from threadx.bars.schema import (
    CRITICAL_COLS,
    MINUTE_MS,
    OPEN_TIME,
    Columns,
    columns_from_frame,
    frame_from_columns,
    ms_from_index,
)
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.data.consistency import compare
from threadx.data.legacy.reading import LegacyBars
from threadx.errors import DataNotFoundError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store import Store
from threadx.store.aside import set_aside_rows
from threadx.store.imported import ImportRecord
from threadx.store.layout import Series
from threadx.store.write import IMPORT_PROVIDER

__all__ = ["SHOWN", "Taken", "Target", "record_of", "take"]

SHOWN = 1000
"""Differing values that a report holds; it counts all."""
_LISTED = 20
"""Of these, how many a JSON document has."""
_REFILLABLE = frozenset({GapCause.NOT_FETCHED, GapCause.SOURCE_DEFECT})
"""Empty stretches in which the exchange did not say that there are no bars."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where the bars of a run go."""

    provider: str
    """Of 1m bars; others go to the provider `import`."""
    compression: str | None
    op_id: str
    """One for the whole run: undo takes it back as one operation."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the bars of one file."""

    provider: str
    """Where they are; of bars that were only compared: what they were compared with."""
    stored: bool
    """False: every one of them follows from stored 1m bars, so they were compared only."""
    derived: bool = False
    """Whether what is stored was derived from 1m bars; never so for what came from a file."""
    added: int = 0
    """Bars that are new in the bank."""
    equal: int = 0
    """Bars that were there, just so."""
    conflicts: int = 0
    """Bars that were there with other values: the stored ones stayed."""
    conflict_values: pd.DataFrame | None = field(default=None, compare=False, repr=False)
    """`timestamp`, `column`, `stored`, `fetched` (the file's), the first thousand."""
    denied: int = 0
    """1m bars where the exchange has confirmed that it has none: left out."""
    compared: int = 0
    """Bars held against those that 1m bars give."""
    differing: int = 0
    """How many of them differ, or have no minute at all."""
    differing_values: pd.DataFrame | None = field(default=None, compare=False, repr=False)
    """`timestamp`, `column`, `expected` (from 1m), `actual` (the file's), the first thousand."""
    generation: int = 0
    aside: str = ""
    """File in which the rows that are no bars were kept; "" where there were none."""
    stretches: tuple[Interval, ...] = field(default=(), repr=False)
    """Where the bank must hold bars of `provider` for the file to count as taken up."""

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON, with the first values that differ."""
        return {
            "provider": self.provider,
            "stored": self.stored,
            "derived": self.derived,
            "added": self.added,
            "equal": self.equal,
            "conflicts": self.conflicts,
            "denied": self.denied,
            "compared": self.compared,
            "differing": self.differing,
            "generation": self.generation,
            "set_aside_in": self.aside,
            "conflict_values": _listed(self.conflict_values),
            "differing_values": _listed(self.differing_values),
        }


def _listed(values: pd.DataFrame | None) -> list[dict[str, object]]:
    if values is None:
        return []
    first = values.head(_LISTED)
    times = ms_from_index(pd.DatetimeIndex(first["timestamp"])).tolist()
    rows = first.drop(columns="timestamp").to_dict("records")
    return [
        {"open_time_ms": ms, **{str(key): each for key, each in row.items()}}
        for ms, row in zip(times, rows, strict=True)
    ]


def take(store: Store, bars: LegacyBars, target: Target, *, progress: Progress = NULL_PROGRESS) -> Taken:
    """Store the bars of a file, or compare them where the bank derives such bars itself.

    1m bars become truth of `target.provider`: minutes that are stored, or that the exchange confirmed to be empty, stay
    as they are. Longer ones are held against what 1m bars give, as far as those reach; unless they reach over all of
    them, the bars are kept under the provider `import`, which nothing is derived from.

    Raises:
        DataError: the bank cannot have them.
        StoreError: the disk refused, or another program keeps writing.
        JobCancelled: cancelled; the bank is as it was.
    """
    if bars.timeframe == ONE_MINUTE:
        return _take_minutes(store, bars, target, progress)
    return _take_longer(store, bars, target, progress)


def record_of(bars: LegacyBars, taken: Taken) -> ImportRecord:
    """Return what is remembered of a file that was taken up."""
    timeframe = bars.preview.timeframe if taken.stored else ONE_MINUTE.name
    preview = bars.preview
    return ImportRecord(
        taken.provider, preview.symbol, timeframe, taken.stretches, Path(preview.path).name, preview.bars
    )


def _take_minutes(store: Store, bars: LegacyBars, target: Target, progress: Progress) -> Taken:
    symbol = bars.preview.symbol
    ledger = store.coverage(target.provider, symbol).ledger
    confirmed = union(gap.interval for gap in ledger if gap.cause not in _REFILLABLE)
    denied = _within(bars.columns[OPEN_TIME], MINUTE_MS, confirmed)
    columns = {name: values[~denied] for name, values in bars.columns.items()}
    if not len(columns[OPEN_TIME]):
        return Taken(target.provider, stored=True, denied=int(denied.sum()), aside=_aside(store, bars, target.provider))
    return _store(store, bars, columns, target.provider, target, progress, denied=int(denied.sum()))


def _take_longer(store: Store, bars: LegacyBars, target: Target, progress: Progress) -> Taken:
    symbol, timeframe = bars.preview.symbol, bars.timeframe
    opens = bars.columns[OPEN_TIME]
    coverage = store.coverage(target.provider, symbol)
    known = union([*coverage.stored, *(gap.interval for gap in coverage.ledger)]) if coverage.stored else ()
    covered = _within(opens, timeframe.next(opens) - opens, known)
    if coverage.stored and not covered.all():
        covered |= _following(store, bars, target.provider)
    compared, differing, values = 0, 0, None
    if covered.any():
        compared = int(covered.sum())
        differing, values = _differences(store, bars, target.provider, covered)
    if covered.all():
        spans = _stretches(opens, timeframe)
        return Taken(
            target.provider, stored=False, compared=compared, differing=differing, differing_values=values,
            aside=_aside(store, bars, target.provider), stretches=intersect(spans, coverage.stored),
        )  # fmt: skip
    return _store(
        store, bars, bars.columns, IMPORT_PROVIDER, target, progress,
        compared=compared, differing=differing, differing_values=values,
    )  # fmt: skip


def _store(
    store: Store,
    bars: LegacyBars,
    columns: Columns,
    provider: str,
    target: Target,
    progress: Progress,
    **found: object,
) -> Taken:
    preview = bars.preview
    remark = "" if bars.timeframe == ONE_MINUTE else ", not derived from 1m"
    written = store.write(
        provider,
        preview.symbol,
        frame_from_columns(columns),
        timeframe=bars.timeframe,
        mode="keep",
        compression=target.compression,
        op_id=target.op_id,
        reason=f"taken up from {Path(preview.path).name}{remark}",
        progress=progress,
    )
    values = written.conflicts
    conflicts = int(values["timestamp"].nunique())
    return Taken(
        provider,
        stored=True,
        added=written.rows_added,
        equal=len(columns[OPEN_TIME]) - written.rows_added - conflicts,
        conflicts=conflicts,
        conflict_values=values.head(SHOWN) if conflicts else None,
        generation=written.generation,
        aside=_aside(store, bars, provider),
        stretches=_stretches(columns[OPEN_TIME], bars.timeframe),
        **found,  # type: ignore[arg-type]  # fields of Taken, by name
    )


def _aside(store: Store, bars: LegacyBars, provider: str) -> str:
    if not bars.bad:
        return ""
    rows = ({"file": str(bars.preview.path), **row} for row in bars.bad)
    return set_aside_rows(store.fs, store.layout, Series(provider, bars.preview.symbol), rows)


def _differences(
    store: Store, bars: LegacyBars, provider: str, covered: NDArray[np.bool_]
) -> tuple[int, pd.DataFrame | None]:
    """Return how many covered bars are not what the stored minutes give, and the values that differ."""
    timeframe = bars.timeframe
    chosen = {name: values[covered] for name, values in bars.columns.items()}
    opens = chosen[OPEN_TIME]
    start_ms, end_ms = int(opens[0]), int(timeframe.next(opens[-1]))
    try:
        minutes = store.read(provider, bars.preview.symbol, ONE_MINUTE, _traded_before(start_ms), end_ms)
    except DataNotFoundError:  # confirmed to be empty from end to end
        return len(opens), None
    report = compare(minutes, frame_from_columns(chosen), timeframe)
    bad = {*ms_from_index(pd.DatetimeIndex(report.differing["timestamp"])), *ms_from_index(report.unexpected)}
    return len(bad), report.differing.head(SHOWN) if len(report.differing) else None


def _following(store: Store, bars: LegacyBars, provider: str) -> NDArray[np.bool_]:
    """Return which bars are exactly what the stored minutes give, also where those begin or end amid the bar.

    That is so of what ThreadX itself exported.
    """
    opens = bars.columns[OPEN_TIME]
    start_ms, end_ms = int(opens[0]), int(bars.timeframe.next(opens[-1]))
    try:
        minutes = store.read(provider, bars.preview.symbol, ONE_MINUTE, _traded_before(start_ms), end_ms)
    except DataNotFoundError:
        return np.zeros(len(opens), dtype=bool)
    given = columns_from_frame(resample(minutes, bars.timeframe, source=ONE_MINUTE))
    at = np.minimum(np.searchsorted(given[OPEN_TIME], opens), len(given[OPEN_TIME]) - 1)
    same: NDArray[np.bool_] = given[OPEN_TIME][at] == opens
    for name in CRITICAL_COLS:
        same &= given[name][at] == bars.columns[name]
    return same


def _traded_before(start_ms: int) -> int:
    """Return a time before the first bar: where that one has no trade, its price is the last one before it."""
    return start_ms - 1440 * MINUTE_MS


def _within(
    opens: NDArray[np.int64], length_ms: NDArray[np.int64] | int, stretches: Iterable[Interval]
) -> NDArray[np.bool_]:
    """Return which bars lie whole in one of the stretches."""
    edges = np.array([(each.start_ms, each.end_ms) for each in stretches], dtype=np.int64).reshape(-1, 2)
    if not len(edges):
        return np.zeros(len(opens), dtype=bool)
    at = np.searchsorted(edges[:, 0], opens, side="right") - 1
    inside: NDArray[np.bool_] = (at >= 0) & (opens + length_ms <= edges[np.maximum(at, 0), 1])
    return inside


def _stretches(opens: NDArray[np.int64], timeframe: Timeframe) -> tuple[Interval, ...]:
    """Return where the bars lie, neighbours joined."""
    ends = timeframe.next(opens)
    breaks = np.flatnonzero(opens[1:] != ends[:-1])
    starts = opens[np.concatenate([[0], breaks + 1])]
    lasts = ends[np.concatenate([breaks, [len(opens) - 1]])]
    return tuple(Interval(int(start), int(end)) for start, end in zip(starts, lasts, strict=True))
