"""The rows of a file as columns, before anybody knows what they mean. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR
from typing import Any

import pandas as pd
import pyarrow as pa

from threadx.data.legacy.values import Cells
from threadx.data.plan import Note
from threadx.errors import FileValidationError
from threadx.store.foreign import ForeignFile

__all__ = ["Table", "other_places", "refuse_repeated_names"]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows as columns."""

    columns: dict[str, Cells]
    """By name; where `named` is false by place, "#1" and so on."""
    rows: int
    """Rows of the file, those without the form of the others included."""
    form: str
    """What the file is, an English text of the catalogue: "JSON, a list of objects"."""
    named: bool = True
    odd: tuple[tuple[int, object], ...] = ()
    """Rows that have not the form of the others: number (from 1), what it says."""
    places: tuple[int, ...] | None = None
    """Number of each row of `columns` in the file, from 1; None: they count up."""
    says: Mapping[str, str] = field(default_factory=dict)
    """Symbol and timeframe, where what stands around the rows has them."""
    note: Note | None = None
    """What was not obvious about its form."""

    def raw(self, row: int) -> dict[str, object]:
        """Return a row as the file has it."""
        return {
            name: _plain(cells.iloc[row] if isinstance(cells, pd.Series) else cells[row])
            for name, cells in self.columns.items()
        }

    def place(self, row: int) -> int:
        """Return the number of a row in the file, from 1."""
        return row + 1 if self.places is None else self.places[row]


def other_places(rows: int, odd: Sequence[tuple[int, object]]) -> tuple[int, ...] | None:
    """Return the numbers of the rows that are not odd; None where none is."""
    if not odd:
        return None
    without = {number for number, _row in odd}
    return tuple(number for number in range(1, rows + 1) if number not in without)


def refuse_repeated_names(file: ForeignFile, names: Sequence[str]) -> None:
    """Refuse columns that cannot be told apart.

    Raises:
        FileValidationError: two have one name.
    """
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise FileValidationError(
            "{path}: two columns are called {column}",
            hint="take one of them out",
            path=file.path,
            column=repr(repeated[0]),
        )


def _plain(cell: Any) -> object:  # noqa: ANN401 - whatever a column holds
    value = cell.as_py() if isinstance(cell, pa.Scalar) else cell.item() if hasattr(cell, "item") else cell
    if isinstance(value, pd.Timestamp) and not MINYEAR <= value.year <= MAXYEAR:
        return str(value.to_datetime64())  # its own text needs a date of the standard library
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
