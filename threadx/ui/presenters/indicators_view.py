"""What the Indicators tab's presenter asks of its view. No Tk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from threadx.ui.presenters.indicator_jobs import Running
from threadx.ui.presenters.indicator_picks import Pick
from threadx.ui.presenters.job_results import ResultTable
from threadx.ui.presenters.table_rows import Row
from threadx.ui.presenters.table_tab import Empty

__all__ = ["IndicatorsView"]


class IndicatorsView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_symbols(self, rows: Sequence[Row], chosen: Sequence[str]) -> None:
        """Show the symbols that have bars, and which are chosen."""

    def show_timeframes(self, there: Sequence[str], ticked: Sequence[str]) -> None:
        """Show the timeframes that have bars, and which are ticked."""

    def show_picks(self, picks: Sequence[Pick], ticked: frozenset[str], *, core: bool) -> None:
        """Show the indicators that can be ticked, and which are, by their words."""

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these files."""

    def show_empty(self, empty: Empty) -> None:
        """Show no files, and what to do."""

    def show_wanted(self, text: str, *, ready: bool) -> None:
        """Say how many files are wanted, and whether there is anything to do."""

    def show_running(self, running: Running) -> None:
        """Show how far the jobs are."""

    def show_table(self, table: ResultTable) -> None:
        """Show a table in a window of its own."""
