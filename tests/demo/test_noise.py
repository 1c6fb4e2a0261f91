from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from threadx.demo.noise import fraction, key_of, path, uniforms

minutes = st.integers(min_value=0, max_value=40_000_000)


@given(minutes, st.integers(min_value=1, max_value=50))
def test_a_minutes_value_does_not_depend_on_its_neighbours(start, count):
    together = path(7, np.arange(start, start + count))
    alone = [float(path(7, np.array([start + i]))[0]) for i in range(count)]
    assert together.tolist() == alone


def test_a_path_wanders_slowly():
    values = path(1, np.arange(30_000_000, 30_100_000))
    assert np.abs(np.diff(values)).max() < 20
    assert np.ptp(values) > 100


def test_uniform_numbers_fill_their_range_evenly():
    for values in uniforms(5, np.arange(100_000)):
        assert 0 <= values.min() < 0.001
        assert 0.999 < values.max() < 1
        assert abs(values.mean() - 0.5) < 0.01


def test_numbers_are_the_same_on_every_machine():
    assert key_of(42, "BTC") == 6_662_126_946_102_136_918
    assert 0 <= fraction(42, "BTC") < 1
    assert key_of(1, "23") != key_of(12, "3")
