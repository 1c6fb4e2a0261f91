"""Division where a denominator of nothing means that there is nothing to say."""

from __future__ import annotations

import numpy as np

from threadx.indicators.streams import Floats

__all__ = ["ratio"]

_NOTHING = 1e-130
"""A denominator below this is what decay has left of moves long ago: its digits, and the numerator's, are going."""


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Return `numerator / denominator`; NaN, never 0 and never infinite, where the denominator is nothing."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        result = numerator / denominator
    result[np.abs(denominator) < _NOTHING] = np.nan
    return result
