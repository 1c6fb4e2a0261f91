"""Jobs that calculate for long, in a process of their own: the interpreter of this one stays free for the window.

Worth it only for much data, because the process first loads the engine.
"""

from __future__ import annotations

from collections.abc import Sequence

from threadx.bridge.engine import Engine
from threadx.bridge.events import JobSpec
from threadx.config import Settings
from threadx.data.export import Exported, export_table
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.findings import VerifyReport
from threadx.workers import apart, process_count

__all__ = ["export", "table", "verify"]

MANY_EXPORTED = 20_000
"""Rows; some 0.7 s of Excel."""
MANY_VERIFIED = 3_000_000
"""Stored rows; some 3 s."""
_CONTENTS = ("full", "deep")
"""Levels that read the bars."""


def export(engine: Engine, spec: JobSpec, progress: Progress, *, many: int = MANY_EXPORTED) -> tuple[Exported, ...]:
    """Write datasets to files, apart where they have `many` rows."""
    wanted = {(one[0], one[1], one[2]) for one in spec.series}
    stored = engine.store.catalog.rows()
    rows = sum(row.rows for row in stored if (row.provider, row.symbol, row.timeframe) in wanted)
    if rows < many or process_count(engine.settings) == 1:
        return _exported(engine, spec, progress)
    return apart(_export_far, engine.settings, spec, progress=progress)


def verify(engine: Engine, spec: JobSpec, progress: Progress, *, many: int = MANY_VERIFIED) -> VerifyReport:
    """Look whether series are as they were written, apart where that means reading `many` bars."""
    series = [(one[0], one[1]) for one in spec.series]
    rows = sum(row.rows for row in engine.store.catalog.rows() if not series or (row.provider, row.symbol) in series)
    if spec.level not in _CONTENTS or rows < many or process_count(engine.settings) == 1:
        return _verified(engine, spec, progress)
    generations = None if spec.repair else engine.inventory.generations()
    report = apart(_verify_far, engine.settings, spec, progress=progress)
    engine.inventory.note(report, series, generations=generations)
    return report


def table(
    settings: Settings,
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    path: str,
    title: str,
    progress: Progress,
) -> tuple[Exported, ...]:
    """Write a table as it is shown, apart where it is long."""
    far = len(rows) >= MANY_EXPORTED and process_count(settings) > 1
    return (
        apart(_table, headings, rows, path, title, progress=progress)
        if far
        else _table(headings, rows, path, title, progress=progress)
    )


def _exported(engine: Engine, spec: JobSpec, progress: Progress) -> tuple[Exported, ...]:
    datasets = [(one[0], one[1], one[2]) for one in spec.series]
    return engine.export(datasets, spec.path, spec.format, progress, start_ms=spec.start_ms, end_ms=spec.end_ms)


def _verified(engine: Engine, spec: JobSpec, progress: Progress) -> VerifyReport:
    return engine.verify([(one[0], one[1]) for one in spec.series], spec.level, progress, repair=spec.repair)


def _table(
    headings: Sequence[str],
    rows: Sequence[Sequence[object]],
    path: str,
    title: str,
    *,
    progress: Progress = NULL_PROGRESS,
) -> tuple[Exported, ...]:
    return (export_table(headings, rows, path, title=title, progress=progress),)


# -- in the other process --------------------------------------------------------------------------------------------


def _export_far(settings: Settings, spec: JobSpec, *, progress: Progress) -> tuple[Exported, ...]:
    return _exported(Engine(settings), spec, progress)


def _verify_far(settings: Settings, spec: JobSpec, *, progress: Progress) -> VerifyReport:
    return _verified(Engine(settings), spec, progress)
