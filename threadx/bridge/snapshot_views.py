"""What the Snapshots tab shows: domains with their freshness, partitions, and the beginning of a file as a table."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from threadx.data.freshness import Freshness, freshness
from threadx.data.snapshot_diff import Change
from threadx.errors import CorruptPartitionError, DataNotFoundError
from threadx.progress import Progress
from threadx.store.archived import archives_in, month_of_archive
from threadx.store.contents import decoded
from threadx.store.dated import Dated
from threadx.store.retention import archived_in
from threadx.store.stamps import CHECKSUMS, FLAG

if TYPE_CHECKING:
    from threadx.bridge.services import Services

__all__ = ["Preview", "SnapshotRow", "SnapshotsView", "diff", "files", "overview", "preview"]

PREVIEW_ROWS = 200
PREVIEW_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True)
class SnapshotRow:
    """One date of one domain."""

    domain: str
    stamp: str
    path: Path
    """Its folder, or the archive."""
    complete: bool
    """Whether it is whole; readers ignore one that is not."""
    archived: bool = False
    """Whether it lies in an archive, and not in a folder. One that is not complete is a damaged archive: `stamp` is
    its month then."""
    files: int | None = None
    """How many files an archived one has; None where nobody has looked yet, see `files` of this module."""
    size_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class SnapshotsView:
    """All there is to see before anything is chosen."""

    domains: tuple[Freshness, ...]
    datasets: tuple[Freshness, ...]
    rows: tuple[SnapshotRow, ...]
    """By domain, the newest first."""


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of one file: a table, text, or both (JSON with a list of objects in it)."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    total_rows: int = 0
    text: str = ""
    cut: bool = False
    """Whether there is more than is shown: of the table, or of text alone."""
    text_cut: bool = False
    """Whether there is more text, where there is a table too."""


def overview(engine: Services, progress: Progress) -> SnapshotsView:
    """Return domains, datasets and partitions. Looks at names and manifests only."""
    snapshots = engine.snapshots
    found = freshness(engine.store, snapshots, snapshots.clock(), progress)
    rows = [SnapshotRow(each.domain, each.stamp, each.path, each.complete) for each in snapshots.list()]
    in_folders = {(row.domain, row.stamp) for row in rows}
    rows += [row for row in _archived(snapshots.dated, progress) if (row.domain, row.stamp) not in in_folders]
    return SnapshotsView(
        domains=tuple(each for each in found if each.kind == "domain"),
        datasets=tuple(each for each in found if each.kind == "dataset"),
        rows=tuple(sorted(sorted(rows, key=lambda row: row.stamp, reverse=True), key=lambda row: row.domain)),
    )


def _archived(dated: Dated, progress: Progress) -> Iterator[SnapshotRow]:
    for domain in dated.domains():
        for path in archives_in(dated.fs, dated.folder(domain)):
            progress.raise_if_cancelled()
            try:
                for one in archived_in(path, domain):
                    count = sum(name not in (FLAG, CHECKSUMS) for name in one.files)
                    yield SnapshotRow(
                        domain, one.stamp, path, complete=True, archived=True, files=count, size_bytes=one.size_bytes
                    )
            except CorruptPartitionError:  # one archive must not hide the rest
                yield SnapshotRow(domain, month_of_archive(path.name) or "", path, complete=False, archived=True)


def files(engine: Services, domain: str, stamp: str) -> dict[str, int]:
    """Return the files of a partition with their sizes in bytes.

    Raises:
        DataNotFoundError: there is no whole partition of that date in a folder.
    """
    return dict(engine.snapshots.at(domain, stamp).sizes)


def preview(engine: Services, domain: str, stamp: str, filename: str) -> Preview:
    """Return the beginning of one file.

    Raises:
        DataNotFoundError: no such partition, or no such file in it.
        CorruptPartitionError: the file differs from what was published.
    """
    dated = engine.snapshots.dated
    partition = engine.snapshots.at(domain, stamp)
    if filename not in partition.sizes:
        raise DataNotFoundError(
            "{domain} {stamp}: no file {name}",
            hint="there are: {there}",
            domain=domain,
            stamp=stamp,
            name=filename,
            there=", ".join(partition.files[:20]) or "-",
        )
    content = decoded(filename, dated.read(partition, filename))
    if isinstance(content, pd.DataFrame):
        return _table(content)
    if isinstance(content, bytes):
        return Preview(text=content[: PREVIEW_CHARACTERS // 4].hex(" "), cut=len(content) > PREVIEW_CHARACTERS // 4)
    text = content if isinstance(content, str) else json.dumps(content, indent=2, ensure_ascii=False)
    shown, cut = text[:PREVIEW_CHARACTERS], len(text) > PREVIEW_CHARACTERS
    objects = _objects(content)
    if not objects:
        return Preview(text=shown, cut=cut)
    return replace(_table(pd.json_normalize(objects)), text=shown, text_cut=cut)


def _objects(content: object) -> list[dict[str, object]]:
    """Return the longest list of objects that JSON is, or has as a value; [] where there is none."""
    lists = [content, *(content.values() if isinstance(content, dict) else ())]
    found = [each for each in lists if isinstance(each, list) and each and all(isinstance(one, dict) for one in each)]
    return max(found, key=len, default=[])


def _table(frame: pd.DataFrame) -> Preview:
    shown = frame.head(PREVIEW_ROWS)
    shown = shown if shown.index.name is None else shown.reset_index()
    rows = tuple(tuple(map(str, row)) for row in shown.itertuples(index=False, name=None))
    return Preview(tuple(map(str, shown.columns)), rows, len(frame), cut=len(frame) > len(shown))


def diff(engine: Services, domain: str, stamp_a: str, stamp_b: str, progress: Progress) -> list[Change]:
    """Return what differs between two dates; errors as `SnapshotStore.diff`."""
    return engine.snapshots.diff(domain, stamp_a, stamp_b, progress=progress)
