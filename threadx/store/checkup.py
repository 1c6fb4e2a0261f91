"""Look at one series without changing it: names, footers, hashes. Each level adds to the one before.

What is found may be a writer at work rather than damage: `threadx.store.verify` looks again under the lock before it
reports anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from threadx.errors import CorruptPartitionError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.bank import Bank
from threadx.store.findings import Finding, Severity
from threadx.store.layout import Series
from threadx.store.manifest import FileEntry, Manifest, digest

__all__ = ["Level", "Subject", "check_contents", "check_footers", "check_history", "check_names", "newest_whole"]

_LINEAGE = ("derived_from", "until", "previous_close")
"""What a footer says of where the rows came from. The manifest knows better: a derived file whose rows are still the
right ones stays as it is when its minutes change."""
_REDOWNLOAD = "run: threadx verify --level full --repair --symbols {symbol}"


class Level(IntEnum):
    """How closely to look; each includes the ones before."""

    QUICK = 1
    """Names, sizes and inodes."""
    NORMAL = 2
    """And every manifest's hash, and the footers."""
    FULL = 3
    """And the SHA-256 of every file."""
    DEEP = 4
    """And the bars: decoded, held against the rules, every timeframe derived again from 1m and compared."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One generation of a series, and the paths of its files."""

    bank: Bank
    manifest: Manifest

    @property
    def series(self) -> Series:
        """Whose it is."""
        return self.manifest.series

    def object_of(self, entry: FileEntry) -> Path:
        """Return where an entry's object lies."""
        return self.bank.layout.object(self.series, entry.sha256)

    def visible_of(self, key: str) -> Path:
        """Return where other tools find a key."""
        return self.bank.layout.file(self.series, key)

    def finding(self, code: str, severity: Severity, message: str, hint: str = "", **fields: object) -> Finding:
        """Return a finding about this series; `path` and `repairable` among the fields are its own."""
        path, repairable = fields.pop("path", ""), bool(fields.pop("repairable", False))
        return Finding(
            code,
            severity,
            message,
            hint,
            self.series.provider,
            self.series.symbol,
            str(path),
            repairable=repairable,
            fields={"symbol": self.series.symbol, **fields},
        )


def newest_whole(bank: Bank, series: Series) -> Manifest | None:
    """Return the newest generation that can be read, by listing the folder; None where there is none."""
    for gen in reversed(bank.generations.numbers(series)):
        try:
            return bank.generations.load(series, gen)
        except (CorruptPartitionError, FileNotFoundError):
            continue
    return None


def check_names(subject: Subject) -> Iterator[Finding]:
    """Yield what names, sizes and inodes tell: HEAD, objects, visible files, and strangers among them."""
    for gen in subject.bank.generations.numbers(subject.series):
        if gen > subject.manifest.gen:  # or it would be the newest
            yield _manifest_damaged(subject, gen)
    yield from _check_head(subject)
    for key, entry in subject.manifest.files.items():
        yield from _check_object(subject, key, entry)
        yield from _check_visible(subject, key, entry)
    yield from _check_strangers(subject)


def check_history(subject: Subject) -> Iterator[Finding]:
    """Yield damaged manifests, broken chains of parents, and objects that only older generations name and lack."""
    bank, series = subject.bank, subject.series
    parent: Manifest | None = None
    for gen in bank.generations.numbers(series):
        path = bank.layout.manifest(series, gen)
        try:
            manifest = Manifest.from_bytes(bank.fs.read(path))
        except (CorruptPartitionError, FileNotFoundError):
            manifest = None
        if manifest is None or (manifest.series, manifest.gen) != (series, gen):
            yield _manifest_damaged(subject, gen)
            parent = None
            continue
        if parent is not None and manifest.parent_gen == parent.gen and manifest.parent_sha != parent.sha256:
            yield subject.finding(
                "manifest_foreign",
                Severity.ERROR,
                "generation {gen} does not follow from generation {parent}: one of them comes from elsewhere",
                "restore the folder of this series from one backup, or delete the symbol and download it again",
                path=path,
                gen=gen,
                parent=parent.gen,
            )
        parent = manifest
    for gen, key, entry in _only_in_history(subject):
        if bank.fs.stat(subject.object_of(entry)) is None:
            yield _history_damaged(subject, gen, key, entry)


