from __future__ import annotations

import numpy as np
import pytest

from threadx.bars.resample import resample_all
from threadx.bars.schema import frame_from_columns
from threadx.demo.grids import grid
from threadx.demo.higher import Span, bars_of, chosen_opens, with_unfinished_end
from threadx.demo.market import Market
from threadx.demo.outages import minute_of
from threadx.demo.rows import MINUTE_MS, UNIT, Rows

HOUR_MS = 60 * MINUTE_MS
SPANS = [Span(0, 100, cut=True), Span(130, 200, cut=False), Span(500, 520, cut=False)]


def opens(interval, start=None, end=None, limit=10):
    chosen = chosen_opens(SPANS, grid(interval), start, end, limit)
    return (chosen // MINUTE_MS).tolist()


def test_from_a_start_the_oldest_come_first_and_holes_are_stepped_over():
    assert opens("1m", 98 * MINUTE_MS, limit=4) == [98, 99, 130, 131]
    assert opens("15m", 0, limit=100) == [0, 15, 30, 45, 60, 75, 90, 120, 135, 150, 165, 180, 195, 495, 510]


def test_without_a_start_the_newest_come_last():
    assert opens("1m", limit=2) == [518, 519]
    assert opens("1m", end=131 * MINUTE_MS, limit=3) == [99, 130, 131]
    assert opens("15m", end=140 * MINUTE_MS, limit=3) == [90, 120, 135]


def test_both_ends_are_inclusive_and_nothing_is_nothing():
    assert opens("1m", 10 * MINUTE_MS, 12 * MINUTE_MS) == [10, 11, 12]
    assert opens("1m", 10 * MINUTE_MS + 1, 12 * MINUTE_MS - 1) == [11]
    assert opens("1m", 100 * MINUTE_MS, 129 * MINUTE_MS) == []
    assert opens("1m", 12 * MINUTE_MS, 10 * MINUTE_MS) == []


def test_a_bar_that_reaches_into_two_spans_stands_once():
    spans = [Span(0, 10, cut=True), Span(50, 70, cut=False)]
    assert chosen_opens(spans, grid("1h"), 0, None, 10).tolist() == [0, HOUR_MS]
    assert chosen_opens(spans, grid("1h"), None, None, 10).tolist() == [0, HOUR_MS]
    assert chosen_opens(spans, grid("1h"), None, None, 1).tolist() == [HOUR_MS]
    assert chosen_opens(spans, grid("1M"), 0, None, 10).tolist() == [0]


def minutes(*bars):
    """Return consecutive minutes of (open, high, low, close, volume)."""
    open_time = np.arange(len(bars), dtype=np.int64) * MINUTE_MS
    values = np.array(bars, dtype=np.int64).T
    amounts = np.zeros((4, 2, len(bars)), dtype=np.int64)
    amounts[:, 0] = values[4]
    return Rows(open_time, open_time + MINUTE_MS - 1, values[:4], amounts, values[4])


def test_quiet_minutes_do_not_count_for_prices():
    made = minutes((9, 9, 9, 9, 0), (5, 7, 4, 6, 2), (6, 6, 6, 6, 0), (6, 8, 6, 7, 1), (7, 7, 7, 7, 0))
    bar = bars_of(np.array([0]), grid("5m"), lambda start, end: made)
    assert bar.prices[:, 0].tolist() == [5, 8, 4, 7]
    assert (bar.amounts[0, 0, 0], bar.trades[0], bar.close_time[0]) == (3, 3, 5 * MINUTE_MS - 1)


def test_a_bar_of_quiet_minutes_is_flat_at_the_previous_close():
    bar = bars_of(np.array([0]), grid("5m"), lambda start, end: minutes((9, 9, 9, 9, 0), (9, 9, 9, 9, 0)))
    assert bar.prices[:, 0].tolist() == [9, 9, 9, 9]
    assert bar.trades.tolist() == [0]


def test_parts_of_sums_carry():
    made = minutes((1, 1, 1, 1, 1), (1, 1, 1, 1, 1))
    made.amounts[0, 1] = UNIT - 1
    bar = bars_of(np.array([0]), grid("5m"), lambda start, end: made)
    assert bar.amounts[0, :, 0].tolist() == [3, UNIT - 2]


MARKET = Market(42, lambda: minute_of("2024-06-03 12:00") * MINUTE_MS + 30_000)


@pytest.mark.parametrize(
    "interval", ["3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "3d", "1w", "1M"]
)
def test_bars_of_every_interval_hold_their_minutes(interval):
    newest = MARKET.rows("SUSHIUSDC", interval, None, None, 2)
    start = int(newest.open_time[0])
    inside = MARKET.rows("SUSHIUSDC", "1m", start, int(newest.open_time[1]) - 1, 10**6)
    traded = inside.take(inside.traded)
    assert newest.trades[0] == inside.trades.sum()
    assert newest.prices[1, 0] == traded.prices[1].max()
    assert newest.prices[2, 0] == traded.prices[2].min()
    assert (newest.prices[0, 0], newest.prices[3, 0]) == (traded.prices[0, 0], traded.prices[3, -1])


def test_a_bar_that_an_outage_cuts_ends_early_and_one_inside_does_not_exist():
    day = minute_of("2023-03-24 11:00") * MINUTE_MS
    rows = MARKET.rows("BTCUSDC", "1h", day, None, 4)
    hours = ((rows.open_time - day) // HOUR_MS).tolist()
    assert hours == [0, 1, 3, 4]  # 13:00 is missing
    assert day + 99 * MINUTE_MS < rows.close_time[1] < day + 100 * MINUTE_MS
    four_hours = MARKET.rows("BTCUSDC", "4h", day + HOUR_MS, None, 1)
    assert four_hours.close_time.tolist() == [day + 5 * HOUR_MS - 1]


def test_the_unfinished_bar_moves_towards_its_end():
    whole = minutes((100, 190, 60, 150, 1000))
    states = [with_unfinished_end(whole, at, MINUTE_MS) for at in range(0, MINUTE_MS, 5000)]
    assert states[0].prices[:, 0].tolist() == [100] * 4
    assert not states[0].traded.any()
    assert [int(one.amounts[0, 0, 0]) for one in states] == sorted(int(one.amounts[0, 0, 0]) for one in states)
    for state in states:
        opened, high, low, closed = state.prices[:, 0]
        assert 60 <= low <= min(opened, closed) <= max(opened, closed) <= high <= 190
        assert state.close_time.tolist() == [MINUTE_MS - 1]
    assert with_unfinished_end(whole, MINUTE_MS, MINUTE_MS) is whole


def test_the_unfinished_bar_stays_on_its_ticks_and_steps():
    rows = with_unfinished_end(minutes((100, 190, 60, 150, 1)), 33_333, MINUTE_MS, tick=10, step=UNIT // 10)
    assert (rows.prices % 10 == 0).all()
    assert rows.amounts[0, :, 0].tolist() == [0, 5 * UNIT // 10]


@pytest.mark.parametrize("symbol", ["BTCUSDC", "SUSHIUSDC", "ADABTC", "LINKUSDC"])
def test_our_resampling_and_these_loops_agree_over_the_outage_and_a_halt(symbol):
    """Two implementations that know nothing of each other; 2023-03-20 (a Monday) to 2023-04-17."""
    start, end = (minute_of(f"2023-{day} 00:00") * MINUTE_MS for day in ("03-20", "04-17"))
    frame = frame_from_columns(MARKET.columns(symbol, "1m", start, end))
    for name, ours in resample_all(frame, ["3m", "5m", "15m", "1h", "4h", "1d", "1w"]).items():
        theirs = MARKET.columns(symbol, name, start, end)
        assert ours.index.astype("int64").tolist() == theirs["open_time"].tolist()
        for column in ("open", "high", "low", "close", "trades"):
            assert ours[column].tolist() == theirs[column].tolist(), (name, column)
        for column in ("volume", "quote_volume", "taker_buy_base", "taker_buy_quote"):
            np.testing.assert_allclose(ours[column], theirs[column], rtol=1e-12, err_msg=f"{name} {column}")
