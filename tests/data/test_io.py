"""Every sentence of the rules on WriteOptions, base_path, dates and as_of is a test here."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.patience import PATIENCE_S
from tests.store.bank_maker import START_MS, bars, minutes
from threadx.bars.schema import index_from_ms
from threadx.data.io import WriteOptions, read_frame, read_frame_partitioned, write_frame, write_frame_partitioned
from threadx.errors import (
    ConflictError,
    DataError,
    DataNotFoundError,
    FileValidationError,
    StoreLockedError,
    UDFIColumnError,
    UDFIIndexError,
    UDFITypeError,
    UDFIValueError,
)
from threadx.store.fsio import Fs
from threadx.store.lock import exclusive
from threadx.store.store import Store

SYMBOL = "BTCUSDT"


@pytest.fixture
def place(tmp_path):
    return tmp_path / "data" / "processed" / "binance" / SYMBOL / "1m"


@pytest.fixture
def own(tmp_path):
    return tmp_path / "mine"


def put(base, frame, mode="append", **options):
    return write_frame_partitioned(frame, base, SYMBOL, WriteOptions(mode=mode, **options))


def get(base, start=None, end=None, **rest):
    return read_frame_partitioned(base, SYMBOL, start, end, **rest)


def values(frame):
    return frame.drop(columns="symbol")


def changed(frame, row, **columns):
    copy = frame.copy()
    for name, value in columns.items():
        copy.iloc[row, copy.columns.get_loc(name)] = value
    return copy


# -- what comes back -------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_back_as_udfi(place):
    frame = bars()
    put(place, frame)
    back = get(place)
    pd.testing.assert_frame_equal(values(back), frame)
    assert back["symbol"].unique().tolist() == [SYMBOL]
    assert (back.index.name, str(back.index.dtype)) == ("timestamp", "datetime64[ms, UTC]")


def test_the_result_counts_partitions_rows_and_gives_the_checksum(place, tmp_path):
    result = put(place, bars())
    assert (result["partitions_written"], result["rows_written"]) == (2, 2880)
    assert result["checksum"] == Store(tmp_path / "data").catalog.rows(timeframe="1m")[0].checksum
    assert (result["timeframe"], result["generation"], result["conflicts"]) == ("1m", 1, 0)


def test_the_same_write_again_changes_nothing(place):
    first = put(place, bars())
    again = put(place, bars())
    assert (again["partitions_written"], again["rows_written"]) == (0, 0)
    assert (again["generation"], again["checksum"]) == (first["generation"], first["checksum"])


def test_rows_written_are_the_new_and_the_changed_ones(place):
    put(place, bars(1000))
    assert put(place, changed(bars(1010), 5, volume=77.0), "upsert")["rows_written"] == 11


def test_defaults_are_those_of_the_rules():
    options = WriteOptions()
    assert (options.mode, options.deduplicate, options.check_integrity, options.compute_checksum) == (
        "append",
        True,
        True,
        True,
    )
    assert (options.compression, options.partition_by_date, options.timeout_sec) == (None, True, 120)


@pytest.mark.parametrize("wrong", [{"mode": "overwrite"}, {"compression": "rar"}, {"timeout_sec": -1}])
def test_options_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        WriteOptions(**wrong)


# -- modes -----------------------------------------------------------------------------------------------------------


def test_append_takes_rows_after_the_last_and_ignores_equal_earlier_ones(place):
    put(place, bars(1000))
    result = put(place, bars(1100).iloc[900:])
    assert result["rows_written"] == 100
    pd.testing.assert_frame_equal(values(get(place)), bars(1100))


@pytest.mark.parametrize("rows", ["differing", "for a hole", "before the head"])
def test_append_refuses_any_other_row_names_it_and_writes_nothing(place, rows):
    frame = bars(1000)
    put(place, frame.drop(frame.index[500]).iloc[10:])
    offered = {"differing": changed(frame, 20, volume=1.5).iloc[20:21], "for a hole": frame.iloc[500:501]}
    with pytest.raises(ConflictError, match="nothing was written") as caught:
        put(place, offered.get(rows, frame.iloc[:1]))
    assert "upsert" in caught.value.hint
    assert "2024-01-31" in str(caught.value)
    assert len(get(place)) == 989


def test_replace_makes_the_dataset_and_what_is_derived_from_it_this_frame(tmp_path, place):
    put(place, bars())
    put(place, bars(600, seed=5), "replace")
    pd.testing.assert_frame_equal(values(get(place)), bars(600, seed=5))
    hours = get(place.with_name("1h"))
    assert len(hours) == 10
    assert hours["volume"].sum() == pytest.approx(bars(600, seed=5)["volume"].sum())


def test_upsert_lets_the_newest_win_and_counts_what_it_overruled(place):
    frame = bars(1000)
    put(place, frame)
    result = put(place, changed(frame, 3, volume=9.0).iloc[:10], "upsert")
    assert (result["rows_written"], result["conflicts"]) == (1, 1)
    pd.testing.assert_frame_equal(values(get(place)), changed(frame, 3, volume=9.0))


def test_upsert_fills_holes_and_the_time_before_the_head(place):
    frame = bars(1000)
    put(place, frame.drop(frame.index[500]).iloc[10:])
    put(place, frame, "upsert")
    pd.testing.assert_frame_equal(values(get(place)), frame)


def test_upsert_of_data_a_user_modified_within_the_rules_works_and_reaches_every_timeframe(place):
    put(place, bars())
    frame = get(place)
    frame["volume"] = frame["volume"] * 2
    frame["close"] = frame[["low", "high"]].mean(axis=1)
    put(place, frame, "upsert")
    pd.testing.assert_frame_equal(get(place), frame)
    assert Store(place.parents[3]).verify("deep").ok


def test_upsert_keeps_stored_columns_the_frame_lacks_and_nulls_them_in_new_rows(place):
    frame = bars(100)
    put(place, frame.iloc[:50])
    put(place, frame.drop(columns=["trades", "quote_volume"]), "upsert")
    back = get(place)
    assert str(back["trades"].dtype) == "Int64"
    assert back["trades"].iloc[:50].tolist() == frame["trades"].iloc[:50].tolist()
    assert back["trades"].iloc[50:].isna().all()
    assert back["quote_volume"].iloc[50:].isna().all()


# -- the other options -----------------------------------------------------------------------------------------------


def repeated(frame):
    return pd.concat([frame, changed(frame, 4, volume=5.0).iloc[4:5]])


def test_deduplicate_lets_the_last_row_of_an_open_time_win_and_counts_differing_ones(place):
    result = put(place, repeated(bars(10)))
    assert (result["rows_written"], result["conflicts"]) == (10, 1)
    assert get(place)["volume"].iloc[4] == 5.0


def test_without_deduplicate_a_repeated_open_time_is_an_index_error(place):
    with pytest.raises(UDFIIndexError, match="1 repeated"):
        put(place, repeated(bars(10)), deduplicate=False)
    with pytest.raises(DataNotFoundError):
        get(place)


def test_without_check_integrity_the_contract_is_still_checked(place):
    put(place, bars(10), check_integrity=False)
    with pytest.raises(UDFIValueError):
        put(place, changed(bars(10), 2, high=0.1), "upsert", check_integrity=False)


def test_without_compute_checksum_it_is_none(place):
    assert put(place, bars(10), compute_checksum=False)["checksum"] is None


@pytest.mark.parametrize(
    ("asked", "codec"), [("snappy", "SNAPPY"), ("zstd", "ZSTD"), ("gzip", "GZIP"), ("lz4", "LZ4"), (None, "LZ4")]
)
def test_compression_is_the_one_asked_for_else_the_configured_one(own, asked, codec):
    put(own, bars(100), compression=asked)
    (path,) = own.rglob("*.parquet")
    assert pq.read_metadata(path).row_group(0).column(2).compression == codec


def test_compression_auto_is_no_larger_than_lz4_and_reads_the_same(tmp_path):
    for name in ("lz4", "auto"):
        put(tmp_path / name, bars(), compression=name)
    sizes = {
        name: sum(path.stat().st_size for path in (tmp_path / name).rglob("*.parquet")) for name in ("lz4", "auto")
    }
    assert sizes["auto"] <= sizes["lz4"]
    pd.testing.assert_frame_equal(get(tmp_path / "auto"), get(tmp_path / "lz4"))


def test_one_file_without_partition_by_date(own):
    result = put(own, bars(), partition_by_date=False)
    assert [path.relative_to(own).as_posix() for path in own.rglob("*") if path.is_file()] == ["BTCUSDT.parquet"]
    assert result["partitions_written"] == 1
    manifest = Store.for_folder(own).manifest("local", SYMBOL)
    assert list(manifest.files) == ["1m/all"]
    pd.testing.assert_frame_equal(values(get(own)), bars())


def test_one_file_inside_processed_is_refused(place):
    with pytest.raises(FileValidationError, match="partition_by_date"):
        put(place, bars(10), partition_by_date=False)


@pytest.mark.parametrize("first", [True, False])
def test_one_file_and_files_by_month_do_not_mix(own, first):
    put(own, bars(10), partition_by_date=first)
    with pytest.raises(ConflictError, match="cannot be mixed"):
        put(own, bars(20), partition_by_date=not first)


def test_a_lock_that_times_out_names_its_holder(place, tmp_path):
    put(place, bars(10))
    lock = tmp_path / "data" / ".threadx" / "locks" / "binance" / "BTCUSDT.lock"
    entered, leave = threading.Event(), threading.Event()

    def hold():
        with exclusive(Fs(), lock, "a test", timeout_s=PATIENCE_S):
            entered.set()
            leave.wait(PATIENCE_S)

    holder = threading.Thread(target=hold)
    holder.start()
    assert entered.wait(PATIENCE_S)
    try:
        with pytest.raises(StoreLockedError, match=r"process \d+ on"):
            put(place, bars(20), timeout_sec=0.05)
    finally:
        leave.set()
        holder.join()
    assert put(place, bars(20), timeout_sec=60)["rows_written"] == 10


# -- base_path -------------------------------------------------------------------------------------------------------


def test_the_data_root_is_made_where_it_is_absent(place, tmp_path):
    put(place, bars(10))
    assert (tmp_path / "data" / ".threadx" / "FORMAT").is_file()
    assert (place / "year=2024" / "month=01" / "BTCUSDT.parquet").is_file()


def test_without_a_timeframe_it_is_the_smallest_spacing_and_a_folder(place):
    assert put(place.parent, bars(48, timeframe="1h"))["timeframe"] == "1h"
    assert (place.with_name("1h") / "year=2024" / "month=01" / "BTCUSDT.parquet").is_file()


def test_one_row_without_a_timeframe_is_a_data_error(place):
    with pytest.raises(DataError, match="timeframe"):
        put(place.parent, bars(1))
    assert put(place, bars(1))["rows_written"] == 1


def test_reading_without_a_timeframe_takes_the_only_one_else_names_them(place):
    put(place.parent, bars(48, timeframe="1h"))
    assert len(get(place.parent)) == 48
    put(place.parent, bars(4, timeframe="4h"))
    with pytest.raises(DataError, match="1h 4h"):
        get(place.parent)


def test_rows_off_the_grid_of_the_named_timeframe_are_refused(place):
    with pytest.raises(UDFIValueError, match="1h"):
        put(place.with_name("1h"), bars(10))


def test_a_derived_timeframe_of_a_symbol_that_has_1m_is_not_written(place):
    put(place, bars())
    with pytest.raises(ConflictError, match="derived"):
        put(place.with_name("1h"), bars(10, timeframe="1h"), "upsert")


def test_a_foreign_timeframe_moves_to_provider_import_when_1m_arrives(place):
    foreign = bars(48, timeframe="1h")
    put(place.with_name("1h"), foreign)
    put(place, bars())
    moved = get(place.parents[2] / "import" / SYMBOL / "1h")
    pd.testing.assert_frame_equal(values(moved), foreign)
    assert "minutes" in get(place.with_name("1h")).columns


def test_a_folder_outside_processed_is_a_bank_of_its_own(own):
    put(own, bars())
    assert own.with_name("mine.threadx").is_dir()
    assert {path.suffix for path in own.rglob("*") if path.is_file()} == {".parquet"}
    pd.testing.assert_frame_equal(values(get(own)), bars())


def test_symbol_and_folder_that_disagree_are_a_data_error(place):
    with pytest.raises(DataError, match="belongs to BTCUSDT"):
        write_frame_partitioned(bars(10), place, "ETHUSDT")


def test_a_frame_of_another_symbol_is_a_data_error(place):
    with pytest.raises(DataError, match="ETHUSDT"):
        put(place, bars(10).assign(symbol="ETHUSDT"))


def test_symbols_may_hold_a_hyphen(tmp_path):
    base = tmp_path / "data" / "processed" / "import" / "BTC-USD" / "1m"
    write_frame_partitioned(bars(10), base, "BTC-USD")
    assert len(read_frame_partitioned(str(base), "BTC-USD")) == 10


def test_a_missing_dataset_is_not_found_never_empty(place, own):
    for base in (place, place.parent, own):
        with pytest.raises(DataNotFoundError):
            get(base)


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (lambda frame: frame.drop(columns="close"), UDFIColumnError),
        (lambda frame: frame.assign(note="x"), UDFIColumnError),
        (lambda frame: frame.tz_localize(None), UDFIIndexError),
        (lambda frame: frame.reset_index(drop=True), UDFIIndexError),
        (lambda frame: changed(frame, 0, volume=np.nan), UDFIValueError),
        (lambda frame: changed(frame, 0, low=-1.0), UDFIValueError),
        (lambda frame: frame.set_axis(frame.index + 8000 * pd.Timedelta("365D").as_unit("s"), axis=0), UDFIIndexError),
        (lambda frame: frame["close"], UDFITypeError),
        (lambda frame: None, UDFITypeError),
    ],
)
def test_a_frame_that_breaks_the_contract_is_refused_and_nothing_made(place, broken, error):
    with pytest.raises(error):
        put(place, broken(bars(10)))
    with pytest.raises(DataNotFoundError):
        get(place)


# -- reading: dates, columns, as_of ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "first", "count"),
    [
        ("2024-01-31", "2024-01-31", 0, 1440),
        (date(2024, 2, 1), date(2024, 2, 1), 1440, 1440),
        ("2024-02-01", None, 1440, 1440),
        (None, "2024-02-01 00:00", 0, 1440),
        (datetime(2024, 1, 31, 12), datetime(2024, 1, 31, 12, 5, tzinfo=UTC), 720, 5),  # noqa: DTZ001 - on purpose
        (pd.Timestamp("2024-01-31T13:00+01:00"), pd.Timestamp("2024-01-31 12:05"), 720, 5),
        (START_MS + minutes(3), START_MS + minutes(4), 3, 1),
    ],
)
def test_a_bare_end_day_is_included_a_timestamp_is_exclusive_and_naive_is_utc(place, start, end, first, count):
    put(place, bars())
    back = get(place, start, end)
    assert len(back) == count
    assert back.index[0] == index_from_ms(np.array([START_MS + minutes(first)]))[0]


@pytest.mark.parametrize("wrong", ["2024-02-30", "yesterday", 1.5])
def test_what_is_no_date_is_a_data_error(place, wrong):
    put(place, bars(10))
    with pytest.raises(DataError):
        get(place, wrong)


def test_a_range_without_bars_is_not_found_and_says_what_there_is(place):
    put(place, bars(10))
    with pytest.raises(DataNotFoundError) as caught:
        get(place, "2025-01-01")
    assert "2024-01-31" in caught.value.hint


def test_only_the_columns_asked_for_are_returned(place):
    put(place, bars(10))
    assert list(get(place, columns=["close", "volume"]).columns) == ["close", "volume"]
    with pytest.raises(UDFIColumnError, match="turnover"):
        get(place, columns=["turnover"])


def test_as_of_names_a_generation_a_moment_or_a_day(place, tmp_path):
    put(place, bars(10))
    put(place, bars(20))
    utc = Store(tmp_path / "data").manifest("binance", SYMBOL, 1).utc
    assert len(get(place, as_of=1)) == 10
    assert len(get(place, as_of=utc)) == 10
    assert len(get(place, as_of=utc.date() + timedelta(days=1))) == 20


@pytest.mark.parametrize("before", [99, datetime(2020, 1, 1, tzinfo=UTC), date(2020, 1, 1)])
def test_as_of_before_the_first_or_unknown_is_not_found(place, before):
    put(place, bars(10))
    with pytest.raises(DataNotFoundError):
        get(place, as_of=before)


# -- single files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["BTCUSDT.parquet", "BTCUSDT.csv", "BTCUSDT"])
def test_a_single_file_comes_back_as_it_went(tmp_path, name):
    frame = bars(100)
    assert write_frame(frame, tmp_path / name) == tmp_path / name
    back = read_frame(tmp_path / name)
    pd.testing.assert_frame_equal(values(back), frame)
    assert back["symbol"].unique().tolist() == [SYMBOL]


def test_a_file_in_the_style_processed_symbol_interval_is_read(tmp_path):
    path = tmp_path / "processed" / SYMBOL / "1h.parquet"
    path.parent.mkdir(parents=True)
    bars(10, timeframe="1h").reset_index().to_parquet(path)
    back = read_frame(path)
    assert back["symbol"].unique().tolist() == [SYMBOL]
    assert len(back) == 10


def test_a_file_of_the_bank_is_read_alone(place):
    put(place, bars(10))
    assert read_frame(place / "year=2024" / "month=01" / "BTCUSDT.parquet").equals(get(place))


def test_a_single_file_is_not_written_inside_processed(tmp_path):
    with pytest.raises(FileValidationError, match="processed"):
        write_frame(bars(10), tmp_path / "processed" / SYMBOL / "1h.parquet")


@pytest.mark.parametrize("thing", [None, [1.0], bars(3)["close"]])
def test_a_single_file_of_what_is_no_frame_is_a_type_error(tmp_path, thing):
    with pytest.raises(UDFITypeError, match="not a frame"):
        write_frame(thing, tmp_path / "x.parquet")


def test_a_single_file_is_held_to_the_contract(tmp_path):
    with pytest.raises(UDFIValueError):
        write_frame(changed(bars(10), 2, high=0.1), tmp_path / "x.parquet")
    assert not (tmp_path / "x.parquet").exists()


@pytest.mark.parametrize(
    "when", ["2999-01-01", "2999-01-01 00:00", datetime(2999, 1, 1, tzinfo=UTC).replace(tzinfo=None), np.int64(1)]
)
def test_as_of_is_taken_as_people_write_moments(place, when):
    write_frame_partitioned(bars(10), place, SYMBOL)
    write_frame_partitioned(bars(20), place, SYMBOL)
    assert len(read_frame_partitioned(place, SYMBOL, as_of=when)) == (10 if when == 1 else 20)


def test_as_of_a_day_before_the_first_state_finds_nothing(place):
    write_frame_partitioned(bars(10), place, SYMBOL)
    with pytest.raises(DataNotFoundError):
        read_frame_partitioned(place, SYMBOL, as_of="2001-01-01")
    with pytest.raises(DataError, match="not a date"):
        read_frame_partitioned(place, SYMBOL, as_of="yesterday")


def test_a_single_file_is_not_written_among_control_files(tmp_path):
    with pytest.raises(FileValidationError):
        write_frame(bars(10), tmp_path / "data" / ".threadx" / "bars.parquet")
