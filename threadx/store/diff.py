"""Two generations of a series compared, in words: what was added, removed and changed, and the largest price change.

The manifests are compared first; only months whose hashes differ are opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from threadx.bars.schema import OPEN_TIME, PRICE_COLS, Columns
from threadx.bars.timeframe import Timeframe
from threadx.errors import DataNotFoundError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.bank import Bank
from threadx.store.generations import AsOf
from threadx.store.layout import Series
from threadx.store.manifest import Manifest

__all__ = ["MonthDiff", "PriceChange", "StoreDiff", "compare", "diff_files", "diff_generations"]


@dataclass(frozen=True, slots=True)
class PriceChange:
    """One price of one bar, before and after."""

    timeframe: str
    open_time_ms: int
    column: str
    before: float
    after: float

    @property
    def relative(self) -> float:
        """The size of the change as a share of the price before: 0.01 is one per cent."""
        return abs(self.after - self.before) / self.before if self.before else float("inf")

    def __str__(self) -> str:
        moment = np.datetime_as_string(np.datetime64(self.open_time_ms, "ms"), unit="m")
        return (
            f"{self.timeframe} {moment} UTC {self.column} {self.before:.12g} -> {self.after:.12g} ({self.relative:.3%})"
        )


@dataclass(frozen=True, slots=True)
class MonthDiff:
    """What differs in one month of one timeframe."""

    timeframe: str
    month: str
    """"YYYY-MM", or "all" for a bank that is not split by month."""
    added: int
    """Bars that only the later generation has."""
    removed: int
    changed: int
    """Bars in both whose values differ in any column."""
    largest: PriceChange | None
    """The price that moved most, relative to what it was; None where no price changed."""

    @property
    def empty(self) -> bool:
        """Whether the files differ only in how they were written, not in any bar."""
        return not (self.added or self.removed or self.changed)

    def __str__(self) -> str:
        counts = f"{self.added:,} added, {self.removed:,} removed, {self.changed:,} changed"
        if self.empty:
            counts = "written anew, no bar differs"
        return f"{self.timeframe} {self.month}: {counts}" + (f"; largest: {self.largest}" if self.largest else "")


@dataclass(frozen=True, slots=True)
class StoreDiff:
    """What differs between two generations of one series. `str()` of it is the text for people."""

    provider: str
    symbol: str
    before: int
    """The generation compared from."""
    after: int
    """The generation compared to."""
    months: tuple[MonthDiff, ...]
    """Months whose files differ, by length of timeframe and month."""
    opened: int
    """How many month files had to be read."""

    @property
    def added(self) -> int:
        """Bars added, over all timeframes."""
        return sum(month.added for month in self.months)

    @property
    def removed(self) -> int:
        """Bars removed, over all timeframes."""
        return sum(month.removed for month in self.months)

    @property
    def changed(self) -> int:
        """Bars changed, over all timeframes."""
        return sum(month.changed for month in self.months)

    @property
    def largest(self) -> PriceChange | None:
        """The price that moved most, relative to what it was, over all timeframes."""
        return _largest(month.largest for month in self.months)

    def of(self, timeframe: str) -> tuple[MonthDiff, ...]:
        """Return the months of one timeframe."""
        return tuple(month for month in self.months if month.timeframe == timeframe)

    def __str__(self) -> str:
        head = f"{self.provider} {self.symbol}: generation {self.before} -> {self.after}"
        if all(month.empty for month in self.months):
            return f"{head}: no bar differs"
        lines = [f"{head}: {self.added:,} bars added, {self.removed:,} removed, {self.changed:,} changed"]
        return "\n".join([*lines, *(f"  {month}" for month in self.months)])


def compare(timeframe: str, month: str, before: Columns, after: Columns) -> MonthDiff:
    """Compare the bars of one month. Pure; both sides strictly ascending in open time.

    A column that only one side has counts as changed wherever it holds a value.
    """
    old, new = before[OPEN_TIME], after[OPEN_TIME]
    _, at_old, at_new = np.intersect1d(old, new, assume_unique=True, return_indices=True)
    changed = np.zeros(len(at_old), dtype=bool)
    for name in (before.keys() | after.keys()) - {OPEN_TIME}:
        changed |= _differs(_values(before, name, at_old), _values(after, name, at_new))
    return MonthDiff(
        timeframe=timeframe,
        month=month,
        added=len(new) - len(at_new),
        removed=len(old) - len(at_old),
        changed=int(changed.sum()),
        largest=_largest_price_change(timeframe, before, after, at_old, at_new),
    )


def diff_files(
    before: Mapping[str, str],
    after: Mapping[str, str],
    load: Callable[[str, str], Columns],
    *,
    progress: Progress = NULL_PROGRESS,
) -> tuple[MonthDiff, ...]:
    """Compare two generations given as {"<tf>/<month>": sha256}; `load(key, sha256)` opens a month that differs."""
    differing = sorted((key for key in before.keys() | after.keys() if before.get(key) != after.get(key)), key=_order)
    months = []
    for done, key in enumerate(differing):
        progress.report(done, len(differing), "partitions")
        timeframe, month = key.split("/")
        sides = [load(key, files[key]) if key in files else _NOTHING for files in (before, after)]
        months.append(compare(timeframe, month, *sides))
    return tuple(months)


def diff_generations(
    bank: Bank, series: Series, before: AsOf, after: AsOf, progress: Progress = NULL_PROGRESS
) -> StoreDiff:
    """Compare two generations of a series; `Store.diff` says what may be given and what is raised."""
    old, new = (_generation(bank, series, when) for when in (before, after))
    opened: set[str] = set()

    def load(key: str, sha256: str) -> Columns:
        opened.add(sha256)
        entry = next(one.files[key] for one in (old, new) if key in one.files and one.files[key].sha256 == sha256)
        return bank.rows(series, key, entry)

    was, now = ({key: entry.sha256 for key, entry in one.files.items()} for one in (old, new))
    try:
        months = diff_files(was, now, load, progress=progress)
    except FileNotFoundError as error:
        raise DataNotFoundError(
            "{series}: generation {gen} is no longer kept", hint="see: threadx history --symbols {symbol}",
            series=series, symbol=series.symbol, gen=old.gen,
        ) from error  # fmt: skip
    return StoreDiff(series.provider, series.symbol, old.gen, new.gen, months, len(opened))


def _generation(bank: Bank, series: Series, when: AsOf) -> Manifest:
    if when == 0:
        return Manifest.nothing(series)
    manifest = bank.generations.as_of(series, when)
    if manifest.gen == 0:
        raise DataNotFoundError("{series}: nothing stored", hint="see: threadx list", series=series)
    return manifest


_NOTHING: Columns = {OPEN_TIME: np.empty(0, dtype=np.int64)}


def _order(key: str) -> tuple[float, str]:
    timeframe, month = key.split("/")
    return Timeframe.parse(timeframe).period_ms or float("inf"), month


def _values(columns: Columns, name: str, rows: NDArray[Any]) -> NDArray[Any] | None:
    return columns[name][rows] if name in columns else None


def _differs(old: NDArray[Any] | None, new: NDArray[Any] | None) -> NDArray[np.bool_]:
    if old is not None and new is not None:
        same: NDArray[np.bool_] = (old == new) | (_missing(old) & _missing(new))
        return ~same
    only = new if old is None else old
    assert only is not None  # noqa: S101 - the name came from one of the two sides
    return ~_missing(only)


def _missing(values: NDArray[Any]) -> NDArray[np.bool_]:
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), dtype=bool)


def _largest_price_change(
    timeframe: str, before: Columns, after: Columns, at_old: NDArray[Any], at_new: NDArray[Any]
) -> PriceChange | None:
    best: list[PriceChange] = []
    for name in PRICE_COLS:
        old, new = _values(before, name, at_old), _values(after, name, at_new)
        if old is None or new is None or not len(old):
            continue
        relative = np.abs(new - old) / old
        row = int(relative.argmax())
        if relative[row] > 0:
            moment = int(before[OPEN_TIME][at_old[row]])
            best.append(PriceChange(timeframe, moment, name, float(old[row]), float(new[row])))
    return _largest(best)


def _largest(changes: Iterable[PriceChange | None]) -> PriceChange | None:
    return max((change for change in changes if change is not None), key=lambda change: change.relative, default=None)
