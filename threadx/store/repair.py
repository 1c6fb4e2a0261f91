"""Put a series right from what is left of it: intact copies first, then deriving again, and last giving up a month.

What cannot be made again (a damaged month of 1m bars without a whole copy) goes to quarantine and out of the manifest,
so that it is a gap like any other and the next download fetches it. Everything runs under the lock of the series.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from threadx.bars.intervals import month_interval
from threadx.bars.schema import Columns, index_from_ms
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.errors import CorruptPartitionError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.bank import Bank
from threadx.store.checkup import Subject, newest_whole
from threadx.store.commit import Draft, commit
from threadx.store.derive import outdated, rows_of_month
from threadx.store.findings import Finding, Severity
from threadx.store.gc import sweep
from threadx.store.layout import WHOLE, Series
from threadx.store.manifest import FileEntry, Step, digest
from threadx.store.objects import Dataset, encode
from threadx.store.stage import Stage, quarantine, staged

__all__ = ["HISTORY", "repair_history", "repair_objects", "rescue"]

log = logging.getLogger(__name__)

_DAMAGED = frozenset({"object_damaged", "object_missing"})
HISTORY = frozenset({"manifest_damaged", "history_damaged"})
"""What concerns older generations only, once the newest is whole."""
_OUTDATED = frozenset({"derived_stale", "derived_wrong"})


@dataclass(slots=True)
class _Mending:
    """A generation on its way from what was found to what can be had."""

    subject: Subject
    compression: str
    files: dict[str, FileEntry]
    lost: list[str] = field(default_factory=list)
    """Keys that could not be made again."""

    def load(self, month: str) -> Columns:
        key = f"{ONE_MINUTE.name}/{month}"
        return self.subject.bank.rows(self.subject.series, key, self.files[key])


def rescue(bank: Bank, series: Series, *, hashes: bool) -> int:
    """Make objects again from visible files that still hold the right bytes; return how many.

    `hashes` looks at the content of every object, not only at whether it is there in the right size.
    """
    manifest = newest_whole(bank, series)
    if manifest is None:
        return 0
    subject, rescued = Subject(bank, manifest), 0
    for key, entry in manifest.files.items():
        if _is_whole(subject, entry, hashes=hashes):
            continue
        data = _read(bank, subject, key)
        if data is not None and digest(data) == entry.sha256:
            with staged(bank.fs, bank.layout, series) as stage:
                stage.put(entry, data)
                stage.seal()
            rescued += 1
    return rescued


def repair_objects(
    subject: Subject, findings: Iterable[Finding], *, compression: str, progress: Progress = NULL_PROGRESS
) -> list[Finding]:
    """Derive again what is damaged, stale or wrong, and take out what cannot be made again.

    Returns:
        One finding for each month that was taken out.
    """
    found = list(findings)
    damaged = {str(one.fields["key"]) for one in found if one.code in _DAMAGED}
    outdated_keys = {str(one.fields["key"]) for one in found if one.code in _OUTDATED}
    if not damaged and not outdated_keys:
        return []
    files = {key: entry for key, entry in subject.manifest.files.items() if key not in damaged | outdated_keys}
    mending = _Mending(subject, compression, files)
    mending.lost = [key for key in sorted(damaged) if subject.manifest.files[key].lineage is None]
    for key in damaged:
        _withdraw(subject, key)
    with staged(subject.bank.fs, subject.bank.layout, subject.series) as stage:
        _derive_again(mending, stage, progress)
        _commit(mending, stage)
    return [_month_lost(subject, key) for key in mending.lost]


def repair_history(subject: Subject, findings: Iterable[Finding]) -> None:
    """Give up the older generations that cannot be read; the newest is not touched.

    Only once the visible tree follows the newest: what else may lie in it is known from the older ones alone.
    """
    for one in findings:
        if one.code == "manifest_damaged" and int(str(one.fields["gen"])) < subject.manifest.gen:
            _set_aside(subject, Path(one.path))
        elif one.code == "history_damaged":
            _set_aside(subject, Path(one.path))
            _give_up(subject, str(one.fields["sha256"]))
    sweep(subject.bank, subject.series)


def _set_aside(subject: Subject, path: Path) -> None:
    if subject.bank.fs.stat(path) is not None:
        quarantine(subject.bank.fs, subject.bank.layout, path)


def _is_whole(subject: Subject, entry: FileEntry, *, hashes: bool) -> bool:
    path = subject.object_of(entry)
    known = subject.bank.fs.stat(path)
    if known is None or known.st_size != entry.size_bytes:
        return False
    return not hashes or digest(subject.bank.fs.read(path)) == entry.sha256


def _read(bank: Bank, subject: Subject, key: str) -> bytes | None:
    try:
        return bank.fs.read(subject.visible_of(key))
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return None


def _withdraw(subject: Subject, key: str) -> None:
    """Take a damaged object out of service, and its visible name with it: they are one file."""
    bank, entry = subject.bank, subject.manifest.files[key]
    path, visible = subject.object_of(entry), subject.visible_of(key)
    if bank.fs.stat(path) is None:
        return
    if bank.fs.same(visible, path):
        bank.fs.unlink(visible)
    kept = quarantine(bank.fs, bank.layout, path)
    log.warning("%s %s: damaged, kept as %s", subject.series, key, kept)


def _derive_again(mending: _Mending, stage: Stage, progress: Progress) -> None:
    manifest = mending.subject.manifest
    kept = [Timeframe.parse(name) for name in manifest.timeframes if manifest.is_derived(name)]
    stale = outdated(mending.files, manifest.ledger, kept)
    for key in stale.to_drop:
        del mending.files[key]
    months = [key[len("1m/") :] for key in mending.files if key.startswith("1m/")]
    for done, (month, wanted) in enumerate(stale.to_derive.items()):
        progress.report(done, len(stale.to_derive), "partitions")
        made: Mapping[Timeframe, Columns] = {}
        with suppress(CorruptPartitionError, FileNotFoundError):  # damage the level did not look for: reported there
            made = rows_of_month(month, wanted, months, mending.load)
        for timeframe, columns in made.items():
            dataset = Dataset(mending.subject.series, timeframe, month)
            data, entry = encode(dataset, columns, mending.compression, wanted[timeframe])
            stage.put(entry, data)
            mending.files[dataset.key] = entry


def _commit(mending: _Mending, stage: Stage) -> None:
    manifest = mending.subject.manifest
    if mending.files == manifest.files:  # the same rows give the same bytes: the old generation is whole again
        stage.seal()
        return
    reason = "repair" + (f": taken out {', '.join(mending.lost)}" if mending.lost else "")
    step = Step(uuid.uuid4().hex, reason[:200])
    commit(mending.subject.bank, stage, manifest, Draft(mending.files, manifest.ledger), step)


def _month_lost(subject: Subject, key: str) -> Finding:
    entry = subject.manifest.files[key]
    month = key.partition("/")[2]
    end_ms = entry.last_ms if month == WHOLE else month_interval(month).end_ms - 1
    first, last = index_from_ms(np.array([entry.first_ms, end_ms])).strftime("%Y-%m-%d")
    return subject.finding(
        "month_lost",
        Severity.ERROR,
        "{key}: damaged and without a whole copy; it is taken out of the bank ({rows} bars)",
        "run: threadx download --symbols {symbol} --start {first} --end {last}",
        path=subject.visible_of(key),
        key=key,
        rows=entry.rows,
        first=str(first),
        last=str(last),
    )


def _give_up(subject: Subject, sha256: str) -> None:
    """Remove the older generations that name an object which is damaged or gone: going back to one would break."""
    bank, series = subject.bank, subject.series
    path = bank.layout.object(series, sha256)
    numbers = bank.generations.numbers(series)
    for gen in numbers[:-1]:
        with suppress(CorruptPartitionError, FileNotFoundError):
            named = {entry.sha256 for entry in bank.generations.load(series, gen).files.values()}
            if sha256 in named and bank.fs.stat(path) is None:
                log.warning("%s: generation %s is given up, one of its files is lost", series, gen)
                bank.fs.unlink(bank.layout.manifest(series, gen))
