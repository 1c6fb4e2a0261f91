"""Windows by doubling give what each window gives alone."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.lib.stride_tricks import sliding_window_view

from threadx.indicators.rolling import rolling_deviation, rolling_max, rolling_mean, rolling_min, rolling_sum

PERIODS = (1, 2, 3, 4, 5, 7, 8, 20, 31, 32, 33, 200)


def values(size=500, seed=3):
    return np.random.default_rng(seed).normal(100, 1, size)


@pytest.mark.parametrize("period", PERIODS)
def test_sums_and_extremes_are_those_of_each_window(period):
    given = values()
    windows = sliding_window_view(given, period)

    np.testing.assert_allclose(rolling_sum(given, period)[period - 1 :], windows.sum(axis=1), rtol=1e-14)
    np.testing.assert_allclose(rolling_mean(given, period)[period - 1 :], windows.mean(axis=1), rtol=1e-14)
    np.testing.assert_array_equal(rolling_max(given, period)[period - 1 :], windows.max(axis=1))
    np.testing.assert_array_equal(rolling_min(given, period)[period - 1 :], windows.min(axis=1))


@pytest.mark.parametrize("period", PERIODS)
@pytest.mark.parametrize(("level", "tolerance"), [(0.0, 1e-12), (1e5, 1e-10), (1e8, 1e-7)])
def test_deviations_lose_few_digits_far_above_zero(period, level, tolerance):
    given = values() + level
    mean, deviation = rolling_deviation(given, period)
    windows = sliding_window_view(given, period)

    np.testing.assert_allclose(mean[period - 1 :], windows.mean(axis=1), rtol=1e-14)
    np.testing.assert_allclose(deviation[period - 1 :], windows.std(axis=1), rtol=tolerance, atol=1e-12)


@given(st.integers(1, 40), st.integers(0, 60), st.integers(0, 60))
def test_a_window_has_the_same_bits_wherever_the_array_begins(period, before, after):
    given = values(120)
    part = given[before : 120 - after]
    for function in (rolling_sum, rolling_max, lambda x, p: rolling_deviation(x, p)[1]):
        whole, short = function(given, period), function(part, period)
        assert short[period - 1 :].tobytes() == whole[before + period - 1 : 120 - after].tobytes()


@pytest.mark.parametrize("period", PERIODS)
def test_a_flat_window_has_no_deviation_at_all_even_after_wild_moves(period):
    given = np.concatenate((values(300) * 1e6, np.full(300, 0.1)))

    assert (rolling_deviation(given, period)[1][300 + period :] == 0.0).all()


def test_a_missing_value_spoils_the_windows_it_is_in_and_no_other():
    given = values(50)
    given[20] = math.nan
    for function in (rolling_sum, rolling_mean, rolling_max, rolling_min, lambda x, p: rolling_deviation(x, p)[1]):
        spoiled = np.flatnonzero(np.isnan(function(given, 5)))
        assert spoiled.tolist() == [0, 1, 2, 3, 20, 21, 22, 23, 24]


@pytest.mark.parametrize("period", [1, 5, 6, 200])
def test_too_few_values_give_as_many_nan(period):
    for size in (0, 1, 4):
        for function in (rolling_sum, rolling_max, lambda x, p: rolling_deviation(x, p)[0]):
            made = function(np.ones(size), period)
            assert made.shape == (size,)
            assert np.isnan(made[: period - 1]).all()
