from __future__ import annotations

from threadx.demo.limits import WeightLimiter

MINUTE_MS = 60_000
NOON_MS = 1_700_000_000_000 // MINUTE_MS * MINUTE_MS


def test_weight_counts_within_the_clock_minute():
    limiter = WeightLimiter(10, patience=3)
    assert [limiter.charge(4, NOON_MS + at).used for at in (0, 30_000, MINUTE_MS)] == [4, 8, 4]
    assert limiter.used(NOON_MS + 2 * MINUTE_MS) == 0


def test_over_the_limit_the_wait_lasts_to_the_next_minute():
    limiter = WeightLimiter(10, patience=3)
    limiter.charge(9, NOON_MS)
    verdict = limiter.charge(2, NOON_MS + 42_000)
    assert (verdict.status, verdict.retry_after_s, verdict.used) == (429, 18, 11)
    assert limiter.charge(1, NOON_MS + 42_000).status == 200


def test_a_client_that_does_not_listen_is_banned_for_longer_each_time():
    limiter = WeightLimiter(1, patience=2)
    now, bans = NOON_MS, []
    for _ in range(14):
        while (verdict := limiter.charge(2, now)).status != 418:
            assert verdict.status == 429
        bans.append(verdict.retry_after_s)
        assert limiter.charge(1, now + 1000).status == 418
        now = verdict.banned_until_ms
    assert bans[:3] == [120, 240, 480]
    assert bans[-1] == 3 * 86_400


def test_another_program_on_the_address_counts_too():
    limiter = WeightLimiter(100, patience=2)
    limiter.preset(99, NOON_MS)
    assert limiter.charge(2, NOON_MS).status == 429
