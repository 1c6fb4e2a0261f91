"""The window at work in a fresh process: `python -m benchmarks.window_desk SCENE ROOT [URL]` prints JSON."""

from __future__ import annotations

import dataclasses
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from threadx.bridge import ThreadXBridge
from threadx.bridge.inventory import InventoryRow
from threadx.bridge.market import SymbolRow
from threadx.config import Settings
from threadx.progress import NULL_PROGRESS, Progress
from threadx.ui.app import SWITCH_S, App

BEAT_MS = 10
JOBS = 200
LINES_PER_S, LINES_S = 10_000, 10
SYMBOLS, DATASETS = 3_000, 5_000
PATIENCE_S = 300.0
SCHEDULE = Path("/proc/self/schedstat")
SCENES: dict[str, Callable[[App, str], dict[str, object]]] = {}


class Heart:
    """Beats every 10 ms on the main loop and notes how late each beat came: that long something else held the loop.

    `own_ms` leaves out what the main thread waited for a processor, where Linux tells: other programs' doing.
    """

    def __init__(self, app: App) -> None:
        self._app = app
        self._due = self._waited_ms = 0.0
        self._beating = True
        self.late_ms: list[float] = []
        self.own_ms: list[float] = []

    def start(self) -> Heart:
        self._arm()
        return self

    def stop(self) -> dict[str, object]:
        self._beating = False
        return {**_spread("", self.late_ms), **_spread("own_", self.own_ms), "beats": len(self.late_ms)}

    def _arm(self) -> None:
        self._due = time.perf_counter() + BEAT_MS / 1e3
        self._waited_ms = waited_ms()
        self._app.root.after(BEAT_MS, self._beat)

    def _beat(self) -> None:
        if self._beating:
            late_ms = max(time.perf_counter() - self._due, 0.0) * 1e3
            self.late_ms.append(late_ms)
            self.own_ms.append(max(late_ms - (waited_ms() - self._waited_ms), 0.0))
            self._arm()


