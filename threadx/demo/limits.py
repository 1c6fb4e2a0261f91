"""Request weight per clock minute: 429 when it is used up, 418 for a client that does not listen."""

from __future__ import annotations

import threading
from dataclasses import dataclass

__all__ = ["Verdict", "WeightLimiter"]

_FIRST_BAN_MS = 2 * 60_000
_LONGEST_BAN_MS = 3 * 86_400_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of a request."""

    used: int
    """Weight used in this minute, this request included; what the headers tell."""
    status: int = 200
    retry_after_s: int = 0
    banned_until_ms: int = 0


class WeightLimiter:
    """Counts weight in fixed clock minutes, as the exchange does.

    A request over the limit is answered with 429. After `patience` of them in one minute the address is banned: 418
    for two minutes, doubled at each further ban up to three days. Safe to use from any thread.
    """

    def __init__(self, limit: int, patience: int) -> None:
        self.limit = limit
        self._patience = patience
        self._lock = threading.Lock()
        self._minute = -1
        self._used = 0
        self._refused = 0
        self._bans = 0
        self._banned_until_ms = 0

    def charge(self, weight: int, now_ms: int) -> Verdict:
        """Count a request and say whether it is served."""
        with self._lock:
            self._turn(now_ms)
            if now_ms < self._banned_until_ms:
                return self._banned(now_ms)
            if self._used + weight <= self.limit:
                self._used += weight
                return Verdict(self._used)
            self._refused += 1
            if self._refused > self._patience:
                self._banned_until_ms = now_ms + min(_FIRST_BAN_MS << self._bans, _LONGEST_BAN_MS)
                self._bans += 1
                return self._banned(now_ms)
            return Verdict(self._used + weight, 429, retry_after_s=60 - now_ms % 60_000 // 1000)

    def used(self, now_ms: int) -> int:
        """Return the weight used in this minute."""
        with self._lock:
            self._turn(now_ms)
            return self._used

    def preset(self, used: int, now_ms: int) -> None:
        """Let another program on the same address have used so much weight in this minute."""
        with self._lock:
            self._turn(now_ms)
            self._used = used

    def _turn(self, now_ms: int) -> None:
        if now_ms // 60_000 != self._minute:
            self._minute, self._used, self._refused = now_ms // 60_000, 0, 0

    def _banned(self, now_ms: int) -> Verdict:
        left_s = -(-(self._banned_until_ms - now_ms) // 1000)
        return Verdict(self._used, 418, left_s, self._banned_until_ms)
