"""Marks of the axes: round, few enough, and saying where one is in time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx import i18n
from threadx.ui.presenters.chart_axis import (
    compact,
    duration,
    moment,
    price_digits,
    price_marks,
    signed_percent,
    time_marks,
)

MINUTE, DAY = 60_000, 86_400_000


def ms(*when):
    return int(datetime(*when, tzinfo=UTC).timestamp() * 1000)


def test_within_a_day_the_first_mark_names_the_day():
    texts = [mark.text for mark in time_marks(ms(2023, 3, 24, 10, 1), ms(2023, 3, 24, 12), 8)]

    assert texts[:2] == ["24 Mar 10:15", "10:30"]


def test_midnight_is_a_strong_mark_with_the_date():
    marks = time_marks(ms(2023, 3, 24, 18), ms(2023, 3, 25, 6), 6)

    assert [mark.text for mark in marks if mark.strong] == ["25 Mar"]


def test_days_coarsen_to_the_firsts_of_months_and_to_years():
    days = [mark.text for mark in time_marks(ms(2023, 3, 20), ms(2023, 4, 10), 10)]
    years = [mark.text for mark in time_marks(ms(2019, 1, 1), ms(2024, 1, 1), 12)]

    assert "Apr" in days
    assert years[:3] == ["2019", "Jul", "2020"]


@given(
    start=st.integers(ms(2017, 1, 1), ms(2026, 1, 1)), span=st.integers(MINUTE, 9 * 365 * DAY), room=st.integers(3, 20)
)
def test_marks_are_in_view_in_order_and_not_crowded(start, span, room):
    marks = time_marks(start, start + span, room)

    at = [mark.at for mark in marks]
    assert at == sorted(set(at))
    assert all(start <= each <= start + span for each in at)
    assert len(at) <= room + 2


@given(
    low=st.floats(1e-8, 1e5),
    ratio=st.floats(1.0001, 500),
    room=st.integers(3, 20),
    log=st.booleans(),
)
def test_price_marks_are_in_view_and_not_crowded(low, ratio, room, log):
    marks = price_marks(low, low * ratio, room, log=log, digits=8)

    at = [mark.at for mark in marks]
    assert at == sorted(set(at))
    assert all(low * 0.999 <= each <= low * ratio * 1.001 for each in at)
    assert len(at) <= 1.5 * room + 3


def test_prices_have_the_decimals_of_the_tick():
    assert [mark.text for mark in price_marks(99.0, 101.0, 4, log=False, digits=2)][:2] == ["99.00", "99.50"]


def test_marks_are_never_finer_than_the_tick():
    assert [mark.at for mark in price_marks(1.0, 1.02, 20, log=False, digits=2)] == pytest.approx([1.0, 1.01, 1.02])


@pytest.mark.parametrize(
    ("tick", "closes", "digits"),
    [
        (0.01, (), 2), (0.1, (), 1), (1.0, (), 0), (1e-8, (), 8), (0.00001, (), 5),
        (None, (28_000.5, 28_001.25), 2), (None, (28_000.0,), 2), (None, (0.0000398,), 7), (None, (), 0),
    ],
)  # fmt: skip
def test_decimals_come_from_the_tick_else_from_the_prices(tick, closes, digits):
    assert price_digits(tick, closes) == digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.00123, "0.00123"),
        (9.876, "9.88"),
        (123.4, "123"),
        (1234, "1.23 K"),
        (5.6e7, "56.0 M"),
        (2e9, "2.00 B"),
    ],
)
def test_volumes_are_short(value, text):
    assert compact(value) == text


def test_changes_have_a_sign_and_lengths_two_units():
    assert signed_percent(0.0053) == "+0.53 %"
    assert signed_percent(-0.012) == "−1.20 %"
    assert signed_percent(0) == "0.00 %"
    assert duration(42 * 3_600_000) == "1 d 18 h"
    assert duration(90 * MINUTE) == "1 h 30 min"
    assert duration(MINUTE) == "1 min"


def test_an_instant_is_written_in_full():
    assert moment(ms(2023, 3, 24, 12, 40)) == "Fri 24 Mar 2023 12:40"
    assert moment(ms(2023, 3, 24), with_time=False) == "Fri 24 Mar 2023"


@pytest.fixture
def french():
    assert i18n.activate("fr") == "fr"
    yield
    i18n.activate("en")


def test_french_has_its_own_months_numbers_and_units(french):
    assert moment(ms(2023, 3, 24, 12, 40)) == "ven. 24 mars 2023 12:40"
    assert [mark.text for mark in time_marks(ms(2023, 3, 30), ms(2023, 4, 3), 5)][2:4] == ["avr.", "2 avr."]
    assert compact(1234) == "1,23 k"
    assert duration(42 * 3_600_000) == "1 j 18 h"
