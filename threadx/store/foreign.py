"""Files that other tools wrote: read whole, hashed, unpacked and told apart by what is in them, never by their name."""

from __future__ import annotations

import gzip
import hashlib
import io
import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq

from threadx.errors import DataNotFoundError, FileValidationError
from threadx.store.fsio import Fs

__all__ = ["MAX_BYTES", "Content", "ForeignFile", "load"]

MAX_BYTES = 1 << 30
"""Larger files, or what they unpack to, would not fit the memory of usual machines once they are read."""

_TEXT_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class Content(StrEnum):
    """What the first bytes of a file say it is."""

    PARQUET = "parquet"
    FEATHER = "feather"
    TEXT = "text"
    """JSON or CSV: whoever reads it finds out."""


@dataclass(frozen=True, slots=True)
class ForeignFile:
    """One file, as it lay there."""

    path: Path
    sha256: str
    """Of the bytes on disk."""
    size_bytes: int
    modified_ms: int
    """When it was last written, UTC, as the file system says."""
    content: Content
    packed: str
    """How it was packed: "gzip", "zip", or "" where it was not."""
    data: bytes = field(repr=False)
    """Unpacked."""
    inner: str = ""
    """Name of the file in a zip."""

    def text(self) -> str:
        """Return the text: UTF-8, or what a byte order mark says.

        Raises:
            FileValidationError: the bytes are none.
        """
        name = next((name for mark, name in _TEXT_MARKS if self.data.startswith(mark)), "utf-8")
        try:
            return self.data.decode(name)
        except UnicodeDecodeError as error:
            raise FileValidationError(
                "{path}: neither text nor Parquet nor Feather", hint="move the file away", path=self.path
            ) from error

    def frame(self) -> pd.DataFrame:
        """Return the table of a Parquet or Feather file, its pandas index put back.

        Raises:
            FileValidationError: it is damaged.
        """
        try:
            source = pa.BufferReader(self.data)
            if self.content is Content.PARQUET:
                table = pq.ParquetFile(source, page_checksum_verification=True).read(use_threads=False)
            else:
                table = feather.read_table(source, use_threads=False)
            frame: pd.DataFrame = table.to_pandas()
        except (pa.ArrowException, OSError, ValueError, TypeError, KeyError, NotImplementedError) as error:
            raise FileValidationError(
                "{path}: a {content} file that cannot be read: {reason}",
                hint="the file is damaged or was cut off: get it again from where it came",
                path=self.path,
                content=self.content.value.capitalize(),
                reason=str(error).partition("\n")[0],
            ) from error
        return frame


def load(path: Path, *, fs: Fs | None = None, most_bytes: int = MAX_BYTES) -> ForeignFile:
    """Read a file of at most `most_bytes`, unpacked; nothing is changed or made.

    Raises:
        DataNotFoundError: there is no such file.
        FileValidationError: it cannot be read, is empty, too large or of a kind that holds no bars.
    """
    files = Fs() if fs is None else fs
    try:
        about = files.stat(path)
        if about is None:
            raise DataNotFoundError(
                "{path}: no such file", hint="check how it is spelled, and where a link leads", path=path
            )
        if not stat.S_ISREG(about.st_mode):
            raise FileValidationError("{path}: not a file", hint="give files, or a folder of files", path=path)
        if about.st_size > most_bytes:
            raise _too_large(path, most_bytes)
        data = files.read(path)
    except OSError as error:
        raise FileValidationError(
            "{path}: cannot be read: {reason}", hint="check its permissions", path=path, reason=error.strerror or error
        ) from error
    packed, name, content = _unpacked(path, data, most_bytes)
    return ForeignFile(
        path=path,
        sha256=hashlib.sha256(data).hexdigest(),
        size_bytes=len(data),
        modified_ms=about.st_mtime_ns // 1_000_000,
        content=_content(path, content),
        packed=packed,
        data=content,
        inner=name,
    )


def _unpacked(path: Path, data: bytes, most_bytes: int) -> tuple[str, str, bytes]:
    """Return how a file is packed, the name of what is in it, and that; only one layer is taken off."""
    if data.startswith(b"\x1f\x8b"):
        return "gzip", "", _from_gzip(path, data, most_bytes)
    if data.startswith(b"PK\x03\x04"):
        return "zip", *_from_zip(path, data, most_bytes)
    return "", "", data


def _from_zip(path: Path, data: bytes, most_bytes: int) -> tuple[str, bytes]:
    """Return name and content of the only file in a zip: the form of the exchange's public dumps."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            member = _only_member(path, archive)
            with archive.open(member) as file:
                content = file.read(most_bytes + 1)  # what it claims to unpack to is not believed
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError, OverflowError) as error:
        raise FileValidationError(
            "{path}: a zip file that cannot be unpacked: {reason}",
            hint="the file is damaged, cut off or encrypted: get it again from where it came",
            path=path,
            reason=str(error) or type(error).__name__,
        ) from error
    if len(content) > most_bytes:
        raise _too_large(path, most_bytes)
    return member.filename, content


def _only_member(path: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    if not all(each.filename for each in archive.infolist()):  # is_dir fails of such a one
        raise zipfile.BadZipFile("a file without a name")
    members = [each for each in archive.infolist() if not each.is_dir() and not _is_litter(each.filename)]
    if len(members) != 1:
        raise FileValidationError(
            "{path}: a workbook, or an archive of {count} files",
            hint="unpack it, or save the sheet as CSV",
            path=path,
            count=len(members),
        )
    if members[0].compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile("its compression is not known")
    return members[0]


def _is_litter(name: str) -> bool:
    """Whether macOS put a file beside the packed ones."""
    return name.startswith("__MACOSX/") or name.rpartition("/")[2] == ".DS_Store"


def _from_gzip(path: Path, data: bytes, most_bytes: int) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            inner = file.read(most_bytes + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise FileValidationError(
            "{path}: a gzip file that cannot be unpacked",
            hint="the file is damaged or was cut off: get it again from where it came",
            path=path,
        ) from error
    if len(inner) > most_bytes:
        raise _too_large(path, most_bytes)
    return inner


def _content(path: Path, data: bytes) -> Content:
    if data.startswith(b"PAR1"):
        return Content.PARQUET
    if data.startswith((b"ARROW1", b"FEA1")):
        return Content.FEATHER
    if not data.strip(b" \t\r\n\0\xef\xbb\xbf"):
        raise FileValidationError("{path}: the file is empty", hint="get it again from where it came", path=path)
    if data.startswith((b"PK\x03\x04", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ", b"\x28\xb5\x2f\xfd")):
        raise FileValidationError(
            "{path}: a workbook, or an archive in another",
            hint="unpack it, or save the sheet as CSV",
            path=path,
        )
    if b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileValidationError("{path}: neither text nor Parquet nor Feather", hint="move the file away", path=path)
    return Content.TEXT


def _too_large(path: Path, most_bytes: int) -> FileValidationError:
    return FileValidationError(
        "{path}: larger than {limit_gb} GB", hint="split it by month or year", path=path, limit_gb=most_bytes >> 30
    )
