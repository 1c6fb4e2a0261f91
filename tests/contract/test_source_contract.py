"""What every MarketSource does, held against two markets over real HTTP: a generated one, and real bars replayed."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from tests.real import REAL, needs_real
from threadx.bars.checks import is_clean
from threadx.bars.schema import OPEN_TIME, OPTIONAL_COLS, PRICE_COLS, Columns
from threadx.bars.timeframe import MINUTE_MS, ONE_MINUTE, Timeframe
from threadx.config import Settings
from threadx.demo import DemoExchange
from threadx.errors import JobCancelled, UnknownSymbolError
from threadx.exchange.rest import BinanceRest
from threadx.exchange.source import MarketSource, Page
from threadx.progress import NULL_PROGRESS, Progress

DAY_MS = 86_400_000
NAMES = {OPEN_TIME, *PRICE_COLS, "volume", *OPTIONAL_COLS}


@dataclass(frozen=True)
class Stage:
    """A source under test and what it should know."""

    source: MarketSource
    exchange: DemoExchange
    symbol: str
    start_ms: int
    """A range of days in which the symbol trades, the outage of the exchange within."""
    end_ms: int
    outage: tuple[int, int]

    def pages(self, timeframe: str = "1m", start_ms: int | None = None, end_ms: int | None = None) -> list[Page]:
        start_ms = self.start_ms if start_ms is None else start_ms
        end_ms = self.end_ms if end_ms is None else end_ms
        return list(self.source.bars(self.symbol, Timeframe.parse(timeframe), start_ms, end_ms, NULL_PROGRESS))

    def truth(self, timeframe: str = "1m") -> Columns:
        return self.exchange.market.columns(self.symbol, timeframe, self.start_ms, self.end_ms)


OUTAGE = (1_679_661_600_000, 1_679_666_400_000)
"""2023-03-24 12:40 to 14:00 UTC: the exchange's engine stood still."""


def joined(pages: list[Page]) -> Columns:
    return {name: np.concatenate([page.columns[name] for page in pages]) for name in pages[0].columns}


@pytest.fixture(scope="module")
def real_bars():
    if REAL is None:
        return None
    from threadx.store.replay import load_replay

    return load_replay(REAL)


@pytest.fixture(params=["generated", pytest.param("replayed", marks=needs_real)])
def stage(request: pytest.FixtureRequest, settings: Settings, real_bars) -> Iterator[Stage]:
    replayed = request.param == "replayed"
    start_ms = OUTAGE[0] // DAY_MS * DAY_MS - DAY_MS
    with DemoExchange(real_bars if replayed else None, now=None if replayed else 1_717_243_230_000) as exchange:
        limited = dataclasses.replace(settings.limits, weight_share=1.0)
        changed = dataclasses.replace(settings, limits=limited).with_source(exchange.url, "demo")
        with BinanceRest(changed, backoff_s=0.01) as source:
            yield Stage(source, exchange, "BTCUSDT", start_ms, start_ms + 3 * DAY_MS, OUTAGE)


def test_it_has_the_name_of_its_provider(stage):
    assert stage.source.name == "demo"


def test_pages_touch_and_cover_the_range_asked_for(stage):
    pages = stage.pages()
    assert (pages[0].start_ms, pages[-1].end_ms) == (stage.start_ms, stage.end_ms)
    assert all(page.end_ms == following.start_ms for page, following in itertools.pairwise(pages))


def test_rows_ascend_strictly_and_stay_inside_their_page(stage):
    for page in stage.pages():
        times = page.columns[OPEN_TIME]
        assert (np.diff(times) > 0).all()
        assert not times.size or (page.start_ms <= times[0] and times[-1] < page.end_ms)


def test_columns_are_those_of_the_contract(stage):
    for page in stage.pages():
        assert set(page.columns) == NAMES
        assert {values.size for values in page.columns.values()} == {page.columns[OPEN_TIME].size}
        kinds = {name: values.dtype.name for name, values in page.columns.items()}
        assert {name for name in NAMES if kinds[name] == "int64"} == {OPEN_TIME, "trades"}
        assert {kinds[name] for name in NAMES - {OPEN_TIME, "trades"}} == {"float64"}


@pytest.mark.parametrize("timeframe", ["1m", "5m", "1h", "1d"])
def test_every_row_is_the_markets_own_bit_for_bit(stage, timeframe):
    got, right = joined(stage.pages(timeframe)), stage.truth(timeframe)
    assert set(right) <= set(got)
    for name in right:
        assert np.array_equal(got[name], right[name]), name


def test_rows_satisfy_the_rules_of_bars(stage):
    assert is_clean(joined(stage.pages()))


def test_an_outage_is_missing_rows_not_invented_ones(stage):
    times = joined(stage.pages())[OPEN_TIME]
    assert not ((times >= stage.outage[0]) & (times < stage.outage[1])).any()
    assert ((times >= stage.outage[0] - DAY_MS) & (times < stage.outage[0])).any()
    assert (times >= stage.outage[1]).any()


