"""`history`: the generations that are kept: who changed what, when and why."""

from __future__ import annotations

from threadx.commands.bank import open_store, stored_symbols
from threadx.commands.request import Request
from threadx.commands.results import Result, Table
from threadx.i18n import _
from threadx.progress import Progress
from threadx.store.history import Generation

__all__ = ["run"]


def run(request: Request, progress: Progress) -> Result:
    """List the kept generations of the symbols, newest first."""
    store = open_store(request)
    kept: list[tuple[str, Generation]] = []
    symbols = stored_symbols(request, store)
    for symbol in symbols:
        progress.raise_if_cancelled()
        kept += [(symbol, generation) for generation in reversed(store.history(request.provider, symbol))]
    document = {
        "provider": request.provider,
        "symbols": list(symbols),
        "generations": [_described(symbol, generation) for symbol, generation in kept],
    }
    headings = (_("symbol"), _("generation"), _("time (UTC)"), _("reason"), _("added"), _("changed"), _("operation"))
    return Result(document, [Table(headings, [_row(symbol, generation) for symbol, generation in kept])])


def _described(symbol: str, generation: Generation) -> dict[str, object]:
    return {
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
