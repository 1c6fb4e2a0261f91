"""Excel files: split at the limit, safe to open, with names that Excel takes."""

from __future__ import annotations

import gc
import math
from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest

from tests.data.excel_file import formulas, moment, sheets
from threadx.data.workbook import EXCEL_ROWS, Workbook, safe_text
from threadx.errors import JobCancelled
from threadx.progress import Progress

NOON = datetime(2024, 6, 3, 12, tzinfo=UTC)


def written(tmp_path, *tables, sheet_rows=EXCEL_ROWS):
    path = tmp_path / "x.xlsx"
    with path.open("x+b") as file, Workbook(file, tmp_path, sheet_rows) as book:
        for title, headings, rows in tables:
            book.begin(title, headings)
            for row in rows:
                book.add(row)
    return path


def test_cells_come_back_as_they_are(tmp_path):
    path = written(tmp_path, ("t", ["a", "b"], [[1.5, "x"], [None, True], [7, "ü €"], [math.nan, pd.NA], [0, pd.NaT]]))
    assert sheets(path) == {"t": [["a", "b"], [1.5, "x"], [None, True], [7.0, "ü €"], [], [0.0]]}


def test_times_are_utc_whatever_their_zone(tmp_path):
    east = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    cells = sheets(written(tmp_path, ("t", ["UTC"], [[east], [pd.Timestamp(NOON)]])))["t"]
    assert [moment(row[0]) for row in cells[1:]] == [NOON, NOON]


def test_rows_beyond_the_limit_go_to_further_sheets(tmp_path):
    path = written(tmp_path, ("bars", ["n"], [[n] for n in range(7)]), sheet_rows=4)
    found = sheets(path)
    assert list(found) == ["bars", "bars (2)", "bars (3)"]
    assert [[row[0] for row in rows] for rows in found.values()] == [["n", 0, 1, 2], ["n", 3, 4, 5], ["n", 6]]


def test_the_limit_is_excels_own():
    assert EXCEL_ROWS == 1_048_576


@pytest.mark.parametrize("rows", [1, 0, EXCEL_ROWS + 1])
def test_an_impossible_limit_is_refused(tmp_path, rows):
    with pytest.raises(ValueError, match="rows of a sheet"):
        written(tmp_path, sheet_rows=rows)


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_text_that_a_spreadsheet_would_run_is_escaped(tmp_path, start):
    evil = f"{start}HYPERLINK(1)"
    assert safe_text(evil) == f"'{evil}"
    path = written(tmp_path, ("t", [evil], [[evil]]))
    assert formulas(path) == 0
    assert all(str(row[0]).startswith("'") for row in sheets(path)["t"])


@pytest.mark.parametrize("text", ["BTCUSDC", "a=b", "", "1-2", "'quoted", " =x"])
def test_other_text_is_left_as_it_is(text):
    assert safe_text(text) == text


def test_negative_numbers_stay_numbers(tmp_path):
    assert sheets(written(tmp_path, ("t", ["n"], [[-1.5]])))["t"][1] == [-1.5]


def test_sheet_names_are_made_ones_that_excel_takes(tmp_path):
    titles = ["a/b:c?", "A b c", "x" * 40, "x" * 40, "", "'q'"]
    found = list(sheets(written(tmp_path, *((title, ["n"], []) for title in titles))))
    assert found == ["a b c", "A b c (2)", "x" * 31, "x" * 27 + " (2)", "Sheet", "q"]


def test_cancel_is_heard_while_the_file_is_packed(tmp_path):
    path, progress = tmp_path / "x.xlsx", Progress()
    with path.open("x+b") as file:
        book = Workbook(file, tmp_path, progress=progress)
        book.begin("t", ["n"])
        book.add([1])
        progress.cancel()
        with pytest.raises(JobCancelled):
            book.__exit__(None, None, None)
    gc.collect()  # the packer's last words go nowhere
    assert path.stat().st_size == 0
