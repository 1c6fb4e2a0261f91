from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx.demo.market import Market
from threadx.demo.outages import OUTAGES, minute_of
from threadx.demo.rows import MINUTE_MS, UNIT

NOW_MS = minute_of("2026-11-20 12:00") * MINUTE_MS + 30_000
MARKET = Market(42, lambda: NOW_MS)
SYMBOLS = sorted(MARKET.listings)
PLACES = ("2018-02-07 20:00", "2021-04-25 00:00", "2023-03-24 06:00", "2025-03-01 05:00", "2026-11-20 00:00")


def minutes(symbol, start, count=1000):
    return MARKET.rows(symbol, "1m", minute_of(start) * MINUTE_MS, None, count)


def units(rows, amount):
    whole, parts = rows.amounts[amount]
    return whole.astype(object) * UNIT + parts


@pytest.mark.parametrize("start", PLACES)
def test_every_bar_of_every_symbol_is_possible(start):
    for symbol in SYMBOLS:
        rows = minutes(symbol, start, 300)
        opened, high, low, closed = rows.prices
        assert (high >= np.maximum(opened, closed)).all(), symbol
        assert (low <= np.minimum(opened, closed)).all(), symbol
        assert (low > 0).all(), symbol
        assert (rows.open_time % MINUTE_MS == 0).all(), symbol
        assert (np.diff(rows.open_time) > 0).all(), symbol


@pytest.mark.parametrize("start", PLACES)
def test_amounts_fit_the_prices_and_each_other(start):
    for symbol in SYMBOLS:
        rows = minutes(symbol, start, 300)
        volume, quote, taker, taker_quote = (units(rows, amount) for amount in range(4))
        assert (quote * UNIT <= volume * rows.prices[1].astype(object)).all(), symbol
        assert (quote * UNIT >= volume * rows.prices[2].astype(object)).all(), symbol
        assert (taker <= volume).all(), symbol
        assert (taker_quote <= quote).all(), symbol
        assert ((rows.trades > 0) == rows.traded).all(), symbol


@pytest.mark.parametrize("symbol", ["BTCUSDC", "SUSHIUSDC", "ADABTC", "PEPEUSDT", "DENTUSDC"])
def test_prices_go_on_from_minute_to_minute(symbol):
    rows = minutes(symbol, "2025-02-28 20:00")
    opened, _, _, closed = rows.prices
    follows = np.diff(rows.open_time) == MINUTE_MS
    both = follows & rows.traded[1:] & rows.traded[:-1]
    quiet = follows & ~rows.traded[1:]
    assert (opened[1:][both] == closed[:-1][both]).all()
    assert (rows.prices[:, 1:][:, quiet] == closed[:-1][quiet]).all()


@given(st.sampled_from(SYMBOLS), st.sampled_from(PLACES), st.integers(0, 300), st.integers(1, 40))
def test_a_bar_is_the_same_in_every_page(symbol, place, skip, count):
    page = minutes(symbol, place, 350)
    start = MARKET.rows(symbol, "1m", minute_of(place) * MINUTE_MS + skip * MINUTE_MS, None, count)
    both = np.isin(page.open_time, start.open_time)
    same = page.take(both)
    alike = np.isin(start.open_time, page.open_time)
    assert (start.take(alike).prices == same.prices).all()
    assert (start.take(alike).amounts == same.amounts).all()


def test_one_seed_is_one_market():
    same, other = Market(42, lambda: NOW_MS), Market(43, lambda: NOW_MS)
    at = minute_of("2024-01-01 00:00") * MINUTE_MS
    page = MARKET.rows("ETHUSDC", "1m", at, None, 100)
    assert (same.rows("ETHUSDC", "1m", at, None, 100).prices == page.prices).all()
    assert not (other.rows("ETHUSDC", "1m", at, None, 100).prices == page.prices).all()


