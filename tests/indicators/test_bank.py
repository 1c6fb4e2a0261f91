"""Any indicator of any stored bars: right, kept in a file, and never stale."""

from __future__ import annotations

import inspect
import json
import logging
import os
from dataclasses import replace
from datetime import UTC, datetime

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as pq
import pytest

from tests.faults.harness import KillAt, in_child
from tests.real import needs_real, real_frame
from tests.store.bank_maker import bars, settings_of, store_in
from threadx.bars.schema import columns_from_frame
from threadx.config import Settings
from threadx.data.indicator_batch import Batch, run_batch
from threadx.errors import (
    CorruptPartitionError,
    DataNotFoundError,
    IndicatorError,
    JobCancelled,
    StoreError,
    UDFIColumnError,
)
from threadx.indicators.bank import Freshness, IndicatorBank, Outcome, Why
from threadx.indicators.choices import wanted
from threadx.indicators.spec import INDICATORS, get
from threadx.progress import Progress
from threadx.store import Store
from threadx.store.fsio import Fs
from threadx.store.indicator_files import read_key, write_file
from threadx.store.layout import Series
from threadx.store.manifest import digest

EMA = ("BTCUSDT", "ema", {"period": 20})
DAYS = 60
HOURS = 24 * DAYS


def hourly(count=HOURS, **changed):
    """Bars over January 31 to the end of March: three months, a window of twenty well inside each."""
    return bars(count, timeframe="1h", **changed)


@pytest.fixture
def store(tmp_path) -> Store:
    store = store_in(tmp_path / "data")
    store.write("binance", "BTCUSDT", hourly(), timeframe="1h")
    return store


@pytest.fixture
def bank(store) -> IndicatorBank:
    return IndicatorBank(store)


def computed(store, name="ema", params=None, timeframe="1h"):
    """The values as one pass over all bars gives them."""
    columns = columns_from_frame(store.read("binance", "BTCUSDT", timeframe))
    return get(name).run(columns, {**(params or {"period": 20}), "timeframe": timeframe})[0]


def change(store, at, price=1.0):
    frame = hourly().iloc[at : at + 1].copy()
    frame[["open", "high", "low", "close"]] += price
    store.write("binance", "BTCUSDT", frame, timeframe="1h")


def test_values_are_those_of_one_pass_and_the_index_is_that_of_the_bars(bank, store):
    frame = bank.calculate(*EMA)
    assert frame.index.equals(store.read("binance", "BTCUSDT", "1h").index)
    assert frame["ema"].to_numpy().tobytes() == computed(store)["ema"].tobytes()
    assert bank.calculate(*EMA).equals(frame)


@pytest.mark.parametrize("name", INDICATORS)
def test_every_indicator_is_kept_month_by_month_as_one_pass_gives_it(tmp_path, name):
    store = store_in(tmp_path / "data")
    store.write("binance", "BTCUSDT", hourly().assign(taker_buy_base=1.0, taker_buy_quote=1.0), timeframe="1h")
    bank = IndicatorBank(store)
    wanted = computed(store, name, {"max_gap": 240})
    for frame in (bank.calculate("BTCUSDT", name), bank.calculate("BTCUSDT", name)):
        assert {each: frame[each].to_numpy().tobytes() for each in frame} == {
            each: values.tobytes() for each, values in wanted.items()
        }


def test_values_may_be_edited_in_place_and_stay_as_they_are_in_the_file(bank):
    """Those that came from the file lay in memory that could not be written to."""
    for frame in (bank.calculate(*EMA), bank.calculate(*EMA)):
        frame.loc[frame.index[-1], "ema"] = 0.0
    assert bank.calculate(*EMA)["ema"].iloc[-1] > 0


def test_a_derived_timeframe_has_its_own_file(tmp_path):
    store = store_in(tmp_path / "data")
    store.write("binance", "BTCUSDT", bars())
    bank = IndicatorBank(store)
    for timeframe in ("1m", "5m", "1h"):
        frame = bank.calculate(*EMA, timeframe=timeframe)
        assert frame["ema"].to_numpy().tobytes() == computed(store, timeframe=timeframe)["ema"].tobytes()
        assert (tmp_path / f"data/indicators/binance/BTCUSDT/{timeframe}/ema_20.parquet").is_file()


