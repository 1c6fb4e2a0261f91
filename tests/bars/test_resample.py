"""The exchange's rule on bars that a reader can check by eye; test_resample_real.py holds it against real ones."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.bars.frames import MINUTE, minute_frame, minutes, rows
from threadx.bars.resample import fill_view, resample, resample_all
from threadx.bars.schema import empty_frame, frame_from_columns
from threadx.errors import UDFIColumnError, UDFIIndexError, UnsupportedTimeframeError

PRICES = ["open", "high", "low", "close"]
HOUR = 60 * MINUTE


def test_a_bucket_has_first_open_highest_lowest_last_close_and_the_sum():
    bars = resample(minute_frame(7), "5m")
    assert bars[[*PRICES, "volume", "minutes"]].to_numpy().tolist() == [
        [100, 106, 98, 105, 5, 5],
        [105, 108, 103, 107, 2, 2],
    ]
    assert bars.index.tolist() == minute_frame(6).index[[0, 5]].tolist()


def test_rows_without_volume_do_not_count_for_prices():
    frame = rows((0, 50, 99, 1, 50, 0), (1, 10, 12, 9, 11, 2), (2, 11, 13, 8, 12, 3), (3, 70, 99, 1, 70, 0))
    assert resample(frame, "5m")[[*PRICES, "volume", "minutes"]].to_numpy().tolist() == [[10, 13, 8, 12, 5, 4]]


def test_a_bucket_of_only_such_rows_is_flat_at_the_last_traded_close():
    frame = rows((0, 10, 12, 9, 11, 2), (4, 70, 70, 70, 70, 0), (5, 60, 60, 60, 60, 0), (6, 60, 61, 50, 55, 0))
    assert resample(frame, "5m").iloc[1][PRICES].tolist() == [11, 11, 11, 11]


def test_before_any_trade_a_bucket_is_flat_at_the_previous_close_or_the_first_open():
    frame = rows((0, 70, 71, 69, 70, 0), (5, 10, 12, 9, 11, 2))
    assert resample(frame, "5m", previous_close=42.0).iloc[0][PRICES].tolist() == [42] * 4
    assert resample(frame, "5m").iloc[0][PRICES].tolist() == [70] * 4
    assert resample(frame.iloc[:1], "5m").iloc[0][PRICES].tolist() == [70] * 4


def test_trades_are_never_looked_at():
    frame = rows((0, 10, 12, 9, 11, 2), (1, 50, 60, 40, 55, 0)).assign(trades=np.array([0, 9]))
    assert resample(frame, "5m")[[*PRICES, "trades"]].to_numpy().tolist() == [[10, 12, 9, 11, 9]]


def test_a_bucket_without_any_row_does_not_exist():
    bars = resample(minute_frame(20).iloc[[0, 1, 12, 19]], "5m")
    assert [time.minute for time in bars.index] == [0, 10, 15]
    assert bars["minutes"].tolist() == [2, 1, 1]


def test_optional_columns_and_the_symbol_are_kept():
    columns = {
        **minutes(6),
        "quote_volume": np.full(6, 2.5),
        "trades": np.arange(6),
        "taker_buy_base": np.full(6, 0.25),
    }
    bars = resample(frame_from_columns(columns, "BTCUSDC"), "5m")
    assert bars["symbol"].tolist() == ["BTCUSDC"] * 2
    assert bars[["quote_volume", "trades", "taker_buy_base"]].to_numpy().tolist() == [[12.5, 10, 1.25], [2.5, 5, 0.25]]
    assert str(bars["trades"].dtype) == "int64"


def test_a_sum_over_a_null_is_null_and_nullable_stays_nullable():
    columns = {**minutes(10), "quote_volume": np.ones(10), "trades": np.ones(10)}
    columns["quote_volume"][1] = columns["trades"][7] = np.nan
    bars = resample(frame_from_columns(columns), "5m")
    assert str(bars["trades"].dtype) == "Int64"
    assert bars["trades"].isna().tolist() == [False, True]
    assert bars["quote_volume"].isna().tolist() == [True, False]


def test_sums_have_eight_decimals():
    frame = minute_frame(5).assign(volume=[0.1, 0.2, 0.3, 0.00000001, 0.7])
    assert resample(frame, "5m")["volume"].tolist() == [1.30000001]


def test_sums_are_exact_where_plain_addition_is_not():
    volume = np.full(1440, 31_250.00000001)
    frame = minute_frame(1440).assign(volume=volume)
    assert resample(frame, "1d")["volume"].tolist() == [45_000_000.0000144]
    assert volume.cumsum()[-1] != 45_000_000.0000144


def test_finer_amounts_are_added_before_they_are_rounded_and_never_vanish():
    frame = minute_frame(10).assign(volume=[0.004e-6] * 5 + [0.0004e-6] * 5)
    volumes = resample(frame, "5m")["volume"]
    assert volumes.tolist()[0] == 0.02e-6
    assert volumes.tolist()[1] > 0


def test_huge_amounts_pass_unharmed():
    frame = minute_frame(5).assign(volume=1e300)
    assert resample(frame, "5m")["volume"].tolist() == [5e300]


def test_minutes_of_derived_bars_are_added_up():
    five = resample(minute_frame(60).drop(minute_frame(60).index[[7, 8]]), "5m")
    assert resample(five, "1h")["minutes"].tolist() == [58]


def test_weeks_begin_on_monday_and_months_on_the_first():
    days = frame_from_columns(minutes(40, step_ms=24 * HOUR))
    assert resample(days, "1w").index.strftime("%a %d").tolist()[:2] == ["Mon 26", "Mon 04"]
    assert resample(days, "1mo").index.strftime("%Y-%m-%d").tolist() == ["2024-03-01", "2024-04-01"]


def test_the_same_timeframe_gives_the_same_bars():
    frame = minute_frame(5)
    pd.testing.assert_frame_equal(resample(frame, "1m").drop(columns="minutes"), frame)


def test_no_bars_give_no_bars():
    bars = resample(empty_frame(), "1h")
    assert len(bars) == 0
    assert list(bars.columns) == [*empty_frame().columns, "minutes"]
    assert set(resample_all(empty_frame(), ["5m", "1d"])) == {"5m", "1d"}


def test_many_pieces_are_worked_through_as_one():
    frame = minute_frame(200_000)
    frame["volume"] = np.where(np.arange(len(frame)) % 70_000 < 3_000, 0.0, 1.5)
    bars = resample(frame.iloc[::-1].iloc[::-1], "5m")
    assert bars["minutes"].sum() == len(frame)
    dead = bars[bars["volume"] == 0].iloc[600:1200]
    assert (dead["close"] == frame["close"].iat[69_999]).all()


def test_all_timeframes_come_shortest_first_whatever_was_asked():
    made = resample_all(minute_frame(3000), ["1d", "M5", "1h", "5m", "1M"])
    assert list(made) == ["5m", "1h", "1d", "1mo"]
    assert made["1d"]["minutes"].tolist() == [1440, 1440, 120]


@pytest.mark.parametrize(("step", "target"), [(60, "5m"), (60, "1m"), (3, "5m"), (240, "6h"), (1440 * 7, "1mo")])
def test_bars_that_do_not_fit_into_the_timeframe_are_refused(step, target):
    bars = frame_from_columns(minutes(20, step_ms=step * MINUTE))
    with pytest.raises(UnsupportedTimeframeError, match="cannot be made of"):
        resample(bars, target)
    with pytest.raises(UnsupportedTimeframeError, match="cannot be made of"):
        resample_all(bars, [target])


def test_derived_bars_are_refused_for_a_finer_timeframe_however_few():
    with pytest.raises(UnsupportedTimeframeError, match="5m"):
        resample(minute_frame(2).assign(minutes=np.int64(60)), "5m")


def test_sparse_minutes_are_not_taken_for_longer_bars():
    few = frame_from_columns(minutes(4, step_ms=HOUR))
    assert resample(few, "5m")["minutes"].tolist() == [1] * 4
    known = frame_from_columns(minutes(50, step_ms=HOUR))
    assert len(resample(known, "5m", source="1m")) == 50


@pytest.mark.parametrize("column", [*PRICES, "volume"])
def test_bars_without_a_price_or_volume_are_refused(column):
    with pytest.raises(UDFIColumnError, match=column):
        resample(minute_frame(3).drop(columns=column), "5m")


@pytest.mark.parametrize("order", [[1, 0, 2], [0, 1, 1]])
def test_bars_out_of_order_or_twice_are_refused(order):
    with pytest.raises(UDFIIndexError):
        resample(minute_frame(3).iloc[order], "5m")


def test_a_naive_index_is_refused():
    with pytest.raises(UDFIIndexError):
        resample(minute_frame(3).tz_localize(None), "5m")


def test_a_fill_view_bridges_short_gaps_and_says_so():
    frame = frame_from_columns({**minutes(9), "trades": np.arange(9)}, "X").drop(minute_frame(9).index[[2, 3, 5, 6, 7]])
    view = fill_view(frame, 2)
    assert view["filled"].tolist() == [False, False, True, True, False, False]
    assert view.iloc[2][[*PRICES, "volume", "trades", "symbol"]].tolist() == [102.0] * 4 + [0, 0, "X"]
    assert view.index.tolist() == minute_frame(9).index[[0, 1, 2, 3, 4, 8]].tolist()
    assert fill_view(frame, 3)["filled"].sum() == 5
    assert "filled" not in frame


def test_a_fill_view_of_complete_bars_adds_only_the_column():
    frame = minute_frame(5)
    pd.testing.assert_frame_equal(fill_view(frame, 240).drop(columns="filled"), frame)
    assert len(fill_view(empty_frame(), 240)) == 0


@pytest.mark.parametrize(("name", "missing"), [("1h", 2), ("1mo", 1)])
def test_a_fill_view_knows_longer_bars(name, missing):
    opens = pd.date_range("2024-01-01", periods=8, freq={"1h": "1h", "1mo": "MS"}[name], tz="UTC", unit="ms")
    bars = minute_frame(8).set_axis(opens.rename("timestamp"), axis=0)
    view = fill_view(bars.drop(opens[2 : 2 + missing]), 100_000, name)
    assert view.index.tolist() == opens.tolist()


def test_a_fill_view_is_not_resampled_as_if_it_were_true():
    view = fill_view(minute_frame(10).drop(minute_frame(10).index[[6, 7]]), 10)
    assert "filled" not in resample(view, "5m")


def test_the_inputs_are_left_alone():
    frame = minute_frame(10).assign(volume=[0, 1] * 5)
    before = frame.copy()
    resample_all(frame, ["5m", "1h"])
    fill_view(frame, 5)
    pd.testing.assert_frame_equal(frame, before)


def test_no_bars_keep_the_columns_they_had():
    nothing = frame_from_columns(minutes(3), "BTCUSDT").iloc[:0]
    assert resample(nothing, "1h").columns.tolist() == [*nothing.columns, "minutes"]
    assert fill_view(nothing, 10).columns.tolist() == [*nothing.columns, "filled"]
