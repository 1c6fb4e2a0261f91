from __future__ import annotations

import pytest

from threadx.demo.outages import minute_of
from threadx.demo.symbols import listings, split_symbol

MARKET = listings(42)


def trading_in_usdc(market, when):
    minute = minute_of(when)
    return [
        one for one in market.values() if one.quote == "USDC" and one.listed(minute) and one.status(minute) == "TRADING"
    ]


@pytest.mark.parametrize("when", ["2023-07-01 00:00", "2024-06-01 00:00", "2026-11-20 00:00"])
def test_more_than_120_usdc_pairs_trade(when):
    assert len(trading_in_usdc(MARKET, when)) > 120
    assert len({one.quote for one in MARKET.values()}) == 3


def test_fewer_than_100_usdc_pairs_can_be_asked_for():
    assert 80 < len(trading_in_usdc(listings(42, usdc_pairs=90), "2025-06-01 00:00")) < 100


def test_every_usdc_pair_was_off_the_list_in_the_winter_of_2022():
    assert not trading_in_usdc(MARKET, "2022-12-24 00:00")
    assert MARKET["BTCUSDC"].status(minute_of("2022-12-24 00:00")) == "BREAK"
    assert "BTCUSDC" in {one.symbol for one in trading_in_usdc(MARKET, "2023-03-12 00:00")}


def test_a_renamed_pair_ends_before_its_successor_begins():
    before, between, after = (minute_of(f"2024-09-{day} 00:00") for day in ("09", "12", "14"))
    matic, pol = MARKET["MATICUSDC"], MARKET["POLUSDC"]
    assert [matic.status(at) for at in (before, between, after)] == ["TRADING", "BREAK", "BREAK"]
    assert [pol.listed(at) for at in (before, between, after)] == [False, False, True]
    assert matic.lives[-1][1] == minute_of("2024-09-10 03:00")
    assert pol.lives[0][0] == minute_of("2024-09-13 10:00")


@pytest.mark.parametrize(
    ("symbol", "status"),
    [("DENTUSDC", "HALT"), ("HOTUSDC", "CANCEL_ONLY"), ("CVCUSDC", "AUCTION_ONLY"), ("币安人生USDT", "TRADING")],
)
def test_every_status_is_there_today(symbol, status):
    assert MARKET[symbol].status(minute_of("2026-11-20 00:00")) == status


def test_a_short_halt_shows_in_the_status():
    sushi = MARKET["SUSHIUSDC"]
    assert sushi.status(minute_of("2023-04-12 10:00")) == "HALT"
    assert sushi.status(minute_of("2023-04-12 12:00")) == "TRADING"


@pytest.mark.parametrize(
    ("symbol", "parts"),
    [
        ("BTCUSDT", ("BTC", "USDT")),
        ("SUSHIBTC", ("SUSHI", "BTC")),
        ("ETHEUR", ("ETH", "EUR")),
        ("BTC-USD", ("BTC", "USD")),
        ("币安人生USDT", ("币安人生", "USDT")),
        ("FDUSDUSDC", ("FDUSD", "USDC")),
        ("XYZ", ("XYZ", "")),
        ("USDT", ("USDT", "")),
    ],
)
def test_symbols_split_at_the_longest_quote_that_fits(symbol, parts):
    assert split_symbol(symbol) == parts
