"""A chart drawn anew: what a step of the wheel or a pixel of a drag costs, against matplotlib's usual recipe.

On a screen (`xvfb-run -a python -m benchmarks --only redraw` makes one) the figures include showing the picture in
Tk's canvas; without one they are those of the renderer, and the note says so.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.harness import OURS, Bench, Better, Row, compared
from benchmarks.market import bars
from threadx.bars.schema import Columns, columns_from_frame
from threadx.bars.timeframe import ONE_MINUTE
from threadx.indicators.spec import get
from threadx.ui.candles import LIGHT
from threadx.ui.chart_canvas import ChartCanvas
from threadx.ui.chart_figure import DPI, ChartFigure, ChartLook, Picture
from threadx.ui.presenters.chart_bars import ChartSeries
from threadx.ui.presenters.studies import Study
from threadx.ui.presenters.study_desk import Drawn
from threadx.ui.presenters.study_series import StudySeries
from threadx.ui.presenters.study_styles import parts_of
from threadx.ui.presenters.viewport import Viewport

WIDTH, HEIGHT = 1400, 800
LIMITS_MS = {1_000: 50.0, 20_000: 150.0}
STUDIES = ("ema", "bollinger", "supertrend", "rsi", "macd")
"""Three over the price and two in panes: eleven lines, a band and columns."""


def rows(bench: Bench) -> Iterator[Row]:
    frame = bars(5)
    columns = columns_from_frame(frame)
    series = ChartSeries.build(columns, ONE_MINUTE)
    with _chart(series) as (draw, where):
        note = f"{WIDTH}x{HEIGHT} px, {where}"
        for count, limit_ms in LIMITS_MS.items():
            timings = bench.measure({OURS: _panned(draw, series, count)}, bench.rounds(9, 25))
            yield Row(f"redraw {count:,} bars", timings[OURS].median * 1e3, "ms", "", limit_ms, Better.LESS, note=note)
        few = min(LIMITS_MS)
        recipe = {OURS: _panned(draw, series, few), "vlines + bar": _recipe(columns_from_frame(frame.iloc[-few:]))}
        yield compared(f"redraw {few:,} bars", bench.measure(recipe, bench.rounds(5, 11)), "vlines + bar", note=note)
        count = len(series)
        timings = bench.measure({OURS: _panned(draw, series, count)}, bench.rounds(9, 25))
        note = f"all of {count:,} bars in view, {where}"
        yield Row("redraw 5 years of 1m", timings[OURS].median * 1e3, "ms", note=note)
    yield from _with_studies(bench, series, columns)
    build = bench.measure({OURS: lambda: ChartSeries.build(columns, ONE_MINUTE)}, bench.rounds(3, 9))
    yield Row("make 5 years of 1m ready", build[OURS].median * 1e3, "ms", note="once, on a worker thread")


def _with_studies(bench: Bench, series: ChartSeries, columns: Columns) -> Iterator[Row]:
    """Draw the same with indicators."""
    ready = {name: _values(name, columns) for name in STUDIES}
    build = bench.measure(
        {OURS: lambda: [StudySeries.build(values, ONE_MINUTE) for values in ready.values()]}, bench.rounds(3, 9)
    )
    drawn = tuple(
        Drawn(Study.of(key, name, {}, shade=key), StudySeries.build(values, ONE_MINUTE))
        for key, (name, values) in enumerate(ready.items())
    )
    with _chart(series, drawn) as (draw, where):
        note = f"{', '.join(STUDIES)}; {WIDTH}x{HEIGHT} px, {where}"
        for count in (*LIMITS_MS, len(series)):
            timings = bench.measure({OURS: _panned(draw, series, count)}, bench.rounds(9, 25))
            stage = f"redraw {count:,} bars, 5 indicators"
            yield Row(stage, timings[OURS].median * 1e3, "ms", "", LIMITS_MS.get(count), Better.LESS, note=note)
    note = "5 indicators, once, on a worker thread"
    yield Row("make 5 years of 1m values ready", build[OURS].median * 1e3, "ms", note=note)


def _values(name: str, columns: Columns) -> Columns:
    found, _state = get(name).run(columns, {})
    return parts_of(name, {"open_time": columns["open_time"], **found})


@contextmanager
def _chart(series: ChartSeries, studies: tuple[Drawn, ...] = ()) -> Iterator[tuple[Callable[[Viewport], None], str]]:
    """Yield what draws a view, and where it is drawn."""
    figure = ChartFigure(ChartLook(LIGHT))
    shown = [Viewport(series.first_ms, series.end_ms)]

    def arrange() -> None:
        figure.arrange(Picture(series, shown[0], studies=studies), WIDTH, HEIGHT)

    try:
        root = tk.Tk()
    except tk.TclError:
        figure.figure.set_size_inches(WIDTH / DPI, HEIGHT / DPI)
        canvas = FigureCanvasAgg(figure.figure)

        def draw_only(view: Viewport) -> None:
            shown[0] = view
            arrange()
            canvas.draw()

        yield draw_only, "renderer only: no screen"
        return
    try:
        root.geometry(f"{WIDTH}x{HEIGHT}")
        on_screen = ChartCanvas(figure.figure, root, prepare=arrange, paint=lambda: None)
        on_screen.widget.pack(fill="both", expand=True)
        root.update()

        def draw(view: Viewport) -> None:
            shown[0] = view
            on_screen.draw()
            root.update_idletasks()

        yield draw, "in Tk's canvas"
    finally:
        root.destroy()


def _panned(draw: Callable[[Viewport], None], series: ChartSeries, count: int) -> Callable[[], None]:
    """Return what draws `count` bars, a little further to the left each time, as a drag does."""
    span_ms = count * series.length_ms
    steps = [0]

    def run() -> None:
        steps[0] += 1
        end_ms = series.end_ms - steps[0] * span_ms / 500
        draw(Viewport(end_ms - span_ms, end_ms))

    return run


def _recipe(columns: Columns) -> Callable[[], None]:
    """Return the usual recipe: wicks by `vlines`, bodies and volume by `bar`, drawn without a screen."""
    x = columns["open_time"].astype(np.float64)
    rising = columns["close"] >= columns["open"]
    colors = np.where(rising, LIGHT.up, LIGHT.down).tolist()
    bottom = np.minimum(columns["open"], columns["close"])
    height = np.abs(columns["close"] - columns["open"])

    def run() -> None:
        figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI)
        canvas = FigureCanvasAgg(figure)
        price, volume = figure.subplots(2, 1, sharex=True, height_ratios=(5, 1))
        price.vlines(x, columns["low"], columns["high"], colors=colors, linewidth=1)
        price.bar(x, height, 45_000, bottom, color=colors)
        volume.bar(x, columns["volume"], 45_000, color=colors)
        canvas.draw()

    return run
