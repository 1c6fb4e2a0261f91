"""Two processes bring one indicator up to date while bars arrive: readers see whole files, and the end is right."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults.harness import without_flush
from tests.faults.test_two_writers import ended, forked
from tests.store.bank_maker import bars, settings_of
from threadx.bars.schema import columns_from_frame
from threadx.indicators.bank import IndicatorBank
from threadx.indicators.spec import get
from threadx.store import Store
from threadx.store.fsio import Fs
from threadx.store.indicator_files import read_values

EMA = ("BTCUSDT", "ema", {"period": 20}, "1h")
ALL = bars(24 * 90, timeframe="1h")
STEPS = 40


def open_store(root: Path) -> Store:
    return Store(root, settings=settings_of(root), fs=Fs(flush=without_flush))


def work(root: Path, end: Path) -> None:
    bank = IndicatorBank(open_store(root))
    while not end.exists():
        frame = bank.calculate(*EMA)
        bars_now = bank.store.read("binance", "BTCUSDT", "1h")
        assert len(frame) <= len(bars_now)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_two_processes_at_once_leave_whole_and_right_files(tmp_path: Path):
    store, end = open_store(tmp_path), tmp_path / "end"
    store.write("binance", "BTCUSDT", ALL.iloc[:100], timeframe="1h")
    children = [forked(lambda: work(tmp_path, end)) for _ in range(2)]
    bank, seen, codes = IndicatorBank(store), 0, []
    path = bank.ensure(*EMA).path
    for step in range(1, STEPS + 1):
        store.write("binance", "BTCUSDT", ALL.iloc[: 100 + step * 50], timeframe="1h")
        read = read_values(path)  # raises when it is not whole
        seen += read is not None
        if step % 3 == 0:
            bank.ensure(*EMA)
    end.touch()
    while len(codes) < len(children):
        codes += [os.waitstatus_to_exitcode(status) for child, status in map(ended, children) if child]
    assert (codes, seen) == ([0, 0], STEPS)
    wanted, _state = get("ema").run(columns_from_frame(ALL.iloc[: 100 + STEPS * 50]), {"period": 20, "timeframe": "1h"})
    assert bank.calculate(*EMA)["ema"].to_numpy().tobytes() == wanted["ema"].tobytes()
    assert list(path.parent.iterdir()) == [path]
