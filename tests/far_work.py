"""What the tests of processes have done there: functions of a module, because they are pickled by name."""

from __future__ import annotations

import dataclasses
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from tests.patience import cancelled_when, comes_true
from threadx.config_model import Cluster, Settings
from threadx.errors import DataNotFoundError
from threadx.progress import Progress, ProgressEvent
from threadx.workers import POLL_S, apart, cpu_pool, ordered_map

if TYPE_CHECKING:
    from threadx.bridge.events import JobSpec

PROJECT = Path(__file__).resolve().parents[1]


def square_and_process(number: int) -> tuple[int, int]:
    return number * number, os.getpid()


def is_deaf(_number: int) -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())


def count_to(last: int, *, progress: Progress) -> int:
    for done in range(last + 1):
        progress.about("BTCUSDC").report(done, last, "bars", waiting="a wait", wait_s=2.5)
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


def export_and_stop_amid(settings: Settings, spec: JobSpec, *, progress: Progress) -> None:
    """Export, and stop where bars were written and more would follow, telling of it until cancelled."""
    from threadx.bridge import apart as bridge_apart  # the engine costs each process most of a second

    def hold(event: ProgressEvent) -> None:
        while 0 < event.done < event.total:
            progress.pass_on(event)  # again and again: reports that follow close on another are left out
            progress.wait(POLL_S)

    bridge_apart._export_far(settings, spec, progress=progress.heard_by(hold))


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


def process_ends(process: int) -> bool:
    """Return whether a process of this user is no more, after waiting for that."""

    def ended() -> bool:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{process}/stat")
        return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] == "Z"  # nobody has fetched its end

    return comes_true(ended)


def touch_and_wait(path: str) -> None:
    """Leave a mark and be busy for a while, as nobody can end what runs in a cluster."""
    Path(path).touch()
    threading.Event().wait(5)


def use_cluster(address: str, folder: str) -> None:
    settings = dataclasses.replace(Settings.under("unused"), cluster=Cluster(address=address))
    with cpu_pool(settings) as pool:
        results = list(ordered_map(pool, square_and_process, range(4), ahead=2))
    where = "here" if os.getpid() in {process for _square, process in results} else "elsewhere"
    marks = [Path(folder) / str(number) for number in range(100)]
    progress = Progress()
    with cancelled_when(progress, marks[0].exists), cpu_pool(settings) as pool:
        list(ordered_map(pool, touch_and_wait, map(str, marks), ahead=2, progress=progress))
    print([square for square, _process in results], f"{where}, cancelled")


def main(way: str, folder: str = "") -> None:
    """Do what needs a program of its own."""
    if way == "none":
        use_cluster("tcp://127.0.0.1:1", folder)
    elif way == "cluster":
        from distributed import LocalCluster

        with LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster:
            use_cluster(cluster.scheduler_address, folder)
    else:
        apart(tell_process_and_hang, way)


if __name__ == "__main__":
    main(*sys.argv[1:])


def long_result(mark: str) -> bytes:
    """Leave a mark and return what takes a while to be sent."""
    data = bytes(300_000_000)
    Path(mark).touch()
    return data
