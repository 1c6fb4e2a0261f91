"""The completeness of every symbol by month as a map: what is in view is drawn, however many symbols there are."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial

from threadx.ui.presenters.heat_map import NOTHING, Cell, HeatGrid, cell_caption, cell_text
from threadx.ui.theme import FONT_BODY, FONT_SMALL, Theme, ttk

__all__ = ["HeatMapView", "blend"]

CELL_WIDTH = 34
CELL_HEIGHT = 24
"""Logical pixels."""
HEAD_HEIGHT = 38
MAX_LABEL = 190
_GOOD = 95
_FAIR = 50
_MOVES = {
    "Up": (-1, 0), "Down": (1, 0), "Left": (0, -1), "Right": (0, 1), "Prior": (-10, 0), "Next": (10, 0),
    "Home": (0, -9_999), "End": (0, 9_999), "Control-Home": (-99_999, 0), "Control-End": (99_999, 0),
}  # fmt: skip
"""Lines and columns that a key moves the cursor by; the map's edge holds it."""


def blend(over: str, under: str, share: float) -> str:
    """Return the colour that `over` gives on `under` when it covers `share` of it; all as "#rrggbb"."""
    parts = [round(int(over[at : at + 2], 16) * share + int(under[at : at + 2], 16) * (1 - share)) for at in (1, 3, 5)]
    return "#{:02x}{:02x}{:02x}".format(*parts)


