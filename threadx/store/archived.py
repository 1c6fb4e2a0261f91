"""The archives of a domain: one zip per month of its old partitions, `data/<domain>/archive-YYYYMM.zip`.

Inside: `dt=.../<file>` as the partitions were, and a `SHA256SUMS` over all of it. Any zip tool unpacks one, and
`sha256sum -c SHA256SUMS` then checks it. The same partitions give the same bytes.
"""

from __future__ import annotations

import errno
import hashlib
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, BinaryIO

from threadx.errors import CorruptPartitionError
from threadx.progress import Progress
from threadx.store.fsio import Fs
from threadx.store.stamps import CHECKSUMS, Stamp, stamp_of_folder

__all__ = [
    "Archive",
    "Archived",
    "archive_name",
    "archives_in",
    "digest_of",
    "is_member",
    "month_of_archive",
    "open_archive",
    "pieces",
    "write_archive",
]

_NAME = re.compile(r"archive-(\d{6})\.zip", re.ASCII)
_LINE = re.compile(r"([0-9a-f]{64}) [ *]([^\0\r\n]+)")
_PIECE_BYTES = 1 << 20
_PACKED_ALREADY = (".parquet", ".zip", ".gz", ".zst", ".png")
_DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError, OSError)
"""What zipfile raises where a file is not what it should be."""
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)
_READ_ONLY_FILE = 0o100444 << 16


@dataclass(frozen=True, slots=True)
class Archived:
    """One partition in an archive."""

    domain: str
    stamp: str
    path: Path
    """The archive."""
    files: tuple[str, ...]
    size_bytes: int
    """Of its files as they were."""


def archive_name(month: str) -> str:
    """Return the name of the archive of a month such as "202601"."""
    return f"archive-{month}.zip"


def month_of_archive(name: str) -> str | None:
    """Return the month of an archive's name; None for any other name."""
    match = _NAME.fullmatch(name)
    return match[1] if match else None


def archives_in(fs: Fs, folder: Path) -> list[Path]:
    """Return the archives in a domain's folder, oldest month first."""
    return [folder / name for name in fs.names(folder) if month_of_archive(name)]


class Archive:
    """An archive that is open for reading; its names are checked, its content when it is read."""

    def __init__(self, path: Path, file: zipfile.ZipFile) -> None:
        """Read the table of contents.

        Raises:
            CorruptPartitionError: it is not an archive of ours.
        """
        self.path = path
        self._zip = file
        self._members = {info.filename: info for info in file.infolist()}
        self.hashes = self._read_hashes()

    def _read_hashes(self) -> Mapping[str, str]:
        """SHA-256 of every file, by its name with the partition's folder."""
        if CHECKSUMS not in self._members or len(self._members) != len(self._zip.infolist()):
            raise _damaged(self.path, "no checksums, or a name twice")
        lines = b"".join(self.read(CHECKSUMS)).decode("utf-8", "replace").splitlines()
        found = {match[2]: match[1] for match in map(_LINE.fullmatch, lines) if match}
        if found.keys() != self._members.keys() - {CHECKSUMS} or not all(map(is_member, found)):
            raise _damaged(self.path, "the names in it are not those of its checksums")
        return found

    @property
    def stamps(self) -> list[Stamp]:
        """The partitions in it, oldest first."""
        return sorted({_stamp(name) for name in self.hashes})

    def files(self, stamp: Stamp) -> dict[str, int]:
        """Return the files of a partition with their sizes, by their names inside it."""
        start = f"{stamp.folder}/"
        names = [name for name in sorted(self.hashes) if name.startswith(start)]
        return {name.removeprefix(start): self._members[name].file_size for name in names}

    def read(self, name: str) -> Iterator[bytes]:
        """Yield the content of one entry in pieces.

        Raises:
            CorruptPartitionError: it cannot be unpacked.
        """
        try:
            with self._zip.open(self._members[name]) as entry:
                yield from pieces(entry)
        except _DAMAGE as error:
            raise _told(self.path, error, f"{name}: ") from error

    def check(self, progress: Progress) -> None:
        """Read everything and hold it against the checksums.

        Raises:
            CorruptPartitionError: something differs.
        """
        for number, (name, sha256) in enumerate(self.hashes.items()):
            progress.report(number, len(self.hashes), "files")
            if digest_of(self.read(name)) != sha256:
                raise _damaged(self.path, f"{name} differs from its checksum")


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive for reading inside the block.

    Raises:
        CorruptPartitionError: it is not an archive of ours.
    """
    try:
        file = zipfile.ZipFile(path)
    except _DAMAGE as error:
        raise _told(path, error) from error
    with file:
        yield Archive(path, file)


def write_archive(file: BinaryIO, entries: Iterable[tuple[str, int, Iterable[bytes]]]) -> dict[str, str]:
    """Write an archive into a file that was just made; return the SHA-256 of each entry.

    Args:
        file: empty, seekable.
        entries: name (with the partition's folder), size in bytes and content of each, in the order of their names.
    """
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(file, "w") as packed:
        for name, size, content in entries:
            hashes[name] = _add(packed, name, size, content)
        sums = "".join(f"{sha256}  {name}\n" for name, sha256 in hashes.items()).encode()
        _add(packed, CHECKSUMS, len(sums), [sums])
    return hashes


def _add(packed: zipfile.ZipFile, name: str, size: int, content: Iterable[bytes]) -> str:
    info = zipfile.ZipInfo(name, _FIXED_TIME)
    info.create_system = 3  # Unix, whatever the system: the bytes depend on the content alone
    info.external_attr = _READ_ONLY_FILE
    info.compress_type = zipfile.ZIP_STORED if name.endswith(_PACKED_ALREADY) else zipfile.ZIP_DEFLATED
    info.file_size = size  # so that zipfile knows whether it needs the form for large files
    hashed = hashlib.sha256()
    with packed.open(info, mode="w") as entry:
        for piece in content:
            hashed.update(piece)
            entry.write(piece)
    return hashed.hexdigest()


def pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield what is left of a file, a megabyte at a time."""
    while piece := file.read(_PIECE_BYTES):
        yield piece


def digest_of(content: Iterable[bytes]) -> str:
    """Return the SHA-256 of a content that comes in pieces."""
    hashed = hashlib.sha256()
    for piece in content:
        hashed.update(piece)
    return hashed.hexdigest()


def is_member(name: str) -> bool:
    """Return whether a name, with the partition's folder, can stand in an archive."""
    folder, *inner = name.split("/")
    fits = not any(mark in name for mark in ("\\", ":", "\0")) and len(name.splitlines()) == 1
    return fits and bool(inner) and stamp_of_folder(folder) is not None and not {"", ".", ".."} & set(inner)


def _stamp(name: str) -> Stamp:
    stamp = stamp_of_folder(name.partition("/")[0])
    assert stamp is not None  # noqa: S101 - the names were checked when the archive was opened
    return stamp


def _told(path: Path, error: Exception, where: str = "") -> Exception:
    """Return the error to raise for what zipfile raised; a disk that refuses is no damage, an offset before 0 is."""
    if isinstance(error, OSError) and error.errno != errno.EINVAL:
        return error
    return _damaged(path, f"{where}{error}")


def _damaged(path: Path, reason: str) -> CorruptPartitionError:
    return CorruptPartitionError(
        "{path}: not a whole archive of snapshots: {reason}",
        hint="put it aside, or bring it back from a copy",
        path=path,
        reason=reason,
    )
