"""The two layouts give the same buckets."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bars.frames import MIDNIGHT, MINUTE
from threadx.bars.buckets import Buckets, DenseBuckets, RaggedBuckets, bucketed
from threadx.bars.timeframe import ONE_MINUTE, Timeframe

FIVE, HOUR, MONTH = map(Timeframe.parse, ("5m", "1h", "1mo"))


def at(*places: int) -> np.ndarray:
    return MIDNIGHT + MINUTE * np.array(places, dtype=np.int64)


def assert_same(left: Buckets, right: Buckets, rows: int) -> None:
    for name in ("open_time_ms", "starts", "sizes"):
        np.testing.assert_array_equal(getattr(left, name), getattr(right, name))
    values = np.random.default_rng(7).integers(1, 1000, rows)
    for operation, neutral in ((np.add, 0), (np.maximum, 0), (np.minimum, 1001)):
        np.testing.assert_array_equal(left.fold(operation, values, neutral), right.fold(operation, values, neutral))
    np.testing.assert_array_equal(left.fold(np.add, values > 500, 0), right.fold(np.add, values > 500, 0))


@pytest.mark.parametrize(
    "places",
    [
        range(60),
        range(3, 47),
        [0],
        [4, 5],
        [0, 1, 2, 3, 9, 10],
        [*range(20), *range(38, 61)],
        [n for n in range(100) if n % 7],
    ],
)
@pytest.mark.parametrize("timeframe", [FIVE, HOUR])
def test_both_layouts_give_the_same_buckets(places, timeframe):
    times = at(*places)
    chosen = bucketed(times, ONE_MINUTE, timeframe)
    assert isinstance(chosen, DenseBuckets)
    assert_same(chosen, RaggedBuckets(times, timeframe), times.size)


@pytest.mark.parametrize(
    ("times", "source", "target"),
    [
        (at(0, 500, 1000), ONE_MINUTE, FIVE),
        (at(*range(20)) + 14_789, ONE_MINUTE, FIVE),
        (at(*range(20)), ONE_MINUTE, MONTH),
        (at(*range(20)), FIVE, HOUR),
        (at(*range(20)), ONE_MINUTE, ONE_MINUTE),
    ],
    ids=["sparse", "off the grid", "months", "wrong guess of the source", "the same timeframe"],
)
def test_rows_that_suit_no_grid_are_cut_where_the_bucket_changes(times, source, target):
    assert isinstance(bucketed(times, source, target), RaggedBuckets)


def test_a_fold_is_as_wide_as_the_bucket_needs():
    times = at(*range(1440 * 2))
    days = bucketed(times, ONE_MINUTE, Timeframe.parse("1d"))
    assert days.fold(np.add, np.ones(times.size, dtype=bool), 0).tolist() == [1440, 1440]
    assert days.fold(np.add, np.arange(times.size), 0).tolist() == [sum(range(1440)), sum(range(1440, 2880))]
