"""The datasets of the bank as rows of a table: what is written, what it sorts by, what it is exported as. No Tk."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING

from threadx.bars.dates import DAY_MS, HOUR_MS, MINUTE_MS, minute_text, utc
from threadx.i18n import N_, _, counted, number
from threadx.ui.presenters.amounts import share_text
from threadx.ui.presenters.status import size_text
from threadx.ui.presenters.table_rows import Column, Row

if TYPE_CHECKING:
    from threadx.bridge.inventory import InventoryRow

__all__ = ["COLUMNS", "behind_text", "key_of", "row_of", "table_cells", "totals_text"]

STALE_MS = DAY_MS
"""A dataset whose last bar ended longer ago is stale."""
_SPAN_MS = {"m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS, "w": 7 * DAY_MS, "mo": 30 * DAY_MS}


COLUMNS = (
    Column("symbol", N_("Symbol"), 104),
    Column("provider", N_("Provider"), 76),
    Column("timeframe", N_("Timeframe"), 84),
    Column("first", N_("First (UTC)"), 128, "right"),
    Column("last", N_("Last (UTC)"), 128, "right"),
    Column("freshness", N_("Freshness"), 100, "right"),
    Column("rows", N_("Rows"), 88, "right"),
    Column("partitions", N_("Partitions"), 78, "right"),
    Column("gaps", N_("Gaps"), 58, "right"),
    Column("missing", N_("Minutes missing"), 112, "right"),
    Column("size", N_("Size"), 76, "right"),
    Column("quality", N_("Quality"), 76, "right"),
    Column("checksum", N_("Checksum"), 112, stretch=True),
)


def key_of(row: InventoryRow) -> str:
    """Return what names a dataset among all others."""
    return f"{row.provider}/{row.symbol}/{row.timeframe}"


def row_of(row: InventoryRow) -> Row:
    """Return a dataset as it is shown."""
    cells = (
        row.symbol,
        row.provider,
        row.timeframe,
        minute_text(row.first_ms),
        minute_text(row.last_ms),
        behind_text(row),
        number(row.rows),
        number(row.partitions),
        "…" if row.gaps is None else number(row.gaps),
        number(row.missing_minutes),
        size_text(row.size_bytes),
        share_text(row.quality),
        checked_text(row),
    )
    values = (
        row.symbol,
        row.provider,
        _length_ms(row.timeframe),
        row.first_ms,
        row.last_ms,
        row.behind_ms,
        row.rows,
        row.partitions,
        row.gaps,
        row.missing_minutes,
        row.size_bytes,
        row.quality,
        {None: 1, False: 0, True: 2}[row.checked],
    )
    return Row(key_of(row), cells, values, _tags(row))


def table_cells(row: InventoryRow) -> tuple[object, ...]:
    """Return a dataset as it is exported: numbers, times and words, in the order of the columns."""
    return (
        row.symbol,
        row.provider,
        row.timeframe,
        utc(row.first_ms),
        utc(row.last_ms),
        behind_text(row),
        row.rows,
        row.partitions,
        row.gaps,
        row.missing_minutes,
        row.size_bytes,
        row.quality,
        row.checksum,
    )


def totals_text(rows: Iterable[InventoryRow]) -> str:
    """Return the sums over datasets: how many, bars, bytes."""
    shown = list(rows)
    datasets = counted("{count} dataset", "{count} datasets", len(shown))
    bars = counted("{count} bar", "{count} bars", sum(row.rows for row in shown))
    return f"{datasets} · {bars} · {size_text(sum(row.size_bytes for row in shown))}"


def behind_text(row: InventoryRow) -> str:
    """Return how old the end of the last bar is."""
    age_ms = row.behind_ms
    if age_ms <= max(_length_ms(row.timeframe), 2 * MINUTE_MS):
        return _("up to date")
    if age_ms < HOUR_MS:
        return _("{count} min old").format(count=number(age_ms // MINUTE_MS))
    if age_ms < 2 * DAY_MS:
        return _("{count} h old").format(count=number(age_ms // HOUR_MS))
    days = age_ms // DAY_MS
    return counted("{count} day old", "{count} days old", days)


def checked_text(row: InventoryRow) -> str:
    """Return what the last verification said about the files."""
    if row.checked is None:
        return _("not checked")
    return f"\u2713 {_('right')}" if row.checked else f"\u2717 {_('damaged')}"


def _tags(row: InventoryRow) -> tuple[str, ...]:
    if row.checked is False:
        return ("danger",)
    stale = row.behind_ms > max(STALE_MS, _length_ms(row.timeframe))
    return ("warning",) if stale else ()


@lru_cache(maxsize=64)
def _length_ms(timeframe: str) -> int:
    """Return about how long a bar is, to sort by; exact below a month."""
    digits = "".join(sign for sign in timeframe if sign.isdigit())
    return int(digits or 1) * _SPAN_MS.get(timeframe[len(digits) :], 0)
