"""What a plan says of time, held against the weight budget itself in hand-turned time."""

from __future__ import annotations

import dataclasses

import pytest

from tests.exchange.fakes import HandClock, HandProgress
from threadx.config import Settings
from threadx.data.plan import SYMBOL_WEIGHT, WEIGHT_PER_REQUEST, Pace
from threadx.exchange.limits import Budget
from threadx.exchange.source import Tempo

FULL_MINUTE_MS = 1_700_000_040_000
SYMBOLS = 100
MONTH = 4_500
"""Pages of thirty days and a bit of a hundred symbols."""


def taken_s(pace: Pace, requests: int, *, began_s: float, share: float = 0.5) -> tuple[float, int]:
    """Spend the requests as the client does: as fast as the connections go, as far as the budget lets them.

    Returns the seconds it took, and the most that any minute cost.
    """
    hand = HandClock(FULL_MINUTE_MS + int(began_s * 1000))
    budget = Budget(hand.clock)
    budget.announce(round(pace.weight_per_minute / share))
    progress = HandProgress(hand)
    weights = [WEIGHT_PER_REQUEST] * requests + [1, 2] * SYMBOLS
    minutes: dict[int, int] = {}
    for weight in weights:
        ticket = budget.acquire(weight, share, progress)
        minute = hand.clock.wall_ms() // 60_000
        minutes[minute] = minutes.get(minute, 0) + weight
        hand.advance(pace.request_s / pace.connections)
        budget.settle(ticket, minutes[minute], served=True)
    return hand.passed_s, max(minutes.values())


@pytest.mark.parametrize("request_s", [0.05, 0.12, 0.25, 0.5])
@pytest.mark.parametrize("began_s", [0, 20, 41, 59])
def test_a_month_of_a_hundred_symbols_takes_what_the_plan_says_and_no_minute_more_than_its_share(request_s, began_s):
    pace = Pace(request_s=request_s)

    seconds, most = taken_s(pace, MONTH, began_s=began_s)

    assert pace.seconds(MONTH, SYMBOLS) == pytest.approx(seconds, rel=0.25)
    assert most <= pace.weight_per_minute
    assert seconds <= 300


def test_what_fits_into_a_minute_goes_as_fast_as_the_connections_carry_it():
    pace = Pace(request_s=0.1)

    assert pace.seconds(1000, 20) == pytest.approx(1030 * 0.1 / 8)
    assert pace.seconds(0) == 0


def test_slow_answers_and_not_the_weight_decide_where_they_are_slower():
    assert Pace(request_s=1.0).seconds(6000, 0) == pytest.approx(750)


@pytest.mark.parametrize(("requests", "minutes"), [(3000, 1.0), (15_000, 9.0), (52_600, 34.6)])
def test_long_work_takes_its_weight_in_minutes(requests, minutes):
    assert Pace().seconds(requests) / 60 == pytest.approx(minutes, abs=0.85)


def test_the_pace_is_that_of_the_settings_and_of_what_the_exchange_has_told(tmp_path):
    settings = Settings.under(tmp_path)
    limits = dataclasses.replace(settings.limits, weight_share=0.25, connections=3)
    chosen = dataclasses.replace(settings, limits=limits)

    assert Pace.of(chosen) == Pace(1500, 3)
    assert Pace.of(chosen, Tempo(12_000, 0.1)) == Pace(3000, 3, 0.1)
    assert SYMBOL_WEIGHT == 3
