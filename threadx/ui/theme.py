"""Look and scale of the window: colours, fonts, spacing. The only module that knows ttkbootstrap.

Views take `ttk`, styles by role (`styles.py`), colours (`theme.tokens`), fonts (`FONT_BODY` ...) and `theme.px` from
here. Where ttkbootstrap is missing or broken, clam takes its place: the role styles are the same, only check boxes,
arrows and scroll bars are Tk's own.
"""

from __future__ import annotations

import logging
import tkinter as tk
from tkinter import font as tkfont
from tkinter import ttk
from types import ModuleType
from typing import Any

from threadx.ui.styles import FONT_BODY, FONT_MONO, FONT_SMALL, FONT_TITLE, StyleSheet
from threadx.ui.tokens import DARK, LIGHT, Mode, Tokens

__all__ = ["FONT_BODY", "FONT_MONO", "FONT_SMALL", "FONT_TITLE", "ZOOM_STEPS", "Mode", "Theme", "ttk"]

UNIT = 8
"""The spacing of everything, in logical pixels."""
ROW_FACTOR = 1.55
"""Row height of tables, in line heights."""
ZOOM_STEPS = (0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 1.75, 2.0)
_SIZES = {FONT_TITLE: 13, FONT_BODY: 13, FONT_SMALL: 12, FONT_MONO: 12}
"""Logical pixels: 13 is 10 pt at 96 dpi."""
_TK_FONTS = {
    FONT_BODY: ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkIconFont", "TkCaptionFont"),
    FONT_SMALL: ("TkHeadingFont", "TkSmallCaptionFont", "TkTooltipFont"),
    FONT_MONO: ("TkFixedFont",),
}

log = logging.getLogger(__name__)