def test_a_range_cuts_the_values_and_changes_none(bank):
    whole = bank.calculate(*EMA)
    part = bank.calculate(*EMA, start="2024-02-10", end="2024-03-02")
    assert part.equals(whole.loc["2024-02-10":"2024-03-02 23:00"])
    assert bank.calculate(*EMA, start=datetime(2024, 3, 1, tzinfo=UTC)).equals(whole.loc["2024-03-01":])
    assert len(bank.calculate(*EMA, start="2030-01-01")) == 0


def test_the_second_time_nothing_is_computed_or_written(bank):
    first = bank.ensure(*EMA)
    before = first.path.stat()
    second = bank.ensure(*EMA)
    assert (first.outcome, first.why, first.from_month) == (Outcome.COMPUTED, Why.MISSING, "2024-01")
    assert (second.outcome, second.why, second.months, second.rows) == (Outcome.REUSED, Why.SAME, (), HOURS)
    assert second.reused
    assert first.path.stat() == before


def test_bars_that_are_added_extend_the_file(bank, store):
    bank.ensure(*EMA)
    store.write("binance", "BTCUSDT", hourly(HOURS + 24), timeframe="1h")
    done = bank.ensure(*EMA)
    assert (done.outcome, done.why, done.months) == (Outcome.EXTENDED, Why.ADDED, ("2024-03",))
    assert done.reason == "bars were added, from 2024-03"
    assert bank.calculate(*EMA)["ema"].to_numpy().tobytes() == computed(store)["ema"].tobytes()


def test_a_changed_month_costs_a_recursive_one_that_month_and_every_later_one(bank, store):
    bank.ensure(*EMA)
    change(store, 24 * 29 + 20)  # at the end of February, so that March still feels it
    done = bank.ensure(*EMA)
    assert (done.outcome, done.why, done.months) == (Outcome.EXTENDED, Why.CHANGED, ("2024-02", "2024-03"))
    assert bank.calculate(*EMA)["ema"].to_numpy().tobytes() == computed(store)["ema"].tobytes()


@pytest.mark.parametrize(("at", "months"), [(100, ("2024-02",)), (24 * 30 - 2, ("2024-02", "2024-03"))])
def test_a_windowed_one_stops_after_its_window(bank, store, at, months):
    bank.ensure("BTCUSDT", "sma", {"period": 20})
    change(store, at)
    assert bank.ensure("BTCUSDT", "sma", {"period": 20}).months == months
    frame = bank.calculate("BTCUSDT", "sma", {"period": 20})
    assert frame["sma"].to_numpy().tobytes() == computed(store, "sma")["sma"].tobytes()


def test_undo_brings_the_old_values_back(bank, store):
    before = bank.calculate(*EMA)
    change(store, 0)
    assert not bank.calculate(*EMA).equals(before)
    store.undo("binance", "BTCUSDT")
    assert bank.calculate(*EMA).equals(before)


def test_a_damaged_file_is_computed_again_and_said(bank, store):
    path = bank.ensure(*EMA).path
    data = path.read_bytes()
    for damaged in (data[:-50], data[:200] + b"?" + data[201:], b""):
        path.write_bytes(damaged)
        done = bank.ensure(*EMA)
        assert (done.outcome, done.why) == (Outcome.COMPUTED, Why.DAMAGED)
        assert "ema_20.parquet" in done.detail
        assert done.detail in done.reason
        assert path.read_bytes() == data
        path.write_bytes(damaged)
        assert bank.calculate(*EMA)["ema"].to_numpy().tobytes() == computed(store)["ema"].tobytes()


def test_another_version_or_other_parameters_compute_everything(bank):
    path = bank.ensure(*EMA).path
    key = read_key(path)
    columns = {"open_time": hourly().index.asi8, "ema": np.zeros(HOURS)}
    for other, why in ((replace(key, version=key.version + 1), Why.VERSION), (replace(key, params={}), Why.PARAMETERS)):
        write_file(Fs(), path, other, columns)
        done = bank.ensure(*EMA)
        assert (done.outcome, done.why, len(done.months)) == (Outcome.COMPUTED, why, 3)


