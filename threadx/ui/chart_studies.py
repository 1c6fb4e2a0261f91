"""Indicators as matplotlib artists: lines, bands and columns over the price and in panes below. No Tk, no pyplot.

As candles, they are laid on pixels here and refilled for every draw: one path per line, broken where values are
missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox, IdentityTransform
from numpy.typing import NDArray

from threadx.ui.candles import ChartColors, Geometry
from threadx.ui.presenters.chart_bars import Slots
from threadx.ui.presenters.study_desk import Drawn
from threadx.ui.presenters.study_series import Spread
from threadx.ui.presenters.study_styles import FALLING, RISING, Line, Style
from threadx.ui.presenters.viewport import PriceScale

__all__ = ["Layer", "Spreads", "columns_px", "line_color", "line_px", "pane_range", "with_overlays"]

Floats = NDArray[np.float64]
Spreads = Mapping[str, Spread]
_LIGHT = ("#0067a1", "#b04d00", "#6a3d9a", "#00735a", "#a6317d", "#7a6200")
_DARK = ("#56b4e9", "#f0a24a", "#b79cf2", "#3fd0a4", "#f08cc8", "#e8d44d")
"""Told apart by eyes with any colour weakness; as text at least 4.5:1 on the chart."""
_DASHES: Mapping[str, tuple[float, ...] | None] = {"solid": None, "dash": (5.0, 3.0), "dots": (1.5, 2.5)}
_BAND_ALPHA = 0.09
_COLUMN_ALPHA = 0.55
_LINE_PX = 1.4
_PADDING = 0.08
_FAR = 4.0
"""How many heights beyond its pane a line is still followed: the renderer's numbers must not overflow."""
_STRETCH = 0.35
"""How far lines over the price may stretch its range, as a share of it: a far average must not flatten the candles."""
_COLUMN_SHARE = 0.62


def line_color(line: Line, shade: int, colors: ChartColors) -> str:
    """Return the colour of a line of an indicator."""
    if line.shade == RISING:
        return colors.up_text
    if line.shade == FALLING:
        return colors.down_text
    palette = _DARK if colors.is_dark else _LIGHT
    return palette[(shade + line.shade) % len(palette)]


def with_overlays(found: tuple[float, float], spreads: Sequence[Spreads], seen: NDArray[np.bool_], *,
                  log: bool) -> tuple[float, float]:  # fmt: skip
    """Return a range of prices with the lines over them taken in, as far as they do not lead too far away."""
    low, high = found
    room = (high - low) * _STRETCH
    ends = [end for each in spreads for spread in each.values() if (end := spread.range(seen)) is not None]
    lowest = min([low, *(end[0] for end in ends)])
    highest = max([high, *(end[1] for end in ends)])
    least = low / (1 + _STRETCH) if log else low - room
    return max(lowest, least), min(highest, high + room)


def pane_range(style: Style, spreads: Spreads | None, seen: NDArray[np.bool_]) -> tuple[float, float]:
    """Return what a pane shows from bottom to top."""
    if style.ends is not None:
        low, high = style.ends
        pad = (high - low) * 0.04
        return low - pad, high + pad
    names = [line.output for line in style.lines]
    told = [] if spreads is None else [spreads[name].range(seen) for name in names]
    ends = [each for each in told if each is not None]
    if not ends:
        return (min((*style.levels, 0.0)) - 1.0, max((*style.levels, 0.0)) + 1.0)
    low, high = min(each[0] for each in ends), max(each[1] for each in ends)
    if any(line.columns for line in style.lines):
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low <= 1e-12 * max(abs(high), 1e-300):
        reach = abs(high) * 0.01 or 1.0
        low, high = low - reach, high + reach
    pad = (high - low) * _PADDING
    return low - pad, high + pad


@dataclass(frozen=True, slots=True, eq=False)
class _Ink:
    """What a layer draws, gathered."""

    lines: list[Floats]
    colors: list[str]
    dashes: list[Any]
    bands: list[Floats]
    band_colors: list[str]
    columns: list[Floats]
    column_colors: list[str]


