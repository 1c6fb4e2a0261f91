"""Every way of failing that the embedded exchange knows: each ends in a retry, a typed error or correct rows."""

from __future__ import annotations

import contextlib
from enum import StrEnum

import numpy as np
import pytest

from tests.exchange.conftest import NOW_MS, MakeRest
from tests.patience import cancelled_when
from threadx.bars.schema import OPEN_TIME, Columns
from threadx.bars.timeframe import ONE_MINUTE
from threadx.demo import DemoExchange
from threadx.demo.faults import Fault
from threadx.errors import (
    BadResponseError,
    RateLimitedError,
    RestrictedLocationError,
    SourceError,
    SourceUnavailableError,
)
from threadx.exchange.rest import BinanceRest
from threadx.progress import Progress

SYMBOL = "BTCUSDT"
END_MS = NOW_MS - 86_400_000
START_MS = END_MS - 1500 * 60_000


class Ends(StrEnum):
    """How a download ends when the fault strikes once."""

    RIGHT = "the rows are those of an exchange without faults"
    PASSED_ON = "rows arrive that `bars.checks` has to judge, the others as they should"
    BAD = "BadResponseError"
    RESTRICTED = "RestrictedLocationError"
    LEFT_ALONE = "RateLimitedError"


EXPECTED: dict[Fault, Ends] = {
    Fault.FIREWALL_403: Ends.RESTRICTED,
    Fault.RESTRICTED_451: Ends.RESTRICTED,
    Fault.BANNED_418: Ends.LEFT_ALONE,
    **dict.fromkeys(
        (
            Fault.LIMITED_429, Fault.INTERNAL_1001, Fault.TOO_MANY_1003, Fault.TIMEOUT_1007, Fault.OVERLOADED_1008,
            Fault.ERROR_IN_200, Fault.ERROR_500, Fault.ERROR_500_HTML, Fault.BAD_GATEWAY_502, Fault.UNAVAILABLE_503,
            Fault.GATEWAY_TIMEOUT_504,
            Fault.SLOW, Fault.HANG, Fault.BODY_DRIP, Fault.HEADER_DRIP,
            Fault.CLOSE_AT_ONCE, Fault.RESET_AT_ONCE, Fault.RESET_MID_BODY, Fault.KEEP_ALIVE_CLOSED,
            Fault.CONNECTION_CLOSE, Fault.GARBAGE, Fault.HUGE_HEADERS, Fault.MANY_HEADERS,
            Fault.TRUNCATED, Fault.LENGTH_LONGER, Fault.LENGTH_SHORTER, Fault.CUT_JSON, Fault.CUT_TO_VALID_JSON,
            Fault.CHUNKED, Fault.CUT_CHUNKED, Fault.BAD_CHUNK_SIZE, Fault.GZIP_CUT, Fault.GZIP_BAD_CRC,
            Fault.NOT_GZIP, Fault.NOT_UTF8, Fault.EMPTY_BODY, Fault.BOM,
            Fault.DUPLICATED_ROWS, Fault.HALF_PAGE, Fault.MICROSECONDS, Fault.SAME_PAGE,
        ),
        Ends.RIGHT,
    ),
    **dict.fromkeys(
        (
            Fault.OFF_GRID, Fault.MISSING_ROWS, Fault.HIGH_BELOW_LOW, Fault.NEGATIVE_PRICE, Fault.NEGATIVE_VOLUME,
            Fault.ZERO_PRICE, Fault.EMPTY_PAGE,
        ),
        Ends.PASSED_ON,
    ),
    **dict.fromkeys(
        (
            Fault.NO_CONTENT_204, Fault.NOT_MODIFIED_304, Fault.STATUS_999, Fault.NOT_FOUND_404,
            Fault.HTML_200, Fault.HTML_AS_JSON, Fault.REDIRECT_HOST, Fault.REDIRECT_LOOP, Fault.REDIRECT_FILE,
            Fault.GZIP_BOMB, Fault.NAN, Fault.INFINITY, Fault.HUGE_FLOAT, Fault.HUGE_FLOAT_TEXT, Fault.HUGE_INT,
            Fault.DEEP_NESTING, Fault.DUPLICATE_KEYS, Fault.OBJECT_BODY, Fault.NULL_BODY,
            Fault.PAGE_BEFORE, Fault.PAGE_AFTER, Fault.OVERLAP, Fault.OVERLAP_DIFFERENT, Fault.DESCENDING,
            Fault.SHUFFLED, Fault.SECONDS, Fault.FLOAT_TIME, Fault.TEXT_TIME, Fault.COLUMNS_11, Fault.COLUMNS_13,
            Fault.NULL_CELL, Fault.EMPTY_CELL, Fault.TRUE_CELL, Fault.FULL_WIDTH_DIGITS, Fault.UNDERSCORE_DIGITS,
            Fault.NUMBER_CELLS,
        ),
        Ends.BAD,
    ),
}  # fmt: skip
RAISED = {
    Ends.BAD: BadResponseError,
    Ends.RESTRICTED: RestrictedLocationError,
    Ends.LEFT_ALONE: RateLimitedError,
}
NEVER_A_PAGE = {Fault.CLOCK_OFF, Fault.COINS_429, Fault.COINS_DRIFT}
"""About another answer than a page of bars."""
ENDLESS = {Fault.SLOW, Fault.HANG, Fault.BODY_DRIP, Fault.HEADER_DRIP}
"""The client ends them, by its timeouts. They are short where that is waited for, and many: a machine may be slow."""
QUICK = {"retry_after": "1", "megabytes": 4}


