"""One write: a frame becomes months, the months' derived timeframes follow, all of it is one commit.

Steps 0 to 4 of the protocol (check, lock, recover, recognise a retry, merge and derive); `commit` does the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from threadx.bars.gaps import Gap
from threadx.bars.intervals import Interval, union
from threadx.bars.merge import MergedColumns
from threadx.bars.schema import MINUTE_MS, Columns
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.errors import ConflictError, CorruptPartitionError, StoreError, UDFIValueError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.bank import Bank
from threadx.store.changes import Change, Mode, Stored, change
from threadx.store.commit import Committed, Draft, commit
from threadx.store.datasets import dataset_checksum
from threadx.store.derive import outdated, rows_of_month, same_rows
from threadx.store.findings import Finding
from threadx.store.incoming import Incoming, accept, no_conflicts
from threadx.store.layout import Series
from threadx.store.manifest import FileEntry, Lineage, Manifest, Step, add_to_ledger, cut_ledger
from threadx.store.objects import Dataset, encode
from threadx.store.opening import check_contained
from threadx.store.read import joined
from threadx.store.recover import ready
from threadx.store.stage import Stage, staged
from threadx.workers import side_by_side

__all__ = ["IMPORT_PROVIDER", "WriteRequest", "Written", "timeframes_to_keep", "write"]

IMPORT_PROVIDER = "import"
"""Where foreign bars of a longer timeframe go when 1m bars of their series arrive."""
MARGIN_BYTES = 64 << 20
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRequest:
    """How to write; `Store.write` says what each field means."""

    timeframe: Timeframe
    mode: Mode
    kept: tuple[Timeframe, ...]
    """Timeframes to derive besides those that are derived already."""
    compression: str
    timeout_s: float
    op_id: str
    reason: str = ""
    txn_id: str | None = None
    empty: tuple[Gap, ...] = ()
    deduplicate: bool = True
    check_integrity: bool = True
    single_file: bool = False
    progress: Progress = NULL_PROGRESS


@dataclass(frozen=True)
class Written:
    """What a write did."""

    generation: int
    """The generation that holds it; the one before when nothing had to change."""
    rows_added: int
    rows_changed: int
    rows_total: int
    """Rows of the timeframe now stored."""
    partitions: tuple[str, ...]
    """Keys of the files that changed, derived ones included: "1m/2024-03"."""
    checksum: str
    """Of the timeframe's dataset: SHA-256 over its sorted "key sha256" lines."""
    published: bool = True
    """False when the visible tree could not follow yet; the bars are stored all the same."""
    findings: tuple[Finding, ...] = ()
    repeated: pd.DataFrame = field(default_factory=no_conflicts, repr=False)
    """Values that differed between rows of one open time in the frame itself, as `conflicts`."""
    overruled: tuple[MergedColumns, ...] = field(default=(), repr=False)
    """What `conflicts` is made from."""

    @cached_property
    def conflicts(self) -> pd.DataFrame:
        """Values overruled, one row each: `timestamp`, `column`, `stored`, `fetched`. Made when asked for.

        After a write in mode "keep" these are the values that were *not* taken, for `stored` is there already.
        """
        reports = [self.repeated, *(merged.conflicts() for merged in self.overruled)]
        found = [report for report in reports if len(report)]
        return pd.concat(found, ignore_index=True) if found else self.repeated


def check(series: Series, frame: pd.DataFrame, request: WriteRequest) -> Incoming:
    """Return the rows of a frame that may be written as the request says; touches nothing."""
    incoming = accept(frame, series, request.timeframe, deduplicate=request.deduplicate)
    if not incoming.rows and not request.empty:
        raise UDFIValueError("{series}: there are no bars to write", series=series)
    if request.timeframe != ONE_MINUTE and request.empty:
        raise ValueError("confirmed-empty stretches belong to 1m")
    return incoming


def write(bank: Bank, series: Series, incoming: Incoming, request: WriteRequest) -> Written:
    """Write what `check` returned; `Store.write` is the door to this and says what it raises."""
    _check_space(bank, incoming)
    for attempt in range(_ATTEMPTS):
        try:
            with bank.locked(series, timeout_s=request.timeout_s, progress=request.progress):
                return _write_locked(bank, series, incoming, request)
        except FileExistsError:
            if attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("unreachable")


def _check_space(bank: Bank, incoming: Incoming) -> None:
    needed = 2 * sum(values.nbytes for values in incoming.columns.values()) + MARGIN_BYTES
    free = bank.fs.free_bytes(bank.layout.control)
    if free < needed:
        raise StoreError(
            "not enough space on the disk of {path}: {needed_mb:.0f} MB needed, {free_mb:.0f} MB free",
            hint="free some space, or move [paths] data_root",
            path=bank.layout.control,
            needed_mb=needed / 1e6,
            free_mb=free / 1e6,
        )


