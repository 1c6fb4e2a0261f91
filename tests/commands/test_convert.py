"""`convert` and `export` as people call them."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from tests.data.legacy.shapes import dicts, klines, lists
from tests.data.memory_source import T0, minutes
from threadx import i18n
from threadx.bars.resample import resample
from threadx.bars.schema import columns_from_frame, frame_from_columns
from threadx.cli import main
from threadx.config import get_settings
from threadx.store import Store

BARS = minutes(T0, 180)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "paths.toml").write_text('[ingest]\ntimeframes = ["1h"]\n[ui]\nlanguage = "en"\n')
    (tmp_path / "data" / "raw" / "json").mkdir(parents=True)
    yield tmp_path
    i18n.activate("en")


@pytest.fixture
def legacy(folder):
    return folder / "data" / "raw" / "json"


@pytest.fixture
def threadx(folder, capsys):
    def call(*words):
        code = main([*map(str, words), "--config", str(folder / "paths.toml"), "--quiet"])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def store(folder):
    settings = get_settings(folder / "paths.toml")
    return Store(settings.paths.data_root, settings=settings)


def test_the_legacy_folder_is_taken_up_and_then_up_to_date(threadx, legacy, store):
    (legacy / "BTCUSDT_1m.json").write_bytes(json.dumps(klines(BARS)).encode())
    code, out, err = threadx("convert")
    assert (code, err) == (0, "")
    assert "BTCUSDT_1m.json" in out
    assert "1 file: 1 taken; 180 new bars" in out
    assert len(store.read("binance", "BTCUSDT", "1h")) == 3
    assert "1 file: 1 up to date; 0 new bars" in threadx("convert")[1]


def test_files_and_folders_are_named_and_a_bad_one_is_told_and_stops_no_other(threadx, legacy, tmp_path):
    (legacy / "BTCUSDT_1m.json").write_bytes(dicts(BARS))
    (tmp_path / "ETH_USDT-1h.json").write_bytes(lists(columns_from_frame(resample(frame_from_columns(BARS), "1h"))))
    (tmp_path / "prices.csv").write_bytes(b"<html>")
    code, out, err = threadx(
        "convert", tmp_path / "ETH_USDT-1h.json", legacy, tmp_path / "prices.csv", "--compression", "zstd"
    )
    assert code == 1
    assert "3 files: 2 taken, 1 failed; 183 new bars" in out
    assert "not derived from 1m" in out
    assert err.startswith("error: ")
    assert "a web page, not bars" in err
    assert "next: " in err


def test_a_dry_run_says_what_files_hold_and_why_and_writes_nothing(threadx, legacy, folder):
    (legacy / "BTC_USDT-1m.json").write_bytes(lists(BARS))
    before = sorted(folder.rglob("*"))
    code, out, _err = threadx("convert", "--dry-run")
    assert code == 0
    assert "13 digits are milliseconds: 1679270400000 is 2023-03-20 00:00 UTC" in out
    assert "columns without names, taken as time, open, high, low, close, volume" in out
    assert "1 file: 1 to be taken; nothing was written" in out
    assert sorted(folder.rglob("*")) == before


def test_json_has_it_all(threadx, legacy):
    (legacy / "BTCUSDT_1m.json").write_bytes(dicts(BARS))
    (legacy / "bad_1m.json").write_bytes(b"{")
    code, out, _err = threadx("convert", "--json")
    document = json.loads(out)
    assert (code, document["ok"], document["mode"], document["bars_added"]) == (1, False, "convert", 180)
    good = next(each for each in document["files"] if each["state"] == "imported")
    assert good["preview"]["time_unit"] == "ms"
    assert good["taken"]["provider"] == "binance"


def test_what_differs_is_shown_with_both_values(threadx, legacy, store):
    store.write("binance", "BTCUSDT", frame_from_columns(BARS))
    hours = columns_from_frame(resample(frame_from_columns(BARS), "1h"))
    (legacy / "BTCUSDT_1h.json").write_bytes(dicts({**hours, "volume": hours["volume"] + [0, 1, 0]}))
    (legacy / "BTCUSDT_1m.json").write_bytes(dicts({**BARS, "volume": BARS["volume"] + (BARS["volume"] > 0)}))
    code, out, _err = threadx("convert")
    assert code == 0
    assert "120 bars differ from the stored ones, which stay" in out
    assert "BTCUSDT_1m.json: 2023-03-20 00:01 UTC: volume is 2.25 there, 1.25 in the bank" in out
    assert "3 compared with 1m bars, 1 differ" in out
    assert "BTCUSDT_1h.json: 2023-03-20 01:00 UTC: volume is 51.0 there, 1m bars give 50.0" in out


@pytest.mark.parametrize("mode", ["convert", "full"])
@pytest.mark.parametrize(
    ("named", "home"), [("", "binance"), ('name = "demo"', "binance"), ('name = "kraken"', "kraken")]
)
def test_real_bars_never_go_beside_invented_ones(threadx, legacy, folder, store, mode, named, home):
    """`--demo` had filed them under demo, where the embedded exchange's bars lie."""
    (folder / "paths.toml").write_text(f'[ingest]\ntimeframes = ["1h"]\n[source]\n{named}\n[ui]\nlanguage = "en"\n')
    (legacy / "BTCUSDT_1m.json").write_bytes(dicts(BARS))
    range_of = () if mode == "convert" else ("--symbols", "ETHUSDC", "--start", "2024-03-01", "--end", "2024-03-01")
    code, out, _err = threadx(mode, "--demo", *range_of)
    assert code == 0
    assert f"{home}" in out
    assert (home, "BTCUSDT") in store.series()
    assert ("demo", "BTCUSDT") not in store.series()


