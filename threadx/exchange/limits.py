"""One weight budget per exchange for the whole process: how hard it may be asked, and when not at all.

The exchange counts request weight per IP address and clock minute, whoever asks, and says in each answer how much is
used. All clients of one exchange share one budget here, so eight workers are as polite as one. After a 429 everyone
waits, then one request goes ahead alone and the others follow when it was served; after a 418 everyone stops.
"""

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime

from threadx.errors import RateLimitedError
from threadx.exchange.clock import SYSTEM_CLOCK, Clock, ServerClock
from threadx.progress import Progress

__all__ = [
    "LONGEST_PAUSE_S",
    "MAX_WAIT_S",
    "Budget",
    "Ticket",
    "left_alone",
    "shared_budget",
    "used_weight",
    "wished_pause_s",
]

DEFAULT_WEIGHT_PER_MINUTE = 6000  # what exchangeInfo announced in 2024-09; read from there as soon as it is asked
DEAREST_CALL = 100
"""No share is so small that the dearest single call (tickers: 80) would never fit."""
UNTOLD_WEIGHT = 200
"""What is spent at most before the exchange is asked for its limit: asking costs 20."""
MINUTE_MS = 60_000
MAX_WAIT_S = 900.0
"""A longer pause is not waited for: it stops the work, with a message that says until when."""
SHORTEST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 3 * 86_400.0  # the longest ban there is: Binance rest-api.md, "IP Limits", seen 2026-07
SLICE_S = 1.0
"""Waits are told anew this often, counting down."""
PROBE_POLL_S = 0.05

_BANNED_UNTIL = re.compile(r"banned until (\d{12,14})\b", re.ASCII)
_SECONDS = re.compile(r"\d{1,15}(\.\d{1,6})?", re.ASCII)
_MS_STAMP_FROM = 1e11
_USED_WEIGHT = ("x-mbx-used-weight-1m", "x-mbx-used-weight")


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to send one request; goes back to `Budget.settle`."""

    minute: int
    weight: int
    pauses: int
    """How many pauses there had been: an answer to an older question does not prove that the latest one is over."""


@dataclass(slots=True)
class _Minute:
    """What one clock minute has cost so far."""

    number: int = -1
    booked: int = 0
    told: int | None = None
    in_flight: int = 0

    def used(self) -> int:
        """Return the larger of our own count and the server's, whose answers leave out what is on its way."""
        return max(self.booked, (self.told or 0) + self.in_flight)


@dataclass(frozen=True, slots=True)
class _Wait:
    seconds: float
    why: str


