"""The blocking reads of the bridge: for worker threads, inside `ask` and `call`. The first one loads the engine."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from threadx import logs
from threadx.bars.dates import Moment, range_ms
from threadx.bridge.adopting import adopted
from threadx.bridge.indicator_reads import IndicatorReads
from threadx.bridge.loader import Loader
from threadx.config import Settings
from threadx.errors import SourceError
from threadx.progress import NULL_PROGRESS, Progress

if TYPE_CHECKING:  # the engine loads pandas and pyarrow: on a worker thread, when it is needed
    from threadx.bars.gaps import Gap
    from threadx.bars.schema import Columns
    from threadx.bridge.engine import Engine
    from threadx.bridge.inventory import HeatMap, InventoryRow
    from threadx.bridge.market import Estimate, SymbolRow
    from threadx.bridge.snapshot_views import Preview, SnapshotsView
    from threadx.data.diversity_report import DiversityReport
    from threadx.data.legacy_files import FileReport
    from threadx.data.ranking import Ranking
    from threadx.data.snapshot_diff import Change
    from threadx.store.diff import StoreDiff
    from threadx.store.history import Generation
    from threadx.store.retention import Packed

__all__ = ["Reads", "Status"]

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Status:
    """What the status bar shows of the source; known without asking anybody."""

    provider: str
    host: str
    """The host that is asked now; "" before the engine is there."""
    weight_used: int | None
    """API weight used in the current minute, as the server last said."""
    reachable: bool | None
    """Whether the exchange answered when it was last asked; None: not asked yet."""
    weight_limit: int | None = None
    """API weight that a minute allows, as the exchange announces it; None: it was not asked."""


class Reads(IndicatorReads):
    """What can be read of source and bank. Any number of worker threads; only `status` and `provider` never wait."""

    def __init__(self, settings: Settings) -> None:
        """Load nothing yet."""
        self.settings = settings
        self._engine: Engine | None = None
        self._engine_lock = threading.Lock()
        self._loader = Loader("engine", self._load)
        self._reachable: bool | None = None

    @property
    def provider(self) -> str:
        """Where this bridge's bars are filed: "binance", "demo"."""
        return self.settings.source.name

    def status(self) -> Status:
        """Return what is known of the source without asking anybody."""
        source = None if self._engine is None else self._engine.opened_source
        if source is None:
            return Status(self.provider, "", None, self._reachable)
        limit = source.tempo.weight_per_minute
        return Status(self.provider, source.host, source.weight_used, self._reachable, limit)

    def engine(self, progress: Progress = NULL_PROGRESS) -> Engine:
        """Return the engine, loaded and composed at the first call (about a second). Worker threads only."""
        progress.raise_if_cancelled()
        engine = self._engine
        return self._loader.get(progress) if engine is None else engine

    def _load(self) -> Engine:
        """Runs on a thread of its own: what it imports cannot be interrupted."""
        from threadx.bridge import works  # noqa: F401, PLC0415 - what jobs are going to need
        from threadx.bridge.engine import Engine  # noqa: PLC0415 - loads pandas and pyarrow

        with self._engine_lock:
            self._engine = Engine(self.settings)
            return self._engine

    def adopt(self, changed: Settings) -> None:
        """Let changed settings act, as far as they can while the program runs; see `adopting`. Worker threads only."""
        with self._engine_lock:
            before, self.settings = self.settings, adopted(self.settings, changed)
            if self._engine is not None:
                self._engine.adopt(self.settings)
        if self.settings.logging != before.logging:
            logs.set_up(self.settings)

    def close_engine(self) -> None:
        """End the connections, where any were opened; a read that still needs them fails."""
        with self._engine_lock:
            if self._engine is not None:
                self._engine.close()

    def symbols(self, progress: Progress = NULL_PROGRESS) -> list[SymbolRow]:
        """Return every symbol that the exchange lists or the bank holds, by name. SourceError when offline."""
        return self._heard(lambda: self.engine(progress).market.symbols(progress))

    def stored_symbols(self, progress: Progress = NULL_PROGRESS) -> list[SymbolRow]:
        """Return the symbols that the bank holds of this source, by name; works offline."""
        return self.engine(progress).market.stored_symbols(progress)

    def top_symbols(self, count: int = 100, progress: Progress = NULL_PROGRESS) -> list[str]:
        """Return the symbols of `top_tokens`."""
        return list(self.top_tokens(count, progress=progress).symbols)

    def top_tokens(
        self,
        count: int = 100,
        *,
        quote: str | None = None,
        as_of: Moment = None,
        publish: bool = False,
        progress: Progress = NULL_PROGRESS,
    ) -> Ranking:
        """Return the largest pairs, why they stand so and what is left out; see `TokenManager.get_top_tokens`."""
        universe = self.engine(progress).universe
        if as_of is not None:  # answered from the bank: says nothing of the exchange
            return universe.get_top_tokens(count, quote=quote, as_of=as_of, progress=progress)
        return self._heard(lambda: universe.get_top_tokens(count, quote=quote, publish=publish, progress=progress))

    def diversity(
        self,
        group: str,
        symbols: Sequence[str],
        start: Moment = None,
        end: Moment = None,
        progress: Progress = NULL_PROGRESS,
    ) -> DiversityReport:
        """Return what the bank has of symbols that are studied together, and how alike their days are."""
        from threadx.data.diversity_report import report_on  # noqa: PLC0415 - the engine's

        first_ms, last_ms = range_ms(start, end)
        return report_on(self.engine(progress).store, self.provider, group, symbols, first_ms, last_ms, progress)

    def estimate(
        self,
        symbols: Sequence[str],
        start: Moment = None,
        end: Moment = None,
        *,
        refetch: bool = False,
        progress: Progress = NULL_PROGRESS,
    ) -> Estimate:
        """Return about what `download` with these arguments would cost; quick, and works offline."""
        start_ms, end_ms = range_ms(start, end)
        market = self.engine(progress).market
        return market.estimate(symbols, start_ms, end_ms, refetch=refetch, progress=progress)

    def bars(
        self,
        provider: str,
        symbol: str,
        timeframe: str,
        start_ms: int | None = None,
        end_ms: int | None = None,
        *,
        progress: Progress = NULL_PROGRESS,
    ) -> Columns:
        """Return stored bars as arrays, `open_time` in ms UTC. DataNotFoundError when there are none."""
        return self.engine(progress).bars(provider, symbol, timeframe, start_ms, end_ms, progress)

    def span(
        self, provider: str, symbol: str, timeframe: str, progress: Progress = NULL_PROGRESS
    ) -> tuple[int, int] | None:
        """Return the open times of the first and the last stored bar, UTC ms; None when there is none."""
        return self.engine(progress).span(provider, symbol, timeframe)

    def inventory(self, progress: Progress = NULL_PROGRESS, *, count_gaps: bool = True) -> list[InventoryRow]:
        """Return a row per dataset, by provider, symbol and length of timeframe.

        Without `count_gaps` it is there at once; `InventoryRow.gaps` is None then.
        """
        return self.engine(progress).inventory.rows(count_gaps=count_gaps, progress=progress)

    def heat_map(self, series: Sequence[tuple[str, str]] | None = None, progress: Progress = NULL_PROGRESS) -> HeatMap:
        """Return the completeness of 1m bars by series and month."""
        return self.engine(progress).inventory.heat_map(series, progress)

    def month_gaps(self, provider: str, symbol: str, month: str, progress: Progress = NULL_PROGRESS) -> list[Gap]:
        """Return what a month ("YYYY-MM") lacks, each stretch with its cause."""
        return self.engine(progress).inventory.month_gaps(provider, symbol, month, progress)

    def gaps(self, provider: str, symbol: str, progress: Progress = NULL_PROGRESS) -> list[Gap]:
        """Return every stretch without 1m bars, with its cause, in order."""
        return self.engine(progress).store.gaps(provider, symbol)

    def history(self, provider: str, symbol: str, progress: Progress = NULL_PROGRESS) -> list[Generation]:
        """Return the generations that are kept, oldest first."""
        return self.engine(progress).store.history(provider, symbol)

    def diff(
        self, provider: str, symbol: str, before: int, after: int, progress: Progress = NULL_PROGRESS
    ) -> StoreDiff:
        """Return what differs between two kept generations; 0: the empty state before the first."""
        return self.engine(progress).store.diff(provider, symbol, before, after, progress=progress)

    def preview_legacy(
        self, paths: Sequence[str] = (), progress: Progress = NULL_PROGRESS, *, provider: str = ""
    ) -> tuple[FileReport, ...]:
        """Return what legacy files hold and why they are read so; no paths: those of the legacy folder.

        `provider` as for `convert`: a file may be up to date there.

        Raises:
            ConfigError: a provider that 1m bars cannot have.
            DataNotFoundError: there is no file.
        """
        return self.engine(progress).legacy.preview(paths or None, provider=provider or None, progress=progress)

    def deleted_series(self, progress: Progress = NULL_PROGRESS) -> list[tuple[str, str]]:
        """Return the (provider, symbol) pairs whose bars were deleted and can be brought back by an undo."""
        store = self.engine(progress).store
        there = {(row.provider, row.symbol) for row in store.catalog.rows()}
        known = [(each.provider, each.symbol) for each in store.bank.generations.all_series()]
        return [key for key in known if key not in there and store.manifest(*key) is not None]

    def snapshots(self, progress: Progress = NULL_PROGRESS) -> SnapshotsView:
        """Return the snapshot domains with their freshness, that of every dataset, and every date there is."""
        from threadx.bridge import snapshot_views  # noqa: PLC0415 - the engine's

        return snapshot_views.overview(self.engine(progress), progress)

    def snapshot_files(self, domain: str, stamp: str, progress: Progress = NULL_PROGRESS) -> dict[str, int]:
        """Return the files of one date with their sizes in bytes. DataNotFoundError when it is not in a folder."""
        from threadx.bridge import snapshot_views  # noqa: PLC0415 - the engine's

        return snapshot_views.files(self.engine(progress), domain, stamp)

    def snapshot_preview(self, domain: str, stamp: str, filename: str, progress: Progress = NULL_PROGRESS) -> Preview:
        """Return the beginning of one file of a snapshot, as a table or text.

        Raises:
            DataNotFoundError: no such snapshot, or no such file in it.
            CorruptPartitionError: the file differs from what was published.
        """
        from threadx.bridge import snapshot_views  # noqa: PLC0415 - the engine's

        return snapshot_views.preview(self.engine(progress), domain, stamp, filename)

    def snapshot_diff(
        self, domain: str, stamp_a: str, stamp_b: str, progress: Progress = NULL_PROGRESS
    ) -> list[Change]:
        """Return what differs between two dates of a domain, in words. DataNotFoundError when one is not there."""
        return self.engine(progress).snapshots.diff(domain, stamp_a, stamp_b, progress=progress)

    def archive_plan(self, older_than: str, domain: str = "", progress: Progress = NULL_PROGRESS) -> list[Packed]:
        """Return what archiving would pack, by domain and month; writes nothing. DataError: no such age."""
        return self.engine(progress).snapshots.archive(older_than, domain or None, dry_run=True, progress=progress)

    def folder(self, provider: str, symbol: str, timeframe: str, progress: Progress = NULL_PROGRESS) -> Path:
        """Return the folder of a dataset's visible files."""
        from threadx.store.layout import Series  # noqa: PLC0415 - the engine's

        return self.engine(progress).store.layout.series_tree(Series(provider, symbol)) / timeframe

    def ping(self, progress: Progress = NULL_PROGRESS) -> None:
        """Ask whether the exchange is there; raises SourceError when not. `status` remembers the answer."""
        self._heard(lambda: self.engine(progress).source.ping(progress))

    def _heard(self, ask: Callable[[], Value]) -> Value:
        """Return what `ask` does, and remember whether the exchange answered."""
        try:
            value = ask()
        except SourceError:
            self._reachable = False
            raise
        self._reachable = True
        return value
