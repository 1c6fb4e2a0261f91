"""Dialogs of the Inventory tab: history with undo, deleted series."""

from __future__ import annotations

import tkinter as tk
from functools import partial
from typing import TYPE_CHECKING

from threadx.errors import ThreadXError
from threadx.i18n import _, error_text
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice, Dialog
from threadx.ui.presenters.gap_words import GenerationLine, diff_lines, generation_lines
from threadx.ui.presenters.inventory import InventoryPresenter
from threadx.ui.presenters.table_rows import Row
from threadx.ui.widgets.table import Column, DataTable, TableEvents

if TYPE_CHECKING:
    from threadx.store.diff import StoreDiff
    from threadx.store.history import Generation

__all__ = ["DeletedDialog", "HistoryDialog"]


class HistoryDialog(Dialog):
    """The kept generations of a series, what each one changed in words, and Undo."""

    def __init__(
        self, parent: tk.Misc, context: PageContext, presenter: InventoryPresenter, series: tuple[str, str]
    ) -> None:
        self._context = context
        self._presenter = presenter
        self.series = series
        self._lines: dict[str, GenerationLine] = {}
        super().__init__(
            parent, context.theme, _("History of {symbol}").format(symbol=series[1]),
            _("Every operation made a generation. Undo goes back to the state before the last one, and can be undone."),
            choices=(
                Choice(_("Undo the last operation"), self._undo, "Outline.TButton", closes=False),
                Choice(_("Close"), lambda: None, "Primary.TButton"),  # Return must not undo by chance
            ),
            resizable=True,
        )  # fmt: skip
        columns = (
            Column("gen", _("Generation"), 84, "right"),
            Column("utc", _("Time (UTC)"), 150),
            Column("reason", _("Operation"), 190, stretch=True),
            Column("added", _("Bars added"), 92, "right"),
            Column("changed", _("Bars changed"), 100, "right"),
            Column("files", _("Files changed"), 120, "right"),
        )
        events = TableEvents(chosen=self._chosen)
        self.table = DataTable(self.body, context.theme, columns, events, height=7, multiple=False)
        self.table.pack(fill="both", expand=True)
        self.text = context.theme.text(self.body, height=7, width=60, state="disabled", wrap="word")
        self.text.pack(fill="both", expand=True, pady=(context.theme.unit, 0))
        self.reload()

    def reload(self) -> None:
        """Read the generations anew."""
        read = partial(self._context.bridge.history, *self.series)
        self._context.pump.ask(read, self._listed, self._failed, owner=self)

    def _listed(self, kept: list[Generation]) -> None:
        lines = generation_lines(kept)
        self._lines = {line.row.key: line for line in lines}
        self.table.set_rows([line.row for line in lines])
        if lines:
            self.table.choose_only(lines[0].row.key)
        self.buttons[0].configure(state="normal" if lines else "disabled")

    def _chosen(self, keys: tuple[str, ...]) -> None:
        line = self._lines.get(keys[0]) if keys else None
        if line is None:
            return
        if line.before < 0:
            self._say(_("The generation before this one is no longer kept, so there is nothing to compare with."))
            return
        self._say(_("Comparing…"))
        read = partial(self._context.bridge.diff, *self.series, line.before, line.gen)
        self._context.pump.ask(read, partial(self._compared, line.gen), self._failed, owner=self)

    def _compared(self, gen: int, found: StoreDiff) -> None:
        if self.table.chosen == (str(gen),):
            self._say("\n".join(diff_lines(found)))

    def _failed(self, failure: ThreadXError) -> None:
        self._say(error_text(failure, "\n"))

    def _say(self, text: str) -> None:
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        self.text.insert("end", text)
        self.text.configure(state="disabled")

    def _undo(self) -> None:
        self.buttons[0].configure(state="disabled")
        self._presenter.undo(self.series)


class DeletedDialog(Dialog):
    """The series that were deleted, to be brought back."""

    def __init__(self, parent: tk.Misc, context: PageContext, presenter: InventoryPresenter) -> None:
        self._presenter = presenter
        super().__init__(
            parent, context.theme, _("Deleted"),
            _("Their bars are kept until the operations before the deletion are no longer kept."),
            choices=(
                Choice(_("Close"), lambda: None),
                Choice(_("Bring back"), self._bring_back, "Primary.TButton", closes=False),
            ),
            resizable=True,
        )  # fmt: skip
        columns = (Column("symbol", _("Symbol"), 200, stretch=True), Column("provider", _("Provider"), 160))
        self.table = DataTable(self.body, context.theme, columns, height=8)
        self.table.pack(fill="both", expand=True)
        self.reload()

    def reload(self) -> None:
        """Show what is deleted now."""
        rows = [Row("/".join(key), (key[1], key[0])) for key in self._presenter.deleted]
        self.table.set_rows(rows)
        if rows and not self.table.chosen:
            self.table.choose([rows[0].key])
        self.buttons[1].configure(state="normal" if rows else "disabled")

    def _bring_back(self) -> None:
        for key in self.table.chosen:
            provider, _slash, symbol = key.partition("/")
            self._presenter.undo((provider, symbol))
