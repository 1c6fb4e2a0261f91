"""Which symbols are the largest, now and then, and groups of symbols to study together.

    from threadx.data.tokens import TokenManager
    with TokenManager() as tokens:
        top = tokens.get_top_tokens(100)
        top.symbols, top.excluded, top.notes

Market capitalisation: Data by CoinGecko (https://www.coingecko.com).
"""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime

from threadx.bars.dates import Moment, end_ms, start_ms, text_of, utc
from threadx.closeable import Closeable
from threadx.config import Settings, get_settings
from threadx.data.diversity import (
    DiversityReport,
    TokenDiversityConfig,
    TokenDiversityDataSource,
    create_default_config,
)
from threadx.data.past_universe import past_ranking
from threadx.data.plan import Note
from threadx.data.ranking import Basis, Exclusion, Ranking, Token
from threadx.data.selection import publish as publish_ranking
from threadx.data.selection import published, write_old_list
from threadx.data.snapshots import SnapshotStore
from threadx.data.source import open_market_caps, open_source
from threadx.data.universe import Market, look, ordered
from threadx.errors import DataError
from threadx.exchange.attribution import ATTRIBUTION, ATTRIBUTION_URL
from threadx.exchange.markets import CapSource, MarketCaps
from threadx.exchange.rest import BinanceRest
from threadx.exchange.source import MarketSource
from threadx.progress import NULL_PROGRESS, Progress
from threadx.store import Store
from threadx.store.bank import utc_now

__all__ = [
    "ATTRIBUTION",
    "ATTRIBUTION_URL",
    "Basis",
    "DiversityReport",
    "Exclusion",
    "Ranking",
    "Token",
    "TokenDiversityConfig",
    "TokenDiversityDataSource",
    "TokenManager",
    "create_default_config",
]


KEPT_S = 60.0
"""Two questions in a row get one answer: a command that asks before it acts does what it said."""


