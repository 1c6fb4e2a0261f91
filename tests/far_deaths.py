"""What dies in a process: apart from `tests.far_work`, so that the process starts without what the engine imports."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType


def square_or_die(item: tuple[int, str]) -> int:
    """Return a number's square; where there is a file, take one character of it and die, until none is left."""
    number, fuse = item
    if fuse and (left := Path(fuse).read_text()):
        Path(fuse).write_text(left[1:])
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def die_while_sending(size_bytes: int) -> bytes:
    """Return much, and die when the first of it is on its way."""
    main = threading.main_thread().ident

    def kill() -> None:
        while not _is_sending(sys._current_frames().get(main)):
            threading.Event().wait(0.001)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=kill, daemon=True).start()
    return bytes(size_bytes)


def _is_sending(frame: FrameType | None) -> bool:
    while frame is not None and frame.f_code.co_name != "_send":
        frame = frame.f_back
    return frame is not None
