"""Bars, symbols and tickers over REST: the endpoints of Binance spot, and how a range is paged.

Facts of the wire (Binance spot rest-api.md, seen 2026-07, and replies captured 2023 to 2025): klines are selected by
open time, both ends inclusive; at most 1000 a page; always ascending; the last one may be unfinished; unknown
parameters are an error; times before 2017 are moved to 2017 in silence.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import TypeVar

import numpy as np

from threadx import workers
from threadx.bars.gaps import drop_unfinished
from threadx.bars.schema import OPEN_TIME, Columns
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.closeable import Closeable
from threadx.config_model import Settings
from threadx.errors import BadResponseError, UnknownSymbolError
from threadx.exchange.client import ExchangeClient, Question
from threadx.exchange.clock import SYSTEM_CLOCK, Clock
from threadx.exchange.decode import decode_page, empty_columns
from threadx.exchange.listing import (
    is_symbol,
    parse_server_time,
    parse_symbols,
    parse_tickers,
    parse_weight_limit,
)
from threadx.exchange.session import Reply
from threadx.exchange.source import Page, SymbolInfo, Tempo, Ticker
from threadx.exchange.strict import bad_response, excerpt, strict_json
from threadx.progress import NULL_PROGRESS, Progress

__all__ = ["BinanceRest"]

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

PAGE_ROWS = 1000
MAX_REPLIES = 64
"""For one page's range. One is usual, two where its end holds no bars; more only where a server gives fewer rows."""
FIRST_MS = 1_483_228_800_000
"""2017-01-01 UTC: the exchange has nothing before it, and moves earlier times to it."""
FAR_MS = 2**62
MONTH_MS = 28 * 86_400_000
SYMBOLS_KEPT_S = 600.0

PAGE_BYTES = 1_000_000
SMALL_BYTES = 10_000
LISTING_BYTES = 64_000_000

# weights: Binance rest-api.md, seen 2026-07
WEIGHT_PING = WEIGHT_TIME = 1
WEIGHT_KLINES = 2
WEIGHT_INFO = 20
WEIGHT_TICKERS = 80


