"""The columns and rows of a table as plain data: what they say, how they sort, what a filter lets through."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from threadx.i18n import _

__all__ = ["Column", "Row", "RowStore", "in_words"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column. A row's cells are in the order of the columns."""

    key: str
    """As the remembered widths and the sort name it."""
    title: str
    """Translated; constants have it in English, for `in_words`."""
    width: int
    """Logical pixels, at first."""
    align: Literal["left", "right", "center"] = "left"
    """Numbers stand right."""
    stretch: bool = False
    """Takes the room that is left."""
    optional: int = 0
    """Above 0: hidden where the table is too narrow, the highest first."""


def in_words(columns: Iterable[Column]) -> tuple[Column, ...]:
    """Return columns with their English titles translated."""
    return tuple(replace(column, title=_(column.title)) for column in columns)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: what is written, and what it is sorted by."""

    key: str
    """Names the row among all others; survives changes of its cells. Not ""."""
    cells: tuple[str, ...]
    """As shown, one for each column."""
    values: tuple[Any, ...] = ()
    """What each column sorts by: numbers as numbers, instants as ms. None comes last. (): by the cells."""
    tags: tuple[str, ...] = ()
    """Of "danger", "warning", "success", "muted"."""
    image: Any = None
    """A Tk image for the first column, where the table has one."""

    def value(self, column: int) -> Any:  # noqa: ANN401 - numbers and texts
        """Return what the row sorts by in a column, by its place."""
        return self.values[column] if self.values else self.cells[column].casefold()


class RowStore:
    """Rows by key, in the order they came."""

    def __init__(self, columns: int, searched: Sequence[int] | None = None) -> None:
        """`searched`: places of the columns that a filter looks into; None: all."""
        self._columns = columns
        self._searched = tuple(range(columns)) if searched is None else tuple(searched)
        self._rows: dict[str, Row] = {}
        self._texts: dict[str, str] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._rows

    def __getitem__(self, key: str) -> Row:
        return self._rows[key]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def get(self, key: str) -> Row | None:
        """Return the row of a key; None where there is none."""
        return self._rows.get(key)

    def values(self) -> Iterable[Row]:
        """Return the rows in the order they came."""
        return self._rows.values()

    def put(self, row: Row) -> None:
        """Add a row, or change the one of its key in place.

        Raises:
            ValueError: it has another number of cells or values than the table has columns, or no key.
        """
        if not row.key or len(row.cells) != self._columns or len(row.values) not in (0, self._columns):
            raise ValueError(f"not a row of {self._columns} columns: {row!r}")
        self._rows[row.key] = row
        self._texts.pop(row.key, None)

    def replace(self, rows: Iterable[Row]) -> tuple[str, ...]:
        """Hold these rows only; return the keys that are gone."""
        before = self._rows
        self._rows, self._texts = {}, {}
        for row in rows:
            self.put(row)
        return tuple(key for key in before if key not in self._rows)

    def arranged(self, words: tuple[str, ...], sort: tuple[int, bool] | None) -> tuple[str, ...]:
        """Return the keys to show: rows that hold all `words`, sorted by (column, descending)."""
        keys = [key for key in self._rows if self._matches(key, words)] if words else list(self._rows)
        if sort is None:
            return tuple(keys)
        column, descending = sort
        valued = [(self._rows[key].value(column), key) for key in keys]
        empty = [key for value, key in valued if value is None]
        full = sorted((pair for pair in valued if pair[0] is not None), key=_value, reverse=descending)
        return (*(key for _value, key in full), *empty)

    def _matches(self, key: str, words: tuple[str, ...]) -> bool:
        text = self._texts.get(key)
        if text is None:
            cells = self._rows[key].cells
            text = self._texts[key] = "\n".join(cells[place] for place in self._searched).casefold()
        return all(word in text for word in words)


def _value(pair: tuple[Any, str]) -> Any:  # noqa: ANN401 - numbers and texts
    return pair[0]
