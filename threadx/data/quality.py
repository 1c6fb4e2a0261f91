"""What a check of the bank found, kept as a snapshot: `data/quality/dt=*/freshness.json` and `report.json`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from threadx.bars.dates import utc
from threadx.bars.gaps import Gap
from threadx.data.freshness import freshness
from threadx.data.snapshots import SnapshotStore
from threadx.errors import SnapshotExistsError
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.datasets import DatasetRow, datasets_of
from threadx.store.dated import Partition
from threadx.store.findings import Severity, VerifyReport
from threadx.store.layout import disk_name
from threadx.store.stamps import Stamp
from threadx.store.store import Store

__all__ = ["QUALITY", "publish_quality", "quality_report"]

QUALITY = "quality"
"""The domain."""
READS_FILES = ("full", "deep")
"""The levels of `verify` that read every file and hold it against its SHA-256."""
GAPS_LISTED = 200
"""The longest gaps of a series that a report names one by one; all are counted."""


def publish_quality(
    store: Store,
    snapshots: SnapshotStore,
    report: VerifyReport | None,
    *,
    series: Collection[tuple[str | None, str | None]] = (),
    progress: Progress = NULL_PROGRESS,
) -> Partition | None:
    """Publish how old and how whole everything is, as of now.

    The first of a day is `dt=YYYYMMDD`, a later one `dt=YYYYMMDDHH`. Snapshots never change, so a third within one
    hour publishes nothing. So does a data root without bars, snapshots and findings: no folder is made to say that.

    Args:
        store: the bank.
        snapshots: where to publish; its clock says what time it is.
        report: what `Store.verify` found; None: nothing was verified.
        series: (provider, symbol) pairs that the report is about, None standing for any; empty: all.
        progress: reports symbols; cancels, then nothing is published.

    Raises:
        StoreError: the disk refused; nothing was published.
    """
    now = snapshots.clock()
    entries = freshness(store, snapshots, now, progress)
    if not entries and (report is None or not report.findings):
        return None
    files = {
        "freshness.json": {"checked": now.astimezone(UTC).isoformat(timespec="seconds"), "entries": entries},
        "report.json": quality_report(store, report, now, series, progress),
    }
    for stamp in (Stamp.of_day(now), Stamp.of_hour(now)):
        try:
            return snapshots.publish(QUALITY, files, stamp=stamp.text, progress=progress)
        except SnapshotExistsError:
            continue
    return None


def quality_report(
    store: Store,
    report: VerifyReport | None,
    now: datetime,
    series: Collection[tuple[str | None, str | None]] = (),
    progress: Progress = NULL_PROGRESS,
) -> dict[str, Any]:
    """Return rows, gaps with their causes, quarantined rows, checksum state and quality of every series, JSON-ready."""
    quarantined = _quarantined_rows(store)
    everything = store.series()
    described = []
    for number, (provider, symbol) in enumerate(everything):
        progress.report(number, len(everything), "symbols")
        described.append(_series(store, provider, symbol, report, series) | {
            "quarantined_rows": quarantined.get((disk_name(provider), disk_name(symbol)), 0)
        })  # fmt: skip
    datasets = [each for one in described for each in one["datasets"]]
    return {
        "checked": now.astimezone(UTC).isoformat(timespec="seconds"),
        "level": None if report is None else report.level,
        "ok": None if report is None else report.ok,
        "totals": {
            "series": len(described),
            "datasets": len(datasets),
            "rows": sum(each["rows"] for each in datasets),
            "missing_minutes": sum(each["missing_minutes"] for one in described for each in one["datasets"][:1]),
            "quarantined_rows": sum(quarantined.values()),
            "findings": 0 if report is None else len(report.findings),
        },
        "series": described,
    }


def _series(
    store: Store,
    provider: str,
    symbol: str,
    report: VerifyReport | None,
    checked: Collection[tuple[str | None, str | None]],
) -> dict[str, Any]:
    manifest = store.manifest(provider, symbol)
    rows = [] if manifest is None else sorted(datasets_of(manifest), key=lambda row: row.timeframe != "1m")
    gaps = store.gaps(provider, symbol)
    by_cause = Counter(str(gap.cause) for gap in gaps)
    minutes = Counter[str]()
    for gap in gaps:
        minutes[str(gap.cause)] += gap.interval.minutes
    longest = sorted(gaps, key=lambda gap: gap.interval.minutes, reverse=True)[:GAPS_LISTED]
    return {
        "provider": provider,
        "symbol": symbol,
        "generation": None if manifest is None else manifest.gen,
        "checksums": _checksum_state(provider, symbol, report, checked),
        "findings": [] if report is None else [str(each) for each in report.findings
                                               if (each.provider, each.symbol) == (provider, symbol)],
        "gaps_by_cause": {cause: {"gaps": count, "minutes": minutes[cause]} for cause, count in by_cause.items()},
        "gaps": [_gap(gap) for gap in sorted(longest)],
        "gaps_not_listed": len(gaps) - len(longest),
        "datasets": [_dataset(row) for row in rows],
    }  # fmt: skip


def _checksum_state(
    provider: str, symbol: str, report: VerifyReport | None, checked: Collection[tuple[str | None, str | None]]
) -> str:
    """Return "verified" (every file read), "not read" (names and footers only), "not checked" or "damaged"."""
    meant = not checked or any(one in (None, provider) and other in (None, symbol) for one, other in checked)
    if report is None or not meant:
        return "not checked"
    serious = (each for each in report.findings if each.severity is Severity.ERROR and not each.repaired)
    if any((each.provider, each.symbol) == (provider, symbol) for each in serious):
        return "damaged"
    return "verified" if report.level in READS_FILES else "not read"


def _dataset(row: DatasetRow) -> dict[str, Any]:
    return {
        "timeframe": row.timeframe,
        "rows": row.rows,
        "partitions": row.partitions,
        "size_bytes": row.size_bytes,
        "first": _time(row.first_ms),
        "last": _time(row.last_ms),
        "missing_minutes": row.missing_minutes,
        "quality": round(row.quality, 8),
        "checksum": row.checksum,
    }


def _gap(gap: Gap) -> dict[str, Any]:
    return {
        "start": _time(gap.interval.start_ms),
        "end": _time(gap.interval.end_ms),
        "minutes": gap.interval.minutes,
        "cause": str(gap.cause),
    }


def _quarantined_rows(store: Store) -> Mapping[tuple[str, str], int]:
    """Return how many rows lie in quarantine, by provider and symbol as they are called on disk."""
    found: Counter[tuple[str, str]] = Counter()
    for name in store.fs.names(store.layout.quarantine):
        parts = name.split(".")
        if len(parts) == 4 and parts[-1] == "jsonl":
            found[parts[0], parts[1]] += store.fs.read(store.layout.quarantine / name).count(b"\n")
    return found


def _time(ms: int) -> str:
    return utc(ms).isoformat()
