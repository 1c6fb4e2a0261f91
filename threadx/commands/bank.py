"""The bank that a command works on, and which of its symbols are meant."""

from __future__ import annotations

from threadx.commands.request import Request, symbols_of
from threadx.errors import DataNotFoundError
from threadx.store import Store

__all__ = ["open_store", "stored_symbols"]


def open_store(request: Request) -> Store:
    """Return the bank of the request."""
    return Store(request.settings.paths.data_root, settings=request.settings)


def stored_symbols(request: Request, store: Store) -> tuple[str, ...]:
    """Return the symbols asked for, or all that the provider has bars of when none is.

    Raises:
        DataNotFoundError: one that is asked for was never stored, or the provider has nothing.
    """
    asked = symbols_of(request)
    for symbol in asked:
        if store.manifest(request.provider, symbol) is None:
            raise _missing(request, store, symbol)
    if asked:
        return asked
    stored = tuple(symbol for provider, symbol in store.series() if provider == request.provider)
    if not stored:
        raise _nothing(request, store)
    return stored


def _missing(request: Request, store: Store, symbol: str) -> DataNotFoundError:
    others = sorted({provider for provider, each in store.series() if each == symbol})
    return DataNotFoundError(
        "{provider} {symbol}: nothing stored",
        hint="it is stored under {others}; add: --provider {first}" if others else "see: threadx list",
        provider=request.provider,
        symbol=symbol,
        others=", ".join(others),
        first=next(iter(others), ""),
    )


def _nothing(request: Request, store: Store) -> DataNotFoundError:
    others = sorted({provider for provider, _symbol in store.series()})
    return DataNotFoundError(
        "{provider}: nothing stored in {folder}",
        hint="bars there are stored under {others}; add: --provider {first}"
        if others
        else "run: threadx download --symbols BTCUSDC",
        provider=request.provider,
        folder=request.settings.paths.data_root,
        others=", ".join(others),
        first=next(iter(others), ""),
    )
