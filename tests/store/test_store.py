"""The door: what writes mean, what reads give, what comes back when it cannot be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.store.bank_maker import START_MS, bars, minutes, settings_of, store_in
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.resample import resample
from threadx.errors import (
    ConflictError,
    DataError,
    DataNotFoundError,
    FileValidationError,
    JobCancelled,
    StoreError,
    UDFIColumnError,
    UDFIIndexError,
    UDFITypeError,
    UDFIValueError,
    UnsupportedTimeframeError,
)
from threadx.progress import Progress
from threadx.store import Store
from threadx.store.fsio import Fs

ME = ("binance", "BTCUSDT")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return store_in(tmp_path / "data")


def inner(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.drop(columns="symbol")


# -- round trips ---------------------------------------------------------------------------------------------------


def test_what_is_written_is_read(store: Store):
    written = store.write(*ME, bars())
    frame = store.read(*ME)
    assert inner(frame).equals(bars())
    assert (frame["symbol"] == "BTCUSDT").all()
    assert (written.generation, written.rows_added, written.rows_changed, written.rows_total) == (1, 2880, 0, 2880)
    assert written.partitions == ("1h/2024-01", "1h/2024-02", "1m/2024-01", "1m/2024-02", "5m/2024-01", "5m/2024-02")


def test_a_range_is_half_open(store: Store):
    store.write(*ME, bars())
    frame = store.read(*ME, "1m", START_MS + minutes(10), START_MS + minutes(20))
    assert inner(frame).equals(bars().iloc[10:20])


@pytest.mark.parametrize("count", [1, 1000, 2880])
def test_what_was_read_may_be_edited_in_place_and_written_back(store: Store, count: int):
    """Bars of one month came in memory that could not be written to; those of two months could be changed."""
    store.write(*ME, bars(count))
    frame = store.read(*ME)
    frame.loc[frame.index[-1], ["high", "trades"]] = (999.0, 7)
    frame.iloc[0, frame.columns.get_loc("volume")] += 1.0
    store.write(*ME, frame)
    pd.testing.assert_frame_equal(store.read(*ME), frame)


def test_a_range_may_be_given_in_datetimes(store: Store):
    store.write(*ME, bars())
    start, end = bars().index[10], bars().index[20].to_pydatetime()
    assert inner(store.read(*ME, "1m", start, end)).equals(bars().iloc[10:20])
    with pytest.raises(ValueError, match="time zone"):
        store.read(*ME, "1m", start.tz_localize(None))


def test_columns_come_as_asked(store: Store):
    store.write(*ME, bars())
    frame = store.read(*ME, columns=["close", "open"])
    assert list(frame.columns) == ["close", "open"]
    assert frame.equals(bars()[["close", "open"]])
    assert list(store.read(*ME, columns=["symbol", "low"]).columns) == ["symbol", "low"]


def test_a_range_has_the_columns_of_the_whole_null_where_its_months_lack_them(store: Store):
    """Asking a month for a column that only other months have ended in a KeyError."""
    store.write(*ME, bars().iloc[:1440].drop(columns=["quote_volume", "trades"]))
    store.write(*ME, bars().iloc[1440:])
    whole, edge = store.read(*ME), bars().index[1440]
    for name in ("1m", "1h"):
        assert (
            list(store.read(*ME, name, None, edge)) == list(store.read(*ME, name, edge)) == list(store.read(*ME, name))
        )
    asked = ["trades", "close", "quote_volume"]
    pd.testing.assert_frame_equal(store.read(*ME, "1m", None, edge, columns=asked), whole[asked].iloc[:1440])
    pd.testing.assert_frame_equal(store.read(*ME, "1m", edge, columns=asked), bars()[asked].iloc[1440:])


def test_a_column_that_is_not_there_is_named(store: Store):
    store.write(*ME, bars())
    with pytest.raises(UDFIColumnError, match="no column taker_buy_base"):
        store.read(*ME, columns=["close", "taker_buy_base"])


def test_months_with_different_columns_read_together(store: Store):
    frame = bars()
    store.write(*ME, frame.iloc[:1440])
    store.write(*ME, frame.iloc[1440:].drop(columns=["trades", "quote_volume"]))
    read = store.read(*ME)
    assert read["trades"].dtype == "Int64"
    assert read["trades"].isna().sum() == read["quote_volume"].isna().sum() == 1440


def test_nothing_stored_says_what_to_do(store: Store):
    with pytest.raises(DataNotFoundError) as caught:
        store.read(*ME)
    assert "download" in caught.value.hint
    store.write(*ME, bars())
    with pytest.raises(DataNotFoundError) as caught:
        store.read(*ME, "4h")
    assert "1h 1m 5m" in caught.value.hint
    with pytest.raises(DataNotFoundError) as caught:
        store.read("demo", "BTCUSDT")
    assert "binance" in caught.value.hint
    with pytest.raises(DataNotFoundError) as caught:
        store.read(*ME, "1m", 0, 1000)
    assert "2024-01-31 00:00" in caught.value.hint


def test_reading_an_empty_bank_creates_nothing(tmp_path: Path):
    store = store_in(tmp_path / "data")
    with pytest.raises(DataNotFoundError):
        store.read(*ME)
    assert store.series() == []
    assert store.history(*ME) == []
    assert store.coverage(*ME).stored == ()
    assert store.recover() == []
    assert not (tmp_path / "data").exists()


def test_series_are_listed(store: Store):
    store.write(*ME, bars(10))
    store.write("demo", "币安人生USDT", bars(10))
    store.write("demo", "CON", bars(10))
    assert store.series() == [("binance", "BTCUSDT"), ("demo", "CON"), ("demo", "币安人生USDT")]
    assert len(store.read("demo", "CON")) == 10


# -- modes ---------------------------------------------------------------------------------------------------------


def test_writing_the_same_again_commits_nothing(store: Store):
    first = store.write(*ME, bars())
    for mode in ("upsert", "append", "replace"):
        again = store.write(*ME, bars(), mode=mode)
        assert (again.generation, again.rows_added, again.rows_changed, again.partitions) == (1, 0, 0, ())
        assert again.checksum == first.checksum


def test_an_upsert_lets_the_newest_win_and_reports_it(store: Store):
    store.write(*ME, bars())
    changed = bars().iloc[100:103].assign(volume=99.0)
    written = store.write(*ME, changed)
    assert (written.rows_added, written.rows_changed) == (0, 3)
    assert list(written.conflicts["column"].unique()) == ["volume"]
    assert list(written.conflicts["fetched"]) == [99.0] * 3
    assert (store.read(*ME).iloc[100:103]["volume"] == 99.0).all()


def test_an_upsert_keeps_the_columns_it_does_not_bring(store: Store):
    store.write(*ME, bars())
    part = bars().iloc[100:200].drop(columns=["trades", "quote_volume"]).assign(volume=50.0)
    store.write(*ME, part)
    read = store.read(*ME)
    assert read["trades"].to_numpy().tolist() == bars()["trades"].to_numpy().tolist()
    assert read["volume"].iloc[150] == 50.0


def test_keep_adds_what_is_not_there_and_leaves_what_is(store: Store):
    frame = bars()
    store.write(*ME, frame.iloc[100:200])
    other = frame.iloc[90:210].assign(volume=frame["volume"] + 1)
    written = store.write(*ME, other, mode="keep")
    assert (written.rows_added, written.rows_changed) == (20, 0)
    assert inner(store.read(*ME)).iloc[10:110].equals(frame.iloc[100:200])
    assert len(written.conflicts) == 100
    assert set(written.conflicts["column"]) == {"volume"}
    again = store.write(*ME, other, mode="keep")
    assert (again.generation, again.rows_added) == (written.generation, 0)


def test_keep_fills_no_null_of_a_stored_row(store: Store):
    store.write(*ME, bars().iloc[:10].drop(columns="trades"))
    written = store.write(*ME, bars().iloc[:11], mode="keep")
    assert store.read(*ME)["trades"].isna().sum() == 10
    assert len(written.conflicts) == 0


def test_an_upsert_fills_a_hole_and_the_head(store: Store):
    store.write(*ME, bars().iloc[np.r_[100:200, 300:400]])
    store.write(*ME, bars().iloc[np.r_[0:100, 200:300]])
    assert inner(store.read(*ME)).equals(bars().iloc[:400])


def test_an_append_takes_what_follows_and_ignores_what_is_stored(store: Store):
    store.write(*ME, bars().iloc[:1000], mode="append")
    written = store.write(*ME, bars().iloc[900:1500], mode="append")
    assert (written.rows_added, written.rows_changed) == (500, 0)
    assert inner(store.read(*ME)).equals(bars().iloc[:1500])


@pytest.mark.parametrize("rows", [slice(0, 10), slice(60, 70)], ids=["before the head", "into a hole"])
def test_an_append_anywhere_else_is_a_conflict(store: Store, rows: slice):
    store.write(*ME, bars().iloc[np.r_[20:50, 80:100]])
    with pytest.raises(ConflictError, match=r"10 row.*2024-01-31") as caught:
        store.write(*ME, bars().iloc[[*range(rows.start, rows.stop), 100, 101]], mode="append")
    assert "upsert" in caught.value.hint
    assert len(store.read(*ME)) == 50


def test_an_append_that_contradicts_is_a_conflict(store: Store):
    store.write(*ME, bars().iloc[:100])
    with pytest.raises(ConflictError, match=r"1 row.*2024-01-31 01:39"):
        store.write(*ME, bars().iloc[99:120].assign(volume=5.5), mode="append")
    assert inner(store.read(*ME)).equals(bars().iloc[:100])


def test_a_replace_leaves_only_the_frame_and_what_is_derived_from_it(store: Store):
    store.write(*ME, bars())
    store.write(*ME, bars(300, seed=3), mode="replace")
    assert inner(store.read(*ME)).equals(bars(300, seed=3))
    assert inner(store.read(*ME, "1h")).equals(resample(bars(300, seed=3), "1h"))
    assert store.manifest(*ME).timeframes == ("1h", "1m", "5m")
    assert not any("month=02" in str(path) for path in store.layout.visible.rglob("*.parquet"))


def test_a_retried_transaction_happens_once(store: Store):
    first = store.write(*ME, bars().iloc[:100], txn_id="a")
    store.write(*ME, bars().iloc[:50].assign(volume=1.0), txn_id="b")
    again = store.write(*ME, bars().iloc[:100], txn_id="a")
    assert first.generation == 1
    assert (again.generation, again.rows_added, again.rows_changed) == (2, 0, 0)
    assert (store.read(*ME)["volume"].iloc[:50] == 1.0).all()


# -- what is refused -----------------------------------------------------------------------------------------------


def test_a_bar_that_breaks_a_rule_is_named_and_nothing_is_written(store: Store):
    frame = bars(100)
    frame.iloc[7, frame.columns.get_loc("high")] = 1.0
    with pytest.raises(UDFIValueError, match=r"1 row.* break .*2024-01-31 00:07 high"):
        store.write(*ME, frame)
    assert not store.layout.control.exists()


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda f: f.drop(columns="volume"), UDFIColumnError),
        (lambda f: f.assign(sma=1.0), UDFIColumnError),
        (lambda f: f.assign(filled=False), UDFIColumnError),
        (lambda f: f.assign(close=f["close"].astype(str)), UDFITypeError),
        (lambda f: f.assign(trades=0.5), UDFITypeError),
        (lambda f: f.assign(symbol="ETHUSDT"), DataError),
        (lambda f: f.tz_localize(None), UDFIIndexError),
        (lambda f: f.reset_index(drop=True), UDFIIndexError),
        (lambda f: f.set_axis(f.index + pd.Timedelta("1s")), UDFIValueError),
        (lambda f: f.assign(close=np.nan), UDFIValueError),
        (lambda f: f.assign(minutes=2), UDFIValueError),
        (lambda f: f.iloc[:0], UDFIValueError),
    ],
)
def test_a_frame_that_breaks_the_contract_is_refused(store: Store, change, error):
    with pytest.raises(error):
        store.write(*ME, change(bars(10)))


def test_bars_off_the_grid_of_their_timeframe_are_refused(store: Store):
    with pytest.raises(UDFIValueError, match="not the start of a 1h bar"):
        store.write(*ME, bars(10), timeframe="1h")


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"timeframe": "7m"}, UnsupportedTimeframeError),
        ({"derive": ["3d"]}, UnsupportedTimeframeError),
        ({"mode": "merge"}, ValueError),
        ({"compression": "zip"}, ValueError),
        ({"single_file": True}, ValueError),
        ({"nonsense": 1}, TypeError),
    ],
)
def test_wrong_options_are_refused(store: Store, options, error):
    with pytest.raises(error):
        store.write(*ME, bars(10), **options)


def test_names_that_cannot_be_paths_are_refused(store: Store):
    with pytest.raises(FileValidationError):
        store.write("binance", "../X", bars(10))
    with pytest.raises(FileValidationError):
        store.read("../binance", "BTCUSDT")


def test_a_folder_that_leads_out_of_the_bank_is_refused(store: Store, tmp_path: Path):
    store.write(*ME, bars(10))
    (tmp_path / "elsewhere").mkdir()
    (store.layout.visible / "binance" / "ETHUSDT").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileValidationError, match="leads out"):
        store.write("binance", "ETHUSDT", bars(10))


def test_repeated_rows_are_settled_and_reported_or_refused(store: Store):
    frame = pd.concat([bars(10), bars(10).iloc[4:5].assign(volume=9.0)])
    with pytest.raises(UDFIIndexError, match="1 repeated"):
        store.write(*ME, frame, deduplicate=False)
    written = store.write(*ME, frame)
    assert written.rows_added == 10
    assert list(written.conflicts["fetched"]) == [9.0]
    assert store.read(*ME)["volume"].iloc[4] == 9.0


class AlmostFull(Fs):
    """A disk with little space left."""

    def free_bytes(self, folder: Path) -> int:
        return 1 << 20


def test_a_disk_that_is_almost_full_is_not_begun_with(tmp_path: Path):
    store = Store(tmp_path, settings=settings_of(tmp_path), fs=AlmostFull())
    with pytest.raises(StoreError, match="not enough space") as caught:
        store.write(*ME, bars())
    assert "data_root" in caught.value.hint


def test_a_cancelled_write_leaves_everything_as_it_was(store: Store):
    store.write(*ME, bars().iloc[:100])
    progress = Progress(lambda event: progress.cancel())
    with pytest.raises(JobCancelled):
        store.write(*ME, bars(), progress=progress)
    assert len(store.read(*ME)) == 100
    assert store.fs.names(store.layout.staging) == []


# -- derived timeframes --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["3m", "30m", "1h", "4h", "1d"])
def test_a_derived_timeframe_is_what_resampling_gives(store: Store, name: str):
    for start in range(0, 2880, 500):
        store.write(*ME, bars().iloc[start : start + 500], derive=[name])
    assert inner(store.read(*ME, name)).equals(resample(bars(), name))


def test_an_unfinished_bucket_waits(store: Store):
    store.write(*ME, bars().iloc[:119])
    assert len(store.read(*ME, "1h")) == 1
    store.write(*ME, bars().iloc[119:120])
    assert len(store.read(*ME, "1h")) == 2


def test_a_minute_that_finishes_no_bucket_leaves_the_derived_files_as_they_are(store: Store):
    """Each such minute gave every derived file of its month another hash, and indicators were computed for nothing."""

    def derived():
        return {key: e.sha256 for key, e in store.manifest(*ME).files.items() if e.lineage is not None}

    store.write(*ME, bars().iloc[:2870])
    before = derived()
    assert store.write(*ME, bars().iloc[2870:2873]).partitions == ("1m/2024-02",)
    assert derived() == before
    assert [store.verify(level).findings for level in ("quick", "normal", "full", "deep")] == [()] * 4
    assert store.write(*ME, bars().iloc[2873:2875]).partitions == ("1m/2024-02", "5m/2024-02")
    changed = bars().iloc[2400:2401].assign(volume=77.0)
    assert store.write(*ME, changed).partitions == ("1h/2024-02", "1m/2024-02", "5m/2024-02")
    assert store.verify("deep").findings == ()


def test_a_confirmed_empty_stretch_finishes_a_bucket(store: Store):
    store.write(*ME, bars().iloc[:100])
    end_ms = START_MS + minutes(100)
    written = store.write(*ME, bars().iloc[:0], empty=[Gap(Interval(end_ms, end_ms + minutes(20)), GapCause.HALTED)])
    assert written.generation == 2
    assert store.read(*ME, "1h")["minutes"].tolist() == [60, 40]


def test_a_timeframe_once_kept_stays_kept(store: Store):
    store.write(*ME, bars().iloc[:1000], derive=["30m"])
    store.write(*ME, bars())
    assert inner(store.read(*ME, "30m")).equals(resample(bars(), "30m"))


def test_a_new_timeframe_is_derived_for_every_month_there_is(store: Store):
    store.write(*ME, bars())
    written = store.write(*ME, bars().iloc[-1:], derive=["15m"])
    assert written.partitions == ("15m/2024-01", "15m/2024-02")
    assert inner(store.read(*ME, "15m")).equals(resample(bars(), "15m"))


def test_a_change_before_a_flat_month_changes_that_month_too(tmp_path: Path):
    """The first bars of February are flat at the last traded close of January."""
    store = store_in(tmp_path, timeframes=("1h",))
    frame = bars()
    frame.iloc[1440:1600, frame.columns.get_loc("volume")] = 0.0
    store.write(*ME, frame)
    changed = frame.iloc[1400:1440].copy()
    changed[["open", "high", "low", "close"]] = 123.0
    changed["volume"] = 1.0

    written = store.write(*ME, changed)

    assert "1h/2024-02" in written.partitions
    frame.iloc[1400:1440] = changed
    assert inner(store.read(*ME, "1h")).equals(resample(frame, "1h"))
    assert store.read(*ME, "1h").loc["2024-02-01 00:00":, "close"].iloc[0] == 123.0


def test_a_derived_timeframe_cannot_be_written(store: Store):
    store.write(*ME, bars())
    with pytest.raises(ConflictError, match="derived from the 1m bars"):
        store.write(*ME, bars(5, timeframe="1h"), timeframe="1h")


def test_a_foreign_timeframe_moves_aside_when_1m_arrives(store: Store):
    hours = bars(48, timeframe="1h", seed=9)
    store.write(*ME, hours, timeframe="1h")
    store.write(*ME, bars())
    assert inner(store.read("import", "BTCUSDT", "1h")).equals(hours)
    assert inner(store.read(*ME, "1h")).equals(resample(bars(), "1h"))


def test_1m_does_not_push_imported_bars_out_of_their_place(store: Store):
    store.write("import", "BTCUSDT", bars(48, timeframe="1h"), timeframe="1h")
    with pytest.raises(ConflictError, match="1h bars"):
        store.write("import", "BTCUSDT", bars())


# -- the ledger ----------------------------------------------------------------------------------------------------


def test_gaps_have_a_cause(store: Store):
    store.write(*ME, bars().iloc[np.r_[0:100, 200:300, 400:500]])
    halted = Gap(Interval(START_MS + minutes(100), START_MS + minutes(200)), GapCause.HALTED)
    before = Gap(Interval(START_MS - minutes(50), START_MS), GapCause.NOT_LISTED)
    store.write(*ME, bars().iloc[:0], empty=[halted, before])
    unasked = Gap(Interval(START_MS + minutes(300), START_MS + minutes(400)), GapCause.NOT_FETCHED)
    assert store.gaps(*ME) == [before, halted, unasked]
    assert store.coverage(*ME).ledger == (before, halted)


def test_rows_that_arrive_later_cut_the_ledger(store: Store):
    store.write(*ME, bars().iloc[:100])
    asked = Interval(START_MS + minutes(100), START_MS + minutes(200))
    store.write(*ME, bars().iloc[:0], empty=[Gap(asked, GapCause.UNKNOWN)])
    store.write(*ME, bars().iloc[120:150])
    left = [(gap.interval.start_ms - START_MS) // minutes(1) for gap in store.coverage(*ME).ledger]
    assert left == [100, 150]


def test_the_same_empty_stretch_again_commits_nothing(store: Store):
    gap = Gap(Interval(START_MS + minutes(100), START_MS + minutes(200)), GapCause.UNKNOWN)
    store.write(*ME, bars().iloc[:100], empty=[gap])
    assert store.write(*ME, bars().iloc[:0], empty=[gap]).generation == 1


# -- a bank of its own ---------------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path) -> Store:
    return Store.for_folder(tmp_path / "mine", settings=settings_of(tmp_path))


def test_a_folder_is_a_bank_of_its_own(folder: Store, tmp_path: Path):
    folder.write("local", "BTCUSDT", bars())
    folder.write("local", "ETHUSDT", bars(100))
    assert inner(folder.read("local", "BTCUSDT")).equals(bars())
    files = sorted(path.relative_to(tmp_path / "mine").as_posix() for path in (tmp_path / "mine").rglob("*.parquet"))
    assert files == [
        "year=2024/month=01/BTCUSDT.parquet",
        "year=2024/month=01/ETHUSDT.parquet",
        "year=2024/month=02/BTCUSDT.parquet",
    ]
    assert (tmp_path / "mine.threadx").is_dir()


def test_a_folder_holds_one_timeframe_of_a_symbol(folder: Store):
    folder.write("local", "BTCUSDT", bars())
    with pytest.raises(ConflictError, match="1m bars"):
        folder.write("local", "BTCUSDT", bars(5, timeframe="1h"), timeframe="1h")


def test_one_file_for_all_months(folder: Store, tmp_path: Path):
    folder.write("local", "BTCUSDT", bars().iloc[:2000], single_file=True)
    folder.write("local", "BTCUSDT", bars().iloc[2000:], single_file=True, mode="append")
    assert [path.name for path in (tmp_path / "mine").rglob("*.parquet")] == ["BTCUSDT.parquet"]
    assert inner(folder.read("local", "BTCUSDT")).equals(bars())
    with pytest.raises(ConflictError, match="cannot be mixed"):
        folder.write("local", "BTCUSDT", bars())


# -- settings and formats ------------------------------------------------------------------------------------------


def test_a_bank_of_a_newer_format_is_refused(store: Store, tmp_path: Path):
    store.write(*ME, bars(10))
    store.layout.format_file.write_text('{"format": 2, "link": true}')
    with pytest.raises(StoreError, match="newer") as caught:
        store_in(tmp_path / "data")
    assert "newer one" in caught.value.hint


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip", "lz4", "auto"])
def test_every_compression_reads_back(store: Store, compression: str):
    store.write(*ME, bars(), compression=compression)
    assert inner(store.read(*ME)).equals(bars())


@pytest.mark.parametrize("options", [{"links": False}, {"directory_fsync": False}], ids=["no links", "windows"])
def test_a_disk_of_another_kind_works_the_same(tmp_path: Path, options):
    def opened() -> Store:
        settings = settings_of(tmp_path)
        kept = replace(settings, store=replace(settings.store, keep_operations=2))
        return Store(tmp_path / "data", settings=kept, fs=Fs(**options))

    for start in range(0, 2880, 700):
        opened().write(*ME, bars().iloc[start : start + 700])
    store = opened()
    assert inner(store.read(*ME)).equals(bars())
    assert store.recover() == []
    store.undo(*ME)
    assert inner(store.read(*ME)).equals(bars().iloc[:2800])
    store.delete(*ME)
    assert [path for path in store.layout.visible.rglob("*") if path.is_file()] == []


def test_bars_are_not_moved_out_of_the_bank_through_a_link(store: Store, tmp_path: Path):
    store.write(*ME, bars(40, timeframe="1h"), timeframe="1h")
    (tmp_path / "elsewhere").mkdir()
    (store.layout.visible / "import").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileValidationError, match="out of the bank"):
        store.write(*ME, bars())
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert store.manifest(*ME).timeframes == ("1h",)


@pytest.mark.parametrize("dtype", ["str", "string", "object"])
def test_rows_without_a_symbol_are_nobodys(store: Store, dtype: str):
    frame = bars(10)
    frame["symbol"] = pd.array([None, *["BTCUSDT"] * 9], dtype=dtype)
    with pytest.raises(DataError, match="bars of"):
        store.write(*ME, frame)


@pytest.mark.parametrize("row", [0, 5])
def test_rows_without_an_open_time_are_refused(store: Store, row: int):
    times = bars(10).index.to_series().reset_index(drop=True)
    times[row] = pd.NaT
    with pytest.raises(UDFIIndexError, match="missing"):
        store.write(*ME, bars(10).set_axis(pd.DatetimeIndex(times)))


@pytest.mark.parametrize(("column", "value"), [("trades", 2**62), ("trades", 1e18), ("volume", 1e305)])
def test_amounts_that_cannot_be_added_up_are_refused(store: Store, column: str, value: float):
    with pytest.raises(UDFIValueError, match="too large"):
        store.write(*ME, bars(10).assign(**{column: value}))


def test_an_infinite_count_is_told_as_that(store: Store):
    with pytest.raises(UDFIValueError, match="trades = inf"):
        store.write(*ME, bars(10).assign(trades=np.inf))


def test_the_hint_names_other_providers_only(store: Store, tmp_path: Path):
    (tmp_path / "data/.threadx/series/binance/ETHUSDT").mkdir(parents=True)
    with pytest.raises(DataNotFoundError) as refused:
        store.read("binance", "ETHUSDT")
    assert "provider" not in refused.value.hint
