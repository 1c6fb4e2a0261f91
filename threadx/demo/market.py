"""The generated market: any minute of any symbol, at once, always the same for one seed.

A minute with trades opens where the symbol's path stands and closes where it stands a minute later, so bars of
consecutive traded minutes touch. A minute without trades is flat at the last close, as on the real exchange; after
it the next trade opens where the path has gone meanwhile. That is what makes naive resampling wrong on thin pairs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from threadx.demo.grids import grid
from threadx.demo.higher import Span, bars_of, chosen_opens, with_unfinished_end
from threadx.demo.noise import Floats, Ints, key_of, mixed, path, uniforms
from threadx.demo.outages import OUTAGES
from threadx.demo.rows import MINUTE_MS, NO_ROWS, Rows, concat
from threadx.demo.symbols import Listing, listings
from threadx.demo.ticker import ticker_24h

__all__ = ["Market"]

_LOOK_BACK = 256
"""Every thin symbol trades at least once in so many minutes; that bounds the search for the last close."""
_MOST_TICKERS = 5000
_tickers: dict[tuple[Listing, int, bool], dict[str, object]] = {}
"""By symbol, moment and whether it is a short one; a listing says all that its bars depend on."""


class Market:
    """Bars of the generated symbols. Without state, so any number of threads may ask.

    Attributes:
        listings: the symbols by name.
    """

    def __init__(self, seed: int, now_ms: Callable[[], int], *, usdc_pairs: int | None = None) -> None:
        self._now_ms = now_ms
        self.listings: dict[str, Listing] = listings(seed, usdc_pairs=usdc_pairs)

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
        """Return at most `limit` bars whose open time is in [start_ms, end_ms], both ends inside.

        From the oldest on when `start_ms` is given, else the newest. The bar that holds the present is unfinished.
        """
        listing = self.listings[symbol]
        spans = self._spans(listing)
        steps = grid(interval, offset_ms=offset_ms, anchor_day=listing.base_key % 3)
        opens = chosen_opens(spans, steps, start_ms, end_ms, limit)
        if interval == "1m":
            return self._minutes(listing, spans, opens)
        return bars_of(opens, steps, lambda first, end: self._range(listing, spans, first, end))

    def columns(self, symbol: str, interval: str, start_ms: int, end_ms: int) -> dict[str, Ints | Floats]:
        """Return every bar that opens in the half-open range as arrays: what a perfect download would give."""
        return self.rows(symbol, interval, start_ms, end_ms - 1, 2**60).columns()

    def last_day(self, symbol: str) -> Rows:
        """Return the minutes of the last 24 hours."""
        now = self._now_ms()
        return self.rows(symbol, "1m", now - 86_400_000, now, 2000)

    def ticker(self, symbol: str, *, mini: bool) -> dict[str, object]:
        """Return the 24-hour ticker. It takes a millisecond: markets whose clocks stand at one moment share theirs."""
        listing, now_ms = self.listings[symbol], self._now_ms()
        found = _tickers.get((listing, now_ms, mini))
        if found is None:
            found = ticker_24h(listing, self.last_day(symbol), now_ms, mini=mini)
            if self._now_ms() == now_ms:
                _tickers[listing, now_ms, mini] = found
            if len(_tickers) > _MOST_TICKERS:
                _tickers.clear()
        return found

    def symbols(self) -> list[tuple[Listing, str]]:
        """Return the symbols that are known at this moment, with their status."""
        minute = self._now_ms() // MINUTE_MS
        return [(one, one.status(minute)) for one in self.listings.values() if one.listed(minute)]

    def _spans(self, listing: Listing) -> list[Span]:
        """Return the stretches of minutes that have rows by now."""
        spans: list[Span] = []
        for start, end in listing.lives:
            for down, up in OUTAGES:
                if start < down < end:
                    spans.append(Span(start, down, cut=True))
                    start = up  # noqa: PLW2901 - what is left of this life
                elif down <= start < up:
                    start = up  # noqa: PLW2901 - same
            spans.append(Span(start, end, cut=False))
        present = self._now_ms() // MINUTE_MS + 1
        return [one.until(present) for one in spans if one.start < min(one.end, present)]

    def _minutes(self, listing: Listing, spans: list[Span], opens: Ints) -> Rows:
        if not len(opens):
            return NO_ROWS
        return self._range(listing, spans, int(opens[0]), int(opens[-1]) + MINUTE_MS)

    def _range(self, listing: Listing, spans: list[Span], start_ms: int, end_ms: int) -> Rows:
        first, end = start_ms // MINUTE_MS, end_ms // MINUTE_MS
        touched = [one for one in spans if one.start < end and first < one.end]
        rows = concat([_run(listing, one, max(first, one.start), min(end, one.end)) for one in touched])
        tick, step = 10 ** (8 - listing.price_decimals), 10 ** (8 - listing.volume_decimals)
        return with_unfinished_end(rows, self._now_ms(), MINUTE_MS, tick=tick, step=step)


def _run(listing: Listing, span: Span, first: int, end: int) -> Rows:
    """Return the rows of minutes [first, end) inside one span."""
    minutes = np.arange(first, end, dtype=np.int64)
    traded, last = _last_traded(listing, span, minutes)
    path_ticks = _ticks(listing, np.arange(first, end + 1, dtype=np.int64))
    opened, closed = path_ticks[:-1], path_ticks[1:].copy()
    if not traded.all():
        closed[~traded] = _ticks(listing, last[~traded] + 1)
        opened = np.where(traded, opened, closed)
    up, down, level = uniforms(listing.key + 1, minutes)
    spread = 0.6 * np.hypot(listing.base_sigma, listing.quote_sigma) * opened
    high = np.maximum(opened, closed) + np.where(traded, np.floor(spread * -np.log1p(-up)), 0).astype(np.int64)
    low = np.minimum(opened, closed) - np.where(traded, np.floor(spread * -np.log1p(-down)), 0).astype(np.int64)
    low = np.maximum(low, 1)
    amounts, trades = _amounts(listing, minutes, traded, low + ((high - low) * level).astype(np.int64))
    open_time = minutes * MINUTE_MS
    close_time = open_time + (MINUTE_MS - 1)
    if span.cut and end == span.end:  # the engine stopped inside its last minute
        close_time[-1] = open_time[-1] + 1000 + listing.key % 58_000
    prices = np.stack([opened, high, low, closed]) * 10 ** (8 - listing.price_decimals)
    return Rows(open_time, close_time, prices, amounts, np.where(traded, np.maximum(trades, 1 + 3 * (high > low)), 0))


def _last_traded(listing: Listing, span: Span, minutes: Ints) -> tuple[NDArray[np.bool_], Ints]:
    """Return which minutes have trades and, for each, the last minute up to it that has."""
    first = int(minutes[0])
    halted = next((one for one in listing.quiet if one[0] <= first < one[1]), None)
    begin = first if halted else max(first - _LOOK_BACK, span.start)
    known = halted[0] - 1 if halted else begin
    numbers = np.arange(begin, int(minutes[-1]) + 1, dtype=np.int64)
    traded = _trades_in(listing, span, numbers)
    last = np.maximum.accumulate(np.where(traded, numbers, known))
    return traded[first - begin :], last[first - begin :]


def _trades_in(listing: Listing, span: Span, minutes: Ints) -> NDArray[np.bool_]:
    if listing.activity >= 1.0:
        traded = np.ones(len(minutes), dtype=np.bool_)
    else:
        key = key_of(listing.key, "trades")
        chance = (mixed(key, minutes) >> np.uint64(11)) * 2.0**-53
        traded = (chance < listing.activity) | (minutes % _LOOK_BACK == key % _LOOK_BACK)
    traded |= minutes == span.start
    for start, end in listing.quiet:
        traded |= (minutes == start - 1) | (minutes == end)
        traded &= (minutes < start) | (minutes >= end)
    return traded


def _ticks(listing: Listing, minutes: Ints) -> Ints:
    """Return the symbol's price at the beginning of each minute in ticks."""
    logarithm = listing.base_sigma * path(listing.base_key, minutes)
    logarithm -= listing.quote_sigma * path(listing.quote_key, minutes)
    scaled = np.exp(logarithm) * (listing.start_price * 10**listing.price_decimals)
    ticks: Ints = np.maximum(np.rint(scaled), 2).astype(np.int64)
    return ticks


def _amounts(listing: Listing, minutes: Ints, traded: NDArray[np.bool_], mean_ticks: Ints) -> tuple[Ints, Ints]:
    """Return volumes (4, 2, n) and trades; the mean price of a minute is a whole tick inside its bar."""
    first, second, third = uniforms(listing.key + 2, minutes)
    turnover = listing.turnover * np.exp(2.2 * (first + second + third - 1.5))
    steps, ticks = 10**listing.volume_decimals, 10**listing.price_decimals
    volume = np.where(traded, np.maximum(np.rint(turnover * (steps * ticks) / mean_ticks), 1), 0).astype(np.int64)
    taker = np.floor(volume * (0.3 + 0.4 * second)).astype(np.int64)
    to_units = 10 ** (8 - listing.volume_decimals - listing.price_decimals)
    pairs = [
        (volume // steps, volume % steps * (10**8 // steps)),
        np.divmod(volume * mean_ticks * to_units, 10**8),
        (taker // steps, taker % steps * (10**8 // steps)),
        np.divmod(taker * mean_ticks * to_units, 10**8),
    ]
    trades = np.rint(turnover * (0.5 + first) / (listing.turnover / 20)).astype(np.int64)
    return np.stack([np.stack(pair) for pair in pairs]), trades
