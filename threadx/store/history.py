"""The past of a series: which operations made it, going back one, deleting (which can be undone too)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from threadx.errors import CorruptPartitionError, DataNotFoundError, StoreError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.bank import Bank
from threadx.store.commit import Committed, Draft, commit
from threadx.store.layout import Series
from threadx.store.manifest import FileEntry, Manifest, Step
from threadx.store.recover import ready
from threadx.store.stage import staged

__all__ = ["Generation", "delete", "history", "undo"]

_UNDO = "undo of generation "
"""What the reason of an undo begins with."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One kept generation, newest state of an operation or a step inside one."""

    gen: int
    op_id: str
    utc: datetime
    reason: str
    writer: str
    rows_added: int
    rows_changed: int
    files: int
    """How many files it names."""
    changed: tuple[str, ...] = ()
    """Keys that differ from the kept generation before it."""

    @property
    def is_undo(self) -> bool:
        """Whether it took back another: undoing it does that one again."""
        return self.reason.startswith(_UNDO)


def history(bank: Bank, series: Series) -> list[Generation]:
    """Return the generations that are kept, oldest first. A damaged one is left out: verify reports it."""
    found: list[Generation] = []
    before: Mapping[str, FileEntry] = {}
    for gen in bank.generations.numbers(series):
        try:
            manifest = bank.generations.load(series, gen)
        except (CorruptPartitionError, FileNotFoundError):
            continue
        found.append(_described(manifest, before))
        before = manifest.files
    return found


def _described(manifest: Manifest, before: Mapping[str, FileEntry]) -> Generation:
    keys = sorted(before.keys() | manifest.files.keys())
    return Generation(
        gen=manifest.gen,
        op_id=manifest.step.op_id,
        utc=manifest.utc,
        reason=manifest.step.reason,
        writer=manifest.writer,
        rows_added=manifest.step.rows_added,
        rows_changed=manifest.step.rows_changed,
        files=len(manifest.files),
        changed=tuple(key for key in keys if before.get(key) != manifest.files.get(key)),
    )


def undo(bank: Bank, series: Series, progress: Progress = NULL_PROGRESS) -> Committed:
    """Commit a generation equal to the state before the last operation. Call under the lock of the series.

    Going back is an operation like any other: undoing it brings back what was undone.

    Raises:
        DataNotFoundError: nothing was ever stored.
        StoreError: the state before is no longer kept.
    """
    newest = _existing(bank, series)
    base = _base(bank, newest)
    step = Step(uuid.uuid4().hex, f"{_UNDO}{newest.gen}: {newest.step.reason}"[:200])
    with staged(bank.fs, bank.layout, series) as stage:
        return commit(bank, stage, newest, Draft(base.files, base.ledger), step, progress)


def _base(bank: Bank, newest: Manifest) -> Manifest:
    if newest.op_base == 0:
        return Manifest.nothing(newest.series)
    try:
        return bank.generations.load(newest.series, newest.op_base)
    except FileNotFoundError as error:
        raise StoreError(
            "{series}: generation {gen}, before the last operation, is no longer kept",
            hint="raise keep_operations in [store] to keep more",
            series=newest.series,
            gen=newest.op_base,
        ) from error


def delete(bank: Bank, series: Series, timeframe: str | None, progress: Progress = NULL_PROGRESS) -> Committed:
    """Commit a generation without the files of a timeframe, or without any. Call under the lock of the series.

    Without 1m nothing that was derived from it can be kept true, so deleting 1m deletes that too; the memory of what
    was asked and found empty goes with it.

    Raises:
        DataNotFoundError: there is nothing to delete.
    """
    newest = _existing(bank, series)
    gone = {key for key, entry in newest.files.items() if _goes(key, entry, timeframe)}
    if not gone:
        raise DataNotFoundError(
            "{what}: nothing stored",
            hint="stored timeframes: {there}",
            what=f"{series} {timeframe}" if timeframe else series,
            there=" ".join(newest.timeframes) or "none",
        )
    files = {key: entry for key, entry in newest.files.items() if key not in gone}
    ledger = newest.ledger if timeframe not in (None, "1m") else ()
    step = Step(uuid.uuid4().hex, f"delete {timeframe}" if timeframe else "delete")
    with staged(bank.fs, bank.layout, series) as stage:
        return commit(bank, stage, newest, Draft(files, ledger), step, progress)


def _goes(key: str, entry: FileEntry, timeframe: str | None) -> bool:
    if timeframe is None or key.startswith(f"{timeframe}/"):
        return True
    return timeframe == "1m" and entry.lineage is not None


def _existing(bank: Bank, series: Series) -> Manifest:
    newest = ready(bank, series)
    if newest.gen == 0:
        raise DataNotFoundError("{series}: nothing stored", hint="see what there is with: threadx list", series=series)
    return newest