def test_a_dry_run_says_where_bars_would_go(threadx, legacy):
    (legacy / "BTCUSDT_1m.json").write_bytes(dicts(BARS))
    _code, out, _err = threadx("convert", "--demo", "--dry-run")
    assert "1m bars go to binance" in out
    assert json.loads(threadx("convert", "--demo", "--dry-run", "--json")[1])["provider"] == "binance"


def test_who_asks_for_the_provider_demo_gets_it(threadx, legacy, store):
    (legacy / "BTCUSDT_1m.json").write_bytes(dicts(BARS))
    assert threadx("convert", "--provider", "demo")[0] == 0
    assert store.series() == [("demo", "BTCUSDT")]


def test_another_provider_may_have_the_bars(threadx, legacy, store):
    (legacy / "BTCUSDT_1m.json").write_bytes(dicts(BARS))
    assert threadx("convert", "--provider", "kraken")[0] == 0
    assert store.series() == [("kraken", "BTCUSDT")]
    assert threadx("convert", "--provider", "import")[0] == 2


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (("convert",), 3, "no JSON, CSV, Parquet or Feather file"),
        (("convert", "nowhere"), 1, "no such file or folder"),
        (("convert", "--compression", "rar"), 2, "rar: no such compression"),
        (("convert", "--compresion", "zstd"), 2, "--compresion: unknown"),
        (("export", "--output", "x", "--format", "doc"), 2, "--format: doc is unknown"),
        (("export",), 2, "--output is missing"),
        (("export", "--output", "x"), 3, "nothing stored"),
        (("export", "x.csv"), 2, "x.csv: unknown"),
    ],
)
def test_what_cannot_be_is_said_with_its_exit_code(threadx, words, code, message):
    found, _out, err = threadx(*words)
    assert found == code
    assert message in err


def test_stored_bars_are_exported_and_can_be_taken_up_again(threadx, store, tmp_path):
    store.write("binance", "BTCUSDT", frame_from_columns(BARS))
    out_folder = tmp_path / "out"
    code, out, _err = threadx("export", "--format", "legacy-json", "--output", out_folder)
    assert code == 0
    assert sorted(path.name for path in out_folder.iterdir()) == ["BTCUSDT_1h.json", "BTCUSDT_1m.json"]
    assert "2 files, 183 bars" in out
    assert threadx("convert", out_folder, "--data-root", tmp_path / "other")[0] == 0
    other = Store(tmp_path / "other", settings=store.settings)
    pd.testing.assert_frame_equal(other.read("binance", "BTCUSDT"), store.read("binance", "BTCUSDT"))
    assert other.series() == [("binance", "BTCUSDT")]  # the hours follow from the minutes


def test_a_range_of_one_timeframe_goes_to_one_file(threadx, store, tmp_path):
    store.write("binance", "BTCUSDT", frame_from_columns(BARS))
    file = tmp_path / "hours.csv"
    words = ("--symbols", "BTCUSDT", "--timeframes", "1h", "--start", "2023-03-20T01:00", "--json")
    code, out, _err = threadx("export", "--output", file, *words)
    assert code == 0
    assert json.loads(out)["files"] == [{"path": str(file), "rows": 2, "size_bytes": file.stat().st_size, "sheets": []}]
    assert len(pd.read_csv(file)) == 2
    assert threadx("export", "--output", file, "--symbols", "BTCUSDT", "--timeframes", "2h")[0] == 3
