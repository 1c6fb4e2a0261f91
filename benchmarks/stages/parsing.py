"""One page of 1000 bars, bytes in, typed arrays (a frame, a list) out."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from benchmarks.harness import OURS, Bench, Row, compared
from benchmarks.market import page
from threadx.exchange.decode import decode_page

NAMES = (
    "open_time", "open", "high", "low", "close", "volume", "close_time", "quote_volume", "trades", "taker_buy_base",
    "taker_buy_quote", "unused",
)  # fmt: skip


def rows(bench: Bench) -> Iterator[Row]:
    body, start_ms, end_ms = page()
    candidates: dict[str, Callable[[], object]] = {
        OURS: lambda: decode_page(body, start_ms, end_ms, "BTCUSDC 1m"),
        "json + pandas": lambda: by_pandas(body),
    }
    if importlib.util.find_spec("ccxt") is not None:
        candidates["ccxt"] = _ccxt(body, start_ms)
    _agree(body, start_ms, end_ms)
    timings = bench.measure(candidates, bench.rounds(60, 200))
    yield compared("parse a page", timings, "json + pandas", gate=5.0)
    if "ccxt" in candidates:
        yield compared("parse a page", timings, "ccxt", gate=4.0, note="json.loads + parse_ohlcvs, six columns, lists")


def by_pandas(body: bytes) -> pd.DataFrame:
    """Return the page as tutorials do it."""
    frame = pd.DataFrame(json.loads(body), columns=list(NAMES))
    decimals = [name for name in NAMES if name not in {"open_time", "close_time", "trades"}]
    frame[decimals] = frame[decimals].astype("float64")
    frame.index = pd.to_datetime(frame.pop("open_time"), unit="ms", utc=True)
    return frame.drop(columns=["close_time", "unused"])


def _ccxt(body: bytes, start_ms: int) -> Callable[[], object]:
    import ccxt  # noqa: PLC0415 - optional peer

    exchange = ccxt.binance()
    market = {"id": "BTCUSDC", "symbol": "BTC/USDC", "spot": True}
    return lambda: exchange.parse_ohlcvs(json.loads(body.decode()), market, "1m", start_ms, 1000)


def _agree(body: bytes, start_ms: int, end_ms: int) -> None:
    ours, pandas = decode_page(body, start_ms, end_ms, "BTCUSDC 1m"), by_pandas(body)
    for name in pandas.columns:
        np.testing.assert_array_equal(ours[name], pandas[name].to_numpy(), err_msg=name)
