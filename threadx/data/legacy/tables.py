"""The content of a file as columns, whatever form it has: JSON in its many shapes, CSV, Parquet, Feather."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from operator import itemgetter
from typing import Any

import pandas as pd

from threadx.data.legacy.delimited import SHOWN, of_csv
from threadx.data.legacy.table import Table, other_places, refuse_repeated_names
from threadx.data.legacy.values import Cells, is_number
from threadx.errors import FileValidationError
from threadx.i18n import N_
from threadx.store.foreign import Content, ForeignFile

__all__ = ["table_of"]

_INSIDE = ("data", "result", "results", "klines", "candles", "ohlcv", "bars", "rows", "values", "list")
"""Where tools put the rows when they wrap them into an object."""
_DEEPEST = 4
_MOST_COLUMNS = 1000


def table_of(file: ForeignFile) -> Table:
    """Return the rows of a file.

    Raises:
        FileValidationError: it holds no rows; the message says why.
    """
    if file.content is not Content.TEXT:
        return _of_frame(file)
    text = file.text()
    head = text.lstrip()[:1]
    if head == "<" and not text.lstrip().upper().startswith(("<DATE>", "<TICKER>", "<TIME>")):
        raise FileValidationError(
            "{path}: a web page, not bars: it begins with {head}",
            hint="whatever saved it got an error page; get the file again",
            path=file.path,
            head=repr(text.lstrip()[:SHOWN]),
        )
    return _of_json(file, text) if head in "[{" else of_csv(file, text)


# -- JSON ---------------------------------------------------------------------------------------------------------


def _of_json(file: ForeignFile, text: str) -> Table:
    document = _parsed(file, text)
    rows, says = _unwrapped(document)
    if isinstance(rows, dict):
        return replace(_of_object(file, rows), says=says)
    if not rows:
        raise FileValidationError("{path}: a JSON file without rows", hint="get it again", path=file.path)
    if isinstance(rows[0], dict):
        table = _of_dicts(file, rows)
        _refuse_repeated_keys(file, text, rows, table)
    elif isinstance(rows[0], list):
        table = _of_lists(rows)
    else:
        raise FileValidationError(
            "{path}: a JSON list of {kind}, not of bars",
            hint="bars are objects or lists",
            path=file.path,
            kind=type(rows[0]).__name__,
        )
    return replace(table, says=says)


def _parsed(file: ForeignFile, text: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if error.msg == "Extra data" and len(lines) > 1 and lines[0].rstrip().endswith(("}", "]")):
            return [_line(file, number, line) for number, line in enumerate(lines, 1)]
        cut = error.pos >= len(text.rstrip()) - 1
        raise FileValidationError(
            "{path}: a JSON file that was cut off after line {line}"
            if cut
            else "{path}: broken JSON in line {line}, column {column}: {reason}",
            hint="get the file again from where it came",
            path=file.path,
            line=error.lineno,
            column=error.colno,
            reason=error.msg,
        ) from error
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits, brackets in brackets
        raise FileValidationError(
            "{path}: JSON that is no table of bars: {reason}",
            hint="move the file away",
            path=file.path,
            reason=str(error).partition(";")[0],
        ) from error


def _line(file: ForeignFile, number: int, line: str) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FileValidationError(
            "{path}: broken JSON in line {line}",
            hint="get the file again from where it came",
            path=file.path,
            line=number,
        ) from error


def _unwrapped(document: Any) -> tuple[Any, dict[str, str]]:  # noqa: ANN401 - any JSON value
    """Return the rows inside an answer's wrapping, and what that says of symbol and timeframe."""
    says: dict[str, str] = {}
    for _level in range(_DEEPEST):
        if not isinstance(document, dict):
            break
        says |= {
            name: document[key]
            for name, keys in (("symbol", ("symbol", "pair")), ("timeframe", ("interval", "timeframe")))
            for key in keys
            if isinstance(document.get(key), str)
        }
        inside = [key for key in document if key.lower() in _INSIDE and isinstance(document[key], (list, dict))]
        if len(inside) != 1 or "columns" in document:
            break
        document = document[inside[0]]
    return document, says


def _of_object(file: ForeignFile, document: dict[str, Any]) -> Table:
    """Return the rows of an object: of columns, of rows by their time, or of pandas' "split" form."""
    values = list(document.values())
    names, data = document.get("columns"), document.get("data")
    if isinstance(names, list) and isinstance(data, list) and all(isinstance(row, list) for row in data):
        table = _of_lists([list(map(str, names)), *data])
        index = document.get("index")
        if isinstance(index, list) and len(index) == len(data) and not table.odd:
            table.columns.setdefault("index", index)
        return replace(table, form=N_("JSON, pandas split"))
    lists = {key: value for key, value in document.items() if isinstance(value, list)}
    if lists and len(lists) >= 5 and len({len(value) for value in lists.values()}) == 1:
        return Table(lists, len(next(iter(lists.values()))), N_("JSON, an object of columns"))
    if values and all(isinstance(value, dict) for value in values):
        if "close" in {key.lower() for key in document}:
            index = list(values[0])
            columns = {key: [value.get(at) for at in index] for key, value in document.items()}
            return Table(_with_index(columns, index), len(index), N_("JSON, pandas columns"))
        table = _of_dicts(file, values)
        return replace(
            table, columns=_with_index(table.columns, list(document)), form=N_("JSON, an object of rows by time")
        )
    raise FileValidationError(
        "{path}: a JSON object that holds no bars; its keys are {keys}",
        hint="bars are a list of objects or of lists",
        path=file.path,
        keys=", ".join(repr(key) for key in list(document)[:8]) or "-",
    )


