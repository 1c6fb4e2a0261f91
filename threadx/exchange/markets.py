"""Market capitalisation from CoinGecko: `/coins/markets`, page by page, on the same session and retries as the bars.

Facts of the wire (CoinGecko's OpenAPI coingecko-api-oas, demo-api.json, seen 2026-07): 250 coins a page at most, in
the order of capitalisation; a page after the last is `[]`; every number may be null, and be written with or without
a fraction; wrapped and staked coins are left out by default and their rank is null; symbols are in lower case and
not unique. A key is optional, and travels in a header only. Without one the limit is per address and not published
(5 to 15 calls a minute were seen), so answers are kept for ten minutes and calls are spread.
"""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit

from threadx import workers
from threadx.closeable import Closeable
from threadx.config_model import Settings
from threadx.config_rules import is_loopback
from threadx.exchange.client import ExchangeClient, Question
from threadx.exchange.clock import SYSTEM_CLOCK, Clock
from threadx.exchange.session import Reply
from threadx.exchange.strict import Refused, bad_response, excerpt, integer, strict_json, text
from threadx.progress import NULL_PROGRESS, Progress

__all__ = ["PER_PAGE", "CapSource", "CoinMarket", "MarketCaps", "parse_markets"]

log = logging.getLogger(__name__)

PER_PAGE = 250
PAGE_BYTES = 4_000_000
KEPT_S = 600.0
"""The prices in an answer are held against the exchange's of the moment: one of an hour ago makes another coin of what
moved fast. Two pages as often as this are fewer than the 10,000 calls that a free key has in a month."""
CALLS_A_MINUTE = 5
WEIGHT_A_MINUTE = 200
"""The budget counts weight; what a call weighs makes it `CALLS_A_MINUTE` at the usual share, which is a half. On this
computer nobody else asks, and a call weighs 1."""
KEY_HEADER = "x-cg-demo-api-key"


@dataclass(frozen=True, slots=True)
class CoinMarket:
    """One coin as CoinGecko describes it now. Money is in US dollars; None is what CoinGecko does not say."""

    id: str
    """CoinGecko's own name, unique and lasting: "bitcoin"."""
    symbol: str
    """In capitals; several coins may share one."""
    name: str
    price: float | None
    market_cap: float | None
    rank: int | None
    """By capitalisation; shifts with CoinGecko's rules, so it identifies nothing."""
    volume: float | None
    """Over 24 hours, on all exchanges together."""


class CapSource(Protocol):
    """Where market capitalisation comes from."""

    def top(self, pages: int = 1, progress: Progress = NULL_PROGRESS) -> list[CoinMarket]:
        """Return the coins of the first pages, the largest first; SourceError when that cannot be had."""
        ...