def test_a_range_inside_the_outage_is_settled_and_empty(stage):
    pages = stage.pages(start_ms=stage.outage[0], end_ms=stage.outage[1])
    assert [(page.start_ms, page.end_ms, page.columns[OPEN_TIME].size) for page in pages] == [(*stage.outage, 0)]
    assert set(pages[0].columns) == NAMES


def test_one_minute_can_be_asked_for(stage):
    pages = stage.pages(start_ms=stage.start_ms, end_ms=stage.start_ms + MINUTE_MS)
    assert joined(pages)[OPEN_TIME].tolist() == [stage.start_ms]


def test_an_empty_range_gives_no_page(stage):
    assert stage.pages(start_ms=stage.start_ms, end_ms=stage.start_ms) == []


def test_a_range_that_begins_between_two_minutes_begins_with_the_next(stage):
    pages = stage.pages(start_ms=stage.start_ms + 1, end_ms=stage.start_ms + 3 * MINUTE_MS)
    assert joined(pages)[OPEN_TIME].tolist() == [stage.start_ms + MINUTE_MS, stage.start_ms + 2 * MINUTE_MS]


def test_asking_twice_gives_the_same(stage):
    first, second = joined(stage.pages()), joined(stage.pages())
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_the_listing_minute_has_the_first_bar_there_is(stage):
    listed_ms = stage.source.first_bar_ms(stage.symbol, 0, NULL_PROGRESS)
    (page,) = stage.pages(start_ms=listed_ms, end_ms=listed_ms + MINUTE_MS)
    assert page.columns[OPEN_TIME].tolist() == [listed_ms]
    before = stage.pages(start_ms=listed_ms - 5 * MINUTE_MS, end_ms=listed_ms)
    assert not joined(before)[OPEN_TIME].size


def test_the_first_bar_since_a_minute_is_that_minutes_own_or_the_next_there_is(stage):
    times = joined(stage.pages())[OPEN_TIME]
    for row in (0, times.size // 2, times.size - 1):
        since_ms = int(times[row])
        assert stage.source.first_bar_ms(stage.symbol, since_ms, NULL_PROGRESS) == since_ms
    jumps = np.flatnonzero(np.diff(times) > MINUTE_MS)
    for row in jumps[:2]:
        assert stage.source.first_bar_ms(stage.symbol, int(times[row]) + MINUTE_MS, NULL_PROGRESS) == times[row + 1]


def test_nothing_is_closed_in_the_future(stage):
    now_ms = stage.source.server_time_ms(NULL_PROGRESS)
    pages = stage.pages(start_ms=now_ms - 3 * MINUTE_MS, end_ms=now_ms + DAY_MS)
    assert pages[-1].end_ms <= now_ms
    assert pages[-1].end_ms % MINUTE_MS == 0


def test_the_servers_clock_is_the_exchanges(stage):
    assert abs(stage.source.server_time_ms(NULL_PROGRESS) - stage.exchange.now_ms) < 5_000


def test_symbols_name_their_assets(stage):
    known = {info.symbol: info for info in stage.source.symbols(NULL_PROGRESS)}
    assert (known[stage.symbol].base, known[stage.symbol].quote) == ("BTC", "USDT")
    assert known[stage.symbol].tradable


def test_tickers_are_of_known_symbols_with_sane_numbers(stage):
    known = {info.symbol for info in stage.source.symbols(NULL_PROGRESS)}
    tickers = stage.source.tickers_24h(NULL_PROGRESS)
    assert {ticker.symbol for ticker in tickers} <= known
    assert all(ticker.quote_volume >= 0 and ticker.last_price >= 0 for ticker in tickers)


def test_an_unknown_symbol_is_told_before_any_page(stage):
    with pytest.raises(UnknownSymbolError):
        list(stage.source.bars("NOSUCHPAIR", ONE_MINUTE, stage.start_ms, stage.end_ms, NULL_PROGRESS))
    with pytest.raises(UnknownSymbolError):
        stage.source.first_bar_ms("NOSUCHPAIR", 0, NULL_PROGRESS)


def test_a_cancelled_progress_ends_every_call(stage):
    progress = Progress()
    progress.cancel()
    for call in (stage.source.server_time_ms, stage.source.symbols, stage.source.tickers_24h):
        with pytest.raises(JobCancelled):
            call(progress)
    with pytest.raises(JobCancelled):
        stage.source.first_bar_ms(stage.symbol, 0, progress)
    with pytest.raises(JobCancelled):
        list(stage.source.bars(stage.symbol, ONE_MINUTE, stage.start_ms, stage.end_ms, progress))


def test_weight_used_is_known_after_an_answer(stage):
    stage.source.server_time_ms(NULL_PROGRESS)
    assert stage.source.weight_used is None or stage.source.weight_used > 0
