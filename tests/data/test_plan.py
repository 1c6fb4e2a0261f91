"""Planning is interval arithmetic: what is asked, minus what is stored or known to be empty."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval, intersect, subtract, total_minutes, union
from threadx.data.plan import Known, Pace, gaps_in, needs_listing, nothing_wanted, plan_symbol, totals, wanted_range

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
T0 = 1_679_270_400_000  # 2023-03-20 00:00 UTC
NOW = T0 + 400 * DAY
PACE = Pace(weight_per_minute=3000, connections=8)


def known(*stored, ledger=(), listed=None, closed=NOW):
    return Known(stored=tuple(stored), ledger=tuple(ledger), closed_ms=closed, listed_at_ms=listed)


def hours(first, last):
    return Interval(T0 + first * HOUR, T0 + last * HOUR)


def plan(wanted, what):
    return plan_symbol("BTCUSDC", wanted, what, PACE)


def test_empty_bank_misses_everything():
    result = plan(hours(0, 24), known())
    assert result.missing == result.tail == (hours(0, 24),)
    assert (result.rows, result.requests, result.weight) == (1440, 2, 4)


def test_full_bank_misses_nothing():
    result = plan(hours(2, 20), known(hours(0, 24)))
    assert result.missing == ()
    assert (result.rows, result.requests, result.seconds, result.size_bytes) == (0, 0, 0, 0)


def test_missing_minutes_are_told_apart_as_head_holes_and_tail():
    result = plan(hours(0, 24), known(hours(4, 8), hours(10, 20)))
    assert result.head == (hours(0, 4),)
    assert result.holes == (hours(8, 10),)
    assert result.tail == (hours(20, 24),)
    assert result.missing == (hours(0, 4), hours(8, 10), hours(20, 24))


def test_confirmed_empty_minutes_are_never_asked_again():
    ledger = [Gap(hours(8, 10), GapCause.UNKNOWN), Gap(hours(20, 22), GapCause.OUTAGE)]
    result = plan(hours(4, 24), known(hours(4, 8), hours(10, 20), ledger=ledger))
    assert result.missing == (hours(22, 24),)


def test_start_before_listing_is_moved_with_a_note():
    result = plan(hours(0, 24), known(listed=T0 + 10 * HOUR))
    assert result.wanted == hours(10, 24)
    assert result.not_listed == hours(0, 10)
    assert result.missing == (hours(10, 24),)
    assert "2023-03-20 10:00" in str(result.notes[0])


def test_range_wholly_before_listing_needs_nothing():
    result = plan(hours(0, 4), known(listed=T0 + 10 * HOUR))
    assert (result.wanted, result.missing, result.not_listed) == (None, (), hours(0, 4))
    assert "2023-03-20 10:00" in str(result.notes[0])


def test_listing_minute_is_remembered_by_the_ledger():
    what = known(hours(10, 20), ledger=[Gap(hours(5, 10), GapCause.NOT_LISTED)])
    assert not needs_listing(hours(0, 24), what)
    assert plan(hours(0, 24), what).missing == (hours(20, 24),)


@pytest.mark.parametrize("stored", [(), (hours(10, 20),)])
def test_the_end_of_a_question_before_the_listing_is_not_taken_for_the_listing(stored):
    what = known(*stored, ledger=[Gap(hours(0, 4), GapCause.NOT_LISTED)])
    assert needs_listing(hours(0, 24), what)
    assert not needs_listing(hours(0, 4), what)


@pytest.mark.parametrize(
    ("wanted", "what", "needed"),
    [
        (hours(0, 24), known(), True),
        (hours(0, 24), known(hours(4, 8)), True),
        (hours(4, 24), known(hours(4, 8)), False),
        (hours(5, 6), known(hours(4, 8)), False),
        (hours(0, 24), known(hours(4, 8), listed=T0), False),
    ],
)
def test_listing_is_asked_only_when_older_minutes_are_missing(wanted, what, needed):
    assert needs_listing(wanted, what) is needed


def test_first_use_takes_whole_days_of_history():
    wanted = wanted_range(None, None, known(closed=T0 + 400 * DAY + 90 * MINUTE), history_days=365)
    assert wanted == Interval(T0 + 35 * DAY, T0 + 400 * DAY + 90 * MINUTE)


def test_later_use_starts_at_the_first_stored_bar():
    assert wanted_range(None, None, known(hours(4, 8)), history_days=365) == Interval(T0 + 4 * HOUR, NOW)


def test_start_zero_is_a_time():
    assert wanted_range(0, None, known(hours(4, 8)), history_days=1) == Interval(0, NOW)


def test_end_is_never_later_than_the_last_finished_bar():
    assert wanted_range(T0, NOW + DAY, known(), history_days=1) == Interval(T0, NOW)


def test_a_future_range_is_nothing():
    assert wanted_range(NOW, NOW + DAY, known(), history_days=1) is None


def test_first_use_up_to_an_end_takes_the_history_before_that_end():
    """It took the days before today, so that an end in the past left nothing, "not finished yet"."""
    wanted = wanted_range(None, T0 + 90 * MINUTE, known(), history_days=365)
    assert wanted == Interval(T0 - 365 * DAY, T0 + 90 * MINUTE)


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "what", "why"),
    [
        (NOW, NOW + DAY, known(), "nothing of the asked range is finished yet"),
        (NOW, NOW + DAY, known(hours(4, 8)), "nothing of the asked range is finished yet"),
        (None, T0 + HOUR, known(hours(4, 8)), "before the first stored bar, 2023-03-20 04:00 UTC: give a start"),
        (T0 + 1, T0 + 2, known(hours(4, 8)), "no bar opens in the asked range"),
    ],
)
def test_a_range_without_minutes_says_why(start_ms, end_ms, what, why):
    """All of them were called not finished yet."""
    assert wanted_range(start_ms, end_ms, what, history_days=1) is None
    result = nothing_wanted("BTCUSDC", start_ms, what)
    assert result.missing == ()
    assert str(result.notes[0]).endswith(why)


def test_seconds_are_rounded_up_to_whole_minutes():
    wanted = wanted_range(T0 + 1, T0 + HOUR + 30_000, known(), history_days=1)
    assert wanted == Interval(T0 + MINUTE, T0 + HOUR + MINUTE)


def test_one_hundred_symbol_years_take_about_35_minutes_of_the_budget():
    """The arithmetic of the exchange's limits: 526 calls a symbol-year, weight 2 each, half of 6000 a minute."""
    year = Interval(T0, T0 + 365 * DAY)
    total = totals([plan(year, known()) for _ in range(100)], PACE)
    assert (total.requests, total.weight, total.rows) == (52_600, 105_200, 52_560_000)
    assert total.seconds == pytest.approx(35 * 60, rel=0.01)


