"""Is the bank as it was written? Four levels of looking, and putting right what can be.

Looking takes no lock. Since a writer at work looks like damage for a moment, whatever is found is looked at again
under the lock of its series before it is reported. Progress counts series; within one, files.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from threadx.errors import DataNotFoundError, StoreError, StoreLockedError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.bank import Bank
from threadx.store.catalog import Catalog
from threadx.store.catalog_check import check_catalog
from threadx.store.checkup import (
    Level,
    Subject,
    check_contents,
    check_footers,
    check_history,
    check_names,
    files_under,
    newest_whole,
    unknown_file,
)
from threadx.store.deep import check_bars
from threadx.store.findings import Finding, Severity, VerifyReport
from threadx.store.layout import Series
from threadx.store.objects import describe
from threadx.store.opening import create, read_format
from threadx.store.rebuild import visible_series
from threadx.store.recover import clear_degraded, recover_series, recover_stages
from threadx.store.repair import HISTORY, repair_history, repair_objects, rescue
from threadx.store.stage import staged

__all__ = ["Checked", "Task", "verify"]

log = logging.getLogger(__name__)


class Checked(Protocol):
    """What needs no second look: an interrupted verification had found it right. A set of words will do."""

    def __contains__(self, item: object, /) -> bool:
        """Return whether that is known."""
        ...

    def add(self, item: str, /) -> None:
        """Take note of what was found right."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to verify, and how."""

    level: Level = Level.NORMAL
    provider: str | None = None
    symbol: str | None = None
    """Both None: the whole bank, its registry and its visible tree."""
    repair: bool = False
    compression: str = "lz4"
    """Of files that are derived again."""
    timeout_s: float = 120.0
    """How long to wait for a writer of one series."""
    progress: Progress = NULL_PROGRESS
    checked: Checked | None = None
    """Series that are passed over, and where those that are found right are noted; not with `repair`."""


def verify(bank: Bank, catalog: Catalog, task: Task) -> VerifyReport:
    """Look at the bank, or at some of it, and put right what can be if the task says so.

    Raises:
        DataNotFoundError: no series has that provider and symbol.
        StoreLockedError: a repair had to wait too long for a writer.
        JobCancelled: cancelled; what was repaired stays so.
        OSError: the disk refused.
    """
    if task.repair:
        recover_stages(bank)
    chosen = _chosen(bank, task)
    findings: list[Finding] = []
    files = before = 0
    for done, series in enumerate(chosen):
        task.progress.report(done, len(chosen), "series")
        manifest = newest_whole(bank, series)
        item = f"{series} {0 if manifest is None else manifest.gen} {task.level.name.lower()}"
        if task.checked is not None and item in task.checked:
            before += 1
        else:
            found = _repaired(bank, series, task) if task.repair else _looked_at(bank, series, task)
            findings += found
            if task.checked is not None and not found:
                task.checked.add(item)
        manifest = newest_whole(bank, series)
        files += len(manifest.files) if manifest is not None else 0
    if task.provider is None and task.symbol is None:
        findings += _format(bank, chosen, task)
        findings += _strangers(bank, chosen)
        findings += _registry(bank, catalog, chosen, task)
    return VerifyReport(task.level.name.lower(), tuple(_once(findings)), len(chosen), files, before)


def _chosen(bank: Bank, task: Task) -> list[Series]:
    everything = sorted({*bank.generations.all_series(), *visible_series(bank)})
    chosen = [
        series
        for series in everything
        if task.provider in (None, series.provider) and task.symbol in (None, series.symbol)
    ]
    if not chosen and (task.provider is not None or task.symbol is not None):
        raise DataNotFoundError(
            "{series}: nothing stored",
            hint="see what there is with: threadx list",
            series=" ".join(part for part in (task.provider, task.symbol) if part is not None),
        )
    return chosen


# -- looking -------------------------------------------------------------------------------------------------------


def _looked_at(bank: Bank, series: Series, task: Task) -> list[Finding]:
    seen = list(_check(bank, series, task))
    if not seen:
        return []
    try:
        with bank.locked(series, timeout_s=task.timeout_s, progress=task.progress):
            return list(_check(bank, series, task))
    except StoreLockedError as error:
        return [
            Finding(
                "busy",
                Severity.WARNING,
                "something looks wrong, but another program is writing: {reason}",
                "verify again when it is done",
                series.provider,
                series.symbol,
                fields={"reason": error.message},
            )
        ]
    except OSError:
        return seen  # a bank that cannot be written has no writers either


def _check(bank: Bank, series: Series, task: Task) -> Iterator[Finding]:
    progress, level = task.progress.about(series.symbol), task.level
    progress.raise_if_cancelled()
    manifest = newest_whole(bank, series)
    if manifest is None:
        yield from _without_manifest(bank, series)
        return
    subject = Subject(bank, manifest)
    yield from check_names(subject)
    if level >= Level.NORMAL:
        yield from check_history(subject)
    if level == Level.NORMAL:
        yield from check_footers(subject, progress)
    if level >= Level.FULL:
        yield from check_contents(subject, progress)
    if level >= Level.DEEP:
        yield from check_bars(subject, progress)


