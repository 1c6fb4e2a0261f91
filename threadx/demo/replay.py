"""Given bars, served as they lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np

from threadx.demo.grids import INTERVALS, Grid, grid
from threadx.demo.higher import bars_of, one_bar, with_unfinished_end
from threadx.demo.noise import Floats, Ints
from threadx.demo.rows import AMOUNTS, MINUTE_MS, NO_ROWS, PRICES, UNIT, Rows, concat, split_decimal
from threadx.demo.symbols import Listing, split_symbol
from threadx.demo.ticker import ticker_24h

__all__ = ["Frame", "Replay"]

Frame: TypeAlias = Any
"""A pandas frame; pandas itself is not needed to serve it."""


_HIGHEST_PRICE = 9e10
_LARGEST_AMOUNT = 9e18
"""What fits into 64 bits: prices in units of 1e-8, whole amounts."""


class Replay:
    """Bars of given frames. Immutable but for a cache, so any number of threads may ask.

    An interval that was not given is made of the symbol's minutes by the same plain loops as in the generated market;
    a symbol without minutes has no bars of other intervals than its own. Where one open time stands twice the later
    row wins. Columns that are missing, and values that are NaN, are sent as 0. Bars that begin after the clock's
    present are not there yet, and the one that holds it moves towards its final values.

    Args:
        frames: by (symbol, interval); pandas frames with an index of open times in UTC, or a column `open_time`
            (ms, or microseconds).
        now_ms: the clock.

    Raises:
        ValueError: an interval is unknown, or a frame lacks a price.
    """

    def __init__(self, frames: Mapping[tuple[str, str], Frame], now_ms: Callable[[], int]) -> None:
        self._now_ms = now_ms
        self._bars = {
            (symbol, _interval(name)): _rows_of(frame, _interval(name)) for (symbol, name), frame in frames.items()
        }
        self._derived: dict[tuple[str, str, int], Rows] = {}
        self.listings: dict[str, Listing] = {
            symbol: self._listing(symbol) for symbol in sorted({s for s, _ in self._bars})
        }

    def rows(
        self,
        symbol: str,
        interval: str,
        start_ms: int | None,
        end_ms: int | None,
        limit: int,
        *,
        offset_ms: int = 0,
    ) -> Rows:
        """Return the bars a klines request selects; see `Market.rows`."""
        steps = grid(interval, offset_ms=offset_ms)
        given = self._bars.get((symbol, interval))
        minutes = self._bars.get((symbol, "1m"))
        if given is None or (offset_ms and minutes is not None and interval != "1m"):
            if minutes is None:
                return NO_ROWS
            derived = self._derive(symbol, steps, minutes)
            chosen = _selected(derived, start_ms, end_ms, limit, self._now_ms())
            return self._as_of_now(chosen, steps, minutes)
        chosen = _selected(given, start_ms, end_ms, limit, self._now_ms())
        if not len(chosen):
            return chosen
        last = int(chosen.open_time[-1])
        return with_unfinished_end(chosen, self._now_ms(), steps.following(steps.floor(last)) - last)

    def columns(self, symbol: str, interval: str, start_ms: int, end_ms: int) -> dict[str, Ints | Floats]:
        """Return every bar that opens in the half-open range as arrays."""
        return self.rows(symbol, interval, start_ms, end_ms - 1, 2**60).columns()

    def last_day(self, symbol: str) -> Rows:
        """Return the symbol's finest bars of the last 24 hours up to its newest bar that has begun."""
        finest = min((name for name_symbol, name in self._bars if name_symbol == symbol), key=INTERVALS.index)
        newest = self.rows(symbol, finest, None, None, 1)
        if not len(newest):
            return NO_ROWS
        end = int(newest.open_time[-1])
        return self.rows(symbol, finest, end - 86_400_000 + 1, end, 2000)

    def ticker(self, symbol: str, *, mini: bool) -> dict[str, object]:
        """Return the 24-hour ticker of the symbol's last day."""
        return ticker_24h(self.listings[symbol], self.last_day(symbol), self._now_ms(), mini=mini)

    def symbols(self) -> list[tuple[Listing, str]]:
        """Return the replayed symbols; all of them trade."""
        return [(listing, "TRADING") for listing in self.listings.values()]

    def _derive(self, symbol: str, steps: Grid, minutes: Rows) -> Rows:
        key = (symbol, steps.name, steps.anchor_ms)
        if key not in self._derived:
            opens = np.array(sorted({steps.floor(int(at)) for at in minutes.open_time}), dtype=np.int64)
            self._derived[key] = bars_of(opens, steps, lambda start, end: _between(minutes, start, end))
        return self._derived[key]

    def _as_of_now(self, chosen: Rows, steps: Grid, minutes: Rows) -> Rows:
        """Return the bars with the last one made only of the minutes that have begun."""
        now = self._now_ms()
        if not len(chosen) or now >= steps.following(int(chosen.open_time[-1])):
            return chosen
        last = chosen.open_time[-1:]
        begun = with_unfinished_end(_between(minutes, int(last[0]), now + 1), now, MINUTE_MS)
        if not len(begun):
            return chosen.take(slice(0, -1))
        close_time, prices, amounts, trades = one_bar(steps.following(int(last[0])), begun)
        unfinished = Rows(
            last,
            np.array([close_time], dtype=np.int64),
            np.array(prices, dtype=np.int64).reshape(4, 1),
            np.array(amounts, dtype=np.int64).reshape(4, 2, 1),
            np.array([trades], dtype=np.int64),
        )
        return concat([chosen.take(slice(0, -1)), unfinished])

    def _listing(self, symbol: str) -> Listing:
        base, quote = split_symbol(symbol)
        bars = [rows for (name, _), rows in self._bars.items() if name == symbol]
        return Listing(
            symbol,
            base,
            quote,
            price_decimals=_decimals(np.concatenate([rows.prices.ravel() for rows in bars])),
            volume_decimals=_decimals(np.concatenate([rows.amounts[0, 1] for rows in bars])),
        )


