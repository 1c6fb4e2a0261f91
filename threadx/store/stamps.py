"""The names of dated partitions: which domains and files may become paths, and what a stamp says about time.

A partition is `data/<domain>/dt=YYYYMMDD` or `dt=YYYYMMDDHH`. Names are taken as hostile: they come from users' code.
Pure: nothing here touches the disk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from threadx.errors import FileValidationError
from threadx.store.layout import disk_name

__all__ = [
    "CHECKSUMS",
    "FLAG",
    "MOST_PARTS",
    "RESERVED",
    "Stamp",
    "check_domain",
    "check_file_name",
    "check_file_names",
    "is_domain_part",
    "stamp_of_folder",
]

FLAG = ".SUCCESS"
"""The empty file that says a partition is whole."""
CHECKSUMS = "SHA256SUMS"
"""The file inside a partition that `sha256sum -c` reads."""
RESERVED = frozenset({"processed", "indicators", "registry", "raw", ".threadx"})
"""Folders of the data root that are not snapshots, and never become a domain."""

MOST_PARTS = 4
"""How deep a domain may be nested."""

_PART = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_FILE = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9 _.+=@-]{0,98}[A-Za-z0-9_])?")
_STAMP = re.compile(r"\d{8}(?:\d{2})?", re.ASCII)
_FOLDER = re.compile(r"dt=(\d{8}(?:\d{2})?)", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """A day or an hour, UTC, as a partition is named by it: "20260131" or "2026013114".

    The order is the order of time; a day stands before its own hours, which were published after it.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Stamp:
        """Return the stamp that `text` is.

        Raises:
            FileValidationError: it is not YYYYMMDD or YYYYMMDDHH, or no such day or hour exists.
        """
        if isinstance(text, str) and _STAMP.fullmatch(text) and _exists(text):
            return cls(text)
        raise FileValidationError(
            "{stamp!r} is not the date of a snapshot",
            hint="write YYYYMMDD or YYYYMMDDHH (UTC), as in 20260131",
            stamp=text,
        )

    @classmethod
    def of_day(cls, moment: datetime) -> Stamp:
        """Return the day of an aware moment."""
        return cls(moment.astimezone(UTC).strftime("%Y%m%d"))

    @classmethod
    def of_hour(cls, moment: datetime) -> Stamp:
        """Return the hour of an aware moment."""
        return cls(moment.astimezone(UTC).strftime("%Y%m%d%H"))

    @property
    def is_day(self) -> bool:
        """Whether it names a whole day."""
        return len(self.text) == len("YYYYMMDD")

    @property
    def start(self) -> datetime:
        """The first moment it names, UTC."""
        return _moment(self.text)

    @property
    def end(self) -> datetime:
        """The first moment after it, UTC."""
        return self.start + (timedelta(days=1) if self.is_day else timedelta(hours=1))

    @property
    def day(self) -> date:
        """The day it names or lies in."""
        return self.start.date()

    def may_be_known(self, as_of: date | None) -> bool:
        """Whether its time had begun at `as_of`: a date (the end of that UTC day), an aware datetime, or None: now."""
        if as_of is None:
            return True
        return self.start <= as_of if isinstance(as_of, datetime) else self.day <= as_of

    @property
    def month(self) -> str:
        """The month it lies in: "202601"."""
        return self.text[:6]

    @property
    def folder(self) -> str:
        """The name of its folder: "dt=20260131"."""
        return f"dt={self.text}"

    def __str__(self) -> str:
        return self.text


def stamp_of_folder(name: str) -> Stamp | None:
    """Return the stamp of a folder called "dt=...", or None for any other name."""
    match = _FOLDER.fullmatch(name)
    return Stamp(match[1]) if match is not None and _exists(match[1]) else None


def check_domain(domain: str) -> tuple[str, ...]:
    """Return the folders of a domain, which may be nested: "macro/forecast" gives two.

    Raises:
        FileValidationError: it cannot become a path, or belongs to the bank itself.
    """
    parts = tuple(domain.split("/")) if isinstance(domain, str) else ()
    if parts and parts[0].lower() in RESERVED:
        raise FileValidationError(
            "{domain}: this folder belongs to the bank, it cannot hold snapshots",
            hint="choose another name, such as forecast or macro/forecast",
            domain=domain,
        )
    if not 1 <= len(parts) <= MOST_PARTS or not all(is_domain_part(part) for part in parts):
        raise FileValidationError(
            "{domain!r} cannot be the name of a snapshot domain",
            hint="use a-z, 0-9, _ and -, a letter or digit first; folders with /, as in macro/forecast",
            domain=domain,
        )
    return parts


def is_domain_part(name: str) -> bool:
    """Return whether a folder's name may be a domain, or a part of one."""
    return _PART.fullmatch(name) is not None and disk_name(name) == name


def check_file_name(name: str) -> str:
    """Return `name` if it can name a file of a partition on any system.

    Raises:
        FileValidationError: it is a path, hidden, reserved by a system, or one of the two files that are ours.
    """
    fits = isinstance(name, str) and _FILE.fullmatch(name) is not None and ".." not in name
    stem = name.partition(".")[0] if fits else ""
    if not fits or disk_name(stem) != stem or name.upper() == CHECKSUMS:
        raise FileValidationError(
            "{name!r} cannot be the name of a file in a snapshot",
            hint="use letters, digits, _ - . + = @ and spaces, without folders, as in tokens.parquet",
            name=name,
        )
    return name


def check_file_names(names: list[str]) -> list[str]:
    """Return the names of all files of one partition.

    Raises:
        FileValidationError: one of them is not possible, or two differ only by case.
    """
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(check_file_name(name).lower(), name)
        if other != name:
            raise FileValidationError(
                "{first} and {second} differ only by case: some systems take them for one file",
                hint="rename one of them",
                first=other,
                second=name,
            )
    return names


def _exists(text: str) -> bool:
    return _is_day(text[:8]) and text[8:] < "24"


@lru_cache(maxsize=32_768)
def _is_day(text: str) -> bool:
    try:
        _moment(text) + timedelta(days=1)  # a stamp has an end: the last day of all has none
    except (ValueError, OverflowError):
        return False
    return True


def _moment(text: str) -> datetime:
    hour = int(text[8:10]) if len(text) > len("YYYYMMDD") else 0
    return datetime(int(text[:4]), int(text[4:6]), int(text[6:8]), hour, tzinfo=UTC)
