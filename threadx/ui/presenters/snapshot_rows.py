"""Snapshots as rows of tables: domains and datasets with their freshness, dates, files, changes. No Tk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from threadx.i18n import N_, _, counted, number, translated
from threadx.ui.presenters.amounts import age
from threadx.ui.presenters.status import size_text
from threadx.ui.presenters.table_rows import Row

if TYPE_CHECKING:
    from threadx.bridge.snapshot_views import SnapshotRow
    from threadx.data.freshness import Freshness
    from threadx.data.snapshot_diff import Change
    from threadx.store.retention import Packed

__all__ = [
    "change_lines", "dataset_row", "date_key", "date_row", "domain_row", "file_rows", "fresh_summary", "packed_rows",
    "stamp_text",
]  # fmt: skip

_STATES = {
    "fresh": ("\u2713", N_("fresh"), ""),
    "stale": ("!", N_("stale"), "warning"),
    "ended": ("\u2013", N_("ended"), "muted"),
    "unknown": ("?", N_("only one date"), "muted"),
    "empty": ("\u25cb", N_("empty"), "muted"),
}
"""Glyph, word and colour of a freshness: never colour alone."""
_NEW_S = 120
"""What is younger has no age worth telling."""
_DAY, _HOUR = 8, 10
"""How long a stamp of a day and one of an hour are."""


def stamp_text(stamp: str) -> str:
    """Return "20260131" as "2026-01-31", "2026013114" as "2026-01-31 14:00", a month "202601" as "2026-01"."""
    if not stamp:
        return "\u2014"
    parts = [stamp[:4], stamp[4:6], stamp[6:_DAY]]
    day = "-".join(filter(None, parts))
    return f"{day} {stamp[_DAY:_HOUR]}:00" if len(stamp) >= _HOUR else day


def _state(found: Freshness) -> tuple[str, tuple[str, ...]]:
    glyph, word, tag = _STATES[str(found.state)]
    words = f"{glyph} {_(word)}"
    if found.age_s is not None and found.age_s >= _NEW_S:
        words += f" \u00b7 {age(found.age_s * 1000)}"
    return words, (tag,) if tag else ()


def domain_row(found: Freshness) -> Row:
    """Return a domain: name, last date, freshness, how many dates."""
    words, tags = _state(found)
    cells = (found.name, stamp_text(found.last), words, number(found.count))
    return Row(found.name, cells, (found.name, found.last, found.age_s, found.count), tags)


def dataset_row(found: Freshness) -> Row:
    """Return a dataset: symbol with timeframe, end of its last bar, freshness, bars."""
    words, tags = _state(found)
    provider, symbol, timeframe = found.name.split(" ")
    cells = (f"{symbol} {timeframe}", found.last[:16].replace("T", " "), words, number(found.count))
    return Row(f"{provider} {symbol} {timeframe}", cells, (cells[0], found.last, found.age_s, found.count), tags)


def fresh_summary(datasets: Iterable[Freshness]) -> str:
    """Return how fresh the bank is, in a line: "12 datasets · 3 stale"."""
    states = [str(each.state) for each in datasets]
    if not states:
        return ""
    words = [counted("{count} dataset", "{count} datasets", len(states))]
    stale, ended = states.count("stale"), states.count("ended")
    if stale:
        words.append(counted("{n} stale", "{n} stale", stale))
    if ended:
        words.append(counted("{n} ended", "{n} ended", ended))
    return " \u00b7 ".join(words if len(words) > 1 else [*words, _("all fresh")])


def date_key(row: SnapshotRow) -> str:
    """Return what names a date among those of its domain."""
    return f"{row.stamp}!" if not row.complete else row.stamp


def date_row(row: SnapshotRow, known: tuple[int, int] | None = None) -> Row:
    """Return a date: when, where it lies, files, size; `known`: both, where they are known by now."""
    count, size_bytes = known or (row.files, row.size_bytes)
    if not row.complete:
        damaged = _("damaged archive") if row.archived else _("not whole, ignored")
        words, tag = f"\u2717 {damaged}", "danger"
    else:
        words = f"\u25a4 {_('in an archive')}" if row.archived else f"\u2713 {_('in its folder')}"
        tag = "muted" if row.archived else ""
    files = "" if count is None else number(count)
    size = "" if size_bytes is None else size_text(size_bytes)
    cells = (stamp_text(row.stamp), words, files, size)
    return Row(date_key(row), cells, (row.stamp, words, count, size_bytes), (tag,) if tag else ())


def file_rows(sizes: Mapping[str, int]) -> tuple[Row, ...]:
    """Return the files of a date: name, size."""
    return tuple(Row(name, (name, size_text(size)), (name.casefold(), size)) for name, size in sizes.items())


def change_lines(changes: Sequence[Change]) -> list[str]:
    """Return what differs between two dates, a line each, headed by files."""
    lines: list[str] = []
    file: str | None = None
    for change in changes:
        if change.file != file:
            file = change.file
            lines += [*([""] if lines else []), file or _("As a whole")]
        lines.append("  " + translated(change.note.template, change.note.fields))
    return lines or [_("No difference: both dates hold the same.")]


def packed_rows(plan: Sequence[Packed]) -> tuple[Row, ...]:
    """Return what archiving would pack: domain, month, dates, size."""
    return tuple(
        Row(
            f"{each.domain} {each.month}",
            (each.domain, stamp_text(each.month), number(len(each.stamps)), size_text(each.before_bytes)),
            (each.domain, each.month, len(each.stamps), each.before_bytes),
        )
        for each in plan
    )
