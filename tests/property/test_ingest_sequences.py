"""Any sequence of downloads, failures, cancels, deletes and undos leaves a bank that asks for no minute twice."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pandas as pd
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.data.memory_source import MemorySource, minutes
from tests.store.bank_maker import settings_of
from threadx.bars.gaps import GapCause
from threadx.bars.intervals import Interval, intersect, subtract, total_minutes, union
from threadx.bars.resample import resample
from threadx.bars.schema import MINUTE_MS, OPEN_TIME, columns_from_frame, ms_from_index
from threadx.bars.timeframe import Timeframe
from threadx.data.download import SETTLED_AFTER_MS
from threadx.data.update import Request, SymbolUpdate, Tools
from threadx.errors import DataNotFoundError, JobCancelled, SourceUnavailableError
from threadx.progress import Progress
from threadx.store import Store
from threadx.store.fsio import Fs

BTC = "BTCUSDC"
SERIES = ("memory", BTC)
START_MS = 1_703_858_400_000  # 2023-12-29 14:00 UTC, a Friday: a week, a month and a year end within the span
SPAN = 5000
KEPT = ("5m", "1h", "1d", "1w", "1mo")

STRETCHES = st.lists(st.tuples(st.integers(0, SPAN), st.integers(1, 700)), max_size=3)


def at(minute: int) -> int:
    return START_MS + minute * MINUTE_MS


class Ingest(RuleBasedStateMachine):
    """The bank beside what the exchange has, and what each generation held."""

    @initialize(
        listed=st.integers(0, 1500),
        delisted=st.integers(1600, SPAN),
        holes=STRETCHES,
        quiet=STRETCHES,
        page_rows=st.sampled_from([37, 100, 1000]),
        now=st.integers(1500, SPAN + 2000),
        step_s=st.sampled_from([0.0, 3.0, 11.0]),
    )
    def begin(self, listed, delisted, holes, quiet, page_rows, now, step_s):
        columns, number = minutes(START_MS, SPAN), np.arange(SPAN)
        for start, length in quiet:
            columns["volume"][start : start + length] = 0
        there = (number >= listed) & (number < delisted)
        for start, length in holes:
            there &= (number < start) | (number >= start + length)
        columns = {name: values[there] for name, values in columns.items()}
        self.root = Path(tempfile.mkdtemp())
        configured = settings_of(self.root, timeframes=KEPT)
        configured = replace(configured, store=replace(configured.store, keep_operations=30))
        source = MemorySource({BTC: columns}, now_ms=at(now) + 7000, page_rows=page_rows)
        store = Store(self.root, settings=configured, fs=Fs(flush=lambda descriptor: None))
        ticks = itertools.count(step=step_s)  # commits come after each page, after some, or at the end of a month
        self.tools = Tools(configured, source, store, lambda: next(ticks))
        self.source, self.store = source, store
        self.states: dict[int, tuple] = {}

    def teardown(self):
        if hasattr(self, "root"):
            shutil.rmtree(self.root)

    @rule(
        start=st.none() | st.integers(-1500, SPAN),
        length=st.none() | st.integers(1, 2500),
        breaks_at=st.none() | st.integers(0, 12),
        cancels=st.booleans(),
        refetch=st.sampled_from([False, False, True]),
    )
    def download(self, start, length, breaks_at, cancels, refetch):
        end = None if length is None else (0 if start is None else start) + length
        request = Request(None if start is None else at(start), None if end is None else at(end), (), refetch=refetch)
        before, asked_before = self.store.coverage(*SERIES), len(self.source.asked)
        report = self.run(request, breaks_at, cancels=cancels)
        asked = [Interval(first, last) for _, first, last in self.source.asked[asked_before:]]
        after = self.store.coverage(*SERIES)
        known = [*before.stored, *(gap.interval for gap in before.ledger)]
        assert total_minutes(asked) == sum(each.minutes for each in asked), "a minute twice"
        assert refetch or not intersect(asked, known), "a minute that is known"
        assert not subtract(known, [*after.stored, *(gap.interval for gap in after.ledger)]), "something is forgotten"
        if report is not None:
            self.holds_all_that_exists(report, after)
        self.note()

    def run(self, request, breaks_at, *, cancels):
        progress, pages = Progress(), itertools.count()

        def on_page(symbol, first_ms):
            if next(pages) == breaks_at:
                if not cancels:
                    raise SourceUnavailableError("the line broke")
                progress.cancel()
                progress.raise_if_cancelled()

        self.source.on_page = on_page
        try:
            return SymbolUpdate(self.tools, BTC, request).run(progress)
        except (SourceUnavailableError, JobCancelled):
            return None

    def holds_all_that_exists(self, report, after):
        """What is missing of the range is missing at the exchange, and remembered once it is old enough."""
        assert report.success
        wanted = report.plan.wanted
        if wanted is None:
            return
        missing = subtract([wanted], after.stored)
        opens = self.source.held[BTC][OPEN_TIME]
        assert all(np.searchsorted(opens, gap.start_ms) == np.searchsorted(opens, gap.end_ms) for gap in missing)
        unsettled = subtract(missing, [gap.interval for gap in after.ledger])
        assert all(gap.end_ms > self.source.now_ms - SETTLED_AFTER_MS for gap in unsettled)

    @rule(passed=st.integers(1, 3000))
    def time_passes(self, passed):
        self.source.now_ms += passed * MINUTE_MS

    @precondition(lambda self: self.store.coverage(*SERIES).stored)
    @rule()
    def delete(self):
        self.store.delete(*SERIES)
        self.note()

    @precondition(lambda self: self.store.manifest(*SERIES) is not None)
    @rule()
    def undo(self):
        base = self.store.manifest(*SERIES).op_base
        self.store.undo(*SERIES)
        manifest = self.store.manifest(*SERIES)
        assert (manifest.files, manifest.ledger) == self.states.get(base, ({}, ()))
        self.note()

    @rule(level=st.sampled_from(["normal", "deep"]), repair=st.booleans())
    def verify(self, level, repair):
        self.store.export_registry()
        report = self.store.verify(level, repair=repair)
        assert not report.findings, report.findings

    def note(self):
        manifest = self.store.manifest(*SERIES)
        if manifest is not None:
            self.states[manifest.gen] = (manifest.files, manifest.ledger)

    @invariant()
    def the_ledger_tells_the_truth(self):
        ledger = self.store.coverage(*SERIES).ledger
        first_ms = int(self.source.held[BTC][OPEN_TIME][0]) if self.source.held[BTC][OPEN_TIME].size else None
        for gap in ledger if first_ms is not None else ():
            listed = gap.interval.start_ms >= first_ms
            assert listed if gap.cause is GapCause.UNKNOWN else gap.interval.end_ms <= first_ms
        assert not intersect(self.store.coverage(*SERIES).stored, [gap.interval for gap in ledger])

    @invariant()
    def every_bar_is_the_exchange_s_and_every_timeframe_follows(self):
        coverage = self.store.coverage(*SERIES)
        if not coverage.stored:
            return
        stored, served = self.store.read(*SERIES), self.source.held[BTC]
        places = np.searchsorted(served[OPEN_TIME], ms_from_index(stored.index))
        for name, values in columns_from_frame(stored).items():
            np.testing.assert_array_equal(values, served[name][places])
        end_ms = coverage.stored[-1].end_ms
        for empty in union(gap.interval for gap in coverage.ledger):
            end_ms = empty.end_ms if empty.start_ms <= end_ms < empty.end_ms else end_ms
        for timeframe in map(Timeframe.parse, KEPT):
            wanted = resample(stored, timeframe)
            wanted = wanted[timeframe.next(ms_from_index(wanted.index)) <= end_ms]
            try:
                found = self.store.read(*SERIES, timeframe)
            except DataNotFoundError:
                assert wanted.empty
            else:
                pd.testing.assert_frame_equal(found, wanted, check_exact=True, check_freq=False)


TestIngest = Ingest.TestCase
TestIngest.settings = settings(max_examples=12, stateful_step_count=8, deadline=None)