def downloaded(rest: BinanceRest, progress: Progress | None = None) -> Columns:
    pages = list(rest.bars(SYMBOL, ONE_MINUTE, START_MS, END_MS, progress if progress is not None else Progress()))
    assert (pages[0].start_ms, pages[-1].end_ms) == (START_MS, END_MS)
    return {name: np.concatenate([page.columns[name] for page in pages]) for name in pages[0].columns}


def truth(exchange: DemoExchange) -> Columns:
    return exchange.market.columns(SYMBOL, "1m", START_MS, END_MS)


def differing(got: Columns, right: Columns) -> list[str]:
    return [name for name in right if not np.array_equal(got[name], right[name])]


def test_every_fault_of_the_embedded_exchange_has_an_expectation():
    assert set(EXPECTED) | NEVER_A_PAGE == set(Fault)


@pytest.mark.parametrize("fault", [fault for fault in EXPECTED if EXPECTED[fault] is Ends.RIGHT], ids=lambda f: f.name)
def test_a_passing_fault_leaves_no_trace_in_the_rows(exchange, make_rest: MakeRest, fault):
    rule = exchange.faults.add(fault, path="klines", **QUICK)
    given_up_early = {"read_timeout_s": 0.5, "total_timeout_s": 0.8, "max_retries": 12} if fault in ENDLESS else {}
    assert not differing(downloaded(make_rest(exchange.url, **given_up_early)), truth(exchange))
    assert rule.struck == 1


@pytest.mark.parametrize("fault", [fault for fault in EXPECTED if EXPECTED[fault] in RAISED], ids=lambda f: f.name)
def test_an_answer_that_cannot_be_used_is_an_error_with_a_next_step(exchange, rest, fault):
    exchange.faults.add(fault, path="klines", times=None, **QUICK)
    with pytest.raises(RAISED[EXPECTED[fault]]) as caught:
        downloaded(rest)
    assert caught.value.hint
    assert "vpn" not in f"{caught.value} {caught.value.hint}".lower()


@pytest.mark.parametrize(
    "fault", [fault for fault in EXPECTED if EXPECTED[fault] is Ends.PASSED_ON], ids=lambda f: f.name
)
def test_rows_that_only_the_checks_can_judge_are_passed_on_as_they_are(exchange, rest, fault):
    exchange.faults.add(fault, path="klines", **QUICK)
    got, right = downloaded(rest), truth(exchange)
    assert set(got) == set(right)
    assert (np.diff(got[OPEN_TIME]) > 0).all()
    same = np.isin(got[OPEN_TIME], right[OPEN_TIME])
    kept = np.isin(right[OPEN_TIME], got[OPEN_TIME])
    untouched = sum(int((got[name][same] != right[name][kept]).sum()) for name in right)
    assert untouched <= 2