def _spread(name: str, values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    return {f"{name}p99_ms": ordered[min(round(len(ordered) * 0.99), len(ordered) - 1)], f"{name}max_ms": ordered[-1]}


def waited_ms() -> float:
    """Return how long this process's main thread has waited for a processor so far; 0 where nobody tells."""
    if not SCHEDULE.is_file():
        return 0.0
    return int(SCHEDULE.read_text().split()[1]) / 1e6


def until(app: App, condition: Callable[[], bool]) -> None:
    """Serve the window by its real main loop until a condition holds."""
    deadline = time.monotonic() + PATIENCE_S

    def look() -> None:
        if condition():
            app.root.quit()
        elif time.monotonic() > deadline:
            raise SystemExit("waited in vain")
        else:
            app.root.after(20, look)

    app.root.after_idle(look)
    app.root.mainloop()


def scene(run: Callable[[App, str], dict[str, object]]) -> Callable[[App, str], dict[str, object]]:
    SCENES[run.__name__] = run
    return run


@scene
def jobs(app: App, front: str) -> dict[str, object]:
    """200 downloads of two days each, five timeframes derived."""
    page = app.book.page("data_manager")
    until(app, lambda: len(page.symbols.table.rows) >= JOBS)
    page.symbols.table.choose(page.symbols.table.shown[:JOBS])
    page.presenter.set_period("2024-05-30", "2024-05-31")
    app.open_tab(front)
    _settle(app)
    heart, began = Heart(app).start(), time.perf_counter()
    page.presenter.download()
    until(app, lambda: not app.bridge.jobs.busy and not page.presenter.desk.busy)
    seconds = time.perf_counter() - began
    ends = [event.state.value for event in app.bridge.jobs.snapshot()]
    return {**heart.stop(), "seconds": seconds, "ends": {each: ends.count(each) for each in set(ends)}}


@scene
def lines(app: App, front: str) -> dict[str, object]:
    """10,000 lines of the log each second, in lots of 100, from a worker thread."""
    app.open_tab(front)
    _settle(app)
    log, pause, done = logging.getLogger("threadx.bench"), threading.Event(), threading.Event()
    logging.getLogger("threadx").setLevel(logging.INFO)

    def write() -> None:
        began = time.perf_counter()
        for lot in range(LINES_PER_S * LINES_S // 100):
            for number in range(100):
                log.info("BTCUSDC: page %d of month 2024-05, %d rows", lot, number)
            pause.wait(max(began + (lot + 1) * 100 / LINES_PER_S - time.perf_counter(), 0))
        took_s.append(time.perf_counter() - began)
        done.set()

    took_s: list[float] = []
    heart = Heart(app).start()
    threading.Thread(target=write, daemon=True).start()
    until(app, done.is_set)
    late_s = time.perf_counter()
    until(app, app.bridge.events.empty)
    return {**heart.stop(), "seconds": took_s[0], "drained_s": time.perf_counter() - late_s}


@scene
def tables(app: App, _front: str) -> dict[str, object]:
    """3,000 symbols filtered at each key; 5,000 datasets opened and sorted."""
    page = app.book.page("data_manager")
    until(app, lambda: len(page.symbols.table.rows) == SYMBOLS)
    found: dict[str, object] = {"filter_ms": _typed(app, page.symbols.filter, "sym12")}
    inventory = app.book.page("inventory")
    began = time.perf_counter()
    app.open_tab("inventory")
    until(app, lambda: len(inventory.table.rows) == DATASETS)
    app.root.update()
    found["open_ms"] = (time.perf_counter() - began) * 1e3
    _settle(app)
    table = inventory.table
    found["sort_ms"] = [_timed(app, lambda key=each.key: table.sort(key)) for each in table.columns[:8]]
    found["inventory_filter_ms"] = _typed(app, inventory.filter.entry, "sym12")
    return found


def _typed(app: App, entry: object, text: str) -> list[float]:
    entry.focus_force()
    app.root.update()
    keys = [*text, *["BackSpace"] * len(text)]
    return [_timed(app, lambda key=key: entry.event_generate(f"<KeyPress-{key}>")) for key in keys]


def _timed(app: App, act: Callable[[], object]) -> float:
    """Return how long an act takes until it can be seen, in ms."""
    began, waited = time.perf_counter(), waited_ms()
    act()
    app.root.update()
    return (time.perf_counter() - began) * 1e3 - (waited_ms() - waited)


def _settle(app: App) -> None:
    """Let what the start has left behind come to its end."""
    ready = time.monotonic() + 1.0
    until(app, lambda: time.monotonic() > ready and app.bridge.events.empty())


class FullBridge(ThreadXBridge):
    """A bridge to a market of 3,000 symbols and a bank of 5,000 datasets, both invented."""

    def symbols(self, progress: Progress = NULL_PROGRESS) -> list[SymbolRow]:  # noqa: ARG002 - the bridge's own
        now_ms = int(time.time() * 1000)
        return [
            SymbolRow(
                f"SYM{n:04d}USDC",
                f"SYM{n:04d}",
                "USDC",
                tradable=True,
                tick_size=0.01,
                last_bar_ms=now_ms - n * 600_000 if n % 3 else None,
            )
            for n in range(SYMBOLS)
        ]

    def stored_symbols(self, progress: Progress = NULL_PROGRESS) -> list[SymbolRow]:
        return [row for row in self.symbols(progress) if row.last_bar_ms is not None]

    def inventory(self, progress: Progress = NULL_PROGRESS, *, count_gaps: bool = True) -> list[InventoryRow]:  # noqa: ARG002 - the bridge's own
        now_ms = int(time.time() * 1000)
        return [_dataset(number, now_ms) for number in range(DATASETS)]

    def deleted_series(self, progress: Progress = NULL_PROGRESS) -> list[tuple[str, str]]:  # noqa: ARG002 - the bridge's own
        return []


def _dataset(number: int, now_ms: int) -> InventoryRow:
    timeframe = ("1m", "5m", "15m", "1h", "4h")[number % 5]
    return InventoryRow(
        f"SYM{number // 5:04d}USDC", "demo", timeframe, now_ms - 10**10 - number, now_ms - number * 60_000,
        500_000 - number * 7, 12, number % 4, number % 90, 9_000_000 - number, 1.0 - (number % 90) / 1e6,
        f"{number:064x}", now_ms, number % 9, number * 60_000,
    )  # fmt: skip


def main(name: str, root: str, url: str = "", front: str = "data_manager") -> None:
    sys.setswitchinterval(SWITCH_S)
    settings = Settings.under(Path(root))
    ui = dataclasses.replace(settings.ui, language="en", theme="light")
    settings = dataclasses.replace(settings, ui=ui, source=dataclasses.replace(settings.source, name="demo"))
    if url:
        settings = settings.with_source(url, "demo")
    bridge = FullBridge(settings) if name == "tables" else ThreadXBridge(settings)
    app = App(settings, bridge)
    app.litter.start()
    app.open()
    until(app, lambda: all(map(app.book.tried, app.book.names)))
    _settle(app)
    found = SCENES[name](app, front)
    app.close()
    while not app.closed:
        app.root.update()
    app.all_ended(PATIENCE_S)
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
