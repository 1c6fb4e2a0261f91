"""The rows that name the indicators of a chart, over it: values at the crosshair, edit, remove. Tk thread only."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from threadx.i18n import _
from threadx.ui.chart_figure import ChartFigure, ChartLook
from threadx.ui.chart_studies import line_color
from threadx.ui.presenters.study_desk import Drawn
from threadx.ui.presenters.study_words import value_text
from threadx.ui.theme import FONT_SMALL, Theme, ttk
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["LegendEvents", "StudyLegend"]


@dataclass(frozen=True, slots=True)
class LegendEvents:
    """What the rows are good for; each gets the key of an indicator."""

    edit: Callable[[int], None]
    remove: Callable[[int], None]
    menu: Callable[[int, tk.Misc], None]
    """A menu is asked for, at a widget."""


class StudyLegend:
    """Rows on a chart's canvas: over the price for what is drawn there, at the top of each pane for the others."""

    def __init__(self, canvas: tk.Misc, theme: Theme, look: ChartLook, events: LegendEvents) -> None:
        self._canvas = canvas
        self._theme = theme
        self._look = look
        self._events = events
        self.rows: dict[int, LegendRow] = {}
        self._drawn: tuple[Drawn, ...] = ()

    def set_look(self, look: ChartLook) -> None:
        """Take other colours."""
        self._look = look
        self._rebuild()

    def show(self, drawn: tuple[Drawn, ...]) -> None:
        """List these."""
        same = [each.study for each in drawn] == [each.study for each in self._drawn]
        problems = [each.problem for each in drawn] == [each.problem for each in self._drawn]
        self._drawn = drawn
        if not (same and problems):
            self._rebuild()

    def show_values(self, values: Mapping[int, Mapping[str, float]], digits: int) -> None:
        """Write the values of a bar, by indicator and output."""
        for key, row in self.rows.items():
            row.show_values(values.get(key, {}), digits)

    def arrange(self, chart: ChartFigure) -> None:
        """Put every row where its pane lies now."""
        place = chart.place
        if place is None:
            for row in self.rows.values():
                row.place_forget()
            return
        tall, left = self._canvas.winfo_height(), self._theme.px(4)
        top = tall - place.price_top
        for key, row in self.rows.items():
            edge = chart.panes.top_of(key)
            if edge is not None:
                row.place(x=left, y=round(tall - edge) + 1)
                continue
            height = row.winfo_reqheight()
            if top + height > tall - place.price_bottom:
                row.place_forget()  # no room is left over the price; the menu lists it
                continue
            row.place(x=left, y=round(top))
            top += height

    def _rebuild(self) -> None:
        held = next((key for key, row in self.rows.items() if row.has_keyboard()), None)
        for row in self.rows.values():
            row.destroy()
        self.rows = {
            each.study.key: LegendRow(self._canvas, self._theme, self._look, each, self._events) for each in self._drawn
        }
        if held in self.rows:
            self.rows[held].name.focus_set()


class LegendRow(ttk.Frame):
    """One indicator: its name is a button that edits it; Delete removes it, the Menu key shows what else there is."""

    def __init__(self, parent: tk.Misc, theme: Theme, look: ChartLook, drawn: Drawn, events: LegendEvents) -> None:
        super().__init__(parent)
        study = drawn.study
        self._style, self._lines = study.style, study.style.lines
        edit, remove = partial(events.edit, study.key), partial(events.remove, study.key)
        color = line_color(self._lines[-1 if self._lines[0].columns else 0], study.shade, look.colors)
        mark = tk.Frame(self, background=color, width=theme.px(10), height=max(theme.px(3), 2))
        mark.pack(side="left", padx=(theme.px(2), 0))
        self.name = ttk.Button(self, text=study.label, style="Legend.TButton", command=edit, width=-1)
        self.name.pack(side="left")
        Tooltip(self.name, theme, _("Edit; Delete takes it off the chart"))
        self.values: list[ttk.Label] = []
        for line in self._lines:
            shade = look.colors.muted if line.columns else line_color(line, study.shade, look.colors)
            label = ttk.Label(self, font=FONT_SMALL, foreground=shade)
            label.pack(side="left", padx=(0, theme.px(5)))
            self.values.append(label)
        self.problem = ttk.Label(self, text=drawn.problem, style="Danger.Small.TLabel")
        if drawn.problem:
            self.problem.pack(side="left", padx=(0, theme.px(5)))
        self.edit = ttk.Button(self, text="\u270e", style="Legend.TButton", command=edit, width=-1, takefocus=False)
        self.edit.pack(side="left")
        Tooltip(self.edit, theme, _("Edit"))
        self.remove = ttk.Button(self, text="\u2715", style="Legend.TButton", command=remove, width=-1, takefocus=False)
        self.remove.pack(side="left")
        Tooltip(self.remove, theme, _("Take it off the chart"))
        for key in ("<Delete>", "<BackSpace>"):
            self.name.bind(key, lambda _event: remove())
        menu = partial(events.menu, study.key, self.name)
        for key in ("<Shift-F10>", "<Menu>"):
            try:
                self.name.bind(key, lambda _event: menu())
            except tk.TclError:  # no such key on this system
                continue
        for widget in (self, mark, self.name, *self.values):  # a mouse binding does not make Tab stop there
            widget.bind("<Button-3>", lambda _event: menu())

    def show_values(self, values: Mapping[str, float], digits: int) -> None:
        """Write the values of a bar; none: nothing."""
        for line, label in zip(self._lines, self.values, strict=True):
            text = value_text(values[line.output], self._style, digits) if line.output in values else ""
            if str(label.cget("text")) != text:
                label.configure(text=text)

    def has_keyboard(self) -> bool:
        """Whether the keyboard is on it."""
        return str(self.tk.call("focus")) == str(self.name)
