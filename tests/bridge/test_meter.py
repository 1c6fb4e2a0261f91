"""How fast, and how long still."""

from __future__ import annotations

import pytest

from threadx.bridge.meter import Meter


def metered(*points):
    meter = Meter()
    for now_s, done in points:
        meter.add(now_s, done)
    return meter


def test_one_point_tells_nothing():
    meter = metered((0.0, 0))
    assert (meter.per_second(5.0), meter.left_s(0.0, 100), meter.average(0.0)) == (0.0, None, None)
    assert Meter().per_second(1.0) is None


def test_too_short_a_time_tells_nothing():
    assert metered((0.0, 0), (0.1, 50)).per_second(0.1) is None


def test_a_steady_rate_is_told_with_what_is_left():
    meter = metered(*((second, second * 100) for second in range(8)))
    assert meter.per_second(7.0) == pytest.approx(100)
    assert meter.left_s(7.0, 1000) == pytest.approx(3)
    assert meter.average(7.0) == pytest.approx(100)


def test_the_rate_is_that_of_the_last_seconds():
    meter = metered((0.0, 0), (1.0, 10_000), *((2.0 + second, 10_000 + 10 * second) for second in range(20)))
    assert meter.per_second(21.0) == pytest.approx(10, rel=0.15)


def test_a_standstill_makes_the_rate_fall():
    meter = metered((0.0, 0), (1.0, 1000))
    assert meter.per_second(2.0) > meter.per_second(9.0) > 0


def test_another_phase_that_begins_to_count_starts_anew():
    meter = metered((0.0, 0), (5.0, 5000), (6.0, 0), (7.0, 10))
    assert meter.per_second(7.0) == pytest.approx(10)


def test_nothing_is_left_behind_the_end():
    assert metered((0.0, 0), (1.0, 200)).left_s(1.0, 100) == 0


def test_an_announced_wait_counts_in_full_and_leaves_the_rate_of_the_work_alone():
    """While the minute's weight was used up, the time left grew without end instead of saying "the wait, and then"."""
    meter = metered(*((second, second * 100) for second in range(5)))
    meter.wait(4.0, 50.0)
    assert meter.left_s(4.0, 1000) == pytest.approx(50 + 6)
    assert meter.left_s(34.0, 1000) == pytest.approx(20 + 6)


def test_a_wait_that_is_said_anew_is_one_wait():
    meter = metered((0.0, 0), (4.0, 400))
    for now_s in (4.0, 5.0, 6.0):
        meter.wait(now_s, 14.0 - now_s)
    assert meter.left_s(6.0, 1000) == pytest.approx(8 + 6)


def test_after_a_wait_the_time_left_is_that_of_the_work():
    meter = metered((0.0, 0), (4.0, 400))
    meter.wait(4.0, 50.0)
    meter.add(55.0, 500)
    assert meter.left_s(55.0, 1000) == pytest.approx(5)
    meter.wait(55.0, 10.0)
    assert meter.left_s(57.0, 1000) == pytest.approx(8 + 5)


def test_time_beyond_what_was_announced_is_work_again():
    meter = metered((0.0, 0), (4.0, 400))
    meter.wait(4.0, 2.0)
    assert meter.left_s(10.0, 800) == pytest.approx(8)
