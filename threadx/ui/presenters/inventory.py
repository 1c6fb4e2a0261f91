"""The Inventory tab's decisions: what is listed when, what can be done with which rows, what jobs said. No tkinter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from threadx.bridge.events import JobEvent, JobKind, JobState
from threadx.i18n import _, counted, number, translated
from threadx.progress import Progress
from threadx.ui.presenters.asking import Asking
from threadx.ui.presenters.inventory_jobs import outcome
from threadx.ui.presenters.inventory_rows import COLUMNS, key_of, row_of, table_cells, totals_text
from threadx.ui.presenters.job_results import ResultTable, findings_table
from threadx.ui.presenters.period import Period
from threadx.ui.presenters.table_rows import Row
from threadx.ui.presenters.table_tab import Action, Empty, ListPresenter
from threadx.ui.selection import Look, Selection

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.bridge.inventory import InventoryRow

__all__ = ["InventoryPresenter", "InventoryView", "What"]


class What(StrEnum):
    """What is exported."""

    TABLE = "table"
    """The rows as they are shown."""
    BARS = "bars"
    """The bars of the chosen datasets."""


class InventoryView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these datasets."""

    def show_empty(self, empty: Empty) -> None:
        """Show no datasets, and what to do."""

    def show_deleted(self, count: int) -> None:
        """Say how many series were deleted and can be brought back."""

    def show_table(self, table: ResultTable) -> None:
        """Show a table in a window of its own."""

    def changed(self) -> None:
        """What is stored has changed: the heat map and open histories are old."""


@dataclass(frozen=True, slots=True)
class _Read:
    infos: tuple[InventoryRow, ...]
    rows: tuple[Row, ...]
    deleted: tuple[tuple[str, str], ...]


