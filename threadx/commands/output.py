"""Results as text: tables on a terminal, aligned plain columns elsewhere, one JSON document for machines."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from enum import Enum
from pathlib import Path
from typing import TextIO

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from threadx.commands.results import Cell, Figure, Result, Table
from threadx.i18n import number

__all__ = ["as_json", "plain", "show"]

WIDEST = 10_000
_CONTROL = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code != ord("\n")}


def show(result: Result, stream: TextIO) -> None:
    """Write the blocks of `result`: framed tables where `stream` is a terminal wide enough, plain columns elsewhere."""
    if not stream.isatty():
        stream.writelines(f"{line}\n" for line in plain(result))
        return
    console = Console(file=stream)
    for block in result.blocks:
        if isinstance(block, str):
            console.print(Text(printable(block)), soft_wrap=True)
        elif block.rows:
            _print_table(console, block)


def plain(result: Result) -> Iterator[str]:
    """Yield the blocks of `result` as lines; columns stand apart by two spaces and are never cut."""
    for block in result.blocks:
        if isinstance(block, str):
            yield printable(block)
        elif block.rows:
            yield from _aligned(block)


def as_json(document: Mapping[str, object]) -> str:
    """Return `document` as indented ASCII JSON: any terminal and any encoding carries it."""
    return json.dumps(document, indent=2, ensure_ascii=True, allow_nan=False, default=_plain_value)


def printable(text: str) -> str:
    """Return `text` with control characters made visible: words of a server may end up on the screen."""
    return text.translate(_CONTROL)


def _plain_value(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # datetime and pandas' Timestamp are dates too
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):  # a numpy scalar
        return value.item()
    raise TypeError(f"{type(value).__name__} in a JSON document")


def _text(cell: Cell) -> str:
    return number(cell) if isinstance(cell, int) else printable(cell)


def _aligned(table: Table) -> Iterator[str]:
    cells = [tuple(table.headings), *([_text(cell) for cell in row] for row in table.rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(table.headings))]
    right = _number_columns(table.rows)
    if table.title:
        yield table.title
    for row in cells:
        yield "  ".join(
            text.rjust(width) if column in right else text.ljust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()


def _print_table(console: Console, table: Table) -> None:
    """Print a frame that fits; else lines for the terminal to wrap, where rich would cut every word to fit them in."""
    framed = _framed(table)
    if console.measure(framed, options=console.options.update(max_width=WIDEST)).maximum <= console.width:
        console.print(framed)
        return
    for line in _aligned(table):
        console.print(Text(line), soft_wrap=True)


def _framed(table: Table) -> RichTable:
    framed = RichTable(title=table.title or None, title_justify="left", box=box.SIMPLE_HEAD)
    right = _number_columns(table.rows)
    for column, heading in enumerate(table.headings):
        framed.add_column(heading, justify="right" if column in right else "left")
    for row in table.rows:
        framed.add_row(*(Text(_text(cell)) for cell in row))
    return framed


def _number_columns(rows: Sequence[tuple[Cell, ...]]) -> set[int]:
    return {column for column, cell in enumerate(rows[0]) if isinstance(cell, int | Figure)}
