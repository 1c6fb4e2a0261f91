"""Gaps and what differs between generations, in words. No Tk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from threadx.bars.dates import minute_text
from threadx.bridge.causes import cause
from threadx.i18n import N_, _, counted, number
from threadx.ui.presenters.table_rows import Row

if TYPE_CHECKING:
    from threadx.bars.gaps import Gap
    from threadx.store.diff import MonthDiff, StoreDiff
    from threadx.store.history import Generation

__all__ = [
    "GenerationLine",
    "diff_lines",
    "fetchable",
    "gap_rows",
    "gaps_text",
    "generation_lines",
    "reason_text",
]

_REASONS = {
    "download": N_("download of bars"),
    "derive": N_("derivation of timeframes"),
    "delete": N_("deletion"),
    "append": N_("rows appended"),
    "upsert": N_("rows written"),
    "replace": N_("all rows replaced"),
    "rebuilt from files": N_("rebuilt from the files"),
}
"""Why generations are made, as the store's manifests say it."""
_FETCHABLE = frozenset({"not_fetched", "source_defect", "unknown"})


def fetchable(gaps: Iterable[Gap]) -> bool:
    """Return whether asking the exchange again may bring bars: not where it is confirmed that there are none."""
    return any(str(gap.cause) in _FETCHABLE for gap in gaps)


def gap_rows(gaps: Iterable[Gap]) -> list[Row]:
    """Return gaps as rows: from, to (UTC, exclusive), minutes, cause."""
    rows = []
    for number_of, gap in enumerate(gaps):
        start, end, minutes = gap.interval.start_ms, gap.interval.end_ms, gap.interval.minutes
        cells = (minute_text(start), minute_text(end), number(minutes), cause(str(gap.cause)))
        tags = ("warning",) if str(gap.cause) in _FETCHABLE else ()
        rows.append(Row(str(number_of), cells, (start, end, minutes, cells[3]), tags))
    return rows


def gaps_text(gaps: Sequence[Gap]) -> str:
    """Return how many gaps, and minutes in them."""
    minutes = sum(gap.interval.minutes for gap in gaps)
    return counted(
        "{count} gap, {minutes} minutes", "{count} gaps, {minutes} minutes", len(gaps), minutes=number(minutes)
    )


@dataclass(frozen=True, slots=True)
class GenerationLine:
    """One kept generation as it is listed, and what it is compared with."""

    gen: int
    before: int
    """The kept generation before it; 0: the empty state."""
    row: Row


def generation_lines(kept: Sequence[Generation]) -> list[GenerationLine]:
    """Return the kept generations, newest first."""
    lines = []
    for place, each in enumerate(kept):
        before = kept[place - 1].gen if place else 0
        cells = (
            str(each.gen),
            f"{each.utc:%Y-%m-%d %H:%M:%S}",
            reason_text(each.reason),
            number(each.rows_added),
            number(each.rows_changed),
            number(len(each.changed)),
        )
        values = (each.gen, each.utc.timestamp(), each.reason, each.rows_added, each.rows_changed, len(each.changed))
        if place or each.gen == 1:  # what stood before the oldest kept generation is gone: nothing to compare with
            lines.append(GenerationLine(each.gen, before, Row(str(each.gen), cells, values)))
        else:
            lines.append(GenerationLine(each.gen, -1, Row(str(each.gen), cells, values)))
    return lines[::-1]


def reason_text(reason: str) -> str:
    """Return why a generation was made, in the user's language where it is one of the reasons ThreadX gives."""
    undone = re.fullmatch(r"undo of generation (\d+)(?:: (.*))?", reason, re.DOTALL)
    if undone is not None:
        told = _("undo of generation {gen} ({reason})")
        return told.format(gen=undone[1], reason=reason_text(undone[2] or ""))
    if reason.startswith("delete "):
        return _("deletion of {timeframe}").format(timeframe=reason.removeprefix("delete "))
    return _(_REASONS[reason]) if reason in _REASONS else reason or "\u2013"


def diff_lines(found: StoreDiff) -> list[str]:
    """Return what differs between two generations, in words: a sum, then a line per month."""
    differing = [month for month in found.months if not month.empty]
    head = _("Generation {before} → {after}").format(before=found.before, after=found.after)
    if not differing:
        return [f"{head} · {_('no bar differs')}"]
    counted = _counts(found.added, found.removed, found.changed)
    return [f"{head} · {counted}", *(_month_line(month) for month in differing)]


def _counts(added: int, removed: int, changed: int) -> str:
    return _("{added} bars added, {removed} removed, {changed} changed").format(
        added=number(added), removed=number(removed), changed=number(changed)
    )


def _month_line(month: MonthDiff) -> str:
    line = f"{month.timeframe} {month.month} · {_counts(month.added, month.removed, month.changed)}"
    largest = month.largest
    if largest is None:
        return line
    told = _("largest price change: {when} UTC, {column} {before} → {after} ({percent} %)").format(
        when=minute_text(largest.open_time_ms), column=largest.column, before=f"{largest.before:.12g}",
        after=f"{largest.after:.12g}", percent=number(largest.relative * 100, 3),
    )  # fmt: skip
    return f"{line} · {told}"
