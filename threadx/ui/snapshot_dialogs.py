"""Dialogs of the Snapshots tab: pin the bank, archive after a look at what would go, what differs."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Sequence

from threadx.errors import ThreadXError
from threadx.i18n import _, counted, error_text
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice, Dialog
from threadx.ui.presenters.snapshot_jobs import AGE
from threadx.ui.presenters.snapshot_rows import packed_rows
from threadx.ui.presenters.snapshots import SnapshotsPresenter
from threadx.ui.theme import ttk
from threadx.ui.widgets.table import Column, DataTable
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["ArchiveDialog", "ChangesDialog", "CreateDialog"]

_LONGEST_AGE = 36_500


class CreateDialog(Dialog):
    """What a snapshot of the bank holds, and the date it is named by."""

    def __init__(self, parent: tk.Misc, context: PageContext, presenter: SnapshotsPresenter) -> None:
        self._presenter = presenter
        self._offers = {choice.label: choice for choice in presenter.pin_choices()}
        super().__init__(
            parent, context.theme, _("Create a snapshot of the bank"),
            _("It pins every timeframe of the symbols as they are now: links to the bank's files, which take names and"
              " no room. It never changes afterwards."),
            choices=(
                Choice(_("Create"), self._create, "Primary.TButton", closes=False),
                Choice(_("Cancel"), lambda: None),
            ),
        )  # fmt: skip
        gap = context.theme.unit
        self.body.columnconfigure(1, weight=1)
        ttk.Label(self.body, text=_("Symbols")).grid(row=0, column=0, sticky="w", pady=gap // 2)
        self.what = ttk.Combobox(self.body, state="readonly", values=list(self._offers), width=34)
        self.what.set(next(iter(self._offers)))
        self.what.grid(row=0, column=1, sticky="ew", padx=(gap * 2, 0))
        ttk.Label(self.body, text=_("Date (UTC)")).grid(row=1, column=0, sticky="w", pady=gap // 2)
        self.date = ttk.Entry(self.body, width=20)
        self.date.insert(0, presenter.next_stamp())
        self.date.grid(row=1, column=1, sticky="w", padx=(gap * 2, 0))
        Tooltip(self.date, context.theme, _("A day as 2026-01-31, or an hour as 2026-01-31 14:00"))
        self.reason = ttk.Label(self.body, style="Danger.Small.TLabel", wraplength=context.theme.px(330))
        self.reason.grid(row=2, column=1, sticky="w", padx=(gap * 2, 0))
        for widget in (self.date, self.what):
            widget.bind("<Return>", lambda _event: self._create())

    def _create(self) -> None:
        why = self._presenter.why_not_stamp(self.date.get())
        if why:
            self.reason.configure(text=why)
            self.date.focus_set()
            return
        choice, date = self._offers[self.what.get()], self.date.get()
        self.destroy()
        self._presenter.create(choice, date)


class ArchiveDialog(Dialog):
    """Which dates are old enough; first a look at what would go, then the archiving."""

    def __init__(self, parent: tk.Misc, context: PageContext, presenter: SnapshotsPresenter) -> None:
        self._presenter = presenter
        self._run = 0
        self._days = 0
        super().__init__(
            parent, context.theme, _("Archive old snapshots"),
            _("Each month becomes one zip file, read back and compared; only then its folders go. Bring back undoes"
              " it."),
            choices=(
                Choice(_("Archive"), self._archive, "Danger.TButton", closes=False),
                Choice(_("Cancel"), lambda: None, "TButton"),
            ),
            resizable=True,
        )  # fmt: skip
        theme, gap = context.theme, context.theme.unit
        self.word = ttk.Label(self.body, style="Small.TLabel", wraplength=theme.px(460), justify="left")
        self.word.pack(side="bottom", anchor="w", pady=(gap // 2, 0))
        row = ttk.Frame(self.body)
        row.pack(fill="x", pady=(0, gap))
        ttk.Label(row, text=_("Older than (days)")).pack(side="left")
        self.age = ttk.Spinbox(
            row, from_=0, to=_LONGEST_AGE, width=6, command=lambda: self._look(self.age.get()), validate="key"
        )
        self.age.set(AGE)
        self.age.configure(validatecommand=(self.register(self._look), "%P"))
        self.age.pack(side="left", padx=(gap, gap * 2))
        ttk.Label(row, text=_("Domain")).pack(side="left")
        self._names = {_("All domains"): ""} | {each: each for each in presenter.domains}
        self.domain = ttk.Combobox(row, state="readonly", values=list(self._names), width=22)
        self.domain.set(presenter.domain if presenter.domain in self._names else next(iter(self._names)))
        self.domain.pack(side="left", padx=(gap, 0))
        self.domain.bind("<<ComboboxSelected>>", lambda _event: self._look(self.age.get()))
        columns = (
            Column("domain", _("Domain"), 180, stretch=True), Column("month", _("Month"), 90),
            Column("dates", _("Dates"), 90, "right"), Column("size", _("Size"), 110, "right"),
        )  # fmt: skip
        self.table = DataTable(self.body, theme, columns, height=6)
        self.table.pack(fill="both", expand=True)
        self._context = context
        self._look(self.age.get())

    def _look(self, typed: str) -> bool:
        """Ask what would go; the button waits for the answer. Any text may stand in the field."""
        self._run += 1
        run = self._run
        self.buttons[0].state(["disabled"])
        text = typed.strip()
        if not text.isascii() or not text.isdigit() or int(text) > _LONGEST_AGE:
            self.table.set_rows(())
            self._say(_("write a number of days"), bad=True)
            return True
        self._days = int(text)
        self._say(_("Looking…"))
        self._presenter.plan_archive(
            self._days, self._names[self.domain.get()],
            lambda plan: self._planned(run, plan), lambda failure: self._failed(run, failure),
        )  # fmt: skip
        return True

    def _planned(self, run: int, plan: Sequence[object]) -> None:
        if run != self._run or not self.winfo_exists():
            return
        rows = packed_rows(plan)  # type: ignore[arg-type] # Packed, which the engine has
        self.table.set_rows(rows)
        count = sum(int(row.values[2]) for row in rows)
        if not count:
            self._say(_("Nothing is that old."))
            return
        self._say(
            counted("{n} date would go into an archive.", "{n} dates would go into archives.", count)
            + " "
            + _("Nothing was written yet.")
        )
        self.buttons[0].state(["!disabled"])

    def _failed(self, run: int, failure: ThreadXError) -> None:
        if run == self._run and self.winfo_exists():
            self.table.set_rows(())
            self._say(error_text(failure), bad=True)

    def _say(self, text: str, *, bad: bool = False) -> None:
        self.word.configure(text=text, style="Danger.Small.TLabel" if bad else "Small.TLabel")

    def _archive(self) -> None:
        days, domain = self._days, self._names[self.domain.get()]
        self.destroy()
        self._presenter.archive(days, domain)


class ChangesDialog(Dialog):
    """What differs between two dates, in words; the main window stays usable."""

    def __init__(self, parent: tk.Misc, context: PageContext, title: str, lines: Sequence[str]) -> None:
        text = "\n".join(lines)
        super().__init__(
            parent, context.theme, title,
            choices=(
                Choice(_("Close"), lambda: None, "Primary.TButton"),
                Choice(_("Copy"), lambda: context.shell.copy(text), closes=False),
            ),
            modal=False, resizable=True,
        )  # fmt: skip
        theme = context.theme
        self.text = theme.text(self.body, width=72, height=min(max(len(lines), 6), 16), wrap="word")
        bar = ttk.Scrollbar(self.body, orient="vertical", command=self.text.yview)
        self.text.configure(yscrollcommand=bar.set)
        bar.pack(side="right", fill="y")
        self.text.pack(fill="both", expand=True)
        self.text.insert("end", text)
        self.text.configure(state="disabled")
