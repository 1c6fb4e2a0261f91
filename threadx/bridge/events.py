"""What crosses from worker threads to the window: frozen records, one queue, newest counts.

A job's events come in the order of its states and end with exactly one whose `final` is true. Nothing here imports
the engine: a window may read these names before pandas is loaded.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

from threadx.errors import ThreadXError

__all__ = ["Answer", "Event", "JobEvent", "JobKind", "JobSpec", "JobState", "Lane", "LogLine"]


class JobState(StrEnum):
    """Where a job is. queued -> running -> one of the three ends; queued -> cancelled when it never began."""

    QUEUED = "queued"
    """Set inside `submit`, before any thread knows of the job."""
    RUNNING = "running"
    """A worker thread has taken it."""
    DONE = "done"
    """Its work returned."""
    FAILED = "failed"
    """Its work raised; the event's `failure` says what and what to do next."""
    CANCELLED = "cancelled"
    """It was asked to stop and did; what it had committed stays."""

    @property
    def final(self) -> bool:
        """Whether no event follows."""
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Lane(StrEnum):
    """Which queue a job stands in: work on the bank does not wait behind two hundred downloads."""

    EXCHANGE = "exchange"
    """Asks the exchange; as many at once as the user chose workers."""
    BANK = "bank"
    """Works on what is stored; two at once."""


