"""What the user has chosen, shared by all tabs: symbols, timeframe, range, and what was downloaded last."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Choice", "Look", "Selection", "Wish"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A wish to see a stretch of time in Charts. Each is a wish of its own: the same stretch may be asked for again."""

    start_ms: int
    """UTC, inclusive."""
    end_ms: int
    """UTC, exclusive."""


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """A wish to see an indicator in Charts. Each is a wish of its own."""

    name: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """One state of the selection."""

    symbols: tuple[str, ...] = ()
    """In the order they were chosen; the first is what charts show."""
    timeframe: str = "1h"
    start_ms: int | None = None
    """UTC, inclusive; None: as far back as there is."""
    end_ms: int | None = None
    """UTC, exclusive; None: until now."""
    last_download: tuple[str, ...] = ()
    """Symbols of the last download that stored something."""
    look: Look | None = None
    """What Charts were last asked to show."""
    wish: Wish | None = None
    """The indicator that Charts were last asked to show."""

    @property
    def symbol(self) -> str | None:
        """The first chosen symbol; None where none is."""
        return self.symbols[0] if self.symbols else None


Observer = Callable[[Choice], None]


class Selection:
    """The one shared choice. Tk thread only: observers are called at once, in the order they came."""

    def __init__(self, choice: Choice | None = None) -> None:
        self._choice = Choice() if choice is None else choice
        self._observers: list[Observer] = []

    @property
    def choice(self) -> Choice:
        """The present state."""
        return self._choice

    def update(self, **changes: Any) -> None:  # noqa: ANN401 - the fields of Choice, checked by it
        """Change fields of the choice and tell the observers, unless nothing changed."""
        changed = dataclasses.replace(self._choice, **changes)
        if changed == self._choice:
            return
        self._choice = changed
        for observer in tuple(self._observers):
            self._tell(observer)

    def observe(self, observer: Observer) -> Callable[[], None]:
        """Call `observer` at each change from now on; return what ends that. Views end it when they are destroyed."""
        self._observers.append(observer)

        def end() -> None:
            if observer in self._observers:
                self._observers.remove(observer)

        return end

    def _tell(self, observer: Observer) -> None:
        try:
            observer(self._choice)
        except Exception:  # one tab's slip must not keep the news from the others; it ends a Tk callback
            log.exception("an observer of the selection failed")
