"""What a group of symbols is worth for a study: who is stored, from when, how whole, and how alike their days are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from threadx.bars.dates import text_of
from threadx.bars.timeframe import ONE_MINUTE, Timeframe
from threadx.data.derived import derived
from threadx.errors import DataNotFoundError
from threadx.progress import Progress
from threadx.store import Store

__all__ = ["DiversityReport", "Member", "report_on"]

DAY = Timeframe.parse("1d")
FEWEST_DAYS = 3
"""Two symbols' returns are compared from so many common days on."""


@dataclass(frozen=True, slots=True)
class Member:
    """One stored symbol of a group."""

    symbol: str
    first_ms: int
    """Open time of the first stored minute, UTC."""
    last_ms: int
    rows: int
    """1-minute bars."""
    missing_minutes: int
    """Between first and last, neither stored nor confirmed not to exist."""

    @property
    def coverage(self) -> float:
        """Share of the minutes between first and last that is there, or is known not to exist."""
        span = (self.last_ms - self.first_ms) // 60_000 + 1
        return 1.0 - self.missing_minutes / span


@dataclass(frozen=True)
class DiversityReport:
    """What a group has, and how alike it moves."""

    group: str
    members: tuple[Member, ...]
    missing: tuple[str, ...]
    """Symbols of the group that have no bars."""
    correlation: pd.DataFrame = field(repr=False)
    """Of daily close-to-close returns on days both have; NaN where there are fewer than three. Symbol by symbol."""
    days: int
    """Days with a return of at least one member."""

    @property
    def mean_correlation(self) -> float:
        """The mean over all pairs that can be compared; NaN where there is none. Low is diverse."""
        values = self.correlation.to_numpy()
        pairs = values[np.triu_indices(len(values), k=1)]
        known = pairs[~np.isnan(pairs)]
        return float(known.mean()) if len(known) else math.nan

    def as_dict(self) -> dict[str, object]:
        """Return everything as JSON values."""
        mean = self.mean_correlation
        return {
            "group": self.group,
            "members": [
                {
                    "symbol": each.symbol,
                    "first": text_of(each.first_ms),
                    "last": text_of(each.last_ms),
                    "rows": each.rows,
                    "missing_minutes": each.missing_minutes,
                    "coverage": round(each.coverage, 6),
                }
                for each in self.members
            ],
            "missing": list(self.missing),
            "days": self.days,
            "mean_correlation": None if math.isnan(mean) else round(mean, 6),
            "correlation": {
                row: {
                    column: None if math.isnan(value) else round(value, 6)
                    for column, value in self.correlation.loc[row].items()
                }
                for row in self.correlation.index
            },
        }


def report_on(
    store: Store,
    provider: str,
    group: str,
    symbols: Sequence[str],
    start_ms: int | None,
    end_ms: int | None,
    progress: Progress,
) -> DiversityReport:
    """Return the report on a group; correlation looks at days inside the range.

    Raises:
        StoreError: the bank failed.
        JobCancelled: cancelled meanwhile.
    """
    rows = {row.symbol: row for row in store.catalog.rows(provider=provider, timeframe=ONE_MINUTE.name)}
    members = tuple(
        Member(symbol, rows[symbol].first_ms, rows[symbol].last_ms, rows[symbol].rows, rows[symbol].missing_minutes)
        for symbol in symbols
        if symbol in rows
    )
    closes: dict[str, pd.Series] = {}
    for done, member in enumerate(members):
        progress.report(done, len(members), "symbols")
        found = _daily_closes(store, provider, member.symbol, start_ms, end_ms)
        if found is not None:
            closes[member.symbol] = found
    # a row for every day, or a return over days that nobody has would pass for a daily one
    returns = pd.DataFrame(closes).asfreq("D").pct_change(fill_method=None) if closes else pd.DataFrame()
    return DiversityReport(
        group,
        members,
        tuple(symbol for symbol in symbols if symbol not in rows),
        returns.corr(min_periods=FEWEST_DAYS),
        int(returns.notna().any(axis=1).sum()),
    )


def _daily_closes(
    store: Store, provider: str, symbol: str, start_ms: int | None, end_ms: int | None
) -> pd.Series | None:
    """Return the close of each whole day; None where there is no bar."""
    columns = ["open", "high", "low", "close", "volume"]
    for source in (partial(store.read, provider, symbol, DAY), partial(derived, store, provider, symbol, DAY)):
        with suppress(DataNotFoundError):
            return source(start_ms, end_ms, columns)["close"]
    return None
