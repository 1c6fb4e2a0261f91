#!/usr/bin/env python3
"""Start ThreadX: the window with no arguments (or `--demo` alone), the command line with any others.

Standard library only until the checks have passed. Old Pythons must be able to read this file: they are told so.
"""

import sys

from threadx import bootstrap


def main(argv: "list[str]") -> int:
    """Run what `argv` (without the program's name) asks for; return the exit code."""
    bootstrap.check_python()
    if not {"--help", "-h", "--version"} & set(argv):  # these work before anything is installed
        bootstrap.ensure()
    from threadx.startup_check import import_advice, screen_problem

    windowed = argv in ([], ["--demo"])
    problem = screen_problem() if windowed else None
    if problem is not None:
        print(problem, file=sys.stderr)
        return 1
    try:
        if windowed:
            from threadx.ui.app import main as run
        else:
            from threadx.cli import main as run
    except ImportError as error:
        print(import_advice(error), file=sys.stderr)
        return 1
    return run(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
