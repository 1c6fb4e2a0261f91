"""`delete`: remove symbols, or timeframes of them. The generations before stay kept: `undo` brings them back."""

from __future__ import annotations

from threadx.commands.bank import provider_of, stored_series
from threadx.commands.request import Request, some_symbols, timeframes_of
from threadx.commands.results import Result
from threadx.commands.words import error_lines
from threadx.i18n import _
from threadx.progress import Progress

__all__ = ["question", "run"]


def question(request: Request) -> str:
    """Return what would go, as a question."""
    some_symbols(request)
    series = stored_series(request)
    named = {
        "symbols": ", ".join(symbol for _provider, symbol in series),
        "provider": ", ".join(dict.fromkeys(provider for provider, _symbol in series)),
    }
    timeframes = timeframes_of(request)
    if timeframes is None:
        return _("Remove {symbols} ({provider}) with all timeframes?").format(**named)
    return _("Remove {timeframes} of {symbols} ({provider})?").format(timeframes=" ".join(timeframes), **named)


def run(request: Request, progress: Progress) -> Result:
    """Remove each symbol, with all its timeframes or only those that are named."""
    some_symbols(request)
    series = stored_series(request)
    changed = request.engine.delete(series, timeframes_of(request) or (None,), progress)
    lines = [
        _("{symbol}: removed; threadx undo --provider {provider} --symbols {symbol} brings it back").format(
            symbol=symbol, provider=provider
        )
        for provider, symbol in changed.generations
    ]
    document = {
        "provider": provider_of(series),
        "generations": {symbol: generation for (_provider, symbol), generation in changed.generations.items()},
        "failures": changed.failed_as_dicts(),
    }
    errors = error_lines((each, "", "") for each in changed.failures.values())
    return Result(document, lines, changed.exit_code, errors)