class InventoryPresenter(ListPresenter[InventoryView]):
    """Which datasets are listed, and what can be done with them. Tk thread only."""

    def __init__(
        self,
        bridge: ThreadXBridge,
        asking: Asking,
        selection: Selection,
        *,
        notify: Callable[[str], None],
        open_tab: Callable[[str], None],
    ) -> None:
        super().__init__(bridge, asking, selection, notify=notify, open_tab=open_tab)
        self.infos: dict[str, InventoryRow] = {}
        """What is stored, by the key of its row."""
        self.deleted: tuple[tuple[str, str], ...] = ()
        """Series that were deleted and can be brought back."""

    # -- reading --------------------------------------------------------------------------------------------------

    def _read_anew(self) -> None:
        if self._known:
            self.asking.ask(self._read, self._on_read, self._on_failure)
        else:
            self.asking.ask(self._read_quickly, self._on_quick, self._on_failure)

    def _read_quickly(self, progress: Progress) -> _Read:
        """Return what the registry knows, gaps not counted. Runs on a worker thread."""
        infos = tuple(self.bridge.inventory(progress, count_gaps=False))
        return _Read(infos, tuple(row_of(info) for info in infos), ())

    def _on_quick(self, read: _Read) -> None:
        if read.rows:
            self.infos = {key_of(info): info for info in read.infos}
            self._show(read.rows)
        self.asking.ask(self._read, self._on_read, self._on_failure)

    def _read(self, progress: Progress) -> _Read:
        """Return everything. Runs on a worker thread."""
        infos = tuple(self.bridge.inventory(progress))
        deleted = tuple(self.bridge.deleted_series(progress))
        return _Read(infos, tuple(row_of(info) for info in infos), deleted)

    def _on_read(self, read: _Read) -> None:
        self._busy, self._known = False, True
        self.infos = {key_of(info): info for info in read.infos}
        self.deleted = read.deleted
        self._show(read.rows)
        if self._view is not None:
            self._view.changed()

    def _show_all(self) -> None:
        self._show(tuple(row_of(info) for info in self.infos.values()))

    def _show(self, rows: Sequence[Row]) -> None:
        if self._view is None:
            return
        self._view.show_deleted(len(self.deleted))
        if rows:
            self._view.show_rows(rows)
            return
        steps = (
            _("Open the Data Manager and choose symbols."),
            _("Download: every dataset appears here with its range, gaps and quality."),
        )
        self._view.show_empty(Empty(_("Nothing is stored yet"), steps))

    def _tell(self, event: JobEvent) -> None:
        self._notify(outcome(event))
        report: Any = event.result
        wrong = event.spec.kind is JobKind.VERIFY and event.state is JobState.DONE and not report.ok
        if wrong and self._view is not None:
            self._view.show_table(findings_table(report, translated))

    # -- words ----------------------------------------------------------------------------------------------------

    def totals(self, shown: Sequence[str]) -> str:
        """Return the sums over the shown rows; "n / N" where a filter hides some."""
        text = totals_text(self.infos[key] for key in shown if key in self.infos)
        if len(shown) == len(self.infos):
            return text
        return _("{shown} / {all} shown").format(shown=number(len(shown)), all=number(len(self.infos))) + f" · {text}"

    def headings(self) -> tuple[str, ...]:
        """Return the headings of the table as it is exported: units are said."""
        special = {"size": _("Size (bytes)"), "quality": _("Quality (0 to 1)"), "checksum": _("Checksum (SHA-256)")}
        return tuple(special.get(column.key, _(column.title)) for column in COLUMNS)

    def actions(self, keys: Sequence[str]) -> list[Action | None]:
        """Return what can be done with these rows; None is a line. The first is what Enter does."""
        rows = self._of(keys)
        one_series = len(self.series(keys)) == 1
        own = any(row.provider == self.bridge.provider for row in rows)
        return [
            Action("charts", _("Open in Charts"), own, "Enter"),
            Action("folder", _("Show in the file manager"), len(rows) == 1),
            Action("copy", _("Copy as TSV"), bool(rows), "Mod+C"),
            None,
            Action("update", _("Update to now"), own),
            Action("verify", _("Verify"), bool(rows)),
            Action("repair", _("Verify and repair"), bool(rows)),
            Action("history", _("History and undo…"), one_series),
            None,
            Action("export", _("Export…"), bool(rows), "Mod+E"),
            Action("delete", _("Delete…"), bool(rows), "Del"),
        ]

    def series(self, keys: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Return the (provider, symbol) pairs of rows, each once."""
        return tuple(dict.fromkeys((row.provider, row.symbol) for row in self._of(keys)))

    def _of(self, keys: Sequence[str]) -> list[InventoryRow]:
        return [self.infos[key] for key in keys if key in self.infos]

    # -- what is done ---------------------------------------------------------------------------------------------

    def open_in_charts(self, keys: Sequence[str]) -> None:
        """Make the first of these rows the chart of all tabs, and show it."""
        rows = [row for row in self._of(keys) if row.provider == self.bridge.provider]
        if not rows:
            self._tell_elsewhere()
            return
        symbols = tuple(dict.fromkeys(row.symbol for row in rows))
        self.selection.update(symbols=symbols, timeframe=rows[0].timeframe)
        self._open_tab("charts")

    def open_symbol(self, symbol: str, start_ms: int, end_ms: int) -> None:
        """Show a stretch of a symbol in Charts, in the timeframe that is chosen."""
        self.selection.update(symbols=(symbol,), look=Look(start_ms, end_ms))
        self._open_tab("charts")

    def find_folder(self, key: str, then: Callable[[Path], None]) -> None:
        """Have `then` called with the folder of a dataset's files."""
        row = self.infos.get(key)
        if row is not None:
            self.asking.ask(
                lambda progress: self.bridge.folder(row.provider, row.symbol, row.timeframe, progress), then
            )

    def update(self, keys: Sequence[str]) -> None:
        """Download what has come since, for every symbol of the source among these rows."""
        symbols = [symbol for provider, symbol in self.series(keys) if provider == self.bridge.provider]
        if symbols:
            self.follow(self.bridge.download(symbols))
            self._notify(counted("Updating {count} symbol…", "Updating {count} symbols…", len(symbols)))

    def verify(self, keys: Sequence[str], *, repair: bool = False) -> None:
        """Compare every file of these rows' series with its recorded digest; `repair` mends what can be."""
        series = self.series(keys)
        if series:
            self.follow([self.bridge.verify(series, "full", repair=repair)])
            self._notify(_("Verifying…"))

    def delete_question(self, keys: Sequence[str]) -> str:
        """Return what is asked before these rows are deleted; "" where there is nothing to delete."""
        going = self._going(keys)
        if not going:
            return ""
        names = ", ".join(" ".join(one[1:]) for one in going[:8]) + (" …" if len(going) > 8 else "")
        whole = any(len(one) == 2 for one in going)
        told = _("Deleting 1m bars deletes every timeframe derived from them.") if whole else ""
        undo = _("It can be undone: Deleted and History bring it back while the operation is kept.")
        return "\n\n".join(filter(None, (names, told, undo)))

    def delete(self, keys: Sequence[str]) -> None:
        """Delete these rows; the caller has asked."""
        self.follow(self.bridge.delete(self._going(keys)))

    def _going(self, keys: Sequence[str]) -> list[tuple[str, ...]]:
        """Return what to delete: one timeframe, or the whole series where 1m or everything is among the rows."""
        chosen = {(row.provider, row.symbol, row.timeframe) for row in self._of(keys)}
        going: list[tuple[str, ...]] = []
        for provider, symbol in self.series(keys):
            there = {row.timeframe for row in self.infos.values() if (row.provider, row.symbol) == (provider, symbol)}
            wanted = sorted(name for name in there if (provider, symbol, name) in chosen)
            whole = "1m" in wanted or len(wanted) == len(there)
            going += [(provider, symbol)] if whole else [(provider, symbol, name) for name in wanted]
        return going

    def undo(self, series: tuple[str, str]) -> None:
        """Take back the last operation of a series, a deletion included."""
        self.follow(self.bridge.undo([series]))

    def exportable(self, shown: int, chosen: int) -> dict[str, tuple[str, bool]]:
        """Return what can be exported, in words, and whether there is any of it."""
        return {
            What.BARS: (
                counted("The bars of {count} chosen dataset", "The bars of {count} chosen datasets", chosen),
                chosen > 0,
            ),
            What.TABLE: (
                counted("The table as it is shown: {count} row", "The table as it is shown: {count} rows", shown),
                shown > 0,
            ),
        }

    def chosen_period(self) -> tuple[str, int, int] | None:
        """Return the period of the Data Manager: what it is called, and its ends in UTC ms; None: it has none."""
        choice = self.selection.choice
        if choice.start_ms is None or choice.end_ms is None:
            return None
        return _("As in the Data Manager"), choice.start_ms, choice.end_ms

    def export(self, what: What, kind: str, path: str, keys: Sequence[str], period: Period | None = None) -> None:
        """Write the table of these rows, or their bars of a period, to `path`; `kind` is csv, xlsx or parquet."""
        rows = self._of(keys)
        if what is What.TABLE:
            cells = [table_cells(row) for row in rows]
            self.follow([self.bridge.export_table(self.headings(), cells, path, _("Inventory"))])
        else:
            datasets = [(row.provider, row.symbol, row.timeframe) for row in rows]
            start_ms, end_ms = (None, None) if period is None else (period.start_ms, period.end_ms)
            self.follow([self.bridge.export(datasets, path, kind, start_ms, end_ms)])
        self._notify(_("Exporting to {path}…").format(path=path))

    def suggested_name(self, what: What, kind: str, keys: Sequence[str]) -> str:
        """Return a file name for an export."""
        rows = self._of(keys)
        if what is What.TABLE or len(rows) != 1:
            return f"threadx-{'inventory' if what is What.TABLE else 'bars'}.{kind}"
        return f"{rows[0].symbol}_{rows[0].timeframe}_{rows[0].provider}.{kind}"
