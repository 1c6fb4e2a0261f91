"""Indicators through the bridge: a job that brings files up to date, and what a window reads of them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.store.bank_maker import bars, settings_of
from threadx.bridge import ThreadXBridge
from threadx.bridge.events import JobEvent, JobState
from threadx.bridge.indicator_words import freshness, outcome, why
from threadx.data.indicator_batch import FAILED
from threadx.errors import IndicatorError
from threadx.indicators.answers import Freshness, Outcome, Why
from threadx.store import Store


@pytest.fixture
def bridge(tmp_path):
    settings = settings_of(tmp_path)
    Store(settings.paths.data_root, settings=settings).write("binance", "BTCUSDT", bars())
    with ThreadXBridge(settings, remember=False, log_lines=False) as bridge:
        yield bridge


def ended(bridge, job_id) -> JobEvent:
    while True:
        event = bridge.events.get(timeout=60)
        if isinstance(event, JobEvent) and event.job_id == job_id and event.final:
            return event


def test_a_job_brings_files_up_to_date(bridge):
    event = ended(bridge, bridge.compute_indicators(["BTCUSDT"], ["ema:20", "sma:5"], ["1h"]))
    assert event.state is JobState.DONE
    assert [(row.indicator, row.outcome) for row in event.result] == [("ema_20", "computed"), ("sma_5", "computed")]
    assert (event.done, event.total, event.unit) == (2, 2, "files")
    again = ended(bridge, bridge.compute_indicators(["BTCUSDT"], ["ema:20"], ["1h"]))
    assert [row.outcome for row in again.result] == ["reused"]


def test_without_words_the_settings_are_meant(bridge):
    event = ended(bridge, bridge.compute_indicators(["BTCUSDT"]))
    words = bridge.indicator_choices()
    assert len(event.result) == 2 * len(words)
    assert {row.timeframe for row in event.result} == {"5m", "1h"}
    core = ended(bridge, bridge.compute_indicators(["BTCUSDT"], timeframes=["1h"], include_core=True))
    assert len(core.result) == len(bridge.indicator_choices(include_core=True)) > len(words)


def test_a_job_that_fails_in_part_says_what_was_done(bridge):
    event = ended(bridge, bridge.compute_indicators(["BTCUSDT", "NOSUCH"], ["ema:20"], ["1h"]))
    assert event.state is JobState.FAILED
    assert [row.outcome for row in event.result] == ["computed", FAILED]
    assert "NOSUCH" in event.failure.message


def test_what_cannot_be_fails_the_job(bridge):
    event = ended(bridge, bridge.compute_indicators(["BTCUSDT"], ["emma"]))
    assert isinstance(event.failure, IndicatorError)


def test_how_files_stand_and_what_is_in_them(bridge):
    wanted = (["BTCUSDT"], ["ema:20"], ["1h"])
    assert [each.state for each in bridge.indicator_status(*wanted)] == [Freshness.MISSING]
    columns = bridge.indicator_values("binance", "BTCUSDT", "1h", "ema", {"period": 20})
    assert list(columns) == ["open_time", "ema"]
    assert np.isnan(columns["ema"]).sum() == 19
    first, last = int(columns["open_time"][30]), int(columns["open_time"][40])
    part = bridge.indicator_values("binance", "BTCUSDT", "1h", "ema", {"period": 20}, first, last)
    assert part["ema"].tobytes() == columns["ema"][30:40].tobytes()
    assert [each.state for each in bridge.indicator_status()] == [Freshness.FRESH]
    assert bridge.delete_indicators(["BTCUSDT"]).files == 1
    assert bridge.indicator_status() == []


def test_every_indicator_is_known_with_its_parameters(bridge):
    known = {each.name: each for each in bridge.indicators()}
    assert [parameter.name for parameter in known["macd"].parameters] == ["fast", "slow", "signal"]


@pytest.mark.parametrize(("words", "values"), [(freshness, Freshness), (outcome, Outcome), (why, Why)])
def test_every_value_has_words(words, values):
    assert all(words(value) for value in values)


def test_a_reason_names_its_month():
    assert why(Why.CHANGED, "2024-03") == "bars changed, from 2024-03"
