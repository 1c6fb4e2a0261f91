from __future__ import annotations

import argparse
import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PATIENCE_S
from threadx.commands.modes import Mode
from threadx.commands.runner import run
from threadx.errors import ConfigError, JobCancelled, ThreadXError

MODULE = "tests.commands.commands_for_tests"
PLAIN = Mode("plain", "", MODULE)
ASKING = Mode("asking", "", MODULE, asks=True)


def flags(**given):
    return argparse.Namespace(**({"json": False, "quiet": True, "yes": False} | given))


class Person(io.StringIO):
    def isatty(self):
        return True


def test_the_answer_goes_to_stdout_and_its_code_is_the_exit_code(settings, capsys):
    assert run(PLAIN, flags(), settings) == 3
    assert capsys.readouterr().out == "seven\n"


def test_with_json_the_answer_is_one_document(settings, capsys):
    run(PLAIN, flags(json=True), settings)

    assert json.loads(capsys.readouterr().out) == {"ok": False, "mode": "plain", "value": 7}


def test_a_fault_of_ours_is_one_line_and_its_traceback_is_in_the_log(settings, caplog):
    broken = settings.with_data_root(settings.paths.data_root.parent / "broken")

    with pytest.raises(ThreadXError) as caught:
        run(PLAIN, flags(), broken)

    log = broken.paths.logs / "threadx.log"
    assert caught.value.message == "unexpected error: RuntimeError: the details"
    assert str(log) in caught.value.hint
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_a_cancel_comes_through(settings):
    with pytest.raises(JobCancelled):
        run(PLAIN, flags(), settings.with_data_root(settings.paths.data_root.parent / "cancelled"))


def test_without_anybody_to_ask_a_yes_is_needed_on_the_command_line(settings, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())

    with pytest.raises(ConfigError) as caught:
        run(ASKING, flags(), settings)

    assert caught.value.hint == "look at: Really? Then add --yes"


@pytest.mark.parametrize(
    ("answer", "done"), [("y\n", True), ("OUI\n", True), ("n\n", False), ("\n", False), ("", False)]
)
def test_a_person_is_asked_and_only_a_yes_counts(settings, monkeypatch, answer, done):
    asked = Person()
    monkeypatch.setattr(sys, "stdin", Person(answer))
    monkeypatch.setattr(sys, "stderr", asked)

    if done:
        assert run(ASKING, flags(), settings) == 3
    else:
        with pytest.raises(JobCancelled):
            run(ASKING, flags(), settings)

    assert "Really? [y/N]" in asked.getvalue()


def test_a_log_that_cannot_be_written_is_no_reason_to_stop(settings, capsys):
    settings.paths.logs.write_text("in the way")

    assert run(PLAIN, flags(), settings) == 3
    assert "the log cannot be written" in capsys.readouterr().err


STUBBORN = """
import argparse, sys
from tests.patience import PATIENCE_S
from threadx.commands.modes import Mode
from threadx.commands.runner import run
from threadx.config import Settings
settings = Settings.under(sys.argv[1]).with_data_root(sys.argv[1] + "/stubborn")
run(Mode("stubborn", "", "tests.commands.commands_for_tests"), argparse.Namespace(json=False, quiet=True), settings)
"""


@pytest.mark.skipif(os.name == "nt", reason="a console interrupt would reach the test runner too")
def test_a_second_ctrl_c_quits_at_once(tmp_path):
    project = Path(__file__).resolve().parents[2]
    command = [sys.executable, "-c", STUBBORN, str(tmp_path)]
    with subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr.readline() == "at work\n"
        process.send_signal(signal.SIGINT)
        assert process.stderr.readline().startswith("stopping at the next safe point")
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=PATIENCE_S) == 130
