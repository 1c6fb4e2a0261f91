from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from threadx.bars.schema import index_from_ms
from threadx.bars.timeframe import TIMEFRAMES
from threadx.data.base_path import place_of, spacing_of
from threadx.errors import DataError, FileValidationError, UDFIIndexError, UnsupportedTimeframeError
from threadx.store.layout import LOCAL_PROVIDER

DAY_MS = 86_400_000


def test_the_data_root_is_the_parent_of_the_nearest_processed(tmp_path):
    place = place_of(tmp_path / "processed" / "bank" / "processed" / "binance" / "BTCUSDT", "BTCUSDT")
    assert place.data_root == tmp_path / "processed" / "bank"
    assert (place.series.provider, place.series.symbol, place.timeframe) == ("binance", "BTCUSDT", None)


def test_a_last_folder_names_the_timeframe(tmp_path):
    place = place_of(tmp_path / "processed" / "binance" / "BTCUSDT" / "1h", "BTCUSDT")
    assert place.timeframe.name == "1h"


def test_text_and_relative_paths_are_taken_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert place_of("data/processed/binance/BTC-USD/../BTC-USD/1m", "BTC-USD").data_root == tmp_path / "data"


def test_any_other_folder_is_a_bank_of_its_own(tmp_path):
    place = place_of(tmp_path / "mine", "BTCUSDT")
    assert place.layout.flat
    assert place.data_root is None
    assert place.series.provider == LOCAL_PROVIDER
    assert place.layout.control == tmp_path / "mine.threadx"


@pytest.mark.parametrize("inner", [".", "binance", "binance/BTCUSDT/1m/year=2024"])
def test_places_in_the_tree_that_belong_to_no_symbol_are_refused(tmp_path, inner):
    with pytest.raises(DataError, match="not the place of one symbol"):
        place_of(tmp_path / "processed" / inner, "BTCUSDT")


def test_a_folder_of_another_symbol_is_refused(tmp_path):
    with pytest.raises(DataError, match="belongs to ETHUSDT"):
        place_of(tmp_path / "processed" / "binance" / "ETHUSDT", "BTCUSDT")


def test_a_data_root_itself_is_no_bank_of_its_own(tmp_path):
    (tmp_path / "data" / ".threadx").mkdir(parents=True)
    with pytest.raises(DataError, match="data root"):
        place_of(tmp_path / "data", "BTCUSDT")


@pytest.mark.parametrize("symbol", ["", "../evil", "btcusdt", "BTC/USDT", "BTC\n"])
def test_symbols_that_cannot_become_a_path_are_refused(tmp_path, symbol):
    with pytest.raises(FileValidationError):
        place_of(tmp_path / "mine", symbol)


def test_an_unknown_timeframe_folder_is_refused(tmp_path):
    with pytest.raises(UnsupportedTimeframeError):
        place_of(tmp_path / "processed" / "binance" / "BTCUSDT" / "7m", "BTCUSDT")


@pytest.mark.parametrize("timeframe", TIMEFRAMES, ids=str)
def test_the_smallest_spacing_names_every_timeframe(timeframe):
    times = [timeframe.floor(20_000 * DAY_MS)]
    for _ in range(40):
        times.append(timeframe.next(times[-1]))
    del times[3]
    assert spacing_of(index_from_ms(np.array(times))) == timeframe
    assert spacing_of(index_from_ms(np.array(times[::-1]))) == timeframe


def test_a_repeated_time_is_no_spacing():
    assert spacing_of(index_from_ms(np.array([0, 0, 60_000]))).name == "1m"


@pytest.mark.parametrize("times", [[], [0], [0, 0], [0, 7 * 60_000]])
def test_a_frame_that_tells_no_timeframe_is_refused(times):
    with pytest.raises(DataError, match="timeframe"):
        spacing_of(index_from_ms(np.array(times, dtype=np.int64)))


def test_a_naive_index_is_refused():
    with pytest.raises(UDFIIndexError):
        spacing_of(pd.DatetimeIndex(["2024-01-01", "2024-01-02"]))


def test_a_file_is_no_place_for_bars(tmp_path):
    (tmp_path / "BTC.parquet").write_bytes(b"?")
    with pytest.raises(FileValidationError, match="a file"):
        place_of(tmp_path / "BTC.parquet", "BTC")


@pytest.mark.parametrize("inner", [".threadx", ".threadx/series", "mine.threadx", "mine.threadx/series/local"])
def test_a_place_among_control_files_is_refused(tmp_path, inner):
    with pytest.raises(DataError, match="control files"):
        place_of(tmp_path / inner, "BTC")


def test_the_top_of_a_disk_is_no_place_for_bars():
    with pytest.raises(DataError, match="no folder of its own"):
        place_of("/", "BTC")
