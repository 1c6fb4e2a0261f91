"""The weight budget, in hand-turned time: minutes, shares, pauses, bans, and what servers write into Retry-After."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.fakes import HandClock, HandProgress
from threadx.errors import JobCancelled, RateLimitedError
from threadx.exchange.limits import Budget, shared_budget, used_weight, wished_pause_s
from threadx.progress import NULL_PROGRESS

MINUTE_START_MS = 1_700_000_040_000


class Desk:
    """A budget, its clock and someone who waits."""

    def __init__(self, *, share: float = 0.5, limit: int = 6000) -> None:
        self.hand = HandClock(MINUTE_START_MS)
        self.budget = Budget(self.hand.clock)
        self.budget.announce(limit)
        self.share = share

    def spend(self, weight: int, *, told: int | None = None, served: bool = True) -> float:
        """Take leave, wait as long as it takes, give the ticket back; return how long that was."""
        progress = HandProgress(self.hand)
        ticket = self.budget.acquire(weight, self.share, progress)
        self.budget.settle(ticket, told, served=served)
        self.reasons, self.events = progress.reasons, progress.events
        return progress.waited_s


def test_a_share_of_the_minute_is_spent_without_waiting_and_the_next_minute_is_waited_for():
    desk = Desk()
    assert [desk.spend(1000) for _ in range(3)] == [0, 0, 0]
    desk.hand.advance(12)
    assert desk.spend(1) == pytest.approx(48, abs=0.01)
    assert desk.reasons[0] == "waiting 48 s, this minute's 3000 of API weight are used"
    assert round(next(event.wait_s for event in desk.events if event.waiting)) == 48


def test_waits_count_down_so_that_people_see_time_pass():
    desk = Desk()
    desk.budget.pause(3)
    desk.spend(1)
    assert desk.reasons == [f"waiting {left} s, the server asked" for left in (3, 2, 1)]


def test_what_the_server_counts_is_believed_when_it_is_more():
    desk = Desk()
    desk.spend(2, told=2990)
    assert desk.budget.weight_used == 2990
    assert desk.spend(20) == pytest.approx(60, abs=0.01)
    assert desk.budget.weight_used is None


def test_requests_on_their_way_are_counted_on_top_of_what_the_server_said():
    desk = Desk()
    desk.spend(2, told=2900)
    for _ in range(5):
        desk.budget.acquire(20, desk.share, NULL_PROGRESS)
    progress = HandProgress(desk.hand, cancel_after_s=1)
    with pytest.raises(JobCancelled):
        desk.budget.acquire(20, desk.share, progress)


def test_a_late_answer_of_the_minute_before_does_not_spoil_the_new_one():
    desk = Desk()
    ticket = desk.budget.acquire(2, desk.share, NULL_PROGRESS)
    desk.hand.advance(60)
    desk.budget.settle(ticket, 5999, served=True)
    assert desk.budget.weight_used is None
    assert desk.spend(100) == 0


def test_minutes_are_the_servers_not_this_computers():
    desk = Desk()
    desk.budget.server_clock.learn(MINUTE_START_MS + 50_000)
    desk.spend(3000)
    assert desk.spend(2) == pytest.approx(10, abs=0.01)


def test_the_announced_limit_is_the_measure():
    desk = Desk(limit=1200)
    desk.spend(600)
    assert desk.spend(2) > 0


def test_no_share_is_too_small_for_the_dearest_call():
    desk = Desk(share=0.001)
    assert desk.spend(80) == 0


@given(st.lists(st.integers(1, 80), min_size=1, max_size=60), st.sampled_from([0.02, 0.1, 0.5, 1.0]))
def test_no_minute_ever_costs_more_than_the_share(weights, share):
    desk = Desk(share=share, limit=1000)
    spent: dict[int, int] = {}
    for weight in weights:
        desk.spend(weight)
        minute = desk.hand.clock.wall_ms() // 60_000
        spent[minute] = spent.get(minute, 0) + weight
        desk.hand.advance(0.3)
    assert max(spent.values()) <= max(1000 * share, 100)


def test_after_a_pause_one_request_goes_first_and_the_others_follow_when_it_was_served():
    desk = Desk()
    desk.budget.pause(5)
    progress = HandProgress(desk.hand)
    probe = desk.budget.acquire(2, desk.share, progress)
    assert progress.waited_s == pytest.approx(5, abs=0.01)
    with pytest.raises(JobCancelled):
        desk.budget.acquire(2, desk.share, HandProgress(desk.hand, cancel_after_s=10))
    desk.budget.settle(probe, None, served=True)
    assert desk.spend(2) == 0


def test_a_refused_probe_lets_the_next_one_try_not_all():
    desk = Desk()
    desk.budget.pause(1)
    probe = desk.budget.acquire(2, desk.share, HandProgress(desk.hand))
    desk.budget.settle(probe, None, served=False)
    desk.budget.pause(2)
    progress = HandProgress(desk.hand)
    desk.budget.acquire(2, desk.share, progress)
    assert progress.waited_s == pytest.approx(2, abs=0.01)
    with pytest.raises(JobCancelled):
        desk.budget.acquire(2, desk.share, HandProgress(desk.hand, cancel_after_s=3))


def test_an_answer_that_was_on_its_way_before_the_pause_does_not_end_it():
    desk = Desk()
    early = desk.budget.acquire(2, desk.share, NULL_PROGRESS)
    desk.budget.pause(1)
    desk.budget.settle(early, None, served=True)
    desk.budget.acquire(2, desk.share, HandProgress(desk.hand))
    with pytest.raises(JobCancelled):
        desk.budget.acquire(2, desk.share, HandProgress(desk.hand, cancel_after_s=3))


def test_pauses_do_not_shorten_each_other():
    desk = Desk()
    desk.budget.pause(9)
    desk.budget.pause(1)
    assert desk.spend(1) == pytest.approx(9, abs=0.01)


def test_cancel_ends_a_wait_at_once():
    desk = Desk()
    desk.budget.pause(600)
    progress = HandProgress(desk.hand, cancel_after_s=2)
    with pytest.raises(JobCancelled):
        desk.budget.acquire(1, desk.share, progress)
    assert progress.waited_s <= 3


def test_a_ban_refuses_everyone_until_it_is_over():
    desk = Desk()
    desk.budget.ban(desk.hand.clock.wall_ms() + 120_000)
    with pytest.raises(RateLimitedError) as caught:
        desk.spend(1)
    assert caught.value.retry_after == pytest.approx(120)
    assert not caught.value.retryable
    desk.hand.advance(121)
    assert desk.spend(1) == 0


def test_bans_grow_only_and_end_within_three_days():
    desk = Desk()
    now_ms = desk.hand.clock.wall_ms()
    desk.budget.ban(now_ms + 10**12)
    assert desk.budget.banned_until_ms == now_ms + 3 * 86_400_000
    desk.budget.ban(now_ms + 1000)
    assert desk.budget.banned_until_ms == now_ms + 3 * 86_400_000


def test_a_pause_too_long_to_wait_for_is_told_instead():
    desk = Desk()
    desk.budget.pause(3600)
    with pytest.raises(RateLimitedError):
        desk.spend(1)


def test_many_threads_together_stay_within_the_minute():
    budget = Budget(HandClock(MINUTE_START_MS).clock)
    got = []

    def worker() -> None:
        for _ in range(50):
            ticket = budget.acquire(10, 1.0, NULL_PROGRESS)
            got.append(ticket.weight)
            budget.settle(ticket, None, served=True)

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(got) == 4000


@pytest.mark.parametrize(
    ("header", "message", "seconds"),
    [
        ("7", "", 7), (" 12 ", "", 12), ("0", "", 1), ("-5", "", 30), ("1.5", "", 1.5), ("", "", 30), (None, "", 30),
        ("soon", "", 30), ("999999999", "", 259_200), ("1e9", "", 30), ("٧", "", 30), ("9" * 400, "", 30),
        ("1700000100000", "", 60),  # a time in ms
        ("Tue, 14 Nov 2023 22:15:00 GMT", "", 60), ("Tue, 14 Nov 1999 22:15:00 GMT", "", 1),
        ("Tue, 99 Nov 2023 22:15:00 GMT", "", 30),
        (None, "Way too much; IP banned until 1700000160000. Please", 120),
        ("5", "IP banned until 1700000160000.", 120), ("300", "IP banned until 1700000160000.", 300),
        (None, "IP banned until 1.", 30), (None, "IP banned until 9999999999999.", 259_200),
    ],
)  # fmt: skip
def test_the_wish_for_a_pause_is_read_leniently_and_kept_within_bounds(header, message, seconds):
    assert wished_pause_s(header, message, now_ms=MINUTE_START_MS, default_s=30) == pytest.approx(seconds)


@given(st.none() | st.text(max_size=40), st.text(max_size=40))
def test_no_header_breaks_the_reading(header, message):
    assert 1 <= wished_pause_s(header, message, now_ms=MINUTE_START_MS, default_s=30) <= 259_200


@pytest.mark.parametrize(
    ("headers", "used"),
    [
        ({"x-mbx-used-weight-1m": "42"}, 42), ({"x-mbx-used-weight": "7"}, 7), ({}, None),
        ({"x-mbx-used-weight-1m": "many", "x-mbx-used-weight": "7"}, 7), ({"x-mbx-used-weight-1m": "-1"}, None),
        ({"x-mbx-used-weight-1m": "9" * 50}, None), ({"x-mbx-used-weight-1m": "٧"}, None),
    ],
)  # fmt: skip
def test_used_weight_is_read_from_either_header(headers, used):
    assert used_weight(headers) == used


def test_all_clients_of_a_family_share_one_budget():
    first = shared_budget("test-family", lasting=False)
    assert shared_budget("test-family", lasting=False) is first
    assert shared_budget("test-other", lasting=False) is not first


def test_a_passing_budget_is_forgotten_with_its_last_user():
    first = shared_budget("test-passing", lasting=False)
    first.announce(1)
    del first
    again = shared_budget("test-passing", lasting=False)
    assert again.acquire(100, 1.0, NULL_PROGRESS).weight == 100
    assert again.acquire(0, 1.0, NULL_PROGRESS).weight == 0
