from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx.demo.clock import as_ms
from threadx.demo.grids import INTERVALS, grid

times = st.integers(min_value=0, max_value=4_000_000_000_000)
grids = st.builds(
    grid,
    st.sampled_from(INTERVALS),
    offset_ms=st.integers(-720, 840).map(lambda minutes: minutes * 60_000),
    anchor_day=st.integers(0, 2),
)


@given(grids, times)
def test_every_moment_is_in_the_bar_that_it_is_floored_to(steps, ms):
    opened = steps.floor(ms)
    assert opened <= ms < steps.following(opened)
    assert steps.floor(steps.following(opened)) == steps.following(opened)


@given(grids, times)
def test_the_first_bar_at_or_after_a_moment_is_the_nearest(steps, ms):
    first = steps.first_at_or_after(ms)
    assert first >= ms
    assert steps.floor(first) == first
    assert steps.floor(first - 1) < ms or first == ms


@pytest.mark.parametrize(
    ("interval", "expected"),
    [("1w", (2024, 5, 27)), ("1M", (2024, 5, 1)), ("1d", (2024, 5, 31)), ("4h", (2024, 5, 31, 20))],
)
def test_weeks_begin_on_monday_and_months_on_the_first(interval, expected):
    moment = as_ms(datetime(2024, 5, 31, 23, 59, tzinfo=UTC))
    assert grid(interval).floor(moment) == as_ms(datetime(*expected, tzinfo=UTC))


def test_a_time_zone_moves_the_days_start():
    moment = as_ms(datetime(2024, 5, 31, 23, 59, tzinfo=UTC))
    eight_hours = 8 * 3_600_000
    assert grid("1d", offset_ms=eight_hours).floor(moment) == as_ms(datetime(2024, 5, 31, 16, tzinfo=UTC))
    assert grid("1M", offset_ms=eight_hours).floor(moment) == as_ms(datetime(2024, 5, 31, 16, tzinfo=UTC))
    assert grid("1m", offset_ms=eight_hours).floor(moment) == moment
