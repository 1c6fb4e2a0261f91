"""The laws of the domain, on whatever Hypothesis can think of."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from threadx.bars.buckets import RaggedBuckets, bucketed
from threadx.bars.gaps import missing_runs
from threadx.bars.intervals import (
    Interval,
    intersect,
    month_of,
    months_between,
    split_by_month,
    subtract,
    total_minutes,
    union,
)
from threadx.bars.merge import deduplicate, merge
from threadx.bars.resample import fill_view, resample, resample_all
from threadx.bars.schema import OPEN_TIME, SUM_COLS, columns_from_frame, frame_from_columns, ms_from_index
from threadx.bars.timeframe import ONE_MINUTE, TIMEFRAMES, Timeframe

MINUTE = 60_000
START = 1_706_659_200_000
"""2024-01-31 00:00 UTC: a month's end and a leap February follow."""

fast = settings(max_examples=60, deadline=None)

instants = st.integers(-(10**12), 4 * 10**12)
timeframes = st.sampled_from(TIMEFRAMES)
small = st.builds(lambda a, size: Interval(a, a + size), st.integers(-30, 30), st.integers(0, 12))
sets = st.lists(small, max_size=6)


def members(intervals) -> set[int]:
    return {ms for interval in intervals for ms in range(interval.start_ms, interval.end_ms)}


def is_normal(intervals) -> bool:
    """Sorted, none empty, none touching the next."""
    return all(intervals) and all(a.end_ms < b.start_ms for a, b in pairwise(intervals))


@fast
@given(sets, sets)
def test_intervals_behave_as_the_sets_of_their_instants(left, right):
    for result, expected in (
        (union([*left, *right]), members(left) | members(right)),
        (subtract(left, right), members(left) - members(right)),
        (intersect(left, right), members(left) & members(right)),
    ):
        assert members(result) == expected
        assert is_normal(result)


@fast
@given(instants, st.integers(0, 400 * 86_400_000))
def test_the_parts_of_an_interval_by_month_make_it_up(start_ms, length_ms):
    interval = Interval(start_ms, start_ms + length_ms)
    parts = split_by_month(interval)
    assert union(part for _, part in parts) == union([interval])
    assert [month for month, _ in parts] == months_between(interval.start_ms, interval.end_ms)
    assert all(month_of(part.start_ms) == month_of(part.end_ms - 1) == month for month, part in parts)
    assert sum(part.minutes for _, part in parts) == interval.minutes == total_minutes([interval])


@fast
@given(timeframes, instants)
def test_a_bucket_holds_its_instant_and_ends_where_the_next_begins(timeframe, ms):
    opens, following = timeframe.floor(ms), timeframe.next(ms)
    assert opens <= ms < following
    assert timeframe.floor(opens) == opens == timeframe.floor(following - 1)
    assert timeframe.floor(following) == following
    assert timeframe.count(opens, following) == 1


@fast
@given(timeframes, st.lists(instants, max_size=20))
def test_arrays_are_floored_as_their_members_are(timeframe, ms):
    array = np.array(ms, dtype=np.int64)
    assert timeframe.floor(array).tolist() == [timeframe.floor(one) for one in ms]
    assert timeframe.next(array).tolist() == [timeframe.next(one) for one in ms]


@fast
@given(timeframes, timeframes, instants)
def test_a_timeframe_nests_in_another_when_its_edges_are_among_the_other_s(shorter, longer, ms):
    if shorter.nests_in(longer):
        edge = longer.floor(ms)
        assert shorter.floor(edge) == edge
        assert shorter.next(ms) <= longer.next(ms)


@st.composite
def bars(draw, *, longest: int = 3 * 1440, step: int = 1) -> pd.DataFrame:
    """Return valid 1m bars with gaps, dead minutes, 8-decimal volumes, and some optional columns."""
    span = draw(st.integers(1, longest))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    missing, dead = draw(st.sampled_from([0.0, 0.02, 0.6])), draw(st.sampled_from([0.0, 0.3, 0.95]))
    places = np.flatnonzero(rng.random(span) >= missing)
    places = places if places.size else np.array([0])
    size = places.size
    low, high = np.sort(rng.integers(1, 10_000, (2, size)), axis=0) / 100
    opens, closes = (low + (high - low) * rng.random(size) for _ in range(2))
    volume = np.where(rng.random(size) < dead, 0.0, rng.integers(1, 10**12, size) / 1e8)
    columns = {
        OPEN_TIME: START + draw(st.integers(0, 1439)) * MINUTE + step * MINUTE * places.astype(np.int64),
        "open": opens,
        "high": np.maximum(high, np.maximum(opens, closes)),
        "low": np.minimum(low, np.minimum(opens, closes)),
        "close": closes,
        "volume": volume,
    }
    if draw(st.booleans()):
        columns["trades"] = rng.integers(0, 100, size)
        columns["quote_volume"] = np.where(rng.random(size) < 0.01, np.nan, rng.integers(0, 10**14, size) / 1e8)
    return frame_from_columns(columns)


def reference(frame: pd.DataFrame, timeframe: Timeframe, previous_close: float) -> pd.DataFrame:
    """Resample with the exchange's rule, one row at a time."""
    made: dict[int, list] = {}
    last = previous_close
    for ms, opens, high, low, close, volume in zip(
        ms_from_index(frame.index).tolist(),
        *(frame[name].tolist() for name in ("open", "high", "low", "close", "volume")),
        strict=True,
    ):
        bar = made.setdefault(timeframe.floor(ms), [last, last, last, last, 0, 0])
        if volume > 0:
            if bar[4] == 0:
                bar[:4] = opens, high, low, close
            bar[1], bar[2], bar[3], last = max(bar[1], high), min(bar[2], low), close, close
        bar[4] += round(volume * 1e8)
        bar[5] += 1
    table = pd.DataFrame.from_dict(made, orient="index", columns=["open", "high", "low", "close", "volume", "minutes"])
    return table.assign(volume=table["volume"] / 1e8)


