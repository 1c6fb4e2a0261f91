"""Loading, looking for what is missing and completing it, in one place."""

from __future__ import annotations

import json
import subprocess
import sys

import pandas as pd
import pytest

from tests.data.legacy.shapes import FIVE, dicts, klines, lists, table, zipped
from tests.data.memory_source import DAY_MS, T0, MemorySource, minutes
from threadx.bars.resample import resample
from threadx.bars.schema import columns_from_frame, frame_from_columns
from threadx.data import UnifiedDataAdapter
from threadx.data.ingest import IngestionManager
from threadx.data.legacy_files import LegacyFiles
from threadx.data.udfi_contract import assert_udfi
from threadx.errors import DataNotFoundError, FileValidationError, UnsupportedTimeframeError
from threadx.store import Store

HOUR = 3_600_000
BTC = "BTCUSDC"


@pytest.fixture
def source():
    return MemorySource({BTC: minutes(T0, 5 * 1440)}, now_ms=T0 + 5 * DAY_MS)


@pytest.fixture
def adapter(settings, source):
    manager = IngestionManager(settings, source=source)
    return UnifiedDataAdapter(manager=manager)


def test_nothing_stored_is_an_error_not_an_empty_frame(adapter):
    with pytest.raises(DataNotFoundError):
        adapter.load_existing_candles(BTC, "1m")


def test_completed_range_loads_as_frame_and_as_records(adapter):
    adapter.verify_and_complete(BTC, "1h", "2023-03-20", "2023-03-21")
    frame = adapter.load_existing_candles(BTC, "H1")
    assert len(frame) == 48
    records = adapter.load_existing_candles(BTC, "1h", as_dataframe=False)
    assert records[0]["timestamp"] == frame.index[0]
    assert records[-1]["close"] == frame["close"].iloc[-1]


def test_missing_minutes_are_listed_with_their_cause(adapter):
    adapter.verify_and_complete(BTC, "1m", T0, T0 + 2 * HOUR)
    adapter.verify_and_complete(BTC, "1m", T0 + 4 * HOUR, T0 + 6 * HOUR)
    missing = adapter.detect_missing(BTC)
    assert missing.to_dict("records") == [
        {
            "start": pd.Timestamp("2023-03-20 02:00", tz="UTC"),
            "end": pd.Timestamp("2023-03-20 04:00", tz="UTC"),
            "minutes": 120,
            "cause": "not_fetched",
        }
    ]


def test_missing_widens_to_whole_bars_of_the_timeframe(adapter):
    adapter.verify_and_complete(BTC, "1m", T0, T0 + 90 * 60_000)
    assert list(adapter.detect_missing(BTC, "1h", T0, T0 + 90 * 60_000)["minutes"]) == [30]


def test_nothing_missing_is_a_table_without_rows(adapter):
    assert adapter.detect_missing(BTC).empty
    adapter.verify_and_complete(BTC, "1m", "2023-03-20", "2023-03-20")
    assert list(adapter.detect_missing(BTC).columns) == ["start", "end", "minutes", "cause"]
    assert adapter.detect_missing(BTC).empty


def test_completing_fetches_only_what_is_missing_and_doubles_no_bar(adapter, source):
    adapter.verify_and_complete(BTC, "1m", T0, T0 + 2 * HOUR)
    source.asked.clear()
    frame = adapter.verify_and_complete(BTC, "1m", T0, T0 + 3 * HOUR)
    assert source.minutes_asked(BTC) == 60
    assert len(frame) == 180
    assert frame.index.is_unique


def test_damaged_month_is_taken_out_and_fetched_again(adapter, source, settings):
    before = adapter.verify_and_complete(BTC, "1h", "2023-03-20", "2023-03-21")
    source.asked.clear()
    for file in (settings.paths.data_root / "processed").rglob("1m/**/*.parquet"):
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 0xFF
        file.chmod(0o644)
        file.write_bytes(data)  # in place: visible file and object are one
    after = adapter.verify_and_complete(BTC, "1h", "2023-03-20", "2023-03-20")
    pd.testing.assert_frame_equal(after, before.iloc[:24])
    assert source.minutes_asked(BTC) == 2880  # all that was lost, not only the range
    assert len(adapter.load_existing_candles(BTC, "1m")) == 2880


def test_single_file_of_an_older_version_is_read_where_the_bank_has_none(adapter, settings):
    folder = settings.paths.data_root / "processed" / "OLDUSDC"
    folder.mkdir(parents=True)
    frame = frame_from_columns(minutes(T0, 60))
    frame.reset_index().to_parquet(folder / "1m.parquet")
    loaded = adapter.load_existing_candles("OLDUSDC", "1m")
    assert list(loaded["close"]) == list(frame["close"])
    assert set(loaded["symbol"]) == {"OLDUSDC"}


def _lay(settings, name, content):
    settings.paths.legacy.mkdir(parents=True, exist_ok=True)
    (settings.paths.legacy / name).write_bytes(content)


