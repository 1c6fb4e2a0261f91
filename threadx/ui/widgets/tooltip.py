"""A tooltip: what a button does, and its shortcut."""

from __future__ import annotations

import tkinter as tk

from threadx.ui.theme import FONT_SMALL, Theme, ttk

__all__ = ["Tooltip"]

DELAY_MS = 500
WIDTH = 320
"""Logical pixels before the text wraps."""


class Tooltip:
    """Shows `text` under a widget when the pointer rests on it."""

    def __init__(self, widget: tk.Misc, theme: Theme, text: str, shortcut: str = "") -> None:
        """Attach to `widget`; `shortcut` is what `shortcuts.label` returns, or ""."""
        self.text = f"{text}  ({shortcut})" if shortcut else text
        self._widget = widget
        self._theme = theme
        self._after: str | None = None
        self._window: tk.Toplevel | None = None
        widget.bind("<Enter>", lambda _event: self._plan(), add="+")
        for leaving in ("<Leave>", "<ButtonPress>", "<KeyPress>"):
            widget.bind(leaving, lambda _event: self.hide(), add="+")
        widget.bind("<Destroy>", lambda _event: self.hide(), add="+")
        if isinstance(widget, ttk.Label):
            widget.configure(takefocus=False)  # with a key bound, Tk would stop at it on the way of Tab

    def show(self) -> None:
        """Show it now."""
        self.hide()
        if not self.text or not self._widget.winfo_exists():
            return
        tokens, px = self._theme.tokens, self._theme.px
        self._window = window = tk.Toplevel(self._widget, background=tokens.border)
        window.withdraw()
        window.wm_overrideredirect(boolean=True)
        tk.Label(
            window, text=self.text, font=FONT_SMALL, background=tokens.tip_bg, foreground=tokens.tip_fg,
            padx=px(8), pady=px(4), justify="left", wraplength=px(WIDTH),
        ).pack()  # fmt: skip
        window.update_idletasks()
        window.wm_geometry("+{}+{}".format(*self._corner(window)))
        window.deiconify()

    def hide(self) -> None:
        """Take it away, or do not let it come."""
        if self._after is not None:
            self._widget.after_cancel(self._after)
            self._after = None
        if self._window is not None:
            self._window.destroy()
            self._window = None

    def _plan(self) -> None:
        self.hide()
        self._after = self._widget.after(DELAY_MS, self._due)

    def _due(self) -> None:
        self._after = None
        self.show()

    def _corner(self, window: tk.Toplevel) -> tuple[int, int]:
        """Return where it goes: under the widget, above it at the lower edge of the screen, never past the right."""
        widget, gap = self._widget, self._theme.px(4)
        width, height = window.winfo_reqwidth(), window.winfo_reqheight()
        x = min(widget.winfo_rootx(), widget.winfo_vrootx() + widget.winfo_screenwidth() - width)
        y = widget.winfo_rooty() + widget.winfo_height() + gap
        if y + height > widget.winfo_screenheight():
            y = widget.winfo_rooty() - height - gap
        return max(x, 0), y
