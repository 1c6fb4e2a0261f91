"""Rows that a source sent and that break the data contract: kept beside the bank, whole, with their reasons."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from math import isfinite

from threadx.bars.schema import OPEN_TIME, Columns
from threadx.store.fsio import Fs
from threadx.store.layout import Layout, Series, disk_name

__all__ = ["set_aside", "set_aside_rows"]


def set_aside(fs: Fs, layout: Layout, series: Series, rows: Columns, reasons: Mapping[int, str]) -> str:
    """Write `rows` as JSON lines into the quarantine folder and return the file's path.

    Args:
        fs: the bank's file operations.
        layout: the bank's paths.
        series: whose rows they are.
        rows: as they came.
        reasons: what is wrong, by open time (ms UTC).
    """
    names = [OPEN_TIME, *(name for name in rows if name != OPEN_TIME)]
    found = (
        dict(zip(names, values, strict=True)) for values in zip(*(rows[name].tolist() for name in names), strict=True)
    )
    return set_aside_rows(fs, layout, series, ({**row, "reason": reasons.get(row[OPEN_TIME], "")} for row in found))


def set_aside_rows(fs: Fs, layout: Layout, series: Series, rows: Iterable[Mapping[str, object]]) -> str:
    """Write rows of any form, each with its reason, as JSON lines into the quarantine folder; return the path."""
    fs.make_dirs(layout.quarantine)
    path = layout.quarantine / f"{disk_name(series.provider)}.{disk_name(series.symbol)}.{uuid.uuid4().hex[:8]}.jsonl"
    lines = [json.dumps({name: _plain(value) for name, value in row.items()}) for row in rows]
    fs.note(path, "".join(f"{line}\n" for line in lines).encode())
    return str(path)


def _plain(value: object) -> object:
    """Return what JSON has words for: NaN and infinities, which are among what is wrong with rows, become text."""
    return repr(value) if isinstance(value, float) and not isfinite(value) else value
