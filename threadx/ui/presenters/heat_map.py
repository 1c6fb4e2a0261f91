"""The completeness of every symbol by month, and what can be done about a cell. No tkinter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from threadx.errors import ThreadXError
from threadx.i18n import _, error_text, number
from threadx.progress import Progress
from threadx.ui.presenters.asking import Asking, Latest
from threadx.ui.presenters.gap_words import fetchable, gap_rows, gaps_text
from threadx.ui.presenters.table_rows import Row
from threadx.ui.presenters.viewed import Viewed

if TYPE_CHECKING:
    from threadx.bars.gaps import Gap
    from threadx.bridge import ThreadXBridge
    from threadx.bridge.inventory import HeatMap

__all__ = ["NOTHING", "Cell", "CellDetails", "HeatGrid", "HeatPresenter", "HeatView", "cell_caption", "cell_text"]

NOTHING = -1
"""Stands in a cell where no minute is expected."""
COMPLETE = 100


@dataclass(frozen=True, slots=True)
class HeatGrid:
    """The map as plain numbers. A cell is the whole per cent of the minutes stored, `NOTHING` where none could be."""

    series: tuple[tuple[str, str], ...] = ()
    """(provider, symbol) of each line."""
    months: tuple[str, ...] = ()
    """"YYYY-MM" of each column."""
    percent: tuple[tuple[int, ...], ...] = ()
    """By line; 100 only where not a minute is missing."""
    missing: tuple[tuple[int, ...], ...] = ()
    """Minutes that are missing, by line."""

    @classmethod
    def of(cls, heat: HeatMap) -> HeatGrid:
        """Return the numbers of a heat map. Worker threads: it loads numpy."""
        import numpy as np  # noqa: PLC0415 - the bridge has loaded it by now

        share = heat.share()
        percent = np.where(np.isnan(share), NOTHING, np.floor(np.nan_to_num(share) * 100)).astype(np.int64)
        lacking = np.maximum(heat.expected - heat.stored, 0)
        percent = np.where((percent == COMPLETE) & (lacking > 0), COMPLETE - 1, percent)
        return cls(heat.series, heat.months, _rows(percent.tolist()), _rows(lacking.tolist()))

    def filtered(self, words: str) -> HeatGrid:
        """Return the lines whose symbol and provider hold every one of `words`, whatever the case."""
        wanted = words.casefold().split()
        keep = [
            line
            for line, key in enumerate(self.series)
            if all(word in " ".join(key).casefold() for word in wanted)
        ]  # fmt: skip
        if len(keep) == len(self.series):
            return self
        return HeatGrid(
            tuple(self.series[line] for line in keep),
            self.months,
            tuple(self.percent[line] for line in keep),
            tuple(self.missing[line] for line in keep),
        )


@dataclass(frozen=True, slots=True)
class Cell:
    """One symbol in one month."""

    provider: str
    symbol: str
    month: str


@dataclass(frozen=True, slots=True)
class CellDetails:
    """What a cell lacks, as shown beside the map."""

    cell: Cell
    title: str
    summary: str
    rows: tuple[Row, ...] = ()
    """Its gaps: from, to, minutes, cause."""
    repairable: bool = False
    chartable: bool = False


class HeatView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_grid(self, grid: HeatGrid) -> None:
        """Draw another map."""

    def show_details(self, details: CellDetails | None) -> None:
        """Show a cell's gaps; None: no cell is chosen."""

    def show_problem(self, text: str) -> None:
        """Say why there is no map."""


