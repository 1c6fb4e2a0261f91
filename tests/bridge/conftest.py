"""A bridge on the embedded exchange and a bank in the test's own folder."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from queue import Empty

import pytest

from tests.patience import PATIENCE_S
from threadx.bridge import Answer, Event, JobEvent, ThreadXBridge
from threadx.config import Settings
from threadx.demo import DemoExchange

NOW = datetime(2024, 6, 3, 12, 0, 30, tzinfo=UTC)
BTC, ETH, SOL = "BTCUSDC", "ETHUSDC", "SOLUSDC"
DAY_1, DAY_2, DAY_3 = "2024-05-30", "2024-05-31", "2024-06-01"


class Watcher:
    """Empties a bridge's queue, as the pump of a window does, and keeps what came."""

    def __init__(self, bridge: ThreadXBridge) -> None:
        self.bridge = bridge
        self.seen: list[Event] = []

    def drain(self) -> list[Event]:
        """Take what is there now."""
        while True:
            try:
                self.seen.append(self.bridge.events.get_nowait())
            except Empty:
                return self.seen

    def until(self, condition: Callable[[], object], timeout_s: float = PATIENCE_S) -> None:
        """Take events until `condition` holds."""
        deadline_s = time.monotonic() + timeout_s
        self.drain()
        while not condition():
            left_s = deadline_s - time.monotonic()
            assert left_s > 0, f"waited in vain; seen: {self.seen[-5:]}"
            try:
                self.seen.append(self.bridge.events.get(timeout=min(left_s, 0.05)))
            except Empty:
                continue

    def of(self, job_id: int) -> list[JobEvent]:
        """The events of one job, in order."""
        return [event for event in self.drain() if isinstance(event, JobEvent) and event.job_id == job_id]

    def end_of(self, job_id: int) -> JobEvent:
        """Wait for a job's final event."""
        self.until(lambda: any(event.final for event in self.of(job_id)))
        return self.of(job_id)[-1]

    def answer_to(self, request_id: int) -> Answer:
        """Wait for a query's answer."""

        def found() -> list[Answer]:
            return [each for each in self.drain() if isinstance(each, Answer) and each.request_id == request_id]

        self.until(found)
        return found()[0]

    def value_of(self, function) -> object:
        """Ask, and return the answer's value."""
        answer = self.answer_to(self.bridge.ask(function))
        assert answer.failure is None, answer.failure
        return answer.value


@pytest.fixture
def exchange() -> Iterator[DemoExchange]:
    with DemoExchange(now=NOW, weight_limit=10**6, usdc_pairs=12) as running:
        yield running


@pytest.fixture
def bridge_settings(settings: Settings, exchange: DemoExchange) -> Settings:
    ingest = dataclasses.replace(settings.ingest, timeframes=("1h",), workers=3, history_days=2)
    limits = dataclasses.replace(settings.limits, max_retries=1, read_timeout_s=60.0, total_timeout_s=120.0)
    return dataclasses.replace(settings, ingest=ingest, limits=limits).with_source(exchange.url, "demo")


@pytest.fixture
def bridge(bridge_settings: Settings) -> Iterator[ThreadXBridge]:
    opened = ThreadXBridge(bridge_settings)
    yield opened
    opened.close()
    assert opened.ended(PATIENCE_S)


@pytest.fixture
def watch(bridge: ThreadXBridge) -> Watcher:
    return Watcher(bridge)
