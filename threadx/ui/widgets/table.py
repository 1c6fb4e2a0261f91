"""A table people expect: sorts by its headings, filters as they type, keeps what is chosen, copies as TSV.

The table holds plain rows; what is hidden by the filter stays chosen. Thousands of rows are fine: a sort or a filter
is one call to Tk, because moving rows one by one is quadratic (50,000 rows: 26 s).
"""

from __future__ import annotations

import tkinter as tk
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from threadx.ui.presenters.table_rows import Column, Row, RowStore
from threadx.ui.theme import FONT_BODY, Theme, ttk
from threadx.ui.widgets.table_events import TableEvents
from threadx.ui.widgets.table_keys import TableKeys
from threadx.ui.widgets.table_menu import MenuEntry

__all__ = ["Column", "DataTable", "MenuEntry", "Row", "TableEvents"]

_ARROWS = {False: " \u25b4", True: " \u25be"}
_MIN_WIDTH = 36
_TREE = "#0"
_DRAW = "::threadx_draw_rows"
_DRAW_ROWS = f"""
proc {_DRAW} {{tree new known}} {{
    foreach {{key options}} $known {{$tree item $key {{*}}$options}}
    foreach {{key options}} $new {{$tree insert {{}} end -id $key {{*}}$options}}
}}"""
"""Tcl that draws many rows; `ttk.Treeview.insert` spends most of its time on options nobody gives."""


