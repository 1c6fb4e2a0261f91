"""The menu bar: every command of the window, with its shortcut."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Collection, Mapping, Sequence

from threadx.i18n import N_, _
from threadx.ui.menu_room import roomy
from threadx.ui.shortcuts import label
from threadx.ui.tabs import Tab

__all__ = ["build_menu"]

Commands = Mapping[str, Callable[[], object]]

SEPARATOR = ("", "")
FILE = (
    ("open_data", N_("Open data folder")),
    ("open_logs", N_("Open log folder")),
    ("open_settings_file", N_("Open settings folder")),
    SEPARATOR,
    ("import", N_("Import legacy data…")),
    SEPARATOR,
    ("demo", N_("Offline demo")),
    SEPARATOR,
    ("settings", N_("Settings")),
    SEPARATOR,
    ("quit", N_("Quit")),
)
JOBS = (
    ("download", N_("Download")),
    ("dry_run", N_("Dry run")),
    SEPARATOR,
    ("pipeline", N_("Pipeline…")),
    ("convert", N_("Convert now")),
    SEPARATOR,
    ("cancel_all", N_("Cancel all jobs")),
    SEPARATOR,
    ("bell", N_("Bell at the end")),
)
VIEW = (
    ("zoom_in", N_("Larger")),
    ("zoom_out", N_("Smaller")),
    ("zoom_reset", N_("Normal size")),
    SEPARATOR,
    ("find", N_("Go to the filter")),
    ("refresh", N_("Refresh")),
)
HELP = (
    ("shortcuts", N_("Shortcuts")),
    ("copy_diagnostics", N_("Copy diagnostics")),
    ("about", N_("About ThreadX")),
)
THEMES = (("auto", N_("Follow the system")), ("light", N_("Light")), ("dark", N_("Dark")))
LANGUAGES = (("auto", N_("Language of the system")), ("en", "English"), ("fr", "Français"))
_MARKS = {True: "●  ", False: "     "}
"""Not a Tk variable: that could be freed on another thread."""
WITH_KEYS = frozenset({
    "settings", "quit", "download", "dry_run", "zoom_in", "zoom_out", "zoom_reset", "find", "refresh", "shortcuts",
    "pipeline",
})  # fmt: skip


def build_menu(
    root: tk.Tk,
    commands: Commands,
    *,
    tabs: Sequence[Tab],
    theme: tuple[str, Callable[[str], None]],
    language: tuple[str, Callable[[str], None]],
    on: Collection[str] = (),
) -> tk.Menu:
    """Put the menu bar on `root`; `theme` and `language` are (the choice in force, what a choice calls).

    `on` names the commands that switch something and have it on now.
    """
    bar = tk.Menu(root, tearoff=False, relief="flat")
    bar.add_cascade(label=_("File"), menu=_plain(bar, root, FILE, commands))
    bar.add_cascade(label=_("Jobs"), menu=_plain(bar, root, JOBS, commands, on))
    view = tk.Menu(bar, tearoff=False)
    for number, tab in enumerate(tabs[:7], start=1):
        view.add_command(label=_(tab.title), command=commands[f"tab{number}"], accelerator=label(root, f"tab{number}"))
    view.add_separator()
    view.add_cascade(label=_("Theme"), menu=_radio(view, THEMES, *theme))
    view.add_cascade(label=_("Language"), menu=_radio(view, LANGUAGES, *language))
    _fill(view, root, VIEW, commands)
    roomy(view)
    bar.add_cascade(label=_("View"), menu=view)
    bar.add_cascade(label=_("Help"), menu=_plain(bar, root, HELP, commands))
    _underline(bar)
    root.configure(menu=bar)
    return bar


def _underline(bar: tk.Menu) -> None:
    """Underline in each title the first letter that no title before it has: in French two begin with A."""
    taken: set[str] = set()
    for index in range(int(bar.index("end") or 0) + 1):
        title = str(bar.entrycget(index, "label")).casefold()
        place = next((at for at, letter in enumerate(title) if letter not in taken), 0)
        taken.add(title[place])
        bar.entryconfigure(index, underline=place)


def _plain(
    bar: tk.Menu, root: tk.Misc, items: Sequence[tuple[str, str]], commands: Commands, on: Collection[str] = ()
) -> tk.Menu:
    menu = tk.Menu(bar, tearoff=False)
    _fill(menu, root, items, commands, on)
    return roomy(menu)


def _fill(
    menu: tk.Menu, root: tk.Misc, items: Sequence[tuple[str, str]], commands: Commands, on: Collection[str] = ()
) -> None:
    for name, text in items:
        if not name:
            menu.add_separator()
            continue
        keys = label(root, name) if name in WITH_KEYS else ""
        mark = "✓ " if name in on else ""
        menu.add_command(label=mark + _(text), command=commands[name], accelerator=keys)


def _radio(parent: tk.Menu, items: Sequence[tuple[str, str]], chosen: str, choose: Callable[[str], None]) -> tk.Menu:
    menu = tk.Menu(parent, tearoff=False)
    for value, text in items:
        mark = _MARKS[value == chosen]
        menu.add_command(label=mark + _(text), command=lambda value=value: choose(value))  # type: ignore[misc]
    return roomy(menu)
