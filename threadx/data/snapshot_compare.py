"""Two partitions of a domain compared, in words: files by their content, bank snapshots by their bars."""

from __future__ import annotations

from collections.abc import Iterator

from threadx.data.plan import Note
from threadx.data.snapshot_diff import Change, diff_contents
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.contents import decoded
from threadx.store.dated import Dated, Partition
from threadx.store.diff import MonthDiff, PriceChange
from threadx.store.pinned import SeriesDiff, diff_pinned, is_bank_snapshot

__all__ = ["compare"]


def compare(dated: Dated, before: Partition, after: Partition, progress: Progress = NULL_PROGRESS) -> list[Change]:
    """Return what differs, file by file; files with equal checksums are not opened.

    Raises:
        CorruptPartitionError: a file that is needed is damaged.
    """
    if is_bank_snapshot(dated, before) and is_bank_snapshot(dated, after):
        return list(_bars(diff_pinned(dated, before, after, progress)))
    return list(_files(dated, before, after, progress))


def _files(dated: Dated, before: Partition, after: Partition, progress: Progress) -> Iterator[Change]:
    old, new = dated.checksums(before).hashes, dated.checksums(after).hashes
    names = sorted({*before.files, *after.files})
    for number, name in enumerate(names):
        progress.report(number, len(names), "files")
        if name not in before.files:
            yield Change(name, Note("file added"))
        elif name not in after.files:
            yield Change(name, Note("file removed"))
        elif name not in old or old[name] != new.get(name):
            yield from _file(name, dated.read(before, name), dated.read(after, name))


def _file(name: str, before: bytes, after: bytes) -> Iterator[Change]:
    if before == after:
        return
    found = diff_contents(decoded(name, before), decoded(name, after))
    yield from (Change(f"{name} {where}".rstrip(), note) for where, note in found)
    if not found:
        yield Change(name, Note("written in another form or order, the values are the same"))


def _bars(differences: Iterator[SeriesDiff]) -> Iterator[Change]:
    largest: tuple[str, PriceChange] | None = None
    for each in differences:
        name = str(each.series)
        if each.added:
            yield Change(name, Note("symbol added"))
        if each.removed:
            yield Change(name, Note("symbol removed"))
        for month in each.months:
            yield Change(name, _month(month))
            if month.largest is not None and (largest is None or month.largest.relative > largest[1].relative):
                largest = name, month.largest
    if largest is not None:
        yield Change(
            "", Note("largest price change: {series} {change}", {"series": largest[0], "change": str(largest[1])})
        )


def _month(month: MonthDiff) -> Note:
    where = {"timeframe": month.timeframe, "month": month.month}
    if month.empty:
        return Note("{timeframe} {month}: written anew, no bar differs", where)
    counts = {"added": f"{month.added:,}", "removed": f"{month.removed:,}", "changed": f"{month.changed:,}"}
    if month.largest is None:
        return Note("{timeframe} {month}: bars added {added}, removed {removed}, changed {changed}", where | counts)
    return Note(
        "{timeframe} {month}: bars added {added}, removed {removed}, changed {changed}; largest price change {change}",
        where | counts | {"change": str(month.largest)},
    )
