#!/usr/bin/env python3
"""Start ThreadX: the window with no arguments (or `--demo` alone), the command line with any others.

Standard library only until the checks have passed. Old Pythons must be able to read this file: they are told so.
"""

import sys
from pathlib import Path

from threadx import bootstrap

NO_WINDOW = """This version of ThreadX has no window yet; everything it can do is on the command line:

  python3 run_tkinter.py --selftest          the whole main job, offline, in half a minute
  python3 run_tkinter.py --help              all modes
  python3 run_tkinter.py --mode download --symbols BTCUSDC --start 2024-01-01"""


def main(argv: "list[str]") -> int:
    """Run what `argv` (without the program's name) asks for; return the exit code."""
    bootstrap.check_python()
    if argv in ([], ["--demo"]):
        return window(demo=bool(argv))
    if not {"--help", "-h", "--version"} & set(argv):  # these work before anything is installed
        bootstrap.ensure()
    from threadx.startup_check import import_advice

    try:
        from threadx.cli import main as command_line
    except ImportError as error:
        print(import_advice(error), file=sys.stderr)
        return 1
    return command_line(argv)


def window(*, demo: bool) -> int:
    """Open the window, where this version has one and the computer a screen."""
    if not Path(bootstrap.PROJECT, "threadx", "ui", "app.py").is_file():
        print(NO_WINDOW, file=sys.stderr)
        return 2
    bootstrap.ensure()
    from threadx.startup_check import screen_problem

    problem = screen_problem()
    if problem is not None:
        print(problem, file=sys.stderr)
        return 1
    from threadx.ui.app import main as open_window

    return open_window(["--demo"] if demo else [])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
