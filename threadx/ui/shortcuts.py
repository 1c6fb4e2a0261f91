"""The keyboard: one table of commands and keys, from which bindings, menus, tooltips and the help list are made."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable
from dataclasses import dataclass

from threadx.i18n import N_, _

__all__ = ["SHORTCUTS", "Shortcut", "bind", "label", "named"]


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A command of the window and its keys."""

    name: str
    meaning: str
    """English; translated when drawn."""
    keys: tuple[str, ...]
    """Tk's words between < and >, "Mod" being Control, on macOS Command. The first one is shown."""
    shown: str = ""
    """What is shown instead of the first key."""


_FIELDS = ("TEntry", "TCombobox", "TSpinbox", "Text")
_AZERTY = ("ampersand", "eacute", "quotedbl", "apostrophe", "parenleft", "", "egrave")
"""What the digit keys of a French keyboard give with Control; the sixth is the minus of zooming out."""


def _tab(number: int) -> Shortcut:
    others = (f"Mod-KP_{number}", *([f"Mod-{_AZERTY[number - 1]}"] if _AZERTY[number - 1] else ()))
    return Shortcut(f"tab{number}", N_("Show a tab by its place"), (f"Mod-Key-{number}", *others))


SHORTCUTS: tuple[Shortcut, ...] = (
    *(_tab(number) for number in range(1, 8)),
    Shortcut("download", N_("Download the chosen symbols"), ("Mod-d",)),
    Shortcut("dry_run", N_("Dry run: list what would be fetched"), ("Mod-Shift-D", "Mod-Shift-d")),
    Shortcut("pipeline", N_("Pipeline: several steps as one job"), ("Mod-Shift-P", "Mod-Shift-p")),
    Shortcut("find", N_("Go to the filter"), ("Mod-f",)),
    Shortcut("escape", N_("Clear the filter, close what is open"), ("Escape",), "Esc"),
    Shortcut("refresh", N_("Refresh"), ("F5",)),
    Shortcut("settings", N_("Settings"), ("Mod-comma",), "Mod+,"),
    Shortcut("zoom_in", N_("Larger"), ("Mod-plus", "Mod-equal", "Mod-KP_Add"), "Mod++"),
    Shortcut("zoom_out", N_("Smaller"), ("Mod-minus", "Mod-KP_Subtract"), "Mod+-"),
    Shortcut("zoom_reset", N_("Normal size"), ("Mod-Key-0", "Mod-KP_0", "Mod-agrave"), "Mod+0"),
    Shortcut("theme", N_("Switch between light and dark"), ("Mod-Shift-L", "Mod-Shift-l")),
    Shortcut("shortcuts", N_("This list of shortcuts"), ("F1", "Mod-slash"), "F1"),
    Shortcut("quit", N_("Quit"), ("Mod-q",)),
)
KEYS = (N_("Ctrl"), N_("Shift"), N_("Enter"), N_("Esc"), N_("Del"), N_("Home"), N_("End"), N_("Wheel"), N_("Drag"))
"""Names of keys, translated by `readable`."""
IN_TABLES: tuple[tuple[str, str], ...] = (
    ("Mod+A", N_("Select all rows that are shown")),
    ("Mod+C", N_("Copy the selected rows")),
    ("Mod+E", N_("Export what is shown")),
    ("Shift+F10", N_("Menu of the selected row")),
    ("Enter", N_("Open the selected row in Charts")),
    ("Del", N_("Delete or cancel the selected rows")),
)
IN_CHARTS: tuple[tuple[str, str], ...] = (
    ("Wheel", N_("Zoom at the pointer")),
    ("Drag", N_("Move the chart")),
    ("Shift+Drag", N_("Measure")),
    ("\u2190 / \u2192", N_("Move the chart")),
    ("\u2191 / \u2193", N_("Zoom")),
    ("Home", N_("Show everything")),
    ("End", N_("Go to the latest bar")),
    ("Mod+\u2190 / \u2192", N_("Move the crosshair from bar to bar")),
    ("A-Z", N_("Find a symbol")),
    ("0-9", N_("Choose a timeframe")),
    ("/", N_("Add an indicator")),
    ("Tab", N_("Go to the indicators' names: Enter edits, Del removes")),
)
"""Keys that tabs bind themselves, for the help list."""


def named(name: str) -> Shortcut:
    """Return the shortcut of a command."""
    return next(each for each in SHORTCUTS if each.name == name)


def bind(root: tk.Misc, commands: dict[str, Callable[[], object]]) -> None:
    """Bind the keys of each command on a window."""
    modifier = "Command" if _aqua(root) else "Control"
    taken = []
    for name, command in commands.items():
        for key in named(name).keys:
            sequence = f"<{key.replace('Mod', modifier)}>"
            taken.append(sequence)
            root.bind(sequence, _handler(command))
            for kind in _FIELDS:
                root.unbind_class(kind, sequence)  # Tk's fields know Emacs' keys: Ctrl+D would delete a character too
    root.tk.call("set", "::threadx_taken", tuple(taken))  # and Ctrl+/ would select all, as an event with a name
    root.tk.eval("foreach name [event info] {foreach key $::threadx_taken {event delete $name $key}}")


def label(root: tk.Misc, name: str) -> str:
    """Return a command's key as people read it: "Ctrl+Shift+D"."""
    shortcut = named(name)
    return readable(root, shortcut.shown or shortcut.keys[0].replace("Key-", "").replace("-", "+"))


def readable(root: tk.Misc, text: str) -> str:
    """Return a key written with "Mod" as people read it here."""
    parts = text.replace("++", "+Plus").split("+")
    special = {"Mod": "\u2318" if _aqua(root) else _("Ctrl"), "Plus": "+"}
    named_keys = {part: _(part) for part in KEYS}  # a letter stays itself: a chart's "L" (low) is another word
    parts = [(special | named_keys).get(part, part) for part in parts if part]
    return "+".join(part.upper() if len(part) == 1 else part for part in parts)


def _handler(command: Callable[[], object]) -> Callable[[object], str]:
    def call(_event: object) -> str:
        command()
        return "break"

    return call


def _aqua(root: tk.Misc) -> bool:
    return str(root.tk.call("tk", "windowingsystem")) == "aqua"