# -- under the lock ----------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Work:
    """A write on its way: what it starts from and what it has come to."""

    bank: Bank
    series: Series
    request: WriteRequest
    parent: Manifest
    change: Change
    ledger: tuple[Gap, ...]
    files: dict[str, FileEntry] = field(default_factory=dict)

    def load(self, month: str) -> Columns:
        """Return the rows of a month of the timeframe being written, as they will be."""
        if month in self.change.months:
            return self.change.months[month]
        key = f"{self.request.timeframe.name}/{month}"
        return self.bank.rows(self.series, key, self.files[key])


def _write_locked(bank: Bank, series: Series, incoming: Incoming, request: WriteRequest) -> Written:
    parent = ready(bank, series)
    if request.txn_id is not None and request.txn_id in parent.txn_ids:
        return _result(parent, parent, request, Change(), incoming)
    _check_one_timeframe(bank, parent, request.timeframe)
    foreign = _foreign(series, parent, request.timeframe)
    found = change(_stored(bank, parent, request.timeframe), incoming.columns, request.mode,
                   whole=request.single_file, progress=request.progress)  # fmt: skip
    work = _Work(bank, series, request, parent, found, parent.ledger, dict(parent.files))
    for timeframe in foreign:
        _move_to_import(work, timeframe)
    if not _changes_anything(work):
        return _result(parent, parent, request, found, incoming)
    with staged(bank.fs, bank.layout, series) as stage:
        _put_months(work, stage)
        work.ledger = _ledger(work)
        _put_derived(work, stage)
        draft = Draft(work.files, work.ledger)
        if draft.files == parent.files and draft.ledger == parent.ledger:
            return _result(parent, parent, request, found, incoming)
        step = Step(request.op_id, request.reason or request.mode, found.added, found.changed, request.txn_id)
        committed = commit(bank, stage, parent, draft, step, request.progress)
    return _result(parent, committed.manifest, request, found, incoming, committed)


def _stored(bank: Bank, parent: Manifest, timeframe: Timeframe) -> Stored:
    entries = parent.of(timeframe.name)

    def load(month: str) -> Columns:
        kept = bank.recent.get(entries[month].sha256)
        return kept if kept is not None else bank.rows(parent.series, f"{timeframe.name}/{month}", entries[month])

    return Stored(parent.series, timeframe.name, entries, load)


def _check_one_timeframe(bank: Bank, parent: Manifest, timeframe: Timeframe) -> None:
    others = [name for name in parent.timeframes if name != timeframe.name]
    if bank.layout.flat and others:
        raise ConflictError(
            "{series} {timeframe}: this folder holds {others} bars of it already",
            hint="use another folder, or a data root: processed/<provider>/<SYMBOL>/<timeframe>",
            series=parent.series,
            timeframe=timeframe.name,
            others=", ".join(others),
        )


def _foreign(series: Series, parent: Manifest, timeframe: Timeframe) -> list[str]:
    """Return the timeframes that must make room for 1m; refuse what would mix truth and hearsay."""
    own = [name for name in parent.timeframes if not parent.is_derived(name)]
    if timeframe != ONE_MINUTE:
        if ONE_MINUTE.name in own:
            raise ConflictError(
                "{series} {timeframe}: this timeframe is derived from the 1m bars, it cannot be written",
                hint="write it under another provider",
                series=series,
                timeframe=timeframe.name,
            )
        return []
    foreign = [name for name in own if name != ONE_MINUTE.name]
    if foreign and series.provider == IMPORT_PROVIDER:
        raise ConflictError(
            "{series}: there are {timeframes} bars that 1m bars would replace",
            hint="write the 1m bars under another provider",
            series=series,
            timeframes=", ".join(foreign),
        )
    return foreign


def _move_to_import(work: _Work, timeframe: str) -> None:
    """Write a foreign timeframe under the provider `import`, and drop it here. Its lock comes after this one."""
    entries = work.parent.of(timeframe)
    rows = joined([work.bank.rows(work.series, f"{timeframe}/{month}", entry) for month, entry in entries.items()])
    target = Series(IMPORT_PROVIDER, work.series.symbol)
    check_contained(work.bank.layout, target)
    if work.bank.generations.newest(target).of(ONE_MINUTE.name):
        raise ConflictError(
            "{series}: its {timeframe} bars must make room for 1m bars, and {target}, where they would go, has 1m bars",
            hint="delete one: threadx delete --symbols {symbol} --provider {provider} --timeframes {timeframe}, "
            "or --provider {other} --timeframes 1m",
            series=work.series,
            target=target,
            timeframe=timeframe,
            symbol=target.symbol,
            provider=work.series.provider,
            other=target.provider,
        )
    request = replace(
        work.request, timeframe=Timeframe.parse(timeframe), mode="upsert", kept=(), empty=(), txn_id=None,
        reason=f"moved from {work.series.provider}: 1m bars arrived there",
    )  # fmt: skip
    write(work.bank, target, Incoming(rows, no_conflicts()), request)
    for month in entries:
        del work.files[f"{timeframe}/{month}"]


