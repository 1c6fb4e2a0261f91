"""The figure of a chart: panes, grid, axes, candles and the last price, laid out in pixels. No Tk in here."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform

from threadx.i18n import _
from threadx.ui.candles import VOLUME_FILL, BarsArtist, ChartColors, Geometry, Stroke
from threadx.ui.chart_panes import Panes, pane_heights
from threadx.ui.chart_words import ChartWords, Word
from threadx.ui.presenters.chart_axis import Mark, compact, price_marks, price_text, time_marks
from threadx.ui.presenters.chart_bars import ChartSeries, Slots
from threadx.ui.presenters.study_desk import Drawn
from threadx.ui.presenters.viewport import PriceScale, Viewport, price_range

__all__ = ["ChartFigure", "ChartLook", "Picture", "tag"]

DPI = 72
"""One point is one pixel: sizes come from the theme, in pixels of the screen."""
_DIGIT_EM = 0.64
"""Width of a digit in DejaVu Sans, the font that matplotlib brings, as a share of its size."""
_VOLUME_SHARE = 0.17
_MIN_SLOT_PX = 1.5
_HOLE_FROM_PX = 2.0
_MARK_ROOM_EM = 7.5
"""Width a mark of the time axis may take, neighbours' distance included."""
_PRICE_ROOM_EM = 3.6


@dataclass(frozen=True, slots=True)
class ChartLook:
    """What the theme and the user decide about the looks of a chart."""

    colors: ChartColors
    text_px: int = 12
    line_px: int = 1
    hollow_up: bool = False
    family: str = "DejaVu Sans"

    @property
    def stroke(self) -> Stroke:
        """What the candles need of it."""
        return Stroke(self.colors, self.line_px, self.hollow_up)


@dataclass(frozen=True, slots=True)
class Picture:
    """What is to be seen: bars, the part of them in view, and how prices lie over the height."""

    series: ChartSeries
    view: Viewport
    digits: int = 2
    log: bool = False
    fixed: tuple[float, float] | None = None
    """Lowest and highest price over the height; None: what is in view fills it."""
    caption: str = ""
    """Above the price pane, in saved pictures."""
    studies: tuple[Drawn, ...] = ()
    """Indicators over the price and in panes below."""


