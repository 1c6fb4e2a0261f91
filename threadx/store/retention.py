"""Packing old partitions into the archive of their month, and bringing them back.

A partition leaves its folder only when the archive that holds it lies under its name and was read back against its
hashes. Whatever a step is interrupted by, every partition is in its folder or in its archive, and doing it again ends
what was begun.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from threadx.errors import CorruptPartitionError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.archived import (
    Archive,
    Archived,
    archive_name,
    archives_in,
    digest_of,
    is_member,
    month_of_archive,
    open_archive,
    pieces,
    write_archive,
)
from threadx.store.dated import Dated, Partition, differs, is_flagged
from threadx.store.findings import Finding, Severity
from threadx.store.fsio import Fs
from threadx.store.stamps import FLAG, Stamp

__all__ = [
    "Packed",
    "archive",
    "archived",
    "archived_in",
    "check_partition",
    "old_partitions",
    "only_archived",
    "planned",
    "restorable",
    "restore",
]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Packed:
    """What became of one month of one domain."""

    domain: str
    month: str
    path: Path
    """The archive."""
    stamps: tuple[str, ...]
    """The partitions that are in it now and no longer in folders."""
    before_bytes: int
    """What their files took."""
    findings: tuple[Finding, ...] = ()
    """The partitions that were left where they are, and why."""


def old_partitions(dated: Dated, domain: str, before: datetime) -> list[Partition]:
    """Return the whole partitions whose day or hour had ended by `before`, oldest first."""
    return [each for each in dated.partitions(domain) if each.complete and each.moment.end <= before]


def planned(dated: Dated, domain: str, partitions: Sequence[Partition]) -> list[Packed]:
    """Return what `archive` would do; looks only."""
    folder, found = dated.folder(domain), []
    for month, group in groupby(partitions, key=lambda each: each.moment.month):
        chosen = list(group)
        stamps, size_bytes = tuple(each.stamp for each in chosen), sum(each.size_bytes for each in chosen)
        found.append(Packed(domain, month, folder / archive_name(month), stamps, size_bytes))
    return found


def restorable(dated: Dated, domain: str, stamps: Iterable[Stamp] | None = None) -> list[Partition]:
    """Return what `restore` would bring back; looks only."""
    folder, wanted = dated.folder(domain), None if stamps is None else set(stamps)
    return [
        Partition(domain, each.stamp, folder, complete=False)
        for path in _archives(dated, domain, wanted)
        for each in archived_in(path, domain)
        if (wanted is None or Stamp(each.stamp) in wanted) and not dated.fs.names(folder / Stamp(each.stamp).folder)
    ]


def only_archived(dated: Dated, domain: str, first_month: str, last_month: str) -> list[Stamp]:
    """Return the stamps that an archive of these months has, the last included, and no folder; oldest first.

    Raises:
        CorruptPartitionError: one of these archives is damaged.
    """
    folder, found = dated.folder(domain), []
    for path in archives_in(dated.fs, folder):
        if first_month <= (month_of_archive(path.name) or "") <= last_month:
            with open_archive(path) as opened:
                found += [stamp for stamp in opened.stamps if not is_flagged(dated.fs, folder / stamp.folder)]
    return found


def archived(dated: Dated, domain: str) -> list[Archived]:
    """Return the partitions in the archives of a domain, oldest first.

    Raises:
        CorruptPartitionError: an archive is damaged.
    """
    return [each for path in archives_in(dated.fs, dated.folder(domain)) for each in archived_in(path, domain)]


def archived_in(path: Path, domain: str) -> list[Archived]:
    """Return the partitions in one archive of a domain, oldest first.

    Raises:
        CorruptPartitionError: it is damaged.
    """
    with open_archive(path) as opened:
        sizes = {stamp: opened.files(stamp) for stamp in opened.stamps}
    return [Archived(domain, stamp.text, path, tuple(each), sum(each.values())) for stamp, each in sizes.items()]


def check_partition(dated: Dated, partition: Partition, progress: Progress = NULL_PROGRESS) -> dict[str, str]:
    """Read every file of a partition and return its SHA-256 by name, the flag and the checksums file included.

    Raises:
        CorruptPartitionError: a file differs from what was published, or is gone, or leads elsewhere.
    """
    said = dated.checksums(partition).hashes
    found: dict[str, str] = {}
    for name in dated.fs.files(partition.path):
        progress.raise_if_cancelled()
        path = partition.path / name
        if not is_member(f"{partition.path.name}/{name}"):
            raise CorruptPartitionError(
                "{path}: no archive can hold a file of that name", hint="give the file another name", path=path
            )
        if path.is_symlink():
            raise CorruptPartitionError("{path}: a link, not a file", hint="put the file in its place", path=path)
        found[name] = digest_of(_content(path))
        if said.get(name, found[name]) != found[name]:
            raise differs(path)
    gone = sorted(said.keys() - found.keys())
    if gone:
        raise CorruptPartitionError(
            "{path}: the file is gone",
            hint="another program removed it; remove that snapshot, or bring it back from its archive",
            path=partition.path / gone[0],
        )
    return found


# -- packing ------------------------------------------------------------------------------------------------------


def archive(
    dated: Dated, domain: str, partitions: Sequence[Partition], progress: Progress = NULL_PROGRESS
) -> list[Packed]:
    """Pack partitions of one domain into the archives of their months, then remove their folders.

    Raises:
        CorruptPartitionError: an archive that is there is damaged; nothing of that month was removed.
        StoreLockedError: another writer of the domain took too long.
        StoreError: the disk refused; what is not in an archive is still in its folder.
        JobCancelled: cancelled; months that were packed stay so.
    """
    done = []
    for month, group in groupby(partitions, key=lambda each: each.moment.month):
        progress.raise_if_cancelled()
        with dated.changing(domain, progress) as aside:
            done.append(_Month(dated, domain, month, aside, progress).pack(list(group)))
    return done


@dataclass(frozen=True, slots=True)
class _Month:
    dated: Dated
    domain: str
    month: str
    aside: Path
    progress: Progress

    @property
    def path(self) -> Path:
        return self.dated.folder(self.domain) / archive_name(self.month)

    def pack(self, partitions: Sequence[Partition]) -> Packed:
        there = self._there()
        packed: list[Partition] = []
        added: list[tuple[Partition, Mapping[str, str]]] = []
        findings: list[Finding] = []
        for partition in partitions:
            if not is_flagged(self.dated.fs, partition.path):
                continue  # another process packed it while this one waited for the lock
            try:
                hashes = check_partition(self.dated, partition, self.progress)
                if partition.stamp in there:
                    _refuse_other(partition, hashes, there[partition.stamp])
                else:
                    added.append((partition, hashes))
                packed.append(partition)
            except CorruptPartitionError as error:
                findings.append(_left(partition, error))
        before_bytes = sum(each.size_bytes for each in packed)
        if added:
            self._write(added)
        for partition in packed:
            self.dated.withdraw(partition, self.aside)
        stamps = tuple(each.stamp for each in packed)
        log.info("%s %s: %s snapshots moved into %s", self.domain, self.month, len(stamps), self.path.name)
        return Packed(self.domain, self.month, self.path, stamps, before_bytes, tuple(findings))

    def _there(self) -> dict[str, Mapping[str, str]]:
        """Return what the month's archive holds already: the hashes of the files, by stamp."""
        if self.dated.fs.stat(self.path) is None:
            return {}
        with open_archive(self.path) as opened:
            opened.check(self.progress)
            return {
                stamp.text: {name: opened.hashes[f"{stamp.folder}/{name}"] for name in opened.files(stamp)}
                for stamp in opened.stamps
            }

    def _write(self, added: Sequence[tuple[Partition, Mapping[str, str]]]) -> None:
        fs, staged = self.dated.fs, self.aside / self.path.name
        expected = {f"{one.path.name}/{name}": sha256 for one, hashes in added for name, sha256 in hashes.items()}
        with ExitStack() as stack:
            old = stack.enter_context(open_archive(self.path)) if fs.stat(self.path) is not None else None
            expected |= old.hashes if old is not None else {}
            written = write_archive(stack.enter_context(fs.creating(staged)), self._entries(old, added))
        if written != expected:
            raise CorruptPartitionError("{path}: changed while it was packed", hint="try again", path=self.path.parent)
        with open_archive(staged) as opened:
            opened.check(self.progress)
        fs.protect(staged)
        fs.replace(staged, self.path)
        fs.fsync_dir(self.path.parent)

    def _entries(
        self, old: Archive | None, added: Sequence[tuple[Partition, Mapping[str, str]]]
    ) -> Iterator[tuple[str, int, Iterable[bytes]]]:
        folders = {one.moment: one for one, _hashes in added}
        for stamp in sorted({*folders, *(old.stamps if old is not None else ())}):
            if stamp in folders:
                for name, size in self.dated.fs.files(folders[stamp].path).items():
                    yield f"{stamp.folder}/{name}", size, _content(folders[stamp].path / name)
            elif old is not None:
                for name, size in old.files(stamp).items():
                    yield f"{stamp.folder}/{name}", size, old.read(f"{stamp.folder}/{name}")


