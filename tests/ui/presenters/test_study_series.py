"""Values of indicators over the slots of bars: nothing lost by merging, nothing drawn where nothing is."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ui.chart_bars import MINUTE, START, columns
from threadx.bars.timeframe import Timeframe
from threadx.ui.presenters.chart_bars import ChartSeries
from threadx.ui.presenters.study_series import StudySeries

MINUTES = Timeframe.parse("1m")


def values_of(bars, *, warm_up=20):
    """Return one output: noise, with NaN while warming up."""
    found = np.random.default_rng(4).normal(50, 10, bars["open_time"].size)
    found[:warm_up] = np.nan
    return {"open_time": bars["open_time"], "value": found}


def test_unmerged_slots_have_the_value_of_their_bar_and_others_none():
    bars = columns(60, without=range(30, 35))
    values = {name: each[5:50] for name, each in values_of(bars, warm_up=0).items()}

    slots = ChartSeries.build(bars, MINUTES).slots(START, START + 60 * MINUTE, 1000)
    spread = StudySeries.build(values, MINUTES).over(slots)["value"]

    assert np.isnan(spread.last[:5]).all()
    assert np.isnan(spread.last[50:]).all()
    np.testing.assert_array_equal(spread.last[5:50], values["value"])


@pytest.mark.parametrize("pixels", [7_000, 3_000, 900, 100])
def test_merged_slots_keep_lowest_highest_and_last_whatever_the_level(pixels):
    bars = columns(40_000, without=range(9_000, 9_400))
    values = values_of(bars)
    series = ChartSeries.build(bars, MINUTES)
    study = StudySeries.build(values, MINUTES)
    assert len(study.levels) > 2

    slots = series.slots(START, START + 40_000 * MINUTE, pixels)
    spread = study.over(slots)["value"]

    assert slots.merged > 1
    for place in np.random.default_rng(1).integers(0, len(slots), 40):
        inside = (values["open_time"] >= slots.start_ms[place]) & (values["open_time"] < slots.end_ms[place])
        run = values["value"][inside]
        known = run[np.isfinite(run)]
        if known.size:
            assert (spread.low[place], spread.high[place]) == (known.min(), known.max())
            np.testing.assert_equal(spread.last[place], run[-1])
        else:
            assert np.isnan(spread.low[place])


def test_bars_before_the_first_and_after_the_last_value_have_none():
    bars = columns(20_000)
    values = {name: each[8_000:12_000] for name, each in values_of(bars, warm_up=0).items()}

    slots = ChartSeries.build(bars, MINUTES).slots(START, START + 20_000 * MINUTE, 500)
    spread = StudySeries.build(values, MINUTES).over(slots)["value"]

    there = (slots.end_ms > values["open_time"][0]) & (slots.start_ms <= values["open_time"][-1])
    np.testing.assert_array_equal(np.isfinite(spread.last), there)


def test_no_values_at_all_are_no_values_in_every_slot():
    bars = columns(9_000)
    empty = {"open_time": np.zeros(0, np.int64), "value": np.zeros(0)}
    study = StudySeries.build(empty, MINUTES)

    for pixels in (20_000, 300):
        slots = ChartSeries.build(bars, MINUTES).slots(START, START + 9_000 * MINUTE, pixels)
        assert np.isnan(study.over(slots)["value"].last).all()
    assert np.isnan(study.at(START)["value"])


def test_the_value_of_a_bar_is_found_by_its_open_time():
    bars = columns(50)
    values = values_of(bars, warm_up=10)
    study = StudySeries.build(values, MINUTES)

    assert np.isnan(study.at(START)["value"])
    assert study.at(START + 30 * MINUTE)["value"] == values["value"][30]
    assert np.isnan(study.at(START + 30 * MINUTE + 1)["value"])