class ChartFigure:
    """Draws a Picture. `arrange` lays everything out; whoever owns the canvas draws. Tk thread only."""

    def __init__(self, look: ChartLook) -> None:
        self.figure = Figure(dpi=DPI)
        self.place: Geometry | None = None
        """Where the panes lie since the last `arrange`; None while there is nothing to see."""
        self.scale = PriceScale(0.0, 1.0, 0.0, 1.0)
        self.slots: Slots | None = None
        self._look = look
        flat: dict[str, Any] = {"transform": IdentityTransform(), "antialiaseds": False}
        self._holes = PolyCollection([], zorder=0.5, linewidths=0, **flat)
        self._grid = LineCollection([], zorder=1, linewidths=1, **flat)
        self._frame = LineCollection([], zorder=6, linewidths=1, **flat)
        self._last_line = LineCollection([], zorder=5.5, linewidths=1, linestyles=[(0, (1, 2))], **flat)
        for artist in (self._holes, self._grid, self._frame, self._last_line):
            artist.set_snap(False)
            self.figure.add_artist(artist)
        self.bars = BarsArtist(self.figure)
        self.panes = Panes(self.figure)
        self._last_tag = tag(self.figure, look)
        self.words = ChartWords(look.text_px, look.family)
        self.figure.add_artist(self.words)
        self.set_look(look)

    def set_look(self, look: ChartLook) -> None:
        """Take other colours or sizes; `arrange` again afterwards."""
        self._look = look
        self.figure.set_facecolor(look.colors.background)
        self._holes.set_facecolor(look.colors.hole)
        self._grid.set_color(look.colors.grid)
        self._frame.set_color(look.colors.border)
        self._last_tag.set_fontsize(look.text_px)
        self.words.size_px = look.text_px

    def clear(self) -> None:
        """Show an empty sheet."""
        self.place = None
        self.slots = None
        self.words.words = []
        for artist in (self._holes, self._grid, self._frame, self._last_line):
            artist.set_paths([])
        self.bars.clear()
        self.panes.clear()
        self._last_tag.set_visible(False)

    def arrange(self, picture: Picture, width: int, height: int) -> None:
        """Lay the picture over so many pixels: the next draw shows it."""
        self.words.words = []
        plot = self._panes(picture, width, height, right=self._margin(picture))
        self.slots = picture.series.slots(plot.start_ms, plot.end_ms, (plot.right - plot.left) / _MIN_SLOT_PX)
        self.panes.take(picture.studies, self.slots, plot, em=self._look.text_px)
        low, high = self._range(picture, self.slots)
        self.scale = PriceScale(low, high, plot.price_bottom, plot.price_top, log=picture.log)
        self.place = plot
        self._draw_axes(picture, plot, width)
        self._draw_holes(self.slots, plot)
        self.bars.fill(self.slots, plot, self.scale, self._look.stroke)
        self.panes.fill(plot, self.scale, self._look.colors, self._look.line_px)
        self._draw_last(picture, plot)
        self._draw_words(picture, plot, width)

    def _margin(self, picture: Picture) -> int:
        """Return the width of the price axis: that of the longest price there may be, so that it does not jump."""
        em = self._look.text_px
        sample = price_text(picture.series.highest, picture.digits)
        return round(max(len(sample), 6) * em * _DIGIT_EM + em * 1.5)

    def _panes(self, picture: Picture, width: int, height: int, *, right: int) -> Geometry:
        em = self._look.text_px
        axis = round(em * 2.1)
        tall = max(height - axis, 20)
        heights = pane_heights(picture.studies, tall)
        floor = axis + sum(heights)
        volume = round((tall - sum(heights)) * _VOLUME_SHARE)
        top = height - round(em * (2.6 if picture.caption else 0.6))
        gap = round(em * 0.75)
        edges = [floor - sum(heights[:place]) for place in range(len(heights) + 1)]
        return Geometry(
            left=0.0,
            right=float(max(width - right, 20)),
            price_bottom=float(floor + volume + gap),
            price_top=float(max(top, floor + volume + gap + 10)),
            volume_bottom=float(floor),
            volume_top=float(floor + volume),
            panes=tuple((float(low), float(high)) for high, low in pairwise(edges)),
            start_ms=picture.view.start_ms,
            end_ms=picture.view.end_ms,
        )

    def _range(self, picture: Picture, slots: Slots) -> tuple[float, float]:
        if picture.fixed is not None:
            return picture.fixed
        found = price_range(slots, picture.view.start_ms, picture.view.end_ms, log=picture.log)
        if found is None:
            close = picture.series.last.close
            return close * 0.98, close * 1.02
        return self.panes.widened(found, slots.touching(picture.view.start_ms, picture.view.end_ms), log=picture.log)

    def _draw_axes(self, picture: Picture, plot: Geometry, width: int) -> None:
        em, colors = self._look.text_px, self._look.colors
        last_y = self.scale.to_px(picture.series.last.close)
        lines = []
        room = (plot.price_top - plot.price_bottom) / (em * _PRICE_ROOM_EM)
        for mark in price_marks(self.scale.low, self.scale.high, room, log=picture.log, digits=picture.digits):
            y = np.floor(self.scale.to_px(mark.at)) + 0.5
            if plot.price_bottom + em * 0.5 <= y <= plot.price_top:
                lines.append([(plot.left, y), (plot.right, y)])
            if plot.price_bottom + em * 0.5 <= y <= plot.price_top - em * 0.4 and abs(y - last_y) > em * 1.5:
                self._put(plot.right + em * 0.6, y, mark.text, colors.muted)
        for mark in time_marks(plot.start_ms, plot.end_ms, (plot.right - plot.left) / (em * _MARK_ROOM_EM)):
            x = float(np.floor(plot.x_of(mark.at))) + 0.5
            if plot.left <= x < plot.right:
                lines.append([(x, plot.floor), (x, plot.price_top)])
                self._put_time(x, mark, plot, width)
        for scale, marks in self.panes.marks(em, picture.digits):
            for mark in marks:
                y = np.floor(scale.to_px(mark.at)) + 0.5
                lines.extend([] if mark.strong else [[(plot.left, y), (plot.right, y)]])
                self._put(plot.right + em * 0.6, y, mark.text, colors.muted)
        self._grid.set_segments(lines)
        low, right = plot.floor - 0.5, plot.right + 0.5
        edges = [[(0, top - 0.5), (width, top - 0.5)] for _bottom, top in plot.panes]
        self._frame.set_segments([[(0, low), (width, low)], [(right, low), (right, plot.price_top)], *edges])

    def _put_time(self, x: float, mark: Mark, plot: Geometry, width: int) -> None:
        em = self._look.text_px
        half = len(mark.text) * em * _DIGIT_EM / 2
        if half <= x <= min(plot.right + half, width - half - em * 3.2):
            color = self._look.colors.text if mark.strong else self._look.colors.muted
            y = plot.floor - em * 1.05
            self._put(x, y, mark.text, color, align="center", strong=mark.strong)

    def _draw_holes(self, slots: Slots, plot: Geometry) -> None:
        bands = []
        for start_ms, end_ms in slots.holes():
            left, right = (float(np.floor(x)) for x in plot.x_of(np.array([start_ms, end_ms])))
            if right - left >= _HOLE_FROM_PX and right > plot.left and left < plot.right:
                left, right = max(left, plot.left), min(right, plot.right)
                low, high = plot.floor, plot.price_top
                bands.append([(left, low), (left, high), (right, high), (right, low)])
        self._holes.set_verts(bands)

    def _draw_last(self, picture: Picture, plot: Geometry) -> None:
        last, colors = picture.series.last, self._look.colors
        y = float(np.floor(np.clip(self.scale.to_px(last.close), -9, plot.price_top + 99))) + 0.5
        inside = plot.price_bottom <= y <= plot.price_top
        self._last_line.set_segments([[(plot.left, y), (plot.right, y)]] if inside else [])
        self._last_tag.set_visible(inside)
        color = colors.up_text if last.close >= last.open else colors.down_text
        self._last_line.set_color(color)
        self._last_tag.set_position((plot.right + self._look.text_px * 0.6, y))
        self._last_tag.set_text(price_text(last.close, picture.digits))
        self._last_tag.set_color(colors.background)
        self._last_tag.set_bbox({"boxstyle": "square,pad=0.3", "facecolor": color, "linewidth": 0})

    def _draw_words(self, picture: Picture, plot: Geometry, width: int) -> None:
        em, colors, slots = self._look.text_px, self._look.colors, self.slots
        self._put(width - em * 0.7, plot.floor - em * 1.05, "UTC", colors.muted, align="right")
        if slots is not None and len(slots):
            most = compact(slots.most_volume(plot.start_ms, plot.end_ms))
            tallest = plot.volume_bottom + (plot.volume_top - plot.volume_bottom) * VOLUME_FILL
            self._put(plot.right + em * 0.6, tallest, most, colors.muted)
            over = max(plot.volume_top - em * 0.45, tallest + em * 0.6)  # in a low pane: in the gap above it
            self._put(plot.left + em * 0.7, over, _("Volume"), colors.muted)
        if picture.caption:
            at = self.figure.bbox.height - em * 1.2
            self._put(plot.left + em * 0.7, at, picture.caption, colors.text, strong=True)
            for x, y, words, color in self.panes.names(plot, em, colors):  # what rows of the legend say on the screen
                self._put(x, y, words, color)

    def _put(
        self, x: float, y: float, words: str, color: str, *,
        align: Literal["left", "center", "right"] = "left", strong: bool = False,
    ) -> None:  # fmt: skip
        self.words.words.append(Word(x, y, words, color, align, strong))


def tag(figure: Figure, look: ChartLook, *, animated: bool = False) -> Text:
    """Return a new, hidden text that stands in a box: a price or a time at the edge."""
    found = Text(0, 0, "", fontsize=look.text_px, family=look.family, va="center_baseline", zorder=9)
    found.set_transform(IdentityTransform())
    found.set_animated(animated)
    found.set_visible(False)
    figure.add_artist(found)
    return found
