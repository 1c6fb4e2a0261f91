"""Two processes write one series at the same time: nothing is lost, nothing doubled, nothing mixed."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from tests.faults.harness import SERIES, check_whole, forked, open_store, state
from tests.store.bank_maker import bars
from threadx.bars.resample import resample
from threadx.errors import DataNotFoundError

SLICE = 120


def ended(child: int) -> tuple[int, int]:
    """Return (number, status) of a child that has ended, (0, 0) of any other."""
    try:
        return os.waitpid(child, os.WNOHANG)
    except ChildProcessError:
        return 0, 0


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
    store = open_store(tmp_path)
    seen, codes = [0], []
    while len(codes) < len(children):
        codes += [os.waitstatus_to_exitcode(status) for child, status in map(ended, children) if child]
        with suppress(DataNotFoundError):
            seen.append(len(store.read(*SERIES)))
    assert seen == sorted(seen), "a reader saw bars vanish"

    stored = store.read(*SERIES).drop(columns="symbol")
    assert codes == [0, 0]
    assert stored.equals(frame)
    hours = store.read(*SERIES, "1h").drop(columns="symbol")
    assert hours.equals(resample(frame, "1h").loc[: hours.index[-1]])
    assert len(hours) == len(frame) // 60
    check_whole(tmp_path, state(store))
