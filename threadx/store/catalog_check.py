"""Hold the registry against the manifests it is computed from. Looks only."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

from threadx.store.catalog import Catalog
from threadx.store.checkup import Level
from threadx.store.datasets import datasets_of
from threadx.store.findings import Finding, Severity
from threadx.store.index import sort_key
from threadx.store.manifest import Manifest

__all__ = ["check_catalog"]


def check_catalog(catalog: Catalog, manifests: Iterable[Manifest], level: Level) -> Iterator[Finding]:
    """Yield what is wrong with the index, `catalog.json` and the checksum files.

    Series that are marked are left out: the next list sees to them. An index that is behind without saying so is an
    INFO, for the next list catches up too. Files for other tools that are older than the last commit follow when a
    job ends.
    """
    marked = {(series.provider, series.symbol) for series in catalog.marked()}
    newest = {(one.series.provider, one.series.symbol): one for one in manifests}
    newest = {series: one for series, one in newest.items() if series not in marked}
    if level >= Level.FULL:
        yield from _check_seal(catalog)
    try:
        known, listed = catalog.index.generations(), catalog.index.listed()
        rows = [row for row in catalog.index.rows() if (row.provider, row.symbol) not in marked]
    except sqlite3.Error as error:
        if newest:
            yield _damaged(catalog.index.path, str(error))
        return
    known = {series: gen for series, gen in known.items() if series not in marked}
    behind = {series: one.gen for series, one in newest.items()} != known
    if behind or not catalog.is_sealed():
        yield _finding("registry_behind", Severity.INFO, "the registry's index is behind; the next list catches up",
                       catalog.index.path)  # fmt: skip
    elif rows != sorted((row for one in newest.values() for row in datasets_of(one)), key=sort_key):
        yield _damaged(catalog.index.path, "its rows are not those of the manifests")
    if level >= Level.NORMAL:
        problem = catalog.index.problem()
        if problem:
            yield _damaged(catalog.index.path, problem)
        yield from _check_checksum_files(catalog, [one for key, one in newest.items() if listed.get(key) == one.gen])


def _check_seal(catalog: Catalog) -> Iterator[Finding]:
    broken = catalog.broken_seals()
    for path in broken:
        yield _damaged(path, "its digest is not the one it was written with")


def _check_checksum_files(catalog: Catalog, listed: Iterable[Manifest]) -> Iterator[Finding]:
    for manifest in listed:
        if not catalog.has_checksums(manifest):
            path = catalog.checksum_file(manifest.series)
            yield _damaged(path, "it does not hold the checksums of the newest generation")


def _damaged(path: Path, reason: str) -> Finding:
    return _finding(
        "registry_damaged",
        Severity.WARNING,
        "the registry is damaged: {reason}; it is computed from the manifests, no bar is affected",
        path,
        reason=reason,
    )


def _finding(code: str, severity: Severity, message: str, path: Path, **fields: object) -> Finding:
    hint = "run: threadx verify --repair" if severity is not Severity.INFO else ""
    return Finding(code, severity, message, hint, path=str(path), repairable=True, fields={"path": path, **fields})
