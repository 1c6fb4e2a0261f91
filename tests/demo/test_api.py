"""Over the real wire: what a client sees of each endpoint."""

from __future__ import annotations

import json

import pytest

from tests.demo.conftest import NOW
from threadx.demo.api import Api
from threadx.demo.clock import DemoClock, as_ms
from threadx.demo.market import Market
from threadx.demo.outages import minute_of
from threadx.demo.wire import Request

NOW_MS = as_ms(NOW)
MINUTE_MS = 60_000
THIS_MINUTE = NOW_MS // MINUTE_MS * MINUTE_MS
START = minute_of("2024-06-01 00:00") * MINUTE_MS


def opens(rows):
    return [row[0] for row in rows]


def test_ping_and_time(client):
    assert client.json("ping") == {}
    assert client.json("time") == {"serverTime": NOW_MS}


def test_a_row_has_the_twelve_elements_of_the_real_one(client):
    row = client.klines(limit=1, startTime=START)[0]
    assert [type(cell) for cell in row] == [int, str, str, str, str, str, int, str, int, str, str, str]
    assert all(len(text.partition(".")[2]) == 8 for text in [*row[1:6], row[7], row[9], row[10]])
    assert (row[0], row[6], row[11]) == (START, START + MINUTE_MS - 1, "0")


def test_from_a_start_the_first_rows_both_ends_inside(client):
    assert opens(client.klines(startTime=START, endTime=START + 2 * MINUTE_MS)) == [
        START + i * MINUTE_MS for i in range(3)
    ]
    assert opens(client.klines(startTime=START, endTime=START)) == [START]
    assert opens(client.klines(startTime=START + 1, limit=1)) == [START + MINUTE_MS]
    assert len(client.klines(startTime=START)) == 500
    assert len(client.klines(startTime=START, limit=9999)) == 1000


def test_without_a_start_the_newest_rows(client):
    assert opens(client.klines(limit=2)) == [THIS_MINUTE - MINUTE_MS, THIS_MINUTE]
    assert opens(client.klines(limit=2, endTime=START)) == [START - MINUTE_MS, START]


def test_the_last_row_is_unfinished_and_moves(client, exchange):
    before = client.klines(limit=1)[0]
    exchange.advance(20)
    after = client.klines(limit=1)[0]
    assert before[0] == after[0] == THIS_MINUTE
    assert before[6] == after[6] > exchange.now_ms
    assert float(before[5]) < float(after[5])
    exchange.advance(10)
    assert float(client.klines(startTime=THIS_MINUTE, limit=1)[0][5]) > float(after[5])


def test_before_the_listing_there_is_nothing_and_zero_finds_the_listing(client, exchange):
    listed = exchange.market.listings["BTCUSDC"].lives[0][0] * MINUTE_MS
    assert opens(client.klines(startTime=0, limit=1)) == [listed]
    assert client.klines(startTime=listed - 100 * MINUTE_MS, endTime=listed - 1) == []


def test_a_symbol_of_the_future_has_no_rows_yet(client):
    assert client.klines("POLUSDC", startTime=0, limit=1) == []


def test_times_in_the_far_past_and_future_are_clamped(client):
    assert opens(client.klines(endTime=NOW_MS * 3, limit=1)) == [THIS_MINUTE]
    assert client.klines(startTime=NOW_MS * 3, limit=1) == []


def test_microseconds_are_taken_and_given(client):
    status, _, body = client.reply(
        "klines", {"X-MBX-TIME-UNIT": "MICROSECOND"}, symbol="BTCUSDC", interval="1m", startTime=START * 1000, limit=1
    )
    assert status == 200
    assert json.loads(body)[0][0] == START * 1000
    assert json.loads(body)[0][6] == (START + MINUTE_MS) * 1000 - 1
    assert json.loads(client.reply("time", {"x-mbx-time-unit": "microsecond"})[2]) == {"serverTime": NOW_MS * 1000}


def test_a_time_zone_moves_days_and_not_minutes(client):
    day = client.klines(interval="1d", startTime=START, limit=1, timeZone="8")[0]
    assert day[0] == START + 16 * 3_600_000
    assert client.klines(startTime=START, limit=3, timeZone="5:45") == client.klines(startTime=START, limit=3)


