"""`list`: the datasets of the bank, from the registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from threadx.bars.dates import text_of
from threadx.bars.timeframe import Timeframe
from threadx.commands.request import Request, symbols_of, timeframes_of
from threadx.commands.results import Block, Figure, Result, Table
from threadx.commands.words import megabytes
from threadx.i18n import _, counted, number
from threadx.progress import Progress
from threadx.store.datasets import DatasetRow

__all__ = ["run"]


def run(request: Request, progress: Progress) -> Result:
    """List the datasets that fit the flags."""
    progress.raise_if_cancelled()
    found = _fitting(request)
    rows, size = sum(each.rows for each in found), sum(each.size_bytes for each in found)
    document = {
        "datasets": [_described(each) for each in found],
        "total_datasets": len(found),
        "total_rows": rows,
        "total_size_bytes": size,
    }
    return Result(document, list(_blocks(request, found, rows, size)))


def _fitting(request: Request) -> list[DatasetRow]:
    symbols = symbols_of(request)
    names = timeframes_of(request)
    timeframes = None if names is None else {Timeframe.parse(name).name for name in names}
    return [
        each
        for each in request.engine.store.catalog.rows(provider=request.only_provider)
        if (not symbols or each.symbol in symbols) and (timeframes is None or each.timeframe in timeframes)
    ]


def _described(row: DatasetRow) -> dict[str, object]:
    return {
        "provider": row.provider,
        "symbol": row.symbol,
        "timeframe": row.timeframe,
        "generation": row.generation,
        "first": text_of(row.first_ms),
        "last": text_of(row.last_ms),
        "first_ms": row.first_ms,
        "last_ms": row.last_ms,
        "rows": row.rows,
        "partitions": row.partitions,
        "size_bytes": row.size_bytes,
        "checksum": row.checksum,
        "updated": text_of(row.updated_ms),
        "missing_minutes": row.missing_minutes,
        "quality": row.quality,
    }


def _blocks(request: Request, found: Sequence[DatasetRow], rows: int, size: int) -> Iterator[Block]:
    if not found:
        flags = request.flags
        asked = request.only_provider or flags.symbols or flags.group or flags.timeframes
        nothing = _("nothing stored in {folder} fits what was asked") if asked else _("nothing stored in {folder}")
        yield nothing.format(folder=request.settings.paths.data_root)
        symbols = ",".join(symbols_of(request)) or "BTCUSDC"
        yield _("next: {hint}").format(hint=f"threadx download --symbols {symbols}")
        return
    headings = (
        *(_("provider"), _("symbol"), _("timeframe"), _("bars"), _("first (UTC)"), _("last (UTC)")),
        *(_("missing minutes"), _("partitions"), _("MB"), _("quality")),
    )
    yield Table(headings, [_row(each) for each in found])
    yield counted(
        "{count} dataset, {bars} bars, {size} MB",
        "{count} datasets, {bars} bars, {size} MB",
        len(found),
        bars=number(rows),
        size=megabytes(size),
    )


def _row(row: DatasetRow) -> tuple[str | int, ...]:
    return (
        *(row.provider, row.symbol, row.timeframe, row.rows, text_of(row.first_ms), text_of(row.last_ms)),
        *(row.missing_minutes, row.partitions, Figure(megabytes(row.size_bytes)), Figure(number(row.quality, 4))),
    )
