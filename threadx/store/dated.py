"""Dated partitions: built aside on the same disk, checked, and published by one rename; never changed afterwards.

    data/<domain>/dt=20260131/tokens.parquet  SHA256SUMS  .SUCCESS

Readers take a partition for whole when the empty flag is inside, and the flag arrives with the folder. One writer per
domain at a time; the rename itself decides where somebody bypassed the lock.
"""

from __future__ import annotations

import errno
import logging
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from threadx.errors import CorruptPartitionError, DataNotFoundError, SnapshotExistsError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.archived import archive_name, month_of_archive, open_archive
from threadx.store.bank import utc_now
from threadx.store.fsio import Fs
from threadx.store.layout import Layout
from threadx.store.lock import exclusive
from threadx.store.manifest import digest
from threadx.store.opening import create, read_format
from threadx.store.refusal import as_store_error
from threadx.store.stage import own_folder, owner_lock, remove_dead
from threadx.store.stamps import (
    CHECKSUMS,
    FLAG,
    MOST_PARTS,
    RESERVED,
    Stamp,
    check_domain,
    is_domain_part,
    stamp_of_folder,
)

__all__ = ["Build", "Checksums", "Dated", "Partition", "differs", "is_flagged", "put", "stamps_in"]

log = logging.getLogger(__name__)

Build = Callable[[Path], Mapping[str, str]]
"""Fills an empty folder; returns the SHA-256 of each file in it, by its name with `/`."""

_TAKEN = frozenset({errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR, errno.EACCES})
_LINE = re.compile(r"([0-9a-f]{64}) [ *]([^\0\r\n]+)")
_PUBLISHED = re.compile(r"# .* published (\S+)")


@dataclass(frozen=True)
class Partition:
    """One date of one domain. Files and size are looked up when they are first asked for."""

    domain: str
    stamp: str
    """ "YYYYMMDD" or "YYYYMMDDHH", UTC."""
    folder: Path
    """Where the partitions of the domain lie."""
    complete: bool
    """Whether the flag is inside; readers ignore a partition without it."""

    @cached_property
    def path(self) -> Path:
        """Its own folder."""
        return self.folder / f"dt={self.stamp}"

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The files that were published, with their sizes in bytes; without the flag and the checksums."""
        return {name: size for name, size in Fs().files(self.path).items() if name not in (FLAG, CHECKSUMS)}

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that were published, in order."""
        return tuple(self.sizes)

    @property
    def size_bytes(self) -> int:
        """How large they are together."""
        return sum(self.sizes.values())

    @property
    def moment(self) -> Stamp:
        """The stamp as a time."""
        return Stamp(self.stamp)


@dataclass(frozen=True, slots=True)
class Checksums:
    """What the checksums file of a partition says."""

    published: datetime | None
    """When it was published, UTC; None where another program made it."""
    hashes: Mapping[str, str]
    """SHA-256 by file."""

    def text(self, domain: str, stamp: Stamp) -> str:
        """Return the file's text; `sha256sum -c` skips the first line."""
        when = "" if self.published is None else self.published.astimezone(UTC).isoformat(timespec="microseconds")
        lines = [f"# {domain} {stamp.folder} published {when}"]
        return "\n".join([*lines, *(f"{sha256}  {name}" for name, sha256 in sorted(self.hashes.items())), ""])

    @classmethod
    def parse(cls, text: str) -> Checksums:
        """Return what a text in the form of `sha256sum` says; lines that are none are left out."""
        lines = text.splitlines()
        said = _PUBLISHED.match(lines[0]) if lines else None
        found = (_LINE.fullmatch(line) for line in lines)
        return cls(_moment(said[1]) if said else None, {match[2]: match[1] for match in found if match})


def stamps_in(fs: Fs, folder: Path) -> list[Stamp]:
    """Return the stamps that have a name in a folder, oldest first; none where it does not exist."""
    # names come sorted, and "dt=20260131" stands before "dt=2026013100"
    return [stamp for name in fs.names(folder) if (stamp := stamp_of_folder(name)) is not None]


def is_flagged(fs: Fs, partition: Path) -> bool:
    """Return whether a partition is whole: the flag is a file inside."""
    return bool(fs.holding(partition.parent, [partition.name], FLAG))


def put(fs: Fs, path: Path, data: bytes) -> str:
    """Write one file of a partition that is being built, read it back, make it read-only; return its SHA-256.

    Raises:
        CorruptPartitionError: what was read back is not what was written.
    """
    fs.create(path, data)
    if not fs.holds(path, data):
        raise CorruptPartitionError("{path}: what was written does not read back", hint="check the disk", path=path)
    fs.protect(path)
    return digest(data)


