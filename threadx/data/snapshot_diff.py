"""What differs between two contents of one file, in words: tables by key column, JSON by key, text by line. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from threadx.data.plan import Note

__all__ = ["Change", "diff_contents", "key_of"]

_KEYS = ("symbol", "id", "timestamp", "date", "key", "name", "dataset", "domain")
"""Columns that name a row, the likeliest first; failing these any column whose values are all different."""
_NAMES_SHOWN = 8
_VALUES_SHOWN = 40
_WIDEST = 60


Difference = tuple[str, Note]
"""The part of a file that is meant ("" for the file itself), and what differs there."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs. `str()` of it is English; `note` can be translated."""

    file: str
    """The file and, in JSON, the list in it that is meant; "" for the partition as a whole."""
    note: Note

    def __str__(self) -> str:
        return f"{self.file}: {self.note}" if self.file else str(self.note)


def diff_contents(before: object, after: object) -> list[Difference]:
    """Return what differs between two contents of one file, as `SnapshotStore.read` gives them.

    Nothing where only the form or the order differs: a column of whole numbers as fractions, rows shuffled.
    """
    if isinstance(before, pd.DataFrame) and isinstance(after, pd.DataFrame):
        return [("", note) for note in _tables(before, after)]
    if isinstance(before, dict | list) and isinstance(after, dict | list):
        return _json(before, after)
    if isinstance(before, str) and isinstance(after, str):
        return [("", note) for note in _lines(before, after)]
    same = type(before) is type(after) and before == after
    return [] if same else [("", Note("the content differs"))]


def key_of(before: pd.DataFrame, after: pd.DataFrame) -> str | None:
    """Return the column by which rows of two tables are the same row; None where no column names them all."""
    there = [str(name) for name in before.columns if name in after.columns]
    ordered = [*(name for name in _KEYS if name in there), *(name for name in there if name not in _KEYS)]
    return next((name for name in ordered if all(_names_rows(frame[name]) for frame in (before, after))), None)


# -- tables -------------------------------------------------------------------------------------------------------


def _tables(before: pd.DataFrame, after: pd.DataFrame) -> Iterator[Note]:
    old, new = (_with_index(frame) for frame in (before, after))
    added, removed = _only(old.columns, new.columns)
    if added:
        yield Note("columns added: {names}", {"names": added})
    if removed:
        yield Note("columns removed: {names}", {"names": removed})
    key = key_of(old, new)
    if key is None:
        if len(old) != len(new):
            yield Note("rows: {before} -> {after}", {"before": f"{len(old):,}", "after": f"{len(new):,}"})
        elif not old.equals(new):
            yield Note("the rows differ; no column names them, so they cannot be told apart")
        return
    old, new = old.set_index(key), new.set_index(key)
    added, removed = _only(old.index, new.index)
    if added:
        yield Note("{key} added: {names}", {"key": key, "names": added})
    if removed:
        yield Note("{key} removed: {names}", {"key": key, "names": removed})
    both = old.index.intersection(new.index, sort=False)
    for name in (name for name in old.columns if name in new.columns):
        yield from _column(str(name), old[name].reindex(both), new[name].reindex(both))


