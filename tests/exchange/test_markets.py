"""CoinGecko's pages: read strictly, asked politely, and never mixed up with the exchange's own limits."""

from __future__ import annotations

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.fakes import HandClock, RawServer, answering
from tests.patience import cancelled_when
from tests.real import REAL, needs_real
from threadx.demo.faults import Fault
from threadx.errors import BadResponseError, JobCancelled, RestrictedLocationError, SourceUnavailableError
from threadx.exchange.markets import KEY_HEADER, MarketCaps, parse_markets
from threadx.progress import Progress

PATH = "coins/markets"
BTC = {"id": "bitcoin", "symbol": "btc", "name": "Bitcoin", "current_price": 77671, "market_cap": 1555886872303.5,
       "market_cap_rank": 1, "total_volume": None, "new_field": {"deep": [1]}}  # fmt: skip


def page(*coins: object) -> bytes:
    return json.dumps(coins).encode()


@pytest.fixture
def make_caps(quick):
    """Make clients of given hosts; they give up early."""
    opened = []

    def make(url, **universe):
        source = dataclasses.replace(quick.source, market_cap_host=url)
        changed = dataclasses.replace(quick, source=source, universe=dataclasses.replace(quick.universe, **universe))
        opened.append(MarketCaps(changed, backoff_s=0.01))
        return opened[-1]

    yield make
    for caps in opened:
        caps.close()


@pytest.fixture
def caps(make_caps, exchange):
    return make_caps(exchange.url)


def test_a_coin_is_read_with_whole_and_broken_numbers_and_nulls():
    (coin,) = parse_markets(page(BTC), "x")
    assert (coin.id, coin.symbol, coin.price, coin.rank, coin.volume) == ("bitcoin", "BTC", 77671.0, 1, None)
    (bare,) = parse_markets(page({"id": "x", "symbol": " x "}), "x")
    assert (bare.symbol, bare.name, bare.price, bare.market_cap, bare.rank) == ("X", "x", None, None, None)


def test_words_of_the_server_carry_no_control_characters():
    (coin,) = parse_markets(page(BTC | {"id": "a\x1b[31m", "name": "n\u202e\n", "symbol": "s\x1b]0;"}), "x")
    assert coin.symbol.isprintable()
    assert coin.id.isprintable()
    assert coin.name.isprintable()


def test_a_capitalisation_of_nothing_is_an_unknown_one():
    (coin,) = parse_markets(page(BTC | {"market_cap": 0}), "x")
    assert coin.market_cap is None


def test_a_coin_without_a_symbol_is_passed_over():
    assert [coin.id for coin in parse_markets(page(BTC | {"id": "nameless", "symbol": ""}, BTC), "x")] == ["bitcoin"]


@pytest.mark.parametrize(
    "body",
    [b"{}", b"null", b"[7]", b"[{}]", page(BTC | {"id": None}), page(BTC | {"current_price": "77671"}),
     page(BTC | {"market_cap": True}), page(BTC | {"market_cap": -1}), page(BTC | {"market_cap_rank": 1.5}),
     b'[{"id":"a","symbol":"a","current_price":NaN}]', b'[{"id":"a","id":"b","symbol":"a"}]',
     b'[{"id":"a","symbol":"a","market_cap":1e999}]', b"[", b'{"status":{"error_code":429}}'],
)  # fmt: skip
def test_what_is_no_page_of_coins_is_refused(body):
    with pytest.raises(BadResponseError):
        parse_markets(body, "x")


caps_told = st.one_of(st.none(), st.integers(0, 10**13), st.floats(0, 1e13))
entries = st.fixed_dictionaries({"id": st.text("abc-é1", min_size=1), "symbol": st.text(), "market_cap": caps_told})


@given(st.lists(entries, max_size=5))
def test_any_amounts_are_read_as_they_are(coins):
    read = parse_markets(page(*coins), "x")
    kept = [coin for coin in coins if coin["symbol"].strip()]
    assert [coin.id for coin in read] == [coin["id"] for coin in kept]
    assert [coin.market_cap for coin in read] == [
        float(coin["market_cap"]) if coin["market_cap"] else None for coin in kept
    ]


def test_pages_come_together_the_largest_first_each_coin_once(caps, exchange):
    coins = caps.top(2)
    known = [coin.market_cap for coin in coins if coin.market_cap is not None]
    assert len(coins) > 250
    assert known == sorted(known, reverse=True)
    assert [coin.market_cap for coin in coins] == known + [None] * (len(coins) - len(known))
    assert len({coin.id for coin in coins}) == len(coins)
    assert exchange.log.by_path == {PATH: 2}


def test_an_empty_page_ends_the_list(caps, exchange):
    everything = caps.top(2)
    assert caps.top(5) == everything
    assert [dict(each.parameters)["page"] for each in exchange.log.recent] == ["1", "2", "1", "2", "3"]