class MarketCaps(Closeable):
    """A CapSource over HTTP. Thread-safe; close it, or use it in a `with`.

    Args:
        settings: source.market_cap_host, universe.coingecko_key, limits and paths.data_root (where a long pause is
            remembered) are used.
        clock: local clocks.
        backoff_s: pause before the first repeated attempt; doubles each time, with jitter.
    """

    def __init__(self, settings: Settings, *, clock: Clock = SYSTEM_CLOCK, backoff_s: float = 0.5) -> None:
        key = settings.universe.coingecko_key
        self._client = ExchangeClient(
            settings,
            clock,
            backoff_s=backoff_s,
            hosts=(settings.source.market_cap_host,),
            service="market capitalisation at",
            headers={KEY_HEADER: key} if key else None,
        )
        self._client.budget.announce(WEIGHT_A_MINUTE)
        local = is_loopback(urlsplit(settings.source.market_cap_host).hostname or "")
        self._weight = 1 if local else WEIGHT_A_MINUTE // 2 // CALLS_A_MINUTE
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[int, tuple[float, tuple[CoinMarket, ...]]] = {}
        with ExitStack() as stack:
            stack.callback(self._client.close)
            self._pool = stack.enter_context(workers.thread_pool(1, "market-caps", join=False))
            self._open = stack.pop_all()

    def close(self) -> None:
        """Close the connections. Does not wait for what hangs. Idempotent."""
        self._open.close()

    def top(self, pages: int = 1, progress: Progress = NULL_PROGRESS) -> list[CoinMarket]:
        """Return the coins of the first `pages` pages of 250, the largest capitalisation first, each id once.

        A coin that moves to the next page between two calls comes twice; the first one counts. Coins without a
        capitalisation are last. An answer is kept for ten minutes. Waits, those that the server asks for included, are
        told to `progress` and end when it is cancelled.

        Raises:
            SourceError: in the form that fits; nothing of what came before is returned.
            JobCancelled: cancelled meanwhile.
        """
        with self._lock:
            kept = self._kept.get(pages)
        if kept is not None and self._clock.monotonic_s() - kept[0] < KEPT_S:
            return list(kept[1])
        coins: dict[str, CoinMarket] = {}
        for page in self._pages(pages, progress):
            for coin in page:
                coins.setdefault(coin.id, coin)
        ordered = tuple(sorted(coins.values(), key=lambda coin: -(coin.market_cap or 0.0)))
        with self._lock:
            self._kept[pages] = (self._clock.monotonic_s(), ordered)
        return list(ordered)

    def _pages(self, pages: int, progress: Progress) -> Iterator[list[CoinMarket]]:
        for number in range(1, pages + 1):
            progress.report(number - 1, pages, "pages")
            page = self._page(number, progress)
            if not page:
                break
            yield page
        progress.report(pages, pages, "pages")

    def _page(self, number: int, progress: Progress) -> list[CoinMarket]:
        what = f"market capitalisation, page {number}"
        params: dict[str, str | int] = {
            "vs_currency": "usd",
            "order": "market_cap_desc",
            "per_page": PER_PAGE,
            "page": number,
        }
        question = Question(what, "/api/v3/coins/markets", params, self._weight, PAGE_BYTES)

        def parse(reply: Reply) -> list[CoinMarket]:
            return parse_markets(reply.body, what)

        return workers.call(self._pool, lambda: self._client.ask(question, parse, progress), progress=progress)


def parse_markets(body: bytes, what: str) -> list[CoinMarket]:
    """Return the coins of a /coins/markets answer in its order; fields that are not known are ignored.

    A coin without a symbol that can be matched is passed over.

    Raises:
        BadResponseError: not such an answer.
    """
    try:
        found = strict_json(body, what)
        if not isinstance(found, list):
            raise Refused("a list was expected")  # noqa: TRY301 - told like everything else that is refused
        coins = [_coin(entry) for entry in found]
    except Refused as error:
        raise bad_response(what, error) from error
    return [coin for coin in coins if coin is not None]


def _coin(entry: object) -> CoinMarket | None:
    if not isinstance(entry, dict):
        raise Refused("an object was expected")
    identity, symbol = excerpt(text(entry.get("id")), 100), entry.get("symbol")
    if not isinstance(symbol, str) or not symbol.strip():
        log.info("%s has no symbol, passed over", identity)
        return None
    return CoinMarket(
        id=identity,
        symbol=excerpt(symbol.strip().upper(), 40),
        name=_name(entry, identity),
        price=_amount(entry.get("current_price")),
        market_cap=_amount(entry.get("market_cap")) or None,  # 0 is sent where nobody has checked the supply
        rank=_rank(entry.get("market_cap_rank")),
        volume=_amount(entry.get("total_volume")),
    )


def _name(entry: dict[str, Any], identity: str) -> str:
    name = entry.get("name")
    return excerpt(name, 80) if isinstance(name, str) and name.strip() else identity


def _rank(value: object) -> int | None:
    whole = int(value) if isinstance(value, float) and value.is_integer() else value
    return None if whole is None else integer(whole)


def _amount(value: object) -> float | None:
    """Return an amount of money; None for null; Refused for what is neither."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Refused(f"{excerpt(repr(value), 40)} is not a number")
    if not math.isfinite(value) or value < 0:
        raise Refused(f"{excerpt(value, 40)} is no amount")
    return float(value)
