"""`select` from the words to the answer: what is chosen, what is left out, what is written."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from threadx import cli
from threadx.demo import DemoExchange
from threadx.demo.faults import Fault

NOW = datetime(2026, 10, 5, 14, 30, tzinfo=UTC)


@pytest.fixture
def exchange():
    with DemoExchange(now=NOW, weight_limit=10**6, usdc_pairs=60) as running:
        yield running


@pytest.fixture
def run(tmp_path, exchange, capsys, monkeypatch):
    """Run `threadx select` in an empty folder; return the exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paths.toml").write_text("", encoding="utf-8")

    def call(*words):
        code = cli.main(["select", "--source", exchange.url, *words])
        out, err = capsys.readouterr()
        return code, out, err

    return call


def files(folder):
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return found - {"paths.toml"}


def test_the_ranking_and_every_exclusion_are_shown_with_reasons(run, tmp_path):
    code, out, _ = run("--top", "3")
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert [line[1] for line in lines[1:4]] == ["BTCUSDC", "ETHUSDC", "SOLUSDC"]
    assert "MATICUSDC" in out
    assert "renamed to POL" in out
    assert "Data by CoinGecko" in out
    assert "the mean of the ranks by market capitalisation and by 24-hour volume" in out
    assert "snapshot 20261005" in out
    assert "data/selection/dt=20261005/tokens.parquet" in files(tmp_path)
    assert "data/resultats_choix_des_100tokens.json" in files(tmp_path)


def test_json_has_everything_and_nothing_else_is_said(run):
    code, out, _ = run("--top", "2", "--json")
    said = json.loads(out)
    assert (code, said["ok"], said["quote"], said["snapshot"]) == (0, True, "USDC", "20261005")
    assert [each["symbol"] for each in said["tokens"]] == ["BTCUSDC", "ETHUSDC"]
    assert all(each["reason"] for each in said["excluded"])


def test_a_dry_run_writes_nothing_at_all(run, tmp_path):
    code, out, _ = run("--top", "2", "--dry-run", "--json")
    assert (code, json.loads(out)["snapshot"]) == (0, None)
    assert files(tmp_path) == set()


def test_another_quote_asset_is_another_list(run):
    _, out, _ = run("--top", "2", "--quote", "USDT", "--dry-run", "--json")
    assert [each["symbol"] for each in json.loads(out)["tokens"]] == ["BTCUSDT", "ETHUSDT"]


def test_fewer_than_asked_for_is_said(run):
    code, out, _ = run("--dry-run")
    assert code == 0
    assert "fewer than the 100 asked for" in out


def test_without_coingecko_it_is_said_and_nothing_is_attributed(run, exchange):
    exchange.faults.add(Fault.OBJECT_BODY, path="coins/markets", times=None)
    code, out, _ = run("--top", "3", "--dry-run")
    assert code == 0
    assert "CoinGecko could not be asked, volume alone decides" in out
    assert "Data by CoinGecko" not in out


def test_a_past_day_is_answered_from_its_snapshot(run, exchange):
    run("--top", "5")
    exchange.log.clear()
    exchange.faults.add(Fault.UNAVAILABLE_503, times=None)
    code, out, _ = run("--top", "4", "--as-of", "2026-10-05", "--json")
    said = json.loads(out)
    assert (code, said["basis"], len(said["tokens"])) == (0, "snapshot", 4)
    assert exchange.log.total == 0


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--top", "0"), 2, "--top"),
        (("--as-of", "someday"), 2, "not a date or time"),
        (("--quote", "usdt"), 2, "--quote"),
        (("--quote", "NOSUCH"), 3, "no pair of the exchange is quoted in NOSUCH"),
        (("--as-of", "2019-01-01"), 3, "no snapshot of that day"),
        (("--symbols", "BTCUSDC"), 2, "does not take"),
    ],
)
def test_what_cannot_be_answered_says_what_and_the_next_step(run, words, code, said):
    got, _, err = run(*words)
    assert got == code
    assert said in err
    assert "next:" in err
