"""Which series of the bank a command means: those that are named, wherever they are stored, or all of a provider."""

from __future__ import annotations

from collections.abc import Sequence

from threadx.commands.request import Request, symbols_of
from threadx.errors import DataNotFoundError
from threadx.store import Store

__all__ = ["SeriesKey", "provider_of", "stored_members", "stored_series"]

SeriesKey = tuple[str, str]
"""Provider and symbol."""


def stored_series(request: Request, *, past: bool = False) -> tuple[SeriesKey, ...]:
    """Return the series asked for, or all that the provider has when no symbol is named.

    Where no flag names a provider, that of the settings is meant, and where it has not what is asked for, the only
    other one that has it.

    Args:
        request: the call.
        past: whether deleted bars will do: their history is kept.

    Raises:
        DataNotFoundError: one that is asked for is not stored, or under several providers; or there is nothing at all.
    """
    store = request.engine.store
    symbols = symbols_of(request)
    if symbols:
        return tuple((_holder(request, store, symbol, past=past), symbol) for symbol in symbols)
    stored = store.series()
    holders = sorted({provider for provider, _symbol in stored})
    chosen = _choice(request, holders)
    if chosen is None:
        raise _nothing(request, holders)
    return tuple(key for key in stored if key[0] == chosen)


def stored_members(request: Request) -> tuple[tuple[SeriesKey, ...], tuple[str, ...]]:
    """Return the series of the group, or of the largest, that are stored, and the symbols that are not.

    Providers are as for `stored_series`.

    Raises:
        DataNotFoundError: none is stored.
    """
    found: list[SeriesKey] = []
    missing: list[str] = []
    for symbol in symbols_of(request):
        try:
            found.append((_holder(request, request.engine.store, symbol, past=False), symbol))
        except DataNotFoundError:
            missing.append(symbol)
    if found:
        return tuple(found), tuple(missing)
    if request.flags.group is None:
        raise _nothing(request, ())
    raise DataNotFoundError(
        "{group}: nothing of it is stored under {provider}",
        hint="run: threadx download --group {group}",
        group=request.flags.group.strip(),
        provider=request.provider,
    )


def provider_of(series: Sequence[SeriesKey]) -> str | None:
    """Return the one provider of all of them; None where there are several."""
    names = {provider for provider, _symbol in series}
    return names.pop() if len(names) == 1 else None


def _choice(request: Request, holders: Sequence[str]) -> str | None:
    """Return which of the providers that have something is meant; None when that cannot be told."""
    if request.provider in holders:
        return request.provider
    return holders[0] if len(holders) == 1 and request.only_provider is None else None


def _holder(request: Request, store: Store, symbol: str, *, past: bool) -> str:
    known = sorted(each.provider for each in store.bank.generations.all_series() if each.symbol == symbol)
    manifests = {provider: store.manifest(provider, symbol) for provider in known}
    kept = [provider for provider, manifest in manifests.items() if manifest is not None]
    alive = [provider for provider in kept if (manifest := manifests[provider]) is not None and manifest.files]
    chosen = _choice(request, alive) or (_choice(request, kept) if past else None)
    if chosen is not None:
        return chosen
    if not alive and _choice(request, kept) is not None:
        raise DataNotFoundError(
            "{provider} {symbol}: the bars were deleted",
            hint="threadx undo --provider {provider} --symbols {symbol} brings them back",
            provider=_choice(request, kept),
            symbol=symbol,
        )
    raise _missing(request, alive, symbol)


def _missing(request: Request, holders: Sequence[str], symbol: str) -> DataNotFoundError:
    return DataNotFoundError(
        "{provider} {symbol}: nothing stored",
        hint="it is stored under {others}; add: --provider {first}" if holders else "see: threadx list",
        provider=request.provider,
        symbol=symbol,
        others=", ".join(holders),
        first=next(iter(holders), ""),
    )


def _nothing(request: Request, holders: Sequence[str]) -> DataNotFoundError:
    return DataNotFoundError(
        "{provider}: nothing stored in {folder}",
        hint="bars there are stored under {others}; add: --provider {first}"
        if holders
        else "run: threadx download --symbols BTCUSDC",
        provider=request.provider,
        folder=request.settings.paths.data_root,
        others=", ".join(holders),
        first=next(iter(holders), ""),
    )