@settings(max_examples=40, deadline=None)
@given(bars(longest=1000), timeframes, st.none() | st.just(7.25))
def test_resampling_follows_the_rule_row_by_row(frame, timeframe, previous_close):
    expected = reference(frame, timeframe, frame["open"].iat[0] if previous_close is None else previous_close)
    made = resample(frame, timeframe, previous_close=previous_close, source="1m")
    assert ms_from_index(made.index).tolist() == expected.index.tolist()
    np.testing.assert_array_equal(made[expected.columns].to_numpy(), expected.to_numpy())


@settings(max_examples=40, deadline=None)
@given(bars(), timeframes)
def test_resampling_loses_no_volume_no_trade_and_no_minute(frame, timeframe):
    made = resample(frame, timeframe, source="1m")
    assert made["minutes"].sum() == len(frame)
    np.testing.assert_allclose(made["volume"].sum(), frame["volume"].sum(), rtol=1e-12)
    if "trades" in frame:
        assert made["trades"].sum() == frame["trades"].sum()
        np.testing.assert_allclose(made["quote_volume"].isna().sum(), 0, atol=frame["quote_volume"].isna().sum())


@settings(max_examples=25, deadline=None)
@given(bars(), st.none() | st.just(7.25))
def test_a_cascade_gives_bit_for_bit_what_each_timeframe_from_minutes_gives(frame, previous_close):
    cascade = resample_all(frame, TIMEFRAMES, previous_close=previous_close, source="1m")
    for name, made in cascade.items():
        direct = resample(frame, name, previous_close=previous_close, source="1m")
        exact = [column for column in made if column not in SUM_COLS or column == "trades"]
        pd.testing.assert_frame_equal(made[exact], direct[exact], check_exact=True)
        pd.testing.assert_frame_equal(made, direct, rtol=1e-12, atol=0)


@settings(max_examples=30, deadline=None)
@given(bars(), st.integers(0, 3 * 1440), st.sampled_from(["5m", "1h", "4h", "1d"]))
def test_deriving_part_by_part_equals_deriving_the_whole(frame, cut, name):
    """Parts end where a bucket does; each needs only the last traded close before it."""
    edge = Timeframe.parse(name).floor(START + cut * MINUTE)
    before = ms_from_index(frame.index) < edge
    first_open = frame["open"].iat[0]
    traded = frame[before & (frame["volume"] > 0).to_numpy()]["close"]
    parts = [
        resample(frame[before], name, previous_close=first_open, source="1m"),
        resample(frame[~before], name, previous_close=traded.iat[-1] if len(traded) else first_open, source="1m"),
    ]
    whole = resample(frame, name, source="1m")
    pd.testing.assert_frame_equal(pd.concat([part for part in parts if len(part)]), whole, check_exact=True)


@fast
@given(bars(longest=2000), timeframes)
def test_the_layout_chosen_for_speed_changes_no_bucket(frame, timeframe):
    columns = columns_from_frame(frame)
    chosen, plain = bucketed(columns[OPEN_TIME], ONE_MINUTE, timeframe), RaggedBuckets(columns[OPEN_TIME], timeframe)
    for name in ("open_time_ms", "starts", "sizes"):
        np.testing.assert_array_equal(getattr(chosen, name), getattr(plain, name))
    highest = chosen.fold(np.maximum, columns["high"], -np.inf)
    np.testing.assert_array_equal(highest, plain.fold(np.maximum, columns["high"], -np.inf))


@fast
@given(bars(longest=40), bars(longest=40))
def test_a_merge_has_every_bar_once_and_the_newest_of_each(stored, fetched):
    merged = merge(stored, fetched)
    assert merged.frame.index.equals(stored.index.union(fetched.index).rename("timestamp"))
    assert merged.added + merged.changed + merged.unchanged == len(fetched)
    assert len(merged.frame) == len(stored) + merged.added
    kept = merged.frame.loc[fetched.index, ["open", "close", "volume"]]
    pd.testing.assert_frame_equal(kept, fetched[["open", "close", "volume"]])


@fast
@given(bars(longest=40), bars(longest=40))
def test_merging_twice_equals_merging_once(stored, fetched):
    once = merge(stored, fetched)
    twice = merge(once.frame, fetched)
    pd.testing.assert_frame_equal(twice.frame, once.frame, check_exact=True)
    assert (twice.added, twice.changed, len(twice.conflicts)) == (0, 0, 0)


@fast
@given(bars(longest=30), st.randoms(use_true_random=False))
def test_deduplicating_any_mixture_keeps_the_last_of_each(frame, random):
    mixed = frame.iloc[[random.randrange(len(frame)) for _ in range(20)]]
    mixed = mixed.assign(volume=np.arange(20.0))
    clean = deduplicate(mixed)
    pd.testing.assert_frame_equal(clean.frame, mixed[~mixed.index.duplicated(keep="last")].sort_index())
    assert clean.dropped == len(mixed) - len(clean.frame)


@fast
@given(bars(longest=300), st.integers(0, 30))
def test_a_fill_view_leaves_only_the_gaps_above_its_limit(frame, limit):
    view = fill_view(frame, limit)
    expected = [gap for gap in missing_runs(ms_from_index(frame.index), MINUTE) if gap.minutes > limit]
    assert list(missing_runs(ms_from_index(view.index), MINUTE)) == expected
    pd.testing.assert_frame_equal(view[~view["filled"]].drop(columns="filled"), frame)
    assert (view.loc[view["filled"], "volume"] == 0).all()
