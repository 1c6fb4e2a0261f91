from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.timeframe import MINUTE_MS
from threadx.store.datasets import dataset_checksum, datasets_of
from threadx.store.layout import Series
from threadx.store.manifest import FileEntry, Lineage, Manifest

DAY_MS = 86_400_000
JANUARY_MS = 1_704_067_200_000


def entry(sha="a", *, first=JANUARY_MS, rows=100, period_ms=MINUTE_MS, gaps=(), lineage=None):
    missing = sum(gap.end_ms - gap.start_ms for gap in gaps)
    last = first + (rows - 1) * period_ms + missing
    return FileEntry(sha, 1000, rows, first, last, ("open",), 0, tuple(gaps), lineage=lineage)


def manifest(files, ledger=()):
    generation = replace(Manifest.nothing(Series("binance", "BTCUSDT")), gen=7, utc=datetime(2024, 2, 1, tzinfo=UTC))
    return replace(generation, files=files, ledger=tuple(ledger))


def minutes(start, end):
    return Interval(JANUARY_MS + start * MINUTE_MS, JANUARY_MS + end * MINUTE_MS)


def test_a_dataset_without_gap_has_quality_one():
    (dataset,) = datasets_of(manifest({"1m/2024-01": entry()}))
    assert (dataset.rows, dataset.partitions, dataset.missing_minutes, dataset.quality) == (100, 1, 0, 1.0)
    assert (dataset.first_ms, dataset.last_ms) == (JANUARY_MS, JANUARY_MS + 99 * MINUTE_MS)
    assert (dataset.generation, dataset.updated_ms) == (7, JANUARY_MS + 31 * DAY_MS)


def test_a_hole_nobody_explained_lowers_the_quality():
    (dataset,) = datasets_of(manifest({"1m/2024-01": entry(rows=75, gaps=[minutes(10, 35)])}))
    assert (dataset.missing_minutes, dataset.quality) == (25, 0.75)


def test_a_hole_the_source_confirmed_does_not():
    files = {"1m/2024-01": entry(rows=75, gaps=[minutes(10, 35)])}
    (dataset,) = datasets_of(manifest(files, [Gap(minutes(0, 35), GapCause.UNKNOWN)]))
    assert (dataset.missing_minutes, dataset.quality) == (0, 1.0)


@pytest.mark.parametrize("cause", [GapCause.NOT_FETCHED, GapCause.SOURCE_DEFECT])
def test_a_cause_that_says_the_minute_existed_explains_nothing(cause):
    files = {"1m/2024-01": entry(rows=75, gaps=[minutes(10, 35)])}
    (dataset,) = datasets_of(manifest(files, [Gap(minutes(10, 35), cause)]))
    assert dataset.missing_minutes == 25


def test_a_whole_missing_month_counts():
    files = {"1m/2024-01": entry(rows=31 * 1440), "1m/2024-03": entry("b", first=JANUARY_MS + 60 * DAY_MS)}
    (dataset,) = datasets_of(manifest(files))
    assert dataset.missing_minutes == 29 * 1440


def test_a_derived_timeframe_has_the_quality_of_its_minutes():
    derived = entry("b", rows=2, period_ms=60 * MINUTE_MS, lineage=Lineage(("a",), 0))
    files = {"1m/2024-01": entry(rows=75, gaps=[minutes(10, 35)]), "1h/2024-01": derived}
    qualities = {dataset.timeframe: dataset.quality for dataset in datasets_of(manifest(files))}
    assert qualities == {"1m": 0.75, "1h": 0.75}


def test_a_timeframe_of_its_own_is_measured_by_its_own_gaps():
    own = entry(rows=3, period_ms=60 * MINUTE_MS, gaps=[minutes(60, 120)])
    (dataset,) = datasets_of(manifest({"1h/all": own}))
    assert (dataset.missing_minutes, dataset.quality) == (60, 0.75)


def test_the_checksum_is_over_keys_and_hashes():
    files = {"1m/2024-01": entry("aa"), "1m/2024-02": entry("bb", first=JANUARY_MS + 31 * DAY_MS)}
    (dataset,) = datasets_of(manifest(files))
    assert dataset.checksum == dataset_checksum([("1m/2024-01", "aa"), ("1m/2024-02", "bb")])


def test_a_deleted_series_has_no_dataset():
    assert datasets_of(manifest({})) == []
