"""Indicators as Parquet files: one per indicator and parameters, which say themselves what they were computed from.

A file is a cache and no truth: `timestamp` (ms, UTC) and one float64 column per output, a row per bar, whole months
in order. Any tool reads it. Its footer holds the key: the function's version, the parameters, and for each month the
hash of the bars it came from, the checksum of its values, and the state of the function at its end, from which the
next month can be computed again. Files are written beside their name and replaced in one step, without a lock: of two
writers the last one wins, with its own key. What is damaged in any way is recognised when it is read.
"""

from __future__ import annotations

import json
import os
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from threadx.bars.intervals import Interval, month_interval
from threadx.bars.schema import INDEX_NAME, OPEN_TIME, Columns
from threadx.errors import CorruptPartitionError, FileValidationError, StoreError
from threadx.store.encoding import DELTA, SPLIT, Encoding
from threadx.store.fsio import Fs
from threadx.store.layout import WHOLE, Series, check_provider, check_symbol, disk_name, name_of
from threadx.store.manifest import digest
from threadx.store.objects import array_of, pandas_footer
from threadx.store.refusal import unwritten

__all__ = [
    "IndicatorFile",
    "IndicatorKey",
    "Month",
    "OtherFormatError",
    "checksum",
    "file_path",
    "files_under",
    "read_key",
    "read_values",
    "remove_file",
    "write_file",
]

FORMAT = "2"
"""Of the key in the footer; a file of another, whole as it may be, is computed again."""
ENDING = ".parquet"
_GROUP_ROWS = 1 << 14
"""Months are joined until a row group has this many rows: thirty days a group would be mostly footer."""
_KEY, _CHECK = b"threadx.key", b"threadx.check"
_TRIES = 10
_ABANDONED_NS = 3_600 * 1_000_000_000
"""A file on its way that nobody has touched for an hour is what a killed writer left."""


class OtherFormatError(CorruptPartitionError):
    """A file as another version of the program wrote it: nothing is damaged, but nobody reads it."""


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a file, in the order of the bars' partitions."""

    name: str
    """ "2024-03", or "all" where the bars are one file."""
    source: str
    """SHA-256 of the bars' file."""
    rows: int
    crc32: int
    """Of open times and values, as `checksum` gives it."""
    after: str
    """Digest of the function's state at the end of the month."""
    state: str | None = None
    """That state, as JSON; None where it is not kept: it follows from an earlier one."""


@dataclass(frozen=True, slots=True)
class IndicatorKey:
    """What a file is, and what it was computed from: all that decides whether it is stale."""

    series: Series
    timeframe: str
    indicator: str
    version: int
    params: Mapping[str, Any]
    """Every parameter by name, as plain JSON values."""
    outputs: tuple[str, ...]
    months: tuple[Month, ...]
    span: tuple[int, int] | None = field(default=None, compare=False)
    """Open times of the first and the last bar, as its file says; None where it has none, or is not written yet."""

    @property
    def rows(self) -> int:
        """How many bars it covers."""
        return sum(month.rows for month in self.months)


@dataclass(frozen=True, slots=True)
class IndicatorFile:
    """A file in a folder of indicators, named by its path alone; nothing of it is read."""

    series: Series
    timeframe: str
    stem: str
    path: Path
    size_bytes: int


def file_path(root: Path, series: Series, timeframe: str, stem: str) -> Path:
    """Return where the values of one indicator with its parameters lie."""
    return root / disk_name(series.provider) / disk_name(series.symbol) / timeframe / f"{stem}{ENDING}"


def files_under(fs: Fs, root: Path) -> Iterator[IndicatorFile]:
    """Yield the files there are, in order; what cannot be one of ours is passed over."""
    for provider in fs.names(root):
        for symbol in fs.names(root / provider):
            with suppress(FileValidationError):
                series = Series(check_provider(name_of(provider)), check_symbol(name_of(symbol)))
                for timeframe in fs.names(root / provider / symbol):
                    yield from _files_in(fs, root / provider / symbol / timeframe, series, timeframe)


def _files_in(fs: Fs, folder: Path, series: Series, timeframe: str) -> Iterator[IndicatorFile]:
    for name in fs.names(folder):
        status = fs.stat(folder / name) if name.endswith(ENDING) and not name.startswith(".") else None
        if status is not None:
            yield IndicatorFile(series, timeframe, name.removesuffix(ENDING), folder / name, status.st_size)


def checksum(columns: Columns, outputs: Sequence[str]) -> int:
    """Return the CRC-32 of open times and outputs: of the numbers themselves, however they are packed."""
    found = zlib.crc32(np.ascontiguousarray(columns[OPEN_TIME]).data)
    for name in outputs:
        found = zlib.crc32(np.ascontiguousarray(columns[name]).data, found)
    return found


