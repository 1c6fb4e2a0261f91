"""After a crash, a power cut or another program's edits: bring a series back to its newest whole generation.

Cheap when there is nothing to do, and a second recovery does nothing. What is found is reported as findings; nothing
is deleted that the store did not write itself.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import suppress

from threadx.errors import CorruptPartitionError, FileValidationError
from threadx.store.bank import Bank
from threadx.store.findings import Finding, Severity
from threadx.store.gc import sweep, unnamed
from threadx.store.layout import Series, name_of
from threadx.store.manifest import Manifest
from threadx.store.publish import finish, publish, strays
from threadx.store.rebuild import rebuild
from threadx.store.stage import quarantine, remove_dead, staged

__all__ = ["clear_degraded", "degraded", "is_behind", "needs", "ready", "recover_series", "recover_stages"]

log = logging.getLogger(__name__)


def recover_stages(bank: Bank) -> list[Series]:
    """Remove what dead writers left in staging; return the series they were writing. Takes no series lock."""
    if bank.fs.stat(bank.layout.staging) is None:
        return []
    left = []
    for name in remove_dead(bank.fs, bank.layout):
        provider, _, rest = name.partition(".")
        with suppress(FileValidationError):
            left.append(Series(name_of(provider), name_of(rest.rpartition(".")[0])))
    return sorted(set(left))


def is_behind(bank: Bank, series: Series) -> bool:
    """Return whether a series needs recovery, as far as a look at names tells: lists one folder."""
    newest = max(bank.generations.numbers(series), default=0)
    if newest == 0:  # objects without any manifest are left alone: they may be all that is left
        return _has_tree(bank, series)
    return newest != bank.generations.head(series)


def needs(bank: Bank, series: Series) -> bool:
    """Return whether a thorough recovery of a series would do anything. Takes no lock and changes nothing."""
    try:
        manifest = bank.generations.newest(series)
    except CorruptPartitionError:
        return True
    if is_behind(bank, series) or strays(bank, manifest):
        return True
    return bool(manifest.gen and unnamed(bank, series))


def ready(bank: Bank, series: Series) -> Manifest:
    """Return the newest generation, recovered where a dead writer left it half published. Call under the lock."""
    try:
        newest = bank.generations.last(series)
        if newest.gen and bank.generations.head(series) == newest.gen:
            return newest
    except CorruptPartitionError:
        pass  # recovery puts it aside and reports it
    recover_series(bank, series)
    return bank.generations.last(series)


def recover_series(bank: Bank, series: Series, *, thorough: bool = False) -> list[Finding]:
    """Bring a series to its newest whole generation. Call under the lock of the series.

    Args:
        bank: where.
        series: which.
        thorough: also hold every visible file against its object by inode, and remove objects nobody names.
    """
    findings = list(_set_damaged_aside(bank, series))
    manifest = bank.generations.last(series)
    if manifest.gen == 0 and _has_tree(bank, series):
        findings += rebuild(bank, series)
        manifest = bank.generations.last(series)
    if manifest.gen and (bank.generations.head(series) != manifest.gen or (thorough and strays(bank, manifest))):
        findings += _republished(bank, manifest)
    if thorough and manifest.gen:
        sweep(bank, series)
    findings += degraded(bank, series)
    for finding in findings:
        log.warning("%s", finding)
    return findings


def clear_degraded(bank: Bank, series: Series) -> bool:
    """Acknowledge that a generation was lost; return whether there was anything to acknowledge."""
    path = bank.layout.degraded(series)
    if bank.fs.stat(path) is None:
        return False
    bank.fs.unlink(path)
    return True


def _set_damaged_aside(bank: Bank, series: Series) -> Iterator[Finding]:
    """Put damaged manifests at the top of the series into quarantine, so that the newest is whole."""
    for gen in reversed(bank.generations.numbers(series)):
        try:
            bank.generations.load(series, gen)
        except CorruptPartitionError:
            path = bank.layout.manifest(series, gen)
            # The mark first: killed in between, the series must not forget that it lost something.
            bank.fs.note(bank.layout.degraded(series), json.dumps({"lost": gen}).encode())
            kept = quarantine(bank.fs, bank.layout, path)
            yield Finding(
                "manifest_damaged",
                Severity.ERROR,
                "the manifest of generation {gen} is damaged; it is kept as {kept}",
                hint="run download again for the last period: the series is back at the generation before",
                provider=series.provider,
                symbol=series.symbol,
                path=str(path),
                repaired=False,
                fields={"gen": gen, "kept": str(kept)},
            )
        else:
            return


def _republished(bank: Bank, manifest: Manifest) -> list[Finding]:
    series = manifest.series
    bank.fs.fsync_dir(bank.layout.series(series))  # the dead one may not have come that far
    with staged(bank.fs, bank.layout, series) as stage:
        findings = publish(bank, stage, [*_readable(bank, series), manifest], manifest, whole=True)
        finish(bank, stage, manifest)
    return findings


def _readable(bank: Bank, series: Series) -> Iterator[Manifest]:
    for gen in bank.generations.numbers(series):
        with suppress(CorruptPartitionError):
            yield bank.generations.load(series, gen)


def degraded(bank: Bank, series: Series) -> Iterator[Finding]:
    """Yield that a generation was lost and nobody has acknowledged it."""
    path = bank.layout.degraded(series)
    if bank.fs.stat(path) is None:
        return
    yield Finding(
        "degraded",
        Severity.ERROR,
        "a generation was lost; the series stands at the one before",
        hint="run download again for the last period, then: threadx verify --level full --repair",
        provider=series.provider,
        symbol=series.symbol,
        path=str(path),
        repairable=True,
    )


def _has_tree(bank: Bank, series: Series) -> bool:
    return bool(bank.fs.names(bank.layout.series_tree(series)))
