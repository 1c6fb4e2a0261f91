"""kill -9, or a full disk, at every operation of a snapshot: nothing half, nothing lost, and doing it again ends it."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from tests.faults.harness import Count, FailAt, KillAt, chosen, copy_bank, in_child, without_flush
from tests.faults.test_two_writers import forked
from tests.patience import comes_true
from tests.store.bank_maker import bars, settings_of
from threadx.bars.resample import resample
from threadx.data.bank_snapshots import BankSnapshots
from threadx.data.snapshots import SnapshotStore
from threadx.errors import SnapshotExistsError, ThreadXError
from threadx.store import Store
from threadx.store.fsio import Fs, Operation

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
]

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
BTC = ("binance", "BTCUSDC")
OLD = ("20260105", "2026010507", "20260131", "20260228")


class Desk:
    """A bank and its snapshots over one file system that may fail."""

    def __init__(self, root: Path, hook: Callable[[Operation], None] | None = None) -> None:
        settings = settings_of(root)
        self.settings = replace(settings, store=replace(settings.store, keep_operations=2))
        self.fs = Fs(hook, flush=without_flush)
        self.store = Store(root / "data", settings=self.settings, fs=self.fs)
        self.snapshots = SnapshotStore(self.settings, data_root=root / "data", fs=self.fs, clock=lambda: NOW)
        self.bank = BankSnapshots(self.store, self.snapshots)

    def contents(self) -> dict[str, dict[str, bytes]]:
        """Return all files of every whole partition, by domain and stamp; what is in an archive counts."""
        found = {}
        for each in self.snapshots.list():
            if each.complete:
                self.snapshots.verify(each.domain, each.stamp)
                names = self.fs.files(each.path)
                found[f"{each.domain} {each.stamp}"] = {name: (each.path / name).read_bytes() for name in names}
        return found


def _publish(desk: Desk) -> None:
    frame = pd.DataFrame({"symbol": ["BTCUSDC"], "rank": [1]})
    desk.snapshots.publish("macro/forecast", {"t.parquet": frame, "m.json": {"a": 1}}, stamp="20260601")


def _old_ones(desk: Desk) -> None:
    for stamp in OLD:
        desk.snapshots.publish("forecast", {"m.json": {"stamp": stamp}, "n.txt": stamp}, stamp=stamp)


def _half_archived(desk: Desk) -> None:
    _old_ones(desk)
    desk.snapshots.archive("130d")


def _archived(desk: Desk) -> None:
    _old_ones(desk)
    desk.snapshots.archive("90d")


def _bars(desk: Desk) -> None:
    desk.store.write(*BTC, bars(2880))


def _pinned(desk: Desk) -> None:
    _bars(desk)
    desk.bank.create(stamp="20260601")
    desk.store.write(*BTC, bars(900, seed=7), mode="replace")


@dataclass(frozen=True)
class Case:
    name: str
    prepare: Callable[[Desk], object]
    act: Callable[[Desk], object]


CASES = [
    Case("publish", lambda _: None, _publish),
    Case("archive", _old_ones, lambda desk: desk.snapshots.archive("90d")),
    Case("archive into one that is there", _half_archived, lambda desk: desk.snapshots.archive("90d")),
    Case("restore", _archived, lambda desk: desk.snapshots.restore()),
    Case("pin the bank", _bars, lambda desk: desk.bank.create(stamp="20260601")),
    Case("put back", _pinned, lambda desk: desk.bank.restore("20260601")),
]


def _everything(root: Path) -> dict[str, dict[str, bytes]]:
    """Return what there is once all that is archived is unpacked; in a copy, so that nothing changes."""
    copy = root.with_name(f"{root.name}-unpacked")
    copy_bank(root, copy)
    desk = Desk(copy)
    desk.snapshots.restore()
    found = desk.contents()
    shutil.rmtree(copy)
    return found


def _again(case: Case, root: Path) -> Desk:
    """Do it once more, as a user would after a crash."""
    desk = Desk(root)
    with suppress(SnapshotExistsError):
        case.act(desk)
    return desk


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_kill_at_any_operation_loses_nothing_and_can_be_ended(case: Case, tmp_path: Path, fault_scale: float):
    base, done = tmp_path / "base", tmp_path / "done"
    base.mkdir()
    case.prepare(Desk(base))
    before = _everything(base)
    copy_bank(base, done)
    count = Count()
    case.act(Desk(done, count))
    after, files = _everything(done), _names(done)

    for number in chosen(len(count.seen), fault_scale):
        root = tmp_path / f"killed-{number}"
        copy_bank(base, root)
        assert in_child(lambda root=root, number=number: case.act(Desk(root, KillAt(number)))) == -9
        assert _alike(_everything(root), before, after)
        desk = _again(case, root)
        assert _alike(_everything(root), after)
        assert _names(root) == files
        assert desk.fs.names(desk.snapshots.dated.layout.staging) == []
        assert desk.store.verify("full").ok
        shutil.rmtree(root)


@pytest.mark.parametrize(("code", "persistent"), [(errno.ENOSPC, True), (errno.EIO, False)], ids=["full", "once"])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_disk_that_refuses_any_operation_loses_nothing(
    case: Case, code: int, persistent: bool, tmp_path: Path, fault_scale: float
):
    base, done = tmp_path / "base", tmp_path / "done"
    base.mkdir()
    case.prepare(Desk(base))
    before = _everything(base)
    copy_bank(base, done)
    count = Count(names=None)
    case.act(Desk(done, count))
    after, files = _everything(done), _names(done)

    for number in chosen(len(count.seen), fault_scale / 2):
        root = tmp_path / f"failed-{number}"
        copy_bank(base, root)
        with suppress(ThreadXError, OSError):
            case.act(Desk(root, FailAt(number, code, persistent=persistent)))
        assert _alike(_everything(root), before, after)
        _again(case, root)
        assert _alike(_everything(root), after)
        assert _names(root) == files
        shutil.rmtree(root)


def _alike(found: dict, *allowed: dict) -> bool:
    """Whether a state is one of those allowed, or lies between them: each partition whole, none lost."""
    everything = {name: files for one in allowed for name, files in one.items()}
    always = set.intersection(*(set(one) for one in allowed))
    return always <= set(found) and all(_same(found[name], everything[name]) for name in found)


def _same(files: dict[str, bytes], expected: dict[str, bytes]) -> bool:
    """Whether two partitions hold the same; the line that says when one was published, and by whom, aside."""
    ours = {"SHA256SUMS", "manifest.json"}
    return files.keys() == expected.keys() and all(files[name] == expected[name] for name in files.keys() - ours)


def _names(root: Path) -> list[str]:
    """Return every file that people see."""
    return [name for name in Fs().files(root / "data") if not name.startswith((".threadx/", "registry/"))]


def test_of_two_processes_that_publish_one_date_exactly_one_wins(tmp_path: Path):
    """Both begin at once, many times; the loser raises, and what the winner wrote is whole."""

    def publish(who: str) -> None:
        desk = Desk(tmp_path)
        for day in range(1, 21):
            with suppress(SnapshotExistsError):
                files = {"m.json": {"by": who}, "n.txt": who * 1000}
                desk.snapshots.publish("forecast", files, stamp=f"202601{day:02d}")
                (tmp_path / f"won-{day}-{who}").touch()

    children = [forked(lambda who=who: publish(who)) for who in ("a", "b")]
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert codes == [0, 0]
    desk = Desk(tmp_path)
    for day in range(1, 21):
        (winner,) = (path.name[-1] for path in tmp_path.glob(f"won-{day}-*"))
        assert desk.snapshots.read("forecast", "m.json", as_of=f"202601{day:02d}") == {"by": winner}
        desk.snapshots.verify("forecast", f"202601{day:02d}")
    assert desk.fs.names(desk.snapshots.dated.layout.staging) == []


def test_a_reader_never_sees_a_partition_that_is_not_whole(tmp_path: Path):
    def publish() -> None:
        desk = Desk(tmp_path)
        for day in range(1, 29):
            desk.snapshots.publish("forecast", {"m.json": {"day": day}, "n.txt": "x"}, stamp=f"202601{day:02d}")
            assert day != 3 or comes_true((tmp_path / "seen").exists)  # the reader is at work
            desk.snapshots.archive("150d") if day % 7 == 0 else None

    child, seen = forked(publish), 0
    desk = Desk(tmp_path)
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        for each in desk.snapshots.list("forecast"):
            if each.complete:
                with suppress(FileNotFoundError):  # archived between the list and the look
                    assert (each.path / "m.json").read_bytes()
                    (tmp_path / "seen").touch()
                    seen += 1
            else:
                assert not each.path.exists(), "a partition without its flag"
    assert seen


def test_a_bank_that_is_pinned_while_it_is_written_is_one_generation_of_each_series(tmp_path: Path):
    """GC removes objects all the while. What is pinned is whole, and its hours are those of its own minutes."""
    frame = bars(1440)
    Desk(tmp_path).store.write(*BTC, frame)

    def write() -> None:
        desk = Desk(tmp_path)
        for number in range(40):
            changed = frame.iloc[:1200].copy()
            changed["volume"] += number + 1.0
            desk.store.write(*BTC, changed)

    child, desk = forked(write), Desk(tmp_path)
    made = [desk.bank.create(stamp=f"20260101{hour:02d}").partition for hour in range(24)]
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    for each in made:
        desk.snapshots.verify("bank", each.stamp)
        tree = each.path / "processed" / "binance" / "BTCUSDC"
        minutes, hours = pd.read_parquet(tree / "1m"), pd.read_parquet(tree / "1h")
        pd.testing.assert_series_equal(resample(minutes, "1h")["volume"], hours["volume"], check_freq=False)
