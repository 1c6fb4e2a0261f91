"""Misbehaviour on demand: every way in which an exchange, or what lies between, has been seen to fail.

A fault is one line of `Fault`. Tests and `demo-exchange` write a script of them::

    exchange.faults.add(Fault.LIMITED_429, path="klines", times=3, after=2, retry_after="7")
    exchange.faults.add(Fault.OFF_GRID, path="klines", match={"symbol": "BTCUSDC"}, times=None)
"""

from __future__ import annotations

import gzip
import itertools
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any

from threadx.demo import tricks
from threadx.demo.tricks import (
    HTML_TYPE,
    Scene,
    Trick,
    answer,
    body,
    cell,
    gzipped,
    header,
    raw_cell,
    refusal,
    refused,
    rows,
    wire,
)
from threadx.demo.wire import End, Reply, Request, Send, Step, Wait, json_bytes

__all__ = ["Fault", "FaultScript", "Rule"]

_CDN_PAGE = (
    '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">\n<HTML><HEAD><TITLE>ERROR: The request could not '
    "be satisfied</TITLE></HEAD><BODY>\n<H1>{status} ERROR</H1>\n<H2>The request could not be satisfied.</H2>\n"
    "{reason}\n</BODY></HTML>\n"
)
_RESTRICTED = (
    "Service unavailable from a restricted location according to 'b. Eligibility' in https://www.binance.com/en/terms. "
    "Please contact customer service if you believe you received this message in error."
)
_LIMITED = (
    "Too much request weight used; current limit is 6000 request weight per 1 MINUTE. "
    "Please use WebSocket Streams for live updates to avoid polling the API."
)
_BANNED = (
    "Way too much request weight used; IP banned until {until_ms}. "
    "Please use WebSocket Streams for live updates to avoid bans."
)
_COINS_LIMITED = {
    "status": {
        "error_code": 429,
        "error_message": "You've exceeded the Rate Limit. Please visit https://www.coingecko.com/en/api/pricing to "
        "subscribe to our API plans for higher rate limits.",
    }
}
_PORTAL = b"<html><head><title>Guest network</title></head><body>Please log in.</body></html>"
_MINUTE_MS = 60_000


def _cdn(status: int, reason: str) -> Trick:
    return answer(status, _CDN_PAGE.format(status=status, reason=reason).encode(), HTML_TYPE)


def _redirect(target: str) -> Trick:
    return answer(302, b"", HTML_TYPE, location=target)


def _shifted(minutes: int) -> Trick:
    return rows(
        lambda page: [[r[0] + minutes * _MINUTE_MS, *r[1:6], r[6] + minutes * _MINUTE_MS, *r[7:]] for r in page]
    )


def _times(edit: Callable[[int], Any]) -> Trick:
    return rows(lambda page: [[edit(r[0]), *r[1:6], edit(r[6]), *r[7:]] for r in page])


def _same_page(scene: Scene) -> Reply:
    return replace(scene.reply, body=scene.memory.setdefault("body", scene.reply.body))


def _overlap(change: Callable[[list[Any]], list[Any]]) -> Trick:
    """Begin the page with up to five rows that lie before its first."""

    def play(scene: Scene) -> Reply:
        page = scene.page()
        if not page:
            return scene.reply
        asked = {**scene.request.parameters, "endTime": str(page[0][0] - 1), "limit": "5"}
        asked.pop("startTime", None)
        earlier = replace(scene, reply=scene.ask(replace(scene.request, query=tuple(asked.items())))).page()
        return replace(scene.reply, body=json_bytes([change(row) for row in earlier] + page))

    return Trick(play)


def _drifted(scene: Scene) -> Reply:
    """Begin the page with the last coin of the page before, as when a coin overtakes another between two calls."""
    asked = scene.request.parameters
    number = int(asked.get("page", "1"))
    if number < 2:
        return scene.reply
    before = replace(scene.request, query=tuple((asked | {"page": str(number - 1)}).items()))
    page = json.loads(scene.ask(before).body)[-1:] + json.loads(scene.reply.body)
    return replace(scene.reply, body=json_bytes(page[: int(asked.get("per_page", "100"))]))


