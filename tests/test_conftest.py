"""The guards around every test go red when they should."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import NetworkRefused

PROJECT = Path(__file__).resolve().parents[1]

BAD_TESTS = """
import logging, threading
import tests.conftest
from tests.conftest import *

stop = threading.Event()

def test_that_leaves_a_thread():
    tests.conftest.THREAD_GRACE_S = 0.0  # it will not end
    threading.Thread(target=stop.wait, args=(600,), name="forgotten").start()

def test_that_logs_an_error():
    logging.getLogger("threadx.x").error("something broke")

def test_that_asks_for_the_log(caplog):
    logging.getLogger("threadx.x").error("meant")

def test_that_is_fine():
    tests.conftest.THREAD_GRACE_S = 60.0
    thread = threading.Thread(target=stop.wait, args=(0.01,))
    thread.start()

def test_that_ends_what_was_left():
    stop.set()
"""


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80, 0, 0)])
def test_no_address_beyond_this_computer_is_reached(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as connection, pytest.raises(NetworkRefused):
        connection.connect(address)


def test_no_name_is_looked_up():
    with pytest.raises(NetworkRefused):
        socket.create_connection(("api.binance.com", 443))


def test_loopback_is_reached():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        pass


def test_a_thread_left_and_an_error_logged_fail_their_test(tmp_path):
    (tmp_path / "test_bad.py").write_text(BAD_TESTS.strip())
    command = [sys.executable, "-m", "pytest", "-p", "no:randomly", "-p", "no:xvfb", "-rA", "-q", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    outcome = {
        line.split("::")[1].split()[0]: line.split()[0] for line in done.stdout.splitlines() if "::test_" in line
    }
    assert outcome["test_that_leaves_a_thread"] == "ERROR"
    assert outcome["test_that_logs_an_error"] == "ERROR"
    assert {outcome[name] for name in outcome if name[5:] in ("that_asks_for_the_log", "that_is_fine")} == {"PASSED"}
    assert "threads left running: ['forgotten']" in done.stdout