class JobKind(StrEnum):
    """What a job does."""

    DOWNLOAD = "download"
    """One symbol, 1m and every timeframe. Result: `threadx.data.report.AssetReport`, when it failed too."""
    DRY_RUN = "dry_run"
    """Plans for several symbols; writes nothing. Result: `threadx.bridge.market.DryRun`."""
    UPDATE_ALL = "update_all"
    """Starts a download for every stored symbol. Result: their job ids, a tuple."""
    VERIFY = "verify"
    """Result: `threadx.store.findings.VerifyReport`."""
    EXPORT = "export"
    """Result: `threadx.data.export.Exported` records, a tuple."""
    IMPORT = "import"
    """Takes up legacy files (`paths`; none: the legacy folder's). Result: `threadx.data.legacy_files.ConvertReport`."""
    DELETE = "delete"
    """One series, or one timeframe of it. Result: the new generation."""
    UNDO = "undo"
    """One series. Result: the new generation."""
    INDICATORS = "indicators"
    """Brings files of indicators up to date. Result: `threadx.data.indicator_batch.BatchRow` records, if failed too."""
    SNAPSHOT = "snapshot"
    """Makes, archives or brings back snapshots (`action`). Result: `threadx.bridge.snapshot_works.SnapshotDone`."""
    PIPELINE = "pipeline"
    """Several steps, one after another; resumable. Result: `threadx.data.pipeline.PipelineReport`, if failed too."""

    @property
    def lane(self) -> Lane:
        """Which queue it stands in."""
        asking = (JobKind.DOWNLOAD, JobKind.DRY_RUN, JobKind.PIPELINE)
        return Lane.EXCHANGE if self in asking else Lane.BANK

    @property
    def changes_bars(self) -> bool:
        """Whether other bars may be stored when it has ended, however it ended."""
        return self in (
            JobKind.DOWNLOAD, JobKind.VERIFY, JobKind.IMPORT, JobKind.DELETE, JobKind.UNDO, JobKind.SNAPSHOT,
            JobKind.PIPELINE,
        )  # fmt: skip

    @property
    def remembered(self) -> bool:
        """Whether it is offered again when the program ended before it did. Never what takes something away."""
        kept = (JobKind.DOWNLOAD, JobKind.VERIFY, JobKind.IMPORT, JobKind.INDICATORS, JobKind.PIPELINE)
        return self in kept


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What a job shall do, as plain values: what is shown, retried and remembered for the next start."""

    kind: JobKind
    subject: str = ""
    """A symbol; "" where the job is about several or all (see `series`)."""
    start_ms: int | None = None
    """UTC, inclusive; None: as `IngestionManager.update_assets_batch` takes None."""
    end_ms: int | None = None
    """UTC, exclusive."""
    timeframes: tuple[str, ...] = ()
    """To derive, besides those that the bank keeps of a symbol and (but see `only`) those that the settings name."""
    only: bool = False
    """Whether the settings' timeframes are left out."""
    refetch: bool = False
    """Fetch the whole range again, stored minutes too."""
    level: str = ""
    """Of a verification: quick, normal, full, deep."""
    repair: bool = False
    series: tuple[tuple[str, ...], ...] = ()
    """(provider, symbol) or (provider, symbol, timeframe) of each series that is meant; (): all, or only `subject`."""
    path: str = ""
    """Where an export goes."""
    format: str = ""
    """Of an export: csv, xlsx, parquet, legacy-json."""
    paths: tuple[str, ...] = ()
    """Of an import: files and folders."""
    action: str = ""
    """Of a snapshot job, as the next three: create, archive, restore, put_back."""
    domain: str = ""
    stamp: str = ""
    older_than: str = ""
    """As "90d"."""

    steps: tuple[str, ...] = ()
    """Of a pipeline, as all that follow: what it does, see `threadx.data.pipeline.Step`."""
    top: int | None = None
    """The largest symbols; None: the `series` named, the `group`, or (neither) all that are stored."""
    group: str = ""
    indicators: tuple[str, ...] = ()
    """As `ema`, `ema:20`; (): those that the settings name."""
    include_core: bool = False
    """Where the settings name them: RSI, MACD, VWAP, OBV and SMA too."""
    dry_run: bool = False
    """Of a pipeline: only look, write nothing."""
    provider: str = ""
    """Of an import: what 1m bars are filed under; "": the source of the settings."""

    @property
    def remembered(self) -> bool:
        """Whether it is offered again at the next start; a dry run leaves no trace."""
        return self.kind.remembered and not self.dry_run

    @property
    def unit(self) -> str:
        """What its progress counts; "" for whatever the work reports. Reports in other units only show life."""
        match self.kind:
            case JobKind.DOWNLOAD:
                return "bars"
            case JobKind.DRY_RUN:
                return "symbols"
            case JobKind.IMPORT | JobKind.INDICATORS:
                return "files"
            case JobKind.VERIFY:
                return "files" if len(self.series) == 1 else "symbols" if self.series else "series"
            case JobKind.PIPELINE:
                return "percent"
            case _:
                return ""

    def to_json(self) -> dict[str, Any]:
        """Return the values that differ from the defaults, as plain JSON values."""
        values: dict[str, Any] = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        changed = {name: value for name, value in values.items() if value != _DEFAULTS.get(name)}
        return {name: _plain(value) for name, value in changed.items()}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> JobSpec:
        """Return the spec that `to_json` gave.

        Raises:
            ValueError: it is none.
        """
        if not isinstance(values, Mapping) or "kind" not in values:
            raise ValueError(f"not a job: {values!r}")
        unknown = set(values) - {each.name for each in dataclasses.fields(cls)}
        if unknown:
            raise ValueError(f"not a job: unknown {', '.join(sorted(map(str, unknown)))}")
        given: dict[str, Any] = {name: _checked(name, value) for name, value in values.items()}
        return cls(**given | {"kind": JobKind(values["kind"])})


_WORD_LISTS = ("timeframes", "paths", "steps", "indicators")
_DEFAULTS = {each.name: each.default for each in dataclasses.fields(JobSpec)}
_KINDS: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("kind", "subject", "level", "path", "format", "group", "provider"), (str,)),
    **dict.fromkeys(("action", "domain", "stamp", "older_than"), (str,)),
    **dict.fromkeys(("start_ms", "end_ms", "top"), (int, type(None))),
    **dict.fromkeys(("only", "refetch", "repair", "include_core", "dry_run"), (bool,)),
    **dict.fromkeys((*_WORD_LISTS, "series"), (list, tuple)),
}


