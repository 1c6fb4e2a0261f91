"""How the files of indicators stand, as rows of a table. No Tk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from threadx.bars.dates import minute_text
from threadx.bridge.indicator_words import freshness, why
from threadx.i18n import N_, _, counted, number, translate_error
from threadx.ui.presenters.indicator_picks import Work, file_key, place_of
from threadx.ui.presenters.indicator_words import label
from threadx.ui.presenters.job_results import ResultTable
from threadx.ui.presenters.status import size_text
from threadx.ui.presenters.table_rows import Column, Row

if TYPE_CHECKING:
    from threadx.data.indicator_batch import BatchRow
    from threadx.indicators.answers import IndicatorStatus

__all__ = [
    "COLUMNS",
    "delete_question",
    "detail_text",
    "failures_table",
    "missing_row",
    "row_of",
    "totals_text",
    "wanted_text",
]

_MARKS = {"fresh": "\u2713", "stale": "\u21bb", "missing": "\u2013"}
_TAGS: dict[str, tuple[str, ...]] = {"fresh": (), "stale": ("warning",), "missing": ("muted",)}
_ORDER = {"stale": 0, "missing": 1, "fresh": 2}
_NAMED = 8
"""How many files a question names."""
_DAMAGED = "the file was damaged"


COLUMNS = (
    Column("symbol", N_("Symbol"), 88),
    Column("provider", N_("Provider"), 70, optional=5),
    Column("timeframe", N_("Timeframe"), 74),
    Column("indicator", N_("Indicator"), 118),
    Column("state", N_("State"), 80),
    Column("why", N_("Why"), 124, stretch=True),
    Column("first", N_("First (UTC)"), 128, "right", optional=4),
    Column("last", N_("Last (UTC)"), 128, "right", optional=2),
    Column("rows", N_("Rows"), 74, "right", optional=1),
    Column("size", N_("Size"), 70, "right", optional=3),
)


def row_of(status: IndicatorStatus, known: Mapping[str, str] | None = None) -> Row:
    """Return a file as it is shown; `known` names files, by their stem, that do not say themselves what they are."""
    state = str(status.state)
    reason = why(str(status.why), status.from_month)
    name = label(status.indicator, status.params) if status.params else (known or {}).get(status.stem, status.stem)
    cells = (
        status.symbol,
        status.provider,
        status.timeframe,
        name,
        f"{_MARKS[state]} {freshness(state)}",
        "" if state == "fresh" else reason,
        _instant(status.first_ms),
        _instant(status.last_ms),
        number(status.rows) if status.rows else "",
        size_text(status.size_bytes) if status.size_bytes else "",
    )
    values = (
        status.symbol, status.provider, place_of(status.timeframe), _natural(name), _ORDER[state], reason,
        status.first_ms, status.last_ms, status.rows, status.size_bytes,
    )  # fmt: skip
    tags = ("danger",) if str(status.why) == _DAMAGED else _TAGS[state]
    return Row(file_key(status.provider, status.symbol, status.timeframe, status.stem), cells, values, tags)


def missing_row(work: Work) -> Row:
    """Return a file that is wanted and not there."""
    name = work.pick.label
    state = f"{_MARKS['missing']} {freshness('missing')}"
    cells = (work.symbol, work.provider, work.timeframe, name, state, why("no file yet"), "", "", "", "")
    values = (
        work.symbol, work.provider, place_of(work.timeframe), _natural(name), _ORDER["missing"], cells[5],
        None, None, None, None,
    )  # fmt: skip
    return Row(work.key, cells, values, _TAGS["missing"])


def detail_text(row: Row) -> str:
    """Return all that a row says, in one line: a narrow window leaves columns out."""
    symbol, _provider, timeframe, name, state, reason, first, last, rows, size = row.cells
    span = f"{first} – {last} UTC" if first else ""
    bars = _("{rows} rows").format(rows=rows) if rows else ""
    return " · ".join(filter(None, (f"{symbol} {timeframe} {name}", state, reason, span, bars, size)))


def totals_text(files: Iterable[IndicatorStatus]) -> str:
    """Return the sums over files: how many, bytes."""
    shown = list(files)
    files_text = counted("{count} file", "{count} files", len(shown))
    return f"{files_text} · {size_text(sum(file.size_bytes for file in shown))}"


def wanted_text(states: Sequence[str]) -> str:
    """Return how many files are wanted, and how they stand."""
    parts = [counted("{n} file", "{n} files", len(states))]
    fresh, stale, missing = (states.count(name) for name in ("fresh", "stale", "missing"))
    if fresh:
        parts.append(_("{n} fresh").format(n=number(fresh)))
    if stale:
        parts.append(counted("{n} stale", "{n} stale", stale))
    if missing:
        parts.append(counted("{n} missing", "{n} missing", missing))
    return " · ".join(parts)


def delete_question(files: Sequence[IndicatorStatus]) -> str:
    """Return what is asked before files are deleted; "" where there is none."""
    if not files:
        return ""
    names = [" ".join(row_of(file).cells[place] for place in (0, 2, 3)) for file in files[:_NAMED]]
    listed = ", ".join(names) + (" …" if len(files) > _NAMED else "")
    size = size_text(sum(file.size_bytes for file in files))
    summed = counted("{n} file, {size}", "{n} files, {size}", len(files), size=size)
    return f"{listed}\n\n{summed}. " + _("Bars stay; Update calculates these values again.")


def failures_table(rows: Iterable[BatchRow]) -> ResultTable:
    """Return what could not be calculated, and why."""
    failed = [row for row in rows if not row.success]
    columns = (
        Column("symbol", _("Symbol"), 110), Column("timeframe", _("Timeframe"), 84),
        Column("indicator", _("Indicator"), 130), Column("why", _("Why"), 320),
        Column("next", _("Next step"), 240, stretch=True),
    )  # fmt: skip
    return ResultTable(
        _("Indicators"),
        counted("{n} file could not be calculated.", "{n} files could not be calculated.", len(failed)),
        columns,
        tuple(_failed(row) for row in failed),
    )


def _failed(row: BatchRow) -> Row:
    told, hint = (row.error, row.hint) if row.failure is None else translate_error(row.failure)
    key = file_key(row.provider, row.symbol, row.timeframe, row.indicator)
    return Row(key, (row.symbol, row.timeframe, row.indicator, told, hint), tags=("danger",))


def _instant(ms: int | None) -> str:
    return "" if ms is None else minute_text(ms)


def _natural(name: str) -> str:
    """Return what a name sorts by: its numbers by their value, as far as they are whole."""
    return " ".join(word.zfill(6) if word.isdigit() else word for word in name.casefold().split())
