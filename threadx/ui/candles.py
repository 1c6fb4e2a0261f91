"""Bars as matplotlib artists: a LineCollection of wicks, PolyCollections of bodies and volume. No Tk, no pyplot.

Everything is laid on whole pixels here, so that candles are as sharp as the screen is: artists carry pixels, not data
coordinates, and are refilled for every draw. `Figure.dpi` is 72 throughout, so that one point is one pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.transforms import Bbox, IdentityTransform
from numpy.typing import NDArray

from threadx.ui.presenters.chart_bars import Slots
from threadx.ui.presenters.viewport import PriceScale

__all__ = ["DARK", "LIGHT", "VOLUME_FILL", "BarsArtist", "ChartColors", "Geometry", "Shape", "Stroke"]

_BODY_SHARE = 0.74
"""Body width as a share of the slot."""
_STICKS_BELOW_PX = 3.0
"""Narrower slots show their range only: a body would fill the whole width."""
_HATCH_FROM_PX = 5
_HATCH_STEP_PX = 4
_RECTANGLE = np.array([Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY], Path.code_type)
_VOLUME_ALPHA = 0.42
VOLUME_FILL = 0.86
"""Share of the volume pane that the highest volume fills; above it stands the pane's name."""


@dataclass(frozen=True, slots=True)
class ChartColors:
    """The colours of a chart, "#rrggbb". Shapes may be softer than text: `..._text` reach 4.5:1 on `background`."""

    background: str
    text: str
    muted: str
    grid: str
    border: str
    up: str
    down: str
    up_text: str
    down_text: str
    accent: str
    tag: str
    """Behind the crosshair's labels."""
    tag_text: str
    hole: str
    """Behind time without bars."""

    def blue_orange(self) -> ChartColors:
        """Return the pair that eyes with a red-green weakness tell apart."""
        if self.is_dark:
            return replace(self, up="#3d9be0", down="#e8843c", up_text="#62b0ea", down_text="#f0995a")
        return replace(self, up="#0072b2", down="#d55e00", up_text="#0067a1", down_text="#b04d00")

    @property
    def is_dark(self) -> bool:
        """Whether the background is dark."""
        red, green, blue, _alpha = to_rgba(self.background)
        return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


