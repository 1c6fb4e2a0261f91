"""Momentum indicators by hand, and as plain functions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.indicators.market import walk
from threadx.indicators import momentum
from threadx.indicators.spec import get

NAN = np.nan


def test_the_functions_over_arrays_give_what_the_indicators_give():
    bars = walk(300)
    high, low, close = bars["high"], bars["low"], bars["close"]
    made = {
        "rsi": momentum.rsi(close, 7),
        "macd": momentum.macd(close, fast=7, slow=9),
        "stochastic": momentum.stochastic(high, low, close, period=7),
        "cci": momentum.cci(high, low, close, period=7),
        "roc": momentum.roc(close, 7),
        "williams_r": momentum.williams_r(high, low, close, period=7),
    }

    assert set(made) == {each.name for each in momentum.INDICATORS}
    for name, arrays in made.items():
        params = {"period": 7} if name != "macd" else {"fast": 7, "slow": 9}
        for mine, theirs in zip(np.atleast_2d(arrays), get(name).run(bars, params)[0].values(), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_rsi_is_seeded_with_the_mean_and_goes_on_as_wilder_did():
    made = momentum.rsi([10, 12, 11, 14], 2)  # gains 2 0 3, losses 0 1 0

    np.testing.assert_allclose(made, [NAN, NAN, 100 * 1 / (1 + 0.5), 100 * 2 / (2 + 0.25)])


def test_rsi_of_a_series_that_only_rises_is_exactly_a_hundred_and_of_one_that_only_falls_zero():
    rising = 100 * 1.001 ** np.arange(20_000)

    assert set(momentum.rsi(rising, 14)[14:].tolist()) == {100.0}
    assert set(momentum.rsi(rising[::-1], 14)[14:].tolist()) == {0.0}


def test_rsi_speaks_from_the_first_move_on():
    made = momentum.rsi([5.0] * 20 + [6.0, 6.0], 3)

    assert np.isnan(made[:20]).all()
    assert made[20:].tolist() == [100.0, 100.0]


def test_oscillators_of_a_few_bars():
    high, low, close = np.array([3.0, 5, 4, 4]), np.array([1.0, 2, 3, 4]), np.array([2.0, 5, 3, 4])

    k, d = momentum.stochastic(high, low, close, period=2, smooth=1, signal=2)
    np.testing.assert_allclose(k, [NAN, 100, 100 / 3, 100])
    np.testing.assert_allclose(d, [NAN, NAN, 200 / 3, 200 / 3])
    np.testing.assert_allclose(momentum.williams_r(high, low, close, period=2), [NAN, 0, -200 / 3, 0], atol=1e-12)
    np.testing.assert_allclose(momentum.roc(close, 2), [NAN, NAN, 50, -20])


def test_cci_of_two_bars_is_two_thirds_of_a_hundred_away_from_the_middle():
    made = momentum.cci([1.0, 2, 2, 1], [1.0, 2, 2, 1], [1.0, 2, 2, 1], period=2)

    np.testing.assert_allclose(made, [NAN, 1 / 0.015, NAN, -1 / 0.015])


def test_macd_is_exactly_zero_where_nothing_moves():
    line, signal, histogram = momentum.macd(np.full(200, 0.1))

    assert set(line[25:]) == set(signal[33:]) == set(histogram[33:]) == {0.0}


@pytest.mark.parametrize("name", ["rsi", "stochastic"])
def test_oscillators_stay_within_their_bounds(name):
    outputs, _ = get(name).run(walk(20_000, quiet=0.5), {})

    for values in outputs.values():
        known = values[~np.isnan(values)]
        assert known.min() >= 0
        assert known.max() <= 100


@pytest.mark.parametrize("period", [2, 3, 5, 14])
def test_a_close_that_stands_still_keeps_its_rsi_until_it_has_none(period):
    """Averages of nothing fade by the same factor, until they are too small to be compared."""
    for seed in range(10):
        moves = np.random.default_rng(seed).normal(0, 0.1, 200).round(2).cumsum()
        close = np.concatenate((100 + moves, np.full(9000, 100 + moves[-1])))
        still = momentum.rsi(close, period)[200:]
        known = still[~np.isnan(still)]
        assert known.size > 200 * period
        assert np.abs(known - known[0]).max() < 1e-6
        assert np.isnan(still[known.size :]).all()
