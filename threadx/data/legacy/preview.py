"""What can be said of a legacy file before anything is taken from it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from threadx.data.plan import Note

__all__ = ["LegacyPreview"]


@dataclass(frozen=True, slots=True)
class LegacyPreview:
    """What is known of a file that holds bars. Plain values, so that it can cross threads and processes."""

    path: Path
    sha256: str
    """Of the file as it lies there."""
    size_bytes: int
    symbol: str
    timeframe: str
    timeframe_why: Note
    form: str
    """"JSON, a list of objects"; English, in the catalogue."""
    packed: str
    """How it is packed: "gzip", "zip", or "" where it is not."""
    file_columns: tuple[str, ...]
    """As the file names them; "#1" ... where it does not."""
    columns: tuple[str, ...]
    """The columns of the bars that come of it."""
    left: tuple[str, ...]
    """Columns of the file that are no part of a bar."""
    rows: int
    """Rows of the file."""
    bars: int
    """Bars that come of them, each open time once."""
    first_ms: int
    last_ms: int
    """Open times of the first and last bar, UTC."""
    unit: str
    """Of the time: "s", "ms", "us", "ns", "text", "datetime", or several joined with "+"."""
    unit_why: Note
    naive: int
    """Times without a zone, taken as UTC."""
    duplicates: int
    """Rows that gave way to a later row of the same open time."""
    differing: int
    """Open times among them whose rows were not equal."""
    unsorted: int
    """Rows that open before the row above."""
    gaps: int
    """Stretches without bars between the first and the last."""
    missing: int
    """Bars that these stretches would hold."""
    unfinished: int
    """Last bars that were still running when the file was written, left out."""
    set_aside: int
    """Rows that are no bars."""
    reasons: tuple[tuple[str, int], ...] = ()
    """Why, and how many of each, the commonest first: "column:rule", as `threadx.bars.checks` calls rules."""
    notes: tuple[Note, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """Return it for JSON; English, times in ms UTC."""
        return {
            "symbol": self.symbol,
            "timeframe": self.timeframe,
            "timeframe_why": str(self.timeframe_why),
            "form": self.form,
            "packed": self.packed,
            "file_columns": list(self.file_columns),
            "columns": list(self.columns),
            "columns_left": list(self.left),
            "rows": self.rows,
            "bars": self.bars,
            "first_ms": self.first_ms,
            "last_ms": self.last_ms,
            "time_unit": self.unit,
            "time_unit_why": str(self.unit_why),
            "without_zone": self.naive,
            "duplicates": self.duplicates,
            "duplicates_differing": self.differing,
            "out_of_order": self.unsorted,
            "gaps": self.gaps,
            "missing_bars": self.missing,
            "unfinished": self.unfinished,
            "set_aside": self.set_aside,
            "reasons": dict(self.reasons),
            "notes": [str(note) for note in self.notes],
            "size_bytes": self.size_bytes,
            "sha256": self.sha256,
        }