def test_the_longest_gap_is_that_of_the_settings_and_part_of_the_key(tmp_path):
    settings = settings_of(tmp_path / "data")
    store = Store(tmp_path / "data", settings=settings)
    frame = hourly()
    store.write("binance", "BTCUSDT", pd.concat([frame.iloc[:500], frame.iloc[510:]]), timeframe="1h")
    strict = IndicatorBank(store).calculate(*EMA)
    bridged = IndicatorBank(store).calculate("BTCUSDT", "ema", {"period": 20, "max_gap": None})
    assert strict["ema"].isna().sum() == 38
    assert bridged["ema"].isna().sum() == 19
    loose = replace(settings, indicators=replace(settings.indicators, max_gap_minutes=6000))
    bank = IndicatorBank(Store(tmp_path / "data", settings=loose))
    assert bank.calculate(*EMA).equals(bridged)
    assert sorted(each.stem for each in bank.status()) == ["ema_20", "ema_20_gap6000", "ema_20_gapnone"]


def test_what_cannot_be_is_refused_with_what_can(bank):
    with pytest.raises(IndicatorError, match="no such indicator") as unknown:
        bank.calculate("BTCUSDT", "emma")
    assert "ema" in unknown.value.hint
    with pytest.raises(IndicatorError) as wrong:
        bank.calculate("BTCUSDT", "ema", {"period": 0})
    assert "1 .. 10000" in wrong.value.hint
    with pytest.raises(DataNotFoundError):
        bank.calculate("ETHUSDT", "ema")
    with pytest.raises(DataNotFoundError) as other:
        bank.calculate(*EMA, timeframe="4h")
    assert "1h" in other.value.hint


def test_a_column_that_the_bars_lack_is_named(tmp_path):
    store = store_in(tmp_path / "data")
    frame = hourly().drop(columns=["quote_volume", "trades"])
    store.write("binance", "BTCUSDT", frame, timeframe="1h")
    needing = next((name for name, each in INDICATORS.items() if "quote_volume" in each.needs), None)
    if needing is not None:
        with pytest.raises(UDFIColumnError, match="quote_volume"):
            IndicatorBank(store).calculate("BTCUSDT", needing)


def test_other_programs_read_the_file_aligned_with_the_bars(bank, store):
    path = bank.ensure(*EMA).path
    frame = pd.read_parquet(path)
    assert frame.index.equals(store.read("binance", "BTCUSDT", "1h").index)
    assert frame.equals(bank.calculate(*EMA))
    assert len(pl.read_parquet(path)) == HOURS
    count = f"SELECT count(*) FROM '{path}' i JOIN '{store.layout.visible}/**/*.parquet' b USING (timestamp)"
    assert duckdb.sql(count).fetchall() == [(HOURS,)]


def test_many_come_by_the_name_of_their_files(bank):
    found = bank.calculate_many("BTCUSDT", ["ema", "sma:5", ("ema", {"period": 7})])
    assert list(found) == ["ema_20", "ema_50", "ema_200", "sma_5", "ema_7"]
    assert found["ema_20"].equals(bank.calculate(*EMA))


@pytest.mark.parametrize(
    "call",
    [
        lambda bank: bank.calculate(*EMA),
        lambda bank: bank.ensure(*EMA),
        lambda bank: bank.calculate_many("BTCUSDT", ["ema", "sma:5"]),
        lambda bank: run_batch(bank, Batch.of([("binance", "BTCUSDT")], wanted(bank.settings, ["ema", "rsi"]), ["1h"])),
    ],
)
def test_a_call_is_told_in_one_line_and_its_files_only_to_who_wants_details(bank, caplog, call):
    """A batch of a hundred symbols had filled the log with a line for each of its thousands of files."""
    caplog.set_level(logging.DEBUG, "threadx")
    call(bank)
    levels = [each.levelno for each in caplog.records if each.name.startswith(("threadx.indicators", "threadx.data"))]
    assert levels.count(logging.INFO) == 1


def test_how_files_stand(bank, store):
    wanted = (["BTCUSDT"], ["ema:20", "sma:5"], ["1h"])
    assert [each.state for each in bank.status(*wanted)] == [Freshness.MISSING] * 2
    path = bank.ensure(*EMA).path
    fresh, missing = bank.status(*wanted)
    assert (fresh.state, fresh.why, fresh.rows, fresh.path) == (Freshness.FRESH, Why.SAME, HOURS, path)
    assert fresh.size_bytes == path.stat().st_size
    assert missing.state is Freshness.MISSING
    assert bank.status() == [fresh]
    change(store, 24 * 10)
    stale = bank.status()[0]
    assert (stale.state, stale.why, stale.from_month) == (Freshness.STALE, Why.CHANGED, "2024-02")
    store.delete("binance", "BTCUSDT")
    assert bank.status()[0].why is Why.NO_BARS
    path.write_bytes(b"")
    assert (bank.status()[0].why, bank.status(*wanted)[0].why) == (Why.DAMAGED, Why.DAMAGED)


