"""The universe of one moment: which pairs take part, which do not and why, and what is said about the whole."""

from __future__ import annotations

import dataclasses

import pytest

from tests.real import REAL, needs_real
from threadx.config_model import Universe
from threadx.data.ranking import Basis
from threadx.data.universe import Market, judge, ordered
from threadx.errors import DataNotFoundError
from threadx.exchange.listing import parse_symbols
from threadx.exchange.markets import CoinMarket
from threadx.exchange.source import SymbolInfo, Ticker

RULES = Universe()


def pair(base, quote="USDC", status="TRADING"):
    return SymbolInfo(f"{base}{quote}", status, base, quote, 0.01)


def ticker(symbol, volume, price=1.0):
    return Ticker(symbol, price, volume, volume, 1, None)


def coin(symbol, cap, price=1.0, identity=""):
    return CoinMarket(identity or symbol.lower(), symbol, symbol, price, cap, None, None)


def market(*pairs, volumes=(), coins=(), prices=None):
    prices = prices or {}
    tickers = {
        each.symbol: ticker(each.symbol, volume, prices.get(each.symbol, 1.0))
        for each, volume in zip(pairs, volumes or range(len(pairs), 0, -1), strict=True)
    }
    return Market(tuple(pairs), tickers, tuple(coins), 1_700_000_000_000, "test")


def reasons(ranking):
    return {each.symbol: str(each.reason) for each in ranking.excluded}


def test_capitalisation_and_volume_are_merged():
    seen = market(pair("A"), pair("B"), pair("C"), coins=[coin("C", 3e9), coin("B", 2e9), coin("A", 1e9)])
    ranking = ordered(seen, RULES, quote="USDC", limit=3)
    assert [(token.symbol, token.cap_rank, token.volume_rank) for token in ranking] == [
        ("AUSDC", 3, 1), ("BUSDC", 2, 2), ("CUSDC", 1, 3)]  # fmt: skip
    assert (ranking.basis, ranking.notes) == (Basis.CAP_AND_VOLUME, ())


def test_only_pairs_of_the_quote_asset_take_part_and_only_those_that_trade():
    seen = market(pair("A"), pair("B", "USDT"), pair("C", status="BREAK"), pair("D", status="NEW_WORD"))
    ranking = ordered(seen, RULES, quote="USDC", limit=1)
    assert ranking.symbols == ("AUSDC",)
    assert reasons(ranking) == {"CUSDC": "not traded now (BREAK)", "DUSDC": "not traded now (NEW_WORD)"}


def test_a_renamed_pair_says_its_new_name_and_gives_it_nothing():
    seen = market(pair("POL"), pair("MATIC", status="BREAK"), coins=[coin("POL", 2e9), coin("MATIC", 9e9)])
    ranking = ordered(seen, RULES, quote="USDC", limit=1)
    assert (ranking.symbols, ranking[0].market_cap) == (("POLUSDC",), 2e9)
    assert "renamed to POL" in reasons(ranking)["MATICUSDC"]


def test_lists_exclude_and_ordinary_names_stay():
    bases = ("JUP", "SYRUP", "SUPER", "USDT", "WBTC", "BTCUP", "EUR", "PAXG")
    ranking = ordered(market(*map(pair, bases)), RULES, quote="USDC", limit=3)
    assert ranking.symbols == ("JUPUSDC", "SYRUPUSDC", "SUPERUSDC")
    assert set(reasons(ranking)) == {"USDTUSDC", "WBTCUSDC", "BTCUPUSDC", "EURUSDC", "PAXGUSDC"}


def test_a_coin_of_another_price_is_reported_and_an_override_helps():
    seen = market(pair("BB"), coins=[coin("BB", 9e9, 41.0, "big-brother"), coin("BB", 1e6, 1.01, "bouncebit")])
    assert "another coin" in reasons(ordered(seen, RULES, quote="USDC", limit=1))["BBUSDC"]
    pinned = dataclasses.replace(RULES, overrides=("BB=bouncebit",))
    assert ordered(seen, pinned, quote="USDC", limit=1)[0].id == "bouncebit"
    none = dataclasses.replace(RULES, overrides=("BB=",))
    assert (ordered(seen, none, quote="USDC", limit=1)[0].id, reasons(ordered(seen, none, quote="USDC", limit=1))) == (
        "",
        {},
    )


