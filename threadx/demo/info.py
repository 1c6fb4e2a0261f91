"""exchangeInfo: what the exchange says about itself and its symbols (rest-api.md, seen 2026-07)."""

from __future__ import annotations

from collections.abc import Iterable

from threadx.demo.symbols import Listing

__all__ = ["exchange_info", "permission_sets"]

_ORDER_TYPES = ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"]
_STP_MODES = ["NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT"]


def exchange_info(
    now_ms: int, weight_limit: int, known: Iterable[tuple[Listing, str]], *, show_permission_sets: bool
) -> dict[str, object]:
    """Return the reply for the given symbols with their status."""
    return {
        "timezone": "UTC",
        "serverTime": now_ms,
        "rateLimits": _rate_limits(weight_limit),
        "exchangeFilters": [],
        "symbols": [_entry(listing, status, show_permission_sets=show_permission_sets) for listing, status in known],
    }


def permission_sets(listing: Listing) -> list[list[str]]:
    """Return the sets of permissions with which the symbol may be traded."""
    margin = listing.activity >= 1.0
    return [["SPOT", *(["MARGIN"] if margin else []), "TRD_GRP_004", "TRD_GRP_005"]]


def _rate_limits(weight_limit: int) -> list[dict[str, object]]:
    rows = (
        ("REQUEST_WEIGHT", "MINUTE", 1, weight_limit),
        ("ORDERS", "SECOND", 10, 100),
        ("ORDERS", "DAY", 1, 200_000),
        ("RAW_REQUESTS", "MINUTE", 5, 300_000),
    )
    return [
        {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}
        for kind, interval, number, limit in rows
    ]


def _entry(listing: Listing, status: str, *, show_permission_sets: bool) -> dict[str, object]:
    entry: dict[str, object] = {
        "symbol": listing.symbol,
        "status": status,
        "baseAsset": listing.base,
        "baseAssetPrecision": 8,
        "quoteAsset": listing.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": _ORDER_TYPES,
        "icebergAllowed": True,
        "ocoAllowed": True,
        "otoAllowed": True,
        "opoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": True,
        "cancelReplaceAllowed": True,
        "amendAllowed": True,
        "pegInstructionsAllowed": True,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": listing.activity >= 1.0,
        "filters": _filters(listing),
        "permissions": [],
        "permissionSets": permission_sets(listing) if show_permission_sets else None,
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": _STP_MODES,
    }
    if not show_permission_sets:
        del entry["permissionSets"]
    return entry | listing.extra


def _filters(listing: Listing) -> list[dict[str, object]]:
    tick = f"{10.0**-listing.price_decimals:.8f}"
    step = f"{10.0**-listing.volume_decimals:.8f}"
    least = "0.00010000" if listing.quote == "BTC" else "5.00000000"
    return [
        {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "1000000.00000000", "tickSize": tick},
        {"filterType": "LOT_SIZE", "minQty": step, "maxQty": "9000000000.00000000", "stepSize": step},
        {"filterType": "ICEBERG_PARTS", "limit": 100},
        {
            "filterType": "NOTIONAL",
            "minNotional": least,
            "applyMinToMarket": True,
            "maxNotional": "9000000.00000000",
            "applyMaxToMarket": False,
            "avgPriceMins": 5,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200},
    ]
