"""The parameters of an indicator as fields, judged as they are typed: what is wrong stands in red beneath them."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from threadx.ui.presenters.indicator_form import Field, Judged
from threadx.ui.theme import Theme, ttk
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["ParameterFields"]

_FIELD_WIDTH = 8
_WRAP = 280
"""Logical pixels before what is wrong wraps."""


class ParameterFields(ttk.Frame):
    """Fields beside their labels. Tk thread only."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        judge: Callable[[Mapping[str, str]], Judged],
        changed: Callable[[Judged], None],
        entered: Callable[[], object] = lambda: None,
    ) -> None:
        """Make it without fields.

        Args:
            parent: where it stands.
            theme: colours and sizes.
            judge: says what typed texts mean.
            changed: called with that at every key, and when other fields are shown.
            entered: Return was pressed in a field.
        """
        super().__init__(parent)
        self._theme = theme
        self._judge = judge
        self._changed = changed
        self._entered = entered
        self._rows: list[tk.Widget] = []
        self._first: dict[str, str] = {}
        self.typed: dict[str, str] = {}
        """What was typed over what stood there at first, by the name of its field."""
        self.entries: dict[str, ttk.Entry] = {}
        self.error = ttk.Label(self, style="Danger.Small.TLabel", wraplength=theme.px(_WRAP), justify="left")
        self.columnconfigure(0, weight=1)

    def show(self, fields: Sequence[Field], first: Mapping[str, str] | None = None) -> None:
        """Show these fields in place of what was there; `first`: their texts before somebody typed."""
        for widget in self._rows:
            widget.destroy()
        self._rows, self.entries = [], {}
        self._first = {field.name: field.text for field in fields} if first is None else dict(first)
        for row, field in enumerate(fields):
            label = ttk.Label(self, text=field.label)
            label.grid(row=row, column=0, sticky="w", pady=self._theme.px(2))
            entry = ttk.Entry(self, width=_FIELD_WIDTH, justify="right")
            entry.insert(0, field.text)
            entry.grid(row=row, column=1, sticky="e", padx=(self._theme.unit, 0), pady=self._theme.px(2))
            # no Tk variable: one that the garbage collector frees on a worker thread raises there
            entry.configure(validate="key", validatecommand=(self.register(partial(self._typed, field.name)), "%P"))
            for key in ("<Return>", "<KP_Enter>"):
                entry.bind(key, lambda _event: self._enter())
            Tooltip(entry, self._theme, field.tip)
            self._rows += [label, entry]
            self.entries[field.name] = entry
        self.error.grid(row=len(fields), column=0, columnspan=2, sticky="w")
        self.judge()

    def judge(self) -> Judged:
        """Say what stands there, and show what is wrong with it."""
        return self._told({name: entry.get() for name, entry in self.entries.items()})

    def _typed(self, name: str, text: str) -> bool:
        self._told({each: text if each == name else entry.get() for each, entry in self.entries.items()})
        return True

    def _told(self, texts: Mapping[str, str]) -> Judged:
        judged = self._judge(texts)
        self.typed = {name: text for name, text in texts.items() if text != self._first.get(name)}
        for name, entry in self.entries.items():
            entry.configure(style="Invalid.TEntry" if name == judged.wrong else "TEntry")
        self.error.configure(text=judged.error)
        if judged.error:
            self.error.grid()
        else:
            self.error.grid_remove()
        self._changed(judged)
        return judged

    def _enter(self) -> str:
        self._entered()
        return "break"
