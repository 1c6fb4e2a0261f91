"""Volatility indicators by hand, and as plain functions."""

from __future__ import annotations

import numpy as np

from tests.indicators.market import walk
from threadx.indicators import volatility
from threadx.indicators.spec import get

NAN = np.nan


def test_the_functions_over_arrays_give_what_the_indicators_give():
    bars = walk(300)
    high, low, close = bars["high"], bars["low"], bars["close"]
    made = {
        "atr": volatility.atr(high, low, close, period=7),
        "atr_bands": volatility.atr_bands(high, low, close, period=7),
        "bollinger": volatility.bollinger(close, period=7),
        "donchian": volatility.donchian(high, low, period=7),
        "keltner": volatility.keltner(high, low, close, period=7),
    }

    assert set(made) == {each.name for each in volatility.INDICATORS}
    for name, arrays in made.items():
        for mine, theirs in zip(np.atleast_2d(arrays), get(name).run(bars, {"period": 7})[0].values(), strict=True):
            np.testing.assert_array_equal(mine, theirs)


def test_the_true_range_reaches_to_the_previous_close():
    high, low, close = [10.0, 12, 11, 9], [8.0, 11, 7, 8], [9.0, 11, 8, 9]  # true ranges 3 4 1

    np.testing.assert_allclose(volatility.atr(high, low, close, period=2), [NAN, NAN, 3.5, 2.25])
    np.testing.assert_allclose(volatility.atr(high, low, close, period=1), [NAN, 3, 4, 1])


def test_the_bands_of_a_few_bars():
    lower, middle, upper = volatility.bollinger([1.0, 3, 3, 3], period=2, std=1.5)
    np.testing.assert_allclose(lower, [NAN, 0.5, 3, 3])
    np.testing.assert_allclose(middle, [NAN, 2, 3, 3])
    np.testing.assert_allclose(upper, [NAN, 3.5, 3, 3])

    lower, middle, upper = volatility.donchian([3.0, 5, 4], [1.0, 2, 3], period=2)
    np.testing.assert_allclose((lower, middle, upper), [[NAN, 1, 2], [NAN, 3, 3.5], [NAN, 5, 5]])


def test_bands_keep_their_order():
    bars = walk(5000)
    for name in ("bollinger", "donchian", "keltner"):
        lower, middle, upper = (values[60:] for values in get(name).run(bars, {})[0].values())
        assert (lower <= middle).all()
        assert (middle <= upper).all()