def _interval(name: str) -> str:
    interval = "1M" if name == "1mo" else name
    if interval not in INTERVALS:
        raise ValueError(f"no such interval: {name!r}; there are {', '.join(INTERVALS)}")
    return interval


def _rows_of(frame: Frame, interval: str) -> Rows:
    missing = [name for name in PRICES if name not in frame.columns]
    if missing:
        raise ValueError(f"the frame lacks {', '.join(missing)}")
    open_time = _open_times(frame)
    order = np.argsort(open_time, kind="stable")
    ordered = open_time[order]
    last = np.ones(len(ordered), dtype=np.bool_)
    last[:-1] = ordered[1:] != ordered[:-1]
    chosen = order[last]
    steps = grid(interval)
    opens = open_time[chosen]
    following = (
        opens + steps.period_ms
        if steps.period_ms
        else np.array([steps.following(steps.floor(int(at))) for at in opens], dtype=np.int64)
    )
    prices = [split_decimal(_numbers(frame, name, chosen)) for name in PRICES]
    return Rows(
        opens,
        following - 1,
        np.stack([whole * UNIT + parts for whole, parts in prices]),
        np.stack([np.stack(split_decimal(_numbers(frame, name, chosen))) for name in AMOUNTS]),
        _numbers(frame, "trades", chosen).astype(np.int64),
    )


def _open_times(frame: Frame) -> Ints:
    named = next((name for name in ("open_time", "timestamp") if name in frame.columns), None)
    column = frame.index if named is None else frame[named]
    # `.values` of aware times is on its way out in pandas 3.1; with the dtype named, the array is UTC
    times = np.asarray(column, dtype="datetime64[ms]" if str(column.dtype).startswith("datetime64") else None)
    if np.issubdtype(times.dtype, np.datetime64):
        return times.astype("datetime64[ms]").astype(np.int64)
    if not np.issubdtype(times.dtype, np.integer):
        raise ValueError("open times must be integers (ms) or datetimes")
    whole = times.astype(np.int64)
    return np.where(whole >= 10**14, whole // 1000, whole)


def _numbers(frame: Frame, name: str, chosen: Ints) -> Floats:
    if name not in frame.columns:
        return np.zeros(len(chosen))
    values: Floats = frame[name].to_numpy(dtype=np.float64, na_value=np.nan)[chosen]
    if (np.abs(values) > (_HIGHEST_PRICE if name in PRICES else _LARGEST_AMOUNT)).any():
        raise ValueError(f"{name}: infinite and very large numbers cannot be served")
    return np.where(np.isnan(values), 0.0, values)


def _selected(rows: Rows, start_ms: int | None, end_ms: int | None, limit: int, now_ms: int) -> Rows:
    low = 0 if start_ms is None else int(np.searchsorted(rows.open_time, start_ms))
    latest = now_ms if end_ms is None else min(end_ms, now_ms)
    high = int(np.searchsorted(rows.open_time, latest, side="right"))
    if start_ms is None:
        return rows.take(slice(max(high - limit, 0), high))
    return rows.take(slice(low, max(min(high, low + limit), low)))


def _between(rows: Rows, start_ms: int, end_ms: int) -> Rows:
    low, high = np.searchsorted(rows.open_time, [start_ms, end_ms])
    return rows.take(slice(int(low), int(high)))


def _decimals(units: Ints) -> int:
    """Return how many decimals are needed to write all of these multiples of 1e-8."""
    step = int(np.gcd.reduce(units)) if len(units) else 0
    return next((places for places in range(8) if step % 10 ** (8 - places) == 0), 8)