def test_a_coin_that_drifts_over_the_boundary_counts_once(make_caps, exchange):
    steady = make_caps(exchange.url).top(2)
    rule = exchange.faults.add(Fault.COINS_DRIFT, path=PATH, match={"page": "2"})
    assert make_caps(exchange.url).top(2) == steady
    assert rule.struck == 1


def test_an_answer_is_kept_for_ten_minutes(quick, exchange):
    hand = HandClock()
    source = dataclasses.replace(quick.source, market_cap_host=exchange.url)
    with MarketCaps(dataclasses.replace(quick, source=source), clock=hand.clock) as caps:
        first = caps.top()
        hand.passed_s += 599
        assert caps.top() == first
        assert exchange.log.by_path == {PATH: 1}
        hand.passed_s += 2
        caps.top()
        assert exchange.log.by_path == {PATH: 2}


def test_a_rank_may_be_written_with_a_fraction_like_every_other_number():
    (coin,) = parse_markets(page(BTC | {"market_cap_rank": 1.0}), "x")
    assert coin.rank == 1


def test_a_pause_that_is_asked_for_is_told_and_waited_for(caps, exchange):
    exchange.faults.add(Fault.COINS_429, path=PATH, retry_after="1")
    told: list[str] = []
    assert caps.top(1, Progress(lambda event: told.append(event.waiting)))
    assert any("the server asked" in text for text in told)
    assert [each.status for each in exchange.log.recent] == [429, 200]


def test_a_long_pause_ends_at_once_when_cancelled(caps, exchange):
    exchange.faults.add(Fault.COINS_429, path=PATH, retry_after="119")
    told: list[str] = []
    progress = Progress(lambda event: told.append(event.waiting))
    with cancelled_when(progress, lambda: any(told)):
        caps.top(1, progress)


def test_its_pause_does_not_hold_up_the_exchange(make_caps, make_rest, exchange):
    """With `--source` one server is both, and each has limits of its own."""
    exchange.faults.add(Fault.COINS_429, path=PATH, retry_after="119")
    progress = Progress(lambda event: progress.cancel() if event.waiting else None)
    with pytest.raises(JobCancelled):
        make_caps(exchange.url).top(1, progress)
    never_waiting = Progress(lambda event: never_waiting.cancel() if event.waiting else None)
    assert make_rest(exchange.url).symbols(never_waiting)


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE_503, Fault.TRUNCATED, Fault.RESET_AT_ONCE, Fault.CUT_JSON])
def test_a_passing_fault_is_asked_again(make_caps, exchange, fault):
    exchange.faults.add(fault, path=PATH)
    assert make_caps(exchange.url).top()


@pytest.mark.parametrize(
    ("fault", "error"),
    [(Fault.HTML_200, BadResponseError), (Fault.RESTRICTED_451, RestrictedLocationError), (Fault.NAN, None),
     (Fault.FIREWALL_403, RestrictedLocationError), (Fault.ERROR_500, SourceUnavailableError),
     (Fault.OBJECT_BODY, BadResponseError), (Fault.REDIRECT_HOST, BadResponseError)],
)  # fmt: skip
def test_a_lasting_fault_is_a_typed_error(caps, exchange, fault, error):
    exchange.faults.add(fault, path=PATH, times=None)
    if error is None:
        assert caps.top()
        return
    with pytest.raises(error):
        caps.top()


def test_a_key_goes_in_a_header_and_nowhere_else(make_caps, caplog):
    with caplog.at_level("DEBUG"), RawServer(answering(b"[]")) as server:
        make_caps(server.url, coingecko_key="CG-secret").top()
    first, _, rest = server.requests[0].partition(b"\r\n")
    assert f"{KEY_HEADER}: CG-secret".encode() in rest
    assert b"secret" not in first
    assert "secret" not in caplog.text


def test_without_a_key_no_header_is_sent(make_caps):
    with RawServer(answering(b"[]")) as server:
        assert make_caps(server.url).top() == []
    assert b"api-key" not in server.requests[0]


def test_a_key_is_not_given_to_a_server_named_by_hand(quick, exchange):
    universe = dataclasses.replace(quick.universe, coingecko_key="CG-secret")
    assert not dataclasses.replace(quick, universe=universe).with_source(exchange.url, "demo").universe.coingecko_key


@needs_real
def test_the_example_of_coingeckos_own_description_is_read():
    described = json.loads((REAL / "raw" / "coingecko_demo_openapi_coins_markets.json").read_bytes())
    content = described["path"]["get"]["responses"]["200"]["content"]["application/json"]
    (coin,) = parse_markets(json.dumps(content["example"]).encode(), "x")
    assert (coin.id, coin.symbol, coin.price, coin.rank) == ("bitcoin", "BTC", 77671.0, 1)
    asked = {each["name"] for each in described["path"]["get"]["parameters"]}
    assert {"vs_currency", "order", "per_page", "page"} <= asked
