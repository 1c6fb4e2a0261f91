"""What a command answers: one document for machines, and lines and tables for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Block", "Cell", "Figure", "Result", "Table"]


class Figure(str):
    """A number that is in words already ("37.8"): it stands on the right, as whole numbers do."""

    __slots__ = ()


Cell = str | int
"""A cell of a table. Whole numbers are grouped and stand on the right, figures too; text stands as it is."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, both in the language in use. A table without rows is not shown."""

    headings: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    title: str = ""


Block = str | Table


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one command. `document` is English and JSON-ready, the rest is in the language in use."""

    document: Mapping[str, object]
    blocks: Sequence[Block] = ()
    exit_code: int = 0
    errors: Sequence[str] = ()
    """What failed on the way, in lines for stderr; the document has it too."""
