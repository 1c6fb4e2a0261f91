"""One frame in one file of its own, outside any bank: no generations, no months, but written whole or not at all."""

from __future__ import annotations

import io
import uuid
from contextlib import suppress
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from threadx.errors import CorruptPartitionError, DataNotFoundError, FileValidationError
from threadx.store.encoding import COMPRESSIONS
from threadx.store.fsio import Fs
from threadx.store.refusal import unwritten

__all__ = ["FORMATS", "parsed", "read_single", "rendered", "write_single"]

FORMATS = (".parquet", ".csv")
"""By the file's ending; a file without one is Parquet."""


def read_single(path: Path) -> pd.DataFrame:
    """Return a file's content as pandas sees it.

    Raises:
        DataNotFoundError: there is no such file.
        CorruptPartitionError: it is damaged, or not of the kind that its ending says.
        FileValidationError: its ending is neither `.parquet` nor `.csv`.
    """
    _check_ending(path)
    try:
        data = Fs().read(path)
        return parsed(data, path.suffix)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise DataNotFoundError("{path}: no such file", hint="check the name and the folder", path=path) from error
    except (pa.ArrowException, OSError, ValueError) as error:
        raise CorruptPartitionError(
            "{path}: cannot be read: {reason}",
            hint="bring it back from a copy, or write it anew",
            path=path,
            reason=str(error),
        ) from error


def write_single(path: Path, frame: pd.DataFrame, *, compression: str = "lz4", fs: Fs | None = None) -> int:
    """Write a frame as one file, replacing what is there in one step; return its size in bytes.

    The folder is made where it is missing. The file is written beside the target under a hidden name, made durable
    and then renamed, so a reader sees the old file or the new one.

    Raises:
        FileValidationError: the ending is neither `.parquet` nor `.csv`.
        StoreError: the disk refused; the old file is as it was.
        ValueError: there is no such compression.
    """
    _check_ending(path)
    files = Fs() if fs is None else fs
    data = rendered(frame, path.suffix, compression)
    staged = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        files.make_dirs(path.parent)
        files.create(staged, data)
        files.replace(staged, path)
        files.fsync_dir(path.parent)
    except OSError as error:
        with suppress(OSError):
            files.unlink(staged)
        raise unwritten(path, error) from error
    return len(data)


def _check_ending(path: Path) -> None:
    if path.suffix not in ("", *FORMATS):
        raise FileValidationError(
            "{path}: no such file format", hint="end the name in {formats}", path=path, formats=" or ".join(FORMATS)
        )


def parsed(data: bytes, ending: str) -> pd.DataFrame:
    """Return the table in the bytes of a file with that ending; raises what pandas and pyarrow raise."""
    if ending == ".csv":
        return pd.read_csv(io.BytesIO(data))
    file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
    frame: pd.DataFrame = file.read(use_threads=False).to_pandas()
    return frame


def rendered(frame: pd.DataFrame, ending: str, compression: str) -> bytes:
    """Return a table as the bytes of a file with that ending.

    Raises:
        ValueError: there is no such compression; pyarrow raises others where a column mixes kinds.
    """
    if compression not in COMPRESSIONS:
        raise ValueError(f"no such compression: {compression!r}")
    if ending == ".csv":
        return _csv(frame)
    sink = pa.BufferOutputStream()
    codec = "zstd" if compression == "auto" else compression  # the smallest that every tool reads
    pq.write_table(pa.Table.from_pandas(frame), sink, compression=codec, use_dictionary=False, write_page_checksum=True)
    return bytes(sink.getvalue())


def _csv(frame: pd.DataFrame) -> bytes:
    """Return a table as CSV, every time in UTC (as which one without a zone is taken), fractions of seconds if any."""
    told = frame.copy(deep=False)
    if isinstance(frame.index, pd.DatetimeIndex) and frame.index.tz is not None:
        told.index = frame.index.tz_convert("UTC")
    for place, kind in enumerate(frame.dtypes):
        if isinstance(kind, pd.DatetimeTZDtype):
            told.isetitem(place, frame.iloc[:, place].dt.tz_convert("UTC"))
    columns = [told.iloc[:, place].dt for place, kind in enumerate(told.dtypes) if kind.kind == "M"]
    times = [told.index, *columns] if isinstance(told.index, pd.DatetimeIndex) else columns
    fraction = ".%f" if any((each.microsecond.fillna(0) != 0).any() for each in times) else ""
    return told.to_csv(date_format=f"%Y-%m-%dT%H:%M:%S{fraction}Z").encode()
