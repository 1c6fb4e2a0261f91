"""Groups of symbols to study together: who is in them, their bars, and how alike their days are."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from threadx.bars.dates import Moment, range_ms
from threadx.bars.timeframe import TIMEFRAMES, Timeframe
from threadx.closeable import Closeable
from threadx.config import Settings, get_settings
from threadx.data.derived import derived
from threadx.data.diversity_report import DiversityReport, report_on
from threadx.data.ingest import IngestionManager
from threadx.data.symbols import group_name, symbol_of
from threadx.errors import DataNotFoundError, UnsupportedTimeframeError
from threadx.progress import NULL_PROGRESS, Progress

__all__ = [
    "DiversityReport",
    "TimeframeNames",
    "TokenDiversityConfig",
    "TokenDiversityDataSource",
    "create_default_config",
]


class TimeframeNames(tuple[str, ...]):
    """Names of timeframes, the shortest first; `in` knows their aliases too: "H4" is in ("1h", "4h")."""

    __slots__ = ()

    def __contains__(self, name: object) -> bool:
        """Whether a name or an alias of one is among them."""
        try:
            return isinstance(name, str) and super().__contains__(Timeframe.parse(name).name)
        except UnsupportedTimeframeError:
            return False


@dataclass(frozen=True)
class TokenDiversityConfig:
    """Which groups there are, and what may be asked of them."""

    groups: Mapping[str, tuple[str, ...]]
    """Name -> base assets ("BTC") or symbols ("BTCUSDC")."""
    symbols: tuple[str, ...] = ()
    """More assets or symbols, in no group."""
    supported_tf: tuple[str, ...] = tuple(each.name for each in TIMEFRAMES)
    """Timeframes that `get_frame` gives."""
    quote: str = "USDC"
    """What makes a symbol of a base asset."""
    settings: Settings | None = field(default=None, repr=False)
    """Bank and exchange; None: `get_settings()`."""


def create_default_config(settings: Settings | None = None) -> TokenDiversityConfig:
    """Return the groups and the quote asset of the settings: `create_default_config().groups["L1"]`."""
    given = get_settings() if settings is None else settings
    return TokenDiversityConfig(groups=dict(given.groups), quote=given.ingest.quote, settings=given)


class TokenDiversityDataSource(Closeable):
    """The bars of groups of symbols. Any number of threads may use it; every method that reads blocks.

    A context manager; `close` ends the connections that it opened itself.
    """

    def __init__(self, config: TokenDiversityConfig | None = None, *, manager: IngestionManager | None = None) -> None:
        """Compose; nothing is read or asked before it is needed.

        Args:
            config: `create_default_config()` unless given.
            manager: reads the bank and downloads, instead of one that the config's settings give.
        """
        self.config = create_default_config() if config is None else config
        self._owned = manager is None
        self._manager = IngestionManager(self.config.settings) if manager is None else manager

    def close(self) -> None:
        """End the connections that were opened here. Idempotent."""
        if self._owned:
            self._manager.close()

    def list_groups(self) -> list[str]:
        """Return the names of the groups."""
        return list(self.config.groups)

    def list_symbols(self, group: str | None = None) -> list[str]:
        """Return the symbols of a group, or of all groups and beside them; each once, in order.

        Args:
            group: letter case and spaces around and inside do not matter.

        Raises:
            DataNotFoundError: no such group; the hint names the nearest.
        """
        if group is not None:
            return list(self._symbols(self.config.groups[group_name(self.config.groups, group)]))
        everything = [member for members in self.config.groups.values() for member in members]
        return list(self._symbols([*everything, *self.config.symbols]))

    def supported_timeframes(self) -> TimeframeNames:
        """Return the timeframes that `get_frame` gives; `"H4" in` them works as `"4h" in` does."""
        return TimeframeNames(Timeframe.parse(name).name for name in self.config.supported_tf)

    def get_frame(
        self,
        symbol: str,
        timeframe: str,
        start: Moment = None,
        end: Moment = None,
        *,
        download: bool = False,
        progress: Progress = NULL_PROGRESS,
    ) -> pd.DataFrame:
        """Return a symbol's bars as a UDFI frame.

        Args:
            symbol: symbol or base asset, "BTCUSDC" or "BTC"; letter case and spaces do not matter.
            timeframe: name or alias: "4h", "H4". One that the bank does not keep is derived from 1m for this call.
            start: first bar; None: all there are.
            end: last day (included) or end time (not included); None: all there are.
            download: fetch first what the bank lacks; the range is then as for `IngestionManager`.
            progress: hears of a download, and cancels it.

        Raises:
            UnsupportedTimeframeError: no such timeframe, or not one of this source.
            DataNotFoundError: nothing is stored there; the hint says what to do.
            UnknownSymbolError, SourceError: a download failed.
            DataError: the dates are not dates, or empty.
            StoreError: the bank failed.
        """
        wanted = self._timeframe(timeframe)
        name = self._symbol(symbol)
        if download:
            return self._manager.resample_from_1m_api(name, wanted.name, start, end, progress=progress)
        first_ms, last_ms = range_ms(start, end)
        try:
            return self._manager.store.read(self._manager.provider, name, wanted, first_ms, last_ms)
        except DataNotFoundError as error:
            return self._derived(name, wanted, first_ms, last_ms, error)

    def report(
        self, group: str, start: Moment = None, end: Moment = None, *, progress: Progress = NULL_PROGRESS
    ) -> DiversityReport:
        """Return who is in a group, what the bank has of each, and how alike their daily returns are.

        Raises:
            DataNotFoundError: no such group.
            DataError: the dates are not dates, or empty.
            StoreError: the bank failed.
        """
        first_ms, last_ms = range_ms(start, end)
        name = group_name(self.config.groups, group)
        symbols = self.list_symbols(name)
        provider = self._manager.provider
        return report_on(self._manager.store, provider, name, symbols, first_ms, last_ms, progress)

    def _derived(
        self, symbol: str, timeframe: Timeframe, first_ms: int | None, last_ms: int | None, missing: DataNotFoundError
    ) -> pd.DataFrame:
        """Return bars of a timeframe that is not kept, whole ones only; raise what is missing where 1m is too."""
        try:
            return derived(self._manager.store, self._manager.provider, symbol, timeframe, first_ms, last_ms)
        except DataNotFoundError:
            raise self._nothing(symbol, timeframe, missing) from missing

    def _nothing(self, symbol: str, timeframe: Timeframe, missing: DataNotFoundError) -> DataNotFoundError:
        if self._manager.store.manifest(self._manager.provider, symbol) is not None:
            return missing  # it says which bars there are
        known = self.list_symbols()
        near = difflib.get_close_matches(symbol, known, n=1)
        if symbol not in known and near:
            return DataNotFoundError(
                "{symbol} {timeframe}: nothing stored",
                hint="did you mean {near}?",
                symbol=symbol,
                timeframe=timeframe.name,
                near=near[0],
            )
        return DataNotFoundError(
            "{symbol} {timeframe}: nothing stored",
            hint="get_frame(..., download=True) fetches it, and so does: threadx download --symbols {symbol}",
            symbol=symbol,
            timeframe=timeframe.name,
        )

    def _timeframe(self, name: str) -> Timeframe:
        wanted = Timeframe.parse(name.strip() if isinstance(name, str) else name)
        if wanted.name not in self.supported_timeframes():
            raise UnsupportedTimeframeError(
                "{timeframe}: not offered here",
                hint="this source gives {names}",
                timeframe=wanted.name,
                names=" ".join(self.supported_timeframes()),
            )
        return wanted

    def _symbols(self, members: Iterable[str]) -> dict[str, None]:
        return dict.fromkeys(self._symbol(member) for member in members)

    def _symbol(self, member: str) -> str:
        """Return the symbol of a base asset or of itself."""
        return symbol_of("".join(member.split()).upper(), self.config.quote)
