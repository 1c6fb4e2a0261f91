"""Bank snapshots: what lies in one, comparing two, and putting series back into the bank.

dt=20260131/manifest.json                                             which series, which generations, every hash
dt=20260131/manifests/<provider>/<SYMBOL>.json                        the manifest of each, as the bank has it
dt=20260131/processed/<provider>/<SYMBOL>/<tf>/year=/month=/<SYMBOL>.parquet
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from threadx.bars.schema import Columns
from threadx.errors import CorruptPartitionError, FileValidationError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.commit import Committed, Draft, commit
from threadx.store.dated import Dated, Partition, differs
from threadx.store.diff import MonthDiff, diff_files
from threadx.store.fsio import Fs
from threadx.store.layout import Layout, Series, disk_name
from threadx.store.manifest import FileEntry, Manifest, Step, digest
from threadx.store.objects import decode_checked
from threadx.store.opening import create, read_format
from threadx.store.recover import ready
from threadx.store.refusal import as_store_error
from threadx.store.stage import staged
from threadx.store.store import Store

__all__ = [
    "FORMAT",
    "KIND",
    "MANIFEST",
    "Pinned",
    "SeriesDiff",
    "changed_by",
    "diff_pinned",
    "is_bank_snapshot",
    "layout_of",
    "manifest_path",
    "pinned_in",
    "put_back",
]

MANIFEST = "manifest.json"
FORMAT = 1
KIND = "bank"
_MANIFEST_HINT = "another program wrote it; choose another snapshot of the bank"


@dataclass(frozen=True, slots=True)
class Pinned:
    """What a bank snapshot holds."""

    series: tuple[Series, ...]
    files: int
    size_bytes: int
    """Of all files; what is linked takes no room beside the bank."""
    linked: int
    copied: int
    """How many files had to be copied: another disk, or a file system without hard links."""


def layout_of(folder: Path) -> Layout:
    """Return the paths inside a bank snapshot: its tree is that of a bank; it has no control folder."""
    return Layout(folder / "processed", folder / ".none")


def manifest_path(folder: Path, series: Series) -> Path:
    """Hold the manifest of one series."""
    return folder / "manifests" / disk_name(series.provider) / f"{disk_name(series.symbol)}.json"


# -- reading one --------------------------------------------------------------------------------------------------


def is_bank_snapshot(dated: Dated, partition: Partition) -> bool:
    """Return whether a partition holds pinned series."""
    try:
        said = json.loads(dated.fs.read(partition.path / MANIFEST))
        return isinstance(said, dict) and said.get("kind") == KIND
    except (OSError, ValueError, RecursionError):
        return False


def pinned_in(dated: Dated, partition: Partition) -> Pinned:
    """Return what a bank snapshot holds, as its manifest says.

    Raises:
        FileValidationError: the partition is no bank snapshot, or one of a newer ThreadX.
        CorruptPartitionError: its manifest is damaged.
    """
    said = _said(dated, partition)
    try:
        files = [each for one in said["series"] for each in one["files"].values()]
        series = tuple(Series(one["provider"], one["symbol"]) for one in said["series"])
        size_bytes = sum(each["bytes"] for each in files)
        return Pinned(series, len(files), size_bytes, said["linked"], said["copied"])
    except (KeyError, TypeError, AttributeError) as error:
        raise CorruptPartitionError(
            "{path}: the manifest is damaged", hint=_MANIFEST_HINT, path=partition.path / MANIFEST
        ) from error


def _said(dated: Dated, partition: Partition) -> dict[str, Any]:
    if not is_bank_snapshot(dated, partition):
        raise FileValidationError(
            "{path}: not a snapshot of the bank", hint="make one with: threadx snapshot create", path=partition.path
        )
    said: dict[str, Any] = json.loads(dated.read(partition, MANIFEST))
    if said.get("format") != FORMAT:
        raise FileValidationError(
            "{path}: made by a newer ThreadX",
            hint="install the ThreadX that made it, or a newer one",
            path=partition.path,
        )
    return said


def _manifests(dated: Dated, partition: Partition) -> dict[Series, Manifest]:
    return {series: _manifest(dated, partition, series) for series in pinned_in(dated, partition).series}


def _manifest(dated: Dated, partition: Partition, series: Series) -> Manifest:
    path = manifest_path(partition.path, series)
    manifest = Manifest.from_bytes(dated.read(partition, path.relative_to(partition.path).as_posix()))
    if manifest.series != series:
        raise CorruptPartitionError("{path}: the manifest of another series", hint=_MANIFEST_HINT, path=path)
    return manifest


# -- putting it back ----------------------------------------------------------------------------------------------


def put_back(
    store: Store, dated: Dated, partition: Partition, series: Series, progress: Progress = NULL_PROGRESS
) -> Committed | None:
    """Make a series what the snapshot has, as a new generation; None where it is that already. `undo` takes it back.

    Raises:
        CorruptPartitionError: a file of the snapshot is damaged; nothing was committed.
        StoreLockedError: another program is writing.
        StoreError: the disk refused.
    """
    wanted = _manifest(dated, partition, series)
    with as_store_error("{series}: could not be written", series=series):
        if not read_format(store.fs, store.layout):
            create(store.fs, store.layout)
        store.manifest(series.provider, series.symbol)  # recovers it when that is due
        with store.bank.locked(series, timeout_s=store.settings.store.lock_timeout_s, progress=progress):
            newest = ready(store.bank, series)
            if newest.files == wanted.files and newest.ledger == wanted.ledger:
                return None
            with staged(store.fs, store.layout, series) as stage:
                for number, (key, entry) in enumerate(wanted.files.items()):
                    progress.report(number, len(wanted.files), "partitions")
                    stage.put(entry, _bytes(dated.fs, partition, series, key, entry))
                step = Step(uuid.uuid4().hex, f"restore of snapshot {partition.domain} {partition.stamp}")
                return commit(store.bank, stage, newest, Draft(wanted.files, wanted.ledger), step, progress)


def changed_by(store: Store, dated: Dated, partition: Partition, series: Series) -> int:
    """Return how many files `put_back` would change or remove; looks only."""
    wanted = _manifest(dated, partition, series).files
    manifest = store.manifest(series.provider, series.symbol)
    there = {} if manifest is None else manifest.files
    return sum(there.get(key) != wanted.get(key) for key in there.keys() | wanted.keys())


def _bytes(fs: Fs, partition: Partition, series: Series, key: str, entry: FileEntry) -> bytes:
    path = layout_of(partition.path).file(series, key)
    data = fs.read(path)
    if digest(data) != entry.sha256:
        raise differs(path)
    return data


# -- comparing two ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SeriesDiff:
    """What differs in one series between two bank snapshots."""

    series: Series
    added: bool = False
    """Whether only the later snapshot has it."""
    removed: bool = False
    months: tuple[MonthDiff, ...] = ()
    """The months that differ, of timeframes that were given; of derived ones only where those do not differ."""


def diff_pinned(dated: Dated, before: Partition, after: Partition, progress: Progress) -> Iterator[SeriesDiff]:
    """Yield what differs between two bank snapshots; only months whose hashes differ are opened.

    Raises:
        CorruptPartitionError: a file that is needed is damaged.
    """
    old, new = _manifests(dated, before), _manifests(dated, after)
    everything = sorted(old.keys() | new.keys())
    for number, series in enumerate(everything):
        progress.report(number, len(everything), "symbols")
        if series not in old or series not in new:
            yield SeriesDiff(series, added=series not in old, removed=series not in new)
        elif old[series].files != new[series].files:
            yield _diff_series(dated.fs, (before, old[series]), (after, new[series]), progress)


def _diff_series(
    fs: Fs, before: tuple[Partition, Manifest], after: tuple[Partition, Manifest], progress: Progress
) -> SeriesDiff:
    series = before[1].series
    was, now = (_hashes(one, given_only=True) for _partition, one in (before, after))
    if was == now:
        was, now = (_hashes(one, given_only=False) for _partition, one in (before, after))

    def load(key: str, sha256: str) -> Columns:
        partition, entry = next(
            (one, manifest.files[key])
            for one, manifest in (before, after)
            if key in manifest.files and manifest.files[key].sha256 == sha256
        )
        return decode_checked(_bytes(fs, partition, series, key, entry), entry)

    return SeriesDiff(series, months=diff_files(was, now, load, progress=progress))


def _hashes(manifest: Manifest, *, given_only: bool) -> Mapping[str, str]:
    return {key: entry.sha256 for key, entry in manifest.files.items() if not given_only or entry.lineage is None}
