"""Feeding an indicator portion by portion: one law, and what follows from it.

The law: a stream fed all bars, and a stream fed the first k, dumped, loaded and fed the rest, give the same bits, for
every k. So what is cached can be continued, and a long series can be fed in portions that stay in the processor's
cache, which is where the speed comes from.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Floats", "State", "Stream", "Windowed", "drive", "through"]

Floats = NDArray[np.float64]
State = dict[str, Any]
"""Plain JSON: numbers, texts, None, lists of numbers, and dicts of these."""

_PORTION = 16_384
"""Bars fed at a time: several arrays of them fit the cache of a core."""


class Stream:
    """An indicator in the middle of its bars. A composite's state is that of the streams among its attributes."""

    lookback = 0
    """Bars before a portion that are looked at again with it."""

    def feed(self, *columns: NDArray[Any]) -> tuple[Floats, ...]:
        """Return the outputs at the next bars, as many as there are bars."""
        raise NotImplementedError

    def dump(self) -> State:
        """Return what going on later needs, as plain JSON."""
        return {name: part.dump() for name, part in self._parts()}

    def load(self, state: State) -> None:
        """Take up where `dump` was called."""
        for name, part in self._parts():
            part.load(state[name])

    def resumed(self, state: State) -> Self:
        """Return this new stream with `state` loaded."""
        self.load(state)
        return self

    def _parts(self) -> Iterator[tuple[str, Stream]]:
        return ((name.strip("_"), part) for name, part in vars(self).items() if isinstance(part, Stream))


class Windowed(Stream):
    """An indicator whose value depends on the last `lookback + 1` bars alone, as a function over arrays.

    `function` gives NaN for its first `lookback` rows, and values that do not depend on where its arrays begin.
    """

    def __init__(self, function: Callable[..., tuple[Floats, ...]], lookback: int) -> None:
        self._function = function
        self.lookback = lookback
        self._tails: list[NDArray[Any]] = []

    def dump(self) -> State:
        """Return the bars that the next windows reach back to."""
        return {"tails": [tail.tolist() for tail in self._tails]}

    def load(self, state: State) -> None:
        """Take up where `dump` was called."""
        self._tails = [np.asarray(tail) for tail in state["tails"]]

    def feed(self, *columns: NDArray[Any]) -> tuple[Floats, ...]:
        """Return the outputs at the next bars."""
        before, count = 0, columns[0].size
        if self._tails:
            before = self._tails[0].size
            columns = tuple(np.concatenate(pair) for pair in zip(self._tails, columns, strict=True))
        kept = max(before + count - self.lookback, 0)
        self._tails = [column[kept:].copy() for column in columns]
        return tuple(output[before:] for output in self._function(*columns))


def drive(
    make: Callable[[], Stream],
    columns: Sequence[NDArray[Any]],
    outputs: int,
    *,
    restarts: Sequence[int] = (),
    stream: Stream | None = None,
) -> tuple[tuple[Floats, ...], Stream | None]:
    """Feed columns of equal length to `stream`, or a new one, in portions.

    A row with a NaN, or an infinite value, gives NaN, and the warm-up starts again after it: nothing is bridged, and
    nothing becomes 0.

    Args:
        make: gives a new stream.
        columns: what the stream is fed.
        outputs: how many arrays it gives.
        restarts: ascending numbers of the rows at which the warm-up starts again.
        stream: one to go on with.

    Returns:
        The outputs, and the stream to go on with: None after such a row.
    """
    size = columns[0].size
    results = tuple(np.empty(size) for _ in range(outputs))
    anew = frozenset(restarts)
    for begin, end, whole in _stretches(columns, size, restarts):
        if not whole or begin in anew:
            stream = None
        if whole:
            stream = make() if stream is None else stream
            _feed(stream, [column[begin:end] for column in columns], [result[begin:end] for result in results])
        else:
            for result in results:
                result[begin:end] = math.nan
    return results, stream


def through(stream: Callable[[], Stream], *columns: NDArray[Any], outputs: int = 1) -> tuple[Floats, ...]:
    """Return the outputs of a new stream over whole columns, taken as float64: times in ms are exact in it too."""
    return drive(stream, [np.asarray(column, dtype=np.float64) for column in columns], outputs)[0]


def _feed(stream: Stream, columns: list[NDArray[Any]], results: list[Floats]) -> None:
    portion = max(_PORTION, 4 * stream.lookback)
    for begin in range(0, columns[0].size, portion):
        made = stream.feed(*(column[begin : begin + portion] for column in columns))
        for result, values in zip(results, made, strict=True):
            result[begin : begin + portion] = values


def _stretches(columns: Sequence[NDArray[Any]], size: int, restarts: Sequence[int]) -> Iterator[tuple[int, int, bool]]:
    """Yield begin, end and whether no value is missing, of the rows between two restarts or holes."""
    missing = _missing(columns, size)
    cuts = {0, size, *restarts}
    if missing is not None:
        cuts.update((np.flatnonzero(missing[1:] != missing[:-1]) + 1).tolist())
    ordered = sorted(cuts)
    for begin, end in itertools.pairwise(ordered):
        yield begin, end, missing is None or not missing[begin]


def _missing(columns: Sequence[NDArray[Any]], size: int) -> NDArray[np.bool_] | None:
    """Return which rows lack a finite value; None when no row does, found at the price of one sum a column."""
    with np.errstate(invalid="ignore", over="ignore"):
        suspects = [each for each in columns if each.dtype.kind == "f" and not math.isfinite(np.add.reduce(each))]
    missing = np.zeros(size, dtype=np.bool_)
    for column in suspects:
        missing |= ~np.isfinite(column)
    return missing if suspects and missing.any() else None
