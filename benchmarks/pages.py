"""Replies of the embedded exchange, kept as bytes, and a source that serves them from memory."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from threadx import workers
from threadx.bars.timeframe import MINUTE_MS, Timeframe
from threadx.config_model import Limits
from threadx.demo import DemoExchange
from threadx.exchange.decode import decode_page
from threadx.exchange.source import Page, SymbolInfo, Tempo, Ticker
from threadx.progress import Progress

SYMBOL = "BTCUSDT"
START_MS = 1_609_459_200_000  # 2021-01-01
PAGE_MINUTES = 1000
NOW = datetime(2027, 1, 10, tzinfo=UTC)
NO_LIMIT = 10**9
CONNECTIONS = Limits().connections


@dataclass(frozen=True, slots=True)
class Body:
    """One reply and the range it answers, UTC ms."""

    start_ms: int
    end_ms: int
    data: bytes


def exchange() -> DemoExchange:
    """Return an embedded exchange that does not limit its client: the limit is not what is measured."""
    return DemoExchange(now=NOW, weight_limit=NO_LIMIT)


def end_of(years: float) -> int:
    """Return the end of `years` of whole pages, UTC ms."""
    pages = round(years * 525_600 / PAGE_MINUTES)
    return START_MS + pages * PAGE_MINUTES * MINUTE_MS


def fetched(years: float) -> list[Body]:
    """Return `years` of klines replies, fetched once."""
    step = PAGE_MINUTES * MINUTE_MS
    with exchange() as served:
        return [
            Body(start, start + step, _get(f"{served.url}/api/v3/klines", start, start + step))
            for start in range(START_MS, end_of(years), step)
        ]


def _get(url: str, start_ms: int, end_ms: int) -> bytes:
    asked = f"{url}?symbol={SYMBOL}&interval=1m&limit={PAGE_MINUTES}&startTime={start_ms}&endTime={end_ms - 1}"
    with urllib.request.urlopen(asked, timeout=30) as reply:
        body: bytes = reply.read()
    json.loads(body)
    return body


class MemorySource:
    """A MarketSource whose replies lie in memory: the exchange's bytes without the exchange's time."""

    name = "demo"
    weight_used = None
    tempo = Tempo()

    def __init__(self, bodies: list[Body]) -> None:
        self._bodies = bodies

    def server_time_ms(self, progress: Progress) -> int:
        """Return a time long after all bars."""
        progress.raise_if_cancelled()
        return int(NOW.timestamp() * 1000)

    def symbols(self, progress: Progress) -> list[SymbolInfo]:
        """Return the one symbol."""
        progress.raise_if_cancelled()
        return [SymbolInfo(SYMBOL, "TRADING", "BTC", "USDT", 0.01)]

    def first_bar_ms(self, symbol: str, since_ms: int, progress: Progress) -> int | None:
        """Return the first minute there is from then on; each body begins with a bar."""
        progress.raise_if_cancelled()
        later = (body.start_ms for body in self._bodies if body.start_ms >= since_ms)
        return next(later, None) if symbol == SYMBOL else None

    def bars(self, symbol: str, timeframe: Timeframe, start_ms: int, end_ms: int, progress: Progress) -> Iterator[Page]:
        """Yield the replies of a range that begins and ends with one.

        The client's own decoder reads them, ahead and on as many threads as the client has connections.
        """

        def page(body: Body) -> Page:
            columns = decode_page(body.data, body.start_ms, body.end_ms, f"{symbol} {timeframe.name}")
            return Page(body.start_ms, body.end_ms, columns)

        asked = [body for body in self._bodies if start_ms <= body.start_ms and body.end_ms <= end_ms]
        with workers.thread_pool(CONNECTIONS, "exchange") as pool:
            yield from workers.ordered_map(pool, page, asked, ahead=CONNECTIONS, progress=progress)

    def tickers_24h(self, progress: Progress) -> list[Ticker]:
        """Return none."""
        progress.raise_if_cancelled()
        return []
