"""Sums and extremes of the last `period` values, by doubling: windows of 1, 2, 4, 8 ... are folded into the one asked.

The value of a window is a fixed tree of operations over its own values and nothing else. So it is the same, bit for
bit, wherever a pass began; it takes about `2 log2(period)` passes instead of `period`; nothing is ever subtracted, so
no rounding is carried along; and a NaN spoils the windows it is in and no other.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["rolling_deviation", "rolling_max", "rolling_mean", "rolling_min", "rolling_sum"]

Floats = NDArray[np.float64]


def rolling_sum(values: Floats, period: int) -> Floats:
    """Return the sum of the last `period` values; NaN for the first `period - 1`."""
    result = _warming_up(values, period)
    if result.size >= period:
        result[period - 1 :] = _windowed_sum(values, period)
    return result


def rolling_mean(values: Floats, period: int) -> Floats:
    """Return the mean of the last `period` values; NaN for the first `period - 1`."""
    result = _warming_up(values, period)
    if result.size >= period:
        np.divide(_windowed_sum(values, period), period, out=result[period - 1 :])
    return result


def rolling_max(values: Floats, period: int) -> Floats:
    """Return the greatest of the last `period` values; NaN for the first `period - 1`."""
    return _extreme(np.maximum, values, period)


def rolling_min(values: Floats, period: int) -> Floats:
    """Return the least of the last `period` values; NaN for the first `period - 1`."""
    return _extreme(np.minimum, values, period)


def rolling_deviation(values: Floats, period: int) -> tuple[Floats, Floats]:
    """Return mean and population standard deviation of the last `period` values; NaN for the first `period - 1`.

    Sums of squared deviations are joined pairwise (Chan, Golub, LeVeque: Updating Formulae and a Pairwise Algorithm,
    1979): exactly 0 on a flat window. Elsewhere the relative error is that of one difference of two means, some 1e-16
    times mean over deviation; the difference of two sums of squares would have the square of that ratio.
    """
    mean, deviation = _warming_up(values, period), _warming_up(values, period)
    if mean.size >= period:
        total, squares = _windowed_moments(values, period)
        np.divide(total, period, out=mean[period - 1 :])
        np.sqrt(squares / period, out=deviation[period - 1 :])
    return mean, deviation


def _warming_up(values: Floats, period: int) -> Floats:
    result = np.empty(values.size)
    result[: period - 1] = np.nan
    return result


def _windowed_sum(values: Floats, period: int) -> Floats:
    """Return the sums of all whole windows: `len(values) - period + 1` of them."""
    count = values.size - period + 1
    total = np.empty(0)
    level, width, taken = values, 1, 0
    while True:
        if period & width:
            piece = level[taken : taken + count]
            total = total + piece if taken else piece
            taken += width
        if taken == period:
            return total
        level = level[:-width] + level[width:]
        width *= 2


def _windowed_moments(values: Floats, period: int) -> tuple[Floats, Floats]:
    """Return sums, and sums of squared deviations from the mean, of all whole windows."""
    pieces = list(_pieces(values, period))
    width, total, squares = pieces[-1]
    if len(pieces) == 1:
        return total, squares
    # Every other piece against the mean of the largest: a power of two of equal values has that value as its mean.
    middle = total * (1.0 / width)
    lean = np.zeros(total.size)
    for each, piece, piece_squares in pieces[:-1]:
        apart = piece * (1.0 / each)
        apart -= middle
        squares = squares + piece_squares
        squares += apart * apart * each
        apart *= each
        lean += apart
        total = total + piece
    lean *= lean
    lean /= period
    squares -= lean
    return total, squares


def _pieces(values: Floats, period: int) -> Iterator[tuple[int, Floats, Floats]]:
    """Yield the windows of 1, 2, 4 ... that each whole window is made of: width, sums, squared deviations."""
    count = values.size - period + 1
    sums, squares, width, taken = values, np.zeros(values.size), 1, 0
    while True:
        if period & width:
            yield width, sums[taken : taken + count], squares[taken : taken + count]
            taken += width
        if taken == period:
            return
        apart = sums[:-width] - sums[width:]
        apart *= apart
        apart *= 0.5 / width
        if width > 1:
            apart += squares[:-width]
            apart += squares[width:]
        sums, squares = sums[:-width] + sums[width:], apart
        width *= 2


def _extreme(operation: np.ufunc, values: Floats, period: int) -> Floats:
    result = _warming_up(values, period)
    if result.size < period:
        return result
    level, width = values, 1
    while 2 * width <= period:
        level = operation(level[:-width], level[width:])
        width *= 2
    rest = period - width
    count = values.size - period + 1
    # Two windows of `width` that overlap: nothing is counted twice in an extreme.
    result[period - 1 :] = operation(level[:count], level[rest : rest + count]) if rest else level
    return result
