"""Division where a denominator of zero means that there is nothing to say."""

from __future__ import annotations

import numpy as np

from threadx.indicators.streams import Floats

__all__ = ["ratio"]


def ratio(numerator: Floats, denominator: Floats) -> Floats:
    """Return `numerator / denominator`; NaN, never 0 and never infinite, where the denominator is 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        result = numerator / denominator
    result[denominator == 0.0] = np.nan
    return result
