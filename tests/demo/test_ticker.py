from __future__ import annotations

from threadx.demo.rows import NO_ROWS
from threadx.demo.symbols import Listing
from threadx.demo.ticker import ticker_24h

FULL = {
    "symbol", "priceChange", "priceChangePercent", "weightedAvgPrice", "prevClosePrice", "lastPrice", "lastQty",
    "bidPrice", "bidQty", "askPrice", "askQty", "openPrice", "highPrice", "lowPrice", "volume", "quoteVolume",
    "openTime", "closeTime", "firstId", "lastId", "count",
}  # fmt: skip
MINI = {
    "symbol", "lastPrice", "openPrice", "highPrice", "lowPrice", "volume", "quoteVolume", "openTime", "closeTime",
    "firstId", "lastId", "count",
}  # fmt: skip


def test_fields_of_both_kinds_even_without_a_bar():
    listing = Listing("AUSDC", "A", "USDC")
    assert set(ticker_24h(listing, NO_ROWS, 0, mini=False)) == FULL
    assert set(ticker_24h(listing, NO_ROWS, 0, mini=True)) == MINI
