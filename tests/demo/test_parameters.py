from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx.demo.parameters import ApiError, Parameters, time_unit_factor
from threadx.demo.wire import Request

NOW_MS = 1_700_000_000_000
NAMES = ("symbol", "symbols", "interval", "startTime", "endTime", "timeZone", "limit", "type", "permissions", "show")


def asked(**query):
    return Parameters(Request("GET", "/api/v3/klines", tuple(query.items()), {}), NAMES)


def code(call):
    with pytest.raises(ApiError) as refused:
        call()
    return refused.value.code


@pytest.mark.parametrize("text", ["BTCUSDT", "币安人生USDT", "1000SATS", "A-B_C.D"])
def test_symbols_that_can_exist_are_read(text):
    assert asked(symbol=text).symbol() == text


@pytest.mark.parametrize("text", ["btcusdt", "BTC/USDT", "BTC USDT", "A" * 21, "BTC\n", "é", "'"])
def test_symbols_that_cannot_exist_are_illegal_characters(text):
    assert code(asked(symbol=text).symbol) == -1100


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("0", 0), ("8", 480), ("-1:00", -60), ("05:45", 345), ("+14:00", 840), ("-12:00", -720)],
)
def test_time_zones(text, minutes):
    assert asked(timeZone=text).zone_offset_ms() == minutes * 60_000


@pytest.mark.parametrize("text", ["14:01", "-12:01", "15", "UTC", "8:60", "٨"])
def test_time_zones_out_of_range(text):
    assert code(asked(timeZone=text).zone_offset_ms) == -1130


@given(st.integers(min_value=0, max_value=10**14 - 1))
def test_times_are_clamped(ms):
    sent = asked(startTime=str(ms)).time("startTime", NOW_MS)
    assert sent == min(max(ms, 1_483_228_800_000), NOW_MS + 10_000)


@given(st.integers(min_value=1_483_228_800_000_000, max_value=NOW_MS * 1000))
def test_microseconds_are_recognised_and_never_reach_before_their_moment(us):
    assert asked(startTime=str(us)).time("startTime", NOW_MS) == -(-us // 1000)
    assert asked(endTime=str(us)).time("endTime", NOW_MS) == us // 1000


@pytest.mark.parametrize("text", ["-1", "1.5", "abc", "1e3", "١"])
def test_times_and_limits_are_whole_numbers(text):
    assert code(lambda: asked(startTime=text).time("startTime", NOW_MS)) == -1100
    assert code(asked(limit=text).limit) == -1100


def test_limits():
    assert asked().limit() == 500
    assert asked(limit="5000").limit() == 1000
    assert code(asked(limit="0").limit) == -1130


@pytest.mark.parametrize("text", ["BTCUSDT", "[]", '["A"', "[1]", '{"a":1}', "[" * 5000])
def test_lists_that_are_none(text):
    assert code(asked(symbols=text).symbols) == -1100


def test_a_symbol_stands_once_in_a_list():
    assert asked(symbols='["A","B"]').symbols() == ["A", "B"]
    assert code(asked(symbols='["A","A"]').symbols) == -1151


def test_permissions_are_a_word_or_a_list():
    assert asked(permissions="SPOT").permissions() == ["SPOT"]
    assert asked(permissions='["SPOT","MARGIN"]').permissions() == ["SPOT", "MARGIN"]
    assert asked().permissions() == ["SPOT", "MARGIN", "LEVERAGED"]


def test_flags():
    assert asked(show="false").flag("show", default=True) is False
    assert code(lambda: asked(show="maybe").flag("show", default=True)) == -1130


def test_doubles_strangers_and_empty_values_are_refused():
    assert code(lambda: Parameters(Request("GET", "/", (("a", "1"), ("a", "2")), {}), ("a",))) == -1101
    assert code(lambda: asked(cacheBuster="1")) == -1104
    assert code(lambda: asked(symbol="")) == -1105
    assert code(asked().interval) == -1102


def test_the_unit_of_times_is_a_header():
    def factor(unit):
        return time_unit_factor(Request("GET", "/", (), {"x-mbx-time-unit": unit}))

    assert (factor("microsecond"), factor("MILLISECOND")) == (1000, 1)
    assert code(lambda: factor("second")) == -1194
