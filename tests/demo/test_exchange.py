from __future__ import annotations

import json
import threading
import time

import numpy as np
import pytest
import requests

from tests.demo.wire_client import WireClient, unpacked
from threadx.demo import DemoExchange

NOON_MS = 1_717_416_000_000


def test_requests_can_talk_to_it(exchange):
    with requests.Session() as session:
        reply = session.get(f"{exchange.url}/api/v3/klines", params={"symbol": "BTCUSDC", "interval": "1m"}, timeout=60)
    assert (reply.status_code, len(reply.json())) == (200, 500)
    assert reply.headers["Content-Type"] == "application/json;charset=UTF-8"
    assert reply.headers["Content-Encoding"] == "gzip"


def test_gzip_only_when_asked(client):
    query = {"symbol": "BTCUSDC", "interval": "1m", "startTime": 1_700_000_000_000}
    _, plain_headers, plain = client.reply("klines", **query)
    _, packed_headers, packed = client.reply("klines", {"Accept-Encoding": "gzip, deflate"}, **query)
    assert "content-encoding" not in plain_headers
    assert len(packed) < len(plain) / 2
    assert unpacked(packed_headers, packed) == plain


def test_both_weight_headers_are_on_every_reply(client):
    for endpoint, used in (("ping", "1"), ("nothing", "2"), ("exchangeInfo", "22"), ("klines", "24")):
        headers = client.reply(endpoint)[1]
        assert headers["x-mbx-used-weight-1m"] == headers["x-mbx-used-weight"] == used
        assert headers["x-mbx-uuid"]


def test_over_the_limit_429_then_418_and_then_served_again():
    with DemoExchange(now=NOON_MS, weight_limit=5, patience=1) as exchange, WireClient(exchange) as client:
        assert [client.reply("ping")[0] for _ in range(6)] == [200] * 5 + [429]
        status, headers, body = client.reply("klines", symbol="BTCUSDC", interval="1m")
        assert (status, headers["retry-after"], json.loads(body)["code"]) == (418, "120", -1003)
        until = int(json.loads(body)["msg"].partition("banned until ")[2].partition(".")[0])
        assert 0 <= until - (NOON_MS + 120_000) < 5000
        exchange.set_now(until)
        assert client.reply("ping")[0] == 200


def test_the_limit_answer_names_the_wait():
    with DemoExchange(now=NOON_MS, weight_limit=1) as exchange, WireClient(exchange) as client:
        client.reply("ping")
        status, headers, body = client.reply("ping")
    assert status == 429
    assert 50 <= int(headers["retry-after"]) <= 60
    assert json.loads(body)["msg"].startswith(
        "Too much request weight used; current limit is 1 request weight per 1 MINUTE"
    )


def test_the_log_knows_what_was_asked(client, exchange):
    client.klines("ETHUSDC", limit=1)
    client.reply("nothing")
    assert (exchange.log.total, exchange.log.by_path) == (2, {"klines": 1, "nothing": 1})
    assert [(one.path, one.status) for one in exchange.log.recent] == [("klines", 200), ("nothing", 404)]
    assert exchange.log.recent[0].parameters["symbol"] == "ETHUSDC"


def test_latency_is_waited_for_and_does_not_hold_up_the_end():
    with DemoExchange(now=NOON_MS, latency_s=0.05) as exchange, WireClient(exchange) as client:
        before = time.monotonic()
        client.json("ping")
        assert time.monotonic() - before >= 0.05


def test_a_replay_of_a_frame_that_cannot_be_served_leaves_no_server():
    with pytest.raises(ValueError, match="no such interval"):
        DemoExchange(replay={("BTCUSDT", "7m"): None})


def test_many_threads_get_the_same_market(exchange):
    pages = []

    def work():
        with WireClient(exchange) as client:
            pages.extend(
                client.klines("SUSHIUSDC", startTime=1_700_000_000_000 + i * 10**8, limit=200) for i in range(5)
            )

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == 30
    assert len({json.dumps(page) for page in pages}) == 5


def test_what_is_served_is_what_the_market_says(client, exchange):
    start = 1_711_276_800_000
    rows = client.klines("ETHUSDC", startTime=start, limit=1000)
    columns = exchange.market.columns("ETHUSDC", "1m", start, start + 1000 * 60_000)
    for name, position in {"open_time": 0, "open": 1, "close": 4, "volume": 5, "quote_volume": 7, "trades": 8}.items():
        assert columns[name].tolist() == [float(row[position]) for row in rows]
    assert columns["open_time"].dtype == np.int64