@pytest.mark.parametrize("fault", list(EXPECTED), ids=lambda f: f.name)
def test_a_fault_for_ever_ends_in_a_typed_error_or_in_rows_never_in_a_loop(exchange, make_rest: MakeRest, fault):
    exchange.faults.add(fault, path="klines", times=None, **QUICK)
    rest = make_rest(exchange.url, max_retries=0, read_timeout_s=0.2, total_timeout_s=0.3)
    with contextlib.suppress(SourceError):
        assert (np.diff(downloaded(rest)[OPEN_TIME]) > 0).all()
    assert exchange.log.total < 400


def test_faults_of_the_server_for_minutes_and_then_none_cost_attempts_only(exchange, make_rest: MakeRest):
    exchange.faults.add(Fault.UNAVAILABLE_503, path="klines", times=6)
    rest = make_rest(exchange.url, max_retries=6)
    assert not differing(downloaded(rest), truth(exchange))


def test_attempts_are_counted_and_the_last_error_is_told(exchange, make_rest: MakeRest):
    rule = exchange.faults.add(Fault.UNAVAILABLE_503, path="klines", times=None)
    with pytest.raises(SourceUnavailableError):
        make_rest(exchange.url, max_retries=2, connections=1).first_bar_ms(SYMBOL)
    assert rule.struck == 3


def test_a_refusal_of_the_request_is_not_repeated(exchange, rest):
    rule = exchange.faults.add(Fault.NAN, path="klines", times=None)
    with pytest.raises(BadResponseError):
        downloaded(rest)
    assert rule.struck <= 2  # one for each page


def test_a_clock_far_ahead_of_the_answers_own_date_is_not_believed(exchange, rest):
    exchange.faults.add(Fault.CLOCK_OFF, path="time", times=None, days=1)
    with pytest.raises(BadResponseError):
        list(rest.bars(SYMBOL, ONE_MINUTE, START_MS, NOW_MS))


def test_a_clock_that_is_late_only_makes_the_range_shorter(exchange, rest):
    exchange.faults.add(Fault.CLOCK_OFF, path="time", times=None, days=-1)
    pages = list(rest.bars(SYMBOL, ONE_MINUTE, NOW_MS - 2 * 86_400_000, NOW_MS))
    assert pages[-1].end_ms == NOW_MS - 86_400_000


@pytest.mark.parametrize(
    "fault", [Fault.HANG, Fault.BODY_DRIP, Fault.HEADER_DRIP, Fault.SLOW, Fault.LIMITED_429], ids=lambda f: f.name
)
def test_cancel_answers_whatever_is_waited_for(exchange, make_rest: MakeRest, fault):
    rule = exchange.faults.add(fault, path="klines", times=None, seconds=60.0, retry_after="60")
    rest, progress = make_rest(exchange.url), Progress()
    with cancelled_when(progress, lambda: rule.struck, after_s=0.05):
        downloaded(rest, progress)


@pytest.mark.parametrize("fault", [Fault.BODY_DRIP, Fault.HEADER_DRIP], ids=lambda f: f.name)
def test_a_drip_ends_at_the_total_deadline_although_each_read_is_quick(exchange, make_rest: MakeRest, fault):
    exchange.faults.add(fault, path="klines", times=None, seconds=3600.0, pause_s=0.02)
    rest = make_rest(exchange.url, total_timeout_s=0.2, max_retries=0)
    with pytest.raises(SourceUnavailableError):
        rest.first_bar_ms(SYMBOL)


def test_a_storm_of_429_makes_no_herd(exchange, make_rest: MakeRest):
    rule = exchange.faults.add(Fault.LIMITED_429, path="klines", times=2, retry_after="1")
    rest = make_rest(exchange.url, connections=8)
    start_ms = END_MS - 8000 * 60_000
    pages = list(rest.bars(SYMBOL, ONE_MINUTE, start_ms, END_MS))
    assert len(pages) == 8
    assert rule.seen <= 8 + 2  # each page once, and what was refused again


def test_a_ban_stops_every_worker_and_the_next_client_too(exchange, make_rest: MakeRest):
    rule = exchange.faults.add(Fault.BANNED_418, path="klines", times=None, retry_after="259200")
    with pytest.raises(RateLimitedError) as caught:
        downloaded(make_rest(exchange.url, connections=1))
    assert rule.struck == 1
    assert caught.value.retry_after == pytest.approx(259_200)
    with pytest.raises(RateLimitedError):
        make_rest(exchange.url).server_time_ms()
    assert exchange.log.by_path.get("time", 0) <= 1
