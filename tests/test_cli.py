"""The command line as people call it: words in, text, JSON and an exit code out."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.held import Held
from tests.patience import PATIENCE_S, PROGRAM_S, comes_true
from threadx import __version__, i18n
from threadx.cli import main
from threadx.demo import DemoExchange

PROJECT = Path(__file__).resolve().parents[1]
NOW = datetime(2024, 3, 10, tzinfo=UTC)
RANGE = ("--start", "2024-03-01", "--end", "2024-03-02")
PROGRAM = "import sys; from threadx.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def exchange():
    with DemoExchange(now=NOW) as served:
        yield served


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "paths.toml"
    file.write_text('[ingest]\ntimeframes = ["1h"]\n[limits]\nmax_retries = 0\n[ui]\nlanguage = "en"\n')
    yield file
    i18n.activate("en")


@pytest.fixture
def threadx(config, exchange, capsys):
    """Call the command line on a bank of its own; returns exit code, stdout, stderr."""

    def call(*words):
        source = () if words[0] == "demo-exchange" else ("--source", exchange.url)
        code = main([*words, "--config", str(config), *source])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def stored(threadx):
    """The same, on a bank that holds two days of one symbol."""
    assert threadx("download", "--symbols", "BTCUSDC", *RANGE)[0] == 0
    return threadx


def listing(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_version_and_help_need_no_settings(capsys, tmp_path):
    broken = tmp_path / "paths.toml"
    broken.write_text("[")

    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"threadx {__version__}\n"
    assert main(["--help", "--config", str(broken)]) == 0
    assert "download" in capsys.readouterr().out


def test_wrong_usage_is_two_and_says_what_next(capsys):
    assert main(["downlod"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error: downlod: no such mode\nnext: did you mean download?\n"


def test_broken_settings_are_two(capsys, tmp_path):
    broken = tmp_path / "paths.toml"
    broken.write_text("[store]\ncompresion = 'lz4'\n")

    assert main(["list", "--config", str(broken)]) == 2
    assert "did you mean compression?" in capsys.readouterr().err


def test_a_failure_with_json_is_one_document_on_stdout(capsys):
    assert main(["list", "--json", "--zzzzzz"]) == 2

    out, err = capsys.readouterr()
    assert json.loads(out)["error"] == {
        "type": "ConfigError",
        "message": "--zzzzzz: unknown",
        "hint": "see: threadx list --help",
        "exit_code": 2,
    }
    assert "error: --zzzzzz: unknown" in err


def test_a_list_without_an_answer_names_the_symbol_that_was_asked_for(stored, config, exchange):
    code, out, _err = stored("list", "--symbols", "SOLUSDC")

    assert code == 0
    called = f"--config {config} --source {exchange.url}"
    assert out.splitlines()[-1] == f"next: threadx download {called} --symbols SOLUSDC"


def test_the_next_step_of_a_failure_means_the_same_bank(config, tmp_path, capsys):
    """A hint copied after a call with --demo asked the real exchange."""
    root = tmp_path / "elsewhere"
    assert main(["gaps", "--demo", "--data-root", str(root), "--config", str(config), "--json"]) == 3
    out, err = capsys.readouterr()
    step = f"run: threadx download --config {config} --data-root {root} --demo --symbols BTCUSDC"
    assert json.loads(out)["error"]["hint"] == step
    assert f"next: {step}" in err


def test_stored_bars_are_asked_for_again_only_where_that_is_wanted(stored):
    words = ("download", "--symbols", "BTCUSDC", *RANGE, "--json")

    usual, again = (json.loads(stored(*words, *more, "--dry-run")[1]) for more in ((), ("--again",)))
    done = json.loads(stored(*words, "--again")[1])["symbols"][0]

    assert (usual["total"]["rows"], again["total"]["rows"]) == (0, 2880)
    assert (done["success"], done["plan"]["rows"], done["rows"]) == (True, 2880, 0)


def test_a_dry_run_tells_the_cost_and_writes_nothing(threadx, tmp_path):
    before = listing(tmp_path)

    code, out, _err = threadx("download", "--symbols", "BTCUSDC,ETHUSDC", *RANGE, "--dry-run")

    assert code == 0
    assert "2 symbols: 5,760 bars, 6 requests; nothing was written" in out
    assert listing(tmp_path) == before


@pytest.mark.parametrize("words", [(), ("--json",), ("--quiet",)])
def test_what_failed_is_told_on_stderr_however_the_answer_is_wanted(threadx, words):
    """`threadx download ... > /dev/null` in a nightly job said nothing of a symbol that failed."""
    code, out, err = threadx("download", "--symbols", "BTCUSDC,NOPEUSDC", *RANGE, *words)

    assert code == 1
    assert "error: NOPEUSDC: the exchange has no such symbol\nnext: " in err
    assert "error: NOPEUSDC" not in out


def test_a_download_stores_and_a_second_one_fetches_nothing(stored, exchange):
    asked = exchange.log.by_path["klines"]

    code, out, err = stored("download", "--symbols", "BTCUSDC", *RANGE, "--json")

    assert code == 0
    (report,) = json.loads(out)["symbols"]
    assert (report["success"], report["rows"], report["timeframes"]) == (True, 0, ["1m", "1h"])
    assert exchange.log.by_path["klines"] == asked
    assert "BTCUSDC" in err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc takes no files, whoever asks")
@pytest.mark.parametrize("words", [("download", "--symbols", "BTCUSDC"), ("download", "--top", "2"), ("full",)])
def test_a_data_folder_that_cannot_be_written_is_told_before_the_first_request(threadx, exchange, words):
    before = exchange.log.total
    code, _out, err = threadx(*words, "--data-root", "/proc/threadx", "--quiet")
    assert (code, exchange.log.total) == (4, before)
    assert "/proc: cannot be written" in err


def test_a_file_is_no_data_folder(threadx, config):
    code, _out, err = threadx("list", "--data-root", str(config))
    assert (code, "is a file, not a folder" in err) == (4, True)


def test_quiet_shows_no_progress(threadx):
    code, out, err = threadx("download", "--symbols", "BTCUSDC", *RANGE, "--quiet")

    assert (code, err) == (0, "")
    assert "1 symbol up to date, 2,880 new bars" in out


def test_one_symbol_that_fails_stops_no_other(threadx):
    code, out, _err = threadx("download", "--symbols", "BTCUSDC,BTCUSDX", *RANGE, "--json")

    assert code == 1
    good, bad = json.loads(out)["symbols"]
    assert (good["success"], good["rows"]) == (True, 2880)
    assert not bad["success"]
    assert bad["hint"].startswith("did you mean BTCUSDT, BTCUSDC, ")


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--start", "yesterday", "not a date or time"),
        ("--timeframes", "7h", "7h"),
        ("--end", "2024-02-30", "2024-02-30"),
    ],
)
def test_words_that_are_no_dates_or_timeframes_are_wrong_usage(threadx, flag, value, said):
    code, _out, err = threadx("download", "--symbols", "BTCUSDC", flag, value)

    assert code == 2
    assert said in err


def test_list_shows_each_dataset(stored):
    code, out, _err = stored("list")

    assert code == 0
    rows = [line.split() for line in out.splitlines()]
    assert rows[1][:5] == ["demo", "BTCUSDC", "1m", "2,880", "2024-03-01"]
    assert rows[2][:4] == ["demo", "BTCUSDC", "1h", "48"]
    assert rows[-1] == ["2", "datasets,", "2,928", "bars,", *rows[-1][4:]]


def test_list_filters_by_symbol_and_timeframe(stored):
    assert json.loads(stored("list", "--json", "--timeframes", "H1")[1])["total_rows"] == 48
    assert json.loads(stored("list", "--json", "--symbols", "ETHUSDC")[1])["datasets"] == []


def test_an_empty_bank_says_how_to_begin(threadx):
    code, out, _err = threadx("list")

    assert code == 0
    assert "next: threadx download --" in out
    assert out.endswith("--symbols BTCUSDC\n")


def test_gaps_show_the_cause(stored):
    assert stored("download", "--symbols", "BTCUSDC", "--start", "2024-03-04", "--end", "2024-03-04")[0] == 0

    code, out, _err = stored("gaps")

    assert code == 0
    assert out.splitlines()[1].split() == [
        "BTCUSDC",
        "2024-03-03",
        "00:00",
        "2024-03-04",
        "00:00",
        *["1,440", "not", "fetched"],
    ]
    assert out.splitlines()[-1] == "1 gap, 1,440 minutes"


def test_history_diff_undo_and_delete_tell_one_story(stored):
    assert stored("download", "--symbols", "BTCUSDC", "--end", "2024-03-03")[0] == 0
    diff = json.loads(stored("diff", "--symbols", "BTCUSDC", "--json")[1])
    assert (diff["added"], diff["removed"], diff["changed"]) == (1440 + 24, 0, 0)
    assert "1m" in stored("diff", "--symbols", "BTCUSDC")[1]

    assert "taken back, generation" in stored("undo", "--symbols", "BTCUSDC", "--yes")[1]
    assert json.loads(stored("list", "--json")[1])["total_rows"] == 2928
    assert stored("delete", "--symbols", "BTCUSDC", "--yes")[0] == 0
    assert json.loads(stored("list", "--json")[1])["total_rows"] == 0
    code, _out, err = stored("gaps", "--symbols", "BTCUSDC")
    assert (code, "the bars were deleted" in err) == (3, True)
    assert stored("undo", "--symbols", "BTCUSDC", "--yes")[0] == 0

    past = json.loads(stored("history", "--symbols", "BTCUSDC", "--json")[1])["generations"]
    assert [each["reason"].split()[0] for each in past] == ["undo", "delete", "undo", "download", "download"]
    assert "generation" in stored("history")[1]


def test_an_undo_that_is_undone_is_said_to_be_done_again(stored):
    """The second undo said "taken back" too, while it brought the deletion back."""
    assert stored("delete", "--symbols", "BTCUSDC", "--yes")[0] == 0
    first, second = (stored("undo", "--symbols", "BTCUSDC", "--yes")[1] for _time in range(2))

    assert "taken back" in first
    assert "undo again does it again" in first
    assert "the undo is taken back, so what it undid is done again" in second
    assert "this does again what that undid" in stored("undo", "--symbols", "BTCUSDC")[2]


def test_delete_can_take_one_timeframe(stored):
    assert stored("delete", "--symbols", "BTCUSDC", "--timeframes", "H1", "--yes")[0] == 0

    assert [each["timeframe"] for each in json.loads(stored("list", "--json")[1])["datasets"]] == ["1m"]


def test_what_delete_says_brings_the_bars_back(stored, config, capsys):
    """The command it named looked under the provider of the settings, not where the bars had been."""
    said = stored("delete", "--symbols", "BTCUSDC", "--yes")[1]
    _before, _threadx, named = said.partition("threadx ")

    assert main([*named.removesuffix(" brings it back\n").split(), "--yes", "--config", str(config)]) == 0
    capsys.readouterr()
    assert json.loads(stored("list", "--json")[1])["total_rows"] == 2928


@pytest.mark.parametrize("mode", ["undo", "delete"])
def test_what_takes_bars_away_needs_a_yes(stored, mode):
    code, _out, err = stored(mode, "--symbols", "BTCUSDC")

    assert code == 2
    assert f"error: {mode} needs a yes" in err
    assert "BTCUSDC" in err
    assert json.loads(stored("list", "--json")[1])["total_rows"] == 2928


@pytest.mark.parametrize("mode", ["history", "diff", "undo", "gaps", "delete"])
def test_a_symbol_that_is_not_there_is_a_data_error(stored, mode):
    code, _out, err = stored(mode, "--symbols", "XRPUSDC")

    assert code == 3
    assert "demo XRPUSDC: nothing stored" in err


@pytest.mark.parametrize("level", ["quick", "normal", "full", "deep"])
def test_verify_is_content_with_what_was_just_stored(stored, level):
    code, out, _err = stored("verify", "--level", level)

    assert code == 0
    assert "all is well" in out


def test_verify_reports_a_file_that_was_replaced_and_mends_it(stored, tmp_path):
    (file,) = tmp_path.rglob("1m/**/*.parquet")
    file.unlink()
    file.write_bytes(b"not parquet")

    code, out, _err = stored("verify", "--json")
    assert code == 4
    assert [each["repairable"] for each in json.loads(out)["findings"]] == [True]
    assert "add --repair" in stored("verify")[1]
    assert stored("verify", "--repair")[0] == 0
    assert stored("verify", "--level", "full")[0] == 0


def test_a_verification_is_kept_as_a_snapshot_but_not_a_dry_run(stored, tmp_path):
    before = listing(tmp_path)

    assert json.loads(stored("verify", "--dry-run", "--json")[1])["snapshot"] is None
    assert listing(tmp_path) == before

    stamp = json.loads(stored("verify", "--json")[1])["snapshot"]
    assert (tmp_path / "data" / "quality" / f"dt={stamp}" / "report.json").exists()


def test_a_verification_of_nothing_says_so_and_makes_no_folder(config, tmp_path, capsys):
    root = tmp_path / "nowhere"
    assert main(["verify", "--data-root", str(root), "--config", str(config)]) == 0
    assert capsys.readouterr().out == f"nothing stored in {root}\n"
    assert not root.exists()


def test_the_largest_symbols_are_chosen_for_a_download_and_found_again(threadx):
    days = ("--start", "2024-03-09", "--end", "2024-03-09")
    chosen = [each["symbol"] for each in json.loads(threadx("download", "--top", "2", *days, "--json")[1])["symbols"]]

    assert len(chosen) == 2
    assert threadx("gaps", "--top", "2")[0] == 0
    assert "none of the 1 largest symbols is stored" not in threadx("verify", "--top", "1")[2]


def test_an_unknown_level_is_wrong_usage(threadx):
    assert threadx("verify", "--level", "deeper")[0] == 2


def test_the_log_tells_symbol_range_rows_and_seconds(stored, tmp_path):
    log = (tmp_path / "logs" / "threadx.log").read_text(encoding="utf-8")

    assert "BTCUSDC: 2024-03-01 00:00 to 2024-03-03 00:00 UTC" in log
    assert "2880 new" in log


def test_a_server_that_does_not_answer_is_told_without_a_traceback(config, capsys):
    words = ["download", "--symbols", "BTCUSDC", "--source", "http://127.0.0.1:9", "--config", str(config)]

    assert main(words) == 1
    out, err = capsys.readouterr()
    assert "the connection was refused" in err
    assert "Traceback" not in out + err


def test_the_language_of_the_settings_is_spoken(config, threadx):
    config.write_text(config.read_text().replace('"en"', '"fr"'))

    code, out, _err = threadx("list")

    assert code == 0
    assert "rien d'enregistré" in out
    assert "error" in json.loads(threadx("gaps", "--json")[1])


# -- as a process -----------------------------------------------------------------------------------------------------


def start(config, *words, **options):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *words, "--config", str(config)],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        **options,
    )


def test_demo_needs_nothing_but_itself(config):
    with start(config, "download", "--demo", "--symbols", "BTCUSDC", *RANGE, "--json", "--quiet") as process:
        out, err = process.communicate(timeout=PROGRAM_S)

    assert (process.returncode, err) == (0, "")
    assert json.loads(out)["provider"] == "demo"


@pytest.mark.skipif(os.name == "nt", reason="a console interrupt would reach the test runner too")
def test_ctrl_c_cancels_and_keeps_what_was_stored(config, tmp_path):
    with DemoExchange(now=NOW) as slow:
        Held(slow, "2023-06-10")
        words = ("download", "--symbols", "BTCUSDC", "--source", slow.url, "--start", "2023-04-01")
        with start(config, *words) as process:
            assert comes_true(lambda: list(tmp_path.rglob("*.parquet")))
            process.send_signal(signal.SIGINT)
            _out, err = process.communicate(timeout=PATIENCE_S)

    assert process.returncode == 130
    assert "cancelled; what was stored stays" in err
    assert main(["verify", "--level", "full", "--config", str(config), "--quiet"]) == 0


@pytest.mark.skipif(os.name == "nt", reason="a console interrupt would reach the test runner too")
def test_the_demo_exchange_serves_until_ctrl_c(config):
    with start(config, "demo-exchange", "--now", "2024-01-01") as process:
        assert process.stderr.readline().startswith("serving on http://127.0.0.1:")
        process.send_signal(signal.SIGINT)
        out, _err = process.communicate(timeout=PATIENCE_S)

    assert (process.returncode, out) == (0, "stopped\n")


def test_a_moment_for_the_demo_exchange_that_is_none_is_wrong_usage(config, capsys):
    assert main(["demo-exchange", "--now", "2024-13-01", "--config", str(config)]) == 2
    assert "2024-13-01" in capsys.readouterr().err


def test_a_port_that_is_taken_is_told(config, exchange, capsys):
    assert main(["demo-exchange", "--port", str(exchange.port), "--config", str(config)]) == 1
    assert f"port {exchange.port} cannot be used" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="Windows has no broken pipes of this kind")
def test_a_reader_that_has_seen_enough_is_no_failure(config):
    process = start(config, "--help")
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()

    assert (process.wait(timeout=PATIENCE_S), err) == (0, "")
