"""`history`: the generations that are kept: who changed what, when and why."""

from __future__ import annotations

from threadx.commands.bank import provider_of, stored_series
from threadx.commands.request import Request
from threadx.commands.results import Result, Table
from threadx.i18n import _
from threadx.progress import Progress
from threadx.store.history import Generation

__all__ = ["run"]


def run(request: Request, progress: Progress) -> Result:
    """List the kept generations of the symbols, newest first."""
    kept: list[tuple[str, str, Generation]] = []
    series = stored_series(request, past=True)
    for key in series:
        progress.raise_if_cancelled()
        kept += [(*key, generation) for generation in reversed(request.engine.store.history(*key))]
    document = {
        "provider": provider_of(series),
        "symbols": [symbol for _provider, symbol in series],
        "generations": [_described(*each) for each in kept],
    }
    headings = (_("symbol"), _("generation"), _("time (UTC)"), _("reason"), _("added"), _("changed"), _("operation"))
    return Result(document, [Table(headings, [_row(symbol, generation) for _provider, symbol, generation in kept])])


def _described(provider: str, symbol: str, generation: Generation) -> dict[str, object]:
    return {
        "provider": provider,
        "symbol": symbol,
        "generation": generation.gen,
        "utc": generation.utc,
        "reason": generation.reason,
        "op_id": generation.op_id,
        "writer": generation.writer,
        "rows_added": generation.rows_added,
        "rows_changed": generation.rows_changed,
    }


def _row(symbol: str, generation: Generation) -> tuple[str | int, ...]:
    return (
        symbol,
        generation.gen,
        f"{generation.utc:%Y-%m-%d %H:%M:%S}",
        generation.reason,
        generation.rows_added,
        generation.rows_changed,
        generation.op_id,
    )
