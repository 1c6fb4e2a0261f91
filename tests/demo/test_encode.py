from __future__ import annotations

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from threadx.demo.encode import klines_json
from threadx.demo.rows import NO_ROWS, UNIT, Rows, decimal_text

units = st.integers(min_value=-(10**12), max_value=9 * 10**18) | st.integers(min_value=0, max_value=10_001)
row = st.tuples(
    st.integers(0, 2 * 10**12),
    st.integers(0, 2 * 10**12),
    st.lists(units, min_size=8, max_size=8),
    st.integers(0, 10**9),
)


def rows_of(made):
    opened, closed, numbers, trades = (list(part) for part in zip(*made, strict=True))
    values = np.array(numbers, dtype=np.int64).T
    amounts = np.stack([np.stack([part // UNIT, part % UNIT]) for part in values[4:]])
    return Rows(np.array(opened), np.array(closed), values[:4], amounts, np.array(trades))


def plain(made, scale=1):
    return [
        [o * scale, *map(decimal_text, n[:4]), decimal_text(n[4]), c if scale == 1 else c * scale + 999,
         decimal_text(n[5]), t, decimal_text(n[6]), decimal_text(n[7]), "0"]
        for o, c, n, t in made
    ]  # fmt: skip


@given(st.lists(row, min_size=1, max_size=6))
def test_the_text_is_that_of_a_plain_json_writer(made):
    assert klines_json(rows_of(made)) == json.dumps(plain(made), separators=(",", ":")).encode()


@given(st.lists(row, min_size=1, max_size=3))
def test_microseconds_end_on_the_last_one_of_the_bar(made):
    assert json.loads(klines_json(rows_of(made), microseconds=True)) == plain(made, 1000)


def test_no_rows_are_an_empty_array():
    assert klines_json(NO_ROWS) == b"[]"
