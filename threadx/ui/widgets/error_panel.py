"""What stands in a tab whose page could not be built."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable

from threadx.errors import ThreadXError
from threadx.i18n import _, error_text
from threadx.ui.theme import Theme, ttk

__all__ = ["ErrorPanel"]


class ErrorPanel(ttk.Frame):
    """Says why, offers the details and another try."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        error: Exception,
        details: str,
        copy: Callable[[str], None],
        again: Callable[[], None],
    ) -> None:
        """Show `error`; `details` is its traceback."""
        super().__init__(parent, padding=theme.unit * 2)
        ttk.Label(self, text=_("This tab cannot be shown"), style="Title.TLabel").pack(anchor="w")
        self.reason = ttk.Label(self, text=_reason(error), style="Danger.TLabel", wraplength=theme.px(700))
        self.reason.pack(anchor="w", pady=(theme.unit, 0))
        told = _("The other tabs work. The details are in the log.")
        ttk.Label(self, text=told, style="Muted.TLabel").pack(anchor="w", pady=(theme.unit, 0))
        row = ttk.Frame(self)
        row.pack(anchor="w", pady=theme.unit)
        ttk.Button(row, text=_("Copy details"), command=lambda: copy(details)).pack(side="left")
        self.retry = ttk.Button(row, text=_("Try again"), command=again)
        self.retry.pack(side="left", padx=theme.unit)
        text = theme.text(self, height=12)
        text.insert("1.0", details)
        text.configure(state="disabled")
        text.pack(fill="both", expand=True)


def _reason(error: Exception) -> str:
    if isinstance(error, ThreadXError):
        return error_text(error)
    return f"{type(error).__name__}: {error}"