def test_plan_reads_as_lines_and_as_json():
    result = plan(hours(0, 24), known(hours(4, 8), listed=T0 + HOUR))
    text = "\n".join(result.describe())
    assert "1,140 bars, 2 requests, weight 4" in text
    assert "head: 2023-03-20 01:00 to 2023-03-20 04:00, 180 bars" in text
    assert "note: start moved to the first bar" in text
    assert json.loads(json.dumps(result.as_dict()))["tail"] == [[T0 + 8 * HOUR, T0 + 24 * HOUR]]
    assert json.loads(json.dumps(totals([result], PACE).as_dict()))["rows"] == 1140


def test_a_thousand_holes_are_counted_not_listed():
    stored = [Interval(T0 + 2 * i * HOUR, T0 + (2 * i + 1) * HOUR) for i in range(1001)]
    result = plan(Interval(stored[0].start_ms, stored[-1].end_ms), known(*stored))
    assert len(result.holes) == 1000
    assert len(result.describe()) < 10


def test_gaps_carry_the_cause_of_the_ledger_or_not_fetched():
    ledger = [Gap(hours(0, 2), GapCause.NOT_LISTED), Gap(hours(8, 9), GapCause.UNKNOWN)]
    assert gaps_in(hours(1, 12), [hours(2, 8), hours(10, 11)], ledger) == (
        Gap(hours(1, 2), GapCause.NOT_LISTED),
        Gap(hours(8, 9), GapCause.UNKNOWN),
        Gap(hours(9, 10), GapCause.NOT_FETCHED),
        Gap(hours(11, 12), GapCause.NOT_FETCHED),
    )