def _changes_anything(work: _Work) -> bool:
    if work.change.months or work.change.removed or work.files != work.parent.files:
        return True
    work.ledger = _ledger(work)
    if work.ledger != work.parent.ledger:
        return True
    stale = outdated(work.files, work.ledger, _derived(work))
    return bool(stale.to_derive or stale.to_drop)


def _ledger(work: _Work) -> tuple[Gap, ...]:
    ledger = add_to_ledger(work.parent.ledger, work.request.empty)
    if not ledger or work.request.timeframe != ONE_MINUTE:
        return ledger
    months = (entry for key, entry in work.files.items() if key.startswith("1m/"))
    stored: tuple[Interval, ...] = union(part for entry in months for part in entry.stored(MINUTE_MS))
    return cut_ledger(ledger, stored)


def _derived(work: _Work) -> list[Timeframe]:
    if work.request.timeframe != ONE_MINUTE or work.bank.layout.flat:
        return []
    there = (name for name in work.parent.timeframes if work.parent.is_derived(name))
    kept = dict.fromkeys([*work.request.kept, *map(Timeframe.parse, there)])
    return [timeframe for timeframe in kept if timeframe != ONE_MINUTE]


def _put_months(work: _Work, stage: Stage) -> None:
    request = work.request
    for month in work.change.removed:
        del work.files[f"{request.timeframe.name}/{month}"]

    def put(month: str) -> tuple[str, FileEntry]:
        dataset, columns = Dataset(work.series, request.timeframe, month), work.change.months[month]
        entry = _put(stage, request, dataset, columns)
        if month in work.change.merged:
            work.bank.recent.keep(entry.sha256, columns)
        return dataset.key, entry

    done = side_by_side(put, list(work.change.months), progress=request.progress)
    for number, (key, entry) in enumerate(done):
        work.files[key] = entry
        request.progress.report(number, len(work.change.months), "partitions")


def _put_derived(work: _Work, stage: Stage) -> None:
    stale = outdated(work.files, work.ledger, _derived(work)) if work.request.timeframe == ONE_MINUTE else None
    if stale is None:
        return
    for key in stale.to_drop:
        del work.files[key]
    months = [key[len("1m/") :] for key in work.files if key.startswith("1m/")]

    def made() -> Iterator[tuple[Dataset, Columns, Lineage]]:
        for month, wanted in stale.to_derive.items():
            rows = rows_of_month(month, wanted, months, work.load)
            for timeframe, lineage in wanted.items():
                yield Dataset(work.series, timeframe, month), rows[timeframe], lineage

    def put(made: tuple[Dataset, Columns, Lineage]) -> tuple[str, FileEntry]:
        dataset, rows, lineage = made
        entry = _kept(work, dataset, rows, lineage) or _put(stage, work.request, dataset, rows, lineage)
        return dataset.key, entry

    work.files.update(side_by_side(put, made(), progress=work.request.progress))


def _kept(work: _Work, dataset: Dataset, rows: Columns, lineage: Lineage) -> FileEntry | None:
    """Return the entry of the file that is there already, where its rows stay as they are; None: write another one."""
    entry = work.parent.files.get(dataset.key)
    if entry is None or entry.lineage is None:
        return None
    try:
        stays = same_rows(entry, lambda: work.bank.rows(work.series, dataset.key, entry), rows)
    except (CorruptPartitionError, FileNotFoundError):
        return None
    return replace(entry, lineage=lineage) if stays else None


def _put(
    stage: Stage, request: WriteRequest, dataset: Dataset, columns: Columns, lineage: Lineage | None = None
) -> FileEntry:
    data, entry = encode(dataset, columns, request.compression, lineage)
    stage.put(entry, data, check=request.check_integrity)
    return entry


def _result(
    parent: Manifest,
    manifest: Manifest,
    request: WriteRequest,
    found: Change,
    incoming: Incoming,
    committed: Committed | None = None,
) -> Written:
    entries = manifest.of(request.timeframe.name)
    return Written(
        generation=manifest.gen,
        rows_added=found.added,
        rows_changed=found.changed,
        rows_total=sum(entry.rows for entry in entries.values()),
        partitions=_differing(parent.files, manifest.files),
        checksum=dataset_checksum((f"{request.timeframe.name}/{month}", e.sha256) for month, e in entries.items()),
        published=committed.published if committed is not None else True,
        findings=committed.findings if committed is not None else (),
        repeated=incoming.conflicts,
        overruled=tuple(found.overruled),
    )


def _differing(before: Mapping[str, FileEntry], after: Mapping[str, FileEntry]) -> tuple[str, ...]:
    was, is_now = ({key: entry.sha256 for key, entry in files.items()} for files in (before, after))
    return tuple(key for key in sorted(was.keys() | is_now.keys()) if was.get(key) != is_now.get(key))


def timeframes_to_keep(names: Sequence[str | Timeframe]) -> tuple[Timeframe, ...]:
    """Return the timeframes of these names; 1m, which is not derived, is left out.

    Raises:
        UnsupportedTimeframeError: there is no such timeframe.
    """
    return tuple(timeframe for timeframe in map(Timeframe.parse, names) if timeframe != ONE_MINUTE)
