"""Symbols, the largest ones, estimates: with the exchange, and without it."""

from __future__ import annotations

import dataclasses

import pytest

from tests.bridge.conftest import BTC, DAY_1, DAY_2, ETH, NOW, SOL, Watcher
from threadx.bridge import ThreadXBridge
from threadx.demo.faults import Fault
from threadx.errors import DataError, SourceError

MINUTE = 60_000


def offline(settings):
    """Settings whose exchange does not answer, and that give up at once."""
    limits = dataclasses.replace(settings.limits, max_retries=0, connect_timeout_s=0.5, total_timeout_s=1.0)
    return dataclasses.replace(settings, limits=limits).with_source("http://127.0.0.1:9", "demo")


def test_symbols_are_those_of_the_exchange_and_of_the_bank(exchange, bridge, watch, bridge_settings):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    rows = watch.value_of(bridge.symbols)
    assert [row.symbol for row in rows] == sorted({row.symbol for row in rows})
    by_name = {row.symbol: row for row in rows}
    assert (by_name[BTC].base, by_name[BTC].quote, by_name[BTC].tradable) == ("BTC", "USDC", True)
    assert (by_name[BTC].last_bar_ms is None, by_name[ETH].last_bar_ms) == (False, None)
    assert bridge.status().reachable


def test_without_the_exchange_what_is_stored_is_still_there(bridge, watch, bridge_settings):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    with ThreadXBridge(offline(bridge_settings)) as alone:
        eyes = Watcher(alone)
        assert isinstance(eyes.answer_to(alone.ask(alone.symbols)).failure, SourceError)
        assert alone.status().reachable is False
        (row,) = eyes.value_of(alone.stored_symbols)
        assert (row.symbol, row.base, row.quote, row.tradable) == (BTC, "BTC", "USDC", False)
        assert len(eyes.value_of(lambda progress: alone.bars("demo", BTC, "1h", progress=progress))["open"]) == 24
        # less what is stored, by this computer's clock
        assert (
            eyes.value_of(lambda progress: alone.estimate([BTC], DAY_1, DAY_2, progress=progress)).totals.rows == 1440
        )


def test_top_symbols_are_the_largest_of_the_universe(exchange, bridge, watch):
    top = watch.value_of(lambda progress: bridge.top_symbols(5, progress))
    every = watch.value_of(lambda progress: bridge.top_symbols(1000, progress))
    rows = {row.symbol: row for row in watch.value_of(bridge.symbols)}
    assert len(top) == 5
    assert top == every[:5]
    assert top[0] == BTC
    assert all(rows[name].quote == "USDC" and rows[name].tradable for name in every)


def test_the_ranking_says_what_it_lacks_and_a_look_writes_nothing(bridge, watch, bridge_settings):
    ranking = watch.value_of(lambda progress: bridge.top_tokens(1000, progress=progress))
    assert (ranking[0].symbol, ranking[0].id) == (BTC, "bitcoin")
    assert any("fewer than the 1000 asked for" in str(note) for note in ranking.notes)
    assert not bridge_settings.paths.selection_json.exists()


def test_an_estimate_counts_what_is_missing_and_asks_the_clock_once(exchange, bridge, watch):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    exchange.log.clear()
    for _ in range(3):
        estimate = watch.value_of(lambda progress: bridge.estimate([BTC, ETH], DAY_1, DAY_2, progress=progress))
    assert [plan.rows for plan in estimate.plans] == [1440, 2880]
    assert (estimate.totals.symbols, estimate.totals.rows, estimate.replaced) == (2, 4320, 0)
    assert exchange.log.by_path == {"time": 1}


def test_an_estimate_of_a_download_again_says_what_it_would_replace(bridge, watch):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    estimate = watch.value_of(lambda progress: bridge.estimate([BTC], DAY_1, DAY_2, refetch=True, progress=progress))
    assert (estimate.totals.rows, estimate.replaced) == (2880, 1440)


def test_an_estimate_ends_with_the_last_finished_minute(exchange, bridge, watch):
    estimate = watch.value_of(lambda progress: bridge.estimate([BTC], "2024-06-03", None, progress=progress))
    assert estimate.plans[0].wanted.end_ms == int(NOW.timestamp() * 1000) // MINUTE * MINUTE


def test_impossible_dates_are_refused_before_anything_is_queued(bridge):
    for verb in (bridge.download, bridge.dry_run):
        with pytest.raises(DataError):
            verb([BTC], "2024-02-30")
        with pytest.raises(DataError, match="empty"):
            verb([BTC], DAY_2, DAY_1)
    assert bridge.jobs.snapshot() == []


def test_a_dry_run_reports_a_symbol_that_does_not_exist_beside_the_others(bridge, watch):
    end = watch.end_of(bridge.dry_run([BTC, "NOSUCHUSDC", SOL], DAY_1, DAY_1))
    assert [report.success for report in end.result.reports] == [True, False, True]
    assert end.result.totals.rows == 2880
    assert (end.done, end.total, end.unit) == (3, 3, "symbols")


def test_a_dry_run_fails_nothing_when_the_exchange_is_gone(exchange, bridge, watch):
    exchange.faults.add(Fault.RESTRICTED_451, times=None)
    end = watch.end_of(bridge.dry_run([BTC], DAY_1, DAY_1))
    assert not end.result.reports[0].success
