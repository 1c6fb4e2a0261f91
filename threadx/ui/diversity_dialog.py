"""The dialog Diversity: members of a group with their coverage, the correlation of their daily returns."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

from threadx.i18n import _
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice, Dialog
from threadx.ui.presenters.diversity import MEMBER_COLUMNS, DiversityPresenter
from threadx.ui.presenters.table_rows import Column, Row, in_words
from threadx.ui.theme import ttk
from threadx.ui.widgets.check_box import Segments
from threadx.ui.widgets.range_box import ALL, SEEN, RangeBox
from threadx.ui.widgets.table import DataTable
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["DiversityDialog"]

_ROWS = 9
_WIDTH = 660
"""Logical pixels before a text wraps."""
_MEMBERS, _CORRELATION = "members", "correlation"


class DiversityDialog(Dialog):
    """Draws what `DiversityPresenter` says; `choose` gets the members that have no bars. Tk thread only."""

    def __init__(
        self,
        parent: tk.Misc,
        context: PageContext,
        presenter: DiversityPresenter,
        choose: Callable[[Sequence[str]], object],
    ) -> None:
        self._presenter = presenter
        self._choose = choose
        super().__init__(
            parent, context.theme, _("Diversity of {group}").format(group=presenter.group),
            choices=(
                Choice(_("Close"), lambda: None, "Primary.TButton"),
                Choice(_("Choose the missing"), self._chosen, "Outline.TButton", closes=False),
            ),
            resizable=True,
        )  # fmt: skip
        self.missing = self.buttons[1]
        Tooltip(self.missing, context.theme, _("Choose the members without bars in the Data Manager"))
        self.missing.state(["disabled"])
        theme, gap = self.theme, self.theme.unit
        self.word = ttk.Label(self.body, style="Small.TLabel", wraplength=theme.px(_WIDTH), justify="left")
        self.word.pack(side="bottom", anchor="w", pady=(gap // 2, 0))  # first: with little room, the table gives way
        row = ttk.Frame(self.body)
        row.pack(fill="x", pady=(0, gap))
        self._build_tables()
        self.bind("<Destroy>", lambda event: presenter.detach() if event.widget is self else None, add="+")
        presenter.attach(self)
        self._build_question(row, context)

    # -- building -------------------------------------------------------------------------------------------------

    def _build_question(self, row: ttk.Frame, context: PageContext) -> None:
        choice, theme, gap = context.selection.choice, self.theme, self.theme.unit
        ttk.Label(row, text=_("Compared days")).pack(side="left", anchor="n", pady=theme.px(3), padx=(0, gap))
        shared = choice.start_ms is not None and choice.end_ms is not None
        seen = (_("As in the Data Manager"), choice.start_ms or 0, choice.end_ms or 0) if shared else None
        self.period = RangeBox(row, theme, seen=seen, changed=self._look)
        self.period.pack(side="left", anchor="n")
        self.period.choose(SEEN if shared else ALL)

    def _build_tables(self) -> None:
        options = ((_MEMBERS, _("Members")), (_CORRELATION, _("Correlation")))
        self.views = Segments(self.body, options, self._show_view)
        self.views.pack(anchor="w", pady=(0, self.theme.unit // 2))
        Tooltip(self.views.buttons[_CORRELATION], self.theme, _("Of the daily returns: 1 moves alike, -1 against"))
        self._place = ttk.Frame(self.body)
        self._place.pack(fill="both", expand=True)
        self.members = DataTable(self._place, self.theme, in_words(MEMBER_COLUMNS), height=_ROWS)
        self.correlation: DataTable | None = None
        self._show_view(_MEMBERS)

    def _show_view(self, name: str) -> None:
        self.views.set(name)
        tables = {_MEMBERS: self.members, _CORRELATION: self.correlation}
        for table in tables.values():
            if table is not None:
                table.pack_forget()
        shown = tables[name]
        if shown is not None:
            shown.pack(fill="both", expand=True)

    # -- what the user does ---------------------------------------------------------------------------------------

    def _look(self) -> None:
        self._presenter.look(self.period.period)

    def _chosen(self) -> None:
        self.destroy()
        self._choose(self._presenter.missing)

    # -- what the presenter says ----------------------------------------------------------------------------------

    def show_members(self, rows: Sequence[Row]) -> None:
        """Show who is in the group."""
        self.members.set_rows(rows)

    def show_correlation(self, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        """Show how alike they are, in these columns."""
        table = self.correlation
        if table is None or table.columns != tuple(columns):
            if table is not None:
                table.destroy()
            self.correlation = table = DataTable(self._place, self.theme, columns, height=_ROWS)
            self._show_view(self.views.get())
        table.set_rows(rows)

    def show_word(self, text: str, *, bad: bool = False) -> None:
        """Say what it comes to, or why it cannot be said."""
        self.word.configure(text=text, style="Danger.Small.TLabel" if bad else "Small.TLabel")

    def show_missing(self, *, some: bool) -> None:
        """Offer to choose the members without bars, or do not."""
        self.missing.state(["!disabled" if some else "disabled"])
