"""`snapshot` from the command line: what it says, what it does, how it ends."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pandas as pd
import pytest

from tests.store.bank_maker import bars, store_in
from threadx.cli import main
from threadx.config import Settings
from threadx.data.snapshots import SnapshotStore


@pytest.fixture
def root(tmp_path: Path, monkeypatch) -> Path:
    """A folder with settings and a small bank of provider demo, and the process in it."""
    (tmp_path / "paths.toml").write_text(
        '[ui]\nlanguage = "en"\n[groups]\nL1 = ["BTC"]\nMajors = ["BTC", "ETH", "SOL", "ADA"]\nOthers = ["XRP"]\n',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    store = store_in(tmp_path / "data")
    for number, symbol in enumerate(("BTCUSDC", "ETHUSDC")):
        store.write("demo", symbol, bars(300, seed=number))
    return tmp_path


@pytest.fixture
def call(root, capsys):
    """Call the command line; return (exit code, JSON document or None, all that was said)."""

    def call(words: str) -> tuple[int, dict, str]:
        capsys.readouterr()
        code = main(["--mode", "snapshot", *shlex.split(words), "--demo", "--json"])
        out, err = capsys.readouterr()
        return code, json.loads(out) if out.startswith("{") else {}, out + err

    return call


def publish(root: Path, *stamps: str, domain: str = "selection") -> None:
    snapshots = SnapshotStore(Settings.under(root))
    for number, stamp in enumerate(stamps):
        frame = pd.DataFrame({"symbol": ["BTCUSDC"], "rank": [number]})
        snapshots.publish(domain, {"tokens.parquet": frame, "tokens.json": {"n": number}}, stamp=stamp)


def test_a_group_is_pinned_and_listed(call, root):
    code, document, _said = call("create --group L1 --stamp 20260131")
    assert (code, document["series"]) == (0, [{"provider": "demo", "symbol": "BTCUSDC"}])
    code, document, _said = call("list")
    assert [(each["domain"], each["stamp"], each["complete"]) for each in document["snapshots"]] == [
        ("bank", "20260131", True)
    ]
    assert document["domains"][0]["state"] == "unknown"


def test_of_a_group_what_is_stored_is_pinned_and_what_is_not_is_said(call, root):
    """The guide's own example failed where one of four members was not stored."""
    code, document, _said = call("create --group Majors --stamp 20260131 --dry-run")
    assert (code, document["missing"]) == (0, ["SOLUSDC", "ADAUSDC"])
    code, document, _said = call("create --group Majors --stamp 20260131")
    assert (code, [each["symbol"] for each in document["series"]]) == (0, ["BTCUSDC", "ETHUSDC"])
    assert document["missing"] == ["SOLUSDC", "ADAUSDC"]


def test_members_that_are_not_stored_are_said_in_words(call, capsys):
    assert main(["snapshot", "create", "--group", "Majors", "--demo"]) == 0
    assert "not stored, and not in it: SOLUSDC, ADAUSDC" in capsys.readouterr().out


def test_a_group_of_which_nothing_is_stored_is_refused(call):
    code, document, _said = call("create --group Others")
    assert (code, document["error"]["message"]) == (3, "Others: nothing of it is stored under demo")


def test_a_symbol_that_is_named_must_be_stored(call):
    assert call("create --symbols BTCUSDC,SOLUSDC")[0] == 3


def test_a_date_that_is_taken_is_exit_code_4(call):
    assert call("create --stamp 20260131")[0] == 0
    code, _document, said = call("create --stamp 20260131")
    assert (code, "never change" in said) == (4, True)


def test_a_dry_run_makes_nothing(call, root):
    code, document, _said = call("create --dry-run")
    assert (code, document["dry_run"], len(document["series"])) == (0, True, 2)
    assert not (root / "data" / "bank").exists()


def test_two_dates_are_compared_in_words(call, root):
    publish(root, "20260101", "20260131")
    code, document, _said = call("diff 20260101 20260131 --domain selection")
    assert (code, document["changes"]) == (
        0,
        ["tokens.json: n: 0 -> 1", "tokens.parquet: rank: 1 of 1 rows differ; most for BTCUSDC: 0 -> 1"],
    )
    assert call("diff --domain selection")[1] == document