def check_footers(subject: Subject, progress: Progress = NULL_PROGRESS) -> Iterator[Finding]:
    """Yield the objects of the newest generation whose own footer contradicts the manifest."""
    files = subject.manifest.files
    for done, (key, entry) in enumerate(files.items()):
        progress.report(done, len(files), "files")
        path = subject.object_of(entry)
        if subject.bank.fs.stat(path) is not None and not _footer_agrees(subject, key, entry, path):
            yield object_damaged(subject, key, entry)


def check_contents(subject: Subject, progress: Progress = NULL_PROGRESS) -> Iterator[Finding]:
    """Yield every object, of any generation, and every visible file whose bytes are not those of its hash."""
    bank, files = subject.bank, subject.manifest.files
    for done, (key, entry) in enumerate(files.items()):
        progress.report(done, len(files), "files")
        if _hash_of(bank, subject.object_of(entry)) not in (None, entry.sha256):
            yield object_damaged(subject, key, entry)
    for gen, key, entry in _only_in_history(subject):
        progress.raise_if_cancelled()
        if _hash_of(bank, subject.object_of(entry)) not in (None, entry.sha256):
            yield _history_damaged(subject, gen, key, entry)
    named = {entry.sha256 for entry in files.values()} | {entry.sha256 for _, _, entry in _only_in_history(subject)}
    for name in bank.fs.names(bank.layout.objects(subject.series)):
        if name not in named:
            yield subject.finding(
                "object_unnamed",
                Severity.INFO,
                "no generation names the object {name}: a writer was interrupted; it is removed in time",
                path=bank.layout.object(subject.series, name),
                name=name,
            )


def object_damaged(subject: Subject, key: str, entry: FileEntry, code: str = "object_damaged") -> Finding:
    """Return the finding of a damaged or missing object of the newest generation."""
    derived = entry.lineage is not None
    return subject.finding(
        code,
        Severity.ERROR,
        "{key}: the stored file is missing" if code == "object_missing" else "{key}: the stored file is damaged",
        _REDOWNLOAD + ("" if derived else ", then download again: the month is taken out and fetched anew"),
        path=subject.visible_of(key),
        repairable=derived,
        key=key,
        sha256=entry.sha256,
    )


# -- names ---------------------------------------------------------------------------------------------------------


def _check_head(subject: Subject) -> Iterator[Finding]:
    bank, gen = subject.bank, subject.manifest.gen
    path = bank.layout.head(subject.series)
    said = bank.fs.read(path) if bank.fs.stat(path) is not None else b""
    if said != str(gen).encode():
        yield subject.finding(
            "head_differs",
            Severity.WARNING,
            "HEAD says {said} where the newest generation is {gen}: publishing was interrupted, or HEAD is damaged",
            "run: threadx verify --repair --symbols {symbol}",
            path=path,
            repairable=True,
            said=repr(said[:40].decode(errors="replace")),
            gen=gen,
        )
    if bank.fs.stat(bank.layout.degraded(subject.series)) is not None:
        yield subject.finding(
            "degraded",
            Severity.ERROR,
            "a generation was lost; the series stands at the one before",
            "download the last period again, then: threadx verify --level full --repair --symbols {symbol}",
            path=bank.layout.degraded(subject.series),
            repairable=True,
        )


def _check_object(subject: Subject, key: str, entry: FileEntry) -> Iterator[Finding]:
    known = subject.bank.fs.stat(subject.object_of(entry))
    if known is None:
        yield object_damaged(subject, key, entry, "object_missing")
    elif known.st_size != entry.size_bytes:
        yield object_damaged(subject, key, entry)


