"""The dialog Ranking: the largest symbols with their figures, every exclusion with its reason, and Use these."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from threadx.i18n import _, number
from threadx.ui import desktop
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice, Dialog
from threadx.ui.presenters.ranking import (
    ATTRIBUTION,
    COINGECKO,
    LEFT_OUT_COLUMNS,
    MOST,
    RANK_COLUMNS,
    RankingPresenter,
)
from threadx.ui.presenters.table_rows import Row, in_words
from threadx.ui.theme import ttk
from threadx.ui.widgets.check_box import Segments
from threadx.ui.widgets.table import DataTable
from threadx.ui.widgets.tooltip import Tooltip

if TYPE_CHECKING:
    from threadx.data.ranking import Ranking

__all__ = ["RankingDialog"]

_ROWS = 9
_WIDTH = 660
"""Logical pixels before a text wraps."""


class RankingDialog(Dialog):
    """Draws what `RankingPresenter` says; `use` gets the ranking whose symbols are to be chosen. Tk thread only."""

    def __init__(
        self,
        parent: tk.Misc,
        context: PageContext,
        presenter: RankingPresenter,
        use: Callable[[Ranking], object],
    ) -> None:
        self._presenter = presenter
        self._use = use
        self.open_page = desktop.open_page
        super().__init__(
            parent, context.theme, _("Ranking"),
            choices=(
                Choice(_("Use these symbols"), self._chosen, "Primary.TButton", closes=False),
                Choice(_("Close"), lambda: None),
            ),
            resizable=True,
        )  # fmt: skip
        Tooltip(self.buttons[0], context.theme, _("Choose them in the Data Manager"))
        theme, gap = self.theme, self.theme.unit
        foot = ttk.Frame(self.body)
        foot.pack(side="bottom", fill="x")  # first: where there is little room, the table gives way
        self.word = ttk.Label(foot, style="Small.TLabel", wraplength=theme.px(_WIDTH), justify="left")
        self.word.pack(anchor="w", pady=(gap // 2, 0))
        self.notes = ttk.Label(foot, style="Warning.Small.TLabel", wraplength=theme.px(_WIDTH), justify="left")
        self.notes.pack(anchor="w")
        self.source = ttk.Button(
            foot,
            text=f"{ATTRIBUTION} \u2197",
            style="Ghost.TButton",
            width=-1,
            command=lambda: self.open_page(COINGECKO),
        )
        Tooltip(self.source, theme, COINGECKO)
        self._build_question()
        self._build_tables()
        foot.lift()  # last in the order of Tab
        self.bind("<Destroy>", lambda event: presenter.detach() if event.widget is self else None, add="+")
        presenter.attach(self)

    # -- building -------------------------------------------------------------------------------------------------

    def _build_question(self) -> None:
        theme, gap, presenter = self.theme, self.theme.unit, self._presenter
        row = ttk.Frame(self.body)
        row.pack(fill="x", pady=(0, gap))
        first = ttk.Label(row, text=_("The largest"))
        first.pack(side="left")
        self.limit = ttk.Spinbox(row, from_=1, to=MOST, width=5, command=self._asked)
        self.limit.set(presenter.limit)
        beside = (gap // 2, gap)
        self.limit.pack(side="left", padx=beside)
        ttk.Label(row, text=_("Quote")).pack(side="left")
        self.quote = ttk.Combobox(row, values=list(presenter.quotes), width=8)
        self.quote.set(presenter.quote)
        self.quote.pack(side="left", padx=beside)
        Tooltip(self.quote, theme, _("What the pairs are traded against"))
        ttk.Label(row, text=_("As of (UTC)")).pack(side="left")
        self.as_of = ttk.Entry(row, width=14)
        self.as_of.pack(side="left", fill="x", expand=True, padx=beside)
        Tooltip(
            self.as_of, theme,
            _("Empty: now. A day as 2026-01-31: the snapshot of that day, else the bank's own volume before its end"),
        )  # fmt: skip
        self.rank = ttk.Button(
            row, text=_("Rank anew"), style="Outline.TButton", width=-1, command=partial(self._asked, anew=True)
        )
        self.rank.pack(side="right", before=first)  # where there is little room, the fields give way
        Tooltip(self.rank, theme, _("Ask anew; nothing is written"))
        for widget in (self.limit, self.quote, self.as_of):
            widget.bind("<Return>", lambda _event: self._asked())
        self.quote.bind("<<ComboboxSelected>>", lambda _event: self._asked())

    def _build_tables(self) -> None:
        self.views = Segments(self.body, (("ranking", _("Ranking")), ("left_out", _("Left out"))), self._show_view)
        self.views.pack(anchor="w", pady=(0, self.theme.unit // 2))
        self._place = ttk.Frame(self.body)
        self._place.pack(fill="both", expand=True)
        self.ranking = DataTable(self._place, self.theme, in_words(RANK_COLUMNS), height=_ROWS)
        self.left_out = DataTable(self._place, self.theme, in_words(LEFT_OUT_COLUMNS), height=_ROWS)
        self._show_view("ranking")

    def _show_view(self, name: str) -> None:
        self.views.set(name)
        shown, hidden = (self.ranking, self.left_out) if name == "ranking" else (self.left_out, self.ranking)
        hidden.pack_forget()
        shown.pack(fill="both", expand=True)

    # -- what the user does ---------------------------------------------------------------------------------------

    def _asked(self, *, anew: bool = False) -> None:
        self._presenter.ask(self.limit.get(), self.quote.get(), self.as_of.get(), anew=anew)

    def _chosen(self) -> None:
        ranking = self._presenter.ranking
        if ranking is not None:
            self.destroy()
            self._use(ranking)

    # -- what the presenter says ----------------------------------------------------------------------------------

    def show_ranking(self, rows: Sequence[Row], left_out: Sequence[Row]) -> None:
        """Show the largest, and what is left out."""
        self.ranking.set_rows(rows)
        self.left_out.set_rows(left_out)
        words = (("ranking", _("Ranking"), rows), ("left_out", _("Left out"), left_out))
        for name, text, shown in words:
            self.views.buttons[name].configure(text=f"{text} ({number(len(shown))})" if rows else text)

    def show_word(self, text: str, notes: str, *, bad: bool = False) -> None:
        """Say what the order rests on, and what the reader should know."""
        self.word.configure(text=text, style="Danger.Small.TLabel" if bad else "Small.TLabel")
        self.notes.configure(text=notes)
        if notes:
            self.notes.pack(anchor="w", after=self.word)
        else:
            self.notes.pack_forget()

    def show_source(self, *, caps: bool) -> None:
        """Name CoinGecko where any figure is from there."""
        if caps:
            self.source.pack(anchor="w")
        else:
            self.source.pack_forget()

    def show_ready(self, *, ready: bool) -> None:
        """Allow to use the symbols, or not."""
        self.buttons[0].state(["!disabled" if ready else "disabled"])
