"""matplotlib's Tk canvas as ThreadX uses it: drawn when idle, a clean copy kept for the crosshair. Tk thread only."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_tkagg import FigureCanvasTkAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

__all__ = ["ChartCanvas"]

MIN_PX = 50
"""Narrower or lower, the widget is not laid out yet: nothing is drawn."""
_FOREIGN_BINDINGS = (
    "<Map>", "<Key>", "<KeyRelease>", "<Motion>", "<Enter>", "<Leave>", "<Button-4>", "<Button-5>",
    *(f"<{kind}{button}>" for kind in ("Button-", "Double-Button-", "ButtonRelease-") for button in (1, 2, 3)),
)  # fmt: skip
"""What matplotlib listens to: its events are not used, and `<Map>` would change the dpi, which is 72 here."""


class ChartCanvas(FigureCanvasTkAgg):
    """Draws `figure` when Tk is idle: `prepare` lays it out just before, `paint` adds what is not part of the copy."""

    def __init__(
        self, figure: Figure, master: tk.Misc, *, prepare: Callable[[], None], paint: Callable[[], None]
    ) -> None:
        focused = str(master.tk.call("focus"))
        super().__init__(figure, master=master)
        self.widget: tk.Canvas = self.get_tk_widget()
        if focused:  # matplotlib takes the focus for every new canvas
            master.tk.call("focus", focused)
        for sequence in _FOREIGN_BINDINGS:
            self.widget.unbind(sequence)
        self.widget.configure(width=10, height=10)  # a canvas that asks for its size starves its neighbours
        self.widget.bind("<Configure>", self._on_configure)
        self._prepare = prepare
        self._paint = paint
        self._clean: Any = None
        self._idle: str | None = None
        self._idle_paint: str | None = None

    @property
    def ready(self) -> bool:
        """Whether the widget has its size, so that drawing makes sense."""
        return self.widget.winfo_width() > MIN_PX and self.widget.winfo_height() > MIN_PX

    def draw(self) -> None:
        """Lay out and draw everything now, keep a clean copy, and show it."""
        if not self.ready:
            return
        self._prepare()
        FigureCanvasAgg.draw(self)
        self._clean = self.copy_from_bbox(self.figure.bbox)
        self._paint()
        self.blit()

    def repaint(self) -> None:
        """Show the clean copy with what follows the pointer, once Tk is idle: a pointer may move faster than that."""
        if self._clean is not None and self._idle is None and self._idle_paint is None:
            self._idle_paint = self.widget.after_idle(self._paint_now)

    def pixels(self) -> NDArray[np.uint8]:
        """Return what the last `draw` drew: height x width x RGBA."""
        return np.asarray(self.buffer_rgba())

    def draw_idle(self) -> None:
        """Draw once when Tk is idle, however often this is called until then."""
        if self._idle is None and self.ready:
            self._idle = self.widget.after_idle(self._draw_now)

    def cancel(self) -> None:
        """Draw no more: the widget goes."""
        for waiting in (self._idle, self._idle_paint):
            if waiting is not None:
                self.widget.after_cancel(waiting)
        self._idle = self._idle_paint = None
        self._clean = None

    def _draw_now(self) -> None:
        self._idle = None
        self.draw()

    def _paint_now(self) -> None:
        self._idle_paint = None
        if self._clean is not None and self._idle is None:  # else a full draw comes, and paints it too
            self.restore_region(self._clean)
            self._paint()
            self.blit()

    def _on_configure(self, event: tk.Event[tk.Misc]) -> None:
        if event.width > MIN_PX and event.height > MIN_PX:
            self._clean = None
            self.resize(event)
