"""Every indicator on real bars: against plain loops, and against TA-Lib where it has them."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest

from tests.indicators import plain
from tests.real import needs_real, real_frame
from threadx.bars.schema import columns_from_frame
from threadx.indicators.spec import INDICATORS, get

pytestmark = needs_real

BARS = {
    "liquid": ("BTCUSDT_1m_2025-10-29_11-01_MIT", slice(None)),
    "thin": ("SUSHIBTC_1m_2023-04-10_16", slice(3000)),
    "outage": ("ETHUSDT_1m_2023-03-20_31", slice(6200, 9200)),
    "hours": ("BTCUSDT_1h_2023-03-20_31", slice(None)),
}
BRIDGED = {"max_gap": None}


@lru_cache
def columns(name):
    file, part = BARS[name]
    frame = real_frame(file).iloc[part]
    frame = frame.assign(quote_volume=frame.get("quote_volume", frame["volume"] * (frame["high"] + frame["low"]) / 2))
    return columns_from_frame(frame)


@lru_cache
def lists(name):
    return {each: values.tolist() for each, values in columns(name).items()}


def ours(name, bars, **params):
    return tuple(get(name).run(columns(bars), params | BRIDGED)[0].values())


def close_to(made, expected, scale=0.0):
    """NaN in the same places; elsewhere 1e-9 relative, or of `scale` for what is a difference of prices."""
    np.testing.assert_allclose(made, np.array(expected, dtype=float), rtol=1e-9, atol=1e-9 * scale)


PARAMS = {
    "ema": {"period": 50},
    "bollinger": {"period": 50, "std": 2.5},
    "stochastic": {"period": 9, "smooth": 4, "signal": 5},
    "atr": {"period": 21},
    "vwap_exact_rolling": {"period": 7},
    "ichimoku": {"displacement": 10},
}
OF_PRICES = {"macd", "supertrend", "keltner", "atr_bands"}


@pytest.mark.parametrize("bars", BARS)
@pytest.mark.parametrize("name", INDICATORS)
def test_plain_loops_give_the_same(name, bars):
    given, params = lists(bars), PARAMS.get(name, {})
    own = {each.name: params.get(each.name, each.default) for each in get(name).parameters}

    expected = getattr(plain, name)(*(given[column] for column in get(name).needs), **own)

    made = ours(name, bars, **params)
    scale = max(given["close"]) if name in OF_PRICES else max(given["volume"]) if name == "obv" else 0.0
    scale = 100.0 if get(name).outputs({})[0] in ("adx", "roc", "cci", "k", "williams_r") else scale
    for mine, other in zip(made, expected if isinstance(expected, tuple) else (expected,), strict=True):
        close_to(mine, other, scale)


@pytest.fixture
def talib():
    return pytest.importorskip("talib", reason="TA-Lib is not installed: pip install TA-Lib")


FADED = 900
"""Bars after which TA-Lib's other seeds differ by less than 1e-9: (25/27)**n for MACD, (13/14)**n for ADX."""


def same_as_talib(made, theirs, *, begin=0, scale=0.0):
    """`theirs` wherever we have a value; where we have none although it has, the tests below say why."""
    theirs = np.asarray(theirs)
    here = ~np.isnan(made) & (np.arange(made.size) >= begin)
    assert here.sum() > made.size / 20
    np.testing.assert_allclose(made[here], theirs[here], rtol=1e-9, atol=1e-9 * scale)


