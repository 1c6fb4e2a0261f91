"""Every fault, as it looks on the wire. What a client makes of it is the client's test."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import socket
import time
import zlib

import pytest

from tests.demo.wire_client import WireClient, unpacked
from tests.patience import PATIENCE_S
from threadx.demo import Fault
from threadx.demo.tricks import Trick, answer

START = 1_717_200_000_000
MINUTE_MS = 60_000
QUERY = {"symbol": "BTCUSDC", "interval": "1m", "startTime": START, "limit": 20}


@pytest.fixture
def good(client):
    """The page that an exchange without faults sends."""
    return client.klines(startTime=START, limit=20)


def page(client):
    status, headers, body = client.reply("klines", **QUERY)
    assert status == 200
    return json.loads(unpacked(headers, body))


def wire(exchange, seconds=PATIENCE_S, headers=""):
    """Return the bytes that come within some seconds, and whether the server closed or reset."""
    request = "GET /api/v3/klines?symbol=BTCUSDC&interval=1m&startTime=1717200000000&limit=20 HTTP/1.1\r\n"
    data = b""
    with socket.create_connection(("127.0.0.1", exchange.port), timeout=seconds) as connection:
        connection.sendall(f"{request}{headers}\r\n".encode())
        try:
            while part := connection.recv(65536):
                data += part
        except TimeoutError:
            return data, "open"
        except ConnectionResetError:
            return data, "reset"
    return data, "closed"


def declared(data):
    head, _, body = data.partition(b"\r\n\r\n")
    lines = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
    return lines, body


def test_no_fault_stands_twice_in_the_list():
    assert len(Fault) == len(Fault.__members__) > 80
    assert all(isinstance(fault.value, Trick) for fault in Fault)


@pytest.mark.parametrize("fault", list(Fault), ids=lambda fault: fault.name)
def test_every_fault_can_strike_and_the_exchange_goes_on(exchange, fault):
    rule = exchange.faults.add(fault, seconds=0.05, pause_s=0.001, megabytes=1)
    for endpoint, query in (("klines", QUERY), ("time", {})):
        with (
            contextlib.suppress(OSError, ValueError, http.client.HTTPException, zlib.error),
            WireClient(exchange) as spoilt,
        ):
            spoilt.reply(endpoint, **query)
        rule.times = 2
    assert rule.struck == 2
    with WireClient(exchange) as client:
        assert len(client.klines(startTime=START, limit=20)) == 20


def test_rules_strike_where_when_and_as_often_as_told(client, exchange):
    rule = exchange.faults.add(Fault.ERROR_500, path="klines", after=1, times=2, match={"symbol": "ETHUSDC"})
    assert client.reply("time")[0] == 200
    assert client.reply("klines", symbol="BTCUSDC", interval="1m")[0] == 200
    asked = [client.reply("klines", symbol="ETHUSDC", interval="1m")[0] for _ in range(5)]
    assert asked == [200, 500, 500, 200, 200]
    assert (rule.seen, rule.struck, rule.spent) == (3, 2, True)


def test_the_first_of_several_rules_strikes_and_clear_ends_all(client, exchange):
    exchange.faults.add(Fault.FIREWALL_403)
    exchange.faults.add(Fault.RESTRICTED_451, times=None)
    assert [client.reply("ping")[0] for _ in range(3)] == [403, 451, 451]
    assert len(exchange.faults.rules) == 2
    exchange.faults.clear()
    assert client.reply("ping")[0] == 200


def test_a_test_can_bring_a_trick_of_its_own(client, exchange):
    exchange.faults.add(answer(418, b"teapot", "text/plain"))
    assert client.reply("ping")[::2] == (418, b"teapot")


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        (Fault.RESTRICTED_451, 451, 0),
        (Fault.LIMITED_429, 429, -1003),
        (Fault.BANNED_418, 418, -1003),
        (Fault.INTERNAL_1001, 500, -1001),
        (Fault.TIMEOUT_1007, 504, -1007),
        (Fault.OVERLOADED_1008, 503, -1008),
        (Fault.ERROR_IN_200, 200, -1001),
    ],
)
def test_refusals_are_the_exchanges_json(client, exchange, fault, status, code):
    exchange.faults.add(fault)
    got, headers, body = client.reply("klines", **QUERY)
    assert (got, json.loads(body)["code"]) == (status, code)
    assert headers["content-type"].startswith("application/json")
    assert "x-mbx-used-weight-1m" in headers


def test_the_restricted_answer_is_printed_over_lines(client, exchange):
    exchange.faults.add(Fault.RESTRICTED_451)
    assert client.reply("ping")[2].startswith(b'{\n  "code": 0,\n  "msg": "Service unavailable')


@pytest.mark.parametrize("text", ["7", "-1", "soon", "1e9", "Wed, 21 Oct 2026 07:28:00 GMT", ""])
def test_any_retry_after_can_be_sent_or_none(client, exchange, text):
    exchange.faults.add(Fault.LIMITED_429, retry_after=text)
    exchange.faults.add(Fault.LIMITED_429, retry_after=None)
    assert client.reply("ping")[1]["retry-after"] == text
    assert "retry-after" not in client.reply("ping")[1]


def test_the_firewall_answers_html_without_a_wait(client, exchange):
    exchange.faults.add(Fault.FIREWALL_403)
    status, headers, body = client.reply("klines", **QUERY)
    assert (status, headers["content-type"]) == (403, "text/html; charset=UTF-8")
    assert b"<H1>403 ERROR</H1>" in body
    assert b"Request blocked." in body
    assert "retry-after" not in headers


def test_a_status_can_be_overruled(client, exchange):
    exchange.faults.add(Fault.ERROR_500, status=502)
    assert client.reply("ping")[0] == 502


@pytest.mark.parametrize(
    ("fault", "target"),
    [
        (Fault.REDIRECT_HOST, "http://example.invalid"),
        (Fault.REDIRECT_LOOP, "/api/v3/klines"),
        (Fault.REDIRECT_FILE, "file:///"),
    ],
)
def test_redirects_name_their_target(client, exchange, fault, target):
    exchange.faults.add(fault)
    status, headers, _ = client.reply("klines", **QUERY)
    assert status == 302
    assert headers["location"].startswith(target)


def test_slow_replies_come_whole(client, exchange, good):
    exchange.faults.add(Fault.SLOW, seconds=0.1)
    before = time.monotonic()
    assert page(client) == good
    assert time.monotonic() - before >= 0.1


@pytest.mark.parametrize(("fault", "head_is_there"), [(Fault.BODY_DRIP, True), (Fault.HEADER_DRIP, False)])
def test_drips_come_byte_by_byte(exchange, fault, head_is_there):
    exchange.faults.add(fault, seconds=0.05, pause_s=0.01)
    data, end = wire(exchange)
    assert end == "closed"
    assert (b"\r\n\r\n" in data) is head_is_there
    assert len(data.partition(b"\r\n\r\n")[2] if head_is_there else data) == 5


@pytest.mark.parametrize(
    ("fault", "end"),
    [
        (Fault.CLOSE_AT_ONCE, "closed"),
        (Fault.RESET_AT_ONCE, "reset"),
        (Fault.RESET_MID_BODY, "reset"),
        (Fault.HANG, "open"),
    ],
)
def test_connections_end_as_told(exchange, fault, end):
    exchange.faults.add(fault)
    assert wire(exchange, 0.3 if end == "open" else PATIENCE_S)[1] == end


def test_a_closed_keep_alive_is_not_announced(client, exchange, good):
    exchange.faults.add(Fault.KEEP_ALIVE_CLOSED)
    data, end = wire(exchange)
    headers, body = declared(data)
    assert (end, json.loads(body)) == ("closed", good)
    assert "connection" not in headers


@pytest.mark.parametrize(
    ("fault", "difference"), [(Fault.TRUNCATED, 1), (Fault.LENGTH_LONGER, 1), (Fault.LENGTH_SHORTER, -1)]
)
def test_lengths_can_lie(exchange, fault, difference):
    exchange.faults.add(fault)
    headers, body = declared(wire(exchange)[0])
    assert (int(headers["content-length"]) - len(body)) * difference > 0


def test_cut_to_valid_json_shows_in_nothing_but_the_rows(exchange, good):
    exchange.faults.add(Fault.CUT_TO_VALID_JSON)
    data, end = wire(exchange)
    headers, body = declared(data)
    assert (end, json.loads(body)) == ("closed", good[:10])
    assert "content-length" not in headers


def test_chunks_are_whole_or_cut_or_wrong(client, exchange, good):
    exchange.faults.add(Fault.CHUNKED)
    assert page(client) == good
    for fault in (Fault.CUT_CHUNKED, Fault.BAD_CHUNK_SIZE):
        exchange.faults.add(fault)
        with pytest.raises(http.client.IncompleteRead), WireClient(exchange) as spoilt:
            spoilt.reply("klines", **QUERY)


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.GZIP_CUT, EOFError), (Fault.GZIP_BAD_CRC, gzip.BadGzipFile), (Fault.NOT_GZIP, gzip.BadGzipFile)],
)
def test_gzip_can_be_spoilt(client, exchange, fault, error):
    exchange.faults.add(fault)
    _, headers, body = client.reply("klines", **QUERY)
    with pytest.raises(error):
        unpacked(headers, body)


def test_a_bomb_is_small_on_the_wire_and_valid_json_inside(client, exchange, good):
    exchange.faults.add(Fault.GZIP_BOMB, megabytes=2)
    _, headers, body = client.reply("klines", **QUERY)
    assert len(body) < 10_000
    inside = unpacked(headers, body)
    assert len(inside) > 2 << 20
    assert json.loads(inside) == good


@pytest.mark.parametrize(
    ("fault", "mark"),
    [
        (Fault.NAN, b",NaN,"),
        (Fault.INFINITY, b",Infinity,"),
        (Fault.HUGE_FLOAT, b",1e309,"),
        (Fault.HUGE_FLOAT_TEXT, b',"1e309",'),
        (Fault.HUGE_INT, b"9" * 5000),
        (Fault.DEEP_NESTING, b"[" * 200_000),
        (Fault.BOM, b"\xef\xbb\xbf[["),
        (Fault.NOT_UTF8, b"\xff\xfe"),
        (Fault.DUPLICATE_KEYS, b'"code":0,"code":-1121'),
        (Fault.NULL_CELL, b",null,"),
        (Fault.TRUE_CELL, b",true,"),
        (Fault.FULL_WIDTH_DIGITS, "０".encode()),
        (Fault.UNDERSCORE_DIGITS, b'"1_'),
        (Fault.NEGATIVE_PRICE, b'"-'),
        (Fault.HTML_AS_JSON, b"<html>"),
    ],
)
def test_bodies_hold_what_they_should_not(client, exchange, fault, mark):
    exchange.faults.add(fault)
    assert mark in client.reply("klines", **QUERY)[2]


def test_pages_of_other_times(client, exchange, good):
    exchange.faults.add(Fault.PAGE_BEFORE)
    exchange.faults.add(Fault.PAGE_AFTER)
    assert page(client)[-1][0] < START
    assert page(client)[0][0] > good[-1][0]


def test_the_same_page_for_ever(client, exchange, good):
    exchange.faults.add(Fault.SAME_PAGE, times=None)
    assert client.klines(startTime=START, limit=20) == good
    assert client.klines(startTime=START + 20 * MINUTE_MS, limit=20) == good


def test_overlaps_begin_before_the_start_and_may_differ(client, exchange, good):
    exchange.faults.add(Fault.OVERLAP)
    exchange.faults.add(Fault.OVERLAP_DIFFERENT)
    equal, different = page(client), page(client)
    assert equal[5:] == different[5:] == good
    assert [row[0] for row in equal[:5]] == [START - i * MINUTE_MS for i in (5, 4, 3, 2, 1)]
    assert equal[:5] == client.klines(startTime=START - 5 * MINUTE_MS, limit=5) != different[:5]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault.DESCENDING, lambda good: good[::-1]),
        (Fault.SHUFFLED, lambda good: good[1::2] + good[::2]),
        (Fault.DUPLICATED_ROWS, lambda good: [row for row in good for _ in "12"]),
        (Fault.HALF_PAGE, lambda good: good[:10]),
        (Fault.MISSING_ROWS, lambda good: good[:6] + good[9:]),
        (Fault.EMPTY_PAGE, lambda good: []),
        (Fault.COLUMNS_11, lambda good: [row[:11] for row in good]),
        (Fault.COLUMNS_13, lambda good: [[*row, "0"] for row in good]),
        (Fault.MICROSECONDS, lambda good: [[row[0] * 1000, *row[1:6], row[6] * 1000, *row[7:]] for row in good]),
        (Fault.OFF_GRID, lambda good: [[row[0] + 14_789, *row[1:6], row[6] + 14_789, *row[7:]] for row in good]),
        (Fault.NUMBER_CELLS, lambda good: [[r[0], *map(float, r[1:6]), r[6], float(r[7]), *r[8:]] for r in good]),
    ],
)
def test_rows_are_rearranged(client, exchange, good, fault, expected):
    exchange.faults.add(fault)
    assert page(client) == expected(good)


def test_one_row_with_the_high_below_the_low(client, exchange, good):
    exchange.faults.add(Fault.HIGH_BELOW_LOW)
    wrong = [row for row in page(client) if float(row[2]) < float(row[3])]
    assert [row[0] for row in wrong] == [good[10][0]]


def test_an_empty_page_and_other_endpoints_pass_row_faults_unharmed(client, exchange):
    exchange.faults.add(Fault.DESCENDING, times=None)
    assert client.klines(startTime=START, endTime=START - 1) == []
    assert "serverTime" in client.json("time")


def test_the_clock_can_be_a_day_off(client, exchange):
    exchange.faults.add(Fault.CLOCK_OFF, path="time", days=-1)
    assert client.json("time")["serverTime"] == exchange.now_ms - 86_400_000


def test_huge_headers_arrive(exchange):
    exchange.faults.add(Fault.HUGE_HEADERS)
    exchange.faults.add(Fault.MANY_HEADERS)
    last = "Connection: close\r\n"
    head = wire(exchange, headers=last)[0].partition(b"\r\n\r\n")[0]
    assert len(head) > 200_000, head[:100]
    assert wire(exchange, headers=last)[0].count(b"x-filler: a") == 2000
