"""Check boxes and one-of-several buttons without Python's Tk variables.

A Tk variable that the garbage collector frees on a worker thread raises there; these keep their value in Tk.
"""

from __future__ import annotations

import itertools
import tkinter as tk
from collections.abc import Callable, Sequence
from typing import Any

from threadx.ui.theme import ttk

__all__ = ["CheckBox", "Segments"]

_numbers = itertools.count(1)


class CheckBox(ttk.Checkbutton):
    """A check box that is asked for its value."""

    def __init__(
        self, parent: tk.Misc, text: str, *, value: bool = False, changed: Callable[[], None] | None = None
    ) -> None:
        """`changed` is called when the user changes it."""
        super().__init__(parent, text=text)
        if changed is not None:
            self.configure(command=changed)
        self.set(value)

    def get(self) -> bool:
        """Return whether it is ticked."""
        return bool(self.instate(["selected"]))

    def set(self, on: bool) -> None:  # noqa: FBT001 - a setter
        """Tick it, or not; tells nobody."""
        self.state(["!alternate", "selected" if on else "!selected"])


class Segments(ttk.Frame):
    """Buttons side by side, of which one is chosen; arrow keys move between them."""

    def __init__(self, parent: tk.Misc, options: Sequence[tuple[str, str]], chosen: Callable[[str], None]) -> None:
        """`options`: values and translated texts; `chosen` gets the value that the user chose."""
        super().__init__(parent)
        self._name = f"threadx_segments_{next(_numbers)}"
        self._last: str | None = None
        self.set("")
        self._values = [value for value, _text in options]
        self.buttons: dict[str, ttk.Radiobutton] = {}
        for column, (value, text) in enumerate(options):
            given: dict[str, Any] = {
                "text": text,
                "value": value,
                "variable": f"::{self._name}",
                "style": "Segment.Toolbutton",
            }
            button = ttk.Radiobutton(self, command=lambda value=value: chosen(value), **given)  # type: ignore[misc]
            button.grid(row=0, column=column, sticky="ew")
            self.columnconfigure(column, weight=1)
            for key, step in (("<Left>", -1), ("<Right>", 1)):
                button.bind(key, lambda _event, value=value, step=step: self._step(value, step))  # type: ignore[misc]
            self.buttons[value] = button
        self.bind("<Destroy>", self._on_destroy)

    def get(self) -> str:
        """Return the chosen value; "" where none is. Once destroyed, the last one: a dialog is gone when it answers."""
        return str(self.tk.call("set", f"::{self._name}")) if self._last is None else self._last

    def set(self, value: str) -> None:
        """Choose a value; tells nobody."""
        self.tk.call("set", f"::{self._name}", value)

    def _step(self, value: str, step: int) -> str:
        place = (self._values.index(value) + step) % len(self._values)
        button = self.buttons[self._values[place]]
        button.focus_set()
        button.invoke()
        return "break"

    def _on_destroy(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            self._last = self.get()
            self.tk.call("unset", "-nocomplain", f"::{self._name}")
