"""How old everything is: the last date of each dataset and each snapshot domain, held against how often one is due."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median

from threadx.bars.dates import utc
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.timeframe import Timeframe
from threadx.data.snapshots import SnapshotStore
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store.datasets import DatasetRow, datasets_of
from threadx.store.dated import Partition
from threadx.store.stamps import Stamp
from threadx.store.store import Store

__all__ = ["FreshState", "Freshness", "freshness", "of_dataset", "of_domain"]

DUE = timedelta(days=1)
"""How often bars are brought up to date, at least: a bank is expected to be a day behind, not two."""
TOLERANCE = 2
"""What is older than that many times its cadence is stale."""
_LAST_PARTITIONS = 12


class FreshState(StrEnum):
    """What an age means."""

    FRESH = "fresh"
    """Not older than twice its cadence."""
    STALE = "stale"
    """Older than that: the next one is overdue."""
    ENDED = "ended"
    """The symbol was delisted: there will be no more."""
    UNKNOWN = "unknown"
    """A domain with one partition: nobody can say when the next is due."""
    EMPTY = "empty"
    """A domain without a whole partition."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """How old one dataset or one domain is."""

    kind: str
    """"dataset" or "domain"."""
    name: str
    """"binance BTCUSDC 1h" or "selection"."""
    last: str
    """The end of the last bar, ISO UTC, or the last stamp; "" where there is none."""
    age_s: int | None
    """Seconds since the end of the last bar, or of the day or hour that the last partition is named by."""
    cadence_s: int | None
    """Seconds in which the next is due; None where that is not known."""
    state: FreshState
    count: int = 0
    """Whole partitions of a domain; bars of a dataset."""


def freshness(
    store: Store, snapshots: SnapshotStore, now: datetime, progress: Progress = NULL_PROGRESS
) -> list[Freshness]:
    """Return the freshness of every domain and every dataset, domains first.

    `now` is aware. Looks at names and manifests only.
    """
    found = [of_domain(name, snapshots.list(name), now) for name in snapshots.dated.domains()]
    series = store.series()
    for number, (provider, symbol) in enumerate(series):
        progress.report(number, len(series), "symbols")
        manifest = store.manifest(provider, symbol)
        if manifest is not None:
            found += [of_dataset(row, manifest.ledger, now) for row in datasets_of(manifest)]
    return found


def of_dataset(row: DatasetRow, ledger: Iterable[Gap], now: datetime) -> Freshness:
    """Return how old a dataset is. Pure."""
    timeframe = Timeframe.parse(row.timeframe)
    end_ms = int(timeframe.next(row.last_ms))
    end = utc(end_ms)
    cadence = max(timedelta(milliseconds=end_ms - row.last_ms), DUE)
    age = max(now - end, timedelta())
    delisted = any(gap.cause is GapCause.DELISTED and gap.interval.end_ms > row.last_ms for gap in ledger)
    state = FreshState.ENDED if delisted else _state(age, cadence)
    return Freshness(
        kind="dataset",
        name=f"{row.provider} {row.symbol} {row.timeframe}",
        last=end.isoformat(),
        age_s=_seconds(age),
        cadence_s=_seconds(cadence),
        state=state,
        count=row.rows,
    )


def of_domain(name: str, partitions: Sequence[Partition], now: datetime) -> Freshness:
    """Return how old a domain is, its cadence being the usual distance of its last partitions. Pure."""
    whole = [each.moment for each in partitions if each.complete]
    if not whole:
        return Freshness("domain", name, "", None, None, FreshState.EMPTY)
    age = max(now - whole[-1].end, timedelta())
    cadence = _cadence(whole[-_LAST_PARTITIONS:])
    return Freshness(
        kind="domain",
        name=name,
        last=whole[-1].text,
        age_s=_seconds(age),
        cadence_s=None if cadence is None else _seconds(cadence),
        state=FreshState.UNKNOWN if cadence is None else _state(age, cadence),
        count=len(whole),
    )


def _cadence(stamps: Sequence[Stamp]) -> timedelta | None:
    """Return the usual distance of partitions; of a domain that has days, the hours between them do not count."""
    days = any(stamp.is_day for stamp in stamps)
    moments = sorted({stamp.start.replace(hour=0) if days else stamp.start for stamp in stamps})
    steps = [(later - earlier).total_seconds() for earlier, later in pairwise(moments)]
    return timedelta(seconds=median(steps)) if steps else None


def _state(age: timedelta, cadence: timedelta) -> FreshState:
    return FreshState.FRESH if age <= TOLERANCE * cadence else FreshState.STALE


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)