def test_fewer_than_asked_for_are_returned_and_said():
    ranking = ordered(market(pair("A"), pair("B", "USDT")), RULES, quote="USDC", limit=10)
    assert ranking.symbols == ("AUSDC",)
    assert "1 pairs against USDC take part, fewer than the 10 asked for" in str(ranking.notes[0])


def test_a_second_quote_asset_fills_up_with_bases_that_are_not_there_yet():
    rules = dataclasses.replace(RULES, fallback_quote="USDT")
    seen = market(pair("A"), pair("A", "USDT"), pair("B", "USDT"), pair("C", "USDT"), volumes=[1, 9, 5, 7])
    ranking = ordered(seen, rules, quote="USDC", limit=2)
    assert ranking.symbols == ("AUSDC", "CUSDT")
    assert [token.rank for token in (*ranking, *ranking.rest)] == [1, 2, 3]
    assert "1 against USDT follow" in str(ranking.notes[0])


def test_pairs_of_the_second_quote_asset_are_left_out_with_their_reasons_too():
    rules = dataclasses.replace(RULES, fallback_quote="USDT")
    seen = market(
        pair("A"), pair("WBTC"), pair("A", "USDT", "BREAK"), pair("B", "USDT"), pair("WBTC", "USDT"),
        pair("C", "USDT", "BREAK"),
    )  # fmt: skip
    assert reasons(ordered(seen, rules, quote="USDC", limit=5)) == {
        "CUSDT": "not traded now (BREAK)",
        "WBTCUSDC": "a wrapped or staked form of another coin",
        "WBTCUSDT": "a wrapped or staked form of another coin",
    }
    assert set(reasons(ordered(seen, rules, quote="USDC", limit=1))) == {"WBTCUSDC"}


def test_without_coins_volume_decides():
    ranking = ordered(market(pair("A"), pair("B"), volumes=[1, 2]), RULES, quote="USDC", limit=2)
    assert (ranking.symbols, ranking.basis) == (("BUSDC", "AUSDC"), Basis.VOLUME)


def test_a_quote_asset_that_is_no_dollar_is_priced_by_its_own_pair():
    seen = market(pair("A", "BTC"), pair("BTC", "USDT"), volumes=[5, 5], coins=[coin("A", 1e9, 30.0)],
                  prices={"ABTC": 0.001, "BTCUSDT": 30_000.0})  # fmt: skip
    assert ordered(seen, RULES, quote="BTC", limit=1)[0].id == "a"
    apart = market(pair("A", "XYZ"), volumes=[5], coins=[coin("A", 1e9, 30.0)])
    assert ordered(apart, RULES, quote="XYZ", limit=1)[0].id == ""


def test_a_pair_without_a_ticker_is_left_out():
    seen = dataclasses.replace(market(pair("A"), pair("B")), tickers={"AUSDC": ticker("AUSDC", 1.0)})
    assert reasons(ordered(seen, RULES, quote="USDC", limit=1)) == {"BUSDC": "the exchange tells no volume of it"}


def test_a_quote_asset_that_nobody_has_is_an_error_that_names_those_there_are():
    with pytest.raises(DataNotFoundError) as caught:
        ordered(market(pair("A"), pair("B", "USDT")), RULES, quote="XXX", limit=1)
    assert "USDC, USDT" in caught.value.hint


@needs_real
def test_the_real_list_of_usdc_pairs_gives_fewer_than_a_hundred():
    pairs, _ = parse_symbols((REAL / "raw" / "exchangeInfo_spot_2024-09-08_USDC_subset.json").read_bytes(), "x")
    tickers = {each.symbol: ticker(each.symbol, 1.0) for each in pairs}
    seen = Market(tuple(pairs), tickers, (), 1_725_753_600_000, "binance")
    judged = judge(seen, RULES, "USDC")
    bases = {each.base for each in judged.candidates}
    assert {"JUP", "1000SATS", "TON", "BTC"} <= bases
    assert {str(each.reason) for each in judged.excluded} == {"money of a state"}
    ranking = ordered(seen, RULES, quote="USDC", limit=100)
    assert 70 < len(ranking) < 100
    assert "fewer than the 100" in str(ranking.notes[0])