def test_legacy_file_is_read_where_neither_bank_nor_flat_files_have_bars(adapter, settings):
    _lay(settings, "BTC_USDC-1m.json", lists(minutes(T0, 30)))
    _lay(settings, "BTCUSDC_1m.json", dicts(minutes(T0, 60)))
    frame = adapter.load_existing_candles(BTC, "1m")
    assert len(frame) == 60  # the plainest name
    assert str(frame.index.dtype) == "datetime64[ms, UTC]"
    assert set(frame["symbol"]) == {BTC}
    assert adapter.load_existing_candles(BTC, "M1", as_dataframe=False)[0]["timestamp"] == frame.index[0]
    with pytest.raises(DataNotFoundError):
        adapter.load_existing_candles(BTC, "1h")


def test_dumps_that_come_month_by_month_are_one_series(adapter, settings):
    """Of a folder of monthly files the first month was taken for all there is."""
    early, late = minutes(T0, 60), {**minutes(T0 + 50 * 60_000, 60), "volume": minutes(T0, 60)["volume"] + 1}
    rows = b"\n".join(",".join(map(str, row)).encode() for row in klines(late))
    _lay(settings, "BTCUSDC-1m-2023-03.csv", table(early, ("timestamp", *FIVE)))
    _lay(settings, "BTCUSDC-1m-2023-04.zip", zipped("BTCUSDC-1m-2023-04.csv", rows))
    frame = adapter.load_existing_candles(BTC, "1m")
    assert (len(frame), frame.index.is_monotonic_increasing, str(frame["trades"].dtype)) == (110, True, "Int64")
    assert frame["volume"].tolist() == [*early["volume"][:50], *late["volume"]]
    assert_udfi(frame)


def test_bank_comes_before_imported_bars_and_those_before_files(adapter, settings):
    hours = resample(frame_from_columns(minutes(T0, 180)), "1h")
    _lay(settings, "BTCUSDC_1h.json", dicts(columns_from_frame(hours)))
    assert len(adapter.load_existing_candles(BTC, "1h")) == 3
    store = Store(settings.paths.data_root, settings=settings)
    store.write("import", BTC, hours.iloc[:2], timeframe="1h")
    assert len(adapter.load_existing_candles(BTC, "1h")) == 2
    adapter.verify_and_complete(BTC, "1h", T0, T0 + HOUR)
    assert len(adapter.load_existing_candles(BTC, "1h")) == 1


def test_broken_legacy_file_says_why_instead_of_nothing_stored(adapter, settings):
    _lay(settings, "BTCUSDC_1m.json", b"<html>")
    with pytest.raises(FileValidationError, match="a web page"):
        adapter.load_existing_candles(BTC, "1m")


def test_legacy_bars_and_the_exchanges_never_double_a_bar(adapter, source, settings):
    legacy = minutes(T0 - 2 * HOUR, 180)  # two hours before the exchange's first, and one that both have
    _lay(settings, "BTCUSDC_1m.json", dicts({**legacy, "volume": legacy["volume"] * 1.5}))
    LegacyFiles(settings).convert(provider=source.name)
    assert list(adapter.detect_missing(BTC, "1m", T0 - 2 * HOUR, T0 + 3 * HOUR)["minutes"]) == [120]

    frame = adapter.verify_and_complete(BTC, "1m", T0 - 2 * HOUR, T0 + 3 * HOUR)

    assert source.minutes_asked(BTC) == 120
    assert frame.index.is_unique
    assert len(frame) == 300
    assert adapter.detect_missing(BTC).empty
    _lay(
        settings, "later.json", json.dumps({"symbol": BTC, "interval": "1m", "data": klines(minutes(T0, 240))}).encode()
    )
    (before,) = LegacyFiles(settings).convert([settings.paths.legacy / "later.json"], provider=source.name).files
    assert (before.taken.added, before.taken.conflicts) == (60, 40)  # the hour of the first file had other volumes
    whole = adapter.verify_and_complete(BTC, "1m", T0 - 2 * HOUR, T0 + 4 * HOUR)
    assert source.minutes_asked(BTC) == 120
    assert (whole.index.is_unique, len(whole)) == (True, 360)


def test_unknown_timeframe_is_refused(adapter):
    for call in (adapter.load_existing_candles, adapter.detect_missing, adapter.verify_and_complete):
        with pytest.raises(UnsupportedTimeframeError):
            call(BTC, "7m")


def test_package_loads_pandas_only_when_an_adapter_is_asked_for():
    code = "import sys, threadx.data; assert 'pandas' not in sys.modules; threadx.data.UnifiedDataAdapter"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_package_has_no_other_name():
    import threadx.data

    with pytest.raises(AttributeError, match="Nothing"):
        threadx.data.Nothing  # noqa: B018 - the access is the test
    assert "UnifiedDataAdapter" in dir(threadx.data)
