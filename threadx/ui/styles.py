"""The looks of widgets by role, as ttk styles drawn on clam's elements: the same with and without ttkbootstrap.

Buttons   TButton (outline), Primary.TButton (filled, one per tab), Danger.TButton (red outline),
          Ghost.TButton (no border), Chip.TButton (small, for presets and filters),
          Segment.Toolbutton (one of several: radio or check button drawn as a button)
Labels    TLabel, Title.TLabel, Muted.TLabel, Small.TLabel (small and muted), Mono.TLabel, Danger.TLabel,
          Warning.TLabel, Success.TLabel, Primary.TLabel; *.Small.TLabel for small coloured ones
Frames    TFrame, Card.TFrame (hairline border)
Fields    TEntry, TCombobox, TSpinbox; Invalid.TEntry, Invalid.TSpinbox, Invalid.TCombobox (red border)
Others    Treeview, TNotebook, Horizontal.TProgressbar (thin), Success./Danger.Horizontal.TProgressbar,
          TSeparator, TPanedwindow, TCheckbutton, TRadiobutton, scroll bars
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Iterable
from tkinter import ttk
from typing import Any

from threadx.ui.menu_room import make_room
from threadx.ui.tokens import Tokens

__all__ = ["FONT_BODY", "FONT_MONO", "FONT_SMALL", "FONT_TITLE", "StyleSheet"]

FONT_TITLE = "ThreadXTitle"
FONT_BODY = "ThreadXBody"
FONT_SMALL = "ThreadXSmall"
FONT_MONO = "ThreadXMono"

_BAR: Any = [("Thin.trough", {"sticky": "nswe", "children": [("Thin.pbar", {"side": "left", "sticky": "ns"})]})]
"""Of Tk's default theme: clam's own is 10 pixels thick at least, and ttkbootstrap's picture ends in a notch."""
_FLAT_ITEM: Any = [
    ("Treeitem.padding", {"sticky": "nswe", "children": [("Treeitem.image", {"side": "left", "sticky": ""}),
                                                         ("Treeitem.text", {"side": "left", "sticky": ""})]}),
]  # fmt: skip
"""Without the room for the arrow of a tree: no row of ours has rows below it."""
_INVALID = ("TEntry", "TSpinbox", "TCombobox")


