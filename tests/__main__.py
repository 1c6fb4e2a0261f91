"""`python3 -m tests`: sets up what the tests need, then runs them all. More arguments go to pytest.

Every run takes the tests in the same shuffled order and gives Hypothesis the same examples, so that it fails for what
was changed. To look further, in another order and with other examples:

    python3 -m tests --randomly-seed=default --hypothesis-profile=explore

The tests' own folders are in memory where there is room, and go with the run; in TMPDIR, if that is set, they stay.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from threadx import bootstrap

PROJECT = Path(__file__).resolve().parents[1]
ORDER = 20240603
"""Any number: the tests are shuffled by it."""
MEMORY = Path("/dev/shm")
"""Where the tests' own folders are, if there is room: tests that write take half as long as on a disk."""
ROOM_BYTES = 2_000_000_000


def main(argv: "list[str]") -> int:
    """Run the tests; return pytest's exit code."""
    bootstrap.check_python()
    bootstrap.ensure("test")
    provide_screen()
    workers = [] if any(word.startswith("-n") for word in argv) else ["-n", "2", "--dist", "worksteal"]
    order = [] if "no:randomly" in argv else [f"--randomly-seed={ORDER}"]
    command = [sys.executable, "-m", "pytest", *workers, *order, *argv]
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if "TMPDIR" in variables or not _has_room(MEMORY):
        return subprocess.call(command, cwd=PROJECT, env=variables)
    with tempfile.TemporaryDirectory(prefix="threadx-tests-", dir=str(MEMORY)) as folder:
        command += ["-o", "tmp_path_retention_policy=failed"]
        return subprocess.call(command, cwd=PROJECT, env={**variables, "TMPDIR": folder})


def _has_room(folder: Path) -> bool:
    return folder.is_dir() and os.access(str(folder), os.W_OK) and shutil.disk_usage(str(folder)).free > ROOM_BYTES


def provide_screen() -> None:
    """Install what the window's tests need (Xvfb, Debian's Tk) where that is possible; say how where it is not."""
    needed = [] if shutil.which("Xvfb") or sys.platform in ("win32", "darwin") else ["xvfb", "fonts-dejavu-core"]
    if importlib.util.find_spec("_tkinter") is None and sys.base_prefix == "/usr":  # the system's own Python
        needed.append("python3-tk")
    if not needed:
        return
    install = ["apt-get", "install", "-y", "--no-install-recommends", *needed]
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        _say("Installing {} for the window's tests ...".format(" ".join(needed)))
        if _quiet(install) == 0 or (_quiet(["apt-get", "update"]) == 0 and _quiet(install) == 0):
            return
    _say("Tests of the window are skipped here. To have them:  sudo apt install {}".format(" ".join(needed)))
    _say("(Fedora: xorg-x11-server-Xvfb python3-tkinter; Arch: xorg-server-xvfb tk)")


def _quiet(command: "list[str]") -> int:
    """Run apt-get without questions and without its output; return its exit code."""
    asking_nothing = ["env", "DEBIAN_FRONTEND=noninteractive", *command]
    return subprocess.call(asking_nothing, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