class Theme:
    """The root window and its look. One at a time in a process; Tk thread only.

    A change of mode or zoom reaches ttk styles and named fonts at once; sizes in pixels and colours of plain Tk
    widgets are those of the moment a page was built, so the shell builds the pages again.
    """

    def __init__(self, *, choice: str = "auto", system: Mode = "light", zoom: float = 1.0) -> None:
        """Make the root window, hidden, with its look.

        `choice` is "auto", "light" or "dark"; `system` is what "auto" means until `follow` says otherwise.
        """
        self._library = _load()
        if self._library is not None:
            self._library.enable_high_dpi_awareness()  # Windows: before the root exists
        self.root = tk.Tk(className="ThreadX")
        self.root.withdraw()
        self._points = float(self.root.tk.call("tk", "scaling"))
        self._fonts: dict[str, tkfont.Font] = {}
        self._registered: set[str] = set()
        self.choice, self.system, self.zoom = choice, system, zoom
        self.tokens: Tokens = LIGHT
        self.scale = 1.0
        self.row_height = 0
        """Of tables, in pixels."""
        self.apply()
        self._set_feel()

    @property
    def mode(self) -> Mode:
        """The look in use."""
        if self.choice == "auto":
            return self.system
        return "dark" if self.choice == "dark" else "light"

    @property
    def plain(self) -> bool:
        """Whether ttkbootstrap is absent and clam serves."""
        return self._library is None

    @property
    def unit(self) -> int:
        """The spacing of everything, in pixels."""
        return self.px(UNIT)

    def px(self, logical: float) -> int:
        """Return a length in pixels of this screen at this zoom; what is not 0 stays at least 1."""
        if logical == 0:
            return 0
        return max(round(logical * self.scale), 1) if logical > 0 else min(round(logical * self.scale), -1)

    def font(self, name: str) -> tkfont.Font:
        """Return a named font for measuring. Widgets take the name itself."""
        return self._fonts[name]

    def apply(self) -> None:
        """Put choice, system look and zoom into force."""
        self.tokens = DARK if self.mode == "dark" else LIGHT
        self.root.tk.call("tk", "scaling", self._points * self.zoom)
        self.scale = self._points * self.zoom / self._normal_points()
        self._set_fonts()
        self._use_theme()
        sheet = StyleSheet(self.root, self.tokens, self.px, self.row_height, plain=self.plain)
        sheet.write()
        self.root.configure(background=self.tokens.bg)

    def close(self) -> None:
        """Destroy the root window and what is tied to it, so that another may follow in this process."""
        self._fonts.clear()
        if self._library is not None:
            self._library.Style.instance = None  # it is bound to the root that goes (App.destroy does the same)
            self._library.Fonts.reset()
        self.root.tk.call("tk", "scaling", self._points)  # it belongs to the display, and outlives the root
        self.root.destroy()

    def text(self, parent: tk.Misc, **options: Any) -> tk.Text:  # noqa: ANN401 - as tk.Text takes them
        """Return a text widget in the window's colours; read-only ones get state="disabled" from the caller."""
        t = self.tokens
        given: dict[str, Any] = {
            "background": t.input_bg, "foreground": t.fg, "insertbackground": t.fg, "selectbackground": t.select_bg,
            "selectforeground": t.select_fg, "inactiveselectbackground": t.select_bg, "font": FONT_MONO,
            "relief": "flat", "borderwidth": 0, "highlightthickness": 1, "highlightbackground": t.border,
            "highlightcolor": t.primary, "padx": self.px(6), "pady": self.px(4), "wrap": "none",
        }  # fmt: skip
        return tk.Text(parent, **(given | options))

    def canvas(self, parent: tk.Misc, **options: Any) -> tk.Canvas:  # noqa: ANN401 - as tk.Canvas takes them
        """Return a canvas in the window's colours. It asks for little room, so that it starves nobody."""
        given: dict[str, Any] = {
            "background": self.tokens.bg, "highlightthickness": 0, "borderwidth": 0, "width": 10, "height": 10,
        }  # fmt: skip
        return tk.Canvas(parent, **(given | options))

    def _normal_points(self) -> float:
        """Return the pixels per point of a screen of normal density: 96 dpi, on macOS before Tk 9 72 dpi."""
        aqua = self.root.tk.call("tk", "windowingsystem") == "aqua"
        return 1.0 if aqua and tk.TkVersion < 8.7 else 4 / 3

    def _set_feel(self) -> None:
        """Make keys do what they do elsewhere: Return presses a button, Ctrl+A selects a whole field."""
        for key in ("<Return>", "<KP_Enter>"):
            self.root.bind_class("TButton", key, _press)
        modifier = "Command" if self.root.tk.call("tk", "windowingsystem") == "aqua" else "Control"
        for kind in ("TEntry", "TCombobox", "TSpinbox"):
            self.root.bind_class(kind, f"<{modifier}-a>", _select_all)

    def _set_fonts(self) -> None:
        if not self._fonts:
            family = tkfont.nametofont("TkDefaultFont", self.root).actual("family")
            mono = tkfont.nametofont("TkFixedFont", self.root).actual("family")
            for name in _SIZES:
                made = tkfont.Font(self.root, name=name, family=mono if name == FONT_MONO else family)
                self._fonts[name] = made
            self._fonts[FONT_TITLE].configure(weight="bold")
        for name, size in _SIZES.items():
            pixels = max(int(size * self.scale + 0.05), 6)  # rounded down: text never outgrows the room made for it
            for known in (name, *_TK_FONTS.get(name, ())):
                tkfont.nametofont(known, self.root).configure(size=-pixels)  # negative: pixels
        self.row_height = round(self._fonts[FONT_BODY].metrics("linespace") * ROW_FACTOR)

    def _use_theme(self) -> None:
        if self._library is None:
            ttk.Style(self.root).theme_use("clam")
            return
        family = f"threadx{round(self.scale * 100)}"  # images have the size of the scale they were drawn at
        if family not in self._registered:
            _palette(self._library, family)
            self._registered.add(family)
        self._library.Style(f"{family}-{self.mode}")
        for style in ("TCheckbutton", "TRadiobutton", "TSpinbox", "TNotebook", "Treeview"):
            self._library.Style().configure(style, borderwidth=1)  # builds the style where this theme lacks it


def _press(event: tk.Event[tk.Misc]) -> None:
    if isinstance(event.widget, ttk.Button):
        event.widget.invoke()


def _select_all(event: tk.Event[tk.Misc]) -> str:
    if isinstance(event.widget, ttk.Entry):  # combo and spin boxes are entries too
        event.widget.selection_range(0, "end")
        event.widget.icursor("end")
    return "break"


def _load() -> ModuleType | None:
    try:
        import ttkbootstrap  # noqa: PLC0415 - it may be missing or broken, and then clam serves
    except Exception as error:  # noqa: BLE001 - whatever it is, the window must open
        log.warning("ttkbootstrap cannot be used, the window is plainer without it: %s", error)
        return None
    return ttkbootstrap


def _palette(library: ModuleType, family: str) -> None:
    """Give ttkbootstrap our colours, for the parts it draws: check boxes, arrows, scroll bars."""
    library.Theme(
        name=family,
        primary="#0d6efd", success="#198754", info="#0dcaf0", warning="#ffc107", danger="#dc3545",
        light={"background": LIGHT.bg, "foreground": LIGHT.fg},
        dark={"background": DARK.bg, "foreground": DARK.fg},
    ).register()  # fmt: skip
