"""The indicators of the Charts tab: added, edited, removed, their values asked for as bars come. No tkinter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from threadx.errors import ThreadXError
from threadx.i18n import _, counted, error_text, number
from threadx.indicators.spec import MAX_GAP, get
from threadx.progress import Progress
from threadx.ui.presenters.asking import Asking
from threadx.ui.presenters.chart_loader import Loaded
from threadx.ui.presenters.studies import MOST, Study, Templates, from_json, lowest_shade, to_json
from threadx.ui.presenters.study_series import StudySeries
from threadx.ui.presenters.study_styles import parts_of
from threadx.ui.presenters.viewed import Viewed
from threadx.ui.selection import Choice, Selection, Wish
from threadx.ui.state import WindowState

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge

__all__ = ["Drawn", "StudyDesk", "StudyView"]


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """An indicator with what is to be drawn of it."""

    study: Study
    series: StudySeries | None = None
    """None: its values are not there yet, or cannot be had."""
    problem: str = ""
    """Why they cannot be had, translated."""


class StudyView(Protocol):
    """What the desk asks of its view. Tk thread."""

    def show_studies(self, drawn: tuple[Drawn, ...]) -> None:
        """Draw these, and list them."""


@dataclass(frozen=True, slots=True)
class _Bars:
    """Which bars are shown."""

    symbol: str
    loaded: Loaded

    @property
    def names(self) -> tuple[str, str, str]:
        return self.loaded.provider, self.symbol, self.loaded.series.timeframe.name


class StudyDesk(Viewed[StudyView]):
    """Outlives its view. Tk thread only."""

    def __init__(
        self,
        bridge: ThreadXBridge,
        asking: Asking,
        selection: Selection,
        memory: WindowState,
        *,
        notify: Callable[[str], None],
        gap: int | None = None,
    ) -> None:
        """Take up what was shown last. `gap`: the longest gap of the settings, in minutes."""
        self._bridge = bridge
        self._asking = asking
        self._memory = memory
        self._notify = notify
        self.gap = gap
        self.templates = Templates(memory)
        self._bars: _Bars | None = None
        kept, refused = from_json(memory.get("charts.studies", default=[]), gap=gap)
        self._drawn: dict[int, Drawn] = {study.key: Drawn(study) for study in kept}
        self._next = len(kept) + refused
        self._runs: dict[int, int] = {}
        """Counts the questions about each; answers to older ones are dropped."""
        self._asked: dict[int, int] = {}
        """About which a question is under way: the number of its request."""
        self._again: set[int] = set()
        """Which are asked about again when it is answered."""
        self._wish: Wish | None = None
        self._follow_wish(selection.choice)
        selection.observe(self._follow_wish)

    # -- view and bars --------------------------------------------------------------------------------------------

    def attach(self, view: StudyView) -> None:
        """Take a (new) view and fill it."""
        super().attach(view)
        self._show()

    def follow(self, symbol: str | None, loaded: Loaded | None) -> None:
        """Have values for these bars: others than before, or more of the same."""
        before = self._bars
        self._bars = None if symbol is None or loaded is None else _Bars(symbol, loaded)
        if before is not None and self._bars is not None and before.loaded is self._bars.loaded:
            return
        if before is None or self._bars is None or before.names != self._bars.names:
            self._drawn = {key: Drawn(drawn.study) for key, drawn in self._drawn.items()}
            for key in self._runs:
                self._forget(key)
            self._show()
        for key in tuple(self._drawn):
            self._ask(key)

    def _ask(self, key: int) -> None:
        bars = self._bars
        if bars is None or key not in self._drawn:
            return
        if key in self._asked:
            self._again.add(key)
            return
        self._again.discard(key)
        run = self._runs[key] = self._runs.get(key, 0) + 1
        study, bridge = self._drawn[key].study, self._bridge

        def answered(series: StudySeries | None, failure: ThreadXError | None) -> None:
            if self._runs.get(key) != run:
                return
            self._asked.pop(key, None)
            if key in self._drawn:
                problem = "" if failure is None else error_text(failure)
                self._drawn[key] = replace(self._drawn[key], series=series, problem=problem)
                self._show()
                if key in self._again:
                    self._ask(key)

        self._asked[key] = self._asking.ask(
            lambda progress: _read(bridge, bars, study, progress),
            lambda series: answered(series, None),
            lambda failure: answered(None, failure),
        )

    def _show(self) -> None:
        if self._view is not None:
            self._view.show_studies(self.drawn)

    # -- what there is --------------------------------------------------------------------------------------------

    @property
    def drawn(self) -> tuple[Drawn, ...]:
        """All, in the order they were added."""
        return tuple(self._drawn.values())

    @property
    def studies(self) -> tuple[Study, ...]:
        """All, without values."""
        return tuple(each.study for each in self._drawn.values())

    def study(self, key: int) -> Study | None:
        """Return one."""
        return self._drawn[key].study if key in self._drawn else None

    def values_at(self, drawn: Drawn, ms: float | None) -> dict[str, float]:
        """Return the values of the bar under an instant; None: of the latest; nothing where no bar is."""
        if self._bars is None or drawn.series is None:
            return {}
        bars = self._bars.loaded.series
        bar = bars.last if ms is None else bars.bar_at(ms)
        return {} if bar is None else drawn.series.at(bar.start_ms)

    # -- changes --------------------------------------------------------------------------------------------------

    def add(self, name: str, params: Mapping[str, Any], *, height: float | None = None) -> int | None:
        """Add an indicator; return its key; None where there are too many.

        Raises:
            IndicatorError: no such indicator or parameter, or a value that is not allowed.
        """
        if len(self._drawn) >= MOST:
            self._notify(_("A chart shows up to {n} indicators: remove one first").format(n=number(MOST)))
            return None
        usual = {} if self.gap is None else {MAX_GAP.name: self.gap}
        study = Study.of(self._next, name, {**usual, **params}, shade=lowest_shade(self.studies))
        self._next += 1
        self._drawn[study.key] = Drawn(study if height is None else study.resized(height))
        self._changed(study.key)
        return study.key

    def edit(self, key: int, params: Mapping[str, Any], *, height: float | None = None) -> None:
        """Give an indicator other parameters, or its pane another height.

        Raises:
            IndicatorError: a parameter that it has not, or a value that is not allowed.
        """
        drawn = self._drawn.get(key)
        if drawn is None:
            return
        before = drawn.study
        study = Study.of(
            key, before.name, {**before.params, **params}, shade=before.shade,
            height=before.height if height is None else height,
        )  # fmt: skip
        if study.params == before.params:
            self._drawn[key] = replace(drawn, study=study)
            self._keep()
            self._show()
            return
        self._drawn[key] = Drawn(study)
        self._forget(key)
        self._changed(key)

    def resize(self, key: int, height: float) -> None:
        """Give a pane another height."""
        self.edit(key, {}, height=height)

    def remove(self, key: int) -> None:
        """Take an indicator off the chart."""
        if self._drawn.pop(key, None) is not None:
            self._forget(key)
            self._keep()
            self._show()

    def clear(self) -> None:
        """Take all off."""
        self._replace(())

    def save_template(self, name: str) -> None:
        """Keep what is shown under a name."""
        self.templates.save(name, self.studies)
        self._notify(_("Template {name} saved").format(name=name))

    def load_template(self, name: str) -> None:
        """Show what was kept under a name, in place of what is shown; entries that are not allowed are left out."""
        studies, refused = self.templates.load(name, gap=self.gap)
        self._replace(studies)
        if refused:
            self._notify(
                counted(
                    "Template {name}: {n} entry is not an indicator with allowed parameters and was left out",
                    "Template {name}: {n} entries are not indicators with allowed parameters and were left out",
                    refused,
                    name=name,
                )
            )
        else:
            self._notify(_("Template {name} loaded").format(name=name))

    def delete_template(self, name: str) -> None:
        """Keep it no more."""
        self.templates.delete(name)
        self._notify(_("Template {name} deleted").format(name=name))

    def _replace(self, studies: tuple[Study, ...]) -> None:
        for key in self._drawn:
            self._forget(key)
        fresh = [replace(study, key=self._next + place) for place, study in enumerate(studies)]
        self._next += len(fresh)
        self._drawn = {study.key: Drawn(study) for study in fresh}
        self._keep()
        self._show()
        for study in fresh:
            self._ask(study.key)

    def _forget(self, key: int) -> None:
        """Want no answer about an indicator any more; the worker is freed for what is wanted now."""
        self._runs[key] = self._runs.get(key, 0) + 1
        self._again.discard(key)
        request = self._asked.pop(key, None)
        if request is not None:
            self._asking.forget(request)

    def _changed(self, key: int) -> None:
        self._keep()
        self._show()
        self._ask(key)

    def _keep(self) -> None:
        self._memory.set("charts.studies", to_json(self.studies) or None)

    def _follow_wish(self, choice: Choice) -> None:
        """Add the indicator that another tab wants to be seen, unless it is there."""
        wish, before = choice.wish, self._wish
        self._wish = wish
        if wish is None or wish is before:
            return
        try:
            wanted = Study.of(-1, wish.name, wish.params)
            if all((each.name, each.params) != (wanted.name, wanted.params) for each in self.studies):
                self.add(wish.name, wish.params)
        except ThreadXError as failure:
            self._notify(error_text(failure))


def _read(bridge: ThreadXBridge, bars: _Bars, study: Study, progress: Progress) -> StudySeries:
    """Return values over the bars: from the cache, or computed from the very bars that were made for this look."""
    provider, symbol, timeframe = bars.names
    series = bars.loaded.series
    if bars.loaded.derived:
        columns, _state = get(study.name).run(series.columns, {**study.params, "timeframe": timeframe})
        columns = {"open_time": series.columns["open_time"], **columns}
    else:
        columns = bridge.indicator_values(
            provider, symbol, timeframe, study.name, study.params, series.first_ms, progress=progress
        )
    return StudySeries.build(parts_of(study.name, columns), series.timeframe)
