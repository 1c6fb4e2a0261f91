"""A chart one can take hold of: wheel, drag, keys, crosshair, measure. Used by the Charts tab and by the preview.

The view owns what is looked at (`viewport`, scale); its owner gives it bars and listens through `ChartEvents`.
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from matplotlib.image import imsave

from threadx.bars.dates import DAY_MS
from threadx.ui.chart_canvas import ChartCanvas
from threadx.ui.chart_figure import ChartFigure, ChartLook, Picture
from threadx.ui.chart_gestures import Gestures
from threadx.ui.chart_overlay import Measure, Overlay
from threadx.ui.presenters.chart_axis import moment, price_text
from threadx.ui.presenters.chart_bars import ChartSeries
from threadx.ui.presenters.study_desk import Drawn
from threadx.ui.presenters.study_words import value_text
from threadx.ui.presenters.viewport import Extent, Viewport
from threadx.ui.theme import ttk

__all__ = ["ChartEvents", "ChartView"]

_SLOT_EM = 0.72
"""Width of a candle's slot in the first view, as a share of the text's size: about 8 px at 100 %."""
_FEWEST_BARS = 30
"""However few bars there are, the first view has room for so many."""
_PAN_SHARE = 0.12
_ZOOM_STEP = 1.25


def _nothing(*_given: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class ChartEvents:
    """What the owner of a chart may want to know. Called on Tk's thread."""

    moved: Callable[[Viewport], None] = _nothing
    """Another part is in view, by the user's hand or because new bars were followed."""
    hovered: Callable[[float | None], None] = _nothing
    """The instant under the crosshair, ms UTC; None: there is no crosshair."""
    scaled: Callable[[], None] = _nothing
    """`log` or `auto` changed by the user's hand."""
    typed: Callable[[str], None] = _nothing
    """A letter, a digit or a slash was typed on the chart."""
    arranged: Callable[[], None] = _nothing
    """Everything has its place for the next draw: `chart.place` and `chart.panes` say where."""
    resized: Callable[[int, float], None] = _nothing
    """The pane of an indicator (its key) is to have another height, a share of the chart's."""


