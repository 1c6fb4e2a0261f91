"""`undo`: take back the last operation of each symbol named. Undone once more, it is there again."""

from __future__ import annotations

from threadx.commands.bank import SeriesKey, provider_of, stored_series
from threadx.commands.request import Request, some_symbols
from threadx.commands.results import Result
from threadx.commands.words import error_lines
from threadx.i18n import _
from threadx.progress import Progress
from threadx.store.history import Generation

__all__ = ["question", "run"]


def question(request: Request) -> str:
    """Return what would be taken back, as a question."""
    some_symbols(request)
    parts = []
    for key in stored_series(request, past=True):
        last = request.engine.store.history(*key)[-1]
        what = _("{symbol} ({reason}, {time} UTC)")
        if last.is_undo:
            what = _("{symbol} ({reason}, {time} UTC: this does again what that undid)")
        name = key[1] if key[0] == request.provider else " ".join(key)
        parts.append(what.format(symbol=name, reason=last.reason, time=f"{last.utc:%Y-%m-%d %H:%M}"))
    return _("Take back the last operation of {symbols}?").format(symbols=", ".join(parts))


def run(request: Request, progress: Progress) -> Result:
    """Make each symbol's bars what they were before its last operation; that is a new generation."""
    some_symbols(request)
    series = stored_series(request, past=True)
    last = {key: request.engine.store.history(*key)[-1] for key in series}
    changed = request.engine.undo(series, progress)
    made = changed.generations
    document = {
        "provider": provider_of(series),
        "generations": {symbol: generation for (_provider, symbol), generation in made.items()},
        "redone": [symbol for (provider, symbol), each in last.items() if each.is_undo and (provider, symbol) in made],
        "failures": changed.failed_as_dicts(),
    }
    lines = [_told(key, last[key], generation) for key, generation in made.items()]
    errors = error_lines((each, "", "") for each in changed.failures.values())
    return Result(document, lines, changed.exit_code, errors)


def _told(key: SeriesKey, undone: Generation, generation: int) -> str:
    text = _("{symbol}: taken back, generation {generation}; undo again does it again")
    if undone.is_undo:
        text = _("{symbol}: the undo is taken back, so what it undid is done again, generation {generation}")
    return text.format(symbol=key[1], generation=generation)
