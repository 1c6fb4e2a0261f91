"""One commit: the new files become objects, a manifest makes them the newest generation, the visible tree follows.

Everything happens under the lock of the series. Up to the fsync of the series' folder nothing is acknowledged and
nothing visible has changed; after it the write has succeeded, whatever happens to the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from threadx.bars.gaps import Gap
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.bank import Bank, writer_name
from threadx.store.findings import Finding
from threadx.store.gc import collect
from threadx.store.manifest import FileEntry, Manifest, Step
from threadx.store.publish import finish, publish
from threadx.store.stage import Stage

__all__ = ["Committed", "Draft", "commit"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """The content of a generation to be: its files are objects already."""

    files: Mapping[str, FileEntry]
    ledger: tuple[Gap, ...]


@dataclass(frozen=True, slots=True)
class Committed:
    """A generation that is durable."""

    manifest: Manifest
    published: bool
    """False when the visible tree could not follow yet (a file held by a reader, a full disk): the next write or
    recovery catches up. API readers see the generation already."""
    findings: tuple[Finding, ...] = ()


def commit(
    bank: Bank, stage: Stage, parent: Manifest, draft: Draft, step: Step, progress: Progress = NULL_PROGRESS
) -> Committed:
    """Commit `draft` on top of `parent` and publish it. Call under the lock of the series.

    Raises:
        FileExistsError: another program committed without the lock; look again and redo.
        OSError: nothing was acknowledged. The state is the old one, or the new one where only the very last fsync
            failed.
    """
    stage.seal()
    progress.raise_if_cancelled()
    manifest = replace(
        parent.following(step, bank.clock(), writer_name()),
        files=dict(sorted(draft.files.items())),
        ledger=draft.ledger,
    )
    stage.commit(manifest)
    return _published(bank, stage, parent, manifest)


def _published(bank: Bank, stage: Stage, parent: Manifest, manifest: Manifest) -> Committed:
    try:
        bank.generations.remember(manifest)
        findings = publish(bank, stage, [parent], manifest)
        finish(bank, stage, manifest)
    except OSError as error:
        log.warning("%s: generation %s is committed, publishing is pending: %s", manifest.series, manifest.gen, error)
        return Committed(manifest, published=False)
    try:
        collect(bank, manifest)
    except OSError as error:
        log.warning("%s: old generations could not be removed yet: %s", manifest.series, error)
    return Committed(manifest, published=True, findings=tuple(findings))