class ChartView(ttk.Frame):
    """The widget. Tk thread only."""

    def __init__(self, parent: tk.Misc, look: ChartLook, events: ChartEvents | None = None) -> None:
        super().__init__(parent)
        self.events = ChartEvents() if events is None else events
        self.viewport: Viewport | None = None
        self.log = False
        self._look = look
        self._series: ChartSeries | None = None
        self._extent = Extent(0, 1, 1)
        self._digits = 2
        self._fixed: tuple[float, float] | None = None
        self._caption = ""
        self._studies: tuple[Drawn, ...] = ()
        self._cross: tuple[float, float] | None = None
        self._hovered: float | None = None
        self._measure: Measure | None = None
        self._chart = ChartFigure(look)
        self._overlay = Overlay(self._chart.figure, look)
        self._ring = tk.Frame(self, background=look.colors.background, borderwidth=0)
        self._ring.pack(fill="both", expand=True)
        self.canvas = ChartCanvas(self._chart.figure, self._ring, prepare=self._prepare, paint=self._paint)
        self.canvas.widget.configure(background=look.colors.background, takefocus=True, cursor="crosshair")
        self.canvas.widget.pack(fill="both", expand=True, padx=look.line_px, pady=look.line_px)
        self.canvas.widget.bind("<<TraverseIn>>", lambda _event: self._show_ring(on=True))  # by Tab, not by a click
        self.canvas.widget.bind("<FocusOut>", lambda _event: self._show_ring(on=False))
        self._notice = ttk.Label(self, style="Small.TLabel")
        self._gestures = Gestures(self)
        self.bind("<Destroy>", self._on_destroy)

    # -- what the owner says --------------------------------------------------------------------------------------

    def show(
        self, series: ChartSeries, *, digits: int, extent: Extent | None = None, viewport: Viewport | None = None
    ) -> None:
        """Show other bars: at `viewport`, or the latest. `extent` reaches over those that may still be loaded."""
        self._series = series
        self._digits = digits
        self._extent = _extent_of(series) if extent is None else extent
        self.viewport = viewport
        self._measure = None
        self._fixed = None
        self.changed()

    def update_bars(self, series: ChartSeries, *, extent: Extent | None = None) -> None:
        """Take more bars of the same symbol and timeframe; the view stays, or follows the newest where it was seen."""
        before = self._extent
        self._series = series
        self._extent = _extent_of(series) if extent is None else extent
        if self.viewport is not None and self.viewport.shows_latest(before) and before.end_ms != self._extent.end_ms:
            self.look_at(self.viewport.moved(self._extent.end_ms - before.end_ms, self._extent))
        self.changed()

    def set_studies(self, studies: tuple[Drawn, ...]) -> None:
        """Show these indicators."""
        self._studies = studies
        self.changed()

    def clear(self) -> None:
        """Show no bars."""
        self._series = None
        self.viewport = None
        self._cross = self._measure = None
        self.changed()

    def notice(self, words: str) -> None:
        """Write a line at the top of the chart ("Loading ..."); "" takes it away."""
        self._notice.configure(text=words)
        if words:
            self._notice.place(relx=0.5, y=self._look.text_px, anchor="n")
        else:
            self._notice.place_forget()

    def set_look(self, look: ChartLook) -> None:
        """Take other colours, sizes or candle styles at once."""
        self._look = look
        self._chart.set_look(look)
        self._overlay.set_look(look)
        self.canvas.widget.configure(background=look.colors.background)
        self._show_ring(on=False)
        self.changed()

    def set_log(self, log: bool) -> None:  # noqa: FBT001 - a setter
        """Lay prices out by their ratios, or evenly."""
        self.log = log
        self._fixed = None if self._fixed is None or min(self._fixed) <= 0 else self._fixed
        self.changed()

    @property
    def auto(self) -> bool:
        """Whether what is in view fills the height."""
        return self._fixed is None

    def set_auto(self, auto: bool) -> None:  # noqa: FBT001 - a setter
        """Let what is in view fill the height, or keep the prices of now."""
        self._fixed = None if auto else (self._chart.scale.low, self._chart.scale.high)
        self.changed()

    def save_png(self, path: Path, caption: str) -> None:
        """Save what is to be seen, with a caption above it, at the size of the screen."""
        self._caption, kept, self._cross = caption, self._cross, None
        try:
            self.canvas.draw()
            imsave(path, self.canvas.pixels())
        finally:
            self._caption, self._cross = "", kept
            self.changed()

    # -- moving, also by keys and buttons -------------------------------------------------------------------------

    @property
    def extent(self) -> Extent:
        """All there is to see."""
        return self._extent

    @property
    def series(self) -> ChartSeries | None:
        """The bars that are shown."""
        return self._series

    @property
    def chart(self) -> ChartFigure:
        """The figure, and where its panes lie."""
        return self._chart

    def look_at(self, viewport: Viewport) -> None:
        """Show another part, and say so."""
        if self._series is None:
            return
        self.viewport = viewport
        self.changed()
        self.events.moved(viewport)

    def fit(self) -> None:
        """Show everything there is."""
        self._fixed = None
        self.events.scaled()
        self.look_at(Viewport.fit(self._extent))

    def latest(self) -> None:
        """Show the latest bars, as many as are shown now."""
        if self.viewport is not None:
            self.look_at(Viewport.latest(self._extent, self.viewport.span_ms))

    def pan(self, steps: float) -> None:
        """Move by a share of the width, to later times or (negative) to earlier ones."""
        if self.viewport is not None:
            self.look_at(self.viewport.moved(self.viewport.span_ms * _PAN_SHARE * steps, self._extent))

    def zoom(self, steps: float, at_ms: float | None = None) -> None:
        """Zoom in (out, where negative) at an instant; without one at the crosshair, else at the right edge."""
        if self.viewport is None:
            return
        if at_ms is None:
            at_ms = self.viewport.end_ms if self._cross is None else self.ms_at(self._cross[0])
            at_ms = min(at_ms, max(self._extent.end_ms, self.viewport.start_ms))
        self.look_at(self.viewport.zoomed(at_ms, _ZOOM_STEP**-steps, self._extent))

    def ms_at(self, x: float) -> float:
        """Return the instant at a pixel from the left."""
        place = self._chart.place
        return 0.0 if place is None else place.ms_at(x)

    def fix_prices(self, low: float, high: float) -> None:
        """Lay these prices over the height from now on: auto-scale is off."""
        was_auto, self._fixed = self._fixed is None, (low, high)
        self.changed()
        if was_auto:
            self.events.scaled()

    def take_focus(self) -> None:
        """Have the keys come here."""
        self._show_ring(on=False)
        self.canvas.widget.focus_set()

    def _show_ring(self, *, on: bool) -> None:
        self._ring.configure(background=self._look.colors.accent if on else self._look.colors.background)

    # -- crosshair and measure ------------------------------------------------------------------------------------

    def point_at(self, x: float | None, y: float = 0.0) -> None:
        """Put the crosshair at a pixel (from the lower left), or take it away."""
        self._cross = None if x is None else (x, y)
        self.canvas.repaint()

    def step_cross(self, bars: int) -> None:
        """Move the crosshair by whole bars, from the latest in view where there is none yet."""
        place, series = self._chart.place, self._series
        if place is None or series is None or self.viewport is None:
            return
        if self._cross is None:
            bar = series.neighbour(min(self.viewport.end_ms, series.end_ms) - 1, 0)
        else:
            bar = series.neighbour(place.ms_at(self._cross[0]), bars)
        middle = (bar.start_ms + bar.end_ms) / 2
        if not self.viewport.start_ms <= middle < self.viewport.end_ms:
            self.look_at(
                self.viewport.moved(middle - (self.viewport.start_ms + self.viewport.end_ms) / 2, self._extent)
            )
            self.canvas.draw()
            place = self._chart.place or place
        self.point_at(float(place.x_of(middle)), self._chart.scale.to_px(bar.close))

    def measure(self, measured: Measure | None) -> None:
        """Show what the user spans, or nothing."""
        self._measure = measured
        self.canvas.repaint()

    @property
    def measured(self) -> Measure | None:
        """What is spanned now."""
        return self._measure

    def snapped(self, x: float) -> float:
        """Return the instant where the bar under a pixel begins; the instant itself where no bar is."""
        ms = self.ms_at(x)
        bar = None if self._series is None else self._series.bar_at(ms)
        return ms if bar is None else float(bar.start_ms)

    # -- drawing --------------------------------------------------------------------------------------------------

    def changed(self) -> None:
        """Draw again when Tk is idle."""
        self.canvas.draw_idle()

    def _prepare(self) -> None:
        if self._series is None:
            self._chart.clear()
            return
        width, height = self.canvas.get_width_height()
        if self.viewport is None:
            bars = max(width / (self._look.text_px * _SLOT_EM), _FEWEST_BARS)
            self.viewport = Viewport.first_look(self._extent, bars, _FEWEST_BARS)
            self.events.moved(self.viewport)
        picture = Picture(
            self._series, self.viewport, self._digits, log=self.log, fixed=self._fixed, caption=self._caption,
            studies=self._studies,
        )  # fmt: skip
        self._chart.arrange(picture, width, height)
        self.events.arranged()

    def _paint(self) -> None:
        self._paint_overlay()
        hovered = None if self._cross is None or self._chart.place is None else self.ms_at(self._cross[0])
        if hovered != self._hovered:
            self._hovered = hovered
            self.events.hovered(hovered)

    def _paint_overlay(self) -> None:
        place = self._chart.place
        self._overlay.hide_cross()
        self._overlay.hide_measure()
        if place is None or self._series is None:
            return
        if self._measure is not None:
            found = self._measure
            x0, x1 = (float(place.x_of(ms)) for ms in (found.from_ms, found.to_ms))
            y0, y1 = (self._chart.scale.to_px(price) for price in (found.from_price, found.to_price))
            self._overlay.show_measure(place, (x0, y0, x1, y1), found.words(self._series, self._digits))
        if self._cross is not None:
            self._paint_cross(self._cross)
        self._overlay.paint()

    def _paint_cross(self, at: tuple[float, float]) -> None:
        place, series = self._chart.place, self._series
        if place is None or series is None or not place.left <= at[0] < place.right:
            return
        bar = series.bar_at(place.ms_at(at[0]))
        ms = place.ms_at(at[0]) if bar is None else bar.start_ms
        x = at[0] if bar is None else float(place.x_of((bar.start_ms + bar.end_ms) / 2))
        self._overlay.show_cross(
            place, (x, at[1]), moment(ms, with_time=series.length_ms < DAY_MS), self._value_at(at[1])
        )

    def _value_at(self, y: float) -> str | None:
        """Return the price or the pane's value at a height; None between the panes."""
        place, pane = self._chart.place, self._chart.panes.at(y)
        if pane is not None:
            return value_text(pane[1].price_at(y), pane[0].study.style, self._digits)
        inside = place is not None and place.price_bottom <= y <= place.price_top
        return price_text(self._chart.scale.price_at(y), self._digits) if inside else None

    def _on_destroy(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            self.canvas.cancel()


def _extent_of(series: ChartSeries) -> Extent:
    return Extent(series.first_ms, series.end_ms, series.length_ms)
