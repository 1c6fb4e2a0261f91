"""Breaking the disk at a chosen operation: a bank in a known state, a write on it, and what must hold afterwards."""

from __future__ import annotations

import hashlib
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.store.bank_maker import bars, settings_of
from threadx.errors import ThreadXError
from threadx.store import Store
from threadx.store.findings import Severity
from threadx.store.fsio import CHANGES, Fs, Operation
from threadx.store.layout import Series

Files = dict[str, str]
"""Key -> SHA-256: the same rows give the same bytes, so this is the whole state of a series."""

SERIES = ("binance", "BTCUSDT")


def without_flush(descriptor: int) -> None:
    """Take the place of fsync: killing a process loses nothing of the page cache, and this is far quicker."""


class Count:
    """A hook that counts; with `names`, only those operations."""

    def __init__(self, names: frozenset[str] | None = CHANGES) -> None:
        self.names = names
        self.seen: list[Operation] = []

    def __call__(self, operation: Operation) -> None:
        if self.names is None or operation.name in self.names:
            self.seen.append(operation)
            self.reached(len(self.seen))

    def reached(self, number: int) -> None:
        """Do nothing; the ones below do."""


class KillAt(Count):
    """A hook that kills its own process before the operation of a number."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def reached(self, number: int) -> None:
        if number == self.number:
            os.kill(os.getpid(), signal.SIGKILL)


class FailAt(Count):
    """A hook that fails the operation of a number, or all from it on."""

    def __init__(self, number: int, code: int, *, persistent: bool) -> None:
        super().__init__(names=None)
        self.number = number
        self.code = code
        self.persistent = persistent

    def reached(self, number: int) -> None:
        if number == self.number or (self.persistent and number > self.number):
            raise OSError(self.code, os.strerror(self.code))


@dataclass(frozen=True)
class Case:
    """A bank to begin with, and a write."""

    name: str
    prepare: Callable[[Store], object]
    act: Callable[[Store], object]


def open_store(root: Path, hook: Callable[[Operation], None] | None = None) -> Store:
    """Open the bank; keep little history, so that GC has work in each write."""
    settings = settings_of(root.parent, timeframes=("5m", "1h", "1w"))
    settings = replace(settings, store=replace(settings.store, keep_operations=2))
    return Store(root, settings=settings, fs=Fs(hook, flush=without_flush))


def _base(store: Store) -> None:
    frame = bars(2880)
    for end in (700, 1400, 2000):
        store.write(*SERIES, frame.iloc[:end])


def _changed(frame):
    changed = frame.copy()
    changed["volume"] += 1.0
    return changed


CASES = [
    Case("first write", lambda _: None, lambda store: store.write(*SERIES, bars(2000))),
    Case("append", _base, lambda store: store.write(*SERIES, bars(2880).iloc[1990:], mode="append")),
    Case("upsert", _base, lambda store: store.write(*SERIES, _changed(bars(2880).iloc[1300:1500]))),
    Case("replace", _base, lambda store: store.write(*SERIES, bars(900, seed=7), mode="replace")),
    Case("delete", _base, lambda store: store.delete(*SERIES)),
    Case("undo", _base, lambda store: store.undo(*SERIES)),
]


def state(store: Store) -> Files:
    """Return what the newest generation holds."""
    manifest = store.manifest(*SERIES)
    return {} if manifest is None else {key: entry.sha256 for key, entry in manifest.files.items()}


def chosen(count: int, scale: float) -> Iterator[int]:
    """Yield the share `scale` of 1..count, evenly spread, the first and the last among them."""
    wanted = max(2, min(count, round(count * scale)))
    yield from sorted({1 + round(step * (count - 1) / (wanted - 1)) for step in range(wanted)})


def copy_bank(source: Path, target: Path) -> None:
    """Copy a folder with its hard links: a visible file must stay the same file as its object."""
    copied: dict[int, Path] = {}
    target.mkdir(parents=True)
    for folder, _, names in os.walk(source):
        there = target / Path(folder).relative_to(source)
        there.mkdir(exist_ok=True)
        for name in names:
            path = Path(folder) / name
            inode = path.stat().st_ino
            if inode in copied:
                os.link(copied[inode], there / name)
            else:
                (there / name).write_bytes(path.read_bytes())
                (there / name).chmod(path.stat().st_mode)
                copied[inode] = there / name


def in_child(work: Callable[[], None]) -> int:
    """Run `work` in a forked child; return -9 when it was killed, 0 when it ended, 1 when it raised one of ours."""
    return os.waitstatus_to_exitcode(os.waitpid(forked(work), 0)[1])


def forked(work: Callable[[], None]) -> int:
    """Start `work` in a forked child and return its number. Its exit codes are those of `in_child`."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # 3.12 warns of threads; pyarrow's survive a fork
        child = os.fork()
    if child == 0:
        code = 2
        try:
            work()
            code = 0
        except ThreadXError:
            code = 1
        finally:
            os._exit(code)
    return child


def check_whole(root: Path, *allowed: Files) -> Files:
    """Recover the bank and hold it against everything that must be true; return the state it is in."""
    store = open_store(root)
    serious = [finding for finding in store.recover() if finding.severity is Severity.ERROR]
    assert serious == []
    found = state(store)
    assert found in allowed, "neither the old state nor the new one"
    assert visible(root) == {store.layout.file(Series(*SERIES), key): sha for key, sha in found.items()}
    assert store.fs.names(store.layout.staging) == []
    again = Count()
    assert open_store(root, again).recover() == []
    assert again.seen == [], "a second recovery found work"
    return found


def visible(root: Path) -> dict[Path, str]:
    """Return what other tools see: every file below `processed/` with its SHA-256."""
    files = (Path(folder) / name for folder, _, names in os.walk(root / "processed") for name in names)
    return {path: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
