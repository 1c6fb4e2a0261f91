"""ticker/24hr: the last day of one symbol, FULL or MINI."""

from __future__ import annotations

from threadx.demo.rows import UNIT, Rows, decimal_text
from threadx.demo.symbols import Listing

__all__ = ["DAY_MS", "ticker_24h"]

DAY_MS = 86_400_000
_FULL_ONLY = (
    "priceChange", "priceChangePercent", "weightedAvgPrice", "prevClosePrice", "lastQty",
    "bidPrice", "bidQty", "askPrice", "askQty",
)  # fmt: skip


def ticker_24h(listing: Listing, day: Rows, now_ms: int, *, mini: bool) -> dict[str, object]:
    """Return the ticker for the bars of the last 24 hours; all zero for a symbol without any."""
    opened, last = (int(day.prices[0][0]), int(day.prices[3][-1])) if len(day) else (0, 0)
    high, low = (int(day.prices[1].max()), int(day.prices[2].min())) if len(day) else (0, 0)
    volume, quote = (int(whole.sum()) * UNIT + int(parts.sum()) for whole, parts in day.amounts[:2])
    if not quote:  # replayed bars may lack it, and pairs are ranked by it
        quote = round(float(((day.amounts[0, 0] + day.amounts[0, 1] / UNIT) * day.prices[3]).sum()))
    count = int(day.trades.sum())
    tick = 10 ** (8 - listing.price_decimals)
    first_id = now_ms // 1000 if count else -1
    full: dict[str, object] = {
        "symbol": listing.symbol,
        "priceChange": decimal_text(last - opened),
        "priceChangePercent": f"{(last - opened) / opened * 100 if opened else 0:.3f}",
        "weightedAvgPrice": decimal_text(quote * UNIT // volume if volume else 0),
        "prevClosePrice": decimal_text(opened),
        "lastPrice": decimal_text(last),
        "lastQty": decimal_text(10 ** (8 - listing.volume_decimals) if count else 0),
        "bidPrice": decimal_text(max(last - tick, 0)),
        "bidQty": decimal_text(UNIT if last else 0),
        "askPrice": decimal_text(last + tick if last else 0),
        "askQty": decimal_text(UNIT if last else 0),
        "openPrice": decimal_text(opened),
        "highPrice": decimal_text(high),
        "lowPrice": decimal_text(low),
        "volume": decimal_text(volume),
        "quoteVolume": decimal_text(quote),
        "openTime": now_ms - DAY_MS,
        "closeTime": now_ms,
        "firstId": first_id,
        "lastId": first_id + count - 1 if count else -1,
        "count": count,
    }
    return {name: value for name, value in full.items() if not (mini and name in _FULL_ONLY)}
