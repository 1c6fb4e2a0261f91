"""Volume indicators by hand, and as plain functions."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bars.frames import MIDNIGHT, MINUTE
from tests.indicators.market import walk
from threadx.indicators import volume
from threadx.indicators.spec import get

NAN = np.nan
DAY = 1440 * MINUTE


def test_the_functions_over_arrays_give_what_the_indicators_give():
    bars = walk(300)
    hlcv = [bars[name] for name in ("high", "low", "close", "volume")]
    made = {
        "vwap": volume.vwap(bars["open_time"], *hlcv),
        "vwap_rolling": volume.vwap_rolling(*hlcv, period=7),
        "vwap_exact": volume.vwap_exact(bars["open_time"], bars["quote_volume"], bars["volume"]),
        "vwap_exact_rolling": volume.vwap_exact_rolling(bars["quote_volume"], bars["volume"], period=7),
        "obv": volume.obv(bars["close"], bars["volume"]),
        "mfi": volume.mfi(*hlcv, period=7),
    }

    assert set(made) == {each.name for each in volume.INDICATORS}
    for name, array in made.items():
        params = {"period": 7} if get(name).parameters else {}
        np.testing.assert_array_equal(array, get(name).run(bars, params)[0][name])


def test_a_session_is_a_utc_day():
    times = MIDNIGHT + np.array([DAY - 2 * MINUTE, DAY - MINUTE, DAY, 3 * DAY])
    price, traded = np.array([10.0, 20, 30, 40]), np.array([1.0, 3, 1, 0])

    made = volume.vwap(times, price, price, price, traded)

    np.testing.assert_allclose(made, [10, 17.5, 30, NAN])


def test_the_exact_average_is_what_was_paid_over_what_was_bought():
    made = volume.vwap_exact_rolling([10.0, 33, 0], [1.0, 3, 0], period=1)
    np.testing.assert_allclose(made, [10, 11, NAN])

    np.testing.assert_allclose(volume.vwap_exact_rolling([10.0, 33, 0], [1.0, 3, 0], period=2), [NAN, 43 / 4, 11])


def test_the_balance_adds_rising_volume_and_takes_falling_volume_away():
    assert volume.obv([5.0, 6, 6, 4], [7.0, 1, 2, 4]).tolist() == [0, 1, 1, -3]


def test_money_flow_counts_an_unchanged_price_on_neither_side():
    price = np.array([10.0, 11, 11, 10])

    np.testing.assert_allclose(
        volume.mfi(price, price, price, [1.0, 1, 1, 1], period=2), [NAN, NAN, 100, 0], atol=1e-12
    )
    np.testing.assert_allclose(volume.mfi(price, price, price, [1.0, 1, 1, 1], period=3)[3], 100 * 11 / 21)


def test_prices_whose_decimals_add_up_to_the_same_are_the_same():
    high, low, close = [1743.94, 1743.72], [1741.77, 1742.6], [1743.22, 1742.61]
    assert sum(bar[0] for bar in (high, low, close)) != sum(bar[1] for bar in (high, low, close))

    assert np.isnan(volume.mfi(high, low, close, [1.0, 1], period=1)[1])


@pytest.mark.parametrize("name", ["vwap", "vwap_exact"])
def test_a_session_goes_on_through_any_number_of_days(name):
    bars = walk(40)
    bars["open_time"] = MIDNIGHT + 9 * 60 * MINUTE * np.arange(40)

    whole, _ = get(name).run(bars, {"max_gap": None})
    for cut in range(40):
        head, state = get(name).run({each: values[:cut] for each, values in bars.items()}, {"max_gap": None})
        tail, _ = get(name).run({each: values[cut:] for each, values in bars.items()}, {"max_gap": None}, state)
        assert np.concatenate((head[name], tail[name])).tobytes() == whole[name].tobytes()
