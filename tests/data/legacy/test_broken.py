"""Files that hold no bars, or not surely enough: each is refused, and the message says why."""

from __future__ import annotations

import gzip
import json
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from tests.data.legacy.shapes import FIVE, dicts, feather, klines, lists, local, parquet, shapes, some, table, zipped
from tests.data.memory_source import T0, minutes
from threadx.bars.schema import OPEN_TIME, frame_from_columns
from threadx.config import Settings
from threadx.data.legacy.reading import read_bars
from threadx.data.legacy_files import FileState, LegacyFiles
from threadx.errors import DataError, StoreError, ThreadXError
from threadx.store.foreign import load

BARS = minutes(T0, 40)
HALF_HOURS = {**BARS, OPEN_TIME: T0 + 30 * (BARS[OPEN_TIME] - T0)}
OBJECTS = dicts(BARS)
ROWS = json.loads(OBJECTS)
TIMES = BARS[OPEN_TIME].tolist()
SHAPES = shapes(BARS)


def every(**changed):
    return json.dumps([{**row, **changed} for row in ROWS]).encode()


def without(column):
    return json.dumps([{name: value for name, value in row.items() if name != column} for row in ROWS]).encode()


BROKEN = {
    "empty": ("BTCUSDT_1m.json", b"", "the file is empty"),
    "only blanks": ("BTCUSDT_1m.csv", b" \r\n\n", "the file is empty"),
    "zeros": ("BTCUSDT_1m.json", bytes(4096), "the file is empty"),
    "no rows": ("BTCUSDT_1m.json", b"[]", "a JSON file without rows"),
    "an object without rows": ("BTCUSDT_1m.json", b"{}", "a JSON object that holds no bars"),
    "an error answer": ("BTCUSDT_1m.json", b'{"code": -1121, "msg": "Invalid symbol."}', "its keys are 'code', 'msg'"),
    "cut off": ("BTCUSDT_1m.json", OBJECTS[:-30], "a JSON file that was cut off after line 1"),
    "a slip in the middle": ("BTCUSDT_1m.json", OBJECTS.replace(b"},", b"}", 1), "broken JSON in line 1"),
    "a line of JSON lines broken": ("BTCUSDT_1m.jsonl", b"[1, 2]\n[3, 4\n[5]", "broken JSON in line 2"),
    "a web page": ("BTCUSDT_1m.json", b"<!DOCTYPE html><html>502 Bad Gateway</html>", "a web page, not bars"),
    "text": ("BTCUSDT_1m.csv", b"see the other folder\n", "neither JSON nor a table: it begins with 'see the other"),
    "a list of words": ("BTCUSDT_1m.json", b'["BTC", "ETH"]', "a JSON list of str, not of bars"),
    "nested too deep": ("BTCUSDT_1m.json", b"[" * 100_000 + b"]" * 100_000, "JSON that is no table of bars"),
    "digits without end": ("BTCUSDT_1m.json", b"[[" + b"9" * 5000 + b"]]", "JSON that is no table of bars"),
    "garbage": ("BTCUSDT_1m.json", bytes(range(256)) * 40, "neither text nor Parquet nor Feather"),
    "garbage without zeros": ("BTCUSDT_1m.csv", bytes(range(128, 256)) * 40, "neither text nor Parquet nor Feather"),
    "a zip cut off": ("BTCUSDT_1m.zip", zipped("BTCUSDT_1m.csv", OBJECTS)[:-30], "a zip file that cannot be unpacked"),
    "another archive": ("BTCUSDT_1m.csv", b"7z\xbc\xafrest", "a workbook, or an archive in another"),
    "Parquet cut off": (
        "BTCUSDT_1m.parquet",
        parquet(frame_from_columns(BARS))[:-100],
        "a Parquet file that cannot be",
    ),
    "Parquet in name only": ("BTCUSDT_1m.parquet", b"PAR1" + bytes(100), "a Parquet file that cannot be read"),
    "Feather cut off": ("BTCUSDT_1m.feather", feather(frame_from_columns(BARS))[:300], "a Feather file that cannot be"),
    "Feather of 2016": ("BTCUSDT_1m.feather", b"FEA1" + bytes(50), "a Feather file that cannot be read"),
    "gzip cut off": ("BTCUSDT_1m.json.gz", gzip.compress(OBJECTS)[:-200], "a gzip file that cannot be unpacked"),
    "a table without rows": ("BTCUSDT_1m.csv", b"timestamp,open,high,low,close,volume\n", "a table without rows"),
    "a header that was cut off": ("BTCUSDT_1m.csv", b"timestamp,open,high,low,clo", "a table without rows"),
    "an empty Parquet table": ("BTCUSDT_1m.parquet", parquet(frame_from_columns(some(BARS, []))), "without rows"),
    "no volume": ("BTCUSDT_1m.json", without("volume"), "no bars: without volume"),
    "no time": ("BTCUSDT_1m.json", without("timestamp"), "no bars: without time; its columns are 'open', 'high'"),
    "another table": ("BTCUSDT_1m.csv", b"id,name,price,amount,side\n1,a,2,3,buy\n2,b,3,4,sell\n", "no bars: without"),
    "a key twice": ("BTCUSDT_1m.json", OBJECTS.replace(b'"high"', b'"open"', 1), "'open' stands twice in one row"),
    "a column twice": (
        "BTCUSDT_1m.csv",
        table(BARS, ("timestamp", *FIVE[:4], "open")),
        "two columns are called 'open'",
    ),
    "two columns of one meaning": ("BTCUSDT_1m.csv", table(BARS, ("timestamp", *FIVE[:4], "Open")), "two columns hold"),
    "five nameless columns": (
        "BTCUSDT_1m.json",
        json.dumps([row[:5] for row in json.loads(lists(BARS))]).encode(),
        "5 columns without names; bars need six",
    ),
    "nine nameless columns": (
        "BTCUSDT_1m.json",
        json.dumps([[*row, 1, 2, 3] for row in json.loads(lists(BARS))]).encode(),
        "9 columns without names, and the seventh is no close time",
    ),
    "thirteen nameless columns": (
        "BTCUSDT_1m.json",
        json.dumps([[*row, 1] for row in klines(BARS)]).encode(),
        "13 columns",
    ),
    "impossible times": ("BTCUSDT_1m.json", every(timestamp=20240101), "no number, 20240101 for one, is a time"),
    "times as words": ("BTCUSDT_1m.json", every(timestamp="noon"), "its times cannot be read"),
    "American dates": ("BTCUSDT_1d.csv", table(BARS, ("date", *FIVE), of=lambda ms: "03/04/2024"), "cannot be read"),
    "all in the future": (
        "BTCUSDT_1m.json",
        dicts(minutes(4_000_000_020_000, 40)),
        "most often: the time lies in the future",
    ),
    "dates whose day could be a month": (
        "BTCUSDT_1m.csv",
        table({**BARS, OPEN_TIME: BARS[OPEN_TIME] - 15 * 86_400_000}, ("date", *FIVE), of=local("%d/%m/%Y %H:%M")),
        "in 05/03/2023 00:00 day and month cannot be told apart",
    ),
    "American dates before European ones": (
        "BTCUSDT_1m.csv",
        table(BARS, ("date", *FIVE), of=lambda ms: "3/4/2023 " + local("%H:%M")(ms))
        + table(BARS, (), of=local("%d/%m/%Y %H:%M"), delimiter=","),
        "the rows are not in order, and so 3/4/2023 00:00 may be another day",
    ),
    "a clock of twelve hours without AM and PM": (
        "BTCUSDT_30m.csv",
        table(HALF_HOURS, ("date", *FIVE), of=local("%d.%m.%Y %I:%M")),
        "morning and afternoon cannot be told apart",
    ),
    "times that a spreadsheet rounded": (
        "BTCUSDT_1m.csv",
        table(minutes(T0, 300), ("timestamp", *FIVE), of=lambda ms: f"{ms:.5E}"),
        "1.67927E+12 was rounded by a spreadsheet",
    ),
    "a few times that a spreadsheet rounded onto a minute": (
        "BTCUSDT_1m.csv",
        table(BARS, ("timestamp", *FIVE), of=lambda ms: "1.67928E+12") + b",1,1,1,1,1\n",
        "1.67928E+12 was rounded by a spreadsheet",
    ),
    "commas that may part thousands": (
        "BTCUSDT_1m.csv",
        b"\n".join([b"timestamp;open;high;low;close;volume", *(b"%d;1,234;1,235;1,233;1,234;2" % ms for ms in TIMES)]),
        "most often: open is no number (40)",
    ),
    "numbers with commas": ("BTCUSDT_1m.json", every(close="42,283.58"), "most often: close is no number (40)"),
    "negative prices": ("BTCUSDT_1m.json", every(open=-1, high=-1, low=-1, close=-1), "40 rows are no bars"),
    "NaN": ("BTCUSDT_1m.json", every(close=float("nan")), "close is no number"),
    "infinite": ("BTCUSDT_1m.json", every(high=float("inf")), "high is infinite"),
    "huge numbers": ("BTCUSDT_1m.json", every(volume=10**400), "volume is infinite"),
    "most rows are no bars": (
        "BTCUSDT_1m.json",
        json.dumps([{**row, "low": 1e9} if place % 3 else row for place, row in enumerate(ROWS)]).encode(),
        "26 rows are no bars",
    ),
    "a name that says nothing": ("prices.json", OBJECTS, "whose bars these are cannot be told"),
    "one row, no timeframe": ("BTCUSDT.json", dicts(some(BARS, [0])), "one open time only"),
    "no timeframe fits": (
        "BTCUSDT.json",
        dicts({**BARS, OPEN_TIME: T0 + 420_000 * (BARS[OPEN_TIME] - T0) // 60_000}),
        "its rows are 7 min apart",
    ),
    "another timeframe than it says": (
        "BTCUSDT_1h.json",
        OBJECTS,
        "1h is what it is said to hold, but its rows are 1m",
    ),
    "hours called minutes": (
        "BTCUSDT_1m.json",
        dicts({**BARS, OPEN_TIME: T0 + 60 * (BARS[OPEN_TIME] - T0)}),
        "1m is what it is said to hold, but its rows are 1h apart",
    ),
    "a timeframe that cannot be": ("BTCUSDT_3d.json", OBJECTS, "3d bars cannot be kept"),
    "seconds of the exchange's dumps": ("BTCUSDT-1s-2023-03-20.csv", OBJECTS, "1s bars cannot be kept"),
    "days of another zone": (
        "BTCUSDT_1d.json",
        dicts({**BARS, OPEN_TIME: T0 + 28_800_000 + 1440 * (BARS[OPEN_TIME] - T0)}),
        "most often: no bar of this timeframe opens then",
    ),
    "another symbol in the zip than on it": (
        "BTCUSDT-1m-2023-03-20.zip",
        zipped("ETHUSDT-1m-2023-03-20.csv", table(BARS, ())),
        "the name says BTCUSDT, that of the file in it ETHUSDT",
    ),
    "another timeframe in the zip": (
        "BTCUSDT.zip",
        zipped("BTCUSDT-1h.csv", table(BARS, ())),
        "1h is what it is said to hold, but its rows are 1m",
    ),
    "futures in a zip": (
        "BTCUSDT-1m-2023-03-20.zip",
        zipped("data/futures/um/BTCUSDT-1m-2023-03-20.csv", table(BARS, ())),
        "these are no spot bars, the name says futures/um",
    ),
    "another symbol than it says": (
        "BTCUSDT_1m.json",
        every(symbol="ETHUSDT"),
        "the name says BTCUSDT, the rows say ETHUSDT",
    ),
    "several symbols": (
        "bars_1m.json",
        json.dumps([{**row, "symbol": "BTCUSDT" if n else "ETHUSDT"} for n, row in enumerate(ROWS)]).encode(),
        "bars of 2 symbols in one file: BTCUSDT, ETHUSDT",
    ),
    "several timeframes": (
        "BTCUSDT_1m.json",
        json.dumps([*ROWS, {**ROWS[0], "interval": "1h"}, {**ROWS[1], "interval": "1m"}]).encode(),
        "bars of 2 timeframes in one file: 1h, 1m",
    ),
    "days without a clock": (
        "BTCUSDT_1m.json",
        json.dumps([{**row, "timestamp": "2023-03-20", "time": n} for n, row in enumerate(ROWS)]).encode(),
        "40 rows share 1 times, which are days",
    ),
    "a key twice in one row": (
        "BTCUSDT_1m.json",
        OBJECTS.replace(b'"open": ', b'"open" : 1.5, "open": ', 1),
        "'open' stands twice in one row",
    ),
    "a contract": ("BTCUSDT_1m.json", every(symbol="BTC/USDT:USDT"), "BTC/USDT:USDT is no symbol of a spot market"),
    "a perpetual by its rows": (
        "bars_1m.json",
        every(instrument_name="BTCUSD-PERP"),
        "BTCUSD-PERP is no symbol of a spot",
    ),
    "a swap by its rows": (
        "bars_1m.json",
        every(symbol="BTC-USDT-SWAP"),
        "BTC-USDT-SWAP is no symbol of a spot market",
    ),
    "a perpetual of TradingView by its rows": (
        "bars_1m.json",
        every(ticker="BINANCE:BTCUSDT.P"),
        "BINANCE:BTCUSDT.P is no symbol of a spot market",
    ),
    "keys without end": (
        "BTCUSDT_1m.json",
        json.dumps([{f"key {place}": 1} for place in range(2000)]).encode(),
        "more than 1000 different keys",
    ),
    "futures of the exchange's dumps": (
        "futures/um/daily/klines/BTCUSDT/1m/BTCUSDT-1m-2023-03-20.zip",
        zipped("BTCUSDT-1m-2023-03-20.csv", table(BARS, ())),
        "these are no spot bars, the name says futures/um",
    ),
    "a perpetual of TradingView": (
        "BINANCE_BTCUSDT.P, 1.csv",
        table(BARS, ("time", *FIVE)),
        "these are no spot bars, the name says .P",
    ),
    "futures": ("BTC_USDT_USDT-1m-futures.json", lists(BARS), "these are no spot bars, the name says futures"),
    "a perpetual": ("BTCUSDT_PERP_1m.json", lists(BARS), "these are no spot bars, the name says perp"),
    "a contract by its name": ("BTC_USDT_USDT-1m.json", lists(BARS), "whose bars these are cannot be told"),
    "times inside objects": (
        "BTCUSDT_1m.json",
        every(timestamp={"$date": "2023-03-20"}),
        "they are neither numbers nor dates",
    ),
    "bars that all run": ("BTCUSDT_1m.json", every(x=False), "none of its bars is finished"),
    "a bar that runs": (
        "BTCUSDT_1mo.json",
        dicts(some(BARS, [0]), of=lambda ms: 1_775_001_600_000),
        "its only bar is not finished",
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with every broken file and a good one, each in a folder of its own."""
    root = tmp_path_factory.mktemp("legacy")
    for number, (name, content, _why) in enumerate([*BROKEN.values(), ("ETHUSDT_1m.json", OBJECTS, "")]):
        path = root / f"{number:02}" / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    (root / "BTCUSDT_1m.json").mkdir()  # a folder with the name of a file
    return root


@pytest.fixture(scope="module")
def reports(folder, tmp_path_factory):
    from datetime import UTC, datetime

    files = LegacyFiles(
        Settings.under(tmp_path_factory.mktemp("bank")), clock=lambda: datetime(2026, 4, 10, tzinfo=UTC)
    )
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    report = files.convert([folder])
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before  # no source is ever touched
    return {each.path.relative_to(folder).parts[0]: each for each in report.files}


@pytest.mark.parametrize(("number", "name"), [(f"{n:02}", name) for n, name in enumerate(BROKEN)], ids=list(BROKEN))
def test_a_broken_file_is_refused_with_the_reason(reports, number, name):
    found = reports[number]
    assert found.state is FileState.FAILED
    assert BROKEN[name][2] in found.error
    assert found.hint
    assert type(found.failure) is not ThreadXError  # a fault of ours would be


@hypothesis_settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(st.sampled_from(sorted(SHAPES)), st.data())
def test_whatever_damage_a_file_takes_it_is_no_fault_of_ours(tmp_path, shape, data):
    name, content, _whole = SHAPES[shape]
    start = data.draw(st.integers(0, len(content) - 1))
    end = data.draw(st.integers(start, min(start + 200, len(content))))
    file = tmp_path / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content[:start] + data.draw(st.binary(max_size=20)) + content[end:])
    with suppress(DataError, StoreError):
        read_bars(load(file), now_ms=T0 + 10**10)


def test_bad_files_do_not_stop_a_good_one(reports):
    good = reports[f"{len(BROKEN):02}"]
    assert good.state is FileState.IMPORTED
    assert good.taken.added == 40
    assert len(reports) == len(BROKEN) + 1  # the folder that is called like a file is no file
