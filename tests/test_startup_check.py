"""What a person reads where Tk, a screen or a package does not work."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

from threadx import startup_check

PROJECT = Path(__file__).resolve().parents[1]


def test_without_tk_each_system_gets_its_command():
    advice = startup_check.tk_advice(ImportError("No module named '_tkinter'"))
    for command in (
        "apt install python3-tk",
        "dnf install python3-tkinter",
        "pacman -S tk",
        "brew install python-tk@3.",
    ):
        assert command in advice
    assert "`pip install tk` does not help" in advice


def test_without_a_screen_the_ways_out_are_named():
    advice = startup_check.tk_advice(RuntimeError("no display name and no $DISPLAY environment variable"))
    assert "No screen found" in advice
    assert "xvfb-run -a" in advice


def test_a_broken_tcl_is_told_from_a_missing_screen():
    advice = startup_check.tk_advice(RuntimeError("Can't find a usable init.tcl"))
    assert "Tcl/Tk is broken" in advice
    assert "init.tcl" in advice


def test_a_broken_package_is_named_with_a_way_out():
    assert "Remove the folder .venv" in startup_check.import_advice(ImportError("libarrow.so: cannot open"))


@pytest.mark.parametrize("hidden", [True, False], ids=["no tkinter", "no display"])
def test_a_start_without_a_screen_says_why(hidden, tmp_path):
    if not hidden and importlib.util.find_spec("_tkinter") is None:
        pytest.skip("this Python has no Tk, so it cannot miss a screen")
    (tmp_path / "paths.toml").touch()
    hide = "import sys; sys.modules['tkinter'] = None\n" if hidden else "import sys\n"
    code = hide + "import run_tkinter; sys.exit(run_tkinter.main(['--config', sys.argv[1]]))"
    command = [sys.executable, "-c", code, str(tmp_path / "paths.toml")]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False, env={})
    assert done.returncode == 1
    assert ("apt install python3-tk" if hidden else "No screen found") in done.stderr


@pytest.mark.parametrize("loads", ["threadx.cli", "threadx.startup_check"])
def test_ctrl_c_while_things_are_loading_shows_no_traceback(loads):
    """The first half second of each start ended in one."""
    code = (
        "import runpy, signal, sys\n"
        "class Interrupted:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        f"        if name == {loads!r}:\n"
        "            signal.raise_signal(signal.SIGINT)\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # whoever started the tests may ignore it
        "sys.meta_path.insert(0, Interrupted())\n"
        "sys.argv = ['run_tkinter.py', '--mode', 'list']\n"
        "runpy.run_path('run_tkinter.py', run_name='__main__')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")
