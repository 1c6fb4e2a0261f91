"""The dialog Pipeline: which steps, for which symbols and timeframes, and whether that can be started. No Tk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from threadx.bridge.events import JobKind
from threadx.config_rules import TIMEFRAME_NAMES
from threadx.i18n import N_, _, counted, number
from threadx.ui.presenters.period import Period, ends_of
from threadx.ui.presenters.user_lists import UserLists
from threadx.ui.selection import Selection
from threadx.ui.state import WindowState

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge

__all__ = ["MOST", "STEPS", "PipelineForm", "Whose"]

STEPS = ("select", "download", "verify", "convert", "indicators")
"""As `threadx.data.pipeline.Step`, which loads the engine; their order is always this one."""
STEP_TITLES: Mapping[str, str] = {
    "select": N_("Select the largest symbols"),
    "download": N_("Download what is missing"),
    "verify": N_("Verify the files"),
    "convert": N_("Convert legacy files"),
    "indicators": N_("Calculate indicators"),
}
MOST = 1000
"""How many of the largest can be asked for."""
_STATE = "pipeline.form"
_DEFAULT_TOP = 100


class Whose(StrEnum):
    """Which symbols a pipeline is about."""

    TOP = "top"
    """The largest, as the step select finds them."""
    GROUP = "group"
    """A group of the settings or a list of the user."""
    CHOSEN = "chosen"
    """Those chosen in the other tabs."""
    STORED = "stored"
    """All that have bars."""


class PipelineForm:
    """What is set in the dialog. Remembered when it starts. Tk thread only."""

    def __init__(self, bridge: ThreadXBridge, selection: Selection, state: WindowState) -> None:
        self._bridge = bridge
        self._state = state
        self.chosen = selection.choice.symbols
        self._groups = tuple(bridge.settings.groups)
        self._lists = UserLists(state, self._groups)
        kept: Mapping[str, Any] = state.get(_STATE, {})
        self.steps = set(_words(kept, "steps", STEPS)) & set(STEPS)
        self.whose = _whose(kept.get("whose"))
        if self.whose is Whose.CHOSEN and not self.chosen:
            self.whose = Whose.TOP
        top = kept.get("top")
        self.top = str(top) if isinstance(top, int) else str(_DEFAULT_TOP)
        named = kept.get("group")
        self.group = named if named in self.group_names() else next(iter(self.group_names()), "")
        self.timeframes = set(_words(kept, "timeframes", bridge.settings.ingest.timeframes))
        self.core = kept.get("core") is True
        choice = selection.choice
        self.shared = None if choice.start_ms is None or choice.end_ms is None else (choice.start_ms, choice.end_ms)
        """The range chosen in the other tabs, UTC ms, half-open."""
        self.period = Period() if self.shared is None else Period(*self.shared)
        """What is downloaded; both ends None: what is new."""
        self._settle()

    def group_names(self) -> tuple[str, ...]:
        """Return the groups of the settings, then the user's lists."""
        return (*self._groups, *self._lists.names())

    # -- what the user does ---------------------------------------------------------------------------------------

    def tick_step(self, step: str, *, on: bool) -> None:
        """Take a step in, or leave it out. The largest symbols need to be selected, other ones do not."""
        (self.steps.add if on else self.steps.discard)(step)
        if step == "select":
            self.whose = Whose.TOP if on else Whose.CHOSEN if self.chosen else Whose.STORED

    def tick_all(self) -> None:
        """Full: every step, for the largest."""
        self.steps, self.whose = set(STEPS), Whose.TOP

    def set_whose(self, whose: Whose) -> None:
        """Do it for these symbols."""
        self.whose = whose
        self._settle()

    def tick_timeframe(self, name: str, *, on: bool) -> None:
        """Take a timeframe in, or leave it out."""
        (self.timeframes.add if on else self.timeframes.discard)(name)

    def _settle(self) -> None:
        (self.steps.add if self.whose is Whose.TOP else self.steps.discard)("select")

    # -- what it comes to -----------------------------------------------------------------------------------------

    @property
    def limit(self) -> int | None:
        """How many of the largest; None where the field says nothing usable."""
        text = self.top.strip()
        return int(text) if text.isascii() and text.isdigit() and 1 <= int(text) <= MOST else None

    def why_not(self) -> str:
        """Return why it cannot be started; "" where it can."""
        if not self.steps:
            return _("Tick a step")
        if self.whose is Whose.TOP and self.limit is None:
            return _("How many of the largest: 1 to {most}").format(most=number(MOST))
        if self.whose is Whose.CHOSEN and not self.chosen:
            return _("No symbols are chosen")
        if self.whose is Whose.GROUP and not self.group:
            return _("There is no group")
        if self.steps & {"download", "indicators"} and not self.timeframes:
            return _("Tick a timeframe")
        if "download" in self.steps and not self.period.ok:
            return _("Correct the dates first")
        running = any(not each.final and each.spec.kind is JobKind.PIPELINE for each in self._bridge.jobs.snapshot())
        return _("A pipeline is running; wait for its end or cancel it") if running else ""

    def summary(self) -> str:
        """Return what will be done, in a line."""
        steps = [_(STEP_TITLES[step]) for step in STEPS if step in self.steps]
        return " \u2192 ".join(steps) + "\n" + self._about() + self._when()

    def _when(self) -> str:
        if "download" not in self.steps or self.period.start_ms is None or self.period.end_ms is None:
            return ""
        start, end = ends_of(self.period.start_ms, self.period.end_ms)
        return " \u00b7 " + _("{start} to {end} UTC").format(start=start, end=end)

    def _about(self) -> str:
        match self.whose:
            case Whose.TOP:
                count = self.limit or 0
                return counted("the {n} largest", "the {n} largest", count)
            case Whose.GROUP:
                return _("Group {name}").format(name=self.group)
            case Whose.CHOSEN:
                return counted("{count} symbol", "{count} symbols", len(self.chosen))
            case Whose.STORED:
                return _("All that is stored")

    def start(self, *, dry_run: bool = False) -> int:
        """Queue the job; return its id. `why_not` has said that it can be."""
        self._remember()
        symbols: Sequence[str] = ()
        group, top = "", None
        match self.whose:
            case Whose.TOP:
                top = self.limit
            case Whose.GROUP if self.group in self._groups:
                group = self.group
            case Whose.GROUP:
                symbols = self._lists.symbols(self.group)
            case Whose.CHOSEN:
                symbols = self.chosen
            case Whose.STORED:
                pass
        period = self.period if "download" in self.steps else Period()
        return self._bridge.pipeline(
            [step for step in STEPS if step in self.steps], symbols, period.start_ms, period.end_ms,
            timeframes=_in_order(self.timeframes), group=group, top=top, include_core=self.core,
            dry_run=dry_run, only=True,
        )  # fmt: skip

    def _remember(self) -> None:
        kept = {
            "steps": [step for step in STEPS if step in self.steps], "whose": str(self.whose), "top": self.limit,
            "group": self.group, "timeframes": list(_in_order(self.timeframes)), "core": self.core,
        }  # fmt: skip
        self._state.set(_STATE, kept)


def _whose(value: object) -> Whose:
    return next((each for each in Whose if each == value), Whose.TOP)


def _words(kept: Mapping[str, Any], key: str, default: Sequence[str]) -> tuple[str, ...]:
    value = kept.get(key)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else tuple(default)


def _in_order(names: set[str]) -> tuple[str, ...]:

    return tuple(name for name in TIMEFRAME_NAMES if name in names)
