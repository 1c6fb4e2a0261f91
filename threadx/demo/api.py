"""The endpoints: a request becomes a reply, weights included."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from threadx.demo.clock import DemoClock
from threadx.demo.coins import Coin, coins_of, page_of
from threadx.demo.encode import klines_json
from threadx.demo.info import exchange_info, permission_sets
from threadx.demo.parameters import ApiError, Parameters, time_unit_factor
from threadx.demo.rows import Rows
from threadx.demo.symbols import Listing
from threadx.demo.wire import Reply, Request, json_bytes, json_reply

__all__ = ["COINS_PATH", "Api", "BarSource"]

COINS_PATH = "/api/v3/coins/markets"
"""CoinGecko's, on the same address: `--source` names one server for everything."""


class BarSource(Protocol):
    """Where bars come from: the generated market, or a replay."""

    @property
    def listings(self) -> Mapping[str, Listing]:
        """The symbols by name."""

    def rows(
        self, symbol: str, interval: str, start_ms: int | None, end_ms: int | None, limit: int, *, offset_ms: int = 0
    ) -> Rows:
        """Return the bars a klines request selects; see `Market.rows`."""

    def ticker(self, symbol: str, *, mini: bool) -> dict[str, object]:
        """Return the ticker of the last 24 hours."""

    def symbols(self) -> list[tuple[Listing, str]]:
        """Return the symbols that are known now, with their status."""


Handler = Callable[["Api", Request], tuple[object, int]]
"""Returns what to send, as JSON bytes or as a value, and the weight."""


