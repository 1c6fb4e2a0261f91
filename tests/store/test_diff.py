from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.store.bank_maker import filled
from threadx.bars.schema import OPEN_TIME, Columns
from threadx.bars.timeframe import MINUTE_MS
from threadx.errors import DataNotFoundError, JobCancelled
from threadx.progress import Progress
from threadx.store.diff import StoreDiff, compare, diff_files

MARCH_MS = 1_677_628_800_000


def bars(*minutes: int, price: float = 100.0, **columns: list[float]) -> Columns:
    prices = {name: np.full(len(minutes), price) for name in ("open", "high", "low", "close")}
    given = {name: np.array(values) for name, values in columns.items()}
    return {OPEN_TIME: MARCH_MS + MINUTE_MS * np.array(minutes, dtype=np.int64), **prices, **given}


def test_bars_of_one_side_only_are_added_or_removed():
    month = compare("1m", "2023-03", bars(0, 1, 2), bars(1, 2, 3, 4))
    assert (month.added, month.removed, month.changed, month.largest) == (2, 1, 0, None)


def test_a_changed_bar_names_its_largest_price_change_relative_to_what_it_was():
    before = bars(0, 1, close=[100.0, 10.0])
    after = bars(0, 1, close=[105.0, 11.0])
    month = compare("1h", "2023-03", before, after)
    assert month.changed == 2
    assert (month.largest.column, month.largest.before, month.largest.after) == ("close", 10.0, 11.0)
    assert month.largest.open_time_ms == MARCH_MS + MINUTE_MS
    assert str(month.largest) == "1h 2023-03-01T00:01 UTC close 10 -> 11 (10.000%)"


def test_values_missing_on_both_sides_are_equal():
    nan = float("nan")
    month = compare("1m", "2023-03", bars(0, 1, trades=[nan, 3.0]), bars(0, 1, trades=[nan, 3.0]))
    assert month.empty


def test_a_column_that_one_side_lacks_counts_only_where_it_holds_a_value():
    month = compare("1m", "2023-03", bars(0, 1), bars(0, 1, trades=[float("nan"), 3.0]))
    assert month.changed == 1


def test_equal_hashes_are_never_opened():
    files = {"1m/2023-03": "a", "1m/2023-04": "b"}
    assert diff_files(files, files, load=lambda key, sha: (_ for _ in ()).throw(AssertionError(key))) == ()


def test_only_months_that_differ_are_opened_shortest_timeframe_first():
    before = {"1h/2023-03": "a", "1m/2023-03": "b", "1m/2023-04": "c"}
    after = {"1h/2023-03": "A", "1m/2023-03": "B", "1m/2023-04": "c", "1m/2023-05": "d"}
    opened = []
    months = diff_files(before, after, load=lambda key, sha: opened.append((key, sha)) or bars(0))
    assert [(month.timeframe, month.month) for month in months] == [
        ("1m", "2023-03"),
        ("1m", "2023-05"),
        ("1h", "2023-03"),
    ]
    assert sorted(opened) == [
        ("1h/2023-03", "A"),
        ("1h/2023-03", "a"),
        ("1m/2023-03", "B"),
        ("1m/2023-03", "b"),
        ("1m/2023-05", "d"),
    ]


def test_the_text_tells_the_counts_and_each_month():
    months = diff_files({}, {"1m/2023-03": "a"}, load=lambda key, sha: bars(0, 1))
    text = str(StoreDiff("binance", "BTCUSDT", 3, 4, months, opened=1))
    assert text.splitlines() == [
        "binance BTCUSDT: generation 3 -> 4: 2 bars added, 0 removed, 0 changed",
        "  1m 2023-03: 2 added, 0 removed, 0 changed",
    ]


def test_the_text_says_when_no_bar_differs():
    months = diff_files({"1m/2023-03": "a"}, {"1m/2023-03": "b"}, load=lambda key, sha: bars(0, 1))
    assert str(StoreDiff("binance", "BTCUSDT", 3, 4, months, opened=2)).endswith("no bar differs")


minutes = st.sets(st.integers(0, 40)).map(sorted)


@given(minutes, minutes)
def test_counts_agree_with_sets_of_open_times(old, new):
    month = compare("1m", "2023-03", bars(*old), bars(*new))
    assert (month.added, month.removed, month.changed) == (len({*new} - {*old}), len({*old} - {*new}), 0)


# -- of a store ------------------------------------------------------------------------------------------------------


@pytest.fixture
def store(tmp_path):
    return filled(tmp_path, "BTCUSDT")


def test_two_generations_are_compared_in_every_timeframe(store):
    found = store.diff("binance", "BTCUSDT", 1, 2)
    assert (found.before, found.after) == (1, 2)
    assert sum(month.added for month in found.of("1m")) == 880
    assert {month.timeframe for month in found.months} == {"1m", "5m", "1h"}
    assert "880 added, 0 removed, 0 changed" in str(found)


def test_a_change_is_told_with_its_largest_price_move(store):
    frame = store.read("binance", "BTCUSDT").iloc[[5]]
    store.write("binance", "BTCUSDT", frame.assign(high=frame["high"] * 2))
    found = store.diff("binance", "BTCUSDT", 2)
    assert sum(month.changed for month in found.of("1m")) == 1
    assert (found.largest.column, found.largest.relative) == ("high", 1.0)
    assert found.opened == 6


def test_unchanged_months_are_not_opened(store):
    february = store.bank.layout.object(*object_of(store, "1m/2024-02"))
    frame = store.read("binance", "BTCUSDT").iloc[[5]]
    store.write("binance", "BTCUSDT", frame.assign(high=frame["high"] * 2))
    february.unlink()
    assert store.diff("binance", "BTCUSDT", 2).changed > 0


def object_of(store, key):
    manifest = store.manifest("binance", "BTCUSDT")
    return manifest.series, manifest.files[key].sha256


def test_a_generation_compared_with_itself_or_its_undo_has_no_difference(store):
    assert str(store.diff("binance", "BTCUSDT", 2, 2)).endswith("no bar differs")
    store.undo("binance", "BTCUSDT")
    assert store.diff("binance", "BTCUSDT", 1, 3).months == ()


def test_generation_zero_is_the_empty_state_before_the_first(store):
    found = store.diff("binance", "BTCUSDT", 0, 1)
    assert (sum(month.added for month in found.of("1m")), found.removed, found.changed) == (2000, 0, 0)


def test_a_deleted_symbol_has_lost_every_bar(store):
    rows = sum(row.rows for row in store.catalog.rows())
    store.delete("binance", "BTCUSDT")
    assert store.diff("binance", "BTCUSDT", 2).removed == rows


@pytest.mark.parametrize(("symbol", "gen"), [("BTCUSDT", 99), ("DOGEUSDT", 1), ("DOGEUSDT", None)])
def test_a_generation_that_is_not_there_is_not_found(store, symbol, gen):
    with pytest.raises(DataNotFoundError):
        store.diff("binance", symbol, gen)


def test_cancel_ends_a_comparison(store):
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        store.diff("binance", "BTCUSDT", 1, 2, progress=progress)
