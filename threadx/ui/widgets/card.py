"""A card: a titled area with a hairline border, the unit every page is made of."""

from __future__ import annotations

import tkinter as tk

from threadx.ui.theme import Theme, ttk

__all__ = ["Card"]


class Card(ttk.Frame):
    """Put widgets into `body`; buttons and counts that belong beside the title into `tools` (packed from the right)."""

    def __init__(self, parent: tk.Misc, theme: Theme, title: str = "") -> None:
        super().__init__(parent, style="Card.TFrame", padding=theme.unit + theme.px(1))
        self.theme = theme
        self.header = ttk.Frame(self)
        self.title = ttk.Label(self.header, text=title, style="Title.TLabel")
        self.title.pack(side="left")
        self.tools = ttk.Frame(self.header)
        self.tools.pack(side="right")
        if title:
            self.header.pack(fill="x", pady=(0, theme.unit))
        self.body = ttk.Frame(self)
        self.body.pack(fill="both", expand=True)
