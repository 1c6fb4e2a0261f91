"""A column of widgets that scrolls where it does not fit, and brings what has the keyboard into view."""

from __future__ import annotations

import tkinter as tk
from weakref import WeakSet

from threadx.ui.theme import Theme, ttk

__all__ = ["ScrollArea"]

_WHEEL = ("<MouseWheel>", "<Button-4>", "<Button-5>")
_NOTCH = 120
"""What one notch of a wheel counts on Windows."""


class ScrollArea(ttk.Frame):
    """Put widgets into `body`, then call `ready`. Tk thread only."""

    def __init__(self, parent: tk.Misc, theme: Theme) -> None:
        super().__init__(parent)
        self._step = theme.px(40)
        self._heard: WeakSet[tk.Misc] = WeakSet()
        """Widgets that scroll already: binding again would only pile up."""
        self._canvas = theme.canvas(self, takefocus=False)
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self._canvas.yview)
        self._canvas.configure(yscrollcommand=self._place_bar)
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self._canvas.grid(row=0, column=0, sticky="nsew")
        self._bar.grid(row=0, column=1, sticky="ns")
        self.body = ttk.Frame(self._canvas)
        self._window = self._canvas.create_window(0, 0, anchor="nw", window=self.body)
        self.body.bind("<Configure>", lambda _event: self._fit())
        self._canvas.bind("<Configure>", lambda _event: self._fit())

    def ready(self) -> None:
        """Let wheel and keyboard scroll for all widgets that are in `body` now."""
        self._listen(self.body)
        self._listen(self._canvas)

    def see(self, widget: tk.Misc) -> None:
        """Scroll so that a widget of `body` is in view."""
        top = widget.winfo_rooty() - self.body.winfo_rooty()
        height, seen = max(self.body.winfo_height(), 1), self._canvas.winfo_height()
        first = self._canvas.canvasy(0)
        if top < first:
            self._canvas.yview_moveto(top / height)
        elif top + widget.winfo_height() > first + seen:
            self._canvas.yview_moveto((top + widget.winfo_height() - seen) / height)

    def _listen(self, widget: tk.Misc) -> None:
        if widget not in self._heard:
            self._heard.add(widget)
            for event in _WHEEL:
                widget.bind(event, self._on_wheel, add="+")
            if str(widget.cget("takefocus")):  # else the binding itself would make Tab stop at frames and labels
                widget.bind("<FocusIn>", lambda event: self.see(event.widget), add="+")
        for child in widget.winfo_children():
            self._listen(child)

    def _on_wheel(self, event: tk.Event[tk.Misc]) -> str:
        up = event.num == 4 or event.delta > 0  # 4 and 5 are the wheel on X11
        if isinstance(event.widget, (ttk.Treeview, tk.Text)):
            above, below = event.widget.yview()
            if above > 0.0 if up else below < 1.0:
                return ""  # a table or a text scrolls itself as far as it can
        notches = max(abs(event.delta) // _NOTCH, 1)
        if float(self._canvas.yview()[1]) - float(self._canvas.yview()[0]) < 1.0:
            first = self._canvas.canvasy(0) + (-1 if up else 1) * notches * self._step
            self._canvas.yview_moveto(max(first, 0) / max(self.body.winfo_height(), 1))
        return "break"  # a wheel over a field scrolls the column and does not change the field

    def _fit(self) -> None:
        width, height = self._canvas.winfo_width(), self.body.winfo_reqheight()
        self._canvas.itemconfigure(self._window, width=width)
        self._canvas.configure(scrollregion=(0, 0, width, height))

    def _place_bar(self, low: float, high: float) -> None:
        self._bar.set(low, high)
        if float(low) <= 0.0 and float(high) >= 1.0:
            self._bar.grid_remove()
        else:
            self._bar.grid()
