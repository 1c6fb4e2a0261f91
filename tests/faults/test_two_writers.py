"""Two processes write one series at the same time: nothing is lost, nothing doubled, nothing mixed."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

import pytest

from tests.faults.harness import SERIES, check_whole, open_store, state
from tests.store.bank_maker import bars
from threadx.bars.resample import resample

SLICE = 120


def forked(work) -> int:
    """Start `work` in a child and return its number."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return child


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_what_two_processes_write_at_once_is_all_there_once(tmp_path: Path):
    frame = bars(2880)
    slices = [frame.iloc[start : start + SLICE] for start in range(0, len(frame), SLICE)]

    def write(mine):
        store = open_store(tmp_path)
        for part in mine:
            store.write(*SERIES, part)

    # Both write the same bars in the middle, and each its own around them.
    children = [forked(lambda mine=mine: write(mine)) for mine in (slices[:16], slices[8:][::-1])]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]

    store = open_store(tmp_path)
    stored = store.read(*SERIES).drop(columns="symbol")
    assert codes == [0, 0]
    assert stored.equals(frame)
    hours = store.read(*SERIES, "1h").drop(columns="symbol")
    assert hours.equals(resample(frame, "1h").loc[: hours.index[-1]])
    assert len(hours) == len(frame) // 60
    check_whole(tmp_path, state(store))
