"""Bad rows are kept whole, with their reasons, where no reader of bars looks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from threadx.bars.schema import OPEN_TIME
from threadx.store.aside import set_aside
from threadx.store.fsio import Fs
from threadx.store.layout import Layout, Series


def test_rows_are_written_whole_with_their_reasons(tmp_path):
    rows = {
        OPEN_TIME: np.array([60_000, 120_001]),
        "high": np.array([np.nan, np.inf]),
        "close": np.array([1.5, -2.0]),
        "trades": np.array([3, 4]),
    }
    layout = Layout.of_data_root(tmp_path)
    path = Path(set_aside(Fs(), layout, Series("binance", "BTCUSDC"), rows, {60_000: "high:present"}))
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert lines == [
        {"open_time": 60_000, "high": "nan", "close": 1.5, "trades": 3, "reason": "high:present"},
        {"open_time": 120_001, "high": "inf", "close": -2.0, "trades": 4, "reason": ""},
    ]
    assert layout.quarantine.parent.name == ".threadx"


def test_each_batch_of_rows_has_a_file_of_its_own(tmp_path):
    rows = {OPEN_TIME: np.array([60_000]), "close": np.array([-1.0])}
    layout = Layout.of_data_root(tmp_path)
    for _ in range(2):
        set_aside(Fs(), layout, Series("binance", "BTCUSDC"), rows, {})
    assert len(list(layout.quarantine.iterdir())) == 2
