"""The exchange's own higher intervals, and the bar that is not finished yet.

Bar by bar in plain loops, on purpose apart from `threadx.bars.resample`: the two are held against each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from threadx.demo.grids import Grid
from threadx.demo.noise import Ints
from threadx.demo.rows import MINUTE_MS, NO_ROWS, UNIT, Rows, concat

__all__ = ["Span", "bars_of", "chosen_opens", "one_bar", "with_unfinished_end"]

_CHUNK_MINUTES = 100_000
"""About how many minutes are held at once while higher bars are made."""


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes [start, end) that have rows; `cut` when the engine stopped at the end."""

    start: int
    end: int
    cut: bool

    def until(self, minute: int) -> Span:
        """Return the part before `minute`."""
        return self if self.end <= minute else Span(self.start, minute, cut=False)


def chosen_opens(spans: Sequence[Span], steps: Grid, start_ms: int | None, end_ms: int | None, limit: int) -> Ints:
    """Return the open times, ascending, of the bars that a request selects.

    A bar exists when at least one of its minutes does. Both ends are inclusive; without `start_ms` the newest.
    """
    low = start_ms if start_ms is not None else -(2**62)
    high = end_ms if end_ms is not None else 2**62
    runs: list[Ints] = []
    missing = limit
    forward = start_ms is not None
    taken: int | None = None
    for span in spans if forward else reversed(spans):
        opens = _opens_of(span, steps, low, high, missing + 1, forward=forward)
        if len(opens) and taken is not None and taken == opens[0 if forward else -1]:
            opens = opens[1:] if forward else opens[:-1]  # a bar that reaches into two spans
        opens = opens[:missing] if forward else opens[max(len(opens) - missing, 0) :]
        if len(opens):
            runs.append(opens)
            taken = int(opens[-1 if forward else 0])
            missing -= len(opens)
        if not missing:
            break
    return np.concatenate(runs if forward else runs[::-1]) if runs else np.zeros(0, np.int64)


