"""`delete`: remove symbols, or timeframes of them. The generations before stay kept: `undo` brings them back."""

from __future__ import annotations

from threadx.commands.bank import open_store, stored_symbols
from threadx.commands.request import Request, some_symbols, timeframes_of
from threadx.commands.results import Result
from threadx.i18n import _
from threadx.progress import Progress

__all__ = ["question", "run"]


def question(request: Request) -> str:
    """Return what would go, as a question."""
    some_symbols(request)
    symbols = stored_symbols(request, open_store(request))
    named = {"symbols": ", ".join(symbols), "provider": request.provider}
    timeframes = timeframes_of(request)
    if timeframes is None:
        return _("Remove {symbols} ({provider}) with all timeframes?").format(**named)
    return _("Remove {timeframes} of {symbols} ({provider})?").format(timeframes=" ".join(timeframes), **named)


def run(request: Request, progress: Progress) -> Result:
    """Remove each symbol, with all its timeframes or only those that are named."""
    some_symbols(request)
    store = open_store(request)
    timeframes = timeframes_of(request) or (None,)
    made: dict[str, int] = {}
    for symbol in stored_symbols(request, store):
        for timeframe in timeframes:
            progress.raise_if_cancelled()
            made[symbol] = store.delete(request.provider, symbol, timeframe, progress=progress)
    store.export_registry(progress=progress)
    lines = [
        _("{symbol}: removed; threadx undo --provider {provider} --symbols {symbol} brings it back").format(
            symbol=name, provider=request.provider
        )
        for name in made
    ]
    return Result({"provider": request.provider, "generations": made}, lines)
