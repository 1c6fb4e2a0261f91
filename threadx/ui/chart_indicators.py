"""Indicators on the Charts tab: menu, legend, dialogs, between the desk that decides and the view that draws."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from functools import partial
from typing import Any

from threadx.errors import ThreadXError
from threadx.i18n import _, error_text
from threadx.ui.chart_figure import ChartLook
from threadx.ui.chart_legend import LegendEvents, StudyLegend
from threadx.ui.chart_view import ChartView
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Dialog, confirm
from threadx.ui.presenters.study_desk import Drawn, StudyDesk
from threadx.ui.study_dialogs import StudyDialog, TemplateDialog

__all__ = ["ChartIndicators"]


class ChartIndicators:
    """Draws and lists what the desk says, and tells it what the user wants. Tk thread only."""

    def __init__(self, view: ChartView, context: PageContext, look: ChartLook, *, digits: Callable[[], int]) -> None:
        """`digits`: decimals of prices."""
        self._context = context
        self._digits = digits
        self._hovered: float | None = None
        self.view = view
        self.desk = context.presenter("charts.studies", lambda: desk_for(context))
        self.dialog: Dialog | None = None
        events = LegendEvents(self.edit, self.desk.remove, self._menu_at)
        self.legend = StudyLegend(view.canvas.widget, context.theme, look, events)
        self._posted: tk.Menu | None = None
        self.desk.attach(self)

    def close(self) -> None:
        """The page goes."""
        self.desk.detach(self)

    # -- what the desk says ---------------------------------------------------------------------------------------

    def show_studies(self, drawn: tuple[Drawn, ...]) -> None:
        """Draw these, and list them."""
        self.legend.show(drawn)
        self.hovered(self._hovered)
        self.view.set_studies(drawn)

    # -- what the chart says --------------------------------------------------------------------------------------

    def arranged(self) -> None:
        """The panes have their places."""
        self.legend.arrange(self.view.chart)

    def hovered(self, ms: float | None) -> None:
        """Write the values of the bar under the crosshair; None: of the latest."""
        self._hovered = ms
        values = {each.study.key: self.desk.values_at(each, ms) for each in self.desk.drawn}
        self.legend.show_values(values, self._digits())

    # -- what the user does ---------------------------------------------------------------------------------------

    def add(self) -> None:
        """Ask which indicator to add."""
        self._open(StudyDialog(
            self.view, self._context.theme, study=None, gap=self.desk.gap,
            done=lambda name, params, height: self._guarded(lambda: self.desk.add(name, params, height=height)),
        ))  # fmt: skip

    def edit(self, key: int) -> None:
        """Ask for other parameters."""
        study = self.desk.study(key)
        if study is not None:
            self._open(StudyDialog(
                self.view, self._context.theme, study=study, gap=self.desk.gap,
                done=lambda _name, params, height: self._guarded(lambda: self.desk.edit(key, params, height=height)),
            ))  # fmt: skip

    def save_template(self) -> None:
        """Ask for a name, and keep what is shown."""
        names = self.desk.templates.names
        self._open(TemplateDialog(self.view, self._context.theme, names, self.desk.save_template))

    def delete_template(self, name: str) -> None:
        """Ask, and keep a template no more."""
        self.dialog = confirm(
            self.view, self._context.theme, title=_("Delete this template?"), message=name, yes=_("Delete"),
            on_yes=lambda: self.desk.delete_template(name), danger=True,
        )  # fmt: skip

    def fill(self, menu: tk.Menu, make: Callable[[tk.Misc], tk.Menu]) -> None:
        """Fill the menu of the tool bar anew; `make` makes a menu that looks as it does."""
        for child in menu.winfo_children():
            child.destroy()
        menu.delete(0, "end")
        desk = self.desk
        menu.add_command(label=_("Add an indicator…"), command=self.add, accelerator="/")
        if desk.studies:
            menu.add_separator()
        for study in desk.studies:
            own = make(menu)
            self._fill_own(own, study.key)
            menu.add_cascade(label=study.label, menu=own)
        if desk.studies:
            menu.add_command(label=_("Remove all"), command=desk.clear)
        menu.add_separator()
        menu.add_command(
            label=_("Save as a template…"), command=self.save_template, state="normal" if desk.studies else "disabled"
        )
        for label, call in ((_("Load a template"), desk.load_template), (_("Delete a template"), self.delete_template)):
            names = make(menu)
            for name in desk.templates.names:
                names.add_command(label=name, command=partial(call, name))
            menu.add_cascade(label=label, menu=names, state="normal" if desk.templates.names else "disabled")

    def _fill_own(self, menu: tk.Menu, key: int) -> None:
        menu.add_command(label=_("Edit…"), command=partial(self.edit, key))
        menu.add_command(label=_("Remove"), command=partial(self.desk.remove, key))

    def _menu_at(self, key: int, widget: tk.Misc) -> None:
        if self._posted is not None:
            self._posted.destroy()
        self._posted = menu = context_menu(widget, self._context)
        self._fill_own(menu, key)
        menu.tk_popup(widget.winfo_rootx(), widget.winfo_rooty() + widget.winfo_height())

    def _open(self, dialog: Dialog) -> None:
        self.dialog = dialog
        dialog.show()

    def _guarded(self, call: Callable[[], Any]) -> None:
        try:
            call()
        except ThreadXError as failure:  # the fields were judged before: settings may have changed meanwhile
            self._context.notify(error_text(failure))


def context_menu(parent: tk.Misc, context: PageContext) -> tk.Menu:
    """Return an empty menu in the window's colours."""
    t = context.theme.tokens
    return tk.Menu(
        parent.winfo_toplevel(), tearoff=False, background=t.input_bg, foreground=t.fg, activebackground=t.select_bg,
        activeforeground=t.select_fg, selectcolor=t.fg, borderwidth=1, relief="raised", activeborderwidth=0,
    )  # fmt: skip


def desk_for(context: PageContext) -> StudyDesk:
    """Return a new desk, which outlives the pages."""
    return StudyDesk(
        context.bridge, context.pump, context.selection, context.state, notify=context.notify,
        gap=context.bridge.settings.indicators.max_gap_minutes,
    )  # fmt: skip
