"""One download job in a fresh process, over real HTTP: `python -m benchmarks.job URL ROOT END_MS` prints JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import psutil

from benchmarks.bank import settings_for
from benchmarks.pages import START_MS, SYMBOL
from benchmarks.stages.resampling import ALL
from threadx.data.ingest import IngestionManager
from threadx.exchange.rest import BinanceRest
from threadx.progress import NULL_PROGRESS


def main(url: str, root: str, end_ms: str) -> None:
    settings = settings_for(Path(root), timeframes=ALL).with_source(url, "demo")
    imports_mb = _now_mb()
    with BinanceRest(settings) as source:
        source.symbols(NULL_PROGRESS)  # tells the client that this exchange has no limit: waiting is not measured
        began = time.perf_counter()
        with IngestionManager(settings, source=source) as manager:
            (report,) = manager.update_assets_batch([SYMBOL], START_MS, int(end_ms)).values()
        seconds = time.perf_counter() - began
    if not report.success:
        raise SystemExit(report.error)
    print(json.dumps({"rows": report.rows, "seconds": seconds, "imports_mb": imports_mb, "peak_mb": _peak_mb()}))


def _now_mb() -> float:
    return psutil.Process().memory_info().rss / 1e6


def _peak_mb() -> float:
    """Return this program's own peak; getrusage on Linux would count what the parent had when it forked."""
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.is_file() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024 / 1e6
    memory = psutil.Process().memory_info()
    return getattr(memory, "peak_wset", memory.rss) / 1e6


if __name__ == "__main__":
    main(*sys.argv[1:])
