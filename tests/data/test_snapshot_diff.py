"""Two contents of one file, compared in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from threadx.data.snapshot_diff import diff_contents, key_of


def words(before, after) -> list[str]:
    return [f"{where}: {note}" if where else str(note) for where, note in diff_contents(before, after)]


def table(**columns) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_rows_are_told_apart_by_the_column_that_names_them():
    before = table(rank=[1, 2, 3], symbol=["A", "B", "C"], cap=[10.0, 20.0, 30.0])
    after = table(rank=[1, 2, 3], symbol=["B", "C", "D"], cap=[20.0, 60.0, 5.0])
    assert words(before, after) == [
        "symbol added: D",
        "symbol removed: A",
        "rank: 2 of 2 rows differ; most for B: 2 -> 1",
        "cap: 1 of 2 rows differ; most for C: 30 -> 60",
    ]


def test_words_that_differ_are_shown_row_by_row():
    before, after = table(id=[1, 2], reason=["", None]), table(id=[2, 1], reason=["x", ""])
    assert words(before, after) == ["reason: 1 of 2 rows differ; 2: nan -> x"]


def test_columns_that_come_and_go_are_named():
    assert words(table(id=[1], a=[1]), table(id=[1], b=[1])) == ["columns added: b", "columns removed: a"]


def test_equal_tables_differ_in_nothing_whatever_the_order_of_rows():
    before = table(symbol=["A", "B"], cap=[1.0, None])
    assert words(before, before.iloc[::-1].reset_index(drop=True)) == []


def test_the_index_names_the_rows_when_it_has_a_name():
    before = table(close=[1.0, 2.0]).set_index(pd.Index(["2026-01-01", "2026-01-02"], name="timestamp"))
    assert words(before, before.assign(close=[1.0, 3.0])) == ["close: 1 of 2 rows differ; most for 2026-01-02: 2 -> 3"]


def test_an_index_without_a_name_is_compared_too():
    before, after = pd.DataFrame({"n": [1, 1]}, index=["A", "B"]), pd.DataFrame({"n": [1, 1]}, index=["A", "C"])
    assert words(before, after) == ["index added: C", "index removed: B"]
    pairs = [pd.MultiIndex.from_tuples([("A", 1), ("B", n)], names=["k", None]) for n in (2, 3)]
    assert words(*(pd.DataFrame({"n": [1, 1]}, index=each) for each in pairs)) == [
        "1: 1 of 2 rows differ; most for B: 2 -> 3"]  # fmt: skip


def test_an_index_may_have_the_name_of_a_column_and_columns_numbers():
    before, after = (table(symbol=["A"], n=[n]).set_index(pd.Index(["x"], name="symbol")) for n in (1, 2))
    assert words(before, after) == ["n: 1 of 1 rows differ; most for A: 1 -> 2"]
    assert words(pd.DataFrame([[1, 2]]), pd.DataFrame([[1, 3]])) == ["1: 1 of 1 rows differ; most for 1: 2 -> 3"]


def test_lists_in_a_table_are_compared_to_the_last_digit():
    long = list(range(3000))
    other = [*long[:1500], -1, *long[1501:]]
    for one, two in ((long, other), ([1.000000001], [1.000000002])):
        assert len(words(*(table(id=["a"], v=[np.array(each)]) for each in (one, two)))) == 1
    assert words(*(table(id=["a"], v=[np.array([1.0, np.nan])]) for _ in range(2))) == []


def test_true_is_not_one():
    assert words({"a": 1}, {"a": True}) == ["a: 1 -> True"]


def test_rows_without_a_name_are_only_counted():
    assert words(table(a=[1, 1]), table(a=[1, 1, 1])) == ["rows: 2 -> 3"]
    assert len(words(table(a=[1, 1]), table(a=[2, 2]))) == 1
    assert words(table(a=[1, 1]), table(a=[1, 1])) == []


def test_a_column_with_empty_or_repeated_values_names_no_row():
    assert key_of(table(symbol=["A", "A"], n=[1, 2]), table(symbol=["A", "B"], n=[1, 2])) == "n"
    assert key_of(table(symbol=["A", None]), table(symbol=["A", "B"])) is None
    assert key_of(table(a=[[1], [2]]), table(a=[[1], [2]])) is None


def test_json_is_compared_by_key_and_lists_of_objects_as_tables():
    before = {"n": 1, "gone": [1], "in": {"x": 1}, "tokens": [{"symbol": "A", "rank": 1}, {"symbol": "B", "rank": 2}]}
    after = {
        "n": 1,
        "new": {"x": 0},
        "in": {"x": 2},
        "tokens": [{"symbol": "B", "rank": 1}, {"symbol": "C", "rank": 2}],
    }
    assert words(before, after) == [
        "gone removed: [1]",
        "in.x: 1 -> 2",
        "tokens: symbol added: C",
        "tokens: symbol removed: A",
        "tokens: rank: 1 of 1 rows differ; most for B: 2 -> 1",
        "new added: {'x': 0}",
    ]


def test_lists_of_words_are_sets_with_an_order():
    assert words({"a": ["x", "y"]}, {"a": ["y", "z"]}) == ["a added: z", "a removed: x"]
    assert words({"a": ["x", "y"]}, {"a": ["y", "x"]}) == ["a: in another order"]
    assert words({"a": [1, 2]}, {"a": [1, 3]}) == ["a: [1, 2] -> [1, 3]"]
    assert words([1, 2], [1, 3]) == ["the content differs"]


def test_a_long_list_of_changes_is_cut_with_a_count():
    before, after = {str(n): n for n in range(100)}, {str(n): n + 1 for n in range(100)}
    assert len(words(before, after)) == 41
    assert words(before, after)[-1] == "and 60 more"


def test_text_is_counted_by_line():
    assert words("a\nb\n", "b\nc\nd\n") == ["lines added: 2, removed: 1"]
    assert words("a", "a") == []


@pytest.mark.parametrize(("before", "after"), [(b"a", b"b"), ({"a": 1}, "text"), (table(a=[1]), {"a": 1})])
def test_anything_else_just_differs(before, after):
    assert words(before, after) == ["the content differs"]
