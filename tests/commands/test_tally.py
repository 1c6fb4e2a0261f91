from __future__ import annotations

import pytest

from threadx.commands.tally import Reading, Tally, clock_text, figures
from threadx.progress import ProgressEvent


def bars(subject, done, total, **more):
    return ProgressEvent(subject, done, total, "bars", **more)


def test_nothing_is_known_before_the_first_report():
    assert Tally().overall() is None


def test_rate_and_time_left_count_from_the_first_report():
    tally = Tally()
    tally.update(bars("A", 100, 1100), 10.0)

    reading = tally.update(bars("A", 300, 1100), 12.0)

    assert (reading.per_second, reading.left_s) == (100.0, 8.0)


def test_overall_adds_the_subjects_up():
    tally = Tally()
    tally.update(bars("A", 0, 100), 0.0)
    tally.update(bars("B", 0, 300), 1.0)
    tally.update(bars("A", 100, 100, weight_used=7), 2.0)
    tally.update(ProgressEvent("A", 1, 5, "partitions"), 2.0)

    overall = tally.overall()

    assert overall is not None
    assert (overall.done, overall.total, overall.per_second, overall.weight_used) == (100, 400, 50.0, 7)


def test_steps_on_the_way_only_say_why_nothing_moves():
    tally = Tally()
    tally.update(bars("A", 50, 100), 0.0)

    reading = tally.update(ProgressEvent("A", 0, 3, "partitions", "another program is writing"), 1.0)

    assert (reading.done, reading.total, reading.unit) == (50, 100, "bars")
    assert reading.waiting == "another program is writing"


def test_symbols_that_have_not_started_count_as_large_as_the_others():
    tally = Tally()
    tally.update(ProgressEvent("", 0, 4, "symbols"), 0.0)
    tally.update(bars("A", 0, 100), 0.0)
    tally.update(bars("B", 50, 300), 1.0)

    overall = tally.overall()

    assert overall is not None
    assert (overall.done, overall.total, overall.unit) == (50, 800, "bars")


def test_work_without_subjects_is_its_own_sum():
    tally = Tally()
    tally.update(ProgressEvent("", 3, 9, "files"), 0.0)

    overall = tally.overall()

    assert overall is not None
    assert (overall.done, overall.total, overall.unit) == (3, 9, "files")


def test_figures_leave_out_what_is_not_known():
    assert figures(Reading("A", 12, 0, "bars")) == "12 bars"


def test_figures_say_rate_time_left_weight_and_why_nothing_moves():
    reading = Reading("A", 1000, 5000, "bars", 250.0, 16.0, "waiting 12 s, the server asked", 40)

    assert figures(reading) == (
        "1,000 / 5,000 bars · 250 per s · 0:16 left · API weight 40 · waiting 12 s, the server asked"
    )


def test_a_finished_part_has_no_rate_and_no_time_left():
    assert figures(Reading("A", 5, 5, "bars", 9.0, 1.0)) == "5 / 5 bars"


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (7.4, "0:07"), (754, "12:34"), (3723, "1:02:03")])
def test_durations_read_like_a_clock(seconds, text):
    assert clock_text(seconds) == text


def test_while_it_waits_the_rate_falls_and_the_rest_takes_longer():
    """A download that waited a minute for the server said "0:01 left" all the while."""
    tally = Tally()
    tally.update(ProgressEvent("A", 0, 2000, "bars"), 0.0)
    tally.update(ProgressEvent("A", 1000, 2000, "bars"), 1.0)

    reading = tally.update(ProgressEvent("A", 0, 0, "requests", "waiting 50 s, the server asked", 120), 10.0)

    assert (reading.done, reading.total, reading.unit) == (1000, 2000, "bars")
    assert (reading.per_second, reading.left_s, reading.weight_used) == (100.0, 10.0, 120)


def test_a_whole_in_percent_is_told_without_a_rate():
    tally = Tally()
    tally.update(ProgressEvent("", 0, 100, "percent"), 0.0)
    tally.update(bars("A", 50, 100), 1.0)
    tally.update(ProgressEvent("", 25, 100, "percent"), 10.0)

    overall = tally.overall()

    assert overall is not None
    assert figures(overall) == "25 % · 0:30 left"
