"""Bars made ready to draw: merged to pixel columns without losing a price, a volume or a gap."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.chart_bars import MINUTE, START, columns, series
from threadx.bars.timeframe import Timeframe
from threadx.ui.presenters.chart_bars import ChartSeries


def test_bars_wider_than_a_pixel_are_drawn_as_they_are():
    found = series(50)

    slots = found.slots(START + 10 * MINUTE, START + 20 * MINUTE, 400)

    assert slots.merged == 1
    assert slots.start_ms[slots.touching(START + 10 * MINUTE, START + 20 * MINUTE)].tolist() == [
        START + n * MINUTE for n in range(10, 20)
    ]


@given(count=st.integers(1, 3000), pixels=st.integers(1, 500), seed=st.integers(0, 9))
def test_merging_keeps_extremes_volume_and_both_ends(count, pixels, seed):
    found = series(count, seed=seed)

    slots = found.slots(found.first_ms, found.end_ms, pixels)

    base = found.columns
    assert len(slots) <= pixels + 2 or slots.merged == 1
    assert slots.high.max() == base["high"].max()
    assert slots.low.min() == base["low"].min()
    assert slots.open[0] == base["open"][0]
    assert slots.close[-1] == base["close"][-1]
    assert slots.volume.sum() == pytest.approx(base["volume"].sum())


def test_merged_slots_do_not_move_when_the_view_does():
    found = series(20_000)
    span = 9_000 * MINUTE

    first = found.slots(START, START + span, 300)
    second = found.slots(START + 7 * MINUTE, START + span + 7 * MINUTE, 300)

    shared, here, there = np.intersect1d(first.start_ms, second.start_ms, return_indices=True)
    inside = (here > 0) & (here < len(first) - 1) & (there > 0) & (there < len(second) - 1)
    assert len(shared) > 250
    assert (first.high[here[inside]] == second.high[there[inside]]).all()
    assert (first.close[here[inside]] == second.close[there[inside]]).all()


def test_coarse_levels_say_the_same_as_the_bars_themselves():
    found = series(40_000)
    without_levels = ChartSeries(found.timeframe, found.columns, ())

    ours = found.slots(START, found.end_ms, 100)
    theirs = without_levels.slots(START, found.end_ms, 100)

    assert len(found.levels) >= 2
    for name in ("start_ms", "open", "high", "low", "close"):
        assert (getattr(ours, name) == getattr(theirs, name)).all()


def test_a_gap_stays_a_gap_bars_or_merged():
    found = series(4_000, without=range(1_000, 2_000))
    gap = (START + 1_000 * MINUTE, START + 2_000 * MINUTE)

    assert found.slots(START, found.end_ms, 9_999).holes() == [gap]
    (merged,) = found.slots(START, found.end_ms, 200).holes()
    assert gap[0] <= merged[0] < merged[1] <= gap[1]


def test_a_bar_with_missing_minutes_is_incomplete():
    given = columns(3, period_ms=60 * MINUTE) | {"minutes": np.array([60, 59, 60])}

    found = ChartSeries.build(given, Timeframe.parse("1h"))

    assert found.slots(START, found.end_ms, 500).incomplete.tolist() == [False, True, False]


def test_months_end_where_the_next_begins():
    opened = np.array([np.datetime64(f"2024-{month:02d}", "ms").astype(np.int64) for month in (1, 2, 3)])
    given = columns(3) | {"open_time": opened}

    found = ChartSeries.build(given, Timeframe.parse("1mo"))
    slots = found.slots(int(opened[0]), found.end_ms, 1)

    assert slots.merged == 1
    assert (slots.end_ms - slots.start_ms).tolist() == [days * 86_400_000 for days in (31, 29, 31)]


def test_older_bars_join_in_front_and_newer_ones_win():
    older, newer = columns(100, seed=2), columns(100, start_ms=START + 50 * MINUTE, seed=3)
    found = ChartSeries.build(newer, Timeframe.parse("1m")).joined(older)

    assert len(found) == 150
    assert found.columns["close"][99] == older["close"][99]
    assert (np.diff(found.columns["open_time"]) == MINUTE).all()


def test_the_bar_under_an_instant_is_found_and_none_in_a_gap():
    found = series(100, without=[50])

    bar = found.bar_at(START + 51 * MINUTE + 1)

    assert bar is not None
    assert bar.start_ms == START + 51 * MINUTE
    assert bar.previous_close == found.columns["close"][49]
    assert found.bar_at(START + 50 * MINUTE + 1) is None
    assert found.bar_at(START - 1) is None
    assert found.bar_at(found.end_ms) is None


def test_steps_from_bar_to_bar_skip_gaps_and_stop_at_the_ends():
    found = series(10, without=[5])

    assert found.neighbour(START + 4 * MINUTE, 1).start_ms == START + 6 * MINUTE
    assert found.neighbour(START, -3).start_ms == START
    assert found.neighbour(START, 99).start_ms == START + 9 * MINUTE


def test_a_hole_tells_where_it_begins_and_ends():
    found = series(10, without=[5, 6])

    assert found.hole_at(START + 5 * MINUTE) == (START + 5 * MINUTE, START + 7 * MINUTE)
    assert found.hole_at(START + 7 * MINUTE) is None
    assert found.hole_at(START - 1) is None
    assert found.hole_at(found.end_ms + 1) is None


def test_no_bars_are_no_series():
    with pytest.raises(ValueError, match="empty"):
        series(0)
