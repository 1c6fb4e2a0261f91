"""An Excel file in the making: rows in, sheets split where Excel ends, nothing that a spreadsheet would run.

Excel's limits: 1,048,576 rows a sheet, sheet names of 31 characters without some signs and unequal in any case
(support.microsoft.com, "Excel specifications and limits", seen 2026-11).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from numbers import Real
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

import pandas as pd
import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException

from threadx.errors import JobCancelled, StoreError
from threadx.progress import NULL_PROGRESS, Progress

__all__ = ["EXCEL_ROWS", "Workbook", "safe_text"]

EXCEL_ROWS = 1_048_576
"""Rows of a sheet, the heading included; XlsxWriter drops further ones in silence."""
_MAX_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_MAX_TEXT = 32_767


def safe_text(text: str) -> str:
    """Return `text`, with an apostrophe in front where a spreadsheet would take it for a formula.

    The rule of https://owasp.org/www-community/attacks/CSV_Injection (seen 2026-11).
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


class _Attended:
    """The file as its packer sees it: cancelled at the next piece (packing takes a while), and patient afterwards.

    A packer that was interrupted ends its file when it is collected, long after that was closed: to nobody.
    """

    def __init__(self, file: BinaryIO, progress: Progress) -> None:
        self._file = file
        self._progress = progress
        self._given_up = False

    def write(self, data: bytes) -> int:
        """Write; raise JobCancelled once."""
        if self._over:
            return len(data)
        self._given_up = self._progress.cancelled
        self._progress.raise_if_cancelled()
        return self._file.write(data)

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place."""
        return 0 if self._over else self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return 0 if self._over else self._file.tell()

    def flush(self) -> None:
        """Do nothing: who opened the file flushes it."""

    @property
    def _over(self) -> bool:
        return self._given_up or self._file.closed


class Workbook:
    """One Excel file, written row by row in constant memory. Use in a `with`; it is complete when that ends well."""

    def __init__(
        self,
        file: BinaryIO,
        scratch: Path,
        sheet_rows: int = EXCEL_ROWS,
        *,
        progress: Progress = NULL_PROGRESS,
    ) -> None:
        """Write to `file`; `scratch` is a folder for temporary files, `sheet_rows` counts the heading too."""
        if not 2 <= sheet_rows <= EXCEL_ROWS:
            raise ValueError(f"rows of a sheet: 2 to {EXCEL_ROWS}, not {sheet_rows}")
        options = {"constant_memory": True, "tmpdir": str(scratch), "default_date_format": "yyyy-mm-dd hh:mm"}
        self._book = xlsxwriter.Workbook(_Attended(file, progress), options)
        self._book.use_zip64()
        self._bold = self._book.add_format({"bold": True})
        self._when = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._sheet_rows = sheet_rows
        self._sheet: Any = None
        self._title = ""
        self._headings: list[str] = []
        self._line = 0
        self._names: dict[str, str] = {}
        self.rows = 0
        """Rows written, without headings."""

    @property
    def sheets(self) -> tuple[str, ...]:
        """The names of the sheets, in order."""
        return tuple(self._names.values())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._let_go()
            return
        try:
            self._book.close()
        except JobCancelled:
            self._let_go()
            raise
        except XlsxWriterException as refused:
            raise StoreError("the Excel file could not be written: {reason}", reason=str(refused)) from refused

    def begin(self, title: str, headings: Sequence[str]) -> None:
        """Begin a sheet; `title` is made a name that Excel takes and that no other sheet has."""
        self._title, self._headings = title, list(headings)
        self._next_sheet()

    def add(self, cells: Iterable[object]) -> None:
        """Write one row: numbers, aware datetimes (as UTC), text; None and NaN are empty."""
        if self._line >= self._sheet_rows:
            self._next_sheet()
        for column, cell in enumerate(cells):
            self._write(column, cell)
        self._line += 1
        self.rows += 1

    def _next_sheet(self) -> None:
        name = self._name(self._title)
        self._sheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        self._sheet.set_column(0, max(len(self._headings) - 1, 0), 17)
        for column, heading in enumerate(self._headings):
            self._sheet.write_string(0, column, safe_text(heading), self._bold)
        self._line = 1

    def _write(self, column: int, cell: object) -> None:
        if cell is None or cell is pd.NA or cell is pd.NaT:
            return
        if isinstance(cell, datetime):
            naive = cell.astimezone(UTC).replace(tzinfo=None)  # Excel knows no zones: the heading says UTC
            self._sheet.write_datetime(self._line, column, naive, self._when)
        elif isinstance(cell, bool):
            self._sheet.write_boolean(self._line, column, cell)
        elif isinstance(cell, Real):
            value = float(cell)
            if math.isfinite(value):
                self._sheet.write_number(self._line, column, value)
        else:
            self._sheet.write_string(self._line, column, safe_text(str(cell))[:_MAX_TEXT])

    def _name(self, title: str) -> str:
        """Return a free name: the title, and a number where that is taken."""
        plain = _FORBIDDEN.sub(" ", title).strip()[:_MAX_NAME] or "Sheet"
        name, number = plain, 1
        while name.lower() in self._names:
            number += 1
            tail = f" ({number})"
            name = plain[: _MAX_NAME - len(tail)] + tail
        self._names[name.lower()] = name
        return name

    def _let_go(self) -> None:
        """Close the temporary files, so that the scratch folder can be removed on Windows too."""
        for sheet in self._book.worksheets():
            with suppress(AttributeError, OSError):
                sheet.row_data_fh.close()
        self._book.fileclosed = True  # else its destructor warns
