"""Bars for programs that only want them whole: load what there is, see what is missing, complete it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from threadx.bars.dates import Moment, range_ms
from threadx.bars.gaps import Gap
from threadx.bars.intervals import Interval, subtract
from threadx.bars.schema import index_from_ms
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.config import Settings
from threadx.data.ingest import IngestionManager
from threadx.data.io import read_frame
from threadx.data.legacy_files import LegacyFiles
from threadx.data.plan import gaps_in
from threadx.errors import CorruptPartitionError, DataNotFoundError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.findings import Severity
from threadx.store.write import IMPORT_PROVIDER

__all__ = ["UnifiedDataAdapter"]


class UnifiedDataAdapter:
    """Reads the bank first and completes it through the engine: a bar is never there twice."""

    def __init__(self, settings: Settings | None = None, *, manager: IngestionManager | None = None) -> None:
        """Compose from the settings, or on a manager that the caller keeps and closes."""
        self._owned = manager is None
        self._manager = IngestionManager(settings) if manager is None else manager

    def load_existing_candles(
        self,
        symbol: str,
        timeframe: str,
        as_dataframe: bool = True,  # noqa: FBT001, FBT002 - the signature that users know
    ) -> pd.DataFrame | list[dict[str, Any]]:
        """Return every bar of a timeframe that is there, wherever it is; asks no exchange.

        Looked at in this order, and the first that has bars is all that is read: the bank, its provider `import` (bars
        of other tools that do not come from 1m bars), a single file `processed/<SYMBOL>/<timeframe>.parquet` of an
        older version, the files of the legacy folder (`[paths] legacy`) called so: `BTCUSDT_1h.json`, else all there
        are, as `BTCUSDT-1h-2024-01.zip`, `BTCUSDT-1h-2024-02.zip`.

        Returns:
            A UDFI frame, or one dict a bar with `timestamp` (aware) first.

        Raises:
            DataNotFoundError: nothing is stored.
            CorruptPartitionError: a file is damaged.
            FileValidationError: a legacy file of that name holds no such bars; the message says why.
            UnsupportedTimeframeError: no such timeframe.
        """
        frame = self._stored(symbol, Timeframe.parse(timeframe).name)
        if as_dataframe:
            return frame
        return [{str(name): value for name, value in row.items()} for row in frame.reset_index().to_dict("records")]

    def detect_missing(
        self, symbol: str, timeframe: str = ONE_MINUTE.name, start: Moment = None, end: Moment = None
    ) -> pd.DataFrame:
        """Return the minutes a range lacks, from the bank's books alone; asks no exchange.

        A timeframe other than 1m widens the range to whole bars: these are the minutes they would need.

        Args:
            symbol: as the exchange spells it.
            timeframe: what the range is wanted for.
            start: None: the first stored bar.
            end: None: the last stored bar.

        Returns:
            `start`, `end` (half-open, UTC), `minutes` and `cause` ("not_fetched", "not_listed", "unknown"), one row a
            stretch, in order; no rows when nothing is missing.
        """
        bucket = Timeframe.parse(timeframe)
        start_ms, end_ms = range_ms(start, end)
        coverage = self._manager.store.coverage(self._manager.provider, symbol)
        if start_ms is None:
            start_ms = coverage.stored[0].start_ms if coverage.stored else end_ms
        if end_ms is None:
            end_ms = coverage.stored[-1].end_ms if coverage.stored else start_ms
        if start_ms is None or end_ms is None or start_ms >= end_ms:
            return _table(())
        wanted = Interval(bucket.floor(start_ms), bucket.next(end_ms - 1))
        return _table(gaps_in(wanted, coverage.stored, coverage.ledger))

    def verify_and_complete(
        self,
        symbol: str,
        timeframe: str,
        start: Moment = None,
        end: Moment = None,
        *,
        progress: Progress = NULL_PROGRESS,
    ) -> pd.DataFrame:
        """Prove what is stored of a symbol, mend it, fetch what a range lacks, and return its bars, each once.

        Legacy files count once `LegacyFiles.convert` has taken them up: their minutes are stored then, and not fetched.

        Raises:
            DataNotFoundError: the exchange has no finished bar in the range.
            SourceError: the exchange failed; what had arrived is stored.
            CorruptPartitionError: a file is damaged and could not be mended.
            StoreError: the bank failed.
            JobCancelled: cancelled; what was committed stays.
        """
        try:
            self._mend(symbol, progress)
            return self._manager.resample_from_1m_api(symbol, timeframe, start, end, progress=progress)
        finally:
            if self._owned:
                self._manager.close()

    def _stored(self, symbol: str, timeframe: str) -> pd.DataFrame:
        store = self._manager.store
        try:
            return store.read(self._manager.provider, symbol, timeframe)
        except DataNotFoundError as nothing:
            frame = self._elsewhere(symbol, timeframe)
            if frame is None:
                raise nothing from None
            return frame

    def _elsewhere(self, symbol: str, timeframe: str) -> pd.DataFrame | None:
        """Return bars that the provider's bank has not: the surest first."""
        store, settings = self._manager.store, self._manager.settings
        if store.coverage(IMPORT_PROVIDER, symbol, timeframe).stored:
            return store.read(IMPORT_PROVIDER, symbol, timeframe)
        single = settings.paths.data_root / "processed" / symbol / f"{timeframe}.parquet"
        if single.is_file():
            return read_frame(single)
        return LegacyFiles(settings, store=store).read_all(symbol, timeframe)

    def _mend(self, symbol: str, progress: Progress) -> None:
        """Hold the symbol's files against their digests; derive again or fetch again what is damaged.

        Raises:
            CorruptPartitionError: damage is left.
        """
        store, provider = self._manager.store, self._manager.provider
        before = store.coverage(provider, symbol).stored
        if not before or store.verify("full", provider, symbol, repair=True, progress=progress).ok:
            return
        for lost in subtract(before, store.coverage(provider, symbol).stored):
            self._manager.download_ohlcv_1m(symbol, lost.start_ms, lost.end_ms, progress=progress)
        for finding in store.verify("full", provider, symbol, progress=progress).findings:
            if finding.severity is Severity.ERROR:
                raise CorruptPartitionError(
                    "{symbol}: {finding}", hint="run: threadx verify --repair", symbol=symbol, finding=finding.text
                )


def _table(gaps: tuple[Gap, ...]) -> pd.DataFrame:
    edges = np.array([(gap.interval.start_ms, gap.interval.end_ms) for gap in gaps], dtype=np.int64).reshape(-1, 2)
    return pd.DataFrame(
        {
            "start": index_from_ms(edges[:, 0]).rename(None),
            "end": index_from_ms(edges[:, 1]).rename(None),
            "minutes": np.array([gap.interval.minutes for gap in gaps], dtype=np.int64),
            "cause": pd.Series([str(gap.cause) for gap in gaps], dtype="str"),
        }
    )
