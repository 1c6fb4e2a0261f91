"""What the tests of processes have done there: functions of a module, because they are pickled by name."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

from threadx.errors import DataNotFoundError
from threadx.progress import Progress

PROJECT = Path(__file__).resolve().parents[1]
LOOK_S = 0.05


def square_and_process(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def count_to(last: int, *, progress: Progress) -> int:
    for done in range(last + 1):
        progress.about("BTCUSDC").report(done, last, "bars")
    progress.wait(0.3)  # the last report is read while the call goes on
    return os.getpid()


def touch_and_hang(path: str) -> None:
    Path(path).touch()
    threading.Event().wait(600)


def touch_and_ignore(path: str, *, progress: Progress) -> None:
    touch_and_hang(path)
    progress.raise_if_cancelled()


def hold_a_file(path: str, *, progress: Progress) -> None:
    Path(path).touch()
    try:
        progress.wait(600)
    finally:
        Path(path).unlink()


def nothing_stored(symbol: str, *, progress: Progress) -> None:
    progress.raise_if_cancelled()
    raise DataNotFoundError("{symbol}: nothing stored", hint="download {symbol}", symbol=symbol)


def die(*, progress: Progress) -> None:
    progress.raise_if_cancelled()
    os._exit(9)


def tell_process_and_hang(path: str, *, progress: Progress) -> None:
    beside = Path(path).with_suffix(".tmp")
    beside.write_text(str(os.getpid()))
    beside.replace(path)
    threading.Event().wait(600)
    progress.raise_if_cancelled()


def appears(path: Path, timeout_s: float) -> bool:
    """Return whether a file is there, after waiting for it."""
    return _comes_true(path.exists, timeout_s)


def process_ends(process: int, timeout_s: float) -> bool:
    """Return whether a process of this user is no more, after waiting for that."""

    def ended() -> bool:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{process}/stat")
        return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z"  # nobody has fetched its end

    return _comes_true(ended, timeout_s)


def _comes_true(condition, timeout_s: float) -> bool:
    deadline_s = time.monotonic() + timeout_s
    while not (true := condition()) and time.monotonic() < deadline_s:
        threading.Event().wait(LOOK_S)
    return true


if __name__ == "__main__":
    from threadx.workers import apart

    apart(tell_process_and_hang, sys.argv[1])