def _without_manifest(bank: Bank, series: Series) -> Iterator[Finding]:
    """Yield what is left of a series whose manifests are gone: files of ours can be taken up again, others not."""
    layout = bank.layout
    published = any(bank.fs.stat(path) is not None for path in (layout.head(series), layout.degraded(series)))
    ours = bool(bank.generations.numbers(series)) or published
    visible = layout.flat and ours
    for path in () if layout.flat else files_under(bank, layout.series_tree(series)):
        if _is_ours(bank, path):
            ours = visible = True
        else:
            yield unknown_file(path, series)
    if ours:
        yield Finding(
            "manifests_missing",
            Severity.ERROR,
            "there are files but no manifest of them",
            "run: threadx verify --repair: what ThreadX wrote is taken up again from the files themselves"
            if visible
            else "restore .threadx from a backup, or download the symbol again",
            series.provider,
            series.symbol,
            str(layout.series(series)),
            repairable=visible,
        )
    elif bank.fs.names(layout.objects(series)):
        yield Finding(
            "object_unnamed",
            Severity.INFO,
            "the first write was interrupted before anything of it counted; the next one uses or removes what is left",
            "",
            series.provider,
            series.symbol,
            str(layout.objects(series)),
        )


def _is_ours(bank: Bank, path: Path) -> bool:
    try:
        return describe(bank.fs.read(path)) is not None
    except (StoreError, OSError):
        return False


def _strangers(bank: Bank, series: list[Series]) -> Iterator[Finding]:
    """Yield the files of the visible tree that lie where no series has its own."""
    layout = bank.layout
    if layout.flat:
        known = set()
        for one in series:
            manifest = newest_whole(bank, one)
            known |= {layout.file(one, key) for key in manifest.files} if manifest is not None else set()
        yield from (unknown_file(path) for path in files_under(bank, layout.visible) if path not in known)
        return
    trees = {layout.series_tree(one) for one in series}
    for path in files_under(bank, layout.visible):
        if trees.isdisjoint(path.parents):
            yield unknown_file(path)


def _once(findings: list[Finding]) -> Iterator[Finding]:
    """Keep one finding per file and kind; the last word on it counts."""
    last = {(one.code, one.path, str(one.fields.get("key")), str(one.fields.get("gen"))): one for one in findings}
    yield from last.values()


# -- putting right -------------------------------------------------------------------------------------------------


def _repaired(bank: Bank, series: Series, task: Task) -> list[Finding]:
    with bank.locked(series, timeout_s=task.timeout_s, progress=task.progress):
        seen = list(_check(bank, series, task))
        if not seen:
            return []
        known_degraded = bank.fs.stat(bank.layout.degraded(series)) is not None
        rescued = rescue(bank, series, hashes=task.level >= Level.FULL)
        log.info("%s: %s findings, %s files made whole from their copies", series, len(seen), rescued)
        with suppress(FileNotFoundError):  # an object is missing: it is made again first, and this is done once more
            seen += recover_series(bank, series)
        lost = _mended(bank, series, task)
        if known_degraded:
            clear_degraded(bank, series)
        seen += recover_series(bank, series, thorough=True)
        _rewrite_head(bank, series)
        left = _history_mended(bank, series, task)
        done = [one.as_repaired() for one in seen if _identity(one) not in left]
        return [*done, *left.values(), *lost]


def _mended(bank: Bank, series: Series, task: Task) -> list[Finding]:
    """Make again what can be made again; return a finding for each month that was given up."""
    manifest = newest_whole(bank, series)
    if manifest is None:
        return []
    found = _check(bank, series, task)
    return repair_objects(Subject(bank, manifest), found, compression=task.compression, progress=task.progress)


def _history_mended(bank: Bank, series: Series, task: Task) -> dict[tuple[str, str, str], Finding]:
    """Give up the past that cannot be read, and return what is left to do."""
    left = list(_check(bank, series, task))
    manifest = newest_whole(bank, series)
    if manifest is not None:
        subject = Subject(bank, manifest)
        past = [*check_history(subject), *left]
        repair_history(subject, past)
        left = list(_check(bank, series, task)) if any(one.code in HISTORY for one in past) else left
    return {_identity(one): one for one in left}


def _identity(one: Finding) -> tuple[str, str, str]:
    return one.code, one.path, str(one.fields.get("key"))


def _rewrite_head(bank: Bank, series: Series) -> None:
    """Write HEAD anew where it says the right number in wrong bytes, which recovery does not mind."""
    manifest, path = newest_whole(bank, series), bank.layout.head(series)
    if manifest is None or (bank.fs.stat(path) is not None and bank.fs.read(path) == str(manifest.gen).encode()):
        return
    with staged(bank.fs, bank.layout, series) as stage:
        stage.write_over(path, str(manifest.gen).encode())


def _registry(bank: Bank, catalog: Catalog, series: list[Series], task: Task) -> list[Finding]:
    manifests = [manifest for one in series if (manifest := newest_whole(bank, one)) is not None]
    found = list(check_catalog(catalog, manifests, task.level))
    if not found or not task.repair:
        return found
    catalog.rebuild(progress=task.progress)
    catalog.export(progress=task.progress, anew=True)
    return [one.as_repaired() for one in found]


def _format(bank: Bank, series: list[Series], task: Task) -> Iterator[Finding]:
    """Yield a finding when the file that says what the bank is cannot be read."""
    path = bank.layout.format_file
    if not series or read_format(bank.fs, bank.layout):
        return
    found = Finding(
        "format_damaged",
        Severity.WARNING,
        "the file that says which format the bank has is missing or damaged",
        "run: threadx verify --repair",
        path=str(path),
        repairable=True,
    )
    if task.repair:
        create(bank.fs, bank.layout)
        found = found.as_repaired()
    yield found
