"""Files for other programs, however large: filled piece by piece, seen by others whole or not at all."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from threadx.bars.schema import SYMBOL, ms_from_index
from threadx.store.fsio import Fs
from threadx.store.refusal import unwritten

__all__ = ["Append", "Outgoing", "csv_appender", "json_appender", "outgoing", "parquet_appender"]

Append = Callable[[pd.DataFrame], None]
"""Adds the rows of a frame; each has the columns and dtypes of the first."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file on its way."""

    file: BinaryIO
    """What becomes the file; may be read and sought in."""
    scratch: Path
    """A folder on the same disk for whatever is needed meanwhile; it goes when the file is done."""


@contextmanager
def outgoing(path: Path, *, fs: Fs | None = None) -> Iterator[Outgoing]:
    """Yield a file to fill; when the block ends well it replaces `path` in one step, else nothing is left of it.

    The folder of `path` is made where it is missing.

    Raises:
        StoreError: the disk refused; a file that was there is as it was.
    """
    files = Fs() if fs is None else fs
    scratch = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        files.make_dirs(path.parent)
        with files.removing(scratch):
            files.mkdir(scratch)
            staged = scratch / path.name
            with files.creating(staged) as file:
                yield Outgoing(file, scratch)
            files.replace(staged, path)
            files.fsync_dir(path.parent)
    except OSError as error:
        raise unwritten(path, error) from error


@contextmanager
def csv_appender(file: BinaryIO) -> Iterator[Append]:
    """Yield what appends frames to a CSV file: UTF-8, index first, times as "2024-01-01T00:00:00Z", every digit."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    first = True

    def append(frame: pd.DataFrame) -> None:
        nonlocal first
        frame.to_csv(text, header=first, date_format="%Y-%m-%dT%H:%M:%SZ", lineterminator="\n")
        first = False

    try:
        yield append
        text.flush()
    finally:
        text.detach()  # the file is closed by who opened it


@contextmanager
def json_appender(file: BinaryIO) -> Iterator[Append]:
    """Yield what appends frames to a JSON list of objects, a row a line: `timestamp` in ms UTC, then the columns.

    Numbers have every digit; what is not known is null. `symbol` is left out: the file's name says it.
    """
    before = b"[\n"

    def append(frame: pd.DataFrame) -> None:
        nonlocal before
        names = [str(name) for name in frame.columns if name != SYMBOL]
        times = ms_from_index(frame.index).tolist()
        columns = [[_json_number(cell) for cell in frame[name].tolist()] for name in names]
        row = ", ".join(f'"{name}": %s' for name in ("timestamp", *names))
        for values in zip(times, *columns, strict=True):
            file.write(before + f"{{{row}}}".encode() % tuple(str(value).encode() for value in values))
            before = b",\n"

    yield append
    file.write(b"\n]\n" if before == b",\n" else b"[]\n")


def _json_number(cell: object) -> str:
    """Return a number as JSON has it: the shortest text that means the same double."""
    return "null" if cell is None or cell is pd.NA or cell != cell else repr(cell)


@contextmanager
def parquet_appender(file: BinaryIO, *, compression: str = "lz4") -> Iterator[Append]:
    """Yield what appends frames, one row group each, to a Parquet file; the first one's schema is that of all."""
    codec = "zstd" if compression == "auto" else compression  # the smallest that every tool reads
    writer: pq.ParquetWriter | None = None

    def append(frame: pd.DataFrame) -> None:
        nonlocal writer
        table = pa.Table.from_pandas(frame)
        if writer is None:
            writer = pq.ParquetWriter(file, table.schema, compression=codec, use_dictionary=False,
                                      write_page_checksum=True)  # fmt: skip
        writer.write_table(table.cast(writer.schema))

    try:
        yield append
    finally:
        if writer is not None:
            writer.close()
