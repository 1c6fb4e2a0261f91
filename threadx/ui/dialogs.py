"""Dialogs that never block: each is a window that calls back, so the pump and a close go on meanwhile."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from threadx.i18n import _
from threadx.ui.theme import Theme, ttk

__all__ = ["Choice", "Dialog", "ask", "confirm", "tell"]

WIDTH = 460
"""Logical pixels before a message wraps."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A button of a dialog, or of an empty page."""

    text: str
    call: Callable[[], object]
    style: str = "TButton"
    """Of `styles.py`; "Primary.TButton" answers to Return."""
    closes: bool = True
    """The dialog."""


class Dialog(tk.Toplevel):
    """A window over the main one: a title, a message, more widgets in `body`, buttons. Esc is its close button."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        title: str,
        message: str = "",
        *,
        choices: Sequence[Choice] = (),
        on_close: Callable[[], object] | None = None,
        modal: bool = True,
        resizable: bool = False,
    ) -> None:
        """Make it, hidden until `show`.

        `on_close` is called when it is closed without a choice. A modal one holds the main window's input.
        """
        super().__init__(parent, background=theme.tokens.bg, padx=theme.unit * 2, pady=theme.unit * 2)
        edge = theme.tokens.border  # some window managers draw none
        self.configure(highlightthickness=1, highlightbackground=edge, highlightcolor=edge)
        self.withdraw()
        self.title(title)
        self.theme = theme
        self._modal = modal
        self._parent_window = parent.winfo_toplevel()
        self._on_close = on_close
        self._keyboard_was = ""
        self._height = 0
        self.resizable(resizable, resizable)
        heading = ttk.Label(self, text=title, style="Title.TLabel")
        heading.pack(anchor="w")
        self.message = ttk.Label(self, text=message, wraplength=theme.px(WIDTH), justify="left")
        if message:
            self.message.pack(anchor="w", pady=(theme.unit, 0))
        self._row = ttk.Frame(self)
        self._row.pack(side="bottom", fill="x", pady=(theme.unit * 2, 0))
        self.body = ttk.Frame(self)
        self.body.pack(fill="both", expand=True, pady=(theme.unit, 0))
        self.buttons = [self._button(choice) for choice in choices]
        self.protocol("WM_DELETE_WINDOW", self.dismiss)
        self.bind("<Escape>", lambda _event: self.dismiss())

    def show(self) -> Dialog:
        """Put it over the main window and give it the keyboard."""
        self._keyboard_was = str(self.tk.call("focus"))
        self.update_idletasks()
        main, edge = self._parent_window, self.theme.unit
        wanted = self.winfo_reqwidth(), self.winfo_reqheight()
        width = min(wanted[0], self.winfo_screenwidth() - 2 * edge)  # a large font on a small screen
        height = min(wanted[1], self.winfo_screenheight() - 4 * edge)
        if main.winfo_viewable():
            x = main.winfo_rootx() + (main.winfo_width() - width) // 2
            y = main.winfo_rooty() + (main.winfo_height() - height) // 3
        else:
            x, y = (main.winfo_screenwidth() - width) // 2, (main.winfo_screenheight() - height) // 3
        x = min(max(x, main.winfo_vrootx()), main.winfo_screenwidth() - width)
        y = min(max(y, main.winfo_vrooty()), main.winfo_screenheight() - height)
        size = "" if (width, height) == wanted else f"{width}x{height}"
        self.geometry(f"{size}+{max(x, 0)}+{max(y, 0)}")
        if main.winfo_viewable():
            self.transient(main)
        self.bind("<Configure>", lambda event: self._grown(event.height) if event.widget is self else None, add="+")
        if self._modal:
            self.bind("<Map>", lambda event: self._take_input() if event.widget is self else None)
        self.deiconify()
        self.lift()
        next((button for button in self.buttons if str(button.cget("style")) == "Primary.TButton"), self).focus_set()
        return self

    def destroy(self) -> None:
        """Close it; the keyboard goes back to where it was. Not every window manager does that by itself."""
        mine, back = str(self), self._keyboard_was
        held = f"{self.tk.call('focus')}.".startswith(f"{mine}.")
        # A key that closes this window is handed on to what the window itself does at it: by the name of a callback,
        # and a name that is free goes to the next callback made. So they go when the key has been dealt with.
        mine_still = self._tclCommands or []
        self._tclCommands: list[str] = []  # tkinter's own
        super().destroy()
        self._tclCommands = []  # `after` takes a callback that closed this window off the list
        for name in mine_still:
            self.tk.call("after", "idle", f"catch {{rename {name} {{}}}}")
        if held and not back.startswith(mine):
            seen = back and self.tk.call("winfo", "exists", back) and self.tk.call("winfo", "viewable", back)
            if not seen:  # it was in a tab that went meanwhile
                back = str(self._parent_window)
            if self.tk.call("winfo", "viewable", back):
                self.tk.call("focus", "-force", back)

    def dismiss(self) -> None:
        """Close it without a choice."""
        self.destroy()
        if self._on_close is not None:
            self._on_close()

    def _grown(self, height: int) -> None:
        """Go up where what was unfolded would leave the buttons below the screen; wherever it is dragged, it stays."""
        grown, self._height = self._height and height > self._height, height
        over = self.winfo_rooty() + height - self.winfo_screenheight()
        if grown and over > 0:
            place = f"+{self.winfo_x()}+{max(self.winfo_y() - over, 0)}"
            self.tk.call("after", "idle", f"catch {{wm geometry {self} {place}}}")  # here Tk would not see itself moved

    def _take_input(self) -> None:
        if self.winfo_exists() and self.winfo_viewable():
            self.grab_set()

    def _button(self, choice: Choice) -> ttk.Button:
        def chosen() -> None:
            if choice.closes:
                self.destroy()
            choice.call()

        button = ttk.Button(self._row, text=choice.text, style=choice.style, command=chosen)
        button.pack(side="right", padx=(self.theme.unit, 0))
        if choice.style == "Primary.TButton":
            self.bind("<Return>", lambda event: button.invoke() if event.widget is self else None)
        return button


def ask(parent: tk.Misc, theme: Theme, title: str, message: str, choices: Sequence[Choice], **options: Any) -> Dialog:  # noqa: ANN401 - of Dialog
    """Ask a question with the given answers, the first at the right; return the dialog, shown."""
    return Dialog(parent, theme, title, message, choices=choices, **options).show()


def confirm(
    parent: tk.Misc,
    theme: Theme,
    *,
    title: str,
    message: str,
    yes: str,
    on_yes: Callable[[], object],
    danger: bool = False,
) -> Dialog:
    """Ask before something is done; `yes` names what is done ("Delete"). Danger: red, and Return says no."""
    no = Choice(_("Cancel"), lambda: None, "Primary.TButton" if danger else "TButton")
    return ask(
        parent, theme, title, message, (Choice(yes, on_yes, "Danger.TButton" if danger else "Primary.TButton"), no)
    )


def tell(parent: tk.Misc, theme: Theme, title: str, message: str) -> Dialog:
    """Say something that is to be read before going on."""
    return ask(parent, theme, title, message, (Choice(_("Close"), lambda: None, "Primary.TButton"),))
