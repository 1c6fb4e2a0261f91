"""Several symbols at once: failures, cancel, progress."""

from __future__ import annotations

import json

import pytest

from tests.data.conftest import BTC, DAY_1, DAY_2, ETH, SOL
from tests.data.memory_source import DAY_MS, T0
from threadx.bars.intervals import Interval
from threadx.errors import (
    JobCancelled,
    SourceUnavailableError,
)
from threadx.progress import Progress, ProgressEvent


def test_one_symbols_failure_stops_no_other(manager, source):
    def fail(symbol, start_ms):
        if symbol == ETH and start_ms > T0:
            raise SourceUnavailableError("{symbol}: no answer", hint="try later", symbol=symbol)

    source.on_page = fail
    reports = manager.update_assets_batch([BTC, ETH, SOL, BTC], DAY_1, DAY_2)
    assert list(reports) == [BTC, ETH, SOL]
    assert [report.success for report in reports.values()] == [True, False, True]
    assert (reports[ETH].error, reports[ETH].hint) == ("ETHUSDC: no answer", "try later")
    assert json.loads(json.dumps([report.as_dict() for report in reports.values()]))[1]["success"] is False


def test_fault_of_our_own_is_a_report_too(manager, source, caplog):
    def fault(symbol, start_ms):
        raise ZeroDivisionError

    source.on_page = fault
    report = manager.update_assets_batch([BTC], DAY_1, DAY_1)[BTC]
    assert not report.success
    assert "log" in report.hint


def test_cancel_in_the_middle_keeps_what_was_committed(manager, source):
    progress = Progress()

    def cancel(symbol, start_ms):
        if symbol == BTC and start_ms >= T0 + 15 * DAY_MS:  # three days into April; March is committed
            progress.cancel()

    source.on_page = cancel
    with pytest.raises(JobCancelled):
        manager.update_assets_batch([BTC, ETH], DAY_1, "2023-04-07", progress=progress)
    assert manager.store.coverage("memory", BTC).stored == (Interval(T0, T0 + 12 * DAY_MS),)
    source.on_page = lambda symbol, start_ms: None
    source.asked.clear()
    manager.update_assets_batch([BTC], DAY_1, "2023-04-07")
    assert source.asked[0][1] == T0 + 12 * DAY_MS


def test_progress_hears_of_bars_and_symbols(manager):
    heard: list[ProgressEvent] = []
    manager.update_assets_batch([BTC, ETH], DAY_1, DAY_2, progress=Progress(heard.append))
    bars = [event for event in heard if event.unit == "bars" and event.subject == BTC]
    assert [event.done for event in bars] == [0, 1000, 2000, 2880]
    assert bars[-1].total == 2880
    assert [event.done for event in heard if event.unit == "symbols"][-1] == 2


def test_impossible_symbol_is_a_report(manager):
    report = manager.update_assets_batch(["../BTC"], DAY_1, DAY_1)["../BTC"]
    assert not report.success
    assert report.error
