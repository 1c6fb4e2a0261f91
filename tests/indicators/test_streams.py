"""Feeding in portions: holes, restarts, and functions over windows."""

from __future__ import annotations

import numpy as np

from threadx.indicators.ratio import ratio
from threadx.indicators.recursion import RunningSum
from threadx.indicators.streams import Stream, Windowed, drive, through

NAN = np.nan


class Count(Stream):
    """How many bars it was fed."""

    def __init__(self):
        self._sum = RunningSum()

    def feed(self, *columns):
        ones = np.ones(columns[0].size)
        self._sum.add_up(ones)
        return (ones,)


def test_rows_without_a_value_and_restarts_begin_anew():
    column = np.array([1.0, 1, NAN, NAN, 1, 1, 1, NAN])

    (made,), stream = drive(Count, [column], 1, restarts=[0, 5])

    np.testing.assert_array_equal(made, [1, 2, NAN, NAN, 1, 1, 2, NAN])
    assert stream is None


def test_any_column_without_a_value_counts():
    (made,), stream = drive(Count, [np.ones(3), np.array([1.0, NAN, 1])], 1)

    np.testing.assert_array_equal(made, [1, NAN, 1])
    assert stream.dump() == {"sum": {"sum": 0.0, "open": [1.0]}}


def test_an_infinite_value_is_as_good_as_none():
    (made,), _ = drive(Count, [np.array([np.inf, 1, -np.inf, 1])], 1)

    np.testing.assert_array_equal(made, [NAN, 1, NAN, 1])


def test_going_on_with_a_stream_and_no_bars_changes_nothing():
    _, stream = drive(Count, [np.ones(3)], 1)
    (made,), after = drive(Count, [np.ones(0)], 1, stream=stream)

    assert made.size == 0
    assert after is stream


def test_a_window_keeps_what_the_next_portion_reaches_back_to():
    window = Windowed(lambda values: (np.convolve(values, [1, 1, 1])[: values.size],), 2)

    parts = [window.feed(np.array(part, dtype=float))[0].tolist() for part in ([1], [], [2, 3], [4])]

    assert parts == [[1], [], [3, 6], [9]]
    assert window.dump() == {"tails": [[3.0, 4.0]]}


def test_lists_and_whole_numbers_are_taken_as_floats():
    assert through(Count, [1, 2], [3, 4])[0].dtype == np.float64
    assert through(lambda: Windowed(lambda values: (values / 4,), 0), [1, 2])[0].tolist() == [0.25, 0.5]


def test_nothing_over_nothing_is_nothing_and_neither_is_something_over_nothing():
    np.testing.assert_array_equal(ratio(np.array([1.0, 0, 1, NAN]), np.array([2.0, 0, 0, 1])), [0.5, NAN, NAN, NAN])
