"""One question to the exchange: which host, within the budget, asked again where that helps, and what the answer means.

The only layer that retries. Time-outs, broken connections, server faults and damaged bodies are asked again after a
growing pause; a 429 as soon as the pause is over that it asks for; everything else is told at once.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import urlsplit

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from threadx.config_model import Settings
from threadx.config_rules import is_loopback
from threadx.errors import (
    BadResponseError,
    RateLimitedError,
    SourceError,
    SourceUnavailableError,
    UnknownSymbolError,
)
from threadx.exchange.bans import BanMemory
from threadx.exchange.clock import SYSTEM_CLOCK, Clock
from threadx.exchange.hosts import FIREWALL, RESTRICTED, Hosts, family_of
from threadx.exchange.limits import (
    LONGEST_PAUSE_S,
    MAX_WAIT_S,
    Budget,
    left_alone,
    shared_budget,
    used_weight,
    wished_pause_s,
)
from threadx.exchange.session import HttpSession, Reply
from threadx.exchange.strict import bad_response, excerpt, strict_json
from threadx.progress import Progress

__all__ = ["ExchangeClient", "Question"]

Answer = TypeVar("Answer")

log = logging.getLogger(__name__)

OK, NOT_FOUND, BANNED, TOO_MANY = 200, 404, 418, 429
SERVER_FAULTS = range(500, 600)
REDIRECTS = range(300, 400)

# https://github.com/binance/binance-spot-api-docs errors.md, seen 2026-07
TOO_MUCH_WEIGHT = -1003
UNKNOWN_SYMBOL = -1121
ILLEGAL_CHARACTERS = -1100
PASSING_CODES = frozenset({-1001, -1006, -1007, -1008, -1016})
"""Internal error, unexpected response, engine time-out, overloaded, shutting down."""

LONGEST_BACKOFF_S = 20.0
PAGE_BYTES_FROM, PAGE_BYTES_TO = 50_000, 500_000
"""A thousand bars are some 100 to 180 KB; a list of all symbols is megabytes."""
FIRST_PAGES = 8
"""The first ones open their connections: fewer tell nothing."""
PAGES_AVERAGED = 100
SHORTEST_BAN_S: Final = 120.0  # Binance rest-api.md, "IP Limits": bans last 2 minutes to 3 days
MAX_ERROR_TEXT = 300


@dataclass(frozen=True, slots=True)
class Question:
    """A GET to be asked, and what it costs."""

    what: str
    """For messages: "BTCUSDC 1m"."""
    path: str
    params: Mapping[str, str | int]
    weight: int
    max_bytes: int
    symbol: str = ""
    """The symbol it is about, when there is one."""


class _Refused(Exception):  # noqa: N818 - leads to the next host, inside this module only
    """The host asked does not serve this place."""


@dataclass(frozen=True, slots=True)
class _Complaint:
    """What an error body says: {"code": -1121, "msg": "Invalid symbol."}; code 0 when it says nothing of the kind."""

    code: int = 0
    text: str = ""


class ExchangeClient:
    """Asks questions on behalf of any number of threads; each blocks until its answer is there."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock = SYSTEM_CLOCK,
        *,
        backoff_s: float = 0.5,
        hosts: Sequence[str] = (),
        service: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Open nothing yet.

        Args:
            settings: hosts, limits and paths are used.
            clock: local clocks.
            backoff_s: pause before the first repeated attempt; doubles each time, with jitter.
            hosts: whom to ask instead of `source.rest_hosts`.
            service: what is asked there, when it is not the exchange: its budget is not the exchange's, even where
                one server is both.
            headers: sent with every question; never logged.
        """
        hosts = tuple(hosts) or settings.source.rest_hosts
        self._share = settings.limits.weight_share
        self._attempts = settings.limits.max_retries + 1
        self._family = f"{service} {family_of(hosts[0])}".strip()
        self._clock = clock
        self._session = HttpSession(settings, hosts, clock, headers=headers)
        self._memory = BanMemory(settings.paths.data_root / ".threadx" / "limits.json")
        self._backoff = wait_exponential(multiplier=backoff_s, max=LONGEST_BACKOFF_S) + wait_random(0, backoff_s)
        self._lock = threading.Lock()
        self._pages = 0
        self._page_s = 0.0
        self.hosts = Hosts(hosts, clock)
        loopback = is_loopback(urlsplit(hosts[0]).hostname or "")
        self.budget: Budget = shared_budget(self._family, clock, lasting=not loopback)
        remembered_ms = self._memory.until_ms(self._family)
        if 0 < remembered_ms - clock.wall_ms() <= LONGEST_PAUSE_S * 1000:  # else past, or told by a clock set wrong
            self.budget.ban(remembered_ms)

    def ask(self, question: Question, parse: Callable[[Reply], Answer], progress: Progress) -> Answer:
        """Return what `parse` makes of a good answer, one with status 200 that says it is JSON.

        Args:
            question: what to ask.
            parse: raises BadResponseError for what it cannot trust; where that is retryable the question is repeated.
            progress: is told of waits and ends them.

        Raises:
            SourceError: in the form that fits.
            JobCancelled: cancelled meanwhile.
        """
        while True:
            with suppress(_Refused):
                return self._patiently(question, parse, progress)
            progress.report(0, 0, "requests", waiting="refused here, asking the next host")

    @property
    def page_s(self) -> float | None:
        """Seconds that a large answer took lately, from the question to the last byte; None before there were some."""
        with self._lock:
            return self._page_s if self._pages >= FIRST_PAGES else None

    def set_share(self, share: float) -> None:
        """Use at most this share of the minute's limit from the next question on."""
        self._share = share

    def close(self) -> None:
        """Close the connections that are not in use."""
        self._session.close()

    def _patiently(self, question: Question, parse: Callable[[Reply], Answer], progress: Progress) -> Answer:
        """Ask one host, again where that helps. Waits are the progress's, so cancel ends them."""

        def tell(state: RetryCallState) -> None:
            pause_s = state.next_action.sleep if state.next_action is not None else 0.0
            error = state.outcome.exception() if state.outcome is not None else None
            log.info("%s: attempt %d failed: %s", question.what, state.attempt_number, error)
            if pause_s > 0:
                words = f"waiting {max(round(pause_s), 1)} s to ask again: {error}"
                progress.report(0, 0, "requests", waiting=words, wait_s=pause_s)

        retrying = Retrying(
            stop=stop_after_attempt(self._attempts),
            retry=retry_if_exception(lambda error: isinstance(error, SourceError) and error.retryable),
            wait=self._pause_s,
            sleep=progress.wait,
            before_sleep=tell,
            reraise=True,
        )
        return retrying(lambda: parse(self._once(question, progress)))

    def _pause_s(self, state: RetryCallState) -> float:
        """Return how long to wait before the next attempt; after a 429 the budget itself makes everyone wait."""
        error = state.outcome.exception() if state.outcome is not None else None
        return 0.0 if isinstance(error, RateLimitedError) else float(self._backoff(state))

    def _once(self, question: Question, progress: Progress) -> Reply:
        ticket = self.budget.acquire(question.weight, self._share, progress)
        used, served = None, False
        try:
            host = self.hosts.current()
            reply = self._get(host, question, progress)
            used, served = used_weight(reply.headers), reply.status not in {TOO_MANY, BANNED}
        finally:
            self.budget.settle(ticket, used, served=served)
        return self._meaning(reply, question, host)

    def _get(self, host: str, question: Question, progress: Progress) -> Reply:
        began_s = self._clock.monotonic_s()
        try:
            reply = self._session.get(host, question.path, question.params, progress, max_bytes=question.max_bytes)
        except SourceUnavailableError:
            self.hosts.pass_over(host)
            raise
        if PAGE_BYTES_FROM <= len(reply.body) <= PAGE_BYTES_TO:
            self._note_page(self._clock.monotonic_s() - began_s)
        return reply

    def _note_page(self, seconds: float) -> None:
        with self._lock:
            self._pages += 1
            self._page_s += (seconds - self._page_s) / min(self._pages, PAGES_AVERAGED)

    def _meaning(self, reply: Reply, question: Question, host: str) -> Reply:
        """Return a good answer; raise what any other means."""
        if reply.status in {FIREWALL, RESTRICTED}:
            self.hosts.refuse(host, reply.status)
            raise _Refused
        complaint = _complaint(reply)
        if reply.status in {TOO_MANY, BANNED} or complaint.code == TOO_MUCH_WEIGHT:
            raise self._left_alone(reply, complaint)
        if reply.status == OK and not complaint.code:
            return _good(reply, question)
        raise _failure(reply.status, complaint, question, urlsplit(host).netloc)

    def _left_alone(self, reply: Reply, complaint: _Complaint) -> RateLimitedError:
        """Make everyone wait (429) or stop (418, and what is too long to wait for); return the error to raise."""
        banned = reply.status == BANNED or "banned until" in complaint.text
        now_ms = self.budget.server_clock.now_ms()
        seconds = wished_pause_s(
            reply.headers.get("retry-after"),
            complaint.text,
            now_ms=now_ms,
            default_s=SHORTEST_BAN_S if banned else (60_000 - now_ms % 60_000) / 1000,
        )
        if banned or seconds > MAX_WAIT_S:
            until_ms = self._clock.wall_ms() + int(seconds * 1000)
            self.budget.ban(until_ms)
            self._memory.remember(self._family, until_ms)
            log.warning("%s asks to be left alone for %.0f s (HTTP %d)", self._family, seconds, reply.status)
            return left_alone(seconds)
        self.budget.pause(seconds)
        log.warning("%s asks for a pause of %.0f s (HTTP %d)", self._family, seconds, reply.status)
        return RateLimitedError(
            "the exchange asked for a pause of {retry_after:.0f} s, again and again",
            hint="other programs may use up this address's limit; try again later, "
            "or lower [limits] weight_share in paths.toml",
            retry_after=seconds,
        )


