"""The verbs that become jobs: each queues what it says and returns the job's id at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from threadx.bars.dates import Moment, range_ms
from threadx.bridge.events import JobKind, JobSpec
from threadx.bridge.jobs import Jobs
from threadx.bridge.reads import Reads
from threadx.progress import Progress

__all__ = ["JobVerbs"]

EXPORT_FORMATS = ("csv", "xlsx", "parquet", "legacy-json")
"""As `threadx.data.export.FORMATS`, which loads the engine."""
PIPELINE_STEPS = ("select", "download", "verify", "convert", "indicators")
"""As `threadx.data.pipeline.Step`, which loads the engine."""


class JobVerbs(Reads):
    """What can be queued. Any thread; nothing blocks, nothing of the engine is loaded before a job runs."""

    jobs: Jobs

    def download(
        self,
        symbols: Iterable[str],
        start: Moment = None,
        end: Moment = None,
        timeframes: Sequence[str] = (),
        *,
        workers: int | None = None,
        refetch: bool = False,
        only: bool = False,
    ) -> list[int]:
        """Queue one job per symbol, in the order given; return their ids.

        A symbol whose very same download is queued or running already is not queued twice: its id is returned.

        Args:
            symbols: as the exchange spells them; one that stands twice counts once.
            start: first bar; None: per symbol the first stored one, on an empty bank the configured history.
            end: last day (included) or end time (not included); None: up to the last finished bar.
            timeframes: to derive besides those that the bank keeps of a symbol and those that the settings name.
            workers: downloads at once from now on; None: as before.
            refetch: fetch stored minutes again too; what the exchange gives differently wins and is counted.
            only: derive no timeframe only because the settings name it.

        Raises:
            DataError: the dates are not dates, or empty.
        """
        start_ms, end_ms = range_ms(start, end)
        if workers is not None:
            self.jobs.set_workers(workers)
        running = {event.spec: event.job_id for event in self.jobs.snapshot() if not event.final}
        ids = []
        for symbol in dict.fromkeys(symbols):
            spec = JobSpec(JobKind.DOWNLOAD, symbol, start_ms, end_ms, tuple(timeframes), only=only, refetch=refetch)
            ids.append(running[spec] if spec in running else self._submit(spec))
        return ids

    def update_all(self) -> int:
        """Queue a job that queues a download up to now for every stored symbol of the source; return its id."""
        return self._submit(JobSpec(JobKind.UPDATE_ALL))

    def dry_run(
        self,
        symbols: Iterable[str],
        start: Moment = None,
        end: Moment = None,
        timeframes: Sequence[str] = (),
        *,
        refetch: bool = False,
    ) -> int:
        """Queue one job that plans a download and writes nothing. Arguments and errors as `download`."""
        start_ms, end_ms = range_ms(start, end)
        series = tuple((self.provider, symbol) for symbol in dict.fromkeys(symbols))
        subject = series[0][1] if len(series) == 1 else ""
        return self._submit(
            JobSpec(JobKind.DRY_RUN, subject, start_ms, end_ms, tuple(timeframes), refetch=refetch, series=series)
        )

    def verify(
        self, series: Iterable[tuple[str, str]] | None = None, level: str = "normal", *, repair: bool = False
    ) -> int:
        """Queue one job that verifies the (provider, symbol) pairs given, or the whole bank.

        Raises:
            ValueError: there is no such level (quick, normal, full, deep).
        """
        if level not in ("quick", "normal", "full", "deep"):
            raise ValueError(f"no such level: {level!r}")
        chosen = tuple(dict.fromkeys(series or ()))
        return self._submit(JobSpec(JobKind.VERIFY, _subject(chosen), level=level, repair=repair, series=chosen))

    def export(
        self,
        datasets: Iterable[tuple[str, str, str]],
        path: str,
        format: str,  # noqa: A002 - the word of the window
        start: Moment = None,
        end: Moment = None,
    ) -> int:
        """Queue one job that writes bars to files.

        Args:
            datasets: (provider, symbol, timeframe) of each.
            path: a file for one dataset; a folder for several, or one Excel file with a sheet for each.
            format: "csv", "xlsx", "parquet" or "legacy-json".
            start: as for `download`; None: from the first stored bar.
            end: likewise.

        Raises:
            DataError: the dates are not dates, or empty.
            ValueError: no dataset, or no such format.
        """
        chosen = tuple(dict.fromkeys(datasets))
        if not chosen or format not in EXPORT_FORMATS:
            raise ValueError(f"nothing to export: {len(chosen)} datasets as {format!r}")
        start_ms, end_ms = range_ms(start, end)
        return self._submit(
            JobSpec(JobKind.EXPORT, _subject(chosen), start_ms, end_ms, series=chosen, path=str(path), format=format)
        )

    def export_table(
        self, headings: Sequence[str], rows: Sequence[Sequence[object]], path: str, title: str = ""
    ) -> int:
        """Queue one job that writes a table as it is shown to a `.csv`, `.xlsx` or `.parquet` file, by its ending.

        Numbers stay numbers, aware datetimes become UTC. The rows are read later, on a worker thread: pass a copy.
        """
        spec = JobSpec(JobKind.EXPORT, title, path=str(path), format=str(path).rpartition(".")[2].lower())

        def work(progress: Progress) -> object:
            from threadx.bridge import apart  # noqa: PLC0415 - loads the engine

            return apart.table(self.settings, headings, rows, path, title, progress)

        return self.jobs.submit(spec, work)

    def convert(self, paths: Iterable[str] = (), *, provider: str = "") -> int:
        """Queue one job that takes up the bars of legacy files, and of folders; none: the legacy folder's.

        1m bars are filed under `provider`, "" being the source of the settings.

        `preview_legacy` says before what they hold. Doing it twice does nothing the second time.
        """
        chosen = tuple(dict.fromkeys(str(path) for path in paths))
        return self._submit(JobSpec(JobKind.IMPORT, paths=chosen, provider=provider))

    def pipeline(
        self,
        steps: Iterable[str] = PIPELINE_STEPS,
        symbols: Iterable[str] = (),
        start: Moment = None,
        end: Moment = None,
        timeframes: Sequence[str] = (),
        *,
        group: str = "",
        top: int | None = None,
        level: str = "normal",
        indicators: Sequence[str] = (),
        include_core: bool = False,
        paths: Iterable[str] = (),
        dry_run: bool = False,
        only: bool = False,
    ) -> int:
        """Queue one job that does several steps after one another. Interrupted, the same call goes on where it was.

        Args:
            steps: of select, download, verify, convert, indicators; their order is always this one.
            symbols: as the exchange spells them; neither these nor `group` nor `top`: with select the 100 largest,
                without it all that are stored.
            start: as for `download`, as are the next two.
            end: last day (included) or end time (not included).
            timeframes: to derive, and to compute indicators of; (): as configured.
            group: of the settings: "L1".
            top: so many of the largest.
            level: of the verification: quick, normal, full, deep.
            indicators: as "ema", "ema:20"; (): those that the settings name.
            include_core: where the settings name them: RSI, MACD, VWAP, OBV and SMA too.
            paths: files and folders to take in; (): the legacy folder of the settings.
            dry_run: only say what each step would do.
            only: derive no timeframe only because the settings name it.

        Raises:
            DataError: the dates are not dates, or empty.
            ValueError: no step, or one that does not exist; more than one of `symbols`, `group` and `top`.
        """
        chosen, named = tuple(dict.fromkeys(steps)), tuple(dict.fromkeys(symbols))
        if not chosen or not set(chosen) <= set(PIPELINE_STEPS):
            raise ValueError(f"no such steps: {chosen!r}")
        if sum((bool(named), bool(group), top is not None)) > 1:
            raise ValueError("symbols, a group or the largest: one of them")
        start_ms, end_ms = range_ms(start, end)
        spec = JobSpec(
            JobKind.PIPELINE,
            start_ms=start_ms,
            end_ms=end_ms,
            timeframes=tuple(timeframes),
            level=level,
            series=tuple((self.provider, symbol) for symbol in named),
            paths=tuple(dict.fromkeys(str(path) for path in paths)),
            steps=chosen,
            top=top,
            group=group,
            indicators=tuple(indicators),
            include_core=include_core,
            dry_run=dry_run,
            only=only,
        )
        return self._submit(spec)

    def compute_indicators(
        self,
        symbols: Iterable[str],
        indicators: Iterable[str] = (),
        timeframes: Iterable[str] = (),
        *,
        include_core: bool = False,
        provider: str | None = None,
    ) -> int:
        """Queue one job that brings files of indicators up to date; return its id.

        Args:
            symbols: whose bars.
            indicators: as `ema`, `ema:20` or `threadx.indicators.choices.Choice.word`; none: those of the settings.
            timeframes: which bars; none: those of the settings.
            include_core: where the settings name the indicators, RSI, MACD, VWAP, OBV and SMA too.
            provider: where the bars come from; None: as the settings say.
        """
        home = self.provider if provider is None else provider
        series = tuple((home, symbol) for symbol in dict.fromkeys(symbols))
        words, frames = tuple(dict.fromkeys(indicators)), tuple(dict.fromkeys(timeframes))
        return self._submit(
            JobSpec(
                JobKind.INDICATORS,
                _subject(series),
                timeframes=frames,
                series=series,
                indicators=words,
                include_core=include_core,
            )
        )

    def delete(self, series: Iterable[tuple[str, ...]]) -> list[int]:
        """Queue one job per (provider, symbol) or (provider, symbol, timeframe); each can be undone."""
        return [self._submit(JobSpec(JobKind.DELETE, one[1], series=(tuple(one),))) for one in dict.fromkeys(series)]

    def undo(self, series: Iterable[tuple[str, str]]) -> list[int]:
        """Queue one job per (provider, symbol) that takes back its last operation; that can be undone too."""
        return [self._submit(JobSpec(JobKind.UNDO, one[1], series=(tuple(one),))) for one in dict.fromkeys(series)]

    def snapshot(
        self,
        action: str,
        *,
        domain: str = "",
        stamp: str = "",
        older_than: str = "",
        series: Iterable[tuple[str, str]] = (),
    ) -> int:
        """Queue one job that works on snapshots.

        Args:
            action: "create": pin `series` (none: all) of the bank under `stamp` (none: today). "archive": pack what is
                older than `older_than`. "restore": bring back from archives. "put_back": make `series` (none: all in
                it) of the bank what the bank snapshot of `stamp` has; undo takes that back.
            domain: of "archive" and "restore"; "": all.
            stamp: "YYYYMMDD" or "YYYYMMDDHH", UTC.
            older_than: "90d", "12w", "36h".
            series: (provider, symbol) pairs.

        Raises:
            ValueError: no such action, or what it needs is missing.
        """
        needed = {"create": "all", "archive": older_than, "restore": "all", "put_back": stamp}
        if not needed.get(action):
            raise ValueError(f"not a snapshot job: {action!r}, stamp {stamp!r}, older than {older_than!r}")
        chosen = tuple(dict.fromkeys(series))
        spec = JobSpec(
            JobKind.SNAPSHOT,
            _subject(chosen),
            series=chosen,
            action=action,
            domain=domain,
            stamp=stamp,
            older_than=older_than,
        )
        return self._submit(spec)

    def _submit(self, spec: JobSpec) -> int:
        return self.jobs.submit(spec, lambda progress: self._work(spec, progress))

    def _work(self, spec: JobSpec, progress: Progress) -> object:
        if spec.kind is JobKind.UPDATE_ALL:
            return self._update_all(progress)
        engine = self.engine(progress)
        from threadx.bridge.works import work  # noqa: PLC0415 - loaded by now

        return work(engine, spec, progress)

    def _update_all(self, progress: Progress) -> tuple[int, ...]:
        rows = self.engine(progress).market.stored_symbols(progress)
        return tuple(self.download([row.symbol for row in rows]))


def _subject(series: Sequence[tuple[str, ...]]) -> str:
    return series[0][1] if len(series) == 1 else ""
