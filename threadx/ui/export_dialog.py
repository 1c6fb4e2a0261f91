"""What to export, of which time, and as what; the caller asks for the place."""

from __future__ import annotations

import tkinter as tk
from collections.abc import Callable, Mapping

from threadx.i18n import _
from threadx.ui.context import PageContext
from threadx.ui.dialogs import Choice, Dialog
from threadx.ui.presenters.period import Period
from threadx.ui.theme import ttk
from threadx.ui.widgets.check_box import Segments
from threadx.ui.widgets.range_box import RangeBox

__all__ = ["FORMATS", "Export", "ExportDialog"]

FORMATS = (("csv", "CSV"), ("xlsx", "Excel"), ("parquet", "Parquet"))
_KEPT = "inventory.export_format"

Export = Callable[[str, str, Period], object]
"""Takes what, the format and the period."""


class ExportDialog(Dialog):
    """Asks what, when and how. Tk thread only."""

    def __init__(
        self,
        parent: tk.Misc,
        context: PageContext,
        *,
        whats: Mapping[str, tuple[str, bool]],
        dated: str,
        seen: tuple[str, int, int] | None,
        on_choice: Export,
    ) -> None:
        """Make it, hidden.

        Args:
            parent: where it belongs.
            context: the page's.
            whats: what can be exported: its text, and whether it can be now. The first that can is chosen.
            dated: the one of `whats` that a range of time applies to.
            seen: as `RangeBox`.
            on_choice: called with what was chosen.
        """
        self._context = context
        super().__init__(
            parent, context.theme, _("Export"), _("All times are UTC, and say so."),
            choices=(
                Choice(_("Choose the place…"), lambda: self._chosen(on_choice), "Primary.TButton"),
                Choice(_("Cancel"), lambda: None),
            ),
        )  # fmt: skip
        self._dated = dated
        self.what = Segments(
            self.body, [(what, text) for what, (text, _on) in whats.items()], lambda _what: self._look()
        )
        self.what.set(next(what for what, (_text, on) in whats.items() if on))
        if len(whats) > 1:
            self.what.pack(fill="x", pady=(0, context.theme.unit * 2))
        for what, (_text, on) in whats.items():
            self.what.buttons[what].configure(state="normal" if on else "disabled")
        self._build_format()
        self._period_row = ttk.Frame(self.body)
        title = ttk.Label(self._period_row, text=_("Period"), width=_label_width())
        title.pack(side="left", anchor="n", padx=(0, context.theme.unit), pady=context.theme.px(4))
        self.range = RangeBox(self._period_row, context.theme, seen=seen, changed=self._look)
        self.range.pack(side="left", anchor="n")
        note = _("Excel: sheets are split at 1,048,576 rows. Several datasets as CSV or Parquet go to a folder.")
        self._note = ttk.Label(
            self.body, text=note, style="Small.TLabel", wraplength=context.theme.px(420), justify="left"
        )
        self._note.pack(anchor="w", pady=(context.theme.unit * 2, 0))
        self._look()

    def _build_format(self) -> None:
        gap = self._context.theme.unit
        row = ttk.Frame(self.body)
        row.pack(anchor="w")
        ttk.Label(row, text=_("Format"), width=_label_width()).pack(side="left", padx=(0, gap))
        self.format = Segments(row, FORMATS, lambda _kind: None)
        known = str(self._context.state.get(_KEPT, "csv"))
        self.format.set(known if known in dict(FORMATS) else "csv")
        self.format.pack(side="left")

    def _look(self) -> None:
        """Ask for the period where it matters, and go on only where it is right."""
        dated = self.what.get() == self._dated
        if dated:
            self._period_row.pack(anchor="w", pady=(self._context.theme.unit * 2, 0), before=self._note)
        else:
            self._period_row.pack_forget()
        self.buttons[0].configure(state="normal" if not dated or self.range.period.ok else "disabled")

    def _chosen(self, on_choice: Export) -> None:
        self._context.state.set(_KEPT, self.format.get())
        period = self.range.period if self.what.get() == self._dated else Period()
        on_choice(self.what.get(), self.format.get(), period)


def _label_width() -> int:
    """Return a width in characters that lets the fields beside both labels begin at one line."""
    return max(len(_("Format")), len(_("Period")))