# -- writing ------------------------------------------------------------------------------------------------------


def write_file(fs: Fs, path: Path, key: IndicatorKey, columns: Columns, *, compression: str = "lz4") -> int:
    """Write `columns` as the file of `key`, replacing what is there in one step; return its size in bytes.

    The disk is not waited for, which would take longer than all the rest: what a power cut may leave damaged is
    recognised when it is read, and computed again.

    Raises:
        StoreError: the disk refused; what was there is as it was.
    """
    data = _encoded(key, columns, compression)
    staged = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        _put(fs, path, staged, data)
    except OSError as error:
        with suppress(OSError):
            fs.unlink(staged)
        raise unwritten(path, error) from error
    with suppress(OSError):
        _remove_abandoned(fs, path)
    return len(data)


def _put(fs: Fs, path: Path, staged: Path, data: bytes) -> None:
    for last in (*[False] * (_TRIES - 1), True):
        try:
            fs.make_dirs(path.parent)
            fs.note(staged, data)
            fs.replace(staged, path)
        except FileNotFoundError:  # somebody deletes files: a folder that was empty went with them
            if last:
                raise
        else:
            return


def remove_file(fs: Fs, path: Path) -> int:
    """Remove a file, and folders that are empty without it; return how many bytes that freed, 0 where there was none.

    Raises:
        StoreError: the disk refused.
    """
    try:
        status = fs.stat(path)
        fs.unlink(path)
        for folder in list(path.parents)[:3]:  # timeframe, symbol, provider
            if not fs.rmdir(folder):
                break
    except OSError as error:
        raise StoreError(
            "{path}: could not be removed: {reason}",
            hint="check the folder's permissions",
            path=path,
            reason=error.strerror or os.fspath(path),
        ) from error
    return 0 if status is None else status.st_size


def _remove_abandoned(fs: Fs, path: Path) -> None:
    """Remove what killed writers of this file left beside it, by the clock of the file system."""
    beginning = f".{path.name}."
    left = [name for name in fs.names(path.parent) if name.startswith(beginning) and name.endswith(".tmp")]
    written = fs.stat(path) if left else None
    for name in left:
        status = fs.stat(path.parent / name)
        if written is not None and status is not None and status.st_mtime_ns < written.st_mtime_ns - _ABANDONED_NS:
            fs.unlink(path.parent / name)


def _encoded(key: IndicatorKey, columns: Columns, compression: str) -> bytes:
    times = pa.array(np.ascontiguousarray(columns[OPEN_TIME])).cast(pa.timestamp("ms", "UTC"))
    values = [pa.array(np.ascontiguousarray(columns[name], dtype=np.float64)) for name in key.outputs]
    table = pa.Table.from_arrays([times, *values], names=[INDEX_NAME, *key.outputs])
    codec = "zstd" if compression == "auto" else compression  # the smallest that every tool reads
    packing = Encoding(codec, {INDEX_NAME: DELTA, **dict.fromkeys(key.outputs, SPLIT)})
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema, store_schema=False, **packing.options() | {"use_dictionary": False}) as w:
        for first, last, _months in _groups(key):
            w.write_table(table.slice(first, last - first), row_group_size=max(last - first, 1))
        w.add_key_value_metadata(_footer(key, _span_of(columns)))
    return bytes(sink.getvalue())


def _groups(key: IndicatorKey) -> list[tuple[int, int, tuple[Month, ...]]]:
    """Return the row groups of a file: first and last row (exclusive) and the months in it."""
    found: list[tuple[int, int, tuple[Month, ...]]] = []
    first, months = 0, []
    for month in key.months:
        months.append(month)
        size = sum(each.rows for each in months)
        if size >= _GROUP_ROWS or month is key.months[-1]:
            found.append((first, first + size, tuple(months)))
            first, months = first + size, []
    return found


# -- reading ------------------------------------------------------------------------------------------------------


def read_key(path: Path) -> IndicatorKey | None:
    """Return what a file says of itself, from its footer alone; None where there is no file.

    Raises:
        OtherFormatError: another version of the program wrote it.
        CorruptPartitionError: it is not a file of ours, or its footer is damaged.
    """
    with _damage_told(path):
        try:
            with pa.OSFile(os.fspath(path)) as source:
                return _key_of(path, pq.ParquetFile(source))
        except (FileNotFoundError, NotADirectoryError):
            return None


