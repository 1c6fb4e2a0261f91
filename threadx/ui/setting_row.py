"""One key of the settings: label, field, reset, explanation, default, when it acts, and what is wrong with it."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from threadx.i18n import _
from threadx.ui.presenters.setting_words import CHOICE_WORDS, Kind, SettingWords
from threadx.ui.theme import Theme, ttk
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["RowEvents", "SettingRow", "arrange"]

LABEL_WIDTH = 200
NARROW = 520
"""Below this width the label stands above the field."""
MIN_WRAP, MAX_WRAP = 160, 720
"""Logical pixels."""


@dataclass(frozen=True, slots=True)
class RowEvents:
    """Whom a row tells. `entered` returns what is wrong with the text, or ""."""

    entered: Callable[[str], str]
    reset: Callable[[], None]
    removed: Callable[[], None] | None = None
    """For a group: remove it; None: it cannot be removed."""


class SettingRow(ttk.Frame):
    """Tk thread only."""

    def __init__(
        self, parent: tk.Misc, theme: Theme, words: SettingWords, *, label: str, text: str, default: str,
        events: RowEvents,
    ) -> None:  # fmt: skip
        """`text` stands in the field; `default` is what reset puts there."""
        super().__init__(parent)
        self.words = words
        self._theme = theme
        self._default = default
        self._events = events
        self._shown = {value: _(name) for value, name in CHOICE_WORDS.get(words.name, {}).items()}
        self.columnconfigure(1, weight=1)
        self._label = ttk.Label(self, text=label)
        self._line = ttk.Frame(self)
        self.field = self._make_field(text)
        self._buttons(label)
        self.field.pack(side="left", fill="x", expand=not self._narrow)
        self.problem = ttk.Label(self, style="Danger.Small.TLabel", justify="left")
        self._explanation = ttk.Label(self, style="Small.TLabel", justify="left")
        self._explain()
        self.bind("<Configure>", lambda event: self._wrap(event.width))
        self.check(events.entered(self.value))

    @property
    def value(self) -> str:
        """What stands in the field, as the file has it."""
        shown = str(self.field.get())
        return next((value for value, name in self._shown.items() if name == shown), shown)

    @property
    def _narrow(self) -> bool:
        return self.words.kind in (Kind.WHOLE, Kind.NUMBER, Kind.CHOICE)

    def show(self, text: str) -> None:
        """Put a text into the field, as reset does."""
        shown = self._shown.get(text, text)
        if isinstance(self.field, ttk.Combobox):
            self.field.set(shown)
        else:
            self.field.delete(0, "end")
            self.field.insert(0, shown)
        self._take()

    def check(self, problem: str) -> None:
        """Show what is wrong with the field, or that nothing is."""
        kind = "TCombobox" if isinstance(self.field, ttk.Combobox) else "TEntry"
        self.field.configure(style=f"Invalid.{kind}" if problem else kind)
        if problem:
            self.problem.configure(text=problem)
            self.problem.grid(row=2, column=1, sticky="w")
        else:
            self.problem.grid_remove()
        self._reset.configure(state="disabled" if self.value == self._default else "normal")

    # -- building -------------------------------------------------------------------------------------------------

    def _make_field(self, text: str) -> ttk.Entry:
        words = self.words
        if words.kind is Kind.CHOICE:
            values = [self._shown.get(value, value) for value in words.choices]
            box = ttk.Combobox(self._line, values=values, state="readonly", width=max(12, *map(len, values)))
            box.set(self._shown.get(text, text))
            box.bind("<<ComboboxSelected>>", lambda _event: self._take())
            return box
        field = ttk.Entry(self._line, width=14 if self._narrow else 40)
        field.insert(0, text)
        if words.kind is Kind.HIDDEN:
            field.configure(show="\u2022")
        field.bind("<KeyRelease>", lambda _event: self._take())
        field.bind("<<Paste>>", lambda _event: self.after_idle(self._take), add="+")
        field.bind("<<Cut>>", lambda _event: self.after_idle(self._take), add="+")
        field.bind("<FocusOut>", lambda _event: self._take())
        return field

    def _buttons(self, label: str) -> None:
        """Right of a wide field, close to a narrow one."""
        gap, theme = self._theme.unit // 2, self._theme
        row = ttk.Frame(self._line)
        row.pack(side="right", padx=(gap, 0), fill="x", expand=self._narrow)
        if self.words.kind is Kind.HIDDEN:
            show = ttk.Button(row, text=_("Show"), style="Ghost.TButton", width=-1, command=self._reveal)
            show.pack(side="left")
        self._reset = ttk.Button(row, text="\u21ba", style="Ghost.TButton", width=2, command=self._events.reset)
        Tooltip(self._reset, theme, _("Back to the default: {default}").format(default=self._default_text()))
        if self.words.table != "groups" or self._default:
            self._reset.pack(side="left")
        if self._events.removed is not None:
            remove = ttk.Button(row, text="\u2715", style="Ghost.TButton", width=2, command=self._events.removed)
            Tooltip(remove, theme, _("Remove {name}").format(name=label))
            remove.pack(side="left")

    def _default_text(self) -> str:
        if self._default:
            return self._shown.get(self._default, self._default)
        return _("follows the data folder") if self.words.table == "paths" else _("empty")

    def _explain(self) -> None:
        if self.words.table == "groups":
            return
        when = _("acts at once") if self.words.acts_at_once else _("acts at the next start")
        default = _("Default: {default}").format(default=self._default_text())
        text = f"{_(self.words.explanation)}\n{default} · {when}"
        self._explanation.configure(text=text)
        self._explanation.grid(row=3, column=1, sticky="w", pady=(self._theme.px(2), 0))

    def _wrap(self, width: int) -> None:
        arrange(self._theme, width, self._label, self._line, (self.problem, self._explanation), sticky="ew")

    # -- what the user does ---------------------------------------------------------------------------------------

    def _take(self) -> None:
        if self.winfo_exists():
            self.check(self._events.entered(self.value))

    def _reveal(self) -> None:
        self.field.configure(show="" if self.field.cget("show") else "\u2022")


def arrange(
    theme: Theme, width: int, label: ttk.Label, field: tk.Widget, texts: Sequence[ttk.Label], *, sticky: str = "w"
) -> None:
    """Put a label beside its field, or above it where a row of this width has little room, and wrap the texts."""
    stacked = width < theme.px(NARROW)
    if (1 if stacked else 0) != label.grid_info().get("column"):
        field.master.columnconfigure(0, minsize=0 if stacked else theme.px(LABEL_WIDTH))
        label.grid(row=0, column=1 if stacked else 0, sticky="w")
        field.grid(row=1 if stacked else 0, column=1, sticky=sticky)
    room = width - (0 if stacked else theme.px(LABEL_WIDTH)) - theme.unit
    for text in texts:
        text.configure(wraplength=max(min(room, theme.px(MAX_WRAP)), theme.px(MIN_WRAP)))
