"""Any series of writes, deletes and undos leaves what a plain dict would hold, and everything derived from it."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pandas as pd
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.store.bank_maker import settings_of
from threadx.bars.resample import resample
from threadx.bars.schema import MINUTE_MS, OPEN_TIME, frame_from_columns, ms_from_index
from threadx.bars.timeframe import Timeframe
from threadx.errors import ConflictError, DataNotFoundError
from threadx.store import Store
from threadx.store.fsio import Fs

SERIES = ("binance", "BTCUSDT")
START = 1_704_045_600_000 // MINUTE_MS  # 2023-12-31 18:00 UTC, a Sunday: a month, a year and a week end soon
SPAN = 900
KEPT = ("5m", "1h", "1w", "1mo")

Rows = dict[int, tuple[float, float]]
"""Minute -> (close, volume)."""

ROWS = st.dictionaries(
    st.integers(START, START + SPAN), st.tuples(st.sampled_from([1.0, 1.25, 3.5]), st.sampled_from([0.0, 0.5, 2.0]))
)
RUNS = st.tuples(st.integers(START, START + SPAN), st.integers(1, 400), st.integers(1, 5)).map(
    lambda run: {run[0] + step: (1.0 + (step * run[2]) % 7, float((step * run[2]) % 3)) for step in range(run[1])}
)


def frame_of(rows: Rows) -> pd.DataFrame:
    """Return the bars of some rows."""
    minutes = sorted(rows)
    close = np.array([rows[minute][0] for minute in minutes])
    volume = np.array([rows[minute][1] for minute in minutes])
    return frame_from_columns(
        {
            OPEN_TIME: np.array(minutes, dtype=np.int64) * MINUTE_MS,
            "open": close + 0.5,
            "high": close + 1.0,
            "low": close - 0.5,
            "close": close,
            "volume": volume,
            "trades": np.ceil(volume).astype(np.int64),
        }
    )


class Bank(RuleBasedStateMachine):
    """The store beside a dict."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.store = Store(
            self.root, settings=settings_of(self.root, timeframes=KEPT), fs=Fs(flush=lambda descriptor: None)
        )
        self.now: Rows = {}
        self.before: Rows | None = None

    def teardown(self) -> None:
        shutil.rmtree(self.root)

    def becomes(self, rows: Rows) -> None:
        """Follow an operation; one that changed nothing is none."""
        if rows != self.now:
            self.before, self.now = self.now, rows

    @rule(rows=st.one_of(ROWS, RUNS).filter(bool))
    def upsert(self, rows: Rows) -> None:
        self.store.write(*SERIES, frame_of(rows))
        self.becomes(self.now | rows)

    @rule(rows=st.one_of(ROWS, RUNS).filter(bool))
    def replace(self, rows: Rows) -> None:
        self.store.write(*SERIES, frame_of(rows), mode="replace")
        self.becomes(rows)

    @rule(rows=st.one_of(ROWS, RUNS).filter(bool))
    def append(self, rows: Rows) -> None:
        last = max(self.now, default=-1)
        allowed = all(minute > last or self.now.get(minute) == row for minute, row in rows.items())
        try:
            self.store.write(*SERIES, frame_of(rows), mode="append")
        except ConflictError:
            assert not allowed
        else:
            assert allowed
            self.becomes(self.now | rows)

    @precondition(lambda self: self.now)
    @rule()
    def delete(self) -> None:
        self.store.delete(*SERIES)
        self.becomes({})

    @precondition(lambda self: self.before is not None)
    @rule()
    def undo(self) -> None:
        self.store.undo(*SERIES)
        self.now, self.before = self.before or {}, self.now

    @invariant()
    def everything_is_there(self) -> None:
        if not self.now:
            try:
                self.store.read(*SERIES)
            except DataNotFoundError:
                return
            raise AssertionError("bars from nowhere")
        minutes = frame_of(self.now)
        assert self.store.read(*SERIES).drop(columns="symbol").equals(minutes)
        for name in KEPT:
            self.holds(minutes, Timeframe.parse(name))

    def holds(self, minutes: pd.DataFrame, timeframe: Timeframe) -> None:
        """Compare a derived timeframe with the whole made anew: every finished bucket, no other."""
        wanted = resample(minutes, timeframe)
        end_ms = (max(self.now) + 1) * MINUTE_MS
        wanted = wanted[timeframe.next(ms_from_index(wanted.index)) <= end_ms]
        try:
            found = self.store.read(*SERIES, timeframe).drop(columns="symbol")
        except DataNotFoundError:
            assert wanted.empty
        else:
            pd.testing.assert_frame_equal(found, wanted, check_exact=True, check_freq=False)


TestBank = Bank.TestCase
TestBank.settings = settings(max_examples=12, stateful_step_count=6, deadline=None)
