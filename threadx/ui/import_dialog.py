"""The wizard Import legacy data: pick files or a folder, see what they hold, import, see what became of each."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterable, Sequence
from tkinter import filedialog

from threadx.i18n import _
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice, Dialog
from threadx.ui.presenters.legacy_import import LegacyImport, Phase
from threadx.ui.presenters.legacy_rows import PREVIEW_COLUMNS, RESULT_COLUMNS
from threadx.ui.presenters.table_rows import Row, in_words
from threadx.ui.theme import ttk
from threadx.ui.widgets.table import Column, DataTable, TableEvents
from threadx.ui.widgets.tooltip import Tooltip

__all__ = ["ImportDialog"]

_FOLDER = "import.folder"
_KINDS = "*.json *.json.gz *.csv *.csv.gz *.zip *.parquet *.feather"
_ROWS, _LINES = 7, 5
_WIDTH, _WRAP = 860, 640
"""Logical pixels of the tables, which scroll sideways, and before a text wraps."""
_BAR_STEPS = 1000


class ImportDialog(Dialog):
    """Draws what `LegacyImport` says. Tk thread only."""

    def __init__(self, parent: tk.Misc, context: PageContext, presenter: LegacyImport) -> None:
        self._context = context
        self._presenter = presenter
        self.ask_files = filedialog.askopenfilenames
        self.ask_folder = filedialog.askdirectory
        super().__init__(
            parent, context.theme, _("Import legacy data"),
            _("Bars of other tools: JSON, CSV, Parquet or Feather. The files are only read; what is stored stays."),
            choices=(
                Choice(_("Import"), presenter.start, "Primary.TButton", closes=False),
                Choice(_("Close"), lambda: None),
            ),
            resizable=True,
        )  # fmt: skip
        Tooltip(self.buttons[0], context.theme, _("Take the bars in, as one job; doing it twice does nothing"))
        self._build_foot()
        self._build_where()
        self._tables = ttk.Frame(self.body, width=context.theme.px(_WIDTH), height=1)
        self._tables.pack(fill="both", expand=True, pady=(context.theme.unit, 0))
        self.preview = self._table(PREVIEW_COLUMNS)
        self.result = self._table(RESULT_COLUMNS)
        self.preview.pack(fill="both", expand=True)
        self.update_idletasks()
        self.shown = self.preview
        self._tables.configure(height=self.preview.winfo_reqheight())
        self._tables.pack_propagate(flag=False)
        self._foot.lift()  # last in the order of Tab
        context.pump.on_jobs(self._jobs_moved, owner=self)
        self.bind("<Destroy>", lambda event: presenter.detach() if event.widget is self else None, add="+")
        presenter.attach(self)

    # -- building -------------------------------------------------------------------------------------------------

    def _build_foot(self) -> None:
        theme, gap = self.theme, self.theme.unit
        self._foot = ttk.Frame(self.body)
        self._foot.pack(side="bottom", fill="x")  # first: where there is little room, the table gives way
        self.text = theme.text(self._foot, height=_LINES, width=40, state="disabled", wrap="word")
        self.text.pack(fill="x", pady=(gap, 0))
        self.bar = ttk.Progressbar(self._foot, maximum=_BAR_STEPS)
        self.word = ttk.Label(self._foot, style="Small.TLabel", wraplength=theme.px(_WRAP), justify="left")
        self.word.pack(anchor="w", pady=(gap // 2, 0))

    def _build_where(self) -> None:
        theme, gap = self.theme, self.theme.unit
        row = ttk.Frame(self.body)
        row.pack(fill="x")
        row.columnconfigure(2, weight=1)
        self.pick: list[ttk.Button] = []
        for column, (text, command, tip) in enumerate((
            (_("Files…"), self._pick_files, _("Pick one or several files")),
            (_("Folder…"), self._pick_folder, _("Pick a folder; it is searched to any depth")),
        )):  # fmt: skip
            button = ttk.Button(row, text=text, command=command, width=-1)
            button.grid(row=0, column=column, padx=(0, gap))
            Tooltip(button, theme, tip)
            self.pick.append(button)
        self.where = ttk.Label(row, style="Muted.TLabel", width=20, anchor="w")
        self.where.grid(row=0, column=2, sticky="ew")
        ttk.Label(row, text=_("Provider")).grid(row=0, column=3, padx=(gap, gap))
        self.provider = ttk.Combobox(row, width=12, values=self._providers())
        self.provider.set(self._presenter.provider)
        self.provider.grid(row=0, column=4)
        Tooltip(self.provider, theme, _("What 1m bars are filed under; longer bars without them go to “import”"))
        for event in ("<Return>", "<FocusOut>", "<<ComboboxSelected>>"):
            self.provider.bind(event, lambda _event: self._presenter.set_provider(self.provider.get()))

    def _providers(self) -> list[str]:
        return list(dict.fromkeys((self._presenter.provider, "binance")))

    def _table(self, columns: Iterable[Column]) -> DataTable:
        events = TableEvents(chosen=self._chosen)
        return DataTable(self._tables, self.theme, in_words(columns), events, height=_ROWS, multiple=False)

    # -- what the user does ---------------------------------------------------------------------------------------

    def _pick_files(self) -> None:
        types = [(_("Bars of other tools"), _KINDS), (_("All files"), "*")]
        self._picked(
            self.ask_files(parent=self, title=_("Import legacy data"), initialdir=self._folder(), filetypes=types)
        )

    def _pick_folder(self) -> None:
        folder = self.ask_folder(parent=self, title=_("Import legacy data"), initialdir=self._folder(), mustexist=True)
        self._picked((folder,) if folder else ())

    def _picked(self, paths: Sequence[str]) -> None:
        if paths:
            self._context.state.set(_FOLDER, str(paths[0]))
            self._presenter.choose([str(path) for path in paths])

    def _folder(self) -> str | None:
        return str(self._context.state.get(_FOLDER, "")) or None

    def _chosen(self, keys: tuple[str, ...]) -> None:
        self._tell(self._presenter.detail(keys[0]) if keys else "")

    def dismiss(self) -> None:
        """Close it; an import goes on in the Data Manager."""
        if self._presenter.phase is Phase.IMPORTING:
            self._context.notify(_("The import goes on; the Data Manager shows how far it is"))
        super().dismiss()

    # -- what the presenter says ----------------------------------------------------------------------------------

    def show_rows(self, rows: Sequence[Row], *, result: bool) -> None:
        """Show files: what they hold, or what became of them."""
        shown, hidden = (self.result, self.preview) if result else (self.preview, self.result)
        hidden.pack_forget()
        shown.pack(fill="both", expand=True)
        self.shown = shown
        shown.set_rows(rows)
        self._tell("")
        if rows:
            bad = next((row.key for row in rows if "danger" in row.tags), rows[0].key)
            shown.choose_only(bad)
            self._tell(self._presenter.detail(bad))

    def show_word(self, text: str, *, bad: bool = False) -> None:
        """Say how it stands."""
        self.word.configure(text=text, style="Danger.Small.TLabel" if bad else "Small.TLabel")

    def show_phase(self, phase: Phase, *, ready: bool) -> None:
        """Enable what can be done."""
        self.where.configure(text=self._presenter.where)
        self.buttons[0].state(["!disabled" if ready else "disabled"])
        importing = phase is Phase.IMPORTING
        for widget in (*self.pick, self.provider):
            widget.state(["disabled" if importing else "!disabled"])
        if importing:
            self.bar.pack(fill="x", pady=(self.theme.unit, 0), before=self.word)
            self.buttons[1].configure(text=_("Cancel"), command=self._presenter.cancel)
        else:
            self.bar.stop()
            self.bar.pack_forget()
            self.buttons[1].configure(text=_("Close"), command=self.dismiss)

    def show_progress(self, share: float | None) -> None:
        """Move the bar."""
        self.bar.configure(value=0 if share is None else round(share * _BAR_STEPS))

    def _tell(self, text: str) -> None:
        self.text.configure(state="normal")
        self.text.delete("1.0", "end")
        self.text.insert("end", text)
        self.text.configure(state="disabled")

    def _jobs_moved(self, events: Sequence[object]) -> None:
        self._presenter.on_jobs(events)  # type: ignore[arg-type] # the pump hands on job events
