"""Rows that a source sent and that break the data contract: kept beside the bank, whole, with their reasons."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping

from threadx.bars.schema import OPEN_TIME, Columns
from threadx.store.fsio import Fs
from threadx.store.layout import Layout, Series, disk_name

__all__ = ["set_aside"]


def set_aside(fs: Fs, layout: Layout, series: Series, rows: Columns, reasons: Mapping[int, str]) -> str:
    """Write `rows` as JSON lines into the quarantine folder and return the file's path.

    Args:
        fs: the bank's file operations.
        layout: the bank's paths.
        series: whose rows they are.
        rows: as they came.
        reasons: what is wrong, by open time (ms UTC).
    """
    fs.make_dirs(layout.quarantine)
    path = layout.quarantine / f"{disk_name(series.provider)}.{disk_name(series.symbol)}.{uuid.uuid4().hex[:8]}.jsonl"
    names = [OPEN_TIME, *(name for name in rows if name != OPEN_TIME)]
    lines = []
    for values in zip(*(rows[name].tolist() for name in names), strict=True):
        row = dict(zip(names, values, strict=True))
        # repr: NaN and infinities are among what is wrong with rows, and JSON has no words for them
        plain = {name: value if value == value and abs(value) != float("inf") else repr(value)
                 for name, value in row.items()}  # fmt: skip
        lines.append(json.dumps({**plain, "reason": reasons.get(row[OPEN_TIME], "")}))
    fs.note(path, "".join(f"{line}\n" for line in lines).encode())
    return str(path)
