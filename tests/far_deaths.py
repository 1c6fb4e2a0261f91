"""What dies in a process: apart from `tests.far_work`, so that the process starts without what the engine imports."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def square_or_die(item: tuple[int, str]) -> int:
    """Return a number's square; where there is a file, take one character of it and die, until none is left."""
    number, fuse = item
    if fuse and (left := Path(fuse).read_text()):
        Path(fuse).write_text(left[1:])
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number
