"""Python's garbage collection as a window needs it: on Tk's thread, in small bites, and not over what always stays.

By itself the collector runs in whatever thread has just made an object, and stops all others meanwhile: a full round
over the 150,000 objects of pandas, matplotlib and the window takes some 80 ms. In a worker it may also meet Tk's
variables and images, which only Tk's thread may free.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

__all__ = ["Litter"]

YOUNG_EVERY_MS = 500
FULL_EVERY = 1_200
"""Turns between full rounds, ten minutes; they wait until no job runs."""
_YOUNG = 1


class Litter:
    """Collects for one window, from `start` to `stop`. Tk thread only."""

    def __init__(self, later: Callable[[int, Callable[[], object]], None], busy: Callable[[], bool]) -> None:
        """Leave Python's own ways in force until `start`.

        Args:
            later: calls once after so many milliseconds.
            busy: whether jobs run.
        """
        self._later = later
        self._busy = busy
        self._started = False
        self._turns = 0

    def start(self) -> None:
        """Collect here, and nowhere else."""
        self._started = True
        gc.disable()
        self._later(YOUNG_EVERY_MS, self._turn)

    def stop(self) -> None:
        """Give collection back to Python."""
        if self._started:
            self._started = False
            gc.enable()

    def sweep(self) -> None:
        """Free all that nobody holds any more, and look no more at what is left."""
        self._turns = 0
        if self._started:
            gc.unfreeze()
        gc.collect()
        if self._started:
            gc.freeze()

    def settle(self) -> None:
        """All that a window needs is loaded: from now on it is in nobody's way."""
        if self._started:
            self.sweep()

    def _turn(self) -> None:
        if not self._started:
            return
        self._turns += 1
        if self._turns >= FULL_EVERY and not self._busy():
            self.sweep()
        else:
            gc.collect(_YOUNG)
        self._later(YOUNG_EVERY_MS, self._turn)
