"""Previews straight from the exchange: UDFI frames, dates as people write them, nothing stored."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.data.memory_source import MINUTE_MS, T0, MemorySource, minutes
from threadx.bars.schema import EXPECTED_DTYPES
from threadx.data.loader import BinanceDataLoader
from threadx.data.udfi_contract import assert_udfi
from threadx.demo import DemoExchange
from threadx.errors import DataError, UnknownSymbolError, UnsupportedTimeframeError
from threadx.progress import Progress, ProgressEvent

NOW_MS = T0 + 4000 * MINUTE_MS


@pytest.fixture
def source() -> MemorySource:
    return MemorySource({"BTCUSDC": minutes(T0, 4000)}, now_ms=NOW_MS)


@pytest.fixture
def loader(settings, source) -> BinanceDataLoader:
    return BinanceDataLoader(settings, source=source)


def test_a_loaded_frame_keeps_the_data_contract(loader):
    frame = loader.load("BTCUSDC", "1m", "2023-03-20", "2023-03-20")
    assert_udfi(frame)
    assert len(frame) == 1440
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        name: EXPECTED_DTYPES[name] for name in frame.columns
    }
    assert set(frame["symbol"]) == {"BTCUSDC"}


def test_a_bare_end_day_is_included_and_an_end_time_is_not(loader):
    by_time = loader.load("BTCUSDC", "M1", "2023-03-20 00:10", "2023-03-20 00:20")
    assert by_time.index[0] == pd.Timestamp("2023-03-20 00:10", tz="UTC")
    assert len(by_time) == 10


def test_without_dates_the_last_bars_come(loader):
    frame = loader.load("BTCUSDC", "1m")
    assert len(frame) == 500
    assert frame.index[-1] == pd.Timestamp(NOW_MS - MINUTE_MS, unit="ms", tz="UTC")


def test_no_bars_are_a_frame_without_rows(loader):
    frame = loader.load("BTCUSDC", "1m", "2023-03-01", "2023-03-01")
    assert_udfi(frame)
    assert frame.empty


def test_a_start_after_now_gives_no_rows_either(loader):
    assert loader.load("BTCUSDC", "1m", "2030-01-01").empty


def test_bars_that_break_the_contract_are_left_out_and_counted(settings):
    bars = minutes(T0, 100)
    bars["high"][7] = 0.5
    bars["volume"][9] = -1.0
    source = MemorySource({"BTCUSDC": bars}, now_ms=T0 + 100 * MINUTE_MS)
    frame = BinanceDataLoader(settings, source=source).load("BTCUSDC", "1m", "2023-03-20")
    assert len(frame) == 98
    assert frame.attrs["quarantined"] == 2
    assert_udfi(frame)


def test_progress_counts_bars(loader):
    seen: list[ProgressEvent] = []
    loader.load("BTCUSDC", "1m", "2023-03-20", "2023-03-21", progress=Progress(seen.append))
    assert [(event.done, event.total, event.unit) for event in seen] == [
        (1000, 2880, "bars"),
        (2000, 2880, "bars"),
        (2880, 2880, "bars"),
    ]


def test_mistakes_are_told(loader):
    with pytest.raises(UnsupportedTimeframeError):
        loader.load("BTCUSDC", "7m")
    with pytest.raises(DataError):
        loader.load("BTCUSDC", "1m", "2023-03-21", "2023-03-20")
    with pytest.raises(UnknownSymbolError):
        loader.load("NOSUCH", "1m", "2023-03-20", "2023-03-20")


@pytest.mark.parametrize("timeframe", ["1m", "15m", "1d", "1w", "1mo"])
def test_the_exchanges_own_bars_of_any_timeframe_come_over_http(settings, timeframe):
    with DemoExchange(now=1_717_243_200_000) as exchange:
        loader = BinanceDataLoader(settings.with_source(exchange.url, "demo"))
        frame = loader.load("BTCUSDT", timeframe, "2024-04-25", "2024-05-02")
        assert_udfi(frame)
        start_ms, end_ms = (int(pd.Timestamp(day, tz="UTC").timestamp()) * 1000 for day in ("2024-04-25", "2024-05-03"))
        interval = "1M" if timeframe == "1mo" else timeframe
        right = exchange.market.columns("BTCUSDT", interval, start_ms, end_ms)
        assert frame["close"].tolist() == right["close"].tolist()
        assert len(frame) == {"1m": 11_520, "15m": 768, "1d": 8, "1w": 1, "1mo": 1}[timeframe]


def test_the_source_of_the_settings_is_closed_after_each_call(settings):
    with DemoExchange(now=1_717_243_200_000) as exchange:
        loader = BinanceDataLoader(settings.with_source(exchange.url, "demo"))
        loader.load("BTCUSDT", "1h", "2024-05-01", "2024-05-02")
        assert not list(settings.paths.data_root.glob("**/*"))
