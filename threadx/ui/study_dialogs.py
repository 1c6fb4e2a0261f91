"""Dialogs about the indicators of a chart: add one, edit one, save all as a template."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from threadx.i18n import _
from threadx.ui.dialogs import Choice, Dialog
from threadx.ui.presenters.indicator_form import Judged
from threadx.ui.presenters.indicator_words import title
from threadx.ui.presenters.studies import Study
from threadx.ui.presenters.study_form import StudyForm, catalogue, name_problem
from threadx.ui.theme import Theme, ttk
from threadx.ui.widgets.filter_field import FilterField
from threadx.ui.widgets.parameter_fields import ParameterFields
from threadx.ui.widgets.table import Column, DataTable, TableEvents

__all__ = ["StudyDialog", "TemplateDialog"]

Done = Callable[[str, dict[str, Any], float | None], object]
_ROWS = 9


class StudyDialog(Dialog):
    """Parameters of an indicator, judged as they are typed; for a new one the list of all there are beside them."""

    def __init__(self, parent: tk.Misc, theme: Theme, *, study: Study | None, gap: int | None, done: Done) -> None:
        """`study`: what is edited; None: a new one is chosen. `done` gets name, parameters and height of its pane."""
        self._done = done
        self._gap = gap
        self._form = StudyForm("ema" if study is None else study.name, study, gap)
        self._judged = Judged({})
        heading = _("Add an indicator") if study is None else _("Edit {name}").format(name=study.label)
        super().__init__(
            parent, theme, heading, "" if study is None else title(study.name),
            choices=(
                Choice(_("Add") if study is None else _("Apply"), self.accept, "Primary.TButton", closes=False),
                Choice(_("Cancel"), lambda: None),
            ),
            resizable=study is None,
        )  # fmt: skip
        self.table: DataTable | None = None
        side = ttk.Frame(self.body)
        beside = theme.unit * 2 if study is None else 0
        side.pack(side="right", fill="both", padx=(beside, 0))  # first: on a small screen the list gives way
        if study is None:
            self._build_list()
            side.lift()  # after the list in the order of Tab
        self.fields = ParameterFields(side, theme, judge=self._judged_now, changed=self._changed, entered=self.accept)
        self.fields.pack(fill="x")
        self._fill()

    def show(self) -> Dialog:
        """Put it over the main window, the keyboard in its first field."""
        super().show()
        if self.table is not None:
            self.table.see(self._form.name)  # it has its height only now
            self.filter.take_focus()
        else:
            entry = next(iter(self.fields.entries.values()))
            entry.focus_set()
            entry.selection_range(0, "end")
        return self

    def accept(self) -> None:
        """Take what stands there, unless something is wrong with it."""
        judged = self.fields.judge()
        if judged.ok:
            texts = {name: entry.get() for name, entry in self.fields.entries.items()}
            name, height = self._form.name, self._form.height(texts)
            self.destroy()
            self._done(name, judged.params, height)

    def choose(self, name: str) -> None:
        """Choose an indicator of the list."""
        if self.table is not None:
            self.table.choose_only(name)

    def _build_list(self) -> None:
        theme = self.theme
        left = ttk.Frame(self.body)
        left.pack(side="left", fill="both", expand=True)
        self.filter = FilterField(left, theme, _("Filter"), self._filtered)
        self.filter.pack(fill="x", pady=(0, theme.px(4)))
        self.filter.entry.bind("<Down>", lambda _event: self.table.take_focus() if self.table is not None else None)
        self.filter.entry.bind("<Return>", lambda _event: self.accept())
        columns = (
            Column("name", _("Indicator"), 110), Column("what", _("What it is"), 300, stretch=True),
            Column("where", _("Drawn"), 90),
        )  # fmt: skip
        events = TableEvents(chosen=self._chosen, opened=lambda _key: self.accept())
        self.table = DataTable(left, theme, columns, events, height=_ROWS, multiple=False)
        self.table.pack(fill="both", expand=True)
        self.table.set_rows(catalogue())

    def _fill(self) -> None:
        if self.table is not None:
            self.table.choose_only(self._form.name)
        self.fields.show(self._form.fields())

    def _chosen(self, keys: tuple[str, ...]) -> None:
        if keys and keys[0] != self._form.name:
            self._form = StudyForm(keys[0], None, self._gap)
            self.fields.show(self._form.fields())

    def _filtered(self, text: str) -> None:
        if self.table is not None:
            self.table.filter(text)
            if self.table.shown and not set(self.table.chosen) & set(self.table.shown):
                self.table.choose([self.table.shown[0]])

    def _judged_now(self, texts: Mapping[str, str]) -> Judged:
        return self._form.judge(texts)

    def _changed(self, judged: Judged) -> None:
        self._judged = judged
        self.buttons[0].state(["!disabled" if judged.ok else "disabled"])


class TemplateDialog(Dialog):
    """Asks for the name of a template."""

    def __init__(self, parent: tk.Misc, theme: Theme, names: Sequence[str], done: Callable[[str], object]) -> None:
        """`names`: those there are, which a new one of the same name replaces. `done` gets the name."""
        self._names = set(names)
        self._done = done
        super().__init__(
            parent, theme, _("Save as a template"), _("The indicators of this chart, with parameters and heights."),
            choices=(
                Choice(_("Save"), self.accept, "Primary.TButton", closes=False), Choice(_("Cancel"), lambda: None),
            ),
        )  # fmt: skip
        self.entry = ttk.Entry(self.body, width=32)
        self.entry.pack(fill="x")
        self.note = ttk.Label(self.body, style="Small.TLabel")
        self.note.pack(anchor="w", pady=(theme.px(4), 0))
        self.entry.configure(validate="key", validatecommand=(self.register(self._judge), "%P"))
        self.entry.bind("<Return>", lambda _event: self.accept())
        self._judge("")

    def show(self) -> Dialog:
        """Put it over the main window, the keyboard in the field."""
        super().show()
        self.entry.focus_set()
        return self

    def accept(self) -> None:
        """Take the name, unless it cannot be one."""
        name = self.entry.get().strip()
        if not name_problem(name):
            self.destroy()
            self._done(name)

    def _judge(self, text: str) -> bool:
        name = text.strip()
        problem = name_problem(name)
        self.buttons[0].state(["disabled" if problem else "!disabled"])
        if problem and name:
            self.note.configure(text=problem, style="Danger.Small.TLabel")
        else:
            told = _("Replaces the template of this name") if name in self._names else ""
            self.note.configure(text=told, style="Warning.Small.TLabel")
        return True
