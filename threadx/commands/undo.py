"""`undo`: take back the last operation of each symbol named."""

from __future__ import annotations

from threadx.commands.bank import open_store, stored_symbols
from threadx.commands.request import Request, some_symbols
from threadx.commands.results import Result
from threadx.i18n import _
from threadx.progress import Progress

__all__ = ["question", "run"]


def question(request: Request) -> str:
    """Return what would be taken back, as a question."""
    some_symbols(request)
    store = open_store(request)
    parts = []
    for symbol in stored_symbols(request, store):
        last = store.history(request.provider, symbol)[-1]
        parts.append(f"{symbol} ({last.reason}, {last.utc:%Y-%m-%d %H:%M} UTC)")
    return _("Take back the last operation of {symbols}?").format(symbols=", ".join(parts))


def run(request: Request, progress: Progress) -> Result:
    """Make each symbol's bars what they were before its last operation; that is a new generation."""
    some_symbols(request)
    store = open_store(request)
    made: dict[str, int] = {}
    for symbol in stored_symbols(request, store):
        progress.raise_if_cancelled()
        made[symbol] = store.undo(request.provider, symbol)
    store.export_registry(progress=progress)
    lines = [
        _("{symbol}: taken back, generation {generation}").format(symbol=name, generation=gen)
        for name, gen in made.items()
    ]
    return Result({"provider": request.provider, "generations": made}, lines)
