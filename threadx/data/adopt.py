"""Take up Parquet files that other tools wrote, or that lost their manifests: their bars go through the one door."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from threadx.bars.schema import SYMBOL
from threadx.bars.timeframe import ONE_MINUTE, TIMEFRAMES, Timeframe
from threadx.data.base_path import spacing_of
from threadx.data.foreign_frame import udfi_frame
from threadx.errors import CorruptPartitionError, DataNotFoundError, FileValidationError
from threadx.progress import Progress
from threadx.store.layout import Series, name_of
from threadx.store.manifest import digest
from threadx.store.single import read_single
from threadx.store.store import Store

__all__ = ["adopt"]

log = logging.getLogger(__name__)

_TECHNICAL = frozenset({"close_time", "ignore", "interval", "month", "provider", "timeframe", "year"})
"""Columns that other tools add to bars and that say nothing the bank does not know."""
_NAMES = {timeframe.name for timeframe in TIMEFRAMES}


def adopt(store: Store, path: Path, series: Series, timeframe: Timeframe | None, progress: Progress) -> Timeframe:
    """Upsert the bars of `series` in the files below `path`, in one commit per timeframe; return the shortest one.

    The bank's own files are passed over. Where there is 1m, longer timeframes are derived from it, not taken up.

    Raises:
        DataNotFoundError: no Parquet file holds bars of the symbol.
        FileValidationError: a file does not say whose bars it holds.
        UDFIError, ConflictError, CorruptPartitionError: a file cannot be taken up; nothing of its timeframe is.
    """
    own = _own_files(store, series)
    files = [file for file in _files(path) if file not in own]
    frames: dict[Timeframe, list[pd.DataFrame]] = {}
    for done, file in enumerate(files):
        progress.report(done, len(files), "files")
        frame = _bars_of(series.symbol, file)
        if len(frame):
            frames.setdefault(timeframe or _timeframe_of(file, frame), []).append(frame)
    known = [Timeframe.parse(name) for name in own.values()]
    if not frames and not known:
        raise DataNotFoundError(
            "{path}: no Parquet file with bars of {symbol}",
            hint="give the folder that holds them, and the symbol as it is spelled in them",
            path=path,
            symbol=series.symbol,
        )
    for each in _worth_taking(frames, known):
        _write(store, series, each, pd.concat(frames[each]), path, progress)
    return min([*frames, *known], key=TIMEFRAMES.index)


def _own_files(store: Store, series: Series) -> dict[Path, str]:
    """Return the visible files that hold what the bank wrote, with their timeframes.

    By content: an edit in place leaves the inode as it is.
    """
    manifest = store.manifest(series.provider, series.symbol)
    files = manifest.files if manifest is not None else {}
    paths = {store.layout.file(series, key): (key, entry) for key, entry in files.items()}
    return {
        path: key.partition("/")[0]
        for path, (key, entry) in paths.items()
        if path.is_file() and digest(store.fs.read(path)) == entry.sha256
    }


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path.absolute()
        return
    for file in sorted(path.absolute().rglob("*.parquet")):
        if file.is_file() and not file.name.startswith((".", "_")):
            yield file


def _bars_of(symbol: str, file: Path) -> pd.DataFrame:
    frame = read_single(file)
    if SYMBOL in frame.columns:
        frame = frame[frame[SYMBOL].astype("str") == symbol]
    elif symbol not in {name_of(file.stem), *map(name_of, file.parts)}:
        raise FileValidationError(
            "{file}: neither the file nor its path says whose bars it holds",
            hint="put it below a folder called {symbol}, or move it away",
            file=file,
            symbol=symbol,
        )
    kept = frame.drop(columns=[name for name in frame.columns if name in _TECHNICAL])
    return udfi_frame(kept, where=str(file), symbol=symbol)


def _timeframe_of(file: Path, frame: pd.DataFrame) -> Timeframe:
    """Return the timeframe that the nearest folder or the file's own name says, else the spacing of the rows."""
    for name in (file.stem, *reversed(file.parent.parts)):
        if name in _NAMES:
            return Timeframe.parse(name)
    return spacing_of(frame.index)


def _worth_taking(frames: Iterable[Timeframe], known: Iterable[Timeframe]) -> list[Timeframe]:
    found = sorted(frames, key=TIMEFRAMES.index)
    if ONE_MINUTE not in {*found, *known}:
        return found
    derived = [timeframe.name for timeframe in found if timeframe != ONE_MINUTE]
    if derived:
        log.warning("%s are derived from the 1m bars: the files found were not taken up", ", ".join(derived))
    return [timeframe for timeframe in found if timeframe == ONE_MINUTE]


def _write(
    store: Store, series: Series, timeframe: Timeframe, frame: pd.DataFrame, path: Path, progress: Progress
) -> None:
    def write() -> None:
        reason = f"taken up from {path}"
        store.write(series.provider, series.symbol, frame, timeframe=timeframe, reason=reason, progress=progress)

    try:
        write()
    except CorruptPartitionError:
        # Written over in place, the bank's own copy is gone too. Its bars are in `frame` already.
        store.verify("full", series.provider, series.symbol, repair=True, progress=progress)
        write()
