"""Trend indicators by hand, and as plain functions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.indicators.market import walk
from threadx.indicators import trend
from threadx.indicators.spec import get

NAN = np.nan


def test_the_functions_over_arrays_give_what_the_indicators_give():
    bars = walk(300)
    high, low, close = bars["high"], bars["low"], bars["close"]
    made = {
        "sma": trend.sma(close, 7),
        "ema": trend.ema(close, 7),
        "vortex": trend.vortex(high, low, close, period=7),
        "adx": trend.adx(high, low, close, period=7),
        "ichimoku": trend.ichimoku(high, low),
        "supertrend": trend.supertrend(high, low, close, period=7),
    }

    assert set(made) == {each.name for each in trend.INDICATORS}
    for name, arrays in made.items():
        params = {"period": 7} if name != "ichimoku" else {}
        for mine, theirs in zip(np.atleast_2d(arrays), get(name).run(bars, params)[0].values(), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_the_averages_of_a_few_closes():
    np.testing.assert_array_equal(trend.sma([1, 2, 6, 0], 3), [NAN, NAN, 3, 8 / 3])
    np.testing.assert_array_equal(trend.ema([1, 2, 6, 1], 3), [NAN, NAN, 3, 2])
    np.testing.assert_array_equal(trend.ema([1, 2, 6], 1), [1, 2, 6])


def test_a_steady_rise_has_all_its_movement_upwards():
    low = np.arange(1.0, 61.0)
    high, close = low + 1, low + 0.5

    strength, plus, minus = trend.adx(high, low, close, period=3)
    assert (strength[5:], minus[3:]) == (pytest.approx(100), pytest.approx(0))
    np.testing.assert_allclose(plus[3:], 100 / 1.5)

    up, down = trend.vortex(high, low, close, period=3)
    np.testing.assert_allclose(up[3:], 2 / 1.5)
    np.testing.assert_allclose(down[3:], 0)


def test_the_cloud_shows_what_was_known_when_it_was_drawn():
    high = np.arange(10.0) + 1
    low = np.arange(10.0)

    conversion, base, span_a, span_b = trend.ichimoku(high, low, conversion=1, base=2, span=3, displacement=4)

    assert (conversion[5], base[5]) == (5.5, 5.0)
    assert (span_a[9], span_b[9]) == ((5.5 + 5.0) / 2, 4.5)
    assert np.isnan(span_a[4])
    assert not np.isnan(span_a[5])


def test_supertrend_begins_with_the_upper_band_wherever_the_first_close_is():
    close = np.linspace(10.0, 20.0, 20)
    line, direction = trend.supertrend(close + 0.01, close - 1.0, close, period=3, multiplier=0.01)
    assert (direction[3], line[3] > close[3] - 0.495) == (-1.0, True)
    assert direction[4] == 1.0


def test_supertrend_changes_sides_when_the_close_crosses_the_line():
    close = np.concatenate((np.full(10, 100.0), np.arange(100.0, 130), np.arange(130.0, 90, -1)))

    line, direction = trend.supertrend(close + 1, close - 1, close, period=3, multiplier=2.0)

    known = ~np.isnan(line)
    assert (np.sign(close[known] - line[known]) * direction[known] >= 0).all()
    assert (np.diff(direction[known]) != 0).sum() == 2
    rising = line[20:40]
    assert (np.diff(rising) >= 0).all()
