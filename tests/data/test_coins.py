"""Which coin an asset is: by hand, by what is known, or the largest of the symbol; never at another price."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx.data.coins import CoinBook, pins_of, units_of
from threadx.exchange.markets import CoinMarket


def coin(identity, symbol, price, cap=1e6):
    return CoinMarket(identity, symbol, identity.title(), price, cap, None, None)


def book(*coins, pins=(), tolerance=0.15):
    return CoinBook(coins, pins_of(pins), tolerance)


def test_the_largest_coin_of_a_symbol_wins_in_whatever_order_they_come():
    right, wrong = coin("uniswap", "UNI", 8.0, 5e9), coin("universe", "UNI", 8.0, 5e6)
    assert book(wrong, right).match("UNI", 8.0).coin is right
    assert book(right, wrong).match("UNI", 8.0).coin is right


def test_a_coin_without_capitalisation_loses_against_one_that_has_it():
    known, unknown = coin("io", "IO", 2.0, 1.0), coin("io-protocol", "IO", 2.0, None)
    assert book(unknown, known).match("IO", 2.0).coin is known


def test_another_price_is_another_coin_and_says_so():
    match = book(coin("big-brother", "BB", 41.0)).match("BB", 0.3)
    assert match.coin is None
    assert "big-brother costs 41" in str(match.problem)


@pytest.mark.parametrize(("price", "fits"), [(1.149, True), (1.151, False), (0.851, True), (0.849, False)])
def test_the_tolerance_is_a_share_of_the_exchanges_price(price, fits):
    assert (book(coin("x", "X", price)).match("X", 1.0).coin is not None) is fits


def test_a_price_of_nothing_says_nothing():
    assert book(coin("x", "X", 0.0)).match("X", 1.0) == book(coin("x", "X", None)).match("X", 1.0)


def test_a_pin_names_the_coin_and_an_empty_one_none():
    small, large = coin("bouncebit", "BB", 0.3, 1e6), coin("big-brother", "BB", 41.0, 1e9)
    assert book(small, large, pins=["BB=bouncebit"]).match("BB", 0.3).coin is small
    assert book(small, large, pins=["BB="]).match("BB", 0.3) == book().match("BB", 0.3)
    assert book(small, large, pins=["BB=gone"]).match("BB", 0.3).coin is None


def test_a_pinned_coin_must_have_the_right_price_too():
    assert book(coin("wrong", "BB", 9.0), pins=["BB=wrong"]).match("BB", 0.3).problem is not None


def test_names_that_the_exchange_changed_are_known():
    beam, other = coin("beam-2", "BEAM", 0.02, 1e8), coin("beam", "BEAM", 0.05, 1e9)
    assert book(beam, other).match("BEAMX", 0.02).coin is beam
    assert book(other).match("BEAMX", 0.02).coin is None


@pytest.mark.parametrize(
    ("base", "told"),
    [("1000SATS", ("SATS", 1000)), ("1MBABYDOGE", ("BABYDOGE", 1_000_000)), ("1000000MOG", ("MOG", 1_000_000)),
     ("1000CAT", ("CAT", 1000)), ("1INCH", ("1INCH", 1)), ("BTC", ("BTC", 1)), ("1000", ("1000", 1))],
)  # fmt: skip
def test_pairs_that_count_in_thousands_are_seen(base, told):
    assert units_of(base) == told


def test_a_pair_that_counts_in_thousands_is_matched_at_a_thousand_times_the_price():
    sats = coin("sats-ordinals", "SATS", 2.5e-7)
    assert book(sats).match("1000SATS", 2.5e-4).coin is sats
    assert book(sats).match("1000SATS", 2.5e-7).coin is None
    assert book(sats, pins=["1000SATS=sats-ordinals"]).match("1000SATS", 2.5e-4).coin is sats


def test_a_coin_of_the_very_name_comes_before_the_thousandth_of_another():
    whole, part = coin("1000sats-ordinals", "1000SATS", 2.5e-4), coin("sats-ordinals", "SATS", 2.5e-7, 1e12)
    assert book(whole, part).match("1000SATS", 2.5e-4).coin is whole


@pytest.mark.parametrize(("price", "last"), [(None, 1.0), (1.0, 0.0)])
def test_without_a_price_nothing_says_that_it_is_the_coin(price, last):
    match = book(coin("x", "X", price)).match("X", last)
    assert (match.coin, match.problem) == (None, None)


coins = st.lists(
    st.builds(coin, st.text("abc", min_size=1, max_size=3), st.sampled_from(["A", "B", "C"]),
              st.one_of(st.none(), st.floats(0.01, 100)), st.one_of(st.none(), st.floats(1, 1e9))),
    max_size=8, unique_by=lambda each: each.id,
)  # fmt: skip


@given(coins, st.sampled_from(["A", "B", "C"]), st.floats(0.01, 100))
def test_what_is_matched_has_the_symbol_and_the_price(coins, base, last):
    found = book(*coins).match(base, last).coin
    if found is not None:
        assert found.symbol == base
        assert abs(found.price / last - 1) <= 0.15 + 1e-9
        assert all((each.market_cap or 0) <= (found.market_cap or 0) for each in coins if each.symbol == base)