class DataTable(ttk.Frame):
    """A table with its scroll bars. Tk thread only."""

    def __init__(
        self,
        parent: tk.Misc,
        theme: Theme,
        columns: Sequence[Column],
        events: TableEvents | None = None,
        *,
        image_title: str | None = None,
        image_width: int = 110,
        height: int = 4,
        multiple: bool = True,
        searched: Sequence[str] | None = None,
    ) -> None:
        """Make an empty table.

        Args:
            parent: where it stands.
            theme: colours and sizes.
            columns: from the left.
            events: what the owner listens to.
            image_title: heading of a first column that shows `Row.image`; None: there is no such column.
            image_width: its width in logical pixels.
            height: rows it asks room for; it takes more where there is room.
            multiple: whether several rows can be chosen.
            searched: keys of the columns that the filter looks into; None: all.
        """
        super().__init__(parent)
        self.theme = theme
        self.columns = tuple(columns)
        self.events = TableEvents() if events is None else events
        places = [place for place, column in enumerate(self.columns) if searched is None or column.key in searched]
        self.rows = RowStore(len(self.columns), places)
        self._chosen: dict[str, None] = {}
        self._sort: tuple[int, bool] | None = None
        self._words: tuple[str, ...] = ()
        self._images = image_title is not None
        self._drawn: set[str] = set()
        self._shown: tuple[str, ...] = ()
        self._displayed = tuple(column.key for column in self.columns)
        self.tree = ttk.Treeview(
            self,
            columns=[column.key for column in self.columns],
            show="tree headings" if self._images else "headings",
            selectmode="extended" if multiple else "browse",
            height=height,
        )
        self._bar = ttk.Scrollbar(self, orient="vertical", command=self.tree.yview)
        self._x_bar = ttk.Scrollbar(self, orient="horizontal", command=self.tree.xview)
        self._path = str(self.tree)
        self.tk.eval(_DRAW_ROWS)
        self._build(image_title, image_width)
        self._keys = TableKeys(self)

    # -- rows -----------------------------------------------------------------------------------------------------

    def set_rows(self, rows: Iterable[Row]) -> None:
        """Show these rows instead of all others; what is chosen stays so where its row is still there."""
        top = self.tree.yview()[0]
        focus = self.tree.focus()
        place = self._shown.index(focus) if focus in self._shown else 0
        gone = self.rows.replace(rows)
        if gone:
            self.tree.delete(*gone)
            self._drawn.difference_update(gone)
        self._put(self.rows.values())
        self._arrange()
        kept = {key: None for key in self._chosen if key in self.rows}
        if focus and not self.tree.exists(focus):  # without a cursor, Tk's arrow keys would do nothing
            focus = self._shown[min(place, len(self._shown) - 1)] if self._shown else ""
        if focus:
            self.tree.focus(focus)
        self.tree.yview_moveto(top)
        self._take(kept)

    def update_rows(self, rows: Iterable[Row]) -> None:
        """Change rows in place, by key; rows nobody knows are added at the end."""
        moved, changed = False, []
        for row in rows:
            before = self.rows.get(row.key)
            if before == row:
                continue
            self.rows.put(row)
            changed.append(row)
            moved = moved or before is None or self._order_differs(before, row)
        self._put(changed)
        if moved:
            self._arrange()

    @property
    def shown(self) -> tuple[str, ...]:
        """Keys of the rows that the filter lets through, from the top."""
        return self._shown

    # -- choosing -------------------------------------------------------------------------------------------------

    @property
    def chosen(self) -> tuple[str, ...]:
        """Keys of the chosen rows in the order they were chosen, hidden ones too."""
        return tuple(self._chosen)

    def choose(self, keys: Iterable[str]) -> None:
        """Choose exactly these rows, hidden ones too; keys without a row are left out."""
        self._take({key: None for key in keys if key in self.rows})
        self._show_chosen()

    def choose_shown(self) -> None:
        """Add the shown rows to the chosen ones."""
        self._take(self._chosen | dict.fromkeys(self.shown))
        self._show_chosen()

    def choose_among_shown(self, keys: Iterable[str]) -> None:
        """Choose exactly these of the shown rows; the hidden ones that are chosen stay so."""
        shown = set(self.shown)
        self._take({each: None for each in self._chosen if each not in shown} | dict.fromkeys(keys))
        self._show_chosen()

    def choose_only(self, key: str) -> None:
        """Choose one shown row, keep the hidden ones that are chosen, and put the cursor on it."""
        self.choose_among_shown((key,))
        self.see(key)

    def toggle(self, key: str) -> None:
        """Choose a shown row, or choose it no more."""
        shown = [each for each in self._chosen if each in set(self.shown)]
        self.choose_among_shown([each for each in shown if each != key] if key in shown else [*shown, key])

    def see(self, key: str) -> None:
        """Scroll to a row and put the table's cursor on it."""
        if key in self.shown:
            self.tree.see(key)
            self.tree.focus(key)

    def take_focus(self) -> None:
        """Put the keyboard into the table, on the first chosen or the first row."""
        shown = self.shown
        if shown and self.tree.focus() not in shown:
            self.tree.focus(next((key for key in self._chosen if key in shown), shown[0]))
        self.tree.focus_set()

    # -- filter and sort ------------------------------------------------------------------------------------------

    def filter(self, text: str) -> None:
        """Show only the rows that hold every word of `text` in a searched cell, whatever the case; "" shows all."""
        words = tuple(text.casefold().split())
        if words != self._words:
            self._words = words
            self._arrange()

    def sort(self, key: str | None, *, descending: bool = False) -> None:
        """Sort by a column; None: in the order the rows were given. Rows without a value come last both ways."""
        keys = [column.key for column in self.columns]
        self._sort = (keys.index(key), descending) if key in keys else None
        self._head()
        self._arrange()

    @property
    def sorted_by(self) -> tuple[str, bool] | None:
        """Column key and whether descending; None: in the order given."""
        return None if self._sort is None else (self.columns[self._sort[0]].key, self._sort[1])

    # -- what is remembered ---------------------------------------------------------------------------------------

    def layout(self) -> dict[str, Any]:
        """Return sort and column widths as plain JSON values, independent of the scale."""
        widths = {column.key: round(self._width(column.key) / self.theme.scale) for column in self.columns}
        return {"sort": list(self.sorted_by or ()), "widths": widths}

    def restore(self, layout: Mapping[str, Any]) -> None:
        """Take up what `layout` returned; whatever does not fit is ignored."""
        given = layout.get("widths")
        widths = given if isinstance(given, dict) else {}
        for column in self.columns:
            width = widths.get(column.key)
            if isinstance(width, int) and 0 < width < 4_000:
                self.tree.column(column.key, width=self.theme.px(width))
        sort = layout.get("sort")
        if isinstance(sort, (list, tuple)) and len(sort) == 2 and isinstance(sort[0], str):
            self.sort(sort[0], descending=sort[1] is True)

    # -- copying --------------------------------------------------------------------------------------------------

    def tsv(self, keys: Sequence[str] | None = None) -> str:
        """Return rows as tab-separated text with headings: the shown ones among `keys`, or all that are shown."""
        wanted = None if keys is None else set(keys)
        table = [tuple(column.title for column in self.columns)]
        table += [self.rows[key].cells for key in self.shown if wanted is None or key in wanted]
        return "\n".join("\t".join(_flat(cell) for cell in cells) for cells in table) + "\n"

    def copy(self) -> None:
        """Put the chosen rows that are shown on the clipboard, all shown rows where none is chosen."""
        chosen = [key for key in self.shown if key in self._chosen]
        self.clipboard_clear()
        self.clipboard_append(self.tsv(chosen or None))

    # -- building -------------------------------------------------------------------------------------------------

    def _build(self, image_title: str | None, image_width: int) -> None:
        self.rowconfigure(0, weight=1)
        self.columnconfigure(0, weight=1)
        self.tree.grid(row=0, column=0, sticky="nsew")
        self._bar.grid(row=0, column=1, sticky="ns")
        self.tree.configure(
            yscrollcommand=lambda low, high: _place(self._bar, low, high),
            xscrollcommand=lambda low, high: _place(self._x_bar, low, high),
        )
        self._x_bar.grid(row=1, column=0, sticky="ew")
        px = self.theme.px
        if image_title is not None:
            self.tree.column(_TREE, width=px(image_width), minwidth=px(image_width), stretch=False, anchor="w")
            self.tree.heading(_TREE, text=image_title, anchor="w")
        for column in self.columns:
            self.tree.column(
                column.key, width=px(column.width), minwidth=px(_MIN_WIDTH), stretch=column.stretch,
                anchor=_ANCHORS[column.align],
            )  # fmt: skip
        self._head()
        self.tree.bind("<Configure>", lambda event: self._fit(event.width))
        t = self.theme.tokens
        for tag, colour in {"danger": t.danger, "warning": t.warning, "success": t.success, "muted": t.muted}.items():
            self.tree.tag_configure(tag, foreground=colour, font=FONT_BODY)

    def _head(self) -> None:
        for index, column in enumerate(self.columns):
            arrow = _ARROWS[self._sort[1]] if self._sort is not None and self._sort[0] == index else ""
            self.tree.heading(
                column.key, text=column.title + arrow, anchor=_ANCHORS[column.align],
                command=lambda index=index: self._on_heading(index),
            )  # fmt: skip

    # -- drawing --------------------------------------------------------------------------------------------------

    def _put(self, rows: Iterable[Row]) -> None:
        """Draw rows, new or changed, in one call: each lets go of the interpreter, and workers may keep it."""
        new: list[object] = []
        known: list[object] = []
        for row in rows:
            options: tuple[Any, ...] = ("-values", row.cells, "-tags", row.tags)
            if self._images:
                options += ("-image", "" if row.image is None else row.image)
            (known if row.key in self._drawn else new).extend((row.key, options))
        self._drawn.update(str(key) for key in new[::2])
        if new or known:
            self.tk.call(_DRAW, self._path, tuple(new), tuple(known))

    def _arrange(self) -> None:
        keys = self.rows.arranged(self._words, self._sort)
        if keys != self._shown or keys != self.tree.get_children(""):
            self._shown = keys
            self.tree.set_children("", *keys)
            self._show_chosen()

    def _order_differs(self, before: Row, after: Row) -> bool:
        if self._words and before.cells != after.cells:
            return True
        return self._sort is not None and before.value(self._sort[0]) != after.value(self._sort[0])

    def _show_chosen(self) -> None:
        wanted = tuple(key for key in self.shown if key in self._chosen)
        if wanted != self.tree.selection():
            self.tree.selection_set(*wanted)

    def _fit(self, width: int) -> None:
        """Leave out optional columns where all together are too wide."""
        px, shown = self.theme.px, list(self.columns)
        spare = width - (int(self.tree.column(_TREE, "width")) if self._images else 0)
        for column in sorted((each for each in shown if each.optional), key=lambda each: -each.optional):
            if sum(px(each.width) if each.stretch else self._width(each.key) for each in shown) > spare:
                shown.remove(column)
        keys = tuple(column.key for column in shown)
        if keys != self._displayed:
            self._displayed = keys
            self.tree.configure(displaycolumns=keys)
        stretched = [column for column in shown if column.stretch]
        if len(stretched) == 1:
            others = sum(self._width(column.key) for column in shown if not column.stretch)
            least = px(stretched[0].width)
            self.tree.column(stretched[0].key, width=max(spare - others - px(4), least))

    def _width(self, key: str) -> int:
        return int(self.tree.column(key, "width"))

    # -- what the user does ---------------------------------------------------------------------------------------

    def _take(self, chosen: dict[str, None]) -> None:
        if list(chosen) != list(self._chosen):
            self._chosen = chosen
            self.events.chosen(self.chosen)

    def on_marked(self) -> None:
        """Take over what Tk's own clicks and keys chose among the shown rows."""
        shown, marked = set(self.shown), self.tree.selection()
        still = set(marked)
        kept = {key: None for key in self._chosen if key not in shown or key in still}
        self._take(kept | dict.fromkeys(marked))

    def _on_heading(self, index: int) -> None:
        same = self._sort is not None and self._sort[0] == index
        self.sort(self.columns[index].key, descending=same and self._sort is not None and not self._sort[1])
        self.events.sorted()


_ANCHORS: dict[str, Literal["w", "e", "center"]] = {"left": "w", "right": "e", "center": "center"}


def _place(bar: ttk.Scrollbar, low: str | float, high: str | float) -> None:
    """Move a scroll bar, and show it only where there is something to scroll."""
    bar.set(low, high)
    if float(low) <= 0.0 and float(high) >= 1.0:
        bar.grid_remove()
    else:
        bar.grid()


def _flat(cell: str) -> str:
    return " ".join(cell.split()) if any(sign in cell for sign in "\t\r\n") else cell