def as_older_version(path):
    """Make a file what a version of the program with another format would have written."""
    table = pq.read_table(path)
    said = dict(table.schema.metadata)
    key = json.loads(said[b"threadx.key"]) | {"format": "1"}
    said[b"threadx.key"] = text = json.dumps(key).encode()
    said[b"threadx.check"] = digest(text).encode()
    pq.write_table(table.replace_schema_metadata(said), path)


def test_a_file_of_another_format_is_told_apart_from_a_damaged_one(bank):
    path = bank.ensure(*EMA).path
    as_older_version(path)
    told = [bank.status()[0], bank.status(["BTCUSDT"], ["ema:20"], ["1h"])[0]]
    assert [(each.state, each.why) for each in told] == [(Freshness.STALE, Why.FORMAT)] * 2
    done = bank.ensure(*EMA)
    assert (done.outcome, done.why, done.path, done.detail) == (Outcome.COMPUTED, Why.FORMAT, path, "")
    assert bank.status()[0].state is Freshness.FRESH


def test_a_file_under_the_name_of_another_is_not_fresh(bank):
    path = bank.ensure(*EMA).path
    path.with_name("ema_50.parquet").write_bytes(path.read_bytes())
    assert [(each.stem, each.state, each.why) for each in bank.status()] == [
        ("ema_20", Freshness.FRESH, Why.SAME),
        ("ema_50", Freshness.STALE, Why.PARAMETERS),
    ]
    assert bank.ensure("BTCUSDT", "ema", {"period": 50}).why is Why.PARAMETERS
    assert {each.state for each in bank.status()} == {Freshness.FRESH}


def test_what_is_deleted_is_computed_anew(bank):
    for period in (5, 20):
        bank.ensure("BTCUSDT", "ema", {"period": period})
    bank.ensure("BTCUSDT", "sma", {"period": 5})
    assert bank.delete(indicators=["ema:5"]).files == 1
    assert [each.stem for each in bank.status()] == ["ema_20", "sma_5"]
    assert bank.delete(["ETHUSDT"]).files == 0
    assert bank.delete().files == 2
    assert bank.delete().files == 0
    assert bank.ensure(*EMA).outcome is Outcome.COMPUTED


def test_exactly_the_files_named_are_deleted_damaged_ones_too(bank):
    for period in (5, 20):
        bank.ensure("BTCUSDT", "ema", {"period": period})
    found = bank.status()
    found[0].path.write_bytes(b"damaged")
    damaged, _fresh = bank.status()
    assert not damaged.params

    assert bank.delete_files([damaged]).files == 1

    assert [each.stem for each in bank.status()] == ["ema_5"]
    missing = bank.status(["BTCUSDT"], ["ema:77"], ["1h"])
    assert bank.delete_files(missing).files == 0


def test_a_status_says_what_its_file_covers(bank):
    columns = bank.columns(*EMA[:2], {"period": 5})
    bank.ensure("BTCUSDT", "ema", {"period": 5})

    (status,) = bank.status()

    assert (status.first_ms, status.last_ms) == (columns["open_time"][0], columns["open_time"][-1])
    (missing,) = bank.status(["BTCUSDT"], ["ema:77"], ["1h"])
    assert (missing.first_ms, missing.last_ms) == (None, None)


def test_cancel_leaves_the_file_as_it_was(bank, store):
    path = bank.ensure(*EMA).path
    before = path.read_bytes()
    change(store, 0)
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        bank.ensure(*EMA, progress=progress)
    assert path.read_bytes() == before