def test_the_beginning_of_a_file_is_shown(call, root):
    publish(root, "20260101")
    _code, document, _said = call("show --domain selection --file tokens.parquet --level full")
    assert document["verified"] == 2
    assert document["preview"]["columns"] == ["symbol", "rank"]
    assert document["preview"]["rows"] == [["BTCUSDC", "0"]]
    assert call("show --domain selection --file x.parquet")[0] == 3


def test_a_list_inside_a_cell_does_not_flood_the_terminal(root, capsys):
    """`snapshot show --domain quality --file report.json` printed each dataset of a symbol into one cell."""
    many = [{"timeframe": f"{minutes}m", "rows": 1000} for minutes in range(60)]
    content = {"series": [{"symbol": "BTCUSDC", "datasets": many}]}
    SnapshotStore(Settings.under(root)).publish("quality", {"report.json": content}, stamp="20260101")
    assert main(shlex.split("snapshot show --domain quality --file report.json")) == 0
    out = capsys.readouterr().out
    assert "BTCUSDC" in out
    assert max(map(len, out.splitlines()[1:])) < 120


def test_old_ones_are_archived_and_come_back(call, root):
    publish(root, "20240101", "20240202")
    code, document, _said = call("archive --older-than 90d --dry-run")
    assert (code, [each["month"] for each in document["archives"]]) == (0, ["202401", "202402"])
    assert (root / "data" / "selection" / "dt=20240101").exists()
    assert call("archive --older-than 90d")[1]["archives"] == document["archives"]
    assert not (root / "data" / "selection" / "dt=20240101").exists()
    rows = call("list")[1]["snapshots"]
    assert [(each["stamp"], each["archived"]) for each in rows] == [("20240202", True), ("20240101", True)]
    restored = call("restore --domain selection --stamp 20240101")[1]["restored"]
    assert [each["stamp"] for each in restored] == ["20240101"]
    assert (root / "data" / "selection" / "dt=20240101" / "tokens.json").exists()


def test_a_damaged_one_is_reported_and_exit_code_4(call, root):
    publish(root, "20240101")
    path = root / "data" / "selection" / "dt=20240101" / "tokens.json"
    path.chmod(0o644)
    path.write_text("{}")
    code, document, _said = call("archive --older-than 90d")
    assert (code, len(document["findings"])) == (4, 1)


def test_a_bank_snapshot_is_put_back_and_undo_takes_that_back(call, root):
    call("create --stamp 20260131")
    store = store_in(root / "data")
    store.write("demo", "BTCUSDC", bars(100, seed=9), mode="replace")
    _code, document, _said = call("restore --stamp 20260131 --dry-run")
    assert [(each["symbol"], each["changed"] > 0) for each in document["series"]] == [
        ("BTCUSDC", True),
        ("ETHUSDC", False),
    ]
    code, document, _said = call("restore --stamp 20260131 --symbols BTCUSDC")
    assert (code, len(document["series"])) == (0, 1)
    assert len(store_in(root / "data").read("demo", "BTCUSDC")) == 300
    assert call("restore --stamp 20260131 --symbols SOLUSDC")[0] == 3
    assert main(["undo", "--symbols", "BTCUSDC", "--demo", "--yes", "--quiet"]) == 0
    assert len(store_in(root / "data").read("demo", "BTCUSDC")) == 100


@pytest.mark.parametrize(
    "words",
    [
        "bogus",
        "archive",
        "archive --older-than soon",
        "archive 20260101 --older-than 90d",
        "create --domain selection",
        "create --stamp 2026",
        "list --domain ../x",
        "list --domain processed",
        "diff 20260101 20260102 20260103",
        "show 20260101 20260102",
        "create --older",
    ],
)
def test_wrong_words_are_exit_code_2(call, words):
    code, _document, said = call(words)
    assert (code, "next:" in said) == (2, True)


@pytest.mark.parametrize(
    "words", ["show", "diff", "show 20260101", "restore --stamp 20260101", "create --symbols XUSDC"]
)
def test_what_is_not_there_is_exit_code_3(call, words):
    assert call(words)[0] == 3


def test_without_words_it_lists_and_says_what_to_do(root, capsys):
    assert main(["snapshot", "--demo"]) == 0
    assert "threadx snapshot create" in capsys.readouterr().out


def test_people_get_tables(root, capsys):
    publish(root, "20260101")
    assert main(["snapshot", "create", "--demo", "--quiet"]) == 0
    assert main(["snapshot", "list", "--demo", "--quiet"]) == 0
    out = capsys.readouterr().out
    assert "every file is a link" in out
    assert "selection" in out
