"""Symbols and tickers: typed, tolerant of what is new, strict in what is used."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.real import REAL, needs_real
from threadx.errors import BadResponseError
from threadx.exchange.listing import is_symbol, parse_server_time, parse_symbols, parse_tickers
from threadx.exchange.source import SymbolInfo

BTC = {
    "symbol": "BTCUSDC",
    "status": "TRADING",
    "baseAsset": "BTC",
    "quoteAsset": "USDC",
    "filters": [{"filterType": "PRICE_FILTER", "tickSize": "0.01000000"}],
}
TICKER = {"symbol": "BTCUSDC", "lastPrice": "1.5", "volume": "2.0", "quoteVolume": "3.0", "count": 4}
LIMIT = {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000}


def info(*symbols: object, limits: object = (LIMIT,)) -> bytes:
    return json.dumps({"timezone": "UTC", "rateLimits": limits, "symbols": list(symbols), "sors": [1]}).encode()


def test_a_pair_is_read_with_its_price_step():
    pairs, limit = parse_symbols(info(BTC), "x")
    assert pairs == [SymbolInfo("BTCUSDC", "TRADING", "BTC", "USDC", 0.01)]
    assert pairs[0].tradable
    assert limit == 6000


@pytest.mark.parametrize("status", ["BREAK", "HALT", "CANCEL_ONLY", "END_OF_DAY", "SOMETHING_NEW"])
def test_any_other_status_means_not_tradable(status):
    (pair,), _ = parse_symbols(info(BTC | {"status": status, "newField": {"deep": [1]}}), "x")
    assert pair.status == status
    assert not pair.tradable


def test_a_pair_without_price_filter_has_no_step():
    (pair,), _ = parse_symbols(info(BTC | {"filters": [{"filterType": "LOT_SIZE"}]}), "x")
    assert pair.tick_size is None


@pytest.mark.parametrize(
    "limits",
    [None, [], [7], [LIMIT | {"interval": "SECOND"}], [LIMIT | {"limit": 0}], {"a": 1}, [LIMIT | {"intervalNum": 5}]],
)
def test_a_limit_that_is_not_announced_stays_unknown(limits):
    assert parse_symbols(info(BTC, limits=limits), "x")[1] is None


def test_names_that_nobody_could_file_are_passed_over():
    pairs, _ = parse_symbols(info(BTC, BTC | {"symbol": "../../etc"}, BTC | {"symbol": "币安人生USDT"}), "x")
    assert [pair.symbol for pair in pairs] == ["BTCUSDC", "币安人生USDT"]


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"symbols": {}}', info(7), info({}), info(BTC | {"status": 1}), info(BTC | {"symbol": ""})]
)
def test_what_is_no_list_of_pairs_is_refused(body):
    with pytest.raises(BadResponseError):
        parse_symbols(body, "x")


def test_tickers_come_as_numbers():
    (ticker,) = parse_tickers(json.dumps([TICKER | {"priceChangePercent": "-1.25", "new": None}]).encode(), "x")
    assert (ticker.last_price, ticker.quote_volume, ticker.trades, ticker.change_percent) == (1.5, 3.0, 4, -1.25)
    (short,) = parse_tickers(json.dumps([TICKER]).encode(), "x")
    assert short.change_percent is None


@pytest.mark.parametrize("changed", [{"lastPrice": "NaN"}, {"volume": None}, {"count": "4"}, {"quoteVolume": 3.0}])
def test_a_ticker_with_a_number_that_is_none_is_refused(changed):
    with pytest.raises(BadResponseError):
        parse_tickers(json.dumps([TICKER | changed]).encode(), "x")


@pytest.mark.parametrize(
    "body", [b"{}", b"[]", b'{"serverTime": "1"}', b'{"serverTime": 1700000000}', b'{"serverTime": 1700000000000000}']
)
def test_a_time_that_is_none_is_refused(body):
    with pytest.raises(BadResponseError):
        parse_server_time(body, None, "x")


@pytest.mark.parametrize("date", [None, "", "soon", "Tue, 14 Nov 2023 22:13:20 GMT", "Wed, 15 Nov 2023 22:13:20 GMT"])
def test_a_time_not_ahead_of_the_answers_date_is_believed(date):
    assert parse_server_time(b'{"serverTime": 1700000000000}', date, "x") == 1_700_000_000_000


def test_a_time_far_ahead_of_the_answers_date_is_not():
    with pytest.raises(BadResponseError):
        parse_server_time(b'{"serverTime": 1700000000000}', "Mon, 13 Nov 2023 22:13:20 GMT", "x")


@pytest.mark.parametrize("name", ["BTCUSDC", "1000SATSUSDC", "BTC-USD", "A.B_C", "币安人生USDT", "这是测试币456", "S"])
def test_names_of_real_pairs_are_symbols(name):
    assert is_symbol(name)


@pytest.mark.parametrize(
    "name",
    ["", "btcusdc", "BTC USDC", "BTC/USDC", "..", "-BTC", "BTC\n", "BTC\0", "BTC&x=1", "BTC%", 'BTC"', "ＢＴＣ",
     "BTC\u200b", "\u202eBTC", "ßUSDT", "B" * 41, "BTC;DROP", "🚀USDT"],
)  # fmt: skip
def test_anything_else_is_never_sent(name):
    assert not is_symbol(name)


@given(st.text(max_size=45))
def test_a_symbol_is_printable_short_and_in_capitals(name):
    if is_symbol(name):
        assert name.isprintable()
        assert len(name) <= 40
        assert name == name.upper()
        assert not set(name) & set(" /\\:\"'<>|?*%&=#;")


@needs_real
def test_a_real_exchange_info_is_read_whole():
    body = (REAL / "raw" / "exchangeInfo_spot_2024-09-08_USDC_subset.json").read_bytes()
    pairs, limit = parse_symbols(body, "x")
    assert limit == 6000
    assert len(pairs) == len(json.loads(body)["symbols"])
    assert all(pair.tradable and pair.tick_size for pair in pairs)
