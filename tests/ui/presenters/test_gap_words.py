"""Gaps, generations and what differs between them, in words."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.store.diff import MonthDiff, PriceChange, StoreDiff
from threadx.store.history import Generation
from threadx.ui.presenters.gap_words import diff_lines, fetchable, gap_rows, gaps_text, generation_lines, reason_text

START = 1_717_027_200_000
AT = datetime(2024, 6, 3, 12, tzinfo=UTC)


def gap(minutes: int, cause: GapCause) -> Gap:
    return Gap(Interval(START, START + minutes * 60_000), cause)


def test_gaps_have_range_minutes_and_cause():
    rows = gap_rows([gap(30, GapCause.OUTAGE), gap(90, GapCause.NOT_FETCHED)])
    assert rows[0].cells == ("2024-05-30 00:00", "2024-05-30 00:30", "30", "outage")
    assert [row.tags for row in rows] == [(), ("warning",)]
    assert gaps_text([gap(30, GapCause.OUTAGE)]) == "1 gap, 30 minutes"


def test_only_what_may_exist_is_worth_fetching():
    assert not fetchable([gap(1, GapCause.OUTAGE), gap(1, GapCause.NOT_LISTED)])
    assert fetchable([gap(1, GapCause.OUTAGE), gap(1, GapCause.SOURCE_DEFECT)])


def generation(gen: int, reason: str = "download") -> Generation:
    return Generation(gen, f"op{gen}", AT, reason, "me", 10, 2, 3, ("1m/2024-05",))


def test_generations_are_listed_newest_first_with_what_they_are_compared_to():
    lines = generation_lines([generation(4), generation(6), generation(7)])
    assert [(line.gen, line.before) for line in lines] == [(7, 6), (6, 4), (4, -1)]
    assert generation_lines([generation(1)])[0].before == 0
    assert lines[0].row.cells == ("7", "2024-06-03 12:00:00", "download of bars", "10", "2", "1")


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        ("delete 1h", "deletion of 1h"),
        ("undo of generation 3: delete", "undo of generation 3 (deletion)"),
        ("my own note", "my own note"),
        ("", "\u2013"),
    ],
)
def test_reasons_are_told_in_words(reason, told):
    assert reason_text(reason) == told


def test_a_difference_is_a_sum_and_a_line_per_month():
    change = PriceChange("1m", START, "close", 100.0, 101.0)
    months = (MonthDiff("1m", "2024-05", 5, 0, 1, change), MonthDiff("1m", "2024-04", 0, 0, 0, None))
    lines = diff_lines(StoreDiff("demo", "BTCUSDC", 3, 4, months, 1))
    largest = "largest price change: 2024-05-30 00:00 UTC, close 100 → 101 (1.000 %)"
    assert lines == [
        "Generation 3 → 4 · 5 bars added, 0 removed, 1 changed",
        f"1m 2024-05 · 5 bars added, 0 removed, 1 changed · {largest}",
    ]
    assert diff_lines(StoreDiff("demo", "BTCUSDC", 3, 4, (), 0))[0].endswith("no bar differs")
