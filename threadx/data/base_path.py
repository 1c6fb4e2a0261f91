"""What a `base_path` means: a place in a data root, or a bank of its own. Looks at names; opens no data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from threadx.bars.schema import ms_from_index
from threadx.bars.timeframe import TIMEFRAMES, Timeframe
from threadx.errors import DataError, FileValidationError
from threadx.store.layout import LOCAL_PROVIDER, Layout, Series, name_of
from threadx.store.stamps import stamp_of_folder

__all__ = ["PROCESSED", "Place", "is_control", "place_of", "spacing_of"]

PROCESSED = "processed"
_FORM = "use <data root>/processed/<provider>/<SYMBOL> or .../<SYMBOL>/<timeframe>"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bars of one symbol lie."""

    layout: Layout
    series: Series
    timeframe: Timeframe | None
    """The one the path names; None where it names none."""

    @property
    def data_root(self) -> Path | None:
        """The data root, or None for a bank of its own."""
        return None if self.layout.flat else self.layout.visible.parent


def place_of(base_path: str | os.PathLike[str], symbol: str) -> Place:
    """Return what `base_path` means for `symbol`.

    Below a folder called `processed` it must be `processed/<provider>/<SYMBOL>` or `.../<SYMBOL>/<timeframe>`; the data
    root is the parent of the nearest `processed`. Any other folder is a bank of its own, with the control folder
    `<base_path>.threadx/` beside it.

    Raises:
        DataError: the path does not have that form, or its symbol is not `symbol`.
        FileValidationError: the provider or the symbol cannot become a path, or the path is a file.
        UnsupportedTimeframeError: the last folder is no timeframe.
    """
    folder = Path(os.path.abspath(base_path))  # noqa: PTH100 - resolve() would follow links out of the data root
    if is_control(folder):
        raise DataError("{path}: among the bank's control files", hint=_FORM, path=folder)
    if PROCESSED in folder.parts:
        return _place_in_data_root(folder, symbol)
    if (folder / ".threadx").is_dir():
        raise DataError("{path}: this is a data root, not a place in it", hint=_FORM, path=folder)
    if not folder.name:
        raise DataError("{path}: no folder of its own", hint=_FORM, path=folder)
    if folder.is_file():
        raise FileValidationError("{path}: this is a file", hint="give a folder; write_frame writes files", path=folder)
    return Place(Layout.of_folder(folder), Series(LOCAL_PROVIDER, symbol), None)


def is_control(path: Path) -> bool:
    """Return whether a path leads into the control folder of a data root or of a bank of its own."""
    return any(name.endswith(".threadx") for name in path.parts)


def _place_in_data_root(folder: Path, symbol: str) -> Place:
    depth = len(folder.parts) - 1 - folder.parts[::-1].index(PROCESSED)
    inner = folder.parts[depth + 1 :]
    if len(inner) not in (2, 3):
        raise DataError("{path}: not the place of one symbol", hint=_FORM, path=folder)
    if name_of(inner[1]) != symbol:
        raise DataError(
            "{path}: the folder belongs to {other}, not to {symbol}",
            hint="give the symbol of the folder, or the folder of the symbol",
            path=folder,
            other=inner[1],
            symbol=symbol,
        )
    timeframe = Timeframe.parse(inner[2]) if len(inner) == 3 else None
    layout = Layout.of_data_root(Path(*folder.parts[:depth]))
    if stamp_of_folder(layout.visible.parent.name) is not None:
        raise DataError(
            "{path}: in a snapshot, which never changes",
            hint="read it with pandas.read_parquet, or bring it back with: threadx snapshot restore",
            path=folder,
        )
    return Place(layout, Series(name_of(inner[0]), symbol), timeframe)


def spacing_of(index: object) -> Timeframe:
    """Return the timeframe that is the smallest spacing of an index of open times.

    Raises:
        DataError: fewer than two times, or their spacing is no timeframe.
        UDFIIndexError: not aware open times.
    """
    times = ms_from_index(index)  # type: ignore[arg-type]  # it refuses what is no index, with our error
    steps = np.diff(times)
    if (steps < 0).any():  # np.unique would be the short way, and a thousand times slower on sorted times
        steps = np.diff(np.sort(times))
    steps = steps[steps > 0]
    if not len(steps):
        raise DataError(
            "{rows} row(s) of one open time: the timeframe cannot be told from it",
            hint="end base_path in the timeframe, as in processed/binance/BTCUSDT/1h",
            rows=len(times),
        )
    smallest_ms = int(steps.min())
    for timeframe in TIMEFRAMES:
        if timeframe.period_ms == smallest_ms or (timeframe.period_ms is None and _is_monthly(timeframe, times)):
            return timeframe
    raise DataError(
        "the smallest spacing of the rows, {minutes} min, is no timeframe",
        hint="end base_path in the timeframe, as in processed/binance/BTCUSDT/1h",
        minutes=smallest_ms / 60_000,
    )


def _is_monthly(timeframe: Timeframe, times: NDArray[np.int64]) -> bool:
    return bool((timeframe.floor(times) == times).all())
