"""Bars and tables as files for other programs: CSV, Excel, Parquet, JSON. Each is written whole or not at all.

All times are UTC: with a `Z` in CSV, said by the heading in Excel, by the type in Parquet, as milliseconds in JSON.
Excel keeps 15 digits of a number; the others keep every one.

"legacy-json" is what older tools read: `<SYMBOL>_<timeframe>.json`, a list of objects, one a bar::

    [{"timestamp": 1709251200000, "open": 61130.98, "high": 61187.5, "low": 61128.0, "close": 61180.1, "volume": 12.5},
     ...]

with `quote_volume`, `trades`, `taker_buy_base`, `taker_buy_quote` and `minutes` where the bank has them.
`threadx convert` reads it back, bar for bar.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from threadx.bars.intervals import Interval, month_interval
from threadx.bars.schema import INTEGER_COLS, SYMBOL, VALUE_COLS
from threadx.bars.timeframe import Timeframe
from threadx.data.workbook import EXCEL_ROWS, Workbook, safe_text
from threadx.errors import ConflictError, DataNotFoundError, FileValidationError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store import Store
from threadx.store.layout import WHOLE
from threadx.store.manifest import Manifest
from threadx.store.outgoing import Append, Outgoing, csv_appender, json_appender, outgoing, parquet_appender

__all__ = ["FORMATS", "Exported", "export_bars", "export_table"]

LEGACY_JSON = "legacy-json"
FORMATS = ("csv", "xlsx", "parquet", LEGACY_JSON)
_PROCESSED = "processed"
_ROWS_PER_REPORT = 1000
PIECE_ROWS = 10_000
"""Of text, written at once: some 70 ms."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One file that was written."""

    path: Path
    rows: int
    """Without headings."""
    size_bytes: int
    sheets: tuple[str, ...] = ()
    """Of an Excel file, in order."""


@dataclass(frozen=True, slots=True)
class _Dataset:
    """What is to be exported of one dataset: one generation of it, month by month."""

    manifest: Manifest
    timeframe: str
    months: tuple[tuple[str, Interval], ...]
    """Month (or "all") and the part of the asked range in it."""
    columns: tuple[str, ...]
    rows: int
    """About: whole months."""

    @property
    def name(self) -> str:
        """Return what it is called in titles: "BTCUSDC 1h"."""
        return f"{self.manifest.series.symbol} {self.timeframe}"

    def frames(self, store: Store) -> Iterator[pd.DataFrame]:
        """Yield the bars month by month, each frame with the same columns and dtypes."""
        series = self.manifest.series
        for _month, part in self.months:
            try:
                frame = store.read(
                    series.provider,
                    series.symbol,
                    self.timeframe,
                    part.start_ms,
                    part.end_ms,
                    as_of=self.manifest.gen,
                )
            except DataNotFoundError:
                self._need(store)
                continue  # the asked range cuts off all bars of this month
            yield _shaped(frame, self.columns)

    def _need(self, store: Store) -> None:
        """Raise unless the generation is still kept."""
        series, gen = self.manifest.series, self.manifest.gen
        if store.manifest(series.provider, series.symbol, as_of=gen) is None:
            raise ConflictError(
                "{name}: the bars changed while they were exported, too often to keep what they were",
                hint="export again, or raise [store] keep_operations",
                name=self.name,
            )


def export_bars(
    store: Store,
    datasets: Sequence[tuple[str, str, str]],
    path: str | os.PathLike[str],
    format: str,  # noqa: A002 - the word of the window and the command line
    *,
    start_ms: int | None = None,
    end_ms: int | None = None,
    sheet_rows: int = EXCEL_ROWS,
    progress: Progress = NULL_PROGRESS,
) -> tuple[Exported, ...]:
    """Write bars to files; return what was written.

    Args:
        store: where they are.
        datasets: (provider, symbol, timeframe) of each; all of one generation, and months are read one at a time.
        path: the file (of Excel: always one file, a sheet or more for each dataset), or a folder that is there; for
            several datasets in other formats a folder, made where it is missing. Files that are there are replaced.
        format: "csv", "xlsx", "parquet" or "legacy-json".
        start_ms: first open time, UTC; None: from the first bar.
        end_ms: exclusive; None: to the last bar.
        sheet_rows: rows of an Excel sheet, the heading included; more go to a further sheet.
        progress: hears of bars, and cancels: files that are finished stay, the one at work leaves nothing.

    Raises:
        DataNotFoundError: a dataset has no bars there; nothing was written.
        FileValidationError: the place is the bank's own.
        CorruptPartitionError: a stored file is damaged.
        StoreError: the disk refused.
        ConflictError: two of the datasets would be the same file; or bars were overwritten so often meanwhile that
            they are gone: then the file at work is as it was.
        ValueError: no such format, or no dataset.
    """
    if format not in FORMATS or not datasets:
        raise ValueError(f"nothing to export: {len(datasets)} datasets as {format!r}")
    target = _checked(Path(path))
    chosen = [_dataset(store, *one, start_ms, end_ms) for one in datasets]
    counter = _Counter(progress, sum(dataset.rows for dataset in chosen))
    if format == "xlsx":
        name = _stem(chosen[0], format) if len(chosen) == 1 else "bars"
        book = target / f"{name}.xlsx" if target.is_dir() else target
        return (_to_excel(store, chosen, book, sheet_rows, counter),)
    files = _targets(chosen, target, format)
    return tuple(_to_file(store, dataset, file, format, counter) for dataset, file in zip(chosen, files, strict=True))


