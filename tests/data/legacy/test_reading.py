"""Files of every shape become the same bars, and what is no bar is set aside with its reason."""

from __future__ import annotations

import json
import os

import numpy as np
import pandas as pd
import pytest

from tests.data.legacy.shapes import FIVE, REST, dated, dicts, feather, iso, klines, lists, shapes, some, table
from tests.data.memory_source import T0, minutes
from threadx.bars.schema import OPEN_TIME
from threadx.data.legacy.reading import read_bars
from threadx.errors import FileValidationError
from threadx.store.foreign import load

NOW_MS = T0 + 400 * 86_400_000
BARS = minutes(T0, 40)
SHAPES = shapes(BARS)


@pytest.fixture
def read(tmp_path):
    """Write a file and return what is read of it."""

    def call(name, content, now_ms=NOW_MS, modified_ms=NOW_MS - 1):
        path = tmp_path / name
        path.write_bytes(content)
        os.utime(path, ns=(modified_ms * 10**6, modified_ms * 10**6))
        return read_bars(load(path), now_ms=now_ms)

    return call


def said(bars):
    return [str(note) for note in bars.preview.notes]


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_gives_the_same_bars(read, shape):
    name, content, whole = SHAPES[shape]
    bars = read(name, content)
    assert (bars.preview.symbol, bars.preview.timeframe, bars.preview.rows) == ("BTCUSDT", "1m", 40)
    assert list(bars.columns) == [OPEN_TIME, *FIVE, *(REST if whole else ())]
    for column, values in bars.columns.items():
        np.testing.assert_array_equal(values, BARS[column], column)
    assert bars.bad == ()


@pytest.mark.parametrize(
    ("shape", "unit", "why"),
    [
        ("objects, ms", "ms", "13 digits are milliseconds: 1679270400000 is 2023-03-20 00:00 UTC"),
        ("objects, seconds", "s", "10 digits are seconds: 1679270400 is 2023-03-20 00:00 UTC"),
        ("objects, microseconds", "us", "16 digits are microseconds: 1679270400000000 is 2023-03-20 00:00 UTC"),
        (
            "units that change",
            "ms+us",
            "the unit changes within the file (20 ms, 20 us): each number is read by its size",
        ),
        ("objects, ISO", "text", "written as dates and times"),
        ("Feather of freqtrade", "datetime", "the column holds dates and times"),
    ],
)
def test_the_unit_of_the_time_is_told_with_the_reason(read, shape, unit, why):
    preview = read(*SHAPES[shape][:2]).preview
    assert (preview.unit, str(preview.unit_why)) == (unit, why)


@pytest.mark.parametrize("shape", ["objects, ISO without a zone", "Parquet, naive times"])
def test_times_without_a_zone_are_utc_and_that_is_said(read, shape):
    bars = read(*SHAPES[shape][:2])
    assert bars.preview.naive == 40
    assert "times without a zone are taken as UTC" in said(bars)


def test_the_order_of_nameless_columns_is_found_and_said(read):
    bars = read(*SHAPES["lists, Jesse"][:2])
    assert "columns without names, taken as time, open, close, high, low, volume" in said(bars)


def test_a_symbol_with_a_separator_is_joined_and_that_is_said(read):
    assert "BTC_USDT is taken as BTCUSDT" in said(read("BTC_USDT-1m.json", lists(BARS)))


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("2024-01-01_BTCUSDT_1m.json", "BTCUSDT"),
        ("spot_data_BTC_USDT-1m.json", "BTCUSDT"),
        ("KuCoin_spot_ETH-BTC_1m.json", "ETHBTC"),
        ("ohlcv_1000SATSUSDC_1m.json", "1000SATSUSDC"),
        ("ETH_WBTC_1m.json", "ETHWBTC"),
        ("BTC-USD_1m.json", "BTCUSD"),
    ],
)
def test_what_stands_before_a_pair_is_no_part_of_it(read, name, symbol):
    assert read(name, lists(BARS)).preview.symbol == symbol


@pytest.mark.parametrize("before", [b"# made by a tool\n", b"sep=,\n\n"])
def test_lines_before_the_table_are_passed_over(read, before):
    assert read("BTCUSDT_1m.csv", before + SHAPES["CSV"][1]).preview.bars == 40


