"""Making the visible tree say what a generation says: links to its objects, and nothing else under those names.

What another tool put there is never destroyed: it goes to quarantine and is reported.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from threadx.store.bank import Bank
from threadx.store.findings import Finding, Severity
from threadx.store.layout import Series
from threadx.store.manifest import FileEntry, Manifest, digest
from threadx.store.stage import Stage, quarantine

__all__ = ["finish", "publish", "strays"]

_Own = dict[str, FileEntry]
"""The objects, by hash, that may lie under one visible name."""


@dataclass(frozen=True, slots=True)
class _Places:
    bank: Bank
    series: Series

    def visible(self, key: str) -> Path:
        return self.bank.layout.file(self.series, key)

    def object(self, entry: FileEntry) -> Path:
        return self.bank.layout.object(self.series, entry.sha256)


def publish(
    bank: Bank, stage: Stage, before: Iterable[Manifest], manifest: Manifest, *, whole: bool = False
) -> list[Finding]:
    """Link the files that changed, remove those that are gone; durable when it returns.

    `before` are the generations that the visible tree may show, in part: the parent, or in recovery all there are,
    for nobody knows how far the dead one came. `whole` looks at the files that did not change, too.
    """
    places = _Places(bank, manifest.series)
    findings: list[Finding] = []
    touched: dict[Path, None] = {}
    shown = _shown(before)
    for key, entry in manifest.files.items():
        if whole or shown.get(key) != {entry.sha256: entry}:
            findings += _show(places, stage, key, entry, shown.get(key, {}), touched)
    for key in sorted(shown.keys() - manifest.files.keys()):
        findings += _hide(places, key, shown[key], touched)
    # All at the end: the first one carries most of the others to the disk.
    bank.fs.fsync_dirs([folder for folder in touched if bank.fs.stat(folder) is not None])
    return findings


def _shown(generations: Iterable[Manifest]) -> dict[str, _Own]:
    found: dict[str, _Own] = {}
    for manifest in generations:
        for key, entry in manifest.files.items():
            found.setdefault(key, {})[entry.sha256] = entry
    return found


def finish(bank: Bank, stage: Stage, manifest: Manifest) -> None:
    """Tell the registry, and say that a generation is published: in this order, so that HEAD never hides a lag."""
    bank.committed(manifest)
    stage.write_over(bank.layout.head(manifest.series), str(manifest.gen).encode())


def _show(
    places: _Places, stage: Stage, key: str, entry: FileEntry, own: _Own, touched: dict[Path, None]
) -> Iterable[Finding]:
    fs, visible, target = places.bank.fs, places.visible(key), places.object(entry)
    if fs.same(visible, target):
        return ()
    touched.update(dict.fromkeys(fs.new_dirs(visible.parent)))
    found = _set_aside(places, key, visible, own)
    stage.link_over(target, visible)
    touched[visible.parent] = None
    return found


def _hide(places: _Places, key: str, own: _Own, touched: dict[Path, None]) -> Iterable[Finding]:
    fs, visible = places.bank.fs, places.visible(key)
    found = _set_aside(places, key, visible, own)
    if fs.stat(visible) is None and not found:
        return ()
    fs.unlink(visible)
    touched[_pruned(places, visible.parent)] = None
    return found


def _pruned(places: _Places, folder: Path) -> Path:
    """Remove the folders that became empty, up to the series' own; return the one that is left."""
    layout = places.bank.layout
    top = layout.visible if layout.flat else layout.series_tree(places.series)
    # A flat bank shares its folders between series, which are not under this lock.
    while not layout.flat and folder != top and places.bank.fs.rmdir(folder):
        folder = folder.parent
    return folder


def _set_aside(places: _Places, key: str, visible: Path, own: _Own) -> list[Finding]:
    """Put a file, or a folder, that is not ours into quarantine."""
    fs = places.bank.fs
    there = fs.stat(visible)
    if there is None or any(fs.same(visible, places.object(entry)) for entry in own.values()):
        return []
    folder = stat.S_ISDIR(there.st_mode)  # as Dask and Spark write them
    if not folder and fs.stat(places.bank.layout.object(places.series, digest(fs.read(visible)))) is not None:
        return []  # an object of a generation that is lost: its bytes are kept under their hash
    kept = quarantine(fs, places.bank.layout, visible)
    return [
        Finding(
            code="foreign_edit",
            severity=Severity.WARNING,
            message="{key} was replaced by another program; that file is kept as {kept}",
            hint="to keep its bars, write them with write_frame_partitioned or the Data Manager",
            provider=places.series.provider,
            symbol=places.series.symbol,
            path=str(visible),
            repairable=True,
            repaired=True,
            fields={"key": key, "kept": str(kept)},
        )
    ]


def strays(bank: Bank, manifest: Manifest) -> list[str]:
    """Return the keys whose visible file is missing or not the object. Looks only (quick: names and inodes)."""
    places = _Places(bank, manifest.series)
    return [key for key, entry in manifest.files.items() if not bank.fs.same(places.visible(key), places.object(entry))]
