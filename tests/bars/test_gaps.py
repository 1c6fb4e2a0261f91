"""Gaps, duplicates and unfinished bars, told from open times alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.bars.frames import MIDNIGHT, MINUTE, minute_frame, minutes
from tests.real import needs_real, real_frame
from threadx.bars.gaps import Gap, GapCause, drop_unfinished, find_gaps, missing_runs
from threadx.bars.intervals import Interval
from threadx.bars.schema import OPEN_TIME, empty_frame
from threadx.bars.timeframe import Timeframe


def at(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64) * MINUTE


def test_missing_runs_lie_between_the_first_and_the_last_bar():
    assert missing_runs(at(0, 1, 4, 5, 7), MINUTE) == (
        Interval(2 * MINUTE, 4 * MINUTE),
        Interval(6 * MINUTE, 7 * MINUTE),
    )
    assert missing_runs(at(3), MINUTE) == ()
    assert missing_runs(at(), MINUTE) == ()


def test_gaps_of_a_frame_are_half_open_and_count_their_minutes():
    gaps = find_gaps(minute_frame(10).drop(minute_frame(10).index[[3, 4, 8]]))
    assert gaps["minutes"].tolist() == [2, 1]
    assert gaps["start"].tolist() == [minute_frame(10).index[3], minute_frame(10).index[8]]
    assert gaps["end"].tolist() == [minute_frame(10).index[5], minute_frame(10).index[9]]
    assert [str(dtype) for dtype in gaps.dtypes] == ["datetime64[ms, UTC]"] * 2 + ["int64"]


@pytest.mark.parametrize("frame", [minute_frame(5), minute_frame(1), empty_frame()])
def test_complete_bars_have_no_gaps(frame):
    gaps = find_gaps(frame)
    assert len(gaps) == 0
    assert list(gaps.columns) == ["start", "end", "minutes"]


def test_order_and_repetition_make_no_gaps():
    frame = minute_frame(6).iloc[[5, 0, 2, 1, 1, 4]]
    assert find_gaps(frame)["start"].tolist() == [minute_frame(6).index[3]]


@pytest.mark.parametrize(
    ("name", "days", "minutes_missing"), [("1d", [0, 1, 4], 2 * 1440), ("1w", [3, 10, 24], 7 * 1440)]
)
def test_longer_bars_have_gaps_of_their_own_length(name, days, minutes_missing):
    index = pd.DatetimeIndex([pd.Timestamp("2024-03-01", tz="UTC") + pd.Timedelta(days=day) for day in days])
    assert find_gaps(pd.DataFrame(index=index), name)["minutes"].tolist() == [minutes_missing]


def test_months_follow_each_other_whatever_their_length():
    index = pd.DatetimeIndex(["2023-01-01", "2023-02-01", "2023-03-01", "2023-05-01"], tz="UTC")
    gaps = find_gaps(pd.DataFrame(index=index), "1mo")
    assert gaps["start"].tolist() == [pd.Timestamp("2023-04-01", tz="UTC")]
    assert gaps["minutes"].tolist() == [30 * 1440]


@needs_real
def test_the_outage_of_march_2023_is_the_only_gap_of_its_weeks():
    gaps = find_gaps(real_frame("BTCUSDT_1m_2023-03-20_31"))
    assert gaps.astype(str).to_numpy().tolist() == [["2023-03-24 12:40:00+00:00", "2023-03-24 14:00:00+00:00", "80"]]


@pytest.mark.parametrize(("after_last_close_ms", "kept"), [(-1, 4), (0, 4), (4_999, 4), (5_000, 5), (60_000, 5)])
def test_a_bar_is_kept_once_it_closed_and_settled_by_the_server_s_clock(after_last_close_ms, kept):
    server_time_ms = MIDNIGHT + 5 * MINUTE + after_last_close_ms
    closed = drop_unfinished(minutes(5), server_time_ms=server_time_ms, settle_ms=5_000)
    assert {name: values.size for name, values in closed.items()} == dict.fromkeys(minutes(5), kept)


def test_a_running_hour_is_unfinished_though_its_minutes_are_not():
    hours = minutes(3, step_ms=60 * MINUTE)
    closed = drop_unfinished(
        hours, server_time_ms=MIDNIGHT + 150 * MINUTE, settle_ms=0, timeframe=Timeframe.parse("1h")
    )
    assert closed[OPEN_TIME].tolist() == hours[OPEN_TIME][:2].tolist()


def test_gaps_are_records_in_order_of_time():
    late, early = (Gap(Interval(start, 9), GapCause.UNKNOWN) for start in (5, 1))
    assert sorted([late, early]) == [early, late]
    assert GapCause("outage") is GapCause.OUTAGE
