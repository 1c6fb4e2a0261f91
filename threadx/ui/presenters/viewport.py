"""What part of a chart is looked at: a range of time, and how prices lie over the height. Pure arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import overload

import numpy as np
from numpy.typing import NDArray

from threadx.ui.presenters.chart_bars import Slots

__all__ = ["Extent", "PriceScale", "Viewport", "price_range"]

_MIN_BARS = 6
_PADDING = 0.07
"""Share of the height left free above the highest and below the lowest price."""
_RIGHT_GAP = 0.05
"""Share of the width left free after the latest bar."""
_FIT_GAP = 0.015
_MAX_EXPONENT = 300.0
_SMALLEST = 1e-15
_STAY = 0.15
"""Share of the width that must keep touching the data, so that nobody gets lost beside it."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where there is anything to see: all bars there are, stored or loaded, and the length of one."""

    first_ms: float
    end_ms: float
    bar_ms: float


@dataclass(frozen=True, slots=True)
class Viewport:
    """The range of time in view, `[start_ms, end_ms)`."""

    start_ms: float
    end_ms: float

    @property
    def span_ms(self) -> float:
        """How much time is in view."""
        return self.end_ms - self.start_ms

    @classmethod
    def latest(cls, extent: Extent, span_ms: float) -> Viewport:
        """Return a view of the span whose right side shows the latest bar."""
        end_ms = extent.end_ms + span_ms * _RIGHT_GAP
        return cls(end_ms - span_ms, end_ms)

    @classmethod
    def first_look(cls, extent: Extent, bars: float, fewest: float) -> Viewport:
        """Return a view of the latest `bars`, or of all where they are fewer: candles of a readable width."""
        all_ms = (extent.end_ms - extent.first_ms) * (1 + 2 * _RIGHT_GAP)
        return cls.latest(extent, min(bars * extent.bar_ms, max(all_ms, fewest * extent.bar_ms)))

    @classmethod
    def fit(cls, extent: Extent) -> Viewport:
        """Return a view of everything."""
        gap = (extent.end_ms - extent.first_ms) * _FIT_GAP
        return cls(extent.first_ms - gap, extent.end_ms + gap * 2).clamped(extent)

    def shows_latest(self, extent: Extent) -> bool:
        """Whether the newest bar is in view, so that the view follows when a newer one comes."""
        return self.start_ms < extent.end_ms <= self.end_ms

    def moved(self, ms: float, extent: Extent) -> Viewport:
        """Return the view moved to later times (earlier, where negative)."""
        return Viewport(self.start_ms + ms, self.end_ms + ms).clamped(extent)

    def zoomed(self, at_ms: float, factor: float, extent: Extent) -> Viewport:
        """Return the view with its span multiplied, the instant `at_ms` staying where it is on the screen."""
        widest = (extent.end_ms - extent.first_ms) * (1 + 2 * _RIGHT_GAP)
        span = min(max(self.span_ms * factor, _MIN_BARS * extent.bar_ms), max(widest, _MIN_BARS * extent.bar_ms))
        share = (at_ms - self.start_ms) / self.span_ms
        start_ms = at_ms - share * span
        return Viewport(start_ms, start_ms + span).clamped(extent)

    def clamped(self, extent: Extent) -> Viewport:
        """Return the nearest view that is not too narrow and still touches the data."""
        span = max(self.span_ms, _MIN_BARS * extent.bar_ms)
        keep = min(span * _STAY, extent.end_ms - extent.first_ms)
        start_ms = min(max(self.start_ms, extent.first_ms + keep - span), extent.end_ms - keep)
        return Viewport(start_ms, start_ms + span)


@dataclass(frozen=True, slots=True)
class PriceScale:
    """Prices over pixels, both upwards; linear or logarithmic."""

    low: float
    high: float
    bottom_px: float
    top_px: float
    log: bool = False

    @overload
    def to_px(self, price: float) -> float: ...
    @overload
    def to_px(self, price: NDArray[np.float64]) -> NDArray[np.float64]: ...
    def to_px(self, price: float | NDArray[np.float64]) -> float | NDArray[np.float64]:
        """Return where prices lie."""
        low, high = self._bent(self.low), self._bent(self.high)
        share = (np.log(price) if self.log else price - 0.0) - low
        found: float | NDArray[np.float64] = self.bottom_px + share * ((self.top_px - self.bottom_px) / (high - low))
        return found if isinstance(price, np.ndarray) else float(found)

    def price_at(self, px: float) -> float:
        """Return the price that lies there."""
        low, high = self._bent(self.low), self._bent(self.high)
        bent = low + (px - self.bottom_px) / (self.top_px - self.bottom_px) * (high - low)
        return math.exp(min(max(bent, -_MAX_EXPONENT), _MAX_EXPONENT)) if self.log else bent

    def moved(self, px: float) -> PriceScale:
        """Return the scale after everything on it was dragged up by so many pixels."""
        return self._with_ends(self.bottom_px - px, self.top_px - px)

    def zoomed(self, factor: float, at_px: float) -> PriceScale:
        """Return the scale with its range multiplied, the price at `at_px` staying where it is."""
        return self._with_ends(at_px + (self.bottom_px - at_px) * factor, at_px + (self.top_px - at_px) * factor)

    def _with_ends(self, bottom_px: float, top_px: float) -> PriceScale:
        low, high = self.price_at(bottom_px), self.price_at(top_px)
        if high - low < 1e-9 * abs(high) or (self.log and (low < _SMALLEST or high > 1 / _SMALLEST)):
            return self  # nothing would be left to see
        return replace(self, low=low, high=high)

    def _bent(self, price: float) -> float:
        return math.log(price) if self.log else price


def price_range(slots: Slots, start_ms: float, end_ms: float, *, log: bool) -> tuple[float, float] | None:
    """Return lowest and highest price to lay over the height for what touches the range; None where nothing does."""
    seen = slots.touching(start_ms, end_ms)
    if not seen.any():
        return None
    low, high = float(slots.low[seen].min()), float(slots.high[seen].max())
    if high - low <= 1e-9 * high:
        low, high = low * 0.995, high * 1.005
    if log:
        pad = (high / low) ** _PADDING
        return low / pad, high * pad
    pad = (high - low) * _PADDING
    return low - pad, high + pad