class Dated:
    """The dated partitions of one data root. Any number of threads and processes may use it at once."""

    def __init__(
        self, data_root: Path | str, fs: Fs, *, timeout_s: float, clock: Callable[[], datetime] = utc_now
    ) -> None:
        """Look at nothing yet; `timeout_s` is how long to wait for another writer of the same domain."""
        self.layout = Layout.of_data_root(data_root)
        self.root = self.layout.control.parent
        self.fs = fs
        self.clock = clock
        self._timeout_s = timeout_s

    # -- looking --------------------------------------------------------------------------------------------------

    def folder(self, domain: str) -> Path:
        """Return where the partitions of a domain lie.

        Raises:
            FileValidationError: the name cannot be a domain.
        """
        return self.root.joinpath(*check_domain(domain))

    def domains(self) -> list[str]:
        """Return the domains that have a partition or an archive, nested ones as "macro/forecast"."""
        return sorted(self._domains(self.root, ()))

    def _domains(self, folder: Path, parts: tuple[str, ...]) -> Iterator[str]:
        names = self.fs.names(folder)
        if parts and any(stamp_of_folder(name) or month_of_archive(name) for name in names):
            yield "/".join(parts)
        for name in names:
            if is_domain_part(name) and len(parts) < MOST_PARTS and not (not parts and name in RESERVED):
                yield from self._domains(folder / name, (*parts, name))

    def partitions(self, domain: str) -> list[Partition]:
        """Return the partitions of a domain, oldest first, those without the flag among them."""
        folder = self.folder(domain)
        stamps = stamps_in(self.fs, folder)
        flagged = self.fs.holding(folder, (stamp.folder for stamp in stamps), FLAG)
        return [Partition(domain, stamp.text, folder, stamp.folder in flagged) for stamp in stamps]

    def _partition(self, domain: str, folder: Path, stamp: Stamp) -> Partition:
        return Partition(domain, stamp.text, folder, is_flagged(self.fs, folder / stamp.folder))

    def at(self, domain: str, stamp: Stamp) -> Partition:
        """Return one whole partition.

        Raises:
            DataNotFoundError: there is none of that date, or it is not whole.
        """
        found = self._partition(domain, self.folder(domain), stamp)
        if not found.complete:
            raise DataNotFoundError(
                "{domain}: no snapshot of {stamp}",
                hint="see what there is with: threadx snapshot list --domain {domain}",
                domain=domain,
                stamp=stamp,
            )
        return found

    def latest(self, domain: str, as_of: date | None = None) -> Partition | None:
        """Return the newest whole partition, or the newest that was known at `as_of`; None where there is none.

        Args:
            domain: which.
            as_of: a date (the end of that UTC day) or an aware datetime. A partition is known from the start of the
                day or hour it is named by; when it was published later within that, from then on.
        """
        folder = self.folder(domain)
        for stamp in reversed(stamps_in(self.fs, folder)):
            if stamp.may_be_known(as_of):
                found = self._partition(domain, folder, stamp)
                if found.complete and self._known(found, as_of):
                    return found
        return None

    def _known(self, partition: Partition, as_of: date | None) -> bool:
        stamp = partition.moment
        if not isinstance(as_of, datetime) or stamp.end <= as_of:
            return True
        published = self.published(partition)
        return not stamp.start <= published < stamp.end or published <= as_of

    def published(self, partition: Partition) -> datetime:
        """Return when a partition was published; where it does not say so, when its flag was made."""
        said = self.checksums(partition).published
        if said is not None:
            return said
        flag = self.fs.stat(partition.path / FLAG)
        return partition.moment.start if flag is None else datetime.fromtimestamp(flag.st_mtime, UTC)

    def checksums(self, partition: Partition) -> Checksums:
        """Return what the partition says about its files; nothing where another program made it."""
        try:
            return Checksums.parse(self.fs.read(partition.path / CHECKSUMS).decode("utf-8", "replace"))
        except (FileNotFoundError, NotADirectoryError):
            return Checksums(None, {})

    def read(self, partition: Partition, name: str) -> bytes:
        """Return the content of one file, held against its checksum where there is one.

        Raises:
            DataNotFoundError: the partition has no such file.
            CorruptPartitionError: it differs from what was published.
        """
        try:
            data = self.fs.read(partition.path / name)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise DataNotFoundError(
                "{domain} {stamp}: no file {name}",
                hint="there are: {there}",
                domain=partition.domain,
                stamp=partition.stamp,
                name=name,
                there=", ".join(partition.files[:20]) or "-",
            ) from error
        said = self.checksums(partition).hashes.get(name)
        if said is not None and said != digest(data):
            raise differs(partition.path / name)
        return data

    # -- changing -------------------------------------------------------------------------------------------------

    def publish(
        self,
        domain: str,
        stamp: Stamp,
        build: Build,
        *,
        progress: Progress = NULL_PROGRESS,
    ) -> Partition:
        """Build a partition aside and publish it by one rename.

        Args:
            domain: whose.
            stamp: its date.
            build: fills the folder; what it raises leaves nothing behind.
            progress: cancels a wait for another writer.

        Raises:
            SnapshotExistsError: that date is taken.
            StoreLockedError: another writer of the domain took too long.
            StoreError: the disk refused; nothing was published.
        """
        self._refuse_taken(domain, stamp)
        with self.changing(domain, progress) as aside:
            self._refuse_taken(domain, stamp)
            built = aside / stamp.folder
            self.fs.mkdir(built)
            checksums = Checksums(self.clock(), build(built))
            put(self.fs, built / CHECKSUMS, checksums.text(domain, stamp).encode())
            self.fs.create(built / FLAG, b"")
            self.fs.fsync_dir(built)
            progress.raise_if_cancelled()
            self.show(domain, stamp, built)
        log.info("%s %s: published, %s files", domain, stamp, len(checksums.hashes))
        return Partition(domain, stamp.text, self.folder(domain), complete=True)

    def withdraw(self, partition: Partition, aside: Path) -> None:
        """Take a partition away in one step, then remove its files. Call inside `changing`."""
        self.fs.replace(partition.path, aside / partition.path.name)
        self.fs.fsync_dir(partition.path.parent)
        self.fs.remove_tree(aside / partition.path.name)

    @contextmanager
    def changing(self, domain: str, progress: Progress = NULL_PROGRESS) -> Iterator[Path]:
        """Hold the lock of a domain inside the block; yield an empty folder on its disk that is removed afterwards."""
        parts = check_domain(domain)
        owner = ".".join(("_snapshots", *parts))
        with as_store_error("{domain}: the snapshots could not be written", domain=domain):
            if not read_format(self.fs, self.layout):
                create(self.fs, self.layout)
            remove_dead(self.fs, self.layout)
            lock = owner_lock(self.layout, f"{owner}.")
            with exclusive(self.fs, lock, f"snapshots of {domain}", timeout_s=self._timeout_s, progress=progress):
                folder = self.folder(domain)
                self.fs.make_dirs(folder)
                with own_folder(self.fs, self._staging(folder), owner) as aside:
                    yield aside

    def _staging(self, folder: Path) -> Layout:
        """Return where to build: the bank's own staging, or one in the domain's folder when that is another disk."""
        here, there = self.fs.stat(self.layout.control), self.fs.stat(folder)
        if here is None or there is None or here.st_dev == there.st_dev:
            return self.layout
        own = Layout(folder, folder / self.layout.control.name)
        self.fs.remove_tree(own.staging)  # the lock of the domain is ours, so whoever left it is dead
        return own

    def show(self, domain: str, stamp: Stamp, built: Path) -> None:
        """Give a partition that is built its name. Call inside `changing`.

        Raises:
            SnapshotExistsError: that date is taken.
        """
        target = self.folder(domain) / stamp.folder
        try:
            self.fs.replace(built, target)
        except OSError as error:
            if error.errno in _TAKEN and self.fs.stat(target) is not None:
                raise _exists(domain, stamp, target) from error
            raise
        self.fs.fsync_dir(target.parent)

    def _refuse_taken(self, domain: str, stamp: Stamp) -> None:
        folder = self.folder(domain)
        if self.fs.names(folder / stamp.folder):
            raise _exists(domain, stamp, folder / stamp.folder)
        archive = folder / archive_name(stamp.month)
        if self.fs.stat(archive) is not None:
            with open_archive(archive) as opened:
                if stamp in opened.stamps:
                    raise _exists(domain, stamp, archive)


def differs(path: Path) -> CorruptPartitionError:
    """Return the error for a file that is not what was published."""
    return CorruptPartitionError(
        "{path}: differs from what was published",
        hint="another program changed it; remove that snapshot, or bring it back from its archive",
        path=path,
    )


def _exists(domain: str, stamp: Stamp, target: Path) -> SnapshotExistsError:
    return SnapshotExistsError(
        "{domain}: there is a snapshot of {stamp} already ({path})",
        hint="snapshots never change: give another date, or an hour as YYYYMMDDHH",
        domain=domain,
        stamp=stamp,
        path=target,
    )


def _moment(text: str) -> datetime | None:
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return None
    return when if when.tzinfo is not None else None
