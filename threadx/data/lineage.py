"""Renamed assets: which series goes on under which name, and views that join both without touching either.

A rename is a new symbol at the exchange: the old one is frozen, days pass, the new one begins, and one old unit may
have become several new ones. What is stored stays as it came; `joined` is a view for charts and studies.

    from threadx.data.lineage import joined
    bars = joined(store, "binance", "MANTRAUSDC", "1d", renamings(settings.universe.lineage))
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from threadx.bars.dates import Moment, range_ms
from threadx.bars.timeframe import Timeframe
from threadx.errors import DataError, DataNotFoundError
from threadx.store import Store

__all__ = ["ORIGIN", "SEAM", "Renaming", "ancestors", "joined", "renamings"]

SEAM = "seam"
"""Column of a joined view: True for the first bar under a new name."""
ORIGIN = "origin"
"""Column of a joined view: the symbol that a bar is stored under."""

_WRITTEN = re.compile(r"(\S+)->(\S+) ([\d.]+):([\d.]+)")
_PRICES = ("open", "high", "low", "close")
_AMOUNTS = ("volume", "taker_buy_base")
"""Counted in the base asset; quote amounts stay."""


@dataclass(frozen=True, slots=True)
class Renaming:
    """One asset that became another."""

    old: str
    new: str
    factor: float
    """New units for one old unit: old prices are divided by it, old amounts multiplied."""


def renamings(lineage: Iterable[str]) -> tuple[Renaming, ...]:
    """Return what the settings' `OLD->NEW 1:4` say; they were checked when they were read."""
    found = (_WRITTEN.fullmatch(each) for each in lineage)
    return tuple(Renaming(one[1], one[2], float(one[4]) / float(one[3])) for one in found if one is not None)


def ancestors(base: str, known: Sequence[Renaming]) -> tuple[tuple[str, float], ...]:
    """Return the former names of an asset, the oldest first, each with how many units of `base` one of it became."""
    found: list[tuple[str, float]] = []
    name, factor = base, 1.0
    seen = {base}
    while (step := next((each for each in known if each.new == name and each.old not in seen), None)) is not None:
        name, factor = step.old, factor * step.factor
        seen.add(name)
        found.insert(0, (name, factor))
    return tuple(found)


def joined(
    store: Store,
    provider: str,
    symbol: str,
    timeframe: str,
    known: Sequence[Renaming],
    start: Moment = None,
    end: Moment = None,
    *,
    quote: str = "USDC",
) -> pd.DataFrame:
    """Return a symbol's bars with those of its former names before them, in units of the new one. Reads only.

    Args:
        store: the bank.
        provider: whose bars.
        symbol: of the newest name: "POLUSDC".
        timeframe: which bars.
        known: see `renamings`.
        start: first bar; None: all.
        end: last day (included) or end time (not included); None: all.
        quote: the part of `symbol` that is not the asset.

    Returns:
        A frame as the bank gives, with `origin` (the symbol a bar is stored under) and `seam` (True for the first bar
        under each new name) beside it. Between the names is the gap that the exchange made. Where both have a bar at
        one time the newer name's counts. Joined values are a view: they are no bars that the exchange sent.

    Raises:
        DataNotFoundError: nothing is stored of any of the names.
        UnsupportedTimeframeError: there is no such timeframe.
        DataError: the dates are not dates, or empty; or the symbol is not of that quote asset.
    """
    first_ms, last_ms = range_ms(start, end)
    name = Timeframe.parse(timeframe).name
    if not symbol.endswith(quote):
        raise DataError(
            "{symbol} does not end in {quote}",
            hint='name the quote asset of the symbol, as in quote="USDT"',
            symbol=symbol,
            quote=quote,
        )
    lines = [*ancestors(symbol.removesuffix(quote), known), (symbol.removesuffix(quote), 1.0)]
    parts: list[pd.DataFrame] = []
    for base, factor in reversed(lines):
        part = _part(store, provider, f"{base}{quote}", name, (first_ms, last_ms), factor)
        if len(part):
            parts.insert(0, part)
        last_ms = _earlier(last_ms, _began_ms(store, provider, f"{base}{quote}", name))
        if last_ms is not None and first_ms is not None and last_ms <= first_ms:
            break
    if not parts:
        raise DataNotFoundError(
            "{symbol} {timeframe}: nothing stored, under former names neither",
            hint="run: threadx download --symbols {symbol}",
            symbol=symbol,
            timeframe=name,
        )
    view = pd.concat(parts)
    view["symbol"] = pd.Series(symbol, index=view.index, dtype="str")
    view[SEAM] = (view[ORIGIN] != view[ORIGIN].shift()) & view[ORIGIN].shift().notna()
    return view


def _began_ms(store: Store, provider: str, symbol: str, timeframe: str) -> int | None:
    """Return the open time of a name's first stored bar, whatever range is asked for; None where there is none."""
    manifest = store.manifest(provider, symbol)
    return None if manifest is None else min((each.first_ms for each in manifest.of(timeframe).values()), default=None)


def _earlier(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)


def _part(
    store: Store,
    provider: str,
    symbol: str,
    timeframe: str,
    bounds: tuple[int | None, int | None],
    factor: float,
) -> pd.DataFrame:
    """Return one name's bars in units of the newest."""
    try:
        part = store.read(provider, symbol, timeframe, *bounds)
    except DataNotFoundError:
        return pd.DataFrame()
    changed = {name: part[name] / factor for name in _PRICES}
    changed |= {name: part[name] * factor for name in _AMOUNTS if name in part}
    view = part.assign(**(changed if factor != 1 else {}))
    view[ORIGIN] = pd.Series(symbol, index=view.index, dtype="str")
    return view
