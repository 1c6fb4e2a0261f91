#!/usr/bin/env python3
"""Start ThreadX: the window with no arguments (or only its own flags), the command line with any others.

Standard library only until the checks have passed. Old Pythons must be able to read this file: they are told so.
"""

import sys

from threadx import bootstrap

WINDOW_FLAGS = ("--config", "--data-root")
"""Flags with a value that the window takes, besides `--demo`."""


def main(argv: "list[str]") -> int:
    """Run what `argv` (without the program's name) asks for; return the exit code."""
    bootstrap.check_python()
    if not {"--help", "-h", "--version"} & set(argv):  # these work before anything is installed
        bootstrap.ensure()
    from threadx.startup_check import import_advice, tk_advice

    try:
        if wants_window(argv):
            from threadx.ui.app import main as run
        else:
            from threadx.cli import main as run
    except ImportError as error:
        no_tk = error.name in ("tkinter", "_tkinter")
        print(tk_advice(error) if no_tk else import_advice(error), file=sys.stderr)
        return 1
    return run(argv)


def wants_window(argv: "list[str]") -> bool:
    """Return whether nothing but flags of the window is given: no mode, no other wish."""
    rest = list(argv)
    while rest:
        word = rest.pop(0)
        if word in WINDOW_FLAGS and rest:
            rest.pop(0)
        elif word != "--demo" and not word.startswith(tuple(flag + "=" for flag in WINDOW_FLAGS)):
            return False
    return True


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:  # while things are loading; once they are, Ctrl+C is answered inside
        sys.exit(130)
