"""Frames in and out of the bank by folder, and single files. Users know these names; the store does the work."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from threadx.bars.dates import Moment, as_of_moment, range_ms
from threadx.config import get_settings
from threadx.data.base_path import PROCESSED, Place, is_control, place_of, spacing_of
from threadx.data.foreign_frame import symbol_of_path, udfi_frame
from threadx.data.job_end import job_ended
from threadx.data.udfi_contract import require_frame
from threadx.errors import DataError, DataNotFoundError, FileValidationError
from threadx.store.changes import Mode
from threadx.store.encoding import COMPRESSIONS
from threadx.store.generations import AsOf
from threadx.store.single import read_single, write_single
from threadx.store.store import Store

__all__ = ["WriteOptions", "read_frame", "read_frame_partitioned", "write_frame", "write_frame_partitioned"]

_SMALL_BANK = 1000
"""Datasets up to which each write brings `catalog.json` and `checksums/` up to date; in larger banks jobs do."""
_MODES = ("append", "replace", "upsert")


@dataclass(frozen=True, slots=True)
class WriteOptions:
    """How `write_frame_partitioned` writes.

    Raises:
        ValueError: an unknown mode or compression, or a negative time-out.
    """

    mode: Mode = "append"
    """"append": rows after the last stored one; earlier rows must equal the stored ones and are ignored then.
    "replace": the whole dataset, and what is derived from it, becomes this frame.
    "upsert": the newest wins; columns absent from the frame keep their stored values, null for new rows."""
    deduplicate: bool = True
    """Whether the frame may be unsorted and hold an open time twice: the last one wins, differing ones are counted
    in "conflicts". False: that is a UDFIIndexError."""
    check_integrity: bool = True
    """Whether each file is read back and compared before it counts. The data contract is checked in any case."""
    compute_checksum: bool = True
    """Whether the result holds the dataset's checksum; False: `"checksum": None`."""
    compression: str | None = None
    """"lz4", "snappy", "zstd", "gzip" or "auto"; None: `[store] compression` of the settings."""
    partition_by_date: bool = True
    """False: one file `<base_path>/<SYMBOL>.parquet`; refused inside `processed/`."""
    timeout_sec: float = 120.0
    """How long to wait for another writer, in seconds; then StoreLockedError, which names the holder."""

    def __post_init__(self) -> None:
        if self.mode not in _MODES:
            raise ValueError(f"mode: {self.mode!r} is none of {', '.join(_MODES)}")
        if self.compression is not None and self.compression not in COMPRESSIONS:
            raise ValueError(f"compression: {self.compression!r} is none of {', '.join(COMPRESSIONS)}")
        if not self.timeout_sec >= 0:
            raise ValueError(f"timeout_sec: {self.timeout_sec!r} is not a number of seconds")


def write_frame_partitioned(
    df: pd.DataFrame, base_path: str | os.PathLike[str], symbol: str, options: WriteOptions | None = None
) -> dict[str, Any]:
    """Write the bars of one symbol, one file per month, in one commit.

    Args:
        df: a UDFI frame, with or without `symbol`; naive indexes are refused.
        base_path: `<data root>/processed/<provider>/<SYMBOL>[/<timeframe>]`, the data root being made where it is
            absent; or any other folder, which is a bank of its own then. Without a timeframe it is the smallest
            spacing of the rows.
        symbol: whose bars they are.
        options: None means `WriteOptions()`.

    Returns:
        `partitions_written` (files of this timeframe that changed), `rows_written` (new or changed rows), `checksum`
        (SHA-256 over the sorted "key sha256" lines of the dataset, or None), `timeframe`, `generation`, and
        `conflicts` (how many stored or repeated values were overruled).

    Raises:
        DataError: frame, folder and symbol disagree, or the timeframe cannot be told.
        UDFIError: the frame breaks the data contract.
        ConflictError: the mode forbids it; names the rows. Nothing was written.
        StoreLockedError: another writer held the lock for `timeout_sec`; names it.
        StoreError: the disk refused; nothing was written.
    """
    require_frame(df)
    wanted = WriteOptions() if options is None else options
    place = place_of(base_path, symbol)
    if not wanted.partition_by_date and not place.layout.flat:
        raise FileValidationError(
            "{path}: partition_by_date=False is not possible inside processed/, which other tools read by month",
            hint="write to a folder of its own, or leave partition_by_date=True",
            path=os.fspath(base_path),
        )
    timeframe = place.timeframe if place.timeframe is not None else spacing_of(df.index)
    store = _store(place)
    written = store.write(
        place.series.provider,
        symbol,
        df,
        timeframe=timeframe,
        mode=wanted.mode,
        deduplicate=wanted.deduplicate,
        check_integrity=wanted.check_integrity,
        compression=wanted.compression,
        timeout_s=wanted.timeout_sec,
        single_file=not wanted.partition_by_date,
        reason=f"write_frame_partitioned, {wanted.mode}",
    )
    job_ended(store, at_most=_SMALL_BANK)
    own = f"{timeframe.name}/"
    return {
        "partitions_written": sum(key.startswith(own) for key in written.partitions),
        "rows_written": written.rows_added + written.rows_changed,
        "checksum": written.checksum if wanted.compute_checksum else None,
        "timeframe": timeframe.name,
        "generation": written.generation,
        "conflicts": len(written.conflicts),
    }