def test_what_is_previewed_of_a_clean_file(read):
    preview = read("BTCUSDT_1m.csv", SHAPES["CSV"][1]).preview
    assert preview.form == "CSV with a header"
    assert preview.file_columns == ("timestamp", *FIVE)
    assert (preview.first_ms, preview.last_ms) == (T0, T0 + 39 * 60_000)
    assert (preview.bars, preview.duplicates, preview.gaps, preview.missing, preview.set_aside) == (40, 0, 0, 0, 0)
    assert str(preview.timeframe_why) == "the name says 1m"
    assert json.dumps(preview.as_dict())


def test_of_repeated_rows_the_last_wins_and_differing_ones_are_counted(read):
    rows = json.loads(dicts(BARS))
    again, other = dict(rows[3]), {**rows[5], "volume": 99.0}
    bars = read("BTCUSDT_1m.json", json.dumps([*rows, again, other]).encode())
    assert (bars.preview.duplicates, bars.preview.differing, bars.preview.unsorted) == (2, 1, 1)
    assert bars.columns["volume"][5] == 99.0
    assert len(bars.columns[OPEN_TIME]) == 40


def test_rows_in_any_order_are_sorted(read):
    bars = read("BTCUSDT_1m.json", dicts(some(BARS, slice(None, None, -1))))
    assert bars.preview.unsorted == 39
    np.testing.assert_array_equal(bars.columns[OPEN_TIME], BARS[OPEN_TIME])


def test_gaps_are_counted(read):
    bars = read("BTCUSDT_1m.json", dicts(some(BARS, [*range(10), *range(14, 20), *range(21, 40)])))
    assert (bars.preview.gaps, bars.preview.missing) == (2, 5)


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("high", 1.0, "high:high_is_highest"),
        ("low", 1e6, "low:low_is_lowest"),
        ("open", -5.0, "open:positive"),
        ("close", None, "close:present"),
        ("close", "42,283.58", "close:present"),
        ("close", "1 234", "close:present"),
        ("close", True, "close:present"),
        ("volume", float("nan"), "volume:present"),
        ("volume", float("inf"), "volume:finite"),
        ("volume", -1, "volume:not_negative"),
        ("volume", 10**400, "volume:finite"),
        ("volume", 1e305, "volume:too_large"),
        ("timestamp", "soon", "open_time:no_time"),
        ("timestamp", None, "open_time:no_time"),
        ("timestamp", 12, "open_time:no_time"),
        ("timestamp", 10**40, "open_time:no_time"),
        ("timestamp", T0 + 1, "open_time:on_grid"),
        ("timestamp", (T0 + 39 * 60_000) * 1000 + 500, "open_time:on_grid"),
        ("timestamp", NOW_MS + 60_000, "open_time:future"),
    ],
)
def test_a_row_that_is_no_bar_is_set_aside_with_its_reason(read, column, value, reason):
    rows = json.loads(dicts(BARS))
    rows[7][column] = value
    bars = read("BTCUSDT_1m.json", json.dumps(rows).encode())
    assert bars.preview.bars == 39
    assert reason in {each for row in bars.bad for each in str(row["reason"]).split()}
    assert [row["row"] for row in bars.bad] == [8]
    assert dict(bars.preview.reasons)


def test_a_time_beyond_every_calendar_is_set_aside_like_any_other(read):
    """A damaged Feather file with a year of six digits was told as a fault of ThreadX."""
    frame = dated(BARS)
    times = BARS[OPEN_TIME].copy()
    times[7] = 2**60
    frame["date"] = pd.Series(times.view("M8[ms]")).dt.tz_localize("UTC")
    bars = read("BTC_USDT-1m.feather", feather(frame))
    (bad,) = bars.bad
    assert (bad["row"], bad["reason"], bars.preview.bars) == (8, "open_time:on_grid open_time:future", 39)
    assert str(bad["date"]).startswith("36536598")


def test_a_row_of_another_form_is_set_aside(read):
    rows = json.loads(lists(BARS))
    bars = read("BTCUSDT_1m.json", json.dumps([*rows[:9], rows[9][:3], *rows[10:]]).encode())
    assert (bars.preview.bars, bars.preview.set_aside) == (39, 1)
    assert bars.bad[0]["row"] == 10


def test_a_csv_row_that_was_cut_off_is_set_aside(read):
    bars = read("BTCUSDT_1m.csv", SHAPES["CSV"][1].rstrip()[:-30])
    assert (bars.preview.bars, bars.preview.set_aside) == (39, 1)