def _plain(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _checked(name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON value
    right = isinstance(value, _KINDS[name]) and not (isinstance(value, bool) and name in ("start_ms", "end_ms", "top"))
    if not right:
        raise ValueError(f"not a job: {name} is {value!r}")
    if name == "series":
        return tuple(_words(one) for one in value)
    return _words(value) if name in _WORD_LISTS else value


def _words(values: Any) -> tuple[str, ...]:  # noqa: ANN401 - any JSON value
    if not isinstance(values, (list, tuple)) or not all(isinstance(each, str) for each in values):
        raise ValueError(f"not a job: {values!r} are no words")
    return tuple(values)


@dataclass(frozen=True, slots=True)
class JobEvent:
    """How a job stands: the whole picture, so that only the newest of a job counts.

    Counts, rate and reason are the last known ones; at the end they stay as they were.
    """

    job_id: int
    spec: JobSpec
    state: JobState
    done: int = 0
    total: int = 0
    """In `unit`; 0 while the total is not known."""
    unit: str = ""
    per_second: float | None = None
    """Over the last seconds; None while it cannot be told, and at the end the average of the whole job."""
    left_s: float | None = None
    """About how long it still takes; None while it cannot be told."""
    waiting: str = ""
    """Why nothing moves right now, in English; "" while working."""
    step: str = ""
    """Of a pipeline: which of its steps it is at, see `threadx.data.pipeline.Step`."""
    weight_used: int | None = None
    """API weight used in the current minute, as the exchange last said to this job."""
    position: int = 0
    """Place in its queue when this event was made, from 1; 0 when not queued. `Jobs.order()` has the present one."""
    cancelling: bool = False
    """Cancel was asked for and has not been answered yet."""
    retry_of: int | None = None
    """The job that this one tries again."""
    failure: ThreadXError | None = None
    """What went wrong, for `translate_error`; set exactly when FAILED."""
    result: object | None = None
    """What the work returned (see `JobKind`); also what a failed download had done."""
    created_s: float = 0.0
    """Monotonic seconds, as the two below."""
    started_s: float | None = None
    ended_s: float | None = None

    @property
    def final(self) -> bool:
        """Whether this is the job's last event."""
        return self.state.final

    @property
    def share(self) -> float | None:
        """Return how much is done, in [0, 1]; None while that cannot be told."""
        if self.state is JobState.DONE:
            return 1.0
        return min(self.done / self.total, 1.0) if self.total > 0 else None

    @property
    def error(self) -> str:
        """What went wrong, in English; "" unless failed."""
        return "" if self.failure is None else self.failure.message

    @property
    def hint(self) -> str:
        """The next step, in English; may be ""."""
        return "" if self.failure is None else self.failure.hint


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a query. One per query, also when it failed or was dropped."""

    request_id: int
    value: Any = None
    failure: ThreadXError | None = None
    dropped: bool = False
    """Nobody wants it any more: neither value nor failure counts."""
    then: Callable[[Any], None] | None = field(default=None, repr=False, compare=False)
    failed: Callable[[ThreadXError], None] | None = field(default=None, repr=False, compare=False)

    def deliver(self) -> None:
        """Call what was given to `ThreadXBridge.call`. Tk thread only; what it raises is the caller's to guard."""
        if self.dropped:
            return
        if self.failure is None:
            if self.then is not None:
                self.then(self.value)
        elif self.failed is not None:
            self.failed(self.failure)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the log, as it happened; English."""

    created: datetime
    """UTC, aware."""
    level: int
    """As in `logging`: 10 DEBUG, 20 INFO, 30 WARNING, 40 ERROR, 50 CRITICAL."""
    logger: str
    text: str
    """One line, or several where a traceback follows."""
    job_id: int | None = None
    """The job on whose behalf it was logged, where that is known."""
    symbol: str = ""
    """The symbol it is about, where that is known."""


Event: TypeAlias = JobEvent | Answer | LogLine