def read_frame_partitioned(
    base_path: str | os.PathLike[str],
    symbol: str,
    start_date: Moment = None,
    end_date: Moment = None,
    columns: list[str] | None = None,
    as_of: Moment = None,
) -> pd.DataFrame:
    """Return stored bars as a UDFI frame, with `symbol`.

    Args:
        base_path: as in `write_frame_partitioned`; without a timeframe the only one there is read.
        symbol: whose bars.
        start_date: first open time; None: from the first bar. Naive times are UTC.
        end_date: a bare day is included, any timestamp is exclusive; None: to the last bar.
        columns: the value columns wanted; None: all.
        as_of: None: the newest state; an int: that generation; a time: the newest committed at or before it; a day: at
            or before its end. Naive times are UTC.

    Raises:
        DataNotFoundError: nothing is stored there, or was at `as_of`.
        DataError: several timeframes lie there (the message names them), or a date is none.
        CorruptPartitionError: a file is damaged.
    """
    place = place_of(base_path, symbol)
    start_ms, end_ms = range_ms(start_date, end_date)
    store = _store(place)
    when = as_of_moment(as_of)
    timeframe = place.timeframe.name if place.timeframe is not None else _only_timeframe(store, place, when)
    return store.read(place.series.provider, symbol, timeframe, start_ms, end_ms, columns=columns, as_of=when)


def read_frame(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Return a single file of bars (Parquet, or CSV by its ending) as a UDFI frame.

    Files of any tool are read: the open time may be the index or a column. A missing `symbol` is taken from the
    path: from the folder in `<SYMBOL>/<timeframe>.parquet`, else from the file's name. Foreign columns stay.

    Raises:
        DataNotFoundError: no such file.
        CorruptPartitionError: the file is damaged.
        UDFIError: what it holds are no bars; the message says why.
        FileValidationError: the ending is neither `.parquet` nor `.csv`.
    """
    file = Path(path)
    return udfi_frame(read_single(file), where=str(file), symbol=symbol_of_path(file))


def write_frame(df: pd.DataFrame, path: str | os.PathLike[str], *, compression: str | None = None) -> Path:
    """Write bars to a single file (Parquet, or CSV by its ending), whole or not at all; return its path.

    Args:
        df: a UDFI frame, with or without `symbol`.
        path: the file; replaced if it is there. Not inside a `processed` folder: that is the bank's.
        compression: of Parquet: "lz4", "snappy", "zstd", "gzip" or "auto"; None: as the settings say.

    Raises:
        UDFIError: the frame breaks the data contract.
        FileValidationError: the ending is neither `.parquet` nor `.csv`, or the place is the bank's.
        StoreError: the disk refused; a file that was there is as it was.
    """
    require_frame(df)
    file = Path(path).absolute()
    if PROCESSED in file.parts[:-1] or is_control(file):
        raise FileValidationError(
            "{path}: nothing but the bank's own files may lie there",
            hint="use write_frame_partitioned, or another folder",
            path=file,
        )
    checked = udfi_frame(df, where=str(file))
    write_single(file, checked, compression=get_settings().store.compression if compression is None else compression)
    return file


def _store(place: Place) -> Store:
    if place.data_root is None:
        return Store.for_folder(place.layout.visible)
    return Store(place.data_root)


def _only_timeframe(store: Store, place: Place, as_of: AsOf) -> str:
    manifest = store.manifest(place.series.provider, place.series.symbol, as_of)
    there = manifest.timeframes if manifest is not None else ()
    if len(there) == 1:
        return there[0]
    if not there:
        raise DataNotFoundError(
            "{path}: nothing stored",
            hint="see what there is with: threadx list",
            path=store.layout.series_tree(place.series),
        )
    raise DataError(
        "{path}: several timeframes lie there: {there}",
        hint="end base_path in the one you want",
        path=store.layout.series_tree(place.series),
        there=" ".join(there),
    )
