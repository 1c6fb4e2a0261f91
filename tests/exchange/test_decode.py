"""Pages of bars: the fast path and the careful one agree bit for bit, and neither takes what is not a page."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.real import REAL, needs_real
from threadx.bars.schema import OPEN_TIME, OPTIONAL_COLS, PRICE_COLS
from threadx.errors import BadResponseError
from threadx.exchange import decode
from threadx.exchange.decode import decode_page, empty_columns

MINUTE = 60_000
START = 1_700_000_040_000
NAMES = {OPEN_TIME, *PRICE_COLS, "volume", *OPTIONAL_COLS}

digits = st.text("0123456789", min_size=1, max_size=12)
decimals = st.builds("{}.{}".format, digits, st.text("0123456789", min_size=8, max_size=8))


def row(number: int, **changed: object) -> list[object]:
    at = START + number * MINUTE
    cells = dict(
        zip(
            decode.FIELDS,
            [at, "1.5", "2.5", "0.5", "1.0", "3.25", at + 59_999, "4.5", 7, "1.0", "1.5", "0"],
            strict=True,
        )
    )
    return list((cells | changed).values())


def compact(rows: object) -> bytes:
    return json.dumps(rows, separators=(",", ":")).encode()


def page(rows: object, count: int = 10) -> decode.Columns:
    return decode_page(compact(rows), START, START + count * MINUTE, "X 1m")


def same(first: decode.Columns, second: decode.Columns) -> bool:
    return all(first[n].dtype == second[n].dtype and np.array_equal(first[n], second[n]) for n in NAMES)


def test_a_page_becomes_arrays_with_the_dtypes_of_the_contract():
    columns = page([row(0), row(1), row(3)])
    assert set(columns) == NAMES
    assert {name for name in NAMES if columns[name].dtype == np.int64} == {OPEN_TIME, "trades"}
    assert columns[OPEN_TIME].tolist() == [START, START + MINUTE, START + 3 * MINUTE]
    assert columns["high"].tolist() == [2.5] * 3
    assert columns["taker_buy_quote"].tolist() == [1.5] * 3
    assert columns["trades"].tolist() == [7] * 3


def test_an_empty_page_has_all_columns():
    assert same(page([]), empty_columns())
    assert set(empty_columns()) == NAMES


@given(st.lists(st.lists(decimals, min_size=8, max_size=8), min_size=1, max_size=5), st.integers(0, 10**9))
def test_the_fast_path_rounds_every_decimal_as_python_does(cells, trades):
    rows = []
    for number, (o, h, low, c, v, q, b, t) in enumerate(cells):
        at = START + number * MINUTE
        rows.append([at, o, h, low, c, v, at + 59_999, q, trades, b, t, "0"])
    body = compact(rows)
    assert decode._compact(body) is not None
    fast = decode_page(body, START, START + 10 * MINUTE, "X")
    assert fast["close"].tolist() == [float(r[4]) for r in rows]
    assert same(fast, decode_page(json.dumps(rows, indent=1).encode(), START, START + 10 * MINUTE, "X"))


CLEAN = compact([row(0), row(1, trades=0), row(2, volume="0.00000000")])


@settings(max_examples=300)
@given(st.integers(0, len(CLEAN) - 1), st.sampled_from(b'0123456789.,"[]-+eE nN_\x00\xff'), st.integers(0, 2))
def test_what_the_fast_path_takes_the_careful_one_takes_too_and_alike(at, byte, kind):
    """Change, insert or delete one byte: never does the fast path see numbers where strict JSON sees none."""
    body = CLEAN[:at] + (b"" if kind == 2 else bytes([byte])) + CLEAN[at + (kind != 1) :]
    table = decode._compact(body)
    if table is not None:
        careful, times, trades = decode._careful(body, "X")
        assert np.array_equal(table, careful)
        assert np.array_equal(table[0], times.astype(float))
        assert np.array_equal(table[decode.KEPT.index("trades")], trades.astype(float))


def test_a_column_without_points_is_still_compact():
    rows = [row(number, quote_volume="0", taker_buy_base="0") for number in range(3)]
    assert decode._compact(compact(rows)) is not None
    assert decode._compact(compact([row(0), row(1, quote_volume="0")])) is None
    assert page([row(0), row(1, quote_volume="0")])["quote_volume"].tolist() == [4.5, 0.0]


@pytest.mark.parametrize(
    "changed",
    [
        {"close": None}, {"close": ""}, {"close": True}, {"close": 1.5}, {"close": "1e309"}, {"close": "NaN"},
        {"close": "１.0"}, {"close": "1_0.0"}, {"close": ".5"}, {"close": "5."}, {"close": "1.2.3"},
        {"close": "9" * 400}, {"open_time": str(START)}, {"open_time": START + 0.5}, {"open_time": START * 1.0},
        {"trades": "7"}, {"trades": 2**63}, {"trades": None}, {"close_time": "x"}, {"unused": 0},
    ],
)  # fmt: skip
def test_a_cell_of_another_kind_refuses_the_whole_page(changed):
    with pytest.raises(BadResponseError):
        page([row(0, **changed), row(1)])
    with pytest.raises(BadResponseError):
        page([row(0), row(1, **changed)])


@pytest.mark.parametrize(
    "body",
    [
        b"{}", b"null", b"[[]]", b"[1]", b"[[1,2]]", compact([row(0)[:11]]), compact([[*row(0), "0"]]), CLEAN[:-1],
        CLEAN[:-40], CLEAN + b"]", CLEAN.replace(b"],[", b"],,[", 1), CLEAN.replace(b'"1.5"', b'1"1.5"', 1),
        CLEAN.replace(b",7,", b",007,", 1), CLEAN.replace(b",7,", b",-,", 1), b"\xef\xbb\xbf" + CLEAN, b"",
    ],
)  # fmt: skip
def test_what_is_not_a_page_of_twelve_columns_is_refused(body):
    with pytest.raises(BadResponseError):
        decode_page(body, START, START + 10 * MINUTE, "X")


def test_negative_numbers_are_numbers_and_left_for_the_checks():
    assert page([row(0, low="-0.50000000")])["low"].tolist() == [-0.5]


def test_large_whole_numbers_keep_every_digit():
    assert page([row(0, trades=2**53 + 1)])["trades"].tolist() == [2**53 + 1]


@pytest.mark.parametrize("numbers", [[-1, 0], [0, 10], [2, 1], [1, 3, 2], [9, 10]])
def test_rows_outside_the_range_or_out_of_order_are_refused(numbers):
    with pytest.raises(BadResponseError):
        page([row(number) for number in numbers])


def test_of_rows_with_one_open_time_the_last_counts():
    columns = page([row(0), row(1, close="1.1"), row(1, close="1.2"), row(1, close="1.3"), row(2)])
    assert columns[OPEN_TIME].tolist() == [START, START + MINUTE, START + 2 * MINUTE]
    assert columns["close"].tolist() == [1.0, 1.3, 1.0]


def test_microseconds_are_told_by_magnitude():
    rows = [row(n, open_time=(START + n * MINUTE) * 1000, close_time=(START + n * MINUTE) * 1000 + 1) for n in range(3)]
    assert page(rows)[OPEN_TIME].tolist() == [START, START + MINUTE, START + 2 * MINUTE]


@pytest.mark.parametrize("times", [[START, START * 1000], [START * 1000 + 1], [START // 1000]])
def test_other_units_and_mixtures_are_refused(times):
    with pytest.raises(BadResponseError):
        page([row(0, open_time=at) for at in times])


def test_times_off_the_grid_are_passed_on():
    assert page([row(0, open_time=START + 14_789)])[OPEN_TIME].tolist() == [START + 14_789]


@needs_real
@pytest.mark.parametrize("interval", ["1m", "5m", "15m", "4h", "1d"])
def test_replies_of_the_real_exchange_take_the_fast_path_and_come_out_exact(interval):
    body = (REAL / "raw" / f"rest_klines_BTCUSDT_{interval}_limit1000_2024-09-04.json").read_bytes()
    rows = json.loads(body)
    assert decode._compact(body) is not None
    columns = decode_page(body, 0, 2**62, "BTCUSDT")
    for at, name in enumerate(decode.FIELDS):
        if name in columns:
            assert columns[name].tolist() == [float(r[at]) for r in rows]
