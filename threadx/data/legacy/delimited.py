"""CSV as download sites, spreadsheets and notebooks write it: what parts its cells, what stands above them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as csv

from threadx.data.legacy.table import Table, other_places, refuse_repeated_names
from threadx.data.legacy.values import Cells, is_number
from threadx.data.plan import Note
from threadx.errors import FileValidationError
from threadx.i18n import N_
from threadx.store.foreign import ForeignFile

__all__ = ["SHOWN", "of_csv"]

SHOWN = 60
"""Characters of a file that a message shows."""
_DELIMITERS = (",", ";", "\t", "|")
_FEWEST = 5
"""Columns that a table of bars has at least."""
_SAMPLE = 100
_COMMA = r"^\s*[+-]?\d+(,\d+)?([eE][+-]?\d+)?\s*$"
_POINT = r"^\s*[+-]?\d*\.\d+([eE][+-]?\d+)?\s*$"
_NO_THOUSANDS = r"^\s*[+-]?(\d{4,},|0\d*,|\d+,(\d{1,2}|\d{4,})([eE]|\s*$))"
"""A number whose comma cannot part thousands: "42283,5", "0,125", "12,5"."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands above the rows."""

    names: Sequence[str]
    delimiter: str
    lines: int
    """To be passed over."""
    named: bool
    says: Mapping[str, str] = field(default_factory=dict)


def of_csv(file: ForeignFile, text: str) -> Table:
    """Return the rows of a CSV file; its numbers may have a decimal comma where that is beyond doubt.

    Raises:
        FileValidationError: it is no table, or an empty one.
    """
    head = _head(file, text)
    refuse_repeated_names(file, head.names)
    odd: list[tuple[int, object]] = []

    def keep(row: Any) -> str:  # noqa: ANN401 - pyarrow.csv.InvalidRow
        odd.append((row.number, row.text))
        return "skip"

    rest = "".join(text.split("\n", head.lines)[head.lines :])
    try:
        table = csv.read_csv(
            pa.BufferReader(rest.encode()),
            read_options=csv.ReadOptions(column_names=head.names, use_threads=False),
            parse_options=csv.ParseOptions(delimiter=head.delimiter, invalid_row_handler=keep),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(head.names, pa.large_string()), strings_can_be_null=False
            ),
        )
    except (pa.ArrowException, ValueError) as error:
        raise FileValidationError(
            "{path}: a table without rows, or one that cannot be read: {reason}",
            hint="get the file again from where it came",
            path=file.path,
            reason=str(error).partition("\n")[0],
        ) from error
    columns: dict[str, Cells] = {name: table.column(name).combine_chunks() for name in head.names}
    with_point = _with_point(columns)
    rows = table.num_rows + len(odd)
    return Table(
        {**columns, **with_point},
        rows,
        N_("CSV with a header") if head.named else N_("CSV without a header"),
        named=head.named,
        odd=tuple(odd),
        places=other_places(rows, odd),
        says=head.says,
        note=Note("a comma is the decimal sign") if with_point else None,
    )


def _head(file: ForeignFile, text: str) -> _Head:
    lines = text.split("\n", 14)
    skipped = 0
    while skipped < len(lines) and _is_preface(lines[skipped]):
        skipped += 1
    line = lines[skipped] if skipped < len(lines) else ""
    delimiter = next((each for each in _DELIMITERS[1:] if line.count(each) >= _FEWEST - 1), ",")
    cells = _cells(line, delimiter)
    if len(cells) < _FEWEST:
        raise FileValidationError(
            "{path}: neither JSON nor a table: it begins with {head}",
            hint="move the file away",
            path=file.path,
            head=repr(line.strip()[:SHOWN]),
        )
    if is_number(cells[1].replace(",", ".")) or is_number(cells[2].replace(",", ".")):
        return _Head([f"#{place + 1}" for place in range(len(cells))], delimiter, skipped, named=False)
    below = [_cells(each, delimiter) for each in lines[skipped + 1 : skipped + 3]]
    if cells[0] == "Price" and len(below) == 2 and below[0][0] == "Ticker" and not any(below[1][1:]):
        # yfinance: a line of columns, one of tickers, one that names the index
        return _Head([below[1][0], *cells[1:]], delimiter, skipped + 3, named=True, says={"symbol": below[0][1]})
    return _Head(cells, delimiter, skipped + 1, named=True)


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip("\"'") for cell in line.strip("\r\n").split(delimiter)]


def _is_preface(line: str) -> bool:
    """Whether a line stands before the table: download sites sign their files, Excel is told what parts the cells."""
    few = max(map(line.count, _DELIMITERS)) < _FEWEST - 1
    return not line.strip() or "://" in line or (few and line.lower().startswith(("#", "sep=")))


def _with_point(columns: Mapping[str, Cells]) -> dict[str, pa.Array]:
    """Return the columns whose decimal sign is a comma, with a point instead; none of them unless that is certain.

    "1,234" may be a thousand and more: at least one number must say that the comma cannot be of that kind, and no
    number of the file may have a point.
    """
    if not any("," in str(cell) for cells in columns.values() for cell in cells[:_SAMPLE].to_pylist()):
        return {}
    found = {name: cells for name, cells in columns.items() if _matches(cells, _COMMA, pc.all)}
    proven = any(_matches(cells, _NO_THOUSANDS, pc.any) for cells in found.values())
    if not proven or any(_matches(cells, _POINT, pc.any) for cells in columns.values()):
        return {}
    return {
        name: pc.replace_substring(cells, ",", ".") for name, cells in found.items() if _matches(cells, ",", pc.any)
    }


def _matches(cells: Cells, pattern: str, how: Any) -> bool:  # noqa: ANN401 - pc.all or pc.any
    if not len(cells):
        return False
    given = pc.not_equal(pc.utf8_trim_whitespace(cells), "")
    found = pc.match_substring_regex(cells, pattern)
    return bool(how(pc.or_(found, pc.invert(given)) if how is pc.all else pc.and_(found, given)).as_py())