def _refuse_other(partition: Partition, hashes: Mapping[str, str], there: Mapping[str, str]) -> None:
    if hashes != there:
        raise CorruptPartitionError(
            "{path}: the archive holds another content of that date",
            hint="put one of the two aside",
            path=partition.path,
        )


def _left(partition: Partition, error: CorruptPartitionError) -> Finding:
    return Finding(
        code="snapshot_not_packed",
        severity=Severity.ERROR,
        message="left where it is: {reason}",
        path=str(partition.path),
        fields={"reason": error.message},
    )


# -- bringing back ------------------------------------------------------------------------------------------------


def restore(
    dated: Dated, domain: str, stamps: Iterable[Stamp] | None = None, progress: Progress = NULL_PROGRESS
) -> list[Partition]:
    """Bring partitions back from the archives of a domain; return those that came back.

    One that is in its folder already is left alone. The archives stay as they are: packing again only removes folders.

    Args:
        dated: the partitions of a data root.
        domain: whose.
        stamps: which; None: all there are.
        progress: cancels; what came back stays.

    Raises:
        CorruptPartitionError: an archive is damaged; the partition it concerns did not come back.
        StoreError: the disk refused.
    """
    wanted = None if stamps is None else set(stamps)
    back: list[Partition] = []
    for path in _archives(dated, domain, wanted):
        with open_archive(path) as opened:
            for stamp in opened.stamps:
                if wanted is None or stamp in wanted:
                    back += _brought_back(dated, domain, opened, stamp, progress)
    return back


