"""How old datasets and domains are, and what that means."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.data.freshness import FreshState, of_dataset, of_domain
from threadx.store.datasets import DatasetRow
from threadx.store.dated import Partition

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)


def row(timeframe: str, last: datetime) -> DatasetRow:
    ms = int(last.timestamp() * 1000)
    return DatasetRow("binance", "BTCUSDC", timeframe, 1, 0, ms, 10, 1, 100, "", 0, 0, 1.0)


def domain(*stamps: str, complete: bool = True):
    partitions = [Partition("x", stamp, Path("x"), complete) for stamp in stamps]
    return of_domain("x", partitions, NOW)


@pytest.mark.parametrize(
    ("timeframe", "last", "state"),
    [
        ("1m", NOW - timedelta(minutes=3), FreshState.FRESH),
        ("1m", NOW - timedelta(days=1, hours=23), FreshState.FRESH),
        ("1m", NOW - timedelta(days=2, minutes=2), FreshState.STALE),
        ("1d", datetime(2026, 6, 9, tzinfo=UTC), FreshState.FRESH),
        ("1d", datetime(2026, 6, 7, tzinfo=UTC), FreshState.STALE),
        ("1w", datetime(2026, 5, 25, tzinfo=UTC), FreshState.FRESH),
        ("1mo", datetime(2026, 4, 1, tzinfo=UTC), FreshState.FRESH),
        ("1mo", datetime(2026, 2, 1, tzinfo=UTC), FreshState.STALE),
    ],
)
def test_a_dataset_is_stale_when_it_is_older_than_twice_its_cadence(timeframe, last, state):
    found = of_dataset(row(timeframe, last), (), NOW)
    assert found.state is state
    assert found.name == f"binance BTCUSDC {timeframe}"


def test_the_age_of_a_dataset_counts_from_the_end_of_its_last_bar():
    found = of_dataset(row("1h", NOW - timedelta(hours=3)), (), NOW)
    assert (found.last, found.age_s, found.cadence_s) == ("2026-06-10T10:00:00+00:00", 7200, 86400)


def test_a_delisted_symbol_has_ended():
    last = datetime(2025, 1, 1, tzinfo=UTC)
    ms = int(last.timestamp() * 1000)
    ended = Gap(Interval(ms + 60_000, ms + 120_000), GapCause.DELISTED)
    assert of_dataset(row("1m", last), [ended], NOW).state is FreshState.ENDED


def test_a_domain_learns_its_cadence_from_its_last_partitions():
    daily = domain("20260607", "20260608", "20260609")
    assert (daily.last, daily.cadence_s, daily.age_s, daily.state) == ("20260609", 86400, 43200, FreshState.FRESH)
    assert domain("20260601", "20260602", "20260603").state is FreshState.STALE
    assert domain("20260401", "20260501", "20260601").state is FreshState.FRESH
    assert domain("2026061008", "2026061009").cadence_s == 3600


def test_hours_beside_days_do_not_make_a_domain_hourly():
    assert domain("20260608", "20260609", "2026060910", "2026060912").cadence_s == 86400


def test_one_partition_has_no_cadence_and_one_without_the_flag_is_none():
    assert domain("20260609").state is FreshState.UNKNOWN
    assert domain("20260609", complete=False).state is FreshState.EMPTY
    assert domain().state is FreshState.EMPTY


def test_today_is_no_age():
    assert domain("20260609", "20260610").age_s == 0