def test_bars_that_run_now_are_left_out(read):
    bars = read("BTCUSDT_1m.json", dicts(BARS), now_ms=T0 + 39 * 60_000 + 30_000)
    assert (bars.preview.bars, bars.preview.unfinished) == (39, 1)


def test_the_bar_that_ran_when_the_file_was_written_is_left_out(read):
    bars = read("BTCUSDT_1m.json", dicts(BARS), modified_ms=T0 + 39 * 60_000 + 30_000)
    assert (bars.preview.bars, bars.preview.unfinished) == (39, 1)
    assert "the last bar was not finished when the file was written: left out" in said(bars)


@pytest.mark.parametrize(
    ("name", "no", "yes"), [("x", False, True), ("isClosed", "false", "true"), ("confirm", "0", "1")]
)
def test_bars_that_the_file_calls_unfinished_are_left_out(read, name, no, yes):
    """A record of a stream has every bar several times; the last one of all was still running."""
    rows = json.loads(dicts(BARS))
    running = [{**row, "volume": row["volume"] / 2, name: no} for row in rows]
    record = [each for pair in zip(running, [{**row, name: yes} for row in rows], strict=True) for each in pair][:-1]
    bars = read("BTCUSDT_1m.json", json.dumps(record).encode())
    assert (bars.preview.bars, bars.preview.unfinished, bars.preview.duplicates) == (39, 40, 0)
    assert "bars that the file itself calls unfinished are left out" in said(bars)


def test_a_flag_that_is_no_flag_leaves_nothing_out(read):
    rows = [{**row, "closed": "Friday" if n else "0"} for n, row in enumerate(json.loads(dicts(BARS)))]
    assert read("BTCUSDT_1m.json", json.dumps(rows).encode()).preview.bars == 40


def test_a_reply_of_the_exchange_that_reaches_its_limit_ends_in_a_bar_that_ran(read):
    bars = read("BTCUSDT_1m.json", json.dumps(klines(minutes(T0, 500))).encode())
    assert (bars.preview.bars, bars.preview.unfinished) == (499, 1)
    assert read("BTCUSDT_1m.json", json.dumps(klines(minutes(T0, 499))).encode()).preview.bars == 499


def test_the_timeframe_comes_from_the_spacing_where_the_name_says_none(read):
    preview = read("BTCUSDT.json", dicts(BARS)).preview
    assert (preview.timeframe, str(preview.timeframe_why)) == ("1m", "the rows are 1m apart")


def test_a_month_and_a_minute_are_told_apart_by_the_rows(read):
    preview = read("BTCUSDT_1M.json", dicts(BARS)).preview
    assert preview.timeframe == "1m"
    assert str(preview.timeframe_why) == "the name says 1M, and the rows show that 1m is meant"
    firsts = np.array(["2023-01", "2023-02", "2023-03"], dtype="datetime64[ms]").astype(np.int64)
    months = {**some(BARS, [1, 2, 4]), OPEN_TIME: firsts}
    assert read("BTCUSDT_1m.json", dicts(months)).preview.timeframe == "1mo"
    assert read("BTCUSDT_1M.json", dicts(months)).preview.timeframe == "1mo"


def test_minutes_of_a_quiet_market_may_lie_apart(read):
    opens = T0 + np.cumsum(np.tile([3, 3, 4], 14))[:40] * 60_000  # 3 minutes is what they are apart most often
    assert read("BTCUSDT_1m.json", dicts({**BARS, OPEN_TIME: opens})).preview.timeframe == "1m"


@pytest.mark.parametrize(
    ("name", "minutes", "timeframe"),
    [
        ("BINANCE_BTCUSDT, 60.csv", 60, "1h"),
        ("BINANCE_BTCUSDT, 1D_9c2f1.csv", 1440, "1d"),
        ("BTCUSDT_d.csv", 1440, "1d"),
    ],
)
def test_timeframes_are_known_as_charts_and_download_sites_name_them(read, name, minutes, timeframe):
    opens = T0 + minutes * (BARS[OPEN_TIME] - T0)
    preview = read(name, table({**BARS, OPEN_TIME: opens}, ("time", *FIVE))).preview
    assert (preview.symbol, preview.timeframe) == ("BTCUSDT", timeframe)
    assert str(preview.timeframe_why) == f"the name says {timeframe}"


