"""`python3 -m tests`: sets up what the tests need, then runs them all. More arguments go to pytest."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from threadx import bootstrap

PROJECT = Path(__file__).resolve().parents[1]
XVFB = ["apt-get", "install", "-y", "--no-install-recommends", "xvfb"]


def main(argv: "list[str]") -> int:
    """Run the tests; return pytest's exit code."""
    bootstrap.check_python()
    bootstrap.ensure("test")
    provide_screen()
    workers = [] if any(word.startswith("-n") for word in argv) else ["-n", "2"]
    command = [sys.executable, "-m", "pytest", *workers, *argv]
    return subprocess.call(command, cwd=PROJECT)


def provide_screen() -> None:
    """Install Xvfb, the screen of the window's tests, where that is possible; say how where it is not."""
    if shutil.which("Xvfb") or sys.platform in ("win32", "darwin"):
        return
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    if root and shutil.which("apt-get"):
        print("Installing Xvfb, the screen for the window's tests ...", file=sys.stderr, flush=True)
        if _quiet(XVFB) == 0 or (_quiet(["apt-get", "update"]) == 0 and _quiet(XVFB) == 0):
            return
    print(
        "No Xvfb here: tests of the window are skipped. To have them:  sudo apt install xvfb   "
        "(Fedora: sudo dnf install xorg-x11-server-Xvfb, Arch: sudo pacman -S xorg-server-xvfb)",
        file=sys.stderr,
        flush=True,
    )


def _quiet(command: "list[str]") -> int:
    """Run apt-get without questions and without its output; return its exit code."""
    asking_nothing = ["env", "DEBIAN_FRONTEND=noninteractive", *command]
    return subprocess.call(asking_nothing, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
