"""Legacy files into the bank: what is stored stays, what differs is reported, what is done is not done again."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pickle
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.data.legacy.shapes import FIVE, dicts, klines, lists, some, table
from tests.data.memory_source import T0, minutes
from tests.real import needs_real, real_frame
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.resample import resample
from threadx.bars.schema import OPEN_TIME, columns_from_frame, frame_from_columns
from threadx.config import Settings
from threadx.data.export import export_bars
from threadx.data.legacy_files import FileState, LegacyFiles, _inspected
from threadx.errors import (
    ConfigError,
    ConflictError,
    DataNotFoundError,
    FileValidationError,
    JobCancelled,
    ThreadXError,
)
from threadx.progress import Progress
from threadx.store import Store

BTC = "BTCUSDT"
MINUTE = 60_000
BARS = minutes(T0, 180)


def clock():
    return datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(settings):
    return Store(settings.paths.data_root, settings=settings)


@pytest.fixture
def legacy(settings, store):
    settings.paths.legacy.mkdir(parents=True)
    return LegacyFiles(settings, store=store, clock=clock)


@pytest.fixture
def put(settings, legacy):
    """Write a file into the legacy folder."""

    def call(name, content):
        (settings.paths.legacy / name).parent.mkdir(parents=True, exist_ok=True)
        (settings.paths.legacy / name).write_bytes(content)

    return call


def hours(columns):
    return columns_from_frame(resample(frame_from_columns(columns), "1h"))


def equal(frame, columns):
    stored = columns_from_frame(frame)
    for name in columns:
        np.testing.assert_array_equal(stored[name], columns[name], name)
    return len(frame) == len(columns[OPEN_TIME])


def test_minutes_become_truth_with_everything_derived_from_them(legacy, put, store):
    put("BTCUSDT_1m.json", json.dumps(klines(BARS)).encode())
    report = legacy.convert()
    assert (report.ok, report.added, report.files[0].state) == (True, 180, FileState.IMPORTED)
    assert equal(store.read("binance", BTC, "1m"), BARS)
    assert store.manifest("binance", BTC).is_derived("1h")
    assert "taken up from BTCUSDT_1m.json" in store.history("binance", BTC)[-1].reason


def test_the_same_content_is_not_taken_up_twice_however_new_the_file_looks(legacy, put, store, settings):
    put("BTCUSDT_1m.json", dicts(BARS))
    legacy.convert()
    put("BTCUSDT_1m.json", dicts(BARS))  # written again: another time, the same content
    assert [each.state for each in legacy.convert().files] == [FileState.UP_TO_DATE]
    assert [each.state for each in legacy.preview()] == [FileState.UP_TO_DATE]
    assert len(store.history("binance", BTC)) == 1


def test_changed_content_is_taken_up_although_the_file_looks_old(legacy, put, store):
    put("BTCUSDT_1m.json", dicts(some(BARS, slice(60))))
    legacy.convert()
    put("BTCUSDT_1m.json", dicts(BARS))
    assert legacy.convert().added == 120


def test_what_was_undone_is_taken_up_again(legacy, put, store):
    put("BTCUSDT_1m.json", dicts(BARS))
    legacy.convert()
    store.delete("binance", BTC)
    assert legacy.convert().added == 180


def test_one_content_under_two_names_is_two_symbols(legacy, put, store):
    put("BTCUSDT_1m.json", dicts(BARS))
    put("ETHUSDT_1m.json", dicts(BARS))
    assert legacy.convert().added == 360
    assert legacy.convert(provider="other").added == 360
    assert store.series() == [(provider, name) for provider in ("binance", "other") for name in (BTC, "ETHUSDT")]


def test_stored_bars_stay_and_differing_ones_are_reported(legacy, put, store):
    store.write("binance", BTC, frame_from_columns(some(BARS, slice(100))))
    wrong = {**BARS, "volume": np.where(np.arange(180) == 50, 7.0, BARS["volume"])}
    put("BTCUSDT_1m.json", dicts(wrong))
    taken = legacy.convert().files[0].taken
    assert (taken.added, taken.equal, taken.conflicts) == (80, 99, 1)
    values = taken.conflict_values.to_dict("records")
    when = pd.Timestamp(T0 + 50 * MINUTE, unit="ms", tz="UTC")
    assert values == [{"timestamp": when, "column": "volume", "stored": BARS["volume"][50], "fetched": 7.0}]
    assert equal(store.read("binance", BTC, "1m")[list(BARS)[1:]], BARS | {
        name: np.where(np.arange(180) < 100, values.astype(float), np.nan)
        for name, values in BARS.items()
        if name in ("quote_volume", "trades", "taker_buy_base", "taker_buy_quote")
    })  # fmt: skip


def test_minutes_that_the_exchange_has_not_are_left_out(legacy, put, store):
    hole = Interval(T0 + 10 * MINUTE, T0 + 15 * MINUTE)
    defect = Interval(T0 + 20 * MINUTE, T0 + 22 * MINUTE)
    kept = [*range(10), *range(15, 20), *range(22, 30)]
    gaps = [Gap(hole, GapCause.OUTAGE), Gap(defect, GapCause.SOURCE_DEFECT)]
    store.write("binance", BTC, frame_from_columns(some(BARS, kept)), empty=gaps)
    put("BTCUSDT_1m.json", dicts(BARS))
    taken = legacy.convert().files[0].taken
    assert (taken.denied, taken.added, taken.conflicts) == (5, 152, 0)
    assert store.coverage("binance", BTC).stored == (
        Interval(T0, hole.start_ms),
        Interval(hole.end_ms, T0 + 180 * MINUTE),
    )
    assert [each.state for each in legacy.convert().files] == [FileState.UP_TO_DATE]


def test_hours_without_minutes_are_kept_apart_and_not_as_derived(legacy, put, store):
    put("BTC_USDT-1h.json", lists(hours(BARS)))
    taken = legacy.convert().files[0].taken
    assert (taken.provider, taken.stored, taken.derived, taken.added, taken.compared) == ("import", True, False, 3, 0)
    assert not store.manifest("import", BTC).is_derived("1h")
    assert store.manifest("binance", BTC) is None
    assert store.history("import", BTC)[-1].reason == "taken up from BTC_USDT-1h.json, not derived from 1m"


def test_hours_that_follow_from_stored_minutes_are_compared_only(legacy, put, store):
    wrong = hours(BARS)
    wrong["high"] = wrong["high"] + [0, 5, 0]
    put("BTCUSDT_1h.json", dicts(wrong))
    put("BTCUSDT_1m.json", json.dumps(klines(BARS)).encode())
    report = legacy.convert()
    assert [each.state for each in report.files] == [FileState.IMPORTED, FileState.COMPARED]  # 1m first
    taken = report.files[1].taken
    assert (taken.stored, taken.compared, taken.differing, taken.provider) == (False, 3, 1, "binance")
    assert list(taken.differing_values["column"]) == ["high"]
    assert store.series() == [("binance", BTC)]
    assert legacy.convert().count(FileState.UP_TO_DATE) == 2


def test_hours_that_reach_beyond_the_minutes_are_kept_and_compared_where_they_can_be(legacy, put, store):
    put("BTCUSDT_1m.json", dicts(some(BARS, slice(120))))
    put("BTCUSDT_1h.json", dicts(hours(BARS)))
    taken = legacy.convert().files[1].taken
    assert (taken.provider, taken.added, taken.compared, taken.differing) == ("import", 3, 2, 0)


def test_hours_that_were_derived_from_the_same_minutes_are_not_taken_for_foreign_ones(legacy, put, store):
    part = some(BARS, slice(7, 150))  # begins and ends amid an hour
    store.write("binance", BTC, frame_from_columns(part))
    put("BTCUSDT_1h.json", dicts(hours(part)))
    taken = legacy.convert().files[0].taken
    assert (taken.stored, taken.compared, taken.differing) == (False, 3, 0)


def test_a_compared_file_is_taken_up_once_its_minutes_are_gone(legacy, put, store):
    put("BTCUSDT_1h.json", dicts(hours(BARS)))
    store.write("binance", BTC, frame_from_columns(BARS))
    assert legacy.convert().files[0].state is FileState.COMPARED
    store.delete("binance", BTC)
    assert legacy.convert().files[0].taken.provider == "import"


def test_minutes_do_not_go_where_bars_are_that_are_not_derived(legacy, put):
    with pytest.raises(ConfigError, match="import: this name is for bars that do not come from 1m bars"):
        legacy.convert(provider="import")


def test_hours_of_a_symbol_with_minutes_under_import_fail_with_the_reason(legacy, put, store):
    store.write("import", BTC, frame_from_columns(BARS))
    put("BTCUSDT_1h.json", dicts(hours(BARS)))
    report = legacy.convert()
    assert isinstance(report.failed[0].failure, ConflictError)
    assert not report.ok


def test_foreign_hours_that_cannot_make_room_for_minutes_are_told_in_the_right_words(store):
    """The message said that the 1h bars cannot be written, to somebody who wrote 1m bars."""
    store.write("import", BTC, frame_from_columns(BARS))
    store.write("binance", BTC, frame_from_columns(hours(BARS)), timeframe="1h")
    with pytest.raises(ConflictError, match="its 1h bars must make room for 1m bars, and import BTCUSDT") as caught:
        store.write("binance", BTC, frame_from_columns(BARS))
    assert "threadx delete --symbols BTCUSDT --provider binance --timeframes 1h" in caught.value.hint
    assert store.manifest("binance", BTC).timeframes == ("1h",)


def test_rows_that_are_no_bars_are_kept_beside_the_bank(legacy, put, store):
    rows = json.loads(dicts(BARS))
    rows[3]["high"] = "42,1"
    put("BTCUSDT_1m.json", json.dumps(rows).encode())
    report = legacy.convert()
    assert (report.set_aside, report.added) == (1, 179)
    line = json.loads(Path(report.files[0].taken.aside).read_text())
    assert (line["row"], line["high"], line["reason"]) == (4, "42,1", "high:present")


def test_a_dry_run_writes_nothing(legacy, put, settings):
    put("BTCUSDT_1m.json", dicts(BARS))
    before = sorted(settings.paths.data_root.rglob("*"))
    report = legacy.convert(dry_run=True)
    assert [each.state for each in report.files] == [FileState.PREVIEWED]
    assert sorted(settings.paths.data_root.rglob("*")) == before


def test_no_source_is_touched(legacy, put, settings):
    put("BTCUSDT_1m.json", dicts(BARS))
    put("broken.json", b"{")
    files = sorted(settings.paths.legacy.iterdir())
    before = [(hashlib.sha256(each.read_bytes()).hexdigest(), each.stat().st_mtime_ns) for each in files]
    legacy.convert()
    assert [(hashlib.sha256(each.read_bytes()).hexdigest(), each.stat().st_mtime_ns) for each in files] == before


@pytest.mark.parametrize("compression", ["snappy", "zstd"])
def test_the_bank_is_written_as_compressed_as_asked(legacy, put, settings, compression):
    import pyarrow.parquet as pq

    put("BTCUSDT_1m.json", dicts(BARS))
    legacy.convert(compression=compression)
    files = list((settings.paths.data_root / "processed").rglob("*.parquet"))
    assert files
    for file in files:
        assert pq.ParquetFile(file).metadata.row_group(0).column(0).compression == compression.upper()


def test_an_unknown_compression_is_refused(legacy, put):
    with pytest.raises(ConfigError, match="rar: no such compression"):
        legacy.convert(compression="rar")


def test_folders_are_searched_to_any_depth_and_files_taken_whatever_they_are_called(legacy, put, settings, tmp_path):
    put("a/b/BTCUSDT_1m.json", dicts(BARS))
    put("a/.hidden/ETHUSDT_1m.json", dicts(BARS))
    put("a/notes.md", b"# notes")
    odd = tmp_path / "ETHUSDT_1m.bak"
    odd.write_bytes(dicts(BARS))
    report = legacy.convert([settings.paths.legacy, odd, tmp_path / "nowhere"])
    assert [(each.path.name, each.state) for each in report.files] == [
        ("nowhere", FileState.FAILED),
        ("ETHUSDT_1m.bak", FileState.IMPORTED),
        ("BTCUSDT_1m.json", FileState.IMPORTED),
    ]


def test_the_banks_own_files_are_passed_over(legacy, put, settings, store):
    """`convert data` took the hours of the bank for foreign ones."""
    put("BTCUSDT_1m.json", dicts(BARS))
    legacy.convert()
    (settings.paths.data_root / "selection" / "dt=20240101").mkdir(parents=True)
    (settings.paths.data_root / "selection" / "dt=20240101" / "tokens.json").write_text("[]")
    settings.paths.selection_json.write_text("[]")
    (settings.paths.data_root / "selection" / "archive-202312.zip").write_bytes(b"PK\x03\x04")
    assert [each.state for each in legacy.convert([settings.paths.data_root]).files] == [FileState.UP_TO_DATE]
    for inside in ("processed", "processed/binance"):
        with pytest.raises(DataNotFoundError):
            legacy.convert([settings.paths.data_root / inside])
    assert store.series() == [("binance", BTC)]


def test_nothing_to_take_up_is_an_error_that_says_where(legacy, settings):
    with pytest.raises(DataNotFoundError, match="no JSON, CSV, Parquet or Feather file"):
        legacy.convert()
    settings.paths.legacy.rmdir()
    with pytest.raises(DataNotFoundError):
        legacy.convert()


def test_a_file_that_may_not_be_read_is_reported(legacy, put, settings):
    import os

    put("BTCUSDT_1m.json", dicts(BARS))
    path = settings.paths.legacy / "BTCUSDT_1m.json"
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("whoever runs this may read everything")
    assert "cannot be read: Permission denied" in legacy.convert().failed[0].error


def test_files_are_counted_and_cancel_is_heard(legacy, put):
    heard = []
    for name in ("BTCUSDT", "ETHUSDT", "SOLUSDT"):
        put(f"{name}_1m.json", dicts(BARS))

    def listen(event):
        heard.append((event.subject, event.done, event.total, event.unit))
        if (event.subject, event.done, event.unit) == ("", 1, "files") and event.total == 3:
            progress.cancel()

    progress = Progress(listen)
    with pytest.raises(JobCancelled):
        legacy.convert(progress=progress)
    assert heard[0] == ("", 0, 3, "files")
    assert legacy.convert().count(FileState.UP_TO_DATE) == 1  # what was taken up before the cancel stays


def test_large_files_are_read_in_processes_of_their_own(settings, tmp_path):
    settings = dataclasses.replace(settings, workers=dataclasses.replace(settings.workers, processes=2))
    bars = minutes(T0, 30_000)
    file = tmp_path / "BTCUSDT_1m.json"
    file.write_bytes(json.dumps(klines(bars)).encode())
    assert file.stat().st_size > 4 << 20
    assert LegacyFiles(settings, clock=clock).convert([file]).added == 30_000


def test_the_report_goes_into_json(legacy, put):
    put("BTCUSDT_1m.json", dicts(BARS))
    put("ETHUSDT_1m.json", b"[")
    document = json.loads(json.dumps(legacy.convert().as_dict()))
    assert document["counts"] == {"previewed": 0, "imported": 1, "compared": 0, "up_to_date": 0, "failed": 1}
    assert [each["state"] for each in document["files"]] == ["imported", "failed"]


def test_read_returns_a_frame_and_touches_no_bank(legacy, put, settings):
    put("BTC_USDT-1m.json", lists(BARS))
    frame = legacy.read(settings.paths.legacy / "BTC_USDT-1m.json")
    assert equal(frame, some({name: BARS[name] for name in (OPEN_TIME, "open", "close", "volume")}, slice(None)))
    assert set(frame["symbol"]) == {BTC}
    with pytest.raises(FileValidationError):
        legacy.read(settings.paths.legacy)
    assert not settings.paths.data_root.joinpath(".threadx").exists()


def test_what_was_read_may_be_edited_in_place(legacy, put, settings):
    """The bars of a file came in memory that could not be written to; so did what two files with the same bars gave."""
    put("BTC_USDT-1m.json", lists(BARS))
    frame = legacy.read(settings.paths.legacy / "BTC_USDT-1m.json")
    frame.iloc[0, frame.columns.get_loc("volume")] = 7.0
    put("BTC_USDT-1m.csv", table(BARS, ("timestamp", *FIVE)))
    whole = legacy.read_all(BTC, "1m")
    whole.iloc[0, whole.columns.get_loc("volume")] = 7.0
    assert (frame["volume"].iloc[0], whole["volume"].iloc[0]) == (7.0, 7.0)


def test_a_symbol_that_has_a_hyphen_in_the_bank_keeps_it(legacy, put, store):
    store.write("binance", "BTC-USD", frame_from_columns(some(BARS, slice(60))))
    put("BTC-USD_1m.json", dicts(BARS))
    legacy.convert()
    assert store.series() == [("binance", "BTC-USD")]


def _exported(folder, bars, timeframe="1m"):
    settings = Settings.under(folder / "from")
    store = Store(settings.paths.data_root, settings=settings)
    frame = bars if isinstance(bars, pd.DataFrame) else frame_from_columns(bars)
    store.write("binance", BTC, frame, timeframe=timeframe)
    (file,) = export_bars(store, [("binance", BTC, timeframe)], folder / "out", "legacy-json")
    return store, file


@pytest.mark.parametrize("timeframe", ["1m", "1h"])
def test_what_is_exported_for_older_tools_comes_back_bar_for_bar(tmp_path, timeframe):
    store, file = _exported(tmp_path, BARS)
    (file,) = export_bars(store, [("binance", BTC, timeframe)], tmp_path / "out", "legacy-json")
    assert file.path.name == f"BTCUSDT_{timeframe}.json"
    settings = Settings.under(tmp_path / "to")
    LegacyFiles(settings, clock=clock).convert([file.path])
    provider = "binance" if timeframe == "1m" else "import"
    back = Store(settings.paths.data_root, settings=settings).read(provider, BTC, timeframe)
    pd.testing.assert_frame_equal(back, store.read("binance", BTC, timeframe))


_PRICES = st.floats(1e-8, 1e6, allow_nan=False, allow_infinity=False)
_AMOUNTS = st.floats(0, 1e9, allow_nan=False, allow_infinity=False)
_BAR = st.tuples(_PRICES, _PRICES, _PRICES, _PRICES, _AMOUNTS, _AMOUNTS, st.integers(0, 2**40))


@hypothesis_settings(max_examples=8)
@given(st.dictionaries(st.integers(T0 // MINUTE, T0 // MINUTE + 500), _BAR, min_size=2, max_size=30))
def test_any_bars_survive_the_way_out_and_back(tmp_path_factory, bars):
    folder = tmp_path_factory.mktemp("way")
    rows = [bars[number] for number in sorted(bars)]
    prices = np.array([row[:4] for row in rows])
    columns = {
        OPEN_TIME: np.array(sorted(bars), dtype=np.int64) * MINUTE,
        "open": prices[:, 0],
        "high": prices.max(axis=1),
        "low": prices.min(axis=1),
        "close": prices[:, 3],
        "volume": np.array([row[4] for row in rows]),
        "quote_volume": np.array([row[5] for row in rows]),
        "trades": np.array([row[6] for row in rows], dtype=np.int64),
    }
    store, file = _exported(folder, columns)
    settings = Settings.under(folder / "to")
    assert LegacyFiles(settings, clock=clock).convert([file.path]).ok
    back = Store(settings.paths.data_root, settings=settings).read("binance", BTC, "1m")
    pd.testing.assert_frame_equal(back, store.read("binance", BTC, "1m"))


@needs_real
@pytest.mark.parametrize("name", ["BTCUSDT_1m_2025-10-29_11-01_MIT", "SUSHIBTC_1m_2023-04-10_16"])
def test_real_bars_written_as_legacy_come_back_equal(tmp_path, name):
    frame = real_frame(name)
    store, file = _exported(tmp_path, frame)
    settings = Settings.under(tmp_path / "to")
    LegacyFiles(settings, clock=clock).convert([file.path])
    back = Store(settings.paths.data_root, settings=settings).read("binance", BTC, "1m")
    pd.testing.assert_frame_equal(back, store.read("binance", BTC, "1m"))
    assert len(back) == len(frame)


@needs_real
def test_real_hours_of_the_exchange_agree_with_those_of_its_minutes(legacy, put, store):
    put("SUSHIBTC_1m.json", dicts(columns_from_frame(real_frame("SUSHIBTC_1m_2023-04-10_16"))))
    put("SUSHIBTC_1h.json", dicts(columns_from_frame(real_frame("SUSHIBTC_1h_2023-04-10_16"))))
    taken = legacy.convert().files[1].taken
    assert (taken.compared, taken.differing, taken.stored) == (168, 0, False)


def test_a_fault_of_ours_keeps_its_traceback_across_processes(put, settings):
    """A process that reads files has no log of its own: what happened there was lost."""
    put("BTCUSDT_1m.json", dicts(minutes(T0, 3)))
    fault = _inspected(settings.paths.legacy / "BTCUSDT_1m.json", now_ms=T0 + 10**9, known=None)
    assert isinstance(fault, ThreadXError)
    assert "Traceback" in "".join(pickle.loads(pickle.dumps(fault)).__notes__)
