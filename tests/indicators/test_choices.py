"""Words and pairs mean indicators; what nobody names is as the settings say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from threadx.bars.timeframe import ONE_MINUTE
from threadx.config import Settings
from threadx.errors import IndicatorError
from threadx.indicators.choices import Choice, default_choices, wanted

SETTINGS = Settings.under(".")


def stems(asked, **options):
    return [choice.stem(SETTINGS) for choice in wanted(SETTINGS, asked, **options)]


def test_by_default_all_that_the_settings_name():
    assert stems(None) == [
        *(f"bollinger_{period}_{width}" for period in (10, 20, 50) for width in (1.5, 2.0, 2.5)),
        *("atr_14", "atr_21", "ema_20", "ema_50", "ema_200", "vortex_14", "vortex_21"),
    ]
    core = stems(None, include_core=True)
    assert core[:16] == stems(None)
    assert core[16:18] == ["rsi_14", "macd_12_26_9"]
    assert [name.split("_")[0] for name in core[18:]] == ["vwap", "obv", "sma", "sma", "sma"]


def test_the_settings_are_followed():
    ours = replace(SETTINGS.indicators, bollinger_periods=(), atr_periods=(7,), ema_periods=(), vortex_periods=())
    assert [each.word for each in default_choices(replace(SETTINGS, indicators=ours))] == ["atr:period=7"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("ema", ["ema_20", "ema_50", "ema_200"]),
        ("obv", ["obv"]),
        ("ema:7", ["ema_7"]),
        (" EMA : 7 ", ["ema_7"]),
        ("bollinger:20:2", ["bollinger_20_2.0"]),
        ("bollinger:std=3", ["bollinger_20_3.0"]),
        ("ema:7:max_gap=60", ["ema_7_gap60"]),
        ("ema:7:max_gap=none", ["ema_7_gapnone"]),
        (("ema", {"period": 7}), ["ema_7"]),
        (("ema", None), ["ema_20"]),
        (["ema:7", "ema:7", ("ema", {"period": 7})], ["ema_7"]),
        (["ema:7", ("ema", {"period": 7.0}), "ema:7:max_gap=240"], ["ema_7"]),
        ([("macd", {"signal": 9, "fast": 12})], ["macd_12_26_9"]),
    ],
)
def test_words_and_pairs(asked, found):
    assert stems(asked) == found


@pytest.mark.parametrize("asked", ["ema:7", "bollinger:20:2.5", "ema:7:max_gap=none", "macd:12:26:9", "obv"])
def test_a_choice_in_one_word_means_itself(asked):
    (choice,) = wanted(SETTINGS, asked)
    assert wanted(SETTINGS, choice.word) == [choice]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("emma:20", "ema"),
        ("ema:20:30", "ema:20"),
        ("ema:0", "1 .. "),
        ("ema:x", "1 .. "),
        ("ema:span=3", "period"),
        ("ema:7:period=8", "once"),
        ("ema:period=7:period=8", "once"),
        ("ema:" + "9" * 400, "1 .. "),
        (("ema", {"timeframe": "5m"}), None),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(asked, hint):
    with pytest.raises(IndicatorError) as caught:
        wanted(SETTINGS, asked)[0].full(SETTINGS, ONE_MINUTE)
    assert hint is None or hint in caught.value.hint


def test_choices_are_the_same_in_any_order_of_their_parameters():
    assert Choice.of("macd", {"fast": 1, "slow": 2}) == Choice.of("macd", {"slow": 2, "fast": 1})
