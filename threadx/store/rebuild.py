"""No manifests at all: every file says in its footer what it is, so the first generation can be written anew."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from threadx.bars.timeframe import Timeframe
from threadx.errors import CorruptPartitionError, FileValidationError
from threadx.store.bank import Bank, writer_name
from threadx.store.derive import outdated, rows_of_month, same_rows
from threadx.store.findings import Finding, Severity
from threadx.store.layout import LOCAL_PROVIDER, Series, disk_name, name_of
from threadx.store.manifest import FileEntry, Manifest, Step
from threadx.store.objects import decode, describe
from threadx.store.publish import finish, publish
from threadx.store.stage import Stage, staged

__all__ = ["rebuild", "visible_series"]


@dataclass(frozen=True, slots=True)
class _Found:
    key: str
    path: Path
    entry: FileEntry
    data: bytes

    @property
    def timeframe(self) -> Timeframe:
        return Timeframe.parse(self.key.partition("/")[0])


def rebuild(bank: Bank, series: Series) -> list[Finding]:
    """Write a generation from the visible files of a series that has none. Call under its lock.

    Files that ThreadX did not write are left as they are and reported; history is lost, bars are not.
    """
    findings: list[Finding] = []
    found = list(_files(bank, series, findings))
    if not found:
        return findings
    with staged(bank.fs, bank.layout, series) as stage:
        for file in found:
            stage.put(file.entry, file.data)
            if not bank.fs.same(file.path, bank.layout.object(series, file.entry.sha256)):
                stage.link_over(bank.layout.object(series, file.entry.sha256), file.path)
        _commit(bank, stage, series, _proven(found))
    findings.append(
        Finding(
            "rebuilt",
            Severity.WARNING,
            "there was no manifest: {count} files were taken up as they are, their history is lost",
            provider=series.provider,
            symbol=series.symbol,
            repairable=True,
            repaired=True,
            fields={"count": len(found)},
        )
    )
    return findings


def _proven(found: Iterable[_Found]) -> dict[str, FileEntry]:
    """Return the entries; a derived file that outlived the 1m file it names has the lineage that its rows prove."""
    files = {file.key: file for file in found}
    entries = {key: file.entry for key, file in files.items()}
    months = [key[len("1m/") :] for key in files if key.startswith("1m/")]
    kept = {file.timeframe for file in files.values() if file.entry.lineage is not None}
    for month, wanted in outdated(entries, (), kept).to_derive.items():
        rows = rows_of_month(month, wanted, months, lambda name: decode(files[f"1m/{name}"].data))
        for timeframe, lineage in wanted.items():
            key = f"{timeframe.name}/{month}"
            if key in files and same_rows(entries[key], partial(decode, files[key].data), rows[timeframe]):
                entries[key] = replace(entries[key], lineage=lineage)
    return entries


def _commit(bank: Bank, stage: Stage, series: Series, files: dict[str, FileEntry]) -> None:
    stage.seal()
    nothing = Manifest.nothing(series)
    step = Step(uuid.uuid4().hex, "rebuilt from files")
    manifest = replace(nothing.following(step, bank.clock(), writer_name()), files=dict(sorted(files.items())))
    stage.commit(manifest)
    publish(bank, stage, [manifest], manifest)
    finish(bank, stage, manifest)


def visible_series(bank: Bank) -> list[Series]:
    """Return the series that the visible tree has files or folders of, by their names alone."""
    top = bank.layout.visible
    if bank.layout.flat:
        files = (path.name for path in _candidates_below(bank, top))
        found = {(LOCAL_PROVIDER, name.removesuffix(".parquet")) for name in files if name.endswith(".parquet")}
    else:
        found = {(provider, symbol) for provider in bank.fs.names(top) for symbol in bank.fs.names(top / provider)}
    return sorted(_valid_series(found))


def _valid_series(names: Iterable[tuple[str, str]]) -> Iterator[Series]:
    for provider, symbol in names:
        with suppress(FileValidationError):  # another program's folder
            yield Series(name_of(provider), name_of(symbol))


def _files(bank: Bank, series: Series, findings: list[Finding]) -> Iterator[_Found]:
    for path in _candidates(bank, series):
        try:
            data = bank.fs.read(path)
            described = describe(data)
        except FileNotFoundError:
            continue
        except (CorruptPartitionError, FileValidationError) as error:
            findings.append(_left_alone(series, path, error.message))
            continue
        if described is None or described.dataset.series != series:
            findings.append(_left_alone(series, path, "ThreadX did not write it there"))
        elif bank.layout.file(series, described.dataset.key) != path:
            findings.append(_left_alone(series, path, f"it is {described.dataset.key}"))
        else:
            yield _Found(described.dataset.key, path, described.entry, data)


def _candidates(bank: Bank, series: Series) -> list[Path]:
    """Return the paths below the series' tree where its files may lie."""
    tree = bank.layout.series_tree(series)
    tops = [tree] if bank.layout.flat else [tree / timeframe for timeframe in bank.fs.names(tree)]
    name = f"{disk_name(series.symbol)}.parquet"
    return [path for top in tops for path in _candidates_below(bank, top) if path.name == name]


def _candidates_below(bank: Bank, top: Path) -> Iterator[Path]:
    """Yield what lies in a folder and in its month folders."""
    for name in bank.fs.names(top):
        if not name.startswith("year="):
            yield top / name
            continue
        for month in bank.fs.names(top / name):
            yield from (top / name / month / file for file in bank.fs.names(top / name / month))


def _left_alone(series: Series, path: Path, reason: str) -> Finding:
    return Finding(
        "unknown_file",
        Severity.WARNING,
        "this file cannot be taken up: {reason}",
        hint="move it away, or take it up with RegistryManager.scan_partitioned_dataset",
        provider=series.provider,
        symbol=series.symbol,
        path=str(path),
        fields={"reason": reason},
    )
