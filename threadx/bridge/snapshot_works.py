"""What a snapshot job has the engine do: pin the bank, archive, bring back, put back into the bank."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from threadx.bridge.engine import Engine
from threadx.bridge.events import JobSpec
from threadx.progress import Progress

__all__ = ["SnapshotDone", "work"]


@dataclass(frozen=True, slots=True)
class SnapshotDone:
    """What a snapshot job did."""

    action: str
    count: int
    """Series pinned or changed; snapshots archived or brought back."""
    detail: object
    """`BankSnapshot` of "create", else a tuple: `Packed`, `Partition` or `PutBack` records."""
    problems: int = 0
    """Snapshots that were not archived because they are damaged."""


def work(engine: Engine, spec: JobSpec, progress: Progress) -> SnapshotDone:
    """Do what the spec's `action` says; errors are those of `SnapshotStore` and `BankSnapshots`."""
    return _WORKS[spec.action](engine, spec, progress)


def _create(engine: Engine, spec: JobSpec, progress: Progress) -> SnapshotDone:
    series = [(one[0], one[1]) for one in spec.series] or None
    made = engine.bank_snapshots.create(series, stamp=spec.stamp or None, progress=progress)
    return SnapshotDone(spec.action, len(made.pinned.series), made)


def _archive(engine: Engine, spec: JobSpec, progress: Progress) -> SnapshotDone:
    packed = engine.snapshots.archive(spec.older_than, spec.domain or None, progress=progress)
    problems = sum(len(each.findings) for each in packed)
    return SnapshotDone(spec.action, sum(len(each.stamps) for each in packed), tuple(packed), problems)


def _restore(engine: Engine, spec: JobSpec, progress: Progress) -> SnapshotDone:
    stamps = [spec.stamp] if spec.stamp else None
    back = engine.snapshots.restore(spec.domain or None, stamps, progress=progress)
    return SnapshotDone(spec.action, len(back), tuple(back))


def _put_back(engine: Engine, spec: JobSpec, progress: Progress) -> SnapshotDone:
    series = [(one[0], one[1]) for one in spec.series] or None
    done = engine.bank_snapshots.restore(spec.stamp, series, progress=progress)
    return SnapshotDone(spec.action, sum(each.generation is not None for each in done), tuple(done))


_WORKS: Mapping[str, Callable[[Engine, JobSpec, Progress], SnapshotDone]] = {
    "create": _create,
    "archive": _archive,
    "restore": _restore,
    "put_back": _put_back,
}
