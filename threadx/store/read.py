"""Reading bars: one generation, only the months asked for (the manifest knows which), no lock, no scan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import pandas as pd

from threadx.bars.intervals import Interval
from threadx.bars.schema import FILLED, OPEN_TIME, SYMBOL, VALUE_COLS, Columns, frame_from_columns
from threadx.bars.timeframe import Timeframe
from threadx.errors import DataNotFoundError, UDFIColumnError
from threadx.store.bank import Bank
from threadx.store.generations import AsOf
from threadx.store.layout import Series
from threadx.store.manifest import FileEntry, Manifest

__all__ = ["Wanted", "joined", "nothing_stored", "read"]

_ATTEMPTS = 20
_ALWAYS_MS = Interval(-(1 << 62), 1 << 62)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to read."""

    series: Series
    timeframe: Timeframe
    range: Interval = _ALWAYS_MS
    columns: tuple[str, ...] | None = None
    """In the order wanted; None: all that the dataset has, `symbol` first."""


def read(bank: Bank, wanted: Wanted, as_of: AsOf = None) -> pd.DataFrame:
    """Return the bars asked for, as a UDFI frame.

    Raises:
        DataNotFoundError: there are none; the hint says what there is.
        UDFIColumnError: the dataset has no such column.
        CorruptPartitionError: an object is damaged.
    """
    for _ in range(_ATTEMPTS):
        manifest = bank.generations.as_of(wanted.series, as_of)
        try:
            return _read(bank, wanted, manifest)
        except FileNotFoundError:
            continue  # GC took the generation while it was read: begin again with a newer one
    raise DataNotFoundError(
        "{series}: objects of the generation are missing", hint="run: threadx verify --repair", series=wanted.series
    )


def _read(bank: Bank, wanted: Wanted, manifest: Manifest) -> pd.DataFrame:
    entries = manifest.of(wanted.timeframe.name)
    if not entries:
        raise nothing_stored(bank, wanted, manifest)
    there = frozenset[str]().union(*{entry.columns for entry in entries.values()})
    values = _value_columns(wanted, there)
    chosen = {month: entry for month, entry in entries.items() if _touches(entry, wanted.range)}
    parts = [
        _cut(bank.rows(wanted.series, f"{wanted.timeframe.name}/{month}", entry, values), wanted.range)
        for month, entry in chosen.items()
    ]
    parts = [part for part in parts if part[OPEN_TIME].size]
    if not parts:
        raise _out_of_range(wanted, entries)
    return _frame(wanted, _complete(joined(parts), there if values is None else values))


def _complete(columns: Columns, names: Iterable[str]) -> Columns:
    """Return rows with every column that the dataset has, or that is wanted, whichever months they come from."""
    lacking = {name: _or_null(columns, name) for name in names if name not in columns}
    return columns | lacking if lacking else columns


def _frame(wanted: Wanted, columns: Columns) -> pd.DataFrame:
    if wanted.columns is None:
        return frame_from_columns(columns, wanted.series.symbol)
    frame = frame_from_columns(columns, wanted.series.symbol if SYMBOL in wanted.columns else None)
    return frame[list(wanted.columns)]


def _value_columns(wanted: Wanted, there: Collection[str]) -> tuple[str, ...] | None:
    if wanted.columns is None:
        return None
    unknown = [name for name in wanted.columns if name != SYMBOL and name not in there]
    if unknown:
        raise UDFIColumnError(
            "{series} {timeframe}: no column {unknown}",
            hint="there are: symbol {there}",
            series=wanted.series,
            timeframe=wanted.timeframe.name,
            unknown=", ".join(unknown),
            there=" ".join(name for name in VALUE_COLS if name in there),
        )
    return tuple(name for name in wanted.columns if name != SYMBOL)


def _touches(entry: FileEntry, asked: Interval) -> bool:
    return entry.first_ms < asked.end_ms and entry.last_ms >= asked.start_ms


def _cut(columns: Columns, asked: Interval) -> Columns:
    times = columns[OPEN_TIME]
    if times[0] >= asked.start_ms and times[-1] < asked.end_ms:
        return columns
    first, last = np.searchsorted(times, (asked.start_ms, asked.end_ms))
    return {name: values[first:last] for name, values in columns.items()}


def joined(parts: Sequence[Columns]) -> Columns:
    """Return the rows of consecutive parts as one; a column that a part lacks is null there."""
    if len(parts) == 1:
        return parts[0]
    names = {name for part in parts for name in part}
    return {name: np.concatenate([_or_null(part, name) for part in parts]) for name in names}


def _or_null(part: Columns, name: str) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
    if name in part:
        return part[name]
    size = part[OPEN_TIME].size
    return np.zeros(size, dtype=bool) if name == FILLED else np.full(size, np.nan)


def nothing_stored(bank: Bank, wanted: Wanted, manifest: Manifest) -> DataNotFoundError:
    """Return the error of who asks for bars that a generation lacks; its hint says what there is."""
    series = wanted.series
    if manifest.timeframes:
        return DataNotFoundError(
            "{series} {timeframe}: nothing stored",
            hint="stored timeframes: {there}; run: threadx download --symbols {symbol} --timeframes {timeframe}",
            series=series,
            symbol=series.symbol,
            timeframe=wanted.timeframe.name,
            there=" ".join(manifest.timeframes),
        )
    if manifest.gen:
        return DataNotFoundError(
            "{series}: deleted in generation {gen}",
            hint="bring it back with: threadx undo --symbols {symbol}",
            series=series,
            symbol=series.symbol,
            gen=manifest.gen,
        )
    others = [
        other.provider
        for other in bank.generations.all_series()
        if other.symbol == series.symbol and other.provider != series.provider
    ]
    return DataNotFoundError(
        "{series} {timeframe}: nothing stored",
        hint="stored under provider {others}" if others else "run: threadx download --symbols {symbol}",
        series=series,
        symbol=series.symbol,
        timeframe=wanted.timeframe.name,
        others=", ".join(others),
    )


def _out_of_range(wanted: Wanted, entries: Mapping[str, FileEntry]) -> DataNotFoundError:
    return DataNotFoundError(
        "{series} {timeframe}: no bars in the range asked for",
        hint="stored: {first} to {last} UTC",
        series=wanted.series,
        timeframe=wanted.timeframe.name,
        first=_text(min(entry.first_ms for entry in entries.values())),
        last=_text(max(entry.last_ms for entry in entries.values())),
    )


def _text(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC):%Y-%m-%d %H:%M}"
