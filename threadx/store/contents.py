"""The files of a dated partition: Python values to bytes and back, by the ending of the name."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from pathlib import Path, PurePath

import pandas as pd
import pyarrow as pa

from threadx.errors import CorruptPartitionError, FileValidationError
from threadx.store.single import parsed, rendered

__all__ = ["Content", "decoded", "encoded"]

Content = pd.DataFrame | Mapping[str, object] | Sequence[object] | str | bytes
"""What a file holds: a table (`.parquet`, `.csv`), JSON values (`.json`), text, or bytes as they are."""

_TABLES = (".parquet", ".csv")


def encoded(name: str, content: Content, compression: str) -> bytes:
    """Return the bytes of a file.

    Raises:
        FileValidationError: the content does not fit the ending of the name, or cannot be written as such; bytes and
            text must be what the ending says.
    """
    ending = PurePath(name).suffix.lower()
    try:
        if isinstance(content, bytes | bytearray | memoryview | str):
            data = content.encode() if isinstance(content, str) else bytes(content)
            _parsed(ending, data)  # a snapshot cannot be mended: what nobody could read is refused now
            return data
        if isinstance(content, pd.DataFrame) and ending in _TABLES:
            return rendered(_plain_rows(content, ending), ending, compression)
        if ending == ".json" and not isinstance(content, pd.DataFrame):
            return _json(content)
    except (pa.ArrowException, OSError, ValueError, TypeError, RecursionError) as error:
        raise FileValidationError(
            "{name}: this content cannot be written: {reason}",
            hint="a column of a table holds one kind of value; JSON has no NaN and no infinity",
            name=name,
            reason=str(error),
        ) from error
    raise FileValidationError(
        "{name}: a {kind} cannot be written under this name",
        hint="name a table x.parquet or x.csv, a dict or list x.json; text and bytes may have any name",
        name=name,
        kind=type(content).__name__,
    )


def decoded(name: str, data: bytes) -> pd.DataFrame | dict[str, object] | list[object] | str | bytes:
    """Return what a file holds: a frame, JSON values, text, or the bytes where they are no text.

    Raises:
        CorruptPartitionError: the bytes are not what the ending says.
    """
    try:
        return _parsed(PurePath(name).suffix.lower(), data)
    except (pa.ArrowException, OSError, ValueError, RecursionError) as error:
        raise CorruptPartitionError(
            "{name}: cannot be read: {reason}",
            hint="another program wrote it, and not as its name says; put that snapshot aside",
            name=name,
            reason=str(error),
        ) from error


def _parsed(ending: str, data: bytes) -> pd.DataFrame | dict[str, object] | list[object] | str | bytes:
    if ending in _TABLES:
        return parsed(data, ending)
    if ending == ".json":
        values: dict[str, object] | list[object] = json.loads(data)
        return values
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _plain_rows(frame: pd.DataFrame, ending: str) -> pd.DataFrame:
    """Return a frame whose CSV has no column of row numbers: only an index with a name says something."""
    numbered = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    return frame.set_index(frame.columns[0]) if ending == ".csv" and numbered and len(frame.columns) else frame


def _json(content: object) -> bytes:
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False, default=_plain).encode() + b"\n"


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: getattr(value, each.name) for each in dataclasses.fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date) and not pd.isna(value):  # pandas' Timestamp is a date, and NaT too
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "item"):  # a numpy scalar
        return value.item()
    raise TypeError(f"JSON has no {type(value).__name__}")
