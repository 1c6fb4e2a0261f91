"""Names, aliases, and the grid of each timeframe."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from threadx.bars.timeframe import ONE_MINUTE, TIMEFRAMES, Timeframe
from threadx.errors import UnsupportedTimeframeError

NAMES = ["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h", "6h", "8h", "12h", "1d", "1w", "1mo"]


def ms(text: str) -> int:
    return int(pd.Timestamp(text, tz="UTC").as_unit("ms").value // 1_000_000)


def text(instant: int) -> str:
    return str(pd.Timestamp(instant, unit="ms"))


def test_these_timeframes_exist_shortest_first():
    assert [timeframe.name for timeframe in TIMEFRAMES] == NAMES
    assert ONE_MINUTE is TIMEFRAMES[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_parses_to_itself_and_so_does_a_timeframe(name):
    timeframe = Timeframe.parse(name)
    assert str(timeframe) == timeframe.name == name
    assert Timeframe.parse(timeframe) is timeframe


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("M1", "1m"),
        ("M5", "5m"),
        ("M15", "15m"),
        ("H1", "1h"),
        ("H4", "4h"),
        ("D1", "1d"),
        ("W1", "1w"),
        ("MN1", "1mo"),
        ("1M", "1mo"),
        ("1H", "1h"),
        ("1D", "1d"),
        ("1W", "1w"),
        ("15min", "15m"),
    ],
)
def test_an_alias_means_its_timeframe_and_case_decides_between_month_and_minute(alias, name):
    assert Timeframe.parse(alias).name == name


@pytest.mark.parametrize(
    ("wrong", "nearest"),
    [
        ("5M", "5m"),
        ("m1", "1m"),
        ("h4", "4h"),
        ("1MO", "1mo"),
        (" 1h", "1h"),
        ("10m", "15m"),
        ("45m", "1h"),
        ("2d", "1d"),
        ("1s", "1m"),
        ("1hour", "1h"),
        ("", "1m"),
        ("９m", "5m"),
    ],
)
def test_an_unknown_name_is_refused_and_the_nearest_suggested(wrong, nearest):
    with pytest.raises(UnsupportedTimeframeError) as caught:
        Timeframe.parse(wrong)
    assert f"did you mean {nearest}?" in caught.value.hint


@pytest.mark.parametrize("wrong", [None, 5, "3d", b"1m", ["1m"]])
def test_what_is_no_timeframe_is_refused(wrong):
    with pytest.raises(UnsupportedTimeframeError):
        Timeframe.parse(wrong)


def test_three_days_are_refused_with_the_reason():
    with pytest.raises(UnsupportedTimeframeError, match="anchors 3-day bars differently for each symbol"):
        Timeframe.parse("3d")


@pytest.mark.parametrize(
    ("name", "instant", "opens", "following"),
    [
        ("5m", "2024-03-01 00:07:59.999", "2024-03-01 00:05", "2024-03-01 00:10"),
        ("4h", "2024-03-01 04:00", "2024-03-01 04:00", "2024-03-01 08:00"),
        ("1d", "2024-02-29 23:59", "2024-02-29", "2024-03-01"),
        ("1w", "2024-03-03 23:59", "2024-02-26", "2024-03-04"),
        ("1w", "2024-03-04", "2024-03-04", "2024-03-11"),
        ("1mo", "2024-02-29 12:00", "2024-02-01", "2024-03-01"),
        ("1mo", "2023-12-31 23:59", "2023-12-01", "2024-01-01"),
        ("5m", "1969-12-31 23:58", "1969-12-31 23:55", "1970-01-01"),
        ("1w", "1969-12-28 10:00", "1969-12-22", "1969-12-29"),
        ("1mo", "1969-11-15", "1969-11-01", "1969-12-01"),
    ],
)
def test_an_instant_lies_in_its_bucket(name, instant, opens, following):
    timeframe = Timeframe.parse(name)
    assert (timeframe.floor(ms(instant)), timeframe.next(ms(instant))) == (ms(opens), ms(following))
    both = np.array([ms(instant)])
    assert (timeframe.floor(both).tolist(), timeframe.next(both).tolist()) == ([ms(opens)], [ms(following)])


@pytest.mark.parametrize(
    ("name", "start", "end", "buckets"),
    [
        ("1m", "2024-03-01", "2024-03-02", 1440),
        ("1h", "2024-03-01 00:00:01", "2024-03-01 02:00", 1),
        ("1h", "2024-03-01", "2024-03-01", 0),
        ("1h", "2024-03-02", "2024-03-01", 0),
        ("1w", "2024-03-01", "2024-03-31", 4),
        ("1mo", "2023-12-01", "2024-03-01", 3),
        ("1mo", "2023-12-02", "2024-03-02", 3),
    ],
)
def test_buckets_that_begin_in_a_range_are_counted(name, start, end, buckets):
    assert Timeframe.parse(name).count(ms(start), ms(end)) == buckets


@pytest.mark.parametrize(
    ("shorter", "longer", "fits"),
    [
        ("1m", "3m", True),
        ("3m", "5m", False),
        ("5m", "15m", True),
        ("4h", "6h", False),
        ("8h", "1d", True),
        ("8h", "1w", True),
        ("12h", "1mo", True),
        ("1w", "1mo", False),
        ("1mo", "1w", False),
        ("1mo", "1mo", True),
        ("1h", "5m", False),
        ("1h", "1h", True),
    ],
)
def test_a_timeframe_nests_where_its_buckets_fit_whole(shorter, longer, fits):
    assert Timeframe.parse(shorter).nests_in(Timeframe.parse(longer)) is fits


def test_a_million_months_are_floored_at_once():
    instants = np.arange(0, 2_000_000_000_000, 2_000_000, dtype=np.int64)
    opens = Timeframe.parse("1mo").floor(instants)
    assert text(int(opens[-1])) == "2033-05-01 00:00:00"
    assert opens.dtype == np.int64