def _check_visible(subject: Subject, key: str, entry: FileEntry) -> Iterator[Finding]:
    fs, path, target = subject.bank.fs, subject.visible_of(key), subject.object_of(entry)
    if fs.stat(path) is None:
        message = "{key}: the visible file is gone; the bars are not"
    elif fs.stat(target) is None or fs.same(path, target):
        return  # a missing object is reported as that
    else:
        message = "{key}: another program replaced the visible file; the bank's own copy is untouched"
    yield subject.finding(
        "visible_missing" if fs.stat(path) is None else "foreign_edit",
        Severity.WARNING,
        message,
        "run: threadx verify --repair --symbols {symbol}; to keep other bars, write them through ThreadX",
        path=path,
        repairable=True,
        key=key,
    )


def _check_strangers(subject: Subject) -> Iterator[Finding]:
    if subject.bank.layout.flat:
        return  # several series share the folder: looked at for the bank as a whole
    known = {subject.visible_of(key) for key in subject.manifest.files}
    for path in files_under(subject.bank, subject.bank.layout.series_tree(subject.series)):
        if path not in known:
            yield unknown_file(path, subject.series)


def files_under(bank: Bank, folder: Path) -> Iterator[Path]:
    """Yield every file below a folder."""
    for name in bank.fs.names(folder):
        path = folder / name
        if path.is_dir() and not path.is_symlink():
            yield from files_under(bank, path)
        else:
            yield path


def unknown_file(path: Path, series: Series | None = None) -> Finding:
    """Return the finding of a file that the bank did not put where it lies."""
    return Finding(
        "unknown_file",
        Severity.WARNING,
        "a file that the bank does not know lies among its own; other tools read it as data",
        "move it away, or take its bars up with RegistryManager.scan_partitioned_dataset",
        series.provider if series is not None else "",
        series.symbol if series is not None else "",
        str(path),
    )


def _manifest_damaged(subject: Subject, gen: int) -> Finding:
    newest = gen > subject.manifest.gen
    return subject.finding(
        "manifest_damaged",
        Severity.ERROR if newest else Severity.WARNING,
        "the manifest of generation {gen} is damaged",
        _REDOWNLOAD + (", then download the last period again" if newest else ""),
        path=subject.bank.layout.manifest(subject.series, gen),
        repairable=True,
        gen=gen,
    )


# -- content -------------------------------------------------------------------------------------------------------


def _only_in_history(subject: Subject) -> Iterator[tuple[int, str, FileEntry]]:
    """Yield (generation, key, entry) of the objects that only older generations name, each once."""
    seen = {entry.sha256 for entry in subject.manifest.files.values()}
    for gen in subject.bank.generations.numbers(subject.series):
        try:
            manifest = subject.bank.generations.load(subject.series, gen)
        except (CorruptPartitionError, FileNotFoundError):
            continue
        for key, entry in manifest.files.items():
            if entry.sha256 not in seen:
                seen.add(entry.sha256)
                yield gen, key, entry


def _history_damaged(subject: Subject, gen: int, key: str, entry: FileEntry) -> Finding:
    return subject.finding(
        "history_damaged",
        Severity.WARNING,
        "{key} of generation {gen} is damaged or missing: that past state cannot be read; the newest is whole",
        "run: threadx verify --level full --repair --symbols {symbol}",
        path=subject.object_of(entry),
        repairable=True,
        key=key,
        gen=gen,
        sha256=entry.sha256,
    )


def _hash_of(bank: Bank, path: Path) -> str | None:
    try:
        return digest(bank.fs.read(path))
    except FileNotFoundError:
        return None


def _footer_agrees(subject: Subject, key: str, entry: FileEntry, path: Path) -> bool:
    try:
        footer = pq.read_metadata(path)
    except (pa.ArrowException, OSError):
        return False
    said = {name.decode(): value.decode(errors="replace") for name, value in (footer.metadata or {}).items()}
    wanted = {
        "threadx.provider": subject.series.provider,
        "threadx.symbol": subject.series.symbol,
        "threadx.timeframe": key.partition("/")[0],
        "threadx.month": key.partition("/")[2],
    }
    if footer.num_rows != entry.rows or any(said.get(name) != value for name, value in wanted.items()):
        return False
    own = entry.to_json()
    try:
        facts = json.loads(said.get("threadx.facts", ""))
    except ValueError:
        return False
    return isinstance(facts, dict) and all(
        own.get(name) == value for name, value in facts.items() if name not in _LINEAGE
    )
