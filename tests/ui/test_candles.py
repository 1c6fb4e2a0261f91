"""Candles on whole pixels: what the shapes are, and what comes out of the renderer."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from tests.ui.chart_bars import MINUTE, START, bars_of, series
from threadx.ui.candles import DARK, LIGHT, Geometry, Shape, Stroke
from threadx.ui.chart_figure import ChartFigure, ChartLook, Picture
from threadx.ui.presenters.viewport import PriceScale, Viewport

LOOK = ChartLook(LIGHT)
RISING, FALLING, FLAT = (10, 14, 9, 13), (13, 14, 9, 10), (11, 11, 11, 11)


def geometry(start_ms, end_ms, width=400):
    return Geometry(0.0, float(width), 100.0, 300.0, 20.0, 90.0, start_ms, end_ms)


def shape_of(found, *, width=400, line_px=1):
    place = geometry(found.first_ms, found.end_ms, width)
    slots = found.slots(place.start_ms, place.end_ms, width)
    return Shape.of(slots, place, PriceScale(8, 15, 100, 300), Stroke(LIGHT, line_px))


def drawn(found, *, look=LOOK, width=400, height=300, view=None, **more):
    """Return the figure, and what it looks like: height x width x RGB, the first line the upper one."""
    figure = ChartFigure(look)
    canvas = FigureCanvasAgg(figure.figure)
    figure.figure.set_size_inches(width / 72, height / 72)
    figure.arrange(Picture(found, view or Viewport(found.first_ms, found.end_ms), **more), width, height)
    canvas.draw()
    return figure, np.asarray(canvas.buffer_rgba())[:, :, :3].copy()


def columns_with(image, color):
    """Return the pixel columns in which a colour is to be seen."""
    wanted = [int(color[i : i + 2], 16) for i in (1, 3, 5)]
    return np.flatnonzero((image == wanted).all(axis=2).any(axis=0))


@pytest.mark.parametrize("count", [20, 33, 57, 90])
@pytest.mark.parametrize("line_px", [1, 2])
def test_a_wick_stands_in_the_middle_of_its_body_on_whole_pixels(count, line_px):
    shape = shape_of(series(count), line_px=line_px)

    left, right = shape.wick_x - shape.left, shape.right - shape.wick_x - shape.line_px
    assert (left == right).all()
    for each in (shape.left, shape.right, shape.bottom, shape.top, shape.low, shape.high):
        assert (each == np.floor(each)).all()


@pytest.mark.parametrize("count", [10, 20, 33, 57, 90, 130])
def test_candles_do_not_touch(count):
    shape = shape_of(series(count))

    assert (shape.left[1:] > shape.right[:-1]).all()


def test_a_body_reaches_from_open_to_close_and_a_flat_one_is_still_seen():
    shape = shape_of(bars_of(RISING, FALLING, FLAT))

    assert shape.bottom[0] == shape.bottom[1] < shape.top[0] == shape.top[1]
    assert shape.top[2] - shape.bottom[2] == 1
    assert (shape.low <= shape.bottom).all()
    assert (shape.high >= shape.top).all()


def test_narrow_slots_are_sticks():
    assert shape_of(series(190)).sticks
    assert not shape_of(series(90)).sticks


def test_rising_and_falling_have_their_colours_without_blur():
    figure, image = drawn(bars_of(RISING, FALLING))
    place = figure.place

    pane = image[300 - int(place.price_top) : 300 - int(place.price_bottom), 1 : int(place.right) - 1]
    seen = {to_hex(pixel / 255) for pixel in np.unique(pane.reshape(-1, 3), axis=0)}

    assert {LIGHT.up, LIGHT.down, LIGHT.background} <= seen <= {
        LIGHT.up, LIGHT.down, LIGHT.background, LIGHT.grid, LIGHT.down_text,
    }  # fmt: skip


def test_hollow_rising_candles_are_empty_inside():
    figure, filled = drawn(bars_of(RISING, FALLING))
    _same, hollow = drawn(bars_of(RISING, FALLING), look=ChartLook(LIGHT, hollow_up=True))
    x = int(figure.place.right * 0.25) + 3
    y = 300 - int(figure.scale.to_px(11.7))

    assert to_hex(filled[y, x] / 255) == LIGHT.up
    assert to_hex(hollow[y, x] / 255) == LIGHT.background


def test_incomplete_bars_are_hatched():
    complete = bars_of(RISING, FALLING)
    figure, plain = drawn(complete)
    _same, hatched = drawn(bars_of(RISING, FALLING, incomplete=np.array([True, False])))

    half = int(figure.place.right / 2)
    inside = slice(300 - int(figure.scale.to_px(12.8)), 300 - int(figure.scale.to_px(10.2)))
    share = (hatched[inside, :half] == plain[inside, :half]).all(axis=2).mean()
    assert 0.05 < (hatched[inside, :half] != 255).any(axis=2).mean() < 0.6
    assert share < 0.8
    assert (hatched[inside, half:] == plain[inside, half:]).all()


def test_a_gap_stays_empty_and_shaded():
    figure, image = drawn(series(100, without=range(40, 60)))
    x = int(figure.place.x_of(START + 50 * MINUTE))

    column = {to_hex(pixel / 255) for pixel in image[10:200, x]}

    assert LIGHT.hole in column
    assert not column & {LIGHT.up, LIGHT.down}


def test_the_price_axis_is_at_the_right_and_has_no_box():
    figure, image = drawn(series(60))

    edge = columns_with(image[20:100], LIGHT.border)
    assert edge.tolist() == [int(figure.place.right)]


def test_the_last_price_has_a_line_and_a_tag():
    figure, image = drawn(bars_of(RISING, FALLING))
    y = 300 - int(figure.scale.to_px(10)) - 1

    row = {to_hex(pixel / 255) for pixel in image[y, : int(figure.place.right)]}
    beside = {to_hex(pixel / 255) for pixel in image[y - 5 : y + 5, int(figure.place.right) + 8 :].reshape(-1, 3)}

    assert LIGHT.down_text in row
    assert LIGHT.down_text in beside


def test_equal_ratios_are_equally_high_on_the_log_scale():
    found = bars_of((10, 10, 10, 10), (20, 20, 20, 20), (40, 40, 40, 40))

    figure, _image = drawn(found, log=True)

    first, second, third = (figure.scale.to_px(price) for price in (10.0, 20.0, 40.0))
    assert second - first == pytest.approx(third - second)


def test_twenty_thousand_bars_make_no_more_shapes_than_pixels():
    figure, _image = drawn(series(20_000), width=900)

    assert len(figure.slots) < 900


def test_the_volume_pane_shares_the_time():
    figure, image = drawn(bars_of(RISING, FALLING, FLAT, volume=np.array([1.0, 0.0, 0.5])))
    low = image[300 - int(figure.place.volume_top) : 300 - int(figure.place.volume_bottom)]
    tall = [
        (low[:, int(x)] != 255).any(axis=1).sum() for x in figure.place.x_of(START + MINUTE * np.array([0.5, 1.5, 2.5]))
    ]

    assert tall[0] == pytest.approx(2 * tall[2], abs=2)
    assert tall[1] < 3


def test_volume_has_the_colour_of_its_candle_and_a_lighter_one():
    figure, image = drawn(bars_of(RISING, FALLING))
    y = 300 - int(figure.place.volume_bottom) - 3
    first, second = (image[y, int(figure.place.right * at)].astype(int) for at in (0.25, 0.75))

    assert first[1] > first[0] + 20  # greenish
    assert second[0] > second[1] + 20  # reddish
    assert min(first.min(), second.min()) > 120


@pytest.mark.parametrize("colors", [LIGHT, DARK, LIGHT.blue_orange(), DARK.blue_orange()])
def test_text_can_be_read_and_candles_be_seen(colors):
    for text in (colors.text, colors.muted, colors.up_text, colors.down_text):
        assert contrast(text, colors.background) >= 4.5, text
    for shape in (colors.up, colors.down):
        assert contrast(shape, colors.background) >= 2.9, shape
    assert contrast(colors.tag_text, colors.tag) >= 4.5


def contrast(one, other):
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