def _with_index(columns: dict[str, Cells], index: list[str]) -> dict[str, Cells]:
    return columns if "index" in columns else {**columns, "index": index}


def _of_dicts(file: ForeignFile, rows: Sequence[Any]) -> Table:
    form = N_("JSON, a list of objects")
    alike = _alike(rows)
    if alike is not None:
        return Table(alike, len(rows), form)
    good = [row for row in rows if isinstance(row, dict)]
    names: dict[str, None] = {}
    for row in good:
        names.update(dict.fromkeys(row))
        if len(names) > _MOST_COLUMNS:
            raise FileValidationError(
                "{path}: more than {most} different keys: no table of bars",
                hint="move the file away",
                path=file.path,
                most=_MOST_COLUMNS,
            )
    columns: dict[str, Cells] = {name: [row.get(name) for row in good] for name in names}
    odd, places = _odd(rows, lambda row: isinstance(row, dict))
    return Table(columns, len(rows), form, odd=odd, places=places)


def _alike(rows: Sequence[Any]) -> dict[str, Cells] | None:
    """Return the columns of objects that all have the keys of the first one, which is nearly always so; else None."""
    names = tuple(rows[0])
    if len(names) < 2 or set(map(type, rows)) != {dict} or set(map(len, rows)) != {len(names)}:
        return None
    try:
        columns = zip(*map(itemgetter(*names), rows), strict=True)
        return dict(zip(names, map(list, columns), strict=True))
    except KeyError:
        return None


def _of_lists(rows: Sequence[Any]) -> Table:
    width = Counter(len(row) for row in rows if isinstance(row, list)).most_common(1)[0][0]
    headed = all(isinstance(cell, str) and not is_number(cell) for cell in rows[0]) and len(rows[0]) == width
    body = rows[1:] if headed else rows
    good = list(body)
    odd: tuple[tuple[int, object], ...] = ()
    places: tuple[int, ...] | None = None
    if set(map(type, body)) != {list} or set(map(len, body)) != {width}:
        odd, places = _odd(body, lambda row: isinstance(row, list) and len(row) == width)
        good = [row for row in body if isinstance(row, list) and len(row) == width]
    names = [str(name) for name in rows[0]] if headed else [f"#{place + 1}" for place in range(width)]
    columns = (
        dict(zip(names, map(list, zip(*good, strict=True)), strict=True)) if good else {name: [] for name in names}
    )
    return Table(columns, len(body), N_("JSON, a list of lists"), named=headed, odd=odd, places=places)


def _odd(rows: Sequence[Any], fits: Any) -> tuple[tuple[tuple[int, object], ...], tuple[int, ...] | None]:  # noqa: ANN401
    odd = tuple((number, row) for number, row in enumerate(rows, 1) if not fits(row))
    return odd, other_places(len(rows), odd)


def _refuse_repeated_keys(file: ForeignFile, text: str, rows: Sequence[Any], table: Table) -> None:
    """Refuse objects in which a key stands twice: a parser keeps the last one and says nothing."""
    suspects = [name for name in table.columns if text.count(json.dumps(name)) > len(rows)]
    if not suspects:
        return

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        repeated = [name for name, count in Counter(name for name, _value in found).items() if count > 1]
        if repeated:
            raise FileValidationError(
                "{path}: {column} stands twice in one row: which one is right cannot be told",
                hint="repair the file where it was made",
                path=file.path,
                column=repr(repeated[0]),
            )
        return dict(found)

    json.loads(text, object_pairs_hook=pairs)


# -- Parquet and Feather ------------------------------------------------------------------------------------------


def _of_frame(file: ForeignFile) -> Table:
    frame = file.frame()
    if not len(frame):
        raise FileValidationError("{path}: a table without rows", hint="get it again", path=file.path)
    if not (isinstance(frame.index, pd.RangeIndex) and frame.index.name is None):
        name = frame.index.name or "index"
        frame = frame.reset_index(names=None if name in frame.columns else name, drop=name in frame.columns)
    form = file.content.value.capitalize()
    if not frame.columns.is_unique:
        refuse_repeated_names(file, [str(name) for name in frame.columns])
    columns: dict[str, Cells] = {str(name): _cells(frame[name]) for name in frame.columns}
    named = not all(str(name).isdigit() for name in frame.columns)
    return Table(columns, len(frame), form, named=named)


def _cells(values: pd.Series) -> Cells:
    if values.dtype.kind in "iuf" and not pd.api.types.is_extension_array_dtype(values.dtype):
        return values.to_numpy()
    if isinstance(values.dtype, pd.DatetimeTZDtype) or values.dtype.kind == "M":
        return values
    return [None if cell is pd.NA or (isinstance(cell, float) and cell != cell) else cell for cell in values.tolist()]
