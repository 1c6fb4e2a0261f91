"""The records of a source: frozen, and honest about what can be traded."""

from __future__ import annotations

import dataclasses

import pytest

from tests.data.memory_source import MemorySource
from threadx.exchange.decode import empty_columns
from threadx.exchange.rest import BinanceRest
from threadx.exchange.source import MarketSource, Page, SymbolInfo


@pytest.mark.parametrize(("status", "tradable"), [("TRADING", True), ("BREAK", False), ("trading", False), ("", False)])
def test_only_trading_is_tradable(status, tradable):
    assert SymbolInfo("BTCUSDC", status, "BTC", "USDC", 0.01).tradable is tradable


def test_pages_cannot_be_changed_on_their_way():
    page = Page(0, 60_000, empty_columns())
    with pytest.raises(dataclasses.FrozenInstanceError):
        page.start_ms = 1


def test_every_source_has_every_member_of_the_protocol():
    promised = {name for name in vars(MarketSource) if not name.startswith("_")}
    for source in (BinanceRest, MemorySource):
        assert promised <= set(dir(source))