class Api:
    """Answers requests from a source of bars. Safe to call from any thread.

    `closing` tells that nobody waits for the answer any more: an answer that takes long ends in ConnectionAbortedError.
    """

    def __init__(
        self, source: BarSource, clock: DemoClock, weight_limit: int, closing: Callable[[], bool] = lambda: False
    ) -> None:
        self._closing = closing
        self._source = source
        self._clock = clock
        self._weight_limit = weight_limit
        self._tickers: dict[tuple[str, bool, int], dict[str, object]] = {}
        self._coins: tuple[int, list[Coin]] = (-1, [])

    def answer(self, request: Request) -> Reply:
        """Return the reply of an exchange that works."""
        if request.path == COINS_PATH and request.method in ("GET", "HEAD"):
            return self._coin_page(request)
        handler = _ENDPOINTS.get(request.path)
        if handler is None:
            return _not_found(request)
        if request.method not in ("GET", "HEAD"):
            return _not_found(request)
        try:
            value, weight = handler(self, request)
        except ApiError as error:
            reply = json_reply({"code": error.code, "msg": error.msg}, 400)
            return Reply(400, reply.body, reply.headers, weight=_WEIGHTS.get(request.path, 1))
        body = value if isinstance(value, bytes) else json_bytes(value)
        return Reply(body=body, weight=weight)

    def ping(self, request: Request) -> tuple[object, int]:
        """GET /api/v3/ping."""
        Parameters(request, ())
        return {}, 1

    def time(self, request: Request) -> tuple[object, int]:
        """GET /api/v3/time."""
        Parameters(request, ())
        return {"serverTime": self._clock.now_ms() * time_unit_factor(request)}, 1

    def klines(self, request: Request) -> tuple[object, int]:
        """GET /api/v3/klines and /api/v3/uiKlines."""
        allowed = ("symbol", "interval", "startTime", "endTime", "timeZone", "limit")
        asked = Parameters(request, allowed)
        listing = self._listing(asked.symbol())
        interval = asked.interval()
        now = self._clock.now_ms()
        start, end = asked.time("startTime", now), asked.time("endTime", now)
        limit, offset = asked.limit(), asked.zone_offset_ms()
        microseconds = time_unit_factor(request) == 1000
        rows = self._source.rows(listing.symbol, interval, start, end, limit, offset_ms=offset)
        return klines_json(rows, microseconds=microseconds), 2

    def exchange_info(self, request: Request) -> tuple[object, int]:
        """GET /api/v3/exchangeInfo."""
        allowed = ("symbol", "symbols", "permissions", "showPermissionSets", "symbolStatus")
        asked = Parameters(request, allowed)
        asked.refuse_together(("symbol",), ("symbols",), ("permissions", "symbolStatus"))
        status = asked.choice("symbolStatus", "", ("TRADING", "HALT", "BREAK"), -1122, "Invalid symbolStatus.")
        shown = asked.flag("showPermissionSets", default=True)
        permitted = set(asked.permissions())
        known = [
            (listing, its)
            for listing, its in self._asked_symbols(asked)
            if status in ("", its) and any(permitted & set(one) for one in permission_sets(listing))
        ]
        now = self._clock.now_ms()
        info = exchange_info(now, self._weight_limit, known, show_permission_sets=shown)
        return info | {"serverTime": now * time_unit_factor(request)}, 20

    def ticker_24h(self, request: Request) -> tuple[object, int]:
        """GET /api/v3/ticker/24hr."""
        asked = Parameters(request, ("symbol", "symbols", "type", "symbolStatus"))
        asked.refuse_together(("symbol",), ("symbols",))
        mini = asked.choice("type", "FULL", ("FULL", "MINI"), -1139, "Invalid ticker type.") == "MINI"
        status = asked.choice("symbolStatus", "", ("TRADING", "HALT", "BREAK"), -1122, "Invalid symbolStatus.")
        chosen = self._asked_symbols(asked)
        fitting = [listing for listing, its in chosen if status in ("", its)]
        weight = _ticker_weight(len(chosen) if asked.sent("symbol") or asked.sent("symbols") else None)
        factor = time_unit_factor(request)
        if not asked.sent("symbol"):
            return [self._ticker(listing, factor, mini=mini) for listing in fitting], weight
        if not fitting:
            raise ApiError(-1220, "The symbol's status does not match the requested status.")
        return self._ticker(fitting[0], factor, mini=mini), weight

    def _coin_page(self, request: Request) -> Reply:
        """GET /api/v3/coins/markets as CoinGecko answers it; costs no weight of the exchange."""
        key = request.headers.get("x-cg-demo-api-key", request.parameters.get("x_cg_demo_api_key", "CG-"))
        if not key.startswith("CG-"):
            return _coin_error(401, 10002, "API Key Missing. Please make sure you're using the right authentication.")
        if "vs_currency" not in request.parameters:
            return json_reply({"error": "Missing parameter vs_currency"}, 422)
        minute = self._clock.now_ms() // 60_000
        kept = self._coins
        if kept[0] != minute:
            kept = self._coins = (minute, coins_of(self._source))
        try:
            return json_reply(page_of(kept[1], request.parameters))
        except ValueError:
            return _coin_error(400, 400, "invalid page")

    def _listing(self, symbol: str) -> Listing:
        if symbol not in self._source.listings:
            raise ApiError(-1121, "Invalid symbol.")
        return self._source.listings[symbol]

    def _asked_symbols(self, asked: Parameters) -> list[tuple[Listing, str]]:
        """Return the symbols that `symbol` or `symbols` names, with their status; all when neither is sent."""
        if asked.sent("symbol"):
            names = [asked.symbol()]
        elif asked.sent("symbols"):
            names = asked.symbols()
        else:
            return self._source.symbols()
        known = {listing.symbol: (listing, status) for listing, status in self._source.symbols()}
        if not known.keys() >= set(names):
            raise ApiError(-1121, "Invalid symbol.")
        return [known[name] for name in names]

    def _ticker(self, listing: Listing, factor: int, *, mini: bool) -> dict[str, object]:
        now = self._clock.now_ms()
        key = (listing.symbol, mini, now // 60_000)
        ticker = self._tickers.get(key)
        if ticker is None:  # a day of every symbol takes half a second: once a minute is enough
            if self._closing():
                raise ConnectionAbortedError
            if len(self._tickers) > 5000:
                self._tickers.clear()
            ticker = self._tickers[key] = self._source.ticker(listing.symbol, mini=mini)
        if factor == 1:
            return ticker
        times = {name: value * factor for name in ("openTime", "closeTime") if isinstance(value := ticker[name], int)}
        return ticker | times


_ENDPOINTS: dict[str, Handler] = {
    "/api/v3/ping": Api.ping,
    "/api/v3/time": Api.time,
    "/api/v3/klines": Api.klines,
    "/api/v3/uiKlines": Api.klines,
    "/api/v3/exchangeInfo": Api.exchange_info,
    "/api/v3/ticker/24hr": Api.ticker_24h,
}
_WEIGHTS = {"/api/v3/klines": 2, "/api/v3/uiKlines": 2, "/api/v3/exchangeInfo": 20, "/api/v3/ticker/24hr": 2}


def _ticker_weight(symbols: int | None) -> int:
    if symbols is None or symbols > 100:
        return 80
    return 40 if symbols > 20 else 2


def _coin_error(status: int, code: int, message: str) -> Reply:
    return json_reply({"status": {"error_code": code, "error_message": message}}, status)


def _not_found(request: Request) -> Reply:
    if "text/html" in request.headers.get("accept", ""):
        page = b"<html><head><title>404 Not found</title></head><body><h1>404 Not found</h1></body></html>"
        return Reply(404, page, (("content-type", "text/html"),), weight=1)
    return Reply(404, b"", (), weight=1)
