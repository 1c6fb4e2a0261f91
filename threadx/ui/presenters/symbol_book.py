"""Which symbols are offered and which are chosen: all of them, the largest, a group or a list. No Tk."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from threadx.bars.dates import DAY_MS
from threadx.ui.presenters.user_lists import UserLists

if TYPE_CHECKING:
    from threadx.bridge.market import SymbolRow

__all__ = ["Mode", "SymbolBook", "SymbolLine"]

STALE_MS = DAY_MS
"""A symbol whose last bar is older is stale."""


class Mode(StrEnum):
    """What the list of symbols offers."""

    SEVERAL = "several"
    """Every symbol: choose one or several."""
    TOP = "top"
    """The largest hundred by market capitalisation and volume, all chosen at first."""
    GROUP = "group"
    """A group of the settings or a list of the user, all chosen at first."""


@dataclass(frozen=True, slots=True)
class SymbolLine:
    """One symbol as it is shown."""

    symbol: str
    last_bar_ms: int | None
    """Open time of the last stored minute."""
    age_ms: int | None
    """How long ago that minute ended; None where nothing is stored."""
    listed: bool
    """Whether the exchange trades it now; True while that is not known."""

    @property
    def stale(self) -> bool:
        """Whether its last bar is older than a day."""
        return self.age_ms is not None and self.age_ms > STALE_MS


class SymbolBook:
    """Symbols, modes and choices. Each mode keeps its own choice."""

    def __init__(
        self, groups: Mapping[str, Sequence[str]], lists: UserLists, *, mode: Mode = Mode.SEVERAL, group: str = ""
    ) -> None:
        """`groups`: those of the settings, by name, as symbols."""
        self._groups = {name: tuple(symbols) for name, symbols in groups.items()}
        self.lists = lists
        self.mode = mode
        self.group = group if group in self.group_names() else next(iter(self.group_names()), "")
        self._rows: dict[str, SymbolRow] = {}
        self._online = False
        self._top: tuple[str, ...] = ()
        self._chosen: dict[str, tuple[str, ...]] = {}

    # -- what is known --------------------------------------------------------------------------------------------

    def set_listed(self, rows: Iterable[SymbolRow]) -> None:
        """Take what the exchange lists and the bank holds."""
        self._online = True
        self._rows = {row.symbol: row for row in rows if row.tradable or row.last_bar_ms is not None}

    def set_stored(self, rows: Iterable[SymbolRow]) -> frozenset[str]:
        """Take what the bank holds: last bars anew, and symbols that nobody listed; return what changed."""
        stored = {row.symbol: row for row in rows}
        before = self._rows
        kept = {name: row for name, row in before.items() if row.tradable or name in stored}
        self._rows = {name: _with_last(row, stored.get(name)) for name, row in kept.items()}
        self._rows |= {name: row for name, row in stored.items() if name not in kept}
        changed = {name for name, row in self._rows.items() if before.get(name) != row}
        return frozenset(changed | (set(before) - set(self._rows)))

    def set_top(self, symbols: Iterable[str]) -> None:
        """Take the ranking."""
        self._top = tuple(symbols)

    @property
    def online(self) -> bool:
        """Whether the exchange has told its symbols."""
        return self._online

    @property
    def ranked(self) -> bool:
        """Whether the ranking is known."""
        return bool(self._top)

    @property
    def names(self) -> frozenset[str]:
        """Every symbol there is."""
        return frozenset(self._rows)

    def last_bar_ms(self, symbol: str) -> int | None:
        """Return the open time of a symbol's last stored minute; None where nothing is stored."""
        row = self._rows.get(symbol)
        return None if row is None else row.last_bar_ms

    def stored(self) -> tuple[str, ...]:
        """Return the symbols with bars."""
        return tuple(name for name, row in self._rows.items() if row.last_bar_ms is not None)

    # -- what is offered ------------------------------------------------------------------------------------------

    def group_names(self) -> tuple[str, ...]:
        """Return the groups of the settings, then the user's lists."""
        return (*self._groups, *self.lists.names())

    def members(self) -> tuple[str, ...]:
        """Return the symbols that the present mode offers, in order."""
        if self.mode is Mode.TOP:
            return self._top
        if self.mode is Mode.GROUP:
            return self._groups.get(self.group) or self.lists.symbols(self.group)
        return tuple(sorted({*self._rows, *self._chosen.get(self._place, ())}))

    def lines(self, now_ms: int) -> list[SymbolLine]:
        """Return what is offered, as it is shown at an instant."""
        return [self.line(symbol, now_ms) for symbol in self.members()]

    def line(self, symbol: str, now_ms: int) -> SymbolLine:
        """Return one symbol as it is shown."""
        row = self._rows.get(symbol)
        last = None if row is None else row.last_bar_ms
        age = None if last is None else max(now_ms - last - 60_000, 0)
        return SymbolLine(symbol, last, age, listed=not self._online or (row is not None and row.tradable))

    # -- what is chosen -------------------------------------------------------------------------------------------

    @property
    def _place(self) -> str:
        return f"{self.mode}:{self.group}" if self.mode is Mode.GROUP else str(self.mode)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The symbols chosen in the present mode, in the order they were chosen."""
        given = self._chosen.get(self._place)
        if given is not None or self.mode is Mode.SEVERAL:
            return given or ()
        return tuple(line.symbol for line in self.lines(0) if line.listed)

    def choose(self, symbols: Iterable[str]) -> bool:
        """Choose exactly these; return whether that is a change."""
        chosen = tuple(dict.fromkeys(symbols))
        changed = chosen != self.chosen
        self._chosen[self._place] = chosen
        return changed

    def forget_choice(self, group: str) -> None:
        """Choose all of a group again: its members have changed."""
        self._chosen.pop(f"{Mode.GROUP}:{group}", None)


def _with_last(row: SymbolRow, stored: SymbolRow | None) -> SymbolRow:
    last = None if stored is None else stored.last_bar_ms
    return row if row.last_bar_ms == last else dataclasses.replace(row, last_bar_ms=last)
