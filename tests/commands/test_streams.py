"""What is on the other end of stdout and stderr may go away, be full, be absent or know few letters."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import PROGRAM_S
from threadx.commands import streams

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = "import sys; from threadx.cli import main; sys.exit(main())"

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has neither such pipes nor /dev/full")


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "paths.toml"
    file.write_text('[ui]\nlanguage = "en"\n[ingest]\ntimeframes = ["1h"]\n')
    return file


def threadx(config, *words, **streams_):
    command = [sys.executable, "-c", PROGRAM, *words, "--config", str(config)]
    return subprocess.run(command, cwd=PROJECT, timeout=PROGRAM_S, check=False, **streams_)


@pytest.fixture
def nobody():
    """The writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@posix
def test_an_answer_that_nobody_reads_is_no_fault(config, nobody):
    ended = threadx(config, "list", stdout=nobody, stderr=subprocess.PIPE)

    assert (ended.returncode, ended.stderr) == (0, b"")


@posix
def test_work_goes_on_when_nobody_reads_its_progress(config, nobody):
    """The worker met the broken pipe while it reported, and its symbol was left half done."""
    range_ = ("--start", "2023-03-01", "--end", "2023-03-02")

    ended = threadx(config, "download", "--demo", "--symbols", "BTCUSDT", *range_, stdout=nobody, stderr=nobody)
    listed = threadx(config, "list", "--provider", "demo", stdout=subprocess.PIPE)

    assert ended.returncode == 0
    assert b"2,880" in listed.stdout


@posix
def test_a_failure_that_nobody_reads_keeps_its_exit_code(config, nobody):
    assert threadx(config, "lisst", stdout=nobody, stderr=nobody).returncode == 2


@posix
@pytest.mark.parametrize("words", [("list",), ("list", "--json"), ("--help",)])
def test_a_full_disk_behind_stdout_is_told_in_one_line(config, words):
    with Path("/dev/full").open("wb") as full:
        ended = threadx(config, *words, stdout=full, stderr=subprocess.PIPE)

    assert ended.returncode == 4
    assert ended.stderr.splitlines()[0] == b"error: the answer could not be written: No space left on device"
    assert b"Traceback" not in ended.stderr


@posix
def test_closed_streams_are_no_fault(config):
    command = f'"{sys.executable}" -c "{PROGRAM}" list --config "{config}" >&- 2>&-'

    assert subprocess.run(["/bin/sh", "-c", command], cwd=PROJECT, timeout=PROGRAM_S, check=False).returncode == 0


def test_letters_that_a_terminal_lacks_become_their_nearest():
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")

    streams.forgive(stream)
    stream.write("déjà 20\u202f080 « barres » · a…b 币\n")
    stream.flush()

    assert raw.getvalue() == b'deja 20 080 " barres " - a...b ?\n'