def test_a_unicode_symbol_is_served(client):
    rows = client.klines("币安人生USDT", startTime=START, limit=2)
    assert opens(rows) == [START, START + MINUTE_MS]
    assert client.json("exchangeInfo", symbol="币安人生USDT")["symbols"][0]["baseAsset"] == "币安人生"


def test_ui_klines_have_the_same_shape(client):
    assert len(client.json("uiKlines", symbol="BTCUSDC", interval="1h", limit=3)[0]) == 12


@pytest.mark.parametrize(
    ("code", "endpoint", "query"),
    [
        (-1100, "klines", {"symbol": "btcusdc", "interval": "1m"}),
        (-1100, "klines", {"symbol": "BTCUSDC", "interval": "1m", "startTime": "now"}),
        (-1102, "klines", {"interval": "1m"}),
        (-1102, "klines", {"symbol": "BTCUSDC"}),
        (-1104, "klines", {"symbol": "BTCUSDC", "interval": "1m", "_": "1"}),
        (-1104, "ping", {"x": "1"}),
        (-1105, "klines", {"symbol": "", "interval": "1m"}),
        (-1120, "klines", {"symbol": "BTCUSDC", "interval": "1mo"}),
        (-1120, "klines", {"symbol": "BTCUSDC", "interval": "1D"}),
        (-1121, "klines", {"symbol": "NOSUCHUSDC", "interval": "1m"}),
        (-1121, "exchangeInfo", {"symbols": '["BTCUSDC","NOSUCHUSDC"]'}),
        (-1121, "ticker/24hr", {"symbol": "NOSUCHUSDC"}),
        (-1122, "exchangeInfo", {"symbolStatus": "SLEEPING"}),
        (-1128, "exchangeInfo", {"symbol": "BTCUSDC", "permissions": "SPOT"}),
        (-1128, "ticker/24hr", {"symbol": "BTCUSDC", "symbols": '["BTCUSDC"]'}),
        (-1130, "klines", {"symbol": "BTCUSDC", "interval": "1m", "timeZone": "99"}),
        (-1139, "ticker/24hr", {"symbol": "BTCUSDC", "type": "HUGE"}),
        (-1151, "ticker/24hr", {"symbols": '["BTCUSDC","BTCUSDC"]'}),
        (-1220, "ticker/24hr", {"symbol": "BTCUSDC", "symbolStatus": "HALT"}),
    ],
)
def test_wrong_requests_are_refused_with_their_code(client, code, endpoint, query):
    assert client.error(endpoint, **query) == code


def test_a_bad_time_unit_is_refused(client):
    assert client.error("time", {"X-MBX-TIME-UNIT": "SECOND"}) == -1194


@pytest.mark.parametrize("path", ["/api/v1/time", "/api/v3/nothing", "/"])
def test_unknown_paths_are_404_and_html_only_on_request(client, path):
    assert client.reply(path)[::2] == (404, b"")
    status, headers, body = client.reply(path, {"Accept": "text/html,*/*"})
    assert (status, headers["content-type"], body[:6]) == (404, "text/html", b"<html>")


def test_exchange_info_describes_every_known_symbol(client, exchange):
    info = client.json("exchangeInfo")
    assert {"timezone", "serverTime", "rateLimits", "exchangeFilters", "symbols"} <= set(info)
    assert {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 10**6} in info[
        "rateLimits"
    ]
    by_name = {entry["symbol"]: entry for entry in info["symbols"]}
    assert "POLUSDC" not in by_name
    bitcoin = by_name["BTCUSDC"]
    assert (bitcoin["status"], bitcoin["baseAsset"], bitcoin["quoteAsset"]) == ("TRADING", "BTC", "USDC")
    assert bitcoin["permissions"] == []
    assert "SPOT" in bitcoin["permissionSets"][0]
    filters = {one["filterType"]: one for one in bitcoin["filters"]}
    assert filters["PRICE_FILTER"]["tickSize"] == "0.01000000"
    assert any("demoOnlyField" in entry for entry in info["symbols"])


