"""Bars as matplotlib artists: a LineCollection of wicks, PolyCollections of bodies and volume. No Tk, no pyplot.

Everything is laid on whole pixels here, so that candles are as sharp as the screen is: artists carry pixels, not data
coordinates, and are refilled for every draw. `Figure.dpi` is 72 throughout, so that one point is one pixel.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.colors import to_rgba, to_rgba_array
from matplotlib.figure import Figure
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
    """Where the two panes lie, in pixels from the lower left corner, and the time that lies over their width."""

    left: float
    right: float
    price_bottom: float
    price_top: float
    volume_bottom: float
    volume_top: float
    start_ms: float
    end_ms: float

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
        """Lay the slots over the panes: the next draw shows them."""
        shape = Shape.of(slots, place, scale, stroke)
        pair = to_rgba_array([stroke.colors.down, stroke.colors.up])
        colors = pair[(slots.close >= slots.open).astype(np.intp)]
        self._wicks.set(segments=shape.wicks(), color=colors, linewidth=shape.line_px)
        self._fill_bodies(slots, shape, stroke, colors)
        self._fill_volume(slots, place, shape, colors)
        for artist in (self._wicks, self._bodies, self._hatch):
            artist.set_clip_box(place.price_box)

    def _fill_bodies(self, slots: Slots, shape: Shape, stroke: Stroke, colors: NDArray[np.float64]) -> None:
        outlined = slots.incomplete.copy()
        if stroke.hollow_up:
            outlined |= slots.close > slots.open
        hatched = slots.incomplete if shape.body_px >= _HATCH_FROM_PX else np.zeros(len(slots), np.bool_)
        strokes = np.repeat(colors[hatched], shape.hatch_counts(hatched), axis=0)
        self._hatch.set(segments=shape.hatch(hatched), color=strokes)
        if shape.sticks:
            self._bodies.set(verts=[])
            return
        faces = colors.copy()
        faces[outlined] = to_rgba(stroke.colors.background)
        edges = np.where(outlined, shape.line_px, 0)
        self._bodies.set(verts=shape.bodies(outlined), facecolor=faces, edgecolor=colors, linewidth=edges)

    def _fill_volume(self, slots: Slots, place: Geometry, shape: Shape, colors: NDArray[np.float64]) -> None:
        most = slots.most_volume(place.start_ms, place.end_ms)
        share = slots.volume / most if most > 0 else np.zeros(len(slots))
        tall = np.ceil(np.minimum(share, 1.0) * (place.volume_top - place.volume_bottom) * VOLUME_FILL)
        bottom = np.full(len(slots), float(place.volume_bottom))
        faces = np.concatenate((colors[:, :3], np.full((len(slots), 1), _VOLUME_ALPHA)), axis=1)
        self._volume.set(verts=_rectangles(shape.left, shape.right, bottom, bottom + tall), facecolor=faces)
        self._volume.set_clip_box(place.volume_box)


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
        slot_px = float(np.median(end - begin)) if len(slots) else 1.0
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

    def wicks(self) -> NDArray[np.float64]:
        """Return the segments of the wicks, (n, 2, 2): down the middle of their pixels."""
        middle = self.wick_x + self.line_px / 2
        return np.stack((middle, self.low, middle, self.high), axis=1).reshape(-1, 2, 2)

    def bodies(self, outlined: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the corners of the bodies, (n, 4, 2); where outlined, down the middle of the outline's pixels."""
        inset = np.where(outlined, self.line_px / 2, 0.0)
        return _rectangles(self.left + inset, self.right - inset, self.bottom + inset, self.top - inset)

    def hatch(self, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return diagonal strokes across the chosen bodies, (m, 2, 2), `hatch_counts` for each of them."""
        counts = self.hatch_counts(chosen)
        left, right = np.repeat(self.left[chosen], counts), np.repeat(self.right[chosen], counts)
        bottom, top = np.repeat(self.bottom[chosen], counts), np.repeat(self.top[chosen], counts)
        nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        starts = bottom - (right - left) + _HATCH_STEP_PX * (nth + 0.5)  # where the stroke crosses the left edge
        x0 = np.maximum(left, left + bottom - starts)
        x1 = np.maximum(np.minimum(right, left + top - starts), x0)
        return np.stack((x0, starts + x0 - left, x1, starts + x1 - left), axis=1).reshape(-1, 2, 2)

    def hatch_counts(self, chosen: NDArray[np.bool_]) -> NDArray[np.intp]:
        """Return how many strokes each chosen body gets."""
        reach = self.top[chosen] - self.bottom[chosen] + self.body_px
        return (reach // _HATCH_STEP_PX).astype(np.intp)


def _body_px(slot_px: float, line_px: int) -> int:
    """Return a width that leaves room between candles and lets the wick stand exactly in the middle."""
    widest = int(slot_px) - 1
    body = max(min(int(slot_px * _BODY_SHARE + 0.5), widest), line_px)
    if (body - line_px) % 2:
        body += 1 if body < widest else -1
    return body


def _rectangles(
    left: NDArray[np.float64], right: NDArray[np.float64], bottom: NDArray[np.float64], top: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.stack((left, bottom, left, top, right, top, right, bottom), axis=1).reshape(-1, 4, 2)