class StyleSheet:
    """Writes the role styles of one look into Tk's current theme."""

    def __init__(
        self, root: tk.Misc, tokens: Tokens, px: Callable[[float], int], row_height: int, *, plain: bool
    ) -> None:
        """Prepare to write; `plain`: nobody draws check boxes and scroll bars, so clam's get our colours too."""
        self._style = ttk.Style(root)
        self._plain = plain
        self._root = root
        self._tokens = tokens
        self._px = px
        self._row_height = row_height

    def write(self) -> None:
        """Write all of them; done again after each change of theme or zoom."""
        self._base()
        self._labels()
        self._buttons()
        self._frames()
        self._fields()
        self._tables()
        self._notebook()
        self._bars()
        self._options()
        if self._plain:
            self._clam_parts()

    def _configure(self, name: str, **options: Any) -> None:  # noqa: ANN401 - as ttk takes them
        self._style.configure(name, **options)

    def _map(self, name: str, **states: Iterable[tuple[Any, ...]]) -> None:
        self._style.map(name, None, **states)

    def _base(self) -> None:
        t = self._tokens
        self._configure(
            ".", background=t.bg, foreground=t.fg, font=FONT_BODY, bordercolor=t.border, lightcolor=t.bg,
            darkcolor=t.bg, troughcolor=t.trough, focuscolor=t.primary, insertcolor=t.fg,
            selectbackground=t.select_bg, selectforeground=t.select_fg, fieldbackground=t.input_bg,
        )  # fmt: skip
        self._map(".", foreground=[("disabled", t.faint)])

    def _labels(self) -> None:
        t = self._tokens
        self._configure("TLabel", background=t.bg, foreground=t.fg)
        self._configure("Title.TLabel", font=FONT_TITLE)
        self._configure("Small.TLabel", font=FONT_SMALL, foreground=t.muted)
        self._configure("Mono.TLabel", font=FONT_MONO, foreground=t.muted)
        colours = {
            "Muted": t.muted,
            "Danger": t.danger,
            "Warning": t.warning,
            "Success": t.success,
            "Primary": t.primary,
        }
        for role, colour in colours.items():
            self._configure(f"{role}.TLabel", foreground=colour)
            self._configure(f"{role}.Small.TLabel", foreground=colour)

    def _buttons(self) -> None:
        t, px = self._tokens, self._px
        common = {
            "font": FONT_BODY, "relief": "raised", "borderwidth": 1, "anchor": "center", "padding": (px(10), px(4)),
            "focusthickness": px(1), "shiftrelief": 0,
        }  # fmt: skip
        self._button("TButton", common, fill=t.header, ink=t.fg, border=t.border, hover=t.hover)
        self._button("Ghost.TButton", common, fill=t.bg, ink=t.fg, border=t.bg, hover=t.hover)
        self._button("Danger.TButton", common, fill=t.bg, ink=t.danger, border=t.danger, hover=t.hover)
        self._button("Outline.TButton", common, fill=t.bg, ink=t.primary, border=t.primary, hover=t.hover)
        self._button(
            "Primary.TButton", common, fill=t.primary_fill, ink=t.on_primary, border=t.primary_fill, hover=t.primary
        )
        small = common | {"font": FONT_SMALL, "padding": (px(6), px(2))}
        self._button("Chip.TButton", small, fill=t.bg, ink=t.fg, border=t.bg, hover=t.hover)
        self._button("Legend.TButton", small | {"padding": (px(3), 0)}, fill=t.bg, ink=t.fg, border=t.bg, hover=t.hover)
        self._button("TMenubutton", common, fill=t.header, ink=t.fg, border=t.border, hover=t.hover)
        self._button("Segment.Toolbutton", small, fill=t.bg, ink=t.muted, border=t.border, hover=t.hover)
        self._map("Segment.Toolbutton", foreground=[("disabled", t.faint), ("selected", t.fg)])
        chosen = [("selected", t.header), ("hover !disabled", t.hover)]
        self._map("Segment.Toolbutton", background=chosen, lightcolor=chosen, darkcolor=chosen)

    def _button(self, name: str, common: dict[str, object], *, fill: str, ink: str, border: str, hover: str) -> None:
        t = self._tokens
        self._configure(
            name, foreground=ink, background=fill, lightcolor=fill, darkcolor=fill, bordercolor=border,
            focuscolor=ink, **common,
        )  # fmt: skip
        over = [("disabled", t.bg), ("pressed", hover), ("hover", hover), ("focus", fill)]
        edge = [("disabled", t.border if border != t.bg else t.bg), ("focus", t.primary), ("hover", border)]
        on_hover = [("disabled", t.faint)] + ([("hover", t.bg)] if hover == t.primary and t.bg < "#8" else [])
        self._map(name, background=over, lightcolor=over, darkcolor=over, bordercolor=edge, foreground=on_hover)

    def _frames(self) -> None:
        t, px = self._tokens, self._px
        self._configure("TFrame", background=t.bg)
        self._configure(
            "Card.TFrame", background=t.bg, bordercolor=t.border, lightcolor=t.bg, darkcolor=t.bg, relief="raised",
            borderwidth=1,
        )  # fmt: skip
        self._configure("TSeparator", background=t.border)
        self._configure("TPanedwindow", background=t.bg)
        self._configure("Sash", sashthickness=px(8), gripcount=0, background=t.bg, lightcolor=t.bg, bordercolor=t.bg)

    def _fields(self) -> None:
        t, px = self._tokens, self._px
        for name in ("TEntry", "TCombobox", "TSpinbox"):
            self._configure(
                name, fieldbackground=t.input_bg, foreground=t.fg, bordercolor=t.border, lightcolor=t.input_bg,
                darkcolor=t.input_bg, insertcolor=t.fg, padding=(px(6), px(4)), selectbackground=t.select_bg,
                selectforeground=t.select_fg, background=t.input_bg, arrowcolor=t.fg, borderwidth=1,
                placeholderforeground=t.muted,
            )  # fmt: skip
            self._map(
                name, bordercolor=[("focus", t.primary)], lightcolor=[("focus", t.primary)],
                darkcolor=[("focus", t.primary)], foreground=[("disabled", t.faint)],
                fieldbackground=[("disabled", t.bg), ("readonly", t.input_bg)],
                selectbackground=[("readonly !focus", t.input_bg), ("!focus", t.input_bg)],
                selectforeground=[("readonly !focus", t.fg), ("!focus", t.fg)],
            )  # fmt: skip
        for name in _INVALID:
            red = [("focus", t.danger), ("!focus", t.danger)]
            self._map(f"Invalid.{name}", bordercolor=red, lightcolor=red, darkcolor=red)
        for name in ("TCheckbutton", "TRadiobutton"):
            self._configure(name, background=t.bg, foreground=t.fg, padding=px(2), focuscolor=t.primary)
            self._map(name, background=[("active", t.bg)], foreground=[("disabled", t.faint)])

    def _tables(self) -> None:
        t, px = self._tokens, self._px
        self._configure(
            "Treeview", background=t.input_bg, fieldbackground=t.input_bg, foreground=t.fg, rowheight=self._row_height,
            borderwidth=1, bordercolor=t.border, lightcolor=t.input_bg, darkcolor=t.input_bg, font=FONT_BODY,
            relief="raised",
        )  # fmt: skip
        self._map(
            "Treeview", background=[("selected", t.select_bg)], bordercolor=[("focus", t.primary)],
            foreground=[("disabled", t.faint), ("selected", t.select_fg)],
        )  # fmt: skip
        self._configure(
            "Treeview.Heading", background=t.input_bg, foreground=t.muted, font=FONT_SMALL, relief="flat",
            padding=(px(5), px(5)), borderwidth=0,
        )  # fmt: skip
        self._style.layout("Treeview.Item", _FLAT_ITEM)
        self._configure("Treeview.Item", padding=(px(5), 0, 0, 0))  # flush with the heading
        self._map("Treeview.Heading", background=[("active", t.hover)], foreground=[("active", t.fg)])

    def _notebook(self) -> None:
        t, px = self._tokens, self._px
        self._configure(
            "TNotebook", background=t.bg, bordercolor=t.border, lightcolor=t.bg, darkcolor=t.bg,
            tabmargins=(px(0), px(4), px(0), 0),
        )  # fmt: skip
        self._configure(
            "TNotebook.Tab", background=t.bg, foreground=t.muted, bordercolor=t.border, padding=(px(10), px(6)),
            lightcolor=t.bg, darkcolor=t.bg, focuscolor=t.primary, font=FONT_BODY,
        )  # fmt: skip
        self._map(
            "TNotebook.Tab", foreground=[("selected", t.fg), ("active", t.fg)],
            background=[("selected", t.bg), ("active", t.hover), ("!selected", t.bg)],
            lightcolor=[("selected", t.bg), ("!selected", t.bg)], padding=[],
        )  # fmt: skip

    def _bars(self) -> None:
        t, px = self._tokens, self._px
        for part in ("trough", "pbar"):
            if f"Thin.{part}" not in self._style.element_names():
                self._style.element_create(f"Thin.{part}", "from", "default", f"Horizontal.Progressbar.{part}")
        for prefix, colour in (("", t.primary_fill), ("Success.", t.success), ("Danger.", t.danger)):
            self._style.layout(f"{prefix}Horizontal.TProgressbar", _BAR)
            self._configure(
                f"{prefix}Horizontal.TProgressbar", background=colour, troughcolor=t.trough, bordercolor=t.trough,
                lightcolor=colour, darkcolor=colour, thickness=px(4), borderwidth=0,
            )  # fmt: skip

    def _clam_parts(self) -> None:
        """What ttkbootstrap draws otherwise: check boxes, radio buttons, scroll bars."""
        t, px = self._tokens, self._px
        for name in ("TCheckbutton", "TRadiobutton"):
            self._configure(
                name, indicatorbackground=t.input_bg, indicatorforeground=t.on_primary, indicatorsize=px(13),
                upperbordercolor=t.muted, lowerbordercolor=t.muted, indicatormargin=(0, 0, px(6), 0),
            )  # fmt: skip
            self._map(name, indicatorbackground=[("selected", t.primary_fill), ("active", t.hover)])
        for orient in ("Vertical", "Horizontal"):
            self._configure(
                f"{orient}.TScrollbar", background=t.border, troughcolor=t.bg, bordercolor=t.bg, lightcolor=t.border,
                darkcolor=t.border, arrowsize=px(12), gripcount=0, arrowcolor=t.muted, relief="flat",
            )  # fmt: skip
            self._map(f"{orient}.TScrollbar", background=[("disabled", t.bg), ("active", t.muted)])

    def _options(self) -> None:
        """What is no ttk: the list under a combobox, menus. It holds for widgets made from now on."""
        t = self._tokens
        listbox = {
            "background": t.input_bg, "foreground": t.fg, "selectBackground": t.select_bg,
            "selectForeground": t.select_fg, "font": FONT_BODY, "borderWidth": 0, "highlightThickness": 1,
            "highlightBackground": t.border, "highlightColor": t.border,
        }  # fmt: skip
        menu = {
            "background": t.bg, "foreground": t.fg, "activeBackground": t.select_bg, "activeForeground": t.select_fg,
            "disabledForeground": t.faint, "selectColor": t.fg, "font": FONT_BODY, "relief": "raised",
            "borderWidth": 1, "activeBorderWidth": 0,
        }  # fmt: skip
        for name, value in listbox.items():
            self._root.option_add(f"*TCombobox*Listbox.{name}", value)
        for name, value in menu.items():
            self._root.option_add(f"*Menu.{name}", value)
        make_room(self._root, self._px(4), self._px(26))
