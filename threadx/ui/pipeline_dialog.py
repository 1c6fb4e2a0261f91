"""The dialog Pipeline: tick steps, symbols and timeframes; it runs as one job in the Data Manager."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Sequence
from functools import partial

from threadx.bridge.events import JobEvent, JobKind
from threadx.config_rules import TIMEFRAME_NAMES
from threadx.i18n import _, counted
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice, Dialog
from threadx.ui.presenters.pipeline_form import MOST, STEP_TITLES, STEPS, PipelineForm, Whose
from threadx.ui.theme import ttk
from threadx.ui.widgets.check_box import CheckBox, Segments
from threadx.ui.widgets.range_box import ALL, SEEN, RangeBox
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["PipelineDialog"]

_FRAMES_A_ROW = 7


class PipelineDialog(Dialog):
    """Draws a `PipelineForm`; `started` is called with the id of the job. Tk thread only."""

    def __init__(
        self, parent: tk.Misc, context: PageContext, form: PipelineForm, started: Callable[[int], object]
    ) -> None:
        self.form = form
        self._quiet = False
        self._started = started
        super().__init__(
            parent, context.theme, _("Pipeline"),
            _("Several steps after one another, as one job. Cancelled or interrupted, it goes on where it was."),
            choices=(
                Choice(_("Start"), self._start, "Primary.TButton", closes=False),
                Choice(_("Dry run"), partial(self._start, dry_run=True), "Outline.TButton", closes=False),
                Choice(_("Cancel"), lambda: None),
            ),
        )  # fmt: skip
        tips = (_("Queue it; the table of jobs shows how far it is"), _("Say what each step would do; writes nothing"))
        for button, tip in zip(self.buttons, tips, strict=False):
            Tooltip(button, context.theme, tip)
        gap = context.theme.unit
        self.body.columnconfigure(1, weight=1)
        self.word = ttk.Label(self.body, style="Small.TLabel", wraplength=context.theme.px(520), justify="left")
        self.word.grid(row=4, column=0, columnspan=2, sticky="w", pady=(gap, 0))
        self._build_steps(0)
        self._build_symbols(1)
        self._build_period(2)
        self._build_timeframes(3)
        self._show()
        context.pump.on_jobs(self._jobs_moved, owner=self)

    # -- building -------------------------------------------------------------------------------------------------

    def _part(self, row: int, title: str) -> ttk.Frame:
        gap = self.theme.unit
        ttk.Label(self.body, text=title).grid(row=row, column=0, sticky="nw", pady=(gap, 0), padx=(0, gap * 2))
        frame = ttk.Frame(self.body)
        frame.grid(row=row, column=1, sticky="ew", pady=(gap, 0))
        return frame

    def _build_steps(self, row: int) -> None:
        frame = self._part(row, _("Steps"))
        full = ttk.Button(self.body, text=_("Full"), style="Chip.TButton", width=-1, command=self._tick_all)
        full.grid(row=row, column=0, sticky="sw")
        full.lower(frame)  # before the steps in the order of Tab
        Tooltip(full, self.theme, _("Every step, for the largest symbols"))
        self.steps: dict[str, CheckBox] = {}
        for place, step in enumerate(STEPS):
            box = CheckBox(frame, _(STEP_TITLES[step]), changed=partial(self._step_changed, step))
            box.grid(row=place // 2, column=place % 2, sticky="w", padx=(0, self.theme.unit * 2))
            self.steps[step] = box
        Tooltip(self.steps["select"], self.theme, _("By market capitalisation and volume; kept as a snapshot"))
        Tooltip(self.steps["convert"], self.theme, _("Take in the files of the legacy folder of the settings"))
        self.core = CheckBox(frame, _("Include RSI/MACD/VWAP/OBV/EMA200"), changed=self._core_changed)
        self.core.grid(row=len(STEPS) // 2, column=1, sticky="w")
        Tooltip(
            self.core, self.theme,
            _("RSI, MACD, VWAP, OBV and SMA too, as the settings have them; EMA 200 is among the settings' EMA"),
        )  # fmt: skip

    def _build_symbols(self, row: int) -> None:
        form, theme = self.form, self.theme
        frame = self._part(row, _("Symbols"))
        count = len(form.chosen)
        options = (
            (str(Whose.TOP), _("The largest")), (str(Whose.GROUP), _("Group")),
            (str(Whose.CHOSEN), counted("{n} chosen", "{n} chosen", count)),
            (str(Whose.STORED), _("All stored")),
        )  # fmt: skip
        self.whose = Segments(frame, options, lambda value: self._change(partial(form.set_whose, Whose(value))))
        self.whose.pack(anchor="w")
        if not form.chosen:
            self.whose.buttons[str(Whose.CHOSEN)].state(["disabled"])
        self._which = ttk.Frame(frame, height=1)
        self._which.pack(anchor="w", pady=(theme.unit // 2, 0))
        self.top = ttk.Spinbox(
            self._which, from_=1, to=MOST, width=7, command=lambda: self._top_changed(self.top.get()), validate="key"
        )
        self.top.configure(validatecommand=(self.register(self._top_changed), "%P"))
        Tooltip(self.top, theme, _("How many of the largest symbols"))
        self.groups = ttk.Combobox(self._which, state="readonly", values=list(form.group_names()), width=24)
        self.groups.bind("<<ComboboxSelected>>", lambda _event: self._group_changed())
        Tooltip(self.groups, theme, _("A group of the settings, or one of your lists"))

    def _build_period(self, row: int) -> None:
        shared = self.form.shared
        seen = None if shared is None else (_("As in the Data Manager"), *shared)
        frame = self._part(row, _("Period"))
        self.period = RangeBox(frame, self.theme, seen=seen, everything=_("What is new"), changed=self._period_changed)
        self.period.pack(anchor="w")
        tip = _("From the last stored bar on; where nothing is stored, the history of the settings")
        Tooltip(self.period.way.buttons[ALL], self.theme, tip)
        if seen is not None:
            self.period.choose(SEEN)

    def _build_timeframes(self, row: int) -> None:
        frame = self._part(row, _("Timeframes"))
        self.timeframes: dict[str, CheckBox] = {}
        for place, name in enumerate(TIMEFRAME_NAMES):
            box = CheckBox(frame, name, changed=partial(self._timeframe_changed, name))
            box.grid(row=place // _FRAMES_A_ROW, column=place % _FRAMES_A_ROW, sticky="w", padx=(0, self.theme.unit))
            self.timeframes[name] = box

    # -- what the user does ---------------------------------------------------------------------------------------

    def _change(self, call: Callable[[], object]) -> None:
        call()
        self._show()

    def _tick_all(self) -> None:
        self._change(self.form.tick_all)

    def _step_changed(self, step: str) -> None:
        self._change(partial(self.form.tick_step, step, on=self.steps[step].get()))

    def _core_changed(self) -> None:
        self.form.core = self.core.get()

    def _timeframe_changed(self, name: str) -> None:
        self._change(partial(self.form.tick_timeframe, name, on=self.timeframes[name].get()))

    def _top_changed(self, text: str) -> bool:
        if not self._quiet:
            self.form.top = text
            self._show_word()
        return True

    def _period_changed(self) -> None:
        self.form.period = self.period.period
        self._show_word()

    def _group_changed(self) -> None:
        self.form.group = self.groups.get()
        self._show_word()

    def _start(self, *, dry_run: bool = False) -> None:
        self._show_word()
        if self.form.why_not():
            return
        job_id = self.form.start(dry_run=dry_run)
        self.destroy()
        self._started(job_id)

    def _jobs_moved(self, events: Sequence[JobEvent]) -> None:
        if any(event.final and event.spec.kind is JobKind.PIPELINE for event in events):
            self._show_word()  # another one can be started now

    # -- what is shown --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        form = self.form
        for step, box in self.steps.items():
            box.set(step in form.steps)
        for name, frame in self.timeframes.items():
            frame.set(name in form.timeframes)
        self.core.set(form.core)
        for button in self.period.way.buttons.values():
            button.state(["!disabled" if "download" in form.steps else "disabled"])
        self.core.state(["!disabled" if "indicators" in form.steps else "disabled"])
        self.whose.set(str(form.whose))
        for widget, on in ((self.top, form.whose is Whose.TOP), (self.groups, form.whose is Whose.GROUP)):
            (widget.pack if on else widget.pack_forget)()
        if self.top.get() != form.top:
            self._quiet = True
            self.top.set(form.top)
            self._quiet = False
        self.groups.set(form.group)
        self._show_word()

    def _show_word(self) -> None:
        why = self.form.why_not()
        self.word.configure(text=why or self.form.summary(), style="Danger.Small.TLabel" if why else "Small.TLabel")
        for button in self.buttons[:2]:
            button.state(["disabled" if why else "!disabled"])
