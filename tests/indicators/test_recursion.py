"""Averages and sums without a loop give what the loop gives, and go on where they stopped."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.indicators import plain
from threadx.indicators.recursion import Average, Previous, RunningSum, exponential, wilder

PERIODS = (1, 2, 3, 5, 9, 14, 26, 200, 5000)


def prices(size=30_000, seed=5):
    return 100 * np.exp(np.cumsum(np.random.default_rng(seed).normal(0, 1e-3, size)))


def moved(state):
    return json.loads(json.dumps(state, allow_nan=False))


@pytest.mark.parametrize("period", PERIODS)
def test_an_exponential_average_is_the_recursion(period):
    given = prices()

    np.testing.assert_allclose(exponential(period).feed_one(given), plain.ema(given.tolist(), period), rtol=1e-13)


@pytest.mark.parametrize("period", PERIODS)
def test_an_average_of_what_decays_to_nothing_keeps_its_digits(period):
    given = np.abs(np.diff(prices()))
    given[10_000:13_000] = 0.0

    made, expected = wilder(period).feed_one(given), plain.wilder(given.tolist(), period)

    np.testing.assert_allclose(made, expected, rtol=1e-11, atol=1e-140)
    assert (made[~np.isnan(made)] >= 0).all()


def test_what_never_moves_again_ends_at_zero_and_recovers():
    given = np.concatenate((np.ones(100), np.zeros(60_000), np.ones(30)))

    made = wilder(14).feed_one(given)

    assert made[50_000] == 0.0
    np.testing.assert_allclose(made[-1], 1 - (13 / 14) ** 30, rtol=1e-12)


@pytest.mark.parametrize("period", PERIODS)
def test_a_flat_series_is_its_own_average_exactly(period):
    flat = np.full(20_000, 0.1)

    assert set(exponential(period).feed_one(flat)[period - 1 :].tolist()) == {0.1}
    np.testing.assert_allclose(wilder(period).feed_one(flat)[period - 1 :], 0.1, rtol=1e-12)


@pytest.mark.parametrize("value", [1e-10, 1e-5, 1e13, 1e40])
@pytest.mark.parametrize("period", [2, 9, 200])
def test_any_size_of_number_keeps_its_digits(period, value):
    given = prices() * value

    np.testing.assert_allclose(exponential(period).feed_one(given), plain.ema(given.tolist(), period), rtol=1e-13)
    np.testing.assert_allclose(wilder(period).feed_one(given), plain.wilder(given.tolist(), period), rtol=1e-12)


@pytest.mark.parametrize("make", [exponential, wilder])
@pytest.mark.parametrize("period", [1, 2, 9, 14, 5000])
@given(cuts=st.lists(st.integers(0, 30_000), max_size=5).map(sorted), holes=st.booleans())
def test_an_average_goes_on_bit_for_bit(make, period, cuts, holes):
    given = prices()
    if holes:
        given = given.copy()
        given[:7] = given[500:510] = given[20_000] = math.nan
    whole = make(period).feed_one(given)

    average, parts = make(period), []
    for begin, end in zip([0, *cuts], [*cuts, given.size], strict=True):
        parts.append(average.feed_one(given[begin:end]))
        state, average = moved(average.dump()), make(period)
        average.load(state)

    assert np.concatenate(parts).tobytes() == whole.tobytes()


def test_a_missing_value_does_not_count():
    given = prices(200)
    holed = np.insert(given, [0, 3, 50, 51], math.nan)

    made = exponential(10).feed_one(holed)

    present = ~np.isnan(holed)
    np.testing.assert_allclose(made[present], exponential(10).feed_one(given), rtol=1e-14)
    assert np.isnan(made[~present]).all()


@given(st.lists(st.floats(-1e6, 1e6), max_size=60), st.lists(st.integers(0, 60), max_size=6).map(sorted))
def test_a_running_sum_is_the_sum_and_goes_on_bit_for_bit(given, cuts):
    whole = np.array(given)
    RunningSum().add_up(whole)

    running, parts = RunningSum(), []
    for begin, end in zip([0, *cuts], [*cuts, None], strict=True):
        part = np.array(given[begin:end], dtype=float)
        running.add_up(part)
        parts.append(part)
        state, running = moved(running.dump()), RunningSum()
        running.load(state)

    assert np.concatenate(parts).tobytes() == whole.tobytes()
    expected = [math.fsum(given[: row + 1]) for row in range(len(given))]
    np.testing.assert_allclose(whole, expected, rtol=1e-12, atol=1e-8)


def test_the_previous_value_of_the_first_is_none():
    previous = Previous()

    assert math.isnan(previous.feed_one(np.array([1.0, 2.0]))[0])
    assert previous.feed_one(np.array([3.0])).tolist() == [2.0]
    assert previous.feed_one(np.array([])).tolist() == []
    assert previous.dump() == {"last": 3.0}


def test_any_alpha_will_do():
    given = prices(5000)

    made = Average(3, 0.999, centred=True).feed_one(given)

    np.testing.assert_allclose(made, plain.average(given.tolist(), 3, 0.999), rtol=1e-13)