class HeatMapView(ttk.Frame):
    """The map with its scroll bars and a cursor that keys move. Tk thread only."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        *,
        on_choose: Callable[[Cell], object],
        on_caption: Callable[[str], object],
        label_of: Callable[[tuple[str, str]], str] = lambda key: key[1],
    ) -> None:
        """`on_choose` gets a cell that was clicked or entered; `on_caption` the words of the cell under the cursor."""
        super().__init__(parent)
        self._theme = theme
        self._on_choose = on_choose
        self._on_caption = on_caption
        self._label_of = label_of
        self.grid_shown = HeatGrid()
        self.cursor: tuple[int, int] | None = None
        """Line and column."""
        self._first = (0, 0)
        self._names_width: int | None = None
        self.canvas = theme.canvas(self, takefocus=True, background=theme.tokens.input_bg)
        self._y_bar = ttk.Scrollbar(self, orient="vertical", command=lambda *how: self._scroll(0, *how))
        self._x_bar = ttk.Scrollbar(self, orient="horizontal", command=lambda *how: self._scroll(1, *how))
        self.columnconfigure(0, weight=1)
        self.rowconfigure(0, weight=1)
        self.canvas.grid(row=0, column=0, sticky="nsew")
        self._y_bar.grid(row=0, column=1, sticky="ns")
        self._x_bar.grid(row=1, column=0, sticky="ew")
        self._bind_input()

    # -- what is shown --------------------------------------------------------------------------------------------

    def show(self, grid: HeatGrid) -> None:
        """Draw another map; the view starts at the newest months, and stays where it is on an update."""
        fresh = grid.months != self.grid_shown.months
        kept = self._named(self.cursor)
        self.grid_shown = grid
        self._names_width = None
        self.cursor = self._placed(kept)
        if fresh:
            self._first = (self._first[0], len(grid.months))
        self.redraw()

    def redraw(self) -> None:
        """Draw what is in view."""
        lines, columns = self._fitting()
        self._first = (
            min(self._first[0], max(len(self.grid_shown.series) - lines, 0)),
            min(self._first[1], max(len(self.grid_shown.months) - columns, 0)),
        )
        self.canvas.delete("all")
        self._draw_head(columns)
        for row in range(min(lines + 1, len(self.grid_shown.series) - self._first[0])):
            self._draw_line(row, columns)
        self._draw_cursor()
        for bar, first, fit, total in (
            (self._y_bar, self._first[0], lines, len(self.grid_shown.series)),
            (self._x_bar, self._first[1], columns, len(self.grid_shown.months)),
        ):
            bar.set(first / max(total, 1), min((first + fit) / max(total, 1), 1.0))
            if fit >= total:
                bar.grid_remove()
            else:
                bar.grid()

    def choose(self, line: int, column: int) -> None:
        """Put the cursor on a cell, bring it into view, and say what it is."""
        if not self.grid_shown.series or not self.grid_shown.months:
            return
        self.cursor = (
            min(max(line, 0), len(self.grid_shown.series) - 1),
            min(max(column, 0), len(self.grid_shown.months) - 1),
        )
        lines, columns = self._fitting()
        first = tuple(
            min(max(first, at - fit + 1), at)
            for first, at, fit in zip(self._first, self.cursor, (lines, columns), strict=True)
        )
        self._first = (first[0], first[1])
        self.redraw()
        self._on_caption(cell_caption(self.grid_shown, *self.cursor))

    def open(self) -> None:
        """Tell the owner that the cell under the cursor was chosen."""
        cell = self._named(self.cursor)
        if cell is not None:
            self._on_choose(cell)

    def cell_box(self, line: int, column: int) -> tuple[int, int, int, int]:
        """Return where a cell is drawn: left, top, right, bottom in the canvas."""
        width, height = self._theme.px(CELL_WIDTH), self._theme.px(CELL_HEIGHT)
        left = self._label_width() + (column - self._first[1]) * width
        top = self._theme.px(HEAD_HEIGHT) + (line - self._first[0]) * height
        return left, top, left + width, top + height

    # -- drawing --------------------------------------------------------------------------------------------------

    def _draw_head(self, columns: int) -> None:
        tokens, px = self._theme.tokens, self._theme.px
        months = self.grid_shown.months[self._first[1] : self._first[1] + columns + 1]
        for place, month in enumerate(months):
            left, _top, right, _bottom = self.cell_box(self._first[0], self._first[1] + place)
            middle = (left + right) / 2
            self.canvas.create_text(middle, px(28), text=month[5:], font=FONT_SMALL, fill=tokens.muted)
            if place == 0 or month.endswith("-01"):
                fits = place > 0 or not months[1:2] or not months[1].endswith("-01")
                if fits:
                    self.canvas.create_text(
                        left + px(4), px(10), text=month[:4], font=FONT_SMALL, fill=tokens.fg, anchor="w"
                    )

    def _draw_line(self, row: int, columns: int) -> None:
        tokens, px = self._theme.tokens, self._theme.px
        line = self._first[0] + row
        _left, top, _right, bottom = self.cell_box(line, 0)
        self.canvas.create_text(
            px(6), (top + bottom) / 2, text=self._label_of(self.grid_shown.series[line]), anchor="w", font=FONT_BODY,
            fill=tokens.fg,
        )  # fmt: skip
        values = self.grid_shown.percent[line]
        for column in range(self._first[1], min(self._first[1] + columns + 1, len(values))):
            if values[column] != NOTHING:
                self._draw_cell(line, column, values[column])

    def _draw_cell(self, line: int, column: int, percent: int) -> None:
        left, top, right, bottom = self.cell_box(line, column)
        gap = self._theme.px(1)
        fill = self._fill(percent)
        self.canvas.create_rectangle(left + gap, top + gap, right - gap, bottom - gap, fill=fill, outline="")
        self.canvas.create_text(
            (left + right) / 2, (top + bottom) / 2, text=cell_text(percent), font=FONT_SMALL,
            fill=self._theme.tokens.fg,
        )  # fmt: skip

    def _draw_cursor(self) -> None:
        if self.cursor is None:
            return
        left, top, right, bottom = self.cell_box(*self.cursor)
        if top < self._theme.px(HEAD_HEIGHT) or left < self._label_width():
            return
        focused = self.focus_displayof() is self.canvas
        self.canvas.create_rectangle(
            left, top, right, bottom, outline=self._theme.tokens.primary if focused else self._theme.tokens.muted,
            width=self._theme.px(2),
        )  # fmt: skip

    def _fill(self, percent: int) -> str:
        t = self._theme.tokens
        if percent >= 100:
            return blend(t.success, t.input_bg, 0.28)
        if percent >= _GOOD:
            return blend(t.warning, t.input_bg, 0.18)
        return blend(t.warning, t.input_bg, 0.36) if percent >= _FAIR else blend(t.danger, t.input_bg, 0.36)

    # -- geometry -------------------------------------------------------------------------------------------------

    def _label_width(self) -> int:
        """Return the room for names: of the longest of all lines, so that columns stand still while one scrolls."""
        if self._names_width is None:
            font, px = self._theme.font(FONT_BODY), self._theme.px
            longest = sorted(map(self._label_of, self.grid_shown.series), key=len)[-3:]
            widest = max(map(font.measure, longest), default=0)
            self._names_width = min(widest, px(MAX_LABEL)) + px(14)
        return self._names_width

    def _fitting(self) -> tuple[int, int]:
        """Return how many whole lines and columns are in view."""
        height = self.canvas.winfo_height() - self._theme.px(HEAD_HEIGHT)
        width = self.canvas.winfo_width() - self._label_width()
        return max(height // self._theme.px(CELL_HEIGHT), 1), max(width // self._theme.px(CELL_WIDTH), 1)

    def _named(self, place: tuple[int, int] | None) -> Cell | None:
        if place is None:
            return None
        return Cell(*self.grid_shown.series[place[0]], self.grid_shown.months[place[1]])

    def _placed(self, cell: Cell | None) -> tuple[int, int] | None:
        if cell is None or cell.month not in self.grid_shown.months:
            return None
        key = (cell.provider, cell.symbol)
        if key not in self.grid_shown.series:
            return None
        return self.grid_shown.series.index(key), self.grid_shown.months.index(cell.month)

    # -- what the user does ---------------------------------------------------------------------------------------

    def _bind_input(self) -> None:
        bind = self.canvas.bind
        bind("<Configure>", lambda _event: self.redraw())
        bind("<Button-1>", self._clicked)
        bind("<MouseWheel>", lambda event: self._wheel(0, -1 if event.delta > 0 else 1, event))
        bind("<Shift-MouseWheel>", lambda event: self._wheel(1, -1 if event.delta > 0 else 1, event))
        for button, step in (("4", -1), ("5", 1)):
            bind(f"<Button-{button}>", partial(self._wheel, 0, step))
            bind(f"<Shift-Button-{button}>", partial(self._wheel, 1, step))
        for key, (lines, columns) in _MOVES.items():
            bind(f"<{key}>", partial(self._move, lines, columns))
        for key in ("Return", "KP_Enter", "space"):
            bind(f"<{key}>", lambda _event: self.open())
        bind("<FocusIn>", lambda _event: self._focused())
        bind("<FocusOut>", lambda _event: self.redraw())

    def _focused(self) -> None:
        if self.cursor is None:
            self.choose(0, len(self.grid_shown.months) - 1)
        else:
            self.redraw()

    def _move(self, lines: int, columns: int, _event: tk.Event[tk.Canvas]) -> str:
        line, column = self.cursor if self.cursor is not None else (0, len(self.grid_shown.months) - 1)
        self.choose(line + lines, column + columns)
        return "break"

    def _clicked(self, event: tk.Event[tk.Canvas]) -> None:
        self.canvas.focus_set()
        column = (event.x - self._label_width()) // self._theme.px(CELL_WIDTH) + self._first[1]
        line = (event.y - self._theme.px(HEAD_HEIGHT)) // self._theme.px(CELL_HEIGHT) + self._first[0]
        inside = 0 <= line < len(self.grid_shown.series) and self._first[1] <= column < len(self.grid_shown.months)
        if inside and line >= self._first[0]:
            self.choose(line, column)
            self.open()

    def _wheel(self, axis: int, step: int, _event: tk.Event[tk.Canvas]) -> str:
        self._shift(axis, step * 3)
        return "break"

    def _scroll(self, axis: int, *how: str) -> None:
        total = len(self.grid_shown.series) if axis == 0 else len(self.grid_shown.months)
        if how[0] == "moveto":
            self._shift(axis, round(float(how[1]) * total) - self._first[axis])
        else:
            fit = self._fitting()[axis]
            self._shift(axis, int(how[1]) * (fit if how[2] == "pages" else 1))

    def _shift(self, axis: int, by: int) -> None:
        moved = max(self._first[axis] + by, 0)
        self._first = (moved, self._first[1]) if axis == 0 else (self._first[0], moved)
        self.redraw()
