"""A page of bars: the reply's bytes become typed arrays, without a Python object per row.

The exchange sends rows of twelve elements, compact::

    [[1725416820000,"56714.00000000",...,"11.02444000",1725416879999,"624782.95032640",1425,"2.2","127055.7","0"],...]

The fast path proves on the raw bytes that every row has exactly the structure of the first, that nothing but digits
stands between its marks and that no number is empty; only then are the numbers converted, all at once, where they
stand. Anything else, pretty-printed JSON or negative numbers, goes through the strict parser, which either
accepts it or says what is wrong and where. Both paths give the same arrays bit for bit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from threadx.bars.schema import OPEN_TIME, Columns
from threadx.exchange.strict import Refused, bad_response, decimal, excerpt, integer, strict_json

__all__ = ["FIELDS", "decode_page", "empty_columns"]

FIELDS = (
    OPEN_TIME,
    "open",
    "high",
    "low",
    "close",
    "volume",
    "close_time",  # not kept: at a halt it is the true cut, never the bar's end (seen 2023-03-24)
    "quote_volume",
    "trades",
    "taker_buy_base",
    "taker_buy_quote",
    "unused",
)
"""A row of /api/v3/klines, in the order of the wire."""
INTEGERS = (OPEN_TIME, "close_time", "trades")
KEPT = tuple(name for name in FIELDS if name not in {"close_time", "unused"})

MICROSECONDS_FROM = 100_000_000_000_000
"""No time in ms is that large before the year 5138, and no time in us that small since 1973."""
EXACT_DIGITS = 15
"""Whole numbers up to here pass through float64 unchanged."""

LONGEST = 100
"""No number that anybody means has as many digits in a row; with fewer it is finite."""

_ROW = re.compile(rb'\[(,"\.?"){5},,"\.?",,("\.?",){2}"\.?"\]')
"""What is left of a row without its digits: whole numbers are bare, decimals quoted, each with a point or none."""
_FIELD_OPENS = re.compile(rb'\[|,"|,(?=,)')
_FIELD_ENDS = re.compile(rb'"(?=[,\]])|(?<=[\[,]),')
_WHOLE = np.array([FIELDS.index(name) for name in INTEGERS])
_KEPT = np.array([FIELDS.index(name) for name in KEPT])
_TO_FLOAT = pc.CastOptions.safe(pa.float64())

Table = NDArray[np.float64]
"""One array for each of KEPT."""


def empty_columns() -> Columns:
    """Return the Columns of no rows."""
    return _columns(np.empty((len(KEPT), 0)), np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))


def decode_page(body: bytes, start_ms: int, end_ms: int, what: str) -> Columns:
    """Return the bars of one reply, open times strictly ascending inside `[start_ms, end_ms)`.

    Where one open time stands in several rows, the last of them counts. Open times off the timeframe's grid are
    passed on: whether a bar is sound is for `threadx.bars.checks` to say.

    Args:
        body: the JSON of a klines reply.
        start_ms: what was asked for, UTC ms, half-open.
        end_ms: see `start_ms`.
        what: what was asked for, for messages: "BTCUSDC 1m".

    Raises:
        BadResponseError: not such a reply, or not the answer to this request; nothing of it is used.
    """
    try:
        columns = _parse(body, what)
        columns[OPEN_TIME] = _in_milliseconds(columns[OPEN_TIME])
        return _in_order(columns, start_ms, end_ms)
    except Refused as error:
        raise bad_response(what, error) from error


def _parse(body: bytes, what: str) -> Columns:
    table = _compact(body)
    if table is None:
        return _columns(*_careful(body, what))
    return _columns(table, table[0].astype(np.int64), table[KEPT.index("trades")].astype(np.int64))


# --- compact pages ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Marks:
    """Where fields stand among the marks of one row: indices into its marks, the comma behind it included."""

    per_row: int
    starts: NDArray[np.intp]
    ends: NDArray[np.intp]
    runs: NDArray[np.bool_]
    """Of each mark: whether digits follow it. Behind the others the next mark comes at once."""

    @classmethod
    def of(cls, row: bytes) -> _Marks:
        starts = np.array([mark.end() - 1 for mark in _FIELD_OPENS.finditer(row)])
        ends = np.array([mark.start() for mark in _FIELD_ENDS.finditer(row)])
        runs = np.zeros(len(row) + 1, dtype=np.bool_)
        for start, end in zip(starts, ends, strict=True):
            runs[start:end] = True
        return cls(len(row) + 1, starts, ends, runs)


_marks_of = lru_cache(maxsize=16)(_Marks.of)


def _compact(body: bytes) -> Table | None:
    """Return the numbers of a compact page, one array a field; None when it is not exactly one."""
    raw = np.frombuffer(body, np.uint8)
    found = np.flatnonzero((raw - np.uint8(ord("0"))) > 9)
    marks = raw.take(found).tobytes()
    row = marks[1 : marks.find(b"]") + 1]
    rows = len(marks) // (len(row) + 1)
    if _ROW.fullmatch(row) is None or marks != b"[" + (row + b",") * (rows - 1) + row + b"]":
        return None
    form, at = _marks_of(row), found[1:]
    gaps = np.empty_like(at)
    np.subtract(at[1:], at[:-1], out=gaps[:-1])
    gaps[-1] = len(body) - at[-1]
    if found[0] != 0 or at[0] != 1 or ((gaps.reshape(rows, form.per_row) > 1) != form.runs).any():
        return None  # a number is missing, or digits stand where none may
    at = at.reshape(rows, form.per_row)
    starts, ends = at[:, form.starts] + 1, at[:, form.ends]
    lengths = (ends - starts)[:, _WHOLE]
    padded = (raw[starts[:, _WHOLE]] == ord("0")) & (lengths > 1)
    if padded.any() or lengths.max() > EXACT_DIGITS or gaps.max() > LONGEST:
        return None
    return _converted(body, starts[:, _KEPT], ends[:, _KEPT])


def _converted(body: bytes, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> Table:
    """Return the numbers that stand in `body` from `starts` to `ends`, correctly rounded, one array a field.

    To Arrow the whole body is one array of strings: a number, what stands before the next one, the next number and so
    on, every other one null. That spares it and us the copying of what is between the numbers.
    """
    edges = np.full(2 * starts.size + 1, len(body), dtype=np.int32)
    pairs = edges[:-1].reshape(*starts.shape, 2)
    pairs[..., 0], pairs[..., 1] = starts, ends
    every_other = b"\x55" * (pairs.size // 8 + 1)
    strings = pa.StringArray.from_buffers(
        pairs.size, pa.py_buffer(edges), pa.py_buffer(body), pa.py_buffer(every_other)
    )
    numbers = pc.call_function("cast", [strings], _TO_FLOAT)
    table = np.frombuffer(numbers.buffers()[1], np.float64, count=pairs.size).reshape(pairs.shape)
    return table[..., 0].T.copy()


# --- anything else ----------------------------------------------------------------------------------------------


def _careful(body: bytes, what: str) -> tuple[Table, NDArray[np.int64], NDArray[np.int64]]:
    rows = strict_json(body, what)
    if not isinstance(rows, list):
        raise Refused(f"a list of rows was expected, not {excerpt(repr(rows))}")
    fields = [_row(row, number) for number, row in enumerate(rows)]
    table = np.array(fields, dtype=np.float64).reshape(-1, len(FIELDS)).T[_KEPT]
    times = np.array([row[0] for row in fields], dtype=np.int64)
    return table, times, np.array([row[FIELDS.index("trades")] for row in fields], dtype=np.int64)


def _row(row: Any, number: int) -> list[float]:  # noqa: ANN401 - JSON is any
    if not isinstance(row, list) or len(row) != len(FIELDS):
        size = f"{len(row)} elements" if isinstance(row, list) else excerpt(repr(row), 40)
        raise Refused(f"row {number} has {size} where {len(FIELDS)} are documented")
    try:
        return [integer(v) if name in INTEGERS else decimal(v) for name, v in zip(FIELDS, row, strict=True)]
    except Refused as error:
        raise Refused(f"row {number}: {error}") from error


# --- both -------------------------------------------------------------------------------------------------------


def _columns(table: Table, times: NDArray[np.int64], trades: NDArray[np.int64]) -> Columns:
    return dict(zip(KEPT, table, strict=True)) | {OPEN_TIME: times, "trades": trades}


def _in_milliseconds(times: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return open times in ms. The exchange counts in us where it is asked to: told by magnitude, all or none.

    Looks at the ends first: of a page in order no other can be larger.
    """
    if not times.size or (times[0] < MICROSECONDS_FROM and times[-1] < MICROSECONDS_FROM):
        return times
    if times.min() < MICROSECONDS_FROM or (times % 1000).any():
        raise Refused("its times are in mixed or unknown units")
    return times // 1000


def _in_order(columns: Columns, start_ms: int, end_ms: int) -> Columns:
    """Return the rows, the last one of each open time; Refused when they descend or leave the range."""
    times = columns[OPEN_TIME]
    if not times.size:
        return columns
    steps = times[1:] - times[:-1]
    if (steps < 0).any():
        row = int(np.argmax(steps < 0)) + 1
        raise Refused(f"row {row} opens at {times[row]}, before the row above it")
    for row in (0, times.size - 1):
        if not start_ms <= times[row] < end_ms:
            raise Refused(f"row {row} opens at {times[row]}, outside the range asked for, {start_ms} to {end_ms}")
    if steps.all():
        return columns
    last = np.append(steps != 0, True)
    return {name: values[last] for name, values in columns.items()}
