"""What is kept of the past: the ends of the last operations. The rest goes, under the lock of the series."""

from __future__ import annotations

from collections.abc import Iterable

from threadx.errors import CorruptPartitionError
from threadx.store.bank import Bank
from threadx.store.layout import Series
from threadx.store.manifest import Manifest

__all__ = ["collect", "kept", "sweep", "unnamed"]


def collect(bank: Bank, newest: Manifest) -> int:
    """Remove the generations that are not kept and the objects only they named; return how many generations went.

    Generations inside finished operations go first, then the oldest operations. The newest operation may still be
    running: it keeps all of its own, and the state before it.
    """
    numbers = bank.generations.numbers(newest.series)
    if len(numbers) - (newest.gen - newest.op_base) < bank.keep_operations:
        return 0  # nothing to gain; and a long job need not read all its own manifests at each commit
    manifests = list(_readable(bank, newest.series, numbers))
    keep = kept(manifests, bank.keep_operations)
    dropped = [manifest for manifest in manifests if manifest.gen not in keep and manifest.gen < newest.gen]
    for manifest in dropped:
        bank.fs.unlink(bank.layout.manifest(newest.series, manifest.gen))
    if dropped and len(manifests) == len(numbers):
        gone = {manifest.gen for manifest in dropped}
        for name in _unnamed(bank, newest.series, [manifest for manifest in manifests if manifest.gen not in gone]):
            bank.fs.unlink(bank.layout.object(newest.series, name))
    return len(dropped)


def kept(manifests: Iterable[Manifest], keep_operations: int) -> set[int]:
    """Return the generations to keep. Pure.

    They are the ends of the last `keep_operations` operations, every generation of the newest one, and the one
    before it began (so that it can be undone even when only one operation is kept).
    """
    ascending = sorted(manifests, key=lambda manifest: manifest.gen)
    if not ascending:
        return set()
    ends: dict[str, int] = {}
    for manifest in ascending:
        ends.pop(manifest.step.op_id, None)
        ends[manifest.step.op_id] = manifest.gen
    newest = ascending[-1]
    running = {manifest.gen for manifest in ascending if manifest.step.op_id == newest.step.op_id}
    return {*list(ends.values())[-keep_operations:], *running, newest.op_base, newest.gen}


def sweep(bank: Bank, series: Series) -> int:
    """Remove the objects that no generation names; return how many. Call under the lock of the series."""
    names = unnamed(bank, series)
    for name in names:
        bank.fs.unlink(bank.layout.object(series, name))
    return len(names)


def unnamed(bank: Bank, series: Series) -> list[str]:
    """Return the objects that no generation names.

    None while a manifest cannot be read, or a lost one is not acknowledged: what it named may be wanted back.
    """
    numbers = bank.generations.numbers(series)
    manifests = list(_readable(bank, series, numbers))
    return _unnamed(bank, series, manifests) if len(manifests) == len(numbers) else []


def _unnamed(bank: Bank, series: Series, manifests: Iterable[Manifest]) -> list[str]:
    if bank.fs.stat(bank.layout.degraded(series)) is not None:
        return []
    named = frozenset[str]().union(*(manifest.hashes for manifest in manifests))
    return [name for name in bank.fs.names(bank.layout.objects(series)) if name not in named]


def _readable(bank: Bank, series: Series, numbers: Iterable[int]) -> Iterable[Manifest]:
    for gen in numbers:
        try:
            yield bank.generations.load(series, gen)
        except (CorruptPartitionError, FileNotFoundError):
            continue
