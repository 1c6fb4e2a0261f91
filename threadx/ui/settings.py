"""The Settings tab: every key of `paths.toml`, grouped, explained, checked on the spot, saved with its comments."""

from __future__ import annotations

import tkinter as tk
from functools import partial

from threadx.i18n import _
from threadx.ui.context import Page, PageContext
from threadx.ui.dialogs import Choice
from threadx.ui.keyboard import take_keyboard
from threadx.ui.preferences import Preferences
from threadx.ui.presenters.setting_words import SECTIONS
from threadx.ui.presenters.settings import SettingsPresenter
from threadx.ui.presenters.settings_form import Name, SettingsForm
from threadx.ui.setting_row import RowEvents, SettingRow, arrange
from threadx.ui.shortcuts import label, readable
from threadx.ui.theme import FONT_BODY, ZOOM_STEPS, ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.empty_state import EmptyState
from threadx.ui.widgets.filter_field import FilterField
from threadx.ui.widgets.flow_row import FlowRow
from threadx.ui.widgets.scroll_area import ScrollArea
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["SettingsPage"]

GROUPS = "groups"


class SettingsPage(Page):
    """Draws what the presenter says. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext) -> None:
        super().__init__(parent, context)
        self.presenter = context.presenter(
            "settings",
            lambda: SettingsPresenter(
                context.bridge, context.pump, notify=context.notify, adopted=context.shell.adopted
            ),
        )
        self._form: SettingsForm | None = None
        self.rows: dict[Name, SettingRow] = {}
        self._section = str(context.state.get("settings.section", SECTIONS[0][0]))
        self._broken: EmptyState | None = None
        self._build()
        self.attach(self.presenter, self)

    # -- what the shell asks --------------------------------------------------------------------------------------

    def shown(self) -> None:
        """The tab came to the front."""
        take_keyboard(self, self.sections.focus_set)

    def refresh(self) -> None:
        """F5: read the file anew, unless something waits to be saved."""
        if self._form is None or not self._form.changed:
            self.presenter.reload()

    def find(self) -> None:
        """Ctrl+F."""
        self.filter.take_focus()

    def escape(self) -> None:
        """Esc: show one section again."""
        self.filter.clear()

    def remember(self) -> None:
        """Keep the section."""
        self.context.state.set("settings.section", self._section)

    # -- what the presenter asks ----------------------------------------------------------------------------------

    def show_form(self, form: SettingsForm) -> None:
        """Show all keys anew."""
        self._form = form
        if self._broken is not None:
            self._broken.destroy()
            self._broken = None
        if not self._update(form):
            self._fill()

    def show_state(self, message: str, *, problem: bool, can_save: bool, can_discard: bool) -> None:
        """Say how things stand beside the Save button."""
        self._told.configure(text=message, style="Danger.TLabel" if problem else "Muted.TLabel")
        self.save.configure(state="normal" if can_save else "disabled")
        self.discard.configure(state="normal" if can_discard else "disabled")

    def show_broken(self, message: str) -> None:
        """Say why there is no form: the file cannot be read."""
        if self._broken is not None:
            self._broken.destroy()
        self._broken = EmptyState(
            self, self.context.theme, title=_("The settings cannot be shown"), steps=(message,),
            actions=(Choice(_("Try again"), self.presenter.reload, "Primary.TButton"),
                     Choice(_("Open its folder"), self._open_file)),
        )  # fmt: skip
        self._broken.place(relx=0, rely=0, relwidth=1, relheight=1)

    # -- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        theme, gap = self.context.theme, self.context.theme.unit
        self._foot().pack(side="bottom", fill="x", pady=(gap, 0))
        self._told = ttk.Label(self, style="Muted.TLabel", justify="left")
        self._told.pack(side="bottom", fill="x", pady=(gap, 0))
        self._told.bind("<Configure>", lambda event: self._told.configure(wraplength=event.width))
        side = ttk.Frame(self)
        side.pack(side="left", fill="y", padx=(0, gap))
        prompt = _("Search ({key})").format(key=label(self, "find"))
        self.filter = FilterField(side, theme, prompt, self._fill, width=20)
        self.filter.pack(fill="x", pady=(0, gap))
        self.sections = ttk.Treeview(side, show="tree", selectmode="browse", height=len(SECTIONS), takefocus=True)
        longest = max(theme.font(FONT_BODY).measure(_(title)) for _name, title in SECTIONS)
        self.sections.column("#0", width=max(theme.px(180), longest + theme.px(20)), stretch=True)
        for name, title in SECTIONS:
            self.sections.insert("", "end", iid=name, text=_(title))
        self.sections.pack(fill="y", expand=True)
        self.sections.bind("<<TreeviewSelect>>", lambda _event: self._chosen())
        self.card = Card(self, theme, " ")
        self.card.pack(side="left", fill="both", expand=True)
        self._area: ScrollArea | None = None
        if not self.sections.exists(self._section):
            self._section = SECTIONS[0][0]
        self.sections.selection_set(self._section)
        self.sections.focus(self._section)
        for widget in (self, self.sections, self.filter.entry):
            self._save_by_key(widget)

    def _save_by_key(self, widget: tk.Misc) -> None:
        control = "Command" if self.tk.call("tk", "windowingsystem") == "aqua" else "Control"
        for key in ("s", "S"):
            widget.bind(f"<{control}-{key}>", lambda _event: self.presenter.save())

    def _foot(self) -> FlowRow:
        theme = self.context.theme
        foot = FlowRow(self, theme)
        folders = (
            (_("Settings file"), self._open_file, _("Show the folder of paths.toml")),
            (_("Data"), lambda: self._open("data_root"), _("Open the data folder")),
            (_("Log"), lambda: self._open("logs"), _("Open the log folder")),
        )
        foot.add(ttk.Label(foot, text=_("Open folder:"), style="Muted.TLabel"))
        for text, command, tip in folders:
            button = ttk.Button(foot, text=text, style="Ghost.TButton", width=-1, command=command)
            foot.add(button)
            Tooltip(button, theme, tip)
        self.save = ttk.Button(foot, text=_("Save"), style="Primary.TButton", command=self.presenter.save)
        Tooltip(self.save, theme, _("Write the changes into paths.toml; your comments stay"), readable(self, "Mod+S"))
        self.discard = ttk.Button(foot, text=_("Discard"), command=self.presenter.discard)
        Tooltip(self.discard, theme, _("Forget what was entered and not saved"))
        foot.add(self.discard, "right")
        foot.add(self.save, "right", space=1)
        return foot

    def _update(self, form: SettingsForm) -> bool:
        """Put the form's texts into the fields that are there, where they are the right ones: the focus stays."""
        if self.filter.text or set(self.rows) != set(form.names(self._section)):
            return False
        for name, row in self.rows.items():
            if row.value != self._text(form, name):
                row.show(self._text(form, name))
        return bool(self.rows)

    def _fill(self, words: str | None = None) -> None:
        """Show the chosen section, or every key that holds the words searched for."""
        form = self._form
        if form is None:
            return
        wanted = (self.filter.text if words is None else words).casefold().split()
        if self._area is not None:
            self._area.destroy()
        theme = self.context.theme
        area = self._area = ScrollArea(self.card.body, theme)
        area.pack(fill="both", expand=True)
        self.rows = {}
        titles = dict(SECTIONS)
        tables = [name for name, _title in SECTIONS] if wanted else [self._section]
        self.card.title.configure(text=_("Found") if wanted else _(titles[self._section]))
        for table in tables:
            self._add_table(area.body, form, table, wanted)
        if wanted and not self.rows:
            ttk.Label(area.body, text=_("Nothing is called that"), style="Muted.TLabel").pack(anchor="w")
        area.ready()

    def _add_table(self, parent: ttk.Frame, form: SettingsForm, table: str, wanted: list[str]) -> None:
        names = [name for name in form.names(table) if _fits(form, name, wanted)]
        if table == "ui" and not wanted:
            self._add_zoom(parent)
        if table == GROUPS and not wanted:
            told = _(form.words((GROUPS, "")).explanation)
            ttk.Label(parent, text=told, style="Small.TLabel").pack(anchor="w", pady=(0, self.context.theme.unit))
        for name in names:
            self._add_row(parent, form, name)
        if table == GROUPS and not wanted:
            self._add_new_group(parent)

    def _add_row(self, parent: ttk.Frame, form: SettingsForm, name: Name) -> None:
        removed = partial(self.presenter.remove_group, name[1]) if name[0] == GROUPS else None
        events = RowEvents(partial(self._entered, name), partial(self._reset, name), removed)
        row = SettingRow(
            parent, self.context.theme, form.words(name), label=form.label(name), text=self._text(form, name),
            default=form.default(name), events=events,
        )  # fmt: skip
        self._save_by_key(row.field)
        row.pack(fill="x", pady=(0, self.context.theme.unit * 2), padx=(0, self.context.theme.unit))
        self.rows[name] = row

    def _text(self, form: SettingsForm, name: Name) -> str:
        """Return what stands in a field: for look and language what is in force, wherever it was chosen."""
        if name[0] == "ui":
            return str(getattr(Preferences(self.context.bridge.settings, self.context.state), name[1]))
        return form.text(name)

    def _add_zoom(self, parent: ttk.Frame) -> None:
        theme = self.context.theme
        row = ttk.Frame(parent)
        row.pack(fill="x", pady=(0, theme.unit * 2))
        name = ttk.Label(row, text=_("Size"))
        values = [f"{round(step * 100)} %" for step in ZOOM_STEPS]
        self.zoom = ttk.Combobox(row, values=values, state="readonly", width=12)
        self.zoom.set(f"{round(theme.zoom * 100)} %")
        self.zoom.bind("<<ComboboxSelected>>", lambda _event: self._zoomed())
        keys = ", ".join(label(self, name) for name in ("zoom_in", "zoom_out", "zoom_reset"))
        told = _("The size of everything in the window ({keys}); acts at once").format(keys=keys)
        explanation = ttk.Label(row, text=told, style="Small.TLabel", justify="left")
        explanation.grid(row=2, column=1, sticky="w", pady=(theme.px(2), 0))
        row.bind("<Configure>", lambda event: arrange(theme, event.width, name, self.zoom, (explanation,)))

    def _add_new_group(self, parent: ttk.Frame) -> None:
        gap = self.context.theme.unit
        row = ttk.Frame(parent)
        row.pack(fill="x", pady=gap)
        ttk.Label(row, text=_("New group")).pack(side="left", padx=(0, gap))
        self.new_group = ttk.Entry(row, width=20)
        self.new_group.pack(side="left")
        self.new_group.bind("<Return>", lambda _event: self._add_group())
        ttk.Button(row, text=_("Add"), command=self._add_group).pack(side="left", padx=gap)
        self.group_problem = ttk.Label(row, style="Danger.Small.TLabel")
        self.group_problem.pack(side="left")

    # -- what the user does ---------------------------------------------------------------------------------------

    def _chosen(self) -> None:
        chosen = self.sections.selection()
        if not chosen or (chosen[0] == self._section and self.rows):
            return
        self._section = chosen[0]
        self.filter.clear()
        self._fill()

    def _entered(self, name: Name, text: str) -> str:
        """Take what stands in a field; look and language act at once where the user chose another one."""
        form = self._form
        if form is None:
            return ""
        if name[0] != "ui":
            return self.presenter.enter(name, text)
        if text != self._text(form, name):
            self.presenter.save_now(name, text)
            change = self.context.shell.set_theme if name[1] == "theme" else self.context.shell.set_language
            change(text)
        return ""

    def _reset(self, name: Name) -> None:
        row = self.rows[name]
        if self._form is not None:
            row.show(self._form.default(name))

    def _add_group(self) -> None:
        problem = self.presenter.add_group(self.new_group.get())
        if problem:  # else the form was drawn anew, and this row is gone
            self.group_problem.configure(text=problem)

    def _zoomed(self) -> None:
        self.context.shell.set_zoom(int(self.zoom.get().split()[0]) / 100)

    def _open_file(self) -> None:
        file = self.presenter.file
        self.context.shell.open_folder(file if file.exists() else file.parent)

    def _open(self, name: str) -> None:
        self.context.shell.open_folder(getattr(self.context.bridge.settings.paths, name))


def _fits(form: SettingsForm, name: Name, wanted: list[str]) -> bool:
    """Return whether a key's label, name or explanation holds all words."""
    words = form.words(name)
    text = " ".join((form.label(name), *name, _(words.explanation), form.text(name))).casefold()
    return all(word in text for word in wanted)