def _complaint(reply: Reply) -> _Complaint:
    """Return what the body complains of. A good answer of any size costs a look at its first bytes only."""
    if reply.status == OK and (len(reply.body) > MAX_ERROR_TEXT * 4 or b'"code"' not in reply.body):
        return _Complaint()
    with suppress(BadResponseError):
        said = strict_json(reply.body, "")
        if isinstance(said, dict) and type(said.get("code")) is int:
            return _Complaint(said["code"], excerpt(said.get("msg", ""), MAX_ERROR_TEXT))
    return _Complaint()


def _good(reply: Reply, question: Question) -> Reply:
    if not reply.is_json:
        kind = excerpt(reply.headers.get("content-type", "nothing"), 60)
        raise bad_response(
            question.what, f"it calls itself {kind}, not JSON; a sign-in page of the network may be in the way"
        )
    return reply


def _failure(status: int, complaint: _Complaint, question: Question, host: str) -> SourceError:
    """Return the error for an answer that is none."""
    if question.symbol and complaint.code in {UNKNOWN_SYMBOL, ILLEGAL_CHARACTERS}:
        return UnknownSymbolError(
            "{symbol}: the exchange does not know this symbol",
            hint="write it as the exchange does, in capitals and without a separator: BTCUSDC",
            symbol=question.symbol,
        )
    if status in SERVER_FAULTS or complaint.code in PASSING_CODES:
        return SourceUnavailableError(
            "{host}: the exchange has a fault of its own (HTTP {status})",
            hint="try again in a few minutes",
            host=host,
            status=status,
        )
    if complaint.code:
        return BadResponseError(
            "{what}: {host} refuses the request: {text} (code {code})",
            hint="see the log; if it stays like this, ThreadX and the exchange no longer understand each other",
            what=question.what,
            host=host,
            text=complaint.text,
            code=complaint.code,
        )
    if status in REDIRECTS:
        return bad_response(question.what, f"{host} points elsewhere (HTTP {status}), which is never followed")
    if status == NOT_FOUND:
        return bad_response(question.what, f"{host} has no such page (HTTP 404); is it an exchange?")
    return bad_response(question.what, f"{host} answers with HTTP {status}")
