"""What follows the pointer over a chart: crosshair and measuring frame. Drawn over a kept picture, then blitted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import IdentityTransform

from threadx.i18n import counted
from threadx.ui.candles import Geometry
from threadx.ui.chart_figure import ChartLook, tag
from threadx.ui.presenters.chart_axis import duration, price_text, signed_percent
from threadx.ui.presenters.chart_bars import ChartSeries

__all__ = ["Measure", "Overlay"]

_MEASURE_ALPHA = 0.16
_TAG_EM = 0.62
"""Width of a letter in a tag, as a share of its size."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A stretch that the user spans with Shift and the mouse: from one instant and price to another."""

    from_ms: float
    from_price: float
    to_ms: float
    to_price: float

    def words(self, series: ChartSeries, digits: int) -> str:
        """Return what it measures: price and change, bars, time."""
        moved = self.to_price - self.from_price
        sign = "+" if moved > 0 else "−" if moved < 0 else ""
        start_ms, end_ms = sorted((self.from_ms, self.to_ms))
        bars = series.count(start_ms, end_ms)
        bars_text = counted("{count} bar", "{count} bars", bars)
        change = signed_percent(moved / self.from_price)
        return f"{sign}{price_text(abs(moved), digits)}  ({change})\n{bars_text} · {duration(end_ms - start_ms)}"


class Overlay:
    """Crosshair and measure of one figure. Tk thread only."""

    def __init__(self, figure: Figure, look: ChartLook) -> None:
        self._figure = figure
        self._cross = LineCollection([], linewidths=1, linestyles=[(0, (4, 3))], antialiaseds=False)
        self._frame = PolyCollection([], antialiaseds=False, linewidths=0)
        self._edge = LineCollection([], linewidths=1, antialiaseds=True)
        for artist in (self._cross, self._frame, self._edge):
            artist.set_transform(IdentityTransform())
            artist.set_animated(True)
            artist.set_snap(False)
            figure.add_artist(artist)
        self._time = tag(figure, look, animated=True)
        self._price = tag(figure, look, animated=True)
        self._words = tag(figure, look, animated=True)
        self._look = look
        self.set_look(look)

    def set_look(self, look: ChartLook) -> None:
        """Take other colours or sizes."""
        self._look = look
        colors = look.colors
        self._cross.set_color(colors.muted)
        for text in (self._time, self._price, self._words):
            text.set_fontsize(look.text_px)
            text.set_color(colors.tag_text)
            text.set_bbox({"boxstyle": "square,pad=0.32", "facecolor": colors.tag, "linewidth": 0})

    @property
    def visible(self) -> bool:
        """Whether there is anything to paint."""
        return self._time.get_visible() or self._words.get_visible()

    def hide_cross(self) -> None:
        """Show no crosshair."""
        self._cross.set_segments([])
        self._time.set_visible(False)
        self._price.set_visible(False)

    def show_cross(self, place: Geometry, at: tuple[float, float], time: str, price: str | None) -> None:
        """Show the crosshair at a pixel, with its labels; without a price label outside the price pane."""
        x, y = float(np.floor(at[0])) + 0.5, float(np.floor(at[1])) + 0.5
        em = self._look.text_px
        across = [[(place.left, y), (place.right, y)]]
        self._cross.set_segments([[(x, place.floor), (x, place.price_top)], *across])
        half = len(time) * em * _TAG_EM / 2
        self._time.set(ha="center", text=time, visible=True)
        self._time.set_position((min(max(x, half + em / 2), place.right - half), place.floor - em * 1.05))
        self._price.set(ha="left", text=price or "", visible=price is not None)
        self._price.set_position((place.right + em * 0.6, y))

    def hide_measure(self) -> None:
        """Show no measure."""
        self._frame.set_verts([])
        self._edge.set_segments([])
        self._words.set_visible(False)

    def show_measure(self, place: Geometry, corners: tuple[float, float, float, float], words: str) -> None:
        """Show the frame between two corners (x, y of the first; x, y of the second) and what it measures."""
        x0, y0, x1, y1 = (float(np.floor(value)) + 0.5 for value in corners)
        em, colors = self._look.text_px, self._look.colors
        color = colors.up_text if y1 >= y0 else colors.down_text
        self._frame.set_verts([[(x0, y0), (x0, y1), (x1, y1), (x1, y0)]])
        self._frame.set_facecolor(color)
        self._frame.set_alpha(_MEASURE_ALPHA)
        middle_x, middle_y = (x0 + x1) / 2, (y0 + y1) / 2
        head = [*_arrow((x0, middle_y), (x1, middle_y), em * 0.4), *_arrow((middle_x, y0), (middle_x, y1), em * 0.4)]
        self._edge.set_segments(head)
        self._edge.set_color(color)
        self._frame.set_clip_box(place.price_box)
        self._edge.set_clip_box(place.price_box)
        self._place_words(place, middle_x, (y0, y1), words)

    def _place_words(self, place: Geometry, middle_x: float, ends: tuple[float, float], words: str) -> None:
        """Write beyond the far end of the frame, or inside it where there is no room."""
        em, (first, last) = self._look.text_px, ends
        half = max(len(line) for line in words.splitlines()) * em * _TAG_EM / 2 + em
        x = min(max(middle_x, place.left + half), max(place.right - half, place.left + half))
        up = last >= first
        room = place.price_top - last if up else last - place.price_bottom
        outside = room > em * 4
        y = last + (em if up == outside else -em)
        self._words.set(ha="center", va="bottom" if up == outside else "top", text=words, visible=True)
        self._words.set_position((x, y))

    def paint(self) -> None:
        """Draw what is shown into the figure's renderer, over what is there."""
        shown: list[Artist] = [self._frame, self._edge] if self._words.get_visible() else []
        if self._time.get_visible():
            shown.append(self._cross)
        texts: list[Text] = [text for text in (self._time, self._price, self._words) if text.get_visible()]
        for artist in (*shown, *texts):
            self._figure.draw_artist(artist)


def _arrow(
    start: tuple[float, float], end: tuple[float, float], size: float
) -> list[list[tuple[float, float]]]:  # fmt: skip
    """Return the strokes of an arrow along an axis."""
    dx, dy = float(np.sign(end[0] - start[0])), float(np.sign(end[1] - start[1]))
    back_x, back_y = end[0] - dx * size, end[1] - dy * size
    left, right = (back_x + dy * size, back_y + dx * size), (back_x - dy * size, back_y - dx * size)
    return [[start, end], [left, end], [right, end]]
