"""The Data Manager's decisions: which symbols, which period, what it would cost, what may be done. No tkinter.

Three parts: `symbols` (what is chosen), `desk` (jobs), `preview` (the chart). This one ties them together.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from threadx.bridge.events import JobEvent
from threadx.config_rules import TIMEFRAME_NAMES
from threadx.i18n import _, counted, number, translate_error
from threadx.ui.presenters.asking import Asking, Latest
from threadx.ui.presenters.job_lines import notes_of
from threadx.ui.presenters.job_results import cost_of, what_is_replaced
from threadx.ui.presenters.jobs_desk import JobsDesk
from threadx.ui.presenters.period import Period, parse_period, preset
from threadx.ui.presenters.preview import Preview
from threadx.ui.presenters.symbol_book import Mode
from threadx.ui.presenters.symbols_desk import SymbolsDesk
from threadx.ui.presenters.viewed import Viewed
from threadx.ui.selection import Choice, Selection
from threadx.ui.state import BELL, WindowState

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.bridge.market import Estimate

__all__ = ["Actions", "DataManagerPresenter", "FormView"]

_STATE = "data_manager.form"
_SHOWN_NOTES = 2


@dataclass(frozen=True, slots=True)
class Actions:
    """What may be done now."""

    download: bool = False
    """Also a dry run."""
    cancel: bool = False
    retry: bool = False
    bank: bool = False
    """Something is stored: update all, verify."""


class FormView(Protocol):
    """What the presenter asks of the form. Tk thread."""

    def show_period(self, start: str, end: str) -> None:
        """Fill both fields."""

    def show_period_errors(self, start: str, end: str) -> None:
        """Mark the fields that are wrong and say why."""

    def show_estimate(self, text: str, notes: str) -> None:
        """Say what the download costs."""

    def show_actions(self, actions: Actions) -> None:
        """Enable what may be done."""

    def show_empty(self, *, empty: bool) -> None:
        """Show or hide what to do first."""

    def confirm(self, title: str, message: str, yes: str, on_yes: Callable[[], None]) -> None:
        """Ask before something is done."""


def _now_ms() -> int:
    return int(time.time() * 1000)


class DataManagerPresenter(Viewed[FormView]):
    """Outlives its view. Tk thread only."""

    def __init__(
        self,
        bridge: ThreadXBridge,
        asking: Asking,
        selection: Selection,
        state: WindowState,
        *,
        notify: Callable[[str], None],
        now_ms: Callable[[], int] = _now_ms,
    ) -> None:
        self._bridge = bridge
        self._selection = selection
        self._state = state
        self._notify = notify
        self._now_ms = now_ms
        self._estimate: Estimate | None = None
        self._asked = Latest(asking, bridge.drop)
        self._then: Callable[[], None] | None = None
        self._bank_moved = False
        kept: Mapping[str, Any] = state.get(_STATE, {})
        self.preset = _text(kept, "preset") or ("" if _text(kept, "start") else "30d")
        self.start, self.end = self._first_period(kept)
        self._added, self._left_out = set(_texts(kept, "timeframes")), set(_texts(kept, "left_out"))
        self.workers = bridge.settings.ingest.workers
        self.refetch = False
        self.desk = JobsDesk(bridge, asking, selection, notify=notify, rings=lambda: state.get(BELL, default=False))
        self.preview = Preview(bridge, asking, selection)
        self.symbols = SymbolsDesk(
            bridge, asking, state, notify=notify, changed=self._symbols_changed, now_ms=now_ms,
            mode=_mode(kept), group=_text(kept, "group"),
        )  # fmt: skip
        if selection.choice.symbols and set(selection.choice.symbols) != set(self.symbols.book.chosen):
            self.symbols.book.mode = Mode.SEVERAL
            self.symbols.book.choose(selection.choice.symbols)
        self._end_observing = selection.observe(self._on_selection)
        self.symbols.reload()

    def retire(self) -> None:
        """Another one takes over, from the state and the selection."""
        self._end_observing()

    def attach(self, view: FormView) -> None:
        """Take a (new) view and fill it."""
        super().attach(view)
        view.show_period(self.start, self.end)
        self._period_changed()
        self._show_actions()

    def remember(self) -> None:
        """Put what is set into the window's state."""
        book = self.symbols.book
        given: dict[str, Any] = {
            "mode": str(book.mode), "group": book.group, "timeframes": _in_order(self._added),
            "left_out": _in_order(self._left_out),
        }  # fmt: skip
        given |= {"preset": self.preset} if self.preset else {"start": self.start, "end": self.end}
        self._state.set(_STATE, given)

    def each_second(self) -> None:
        """A second has passed: what came meanwhile is looked at together, 200 jobs are not 200 looks."""
        self.desk.tick()
        self._look_at_bank()

    def each_minute(self) -> None:
        """A minute has passed: bars have become older."""
        self.symbols.tick()

    # -- what the parts and the other tabs say --------------------------------------------------------------------

    def on_jobs(self, events: Sequence[JobEvent]) -> None:
        """Take what the pump brought."""
        self.desk.on_jobs(events)
        self.preview.on_jobs(events)
        if any(event.final and event.spec.kind.changes_bars for event in events):
            self._bank_moved = True
        if not self.desk.busy:
            self._look_at_bank()
        self._show_actions()

    def _look_at_bank(self) -> None:
        if self._bank_moved:
            self._bank_moved = False
            self.symbols.look_at_bank()

    def _symbols_changed(self) -> None:
        """Other symbols are chosen, or some have got bars."""
        book = self.symbols.book
        self.preview.set_symbols(book.chosen, book.stored())
        if set(self._selection.choice.symbols) != set(book.chosen):
            self._selection.update(symbols=book.chosen)
        if self._view is not None:
            self._view.show_empty(empty=self.symbols.bank_empty)
        self._cost_changed()

    def _on_selection(self, choice: Choice) -> None:
        self.symbols.follow(choice.symbols)

    # -- period and options ---------------------------------------------------------------------------------------

    def _first_period(self, kept: Mapping[str, Any]) -> tuple[str, str]:
        try:
            return preset(self.preset, self._now_ms()) if self.preset else (_text(kept, "start"), _text(kept, "end"))
        except KeyError:  # of another version
            return preset("30d", self._now_ms())

    @property
    def period(self) -> Period:
        """What the two fields say."""
        return parse_period(self.start, self.end, self._now_ms())

    def set_period(self, start: str, end: str) -> None:
        """The user typed."""
        if (start, end) != (self.start, self.end):
            self.preset = ""
            self.start, self.end = start, end
            self._period_changed()

    def set_preset(self, name: str) -> None:
        """Set both dates."""
        self.preset = name
        self.start, self.end = preset(name, self._now_ms())
        if self._view is not None:
            self._view.show_period(self.start, self.end)
        self._period_changed()

    def _period_changed(self) -> None:
        period = self.period
        if self._view is not None:
            self._view.show_period_errors(period.start_error, period.end_error)
        if period.ok:
            self._selection.update(start_ms=period.start_ms, end_ms=period.end_ms)
        self._cost_changed()

    def set_timeframe(self, name: str, *, wanted: bool) -> None:
        """Derive a timeframe, or do not; those that a symbol has already stay up to date all the same."""
        configured = name in self._bridge.settings.ingest.timeframes
        self._added.discard(name)
        self._left_out.discard(name)
        if wanted and not configured:
            self._added.add(name)
        elif not wanted and configured:
            self._left_out.add(name)

    @property
    def timeframes(self) -> tuple[str, ...]:
        """What is ticked besides 1m: the timeframes of the settings, with what was added and left out here."""
        configured = set(self._bridge.settings.ingest.timeframes)
        return tuple(_in_order((configured - self._left_out) | self._added))

    def set_refetch(self, *, wanted: bool) -> None:
        """Fetch stored bars again too, or do not."""
        self.refetch = wanted
        self._cost_changed()

    def set_workers(self, workers: int) -> None:
        """Work on so many symbols at once, from now on."""
        self.workers = workers
        self._bridge.jobs.set_workers(workers)

    # -- estimate -------------------------------------------------------------------------------------------------

    def _cost_changed(self) -> None:
        self._estimate, self._then = None, None
        if self._view is None:
            return
        chosen, period = self.symbols.book.chosen, self.period
        self._show_actions()
        if not chosen or not period.ok:
            self._asked.cancel()
            why = _("Select at least one symbol") if not chosen else _("Correct the dates first")
            self._show_estimate(why)
            return
        self._show_estimate(_("Estimating…"))
        start, end, refetch, bridge = period.start_ms, period.end_ms, self.refetch, self._bridge
        self._asked.ask(
            lambda progress: bridge.estimate(chosen, start, end, refetch=refetch, progress=progress),
            self._on_estimate,
            lambda failure: self._show_estimate(translate_error(failure)[0]),
        )

    def _on_estimate(self, estimate: Estimate) -> None:
        self._estimate = estimate
        notes = [f"{plan.symbol}: {note}" for plan in estimate.plans for note in notes_of(plan)]
        more = [_("and {n} more").format(n=number(len(notes) - _SHOWN_NOTES))] if len(notes) > _SHOWN_NOTES else []
        self._show_estimate(cost_of(estimate.totals), "; ".join([*notes[:_SHOWN_NOTES], *more]))
        then, self._then = self._then, None
        if then is not None:
            then()

    def _show_estimate(self, text: str, notes: str = "") -> None:
        if self._view is not None:
            self._view.show_estimate(text, notes)

    # -- actions --------------------------------------------------------------------------------------------------

    def _show_actions(self) -> None:
        if self._view is not None:
            self._view.show_actions(self.actions)

    @property
    def actions(self) -> Actions:
        """What may be done now."""
        return Actions(
            download=bool(self.symbols.book.chosen) and self.period.ok,
            cancel=self.desk.busy,
            retry=self.desk.failed > 0,
            bank=bool(self.symbols.book.stored()),
        )

    def download(self) -> None:
        """Download what is chosen; where stored bars would be fetched again, after asking."""
        if not self._ready():
            return
        if not self.refetch:
            self._start()
        elif self._estimate is None:
            self._then = self.download  # when it is known what would be replaced
        elif not self._estimate.replaced:
            self._start()
        elif self._view is not None:
            title, message = what_is_replaced(self._estimate)
            self._view.confirm(title, message, _("Download again"), self._start)

    def _start(self) -> None:
        period, chosen = self.period, self.symbols.book.chosen
        if not period.ok:  # midnight has passed while it was asked
            return
        ids = self._bridge.download(
            chosen, period.start_ms, period.end_ms, self.timeframes, only=True, workers=self.workers,
            refetch=self.refetch,
        )  # fmt: skip
        count = len(ids)
        self._notify(counted("Downloading {n} symbol", "Downloading {n} symbols", count))

    def dry_run(self) -> None:
        """List what a download would fetch; writes nothing."""
        if not self._ready():
            return
        period = self.period
        job = self._bridge.dry_run(
            self.symbols.book.chosen, period.start_ms, period.end_ms, self.timeframes, refetch=self.refetch
        )
        self.desk.want_result(job)

    def _ready(self) -> bool:
        if not self.symbols.book.chosen:
            self._notify(_("Select at least one symbol"))
        elif not self.period.ok:
            self._notify(_("Correct the dates first"))
        return self.actions.download

    def update_all(self) -> None:
        """Bring every stored symbol up to now."""
        self._bridge.update_all()

    def verify(self) -> None:
        """Verify the chosen symbols that are stored; the whole bank where none is."""
        stored = set(self.symbols.book.stored())
        pairs = [(self._bridge.provider, symbol) for symbol in self.symbols.book.chosen if symbol in stored]
        self._bridge.verify(pairs or None)


def _text(kept: Mapping[str, Any], key: str) -> str:
    value = kept.get(key)
    return value if isinstance(value, str) else ""


def _texts(kept: Mapping[str, Any], key: str) -> tuple[str, ...]:
    value = kept.get(key)
    return tuple(each for each in value if each in TIMEFRAME_NAMES) if isinstance(value, list) else ()


def _in_order(names: Iterable[str]) -> list[str]:
    """Return timeframes without 1m, the shortest first."""
    wanted = set(names)
    return [each for each in TIMEFRAME_NAMES[1:] if each in wanted]


def _mode(kept: Mapping[str, Any]) -> Mode:
    value = _text(kept, "mode")
    return Mode(value) if value in set(Mode) else Mode.SEVERAL
