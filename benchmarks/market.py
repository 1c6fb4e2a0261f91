"""Invented bars, BTC-like and the same for one seed: what every stage works on."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

START = pd.Timestamp("2019-01-01", tz="UTC")
MINUTES_PER_YEAR = 525_600
MISSING_SHARE = 0.001
ZERO_VOLUME_SHARE = 0.01
SYMBOL = "BTCUSDC"


@lru_cache(maxsize=4)
def bars(years: float, *, seed: int = 42) -> pd.DataFrame:
    """Return the inner form (no `symbol`) of `years` of 1m bars: two-decimal prices, one minute in a thousand missing.

    One minute in a hundred has no trade: volume 0 and the price of the minute before.
    """
    chance = np.random.default_rng(seed)
    count = round(MINUTES_PER_YEAR * years)
    close = np.round(20_000 * np.exp(np.cumsum(chance.normal(0, 0.0004, count))), 2)
    opened = np.concatenate(([20_000.0], close[:-1]))
    spread = np.abs(chance.normal(0, 0.0003, (2, count)))
    high = np.round(np.maximum(opened, close) * (1 + spread[0]), 2)
    low = np.round(np.minimum(opened, close) * (1 - spread[1]), 2)
    volume = np.round(chance.gamma(1.5, 8.0, count), 5)
    quiet = chance.random(count) < ZERO_VOLUME_SHARE
    quiet[0] = False
    volume[quiet] = 0.0
    for column in (opened, high, low):  # the exchange's own habit: a minute without trades is flat
        column[quiet] = close[quiet]
    index = pd.date_range(START, periods=count, freq="min", unit="ms", name="timestamp")
    frame = pd.DataFrame({"open": opened, "high": high, "low": low, "close": close, "volume": volume}, index=index)
    return frame[_present(count, chance)]


@lru_cache(maxsize=4)
def wide_bars(years: float, *, seed: int = 42) -> pd.DataFrame:
    """Return `bars` with the exchange's four other columns."""
    frame = bars(years, seed=seed).copy()
    frame["quote_volume"] = (frame["volume"] * frame["close"]).round(8)
    frame["trades"] = (frame["volume"] * 40).astype("int64")
    frame["taker_buy_base"] = (frame["volume"] * 0.5).round(5)
    frame["taker_buy_quote"] = (frame["quote_volume"] * 0.5).round(8)
    return frame


def page(rows: int = 1000, *, seed: int = 42) -> tuple[bytes, int, int]:
    """Return the body of a klines reply in the exchange's own spelling, and the range it answers, in ms."""
    frame = wide_bars(0.01, seed=seed).head(rows)
    opened = frame.index.astype("int64").to_numpy()
    return body_of(frame), int(opened[0]), int(opened[-1]) + 60_000


def body_of(frame: pd.DataFrame) -> bytes:
    """Return bars as the body of a klines reply: compact rows, decimals as strings with eight digits."""
    opened = frame.index.astype("int64").tolist()
    decimals = {name: [f"{value:.8f}" for value in frame[name].tolist()] for name in frame.columns if name != "trades"}
    rows = [
        [time, *prices, volume, time + 59_999, quote, trades, base, taker, "0"]
        for time, prices, volume, quote, trades, base, taker in zip(
            opened,
            zip(*(decimals[name] for name in ("open", "high", "low", "close")), strict=True),
            decimals["volume"],
            decimals["quote_volume"],
            frame["trades"].tolist(),
            decimals["taker_buy_base"],
            decimals["taker_buy_quote"],
            strict=True,
        )
    ]
    return json.dumps(rows, separators=(",", ":")).encode()


def _present(count: int, chance: np.random.Generator) -> np.ndarray:
    """Missing minutes come in clusters of about an hour, as outages do."""
    present = np.ones(count, dtype=bool)
    for start in chance.integers(60, max(count - 60, 61), round(count * MISSING_SHARE / 60)):
        present[start : start + 60] = False
    return present


def real_bars() -> list[tuple[str, pd.DataFrame]]:
    """Return real 1m bars where they lie beside the project: sizes of invented bars prove little."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "real"
    names = ("BTCUSDT_1m_2023-03-20_31", "SUSHIBTC_1m_2023-04-10_16", "BTCUSDT_1m_2025-10-29_11-01_MIT")
    return [(name, _real(folder / f"{name}.parquet")) for name in names if (folder / f"{name}.parquet").is_file()]


def _real(path: Path) -> pd.DataFrame:
    frame = pd.read_parquet(path).drop(columns="close_time", errors="ignore")
    index = pd.to_datetime(frame.pop("open_time"), unit="ms", utc=True).astype("datetime64[ms, UTC]")
    frame.index = pd.DatetimeIndex(index, name="timestamp")
    return frame
