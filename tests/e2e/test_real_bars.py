"""Real exchange bars, served over HTTP, downloaded, stored and derived, held against the exchange's own bars."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.real import REAL, needs_real, real_frame, real_names
from threadx.bars.schema import PRICE_COLS
from threadx.config import Settings
from threadx.data.ingest import IngestionManager
from threadx.demo import DemoExchange
from threadx.errors import DataNotFoundError
from threadx.store.replay import load_replay

pytestmark = needs_real

MINUTE = pd.Timedelta(minutes=1)
FILES_1M = real_names(interval="1m")
HIGHER = [name for name in real_names() if name.split("_")[1] != "1m"]


def finished(name):
    """Return a file's bars with each open time once: the later row is the finished one."""
    frame = real_frame(name).sort_index(kind="stable")
    return frame[~frame.index.duplicated(keep="last")]


def minutes_for(name):
    """Return the 1m file that a file of a longer interval belongs to."""
    symbol, _, *when = name.split("_")
    found = [each for each in FILES_1M if each.startswith(f"{symbol}_1m_{'_'.join(when)}")]
    return found[0]


@pytest.fixture(scope="module")
def exchange():
    assert REAL is not None
    with DemoExchange(replay=load_replay(REAL)) as running:
        yield running


@pytest.fixture(scope="module")
def manager(exchange, tmp_path_factory):
    settings = Settings.under(tmp_path_factory.mktemp("bank")).with_source(exchange.url, "demo")
    limits = dataclasses.replace(settings.limits, weight_share=1.0)
    with IngestionManager(dataclasses.replace(settings, limits=limits)) as opened:
        for name in FILES_1M:
            bars = finished(name)
            symbol = name.split("_")[0]
            report = opened.update_assets_batch([symbol], bars.index[0], bars.index[-1] + MINUTE)[symbol]
            assert report.success, report.error
        yield opened


@pytest.mark.parametrize("name", FILES_1M)
def test_each_open_time_stands_once_with_its_finished_value(manager, name):
    expected = finished(name)
    stored = manager.download_ohlcv_1m(name.split("_")[0], expected.index[0], expected.index[-1] + MINUTE)
    shared = [column for column in expected.columns if column in stored.columns]
    pd.testing.assert_frame_equal(stored[shared], expected[shared], check_freq=False, check_exact=True)


@pytest.mark.parametrize("name", HIGHER)
def test_derived_bars_are_the_exchanges_own(manager, name):
    symbol, interval, *_ = name.split("_")
    minutes, theirs = finished(minutes_for(name)), real_frame(name)
    length = {"5m": 5, "15m": 15, "1h": 60, "1d": 1440}[interval] * MINUTE
    first, last = minutes.index[0], minutes.index[-1] + MINUTE
    theirs = theirs[(theirs.index >= first) & (theirs.index + length <= last)]
    assert len(theirs)
    ours = manager.store.read("demo", symbol, interval, theirs.index[0], theirs.index[-1] + MINUTE)
    assert list(ours.index) == list(theirs.index)
    for column in PRICE_COLS:
        assert int((ours[column] != theirs[column]).sum()) == 0, column
    tolerance = np.where(theirs["volume"] < 9e7, 0.0, theirs["volume"] * 1e-12)
    assert (np.abs(ours["volume"] - theirs["volume"]) <= tolerance).all()


def test_rerun_fetches_no_bar(manager, exchange):
    exchange.log.clear()
    for name in FILES_1M:
        bars = finished(name)
        symbol = name.split("_")[0]
        report = manager.update_assets_batch([symbol], bars.index[0], bars.index[-1] + MINUTE)[symbol]
        assert (report.success, report.rows, report.plan.requests) == (True, 0, 0)
    assert "klines" not in exchange.log.by_path


def test_outage_is_a_gap_with_its_cause(manager):
    report = manager.update_assets_batch(["BTCUSDT"], "2023-03-20", "2023-03-31")["BTCUSDT"]
    start, end = pd.Timestamp("2023-03-24 12:40", tz="UTC"), pd.Timestamp("2023-03-24 14:00", tz="UTC")
    (gap,) = report.gaps
    assert (gap.interval.start_ms, gap.interval.end_ms) == (start.value // 10**6, end.value // 10**6)
    assert str(gap.cause) == "unknown"
    with pytest.raises(DataNotFoundError):
        manager.store.read("demo", "BTCUSDT", "1m", start, end)


def test_bare_end_day_is_included_over_the_wire_too(manager):
    day = manager.download_ohlcv_1m("SUSHIBTC", "2023-04-12", "2023-04-12")
    midnight = manager.download_ohlcv_1m("SUSHIBTC", "2023-04-12", "2023-04-13 00:00")
    assert len(day) == len(midnight) == 1440
