"""Whatever happens to bars and files, what the bank of indicators hands out is what computing everything gives."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.store.bank_maker import bars, settings_of
from threadx.bars.schema import columns_from_frame
from threadx.errors import StoreError
from threadx.indicators.answers import Freshness, Outcome
from threadx.indicators.bank import IndicatorBank
from threadx.indicators.spec import INDICATORS
from threadx.store import Store
from threadx.store.fsio import Fs
from threadx.store.indicator_files import read_key, read_values, write_file

SERIES = ("binance", "BTCUSDT")
ALL = bars(6 * 150, timeframe="4h").assign(taker_buy_base=1.0, taker_buy_quote=1.0)  # five months
PERIODS = (2, 14, 190)  # 190 four-hour bars are more than a month
CHOICES = [("ema", {"period": period}) for period in PERIODS] + [("sma", {"period": period}) for period in PERIODS]
CHOICES += [(name, {}) for name in INDICATORS if name not in ("ema", "sma")]
QUICK = Fs(flush=lambda _: None)
choice = st.sampled_from(CHOICES)


class Cache(RuleBasedStateMachine):
    """A series that grows, is corrected, filled, cut and undone, and files that are damaged, old or lost."""

    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.settings = settings_of(self.root, timeframes=())
        self.store = Store(self.root, settings=self.settings, fs=QUICK)
        self.gap = 240

    def teardown(self):
        self.folder.cleanup()

    @property
    def bank(self):
        changed = replace(self.settings, indicators=replace(self.settings.indicators, max_gap_minutes=self.gap))
        self.store.settings = changed
        return IndicatorBank(self.store)

    def write(self, frame):
        self.store.write(*SERIES, frame, timeframe="4h")

    @initialize(first=st.integers(0, 400), count=st.integers(1, 400))
    def begin(self, first, count):
        self.first, self.end = first, first + count
        self.write(ALL.iloc[self.first : self.end])

    @rule(count=st.integers(1, 200), skipped=st.sampled_from([0, 0, 1, 40]))
    def append(self, count, skipped):
        added = ALL.iloc[self.end + skipped : self.end + skipped + count]
        if len(added):
            self.write(added)
            self.end += skipped + len(added)

    @rule(count=st.integers(1, 200))
    def put_in_front(self, count):
        added = ALL.iloc[max(self.first - count, 0) : self.first]
        if len(added):
            self.write(added)
            self.first -= len(added)

    @rule(at=st.floats(0, 1), step=st.sampled_from([0.01, -0.5, 1e9]), volume=st.booleans())
    def correct(self, at, step, volume):
        place = self.first + int(at * (self.end - self.first - 1))
        frame = ALL.iloc[place : place + 1].copy()
        columns = ["volume"] if volume else ["open", "high", "low", "close"]
        frame[columns] = np.maximum(frame[columns] + step, 0.0)
        self.write(frame)

    @precondition(lambda self: len(self.store.history(*SERIES)) > 2)
    @rule()
    def undo(self):
        try:
            self.store.undo(*SERIES)
        except StoreError:
            return
        times = self.store.read(*SERIES, "4h").index
        self.first, self.end = ALL.index.get_loc(times[0]), ALL.index.get_loc(times[-1]) + 1

    @rule(data=st.data(), at=st.floats(0, 1, exclude_max=True), byte=st.integers(0, 255))
    def damage(self, data, at, byte):
        for path in self.some_file(data):
            content = bytearray(path.read_bytes())
            if content:
                content[int(at * len(content))] = byte
                path.write_bytes(content)

    @rule(data=st.data(), keep=st.floats(0, 1))
    def cut(self, data, keep):
        for path in self.some_file(data):
            path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])

    @rule(data=st.data())
    def age(self, data):
        for path in self.some_file(data):
            try:
                key, columns = read_values(path)
            except StoreError:
                continue
            columns = {name: values + 1 for name, values in columns.items()}
            write_file(QUICK, path, replace(key, version=key.version - 1), columns)

    @rule(data=st.data())
    def lose(self, data):
        for path in self.some_file(data):
            path.unlink()

    @rule(gap=st.sampled_from([0, 240, 9600]))
    def bridge(self, gap):
        self.gap = gap

    @rule(asked=choice)
    def calculate(self, asked):
        self.check(asked, self.bank.calculate("BTCUSDT", *asked, "4h"))

    @rule(asked=choice)
    def ensure(self, asked):
        done = self.bank.ensure("BTCUSDT", *asked, "4h")
        assert done.rows == len(self.store.read(*SERIES, "4h"))
        assert read_key(done.path).rows == done.rows
        again = self.bank.ensure("BTCUSDT", *asked, "4h")
        assert again.outcome is Outcome.REUSED
        assert self.bank.status(["BTCUSDT"], [asked], ["4h"])[0].state is Freshness.FRESH
        self.calculate(asked)

    def some_file(self, data):
        files = sorted(self.root.glob("indicators/**/*.parquet"))
        return [data.draw(st.sampled_from(files))] if files else []

    def check(self, asked, frame):
        name, params = asked
        bars = self.store.read(*SERIES, "4h")
        wanted, _state = INDICATORS[name].run(
            columns_from_frame(bars), {**params, "timeframe": "4h", "max_gap": self.gap}
        )
        assert frame.index.equals(bars.index)
        for output, values in wanted.items():
            assert frame[output].to_numpy().tobytes() == values.tobytes(), (asked, output)


TestCache = Cache.TestCase
TestCache.settings = hypothesis_settings(max_examples=20, stateful_step_count=20, deadline=None)