class Budget:
    """The weight that may still be spent at one exchange, and its wish to be left alone. Thread-safe."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self.server_clock = ServerClock(clock)
        self._clock = clock
        self._lock = threading.Lock()
        self._limit = DEFAULT_WEIGHT_PER_MINUTE
        self._asked = False
        self._told_limit = False
        self._spent = 0
        self._minute = _Minute()
        self._resume_at_s = 0.0
        self._banned_until_ms = 0
        self._probing = False
        self._pauses = 0
        self._on_the_way = 0

    @property
    def weight_used(self) -> int | None:
        """Weight used in the current clock minute as the server last said; None while it has not."""
        with self._lock:
            self._turn_minute()
            return self._minute.told

    @property
    def banned_until_ms(self) -> int:
        """Local wall-clock ms until which nothing may be asked; 0 or a past time when nothing forbids it."""
        with self._lock:
            return self._banned_until_ms

    @property
    def announced(self) -> int | None:
        """The weight that a minute allows in all, as the exchange has said; None before it was asked."""
        with self._lock:
            return self._limit if self._told_limit else None

    def announce(self, weight_per_minute: int) -> None:
        """Take note of the limit that the exchange announces."""
        with self._lock:
            self._asked = self._told_limit = True
            self._limit = max(weight_per_minute, 1)

    def should_ask(self, weight: int) -> bool:
        """Return whether the limit should be asked for before `weight` more is spent; True once only."""
        with self._lock:
            due = not self._asked and self._spent + weight > UNTOLD_WEIGHT
            self._asked |= due
            return due

    def acquire(self, weight: int, share: float, progress: Progress) -> Ticket:
        """Return leave to spend `weight` of at most `share` of the minute's limit, waiting as long as it takes.

        Waits are told to `progress`, counting down, and end at once when it is cancelled.

        Raises:
            RateLimitedError: the exchange wants to be left alone for longer than a job should wait.
            JobCancelled: cancelled meanwhile.
        """
        while True:
            progress.raise_if_cancelled()
            with self._lock:
                wait = self._obstacle(weight, share)
                if wait is None:
                    return self._book(weight)
                used = self._minute.told
            progress.report(0, 0, "requests", waiting=wait.why, weight_used=used, wait_s=wait.seconds)
            progress.wait(min(wait.seconds, SLICE_S))

    def settle(self, ticket: Ticket, used: int | None, *, served: bool) -> None:
        """Give a ticket back once its answer is there, or has failed to come.

        Args:
            ticket: from `acquire`.
            used: weight used in this minute, as the answer says; None when it does not.
            served: the exchange did what was asked, so others may follow.
        """
        with self._lock:
            self._on_the_way -= 1
            self._turn_minute()
            if ticket.minute == self._minute.number:  # an answer from the minute before tells nothing about this one
                self._minute.in_flight -= ticket.weight
                if used is not None:
                    self._minute.told = max(self._minute.told or 0, used)
            if served and ticket.pauses == self._pauses:
                self._probing = False

    def pause(self, seconds: float) -> None:
        """Let nobody ask anything for `seconds`; then one request goes first (429)."""
        with self._lock:
            self._start_pause()
            self._resume_at_s = max(self._resume_at_s, self._clock.monotonic_s() + seconds)

    def ban(self, until_ms: int) -> None:
        """Refuse everything until `until_ms` of the local wall clock (418). Bans only grow, up to 3 days from now."""
        with self._lock:
            longest = self._clock.wall_ms() + int(LONGEST_PAUSE_S * 1000)
            self._banned_until_ms = max(self._banned_until_ms, min(until_ms, longest))
            self._start_pause()

    # --- with the lock held ---

    def _start_pause(self) -> None:
        self._probing = True
        self._pauses += 1

    def _obstacle(self, weight: int, share: float) -> _Wait | None:
        """Return what stands in the way of a request now, None when nothing does."""
        banned_s = (self._banned_until_ms - self._clock.wall_ms()) / 1000
        pause_s = self._resume_at_s - self._clock.monotonic_s()
        if max(banned_s, 0 if pause_s <= MAX_WAIT_S else pause_s) > 0:
            raise left_alone(max(banned_s, pause_s))
        if pause_s > 0:
            return _Wait(pause_s, f"waiting {_whole(pause_s)} s, the server asked")
        if self._probing and self._on_the_way:
            return _Wait(PROBE_POLL_S, "waiting for the first answer after the pause that the server asked for")
        self._turn_minute()
        ceiling = max(int(self._limit * share), DEAREST_CALL)
        if self._minute.used() + weight > ceiling:
            rest_s = (MINUTE_MS - self.server_clock.now_ms() % MINUTE_MS) / 1000
            return _Wait(rest_s, f"waiting {_whole(rest_s)} s, this minute's {ceiling} of API weight are used")
        return None

    def _book(self, weight: int) -> Ticket:
        self._on_the_way += 1
        self._spent += weight
        self._minute.booked += weight
        self._minute.in_flight += weight
        return Ticket(self._minute.number, weight, self._pauses)

    def _turn_minute(self) -> None:
        number = self.server_clock.now_ms() // MINUTE_MS
        if number != self._minute.number:
            self._minute = _Minute(number)


def left_alone(seconds: float) -> RateLimitedError:
    """Return the error for an exchange that asks for a pause too long to wait for."""
    error = RateLimitedError(
        "the exchange refuses requests from this address for another {minutes} min",
        hint="too much was asked from this internet address, maybe by other programs too; wait until then, "
        "run fewer of them, or lower [limits] weight_share in paths.toml",
        retry_after=seconds,
        minutes=max(round(seconds / 60), 1),
    )
    error.retryable = False
    return error


def wished_pause_s(header: str | None, message: str, *, now_ms: int, default_s: float) -> float:
    """Return how long the server wants to be left alone, in [1 s, 3 d].

    Args:
        header: Retry-After as it came: seconds, a date, or nonsense; None when absent.
        message: the error's text, which may say "banned until <ms>".
        now_ms: the server's time.
        default_s: what to take when nothing says anything.
    """
    told = _header_s(header.strip(), now_ms) if header is not None else None
    banned = _BANNED_UNTIL.search(message)
    if banned is not None:
        told = max(told or 0.0, (int(banned[1]) - now_ms) / 1000)
    return min(max(default_s if told is None else told, SHORTEST_PAUSE_S), LONGEST_PAUSE_S)


def used_weight(headers: Mapping[str, str]) -> int | None:
    """Return the weight used in this minute as an answer's headers (keys in lower case) tell it, else None."""
    for name in _USED_WEIGHT:
        value = headers.get(name, "").strip()
        if value.isascii() and value.isdigit() and len(value) <= 9:
            return int(value)
    return None


def shared_budget(family: str, clock: Clock = SYSTEM_CLOCK, *, lasting: bool = True) -> Budget:
    """Return this process's one budget for `family`, made at first use.

    A lasting one is kept for good: the exchange does not forget either. Another lives as long as its users do.
    """
    with _REGISTER.lock:
        budget = _REGISTER.budgets.get(family)
        if budget is None:
            budget = _REGISTER.budgets[family] = Budget(clock)
        if lasting:
            _REGISTER.kept[family] = budget
        return budget


@dataclass(slots=True)
class _Register:
    lock: threading.Lock = field(default_factory=threading.Lock)
    budgets: weakref.WeakValueDictionary[str, Budget] = field(default_factory=weakref.WeakValueDictionary)
    kept: dict[str, Budget] = field(default_factory=dict)


_REGISTER = _Register()


def _header_s(value: str, now_ms: int) -> float | None:
    if _SECONDS.fullmatch(value):
        number = float(value)
        return number if number < _MS_STAMP_FROM else (number - now_ms) / 1000  # a time in ms, as on the WebSocket
    with suppress(ValueError, TypeError, OverflowError):
        return parsedate_to_datetime(value).timestamp() - now_ms / 1000
    return None


def _whole(seconds: float) -> int:
    return max(round(seconds), 1)
