"""Dates as people type them: understood strictly, or refused with a reason."""

from __future__ import annotations

from datetime import date

import pytest

from threadx.ui.presenters.period import PRESETS, day_of, parse_period, preset, why_not

DAY = 86_400_000
NOW = 1_795_174_980_000  # 2026-11-20 11:43 UTC


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "a date is missing"),
        ("  ", "a date is missing"),
        ("2026-02-30", "there is no such date"),
        ("2026-11-20 25:00", "there is no such date"),
        ("01/11/2026", "not a date"),
        ("20261120", "not a date"),
        ("2026-11-2", "not a date"),
        ("yesterday", "not a date"),
        ("1600000000000", "not a date"),
    ],
)
def test_what_is_no_date_is_told_and_never_guessed(text, reason):
    assert reason in why_not(text)
    assert not parse_period(text, "2026-11-20", NOW).ok
    assert not parse_period("2026-01-01", text, NOW).ok
    assert day_of(text) is None


def test_a_bare_end_day_is_included():
    period = parse_period("2026-11-19", "2026-11-19", NOW)
    assert period.ok
    assert period.end_ms - period.start_ms == DAY


def test_an_end_before_the_start_is_refused_at_the_end_field():
    period = parse_period("2026-11-10", "2026-11-09", NOW)
    assert (period.start_error, period.end_error) == ("", "the end lies before the start")


def test_a_start_in_the_future_is_refused():
    assert parse_period("2026-11-21", "2026-11-30", NOW).start_error == "this lies in the future"


def test_every_preset_is_a_right_period_that_ends_today():
    for name in PRESETS:
        start, end = preset(name, NOW)
        assert parse_period(start, end, NOW).ok, name
        assert end == "2026-11-20"
    assert preset("7d", NOW)[0] == "2026-11-13"
    assert preset("YTD", NOW)[0] == "2026-01-01"
    assert preset("Max", NOW)[0] == "2017-07-14"


def test_the_calendar_opens_at_the_day_of_the_field():
    assert day_of("2026-11-20 23:59") == date(2026, 11, 20)