def _with_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose index, where it says anything, is among the columns; their names are texts."""
    plain = frame.rename(columns=str)
    if isinstance(frame.index, pd.RangeIndex) and frame.index.name is None:
        return plain
    said = frame.index.to_frame(index=False).rename(columns=lambda name: "index" if name == 0 else str(name))
    said = said.rename(columns={name: f"{name} (index)" for name in said.columns if name in plain.columns})
    return pd.concat([said, plain.reset_index(drop=True)], axis=1)


def _names_rows(values: pd.Series) -> bool:
    return bool(values.map(_is_plain).all() and values.notna().all() and values.is_unique)


def _is_plain(value: object) -> bool:
    return not isinstance(value, list | dict | set | np.ndarray)


def _column(name: str, old: pd.Series, new: pd.Series) -> Iterator[Note]:
    differs = [not _same(one, two) for one, two in zip(old, new, strict=True)]
    rows = list(old.index[differs])
    if not rows:
        return
    fields = {"column": name, "count": f"{len(rows):,}", "total": f"{len(old):,}"}
    if pd.api.types.is_numeric_dtype(old) and pd.api.types.is_numeric_dtype(new):
        at = _most_changed(old[differs], new[differs])
        was, now = old[differs].iloc[at], new[differs].iloc[at]
        pair = {"row": _text(rows[at]), "before": _text(was), "after": _text(now)}
        yield Note("{column}: {count} of {total} rows differ; most for {row}: {before} -> {after}", fields | pair)
        return
    trios = list(zip(rows, old[differs], new[differs], strict=True))[:_NAMES_SHOWN]
    shown = [f"{_text(row)}: {_text(was)} -> {_text(now)}" for row, was, now in trios]
    yield Note("{column}: {count} of {total} rows differ; {rows}", fields | {"rows": _listed(shown, len(rows))})


def _same(one: object, two: object) -> bool:
    if not (_is_plain(one) and _is_plain(two)):
        return repr(_as_python(one)) == repr(_as_python(two))  # of an array numpy shows the ends, and eight digits
    return bool(one == two) if not (pd.isna(one) or pd.isna(two)) else bool(pd.isna(one) and pd.isna(two))  # type: ignore[call-overload]  # plain values


def _as_python(value: object) -> object:
    if isinstance(value, np.ndarray | list):
        return [_as_python(each) for each in value]
    return {name: _as_python(each) for name, each in value.items()} if isinstance(value, dict) else value


def _most_changed(old: pd.Series, new: pd.Series) -> int:
    one, two = old.to_numpy(dtype=float, na_value=np.nan), new.to_numpy(dtype=float, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        moved = np.abs(two - one) / np.abs(one)
    return int(np.nan_to_num(moved, nan=np.inf).argmax())


# -- JSON ---------------------------------------------------------------------------------------------------------


def _json(before: object, after: object) -> list[Difference]:
    found = list(_values(before, after, ""))
    if len(found) <= _VALUES_SHOWN:
        return found
    more = Note("and {count} more", {"count": f"{len(found) - _VALUES_SHOWN:,}"})
    return [*found[:_VALUES_SHOWN], ("", more)]


def _values(old: object, new: object, path: str) -> Iterator[Difference]:
    """Yield what differs below `path`: objects by key, lists of objects as the tables they are."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            inner = f"{path}.{name}" if path else str(name)
            if name not in old:
                yield "", Note("{path} added: {value}", {"path": inner, "value": _text(new[name])})
            elif name not in new:
                yield "", Note("{path} removed: {value}", {"path": inner, "value": _text(old[name])})
            else:
                yield from _values(old[name], new[name], inner)
    elif (tables := _as_tables(old, new)) is not None:
        yield from ((path, note) for note in _tables(*tables))
    elif isinstance(old, list) and isinstance(new, list) and all(isinstance(each, str) for each in (*old, *new)):
        added, removed = _only(old, new)
        if added:
            yield "", Note("{path} added: {value}", {"path": path, "value": added})
        if removed:
            yield "", Note("{path} removed: {value}", {"path": path, "value": removed})
        if old != new and not (added or removed):
            yield "", Note("{path}: in another order", {"path": path})
    elif old == new and isinstance(old, bool) == isinstance(new, bool):  # Python's True equals 1
        return
    elif not path:
        yield "", Note("the content differs")
    else:
        yield "", Note("{path}: {before} -> {after}", {"path": path, "before": _text(old), "after": _text(new)})


def _as_tables(old: object, new: object) -> tuple[pd.DataFrame, pd.DataFrame] | None:
    """Return two lists of objects as tables when one key names the entries of both."""
    if not (isinstance(old, list) and isinstance(new, list) and old and new):
        return None
    if not all(isinstance(each, dict) for each in (*old, *new)):
        return None
    frames = pd.DataFrame(old), pd.DataFrame(new)
    return frames if key_of(*frames) is not None else None


# -- text and what all share --------------------------------------------------------------------------------------


def _lines(before: str, after: str) -> list[Note]:
    if before == after:
        return []
    old, new = Counter(before.splitlines()), Counter(after.splitlines())
    if old == new:
        return []  # another order, other line endings
    counts = {"added": f"{(new - old).total():,}", "removed": f"{(old - new).total():,}"}
    return [Note("lines added: {added}, removed: {removed}", counts)]


def _only(before: Iterable[object], after: Iterable[object]) -> tuple[str, str]:
    """Return (names that only the later has, names that only the earlier has), as text; "" where there are none."""
    old, new = dict.fromkeys(before), dict.fromkeys(after)
    added, removed = ([_text(name) for name in one if name not in other] for one, other in ((new, old), (old, new)))
    return _listed(added, len(added)), _listed(removed, len(removed))


def _listed(names: Sequence[str], count: int) -> str:
    shown = ", ".join(names[:_NAMES_SHOWN])
    return shown if count <= _NAMES_SHOWN else f"{shown} (+{count - _NAMES_SHOWN:,})"


def _text(value: object) -> str:
    text = f"{value:.12g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"
