"""The largest symbols on a past day, from the bank's own bars: what could be known then, nothing that came after."""

from __future__ import annotations

import numpy as np
import pandas as pd

from threadx.bars.dates import DAY_MS, text_of
from threadx.bars.schema import columns_from_frame
from threadx.bars.timeframe import MINUTE_MS, ONE_MINUTE
from threadx.config_model import Universe
from threadx.data.exclusions import excluded
from threadx.data.plan import Note
from threadx.data.ranking import Basis, Candidate, Exclusion, Ranking, ranked
from threadx.errors import DataNotFoundError
from threadx.progress import Progress
from threadx.store import Store

__all__ = ["past_ranking"]


def past_ranking(
    store: Store, rules: Universe, *, provider: str, quote: str, limit: int, end_ms: int, progress: Progress
) -> Ranking:
    """Return the largest stored symbols by the quote volume of the 24 hours before `end_ms`.

    Looks at 1-minute bars that were finished by then, and at nothing later: no bar, no listing, no capitalisation.

    Raises:
        DataNotFoundError: the bank has no bar of those hours.
        StoreError: the bank failed.
        JobCancelled: cancelled meanwhile.
    """
    last_ms = end_ms // MINUTE_MS * MINUTE_MS
    ours = sorted(s for p, s in store.series() if p == provider and s.endswith(quote) and s != quote)
    symbols = [symbol for symbol in ours if _began(store, provider, symbol, last_ms)]
    candidates: list[Candidate] = []
    left_out: list[Exclusion] = []
    for done, symbol in enumerate(symbols):
        progress.report(done, len(symbols), "symbols")
        judged = _judged(store, rules, provider, symbol, quote, last_ms)
        if isinstance(judged, Exclusion):
            left_out.append(judged)
        else:
            candidates.append(judged)
    progress.report(len(symbols), len(symbols), "symbols")
    when = text_of(last_ms)
    if not candidates:
        raise DataNotFoundError(
            "no snapshot of that day, and no bar against {quote} stored in the 24 hours before {when} UTC",
            hint="choose a day that the bank covers: threadx list",
            quote=quote,
            when=when,
        )
    tokens = ranked(candidates)
    notes = [
        Note("no snapshot of that day: ranked by the stored quote volume of the 24 hours before {when} UTC",
             {"when": when})
    ]  # fmt: skip
    if len(tokens) < limit:
        notes.append(
            Note("{count} stored symbols take part, fewer than the {limit} asked for",
                 {"count": str(len(tokens)), "limit": str(limit)})
        )  # fmt: skip
    return Ranking(
        tokens[:limit], Basis.BANK, quote, limit, last_ms, provider, tuple(left_out), tuple(notes), tokens[limit:]
    )


def _began(store: Store, provider: str, symbol: str, end_ms: int) -> bool:
    """Return whether any bar is older: of a symbol that came later nobody knew the name."""
    manifest = store.manifest(provider, symbol)
    return manifest is not None and any(entry.first_ms < end_ms for entry in manifest.files.values())


def _judged(
    store: Store, rules: Universe, provider: str, symbol: str, quote: str, end_ms: int
) -> Candidate | Exclusion:
    base = symbol.removesuffix(quote)
    why = excluded(base, exclude=rules.exclude, include=rules.include)
    if why is not None:
        return Exclusion(symbol, base, why)
    try:
        bars = store.read(provider, symbol, ONE_MINUTE, end_ms - DAY_MS, end_ms)
    except DataNotFoundError:
        return Exclusion(symbol, base, Note("no bar stored in the 24 hours before"))
    return Candidate(symbol, base, quote, _quote_volume(bars), float(bars["close"].iloc[-1]))


def _quote_volume(bars: pd.DataFrame) -> float:
    """Return the quote volume of bars; where the source did not send it, volume at the close."""
    columns = columns_from_frame(bars)
    amounts = columns["volume"] * columns["close"]
    if "quote_volume" in columns:
        amounts = np.where(np.isnan(columns["quote_volume"]), amounts, columns["quote_volume"])
    return float(amounts.sum())
