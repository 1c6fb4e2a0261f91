"""Intervals: cases a reader can check by eye. The laws are in tests/property."""

from __future__ import annotations

import pytest

from threadx.bars.intervals import (
    Interval,
    intersect,
    month_interval,
    month_of,
    months_between,
    split_by_month,
    subtract,
    total_minutes,
    union,
)

MINUTE = 60_000
MARCH, APRIL = 1_709_251_200_000, 1_711_929_600_000


def ivs(*pairs: tuple[int, int]) -> tuple[Interval, ...]:
    return tuple(Interval(*pair) for pair in pairs)


def test_union_sorts_joins_what_touches_and_forgets_the_empty():
    assert union(ivs((5, 7), (0, 2), (2, 3), (6, 9), (4, 4))) == ivs((0, 3), (5, 9))
    assert union([]) == ()


def test_subtract_cuts_holes_and_ends():
    assert subtract(ivs((0, 10)), ivs((2, 3), (5, 6), (9, 20))) == ivs((0, 2), (3, 5), (6, 9))
    assert subtract(ivs((0, 10)), ivs((-5, 15))) == ()
    assert subtract(ivs((0, 2), (4, 6), (8, 9)), ivs((1, 5))) == ivs((0, 1), (5, 6), (8, 9))


def test_intersect_keeps_what_both_have():
    assert intersect(ivs((0, 5), (7, 9)), ivs((3, 8))) == ivs((3, 5), (7, 8))
    assert intersect(ivs((0, 5)), ivs((5, 8))) == ()


def test_an_interval_holds_its_start_and_not_its_end():
    interval = Interval(10, 20)
    assert 10 in interval
    assert 20 not in interval
    assert not Interval(10, 10)


def test_an_interval_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="before it starts"):
        Interval(1, 0)


def test_minutes_are_counted_by_their_opening_and_once():
    assert Interval(0, 3 * MINUTE).minutes == 3
    assert Interval(1, 3 * MINUTE).minutes == 2
    assert Interval(0, 1).minutes == 1
    assert Interval(1, 2).minutes == 0
    assert total_minutes(ivs((0, 2 * MINUTE), (MINUTE, 3 * MINUTE))) == 3


def test_a_month_is_named_by_its_utc_days():
    assert month_of(MARCH) == "2024-03"
    assert month_of(MARCH - 1) == "2024-02"
    assert month_of(-1) == "1969-12"
    assert month_interval("2024-03") == Interval(MARCH, APRIL)
    assert month_interval("1969-12").end_ms == 0


@pytest.mark.parametrize("wrong", ["2024-13", "2024-3", "2024", "2024-03-01", "", "２024-03", "2024-03\n"])
def test_what_is_no_month_is_refused(wrong):
    with pytest.raises(ValueError, match="YYYY-MM"):
        month_interval(wrong)


def test_an_interval_is_cut_at_month_edges():
    assert split_by_month(Interval(MARCH - MINUTE, APRIL + MINUTE)) == [
        ("2024-02", Interval(MARCH - MINUTE, MARCH)),
        ("2024-03", Interval(MARCH, APRIL)),
        ("2024-04", Interval(APRIL, APRIL + MINUTE)),
    ]
    assert split_by_month(Interval(MARCH, MARCH)) == []
    assert months_between(MARCH, APRIL) == ["2024-03"]
    assert months_between(APRIL, MARCH) == []
