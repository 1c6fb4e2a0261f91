"""`threadx indicators`: what is asked for is computed once, the rest is reused; failures are told and stop nothing."""

from __future__ import annotations

import json

import pytest

from tests.store.bank_maker import bars, store_in
from threadx.cli import main


@pytest.fixture
def bank(tmp_path):
    store = store_in(tmp_path / "data")
    for seed, symbol in enumerate(("BTCUSDC", "ETHUSDC")):
        store.write("binance", symbol, bars(seed=seed))
    return tmp_path / "data"


@pytest.fixture
def call(bank, capsys):
    def call(*arguments):
        code = main(["indicators", "--data-root", str(bank), "--json", "--quiet", *arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out else None, err

    return call


def test_what_is_named_is_computed_once(call):
    code, first, _err = call("--symbols", "BTCUSDC", "--timeframes", "1h", "--indicators", "ema:20,sma:5")
    assert code == 0
    assert [(each["indicator"], each["outcome"], each["rows"]) for each in first["files"]] == [
        ("ema_20", "computed", 48),
        ("sma_5", "computed", 48),
    ]
    _code, second, _err = call("--symbols", "BTCUSDC", "--timeframes", "1h", "--indicators", "ema:20,sma:5")
    assert second["total"] == {"reused": 2, "extended": 0, "computed": 0, "failed": 0, "bars": 96}


def test_without_names_all_that_is_stored_and_configured(call):
    code, answer, _err = call("--include-core")
    assert code == 0
    assert answer["symbols"] == ["BTCUSDC", "ETHUSDC"]
    assert answer["timeframes"] == ["5m", "1h"]  # the configured ones that are stored
    assert {name.split("_")[0] for name in answer["indicators"]} == {
        *("bollinger", "atr", "ema", "vortex", "rsi", "macd", "vwap", "obv", "sma"),
    }
    assert len(answer["files"]) == 2 * 2 * len(answer["indicators"])


def test_parameters_belong_to_what_is_named(call):
    code, answer, _err = call("--timeframes", "1h", "--indicators", "bollinger", "--params", "period=7,std=3")
    assert (code, answer["indicators"]) == (0, ["bollinger_7_3.0"])
    code, _answer, err = call("--params", "period=7")
    assert code == 2
    assert "--indicators" in err


def test_a_dry_run_says_how_files_stand_and_writes_nothing(call, bank):
    code, answer, _err = call("--symbols", "BTCUSDC", "--timeframes", "1h", "--indicators", "ema:20", "--dry-run")
    assert (code, [(each["state"], each["why"]) for each in answer["files"]]) == (0, [("missing", "no file yet")])
    assert not (bank / "indicators").exists()


def test_one_failure_stops_no_other_and_is_told(call):
    code, answer, err = call("--symbols", "NOSUCH,BTCUSDC", "--timeframes", "1h", "--indicators", "ema:20")
    assert code == 1
    assert [each["outcome"] for each in answer["files"]] == ["failed", "computed"]
    assert "NOSUCH" in err
    code, _answer, _err = call("--symbols", "NOSUCH", "--timeframes", "1h", "--indicators", "ema:20")
    assert code == 3


@pytest.mark.parametrize("words", ["emma", "ema:0", "ema:1:2"])
def test_wrong_words_are_wrong_usage(call, words):
    code, _answer, err = call("--indicators", words)
    assert code == 2
    assert words.split(":")[0] in err


def test_people_get_a_table(bank, capsys):
    arguments = ["indicators", "--data-root", str(bank), "--quiet", "--timeframes", "1h", "--indicators", "ema:20"]
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert "BTCUSDC" in out
    assert "2 files: 2 computed" in out
    assert main([*arguments, "--dry-run"]) == 0
    assert "0 files would be calculated" in capsys.readouterr().out


def test_what_fails_for_one_reason_is_told_once(call):
    """A symbol that is not stored printed its error for every indicator of every timeframe: 160 lines for one fact."""
    _code, answer, err = call(
        "--symbols", "NOSUCH,BTCUSDC", "--timeframes", "1h", "--indicators", "ema:20,sma:5,rsi:14"
    )
    assert answer["total"]["failed"] == 3
    assert err.count("NOSUCH 1h: nothing stored") == 1
    assert err.count("next:") == 1
