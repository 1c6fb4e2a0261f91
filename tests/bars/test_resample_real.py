"""Our bars against the exchange's own, on real minutes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.real import needs_real, real_frame, real_names
from threadx.bars.merge import deduplicate
from threadx.bars.resample import resample, resample_all
from threadx.bars.schema import OPTIONAL_COLS, SUM_COLS, ms_from_index
from threadx.bars.timeframe import ONE_MINUTE, TIMEFRAMES, Timeframe

EXACT_BELOW = 9e7
MINUTE_FILES = real_names(interval="1m")
PAIRS = [
    (minutes, higher)
    for minutes in MINUTE_FILES
    for timeframe in TIMEFRAMES
    if timeframe != ONE_MINUTE
    for higher in real_names(interval=timeframe.name)
    if higher.split("_")[0] == minutes.split("_")[0]
]


def whole_buckets(frame: pd.DataFrame, minutes: pd.DataFrame, timeframe: Timeframe) -> pd.DataFrame:
    """Keep the bars whose whole span lies between the first and the last minute."""
    opens, known = ms_from_index(frame.index), ms_from_index(minutes.index)
    return frame[(opens >= known[0]) & (timeframe.next(opens) <= known[-1] + 60_000)]


def compared(minutes_name: str, higher_name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return our bars and the exchange's of the period that both cover."""
    timeframe = Timeframe.parse(higher_name.split("_")[1])
    minutes = deduplicate(real_frame(minutes_name)).frame
    theirs = whole_buckets(real_frame(higher_name), minutes, timeframe)
    ours = resample(minutes, timeframe)
    return ours[ours.index.isin(theirs.index)], theirs


@needs_real
@pytest.mark.parametrize(("minutes_name", "higher_name"), PAIRS)
def test_bars_made_of_real_minutes_equal_the_exchange_s_own(minutes_name, higher_name):
    ours, theirs = compared(minutes_name, higher_name)
    assert ours.index.equals(theirs.index)
    for name in ("open", "high", "low", "close"):
        assert (ours[name] == theirs[name]).all(), name
    for name in ("volume", *OPTIONAL_COLS):
        if name in ours and name in theirs:
            small = (theirs[name] < EXACT_BELOW).to_numpy()
            assert (ours[name][small] == theirs[name][small]).all(), name
            np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-12, err_msg=name)


@needs_real
def test_the_real_files_make_many_comparisons():
    buckets = {(m, h): len(compared(m, h)[1]) for m, h in PAIRS}
    assert sum(buckets.values()) > 24_000
    assert sum(size > 0 for size in buckets.values()) == 19


@needs_real
@pytest.mark.parametrize("name", MINUTE_FILES)
def test_the_cascade_over_real_minutes_is_bit_exact(name):
    minutes = deduplicate(real_frame(name)).frame
    for timeframe, bars in resample_all(minutes, TIMEFRAMES).items():
        direct = resample(minutes, timeframe)
        bit_exact = [name for name in bars.columns if name not in SUM_COLS or name == "trades"]
        pd.testing.assert_frame_equal(bars[bit_exact], direct[bit_exact], check_exact=True)
        pd.testing.assert_frame_equal(bars, direct, rtol=1e-12, atol=0)


@needs_real
def test_the_hour_of_the_outage_exists_only_where_a_minute_does():
    bars = resample(real_frame("BTCUSDT_1m_2023-03-20_31"), "1h").loc["2023-03-24 11:00":"2023-03-24 14:00"]
    assert list(bars.index.hour) == [11, 12, 14]
    assert bars["minutes"].tolist() == [60, 40, 60]
    noon = bars.iloc[1]
    assert noon["volume"] == 0
    assert {noon["open"], noon["high"], noon["low"], noon["close"]} == {bars["close"].iat[0]}
