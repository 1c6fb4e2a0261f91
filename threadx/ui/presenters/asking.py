"""How presenters ask worker threads, and how a newer question replaces an older one. No Tk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from threadx.errors import ThreadXError
from threadx.progress import Progress

__all__ = ["Asking", "Latest"]

Failed = Callable[[ThreadXError], None]


class Asking(Protocol):
    """Who brings questions to worker threads and answers to Tk's: `threadx.ui.pump.Pump`."""

    def ask(
        self, function: Callable[[Progress], Any], then: Callable[[Any], None], failed: Failed | None = None
    ) -> int:
        """Run `function` on a worker; call `then` or `failed` on Tk's thread. Returns the request's id."""

    def forget(self, request: int) -> None:
        """Drop the answer of a question that no longer matters."""


class Latest:
    """One question at a time: asking again drops the answer of the one before, and its work where that is possible."""

    def __init__(self, asking: Asking, drop: Callable[[int], None]) -> None:
        """`drop`: tells the worker side, as `ThreadXBridge.drop`."""
        self._asking = asking
        self._drop = drop
        self._request: int | None = None
        self._run = 0

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return self._request is not None

    def ask(
        self, function: Callable[[Progress], Any], then: Callable[[Any], None], failed: Failed | None = None
    ) -> None:
        """Ask this in place of what was asked before."""
        self.cancel()
        run = self._run

        def answered(call: Callable[[Any], None], value: Any) -> None:  # noqa: ANN401 - whatever was asked
            if run == self._run:
                self._request = None
                call(value)

        refused = (lambda failure: answered(failed, failure)) if failed is not None else None
        self._request = self._asking.ask(function, lambda value: answered(then, value), refused)

    def cancel(self) -> None:
        """Want no answer any more."""
        self._run += 1
        if self._request is not None:
            self._asking.forget(self._request)
            self._drop(self._request)
            self._request = None
