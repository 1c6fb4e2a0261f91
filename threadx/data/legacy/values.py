"""Values as files spell them, turned into numbers: exactly, and what is no number stays visible as such. Pure."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

__all__ = ["Cells", "floats", "is_number", "whole", "whole_numbers"]

Cells: TypeAlias = Any
"""One column as a file gave it: a list of Python values, a numpy array, or a pyarrow array of text (CSV)."""

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""What counts as a number in text. "1,234.5" and "1 234" do not: a comma is a decimal sign for some."""
_WHOLE = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_INT64 = np.iinfo(np.int64)


def is_number(cell: object) -> bool:
    """Return whether a cell is a number, as such or as text; NaN and infinities are none."""
    if isinstance(cell, str):
        return _NUMBER.fullmatch(cell.strip()) is not None
    return isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool) and math.isfinite(cell)


def floats(cells: Cells) -> NDArray[np.float64]:
    """Return numbers, NaN where a cell is none. Decimal text becomes the nearest double."""
    if isinstance(cells, np.ndarray) and cells.dtype.kind in "iuf":
        return np.array(cells, dtype=np.float64)
    if isinstance(cells, pa.Array):
        return _from_text(cells)
    kinds = set(map(type, cells))
    if kinds == {str}:
        return _from_text(pa.array(cells, pa.large_string()))
    try:
        numbers = cells if kinds <= {int, float} else [_float(cell) for cell in cells]
        return np.array(numbers, dtype=np.float64)
    except OverflowError:  # an int beyond every double
        return np.array([_float(cell) for cell in cells], dtype=np.float64)


def whole_numbers(cells: Cells) -> NDArray[np.int64] | None:
    """Return the cells as integers where all of them are such, as numbers or as text; else None."""
    if isinstance(cells, np.ndarray):
        return np.array(cells, dtype=np.int64) if cells.dtype.kind in "iu" else None
    if not isinstance(cells, pa.Array):
        kinds = set(map(type, cells))
        if kinds != {str}:
            return _integers(cells) if kinds == {int} else None
    texts = cells if isinstance(cells, pa.Array) else pa.array(cells, pa.large_string())
    if texts.null_count:
        return None
    try:
        return np.array(pc.utf8_trim_whitespace(texts).cast(pa.int64()), dtype=np.int64)
    except pa.ArrowInvalid:
        return None


def _integers(cells: Cells) -> NDArray[np.int64] | None:
    try:
        return np.array(cells, dtype=np.int64)
    except OverflowError:
        return None


def whole(cell: object) -> int | None:
    """Return one cell as an integer of 64 bits; None where it is none."""
    if isinstance(cell, str):
        number = int(cell) if _WHOLE.fullmatch(cell.strip()) else None
    elif isinstance(cell, bool):
        number = None
    else:
        exact = isinstance(cell, (int, np.integer)) or (isinstance(cell, float) and cell.is_integer())
        number = int(cell) if exact else None  # type: ignore[call-overload]  # the line above says what it is
    return number if number is not None and _INT64.min <= number <= _INT64.max else None


def _from_text(texts: pa.Array) -> NDArray[np.float64]:
    trimmed = pc.utf8_trim_whitespace(texts)
    try:
        found = trimmed.cast(pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return np.array([_float(cell) for cell in trimmed.to_pylist()], dtype=np.float64)
    return np.array(found, dtype=np.float64)  # a copy: arrow's own memory is read-only


def _float(cell: object) -> float:
    if isinstance(cell, str):
        return float(cell) if _NUMBER.fullmatch(cell.strip()) else math.nan
    if isinstance(cell, bool) or not isinstance(cell, (int, float, Decimal, np.number)):
        return math.nan
    try:
        return float(cell)
    except OverflowError:
        return math.inf
