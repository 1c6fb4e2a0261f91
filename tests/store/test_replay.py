from __future__ import annotations

import http.client
import json

import numpy as np
import pandas as pd
import pytest

from tests.real import REAL, needs_real, real_frame, real_names
from threadx.bars.schema import INDEX_DTYPE
from threadx.demo import DemoExchange
from threadx.errors import DataNotFoundError, FileValidationError
from threadx.store.replay import load_replay

START = 1_679_616_000_000
OPENS = START + np.arange(3) * 60_000


def bars(**columns):
    values = {"open": [1.0, 2, 3], "high": [4.0, 4, 4], "low": [0.5, 1, 1], "close": [2.0, 3, 3], "volume": [0.0, 1, 2]}
    return pd.DataFrame({"open_time": OPENS} | values | columns)


def ms(frame):
    assert frame.index.dtype == INDEX_DTYPE
    assert frame.index.name == "timestamp"
    return frame.index.astype("int64").tolist()


@pytest.mark.parametrize("name", ["BTCUSDT_1m.parquet", "BTCUSDT_1m_2024-03_DIRTY.parquet"])
def test_names_say_symbol_and_interval(tmp_path, name):
    bars().to_parquet(tmp_path / name)
    loaded = load_replay(tmp_path)
    assert list(loaded) == [("BTCUSDT", "1m")]
    assert ms(loaded["BTCUSDT", "1m"]) == OPENS.tolist()


@pytest.mark.parametrize(
    ("name", "interval"), [("A_1M.csv", "1M"), ("A_1mo_x.csv", "1M"), ("币安人生USDT_1h.csv", "1h")]
)
def test_months_have_one_name(tmp_path, name, interval):
    bars().to_csv(tmp_path / name, index=False)
    assert {key[1] for key in load_replay(tmp_path)} == {interval}


def test_other_files_are_ignored(tmp_path):
    bars().to_parquet(tmp_path / "A_1m.parquet")
    for name in ("notes.md", "A_7m.parquet", "A.parquet", "confirmed_gaps.csv", "A_1m.parquet.tmp", "A_1H.csv"):
        (tmp_path / name).write_text("not bars")
    (tmp_path / "B_1m.parquet").mkdir()
    assert list(load_replay(tmp_path)) == [("A", "1m")]


def test_files_of_one_series_follow_each_other_by_name(tmp_path):
    bars(close=[7.0, 7, 7]).to_parquet(tmp_path / "A_1m_2.parquet")
    bars(trades=[1, 2, 3]).to_parquet(tmp_path / "A_1m_1.parquet")
    frame = load_replay(tmp_path)["A", "1m"]
    assert ms(frame) == OPENS.tolist() * 2
    assert frame["close"].tolist() == [2, 3, 3, 7, 7, 7]
    assert frame["trades"].isna().tolist() == [False] * 3 + [True] * 3


@pytest.mark.parametrize(
    "times",
    [OPENS, OPENS * 1000, np.where(OPENS > START, OPENS * 1000, OPENS), pd.to_datetime(OPENS, unit="ms", utc=True),
     pd.to_datetime(OPENS, unit="ms").astype("datetime64[ns]")],
    ids=["ms", "us", "both", "utc", "naive"],
)  # fmt: skip
@pytest.mark.parametrize("column", ["open_time", "timestamp", "index"])
@pytest.mark.parametrize("ending", ["parquet", "csv"])
def test_open_times_in_every_shape(tmp_path, times, column, ending):
    frame = bars().drop(columns="open_time")
    if column == "index":
        frame.index = pd.Index(times, name="timestamp")
    else:
        frame.insert(0, column, times)
    path = tmp_path / f"A_1m.{ending}"
    if ending == "csv":
        frame.to_csv(path, index=column == "index")
    else:
        frame.to_parquet(path)
    assert ms(load_replay(tmp_path)["A", "1m"]) == OPENS.tolist()


def test_a_dump_without_a_header_line_is_read(tmp_path):
    (tmp_path / "A_1m.csv").write_text(f"{START}000,1.0,2.0,0.5,1.5,10,{START + 59_999}999,12.5,7,3,4.5,0\n")
    frame = load_replay(tmp_path)["A", "1m"]
    assert ms(frame) == [START]
    assert frame.iloc[0].to_dict() == {
        "open": 1, "high": 2, "low": 0.5, "close": 1.5, "volume": 10,
        "quote_volume": 12.5, "trades": 7, "taker_buy_base": 3, "taker_buy_quote": 4.5,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("A_1m.parquet", b"this is no Parquet file"),
        ("A_1m.parquet", b""),
        ("A_1m.csv", b""),
        ("A_1m.csv", b"open_time,open,high,low,close\n1,1,1,1,1\n"),
        ("A_1m.csv", b"open,high,low,close,volume\n1,1,1,1,1\n"),
        ("A_1m.csv", b"open_time,open,high,low,close,volume\nsoon,1,1,1,1,1\n"),
        ("A_1m.csv", b"open_time,open,high,low,close,volume\n1679616000000,cheap,1,1,1,1\n"),
        ("A_1m.csv", b"open_time,open,high,low,close,volume\n1679616000000,1,inf,1,1,1\n"),
        ("A_1m.csv", b"timestamp,open,high,low,close,volume\n,1,1,1,1,1\n"),
        ("A_1m.csv", b"open_time,open\n\xff\xfe,1\n"),
    ],
)
def test_files_that_are_no_bars_are_named(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FileValidationError) as refused:
        load_replay(tmp_path)
    assert str(tmp_path / name) in refused.value.message
    assert refused.value.hint


def test_a_missing_folder_and_one_without_bars_are_errors(tmp_path):
    with pytest.raises(FileValidationError):
        load_replay(tmp_path / "nowhere")
    with pytest.raises(DataNotFoundError):
        load_replay(tmp_path)


@needs_real
def test_every_real_bar_arrives_over_http_as_it_lies():
    """The dirty file too: each open time once, with the value of its later row."""
    assert REAL is not None
    loaded = load_replay(REAL)
    with DemoExchange(replay=loaded, weight_limit=10**6) as exchange:
        connection = http.client.HTTPConnection("127.0.0.1", exchange.port, timeout=60)
        for (symbol, interval), frame in loaded.items():
            received = np.array(download(connection, symbol, interval), dtype=np.float64)
            expected = frame.sort_index(kind="stable")
            expected = expected[~expected.index.duplicated(keep="last")]
            assert received[:, 0].tolist() == expected.index.astype("int64").tolist()
            np.testing.assert_array_equal(received[:, 1:6], expected[["open", "high", "low", "close", "volume"]])
        connection.close()
    assert len(loaded["BTCUSDT", "1m"]) == sum(len(real_frame(n)) for n in real_names() if n.startswith("BTCUSDT_1m"))


def download(connection, symbol, interval):
    """Page through everything the exchange has."""
    rows, start = [], 0
    while True:
        connection.request("GET", f"/api/v3/klines?symbol={symbol}&interval={interval}&startTime={start}&limit=1000")
        page = json.loads(connection.getresponse().read())
        rows += page
        if len(page) < 1000:
            return rows
        start = page[-1][0] + 1
