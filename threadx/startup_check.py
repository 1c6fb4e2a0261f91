"""What to do where there is no Tk, no screen, or a package that cannot be loaded."""

from __future__ import annotations

import os
import platform
import sys

__all__ = ["import_advice", "tk_advice"]


def tk_advice(error: Exception) -> str:
    """Return what to do about an error of importing or starting Tk."""
    if isinstance(error, ImportError):
        return f"""ThreadX's window needs Tk, which this Python lacks.
  Debian/Ubuntu:   sudo apt install python3-tk
  Fedora:          sudo dnf install python3-tkinter
  Arch:            sudo pacman -S tk
  macOS Homebrew:  brew install python-tk@{sys.version_info[0]}.{sys.version_info[1]}
  pyenv:           install tk-dev (or tcl-tk) and build this Python again
`pip install tk` does not help. Without a window:  python3 run_tkinter.py --help"""
    if "display" in str(error):
        return """No screen found (DISPLAY is empty, or nothing answers there).
Use the command line (python3 run_tkinter.py --help), `ssh -X`, or `xvfb-run -a python3 run_tkinter.py`."""
    return f"""This Python's Tcl/Tk is broken: {error}
A Python that uv installed: upgrade it (uv python upgrade). Otherwise install Tk again."""


def import_advice(error: ImportError) -> str:
    """Return what to do about a package that is installed and cannot be loaded."""
    if os.name == "nt" and platform.machine() == "ARM64":
        return f"{error}\nOn Windows for ARM, install the x64 Python: not every package exists for ARM."
    return f"{error}\nA package is installed, but broken. Remove the folder .venv and start again."
