from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx.demo.rows import NO_ROWS, UNIT, Rows, concat, decimal_text, split_decimal


@given(st.integers(min_value=0, max_value=9 * 10**18))
def test_eight_decimals_survive_the_way_through_a_float(units):
    number = float(decimal_text(units))
    whole, parts = (int(array[0]) for array in split_decimal(np.array([number])))
    assert Decimal(whole) + Decimal(parts) / UNIT == round(Decimal(number), 8)


def test_the_last_place_carries_into_the_whole_part():
    whole, parts = split_decimal(np.array([0.999_999_999_9, 3.0]))
    assert (whole.tolist(), parts.tolist()) == ([1, 3], [0, 0])


@given(st.lists(st.tuples(st.integers(0, 10**13), st.integers(0, UNIT - 1)), min_size=1, max_size=5))
def test_columns_are_what_float_reads_from_the_text(amounts):
    count = len(amounts)
    whole, parts = (np.array(side, dtype=np.int64) for side in zip(*amounts, strict=True))
    zeros = np.zeros(count, dtype=np.int64)
    rows = Rows(zeros, zeros, np.zeros((4, count), np.int64), np.stack([np.stack([whole, parts])] * 4), zeros)
    assert rows.columns()["volume"].tolist() == [float(f"{w}.{p:08d}") for w, p in amounts]


def test_nothing_and_one_part_need_no_copy():
    assert len(concat([])) == 0
    assert concat([NO_ROWS]) is NO_ROWS


@pytest.mark.parametrize(("units", "text"), [(0, "0.00000000"), (-1, "-0.00000001"), (123 * UNIT, "123.00000000")])
def test_units_as_text(units, text):
    assert decimal_text(units) == text
