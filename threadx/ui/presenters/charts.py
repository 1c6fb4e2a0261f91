"""The Charts tab's decisions: which bars are loaded when, what the header says, what typing finds. No tkinter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from threadx.bars.dates import DAY_MS
from threadx.bars.timeframe import Timeframe
from threadx.bridge.events import JobEvent, JobKind
from threadx.errors import ThreadXError
from threadx.i18n import _, translate_error
from threadx.progress import Progress
from threadx.ui.presenters.asking import Asking
from threadx.ui.presenters.chart_axis import moment, price_digits
from threadx.ui.presenters.chart_loader import ChartReader, Loaded
from threadx.ui.presenters.chart_search import find_symbols, find_timeframes
from threadx.ui.presenters.chart_texts import Empty, Header, header_of, hole_words
from threadx.ui.presenters.charts_view import ChartsView
from threadx.ui.presenters.viewed import Viewed
from threadx.ui.presenters.viewport import Viewport
from threadx.ui.selection import Choice, Look, Selection

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.bridge.market import SymbolRow

__all__ = ["ChartsPresenter"]

_BLOCK_BARS = 20_000
"""How many older bars are loaded at once, at least."""
_STEPS = 20
"""How often a download that runs is looked at."""


class ChartsPresenter(Viewed[ChartsView]):
    """One chart's state; it outlives its view. Tk thread only."""

    def __init__(self, bridge: ThreadXBridge, asking: Asking, selection: Selection) -> None:
        self._bridge = bridge
        self._asking = asking
        self._selection = selection
        self.symbol: str | None = None
        self.timeframe = Timeframe.parse(Choice().timeframe)
        self.loaded: Loaded | None = None
        self.viewport: Viewport | None = None
        self.symbols: tuple[str, ...] = ()
        """Names that have bars, for the search."""
        self._ticks: dict[str, float | None] = {}
        self._asked_ms: float | None = None
        """How far back older bars were asked for."""
        self._run = 0
        """Counts what was opened; answers to an older question are dropped."""
        self._busy = False
        self._stale = False
        """There is news, to be read when the question under way is answered."""
        self._steps: dict[int, int] = {}
        """How far downloads of what is shown were when their bars were last looked at, in twentieths."""
        self._empty_for: str | None = None
        """The symbol that the empty state on the screen is about."""
        self._look: Look | None = None
        """What another tab wants to be seen, until it is."""
        self._seen = Choice()
        self._follow(selection.choice)
        selection.observe(self._on_selection)
        self._asking.ask(bridge.symbols, self._on_ticks, lambda _failure: None)

    # -- view and choice ------------------------------------------------------------------------------------------

    def attach(self, view: ChartsView) -> None:
        """Take a (new) view and fill it with what is shown now."""
        super().attach(view)
        view.show_choice(self.symbol, self.timeframe.name)
        if self.loaded is not None:
            view.show_bars(self.loaded, self.digits, self.viewport)
            self.hovered(None)
        else:
            self._load()
        self.look_for_symbols()

    def open(self, symbol: str | None = None, timeframe: str | None = None) -> None:
        """Show the latest bars of another symbol, in another timeframe, or both.

        Raises:
            UnsupportedTimeframeError: there is no such timeframe.
        """
        chosen = self.timeframe if timeframe is None else Timeframe.parse(timeframe)
        if (symbol or self.symbol, chosen) == (self.symbol, self.timeframe):
            return
        other_symbol = symbol is not None and symbol != self.symbol
        self.symbol = symbol or self.symbol
        self.timeframe = chosen
        self.viewport = None
        self.loaded = None
        self._share(other_symbol=other_symbol)
        if self._view is not None:
            self._view.show_choice(self.symbol, self.timeframe.name)
            self._load()

    def _share(self, *, other_symbol: bool) -> None:
        """Tell the other tabs: the timeframe, and the symbol.

        Several chosen symbols are work somebody prepared: one that is not among them is looked at here only.
        """
        changes: dict[str, Any] = {"timeframe": self.timeframe.name}
        symbols = self._selection.choice.symbols
        if other_symbol and self.symbol is not None and (self.symbol in symbols or len(symbols) < 2):
            others = symbols if self.symbol in symbols else ()
            changes["symbols"] = (self.symbol, *(each for each in others if each != self.symbol))
        self._selection.update(**changes)

    def _on_selection(self, choice: Choice) -> None:
        before = (self.symbol, self.timeframe)
        self._follow(choice)
        if before == (self.symbol, self.timeframe) and self._look_around():
            return
        if before != (self.symbol, self.timeframe) or self._look is not None:
            self.loaded = self.viewport = None
            if self._view is not None:
                self._view.show_choice(self.symbol, self.timeframe.name)
                self._load()

    def _look_around(self) -> bool:
        """Show the wanted stretch of the bars that are there; return whether they reach far enough back."""
        look, loaded = self._look, self.loaded
        if look is None or loaded is None or max(look.start_ms, loaded.extent.first_ms) < loaded.series.first_ms:
            return False
        self._look = None
        self.viewport = Viewport(look.start_ms, look.end_ms).clamped(loaded.extent)
        if self._view is not None:
            self._view.show_bars(loaded, self.digits, self.viewport)
            self.hovered(None)
        return True

    def _follow(self, choice: Choice) -> None:
        """Take what the other tabs changed, and only that: a chart may show a symbol that nobody selected."""
        before, self._seen = self._seen, choice
        if choice.symbol is not None and choice.symbol != before.symbol:
            self.symbol = choice.symbol
        if choice.timeframe != before.timeframe:
            found = find_timeframes(choice.timeframe)  # a state file of another version may name one that is gone
            self.timeframe = Timeframe.parse(found[0]) if found else self.timeframe
        if choice.look is not before.look:
            self._look = choice.look

    # -- loading --------------------------------------------------------------------------------------------------

    @property
    def digits(self) -> int:
        """Decimals of prices: the tick's where the exchange told it, else what the prices need."""
        tick = self._ticks.get(self.symbol or "")
        if tick is not None:
            return price_digits(tick, ())
        return 2 if self.loaded is None else self.loaded.digits

    def refresh(self) -> None:
        """Read again what is shown, and what has come since."""
        if self._busy:
            self._stale = True
        elif self.loaded is None or self.symbol is None:
            self._load(quiet=self._empty_for == self.symbol)
        else:
            reader, since_ms = self._reader(self.symbol, self.loaded), self.loaded.series.first_ms
            self._ask(lambda progress: reader.latest(since_ms=since_ms, progress=progress), self._on_more)
        self.look_for_symbols()

    def on_jobs(self, events: Sequence[JobEvent]) -> None:
        """Follow what changes the bars that are shown: at every twentieth of a download, and at each end."""
        news = [event for event in events if self._brings_news(event)]
        if news:
            self.refresh()
        elif any(event.final and event.spec.kind.changes_bars for event in events):
            self.look_for_symbols()

    def _brings_news(self, event: JobEvent) -> bool:
        if not event.spec.kind.changes_bars or event.spec.subject not in (self.symbol, ""):
            return False
        if event.final:
            self._steps.pop(event.job_id, None)
            return True
        step = int((event.share or 0.0) * _STEPS)
        before = self._steps.get(event.job_id, 0)
        self._steps[event.job_id] = step
        return event.spec.kind is JobKind.DOWNLOAD and step > before

    def _reader(self, symbol: str, loaded: Loaded) -> ChartReader:
        return ChartReader(self._bridge, loaded.provider, symbol, self.timeframe)

    def _first_reading(self, symbol: str) -> Callable[[Progress], Loaded | None]:
        """Return what reads the first bars: of the source in use, else of whichever has them (an import)."""
        bridge, timeframe, look = self._bridge, self.timeframe, self._look
        since_ms = None if look is None else look.start_ms - (look.end_ms - look.start_ms)

        def read(progress: Progress) -> Loaded | None:
            reader = ChartReader(bridge, bridge.provider, symbol, timeframe)
            found = reader.latest(since_ms=since_ms, progress=progress)
            if found is None:
                others = dict.fromkeys(row.provider for row in bridge.inventory(progress) if row.symbol == symbol)
                readers = (ChartReader(bridge, provider, symbol, timeframe) for provider in others)
                found = next((got for reader in readers if (got := reader.latest(progress=progress))), None)
            return found

        return read

    def _load(self, *, quiet: bool = False) -> None:
        """Ask for the first bars anew; `quiet`: the empty state stays until there are some."""
        self._run += 1
        self._busy = False
        self._asked_ms = None
        if self._view is None:
            return
        if self.symbol is None:
            self._show_empty()
            return
        if not quiet:
            self._empty_for = None
            self._view.show_notice(_("Loading {symbol}…").format(symbol=self.symbol))
            self._view.show_header(Header(self._title))
        self._ask(self._first_reading(self.symbol), self._on_first)

    def _ask(self, function: Callable[[Progress], Loaded | None], then: Callable[[Loaded | None], None]) -> None:
        run = self._run
        self._busy = True

        def done(loaded: Loaded | None) -> None:
            if run == self._run:
                self._busy = False
                then(loaded)
                self._catch_up()

        def failed(failure: ThreadXError) -> None:
            if run == self._run:
                self._busy = False
                self._on_failure(failure)
                self._catch_up()

        self._asking.ask(function, done, failed)

    def _catch_up(self) -> None:
        if self._stale and not self._busy:
            self._stale = False
            self.refresh()

    def _on_first(self, loaded: Loaded | None) -> None:
        self.loaded = loaded
        if self._view is None:
            return
        self._view.show_notice("")
        if loaded is None:
            if self._empty_for != self.symbol:
                self._show_empty()
            return
        self._empty_for = None
        if not self._look_around():
            self._look = None
            self._view.show_bars(loaded, self.digits, self.viewport)
            self.hovered(None)

    def _on_more(self, loaded: Loaded | None) -> None:
        if loaded is None:  # deleted meanwhile
            self.loaded = self.viewport = None
            self._load()
            return
        self.loaded = loaded
        if self._view is not None:
            self._view.show_notice("")
            self._view.update_bars(loaded)
            self.hovered(None)
        self._want_older()

    def _on_failure(self, failure: ThreadXError) -> None:
        """Say it; bars that are shown already stay."""
        if self._view is None:
            return
        message, hint = translate_error(failure)
        if self.loaded is None:
            self._view.show_notice("")
            self._view.show_empty(Empty(message, hint))
        else:
            self._view.show_notice(f"{message} · {hint}" if hint else message)

    def moved(self, viewport: Viewport) -> None:
        """Another part is in view: load older bars before the user gets to the edge."""
        self.viewport = viewport
        self._want_older()

    def _want_older(self) -> None:
        """Ask for older bars where the view comes near the first loaded one: one block at a time."""
        loaded, view = self.loaded, self.viewport
        if loaded is None or view is None or self._busy or self.symbol is None:
            return
        first_ms = float(loaded.series.first_ms) if self._asked_ms is None else self._asked_ms
        if first_ms <= loaded.extent.first_ms or view.start_ms - view.span_ms / 2 > first_ms:
            return
        block_ms = _BLOCK_BARS * loaded.extent.bar_ms
        start_ms = max(min(view.start_ms - view.span_ms, first_ms - block_ms), loaded.extent.first_ms)
        self._asked_ms = start_ms
        reader = self._reader(self.symbol, loaded)
        if self._view is not None and view.start_ms < first_ms:
            self._view.show_notice(_("Loading older bars…"))
        self._ask(lambda progress: reader.older(loaded, int(start_ms), progress=progress), self._on_more)

    # -- what is said ---------------------------------------------------------------------------------------------

    @property
    def _title(self) -> str:
        return "" if self.symbol is None else f"{self.symbol} · {self.timeframe.name}"

    @property
    def caption(self) -> str:
        """What stands above a saved picture."""
        provider = self._bridge.provider if self.loaded is None else self.loaded.provider
        return f"{self._title} · {provider} · ThreadX"

    @property
    def dataset(self) -> tuple[str, str, str] | None:
        """Provider, symbol and timeframe of what is shown, where the bank keeps it."""
        if self.loaded is None or self.loaded.derived or self.symbol is None:
            return None
        return self.loaded.provider, self.symbol, self.timeframe.name

    @property
    def why_no_export(self) -> str:
        """Why there is no `dataset`, translated."""
        if self.loaded is None:
            return _("There is nothing to export")
        words = _("{timeframe} bars are made for this look only: tick {timeframe} in the Data Manager to keep them")
        return words.format(timeframe=self.timeframe.name)

    @property
    def file_name(self) -> str:
        """A name for a saved picture."""
        if self.symbol is None or self.viewport is None:
            return "chart.png"
        return f"{self.symbol}_{self.timeframe.name}.png"

    def hovered(self, ms: float | None) -> None:
        """Show the bar under the crosshair in the header; None: the latest."""
        if self._view is None or self.loaded is None:
            return
        series = self.loaded.series
        bar = series.last if ms is None else series.bar_at(ms)
        if ms is None and bar is not None:
            self._view.show_header(header_of(self._title, bar, self.digits))
        elif bar is not None:
            when = moment(bar.start_ms, with_time=series.length_ms < DAY_MS)
            self._view.show_header(replace(header_of(self._title, bar, self.digits), when=when))
        else:
            hole = None if ms is None else series.hole_at(ms)
            self._view.show_header(Header(self._title, note="" if hole is None else hole_words(*hole)))

    def _show_empty(self) -> None:
        if self._view is None:
            return
        self._empty_for = self.symbol
        self._view.show_header(Header(self._title))
        if self.symbol is None:
            empty = Empty(
                _("No symbol chosen"),
                _("Type its first letters here, or choose symbols in the Data Manager."),
                _("Open the Data Manager"),
            )
        else:
            empty = Empty(
                _("No bars of {symbol} yet").format(symbol=self.symbol),
                _("Choose it in the Data Manager and press Download: bars appear here as they arrive."),
                _("Open the Data Manager"),
            )
        self._view.show_empty(empty)

    # -- typing ---------------------------------------------------------------------------------------------------

    def look_for_symbols(self) -> None:
        """Ask anew which symbols have bars."""
        self._asking.ask(self._bridge.stored_symbols, self._on_symbols, lambda _failure: None)

    def _on_symbols(self, rows: Sequence[SymbolRow]) -> None:
        self.symbols = tuple(row.symbol for row in rows)

    def _on_ticks(self, rows: Sequence[SymbolRow]) -> None:
        before = self.digits
        self._ticks = {row.symbol: row.tick_size for row in rows}
        if self.loaded is not None and self._view is not None and self.digits != before:
            self._view.show_bars(self.loaded, self.digits, self.viewport)
            self.hovered(None)

    def find_symbols(self, text: str) -> list[str]:
        """Return symbols with bars that fit what was typed."""
        return find_symbols(self.symbols, text)
