"""How far a pipeline is: what its step reports, as a share of the whole."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace

from threadx.progress import Progress, ProgressEvent

__all__ = ["PERCENT", "step_progress"]

PERCENT = "percent"
"""The unit of the whole."""

_SHARES = {"select": 2, "download": 70, "verify": 10, "convert": 8, "indicators": 10}
"""How long the steps take beside each other, about."""


def step_progress(steps: Sequence[str], number: int, symbols: int, progress: Progress) -> Progress:
    """Return what the step with this number reports to.

    Its reports go on to `progress`, those about no symbol in particular under the step's name; and `progress` hears
    how many percent of all `steps` that makes, by reports about nothing in particular. All of them name the step.
    """
    whole, name = sum(_SHARES[step] for step in steps), str(steps[number])
    before, own = sum(_SHARES[step] for step in steps[:number]), _SHARES[steps[number]]
    share = _Share(symbols)

    def hear(event: ProgressEvent) -> None:
        progress.pass_on(replace(event, subject=event.subject or name, step=name))
        done = share.after(event)
        if done is not None:
            progress.pass_on(_percent((before + own * done) / whole, name))

    progress.raise_if_cancelled()
    progress.pass_on(_percent(before / whole, name))
    return progress.heard_by(hear)


def _percent(share: float, step: str) -> ProgressEvent:
    return ProgressEvent("", int(100 * share), 100, PERCENT, step=step)


class _Share:
    """The share of one step, from its reports. Any thread."""

    def __init__(self, symbols: int) -> None:
        self._symbols = symbols
        self._units: dict[str, str] = {}
        self._parts: dict[str, float] = {}
        self._told = -1
        self._lock = threading.Lock()

    def after(self, event: ProgressEvent) -> float | None:
        """Take a report in; return how much is done where that is a percent more than was last returned."""
        if event.total <= 0:
            return None
        with self._lock:
            if self._units.setdefault(event.subject, event.unit) != event.unit:
                return None  # a step on the way: the subject counts in its first unit
            self._parts[event.subject] = min(event.done / event.total, 1.0)
            if not event.subject and event.unit == "symbols":
                self._symbols = event.total
            named = [part for subject, part in self._parts.items() if subject]
            share = max(self._parts.get("", 0.0), sum(named) / max(self._symbols, len(named), 1))
            if int(100 * share) <= self._told:
                return None
            self._told = int(100 * share)
            return share
