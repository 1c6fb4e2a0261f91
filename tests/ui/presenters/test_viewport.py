"""What part of a chart is looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.chart_bars import MINUTE, START, bars_of, series
from threadx.ui.presenters.viewport import Extent, PriceScale, Viewport, price_range

HOUR = 60 * MINUTE
DAY = Extent(START, START + 24 * HOUR, MINUTE)


def test_zooming_keeps_the_instant_under_the_pointer_in_its_place():
    view = Viewport(START + 6 * HOUR, START + 12 * HOUR)
    at = START + 8 * HOUR

    closer = view.zoomed(at, 0.5, DAY)

    assert closer.span_ms == 3 * HOUR
    assert (at - closer.start_ms) / closer.span_ms == pytest.approx((at - view.start_ms) / view.span_ms)


def test_zooming_stops_at_a_few_bars_and_at_everything():
    view = Viewport(START + 6 * HOUR, START + 12 * HOUR)

    assert view.zoomed(START + 8 * HOUR, 1e-9, DAY).span_ms == 6 * MINUTE
    assert 24 * HOUR <= view.zoomed(START + 8 * HOUR, 1e9, DAY).span_ms <= 28 * HOUR


@given(start=st.floats(-1e12, 1e12), span=st.floats(1, 1e12), move=st.floats(-1e13, 1e13))
def test_no_view_loses_the_data(start, span, move):
    view = Viewport(DAY.first_ms + start, DAY.first_ms + start + span).moved(move, DAY)

    assert view.start_ms < DAY.end_ms
    assert view.end_ms > DAY.first_ms
    assert view.span_ms >= 6 * MINUTE * 0.999


def test_the_latest_bar_has_a_little_room_beside_it():
    view = Viewport.latest(DAY, 2 * HOUR)

    assert view.span_ms == pytest.approx(2 * HOUR)
    assert DAY.end_ms < view.end_ms < DAY.end_ms + HOUR / 2
    assert view.shows_latest(DAY)
    assert not view.moved(-6 * HOUR, DAY).shows_latest(DAY)


def test_a_fit_shows_everything():
    view = Viewport.fit(DAY)

    assert view.start_ms <= DAY.first_ms
    assert view.end_ms >= DAY.end_ms


def test_the_first_look_does_not_spread_three_bars_over_the_width():
    few = Extent(START, START + 3 * MINUTE, MINUTE)

    assert Viewport.first_look(few, 150, 30).span_ms == pytest.approx(30 * MINUTE)
    assert Viewport.first_look(DAY, 150, 30).span_ms == pytest.approx(150 * MINUTE)


@pytest.mark.parametrize("log", [False, True])
def test_a_price_comes_back_from_its_pixel(log):
    scale = PriceScale(50.0, 200.0, 100.0, 500.0, log=log)

    assert scale.to_px(50.0) == pytest.approx(100)
    assert scale.to_px(200.0) == pytest.approx(500)
    assert scale.price_at(scale.to_px(123.4)) == pytest.approx(123.4)
    assert scale.to_px(np.array([50.0, 200.0])).tolist() == pytest.approx([100, 500])


def test_equal_ratios_are_equally_high_on_a_log_scale():
    scale = PriceScale(50.0, 200.0, 100.0, 500.0, log=True)

    assert scale.to_px(100.0) == pytest.approx(300)


def test_a_dragged_scale_shows_other_prices_and_a_zoomed_one_keeps_its_anchor():
    scale = PriceScale(50.0, 150.0, 100.0, 500.0)

    assert scale.moved(40).low == pytest.approx(40)
    assert scale.zoomed(0.5, 300).price_at(300) == pytest.approx(100)
    assert scale.zoomed(0.5, 300).high == pytest.approx(125)


def test_a_scale_cannot_be_squeezed_to_nothing():
    scale = PriceScale(50.0, 150.0, 100.0, 500.0)

    assert scale.zoomed(1e-15, 300) == scale
    assert PriceScale(50.0, 150.0, 100.0, 500.0, log=True).zoomed(1e6, 300).high > 0


def test_only_what_is_in_view_fills_the_height():
    found = bars_of((10, 99, 9, 10), (10, 12, 8, 11), (11, 13, 10, 12))
    slots = found.slots(START, found.end_ms, 500)

    low, high = price_range(slots, START + MINUTE, START + 3 * MINUTE, log=False)

    assert 7 < low < 8
    assert 13 < high < 14
    assert price_range(slots, START - 9 * MINUTE, START - 8 * MINUTE, log=False) is None


def test_a_flat_market_still_has_a_height():
    found = bars_of((5, 5, 5, 5), (5, 5, 5, 5))

    low, high = price_range(found.slots(START, found.end_ms, 500), START, found.end_ms, log=True)

    assert low < 5 < high


def test_a_long_series_has_a_range_too():
    found = series(9_000)

    low, high = price_range(found.slots(START, found.end_ms, 100), START, found.end_ms, log=False)

    assert low < found.columns["low"].min()
    assert high > found.columns["high"].max()
