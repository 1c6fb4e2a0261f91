from __future__ import annotations

import pytest

from threadx.demo.wire import Reply, Request, head, json_bytes, payload


def test_a_request_is_read_with_its_decoded_query():
    text = (
        "GET /api/v3/klines?symbol=%E5%B8%81%E5%AE%89USDT&limit=5&limit=6&flag HTTP/1.1\r\nHost: x\r\nACCEPT: text/html"
    )
    request = Request.parse(text)
    assert (request.method, request.endpoint) == ("GET", "klines")
    assert request.query == (("symbol", "币安USDT"), ("limit", "5"), ("limit", "6"), ("flag", ""))
    assert request.parameters["limit"] == "6"
    assert request.headers == {"host": "x", "accept": "text/html"}
    assert request.keeps_alive


def test_http_1_0_and_close_end_the_connection():
    assert not Request.parse("GET / HTTP/1.0").keeps_alive
    assert not Request.parse("GET / HTTP/1.1\r\nConnection: Close").keeps_alive


@pytest.mark.parametrize("text", ["", "GET /", "GET / HTTP/2", "a b c d"])
def test_what_is_not_http_is_a_value_error(text):
    with pytest.raises(ValueError, match=r"HTTP|unpack"):
        Request.parse(text)


def test_short_or_already_packed_bodies_are_not_packed():
    asks = Request("GET", "/", (), {"accept-encoding": "gzip"})
    assert payload(asks, Reply(body=b"{}"))[0] == b"{}"
    packed = Reply(body=b"x" * 1000, headers=(("content-encoding", "br"),))
    assert payload(asks, packed)[0] == b"x" * 1000
    assert len(payload(asks, Reply(body=b"x" * 1000))[0]) < 100


def test_json_is_compact_utf8():
    assert json_bytes({"symbol": "币安", "n": [1, 2]}) == '{"symbol":"币安","n":[1,2]}'.encode()


def test_unknown_statuses_have_a_line_too():
    assert head(999, (), 0).startswith(b"HTTP/1.1 999 Unknown\r\ndate: Thu, 01 Jan 1970 00:00:00 GMT\r\n")