def test_prices_without_fractions_are_no_clock(read):
    rows = [b"2023-03-%02d,1850,1899,1801,1842,12,22200" % day for day in range(1, 31)]
    preview = read("ETHUSDT_1d.csv", b"\n".join(rows)).preview
    assert (preview.timeframe, preview.bars, preview.set_aside) == ("1d", 30, 0)


def test_a_letter_is_no_timeframe_where_the_name_has_one(read):
    preview = read("BTCUSDT_1m_d.json", dicts(BARS)).preview
    assert (preview.symbol, preview.timeframe) == ("BTCUSDT", "1m")


def test_volume_in_two_currencies_is_told_apart_by_the_symbol(read):
    names = ("Volume USDT", "Date", "Symbol", "Open", "High", "Low", "Close", "Volume BTC")
    rows = [
        ["900.0", iso(ms, ""), "BTCUSDT", *map(repr, row)]
        for ms, *row in zip(BARS[OPEN_TIME].tolist(), *(BARS[name].tolist() for name in FIVE), strict=True)
    ]
    text = "\n".join(["https://www.example.com", *(",".join(each) for each in [names, *rows])])
    bars = read("Binance_BTCUSDT_minute.csv", text.encode())
    np.testing.assert_array_equal(bars.columns["volume"], BARS["volume"])
    assert set(bars.columns["quote_volume"]) == {900.0}


def test_a_decimal_comma_is_said(read):
    bars = read(*SHAPES["CSV of a spreadsheet, day first"][:2])
    assert "a comma is the decimal sign" in said(bars)
    assert str(bars.preview.unit_why) == "dates with the day first: 20/03/2023 00:00"


def test_a_date_that_there_is_not_and_a_clock_that_there_is_not_are_no_times(read):
    text = SHAPES["CSV of a spreadsheet, month first"][1]
    text = text.replace(b"03/20/2023 12:03:00 AM", b"02/30/2023 12:03:00 AM").replace(b"12:07:00 AM", b"13:07:00 AM")
    bars = read("BTCUSDT_1m.csv", text)
    assert [(row["row"], row["reason"]) for row in bars.bad] == [(4, "open_time:no_time"), (8, "open_time:no_time")]


def test_a_column_of_counts_is_no_column_of_timeframes(read):
    rows = [{"i": number, **row} for number, row in enumerate(json.loads(dicts(BARS)))]
    assert read("BTCUSDT_1m.json", json.dumps(rows).encode()).preview.bars == 40


def test_columns_that_are_no_part_of_a_bar_are_named(read):
    rows = [{**row, "rsi": 50, "close_time": row["timestamp"] + 59_999} for row in json.loads(dicts(BARS))]
    bars = read("BTCUSDT_1m.json", json.dumps(rows).encode())
    assert bars.preview.left == ("rsi",)
    assert "columns not kept: rsi" in said(bars)


def test_trades_with_fractions_are_not_kept(read):
    bars = read("BTCUSDT_1m.json", json.dumps([{**row, "trades": 1.5} for row in json.loads(dicts(BARS))]).encode())
    assert "trades" not in bars.columns
    assert "trades has fractions: not kept" in said(bars)


def test_turnover_is_recognised_by_its_size(read):
    rows = [[*row, row[4] * row[5]] for row in json.loads(lists(BARS))]
    assert "quote_volume" in read("BTCUSDT_1m.json", json.dumps(rows).encode()).columns
    rows = [[*row[:6], 7] for row in rows]
    assert read("BTCUSDT_1m.json", json.dumps(rows).encode()).preview.left == ("#7",)


def test_ends_of_bars_are_not_taken_for_open_times(read):
    rows = [{**row, "timestamp": row["timestamp"] + 59_999} for row in json.loads(dicts(BARS))]
    with pytest.raises(FileValidationError, match="are the ends of bars"):
        read("BTCUSDT_1m.json", json.dumps(rows).encode())


def test_ends_of_bars_in_microseconds_do_not_slip_onto_the_next_minute(read):
    rows = [{**row, "timestamp": row["timestamp"] * 1000 + 59_999_999} for row in json.loads(dicts(BARS))]
    with pytest.raises(FileValidationError, match="are the ends of bars"):
        read("BTCUSDT_1m.json", json.dumps(rows).encode())
