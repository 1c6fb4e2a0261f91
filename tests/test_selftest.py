from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from threadx.errors import DataNotFoundError
from threadx.selftest import SkippedError, StepError, _steps, main
from threadx.ui.tabs import TABS

PROJECT = Path(__file__).resolve().parents[1]
PROGRAM = """
import sys
from threadx.cli import main
code = main(["--selftest"])
print(sorted({"babel", "duckdb", "hypothesis", "polars", "psutil", "pytest", "tkinter"} & set(sys.modules)))
sys.exit(code)
"""


def failing(error):
    def step(job):
        raise error

    return lambda: [("first", lambda job: "fine"), ("second", step), ("third", lambda job: "never")]


def test_the_whole_main_job_passes_and_leaves_nothing_behind(tmp_path):
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    place = f"import tempfile, sys; tempfile.tempdir = {str(temporary)!r}; sys.path.insert(0, {str(PROJECT)!r})\n"

    done = subprocess.run(
        [sys.executable, "-c", place + PROGRAM],
        check=False,
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name != "DISPLAY"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=240,
    )

    *lines, last, dev_packages = done.stdout.splitlines()
    assert (done.returncode, last, done.stderr) == (0, "SELFTEST OK", "")
    assert len([line for line in lines if line.startswith("ok    ")]) in (9, 10)  # the window, where there is a screen
    assert sys.platform != "linux" or any(line.startswith("SKIP  window: No screen") for line in lines)
    assert lines[0].startswith("ThreadX ")
    assert dev_packages == "[]"
    assert [path.name for path in tmp_path.rglob("*")] == ["tmp"]


def test_the_window_is_opened_drawn_and_closed_where_there_is_a_screen(capsys):
    tk = pytest.importorskip("tkinter", reason="needs Tk")
    try:
        tk.Tk().destroy()
    except tk.TclError:
        pytest.skip("needs a screen")

    def steps():
        return [each for each in _steps() if each[0] in ("download", "window")]

    assert main(steps) == 0

    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok    window: ") and f"{len(TABS)} tabs" in line for line in lines), lines


def test_a_step_that_cannot_be_taken_is_skipped_and_the_others_go_on(capsys):
    assert main(lambda: [("first", lambda job: "fine"), *failing(SkippedError("no such thing here"))()[1:]]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert "SKIP  second: no such thing here" in lines
    assert any(line.startswith("ok    third: never") for line in lines)


def test_the_failed_step_is_named_and_what_follows_is_not_run(capsys):
    assert main(failing(StepError("7 bars differ"))) == 1

    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "SELFTEST FAILED: second"
    assert "FAIL  second: 7 bars differ" in lines
    assert not any("third" in line for line in lines)


def test_an_error_of_the_engine_shows_its_next_step(capsys):
    assert main(failing(DataNotFoundError("{symbol}: nothing", hint="run it again", symbol="BTCUSDT"))) == 1

    out = capsys.readouterr().out
    assert "FAIL  second: BTCUSDT: nothing" in out
    assert "next: run it again" in out


def test_a_fault_says_where_it_happened(capsys):
    assert main(failing(ZeroDivisionError("oops"))) == 1

    out = capsys.readouterr().out
    assert "ZeroDivisionError: oops" in out
    assert "test_selftest.py:" in out
    assert "Traceback" not in out


def test_its_folder_goes_away_even_when_it_fails(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # in the usual place other self-tests may be running
    made = []
    main(lambda: [("look", lambda job: made.append(job.folder.exists()) or "fine"), *failing(StepError("no"))()])

    assert made == [True]
    assert list(tmp_path.iterdir()) == []