def test_bars_whose_generation_goes_meanwhile_are_read_from_a_newer_one(store, bank):
    """GC may remove what a reader is about to read: it begins again."""

    def listen(event):
        if event.done == 2 and store.manifest("binance", "BTCUSDT").gen < 20:
            for step in range(20):  # more operations than are kept
                change(store, 24 * 40, price=1.0 + step)

    frame = bank.calculate(*EMA, progress=Progress(listen))
    assert frame["ema"].to_numpy().tobytes() == computed(store)["ema"].tobytes()
    assert bank.ensure(*EMA).outcome is Outcome.REUSED


def test_bars_that_are_lost_are_told(store, bank):
    for entry in store.manifest("binance", "BTCUSDT").of("1h").values():
        store.layout.object(Series("binance", "BTCUSDT"), entry.sha256).unlink()
    with pytest.raises(DataNotFoundError, match="objects of the generation are missing"):
        bank.calculate(*EMA)


def test_damaged_bars_are_not_taken_for_a_damaged_cache(store, bank):
    entry = store.manifest("binance", "BTCUSDT").of("1h")["2024-02"]
    path = store.layout.object(Series("binance", "BTCUSDT"), entry.sha256)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(CorruptPartitionError, match="1h/2024-02"):
        bank.calculate(*EMA)


def test_a_bank_opens_by_settings_data_root_or_store(store, bank, tmp_path):
    frame = bank.calculate(*EMA)
    settings = Settings.under(tmp_path)
    for source in (settings, tmp_path / "data", str(tmp_path / "data"), store):
        assert IndicatorBank(source).ensure(*EMA, provider="binance").outcome is Outcome.REUSED
        assert IndicatorBank(source).calculate(*EMA).equals(frame)


def test_a_disk_that_refuses_leaves_the_old_file(store, bank):
    path = bank.ensure(*EMA).path
    before = path.read_bytes()
    change(store, 0)
    for name in ("note", "replace"):
        hook = Failing(name)
        failing = Store(store.layout.control.parent, settings=store.settings, fs=Fs(hook))
        with pytest.raises(StoreError):
            IndicatorBank(failing).ensure(*EMA)
        assert path.read_bytes() == before
        assert list(path.parent.iterdir()) == [path]


class Failing:
    """A hook that lets one kind of operation below the indicators fail."""

    def __init__(self, name):
        self.name = name

    def __call__(self, operation):
        if operation.name == self.name and "indicators" in operation.path.parts:
            raise OSError(28, os.strerror(28))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_process_killed_while_it_writes_leaves_old_or_new(store, bank, fault_scale):
    path = bank.ensure(*EMA).path
    old = path.read_bytes()
    change(store, 0)
    new = None
    for number in range(1, 20):
        path.write_bytes(old)
        hook = KillAt(number)
        killed = Store(store.layout.control.parent, settings=store.settings, fs=Fs(hook, flush=lambda _: None))
        code = in_child(lambda killed=killed: IndicatorBank(killed).ensure(*EMA))
        found = path.read_bytes()
        if code == 0:
            new = found
            break
        assert found == old or read_key(path) is not None
        assert IndicatorBank(store).calculate(*EMA)["ema"].to_numpy().tobytes() == computed(store)["ema"].tobytes()
    assert new not in (None, old)


def test_the_path_and_the_form_that_users_know():
    parameters = inspect.signature(IndicatorBank.calculate).parameters
    assert list(parameters)[1:5] == ["symbol", "indicator", "params", "timeframe"]
    assert parameters["timeframe"].default == "1h"


@needs_real
def test_an_outage_of_the_exchange_starts_the_warm_up_again_where_it_is_not_to_be_bridged(tmp_path):
    """24 March 2023, 12:40 to 14:00 UTC: no bars anywhere."""
    store = store_in(tmp_path / "data")
    store.write("binance", "BTCUSDT", real_frame("BTCUSDT_1m_2023-03-20_31"))
    bank = IndicatorBank(store)
    bridged = bank.calculate(*EMA, timeframe="1m")
    strict = bank.calculate("BTCUSDT", "ema", {"period": 20, "max_gap": 60}, "1m")
    assert bridged["ema"].isna().sum() == 19
    assert strict["ema"].isna().sum() == 38
    assert strict.loc["2023-03-24 14:00":"2023-03-24 14:18", "ema"].isna().all()
    for timeframe in ("1m", "1h"):
        frame = bank.calculate(*EMA, timeframe=timeframe)
        assert frame["ema"].to_numpy().tobytes() == computed(store, timeframe=timeframe)["ema"].tobytes()
