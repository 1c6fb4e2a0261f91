"""Time in tests: what must come is waited for, and nothing passes or fails by how quick the machine is.

A machine may be five times slower than another, and may stop a thread for seconds. So a test holds what has to happen
"in the middle" by an event, a server that does not answer or a file, and cancels only once it was seen to be there.
That a cancel is heard is told from the wait that it ends: that lasts far longer than `SOON_S`.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from threadx.errors import JobCancelled
from threadx.progress import Progress

PATIENCE_S = 60.0
"""How long a test waits for what must come; nothing takes a second on an idle machine."""
SOON_S = 15.0
"""What is promised within half a second, on any machine. What it would last without the cancel is `LONG_S`."""
LONG_S = 60.0
PROGRAM_S = 240.0
"""How long a program that a test starts may take in all."""
LOOK_S = 0.01


def comes_true(condition: Callable[[], object], timeout_s: float = PATIENCE_S) -> bool:
    """Return whether a condition holds, after waiting for it."""
    deadline_s = time.monotonic() + timeout_s
    while not (true := condition()) and time.monotonic() < deadline_s:
        threading.Event().wait(LOOK_S)
    return bool(true)


@contextmanager
def cancelled_when(progress: Progress, ready: Callable[[], object], *, after_s: float = 0.0) -> Iterator[None]:
    """Cancel from another thread, some time after `ready` holds; the block must end in JobCancelled, soon.

    `after_s` is for a wait that nobody can see beginning: it makes likely that the cancel comes in its middle.
    """
    ended, cancelled_s, was_ready = threading.Event(), [], []

    def cancel() -> None:
        was_ready.append(comes_true(lambda: ended.is_set() or ready()))
        ended.wait(after_s)
        cancelled_s.append(time.monotonic())
        progress.cancel()

    canceller = threading.Thread(target=cancel, name="canceller")
    canceller.start()
    try:
        with pytest.raises(JobCancelled):
            yield
        heard_s = time.monotonic()
    finally:
        ended.set()
        canceller.join()
    assert was_ready == [True], "what was to be cancelled had not begun"
    assert heard_s - cancelled_s[0] < SOON_S
