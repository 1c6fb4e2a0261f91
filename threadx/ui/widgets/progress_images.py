"""Progress bars for rows of a table: a few dozen small pictures, drawn once and shared by all rows."""

from __future__ import annotations

import tkinter as tk

from threadx.ui.theme import Theme

__all__ = ["ProgressImages"]

STEPS = 40
_WIDTH, _HEIGHT = 84, 8
"""Logical pixels."""


class ProgressImages:
    """The pictures of one table. Tk thread only; `close` before the table goes.

    An image that the garbage collector frees on a worker thread would call Tk from there, so they are freed by hand.
    """

    def __init__(self, root: tk.Misc, theme: Theme) -> None:
        self._root = root
        t = theme.tokens
        self._size = (theme.px(_WIDTH), theme.px(_HEIGHT))
        self._trough, self._back = t.trough, t.input_bg
        self._colours = {"primary": t.primary_fill, "success": t.success, "danger": t.danger, "muted": t.muted}
        self._made: dict[tuple[str, int], tk.PhotoImage] = {}

    def get(self, role: str, share: float) -> str:
        """Return the name of the picture of a bar that is filled by `share` of [0, 1] in the colour of `role`."""
        step = min(max(round(share * STEPS), 0), STEPS)
        if share > 0 and step == 0:
            step = 1
        image = self._made.get((role, step))
        if image is None:
            image = self._made[role, step] = self._draw(self._colours[role], step)
        return str(image)

    def close(self) -> None:
        """Free all pictures."""
        for image in self._made.values():
            self._root.tk.call("image", "delete", str(image))
            image.name = None  # so that its destructor leaves Tk alone
        self._made.clear()

    def _draw(self, colour: str, step: int) -> tk.PhotoImage:
        width, height = self._size
        filled = round(width * step / STEPS)
        image = tk.PhotoImage(master=self._root, width=width, height=height)
        image.put(self._trough, to=(0, 0, width, height))
        if filled:
            image.put(colour, to=(0, 0, filled, height))
        for x in (0, width - 1):  # the four corners: a hint of roundness
            for y in (0, height - 1):
                image.put(self._back, to=(x, y, x + 1, y + 1))
        return image
