"""The card of the Snapshots tab that shows what a date holds: its files, and the beginning of one as table or text."""

from __future__ import annotations

import math
import tkinter as tk
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Literal

from threadx.i18n import _
from threadx.ui.context import PageContext
from threadx.ui.presenters.snapshot_contents import Contents, Shown
from threadx.ui.presenters.table_rows import Row
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.check_box import Segments
from threadx.ui.widgets.table import Column, DataTable, TableEvents
from threadx.ui.widgets.tooltip import Tooltip

if TYPE_CHECKING:
    from threadx.bridge.snapshot_views import Preview

__all__ = ["ContentsCard"]

_NARROWEST, _WIDEST = 52, 220
"""Logical pixels."""
_CHARACTER = 9
"""Logical pixels of a character, about."""


class ContentsCard(Card):
    """Draws what `Contents` says. Tk thread only."""

    def __init__(
        self, parent: tk.Misc, context: PageContext, presenter: Contents, bring_back: Callable[[], object]
    ) -> None:
        super().__init__(parent, context.theme, _("Contents"))
        self._context = context
        self._presenter = presenter
        self._quiet = False
        self._shown = Shown()
        self._look = "table"
        theme, gap = context.theme, context.theme.unit
        self.note = ttk.Label(self.tools, style="Small.TLabel")
        self.note.pack(side="left", padx=(0, gap))
        self.looks = Segments(self.tools, (("table", _("Table")), ("text", _("Text"))), self._chosen_look)
        for name, tip in (("table", _("The longest list in the file, as a table")), ("text", _("The file as it is"))):
            Tooltip(self.looks.buttons[name], theme, tip)
        self.body.columnconfigure(0, weight=2, uniform="contents")
        self.body.columnconfigure(1, weight=3, uniform="contents")
        self.body.rowconfigure(0, weight=1)
        columns = (Column("file", _("File"), 140, stretch=True), Column("size", _("Size"), 66, "right", optional=1))
        self.files = DataTable(self.body, theme, columns, TableEvents(chosen=self._chosen), height=2, multiple=False)
        self.files.grid(row=0, column=0, sticky="nsew", padx=(0, gap))
        self._place = ttk.Frame(self.body)
        self._place.grid(row=0, column=1, sticky="nsew")
        self._place.pack_propagate(flag=False)
        self.table: DataTable | None = None
        self.text = theme.text(self._place, height=2, width=20, state="disabled", wrap="none")
        self._bar = ttk.Scrollbar(self._place, orient="vertical", command=self.text.yview)
        self.text.configure(yscrollcommand=self._bar.set)
        self.word = ttk.Frame(self._place)
        self.why = ttk.Label(self.word, style="Muted.TLabel", justify="left", anchor="center")
        self.why.pack(pady=(gap, 0))
        self.bring_back = ttk.Button(self.word, text=_("Bring back"), command=bring_back)
        Tooltip(self.bring_back, theme, _("Unpack the chosen dates beside their archive, which stays"))
        self._place.bind("<Configure>", lambda event: self.why.configure(wraplength=max(event.width - 2 * gap, 1)))

    # -- what the presenter says ----------------------------------------------------------------------------------

    def show_files(self, title: str, rows: Sequence[Row], chosen: str) -> None:
        """Show the files of the chosen date."""
        self.title.configure(text=_("Contents of {date}").format(date=title) if title else _("Contents"))
        self._quiet = True
        try:
            self.files.set_rows(rows)
            self.files.choose([chosen] if chosen else [])
        finally:
            self._quiet = False

    def show_content(self, shown: Shown) -> None:
        """Show the beginning of the chosen file, or why there is nothing to show."""
        self._shown = shown
        preview = shown.preview
        both = preview is not None and bool(preview.columns) and bool(preview.text)
        if both:
            self.looks.pack(side="left")
        else:
            self.looks.pack_forget()
        self._draw()

    def _draw(self) -> None:
        shown, preview = self._shown, self._shown.preview
        for widget in (self.text, self._bar, self.word):
            widget.pack_forget()
        if self.table is not None:
            self.table.destroy()
            self.table = None
        self.note.configure(text=shown.note if preview is not None else "")
        if preview is None:
            self.why.configure(text=shown.note, style="Danger.TLabel" if shown.problem else "Muted.TLabel")
            if shown.packed:
                self.bring_back.pack(pady=(self.theme.unit, 0))
            else:
                self.bring_back.pack_forget()
            self.word.pack(fill="both", expand=True)
            return
        self.looks.set(self._look)
        if preview.columns and (self._look == "table" or not preview.text):
            self._draw_table(preview)
        else:
            self._draw_text(preview.text)

    def _draw_table(self, preview: Preview) -> None:
        columns = [
            Column(str(place), name, _width(name, place, preview.rows), _align(place, preview.rows))
            for place, name in enumerate(preview.columns)
        ]
        rows = [Row(str(number), cells, _values(cells)) for number, cells in enumerate(preview.rows)]
        self.table = DataTable(self._place, self.theme, columns, height=2)
        self.table.set_rows(rows)
        self.table.pack(fill="both", expand=True)

    def _draw_text(self, text: str) -> None:
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        self.text.insert("end", text)
        self.text.configure(state="disabled")
        self._bar.pack(side="right", fill="y")
        self.text.pack(fill="both", expand=True)

    # -- what the user does ---------------------------------------------------------------------------------------

    def _chosen(self, keys: tuple[str, ...]) -> None:
        if keys and not self._quiet:
            self._presenter.choose(keys[0])

    def _chosen_look(self, look: str) -> None:
        self._look = look
        self._draw()


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _values(cells: Sequence[str]) -> tuple[tuple[int, float, str], ...]:
    """Return what cells sort by: numbers as numbers, before words."""
    numbers = map(_number, cells)
    return tuple(
        (1, 0.0, cell.casefold()) if value is None or math.isnan(value) else (0, value, "")
        for cell, value in zip(cells, numbers, strict=True)
    )


def _align(place: int, rows: Sequence[Sequence[str]]) -> Literal["left", "right"]:
    cells = [row[place] for row in rows if row[place] not in ("", "None", "nan", "<NA>")]
    return "right" if cells and all(_number(cell) is not None for cell in cells) else "left"


def _width(name: str, place: int, rows: Sequence[Sequence[str]]) -> int:
    longest = max([len(name) + 2, *(len(row[place]) + 1 for row in rows[:50])])
    return min(max(longest * _CHARACTER, _NARROWEST), _WIDEST)
