"""Indicators by name: what is allowed, what is refused and how, and the names of their files."""

from __future__ import annotations

import pickle
import re
from pathlib import Path

import pytest

from tests.indicators.market import walk
from threadx.errors import IndicatorError
from threadx.indicators.spec import INDICATORS, checked, file_stem, get


def test_there_are_the_indicators_that_are_promised():
    promised = "sma ema rsi macd bollinger atr vortex vwap obv stochastic adx donchian keltner cci mfi roc williams_r"
    promised += " ichimoku supertrend atr_bands vwap_rolling vwap_exact vwap_exact_rolling"

    assert set(INDICATORS) == set(promised.split())
    assert all(name == each.name and re.fullmatch(r"[a-z_]+", name) for name, each in INDICATORS.items())


def test_a_name_that_is_nearly_right_is_suggested():
    with pytest.raises(IndicatorError, match="EMAA: no such indicator") as caught:
        get("EMAA")
    assert caught.value.hint == "did you mean ema?"

    with pytest.raises(IndicatorError) as caught:
        get("zzz")
    assert "bollinger" in caught.value.hint


def test_what_is_left_out_takes_its_default_and_all_of_it_is_recorded():
    assert checked("macd", {"slow": 30}) == {"fast": 12, "slow": 30, "signal": 9, "max_gap": 240, "timeframe": "1m"}
    assert checked("obv") == {"max_gap": 240, "timeframe": "1m"}
    assert checked("ema", {"max_gap": None, "timeframe": "1h"})["max_gap"] is None


def test_whole_numbers_may_come_as_floats_and_floats_as_whole_numbers():
    params = checked("bollinger", {"period": 10.0, "std": 2})

    assert (params["period"], params["std"]) == (10, 2.0)
    assert isinstance(params["period"], int)
    assert isinstance(params["std"], float)


@pytest.mark.parametrize(
    ("name", "params", "message", "hint"),
    [
        ("ema", {"period": 0}, "ema: period cannot be 0", "allowed: 1 .. 10000"),
        ("ema", {"period": 2.5}, "ema: period cannot be 2.5", "allowed: 1 .. 10000"),
        ("ema", {"period": "20"}, "ema: period cannot be '20'", "allowed: 1 .. 10000"),
        ("ema", {"period": True}, "ema: period cannot be True", "allowed: 1 .. 10000"),
        ("ema", {"period": None}, "ema: period cannot be None", "allowed: 1 .. 10000"),
        ("bollinger", {"std": float("nan")}, "bollinger: std cannot be nan", "allowed: 0.01 .. 100"),
        ("ema", {"period": 10**400}, "ema: period cannot be 1000", "allowed: 1 .. 10000"),
        ("bollinger", {"std": 10**400}, "bollinger: std cannot be 1000", "allowed: 0.01 .. 100"),
        ("ema", {"max_gap": -1}, "ema: max_gap cannot be -1", "allowed: 0 .. 525600"),
        ("ema", {"timeframe": "7m"}, "ema: timeframe cannot be '7m'", "allowed: 1m, 3m"),
        ("ema", {"perod": 20}, "ema has no parameter perod", "it has: period, max_gap, timeframe"),
        ("macd", {"fast": 26}, "macd: fast must be less than slow", "given were fast 26 and slow 26"),
    ],
)
def test_what_is_not_allowed_is_refused_and_the_range_is_named(name, params, message, hint):
    with pytest.raises(IndicatorError, match=re.escape(message)) as caught:
        checked(name, params)
    assert caught.value.hint.startswith(hint)


def test_bars_without_a_needed_column_are_refused_by_name():
    bars = walk(10)
    del bars["quote_volume"]

    with pytest.raises(IndicatorError, match="vwap_exact: the bars have no quote_volume"):
        get("vwap_exact").run(bars, {})


@pytest.mark.parametrize(
    ("name", "params", "stem"),
    [
        ("bollinger", {"period": 20, "std": 2}, "bollinger_20_2.0"),
        ("ema", {"period": 200, "timeframe": "1h"}, "ema_200"),
        ("macd", None, "macd_12_26_9"),
        ("vwap", {}, "vwap"),
        ("ema", {"max_gap": 60}, "ema_20_gap60"),
        ("ema", {"max_gap": None}, "ema_20_gapnone"),
    ],
)
def test_the_file_takes_its_name_from_the_parameters(name, params, stem):
    assert file_stem(name, params) == stem


def test_an_indicator_travels_to_another_process_by_its_name():
    assert pickle.loads(pickle.dumps(get("ichimoku"))) is get("ichimoku")


DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "indicators.md"


@pytest.mark.parametrize("name", INDICATORS)
def test_the_documentation_tells_what_each_takes_and_gives(name):
    found = get(name)
    takes = [f"`{each.name}` {each.default} ({each.low:g} .. {each.high:g})" for each in found.parameters]
    gives = " ".join(f"`{each}`" for each in found.outputs({}))
    line = f"| `{name}` | {', '.join(takes) or '–'} | {gives} | {' '.join(found.needs)} | {found.warm_up({})} |"

    assert line in DOCUMENT.read_text("utf-8").splitlines()