def export_table(
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    path: str | os.PathLike[str],
    *,
    title: str = "",
    progress: Progress = NULL_PROGRESS,
) -> Exported:
    """Write a table as it is shown to a `.csv`, `.xlsx` or `.parquet` file, by its ending.

    Args:
        headings: one per column.
        rows: cells: numbers stay numbers, aware datetimes become UTC (say so in the heading), None is empty, anything
            else is text.
        path: the file; replaced where it is there.
        title: of the Excel sheet.
        progress: hears of rows, and cancels.

    Raises:
        FileValidationError: another ending, or the place is the bank's own.
        StoreError: the disk refused.
    """
    target = _checked(Path(path))
    counter = _Counter(progress, len(rows), "rows")
    if target.suffix.lower() == ".xlsx":
        with outgoing(target) as out, Workbook(out.file, out.scratch, progress=progress) as book:
            book.begin(title or target.stem, headings)
            for row in rows:
                book.add(row)
                counter.add(1)
        return Exported(target, len(rows), target.stat().st_size, book.sheets)
    if target.suffix.lower() not in (".csv", ".parquet"):
        raise FileValidationError(
            "{path}: no such table format", hint="end the name in .csv, .xlsx or .parquet", path=target
        )
    with outgoing(target) as out:
        if target.suffix.lower() == ".csv":
            _write_table(out, headings, rows, counter)
        else:
            with parquet_appender(out.file) as append:
                append(_table_frame(headings, rows))
    return Exported(target, len(rows), target.stat().st_size)


class _Counter:
    """Counts rows and reports now and then."""

    def __init__(self, progress: Progress, total: int, unit: str = "bars") -> None:
        self.progress = progress
        self._total = total
        self._unit = unit
        self._done = 0
        self._told = 0
        progress.report(0, total, unit)

    def add(self, rows: int) -> None:
        """Note that so many more rows are written; raises JobCancelled."""
        self._done += rows
        if self._done - self._told >= _ROWS_PER_REPORT:
            self._told = self._done
            self.progress.report(min(self._done, self._total), self._total, self._unit)


def _checked(path: Path) -> Path:
    target = path.absolute()
    if _PROCESSED in target.parts[:-1] or ".threadx" in target.parts:
        raise FileValidationError(
            "{path}: nothing but the bank's own files may lie there", hint="choose another folder", path=target
        )
    return target


def _dataset(
    store: Store, provider: str, symbol: str, timeframe: str, start_ms: int | None, end_ms: int | None
) -> _Dataset:
    name = Timeframe.parse(timeframe).name
    manifest = store.manifest(provider, symbol)
    entries = {} if manifest is None else manifest.of(name)
    asked = Interval(-(1 << 62) if start_ms is None else start_ms, 1 << 62 if end_ms is None else end_ms)
    fitting = {
        month: entry
        for month, entry in entries.items()
        if entry.first_ms < asked.end_ms and entry.last_ms >= asked.start_ms
    }
    if manifest is None or not fitting:
        raise DataNotFoundError(
            "{provider} {symbol} {timeframe}: no bars there to export",
            hint="see what there is with: threadx list",
            provider=provider,
            symbol=symbol,
            timeframe=name,
        )
    there = {column for entry in fitting.values() for column in entry.columns}
    months = tuple((month, _part(month, asked)) for month in sorted(fitting))
    columns = tuple(column for column in (SYMBOL, *VALUE_COLS) if column == SYMBOL or column in there)
    return _Dataset(manifest, name, months, columns, sum(entry.rows for entry in fitting.values()))


def _part(month: str, asked: Interval) -> Interval:
    if month == WHOLE:
        return asked
    whole = month_interval(month)
    return Interval(max(whole.start_ms, asked.start_ms), min(whole.end_ms, asked.end_ms))


