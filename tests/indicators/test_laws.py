"""What holds for every indicator there is: it resumes bit for bit, never looks ahead, and bridges nothing."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.indicators.market import rows, walk
from threadx.indicators.spec import INDICATORS, get

NAMES = tuple(INDICATORS)
SMALL = {"period": 3, "atr_period": 4, "fast": 2, "slow": 5, "signal": 2, "smooth": 2, "conversion": 2, "base": 4}
SMALL |= {"span": 6, "displacement": 3}


def small(name):
    return {each.name: SMALL[each.name] for each in get(name).parameters if each.name in SMALL}


def run(name, columns, params=None, state=None):
    outputs, after = get(name).run(columns, params or {}, state)
    return outputs, json.loads(json.dumps(after, allow_nan=False))


def bits(outputs):
    return {name: values.tobytes() for name, values in outputs.items()}


def resumed(name, columns, cuts, params=None):
    parts, state = [], None
    for begin, end in zip([0, *cuts], [*cuts, None], strict=True):
        outputs, state = run(name, rows(columns, slice(begin, end)), params, state)
        parts.append(outputs)
    return {each: np.concatenate([part[each] for part in parts]) for each in parts[0]}, state


@pytest.mark.parametrize("name", NAMES)
def test_running_in_two_parts_gives_the_bits_of_running_once_wherever_it_is_cut(name):
    columns = walk(90, quiet=0.4, gap_at=60)
    columns["quote_volume"][40] = np.nan
    whole, state = run(name, columns, small(name))

    for cut in range(91):
        parts, after = resumed(name, columns, [cut], small(name))
        assert bits(parts) == bits(whole), cut
        assert after == state, cut


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(0, 20_000), min_size=1, max_size=4).map(sorted))
def test_running_in_any_parts_gives_the_bits_of_running_once(name, cuts):
    columns = LONG
    whole, state = run(name, columns)

    parts, after = resumed(name, columns, cuts)

    assert bits(parts) == bits(whole)
    assert after == state


LONG = walk(20_000, gap_at=11_000)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("cut", [4095, 4096, 4097, 8191, 8192, 8193, 10_999, 11_000, 11_001, 16_384, 19_193])
def test_running_in_parts_gives_the_bits_of_running_once_at_the_edges_of_blocks_portions_and_gaps(name, cut):
    whole, state = run(name, LONG)

    parts, after = resumed(name, LONG, [cut])

    assert bits(parts) == bits(whole)
    assert after == state


@pytest.mark.parametrize("name", NAMES)
def test_later_bars_change_nothing(name):
    columns = walk(400, gap_at=250)
    whole, _ = run(name, columns)

    for count in (1, 27, 100, 251, 399):
        early, _ = run(name, rows(columns, slice(count)))
        assert bits(early) == bits({each: values[:count] for each, values in whole.items()}), count


@pytest.mark.parametrize("name", NAMES)
def test_the_outputs_are_named_as_promised_floats_as_long_as_the_bars_also_without_bars(name):
    for count in (0, 1, 2, 5, 150):
        outputs, _ = run(name, walk(count))

        assert tuple(outputs) == get(name).outputs({})
        assert all(values.dtype == np.float64 and values.shape == (count,) for values in outputs.values())


@pytest.mark.parametrize("name", NAMES)
def test_the_last_output_begins_when_the_warm_up_is_over(name):
    columns = walk(150, quiet=0.0)
    for params in ({}, small(name)):
        outputs, _ = run(name, columns, params)

        first = [int(np.isnan(values).argmin()) for values in outputs.values()]
        assert max(first) == get(name).warm_up(params)
        assert all(not np.isnan(values[begin:]).any() for begin, values in zip(first, outputs.values(), strict=True))


@pytest.mark.parametrize("name", [name for name in NAMES if not get(name).recursive])
def test_a_windowed_value_depends_on_the_bars_of_its_warm_up_alone(name):
    columns = walk(300)
    whole, _ = run(name, columns)
    back = get(name).warm_up({})

    for row in (back, 150, 299):
        window, _ = run(name, rows(columns, slice(row - back, row + 1)))
        assert bits({each: values[-1:] for each, values in window.items()}) == bits(
            {each: values[row : row + 1] for each, values in whole.items()}
        )


@pytest.mark.parametrize("name", NAMES)
def test_after_a_long_gap_the_values_are_those_of_bars_that_begin_there(name):
    columns = walk(300, gap_at=150)
    whole, _ = run(name, columns)
    after, _ = run(name, rows(columns, slice(150, None)))
    bridged, _ = run(name, columns, {"max_gap": None})

    assert bits({each: values[150:] for each, values in whole.items()}) == bits(after)
    if name not in ("vwap", "vwap_exact", "vwap_exact_rolling"):  # the gap ends on another day; one bar alone
        assert bits(bridged) != bits(whole)


@pytest.mark.parametrize("name", NAMES)
def test_a_gap_no_longer_than_allowed_is_bridged(name):
    columns = walk(300, gap_at=150)

    at_limit, _ = run(name, columns, {"max_gap": 500})
    bridged, _ = run(name, columns, {"max_gap": None})
    below, _ = run(name, columns, {"max_gap": 499})
    default, _ = run(name, columns)

    assert bits(at_limit) == bits(bridged)
    assert bits(below) == bits(default)


@pytest.mark.parametrize("name", NAMES)
def test_a_row_without_a_value_is_nan_and_the_warm_up_starts_again_after_it(name):
    columns = walk(300)
    needed = get(name).needs[-1]
    columns[needed] = columns[needed].copy()
    columns[needed][100] = np.nan

    outputs, _ = run(name, columns)
    after, _ = run(name, rows(columns, slice(101, None)))

    assert all(np.isnan(values[100]) for values in outputs.values())
    assert bits({each: values[101:] for each, values in outputs.items()}) == bits(after)


LEVELS = {"sma", "ema", "ichimoku", "bollinger", "donchian", "keltner", "atr_bands"}
LEVELS |= {"vwap", "vwap_rolling", "vwap_exact", "vwap_exact_rolling"}
MOVES = {"macd", "atr"}
NUMBERS = {"vortex", "adx", "rsi", "stochastic", "cci", "roc", "williams_r", "mfi", "obv"}
PRICES = ("open", "high", "low", "close", "quote_volume")


def scaled(columns, factor, names):
    return {name: values * factor if name in names else values for name, values in columns.items()}


def unit(name, output):
    if name == "supertrend":
        return "number" if output == "direction" else "level"
    return "level" if name in LEVELS else "move" if name in MOVES else "number"


def test_every_indicator_has_a_unit_here():
    assert LEVELS | MOVES | NUMBERS | {"supertrend"} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_prices_in_another_unit_change_what_is_a_price_and_nothing_else(name):
    columns = walk(400)
    outputs, _ = run(name, columns)
    others, _ = run(name, scaled(columns, 0.125, PRICES))

    for each, values in outputs.items():
        factor = 1.0 if unit(name, each) == "number" else 0.125
        np.testing.assert_array_equal(others[each], values * factor)


@pytest.mark.parametrize("name", NAMES)
def test_volume_in_another_unit_changes_nothing_but_the_volume(name):
    columns = walk(400)
    outputs, _ = run(name, columns)
    others, _ = run(name, scaled(columns, 8.0, ("volume", "quote_volume")))

    for each, values in outputs.items():
        np.testing.assert_array_equal(others[each], values * (8.0 if name == "obv" else 1.0))


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("roc", "mfi")])
def test_prices_moved_by_a_constant_move_levels_and_leave_moves_alone(name):
    columns = walk(400)
    moved = {each: values + 4096.0 if each in PRICES[:4] else values for each, values in columns.items()}
    moved["quote_volume"] = columns["quote_volume"] + columns["volume"] * 4096.0
    outputs, _ = run(name, columns)
    others, _ = run(name, moved)

    for each, values in outputs.items():
        expected = values + 4096.0 if unit(name, each) == "level" else values
        np.testing.assert_allclose(others[each], expected, rtol=1e-9, atol=1e-7)


@pytest.mark.parametrize("name", NAMES)
def test_prices_that_never_move_give_that_price_or_zero_or_nothing_to_say(name):
    flat = walk(200, quiet=1.1)
    flat["volume"] = np.ones(200)
    flat["quote_volume"] = flat["close"].copy()
    price = flat["close"][0]
    outputs, _ = run(name, flat)

    allowed = {"level": {price}, "move": {0.0}, "number": {0.0, -1.0}}
    for each, values in outputs.items():
        said = set(np.unique(values[~np.isnan(values)]).tolist())
        assert said <= allowed[unit(name, each)], (each, said)
        if name in ("rsi", "stochastic", "williams_r", "cci", "vortex", "adx", "mfi"):
            assert not said
