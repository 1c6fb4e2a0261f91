from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from tests.demo.wire_client import WireClient
from tests.real import needs_real, real_frame, real_names
from threadx.demo import DemoExchange
from threadx.demo.replay import Replay

START = 1_679_616_000_000
MINUTE_MS = 60_000
LATER = datetime(2026, 1, 1, tzinfo=UTC)


def bars(count, *, start=START, step=MINUTE_MS, **columns):
    """Return a frame of `count` bars whose close counts up."""
    closes = np.arange(100.0, 100.0 + count)
    values = {
        "open": closes - 0.5,
        "high": closes + 1,
        "low": closes - 1,
        "close": closes,
        "volume": np.full(count, 2.5),
    }
    index = pd.to_datetime(start + np.arange(count) * step, unit="ms", utc=True).rename("timestamp")
    return pd.DataFrame(values | columns, index=index)


def replay(frames, now_ms=2 * 10**12):
    return Replay(frames, lambda: now_ms)


def closes(rows):
    return (rows.prices[3] / 1e8).tolist()


def test_bars_are_served_over_http_as_they_lie():
    frame = bars(3, trades=[1, 2, 3], quote_volume=[0.1, 123_456_789.123, np.nan])
    with DemoExchange(replay={("FOOBTC", "1m"): frame}, now=LATER) as exchange, WireClient(exchange) as client:
        rows = client.klines("FOOBTC", startTime=0)
        info = client.json("exchangeInfo")["symbols"]
    assert rows[1] == [
        START + MINUTE_MS, "100.50000000", "102.00000000", "100.00000000", "101.00000000", "2.50000000",
        START + 2 * MINUTE_MS - 1, "123456789.12300000", 2, "0.00000000", "0.00000000", "0",
    ]  # fmt: skip
    assert rows[2][7] == "0.00000000"
    assert [(one["symbol"], one["baseAsset"], one["quoteAsset"], one["status"]) for one in info] == [
        ("FOOBTC", "FOO", "BTC", "TRADING")
    ]


def test_a_column_of_open_times_does_as_well():
    frame = bars(3)
    ms = START + np.arange(3) * MINUTE_MS
    for times in (ms, ms * 1000, frame.index):
        plain = frame.reset_index(drop=True).assign(open_time=times)
        assert replay({("A", "1m"): plain}).rows("A", "1m", 0, None, 10).open_time.tolist() == [
            START + i * MINUTE_MS for i in range(3)
        ]


def test_of_two_rows_with_one_open_time_the_later_wins():
    frame = pd.concat([bars(3), bars(2).assign(close=[7.0, 8.0])])
    assert closes(replay({("A", "1m"): frame}).rows("A", "1m", 0, None, 10)) == [7.0, 8.0, 102.0]


def test_intervals_that_were_not_given_come_from_the_minutes():
    source = replay({("A", "1m"): bars(12), ("B", "1h"): bars(2, step=3_600_000)})
    assert closes(source.rows("A", "5m", 0, None, 10)) == [104.0, 109.0, 111.0]
    assert len(source.rows("B", "5m", 0, None, 10)) == 0
    assert len(source.rows("B", "1h", 0, None, 10)) == 2


def test_given_bars_come_before_derived_ones():
    source = replay({("A", "1m"): bars(12), ("A", "5m"): bars(2, step=300_000)})
    assert closes(source.rows("A", "5m", 0, None, 10)) == [100.0, 101.0]


def test_months_may_be_named_either_way():
    for name in ("1M", "1mo"):
        rows = replay({("A", name): bars(1, start=1_677_628_800_000)}).rows("A", "1M", 0, None, 10)
        assert rows.close_time.tolist() == [1_680_307_200_000 - 1]


def test_pages_select_like_the_exchange():
    source = replay({("A", "1m"): bars(10)})
    assert closes(source.rows("A", "1m", START + MINUTE_MS, START + 3 * MINUTE_MS, 10)) == [101.0, 102.0, 103.0]
    assert closes(source.rows("A", "1m", None, None, 2)) == [108.0, 109.0]
    assert closes(source.rows("A", "1m", None, START + MINUTE_MS, 5)) == [100.0, 101.0]
    assert closes(source.rows("A", "1m", START, None, 2)) == [100.0, 101.0]
    assert closes(source.rows("A", "1m", START + 5 * MINUTE_MS, START, 2)) == []