intervals = st.builds(
    lambda start, length: Interval(T0 + start * MINUTE, T0 + (start + length) * MINUTE),
    st.integers(0, 300),
    st.integers(1, 120),
)


@settings(max_examples=150, deadline=None)
@given(intervals, st.lists(intervals, max_size=6), st.lists(intervals, max_size=4), st.integers(0, 400))
def test_plan_covers_exactly_what_is_neither_stored_nor_settled(wanted, stored, empty, listed):
    ledger = [Gap(each, GapCause.UNKNOWN) for each in subtract(union(empty), union(stored))]
    result = plan(wanted, known(*union(stored), ledger=ledger, listed=T0 + listed * MINUTE))
    settled = union([*stored, *(gap.interval for gap in ledger)])
    assert intersect(result.missing, settled) == ()
    assert list(result.missing) == sorted(result.missing)
    before = [] if result.not_listed is None else [result.not_listed]
    assert union([*result.missing, *before, *intersect([wanted], settled)]) == (wanted,)
    assert result.rows == total_minutes(result.missing)
    assert result.requests >= result.rows / 1000


@settings(max_examples=100, deadline=None)
@given(intervals, st.lists(intervals, max_size=6), st.lists(intervals, max_size=4))
def test_gaps_and_stored_minutes_tile_the_range(wanted, stored, empty):
    ledger = [Gap(each, GapCause.UNKNOWN) for each in union(empty)]
    gaps = [gap.interval for gap in gaps_in(wanted, union(stored), ledger)]
    assert union([*gaps, *intersect([wanted], union(stored))]) == (wanted,)
    assert intersect(gaps, union(stored)) == ()
    assert total_minutes(gaps) == total_minutes(union(gaps))


def test_refetch_plans_the_whole_range_and_says_what_is_stored():
    ledger = [Gap(hours(8, 10), GapCause.OUTAGE)]
    result = plan_symbol(
        "BTCUSDC", hours(0, 24), known(hours(4, 8), hours(10, 20), ledger=ledger, listed=T0), PACE, refetch=True
    )
    assert result.missing == (hours(0, 24),)
    assert (result.head, result.again, result.tail) == ((hours(0, 4),), (hours(4, 20),), (hours(20, 24),))
    assert (result.rows, result.requests, result.stored_again) == (1440, 2, 14 * 60)
    assert result.describe()[3].startswith("  again: 2023-03-20 04:00 to")
    assert result.as_dict()["again"] == [[hours(4, 20).start_ms, hours(4, 20).end_ms]]


@settings(max_examples=100, deadline=None)
@given(intervals, st.lists(intervals, max_size=6), st.lists(intervals, max_size=4), st.integers(0, 400))
def test_refetch_asks_for_everything_from_the_listing_on(wanted, stored, empty, listed):
    ledger = [Gap(each, GapCause.UNKNOWN) for each in subtract(union(empty), union(stored))]
    what = known(*union(stored), ledger=ledger, listed=T0 + listed * MINUTE)
    result = plan_symbol("BTCUSDC", wanted, what, PACE, refetch=True)
    before = [] if result.not_listed is None else [result.not_listed]
    assert union([*result.missing, *before]) == (wanted,)
    assert intersect(result.missing, before) == ()
    usual = plan(wanted, what)
    assert (result.head, result.holes, result.tail) == (usual.head, usual.holes, usual.tail)
    assert result.stored_again == total_minutes(intersect(result.again, union(stored)))
