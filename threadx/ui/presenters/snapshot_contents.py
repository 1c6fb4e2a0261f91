"""What a snapshot holds: its files, and the beginning of the chosen one. No Tk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from threadx.errors import ThreadXError
from threadx.i18n import _, counted, error_text, number
from threadx.ui.presenters.asking import Asking, Latest
from threadx.ui.presenters.snapshot_rows import file_rows, stamp_text
from threadx.ui.presenters.table_rows import Row

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.bridge.snapshot_views import Preview, SnapshotRow

__all__ = ["Contents", "ContentsView", "Shown"]

_READABLE = (".parquet", ".json", ".csv")
"""Looked at first, where nobody has chosen a file."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What is shown of one file."""

    preview: Preview | None = None
    note: str = ""
    """Translated: how much of it is shown, or why nothing is."""
    problem: bool = False
    packed: bool = False
    """Whether it lies in an archive, from which it can be brought back."""


class ContentsView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_files(self, title: str, rows: Sequence[Row], chosen: str) -> None:
        """Show the files of the chosen date."""

    def show_content(self, shown: Shown) -> None:
        """Show the beginning of the chosen file."""


class Contents:
    """The files of one date at a time; a newer question replaces an older one. Tk thread only."""

    def __init__(
        self, bridge: ThreadXBridge, asking: Asking, listed: Callable[[SnapshotRow, dict[str, int]], None]
    ) -> None:
        """`listed` is told what a date holds, once that is known."""
        self._listed = listed
        self._bridge = bridge
        self._listing = Latest(asking, bridge.drop)
        self._looking = Latest(asking, bridge.drop)
        self._row: SnapshotRow | None = None
        self._sizes: dict[str, int] = {}
        self.view: ContentsView | None = None
        self.file = ""
        """The chosen one; where another date has it too, it stays chosen."""

    def show(self, row: SnapshotRow | None) -> None:
        """Ask what a date holds; what was shown stays until the answer comes. None: no date is chosen."""
        self._listing.cancel()
        self._looking.cancel()
        self._row = row
        if row is None or row.archived or not row.complete:
            self._on_sizes({})
        else:
            read = partial(self._bridge.snapshot_files, row.domain, row.stamp)
            self._listing.ask(read, partial(self._on_list, row), self._on_failure)

    def choose(self, name: str) -> None:
        """Show the beginning of this file."""
        if name != self.file:
            self.file = name
            self._look()

    def _on_list(self, row: SnapshotRow, sizes: dict[str, int]) -> None:
        self._on_sizes(sizes)
        self._listed(row, sizes)

    def _on_sizes(self, sizes: dict[str, int]) -> None:
        self._sizes = sizes
        if self.file not in sizes:
            self.file = min(sizes, key=lambda name: (not name.endswith(_READABLE), name), default="")
        if self.view is None:
            return
        title = "" if self._row is None else stamp_text(self._row.stamp)
        self.view.show_files(title, file_rows(sizes), self.file)
        if self.file:
            self._look()
        else:
            packed = self._row is not None and self._row.archived and self._row.complete
            self.view.show_content(Shown(note=_why_nothing(self._row), packed=packed))

    def _look(self) -> None:
        if self._row is not None and self.file:
            read = partial(self._bridge.snapshot_preview, self._row.domain, self._row.stamp, self.file)
            self._looking.ask(read, self._on_preview, self._on_failure)

    def _on_preview(self, preview: Preview) -> None:
        if self.view is not None:
            self.view.show_content(Shown(preview, _how_much(preview)))

    def _on_failure(self, failure: ThreadXError) -> None:
        if self.view is not None:
            self.view.show_content(Shown(note=error_text(failure), problem=True))


def _why_nothing(row: SnapshotRow | None) -> str:
    if row is None:
        return _("Choose a date: what it holds is shown here.")
    if not row.complete:
        return _("This one is not whole, and readers ignore it.")
    if row.archived:
        return _("It lies in an archive. Bring it back to look inside.")
    return _("It holds no files.")


def _how_much(preview: Preview) -> str:
    if preview.columns:
        rows = counted("{n} row", "{n} rows", preview.total_rows)
        if not preview.cut:
            return rows
        return _("{rows}, of which the first {n} are shown").format(rows=rows, n=number(len(preview.rows)))
    return _("only the beginning is shown") if preview.cut else ""
