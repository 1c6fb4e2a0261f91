"""CoinGecko's page of coins on the embedded exchange: its traps are the real one's."""

from __future__ import annotations

import json

import pytest

from threadx.demo import DemoExchange
from threadx.demo.faults import Fault

PATH = "coins/markets"
ASKED = {"vs_currency": "usd", "order": "market_cap_desc", "per_page": 250}


@pytest.fixture
def coins(client):
    """Every coin, page by page until an empty one."""
    found, number = [], 1
    while page := client.json(PATH, page=number, **ASKED):
        found += page
        number += 1
    return found


def test_pages_hold_250_and_the_one_after_the_last_is_empty(client, coins):
    assert len(client.json(PATH, page=1, **ASKED)) == 250
    assert len(client.json(PATH, vs_currency="usd")) == 100
    assert client.json(PATH, page=99, **ASKED) == []
    assert len({coin["id"] for coin in coins}) == len(coins)


def test_the_largest_come_first_and_those_without_capitalisation_last(coins):
    caps = [coin["market_cap"] for coin in coins]
    known = [cap for cap in caps if cap is not None]
    assert known == sorted(known, reverse=True)
    assert caps == known + [None] * (len(caps) - len(known))
    assert [coin["market_cap_rank"] for coin in coins] == [
        *range(1, len(known) + 1),
        *[None] * (len(caps) - len(known)),
    ]


def test_every_trap_of_the_real_list_is_there(client, coins):
    symbols = [coin["symbol"] for coin in coins]
    assert {symbol for symbol in symbols if symbols.count(symbol) > 1} >= {"ada", "uni", "one", "beam", "bb", "io"}
    by_id = {coin["id"]: coin for coin in coins}
    assert by_id["big-brother-finance"]["market_cap"] > by_id["bb"]["market_cap"]
    assert {"usdt", "usdc", "fdusd", "paxg", "ethdown", "super", "syrup", "jup"} <= set(symbols)
    assert by_id["quiet-coin"]["current_price"] is None
    assert {type(coin["current_price"]) for coin in coins} == {int, float, type(None)}
    with_wrapped = client.json(PATH, include_rehypothecated="true", ids="wrapped-bitcoin", vs_currency="usd")
    assert [coin["market_cap_rank"] for coin in with_wrapped] == [None]
    assert "wrapped-bitcoin" not in by_id


def test_a_coin_has_the_price_of_its_pair(client, coins):
    by_id = {coin["id"]: coin for coin in coins}
    for identity, symbol, units in (("bitcoin", "BTCUSDC", 1), ("sats-ordinals", "1000SATSUSDC", 1000)):
        last = float(client.json("ticker/24hr", symbol=symbol)["lastPrice"])
        assert by_id[identity]["current_price"] * units == pytest.approx(last, rel=0.02)


def test_it_costs_no_weight_of_the_exchange(client, exchange):
    before = exchange.limiter.used(exchange.clock.weight_ms())
    _, headers, _ = client.reply(PATH, **ASKED)
    assert exchange.limiter.used(exchange.clock.weight_ms()) == before
    assert "x-mbx-used-weight-1m" not in headers


def test_a_limit_is_told_as_coingecko_tells_it(client, exchange):
    exchange.faults.add(Fault.COINS_429, path=PATH, retry_after="119")
    status, headers, body = client.reply(PATH, **ASKED)
    assert (status, headers["retry-after"]) == (429, "119")
    assert json.loads(body)["status"]["error_code"] == 429


def test_a_coin_can_drift_over_a_page_boundary(client, exchange):
    first = client.json(PATH, page=1, **ASKED)
    exchange.faults.add(Fault.COINS_DRIFT, path=PATH)
    second = client.json(PATH, page=2, **ASKED)
    assert second[0] == first[-1]
    assert len(second) <= 250


def test_wrong_keys_and_missing_parameters_are_refused(client):
    assert client.reply(PATH)[0] == 422
    assert client.reply(PATH, page="two", **ASKED)[0] == 400
    assert client.reply(PATH, {"x-cg-demo-api-key": "nonsense"}, **ASKED)[0] == 401
    assert client.reply(PATH, {"x-cg-demo-api-key": "CG-right"}, **ASKED)[0] == 200


def test_a_replay_has_the_coins_of_its_bars():
    import pandas as pd

    bar = {
        "open_time": [1_700_000_040_000],
        "open": [2.0],
        "high": [2.0],
        "low": [2.0],
        "close": [2.0],
        "volume": [1.0],
    }
    from tests.demo.wire_client import WireClient

    with DemoExchange({("BTCUSDC", "1m"): pd.DataFrame(bar)}) as exchange, WireClient(exchange) as client:
        (btc,) = client.json(PATH, vs_currency="usd", ids="bitcoin")
    assert btc["current_price"] == 2
