"""What is kept of the past, as a question about numbers."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import given

from threadx.store.gc import kept
from threadx.store.layout import Series
from threadx.store.manifest import Manifest, Step

SERIES = Series("binance", "BTCUSDT")


def generations(operations: list[int]) -> list[Manifest]:
    """Return manifests of operations that committed that many times each."""
    made, newest = [], Manifest.nothing(SERIES)
    for number, commits in enumerate(operations):
        for _ in range(commits):
            newest = newest.following(Step(f"op-{number}", "test"), newest.utc, "writer")
            made.append(newest)
    return made


def test_the_ends_of_the_last_operations_are_kept():
    assert kept(generations([2, 3, 1]), 2) == {5, 6}
    assert kept(generations([2, 3, 1]), 10) == {2, 5, 6}


def test_a_running_operation_keeps_all_its_own_and_what_was_before():
    assert kept(generations([2, 3, 4]), 1) == {5, 6, 7, 8, 9}


def test_nothing_is_kept_of_nothing():
    assert kept([], 10) == set()


@given(st.lists(st.integers(1, 4), min_size=1, max_size=12), st.integers(1, 12))
def test_the_newest_is_kept_and_can_be_undone(operations: list[int], keep: int):
    manifests = generations(operations)
    keeping = kept(manifests, keep)
    newest = manifests[-1]
    assert newest.gen in keeping
    assert newest.op_base == 0 or newest.op_base in keeping
    assert len({manifest.step.op_id for manifest in manifests if manifest.gen in keeping}) >= min(keep, len(operations))
