"""Whom a table tells what is done in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from threadx.ui.widgets.table_menu import MenuEntry

__all__ = ["TableEvents"]


def _nothing(*_given: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class TableEvents:
    """What the owner of a table may want to know. Called on Tk's thread."""

    chosen: Callable[[tuple[str, ...]], None] = _nothing
    """Other rows are chosen: all their keys, hidden ones too."""
    opened: Callable[[str], None] = _nothing
    """Double click or Return on a row."""
    deleted: Callable[[tuple[str, ...]], None] = _nothing
    """The Delete key, with rows chosen."""
    menu: Callable[[tuple[str, ...]], Sequence[MenuEntry | None]] | None = None
    """Entries of the context menu for the chosen rows; None between them is a line."""
    sorted: Callable[[], None] = _nothing
    """The order was changed by the user."""
