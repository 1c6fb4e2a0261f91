"""How a download job grows: memory of five years in a fresh process, and time per bar of one year and of five."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.harness import Bench, Better, Row
from benchmarks.pages import end_of, exchange

MEMORY_MB = 300.0
LINEAR = 1.2


def rows(bench: Bench) -> Iterator[Row]:
    short, long = (1, 5) if bench.full else (0.25, 0.75)
    with bench.fresh_folder() as folder, exchange() as served:
        runs = {years: [] for years in (short, long)}
        for turn in range(bench.rounds(2, 3)):
            for years in bench.chance.sample([short, long], 2):
                runs[years].append(_job(served.url, folder / f"{years}-{turn}", years))
    extra = max(job["peak_mb"] - job["imports_mb"] for job in runs[long])
    note = f"{runs[long][0]['rows']:,} bars over HTTP, five timeframes derived"
    yield Row(f"memory of a {long:g} y job", extra, "MB", "above imports", MEMORY_MB, Better.LESS, note=note)
    per_bar = {years: statistics.median(job["seconds"] / job["rows"] for job in jobs) for years, jobs in runs.items()}
    note = f"{1 / per_bar[long]:,.0f} bars per s over HTTP, the exchange on the same machine"
    yield Row(
        f"time per bar, {long:g} y", per_bar[long] / per_bar[short], "x", f"{short:g} y", LINEAR, Better.LESS, note=note
    )


def _job(url: str, root: Path, years: float) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.job", url, str(root), str(end_of(years))],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).resolve().parents[2],
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