class HeatPresenter(Viewed[HeatView]):
    """The map's state; it outlives its view. Tk thread only."""

    def __init__(
        self,
        bridge: ThreadXBridge,
        asking: Asking,
        *,
        follow: Callable[[Sequence[int]], None],
        open_symbol: Callable[[str, int, int], None],
        notify: Callable[[str], None],
    ) -> None:
        """`follow` is told the jobs of a repair; `open_symbol` shows one from start to end (UTC ms) in Charts."""
        self._bridge = bridge
        self._follow = follow
        self._open_symbol = open_symbol
        self._notify = notify
        self._reading = Latest(asking, bridge.drop)
        self._looking = Latest(asking, bridge.drop)
        self._words = ""
        self.grid: HeatGrid | None = None
        self.cell: Cell | None = None
        self._gaps: Sequence[Gap] = ()

    def attach(self, view: HeatView) -> None:
        """Take a (new) view and fill it."""
        super().attach(view)
        if self.grid is None:
            view.show_problem(_("Reading what is stored…"))
            self.refresh()
        else:
            self._show()
        if self.cell is not None:
            self.choose(self.cell)

    def refresh(self) -> None:
        """Read the map anew, and the chosen cell with it."""
        self._reading.ask(lambda progress: HeatGrid.of(self._bridge.heat_map(None, progress)), self._on_grid, self._sad)

    def filter(self, words: str) -> None:
        """Show only lines that hold all these words."""
        if words != self._words:
            self._words = words
            self._show()

    def choose(self, cell: Cell) -> None:
        """Look up what a cell lacks."""
        self.cell = cell

        def look(progress: Progress) -> list[Gap]:
            return self._bridge.month_gaps(cell.provider, cell.symbol, cell.month, progress)

        self._looking.ask(look, self._on_gaps, self._sad)

    def repair(self) -> None:
        """Fetch what the chosen cell lacks; what the exchange failed to give before is asked for again."""
        cell, gaps = self.cell, self._gaps
        if cell is None or cell.provider != self._bridge.provider or not fetchable(gaps):
            return
        again = [gap for gap in gaps if str(gap.cause) in ("source_defect", "unknown")]
        wanted = again or [gap for gap in gaps if str(gap.cause) == "not_fetched"]
        start_ms, end_ms = wanted[0].interval.start_ms, wanted[-1].interval.end_ms
        self._follow(self._bridge.download([cell.symbol], start_ms, end_ms, refetch=bool(again)))
        if again and len(wanted) < len(gaps):  # those nobody asked for yet may lie outside
            whole = gaps[0].interval.start_ms, gaps[-1].interval.end_ms
            self._follow(self._bridge.download([cell.symbol], *whole))
        self._notify(_("Fetching what {symbol} lacks in {month}…").format(symbol=cell.symbol, month=cell.month))

    def open_in_charts(self) -> None:
        """Show the chosen cell's month in Charts."""
        if self.cell is not None and self.cell.provider == self._bridge.provider:
            self._open_symbol(self.cell.symbol, *_ends(self.cell.month))

    def _on_grid(self, grid: HeatGrid) -> None:
        self.grid = grid
        self._show()
        if self.cell is not None:
            self.choose(self.cell)
        elif self._view is not None:
            self._view.show_details(None)

    def _show(self) -> None:
        if self._view is not None and self.grid is not None:
            self._view.show_grid(self.grid.filtered(self._words))

    def _on_gaps(self, gaps: Sequence[Gap]) -> None:
        self._gaps = gaps
        cell = self.cell
        if self._view is None or cell is None:
            return
        own = cell.provider == self._bridge.provider
        if not gaps:
            summary = _("complete: not a minute is missing")
        elif not fetchable(gaps):
            summary = _("{gaps}; confirmed to be empty at the source").format(gaps=gaps_text(gaps))
        else:
            summary = gaps_text(gaps)
        title = f"{cell.symbol} · {cell.month}"
        repairable = own and fetchable(gaps)
        self._view.show_details(CellDetails(cell, title, summary, tuple(gap_rows(gaps)), repairable, own))

    def _sad(self, failure: ThreadXError) -> None:
        if self._view is not None:
            self._view.show_problem(error_text(failure))


def cell_text(percent: int) -> str:
    """Return what stands in a cell: a tick, the per cent, or nothing."""
    if percent == NOTHING:
        return ""
    return "\u2713" if percent >= COMPLETE else str(percent)


def cell_caption(grid: HeatGrid, line: int, column: int) -> str:
    """Return a cell in words, for the line under the map."""
    provider, symbol = grid.series[line]
    name = f"{symbol} ({provider}) · {grid.months[column]}"
    percent, missing = grid.percent[line][column], grid.missing[line][column]
    if percent == NOTHING:
        return _("{name}: nothing is expected").format(name=name)
    if percent >= COMPLETE:
        return _("{name}: complete").format(name=name)
    return _("{name}: {percent} % stored, {minutes} minutes missing").format(
        name=name, percent=percent, minutes=number(missing)
    )


def _ends(month: str) -> tuple[int, int]:
    """Return where "YYYY-MM" begins and ends, UTC ms."""
    first = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    after = first.replace(year=first.year + first.month // 12, month=first.month % 12 + 1)
    return int(first.timestamp() * 1000), int(after.timestamp() * 1000)


def _rows(values: list[list[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(map(tuple, values))
