"""Where bars must not be bridged, seen from open times alone."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from threadx.bars.timeframe import Timeframe
from threadx.indicators.gaps import restarts

MINUTE = 60_000


def at(minutes):
    return np.asarray(minutes, dtype=np.int64) * MINUTE


def test_only_more_than_the_allowed_minutes_restart():
    times = at([0, 1, 2, 8, 9, 16])

    assert restarts(times, Timeframe.parse("1m"), 5) == [5]
    assert restarts(times, Timeframe.parse("1m"), 4) == [3, 5]
    assert restarts(times, Timeframe.parse("1m"), 0) == [3, 5]
    assert restarts(times, Timeframe.parse("1m"), None) == []


def test_the_bar_before_counts_too():
    assert restarts(at([10, 11]), Timeframe.parse("1m"), 5, last_ms=3 * MINUTE) == [0]
    assert restarts(at([10, 11]), Timeframe.parse("1m"), 6, last_ms=3 * MINUTE) == []
    assert restarts(at([]), Timeframe.parse("1m"), 5, last_ms=0) == []


def test_bars_of_a_day_or_a_month_that_follow_each_other_have_no_gap():
    days = np.arange("2024-01-01", "2024-04-01", dtype="datetime64[D]").astype("datetime64[ms]").astype(np.int64)
    months = np.array(["2024-01", "2024-02", "2024-05"], dtype="datetime64[M]")

    assert restarts(days, Timeframe.parse("1d"), 0) == []
    assert restarts(months.astype("datetime64[ms]").astype(np.int64), Timeframe.parse("1mo"), 240) == [2]


@given(
    st.lists(st.integers(0, 19_999), max_size=30),
    st.integers(0, 400),
    st.lists(st.integers(1, 700), min_size=30, max_size=30),
)
def test_a_long_series_has_the_restarts_that_a_look_at_every_bar_finds(places, limit, widths):
    steps = np.ones(20_000, dtype=np.int64)
    for place, width in zip(places, widths, strict=False):
        steps[place] += width
    times = np.cumsum(steps) * MINUTE

    expected = [row for row in range(1, times.size) if (times[row] - times[row - 1]) // MINUTE - 1 > limit]

    assert restarts(times, Timeframe.parse("1m"), limit) == expected
