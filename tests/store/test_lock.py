"""One writer at a time, named when it is in the way; a wait that can be cancelled."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.patience import LONG_S, PATIENCE_S, cancelled_when
from threadx.errors import JobCancelled, StoreLockedError
from threadx.progress import Progress, ProgressEvent
from threadx.store.fsio import Fs
from threadx.store.lock import exclusive, holder_of

HOLD = """
import sys
from pathlib import Path
from threadx.store.fsio import Fs
from threadx.store.lock import exclusive
with exclusive(Fs(), Path(sys.argv[1]), "binance BTCUSDT", timeout_s=60):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    return tmp_path / "locks" / "BTCUSDT.lock"


@pytest.fixture
def other_process(lock: Path):
    """Another process that holds the lock until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.stdin.close()


def test_a_holder_in_another_process_is_named(lock: Path, other_process):
    named = f"binance BTCUSDT: .*process {other_process.pid} on "
    with pytest.raises(StoreLockedError, match=named), exclusive(Fs(), lock, "binance BTCUSDT", timeout_s=0.05):
        pass


def test_the_lock_of_a_killed_process_is_free(lock: Path, other_process):
    other_process.kill()
    other_process.wait()
    with exclusive(Fs(), lock, "binance BTCUSDT", timeout_s=PATIENCE_S):
        pass


def test_a_wait_ends_soon_after_cancel(lock: Path, other_process):
    progress, told = Progress(lambda event: told.append(event.waiting)), []
    with (
        cancelled_when(progress, lambda: told),
        exclusive(Fs(), lock, "x", timeout_s=LONG_S, progress=progress),
    ):
        pass


def test_a_long_wait_is_told(lock: Path, other_process):
    told: list[str] = []

    def end_the_wait(event: ProgressEvent) -> None:
        told.append(event.waiting)
        progress.cancel()

    progress = Progress(end_the_wait)
    with pytest.raises(JobCancelled), exclusive(Fs(), lock, "x", timeout_s=LONG_S, progress=progress):
        pass
    assert told == [f"waiting for {holder_of(lock)}"]
    assert f"process {other_process.pid}" in told[0]


def test_two_threads_take_turns(lock: Path):
    inside, most = 0, 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(20):
            with exclusive(Fs(), lock, "x", timeout_s=PATIENCE_S):
                with guard:
                    inside += 1
                    most = max(most, inside)
                with guard:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def test_a_lock_file_is_never_deleted(lock: Path):
    with exclusive(Fs(), lock, "x", timeout_s=1):
        inode = lock.stat().st_ino
    assert lock.stat().st_ino == inode


def test_a_holder_nobody_can_read_is_unknown(lock: Path, other_process):
    lock.with_suffix(".holder").write_bytes(b"\xff{")
    with pytest.raises(StoreLockedError, match="an unknown process"), exclusive(Fs(), lock, "x", timeout_s=0):
        pass


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_raises(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(OSError, match="denied"), exclusive(Fs(), tmp_path / "a" / "b.lock", "x", timeout_s=0):
        pass
    tmp_path.chmod(0o700)
