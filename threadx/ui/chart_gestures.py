"""Mouse and keys on a chart, turned into moves of its view. Tk thread only."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadx.ui.chart_overlay import Measure
from threadx.ui.presenters.viewport import PriceScale, Viewport

if TYPE_CHECKING:
    from threadx.ui.chart_view import ChartView

__all__ = ["Gestures"]

_SHIFT, _CONTROL = 0x0001, 0x0004
_ALT_OR_COMMAND = 0x0008 | 0x0010 | 0x20000
_WHEEL_ZOOM = 1.0
_PRICE_DRAG = 0.004
"""How much a pixel on the price axis stretches prices, as a power of e."""
_EDGE_PX = 4
"""So near the edge between two panes can be taken hold of."""
_DRAG_FROM_PX = 3
"""A click moves the pointer a little; less than this is no drag."""


@dataclass(frozen=True, slots=True)
class _Drag:
    """Where a drag began, and what it moves."""

    x: float
    y: float
    kind: str
    """"pan", "price", "measure" or "pane"."""
    viewport: Viewport
    scale: PriceScale
    pane: tuple[int, float] = (-1, 0.0)
    """Key and height of the indicator whose pane is made higher or lower."""


class Gestures:
    """Listens to one chart's canvas."""

    def __init__(self, view: ChartView) -> None:
        self._view = view
        self._drag: _Drag | None = None
        self._moving = False
        widget = view.canvas.widget
        for sequence, handler in (
            ("<Button-1>", self._press), ("<B1-Motion>", self._drag_to), ("<ButtonRelease-1>", self._release),
            ("<Double-Button-1>", self._double), ("<Motion>", self._hover), ("<Leave>", self._leave),
            ("<MouseWheel>", self._wheel), ("<Button-4>", self._wheel), ("<Button-5>", self._wheel),
            ("<Key>", self._key),
        ):  # fmt: skip
            widget.bind(sequence, handler)

    def _at(self, event: tk.Event[tk.Misc]) -> tuple[float, float]:
        return float(event.x), float(self._view.canvas.widget.winfo_height() - 1 - event.y)

    def _on_price_axis(self, x: float) -> bool:
        place = self._view.chart.place
        return place is not None and x >= place.right

    # -- mouse ----------------------------------------------------------------------------------------------------

    def _press(self, event: tk.Event[tk.Misc]) -> None:
        view = self._view
        view.take_focus()
        x, y = self._at(event)
        self._moving = False
        if view.measured is not None:
            view.measure(None)
        if view.viewport is not None and view.chart.place is not None:
            shift = bool(_state(event) & _SHIFT)
            edge = view.chart.panes.edge_at(y, _EDGE_PX)
            kind = "pane" if edge else "price" if self._on_price_axis(x) else "measure" if shift else "pan"
            pane = (-1, 0.0) if edge is None else (edge[0].study.key, edge[0].study.height)
            self._drag = _Drag(x, y, kind, view.viewport, view.chart.scale, pane)

    def _drag_to(self, event: tk.Event[tk.Misc]) -> None:
        drag, (x, y) = self._drag, self._at(event)
        if drag is None or (not self._moving and max(abs(x - drag.x), abs(y - drag.y)) < _DRAG_FROM_PX):
            return
        self._moving = True
        if drag.kind == "measure":
            self._span(drag, x, y)
        elif drag.kind == "pane":
            self._resize(drag, y)
        elif drag.kind == "price":
            middle = (drag.scale.bottom_px + drag.scale.top_px) / 2
            self._fix(drag.scale.zoomed(2.718281828 ** ((drag.y - y) * _PRICE_DRAG), middle))
        else:
            self._pan(drag, x, y)

    def _pan(self, drag: _Drag, x: float, y: float) -> None:
        view, place = self._view, self._view.chart.place
        if place is None:
            return
        ms_per_px = drag.viewport.span_ms / (place.right - place.left)
        view.canvas.widget.configure(cursor="fleur")
        view.point_at(None)
        view.look_at(drag.viewport.moved((drag.x - x) * ms_per_px, view.extent))
        if not view.auto:
            self._fix(drag.scale.moved(y - drag.y))

    def _span(self, drag: _Drag, x: float, y: float) -> None:
        view, scale = self._view, self._view.chart.scale
        start_ms, end_ms = view.snapped(drag.x), view.snapped(x)
        view.measure(Measure(start_ms, scale.price_at(drag.y), end_ms, scale.price_at(y)))
        view.point_at(x, y)

    def _resize(self, drag: _Drag, y: float) -> None:
        """Let the upper edge of a pane follow the pointer."""
        place = self._view.chart.place
        if place is not None:
            key, height = drag.pane
            self._view.point_at(None)
            self._view.events.resized(key, height + (y - drag.y) / max(place.price_top - place.floor, 1.0))

    def _fix(self, scale: PriceScale) -> None:
        if not scale.log or scale.low > 0:
            self._view.fix_prices(scale.low, scale.high)

    def _release(self, event: tk.Event[tk.Misc]) -> None:
        self._drag = None
        self._view.canvas.widget.configure(cursor="crosshair")
        if self._moving:
            self._hover(event)

    def _double(self, event: tk.Event[tk.Misc]) -> None:
        self._drag = None
        if self._on_price_axis(self._at(event)[0]):
            self._view.set_auto(True)
            self._view.events.scaled()
        else:
            self._view.fit()

    def _hover(self, event: tk.Event[tk.Misc]) -> None:
        x, y = self._at(event)
        on_axis = self._on_price_axis(x)
        if self._drag is None:
            takes_hold = on_axis or self._view.chart.panes.edge_at(y, _EDGE_PX) is not None
            self._view.canvas.widget.configure(cursor="sb_v_double_arrow" if takes_hold else "crosshair")
        self._view.point_at(None if on_axis else x, y)

    def _leave(self, _event: tk.Event[tk.Misc]) -> None:
        if self._drag is None:
            self._view.point_at(None)

    def _wheel(self, event: tk.Event[tk.Misc]) -> None:
        steps = _notches(event)
        if not steps or _state(event) & _CONTROL:  # Ctrl+wheel is the window's
            return
        x, y = self._at(event)
        view = self._view
        if self._on_price_axis(x):
            self._fix(view.chart.scale.zoomed(1.1**-steps, y))
        elif _state(event) & _SHIFT:
            view.pan(-steps)
        else:
            view.zoom(steps * _WHEEL_ZOOM, view.ms_at(x))

    # -- keys -----------------------------------------------------------------------------------------------------

    def _key(self, event: tk.Event[tk.Misc]) -> str | None:
        state, view = _state(event), self._view
        if state & _ALT_OR_COMMAND:
            return None
        if state & _CONTROL:
            steps = {"Left": -1, "Right": 1}.get(event.keysym)
            if steps is None:
                return None
            view.step_cross(steps)
            return "break"
        action = self._actions().get(event.keysym)
        if action is not None:
            action()
            return "break"
        if event.char and event.char.isascii() and (event.char.isalnum() or event.char == "/"):
            view.events.typed(event.char)
            return "break"
        return None

    def _actions(self) -> dict[str, Callable[[], None]]:
        view = self._view

        def closer() -> None:
            view.zoom(1)

        def farther() -> None:
            view.zoom(-1)

        return {
            "Left": lambda: view.pan(-1), "Right": lambda: view.pan(1),
            "Prior": lambda: view.pan(-7), "Next": lambda: view.pan(7),
            "Up": closer, "plus": closer, "equal": closer, "KP_Add": closer,
            "Down": farther, "minus": farther, "KP_Subtract": farther,
            "Home": view.fit, "End": view.latest, "KP_Home": view.fit, "KP_End": view.latest,
            **({"Escape": lambda: view.measure(None)} if view.measured is not None else {}),
        }  # fmt: skip


def _state(event: tk.Event[tk.Misc]) -> int:
    return event.state if isinstance(event.state, int) else 0


def _notches(event: tk.Event[tk.Misc]) -> float:
    """Return how far the wheel was turned, upwards positive: X11's buttons, or a delta in 120ths (1s on macOS)."""
    if event.num in (4, 5):
        return 1.0 if event.num == 4 else -1.0
    delta = float(event.delta)
    return max(min(delta / 120 if abs(delta) >= 20 else delta, 4.0), -4.0)
