"""Help: the list of shortcuts, and what this program is."""

from __future__ import annotations

import platform
import tkinter as tk
from collections.abc import Callable

from threadx import __version__
from threadx.exchange.attribution import ATTRIBUTION, ATTRIBUTION_URL
from threadx.i18n import _
from threadx.ui.dialogs import Choice, Dialog
from threadx.ui.shortcuts import IN_CHARTS, IN_TABLES, SHORTCUTS, label, readable
from threadx.ui.theme import Theme, ttk

__all__ = ["about", "shortcut_rows", "shortcuts"]


def shortcut_rows(root: tk.Misc) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return (heading, (keys, meaning) ...) for each group, in the user's language."""
    window = [(label(root, each.name), _(each.meaning)) for each in SHORTCUTS if not each.name.startswith("tab")]
    tabs = (f"{label(root, 'tab1')}…7", _("Show a tab by its place"))
    groups = [(_("Everywhere"), [tabs, *window])]
    for heading, keys in ((_("In tables"), IN_TABLES), (_("In charts"), IN_CHARTS)):
        groups.append((heading, [(readable(root, key), _(meaning)) for key, meaning in keys]))
    return groups


def shortcuts(root: tk.Misc, theme: Theme) -> Dialog:
    """Show the list of shortcuts."""
    dialog = Dialog(root, theme, _("Shortcuts"), choices=(Choice(_("Close"), lambda: None, "Primary.TButton"),))
    (everywhere, *others) = shortcut_rows(root)
    for place, groups in ((0, [everywhere]), (1, others)):
        column = ttk.Frame(dialog.body)
        column.grid(row=0, column=place, sticky="n", padx=(0 if place == 0 else theme.unit * 4, 0))
        _draw(column, theme, groups)
    return dialog.show()


def _draw(column: ttk.Frame, theme: Theme, groups: list[tuple[str, list[tuple[str, str]]]]) -> None:
    row = 0
    for heading, pairs in groups:
        over = 0 if row == 0 else theme.unit * 2
        ttk.Label(column, text=heading, style="Muted.TLabel").grid(row=row, columnspan=2, sticky="w", pady=(over, 0))
        for offset, (keys, meaning) in enumerate(pairs, start=1):
            ttk.Label(column, text=keys, style="Mono.TLabel").grid(row=row + offset, column=0, sticky="w", pady=1)
            text = ttk.Label(column, text=meaning)
            text.grid(row=row + offset, column=1, sticky="w", padx=(theme.unit * 2, 0))
        row += len(pairs) + 1


def about(root: tk.Misc, theme: Theme, *, diagnostics: str, copy: Callable[[str], None]) -> Dialog:
    """Show version, parts, folders and licences; `diagnostics` is what the button copies."""
    dialog = Dialog(
        root, theme, "ThreadX",
        _("A trustworthy local bank of crypto OHLCV bars.") + "\n"
        + _("Version {version} · Python {python} · Tk {tk}").format(
            version=__version__, python=platform.python_version(), tk=root.tk.call("info", "patchlevel")
        ),
        choices=(
            Choice(_("Close"), lambda: None, "Primary.TButton"),
            Choice(_("Copy diagnostics"), lambda: copy(diagnostics), closes=False),
        ),
        resizable=True,
    )  # fmt: skip
    text = theme.text(dialog.body, height=17, width=76, wrap="word")
    licences = _(
        "ThreadX: MIT licence. Built on pandas, NumPy, Apache Arrow, Matplotlib, Requests, filelock, ttkbootstrap and "
        "others under MIT, BSD, Apache and PSF licences."
    )
    sources = _("Market capitalisations: {attribution}").format(attribution=f"{ATTRIBUTION} ({ATTRIBUTION_URL})")
    text.insert("1.0", f"{diagnostics}\n\n{sources}\n\n{licences}")
    text.configure(state="disabled")
    text.pack(fill="both", expand=True)
    return dialog.show()
