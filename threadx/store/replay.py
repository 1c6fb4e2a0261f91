"""A folder of bar files, read so that the embedded exchange can serve them as they lie."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from threadx.bars.schema import INDEX_DTYPE, INDEX_NAME, OPEN_TIME, OPTIONAL_COLS, PRICE_COLS, VOLUME
from threadx.errors import DataNotFoundError, FileValidationError

__all__ = ["load_replay"]

_NAME = re.compile(
    r"(?P<symbol>[^_]+)_(?P<interval>1m|3m|5m|15m|30m|1h|2h|4h|6h|8h|12h|1d|3d|1w|1M|1mo)(?:_.*)?\.(?:parquet|csv)"
)
_TIMES = (OPEN_TIME, INDEX_NAME)
_COLUMNS = (*PRICE_COLS, VOLUME, *OPTIONAL_COLS)
_DUMP_COLUMNS = (
    OPEN_TIME, *PRICE_COLS, VOLUME, "close_time", "quote_volume", "trades", "taker_buy_base", "taker_buy_quote",
    "ignore",
)  # fmt: skip
"""Of a CSV without a header line: the exchange's own public dumps."""
_MICROSECONDS_FROM = 10**14
"""An open time from here on is in microseconds; files have been seen to switch from one row to the next."""

_HIGHEST_PRICE, _LARGEST_AMOUNT = 9e10, 9e18
"""What the embedded exchange can send; real prices and volumes are far below."""


def load_replay(folder: Path) -> dict[tuple[str, str], pd.DataFrame]:
    """Return the bars of every `<SYMBOL>_<interval>.parquet|csv` and `<SYMBOL>_<interval>_*.parquet|csv` in a folder.

    Keys are (symbol, interval), months "1M". Rows stay as they lie, in the file's order, doubles included; several
    files of one series follow each other in the order of their names. Frames are indexed by `timestamp` (open time,
    UTC, ms) and have the value columns the files have, as numbers; a file that lacks one gives NaN there. The open
    time is a column `open_time` or `timestamp` (ms, microseconds, datetimes or ISO text) or the index. Other files
    and folders inside are ignored.

    Raises:
        FileValidationError: no such folder, or a file with such a name that cannot be read as bars.
        DataNotFoundError: no file in it has such a name.
    """
    if not folder.is_dir():
        raise FileValidationError("{folder}: not a folder", hint="give a folder of bar files", folder=folder)
    found: dict[tuple[str, str], list[pd.DataFrame]] = {}
    for path in sorted(folder.iterdir()):
        match = _NAME.fullmatch(path.name)
        if match is not None and path.is_file():
            interval = "1M" if match["interval"] == "1mo" else match["interval"]
            found.setdefault((match["symbol"], interval), []).append(_bars(path))
    if not found:
        raise DataNotFoundError(
            "{folder}: no bars to replay",
            hint="files are named like BTCUSDT_1m_2024-03.parquet or BTCUSDT_1h.csv",
            folder=folder,
        )
    return {series: frames[0] if len(frames) == 1 else pd.concat(frames) for series, frames in found.items()}


def _bars(path: Path) -> pd.DataFrame:
    try:
        raw = pd.read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
        times = _open_times(raw)
        values = {
            name: _numbers(raw[name], _HIGHEST_PRICE if name in PRICE_COLS else _LARGEST_AMOUNT)
            for name in _COLUMNS
            if name in raw.columns
        }
    except (ValueError, TypeError, OverflowError, OSError, pa.ArrowException) as error:
        raise FileValidationError(
            "{path}: cannot be read as bars ({reason})",
            hint="move the file away, or give it the columns open_time, open, high, low, close and volume",
            path=path,
            reason=error,
        ) from error
    missing = [name for name in (*PRICE_COLS, VOLUME) if name not in values]
    if missing:
        raise FileValidationError(
            "{path}: these columns are missing: {missing}",
            hint="bars need open_time, open, high, low, close and volume",
            path=path,
            missing=", ".join(missing),
        )
    return pd.DataFrame(values, index=times)


def _read_csv(path: Path) -> pd.DataFrame:
    with path.open("rb") as file:
        headless = file.read(1).isdigit()
    if headless:
        return pd.read_csv(path, header=None, names=list(_DUMP_COLUMNS))
    return pd.read_csv(path)


def _open_times(raw: pd.DataFrame) -> pd.DatetimeIndex:
    name = next((name for name in _TIMES if name in raw.columns), None)
    times = raw.index.to_series() if name is None else raw[name]
    if name is None and raw.index.name not in _TIMES:
        raise ValueError("no open times")
    if pd.api.types.is_integer_dtype(times.dtype):
        whole = times.to_numpy(dtype=np.int64)
        stamps = pd.to_datetime(np.where(whole >= _MICROSECONDS_FROM, whole // 1000, whole), unit="ms", utc=True)
    else:
        stamps = pd.DatetimeIndex(pd.to_datetime(times, utc=True))
    if stamps.hasnans:
        raise ValueError("an open time is missing")
    return pd.DatetimeIndex(stamps.astype(INDEX_DTYPE), name=INDEX_NAME)


def _numbers(values: pd.Series, most: float) -> np.ndarray:
    numbers = pd.to_numeric(values).to_numpy(dtype=np.float64, na_value=np.nan)
    if (np.abs(numbers) > most).any():
        raise ValueError("infinite or very large numbers")
    return numbers
