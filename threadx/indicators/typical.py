"""The typical price of a bar, and when two of them are the same."""

from __future__ import annotations

from threadx.indicators.streams import Floats

__all__ = ["SAME_PRICE", "typical_price"]

SAME_PRICE = 1e-12
"""Two typical prices that differ by less than this part of them differ by rounding: 0.1 + 0.2 is not quite 0.3, and an
exchange's price steps are a thousand times wider."""


def typical_price(high: Floats, low: Floats, close: Floats) -> Floats:
    """Return `(high + low + close) / 3`."""
    result = high + low
    result += close
    result /= 3.0
    return result
