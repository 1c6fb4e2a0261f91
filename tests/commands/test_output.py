from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from threadx.commands.output import as_json, plain, show
from threadx.commands.results import Result, Table


class Terminal(io.StringIO):
    def isatty(self):
        return True


TABLE = Table(("symbol", "bars"), [("BTCUSDC", 43200), ("A", 7)], title="datasets")


def test_columns_are_aligned_numbers_to_the_right_and_never_cut():
    wide = Table(("a", "b"), [("x" * 300, 1)])

    assert list(plain(Result({}, ["done", TABLE]))) == [
        "done",
        "datasets",
        "symbol     bars",
        "BTCUSDC  43,200",
        "A             7",
    ]
    assert len(list(plain(Result({}, [wide])))[1]) == 303


def test_a_table_without_rows_is_not_shown():
    assert list(plain(Result({}, [Table(("a",), [])]))) == []


def test_a_terminal_gets_a_table_with_headings():
    stream = Terminal()

    show(Result({}, ["done", TABLE, Table(("none",), [])]), stream)

    assert "BTCUSDC" in stream.getvalue()
    assert "43,200" in stream.getvalue()
    assert "none" not in stream.getvalue()


def test_control_characters_of_a_server_do_not_reach_the_screen():
    stream = Terminal()
    result = Result({}, ["\x1b[2Jgone", Table(("t",), [("\x9b31m[red]x",)])])

    show(result, stream)

    assert "\\x1b[2Jgone" in stream.getvalue()
    assert "\\x9b31m[red]x" in stream.getvalue()
    assert next(plain(result)) == "\\x1b[2Jgone"


@dataclass
class Row:
    when: datetime
    cause: object


class Cause(StrEnum):
    OUTAGE = "outage"


def test_json_takes_the_plain_and_the_not_so_plain_values():
    document = {
        "row": Row(datetime(2024, 1, 2, tzinfo=UTC), Cause.OUTAGE),
        "day": date(2024, 1, 2),
        "rows": np.int64(5),
        "path": Path(PurePosixPath("a/b")),
        "symbol": "币安人生USDT",
    }

    text = as_json(document)

    assert text.isascii()
    assert json.loads(text) == {
        "row": {"when": "2024-01-02T00:00:00+00:00", "cause": "outage"},
        "day": "2024-01-02",
        "rows": 5,
        "path": str(Path("a/b")),
        "symbol": "币安人生USDT",
    }


def test_json_refuses_what_it_cannot_say():
    with pytest.raises(TypeError, match="object in a JSON document"):
        as_json({"x": object()})
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_json({"x": float("nan")})


def test_a_table_too_wide_for_the_terminal_is_not_squeezed(monkeypatch):
    """At 80 columns `threadx list` read "de…  BT…  20…": lines that wrap tell more than words that are cut."""
    monkeypatch.setenv("COLUMNS", "60")
    stream = Terminal()
    wide = Table(("provider", "first (UTC)"), [("demo" * 10, "2023-03-20 00:00 " * 2)], title="wide")

    show(Result({}, [wide]), stream)

    assert stream.getvalue().splitlines() == list(plain(Result({}, [wide])))