@pytest.mark.parametrize("bars", ["liquid", "outage", "hours"])
def test_talib_gives_the_same(talib, bars):
    high, low, close, volume = (columns(bars)[name] for name in ("high", "low", "close", "volume"))
    price = close.max()
    same_as_talib(ours("sma", bars, period=20)[0], talib.SMA(close, 20))
    same_as_talib(ours("ema", bars, period=20)[0], talib.EMA(close, 20))
    same_as_talib(ours("rsi", bars, period=14)[0], talib.RSI(close, 14))
    same_as_talib(ours("roc", bars, period=10)[0], talib.ROC(close, 10), scale=100)
    same_as_talib(ours("atr", bars, period=14)[0], talib.ATR(high, low, close, 14))
    same_as_talib(ours("williams_r", bars, period=14)[0], talib.WILLR(high, low, close, 14), scale=100)
    same_as_talib(ours("cci", bars, period=20)[0], talib.CCI(high, low, close, 20), scale=100)
    same_as_talib(ours("mfi", bars, period=14)[0], talib.MFI(high, low, close, volume, 14), scale=100)
    lower, middle, upper = ours("bollinger", bars, period=20, std=2.0)
    for mine, theirs in zip((upper, middle, lower), talib.BBANDS(close, 20, 2.0, 2.0), strict=True):
        same_as_talib(mine, theirs)
    for mine, theirs in zip(ours("stochastic", bars), talib.STOCH(high, low, close, 14, 3, 0, 3, 0), strict=True):
        same_as_talib(mine, np.where(np.isnan(theirs), mine, theirs), scale=100)
    lower, _, upper = ours("donchian", bars, period=20)
    same_as_talib(lower, talib.MIN(low, 20))
    same_as_talib(upper, talib.MAX(high, 20))
    same_as_talib(ours("obv", bars)[0], talib.OBV(close, volume) - volume[0], scale=volume.sum())
    line, signal, histogram = ours("macd", bars)
    same_as_talib(line, talib.EMA(close, 12) - talib.EMA(close, 26), scale=price)
    if bars != "hours":
        for mine, theirs in zip((line, signal, histogram), talib.MACD(close, 12, 26, 9), strict=True):
            same_as_talib(mine, theirs, begin=FADED, scale=price)
        strength, plus, minus = ours("adx", bars, period=14)
        same_as_talib(plus, talib.PLUS_DI(high, low, close, 14), begin=FADED, scale=100)
        same_as_talib(minus, talib.MINUS_DI(high, low, close, 14), begin=FADED, scale=100)
        same_as_talib(strength, talib.ADX(high, low, close, 14), begin=FADED, scale=100)


def test_where_talib_says_zero_although_nothing_moved_we_say_nothing(talib):
    flat, traded = np.full(60, 100.0), np.full(60, 1e-3)
    high, low = flat, flat

    assert set(talib.RSI(flat, 14)[14:].tolist()) == {0.0}
    assert set(talib.WILLR(high, low, flat, 14)[13:].tolist()) == {0.0}
    assert set(talib.MFI(high, low, flat, traded, 14)[14:].tolist()) == {0.0}

    bars = {"open_time": 60_000 * np.arange(60), "high": high, "low": low, "close": flat, "volume": traded}
    for name in ("rsi", "williams_r", "mfi", "stochastic", "adx", "vortex", "cci"):
        outputs, _ = get(name).run(bars, {})
        assert all(np.isnan(values).all() for values in outputs.values()), name


def test_a_missing_value_makes_talib_wrong_for_ever_and_us_only_until_the_warm_up_is_over(talib):
    close = columns("liquid")["close"].copy()
    close[1000] = math.nan
    bars = columns("liquid") | {"close": close}

    assert set(talib.RSI(close, 14)[1001:].tolist()) == {0.0}
    assert np.isnan(talib.SMA(close, 20)[1000:]).all()

    made = get("rsi").run(bars, {})[0]["rsi"]
    same_as_talib(made[1001:], talib.RSI(close[1001:], 14))
    assert np.isnan(made[1000:1015]).all()
    assert not np.isnan(made[1015:]).any()


def test_the_exact_vwap_lies_within_the_range_of_the_bar():
    bars = columns("liquid")
    exact = ours("vwap_exact_rolling", "liquid", period=1)[0]

    traded = bars["volume"] > 0
    assert (exact[traded] >= bars["low"][traded] * (1 - 1e-9)).all()
    assert (exact[traded] <= bars["high"][traded] * (1 + 1e-9)).all()
    assert np.isnan(exact[~traded]).all()
