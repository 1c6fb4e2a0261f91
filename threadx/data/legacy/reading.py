"""One file from bytes to bars: every row is a bar, a repeated one, or set aside with its reason. Writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from threadx.bars.checks import row_breaches, strictly_increasing
from threadx.bars.dates import DAY_MS, text_of
from threadx.bars.gaps import find_gaps
from threadx.bars.merge import deduplicate
from threadx.bars.schema import (
    CRITICAL_COLS,
    INTEGER_COLS,
    MINUTE_MS,
    MINUTES,
    OPEN_TIME,
    SUM_COLS,
    SYMBOL,
    VALUE_COLS,
    Columns,
    columns_from_frame,
    frame_from_columns,
    ms_from_index,
)
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.data.legacy import reasons as why_not
from threadx.data.legacy.columns import CLOCK, FINISHED, KLINE, TIMEFRAME, VALUES, Assigned, by_name, by_place
from threadx.data.legacy.names import FileName, joined_symbol, read_names
from threadx.data.legacy.preview import LegacyPreview
from threadx.data.legacy.spacing import settle_timeframe
from threadx.data.legacy.table import Table
from threadx.data.legacy.tables import table_of
from threadx.data.legacy.times import NO_TIME, Times, joined, moments
from threadx.data.legacy.values import Cells, floats
from threadx.data.plan import Note
from threadx.errors import DataError, FileValidationError
from threadx.store.foreign import ForeignFile

__all__ = ["LegacyBars", "read_bars"]

_LARGEST_AMOUNT, _LARGEST_COUNT = 1e300, 2**47
"""As `threadx.store.incoming`: sums over a month must stay numbers."""


_NO, _YES = ("false", "0", "0.0"), ("true", "1", "1.0")


@dataclass(frozen=True, slots=True)
class LegacyBars:
    """The bars of a file."""

    preview: LegacyPreview
    columns: Columns = field(repr=False)
    """Clean, in order, each open time once."""
    bad: tuple[dict[str, object], ...] = field(default=(), repr=False)
    """The rows set aside, as the file has them, with `row` (its number, from 1) and `reason`."""

    @property
    def timeframe(self) -> Timeframe:
        """What the bars are."""
        return Timeframe.parse(self.preview.timeframe)


def read_bars(file: ForeignFile, *, now_ms: int, known: Collection[str] = ()) -> LegacyBars:
    """Return the bars of a file.

    Args:
        file: as `threadx.store.foreign.load` gave it.
        now_ms: bars that end later are not finished.
        known: symbols that are spelled with a separator on purpose ("BTC-USD").

    Raises:
        FileValidationError: it holds no bars, or not surely enough; the message says why.
        UnsupportedTimeframeError: bars of a timeframe that cannot be kept.
    """
    return _Reader(file, now_ms, known).read()


class _Reader:
    def __init__(self, file: ForeignFile, now_ms: int, known: Collection[str]) -> None:
        self.file = file
        self.now_ms = now_ms
        self.known = known
        self.notes: list[Note] = []

    def read(self) -> LegacyBars:
        name = read_names(self.file.path, self.file.inner)
        table = table_of(self.file)
        assigned = self._assigned(table, name)
        symbol = self._symbol(name, table, assigned)
        times = self._times(assigned)
        good_ms = times.ms[times.ms != NO_TIME]
        if not len(good_ms):
            raise FileValidationError(
                "{path}: its times cannot be read: {why}",
                hint="times are dates as 2024-01-31 12:00, or numbers of seconds, ms, us or ns since 1970",
                path=self.file.path,
                why=times.why,
            )
        named, word = self._named_timeframe(name, table, assigned)
        timeframe, timeframe_why = settle_timeframe(named, good_ms, word=word, where=self.file.path)
        columns = self._numbers(assigned, times.ms, timeframe)
        reasons = self._reasons(columns, timeframe)
        bad = self._bad(table, reasons, times)
        chosen = np.array([place not in reasons for place in range(len(times.ms))], dtype=bool)
        running = chosen & self._said_to_run(assigned)
        kept = {each: values[chosen & ~running] for each, values in columns.items()}
        bars, unfinished = self._finished(kept, timeframe, reply=_is_reply(table))
        bars |= {
            each: bars[each].astype(np.int64)
            for each in INTEGER_COLS
            if each in bars and not np.isnan(bars[each]).any()
        }
        clean = deduplicate(frame_from_columns(bars))
        if clean.dropped > len(clean.frame):
            self._need_clock(bars[OPEN_TIME], timeframe, told=named is not None)
        found = find_gaps(clean.frame, timeframe)
        done = columns_from_frame(clean.frame)
        preview = LegacyPreview(
            path=self.file.path,
            sha256=self.file.sha256,
            size_bytes=self.file.size_bytes,
            symbol=symbol,
            timeframe=timeframe.name,
            timeframe_why=timeframe_why,
            form=table.form,
            packed=self.file.packed,
            file_columns=tuple(table.columns),
            columns=tuple(each for each in VALUE_COLS if each in done),
            left=assigned.left,
            rows=table.rows,
            bars=len(done[OPEN_TIME]),
            first_ms=int(done[OPEN_TIME][0]),
            last_ms=int(done[OPEN_TIME][-1]),
            unit=times.unit,
            unit_why=times.why,
            naive=times.naive,
            duplicates=clean.dropped,
            differing=clean.conflicts["timestamp"].nunique(),
            unsorted=_backwards(bars[OPEN_TIME]),
            gaps=len(found),
            missing=_bars_in(found, timeframe),
            unfinished=unfinished + int(running.sum()),
            set_aside=len(bad),
            reasons=tuple(Counter(str(row["reason"]).split()[0] for row in bad).most_common()),
            notes=tuple(self.notes),
        )
        return LegacyBars(preview, done, bad)

    def _assigned(self, table: Table, name: FileName) -> Assigned:
        if not any(len(cells) for cells in table.columns.values()):
            raise FileValidationError("{path}: a table without rows", hint="get it again", path=self.file.path)
        if table.named:
            assigned = by_name(table.columns, base=name.symbol or "", where=self.file.path)
        else:
            cells = list(table.columns.values())
            whole = joined(*cells[:2]) if len(cells) > 6 else None  # MetaTrader: the day, the clock, five numbers
            assigned = by_place(cells if whole is None else [whole, *cells[2:]], where=self.file.path)
        self.notes += [note for note in (table.note, assigned.note) if note is not None]
        if assigned.left:
            self.notes.append(Note("columns not kept: {columns}", {"columns": ", ".join(assigned.left)}))
        return assigned

    def _symbol(self, name: FileName, table: Table, assigned: Assigned) -> str:
        rows = {str(each).strip() for each in _listed(assigned.columns.get(SYMBOL, ())) if each}
        if len(rows) > 1:
            raise FileValidationError(
                "{path}: bars of {count} symbols in one file: {symbols}",
                hint="split it: one symbol and one timeframe a file",
                path=self.file.path,
                count=len(rows),
                symbols=", ".join(sorted(rows)[:4]),
            )
        said = next(iter(rows), "") or table.says.get(SYMBOL, "")
        found = self._spelled(said) if said else None
        if said and found is None:
            raise FileValidationError(
                "{path}: {said} is no symbol of a spot market",
                hint="the bank keeps spot bars; move the file away, or rename it if the name is wrong",
                path=self.file.path,
                said=said,
            )
        by_file = self._spelled(name.spelled) if name.symbol else None
        if found is not None and by_file is not None and found != by_file:
            raise FileValidationError(
                "{path}: the name says {named}, the rows say {found}",
                hint="rename the file, if the rows are right",
                path=self.file.path,
                named=by_file,
                found=found,
            )
        symbol = found or by_file
        if symbol is None:
            raise FileValidationError(
                "{path}: whose bars these are cannot be told",
                hint="call the file <SYMBOL>_<timeframe>, as in BTCUSDT_1m",
                path=self.file.path,
            )
        spelled = said if found is not None else name.spelled
        if spelled != symbol:
            self.notes.append(Note("{spelled} is taken as {symbol}", {"spelled": spelled, "symbol": symbol}))
        return symbol

    def _spelled(self, text: str) -> str | None:
        return text if text in self.known else joined_symbol(text)

    def _times(self, assigned: Assigned) -> Times:
        times = _moments(assigned)
        if times.naive:
            self.notes.append(Note("times without a zone are taken as UTC"))
        return times

    def _need_clock(self, opens: NDArray[np.int64], timeframe: Timeframe, *, told: bool) -> None:
        """Refuse rows, most of them repeated, whose times are days: the time of day stands somewhere else."""
        if (opens % DAY_MS == 0).all() and not (told and timeframe.next(0) >= DAY_MS):
            raise FileValidationError(
                "{path}: {rows} rows share {days} times, which are days: the time of day cannot be told",
                hint="give the file one column with the day and the time of each bar",
                path=self.file.path,
                rows=len(opens),
                days=len(np.unique(opens)),
            )

    def _named_timeframe(self, name: FileName, table: Table, assigned: Assigned) -> tuple[Timeframe | None, str]:
        rows = {str(each).strip() for each in _listed(assigned.columns.get(TIMEFRAME, ())) if each}
        said = {word: found for word in rows if (found := _parsed(word)) is not None}
        if len(set(said.values())) > 1:
            raise FileValidationError(
                "{path}: bars of {count} timeframes in one file: {timeframes}",
                hint="split it: one symbol and one timeframe a file",
                path=self.file.path,
                count=len(set(said.values())),
                timeframes=", ".join(sorted(said)[:4]),
            )
        if name.timeframe is not None:
            return name.timeframe, name.word
        around = table.says.get(TIMEFRAME, "")
        return next(((found, word) for word, found in said.items()), (_parsed(around), around))

    def _numbers(self, assigned: Assigned, times_ms: NDArray[np.int64], timeframe: Timeframe) -> Columns:
        columns: Columns = {OPEN_TIME: times_ms}
        for name in VALUES:
            if name not in assigned.columns or (name == MINUTES and timeframe == ONE_MINUTE):
                continue
            values = floats(assigned.columns[name])
            if name not in CRITICAL_COLS and np.isnan(values).all():
                continue
            if name in INTEGER_COLS and (np.isfinite(values) & (np.rint(values) != values)).any():
                self.notes.append(Note("{column} has fractions: not kept", {"column": name}))
                continue
            columns[name] = values
        return columns

    def _reasons(self, columns: Columns, timeframe: Timeframe) -> dict[int, str]:
        """Return what is wrong with each row that is no bar."""
        opens = columns[OPEN_TIME]
        missing = opens == NO_TIME
        found: dict[int, list[str]] = {int(row): [f"{OPEN_TIME}:{why_not.NO_TIME}"] for row in np.flatnonzero(missing)}

        def note(rows: NDArray[np.bool_], why: str) -> None:
            for row in np.flatnonzero(rows & ~missing).tolist():
                found.setdefault(row, []).append(why)

        for rows, rule, column in row_breaches(columns):
            mask = np.zeros(len(opens), dtype=bool)
            mask[rows] = True
            note(mask, f"{column}:{rule.value}")
        on_minute = opens % MINUTE_MS == 0
        note(on_minute & (timeframe.floor(np.where(missing, 0, opens)) != opens), f"{OPEN_TIME}:{why_not.OFF_GRID}")
        note(opens > self.now_ms, f"{OPEN_TIME}:{why_not.FUTURE}")
        for name in SUM_COLS:
            if name in columns:
                most = _LARGEST_COUNT if name in INTEGER_COLS else _LARGEST_AMOUNT
                note(np.isfinite(columns[name]) & (columns[name] > most), f"{name}:{why_not.TOO_LARGE}")
        return {row: " ".join(whys) for row, whys in found.items()}

    def _bad(self, table: Table, reasons: dict[int, str], times: Times) -> tuple[dict[str, object], ...]:
        bad = [{"row": table.place(row), "reason": why, **table.raw(row)} for row, why in sorted(reasons.items())]
        bad += [{"row": number, "reason": why_not.OTHER_FORM, "text": str(raw)} for number, raw in table.odd]
        if 2 * len(bad) > table.rows:
            self._refuse(bad, times)
        return tuple(bad)

    def _refuse(self, bad: list[dict[str, object]], times: Times) -> None:
        """Refuse a file most of whose rows are no bars: it is of another kind than it was taken for."""
        good_ms = times.ms[times.ms != NO_TIME]
        if len(good_ms) and (good_ms % MINUTE_MS >= MINUTE_MS - 1000).mean() > 0.5:
            raise FileValidationError(
                "{path}: its times, {first} for one, are the ends of bars",
                hint="ThreadX names a bar by its open time: give the file such a column",
                path=self.file.path,
                first=text_of(int(good_ms[0])),
            )
        code, count = Counter(str(row["reason"]).split()[0] for row in bad).most_common(1)[0]
        words, fields = why_not.reason_words(code)
        raise FileValidationError(
            "{path}: {bad} rows are no bars; most often: {reason} ({count}), as in row {row}; times: {why}",
            hint="the file holds something else than it seems; nothing was taken from it",
            path=self.file.path,
            bad=len(bad),
            reason=words.format(**fields),
            count=count,
            row=next(row["row"] for row in bad if str(row["reason"]).startswith(code)),
            why=times.why,
        )

    def _said_to_run(self, assigned: Assigned) -> NDArray[np.bool_]:
        """Return which rows the file itself calls unfinished, as records of a stream do."""
        flags = [str(flag).strip().lower() for flag in assigned.columns.get(FINISHED, ())]
        running = np.array([flag in _NO for flag in flags] or [False], dtype=bool)
        if not set(flags) <= {*_NO, *_YES} or not running.any():
            return np.zeros(1, dtype=bool)
        if running.all():
            raise FileValidationError(
                "{path}: it says itself that none of its bars is finished", hint="try again later", path=self.file.path
            )
        self.notes.append(Note("bars that the file itself calls unfinished are left out"))
        return running

    def _finished(self, columns: Columns, timeframe: Timeframe, *, reply: bool) -> tuple[Columns, int]:
        """Leave out bars that were still running, now or when the file was written."""
        opens = columns[OPEN_TIME]
        ends = timeframe.next(opens)
        running = ends > self.now_ms
        last = opens == opens.max(initial=NO_TIME)
        running |= last & (opens <= self.file.modified_ms) & (self.file.modified_ms < ends)
        if not running.any() and reply:
            self.notes.append(Note("a whole reply of the exchange, whose last bar was still running: left out"))
            return {name: values[~last] for name, values in columns.items()}, int(last.sum())
        if not running.any():
            return columns, 0
        if running.all():
            raise FileValidationError(
                "{path}: its only bar is not finished", hint="try again later", path=self.file.path
            )
        self.notes.append(Note("the last bar was not finished when the file was written: left out"))
        return {name: values[~running] for name, values in columns.items()}, int(running.sum())


def _parsed(word: str) -> Timeframe | None:
    try:
        return Timeframe.parse(word)
    except DataError:
        return None


def _moments(assigned: Assigned) -> Times:
    """Return the open times: of the column that holds them, or of a column of days and one of clocks together."""
    days, clocks = assigned.columns[OPEN_TIME], assigned.columns.get(CLOCK)
    if clocks is None:
        return moments(days)
    whole = joined(days, clocks)
    if whole is not None:
        return moments(whole)
    by_day, by_clock = moments(days), moments(clocks)
    return by_clock if _distinct(by_clock) > _distinct(by_day) else by_day


def _distinct(times: Times) -> int:
    return len(np.unique(times.ms[times.ms != NO_TIME]))


def _is_reply(table: Table) -> bool:
    """Whether these are exactly the rows that the exchange answers with: they reach up to the bar that runs.

    500 is its default and 1000 the most; it sends the running bar as the last row. One bar too few is fetched again by
    the next download, one that was not finished would stay wrong.
    """
    return not table.named and len(table.columns) == len(KLINE) and table.rows in (500, 1000)


def _listed(cells: Cells) -> list[object]:
    if hasattr(cells, "to_pylist"):
        return list(cells.unique().to_pylist())
    return list(cells)


def _backwards(opens: NDArray[np.int64]) -> int:
    return 0 if strictly_increasing(opens) else int((np.diff(opens) < 0).sum())


def _bars_in(gaps: pd.DataFrame, timeframe: Timeframe) -> int:
    starts, ends = (ms_from_index(pd.DatetimeIndex(gaps[name])) for name in ("start", "end"))
    return sum(timeframe.count(start, end) for start, end in zip(starts.tolist(), ends.tolist(), strict=True))
