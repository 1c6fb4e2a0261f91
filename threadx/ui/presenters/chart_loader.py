"""Reading bars for a chart. Blocking: for worker threads. Shared by the Charts tab and the preview."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from threadx.bars.resample import resample
from threadx.bars.schema import OPEN_TIME, Columns, columns_from_frame, frame_from_columns
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.errors import DataNotFoundError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.ui.presenters.chart_axis import price_digits
from threadx.ui.presenters.chart_bars import ChartSeries
from threadx.ui.presenters.viewport import Extent

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge

__all__ = ["FIRST_BARS", "ChartReader", "Loaded"]

FIRST_BARS = 3_000
"""How many bars the first look brings."""
_CLOSES = 500
"""How many of the last closes say how many decimals there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Loaded:
    """Bars that a worker has made ready."""

    series: ChartSeries
    extent: Extent
    """All that is stored, loaded or not."""
    digits: int
    """Decimals of its prices, told from the prices themselves."""
    derived: bool
    """The bank does not keep this timeframe: the bars were made from 1m ones for the look."""
    provider: str = ""


class ChartReader:
    """Reads one symbol in one timeframe. Any worker thread; holds nothing that changes."""

    def __init__(self, bridge: ThreadXBridge, provider: str, symbol: str, timeframe: Timeframe) -> None:
        self._bridge = bridge
        self.provider = provider
        self.symbol = symbol
        self.timeframe = timeframe

    def latest(self, count: int = FIRST_BARS, *, since_ms: int | None = None,
               progress: Progress = NULL_PROGRESS) -> Loaded | None:  # fmt: skip
        """Return about the last `count` bars, and all since an instant; None when nothing is stored of the symbol."""
        kept = self._bridge.span(self.provider, self.symbol, self.timeframe.name, progress)
        span = kept or self._bridge.span(self.provider, self.symbol, ONE_MINUTE.name, progress)
        if span is None:
            return None
        length_ms = _length_ms(self.timeframe)
        start_ms = span[1] - count * length_ms
        if since_ms is not None:
            start_ms = min(start_ms, since_ms)
        columns = self._read(max(start_ms, span[0]), None, derived=kept is None, progress=progress)
        series = ChartSeries.build(columns, self.timeframe)
        first_ms = min(self.timeframe.floor(span[0]), series.first_ms)
        extent = Extent(first_ms, series.end_ms, series.length_ms)
        digits = price_digits(None, np.asarray(series.columns["close"][-_CLOSES:]).tolist())
        return Loaded(series, extent, digits, kept is None, self.provider)

    def older(self, loaded: Loaded, start_ms: int, *, progress: Progress = NULL_PROGRESS) -> Loaded:
        """Return `loaded` with the bars from `start_ms` on in front of it; as it is where none are stored there."""
        try:
            columns = self._read(start_ms, loaded.series.first_ms, derived=loaded.derived, progress=progress)
        except DataNotFoundError:
            return loaded
        return replace(loaded, series=loaded.series.joined(columns))

    def _read(self, start_ms: int, end_ms: int | None, *, derived: bool, progress: Progress) -> Columns:
        start_ms = int(self.timeframe.floor(start_ms))
        timeframe = ONE_MINUTE if derived else self.timeframe
        found = self._bridge.bars(self.provider, self.symbol, timeframe.name, start_ms, end_ms, progress=progress)
        if not found[OPEN_TIME].size:
            raise DataNotFoundError("{symbol}: no bars in this range", symbol=self.symbol)
        if not derived:
            return found
        return columns_from_frame(resample(frame_from_columns(found), self.timeframe))


def _length_ms(timeframe: Timeframe) -> int:
    return timeframe.period_ms or 31 * 86_400_000
