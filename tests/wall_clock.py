"""A wall clock that tests set."""

from __future__ import annotations

from datetime import datetime


class WallClock:
    """Stands at `now` until a test sets it."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now