def bars_of(opens: Ints, steps: Grid, minutes_in: Callable[[int, int], Rows]) -> Rows:
    """Return one bar for each open time out of the minutes that `minutes_in(start_ms, end_ms)` gives."""
    if not len(opens):
        return NO_ROWS
    wide = steps.following(int(opens[0])) - int(opens[0])
    chunk = max(_CHUNK_MINUTES * MINUTE_MS // wide, 1)
    parts = []
    for at in range(0, len(opens), chunk):
        part = opens[at : at + chunk]
        minutes = minutes_in(int(part[0]), steps.following(int(part[-1])))
        parts.append(_bars(part, steps, minutes))
    return concat(parts)


def one_bar(next_ms: int, minutes: Rows) -> tuple[int, list[int], list[list[int]], int]:
    """Return close time, prices, amounts and trades of the bar that ends at `next_ms`, made of at least one minute.

    Minutes without volume do not count for the prices; a bar of only such minutes is flat at their price, which is
    the previous close. The close time is that of the last minute where the engine stopped inside the bar.
    """
    traded = minutes.traded.nonzero()[0]
    if len(traded):
        opened, high, low, closed = minutes.prices
        prices = [int(opened[traded[0]]), int(high[traded].max()), int(low[traded].min()), int(closed[traded[-1]])]
    else:
        prices = [int(minutes.prices[3][-1])] * 4
    amounts = []
    for whole, parts in minutes.amounts.sum(axis=2).tolist():
        carry, rest = divmod(parts, UNIT)
        amounts.append([whole + carry, rest])
    last_close = int(minutes.close_time[-1])
    cut = last_close != int(minutes.open_time[-1]) + MINUTE_MS - 1
    return last_close if cut else next_ms - 1, prices, amounts, int(minutes.trades.sum())


def with_unfinished_end(rows: Rows, now_ms: int, period_ms: int, *, tick: int = 1, step: int = 1) -> Rows:
    """Return the rows with the last one as it stood at `now_ms`, when that is inside it.

    Prices are multiples of `tick`, volumes of `step`, both in units of 1e-8.
    """
    if not len(rows) or not 0 <= now_ms - int(rows.open_time[-1]) < period_ms:
        return rows
    passed = now_ms - int(rows.open_time[-1])
    prices, amounts, close_time = rows.prices.copy(), rows.amounts.copy(), rows.close_time.copy()
    opened, high, low, closed = prices[:, -1].tolist()

    def moved(start: int, end: int) -> int:
        return start + (abs(end - start) * passed // period_ms // tick * tick) * (1 if end > start else -1)

    last = moved(opened, closed)
    top, bottom = max(opened, last), min(opened, last)
    highest = top + max(moved(max(opened, closed), high) - max(opened, closed), 0)
    lowest = bottom - max(min(opened, closed) - moved(min(opened, closed), low), 0)
    volume, quote, taker, taker_quote = (
        (int(whole) * UNIT + int(parts)) * passed // period_ms for whole, parts in amounts[:, :, -1]
    )
    volume, taker = volume // step * step, taker // step * step
    trades = max(int(rows.trades[-1]) * passed // period_ms, 1) if volume else 0
    if not volume:  # nobody has traded yet
        highest = lowest = last = opened
    prices[:, -1] = opened, highest, lowest, last
    quote = min(max(quote, -(-volume * lowest // UNIT)), volume * highest // UNIT)
    taker_quote = min(max(taker_quote, -(-taker * lowest // UNIT)), taker * highest // UNIT)
    for i, value in enumerate((volume, quote, taker, min(taker_quote, quote))):
        amounts[i, :, -1] = divmod(value, UNIT)
    close_time[-1] = rows.open_time[-1] + period_ms - 1
    counts = rows.trades.copy()
    counts[-1] = trades
    return replace(rows, prices=prices, amounts=amounts, close_time=close_time, trades=counts)


def _opens_of(span: Span, steps: Grid, low: int, high: int, limit: int, *, forward: bool) -> Ints:
    first = steps.floor(span.start * MINUTE_MS)
    last = steps.floor(span.end * MINUTE_MS - 1)
    if first < low:
        first = steps.first_at_or_after(low)
    if last > high:
        last = steps.floor(high)
    if first > last:
        return np.zeros(0, np.int64)
    if not steps.period_ms:
        every = _month_opens(first, last, steps)
        return np.array(every[:limit] if forward else every[-limit:], dtype=np.int64)
    count = min((last - first) // steps.period_ms + 1, limit)
    begin = first if forward else last - (count - 1) * steps.period_ms
    return begin + np.arange(count, dtype=np.int64) * steps.period_ms


def _month_opens(first: int, last: int, steps: Grid) -> list[int]:
    opens = [first]
    while opens[-1] < last:
        opens.append(steps.following(opens[-1]))
    return opens


def _bars(opens: Ints, steps: Grid, minutes: Rows) -> Rows:
    ends = [steps.following(int(at)) for at in opens]
    edges_low = np.searchsorted(minutes.open_time, opens)
    edges_high = np.searchsorted(minutes.open_time, ends)
    made = [
        one_bar(end, minutes.take(slice(low, high))) for end, low, high in zip(ends, edges_low, edges_high, strict=True)
    ]
    return _stacked(opens, made)


def _stacked(opens: Ints, made: Iterable[tuple[int, list[int], list[list[int]], int]]) -> Rows:
    close_time, prices, amounts, trades = (list(part) for part in zip(*made, strict=True))
    return Rows(
        np.asarray(opens, dtype=np.int64),
        np.array(close_time, dtype=np.int64),
        np.array(prices, dtype=np.int64).T,
        np.array(amounts, dtype=np.int64).transpose(1, 2, 0),
        np.array(trades, dtype=np.int64),
    )
