"""The window as somebody feels it: how long the main loop is held up, how soon there is something to see and to click.

Needs a screen (`xvfb-run -a python -m benchmarks --only window` makes one) and says SKIP without. Each scene is a
program of its own (`benchmarks.window_desk`), the exchange another one. Charts: see the stage `redraw`. Longest
blocks are wall time; the note adds them without what the main thread waited for a processor, where Linux tells.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.harness import OURS, Bench, Better, Row, compared
from threadx.startup_check import tk_advice

PROJECT = Path(__file__).resolve().parents[2]
EAGER = "import pandas, pyarrow.parquet, pyarrow.dataset, pandera, matplotlib.backends.backend_tkagg, xlsxwriter"
EXCHANGE = """
import sys
from datetime import UTC, datetime
from threadx.demo import DemoExchange
with DemoExchange(now=datetime(2024, 6, 3, 12, 0, 30, tzinfo=UTC), weight_limit=10**6) as exchange:
    print(exchange.url, flush=True)
    sys.stdin.read()
"""
START = """
import sys
{first}
from threadx.ui import shell
opened = shell.App.open
def watched(app):
    app.root.bind("<Map>", lambda event: print("seen", flush=True) if event.widget is app.root else None, add="+")
    opened(app)
shell.App.open = watched
import run_tkinter
run_tkinter.main(["--data-root", sys.argv[1]])
"""
BLOCK_P99_MS = 50.0
START_MS, FILTER_MS, OPEN_MS, SORT_MS = 400.0, 50.0, 500.0, 200.0


def screen_problem() -> str | None:
    """Return why no window can be opened, with the way out; None where it can."""
    try:
        import tkinter as tk  # noqa: PLC0415 - often not installed

        tk.Tk().destroy()
    except Exception as error:  # noqa: BLE001 - TclError cannot be named where tkinter is absent
        return tk_advice(error)
    return None


def rows(bench: Bench) -> Iterator[Row]:
    problem = screen_problem()
    if problem is not None:
        yield Row("window", float("nan"), "", note=f"SKIP: {problem.splitlines()[0]}")
        return
    yield from _starts(bench)
    with bench.fresh_folder() as folder:
        found = _scene("tables", folder)
    note = "worst key of ten"
    yield Row("window: filter 3,000 symbols", max(found["filter_ms"]), "ms", "", FILTER_MS, Better.LESS, note=note)
    yield Row("window: open 5,000 datasets", found["open_ms"], "ms", "", OPEN_MS, Better.LESS)
    note = "slowest of eight columns"
    yield Row("window: sort 5,000 datasets", max(found["sort_ms"]), "ms", "", SORT_MS, Better.LESS, note=note)
    with bench.fresh_folder() as folder, _exchange() as url:
        found = _scene("jobs", folder, url)
        note = f"{found['ends'].get('done', 0)} of 200 downloads done in {found['seconds']:.0f} s"
        yield from _blocks("window: 200 jobs", found, note)
    with bench.fresh_folder() as folder, _exchange() as url:
        found = _scene("lines", folder, url)
        yield from _blocks("window: 10,000 log lines/s", found, f"for {found['seconds']:.0f} s")


def _blocks(stage: str, found: dict[str, Any], note: str) -> Iterator[Row]:
    """Give the beats that were late; the gate is the issue's target for the 99th percentile."""
    for name, gate in (("p99", BLOCK_P99_MS), ("max", None)):
        own = f"{found[f'own_{name}_ms']:.0f} ms without waiting for a processor"
        yield Row(f"{stage}, block {name}", found[f"{name}_ms"], "ms", "", gate, Better.LESS, note=f"{note}; {own}")


def _starts(bench: Bench) -> Iterator[Row]:
    """Compare starts as they are with starts that import first what the engine and the charts need."""
    with bench.fresh_folder() as folder:
        candidates = {
            OURS: lambda: _started(folder, ""),
            "eager imports": lambda: _started(folder, EAGER),
        }
        timings = bench.measure(candidates, bench.rounds(5, 15))
    mine = timings[OURS]
    note = f"from the start of the process to the mapped window, warm; best {mine.minimum * 1e3:.0f} ms"
    yield Row("window: to be seen", mine.median * 1e3, "ms", "", START_MS, Better.LESS, note=note)
    yield compared("window: to be seen", timings, "eager imports", note="both warm")


def _started(folder: Path, first: str) -> None:
    """Start the window as `run_tkinter.py` does and return as soon as it is mapped."""
    command = [sys.executable, "-c", START.format(first=first), str(folder)]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        word = program.stdout.readline()
        program.kill()  # at once: the next start is not to wait for the end of this one
    if word.strip() != "seen":
        raise SystemExit("the window did not come")


def _scene(name: str, folder: Path, url: str = "") -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.window_desk", name, str(folder), url]
    done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@contextmanager
def _exchange() -> Iterator[str]:
    """Serve the embedded exchange from a program of its own, as a real one is elsewhere, until the end."""
    command = [sys.executable, "-c", EXCHANGE]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        yield program.stdout.readline().strip()
