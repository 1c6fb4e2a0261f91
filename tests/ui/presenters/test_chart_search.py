"""What typing on a chart finds."""

from __future__ import annotations

import pytest

from threadx.ui.presenters.chart_search import find_symbols, find_timeframes


def test_symbols_that_begin_with_the_letters_come_first():
    assert find_symbols(("AETHUSDC", "BTCUSDC", "ETHUSDC"), " eth ") == ["ETHUSDC", "AETHUSDC"]


@pytest.mark.parametrize(
    ("typed", "first"),
    [("15", "15m"), ("60", "1h"), ("240", "4h"), ("1", "1m"), ("1h", "1h"), ("H4", "4h"), ("1M", "1mo"), ("1d", "1d")],
)
def test_typed_digits_find_timeframes(typed, first):
    assert find_timeframes(typed)[0] == first


def test_what_is_no_timeframe_finds_none():
    assert find_timeframes("77") == []
