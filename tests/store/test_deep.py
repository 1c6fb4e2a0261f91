"""Bars that are wrong though every hash is right: what only a deep look can find."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.store.bank_maker import bars, minutes, store_in
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.schema import columns_from_frame
from threadx.bars.timeframe import Timeframe
from threadx.store.commit import Draft, commit
from threadx.store.layout import Series
from threadx.store.manifest import Step
from threadx.store.objects import Dataset, encode
from threadx.store.stage import staged

SERIES = Series("binance", "BTCUSDT")


@pytest.fixture
def store(tmp_path):
    store = store_in(tmp_path)
    store.write("binance", "BTCUSDT", bars())
    return store


def smuggle(store, key, columns=None, **changes):
    """Commit a generation in which one file is another: what a faulty ThreadX might have written."""
    timeframe, month = key.split("/")
    parent = store.manifest("binance", "BTCUSDT")
    entry = parent.files[key]
    with store.bank.locked(SERIES, timeout_s=1), staged(store.fs, store.layout, SERIES) as stage:
        if columns is not None:
            dataset = Dataset(SERIES, Timeframe.parse(timeframe), month)
            data, entry = encode(dataset, columns, "lz4", entry.lineage)
            stage.put(entry, data)
        files = dict(parent.files) | {key: replace(entry, **changes)}
        commit(store.bank, stage, parent, Draft(files, parent.ledger), Step("smuggled", ""))


def columns_of(store, key):
    return dict(store.bank.rows(SERIES, key, store.manifest("binance", "BTCUSDT").files[key]))


def deep(store, *, repair=False):
    return store.verify("deep", repair=repair)


def codes(report):
    return [finding.code for finding in report.findings]


def test_a_derived_bar_that_is_not_what_1m_gives_is_found_and_derived_again(store):
    truth = store.read("binance", "BTCUSDT", "1h")
    columns = columns_of(store, "1h/2024-01")
    columns["close"] = columns["close"].copy()
    columns["close"][3] = columns["low"][3]
    smuggle(store, "1h/2024-01", columns)
    assert store.verify("full").ok
    (finding,) = deep(store).findings
    assert finding.code == "derived_wrong"
    assert "1 changed" in finding.text
    assert deep(store, repair=True).ok
    assert deep(store).findings == ()
    assert store.read("binance", "BTCUSDT", "1h").equals(truth)


def test_a_missing_derived_bar_is_found(store):
    columns = {name: values[:-1] for name, values in columns_of(store, "5m/2024-02").items()}
    smuggle(store, "5m/2024-02", columns)
    (finding,) = deep(store).findings
    assert (finding.code, "1 added" in finding.text) == ("derived_wrong", True)


def test_a_derived_month_is_stale_when_a_1m_hash_differs_never_by_clock(store):
    entry = store.manifest("binance", "BTCUSDT").files["1h/2024-01"]
    smuggle(store, "1h/2024-01", lineage=replace(entry.lineage, derived_from=("0" * 64,)))
    assert codes(deep(store)) == ["derived_stale"]
    assert deep(store, repair=True).ok
    assert deep(store).findings == ()


def test_1m_that_changed_under_its_derived_months_makes_them_stale_and_wrong(store):
    edited = columns_from_frame(bars(1440).assign(volume=1.0))
    smuggle(store, "1m/2024-01", edited)
    assert {"derived_stale", "derived_wrong"} == set(codes(deep(store)))
    assert deep(store, repair=True).ok
    assert store.read("binance", "BTCUSDT", "1h")["volume"].iloc[:24].tolist() == [60.0] * 24


def test_a_bar_that_breaks_a_rule_is_found_and_left_to_the_exchange(store):
    columns = columns_from_frame(bars(1440))
    columns["high"] = columns["high"].copy()
    columns["high"][7] = 1.0
    smuggle(store, "1m/2024-01", columns)
    report = deep(store, repair=True)
    (finding,) = [one for one in report.findings if one.code == "bar_invalid"]
    assert not report.ok
    assert "2024-01-31 00:07 high = 1 (high_is_highest)" in finding.text


@pytest.mark.parametrize(
    "lie", [{"rows": 7}, {"first_ms": 0}, {"last_ms": 1_706_700_000_000}, {"gaps": (Interval(0, 60_000),)}]
)
def test_a_manifest_that_does_not_describe_its_file_is_found(store, lie):
    smuggle(store, "1m/2024-01", **lie)
    assert "entry_differs" in codes(deep(store))


def test_bars_under_another_month_are_found(store):
    smuggle(store, "1m/2024-01", columns_of(store, "1m/2024-02"))
    found = [one for one in deep(store).findings if one.code == "entry_differs"]
    assert "month" in found[0].text


def test_thin_and_holed_history_is_derived_just_so(tmp_path):
    """Outages, months without a trade, weeks over a month's edge and confirmed-empty ends all verify."""
    store = store_in(tmp_path, timeframes=("3m", "1h", "4h", "1d", "1w", "1mo"))
    frame = bars(60 * 24 * 80)
    start = int(frame.index[0].timestamp() * 1000)
    frame.loc["2024-02-10":"2024-03-20", ["volume", "quote_volume", "trades"]] = 0
    flat = frame.loc["2024-02-10":"2024-03-20", "close"].iloc[0]
    frame.loc["2024-02-10":"2024-03-20", ["open", "high", "low", "close"]] = flat
    frame = frame.drop(frame.loc["2024-02-27 10:00":"2024-03-02 11:07"].index)
    frame["trades"] = frame["trades"].astype("int64")
    cut = 60 * 24 * 50
    store.write("binance", "BTCUSDT", frame.iloc[cut:])
    store.write("binance", "BTCUSDT", frame.iloc[:cut])
    end = start + minutes(60 * 24 * 80)
    store.write(
        "binance", "BTCUSDT", frame.iloc[:0], empty=[Gap(Interval(end, end + minutes(60 * 24 * 3)), GapCause.UNKNOWN)]
    )
    assert deep(store).findings == ()
    assert {row.timeframe for row in store.catalog.rows()} == {"1m", "3m", "1h", "4h", "1d", "1w", "1mo"}