def _archives(dated: Dated, domain: str, stamps: Collection[Stamp] | None) -> list[Path]:
    """Return the archives in which these stamps may be; one of another month is none of the caller's business."""
    months = None if stamps is None else {stamp.month for stamp in stamps}
    there = archives_in(dated.fs, dated.folder(domain))
    return [path for path in there if months is None or month_of_archive(path.name) in months]


def _brought_back(dated: Dated, domain: str, opened: Archive, stamp: Stamp, progress: Progress) -> Iterator[Partition]:
    target = dated.folder(domain) / stamp.folder
    if dated.fs.names(target):
        return
    with dated.changing(domain, progress) as aside:
        if dated.fs.names(target):
            return  # another process brought it back while this one waited for the lock
        built = aside / stamp.folder
        _unpack(dated.fs, opened, stamp, built, progress)
        dated.show(domain, stamp, built)
    log.info("%s %s: back from %s", domain, stamp, opened.path.name)
    yield Partition(domain, stamp.text, target.parent, complete=True)


def _unpack(fs: Fs, opened: Archive, stamp: Stamp, built: Path, progress: Progress) -> None:
    sizes = opened.files(stamp)
    folders = {parent for name in sizes for parent in (built / name).parents if parent.is_relative_to(built)}
    for folder in sorted(folders):
        fs.mkdir(folder)
    for number, name in enumerate(sorted(sizes, key=lambda each: each == FLAG)):
        progress.report(number, len(sizes), "files")
        entry = f"{stamp.folder}/{name}"
        with fs.creating(built / name) as file:
            sha256 = digest_of(_through(file.write, opened.read(entry)))
        if sha256 != opened.hashes[entry] or digest_of(_content(built / name)) != sha256:
            raise CorruptPartitionError(
                "{path}: {name} differs from its checksum",
                hint="put it aside, or bring it back from a copy",
                path=opened.path,
                name=entry,
            )
        fs.protect(built / name)
    for folder in sorted(folders, reverse=True):
        fs.fsync_dir(folder)


def _content(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from pieces(file)


def _through(write: Callable[[bytes], object], content: Iterable[bytes]) -> Iterator[bytes]:
    for piece in content:
        write(piece)
        yield piece