def read_values(path: Path, within: Interval | None = None) -> tuple[IndicatorKey, Columns] | None:
    """Return a file's key and values, held against their checksums; None where there is no file.

    Args:
        path: the file.
        within: leaves out months that do not touch it (the others come whole); None: everything.

    Raises:
        OtherFormatError: another version of the program wrote it.
        CorruptPartitionError: the file is damaged in any way.
    """
    with _damage_told(path):
        try:
            with pa.OSFile(os.fspath(path)) as source:
                file = pq.ParquetFile(source)
                key = _key_of(path, file)
                return key, _values(file, key, within)
        except (FileNotFoundError, NotADirectoryError):
            return None


class _damage_told:  # noqa: N801 - reads as the statement it is
    """Turn whatever a damaged file makes pyarrow say into one error that names the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, CorruptPartitionError):
            return
        if isinstance(error, (pa.ArrowException, OSError, ValueError, KeyError, TypeError, FileValidationError)):
            raise CorruptPartitionError(
                "{path}: the file of an indicator is damaged: {reason}",
                hint="nothing is lost: it is computed again when its values are asked for",
                path=self._path,
                reason=str(error)[:200],
            ) from error


def _values(file: pq.ParquetFile, key: IndicatorKey, within: Interval | None) -> Columns:
    groups = _groups(key)
    found = [file.metadata.row_group(number).num_rows for number in range(file.num_row_groups)]
    if found != [last - first for first, last, _months in groups if last > first] and found != [0]:
        raise ValueError("row groups and key differ")
    wanted = [number for number, (_first, _last, months) in enumerate(groups) if _touches(months, within)]
    table = file.read_row_groups(wanted, columns=[INDEX_NAME, *key.outputs], use_threads=False)
    columns: Columns = {name: _array(table.column(name)) for name in key.outputs}
    columns[OPEN_TIME] = _array(table.column(INDEX_NAME).cast(pa.int64()))
    _check(columns, key.outputs, [month for number in wanted for month in groups[number][2]])
    return columns


def _array(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    if column.null_count or column.type not in (pa.float64(), pa.int64()):
        raise ValueError(f"a column of {column.type} with {column.null_count} nulls")
    return array_of(column)


def _check(columns: Columns, outputs: Sequence[str], months: Sequence[Month]) -> None:
    edges = np.cumsum([0, *(month.rows for month in months)])
    if edges[-1] != columns[OPEN_TIME].size:
        raise ValueError("rows and key differ")
    for month, (first, last) in zip(months, pairwise(edges), strict=True):
        part = {name: values[first:last] for name, values in columns.items()}
        if checksum(part, outputs) != month.crc32:
            raise ValueError(f"the values of {month.name} are not those that were written")


def _touches(months: Sequence[Month], within: Interval | None) -> bool:
    if within is None or any(month.name == WHOLE for month in months):
        return True
    return any(
        whole.start_ms < within.end_ms and within.start_ms < whole.end_ms
        for whole in (month_interval(month.name) for month in months)
    )


# -- the footer ---------------------------------------------------------------------------------------------------


def _footer(key: IndicatorKey, span: tuple[int, int] | None) -> dict[str, str]:
    # The span stands here, guarded by the digest: Parquet's own statistics of a damaged file end the process.
    body = {
        "format": FORMAT, "provider": key.series.provider, "symbol": key.series.symbol, "timeframe": key.timeframe,
        "indicator": key.indicator, "version": key.version, "params": dict(key.params), "outputs": list(key.outputs),
        "span": span, "months": [[m.name, m.source, m.rows, m.crc32, m.after, m.state] for m in key.months],
    }  # fmt: skip
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), allow_nan=False)
    names = tuple((name, False) for name in (INDEX_NAME, *key.outputs))
    return {"pandas": pandas_footer(names), _KEY.decode(): text, _CHECK.decode(): digest(text.encode())}


def _key_of(path: Path, file: pq.ParquetFile) -> IndicatorKey:
    said = file.metadata.metadata or {}
    text = said[_KEY]
    if digest(text).encode() != said[_CHECK]:
        raise ValueError("the key in the footer is not what was written")
    body = json.loads(text)
    if body["format"] != FORMAT:
        raise OtherFormatError(
            "{path}: another version of the program wrote the file of an indicator (format {format})",
            hint="nothing is lost: it is computed again when its values are asked for",
            path=path,
            format=body["format"],
        )
    return IndicatorKey(
        series=Series(body["provider"], body["symbol"]),
        timeframe=body["timeframe"],
        indicator=body["indicator"],
        version=body["version"],
        params=body["params"],
        outputs=tuple(body["outputs"]),
        months=tuple(Month(*values) for values in body["months"]),
        span=tuple(body["span"]) if body["span"] else None,
    )


def _span_of(columns: Columns) -> tuple[int, int] | None:
    times = columns[OPEN_TIME]
    return (int(times[0]), int(times[-1])) if times.size else None