class Layer:
    """The lines, bands and columns of one pane. Tk thread only."""

    def __init__(self, figure: Figure) -> None:
        flat: dict[str, Any] = {"transform": IdentityTransform(), "antialiaseds": False}
        self._band = PolyCollection([], zorder=1.5, linewidths=0, alpha=_BAND_ALPHA, **flat)
        self._levels = LineCollection([], zorder=1.2, linewidths=1, linestyles=[(0, (4, 3))], **flat)
        self._columns = PolyCollection([], zorder=2, linewidths=0, alpha=_COLUMN_ALPHA, **flat)
        self._lines = LineCollection([], zorder=4.5, transform=IdentityTransform())
        self._artists = (self._band, self._levels, self._columns, self._lines)
        for artist in self._artists:
            artist.set_snap(False)
            figure.add_artist(artist)

    def clear(self) -> None:
        """Draw nothing next time."""
        for artist in self._artists:
            artist.set_paths([])

    def remove(self) -> None:
        """Take the artists out of the figure."""
        for artist in self._artists:
            artist.remove()

    def fill(
        self,
        drawn: Sequence[tuple[Drawn, Spreads]],
        slots: Slots,
        place: Geometry,
        scale: PriceScale,
        colors: ChartColors,
        line_width: int,
    ) -> None:
        """Lay indicators over a pane, which lies where the scale lies: the next draw shows them."""
        ink = _Ink([], [], [], [], [], [], [])
        x = _middles(slots, place)
        for each, spreads in drawn:
            _gather(ink, each, spreads, slots, x, scale, colors)
        width = _LINE_PX * line_width
        self._lines.set_segments(ink.lines)
        self._lines.set(color=ink.colors or "none", linewidth=width)
        self._lines.set_linestyle(ink.dashes or "solid")
        self._band.set_verts(ink.bands)
        self._band.set_facecolor(ink.band_colors or "none")
        self._columns.set_verts(ink.columns)
        self._columns.set_facecolor(ink.column_colors or "none")
        box = Bbox.from_extents(place.left, scale.bottom_px, place.right, scale.top_px)
        for artist in self._artists:
            artist.set_clip_box(box)

    def mark(self, levels: Sequence[float], place: Geometry, scale: PriceScale, color: str) -> None:
        """Draw the levels of a pane."""
        heights = [float(np.floor(scale.to_px(level))) + 0.5 for level in levels]
        self._levels.set_segments([[(place.left, y), (place.right, y)] for y in heights])
        self._levels.set_color(color)


def _gather(
    ink: _Ink, each: Drawn, spreads: Spreads, slots: Slots, x: Floats, scale: PriceScale, colors: ChartColors
) -> None:
    style, shade = each.study.style, each.study.shade
    if style.band is not None:
        color = line_color(style.lines[0], shade, colors)
        for verts in _bands(x, *(_px(spreads[name].last, scale) for name in style.band)):
            ink.bands.append(verts)
            ink.band_colors.append(color)
    for line in style.lines:
        spread = spreads[line.output]
        if line.columns:
            made = columns_px(spread, x, scale)
            ink.columns.extend(made)
            ink.column_colors.extend([colors.up, colors.down][: len(made)])
            continue
        whole = style.pane and slots.merged > 1
        ink.lines.append(line_px(spread, slots, x, scale, whole=whole))
        ink.colors.append(line_color(line, shade, colors))
        ink.dashes.append((0, None if whole else _DASHES[line.dash]))


def line_px(spread: Spread, slots: Slots, x: Floats, scale: PriceScale, *, whole: bool) -> Floats:
    """Return a line in pixels, (n, 2), broken by NaN where values or bars are missing.

    The whole line has three points a slot (lowest, highest, last), so that no peak of an oscillator gets lost; else
    the last value stands for the slot, so that a line over the price does not cover the candles.
    """
    if not whole:
        points = np.stack((x, _px(spread.last, scale)), axis=1)
        per_slot = 1
    else:
        heights = np.stack([_px(each, scale) for each in (spread.low, spread.high, spread.last)], axis=1)
        points = np.stack((np.repeat(x, 3), heights.reshape(-1)), axis=1)
        per_slot = 3
    holes = np.flatnonzero(slots.start_ms[1:] > slots.end_ms[:-1]) + 1
    return np.insert(points, holes * per_slot, np.nan, axis=0) if holes.size else points


def columns_px(spread: Spread, x: Floats, scale: PriceScale) -> list[Floats]:
    """Return columns from zero in pixels as two polygons: of values from zero up, and of those below."""
    zero = float(np.floor(scale.to_px(0.0)))
    value = np.where(np.abs(spread.low) > np.abs(spread.high), spread.low, spread.high)
    tops = np.floor(_px(value, scale))
    reach = float(np.diff(x).min(initial=8.0)) * _COLUMN_SHARE / 2 if x.size > 1 else 3.0
    return [_polygon(x[chosen], tops[chosen], zero, max(reach, 0.5)) for chosen in (value >= 0, value < 0)]


def _polygon(x: Floats, tops: Floats, zero: float, reach: float) -> Floats:
    """Return one outline that runs along zero and up and down each column."""
    if not x.size:
        return np.zeros((0, 2))
    left, right, low = np.floor(x - reach), np.floor(x + reach), np.full(x.size, zero)
    right = np.maximum(right, left + 1)
    points = np.stack((left, low, left, tops, right, tops, right, low), axis=1).reshape(-1, 2)
    return np.vstack((points, points[:1]))


def _bands(x: Floats, low: Floats, high: Floats) -> list[Floats]:
    """Return the room between two lines as polygons, one for each run without a hole."""
    there = np.isfinite(low) & np.isfinite(high)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], there, [False]))))
    runs = [slice(first, last) for first, last in zip(edges[::2], edges[1::2], strict=True) if last - first > 1]
    return [
        np.concatenate((np.stack((x[run], high[run]), axis=1), np.stack((x[run], low[run]), axis=1)[::-1]))
        for run in runs
    ]


def _middles(slots: Slots, place: Geometry) -> Floats:
    return np.asarray((place.x_of(slots.start_ms) + place.x_of(slots.end_ms)) / 2)


def _px(values: Floats, scale: PriceScale) -> Floats:
    if scale.log:
        values = np.where(values > 0, values, np.nan)
    far = (scale.top_px - scale.bottom_px) * _FAR
    return np.asarray(np.clip(scale.to_px(values), scale.bottom_px - far, scale.top_px + far))
