"""The names of dated partitions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx.errors import FileValidationError
from threadx.store.stamps import Stamp, check_domain, check_file_name, check_file_names, stamp_of_folder

MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9998, 12, 31)).map(lambda when: when.replace(tzinfo=UTC))  # noqa: DTZ001 - Hypothesis wants naive bounds
STAMPS = st.tuples(MOMENTS, st.booleans()).map(
    lambda pair: Stamp.of_day(pair[0]) if pair[1] else Stamp.of_hour(pair[0])
)


@given(MOMENTS)
def test_a_moment_lies_in_its_day_and_in_its_hour(when):
    for stamp in (Stamp.of_day(when), Stamp.of_hour(when)):
        assert stamp.start <= when < stamp.end
        assert Stamp.parse(stamp.text) == stamp_of_folder(stamp.folder) == stamp
        assert (stamp.day, stamp.month) == (when.date(), f"{when:%Y%m}")


@given(STAMPS, STAMPS)
def test_the_order_is_that_of_time_and_of_names(one, other):
    assert (one < other) == (one.folder < other.folder)
    if one.start != other.start:
        assert (one < other) == (one.start < other.start)


@given(st.text(alphabet="0123456789dt=+-. \u0660\u00b2", max_size=14))
def test_what_parses_is_eight_or_ten_digits_that_exist(text):
    stamp = stamp_of_folder(f"dt={text}")
    assert stamp is None or (stamp.text == text and text.isascii() and len(text) in (8, 10))


def test_a_day_ends_where_the_next_begins():
    day, hour = Stamp.parse("20240229"), Stamp.parse("2024022923")
    assert day.end == hour.end == datetime(2024, 3, 1, tzinfo=UTC)
    assert (day.is_day, hour.is_day, day.day) == (True, False, date(2024, 2, 29))
    assert hour.end - hour.start == timedelta(hours=1)


@given(st.dates(min_value=date(9999, 12, 30)))
def test_every_stamp_has_an_end(day):
    text = f"{day:%Y%m%d}23"
    found = stamp_of_folder(f"dt={text}")
    assert (found is None) == (day == date.max)
    assert found is None or found.end > found.start


@given(st.text(max_size=12))
def test_no_domain_leads_out_of_the_data_root(domain):
    try:
        parts = check_domain(domain)
    except FileValidationError:
        return
    assert all(part.isascii() and part not in ("", ".", "..") and "\\" not in part for part in parts)
    assert "/".join(parts) == domain == domain.lower()


@given(st.text(max_size=12))
def test_no_file_name_is_a_path(name):
    try:
        check_file_name(name)
    except FileValidationError:
        return
    assert not set(name) & set('/\\:\0\n"<>|?*')
    assert not name.startswith(".")
    assert not name.endswith((" ", "."))


def test_usual_names_pass():
    names = ["tokens.parquet", "BTC-USD 1h.csv", "_x.json", "a", "report.v2.json", "x" * 100]
    assert check_file_names(names) == names
    for domain in ("forecast", "macro/forecast", "llm_summary", "a/b/c/d", "2026"):
        assert "/".join(check_domain(domain)) == domain


@pytest.mark.parametrize("value", [None, 20240101, b"20240101"])
def test_only_text_is_a_stamp(value):
    with pytest.raises(FileValidationError):
        Stamp.parse(value)
