"""The older way to ask for 1-minute bars, on today's engine: fetch, look for gaps, bridge short ones in a view."""

from __future__ import annotations

import pandas as pd

from threadx.bars.dates import Moment
from threadx.bars.gaps import find_gaps
from threadx.bars.intervals import Interval
from threadx.bars.resample import fill_view
from threadx.bars.schema import FILLED, ms_from_index
from threadx.config import Settings
from threadx.data.ingest import IngestionManager
from threadx.errors import UDFIColumnError
from threadx.progress import NULL_PROGRESS, Progress

__all__ = ["LegacyAdapter"]


class LegacyAdapter:
    """Three steps that older notebooks take one by one."""

    def __init__(self, settings: Settings | None = None, *, manager: IngestionManager | None = None) -> None:
        """Compose from the settings, or on a manager that the caller keeps and closes."""
        self._owned = manager is None
        self._manager = IngestionManager(settings) if manager is None else manager

    def fetch_klines_1m(
        self, symbol: str, start: Moment, end: Moment, *, progress: Progress = NULL_PROGRESS
    ) -> pd.DataFrame:
        """Return a range's 1m bars; the bank is filled with what it lacks. As `IngestionManager.download_ohlcv_1m`."""
        try:
            return self._manager.download_ohlcv_1m(symbol, start, end, progress=progress)
        finally:
            if self._owned:
                self._manager.close()

    def detect_gaps_1m(self, df: pd.DataFrame) -> pd.DataFrame:
        """Return the stretches without bars between first and last: `start`, `end` (half-open, UTC), `minutes`."""
        return find_gaps(df)

    def fill_gaps_conservative(self, df: pd.DataFrame, gaps: pd.DataFrame) -> pd.DataFrame:
        """Return a view in which the given gaps are bridged: close carried on, volume 0, `filled` true.

        Gaps longer than `ingest.fill_limit_minutes` of the settings stay, and so does what `gaps` does not name.
        The view is for looking at; the bank never stores made-up bars.

        Args:
            df: 1m bars, strictly ascending.
            gaps: as `detect_gaps_1m` returns them, or some of its rows.

        Raises:
            UDFIColumnError: `gaps` has no `start` and `end`.
        """
        for name in ("start", "end"):
            if name not in gaps.columns:
                raise UDFIColumnError("gaps without {column}", hint="use detect_gaps_1m(df)", column=name)
        view = fill_view(df, self._manager.settings.ingest.fill_limit_minutes)
        opens = ms_from_index(view.index)
        wanted = ~view[FILLED].to_numpy(copy=True)
        for gap in _intervals(gaps):
            wanted |= (opens >= gap.start_ms) & (opens < gap.end_ms)
        return view[wanted]


def _intervals(gaps: pd.DataFrame) -> list[Interval]:
    starts, ends = (ms_from_index(pd.DatetimeIndex(gaps[name])) for name in ("start", "end"))
    return [Interval(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]
