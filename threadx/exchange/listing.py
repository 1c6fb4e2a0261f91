"""exchangeInfo and the 24-hour tickers, as plain records. Fields and statuses that are not known are passed over."""

from __future__ import annotations

import logging
import re
import unicodedata
from contextlib import suppress
from email.utils import parsedate_to_datetime
from typing import Any

from threadx.exchange.source import SymbolInfo, Ticker
from threadx.exchange.strict import Refused, bad_response, decimal, excerpt, integer, strict_json, text

__all__ = ["is_symbol", "parse_server_time", "parse_symbols", "parse_tickers", "parse_weight_limit"]

log = logging.getLogger(__name__)

MAX_SYMBOL_CHARS = 40
MAX_AHEAD_MS = 60_000
_TIMES_MS = (1_483_228_800_000, 4_102_444_800_000)  # 2017, before the exchange; 2100
_PUNCTUATION = frozenset("-_.")
_MINUTE = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1}
_SAFE_ASCII = re.compile(r"[A-Z0-9][A-Z0-9_.-]*", re.ASCII)


def is_symbol(name: str) -> bool:
    """Return whether `name` can be a symbol: capitals, digits, `-_.` and letters without case, as 币安人生USDT has.

    What cannot be one, whitespace, slashes, quotes, look-alikes of ASCII, invisible characters, is never sent.
    """
    if not 1 <= len(name) <= MAX_SYMBOL_CHARS or name[0] in _PUNCTUATION:
        return False
    if name.isascii():
        return _SAFE_ASCII.fullmatch(name) is not None
    known = all(c in _PUNCTUATION or unicodedata.category(c) in {"Lu", "Lo", "Nd"} for c in name)
    return known and name == name.upper() == unicodedata.normalize("NFKC", name)


def parse_symbols(body: bytes, what: str) -> tuple[list[SymbolInfo], int | None]:
    """Return the pairs of an exchangeInfo answer, and the weight per minute that it announces (None: it does not).

    Raises:
        BadResponseError: not such an answer.
    """
    try:
        info = _object(strict_json(body, what))
        pairs = [_symbol(_object(entry)) for entry in _list(info.get("symbols"))]
        return [pair for pair in pairs if _named_well(pair.symbol)], _weight_limit(info)
    except Refused as error:
        raise bad_response(what, error) from error


def parse_server_time(body: bytes, date: str | None, what: str) -> int:
    """Return the exchange's time as its /time answer tells it, UTC ms.

    Args:
        body: `{"serverTime": ms}`.
        date: the Date header of the same answer, if there is one; a time far ahead of it is not believed, for it
            would make unfinished bars look closed.
        what: what was asked, for messages.

    Raises:
        BadResponseError: not such an answer, or not the time.
    """
    try:
        now_ms = integer(_object(strict_json(body, what)).get("serverTime"))
    except Refused as error:
        raise bad_response(what, error) from error
    if not _TIMES_MS[0] < now_ms < _TIMES_MS[1]:
        raise bad_response(what, f"{now_ms} is no time in ms")
    with suppress(ValueError, TypeError, OverflowError):
        if now_ms > parsedate_to_datetime(date or "").timestamp() * 1000 + MAX_AHEAD_MS:
            raise bad_response(what, f"{now_ms} ms lies far ahead of the answer's own date, {excerpt(date, 40)}")
    return now_ms


def parse_tickers(body: bytes, what: str) -> list[Ticker]:
    """Return the pairs of a ticker/24hr answer.

    Raises:
        BadResponseError: not such an answer.
    """
    try:
        tickers = [_ticker(_object(entry)) for entry in _list(strict_json(body, what))]
        return [ticker for ticker in tickers if _named_well(ticker.symbol)]
    except Refused as error:
        raise bad_response(what, error) from error


def parse_weight_limit(body: bytes, what: str) -> int | None:
    """Return the request weight per minute that an exchangeInfo answer announces; None when it does not.

    Raises:
        BadResponseError: not such an answer.
    """
    try:
        return _weight_limit(_object(strict_json(body, what)))
    except Refused as error:
        raise bad_response(what, error) from error


def _weight_limit(info: dict[str, Any]) -> int | None:
    limits = info.get("rateLimits")
    for entry in limits if isinstance(limits, list) else []:
        if isinstance(entry, dict) and _MINUTE.items() <= entry.items():
            limit = integer(entry.get("limit"))
            return limit if limit > 0 else None
    return None


def _symbol(entry: dict[str, Any]) -> SymbolInfo:
    return SymbolInfo(
        symbol=text(entry.get("symbol")),
        status=text(entry.get("status")),
        base=text(entry.get("baseAsset")),
        quote=text(entry.get("quoteAsset")),
        tick_size=_tick_size(entry.get("filters")),
    )


def _tick_size(filters: object) -> float | None:
    for each in filters if isinstance(filters, list) else []:
        if isinstance(each, dict) and each.get("filterType") == "PRICE_FILTER" and "tickSize" in each:
            return decimal(each["tickSize"]) or None
    return None


def _ticker(entry: dict[str, Any]) -> Ticker:
    change = entry.get("priceChangePercent")
    return Ticker(
        symbol=text(entry.get("symbol")),
        last_price=decimal(entry.get("lastPrice")),
        volume=decimal(entry.get("volume")),
        quote_volume=decimal(entry.get("quoteVolume")),
        trades=integer(entry.get("count", 0)),
        change_percent=None if change is None else decimal(change),
    )


def _named_well(symbol: str) -> bool:
    fine = is_symbol(symbol)
    if not fine:
        log.warning("the exchange lists a symbol whose name cannot be used: %r", symbol)
    return fine


def _object(value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Refused("an object was expected")
    return value


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise Refused("a list was expected")
    return value