class BinanceRest(Closeable):
    """A MarketSource over HTTP. Thread-safe; close it, or use it in a `with`.

    All requests run on `[limits] connections` threads of its own, whoever calls: pages of several symbols share
    them, and a caller that waits for one can be cancelled even while a connection hangs. Waits for the budget,
    retries and pauses show as `ProgressEvent.waiting`; such events carry no count (0 of 0).

    Args:
        settings: source, limits, ingest.settle_delay_s and paths.data_root (where bans are remembered) are used.
        clock: local clocks.
        backoff_s: pause before the first repeated attempt; doubles each time, with jitter.
    """

    def __init__(self, settings: Settings, *, clock: Clock = SYSTEM_CLOCK, backoff_s: float = 0.5) -> None:
        self._name = settings.source.name
        self._settle_ms = settings.ingest.settle_delay_s * 1000
        self._connections = settings.limits.connections
        self._clock = clock
        self._client = ExchangeClient(settings, clock, backoff_s=backoff_s)
        self._lock = threading.Lock()
        self._symbols: tuple[float, list[SymbolInfo]] | None = None
        with ExitStack() as stack:
            stack.callback(self._client.close)
            self._pool = stack.enter_context(workers.thread_pool(self._connections, "exchange", join=False))
            self._open = stack.pop_all()

    def set_weight_share(self, share: float) -> None:
        """Use at most this share of the exchange's weight per minute from the next question on."""
        self._client.set_share(share)

    def close(self) -> None:
        """Drop what has not been sent and close the connections. Does not wait for what hangs. Idempotent."""
        self._open.close()

    @property
    def name(self) -> str:
        """The provider that bars are filed under."""
        return self._name

    @property
    def host(self) -> str:
        """The host that is asked: the first of the settings until it refuses or cannot be reached."""
        return self._client.hosts.chosen

    @property
    def weight_used(self) -> int | None:
        """API weight used in the current clock minute as the server last said; None while unknown."""
        return self._client.budget.weight_used

    @property
    def tempo(self) -> Tempo:
        """How fast it may be asked, and how long pages took lately."""
        return Tempo(self._client.budget.announced, self._client.page_s)

    def ping(self, progress: Progress = NULL_PROGRESS) -> None:
        """Ask whether the exchange is there; raises SourceError when it is not."""
        question = Question("ping", "/api/v3/ping", {}, WEIGHT_PING, SMALL_BYTES)
        self._ask(question, lambda reply: strict_json(reply.body, question.what), progress)

    def server_time_ms(self, progress: Progress = NULL_PROGRESS) -> int:
        """Return the exchange's clock, UTC ms, asked anew."""
        question = Question("the exchange's clock", "/api/v3/time", {}, WEIGHT_TIME, SMALL_BYTES)

        def parse(reply: Reply) -> int:
            return parse_server_time(reply.body, reply.headers.get("date"), question.what)

        now_ms = self._ask(question, parse, progress)
        self._client.budget.server_clock.learn(now_ms)
        return now_ms

    def symbols(self, progress: Progress = NULL_PROGRESS) -> list[SymbolInfo]:
        """Return every pair the exchange lists, delisted ones included; asked anew every ten minutes."""
        progress.raise_if_cancelled()
        with self._lock:
            kept = self._symbols
        if kept is not None and self._clock.monotonic_s() - kept[0] < SYMBOLS_KEPT_S:
            return list(kept[1])
        question = Question("the list of symbols", "/api/v3/exchangeInfo", {}, WEIGHT_INFO, LISTING_BYTES)
        pairs, limit = self._ask(question, lambda reply: parse_symbols(reply.body, question.what), progress)
        if limit is not None:
            self._client.budget.announce(limit)
        with self._lock:
            self._symbols = (self._clock.monotonic_s(), pairs)
        return list(pairs)

    def tickers_24h(self, progress: Progress = NULL_PROGRESS) -> list[Ticker]:
        """Return the last 24 hours of every pair, delisted ones maybe included."""
        question = Question("the 24-hour tickers", "/api/v3/ticker/24hr", {}, WEIGHT_TICKERS, LISTING_BYTES)
        return self._ask(question, lambda reply: parse_tickers(reply.body, question.what), progress)

    def first_bar_ms(self, symbol: str, since_ms: int = 0, progress: Progress = NULL_PROGRESS) -> int | None:
        """Return the open time of the first 1-minute bar at or after `since_ms`, UTC ms; None when there is none.

        Raises:
            UnknownSymbolError: the exchange does not know `symbol`, or no exchange could.
        """
        question = _klines(_checked(symbol), ONE_MINUTE, since_ms, None, 1)
        times = self._ask(question, _page_parser(question, since_ms, FAR_MS), progress)[OPEN_TIME]
        return int(times[0]) if times.size else None

    def bars(
        self, symbol: str, timeframe: Timeframe, start_ms: int, end_ms: int, progress: Progress = NULL_PROGRESS
    ) -> Iterator[Page]:
        """Yield pages that cover `[start_ms, end_ms)` in order, as far as bars are closed by the server's clock.

        Pages are fetched concurrently, ahead of the one that is yielded. What is missing in a page the exchange does
        not have: a page that ends early is asked again from its last row on, until nothing more comes.

        Raises:
            UnknownSymbolError: the exchange does not know `symbol`, or no exchange could.
            ValueError: the range is reversed.
        """
        _checked(symbol)
        if start_ms > end_ms:
            raise ValueError(f"the range is reversed: {start_ms} to {end_ms}")
        return self._pages(symbol, timeframe, start_ms, end_ms, progress)

    def _pages(
        self, symbol: str, timeframe: Timeframe, start_ms: int, end_ms: int, progress: Progress
    ) -> Iterator[Page]:
        settled_ms = self._settled_ms(timeframe, end_ms, progress)
        last_ms = min(end_ms, timeframe.floor(settled_ms))
        if start_ms < min(FIRST_MS, last_ms):
            yield Page(start_ms, min(FIRST_MS, last_ms), empty_columns())
        pages = -(-max(last_ms - start_ms, 0) // (PAGE_ROWS * (timeframe.period_ms or MONTH_MS)))
        if self._client.budget.should_ask(pages * WEIGHT_KLINES):
            self._learn_limit(symbol, progress)
        fetch = partial(self._fetch, symbol, timeframe, settled_ms, progress)
        windows = _windows(timeframe, max(start_ms, FIRST_MS), last_ms)
        yield from workers.ordered_map(self._pool, fetch, windows, ahead=self._connections, progress=progress)

    def _learn_limit(self, symbol: str, progress: Progress) -> None:
        """Ask for the weight that may be spent in a minute; with one symbol that answer is short."""
        what = "the limits of the exchange"
        question = Question(what, "/api/v3/exchangeInfo", {"symbol": symbol}, WEIGHT_INFO, SMALL_BYTES * 10, symbol)
        try:
            limit = self._ask(question, lambda reply: parse_weight_limit(reply.body, what), progress)
        except BadResponseError as error:
            log.warning("the exchange tells no limit, the usual one is kept: %s", error)
            return
        if limit is not None:
            self._client.budget.announce(limit)

    def _settled_ms(self, timeframe: Timeframe, end_ms: int, progress: Progress) -> int:
        """Return a time, by the server's clock, up to which bars are closed and have settled.

        The server is asked unless what it said before is enough: its clock only goes forward.
        """
        told_ms = self._client.budget.server_clock.told_ms
        if told_ms is not None and end_ms <= timeframe.floor(told_ms - self._settle_ms):
            return told_ms - self._settle_ms
        return self.server_time_ms(progress) - self._settle_ms

    def _fetch(
        self, symbol: str, timeframe: Timeframe, settled_ms: int, progress: Progress, window: tuple[int, int]
    ) -> Page:
        """Runs on a worker thread."""
        start_ms, end_ms = window
        last_open_ms = timeframe.floor(end_ms - 1)
        parts: list[Columns] = []
        at_ms = start_ms
        for _ in range(MAX_REPLIES):
            question = _klines(symbol, timeframe, at_ms, end_ms - 1, PAGE_ROWS)
            part = self._client.ask(question, _page_parser(question, at_ms, end_ms), progress)
            if part[OPEN_TIME].size:
                parts.append(part)
                at_ms = int(part[OPEN_TIME][-1]) + 1
            if not part[OPEN_TIME].size or at_ms > last_open_ms:
                columns = drop_unfinished(_joined(parts), server_time_ms=settled_ms, settle_ms=0, timeframe=timeframe)
                return Page(start_ms, end_ms, columns)
        raise bad_response(f"{symbol} {timeframe}", f"a page of {PAGE_ROWS} rows came in more than {MAX_REPLIES} parts")

    def _ask(self, question: Question, parse: Callable[[Reply], Answer], progress: Progress) -> Answer:
        """Ask on a worker thread, so that the caller can be cancelled even while a connection hangs."""
        return workers.call(self._pool, partial(self._client.ask, question, parse, progress), progress=progress)


def _checked(symbol: str) -> str:
    if not is_symbol(symbol):
        raise UnknownSymbolError(
            "{symbol}: no symbol of an exchange is written like that",
            hint="write it in capitals and without a separator: BTCUSDC",
            symbol=excerpt(symbol, 60),
        )
    return symbol


def _klines(symbol: str, timeframe: Timeframe, start_ms: int, last_ms: int | None, limit: int) -> Question:
    """Return the question for bars that open in `[start_ms, last_ms]`, both inclusive as on the wire."""
    interval = "1M" if timeframe.name == "1mo" else timeframe.name
    params: dict[str, str | int] = {"symbol": symbol, "interval": interval, "startTime": start_ms, "limit": limit}
    if last_ms is not None:
        params["endTime"] = last_ms
    return Question(f"{symbol} {timeframe}", "/api/v3/klines", params, WEIGHT_KLINES, PAGE_BYTES, symbol)


def _page_parser(question: Question, start_ms: int, end_ms: int) -> Callable[[Reply], Columns]:
    return lambda reply: decode_page(reply.body, start_ms, end_ms, question.what)


def _windows(timeframe: Timeframe, start_ms: int, end_ms: int) -> Iterator[tuple[int, int]]:
    """Yield touching ranges of at most PAGE_ROWS bars each that cover `[start_ms, end_ms)`."""
    if timeframe.period_ms is None:  # PAGE_ROWS months: no range is longer
        if start_ms < end_ms:
            yield start_ms, end_ms
        return
    step_ms = PAGE_ROWS * timeframe.period_ms
    for at_ms in range(start_ms, end_ms, step_ms):
        yield at_ms, min(at_ms + step_ms, end_ms)


def _joined(parts: list[Columns]) -> Columns:
    if not parts:
        return empty_columns()
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