def test_the_outage_of_2023_has_quiet_minutes_and_then_none():
    rows = minutes("BTCUSDC", "2023-03-24 11:00", 200)
    quiet = rows.open_time[~rows.traded] // MINUTE_MS
    assert (quiet[0], quiet[-1], len(quiet)) == (minute_of("2023-03-24 11:28"), minute_of("2023-03-24 12:39"), 72)
    hole = np.flatnonzero(np.diff(rows.open_time) > MINUTE_MS)
    assert rows.open_time[hole + 1].tolist() == [minute_of("2023-03-24 14:00") * MINUTE_MS]
    assert rows.open_time[hole[0]] < rows.close_time[hole[0]] < rows.open_time[hole[0]] + MINUTE_MS - 1


@pytest.mark.parametrize(("start", "end"), OUTAGES)
def test_no_symbol_has_rows_in_an_outage(start, end):
    rows = MARKET.rows("BTCUSDT", "1m", (start - 2) * MINUTE_MS, (end + 1) * MINUTE_MS, 3000)
    inside = (rows.open_time >= start * MINUTE_MS) & (rows.open_time < end * MINUTE_MS)
    assert not inside.any()
    assert len(rows) <= 4


def test_a_halted_symbol_keeps_its_price_for_years_and_across_an_outage():
    last = minutes("DENTUSDC", "2025-03-01 09:59", 1)
    later = minutes("DENTUSDC", "2026-11-20 00:00", 5)
    assert not later.traded.any()
    assert (later.prices == last.prices[3, 0]).all()


def test_thin_pairs_are_mostly_quiet_and_open_where_the_price_has_gone():
    rows = minutes("SUSHIUSDC", "2024-05-05 00:00", 1000)
    assert 0.05 < rows.traded.mean() < 0.5
    reopened = np.flatnonzero(rows.traded[1:] & ~rows.traded[:-1]) + 1
    assert (rows.prices[0, reopened] != rows.prices[3, reopened - 1]).mean() > 0.5


@pytest.mark.parametrize("symbol", SYMBOLS[::7])
def test_the_first_bar_is_at_the_listing_and_has_trades(symbol):
    first = MARKET.rows(symbol, "1m", 0, None, 1)
    assert first.open_time.tolist() == [MARKET.listings[symbol].lives[0][0] * MINUTE_MS]
    assert first.traded.all()


def test_the_hole_of_the_usdc_pairs_is_stepped_over():
    rows = minutes("BTCUSDC", "2022-09-29 02:58", 4)
    assert (rows.open_time // MINUTE_MS).tolist() == [
        *(minute_of(f"2022-09-29 02:{m}") for m in (58, 59)),
        *(minute_of(f"2023-03-12 00:0{m}") for m in (0, 1)),
    ]
    assert rows.traded[2]


def test_the_price_goes_on_under_the_new_name():
    old = MARKET.rows("MATICUSDC", "1m", None, None, 1)
    new = MARKET.rows("POLUSDC", "1m", 0, None, 1)
    assert old.open_time.tolist() == [minute_of("2024-09-10 02:59") * MINUTE_MS]
    assert abs(new.prices[0, 0] / old.prices[3, 0] - 1) < 0.5


def test_quotes_of_one_asset_agree():
    usdc, usdt = (minutes(f"BTC{quote}", "2025-05-05 00:00", 100).prices[3] for quote in ("USDC", "USDT"))
    assert (np.abs(usdc / usdt - 1) < 0.02).all()


def test_columns_are_the_half_open_range():
    start = minute_of("2024-01-01 00:00") * MINUTE_MS
    columns = MARKET.columns("BTCUSDC", "1h", start, start + 5 * 3_600_000)
    assert columns["open_time"].tolist() == [start + hour * 3_600_000 for hour in range(5)]
    assert columns["close"].dtype == np.float64


@pytest.mark.parametrize(
    ("symbol", "values"),
    [
        ("BTCUSDC", [57986.17, 58015.89, 57813.03, 57885.22, 12.90839, 747159.5935472, 7.58506, 439017.9673374, 1814]),
        ("SUSHIUSDC", [0.85914, 0.85991, 0.85798, 0.8583, 2308.197, 1981.8042767, 1054.16, 905.06910824, 288]),
    ],
)
def test_seed_42_is_this_market_on_every_machine_and_in_every_version(symbol, values):
    start = minute_of("2024-01-01 00:00") * MINUTE_MS
    columns = MARKET.columns(symbol, "1h", start, start + 1)
    assert [float(column[0]) for column in columns.values()] == [start, *values]
