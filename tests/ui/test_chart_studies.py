"""Indicators in pixels: broken where values are missing, within their panes, told apart without colour."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ui.chart_bars import MINUTE, START, columns
from threadx.bars.timeframe import Timeframe
from threadx.indicators.spec import INDICATORS, get
from threadx.ui.candles import DARK, LIGHT
from threadx.ui.chart_figure import ChartFigure, ChartLook, Picture
from threadx.ui.chart_panes import pane_heights
from threadx.ui.chart_studies import columns_px, line_color, line_px, pane_range, with_overlays
from threadx.ui.presenters.chart_bars import ChartSeries
from threadx.ui.presenters.studies import SHADES, Study
from threadx.ui.presenters.study_desk import Drawn
from threadx.ui.presenters.study_series import Spread, StudySeries
from threadx.ui.presenters.study_styles import Line, parts_of, style_of
from threadx.ui.presenters.viewport import PriceScale, Viewport

MINUTES = Timeframe.parse("1m")
SCALE = PriceScale(0.0, 100.0, 10.0, 110.0)


def spread_of(*values):
    found = np.array(values, float)
    return Spread(found, found, found)


def slots_of(count, without=()):
    return ChartSeries.build(columns(count, without=without), MINUTES).slots(START, START + count * MINUTE, 10_000)


def drawn_of(bars, *names):
    studies = []
    for key, name in enumerate(names):
        found, _state = get(name).run({**bars, "quote_volume": bars["volume"] * 100}, {})
        series = StudySeries.build(parts_of(name, {"open_time": bars["open_time"], **found}), MINUTES)
        studies.append(Drawn(Study.of(key, name, {}, shade=key % SHADES), series))
    return tuple(studies)


def contrast(one, other):
    def light(color):
        parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colors", [LIGHT, DARK, LIGHT.blue_orange(), DARK.blue_orange()])
def test_every_colour_of_a_line_can_be_read_as_text(colors):
    shown = {line_color(Line("x", shade), 0, colors) for shade in range(-2, SHADES)}

    assert len(shown) >= SHADES
    assert min(contrast(color, colors.background) for color in shown) >= 4.5


def test_lines_of_one_indicator_differ_by_their_dashes_too():
    for name in INDICATORS:
        looks = [(line.dash, line.columns) for line in style_of(name).lines]
        edges = {"bollinger", "keltner", "donchian", "atr_bands", "ichimoku"}
        assert name in edges or len(set(looks)) == len(looks), name


def test_a_line_breaks_at_missing_values_and_at_missing_bars():
    slots = slots_of(10, without=(5, 6))
    spread = spread_of(10, np.nan, 30, 40, 50, 60, 70, 80)

    line = line_px(spread, slots, np.arange(8.0), SCALE, whole=False)

    assert line[:, 1].tolist()[:1] == [20.0]
    assert np.isnan(line[1, 1])
    assert np.isnan(line[5]).all()
    np.testing.assert_array_equal(line[6:, 1], [70, 80, 90])


def test_a_whole_line_goes_through_lowest_and_highest():
    slots = slots_of(2)
    spread = Spread(np.array([10.0, 20.0]), np.array([50.0, 60.0]), np.array([30.0, 40.0]))

    line = line_px(spread, slots, np.array([5.0, 6.0]), SCALE, whole=True)

    assert line.tolist() == [[5, 20], [5, 60], [5, 40], [6, 30], [6, 70], [6, 50]]


def test_lines_far_away_are_clipped_and_logarithms_of_nothing_are_left_out():
    slots, scale = slots_of(3), PriceScale(1.0, 100.0, 10.0, 110.0, log=True)

    line = line_px(spread_of(-5.0, 1e300, 10.0), slots, np.arange(3.0), scale, whole=False)

    assert np.isnan(line[0, 1])
    assert line[1, 1] <= 110 + 4 * 100
    assert line[2, 1] == pytest.approx(60.0)


def test_columns_stand_on_zero_in_two_outlines():
    scale = PriceScale(-10.0, 10.0, 0.0, 200.0)

    up, down = columns_px(spread_of(5, -5, np.nan, 10), np.array([10.0, 20.0, 30.0, 40.0]), scale)

    assert (up[:, 1].min(), up[:, 1].max()) == (100, 200)
    assert (down[:, 1].min(), down[:, 1].max()) == (50, 100)
    assert up[:, 0].max() <= 44


def test_a_far_average_does_not_flatten_the_candles():
    seen = np.array([True, True])

    low, high = with_overlays((90.0, 110.0), [{"x": spread_of(1.0, 115.0)}], seen, log=False)

    assert low == pytest.approx(90 - 7)
    assert high == 115.0
    assert with_overlays((90.0, 110.0), [{"x": spread_of(np.nan, np.nan)}], seen, log=True) == (90.0, 110.0)


def test_a_pane_shows_all_there_can_be_or_what_is_in_view():
    seen = np.array([True, True])
    assert pane_range(style_of("rsi"), {"rsi": spread_of(48, 52)}, seen) == (-4.0, 104.0)
    low, high = pane_range(style_of("obv"), {"obv": spread_of(-300, -200)}, seen)
    assert -310 < low < -300
    assert -200 < high < -190
    flat = pane_range(style_of("atr"), {"atr": spread_of(0, 0)}, seen)
    assert flat[0] < 0 < flat[1]
    nothing = pane_range(style_of("cci"), None, seen)
    assert nothing == (-101.0, 101.0)


def test_panes_leave_room_for_the_price():
    many = [Drawn(Study.of(key, "rsi", {}, height=0.4)) for key in range(5)]

    assert sum(pane_heights(many, 1000)) <= 625
    assert pane_heights(many[:1], 1000) == [400]


@pytest.mark.parametrize("count", [40, 5_000])
def test_a_figure_with_every_indicator_is_drawn_and_cleared(count):
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    bars = columns(count, without=range(25, 30))
    series = ChartSeries.build(bars, MINUTES)
    chart = ChartFigure(ChartLook(LIGHT))
    chart.figure.set_size_inches(900 / 72, 700 / 72)
    canvas = FigureCanvasAgg(chart.figure)
    view = Viewport(series.first_ms, series.end_ms)
    pictures = []
    for studies in (drawn_of(bars, *INDICATORS), drawn_of(bars, "ema", "rsi"), (Drawn(Study.of(0, "macd", {})),), ()):
        chart.arrange(Picture(series, view, studies=studies, log=count > 50, caption="x"), 900, 700)
        canvas.draw()
        pictures.append(np.asarray(canvas.buffer_rgba()).copy())
        panes = sum(each.study.style.pane for each in studies)
        assert len(chart.place.panes) == len(chart.panes.scales) == panes
        assert chart.place.floor < chart.place.volume_bottom or not panes
    assert (pictures[0] != pictures[1]).any()
    assert (pictures[1] != pictures[3]).any()

    chart.clear()
    assert chart.panes.at(50.0) is None
    assert chart.panes.top_of(0) is None


def test_panes_are_found_by_height_and_edge():
    bars = columns(200)
    series = ChartSeries.build(bars, MINUTES)
    chart = ChartFigure(ChartLook(LIGHT))
    chart.arrange(
        Picture(series, Viewport(series.first_ms, series.end_ms), studies=drawn_of(bars, "rsi", "cci")), 900, 700
    )
    (high, low) = chart.place.panes

    assert chart.panes.at(high[0] + 5)[0].study.name == "rsi"
    assert chart.panes.at(low[0] + 5)[0].study.name == "cci"
    assert chart.panes.at(high[1] + 5) is None
    assert chart.panes.edge_at(low[1] + 2, 4)[0].study.name == "cci"
    assert chart.panes.edge_at(low[1] + 20, 4) is None
    assert chart.panes.top_of(1) == low[1]
