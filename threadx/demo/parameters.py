"""Query parameters, read and refused as the exchange does (its errors.md, seen 2026-07)."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Collection

from threadx.demo.grids import INTERVALS
from threadx.demo.wire import Request

__all__ = ["ApiError", "Parameters"]

_EARLIEST_MS = 1_483_228_800_000
"""2017-01-01: times outside [this, now + 10 s] are clamped since 2024-12-12."""
_USUAL_ROWS, _MOST_ROWS = 500, 1000
_MICROSECONDS_FROM = 10**14
"""A time from here on is in microseconds."""


class ApiError(Exception):
    """A request that the exchange refuses: HTTP 400 with `{"code", "msg"}`."""

    def __init__(self, code: int, msg: str) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg


class Parameters:
    """The parameters of one request: names that stand twice, are not `allowed` or have no value are refused at once."""

    def __init__(self, request: Request, allowed: Collection[str]) -> None:
        names = [name for name, _ in request.query]
        if len(set(names)) != len(names):
            raise ApiError(-1101, "Duplicate values for a parameter detected.")
        read = sum(name in allowed for name in names)
        if read != len(names):
            message = f"Not all sent parameters were read; read '{read}' parameter(s) but was sent '{len(names)}'."
            raise ApiError(-1104, message)
        self._values = request.parameters
        for name, value in self._values.items():
            if not value:
                raise ApiError(-1105, f"Parameter '{name}' was empty.")

    def sent(self, name: str) -> bool:
        """Whether the client sent the parameter."""
        return name in self._values

    def refuse_together(self, *groups: Collection[str]) -> None:
        """Refuse parameters of more than one group in one request."""
        if sum(any(self.sent(name) for name in group) for group in groups) > 1:
            raise ApiError(-1128, "Combination of optional parameters invalid.")

    def mandatory(self, name: str) -> str:
        """Return the text of a parameter that must be there."""
        if name not in self._values:
            raise ApiError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")
        return self._values[name]

    def symbol(self) -> str:
        """Return `symbol`; it is not looked up yet."""
        return _checked_symbol(self.mandatory("symbol"), "symbol")

    def symbols(self) -> list[str]:
        """Return the symbols of the JSON array `symbols`."""
        asked = _json_words(self._values["symbols"], "symbols")
        for word in asked:
            _checked_symbol(word, "symbols")
        if len(set(asked)) != len(asked):
            raise ApiError(-1151, "Symbol is present multiple times in the list.")
        return asked

    def permissions(self) -> list[str]:
        """Return the permissions asked for, one word or a JSON array; the default ones when not sent."""
        text = self._values.get("permissions")
        if text is None:
            return ["SPOT", "MARGIN", "LEVERAGED"]
        return _json_words(text, "permissions") if text.startswith("[") else [text]

    def interval(self) -> str:
        """Return `interval`; case matters. The exchange's 1s is not offered here."""
        interval = self.mandatory("interval")
        if interval not in INTERVALS:
            raise ApiError(-1120, "Invalid interval.")
        return interval

    def choice(self, name: str, default: str, known: Collection[str], code: int, message: str) -> str:
        """Return one of the known words."""
        value = self._values.get(name, default)
        if value not in known and value != default:
            raise ApiError(code, message)
        return value

    def limit(self) -> int:
        """Return `limit`; what is more than the most is taken as the most."""
        value = self._whole_number("limit")
        if value == 0:
            raise ApiError(-1130, "Data sent for parameter 'limit' is not valid.")
        return _USUAL_ROWS if value is None else min(value, _MOST_ROWS)

    def time(self, name: str, now_ms: int) -> int | None:
        """Return a time in ms, clamped to what the exchange accepts; sent as ms or microseconds."""
        value = self._whole_number(name)
        if value is None:
            return None
        if value >= _MICROSECONDS_FROM:
            # a start inside a millisecond is after the bar that opens at it
            value = -(-value // 1000) if name == "startTime" else value // 1000
        return min(max(value, _EARLIEST_MS), now_ms + 10_000)

    def zone_offset_ms(self) -> int:
        """Return `timeZone` ("8", "-1:00", "05:45"), from -12:00 to +14:00, as ms."""
        text = self._values.get("timeZone", "0")
        match = re.fullmatch(r"([+-]?)(\d{1,2})(?::([0-5]\d))?", text, re.ASCII)
        minutes = 0 if match is None else int(match[2]) * 60 + int(match[3] or 0)
        signed = -minutes if match is not None and match[1] == "-" else minutes
        if match is None or not -720 <= signed <= 840:
            raise ApiError(-1130, "Data sent for parameter 'timeZone' is not valid.")
        return signed * 60_000

    def flag(self, name: str, *, default: bool) -> bool:
        """Return a parameter that is "true" or "false"."""
        value = self._values.get(name, str(default).lower())
        if value.lower() not in ("true", "false"):
            raise ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")
        return value.lower() == "true"

    def _whole_number(self, name: str) -> int | None:
        value = self._values.get(name)
        if value is not None and not re.fullmatch(r"\d{1,20}", value, re.ASCII):
            raise ApiError(-1100, _illegal(name, "^[0-9]{1,20}$"))
        return None if value is None else int(value)


def time_unit_factor(request: Request) -> int:
    """Return how many units a millisecond has, as the header X-MBX-TIME-UNIT asks."""
    unit = request.headers.get("x-mbx-time-unit", "MILLISECOND").upper()
    factors = {"MILLISECOND": 1, "MICROSECOND": 1000}
    if unit not in factors:
        raise ApiError(-1194, "Invalid value for time unit; expected either MICROSECOND or MILLISECOND.")
    return factors[unit]


def _checked_symbol(text: str, name: str) -> str:
    """Return the text if it may be a symbol: since 2025-12 letters of any script may be in one."""

    def legal(char: str) -> bool:
        return char in "-_." or (char.isalnum() and unicodedata.category(char) != "Ll")

    fits: Callable[[str], bool] = legal
    if not (1 <= len(text) <= 20 and all(fits(char) for char in text)):
        raise ApiError(-1100, _illegal(name, "^[A-Z0-9-_.]{1,20}$"))
    return text


def _json_words(text: str, name: str) -> list[str]:
    try:
        words = json.loads(text)
    except (ValueError, RecursionError):
        words = None
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words):
        raise ApiError(-1100, _illegal(name, '^\\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\\]$'))
    return words


def _illegal(name: str, pattern: str) -> str:
    return f"Illegal characters found in parameter '{name}'; legal range is '{pattern}'."
