"""What the engine is made of, each part when it is first asked for: source, bank, tables, and what comes on top."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar, overload

from threadx.bridge.inventory import Inventory
from threadx.bridge.market import Market
from threadx.config import Settings
from threadx.data.source import open_source
from threadx.exchange.rest import BinanceRest
from threadx.store import Store

if TYPE_CHECKING:  # each loads when it is first asked for
    from threadx.data.bank_snapshots import BankSnapshots
    from threadx.data.legacy_files import LegacyFiles
    from threadx.data.snapshots import SnapshotStore
    from threadx.data.tokens import TokenManager
    from threadx.indicators.bank import IndicatorBank

__all__ = ["Service", "Services"]

Made = TypeVar("Made")


class Service(Generic[Made]):
    """An attribute that is made when it is first asked for, once, whichever threads ask."""

    def __init__(self, make: Callable[[Any], Made]) -> None:
        """Take what makes it from its owner; that may ask for other services."""
        self._make = make
        self._name = ""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    @overload
    def __get__(self, owner: None, kind: type) -> Self: ...
    @overload
    def __get__(self, owner: Services, kind: type) -> Made: ...
    def __get__(self, owner: Services | None, kind: type) -> Self | Made:
        if owner is None:
            return self
        made = owner.made.get(self._name)
        if made is None:
            with owner.making:
                made = owner.made.get(self._name)
                if made is None:
                    made = owner.made[self._name] = self._make(owner)
        return made


def _source(owner: Services) -> BinanceRest:
    source = open_source(owner.settings)
    if owner.closed:
        source.close()
    return source


def _snapshots(owner: Services) -> SnapshotStore:
    from threadx.data.snapshots import SnapshotStore  # noqa: PLC0415 - when it is asked for

    return SnapshotStore(owner.settings)


def _bank_snapshots(owner: Services) -> BankSnapshots:
    from threadx.data.bank_snapshots import BankSnapshots  # noqa: PLC0415 - when it is asked for

    return BankSnapshots(owner.store, owner.snapshots)


def _universe(owner: Services) -> TokenManager:
    from threadx.data.tokens import TokenManager  # noqa: PLC0415 - when it is asked for

    return TokenManager(owner.settings, source=owner.source, store=owner.store, snapshots=owner.snapshots)


def _legacy(owner: Services) -> LegacyFiles:
    from threadx.data.legacy_files import LegacyFiles  # noqa: PLC0415 - when it is asked for

    return LegacyFiles(owner.settings, store=owner.store)


def _indicators(owner: Services) -> IndicatorBank:
    from threadx.indicators.bank import IndicatorBank  # noqa: PLC0415 - when it is asked for

    return IndicatorBank(owner.store)


class Services:
    """One source, one bank and what works with them. Any number of worker threads may use them at once."""

    source = Service[BinanceRest](_source)
    store = Service(lambda owner: Store(owner.settings.paths.data_root, settings=owner.settings))
    market = Service(lambda owner: Market(owner.settings, owner.store, owner.source))
    inventory = Service(lambda owner: Inventory(owner.store))
    snapshots = Service(_snapshots)
    bank_snapshots = Service(_bank_snapshots)
    universe = Service(_universe)
    legacy = Service(_legacy)
    indicators = Service(_indicators)

    def __init__(self, settings: Settings) -> None:
        """Open nothing yet."""
        self.settings = settings
        self.made: dict[str, Any] = {}
        self.making = threading.RLock()
        self.closed = False
        self._replaced: list[Any] = []

    def adopt(self, settings: Settings) -> None:
        """Work with changed settings of the same source and bank from now on; calls under way end as they began."""
        with self.making:
            self.settings = settings
            for name in set(self.made) - {"source", "store", "inventory"}:
                self._replaced.append(self.made.pop(name))  # made anew when it is asked for
            if "store" in self.made:
                self.store.adopt(settings)
            if "source" in self.made:
                self.source.set_weight_share(settings.limits.weight_share)

    @property
    def opened_source(self) -> BinanceRest | None:
        """The source where somebody has asked for it already. Never waits."""
        return self.made.get("source")

    def close(self) -> None:
        """End the connections, where any were opened; a call that still needs them fails."""
        with self.making:
            self.closed = True
            made = [*self.made.values(), *self._replaced]
        for each in reversed(made):
            if hasattr(each, "close"):
                each.close()
