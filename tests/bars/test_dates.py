"""Dates at the public doors: whole days, exact times, and what is refused."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from threadx.bars.dates import DAY_MS, as_of_moment, end_ms, range_ms, start_ms, text_of
from threadx.errors import DataError

NOON = 1_679_659_200_000  # 2023-03-24 12:00 UTC
DAY = 1_679_616_000_000  # 2023-03-24 00:00 UTC
PARIS_WINTER = timezone(timedelta(hours=1))


@pytest.mark.parametrize("day", ["2023-03-24", " 2023-03-24 ", date(2023, 3, 24)])
def test_bare_day_is_its_first_minute_as_start_and_included_as_end(day):
    assert start_ms(day) == DAY
    assert end_ms(day) == DAY + DAY_MS


@pytest.mark.parametrize(
    "moment",
    [
        "2023-03-24 12:00",
        "2023-03-24T12:00",
        "2023-03-24T12:00:00Z",
        "2023-03-24 12:00:00.000",
        "2023-03-24 13:00+01:00",
        "2023-03-24 13:00 +01:00",
        datetime(2023, 3, 24, 12),  # noqa: DTZ001 - naive values at public doors are UTC
        datetime(2023, 3, 24, 12, tzinfo=UTC),
        datetime(2023, 3, 24, 13, tzinfo=PARIS_WINTER),
        pd.Timestamp("2023-03-24 12:00"),
        pd.Timestamp("2023-03-24 12:00", tz="UTC"),
        pd.Timestamp("2023-03-24 13:00", tz="Europe/Paris"),
        NOON,
        np.int64(NOON),
    ],
)
def test_any_timestamp_is_itself_as_start_and_exclusive_as_end(moment):
    assert start_ms(moment) == NOON
    assert end_ms(moment) == NOON


@pytest.mark.parametrize("midnight", ["2023-03-24 00:00", "2023-03-24T00:00Z", pd.Timestamp("2023-03-24"), DAY])
def test_midnight_written_as_a_time_is_exclusive_as_end(midnight):
    assert end_ms(midnight) == DAY


def test_zero_is_a_moment_and_none_is_not_said():
    assert start_ms(0) == 0
    assert range_ms(None, None) == (None, None)


def test_milliseconds_are_kept():
    assert start_ms("2023-03-24 12:00:00.123") == NOON + 123
    assert start_ms(pd.Timestamp("2023-03-24 12:00:00.123456789")) == NOON + 123


@pytest.mark.parametrize(
    "value",
    [
        "2026-02-30",
        "2026-13-01",
        "2026-01-01 24:30",
        "01/11/2026",
        "2026/01/11",
        "20260111",
        "2026-W02-1",
        "2026-1-1",
        "yesterday",
        "now",
        "",
        "  ",
        "1679659200000",
        "２０２６-01-01",
        "2026-01-01\x00",
        "2026-01-01 12:00 CET",
        "0000-01-01",
        "1969-12-31",
        "0001-01-01 00:00+14:00",
        "9999-12-31 23:59-14:00",
        -1,
        NOON * 1000,
        10**30,
        True,
        1.5,
        float("nan"),
        pd.NaT,
        b"2026-01-01",
        ["2026-01-01"],
        np.array([NOON, NOON]),
        object(),
    ],
)
def test_anything_else_is_refused_with_what_is_allowed(value):
    for convert in (start_ms, end_ms):
        with pytest.raises(DataError) as caught:
            convert(value)
        assert "YYYY-MM-DD" in caught.value.hint


def test_start_after_end_is_refused():
    with pytest.raises(DataError, match="2023-03-25 00:00"):
        range_ms("2023-03-25", "2023-03-24")


def test_same_bare_day_twice_is_that_day():
    assert range_ms("2023-03-24", "2023-03-24") == (DAY, DAY + DAY_MS)


def test_same_time_twice_is_empty_and_refused():
    with pytest.raises(DataError, match="empty"):
        range_ms(NOON, NOON)


@pytest.mark.parametrize(
    ("ms", "text"),
    [(NOON, "2023-03-24 12:00"), (NOON + 5000, "2023-03-24 12:00:05"), (NOON + 5, "2023-03-24 12:00:00.005")],
)
def test_times_are_written_to_the_precision_they_have(ms, text):
    assert text_of(ms) == text


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 4_102_444_800_000))
def test_text_of_a_time_reads_back_as_that_time(ms):
    assert start_ms(text_of(ms)) == ms
    assert end_ms(text_of(ms)) == ms


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_a_moment_or_a_data_error(text):
    with contextlib.suppress(DataError):
        assert isinstance(start_ms(text), int)


@pytest.mark.parametrize("moment", [pd.Timestamp("2024-03-01 12:00:00.123456"), "2024-03-01T12:00:00.123456"])
def test_as_of_keeps_microseconds_for_commits_are_stamped_with_them(moment):
    assert as_of_moment(moment) == datetime(2024, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)


def test_as_of_a_day_stays_a_day():
    assert as_of_moment("2024-03-01") == as_of_moment(date(2024, 3, 1)) == date(2024, 3, 1)
