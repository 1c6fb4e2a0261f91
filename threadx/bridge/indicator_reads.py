"""What the window asks about indicators: for worker threads, inside `ask` and `call`. The first loads the engine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from threadx.progress import NULL_PROGRESS, Progress

if TYPE_CHECKING:  # loads numpy and pyarrow: on a worker thread, when it is needed
    from threadx.bars.schema import Columns
    from threadx.bridge.engine import Engine
    from threadx.indicators.answers import Deleted, IndicatorStatus
    from threadx.indicators.choices import Asked, Choice
    from threadx.indicators.definition import Indicator

__all__ = ["IndicatorReads"]


class IndicatorReads:
    """Indicators as the window knows them: what there is, how their files stand, their values. Worker threads only."""

    def engine(self, progress: Progress = NULL_PROGRESS) -> Engine:
        """Return the engine: see `Reads`."""
        raise NotImplementedError

    def indicators(self, progress: Progress = NULL_PROGRESS) -> tuple[Indicator, ...]:
        """Return every indicator there is, with its parameters and what they may be."""
        self.engine(progress)
        from threadx.indicators.spec import INDICATORS  # noqa: PLC0415 - the engine's

        return tuple(INDICATORS.values())

    def indicator_choices(
        self,
        asked: Sequence[Asked] | Asked | None = None,
        progress: Progress = NULL_PROGRESS,
        *,
        include_core: bool = False,
    ) -> list[Choice]:
        """Return what words or pairs mean; None: what the settings name, with `include_core` the core too.

        Raises:
            IndicatorError: no such indicator or parameter, or a value that is not allowed.
        """
        engine = self.engine(progress)
        from threadx.indicators.choices import wanted  # noqa: PLC0415 - the engine's

        return wanted(engine.settings, asked, include_core=include_core)

    def indicator_status(
        self,
        symbols: Sequence[str] | None = None,
        indicators: Sequence[Asked] | Asked | None = None,
        timeframes: Sequence[str] | None = None,
        *,
        provider: str | None = None,
        progress: Progress = NULL_PROGRESS,
    ) -> list[IndicatorStatus]:
        """Return how the files of indicators stand: see `IndicatorBank.status`."""
        return self.engine(progress).indicators.status(symbols, indicators, timeframes, provider=provider)

    def indicator_values(
        self,
        provider: str,
        symbol: str,
        timeframe: str,
        indicator: str,
        params: Mapping[str, Any] | None = None,
        start_ms: int | None = None,
        end_ms: int | None = None,
        *,
        progress: Progress = NULL_PROGRESS,
    ) -> Columns:
        """Return an indicator's values as arrays, `open_time` in ms UTC and one per output, from the cache.

        What is not fresh is computed first; bars without a value, those of the warm-up, have NaN.

        Raises:
            IndicatorError: no such indicator or parameter, or a value that is not allowed.
            DataNotFoundError: there are no such bars.
        """
        return self.engine(progress).indicators.columns(
            symbol, indicator, params, timeframe, provider=provider, start_ms=start_ms, end_ms=end_ms, progress=progress
        )

    def delete_indicators(
        self,
        symbols: Sequence[str] | None = None,
        indicators: Sequence[Asked] | Asked | None = None,
        timeframes: Sequence[str] | None = None,
        *,
        provider: str | None = None,
        progress: Progress = NULL_PROGRESS,
    ) -> Deleted:
        """Delete files of indicators; they can be computed again at any time. See `IndicatorBank.delete`."""
        return self.engine(progress).indicators.delete(symbols, indicators, timeframes, provider=provider)

    def delete_indicator_files(self, files: Iterable[IndicatorStatus], progress: Progress = NULL_PROGRESS) -> Deleted:
        """Delete exactly these files of indicators. See `IndicatorBank.delete_files`."""
        return self.engine(progress).indicators.delete_files(files)