def _ended(scene: Scene, share: float, *ends: Step, **changed: str | None) -> tuple[Step, ...]:
    content = scene.reply.body
    return Send(scene.sent_head(**changed)), Send(content[: int(len(content) * share)]), *ends


def _cut_to_valid(scene: Scene) -> tuple[Step, ...]:
    page = scene.page()
    content = json_bytes(page[: len(page) // 2]) if page else scene.reply.body[: len(scene.reply.body) // 2]
    return Send(scene.sent_head(content_length=None, connection="close")), Send(content), End.CLOSE


def _chunks(scene: Scene, *tail: Step) -> tuple[Step, ...]:
    content = scene.reply.body
    middle = len(content) // 2
    parts = (content[:middle], content[middle:]) if not tail else (content[:middle],)
    sent = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts if part)
    start = Send(scene.sent_head(content_length=None, transfer_encoding="chunked") + sent)
    return (start, *tail) if tail else (start, Send(b"0\r\n\r\n"))


def _bomb(scene: Scene) -> tuple[Step, ...]:
    """Send `megabytes` (64) of blanks behind the body, compressed to almost nothing."""
    packed = gzip.compress(scene.reply.body + b" " * (scene.options.get("megabytes", 64) << 20), mtime=0)
    lengths = scene.sent_head(content_encoding="gzip", content_length=str(len(packed)))
    return Send(lengths), Send(packed)


def _slow(scene: Scene) -> tuple[Step, ...]:
    return Wait(scene.options.get("seconds", 1.0)), Send(scene.sent_head() + scene.reply.body)


def _drip(scene: Scene, lead: bytes, data: bytes) -> tuple[Step, ...]:
    return Send(lead), *tricks.drip(data, scene.options.get("seconds", 30.0), scene.options.get("pause_s", 0.05))


def _hole(page: list[list[Any]]) -> list[list[Any]]:
    return page[: len(page) // 3] + page[len(page) // 3 + 3 :] if len(page) > 6 else page


def _swapped(page: list[list[Any]]) -> list[list[Any]]:
    middle = page[len(page) // 2]
    middle[2], middle[3] = f"{float(middle[3]) * 0.9:.8f}", f"{float(middle[2]) * 1.1:.8f}"
    return page


class Fault(Enum):
    """What goes wrong. One line each; options in brackets go to `FaultScript.add`."""

    # refused: [status] overrules the status, [retry_after] the header
    FIREWALL_403 = _cdn(403, "Request blocked.")
    RESTRICTED_451 = answer(451, json_bytes({"code": 0, "msg": _RESTRICTED}, indent=2))
    LIMITED_429 = refusal(429, -1003, _LIMITED, retry_after="2")
    BANNED_418 = refusal(418, -1003, _BANNED, retry_after="120")
    INTERNAL_1001 = refusal(500, -1001, "Internal error; unable to process your request. Please try again.")
    TOO_MANY_1003 = refusal(429, -1003, "Too many requests queued.")
    TIMEOUT_1007 = refusal(504, -1007, "Timeout waiting for response from backend server. Send status unknown.")
    OVERLOADED_1008 = refusal(503, -1008, "Server is currently overloaded with other requests. Please try again.")
    ERROR_IN_200 = refusal(200, -1001, "Internal error; unable to process your request. Please try again.")
    ERROR_500 = answer(500, json_bytes({"code": -1000, "msg": "An unknown error occurred."}))
    ERROR_500_HTML = _cdn(500, "Internal server error.")
    BAD_GATEWAY_502 = _cdn(502, "The origin closed the connection.")
    UNAVAILABLE_503 = _cdn(503, "We can't connect to the server for this app or website at this time.")
    GATEWAY_TIMEOUT_504 = _cdn(504, "CloudFront attempted to establish a connection with the origin.")
    NO_CONTENT_204 = answer(204, b"")
    NOT_MODIFIED_304 = answer(304, b"")
    STATUS_999 = answer(999, b"{}")
    NOT_FOUND_404 = answer(404, b"", HTML_TYPE)

    # something else in between
    HTML_200 = answer(200, _PORTAL, HTML_TYPE)
    HTML_AS_JSON = answer(200, _PORTAL)
    REDIRECT_HOST = _redirect("http://example.invalid/api/v3/klines")
    REDIRECT_LOOP = Trick(lambda scene: _redirect(scene.request.path).play(scene))
    REDIRECT_FILE = _redirect("file:///etc/passwd")

    # time: [seconds] how long
    SLOW = wire(_slow)
    HANG = wire(lambda scene: (Wait(scene.options.get("seconds", 60.0)), End.CLOSE))
    BODY_DRIP = wire(lambda scene: _drip(scene, scene.sent_head(), scene.reply.body))
    HEADER_DRIP = wire(lambda scene: _drip(scene, b"", scene.sent_head() + scene.reply.body))

    # the connection
    CLOSE_AT_ONCE = wire(lambda _: (End.CLOSE,))
    RESET_AT_ONCE = wire(lambda _: (End.RESET,))
    RESET_MID_BODY = wire(lambda scene: _ended(scene, 0.5, Wait(0.02), End.RESET))
    KEEP_ALIVE_CLOSED = wire(lambda scene: (Send(scene.sent_head() + scene.reply.body), End.CLOSE))
    CONNECTION_CLOSE = header("connection", "close")
    GARBAGE = wire(lambda _: (Send(b"\x00\xff\x16\x03\x01 no such protocol\r\n\r\n"), End.CLOSE))
    HUGE_HEADERS = header("x-filler", "a" * 200_000)
    MANY_HEADERS = Trick(lambda scene: replace(scene.reply, headers=scene.reply.headers + (("x-filler", "a"),) * 2000))

    # the body's length
    TRUNCATED = wire(lambda scene: _ended(scene, 0.5, End.CLOSE))
    LENGTH_LONGER = wire(lambda scene: _ended(scene, 1, End.CLOSE, content_length=str(len(scene.reply.body) + 10)))
    LENGTH_SHORTER = wire(lambda scene: _ended(scene, 1, End.CLOSE, content_length=str(len(scene.reply.body) // 2)))
    CUT_JSON = body(lambda content: content[: len(content) // 2])
    CUT_TO_VALID_JSON = wire(_cut_to_valid)
    CHUNKED = wire(_chunks)  # no fault: a client must be able to read it
    CUT_CHUNKED = wire(lambda scene: _chunks(scene, End.CLOSE))
    BAD_CHUNK_SIZE = wire(lambda scene: _chunks(scene, Send(b"xyz\r\n[]\r\n0\r\n\r\n"), End.CLOSE))
    GZIP_CUT = gzipped(lambda packed: packed[: len(packed) // 2])
    GZIP_BAD_CRC = gzipped(lambda packed: packed[:-8] + bytes(byte ^ 0xFF for byte in packed[-8:-4]) + packed[-4:])
    GZIP_BOMB = wire(_bomb)
    NOT_GZIP = gzipped(lambda _: b"[] this was never compressed")

    # JSON
    NAN = raw_cell(4, "NaN")
    INFINITY = raw_cell(4, "Infinity")
    HUGE_FLOAT = raw_cell(4, "1e309")
    HUGE_FLOAT_TEXT = raw_cell(4, '"1e309"')
    HUGE_INT = raw_cell(8, "9" * 5000)
    DEEP_NESTING = body(lambda _: b"[" * 200_000 + b"]" * 200_000)
    DUPLICATE_KEYS = body(lambda _: b'{"serverTime":1,"serverTime":1700000000000,"code":0,"code":-1121}')
    BOM = body(lambda content: b"\xef\xbb\xbf" + content)
    NOT_UTF8 = body(lambda content: content + b"\xff\xfe")
    OBJECT_BODY = body(lambda _: b"{}")
    NULL_BODY = body(lambda _: b"null")
    EMPTY_BODY = body(lambda _: b"")

    # the rows of a page
    SAME_PAGE = Trick(_same_page)
    PAGE_BEFORE = _shifted(-3000)
    PAGE_AFTER = _shifted(3000)
    OVERLAP = _overlap(lambda row: row)
    OVERLAP_DIFFERENT = _overlap(lambda row: [*row[:4], row[2], *row[5:]])
    DESCENDING = rows(lambda page: page[::-1])
    SHUFFLED = rows(lambda page: page[1::2] + page[::2])
    DUPLICATED_ROWS = rows(lambda page: [row for row in page for _ in range(2)])
    HALF_PAGE = rows(lambda page: page[: len(page) // 2])
    MISSING_ROWS = rows(_hole)
    EMPTY_PAGE = rows(lambda _: [])
    MICROSECONDS = _times(lambda ms: ms * 1000)
    SECONDS = _times(lambda ms: ms // 1000)
    OFF_GRID = _times(lambda ms: ms + 14_789)
    FLOAT_TIME = _times(lambda ms: ms + 0.5)
    TEXT_TIME = _times(str)
    COLUMNS_11 = rows(lambda page: [row[:11] for row in page])
    COLUMNS_13 = rows(lambda page: [[*row, "0"] for row in page])
    NULL_CELL = cell(4, lambda _: None)
    EMPTY_CELL = cell(4, lambda _: "")
    TRUE_CELL = cell(4, lambda _: True)
    FULL_WIDTH_DIGITS = cell(4, lambda text: "".join(chr(ord(c) + 0xFEE0) if c.isdigit() else c for c in text))
    UNDERSCORE_DIGITS = cell(4, lambda text: f"1_{text}")
    HIGH_BELOW_LOW = rows(_swapped)
    NEGATIVE_PRICE = cell(3, lambda text: f"-{text}")
    NEGATIVE_VOLUME = cell(5, lambda text: f"-{text}")
    ZERO_PRICE = cell(3, lambda _: "0.00000000")
    NUMBER_CELLS = rows(lambda page: [[r[0], *map(float, r[1:6]), r[6], float(r[7]), *r[8:]] for r in page])

    # CoinGecko's pages: path="coins/markets"
    COINS_429 = refused(429, json_bytes(_COINS_LIMITED), retry_after="2")
    COINS_DRIFT = Trick(_drifted)

    CLOCK_OFF = tricks.field("serverTime", lambda ms, options: ms + round(options.get("days", 1) * 86_400_000))


@dataclass(slots=True)
class Rule:
    """One line of the script: a fault and when it strikes."""

    kind: Fault | Trick
    path: str
    """The endpoint ("klines", "time", "ticker/24hr"); "" is every one."""
    times: int | None
    """How often; None is for ever."""
    after: int
    """How many matching requests go well before."""
    match: Mapping[str, str]
    """Parameters that the request must have."""
    options: Mapping[str, Any]
    seen: int = 0
    """Matching requests so far."""
    struck: int = 0
    """How many of them were spoilt."""
    memory: dict[str, Any] = field(default_factory=dict)

    def wants(self, request: Request) -> bool:
        """Whether the rule is about such a request."""
        sent = request.parameters
        return self.path in ("", request.endpoint) and all(sent.get(name) == text for name, text in self.match.items())

    @property
    def spent(self) -> bool:
        """Whether the rule has struck as often as it should."""
        return self.times is not None and self.struck >= self.times


class FaultScript:
    """The rules of an embedded exchange, in the order they were added. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []

    def add(
        self,
        kind: Fault | Trick,
        *,
        path: str = "",
        times: int | None = 1,
        after: int = 0,
        match: Mapping[str, str] | None = None,
        **options: Any,  # noqa: ANN401 - each fault has its own
    ) -> Rule:
        """Spoil `times` replies (None: all) to `path` after `after` good ones; of several rules the first strikes.

        The returned rule counts: `.seen` requests it was about, `.struck` replies it spoilt.
        """
        rule = Rule(kind, path, times, after, dict(match or {}), options)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Behave well again."""
        with self._lock:
            self._rules.clear()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, those that are spent included."""
        with self._lock:
            return tuple(self._rules)

    def apply(self, request: Request, reply: Reply, ask: Callable[[Request], Reply], now_ms: int) -> Reply:
        """Return the reply that is sent instead of `reply`."""
        rule = self._striking(request)
        if rule is None:
            return reply
        trick = rule.kind if isinstance(rule.kind, Trick) else rule.kind.value
        return trick.play(Scene(request, reply, rule.options, rule.memory, ask, now_ms))

    def _striking(self, request: Request) -> Rule | None:
        with self._lock:
            for rule in itertools.filterfalse(lambda one: one.spent, self._rules):
                if rule.wants(request):
                    rule.seen += 1
                    if rule.seen > rule.after:
                        rule.struck += 1
                        return rule
        return None
