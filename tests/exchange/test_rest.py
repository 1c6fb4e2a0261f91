"""The client as a whole against the embedded exchange: paging, closing time, hosts, limits, what goes over the wire."""

from __future__ import annotations

import dataclasses
import itertools
import json
import threading

import numpy as np
import pytest

from tests.exchange.conftest import NOW_MS, MakeRest
from tests.exchange.fakes import RawServer, answering, refusing
from threadx.bars.schema import OPEN_TIME
from threadx.bars.timeframe import MINUTE_MS, ONE_MINUTE, Timeframe
from threadx.demo import DemoExchange
from threadx.demo.faults import Fault
from threadx.errors import (
    BadResponseError,
    JobCancelled,
    RestrictedLocationError,
    SourceUnavailableError,
    UnknownSymbolError,
)
from threadx.exchange.rest import PAGE_ROWS, BinanceRest
from threadx.exchange.source import Page
from threadx.progress import Progress, ProgressEvent

SYMBOL = "BTCUSDT"
END_MS = NOW_MS - 86_400_000


def asked(exchange: DemoExchange) -> list[dict[str, str]]:
    return [served.parameters for served in exchange.log.recent if served.path == "klines"]


def bars(rest: BinanceRest, start_ms: int, end_ms: int, timeframe: str = "1m", symbol: str = SYMBOL) -> list[Page]:
    return list(rest.bars(symbol, Timeframe.parse(timeframe), start_ms, end_ms))


def opens(pages: list[Page]) -> np.ndarray:
    return np.concatenate([page.columns[OPEN_TIME] for page in pages])


def test_a_page_is_a_thousand_rows_and_pages_touch(exchange, rest):
    start_ms = END_MS - 2500 * MINUTE_MS
    pages = bars(rest, start_ms, END_MS)
    assert [page.columns[OPEN_TIME].size for page in pages] == [1000, 1000, 500]
    assert pages[0].start_ms == start_ms
    assert pages[-1].end_ms == END_MS
    assert all(page.end_ms == following.start_ms for page, following in itertools.pairwise(pages))


def test_the_wire_gets_inclusive_ends_and_no_parameter_that_is_not_needed(exchange, rest):
    bars(rest, END_MS - 5 * MINUTE_MS, END_MS)
    assert asked(exchange) == [
        {
            "symbol": SYMBOL,
            "interval": "1m",
            "startTime": str(END_MS - 5 * MINUTE_MS),
            "endTime": str(END_MS - 1),
            "limit": str(PAGE_ROWS),
        }
    ]


def test_a_range_that_is_full_costs_one_request_a_page(exchange, rest):
    bars(rest, END_MS - 8 * PAGE_ROWS * MINUTE_MS, END_MS)
    assert len(asked(exchange)) == 8


def test_a_month_is_written_as_the_exchange_writes_it(exchange, rest):
    bars(rest, END_MS - 90 * 86_400_000, END_MS, "1mo")
    assert asked(exchange)[0]["interval"] == "1M"


def test_the_running_bar_is_left_out_by_the_servers_clock(exchange, make_rest: MakeRest):
    exchange.set_now(NOW_MS + 30_000)
    pages = bars(make_rest(exchange.url), NOW_MS - 10 * MINUTE_MS, NOW_MS + 10 * MINUTE_MS)
    assert pages[-1].end_ms == NOW_MS
    assert opens(pages)[-1] == NOW_MS - MINUTE_MS


def test_a_bar_counts_as_closed_only_after_the_settle_delay(exchange, quick):
    source = dataclasses.replace(quick.source, rest_hosts=(exchange.url,))
    ingest = dataclasses.replace(quick.ingest, settle_delay_s=5)
    with BinanceRest(dataclasses.replace(quick, source=source, ingest=ingest)) as rest:
        exchange.set_now(NOW_MS + 4_999)
        assert bars(rest, NOW_MS - 10 * MINUTE_MS, NOW_MS + 1)[-1].end_ms == NOW_MS - MINUTE_MS
        exchange.set_now(NOW_MS + 5_000)
        assert bars(rest, NOW_MS - 10 * MINUTE_MS, NOW_MS + 1)[-1].end_ms == NOW_MS


def test_nothing_is_yielded_where_nothing_is_closed(exchange, rest):
    assert bars(rest, NOW_MS, NOW_MS + 86_400_000) == []
    assert bars(rest, NOW_MS, NOW_MS) == []
    assert asked(exchange) == []


def test_the_clock_is_asked_again_only_where_the_range_reaches_the_present(exchange, rest):
    rest.server_time_ms()
    bars(rest, END_MS - MINUTE_MS, END_MS)
    assert exchange.log.by_path["time"] == 1
    bars(rest, NOW_MS - MINUTE_MS, NOW_MS + MINUTE_MS)
    assert exchange.log.by_path["time"] == 2


