"""The root window as a thing on the screen: size, place, maximised; and what is remembered of it."""

from __future__ import annotations

import logging
import tkinter as tk

from threadx.ui.geometry import Place, fitted, parse
from threadx.ui.selection import Selection
from threadx.ui.state import WindowState
from threadx.ui.theme import Theme

__all__ = ["Window", "speak"]

DEFAULT = (1360, 860)
LEAST = (860, 560)
"""Logical pixels; a smaller screen wins."""
FRAME = 56
"""Logical pixels that title bar and menu bar take; Tk's sizes leave them out."""
ICON_SIZE = 32

log = logging.getLogger(__name__)


class Window:
    """Places the root window and remembers it. Tk thread only."""

    def __init__(self, theme: Theme, state: WindowState) -> None:
        self._theme = theme
        self._state = state
        self._root = theme.root
        self._root.title("ThreadX")
        self._icon: tk.PhotoImage | None = _icon(self._root)
        self._root.iconphoto(True, self._icon)  # noqa: FBT003 - Tk's own signature
        self._normal = str(state.get("window.geometry", ""))
        self._root.bind("<Configure>", self._moved, add="+")

    @property
    def maximised(self) -> bool:
        """Whether it fills the screen."""
        if self._x11:
            return bool(self._root.attributes("-zoomed"))
        return self._root.state() == "zoomed"

    def show(self) -> None:
        """Put it where it was, or into the middle, and let it be seen."""
        self.apply_limits()
        px = self._theme.px
        place = fitted(
            parse(self._normal), screen=self._screen(), default=(px(DEFAULT[0]), px(DEFAULT[1])),
            least=(px(LEAST[0]), px(LEAST[1])),
        )  # fmt: skip
        self._root.geometry(str(place))
        if self._state.get("window.maximised", default=False):
            self._maximise()
        self._root.deiconify()

    def release(self) -> None:
        """Give the icon back to Tk, now and on this thread: a collector may run on any."""
        self._icon = None

    def apply_limits(self) -> None:
        """Let it not become smaller than its pages need, at the present zoom."""
        screen = self._screen()
        width, height = (self._theme.px(each) for each in LEAST)
        self._root.minsize(min(width, screen.width), min(height, screen.height))

    def remember(self, tab: str | None, selection: Selection) -> None:
        """Put size, place, tab and selection into the state."""
        choice = selection.choice
        self._state.set("window.geometry", self._normal or None)
        self._state.set("window.maximised", self.maximised)
        self._state.set("window.tab", tab)
        self._state.set(
            "selection",
            {
                "symbols": list(choice.symbols),
                "timeframe": choice.timeframe,
                "start_ms": choice.start_ms,
                "end_ms": choice.end_ms,
            },
        )

    def restore_selection(self, selection: Selection) -> None:
        """Give `selection` what was chosen last; values of a wrong kind count as absent."""
        kept = self._state.get("selection", {})
        symbols = kept.get("symbols")
        if isinstance(symbols, list) and all(isinstance(each, str) for each in symbols):
            selection.update(symbols=tuple(symbols))
        if isinstance(kept.get("timeframe"), str):
            selection.update(timeframe=kept["timeframe"])
        for name in ("start_ms", "end_ms"):
            if isinstance(kept.get(name), int):
                selection.update(**{name: kept[name]})

    @property
    def _x11(self) -> bool:
        return str(self._root.tk.call("tk", "windowingsystem")) == "x11"

    def _maximise(self) -> None:
        if self._x11:
            self._root.attributes("-zoomed", True)  # noqa: FBT003 - Tk's own signature
        else:
            self._root.state("zoomed")

    def _screen(self) -> Place:
        """Return what the screens show together, less what the frame and the menu bar take."""
        root, frame = self._root, self._theme.px(FRAME)
        return Place(
            root.winfo_vrootwidth(), root.winfo_vrootheight() - frame, root.winfo_vrootx(), root.winfo_vrooty()
        )

    def _moved(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self._root and self._root.winfo_viewable() and not self.maximised:
            self._normal = self._root.geometry()


def speak(root: tk.Tk, language: str) -> None:
    """Let Tk's own dialogs, those that choose a file, speak a language; where Tk's catalogues lack, they stay English.

    Windows and macOS have dialogs of their own, in the language of the system.
    """
    try:
        root.tk.call("::msgcat::mclocale", language)
        root.tk.eval("namespace eval ::tk {::msgcat::mcload [file join $::tk_library msgs]}")
    except tk.TclError:
        log.info("Tk's own dialogs stay in English", exc_info=True)


def _icon(root: tk.Tk) -> tk.PhotoImage:
    """Return three candles on blue, drawn here: no file to lose."""
    image = tk.PhotoImage(master=root, width=ICON_SIZE, height=ICON_SIZE)
    image.put("#0a58ca", to=(0, 0, ICON_SIZE, ICON_SIZE))
    for x, wick, body in ((6, (8, 26), (13, 22)), (14, (5, 22), (9, 18)), (22, (10, 28), (14, 24))):
        image.put("#ffffff", to=(x + 1, wick[0], x + 3, wick[1]))
        image.put("#8ff0d6" if x == 14 else "#ffffff", to=(x - 1, body[0], x + 5, body[1]))
    return image
