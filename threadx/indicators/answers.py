"""What the bank of indicators answers: frozen records, plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

__all__ = ["Deleted", "Ensured", "Freshness", "IndicatorStatus", "Outcome", "Why"]


class Outcome(StrEnum):
    """What it took to have the values."""

    REUSED = "reused"
    """They were there, and proven: nothing was computed or written."""
    EXTENDED = "extended"
    """Some months stood; the others were computed from the state at the edge before them."""
    COMPUTED = "computed"
    """All months were computed."""


class Why(StrEnum):
    """What decides whether a file is fresh. Never a clock."""

    SAME = "the same bars, function and parameters"
    MISSING = "no file yet"
    ADDED = "bars were added"
    CHANGED = "bars changed"
    REMOVED = "bars were removed"
    NO_BARS = "there are no bars any more"
    VERSION = "the function is another version"
    PARAMETERS = "the parameters are others"
    FORMAT = "another version of the program wrote the file"
    DAMAGED = "the file was damaged"


class Freshness(StrEnum):
    """How a file stands."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Ensured:
    """A file that is up to date now."""

    path: Path
    rows: int
    outcome: Outcome
    why: Why
    """Why it was not enough to reuse it; `SAME` where it was."""
    from_month: str | None = None
    """The first month that was computed, "2024-03"; None where none was."""
    months: tuple[str, ...] = ()
    """All that were computed."""
    seconds: float = 0.0
    """All in all, reading and writing the file too."""
    computing_s: float = 0.0
    """Of these: reading bars and computing."""
    size_bytes: int = 0
    detail: str = ""
    """What was damaged, in English."""

    @property
    def reused(self) -> bool:
        """Whether nothing was computed."""
        return self.outcome is Outcome.REUSED

    @property
    def reason(self) -> str:
        """Why, in one English line: "bars changed, from 2024-03"."""
        line = str(self.why) if self.from_month is None else f"{self.why}, from {self.from_month}"
        return f"{line} ({self.detail})" if self.detail else line


@dataclass(frozen=True, slots=True)
class IndicatorStatus:
    """How one file stands; found out without reading values."""

    provider: str
    symbol: str
    timeframe: str
    indicator: str
    params: Mapping[str, Any]
    """Every parameter; empty where the file cannot be read and nobody named them."""
    stem: str
    path: Path
    state: Freshness
    why: Why
    from_month: str | None = None
    """The first month that is not as it was."""
    rows: int = 0
    size_bytes: int = 0
    first_ms: int | None = None
    """Open time of the first bar it covers; None where it covers none."""
    last_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a delete freed; everything can be computed again."""

    files: int
    size_bytes: int