def test_times_before_the_exchange_existed_are_settled_without_asking(exchange, rest):
    pages = bars(rest, 0, 1_483_228_800_000)
    assert [(page.start_ms, page.end_ms, page.columns[OPEN_TIME].size) for page in pages] == [(0, 1_483_228_800_000, 0)]
    assert asked(exchange) == []


def test_a_hole_at_a_pages_end_is_asked_for_once_more_and_then_believed(exchange, rest):
    exchange.faults.add(Fault.HALF_PAGE, path="klines")
    pages = bars(rest, END_MS - 1000 * MINUTE_MS, END_MS)
    assert opens(pages).size == 1000
    assert len(asked(exchange)) == 2


def test_an_empty_page_before_later_data_is_legal(exchange, rest):
    listed_ms = rest.first_bar_ms("BTCUSDC")
    pages = bars(rest, listed_ms - 3000 * MINUTE_MS, listed_ms + 10 * MINUTE_MS, symbol="BTCUSDC")
    assert [page.columns[OPEN_TIME].size for page in pages] == [0, 0, 0, 10]


def test_a_server_with_smaller_pages_is_followed_to_the_end(exchange, make_rest: MakeRest):
    """Coverage of the range, not the number of rows, says when a page is complete."""
    start_ms = END_MS - 1000 * MINUTE_MS
    whole = exchange.market.columns(SYMBOL, "1m", start_ms, END_MS)
    exchange.faults.add(Fault.HALF_PAGE, path="klines", times=6)
    assert np.array_equal(opens(bars(make_rest(exchange.url), start_ms, END_MS)), whole[OPEN_TIME])


def test_a_server_that_gives_row_by_row_is_given_up(make_rest: MakeRest):
    def one_row(connection, request):
        start = int(request.split(b"startTime=")[1].split(b"&")[0])
        row = [start, "1.0", "1.0", "1.0", "1.0", "1.0", start + 1, "1.0", 1, "1.0", "1.0", "0"]
        path = request.split(b" ")[1]
        answering(b'{"serverTime": 1717243200000}' if b"/time" in path else json.dumps([row]).encode())(
            connection, request
        )

    with RawServer(one_row) as server:
        rest = make_rest(server.url)
        rest._client.budget.server_clock.learn(NOW_MS)
        with pytest.raises(BadResponseError, match="parts"):
            bars(rest, END_MS - 1000 * MINUTE_MS, END_MS)


def test_the_listing_minute_is_one_small_request(exchange, rest):
    listed_ms = rest.first_bar_ms("BTCUSDC")
    assert asked(exchange) == [{"symbol": "BTCUSDC", "interval": "1m", "startTime": "0", "limit": "1"}]
    assert exchange.market.columns("BTCUSDC", "1m", 0, listed_ms)[OPEN_TIME].size == 0
    assert exchange.market.columns("BTCUSDC", "1m", listed_ms, listed_ms + 1)[OPEN_TIME].size == 1


@pytest.mark.parametrize("symbol", ["NOSUCHUSDC", "btcusdc", "BTC USDC", "../BTCUSDC", "BTC&limit=1", ""])
def test_an_unknown_symbol_is_told_with_a_next_step(rest, symbol):
    with pytest.raises(UnknownSymbolError) as caught:
        bars(rest, END_MS - MINUTE_MS, END_MS, symbol=symbol)
    assert caught.value.hint
    with pytest.raises(UnknownSymbolError):
        rest.first_bar_ms(symbol)


def test_a_hostile_symbol_is_not_sent_at_all(exchange, rest):
    with pytest.raises(UnknownSymbolError):
        bars(rest, 0, END_MS, symbol="BTC\r\nHost: x")
    assert exchange.log.total == 0


def test_a_reversed_range_is_a_programmers_error(rest):
    with pytest.raises(ValueError, match="reversed"):
        bars(rest, END_MS, END_MS - 1)


def test_the_list_of_symbols_is_asked_for_once_in_a_while_and_tells_the_limit(exchange, rest):
    first = rest.symbols()
    assert rest.symbols() == first
    assert exchange.log.by_path["exchangeInfo"] == 1
    assert len(first) > 120


def test_the_announced_limit_is_kept(make_rest: MakeRest):
    with DemoExchange(now=NOW_MS, weight_limit=300) as small:
        rest = make_rest(small.url, weight_share=0.5)
        rest.symbols()
        seen: list[ProgressEvent] = []
        progress = Progress(lambda event: (seen.append(event), progress.cancel() if event.waiting else None))
        with pytest.raises(JobCancelled):
            list(rest.bars(SYMBOL, ONE_MINUTE, END_MS - 200_000 * MINUTE_MS, END_MS, progress))
        assert small.log.weight <= 150
        assert "150 of API weight" in next(event.waiting for event in seen if event.waiting)
        assert all(served.status == 200 for served in small.log.recent)