@pytest.mark.parametrize("interval", ["1m", "5m"])
def test_the_future_is_hidden_and_the_present_unfinished(interval):
    source = replay({("A", "1m"): bars(10)}, now_ms=START + 6 * MINUTE_MS + 30_000)
    rows = source.rows("A", interval, 0, None, 100)
    whole = replay({("A", "1m"): bars(10)}).rows("A", interval, 0, None, 100)
    assert rows.open_time.tolist() == whole.open_time.tolist()[: len(rows)]
    assert rows.close_time[-1] > START + 6 * MINUTE_MS + 30_000
    assert rows.amounts[0, :, -1].tolist() < whole.amounts[0, :, len(rows) - 1].tolist()
    assert closes(rows)[:-1] == closes(whole)[: len(rows) - 1]


def test_the_last_day_ends_with_the_newest_bar():
    source = replay({("A", "1h"): bars(100, step=3_600_000), ("A", "1d"): bars(5, step=86_400_000)})
    assert closes(source.last_day("A")) == [float(close) for close in range(176, 200)]
    assert len(replay({("A", "1m"): bars(5)}, now_ms=0).last_day("A")) == 0


def test_tickers_are_of_the_replays_last_day_even_without_quote_volume():
    with DemoExchange(replay={("AUSDC", "1m"): bars(4)}) as exchange, WireClient(exchange) as client:
        ticker = client.json("ticker/24hr", symbol="AUSDC")
    assert (ticker["lastPrice"], ticker["volume"]) == ("103.00000000", "10.00000000")
    assert ticker["quoteVolume"] == "1015.00000000"


def test_wrong_numbers_are_served_as_they_lie():
    frame = bars(2).assign(low=[-5.25, 99.0])
    with DemoExchange(replay={("A", "1m"): frame}) as exchange, WireClient(exchange) as client:
        assert client.klines("A", startTime=0)[0][3] == "-5.25000000"


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (bars(2).drop(columns="low"), "lacks low"),
        (bars(2).assign(high=np.inf), "infinite"),
        (bars(2).reset_index(drop=True).assign(open_time=["a", "b"]), "open times"),
    ],
)
def test_frames_that_cannot_be_served_are_refused(frame, message):
    with pytest.raises(ValueError, match=message):
        replay({("A", "1m"): frame})


def test_an_empty_frame_is_a_symbol_without_bars():
    source = replay({("AUSDC", "1m"): bars(0)})
    assert len(source.rows("AUSDC", "1m", 0, None, 10)) == 0
    assert [listing.symbol for listing, _ in source.symbols()] == ["AUSDC"]


def test_tick_and_step_are_read_off_the_bars():
    listing = replay({("AUSDC", "1m"): bars(3)}).listings["AUSDC"]
    assert (listing.price_decimals, listing.volume_decimals) == (1, 1)


@needs_real
@pytest.mark.parametrize("name", [name for name in real_names() if "_1m_" not in name and "BTCUSDT_1d" not in name])
def test_derived_bars_are_the_exchanges_own(name):
    """Our plain loops, held against the real exchange's higher intervals."""
    symbol, interval, *when = name.split("_")
    minutes = next(one for one in real_names(interval="1m") if one.startswith(f"{symbol}_1m_{'_'.join(when)}"))
    theirs = real_frame(name)
    source = replay({(symbol, "1m"): real_frame(minutes)})
    ours = pd.DataFrame(source.columns(symbol, interval, 0, 2 * 10**12)).set_index("open_time")
    covered = real_frame(minutes).index
    theirs = theirs[
        (theirs.index >= covered[0])
        & (theirs.index + (theirs.index[1] - theirs.index[0]) <= covered[-1] + pd.Timedelta(minutes=1))
    ]
    theirs.index = theirs.index.astype("int64")
    both = ours.loc[theirs.index]
    for column in ("open", "high", "low", "close", "volume"):
        np.testing.assert_allclose(both[column], theirs[column], rtol=1e-12, err_msg=column)
