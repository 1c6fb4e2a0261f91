"""The seam to the disk, with the ways of other platforms tried out at it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from threadx.store.fsio import Fs, Operation


class Refuse:
    """A hook that refuses the first operations of a name, as Windows does while a reader holds the file."""

    def __init__(self, name: str, times: int, error: OSError) -> None:
        self.name = name
        self.left = times
        self.error = error

    def __call__(self, operation: Operation) -> None:
        if operation.name == self.name and self.left:
            self.left -= 1
            raise self.error


def held_by_a_reader(winerror: int) -> PermissionError:
    error = PermissionError(errno.EACCES, "in use")
    error.winerror = winerror
    return error


def test_every_change_is_told_before_it_happens(tmp_path: Path):
    told: list[tuple[str, bool]] = []
    fs = Fs(lambda operation: told.append((operation.name, (tmp_path / "a").exists())))

    fs.create(tmp_path / "a", b"data")

    assert told == [("create", False), ("write", True), ("fsync", True)]


def test_a_new_file_never_replaces_one(tmp_path: Path):
    fs = Fs()
    fs.create(tmp_path / "a", b"first")
    with pytest.raises(FileExistsError):
        fs.create(tmp_path / "a", b"second")
    assert fs.read(tmp_path / "a") == b"first"


def test_new_folders_are_made_durable_in_their_parents(tmp_path: Path):
    told: list[tuple[str, str]] = []
    Fs(lambda operation: told.append((operation.name, operation.path.name))).make_dirs(tmp_path / "a" / "b")
    changes = [(name, path) for name, path in told if name in ("mkdir", "fsync_dir")]
    assert changes == [("mkdir", "a"), ("fsync_dir", tmp_path.name), ("mkdir", "b"), ("fsync_dir", "a")]


@pytest.mark.parametrize("winerror", [5, 32, 33, 1224])
def test_a_file_that_a_windows_reader_holds_is_tried_again(winerror: int, tmp_path: Path):
    waits: list[float] = []
    fs = Fs(Refuse("replace", 3, held_by_a_reader(winerror)), wait=waits.append)
    fs.create(tmp_path / "a", b"new")

    fs.replace(tmp_path / "a", tmp_path / "b")

    assert waits == [0.01, 0.02, 0.04]
    assert fs.read(tmp_path / "b") == b"new"


def test_a_file_held_for_long_is_given_up(tmp_path: Path):
    waits: list[float] = []
    fs = Fs(Refuse("replace", 1000, held_by_a_reader(32)), wait=waits.append)
    fs.create(tmp_path / "a", b"new")

    with pytest.raises(PermissionError):
        fs.replace(tmp_path / "a", tmp_path / "b")

    assert waits[-1] <= 2.0
    assert 2.0 < sum(waits) < 4.0


def test_a_refusal_that_waiting_cannot_cure_is_not_waited_for(tmp_path: Path):
    waits: list[float] = []
    fs = Fs(Refuse("replace", 1, PermissionError(errno.EACCES, "denied")), wait=waits.append)
    fs.create(tmp_path / "a", b"new")
    with pytest.raises(PermissionError):
        fs.replace(tmp_path / "a", tmp_path / "b")
    assert waits == []


def test_without_hard_links_a_file_is_copied(tmp_path: Path):
    fs = Fs(links=False)
    fs.create(tmp_path / "a", b"data")

    fs.link(tmp_path / "a", tmp_path / "b")

    assert (tmp_path / "a").stat().st_ino != (tmp_path / "b").stat().st_ino
    assert fs.same(tmp_path / "a", tmp_path / "b")


def test_without_hard_links_a_taken_name_is_refused(tmp_path: Path):
    fs = Fs(links=False)
    for name in ("a", "b"):
        fs.create(tmp_path / name, name.encode())
    with pytest.raises(FileExistsError):
        fs.publish_new(tmp_path / "a", tmp_path / "b")


def test_a_disk_without_hard_links_is_found_out(tmp_path: Path):
    refusing = Fs(Refuse("link", 1, OSError(errno.EPERM, "no links")))
    assert Fs().can_link(tmp_path)
    assert not refusing.can_link(tmp_path)
    assert Fs().names(tmp_path) == []


def test_windows_has_no_directory_fsync(tmp_path: Path):
    flushed: list[int] = []
    Fs(directory_fsync=False, flush=flushed.append).fsync_dir(tmp_path)
    assert flushed == []


def test_the_flush_is_what_the_platform_gives(tmp_path: Path):
    """macOS stops at the drive's cache on fsync; F_FULLFSYNC comes in here."""
    flushed: list[int] = []
    fs = Fs(flush=flushed.append)
    fs.create(tmp_path / "a", b"")
    fs.fsync_dir(tmp_path)
    assert len(flushed) == 2


def test_removing_what_is_gone_is_no_error(tmp_path: Path):
    fs = Fs()
    fs.unlink(tmp_path / "a")
    assert not fs.rmdir(tmp_path / "b")
    assert fs.stat(tmp_path / "a") is None
    assert fs.names(tmp_path / "b") == []


def test_a_folder_with_something_in_it_stays(tmp_path: Path):
    fs = Fs()
    fs.create(tmp_path / "a", b"")
    assert not fs.rmdir(tmp_path)


def test_a_tree_is_removed_with_all_it_holds(tmp_path: Path):
    fs = Fs()
    fs.make_dirs(tmp_path / "a" / "b")
    fs.create(tmp_path / "a" / "b" / "c", b"")
    fs.remove_tree(tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_holding_a_content_is_being_equal_to_the_last_byte(tmp_path: Path):
    data = bytes(range(256)) * 1000  # several pieces
    path = tmp_path / "file"
    path.write_bytes(data)
    assert Fs().holds(path, data)
    assert not Fs().holds(path, data[:-1])
    assert not Fs().holds(path, data + b"x")
    assert not Fs().holds(path, data[:-1] + b"x")
    assert not Fs().holds(path, b"")


def test_scribbling_makes_the_file_or_covers_its_beginning(tmp_path: Path):
    path = tmp_path / "file"
    Fs().scribble(path, b"first")
    Fs().scribble(path, b"2nd  ")
    assert path.read_bytes() == b"2nd  "


AT_THE_END = """
import atexit, sys
from pathlib import Path
from threadx.store.fsio import Fs

told = []
atexit.register(lambda: print(*told))
atexit.register(Fs(lambda operation: told.append(operation.name)).fsync_dirs, [Path(name) for name in sys.argv[1:]])
"""


@pytest.mark.skipif(os.name == "nt", reason="folders need nothing there")
def test_folders_are_made_durable_also_where_no_thread_can_be_started(tmp_path):
    """Past its commit point a write at the end of a program raised: bars that were stored were called not stored."""
    (tmp_path / "other").mkdir()
    command = [sys.executable, "-W", "error", "-c", AT_THE_END, str(tmp_path), str(tmp_path / "other")]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert (ended.stdout.split(), ended.stderr) == (["fsync_dir", "fsync_dir"], "")
