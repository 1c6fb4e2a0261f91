"""The log as it happens: level filter, follow that lets go when one scrolls up, copy, save, clear.

Capped at `LogBuffer.cap` lines; a batch of lines is one insert, so ten thousand lines a second leave Tk free.
"""

from __future__ import annotations

import tkinter as tk
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from tkinter import filedialog

from threadx.bridge.events import LogLine
from threadx.i18n import _
from threadx.ui.presenters.log_buffer import LEVELS, LogBuffer, pieces, text_of
from threadx.ui.theme import FONT_MONO, Theme, ttk
from threadx.ui.widgets.check_box import CheckBox
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["LogPane"]

_SCROLLING = (
    "<MouseWheel>", "<Button-4>", "<Button-5>", "<B1-Motion>", "<Prior>", "<Next>", "<Up>", "<Down>",
    "<Control-Home>", "<Control-End>",
)  # fmt: skip
"""What Tk's own text bindings scroll by."""


class LogPane(ttk.Frame):
    """The text with its scroll bar; `build_tools` makes the buttons where the owner wants them. Tk thread only."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        buffer: LogBuffer | None = None,
        *,
        notify: Callable[[str], None] | None = None,
    ) -> None:
        """Show what `buffer` holds (it outlives the pane); `notify` is told what a button did."""
        super().__init__(parent)
        self.buffer = LogBuffer() if buffer is None else buffer
        self._theme = theme
        self._notify = notify
        self._heights: deque[int] = deque()
        self._count = 0
        self._touched = False
        self._check: CheckBox | None = None
        self.text = theme.text(self, height=4, width=20, state="disabled", takefocus=True, cursor="arrow", wrap="word")
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self._scrolled_by_bar)
        self._build()
        self.redraw()

    def build_tools(self, parent: tk.Misc) -> None:
        """Put level, follow, copy, save and clear into `parent`, from the left."""
        gap = self._theme.px(4)
        self.level = ttk.Combobox(parent, values=LEVELS, state="readonly", width=7)
        self.level.set(self.buffer.level_name)
        self.level.bind("<<ComboboxSelected>>", lambda _event: self.set_level(self.level.get()))
        self.level.pack(side="left", padx=gap)
        self._check = CheckBox(parent, _("Follow"), value=self.following, changed=self._follow_changed)
        self._check.pack(side="left", padx=gap)
        Tooltip(self.level, self._theme, _("Lines of this level and above"))
        Tooltip(self._check, self._theme, _("Keep the newest line in view; scrolling up stops it"))
        buttons = (
            (_("Copy"), self.copy, _("Copy the marked text, or all lines that are shown")),
            (_("Save…"), self.ask_and_save, _("Write the lines that are shown to a file")),
            (_("Clear"), self.clear, _("Empty the pane; the log file keeps everything")),
        )
        for label, command, tip in buttons:
            button = ttk.Button(parent, text=label, command=command, style="Chip.TButton", width=-1)
            button.pack(side="left")
            Tooltip(button, self._theme, tip)

    # -- lines ----------------------------------------------------------------------------------------------------

    def append(self, lines: Sequence[LogLine]) -> None:
        """Keep a batch of lines and show those of the level."""
        self._insert(self.buffer.add(lines))

    def redraw(self) -> None:
        """Draw again what is kept: the level or the condition changed."""
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        self.text.configure(state="disabled")
        self._heights.clear()
        self._count = 0
        self._insert(self.buffer.shown())

    def set_level(self, name: str) -> None:
        """Show lines from this level upwards."""
        self.buffer.set_level_name(name)
        self.redraw()

    # -- buttons --------------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """Put the marked text on the clipboard, or all shown lines where none is marked."""
        marked = self.text.tag_ranges("sel")
        text = self.text.get(*marked[:2]) if marked else text_of(self.buffer.shown())
        self.clipboard_clear()
        self.clipboard_append(text)
        self._say(_("Copied to the clipboard"))

    def ask_and_save(self) -> None:
        """Ask for a file and write the shown lines to it."""
        name = filedialog.asksaveasfilename(
            parent=self, title=_("Save the log"), defaultextension=".log", initialfile="threadx-log.log",
            filetypes=[(_("Log files"), "*.log *.txt"), (_("All files"), "*")],
        )  # fmt: skip
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> None:
        """Write the shown lines to a file; a refusal of the system is told, not raised."""
        try:
            path.write_text(text_of(self.buffer.shown()), encoding="utf-8")
        except OSError as error:
            self._say(_("{path}: could not be written: {why}").format(path=path, why=error.strerror or error))
            return
        self._say(_("Saved to {path}").format(path=path))

    def clear(self) -> None:
        """Empty the pane; the log file keeps everything."""
        self.buffer.clear()
        self.redraw()

    # -- following ------------------------------------------------------------------------------------------------

    @property
    def at_end(self) -> bool:
        """Whether the last line is in view."""
        return float(self.text.yview()[1]) >= 1.0

    @property
    def following(self) -> bool:
        """Whether new lines scroll the view."""
        return self.buffer.follow

    def _follow_changed(self) -> None:
        self.buffer.follow = self._check is not None and self._check.get()
        if self.buffer.follow:
            self.text.see("end")

    def _set_follow(self, on: bool) -> None:  # noqa: FBT001 - a setter
        self.buffer.follow = on
        if self._check is not None and self._check.get() != on:
            self._check.set(on)

    def _scrolled_by_bar(self, *how: str) -> None:
        self.text.yview(*how)
        self._set_follow(self.at_end)

    def _resized(self) -> None:
        if self.following:
            self.text.see("end")

    def _touch(self) -> None:
        """The user may be about to scroll: Tk's own binding moves the view after this one."""
        self._touched = True

    def _settle(self) -> None:
        """Follow from now on, or not, where the user has scrolled."""
        if self._touched:
            self._touched = False
            self._set_follow(self.at_end)

    def _moved(self, low: float, high: float) -> None:
        self._bar.set(low, high)
        if float(low) <= 0.0 and float(high) >= 1.0:
            self._bar.grid_remove()
        else:
            self._bar.grid()
        self._settle()

    # -- building and drawing -------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.text.grid(row=0, column=0, sticky="nsew")
        self._bar.grid(row=0, column=1, sticky="ns")
        self.text.configure(yscrollcommand=self._moved)
        self.text.bind("<Configure>", lambda _event: self._resized(), add="+")
        t, indent = self._theme.tokens, self._theme.font(FONT_MONO).measure("0" * 17)
        colours = {"time": t.muted, "debug": t.muted, "info": t.fg, "warning": t.warning, "error": t.danger}
        for look, colour in colours.items():
            self.text.tag_configure(look, foreground=colour, lmargin2=indent)
        self.text.tag_raise("sel")
        for event in _SCROLLING:
            self.text.bind(event, lambda _event: self._touch())
        self.text.bind("<Home>", lambda _event: self._jump("1.0"))
        self.text.bind("<End>", lambda _event: self._jump("end"))
        for key in ("a", "A"):
            self.text.bind(f"<Control-{key}>", lambda _event: self._mark_all())

    def _jump(self, where: str) -> str:
        self.text.see(where)
        self._set_follow(self.at_end)
        return "break"

    def _mark_all(self) -> str:
        self.text.tag_add("sel", "1.0", "end-1c")
        return "break"

    def _insert(self, lines: Sequence[LogLine]) -> None:
        if not lines:
            return
        self._settle()
        parts: list[str] = []
        for line in lines:
            for piece in pieces(line):
                parts += (piece.text, piece.look)
            self._heights.append(line.text.count("\n") + 1)
        self._count += len(lines)
        self.text.configure(state="normal")
        self.text.insert("end", *parts)  # text and tag by turns
        self._cut()
        self.text.configure(state="disabled")
        if self.following:
            self.text.see("end")

    def _cut(self) -> None:
        """Take away the oldest lines above the cap, in one delete."""
        rows = 0
        while self._count > self.buffer.cap:
            rows += self._heights.popleft()
            self._count -= 1
        if rows:
            self.text.delete("1.0", f"{rows + 1}.0")

    def _say(self, text: str) -> None:
        if self._notify is not None:
            self._notify(text)
