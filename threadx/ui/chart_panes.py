"""The indicators of a figure: lines over the price, and panes below it with scales of their own. No Tk in here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from threadx.ui.candles import ChartColors, Geometry
from threadx.ui.chart_studies import Layer, Spreads, line_color, pane_range, with_overlays
from threadx.ui.presenters.chart_axis import Mark, price_marks
from threadx.ui.presenters.chart_bars import Slots
from threadx.ui.presenters.study_desk import Drawn
from threadx.ui.presenters.study_words import value_text
from threadx.ui.presenters.viewport import PriceScale

__all__ = ["PaneAt", "Panes", "pane_heights"]

_MOST_HEIGHT = 0.62
"""Share of the height that all panes together may take."""
_MARK_ROOM_EM = 2.4
_NAME_EM = 1.6
"""Height of a pane's name."""
_EDGE_EM = 0.75
"""Nearer to the edge of its pane a mark is left out."""

PaneAt = tuple[Drawn, PriceScale]


def pane_heights(studies: Sequence[Drawn], tall: int) -> list[int]:
    """Return the heights of the panes in pixels; less than asked for where they would starve the price."""
    shares = [each.study.height for each in studies if each.study.style.pane]
    squeeze = min(1.0, _MOST_HEIGHT / sum(shares)) if shares else 1.0
    return [round(share * squeeze * tall) for share in shares]


class Panes:
    """Draws indicators for one figure. Tk thread only."""

    def __init__(self, figure: Figure) -> None:
        self._figure = figure
        self._price = Layer(figure)
        self._layers: list[Layer] = []
        self._over: list[tuple[Drawn, Spreads]] = []
        self._below: list[tuple[Drawn, Spreads | None]] = []
        self._all: tuple[Drawn, ...] = ()
        self._slots: Slots | None = None
        self._tops: tuple[float, ...] = ()
        self.scales: tuple[PaneAt, ...] = ()
        """The panes from the highest down, and how values lie in them, since the last `take`."""

    def clear(self) -> None:
        """Draw nothing next time."""
        self._over, self._below, self.scales, self._tops = [], [], (), ()
        self._price.clear()
        for layer in self._layers:
            layer.clear()

    def take(self, studies: tuple[Drawn, ...], slots: Slots, place: Geometry, *, em: int) -> None:
        """Cut the indicators to the slots in view; a pane keeps room for its name, `em` being the size of text."""
        self._all, self._slots = studies, slots
        spread = [
            (each, None if each.series is None or not len(slots) else each.series.over(slots)) for each in studies
        ]
        self._over = [(each, found) for each, found in spread if not each.study.style.pane and found is not None]
        self._below = [(each, found) for each, found in spread if each.study.style.pane]
        seen = slots.touching(place.start_ms, place.end_ms)
        self._tops = tuple(top for _bottom, top in place.panes)
        self.scales = tuple(
            (each, PriceScale(*pane_range(each.study.style, found, seen), bottom, _ceiling(bottom, top, em)))
            for (each, found), (bottom, top) in zip(self._below, place.panes, strict=True)
        )

    def widened(self, found: tuple[float, float], seen: NDArray[np.bool_], *, log: bool) -> tuple[float, float]:
        """Return a range of prices that shows the lines over them too."""
        return with_overlays(found, [spreads for _each, spreads in self._over], seen, log=log)

    def fill(self, place: Geometry, scale: PriceScale, colors: ChartColors, line_px: int) -> None:
        """Lay everything out: the next draw shows it."""
        if self._slots is None:
            return
        while len(self._layers) > len(self._below):
            self._layers.pop().remove()
        while len(self._layers) < len(self._below):
            self._layers.append(Layer(self._figure))
        self._price.fill(self._over, self._slots, place, scale, colors, line_px)
        for layer, (each, own), (_each, spreads) in zip(self._layers, self.scales, self._below, strict=True):
            found = [] if spreads is None else [(each, spreads)]
            layer.fill(found, self._slots, place, own, colors, line_px)
            layer.mark(each.study.style.levels, place, own, colors.muted)

    def marks(self, em: int, digits: int) -> list[tuple[PriceScale, list[Mark]]]:
        """Return the marks of each pane's axis; those of its levels are strong: they have lines already."""
        return [(scale, _marks(each, scale, em, digits)) for each, scale in self.scales]

    def at(self, y: float) -> PaneAt | None:
        """Return the pane at a height."""
        pairs = zip(self.scales, self._tops, strict=False)
        return next((pane for pane, top in pairs if pane[1].bottom_px <= y < top), None)

    def edge_at(self, y: float, reach: float) -> PaneAt | None:
        """Return the pane whose upper edge is so near that it can be taken hold of."""
        pairs = zip(self.scales, self._tops, strict=False)
        return next((pane for pane, top in pairs if abs(top - y) <= reach), None)

    def top_of(self, key: int) -> float | None:
        """Return the upper edge of an indicator's pane, in pixels; None where it has none."""
        pairs = zip(self.scales, self._tops, strict=False)
        return next((top for pane, top in pairs if pane[0].study.key == key), None)

    def names(self, place: Geometry, em: int, colors: ChartColors) -> list[tuple[float, float, str, str]]:
        """Return where the indicators' names stand in a saved picture: x, y, words, colour."""
        left = place.left + em * 0.7
        over = [each for each in self._all if not each.study.style.pane]
        below = zip(self.scales, self._tops, strict=False)
        found = [
            (left, place.price_top - em * (0.9 + 1.5 * row), each.study.label, _color(each, colors))
            for row, each in enumerate(over)
        ]
        return found + [(left, top - em * 0.9, each.study.label, _color(each, colors)) for (each, _scale), top in below]


def _ceiling(bottom: float, top: float, em: int) -> float:
    """Return where the values of a pane end: below its name, where that leaves enough."""
    below = top - em * _NAME_EM
    return below if below - bottom > em * _NAME_EM else top - 1


def _color(each: Drawn, colors: ChartColors) -> str:
    return line_color(each.study.style.lines[-1], each.study.shade, colors)


def _marks(each: Drawn, scale: PriceScale, em: int, digits: int) -> list[Mark]:
    style = each.study.style
    room = (scale.top_px - scale.bottom_px) / (em * _MARK_ROOM_EM)
    shown = [Mark(level, value_text(level, style, digits, axis=True), strong=True) for level in style.levels]
    if style.ends is None:
        fine = [
            Mark(mark.at, value_text(mark.at, style, digits, axis=True))
            for mark in price_marks(scale.low, scale.high, max(room, 1.0), log=False, digits=8)
        ]
        shown += [mark for mark in fine if all(abs(scale.to_px(mark.at) - scale.to_px(kept.at)) > em for kept in shown)]
    low, high = scale.bottom_px + em * _EDGE_EM, scale.top_px + em * 0.2
    return [mark for mark in shown if low <= scale.to_px(mark.at) <= high]