class TokenManager(Closeable):
    """Ranks the exchange's pairs by size. Any number of threads may use it; every method blocks.

    A context manager; `close` ends the connections that it opened itself.
    """

    def __init__(
        self,
        settings: Settings | None = None,
        *,
        source: MarketSource | None = None,
        market_caps: CapSource | None = None,
        store: Store | None = None,
        snapshots: SnapshotStore | None = None,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        """Compose from the settings; nothing is opened, asked or read before it is needed.

        Args:
            settings: `get_settings()` unless given.
            source: the exchange, instead of the one the settings name; it stays the caller's to close.
            market_caps: where capitalisation comes from, likewise.
            store: the bank, for past days.
            snapshots: where rankings are published, and past ones found.
            clock: the time, to know that a day is not over.
        """
        self._settings = get_settings() if settings is None else settings
        self._source = source
        self._caps = market_caps
        self._store = store
        self._snapshots = SnapshotStore(self._settings) if snapshots is None else snapshots
        self._clock = clock
        self._lock = threading.Lock()
        self._opened = ExitStack()
        self._kept: tuple[float, Market] | None = None

    def close(self) -> None:
        """End the connections that were opened here. Idempotent."""
        with self._lock:
            self._opened.close()

    @property
    def provider(self) -> str:
        """Whose pairs are ranked, as bars are filed."""
        return self._settings.source.name if self._source is None else self._source.name

    def get_top_tokens(
        self,
        limit: int = 100,
        *,
        quote: str | None = None,
        as_of: Moment = None,
        publish: bool = True,
        progress: Progress = NULL_PROGRESS,
    ) -> Ranking:
        """Return the largest tradable pairs, the largest first.

        The order is the mean of two ranks among the pairs that take part: market capitalisation (CoinGecko) and
        24-hour quote volume (the exchange); see `threadx.data.ranking`. Stable coins, state money, wrapped and
        leveraged tokens and pairs whose coin cannot be told are left out, each with its reason. Where CoinGecko cannot
        be asked, volume alone decides and a note says so. Fewer pairs than `limit` are returned as they are, with a
        note, or filled up from `[universe] fallback_quote`.

        Args:
            limit: how many, at least 1.
            quote: quote asset; None: `[ingest] quote`.
            as_of: the universe as it was: a day (its end) or a time. Answered from the snapshot of that day, else from
                the bank's own quote volume; `basis` and a note say which. Nothing later than that moment is looked at.
            publish: keep a live ranking as the snapshot of its day (of its hour where the day has one) and write
                `paths.selection_json`; False writes nothing. Past rankings are never written.
            progress: hears of waits and cancels.

        Raises:
            SourceError: the exchange cannot be asked.
            DataNotFoundError: no pair has that quote asset; or nothing is known of that day, or its snapshot lies in an
                archive.
            DataError: `as_of` is no moment, or lies in the future.
            StoreError: the disk refused.
            ValueError: `limit` is below 1.
            JobCancelled: cancelled; nothing was published.
        """
        if limit < 1:
            raise ValueError(f"limit must be at least 1: {limit}")
        wanted = self._settings.ingest.quote if quote is None else quote.strip().upper()
        first_ms, moment_ms = start_ms(as_of), end_ms(as_of)
        if first_ms is not None and moment_ms is not None:
            now_ms = int(self._clock().timestamp() * 1000)
            if first_ms > now_ms:
                raise DataError(
                    "{when} UTC: nobody knows yet", hint="give a day that has begun", when=text_of(first_ms)
                )
            return self._past(limit, wanted, moment_ms, min(moment_ms, now_ms), progress)
        ranking = ordered(self._look(progress), self._settings.universe, quote=wanted, limit=limit)
        if not publish:
            return ranking
        kept = publish_ranking(ranking, self._snapshots, progress)
        write_old_list(kept, self._settings.paths.selection_json)
        return kept

    def _look(self, progress: Progress) -> Market:
        """Return exchange and capitalisations as they are, or were less than a minute ago."""
        now_s = time.monotonic()
        with self._lock:
            kept = self._kept
        if kept is not None and now_s - kept[0] < KEPT_S:
            return kept[1]
        market = look(self._open_source(), self._open_caps(), progress)
        with self._lock:
            self._kept = (now_s, market)
        return market

    def _past(self, limit: int, quote: str, moment_ms: int, until_ms: int, progress: Progress) -> Ranking:
        """Return the universe as it was just before `moment_ms`, of which `until_ms` has passed."""
        day = f"{utc(moment_ms - 1):%Y%m%d}"
        found = published(self._snapshots, provider=self.provider, quote=quote, limit=limit, day=day, end_ms=moment_ms)
        if found is None:
            return past_ranking(
                self._bank(),
                self._settings.universe,
                provider=self.provider,
                quote=quote,
                limit=limit,
                end_ms=until_ms,
                progress=progress,
            )
        fields = {"stamp": found.stamp, "when": text_of(found.made_ms // 60_000 * 60_000), "basis": str(found.basis)}
        notes = [Note("from the snapshot {stamp}, made {when} UTC by {basis}", fields)]
        if len(found) < limit:
            counts = {"count": str(len(found)), "limit": str(limit)}
            notes.append(Note("the snapshot has {count} symbols, fewer than the {limit} asked for", counts))
        return dataclasses.replace(found, basis=Basis.SNAPSHOT, notes=(*notes, *found.notes))

    def _bank(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = Store(self._settings.paths.data_root, settings=self._settings)
            return self._store

    def _open_source(self) -> MarketSource:
        with self._lock:
            if self._source is None:
                opened: BinanceRest = open_source(self._settings)
                self._source = opened
                self._opened.callback(opened.close)
            return self._source

    def _open_caps(self) -> CapSource:
        with self._lock:
            if self._caps is None:
                opened: MarketCaps = open_market_caps(self._settings)
                self._caps = opened
                self._opened.callback(opened.close)
            return self._caps
