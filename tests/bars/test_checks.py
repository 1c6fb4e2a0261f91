"""Each rule: what breaks it, and that the report says where."""

from __future__ import annotations

import numpy as np
import pytest

from tests.bars.frames import MIDNIGHT, MINUTE, minute_frame, minutes
from tests.real import needs_real, real_frame, real_names
from threadx.bars.checks import ROW_RULES, Rule, split_valid, violations
from threadx.bars.schema import OPEN_TIME, empty_frame, frame_from_columns

FULL = {
    "quote_volume": np.full(5, 9.0),
    "trades": np.arange(5),
    "taker_buy_base": np.full(5, 0.5),
    "minutes": np.ones(5),
}


def broken(column: str, value: float):
    columns = {**minutes(5), **{name: values.copy() for name, values in FULL.items()}}
    columns[column][2] = value
    return columns


def rules(columns) -> list[tuple[str, str, float]]:
    found = violations(frame_from_columns(columns))
    return list(zip(found["rule"], found["column"], found["value"], strict=True))


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("high", 102.5, Rule.HIGH_IS_HIGHEST),
        ("low", 102.5, Rule.LOW_IS_LOWEST),
        ("low", 0.0, Rule.POSITIVE),
        ("low", -1.0, Rule.POSITIVE),
        ("high", np.inf, Rule.FINITE),
        ("open", np.nan, Rule.PRESENT),
        ("volume", np.nan, Rule.PRESENT),
        ("volume", np.inf, Rule.FINITE),
        ("volume", -1e-8, Rule.NOT_NEGATIVE),
        ("quote_volume", -1.0, Rule.NOT_NEGATIVE),
        ("taker_buy_base", np.inf, Rule.FINITE),
        ("trades", -1, Rule.NOT_NEGATIVE),
        ("minutes", -1.0, Rule.NOT_NEGATIVE),
    ],
)
def test_a_broken_rule_is_reported_with_its_row_column_and_value(column, value, rule):
    found = violations(frame_from_columns(broken(column, value)))
    assert found["timestamp"].tolist() == [minute_frame(3).index[2]]
    assert found[["rule", "column"]].to_numpy().tolist() == [[rule.value, column]]
    np.testing.assert_array_equal(found["value"], [value])


def test_a_row_that_breaks_two_rules_stands_twice():
    assert rules(broken("low", 500.0)) == [("high_is_highest", "high", 104.0), ("low_is_lowest", "low", 500.0)]


def test_an_open_time_between_minutes_is_off_the_grid():
    columns = minutes(3)
    columns[OPEN_TIME][1] += 14_789
    assert rules(columns) == [("on_grid", OPEN_TIME, MIDNIGHT + MINUTE + 14_789)]


def test_repeated_and_backward_open_times_are_reported_by_row():
    columns = minutes(5)
    columns[OPEN_TIME] = columns[OPEN_TIME][[0, 1, 1, 3, 2]]
    assert [(rule, value) for rule, _, value in rules(columns)] == [
        ("unique", MIDNIGHT + MINUTE),
        ("ordered", MIDNIGHT + 2 * MINUTE),
    ]


def test_null_is_allowed_where_a_source_lacks_the_value():
    columns = {**minutes(3), "trades": np.array([1.0, np.nan, 2.0]), "quote_volume": np.full(3, np.nan)}
    assert violations(frame_from_columns(columns)).empty


def test_clean_bars_give_an_empty_report_with_the_same_columns():
    for frame in (minute_frame(5), empty_frame(), minute_frame(40_000)):
        found = violations(frame)
        assert found.empty
        assert [str(dtype) for dtype in found.dtypes] == ["datetime64[ms, UTC]", "str", "str", "float64"]


def test_breaches_come_in_row_order_across_blocks():
    columns = minutes(60_000)
    bad = [5, 32_767, 32_768, 40_000, 59_999]
    columns["high"][bad] = 1.0
    columns["volume"][bad[0]] = -1.0
    found = violations(frame_from_columns(columns))
    assert found["timestamp"].is_monotonic_increasing
    assert found["timestamp"].nunique() == len(bad)
    assert found["rule"].value_counts().to_dict() == {
        "high_is_highest": len(bad),
        "low_is_lowest": len(bad),
        "not_negative": 1,
    }


def test_rows_that_break_a_rule_are_set_aside_with_their_reasons():
    columns = broken("high", 102.5)
    good, reasons = split_valid(columns)
    assert good[OPEN_TIME].tolist() == np.delete(columns[OPEN_TIME], 2).tolist()
    assert {values.size for values in good.values()} == {4}
    assert reasons["rule"].tolist() == ["high_is_highest"]


def test_good_rows_pass_through_uncopied_and_order_is_not_split_s_matter():
    columns = minutes(5)
    columns[OPEN_TIME] = columns[OPEN_TIME][::-1].copy()
    good, reasons = split_valid(columns)
    assert good is columns
    assert reasons.empty
    assert {Rule.UNIQUE, Rule.ORDERED}.isdisjoint(ROW_RULES)


@needs_real
@pytest.mark.parametrize("name", real_names())
def test_real_bars_break_no_row_rule(name):
    found = violations(real_frame(name))
    assert len(found) == (54 if "DIRTY" in name else 0)
    assert set(found["rule"]) <= {"unique"}
