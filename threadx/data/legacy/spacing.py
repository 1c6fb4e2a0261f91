"""Of which timeframe the bars of a file are: what its name says, held against how far apart the rows are. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from threadx.bars.checks import strictly_increasing
from threadx.bars.timeframe import MINUTE_MS, ONE_MINUTE, TIMEFRAMES, Timeframe
from threadx.data.plan import Note
from threadx.errors import FileValidationError

__all__ = ["settle_timeframe"]

_MONTH = TIMEFRAMES[-1]
_SHORTEST_MONTH_MS = 28 * 1440 * MINUTE_MS
_MOSTLY = 0.5
_ENOUGH_ROWS = 10
"""Fewer rows than this may all lie hours apart without being hours."""


def settle_timeframe(
    named: Timeframe | None, times_ms: NDArray[np.int64], *, word: str = "", where: object
) -> tuple[Timeframe, Note]:
    """Return what the bars are, and why.

    Args:
        named: what the name or the content says; None where neither says anything.
        times_ms: open times, in any order.
        word: how the name spells it: "1M" is a month, but some tools and disks write 1m so.
        where: the file, for messages.

    Raises:
        FileValidationError: the spacing is no timeframe, or contradicts what is said.
    """
    opens = times_ms if strictly_increasing(times_ms) else np.unique(times_ms)
    steps = opens[1:] - opens[:-1]
    seen = _of_spacing(times_ms, steps)
    if named is None:
        return _from_rows(seen, steps, where)
    if seen is None or seen == named or not _contradicts(named, seen, times_ms, steps):
        return named, Note("the name says {timeframe}", {"timeframe": named.name})
    if {seen, named} == {ONE_MINUTE, _MONTH} and word in ("1M", "1m"):
        return seen, Note(
            "the name says {word}, and the rows show that {timeframe} is meant",
            {"word": word, "timeframe": seen.name},
        )
    raise FileValidationError(
        "{path}: {named} is what it is said to hold, but its rows are {seen} apart",
        hint="rename the file to <SYMBOL>_{seen}, if the rows are right",
        path=where,
        named=named.name,
        seen=seen.name,
    )


def _from_rows(seen: Timeframe | None, steps: NDArray[np.int64], where: object) -> tuple[Timeframe, Note]:
    if seen is not None:
        return seen, Note("the rows are {timeframe} apart", {"timeframe": seen.name})
    if not len(steps):
        raise FileValidationError(
            "{path}: one open time only, and the name does not say the timeframe",
            hint="call the file <SYMBOL>_<timeframe>, as in BTCUSDT_1m",
            path=where,
        )
    raise FileValidationError(
        "{path}: its rows are {minutes} min apart, which is no timeframe, and the name says none",
        hint="call the file <SYMBOL>_<timeframe>, as in BTCUSDT_1m",
        path=where,
        minutes=f"{_usual(steps) / MINUTE_MS:g}",
    )


def _of_spacing(times_ms: NDArray[np.int64], steps: NDArray[np.int64]) -> Timeframe | None:
    if not len(steps):
        return None
    usual = _usual(steps)
    if usual >= _SHORTEST_MONTH_MS and (_MONTH.floor(times_ms) == times_ms).all():
        return _MONTH
    return next((each for each in TIMEFRAMES if each.period_ms == usual), None)


def _usual(steps: NDArray[np.int64]) -> int:
    sizes, counts = np.unique(steps, return_counts=True)
    return int(sizes[np.argmax(counts)])


def _contradicts(named: Timeframe, seen: Timeframe, times_ms: NDArray[np.int64], steps: NDArray[np.int64]) -> bool:
    """Whether rows `seen` apart cannot be bars of `named`: too close, or regular bars of a wider grid."""
    period_ms = named.period_ms if named.period_ms is not None else _SHORTEST_MONTH_MS
    if _usual(steps) < period_ms or (named, seen) == (ONE_MINUTE, _MONTH):
        return True
    wider_ms = seen.period_ms if seen.period_ms is not None else _SHORTEST_MONTH_MS
    regular = (steps >= wider_ms).all() and (seen == _MONTH or (steps == wider_ms).mean() > _MOSTLY)
    # bars of a market with few trades lie minutes apart too, but not all of them on the grid of a longer bar
    return len(steps) >= _ENOUGH_ROWS and bool(regular and (seen.floor(times_ms) == times_ms).all())
