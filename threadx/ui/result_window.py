"""What a job found, as a table in a window of its own."""

from __future__ import annotations

import tkinter as tk

from threadx.i18n import _
from threadx.ui.dialogs import Choice, Dialog
from threadx.ui.presenters.job_results import ResultTable
from threadx.ui.theme import Theme
from threadx.ui.widgets.table import DataTable

__all__ = ["ResultWindow"]

_WRAP = 760
"""Logical pixels before the message wraps."""
_LEAST_ROWS, _MOST_ROWS = 4, 14


class ResultWindow(Dialog):
    """A result as a table that can be sorted and copied; leaves the main window usable. It is shown at once."""

    def __init__(self, parent: tk.Misc, theme: Theme, table: ResultTable) -> None:
        choices = (Choice(_("Close"), lambda: None, "Primary.TButton"),
                   Choice(_("Copy"), self._copy, closes=False))  # fmt: skip
        super().__init__(parent, theme, table.title, table.message, choices=choices, modal=False, resizable=True)
        self.message.configure(wraplength=theme.px(_WRAP))
        height = min(max(len(table.rows), _LEAST_ROWS), _MOST_ROWS)
        self.table = DataTable(self.body, theme, table.columns, height=height)
        self.table.pack(fill="both", expand=True)
        self.table.set_rows(table.rows)
        self.update_idletasks()
        main = parent.winfo_toplevel()
        width = min(self.winfo_reqwidth(), main.winfo_width() - 2 * theme.unit)
        self.geometry(f"{width}x{min(self.winfo_reqheight(), main.winfo_height() - 2 * theme.unit)}")
        self.show()

    def _copy(self) -> None:
        self.clipboard_clear()
        self.clipboard_append(self.table.tsv())
