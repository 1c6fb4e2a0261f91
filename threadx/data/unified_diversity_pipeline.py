"""`UnifiedDiversityPipeline`: indicators of many symbols and timeframes in one call. Users know this name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from typing import Any

import pandas as pd

from threadx.config import Settings, get_settings
from threadx.data.indicator_batch import Batch, BatchRow, run_batch
from threadx.indicators.bank import IndicatorBank
from threadx.indicators.choices import Asked, wanted
from threadx.progress import NULL_PROGRESS, Progress

__all__ = ["UnifiedDiversityPipeline"]

_COLUMNS = {
    "provider": "str",
    "symbol": "str",
    "timeframe": "str",
    "indicator": "str",
    "outcome": "str",
    "rows": "int64",
    "seconds": "float64",
    "reason": "str",
    "error": "str",
    "hint": "str",
}


class UnifiedDiversityPipeline:
    """Brings the indicators of many symbols up to date, several at once."""

    def __init__(self, settings: Settings | None = None, *, bank: IndicatorBank | None = None) -> None:
        """Open nothing yet; `bank` is that of the settings unless given."""
        if bank is None:
            bank = IndicatorBank(get_settings() if settings is None else settings)
        self.bank = bank

    def process_batch(
        self,
        symbols: Sequence[str] | str,
        indicators: Iterable[Asked] | Asked | None = None,
        timeframes: Sequence[str] | str | None = None,
        *,
        include_core: bool = False,
        provider: str | None = None,
        executor: Executor | Any = None,  # noqa: ANN401 - or what offers `get_executor()`: a client of `distributed`
        progress: Progress = NULL_PROGRESS,
    ) -> pd.DataFrame:
        """Compute every indicator of every symbol and timeframe, or reuse what is fresh; one's failure stops no other.

        The work is cut into (symbol, indicator) pairs. What ends early leaves whole files, and the next call goes on.

        Args:
            symbols: whose bars.
            indicators: `"ema"` (all that the settings have of it), `"ema:20"` or `("ema", {"period": 20})`; None: what
                the settings name.
            timeframes: which bars; None: `[ingest] timeframes`.
            include_core: with None also RSI, MACD, VWAP, OBV and SMA.
            provider: where the bars come from; None: `[source] name`.
            executor: a `concurrent.futures` pool, or a `distributed.Client`. None: threads for little work, else the
                cluster or the processes of the settings; a script needs `if __name__ == "__main__":` for those.
            progress: hears of files done; cancel ends it within half a second.

        Returns:
            A row per file, as asked for: provider, symbol, timeframe, indicator ("ema_20"), outcome ("reused",
            "extended", "computed", "failed"), rows, seconds, reason, error, hint (the last two empty on success).

        Raises:
            IndicatorError: no such indicator or parameter, or a value that is not allowed.
            UnsupportedTimeframeError: there is no such timeframe.
            ThreadXError: a worker process ended by itself.
            JobCancelled: cancelled; what was done stays.
        """
        settings = self.bank.settings
        home = settings.source.name if provider is None else provider
        names = [symbols] if isinstance(symbols, str) else symbols
        frames = settings.ingest.timeframes if timeframes is None else timeframes
        batch = Batch.of(
            ((home, symbol) for symbol in names),
            wanted(settings, indicators, include_core=include_core),
            [frames] if isinstance(frames, str) else frames,
        )
        pool = executor.get_executor() if hasattr(executor, "get_executor") else executor
        return _table(run_batch(self.bank, batch, executor=pool, progress=progress))


def _table(rows: Sequence[BatchRow]) -> pd.DataFrame:
    columns = {name: pd.Series([getattr(row, name) for row in rows], dtype=kind) for name, kind in _COLUMNS.items()}
    return pd.DataFrame(columns)
