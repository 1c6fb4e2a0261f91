"""The Indicators tab's decisions: what is wanted, how its files stand, which jobs bring them up to date. No tkinter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from threadx.bridge.events import JobEvent, JobKind
from threadx.i18n import _, counted
from threadx.progress import Progress
from threadx.ui.presenters.asking import Asking
from threadx.ui.presenters.indicator_form import Draft, Judged, judge
from threadx.ui.presenters.indicator_jobs import IndicatorJobs
from threadx.ui.presenters.indicator_picks import Pick, Work, in_order, pick_of
from threadx.ui.presenters.indicator_reading import Reading, read_all
from threadx.ui.presenters.indicator_rows import delete_question, missing_row, row_of, totals_text, wanted_text
from threadx.ui.presenters.indicators_view import IndicatorsView
from threadx.ui.presenters.job_results import ResultTable
from threadx.ui.presenters.status import size_text
from threadx.ui.presenters.table_rows import Row
from threadx.ui.presenters.table_tab import Action, Empty, ListPresenter
from threadx.ui.selection import Choice, Selection, Wish
from threadx.ui.state import WindowState

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.indicators.answers import Deleted, IndicatorStatus

__all__ = ["IndicatorsPresenter"]


class IndicatorsPresenter(ListPresenter[IndicatorsView]):
    """Which indicators of which series are wanted, and how their files stand. Tk thread only."""

    def __init__(
        self,
        bridge: ThreadXBridge,
        asking: Asking,
        selection: Selection,
        memory: WindowState,
        *,
        notify: Callable[[str], None],
        open_tab: Callable[[str], None],
    ) -> None:
        super().__init__(bridge, asking, selection, notify=notify, open_tab=open_tab)
        self._memory = memory
        self.read: Reading | None = None
        self.core = memory.get("indicators.core", default=False)
        self._own: list[Any] = list(memory.get("indicators.own", default=[]))
        self._unticked = set(_texts(memory.get("indicators.unticked", default=[])))
        kept = _texts(memory.get("indicators.timeframes", default=[]))
        self._timeframes = set(kept) or {selection.choice.timeframe}
        self._touched = bool(kept)
        """Whether the user ticked timeframes here; else they follow the other tabs."""
        self.draft = Draft()
        """What is typed and not added yet; the view's to write."""
        self.jobs = IndicatorJobs(bridge, notify=notify, failed=self._failed)
        self._seen = selection.choice
        selection.observe(self._on_selection)

    # -- view and reading -----------------------------------------------------------------------------------------

    def attach(self, view: IndicatorsView) -> None:
        """Take a (new) view and fill it with what is known."""
        super().attach(view)
        view.show_running(self.jobs.running())
        if self.read is None:
            view.show_wanted("", ready=False)

    def _read_anew(self) -> None:
        bridge, core, own = self.bridge, self.core, list(self._own)

        def read(progress: Progress) -> Reading:
            return read_all(bridge, own, include_core=core, progress=progress)

        self.asking.ask(read, partial(self._on_read, own), self._on_failure)

    def _on_read(self, own: list[Any], read: Reading) -> None:
        self._busy = False
        if own != self._own:  # one was added or removed meanwhile: what is shown of them is newer than this
            self.refresh()
            return
        self.read, self._known = read, True
        if read.refused:
            self._notify(read.refused)
        self._show_all()

    # -- what is wanted -------------------------------------------------------------------------------------------

    @property
    def stored(self) -> Mapping[str, tuple[str, ...]]:
        """Timeframes that have bars, by symbol, of the source in use."""
        return {} if self.read is None else self.read.stored

    @property
    def chosen(self) -> tuple[str, ...]:
        """The chosen symbols that have bars."""
        return tuple(each for each in self.selection.choice.symbols if each in self.stored)

    @property
    def there(self) -> tuple[str, ...]:
        """Timeframes that any of the chosen symbols has; of all, where none is chosen."""
        symbols = self.chosen or tuple(self.stored)
        return in_order(name for symbol in symbols for name in self.stored[symbol])

    @property
    def picks(self) -> tuple[Pick, ...]:
        """What can be ticked."""
        return () if self.read is None else self.read.picks

    @property
    def ticked(self) -> frozenset[str]:
        """The words of what is ticked."""
        return frozenset(pick.word for pick in self.picks) - self._unticked

    def wanted(self) -> list[Work]:
        """Return every file that is wanted: chosen symbols x ticked timeframes that they have x ticked indicators."""
        picks = [pick for pick in self.picks if pick.word not in self._unticked]
        return [
            Work(self.bridge.provider, symbol, timeframe, pick)
            for symbol in self.chosen
            for timeframe in self.stored[symbol]
            if timeframe in self._timeframes
            for pick in picks
        ]

    def choose(self, symbols: Sequence[str]) -> None:
        """Choose these of the symbols that have bars, for all tabs; chosen ones without bars stay so."""
        if tuple(symbols) == self.chosen:
            return
        hidden = [each for each in self.selection.choice.symbols if each not in self.stored]
        self.selection.update(symbols=(*symbols, *hidden))

    def tick_timeframe(self, name: str, *, on: bool) -> None:
        """Tick a timeframe, or not; a single ticked one is that of all tabs."""
        (self._timeframes.add if on else self._timeframes.discard)(name)
        self._touched = True
        self._memory.set("indicators.timeframes", list(in_order(self._timeframes)))
        if len(self._timeframes) == 1:
            self.selection.update(timeframe=next(iter(self._timeframes)))
        self._show_files()

    def tick_pick(self, word: str, *, on: bool) -> None:
        """Tick an indicator, or not."""
        self.tick_picks([word], on=on)

    def tick_picks(self, words: Sequence[str], *, on: bool) -> None:
        """Tick indicators, or not."""
        (self._unticked.difference_update if on else self._unticked.update)(words)
        self._memory.set("indicators.unticked", sorted(self._unticked))
        self._show_files()

    def set_core(self, *, on: bool) -> None:
        """Offer RSI, MACD, VWAP, OBV and SMA too."""
        self.core = on
        self._memory.set("indicators.core", on)
        self.refresh()

    def judge(self, name: str, texts: Mapping[str, str]) -> Judged:
        """Return what typed parameters mean, and what is wrong with them."""
        if self.read is None:
            return Judged({})
        return judge(self.read.indicators[name], texts)

    def add(self, name: str, params: Mapping[str, Any]) -> str:
        """Add an indicator to tick; return its word. One that is there is ticked."""
        if self.read is None:
            return ""
        choice, full, stem = self.read.resolve(name, params)
        pick = pick_of(choice, full, stem, own=True)
        self._unticked.discard(pick.word)
        if pick.stem not in {each.stem for each in self.picks}:
            self._own.append([name, dict(params)])
            self._keep_own()
            self.read = self.read.with_pick(pick)
        else:
            pick = next(each for each in self.picks if each.stem == pick.stem)
            self._unticked.discard(pick.word)
        self._show_all()
        return pick.word

    def remove(self, word: str) -> None:
        """Offer an indicator that was added no more; its files stay."""
        if self.read is None:
            return
        gone = next(each for each in self.read.picks if each.word == word and each.own)
        read = self.read
        self._own = [each for each in self._own if read.resolve(each[0], each[1])[2] != gone.stem]
        self._keep_own()
        self.read = self.read.without(gone)
        self._show_all()

    def _keep_own(self) -> None:
        self._memory.set("indicators.own", self._own or None)

    def _on_selection(self, choice: Choice) -> None:
        before, self._seen = self._seen, choice
        if choice.timeframe != before.timeframe and not self._touched:
            self._timeframes = {choice.timeframe}
        if (choice.symbols, choice.timeframe) != (before.symbols, before.timeframe) and self.read is not None:
            self._show_all()

    # -- what is shown --------------------------------------------------------------------------------------------

    def _show_all(self) -> None:
        if self._view is None or self.read is None:
            return
        rows = [Row(name, (name, " ".join(frames)), (name, len(frames))) for name, frames in self.stored.items()]
        self._view.show_symbols(rows, self.chosen)
        self._view.show_timeframes(self.there, in_order(self._timeframes))
        self._view.show_picks(self.picks, self.ticked, core=self.core)
        self._show_files()

    def _show_files(self) -> None:
        view, read = self._view, self.read
        if view is None or read is None:
            return
        work = self.wanted()
        known = {pick.stem: pick.label for pick in read.picks}
        rows = [row_of(status, known) for status in read.files.values()]
        rows += [missing_row(each) for each in work if each.key not in read.files]
        view.show_wanted(self._wanted_text(work), ready=bool(work))
        if rows:
            view.show_rows(rows)
        elif not read.stored:
            steps = (
                _("Open the Data Manager and choose symbols."),
                _("Download: indicators are calculated from stored bars."),
            )
            view.show_empty(Empty(_("Nothing is stored yet"), steps))
        else:
            steps = (
                _("Choose symbols, timeframes and indicators at the left."),
                _("Update: every file appears here, and whether it is fresh."),
            )
            view.show_empty(Empty(_("No indicators calculated yet"), steps))

    def _wanted_text(self, work: Sequence[Work]) -> str:
        if not work:
            return self._why_nothing()
        return wanted_text([self._state(each) for each in work])

    def _why_nothing(self) -> str:
        if not self.stored:
            return ""
        if not self.chosen:
            return _("Choose symbols")
        if not set(self.there) & self._timeframes:
            return _("Tick a timeframe")
        return _("Tick an indicator")

    def _state(self, work: Work) -> str:
        status = None if self.read is None else self.read.files.get(work.key)
        return "missing" if status is None else str(status.state)

    def totals(self, shown: Sequence[str]) -> str:
        """Return the sums over the shown files."""
        files = {} if self.read is None else self.read.files
        return totals_text(files[key] for key in shown if key in files)

    # -- jobs -----------------------------------------------------------------------------------------------------

    def update(self) -> None:
        """Bring every wanted file up to date."""
        self._submit(self.wanted())

    def update_rows(self, keys: Sequence[str]) -> None:
        """Bring the files of these rows up to date."""
        wanted = {work.key: work for work in self.wanted()}
        self._submit([work for key in keys if (work := wanted.get(key) or self._work_of(key)) is not None])

    def _submit(self, work: Sequence[Work]) -> None:
        if work:
            self.jobs.submit(work)

    def _work_of(self, key: str) -> Work | None:
        """Return what brings a file that is there up to date; None where nobody knows its parameters."""
        status = None if self.read is None else self.read.files.get(key)
        if status is None or not status.params or self.read is None:
            return None
        pick = pick_of(*self.read.resolve(status.indicator, dict(status.params)))
        return Work(status.provider, status.symbol, status.timeframe, pick)

    def on_jobs(self, events: Sequence[JobEvent]) -> None:
        """Hear of jobs: those on indicators move the bar, those that changed the bank make the table old."""
        super().on_jobs(events)
        self._dirty |= any(event.final and event.spec.kind is JobKind.INDICATORS for event in events)
        if self.jobs.hear(events) and self._view is not None:
            self._view.show_running(self.jobs.running())

    def _failed(self, table: ResultTable) -> None:
        if self._view is not None:
            self._view.show_table(table)

    # -- rows -----------------------------------------------------------------------------------------------------

    def actions(self, keys: Sequence[str]) -> list[Action | None]:
        """Return what can be done with these rows; None is a line. The first is what Enter does."""
        files = self._files(keys)
        own = any(self._provider(key) == self.bridge.provider for key in keys)
        return [
            Action("charts", _("Open in Charts"), own and len(keys) > 0, "Enter"),
            Action("update", _("Update these"), bool(keys)),
            None,
            Action("folder", _("Show in the file manager"), len(files) == 1),
            Action("copy", _("Copy as TSV"), bool(keys), "Mod+C"),
            None,
            Action("delete", _("Delete…"), bool(files), "Del"),
        ]

    def open_in_charts(self, keys: Sequence[str]) -> None:
        """Show the first of these rows in Charts: its symbol, its timeframe, its indicator."""
        if not keys:
            return
        work = next((each for each in self.wanted() if each.key == keys[0]), None) or self._work_of(keys[0])
        if work is None:
            return
        if work.provider != self.bridge.provider:
            self._tell_elsewhere()
            return
        others = self.selection.choice.symbols
        symbols = (work.symbol, *(each for each in others if each != work.symbol))
        wish = Wish(work.pick.name, dict(work.pick.params))
        self.selection.update(symbols=symbols, timeframe=work.timeframe, wish=wish)
        self._open_tab("charts")

    def path_of(self, key: str) -> Any:  # noqa: ANN401 - a Path; None where there is no file
        """Return where a row's file lies."""
        files = self._files([key])
        return files[0].path if files else None

    def delete_question(self, keys: Sequence[str]) -> str:
        """Return what is asked before these files are deleted; "" where there is none."""
        return delete_question(self._files(keys))

    def delete(self, keys: Sequence[str]) -> None:
        """Delete the files of these rows; the caller has asked."""
        files, bridge = self._files(keys), self.bridge
        self.asking.ask(lambda progress: bridge.delete_indicator_files(files, progress), self._on_deleted)

    def _on_deleted(self, deleted: Deleted) -> None:
        self._notify(
            counted(
                "{n} file deleted, {size} freed",
                "{n} files deleted, {size} freed",
                deleted.files,
                size=size_text(deleted.size_bytes),
            )
        )
        self.refresh()

    def _files(self, keys: Sequence[str]) -> list[IndicatorStatus]:
        files = {} if self.read is None else self.read.files
        return [files[key] for key in keys if key in files]

    @staticmethod
    def _provider(key: str) -> str:
        return key.partition("/")[0]


def _texts(values: Sequence[object]) -> list[str]:
    return [each for each in values if isinstance(each, str)]