LIGHT = ChartColors(
    background="#ffffff", text="#1f2329", muted="#6b7480", grid="#eceff2", border="#d5dae0",
    up="#26a69a", down="#ef5350", up_text="#00796b", down_text="#c02b3a",
    accent="#0b57d0", tag="#3c434c", tag_text="#ffffff", hole="#f4f5f7",
)  # fmt: skip
DARK = ChartColors(
    background="#212529", text="#e9ecef", muted="#98a2ad", grid="#2e343a", border="#434a51",
    up="#26a69a", down="#ef5350", up_text="#4db6ac", down_text="#ff7b86",
    accent="#3d8bfd", tag="#5b646d", tag_text="#ffffff", hole="#272c31",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the panes lie, in pixels from the lower left corner, and the time that lies over their width."""

    left: float
    right: float
    price_bottom: float
    price_top: float
    volume_bottom: float
    volume_top: float
    start_ms: float
    end_ms: float
    panes: tuple[tuple[float, float], ...] = ()
    """Bottom and top of the panes below, from the highest down."""

    @property
    def floor(self) -> float:
        """Bottom of the lowest pane, where the time axis begins."""
        return self.panes[-1][0] if self.panes else self.volume_bottom

    def x_of(self, ms: NDArray[np.int64] | float) -> NDArray[np.float64]:
        """Return where instants lie."""
        return self.left + (np.asarray(ms, np.float64) - self.start_ms) * self.px_per_ms

    def ms_at(self, x: float) -> float:
        """Return the instant that lies there."""
        return self.start_ms + (x - self.left) / self.px_per_ms

    @property
    def px_per_ms(self) -> float:
        """Pixels a millisecond is wide."""
        return (self.right - self.left) / (self.end_ms - self.start_ms)

    @property
    def price_box(self) -> Bbox:
        """The price pane."""
        return Bbox.from_extents(self.left, self.price_bottom, self.right, self.price_top)

    @property
    def volume_box(self) -> Bbox:
        """The volume pane."""
        return Bbox.from_extents(self.left, self.volume_bottom, self.right, self.volume_top)


@dataclass(frozen=True, slots=True)
class Stroke:
    """How candles are drawn."""

    colors: ChartColors
    line_px: int = 1
    """Width of a wick; whole pixels."""
    hollow_up: bool = False
    """Rising candles as outlines: told apart without any colour."""


class BarsArtist:
    """The candles and volume of one figure. Tk thread only."""

    def __init__(self, figure: Figure) -> None:
        flat: dict[str, Any] = {"antialiaseds": False, "transform": IdentityTransform()}
        self._volume = PolyCollection([], zorder=2, linewidths=0, **flat)
        self._wicks = LineCollection([], zorder=3, **flat)
        self._bodies = PolyCollection([], zorder=4, **flat)
        self._hatch = LineCollection([], zorder=5, linewidths=1, transform=IdentityTransform())
        for artist in (self._volume, self._wicks, self._bodies, self._hatch):
            artist.set_snap(False)  # they lie on whole pixels already
            figure.add_artist(artist)

    def clear(self) -> None:
        """Draw nothing next time."""
        for artist in (self._volume, self._wicks, self._bodies, self._hatch):
            artist.set_paths([])

    def fill(self, slots: Slots, place: Geometry, scale: PriceScale, stroke: Stroke) -> None:
        """Lay the slots over the panes: the next draw shows them.

        All shapes of one look are one path: thousands of single ones would cost ten times as much.
        """
        shape = Shape.of(slots, place, scale, stroke)
        up = slots.close >= slots.open
        pair = [stroke.colors.up, stroke.colors.down]  # a tuple of two is a colour and its alpha to matplotlib
        self._wicks.set(segments=[shape.wicks(up), shape.wicks(~up)], color=pair, linewidth=shape.line_px)
        self._fill_bodies(slots, shape, stroke, up)
        tall = _volume_px(slots, place)
        columns = [shape.columns(each, place.volume_bottom, tall) for each in (up, ~up)]
        _set_rectangles(self._volume, columns)
        self._volume.set(facecolor=pair, alpha=_VOLUME_ALPHA)
        self._volume.set_clip_box(place.volume_box)
        for artist in (self._wicks, self._bodies, self._hatch):
            artist.set_clip_box(place.price_box)

    def _fill_bodies(self, slots: Slots, shape: Shape, stroke: Stroke, up: NDArray[np.bool_]) -> None:
        if shape.sticks:
            self._bodies.set_verts([])
            self._hatch.set_segments([])
            return
        outlined = slots.incomplete | (stroke.hollow_up & (slots.close > slots.open))
        hatched = slots.incomplete & (shape.body_px >= _HATCH_FROM_PX)
        rise, fall, empty = stroke.colors.up, stroke.colors.down, stroke.colors.background
        bodies = [
            shape.bodies(up & ~outlined), shape.bodies(~up & ~outlined),
            shape.outlines(up & outlined), shape.outlines(~up & outlined),
        ]  # fmt: skip
        _set_rectangles(self._bodies, bodies)
        self._bodies.set(
            facecolor=[rise, fall, empty, empty],
            edgecolor=[rise, fall, rise, fall],
            linewidth=[0, 0, shape.line_px, shape.line_px],
        )  # fmt: skip
        self._hatch.set(segments=[shape.hatch(hatched & up), shape.hatch(hatched & ~up)], color=[rise, fall])


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """The candles in pixels: arrays of whole numbers, one entry a slot. `[left, right)` x `[bottom, top)` is a body."""

    left: NDArray[np.float64]
    right: NDArray[np.float64]
    bottom: NDArray[np.float64]
    top: NDArray[np.float64]
    wick_x: NDArray[np.float64]
    """Left edge of the wick."""
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    line_px: int
    body_px: int
    sticks: bool
    """Slots are too narrow for bodies: the wick stands for the whole candle."""

    @classmethod
    def of(cls, slots: Slots, place: Geometry, scale: PriceScale, stroke: Stroke) -> Shape:
        """Return the slots laid over the price pane."""
        begin, end = place.x_of(slots.start_ms), place.x_of(slots.end_ms)
        slot_px = float((end - begin).mean()) if len(slots) else 1.0
        line_px = stroke.line_px if slot_px >= _STICKS_BELOW_PX else 1
        body_px = _body_px(slot_px, line_px)
        wick_x = np.floor((begin + end - line_px) / 2 + 1e-6)
        left = wick_x - (body_px - line_px) // 2

        def y(price: NDArray[np.float64]) -> NDArray[np.float64]:
            # Far outside the pane nothing is seen, and the renderer's numbers would overflow.
            return np.floor(np.clip(scale.to_px(price), place.price_bottom - 9, place.price_top + 9))

        opened, close = y(slots.open), y(slots.close)
        return cls(
            left, left + body_px,
            np.minimum(opened, close), np.maximum(opened, close) + line_px,
            wick_x, y(slots.low), y(slots.high) + line_px,
            line_px, body_px, slot_px < _STICKS_BELOW_PX,
        )  # fmt: skip

    def wicks(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the wicks of the chosen candles: down the middle of their pixels."""
        middle = self.wick_x[chosen] + self.line_px / 2
        return _strokes(middle, self.low[chosen], middle, self.high[chosen])

    def bodies(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the bodies of the chosen candles."""
        return _rectangles(self.left[chosen], self.right[chosen], self.bottom[chosen], self.top[chosen])

    def outlines(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the same, but down the middle of the pixels of an outline that lies inside the body."""
        inset = self.line_px / 2
        left, right = self.left[chosen] + inset, self.right[chosen] - inset
        return _rectangles(left, right, self.bottom[chosen] + inset, self.top[chosen] - inset)

    def columns(self, chosen: NDArray[np.bool_], bottom: float, tall: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return columns as wide as the bodies, standing on `bottom`."""
        low = np.full(int(chosen.sum()), bottom)
        return _rectangles(self.left[chosen], self.right[chosen], low, low + tall[chosen])

    def hatch(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return diagonal strokes across the chosen bodies."""
        reach = self.top[chosen] - self.bottom[chosen] + self.body_px
        counts = (reach // _HATCH_STEP_PX).astype(np.intp)
        left, right = np.repeat(self.left[chosen], counts), np.repeat(self.right[chosen], counts)
        bottom, top = np.repeat(self.bottom[chosen], counts), np.repeat(self.top[chosen], counts)
        nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        starts = bottom - (right - left) + _HATCH_STEP_PX * (nth + 0.5)  # where the stroke crosses the left edge
        x0 = np.maximum(left, left + bottom - starts)
        x1 = np.maximum(np.minimum(right, left + top - starts), x0)
        return _strokes(x0, starts + x0 - left, x1, starts + x1 - left)


def _body_px(slot_px: float, line_px: int) -> int:
    """Return a width that leaves room between candles and lets the wick stand exactly in the middle."""
    widest = int(slot_px) - 1
    body = max(min(int(slot_px * _BODY_SHARE + 0.5), widest), line_px)
    if (body - line_px) % 2:
        body += 1 if body < widest else -1
    return body


def _volume_px(slots: Slots, place: Geometry) -> NDArray[np.float64]:
    most = slots.most_volume(place.start_ms, place.end_ms)
    share = slots.volume / most if most > 0 else np.zeros(len(slots))
    return np.ceil(np.minimum(share, 1.0) * (place.volume_top - place.volume_bottom) * VOLUME_FILL)


def _strokes(
    x0: NDArray[np.float64], y0: NDArray[np.float64], x1: NDArray[np.float64], y1: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return one line, (3 n, 2), that is broken by NaN after each of n straight strokes."""
    broken = np.full_like(x0, np.nan)
    return np.stack((x0, y0, x1, y1, broken, broken), axis=1).reshape(-1, 2)


def _rectangles(
    left: NDArray[np.float64], right: NDArray[np.float64], bottom: NDArray[np.float64], top: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the corners of n rectangles, (5 n, 2), for a path of its own codes."""
    return np.stack((left, bottom, left, top, right, top, right, bottom, left, bottom), axis=1).reshape(-1, 2)


def _set_rectangles(artist: PolyCollection, corners: list[NDArray[np.float64]]) -> None:
    """Have each array of corners drawn as one path."""
    codes = [np.tile(_RECTANGLE, len(each) // len(_RECTANGLE)) for each in corners]
    artist.set_verts_and_codes(corners, codes)  # type: ignore[arg-type]  # the stubs ask for numbers
