"""`gaps`: every missing stretch of the stored symbols, with its cause."""

from __future__ import annotations

from collections.abc import Sequence

from threadx.bars.dates import text_of
from threadx.bars.gaps import Gap
from threadx.bars.intervals import total_minutes
from threadx.bridge.causes import cause
from threadx.commands.bank import SeriesKey, provider_of, stored_series
from threadx.commands.request import Request
from threadx.commands.results import Block, Result, Table
from threadx.i18n import _, counted, number
from threadx.progress import Progress

__all__ = ["run"]


def run(request: Request, progress: Progress) -> Result:
    """List the gaps of the symbols asked for, of all that the provider has when none is."""
    found: list[tuple[SeriesKey, Gap]] = []
    series = stored_series(request)
    for key in series:
        progress.raise_if_cancelled()
        found += [(key, gap) for gap in request.engine.store.gaps(*key)]
    document = {
        "provider": provider_of(series),
        "symbols": [symbol for _provider, symbol in series],
        "gaps": [_described(*key, gap) for key, gap in found],
    }
    return Result(document, _blocks(found))


def _described(provider: str, symbol: str, gap: Gap) -> dict[str, object]:
    return {
        "provider": provider,
        "symbol": symbol,
        "start_ms": gap.interval.start_ms,
        "end_ms": gap.interval.end_ms,
        "start": text_of(gap.interval.start_ms),
        "end": text_of(gap.interval.end_ms),
        "minutes": total_minutes([gap.interval]),
        "cause": str(gap.cause),
    }


def _blocks(found: Sequence[tuple[SeriesKey, Gap]]) -> list[Block]:
    headings = (_("symbol"), _("from (UTC)"), _("to (UTC)"), _("minutes"), _("cause"))
    rows = [
        (
            symbol,
            text_of(gap.interval.start_ms),
            text_of(gap.interval.end_ms),
            total_minutes([gap.interval]),
            cause(gap.cause),
        )
        for (_provider, symbol), gap in found
    ]
    minutes = sum(total_minutes([gap.interval]) for _key, gap in found)
    return [
        Table(headings, rows),
        counted(
            "{count} gap, {minutes} minutes", "{count} gaps, {minutes} minutes", len(found), minutes=number(minutes)
        ),
    ]