def test_a_long_download_learns_the_limit_before_it_spends_much(make_rest: MakeRest):
    """`threadx download` never asked for the list of symbols, took the limit of 2024 for granted and met a 429."""
    with DemoExchange(now=NOW_MS, weight_limit=300) as small:
        rest = make_rest(small.url, weight_share=0.5)
        progress = Progress(lambda event: progress.cancel() if event.waiting else None)
        with pytest.raises(JobCancelled):
            list(rest.bars(SYMBOL, ONE_MINUTE, END_MS - 200_000 * MINUTE_MS, END_MS, progress))
        assert small.log.weight <= 150
        assert small.log.by_path["exchangeInfo"] == 1
        assert all(served.status == 200 for served in small.log.recent)


def test_many_short_downloads_learn_the_limit_too_and_once(exchange, rest):
    for _ in range(70):
        list(rest.bars(SYMBOL, ONE_MINUTE, END_MS - 2000 * MINUTE_MS, END_MS))
    assert exchange.log.by_path["exchangeInfo"] == 1


def test_a_server_that_tells_no_limit_is_used_all_the_same(exchange, rest):
    exchange.faults.add(Fault.NOT_FOUND_404, path="exchangeInfo", times=None)
    pages = list(rest.bars(SYMBOL, ONE_MINUTE, END_MS - 120_000 * MINUTE_MS, END_MS))
    assert sum(page.columns[OPEN_TIME].size for page in pages) == 120_000


def test_used_weight_is_what_the_server_says(exchange, rest):
    assert rest.weight_used is None
    exchange.limiter.preset(1234, exchange.clock.weight_ms())
    rest.ping()
    assert rest.weight_used == 1235


def test_a_host_that_refuses_this_place_is_left_for_the_next_and_stays_left(exchange, make_rest: MakeRest):
    with DemoExchange(now=NOW_MS) as restricted:
        restricted.faults.add(Fault.RESTRICTED_451, times=None)
        seen: list[ProgressEvent] = []
        rest = make_rest(restricted.url, exchange.url)
        assert rest.server_time_ms(Progress(seen.append)) == NOW_MS
        assert rest.host == exchange.url
        rest.ping()
        assert restricted.log.total == 1
        assert [event.waiting for event in seen] == ["refused here, asking the next host"]


@pytest.mark.parametrize("fault", [Fault.RESTRICTED_451, Fault.FIREWALL_403], ids=lambda fault: fault.name)
def test_when_every_host_refuses_all_workers_stop(exchange, make_rest: MakeRest, fault):
    exchange.faults.add(fault, times=None)
    rest = make_rest(exchange.url, connections=2)
    for _ in range(3):
        with pytest.raises(RestrictedLocationError):
            bars(rest, END_MS - 100_000 * MINUTE_MS, END_MS)
    assert exchange.log.total <= 2


def test_a_host_out_of_reach_is_passed_over(exchange, make_rest: MakeRest):
    with refusing() as url:
        rest = make_rest(url, exchange.url)
        assert rest.server_time_ms() == NOW_MS
    assert rest.host == exchange.url


def test_nothing_there_is_told_after_the_last_attempt(make_rest: MakeRest):
    seen: list[ProgressEvent] = []
    with refusing() as url, pytest.raises(SourceUnavailableError, match="refused"):
        make_rest(url).ping(Progress(seen.append))
    assert len([event for event in seen if "ask again" in event.waiting]) == 3


def test_many_symbols_share_the_connections_and_no_caller_starves(exchange, make_rest: MakeRest):
    """Callers are worker threads themselves: none may wait for a place that another caller holds."""
    rest = make_rest(exchange.url, connections=2)
    names = ["BTCUSDT", "ETHUSDT", "BTCUSDC", "ETHUSDC", "SOLUSDC", "BNBUSDC", "ADAUSDC", "XRPUSDC"]
    names = [name for name in names if name in exchange.market.listings]
    got: dict[str, int] = {}

    def work(name: str) -> None:
        got[name] = opens(bars(rest, END_MS - 3000 * MINUTE_MS, END_MS, symbol=name)).size

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == dict.fromkeys(names, 3000)
    assert exchange.connections <= 2


def test_pages_are_fetched_ahead_but_boundedly(exchange, make_rest: MakeRest):
    rest = make_rest(exchange.url, connections=3)
    pages = rest.bars(SYMBOL, ONE_MINUTE, END_MS - 100_000 * MINUTE_MS, END_MS)
    next(pages)
    pages.close()
    rest.close()
    assert len(asked(exchange)) <= 4


def test_a_cancelled_download_stops_asking(exchange, make_rest: MakeRest):
    rest, progress = make_rest(exchange.url), Progress()
    pages = rest.bars(SYMBOL, ONE_MINUTE, END_MS - 100_000 * MINUTE_MS, END_MS, progress)
    next(pages)
    progress.cancel()
    with pytest.raises(JobCancelled):
        next(pages)
    assert len(asked(exchange)) <= 10


def test_closing_twice_is_fine_and_a_closed_client_asks_nothing(exchange, make_rest: MakeRest):
    rest = make_rest(exchange.url)
    rest.ping()
    rest.close()
    rest.close()
    with pytest.raises(RuntimeError):
        rest.ping()
    assert exchange.log.total == 1
