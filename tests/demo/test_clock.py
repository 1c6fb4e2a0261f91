from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta, timezone

import pytest

from threadx.demo.clock import DemoClock, as_ms


def test_a_set_clock_stands_still_and_moves_on_request():
    clock = DemoClock(1_700_000_000_000)
    clock.advance(61.5)
    assert clock.now_ms() == 1_700_000_061_500
    clock.set(5)
    assert clock.now_ms() == 5


def test_without_a_moment_it_is_the_computers_clock():
    clock = DemoClock()
    assert abs(clock.now_ms() - time.time() * 1000) < 60_000
    clock.advance(86_400)
    assert 86_300_000 < clock.now_ms() - time.time() * 1000 < 86_500_000
    clock.set(None)
    assert abs(clock.weight_ms() - time.time() * 1000) < 60_000


def test_weight_minutes_pass_while_the_clock_stands_still():
    clock = DemoClock(1_700_000_000_000)
    assert 0 <= clock.weight_ms() - clock.now_ms() < 60_000
    seen = clock.weight_ms()
    while clock.weight_ms() == seen:  # a millisecond at most
        pass
    assert clock.now_ms() == 1_700_000_000_000


def test_moments_are_exact_in_every_time_zone():
    moment = datetime(2024, 1, 1, 1, 0, 0, 1000, tzinfo=timezone(timedelta(hours=1)))
    assert as_ms(moment) == as_ms(datetime(2024, 1, 1, 0, 0, 0, 1000, tzinfo=UTC)) == 1_704_067_200_001


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError, match="time zone"):
        DemoClock(datetime(2024, 1, 1))  # noqa: DTZ001 - that is the point
