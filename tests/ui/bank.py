"""A real bank and a real bridge on the embedded exchange, for tests of the Inventory tab; no screen needed."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from queue import Empty

import numpy as np

from tests.patience import PATIENCE_S
from threadx.bars.schema import frame_from_columns
from threadx.bridge import Answer, JobEvent, LogLine, ThreadXBridge
from threadx.config import Settings
from threadx.demo import DemoExchange
from threadx.store import Store

NOW = datetime(2024, 6, 3, 12, 0, 30, tzinfo=UTC)
BTC, ETH, SOL = "BTCUSDC", "ETHUSDC", "SOLUSDC"
MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS
START_MS = int(datetime(2024, 5, 30, tzinfo=UTC).timestamp() * 1000)


def exchange() -> DemoExchange:
    """The embedded exchange at a fixed time; use it in a `with`."""
    return DemoExchange(now=NOW, weight_limit=10**6, usdc_pairs=12)


def on_exchange(settings: Settings, running: DemoExchange) -> Settings:
    """Settings that ask that exchange and derive hours."""
    ingest = dataclasses.replace(settings.ingest, timeframes=("1h",), workers=2, history_days=2)
    return dataclasses.replace(settings, ingest=ingest).with_source(running.url, "demo")


def write(settings: Settings, symbol: str, days: float = 3, *, provider: str = "demo", hole_minutes: int = 0) -> None:
    """Store 1m bars from 30 May 2024 on and their hours, with a hole in the second day."""
    times = START_MS + np.arange(int(days * 1440), dtype=np.int64) * MINUTE_MS
    hole = (times >= START_MS + DAY_MS) & (times < START_MS + DAY_MS + hole_minutes * MINUTE_MS)
    times = times[~hole]
    price = np.full(len(times), 100.0)
    columns = {"open_time": times, **dict.fromkeys(("open", "high", "low", "close"), price), "volume": price}
    store = Store(settings.paths.data_root, settings=settings)
    store.write(provider, symbol, frame_from_columns(columns), derive=["1h"])


class Desk:
    """Asks a real bridge and hands on what comes, as the pump does, when the test says so."""

    def __init__(self, bridge: ThreadXBridge) -> None:
        self.bridge = bridge
        self.on_jobs: list[Callable[[Sequence[JobEvent]], None]] = []
        self.lines: list[LogLine] = []

    def ask(self, function, then, failed=None) -> int:
        return self.bridge.call(function, then, failed)

    def forget(self, request: int) -> None:
        self.bridge.drop(request)

    def until(self, condition: Callable[[], bool]) -> None:
        """Hand on events until `condition` holds."""
        deadline = time.monotonic() + PATIENCE_S
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            try:
                event = self.bridge.events.get(timeout=0.05)
            except Empty:
                continue
            if isinstance(event, Answer):
                event.deliver()
            elif isinstance(event, JobEvent):
                for hear in self.on_jobs:
                    hear([event])
            else:
                self.lines.append(event)