def test_exchange_info_can_be_narrowed(client, exchange):
    exchange.set_now(minute_of("2026-11-20 00:00") * MINUTE_MS)
    assert len(client.json("exchangeInfo", symbols='["BTCUSDC","ETHUSDC"]')["symbols"]) == 2
    broken = client.json("exchangeInfo", symbolStatus="BREAK")["symbols"]
    assert {entry["symbol"] for entry in broken} == {"MATICUSDC", "MATICUSDT", "FTMUSDC", "FTMUSDT"}
    margin = client.json("exchangeInfo", permissions="MARGIN", showPermissionSets="false")["symbols"]
    assert 0 < len(margin) < len(client.json("exchangeInfo")["symbols"])
    assert "permissionSets" not in margin[0]


def test_tickers_that_nobody_waits_for_any_more_are_not_made():
    """Those of all symbols take a second: closing the exchange waited for them, and with it the answer to Ctrl+C."""
    clock = DemoClock(1_704_067_200_000)
    api = Api(Market(42, clock.now_ms), clock, 6000, lambda: True)
    with pytest.raises(ConnectionAbortedError):
        api.answer(Request.parse("GET /api/v3/ticker/24hr?type=MINI HTTP/1.1"))


def test_tickers_of_one_some_and_all(client):
    one = client.json("ticker/24hr", symbol="BTCUSDC")
    assert (one["symbol"], one["closeTime"] - one["openTime"]) == ("BTCUSDC", 86_400_000)
    assert float(one["lowPrice"]) <= float(one["weightedAvgPrice"]) <= float(one["highPrice"])
    some = client.json("ticker/24hr", symbols='["ETHUSDC","BTCUSDC"]', type="MINI")
    assert [ticker["symbol"] for ticker in some] == ["ETHUSDC", "BTCUSDC"]
    assert "weightedAvgPrice" not in some[0]
    everything = client.json("ticker/24hr", type="MINI")
    assert len(everything) == len(client.json("exchangeInfo")["symbols"])
    assert client.json("ticker/24hr", symbols='["BTCUSDC"]', symbolStatus="HALT") == []


def test_a_delisted_symbol_still_has_a_ticker_of_nothing(client, exchange):
    exchange.set_now(minute_of("2026-11-20 00:00") * MINUTE_MS)
    ticker = client.json("ticker/24hr", symbol="MATICUSDC")
    assert (ticker["quoteVolume"], ticker["count"], ticker["firstId"]) == ("0.00000000", 0, -1)


def test_ticker_and_day_agree(client):
    ticker = client.json("ticker/24hr", symbol="ETHUSDC")
    rows = client.klines("ETHUSDC", startTime=ticker["openTime"], limit=1000)
    rows += client.klines("ETHUSDC", startTime=rows[-1][0] + MINUTE_MS, limit=1000)
    assert ticker["count"] == sum(row[8] for row in rows)
    assert ticker["lastPrice"] == rows[-1][4]
    assert float(ticker["highPrice"]) == max(float(row[2]) for row in rows)


@pytest.mark.parametrize(
    ("weight", "endpoint", "query"),
    [
        (1, "ping", {}),
        (1, "time", {}),
        (20, "exchangeInfo", {}),
        (2, "klines", {"symbol": "BTCUSDC", "interval": "1m", "limit": "1000"}),
        (2, "klines", {"symbol": "WRONG", "interval": "1m"}),
        (2, "ticker/24hr", {"symbol": "BTCUSDC"}),
        (2, "ticker/24hr", {"symbols": '["BTCUSDC"]'}),
        (80, "ticker/24hr", {}),
    ],
)
def test_weights_are_the_documented_ones(client, exchange, weight, endpoint, query):
    client.reply(endpoint, **query)
    assert exchange.log.weight == weight


def test_many_tickers_weigh_more(client, exchange):
    names = [entry["symbol"] for entry in client.json("exchangeInfo")["symbols"]]
    exchange.log.clear()
    for count in (20, 21, 100, 101):
        client.json("ticker/24hr", type="MINI", symbols=json.dumps(names[:count], separators=(",", ":")))
    assert [served.weight for served in exchange.log.recent] == [2, 40, 40, 80]