def _shaped(frame: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return a frame with these columns; integers are nullable, as in some months they are not known."""
    shaped = frame.reindex(columns=list(columns))
    return shaped.astype({name: "Int64" for name in INTEGER_COLS if name in columns})


def _targets(datasets: Sequence[_Dataset], path: Path, kind: str) -> list[Path]:
    """Return a file for each dataset: `path` itself for a single one, unless it is a folder."""
    ending = f".{kind}" if kind != LEGACY_JSON else ".json"
    named = kind != LEGACY_JSON or path.suffix == ending  # there the name says whose bars they are
    if len(datasets) == 1 and named and not path.is_dir():
        return [path]
    files = [path / f"{_stem(dataset, kind)}{ending}" for dataset in datasets]
    twice = next((file for file in files if files.count(file) > 1), None)
    if twice is not None:
        raise ConflictError(
            "{file}: two providers have such bars, and the file can hold one", hint="choose one", file=twice
        )
    return files


def _stem(dataset: _Dataset, kind: str) -> str:
    series = dataset.manifest.series
    stem = f"{series.symbol}_{dataset.timeframe}"
    return stem if kind == LEGACY_JSON else f"{stem}_{series.provider}"


def _to_file(store: Store, dataset: _Dataset, file: Path, kind: str, counter: _Counter) -> Exported:
    rows = 0
    with outgoing(file) as out:
        with _appender(store, out.file, kind) as append:
            for frame in dataset.frames(store):
                for part in _pieces(frame, PIECE_ROWS if kind != "parquet" else len(frame)):
                    append(part)
                    counter.add(len(part))
                rows += len(frame)
        _refuse_empty(dataset, rows)
    return Exported(file, rows, file.stat().st_size)


def _appender(store: Store, file: BinaryIO, kind: str) -> AbstractContextManager[Append]:
    if kind == "csv":
        return csv_appender(file)
    return (
        json_appender(file)
        if kind == LEGACY_JSON
        else parquet_appender(file, compression=store.settings.store.compression)
    )


def _pieces(frame: pd.DataFrame, rows: int) -> Iterator[pd.DataFrame]:
    """Yield a frame in pieces, so that a cancel is heard between them."""
    for start in range(0, len(frame), rows):
        yield frame.iloc[start : start + rows]


def _to_excel(store: Store, datasets: Sequence[_Dataset], file: Path, sheet_rows: int, counter: _Counter) -> Exported:
    with outgoing(file) as out, Workbook(out.file, out.scratch, sheet_rows, progress=counter.progress) as book:
        for dataset in datasets:
            before = book.rows
            book.begin(dataset.name, ["timestamp (UTC)", *dataset.columns])
            for frame in dataset.frames(store):
                for row in frame.itertuples():
                    book.add(row)
                    counter.add(1)
            _refuse_empty(dataset, book.rows - before)
    return Exported(file, book.rows, file.stat().st_size, book.sheets)


def _refuse_empty(dataset: _Dataset, rows: int) -> None:
    if rows == 0:
        raise DataNotFoundError("{name}: no bar opens in the asked range", hint="widen the range", name=dataset.name)


def _write_table(out: Outgoing, headings: Sequence[str], rows: Sequence[Sequence[object]], counter: _Counter) -> None:
    text = io.TextIOWrapper(out.file, encoding="utf-8-sig", newline="")  # Excel knows UTF-8 by the mark only
    try:
        writer = csv.writer(text)
        writer.writerow([safe_text(heading) for heading in headings])
        for row in rows:
            writer.writerow([_csv_cell(cell) for cell in row])
            counter.add(1)
        text.flush()
    finally:
        text.detach()


def _table_frame(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> pd.DataFrame:
    """Return a shown table as a frame: a column whose cells are of several kinds becomes text, names become unequal."""
    names: list[str] = []
    for heading in headings:
        names.append(heading if heading not in names else f"{heading} ({names.count(heading) + 1})")
    columns = [_column([row[place] for row in rows]) for place in range(len(names))]
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def _column(cells: Sequence[object]) -> pd.Series:
    kinds = {type(cell) for cell in cells if cell is not None}
    one_kind = len(kinds) <= 1 or kinds <= {int, float}
    if one_kind and kinds <= {bool, int, float, str, datetime}:
        return pd.Series(cells)
    return pd.Series([None if cell is None else str(cell) for cell in cells], dtype="str")


def _csv_cell(cell: object) -> object:
    if cell is None or isinstance(cell, (bool, int, float)):
        return cell
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return safe_text(str(cell))
