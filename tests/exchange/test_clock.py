"""Server time: what was told, carried on by a clock that does not jump."""

from __future__ import annotations

from tests.exchange.fakes import HandClock
from threadx.exchange.clock import SYSTEM_CLOCK, ServerClock


def test_the_local_clock_stands_in_until_the_exchange_has_told_its_time():
    hand = HandClock(wall_ms=5_000)
    server = ServerClock(hand.clock)
    assert server.told_ms is None
    assert server.now_ms() == 5_000


def test_told_time_goes_on_however_wrong_the_local_clock_is():
    hand = HandClock(wall_ms=0)
    server = ServerClock(hand.clock)
    server.learn(1_700_000_000_000)
    hand.advance(2.5)
    assert server.now_ms() == 1_700_000_002_500
    assert server.told_ms == 1_700_000_000_000


def test_the_latest_word_counts():
    server = ServerClock(HandClock().clock)
    server.learn(2_000)
    server.learn(1_000)
    assert server.now_ms() == 1_000


def test_the_system_clock_tells_utc_milliseconds():
    assert SYSTEM_CLOCK.wall_ms() > 1_600_000_000_000
    assert SYSTEM_CLOCK.monotonic_s() <= SYSTEM_CLOCK.monotonic_s()
