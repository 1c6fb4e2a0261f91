"""The jobs card of the Data Manager: overall bar, one row per job, what the last run left."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence

from threadx.i18n import _, number
from threadx.ui.context import PageContext
from threadx.ui.presenters.amounts import duration
from threadx.ui.presenters.data_manager import DataManagerPresenter
from threadx.ui.presenters.job_board import Overall
from threadx.ui.presenters.job_lines import JobLine
from threadx.ui.presenters.job_results import ResultTable
from threadx.ui.presenters.table_rows import Row
from threadx.ui.result_window import ResultWindow
from threadx.ui.shortcuts import label
from threadx.ui.theme import ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.progress_images import ProgressImages
from threadx.ui.widgets.table import Column, DataTable, MenuEntry, TableEvents
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["JobsCard"]

_BAR_STEPS = 1000


class JobsCard(Card):
    """Draws what `JobsDesk` says. Tk thread only."""

    def __init__(
        self,
        parent: tk.Misc,
        context: PageContext,
        presenter: DataManagerPresenter,
        log_button: Callable[[tk.Misc], ttk.Button],
    ) -> None:
        """`log_button` makes the button that brings the log back."""
        super().__init__(parent, context.theme, _("Jobs"))
        self._context = context
        self._desk = presenter.desk
        self._presenter = presenter
        self._theme = context.theme
        self._images = ProgressImages(context.theme.root, context.theme)
        self._bar_shown: tuple[int, str] | None = None
        self._overall_shown = ""
        self._retry_shown: bool | None = None
        self._followed = ""
        self._build_tools(log_button)
        self.bar = ttk.Progressbar(self.body, maximum=_BAR_STEPS)
        self.bar.pack(fill="x", pady=(0, context.theme.px(6)))
        self._offer = ttk.Frame(self.body)
        self._build_offer()
        self.detail = ttk.Label(self.body, style="Small.TLabel", anchor="w")
        self.table = self._build_table()
        self.bind("<Destroy>", self._on_destroy)
        self.detail.bind("<Configure>", lambda event: self.detail.configure(wraplength=event.width))

    def _build_tools(self, log_button: Callable[[tk.Misc], ttk.Button]) -> None:
        self.overall = ttk.Label(self.tools, style="Muted.TLabel", anchor="e")
        self.overall.pack(side="left", padx=self._theme.unit)
        self.retry = ttk.Button(self.tools, text=_("Retry failed"), style="Ghost.TButton",
                                command=self._desk.retry_failed, width=-1)  # fmt: skip
        self.retry.pack(side="left")
        Tooltip(self.retry, self._theme, _("Queue every failed job again"))
        clear = ttk.Button(self.tools, text=_("Clear"), style="Ghost.TButton", command=self._desk.clear_ended, width=-1)
        clear.pack(side="left")
        Tooltip(clear, self._theme, _("Show no more what has ended"))
        log_button(self.tools)

    def _build_offer(self) -> None:
        gap = self._theme.px(6)
        self._offer_text = ttk.Label(self._offer, style="Warning.Small.TLabel")
        self._offer_text.pack(side="left")
        for text, command, tip in (
            (_("Forget"), self._desk.forget, _("Offer these jobs no more")),
            (_("Go on"), self._desk.resume, _("Queue these jobs now")),
        ):
            button = ttk.Button(self._offer, text=text, style="Chip.TButton", command=command, width=-1)
            button.pack(side="right", padx=(gap, 0))
            Tooltip(button, self._theme, tip)

    def _build_table(self) -> DataTable:
        columns = (
            Column("subject", _("Symbol"), 118),
            Column("rows", _("Rows"), 72, "right", optional=1),
            Column("percent", _("%"), 52, "right"),
            Column("rate", _("Rate"), 76, "right", optional=3),
            Column("left", _("Left"), 60, "right", optional=2),
            Column("state", _("State"), 160, stretch=True),
        )
        events = TableEvents(chosen=self._desk.choose, opened=self._open, menu=self._menu, deleted=self._desk.cancel)
        table = DataTable(self.body, self._theme, columns, events, image_title=_("Progress"), image_width=104, height=3)
        table.pack(fill="both", expand=True)
        words = _("No jobs yet: choose symbols and press Download ({key})").format(key=label(self, "download"))
        self._none = ttk.Label(table, text=words, style="Muted.TLabel", background=self._theme.tokens.input_bg,
                               justify="center")  # fmt: skip
        table.bind("<Configure>", lambda event: self._resized(event.width))
        return table

    # -- what the user does ---------------------------------------------------------------------------------------

    def _open(self, key: str) -> None:
        symbol = self._desk.symbol_of(key)
        if symbol is None:
            self._desk.open(key)
        else:
            self._open_chart(symbol)

    def _open_chart(self, symbol: str) -> None:
        others = self._context.selection.choice.symbols
        if symbol in others:
            self._context.selection.update(symbols=(symbol, *(each for each in others if each != symbol)))
        else:
            self._context.selection.update(symbols=(symbol,))
        self._context.open_tab("charts")

    def _menu(self, keys: tuple[str, ...]) -> Sequence[MenuEntry | None]:
        desk, may = self._desk, self._desk.may(keys)
        symbol = next((found for key in keys if (found := desk.symbol_of(key)) is not None), "")
        return (
            MenuEntry(_("Open in Charts"), lambda: self._open_chart(symbol), may["chart"], _("Enter")),
            MenuEntry(_("Show the list"), lambda: desk.open(keys[0]), may["result"]),
            None,
            MenuEntry(_("Retry"), lambda: desk.retry(keys), may["retry"]),
            MenuEntry(_("Cancel"), lambda: desk.cancel(keys), may["cancel"], _("Del")),
            None,
            MenuEntry(_("Copy"), self.table.copy, accelerator=_("Ctrl") + "+C"),
        )

    # -- what the presenter says ----------------------------------------------------------------------------------

    def set_jobs(self, lines: Sequence[JobLine]) -> None:
        """Show these lines and no others."""
        self.table.set_rows(self._row(line) for line in lines)
        self._show_none()

    def update_jobs(self, lines: Sequence[JobLine]) -> None:
        """Show what changed."""
        following = self._following()
        new = [str(line.job_id) for line in lines if str(line.job_id) not in self.table.rows]
        self.table.update_rows(self._row(line) for line in lines)
        self._show_none()
        begun = [line.job_id for line in lines if line.role != "muted"]
        if new:
            self._follow(new[0])
        elif begun and following and max(begun) > int(self._followed or 0):
            self._follow(str(max(begun)))

    def _resized(self, width: int) -> None:
        self._none.configure(wraplength=width * 4 // 5)
        self._show_none()

    def _show_none(self) -> None:
        """Say that there are no jobs, under the headings; not where only they have room."""
        if self.table.rows:
            self._none.place_forget()
            return
        tree, top = self.table.tree, 0
        height = tree.winfo_height()
        while top < height and tree.identify_region(self._theme.unit, top) in ("heading", "separator"):
            top += 1
        if height - top < self._none.winfo_reqheight():
            self._none.place_forget()
        else:
            self._none.place(relx=0.5, y=top + (height - top) // 2, anchor="center")

    def _following(self) -> bool:
        """Whether to keep what runs in view: not while the user looks elsewhere, or at a row that is in view."""
        tree = self.table.tree
        if not self._followed or not tree.winfo_viewable():
            return True
        chosen = any(tree.exists(key) and tree.bbox(key) for key in self.table.chosen)
        return not chosen and bool(tree.exists(self._followed) and tree.bbox(self._followed))

    def _follow(self, key: str) -> None:
        self._followed = key
        self.table.tree.see(key)

    def show_overall(self, overall: Overall) -> None:
        """Move the overall bar; its line only grows while jobs run, or the buttons beside it would jump."""
        style = f"{overall.role}.Horizontal.TProgressbar" if overall.role else "Horizontal.TProgressbar"
        bar = (round(overall.share * _BAR_STEPS), style)
        if bar != self._bar_shown:
            self._bar_shown = bar
            self.bar.configure(value=bar[0], style=style)
        if overall.text != self._overall_shown:
            self._overall_shown = overall.text
            before = int(str(self.overall.cget("width")) or 0) if overall.running else 0
            self.overall.configure(text=overall.text, width=max(before, len(overall.text)) if overall.running else 0)

    def show_detail(self, text: str, *, bad: bool) -> None:
        """Fill the line under the table."""
        self.detail.configure(text=text, style="Danger.Small.TLabel" if bad else "Small.TLabel")
        if text:
            self.detail.pack(side="bottom", fill="x", pady=(self._theme.px(4), 0), before=self.table)
        else:
            self.detail.pack_forget()

    def show_offer(self, text: str) -> None:
        """Offer to take up what the last run left."""
        self._offer_text.configure(text=text)
        if text:
            self._offer.pack(fill="x", pady=(0, self._theme.px(6)), before=self.table)
        else:
            self._offer.pack_forget()

    def show_result(self, table: ResultTable) -> None:
        """Show what a job found, in a window of its own."""
        ResultWindow(self, self._theme, table)

    def jobs_changed(self) -> None:
        """The page enables its buttons itself."""

    def ring(self) -> None:
        """Let the bell of the system be heard."""
        self.bell()

    def show_retry(self, *, on: bool) -> None:
        """Enable the retry of failed jobs."""
        if on != self._retry_shown:
            self._retry_shown = on
            self.retry.state(["!disabled" if on else "disabled"])

    def _row(self, line: JobLine) -> Row:
        rate = "" if line.per_second is None else _("{n}/s").format(n=number(line.per_second))
        cells = (
            line.subject, "" if line.rows is None else number(line.rows), line.percent, rate,
            "" if line.left_s is None else duration(line.left_s), line.state,
        )  # fmt: skip
        values = (line.subject, line.rows, line.share, line.per_second, line.left_s, line.state)
        return Row(str(line.job_id), cells, values, (line.tag,) if line.tag else (),
                   self._images.get(line.role, line.share))  # fmt: skip

    def _on_destroy(self, event: tk.Event[tk.Misc]) -> None:
        if event.widget is self:
            self._images.close()
