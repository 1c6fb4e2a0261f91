"""`list`: the datasets of the bank, from the registry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from threadx.bars.timeframe import Timeframe
from threadx.commands.request import Request, symbols_of, timeframes_of
from threadx.commands.results import Block, Result, Table
from threadx.commands.words import megabytes
from threadx.data.registry import DatasetInfo, RegistryManager
from threadx.i18n import _, ngettext, number
from threadx.progress import Progress

__all__ = ["run"]


def run(request: Request, progress: Progress) -> Result:
    """List the datasets that fit the flags."""
    progress.raise_if_cancelled()
    found = _fitting(request)
    rows, size = sum(each.total_rows for each in found), sum(each.file_size_bytes for each in found)
    document = {
        "datasets": [_described(each) for each in found],
        "total_datasets": len(found),
        "total_rows": rows,
        "total_size_bytes": size,
    }
    return Result(document, list(_blocks(request, found, rows, size)))


def _fitting(request: Request) -> list[DatasetInfo]:
    symbols = symbols_of(request)
    names = timeframes_of(request)
    timeframes = None if names is None else {Timeframe.parse(name).name for name in names}
    every = RegistryManager(request.settings.paths.data_root).list_datasets(provider=request.only_provider)
    return [
        each
        for each in every
        if (not symbols or each.symbol in symbols) and (timeframes is None or each.timeframe in timeframes)
    ]


def _described(info: DatasetInfo) -> dict[str, object]:
    return {
        "provider": info.provider,
        "symbol": info.symbol,
        "timeframe": info.timeframe,
        "first": info.first_date,
        "last": info.last_date,
        "rows": info.total_rows,
        "partitions": info.total_partitions,
        "size_bytes": info.file_size_bytes,
        "checksum": info.checksum,
        "last_updated": info.last_updated,
        "quality": info.data_quality,
    }


def _blocks(request: Request, found: Sequence[DatasetInfo], rows: int, size: int) -> Iterator[Block]:
    if not found:
        yield _("nothing stored in {folder}").format(folder=request.settings.paths.data_root)
        yield _("next: {hint}").format(hint="threadx download --symbols BTCUSDC")
        return
    headings = (
        *(_("provider"), _("symbol"), _("timeframe"), _("bars"), _("first (UTC)"), _("last (UTC)")),
        *(_("partitions"), _("MB"), _("quality")),
    )
    yield Table(headings, [_row(each) for each in found])
    yield ngettext(
        "{count} dataset, {bars} bars, {size} MB", "{count} datasets, {bars} bars, {size} MB", len(found)
    ).format(count=number(len(found)), bars=number(rows), size=megabytes(size))


def _row(info: DatasetInfo) -> tuple[str | int, ...]:
    return (
        info.provider,
        info.symbol,
        info.timeframe,
        info.total_rows,
        f"{info.first_date:%Y-%m-%d %H:%M}",
        f"{info.last_date:%Y-%m-%d %H:%M}",
        info.total_partitions,
        megabytes(info.file_size_bytes),
        number(info.data_quality, 4),
    )
