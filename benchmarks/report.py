"""The report: one table of ratios for people, JSON for machines, the machine and the versions named in both."""

from __future__ import annotations

import dataclasses
import os
import platform
from collections.abc import Iterator, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from benchmarks.harness import Better, Row

PACKAGES = ("numpy", "pandas", "pyarrow", "polars", "duckdb", "pandera", "ccxt", "ta-lib")
HEADINGS = ("stage", "against", "median", "minima", "gate", "", "ours", "theirs", "note")


def machine() -> dict[str, object]:
    """Return what figures depend on: processor, cores, system, Python and packages."""
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in PACKAGES},
    }


def lines(rows: Sequence[Row], about: dict[str, object]) -> Iterator[str]:
    """Yield the report for people, failed gates last."""
    yield f"{about['processor']}, {about['cores']} cores, {about['system']}, Python {about['python']}"
    packages = about["packages"]
    assert isinstance(packages, dict)
    yield ", ".join(f"{name} {found}" for name, found in packages.items() if found)
    yield ""
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    for line in cells:
        yield "  ".join(
            text.ljust(width) if column in (0, 1, 8) else text.rjust(width)
            for column, (text, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
    yield ""
    gated = [row for row in rows if row.passed is not None]
    failed = [row for row in gated if not row.passed]
    yield f"{len(gated) - len(failed)} of {len(gated)} gates reached"
    for row in failed:
        yield f"NOT REACHED: {row.stage} {row.against}: {_figure(row.held, row.unit)}, gate {_gate(row)}"


def document(rows: Sequence[Row], about: dict[str, object], setting: dict[str, object]) -> dict[str, object]:
    """Return the report for machines."""
    return {
        "setting": setting,
        "machine": about,
        "rows": [{**dataclasses.asdict(row), "better": row.better.value, "passed": row.passed} for row in rows],
    }


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.stage,
        row.against,
        _figure(row.figure, row.unit),
        "" if row.minima is None else _figure(row.minima, row.unit),
        _gate(row),
        {True: "ok", False: "FAILED", None: ""}[row.passed],
        "" if row.ours_ms is None else f"{row.ours_ms:,.2f} ms",
        "" if row.theirs_ms is None else f"{row.theirs_ms:,.2f} ms",
        row.note,
    )


def _figure(value: float, unit: str) -> str:
    digits = 2 if abs(value) < 100 else 0
    return f"{value:,.{digits}f}{unit}" if unit == "x" else f"{value:,.{digits}f} {unit}"


def _gate(row: Row) -> str:
    if row.gate is None:
        return ""
    sign = ">=" if row.better is Better.MORE else "<="
    on = " (min)" if row.on_minima else ""
    return f"{sign} {row.gate:g}{on}"


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.is_file():
        named = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if line.startswith("model name")
        ]
        if named:
            return named[0]
    return platform.processor() or platform.machine()
