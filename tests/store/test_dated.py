"""How a dated partition comes to be: in which order, and what a lying disk cannot do."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from threadx.errors import CorruptPartitionError, JobCancelled, SnapshotExistsError
from threadx.progress import Progress
from threadx.store.dated import Checksums, Dated, put
from threadx.store.fsio import Fs, Operation
from threadx.store.stamps import Stamp

NOW = datetime(2026, 1, 31, 14, 30, tzinfo=UTC)
STAMP = Stamp("20260131")


def dated_in(root: Path, fs: Fs | None = None) -> Dated:
    return Dated(root, Fs() if fs is None else fs, timeout_s=1.0, clock=lambda: NOW)


def two_files(dated: Dated):
    def build(folder: Path) -> dict[str, str]:
        return {name: put(dated.fs, folder / name, name.encode()) for name in ("a.txt", "b.txt")}

    return build


def publish(dated: Dated, domain: str = "macro/forecast"):
    return dated.publish(domain, STAMP, two_files(dated))


def test_one_rename_publishes_and_all_is_durable_before_it(tmp_path):
    seen: list[Operation] = []
    publish(dated_in(tmp_path, Fs(seen.append)))
    domain = tmp_path / "macro" / "forecast"
    visible = [each for each in seen if each.path.is_relative_to(domain / STAMP.folder)]
    changes = [each.name for each in visible if each.name not in ("list", "stat", "open", "read")]
    assert changes == ["replace"]
    at = seen.index(next(each for each in visible if each.name == "replace"))
    before, after = seen[:at], seen[at + 1 :]
    built = seen[at].source
    written = {each.path for each in before if each.name == "create" and each.path.parent == built}
    assert {path.name for path in written} == {"a.txt", "b.txt", "SHA256SUMS", ".SUCCESS"}
    assert written <= {each.path for each in before if each.name == "fsync"}
    last_write = max(number for number, each in enumerate(before) if each.name == "create")
    assert ("fsync_dir", built) in [(each.name, each.path) for each in before[last_write:]]
    assert ("fsync_dir", domain) in [(each.name, each.path) for each in after]
    flags = [each.path.name for each in before if each.name == "create" and each.path.parent == built]
    assert flags[-1] == ".SUCCESS"


def test_what_does_not_read_back_is_not_published(tmp_path):
    class LyingFs(Fs):
        def create(self, path: Path, data: bytes) -> None:
            super().create(path, data[:-1] if path.name == "b.txt" else data)

    dated = dated_in(tmp_path, LyingFs())
    with pytest.raises(CorruptPartitionError, match="does not read back"):
        publish(dated)
    assert dated.partitions("macro/forecast") == []
    assert dated.fs.names(dated.layout.staging) == []


def test_a_cancelled_publication_leaves_nothing(tmp_path):
    progress, dated = Progress(), dated_in(tmp_path)

    def build(folder: Path) -> dict[str, str]:
        made = two_files(dated)(folder)
        progress.cancel()
        return made

    with pytest.raises(JobCancelled):
        dated.publish("forecast", STAMP, build, progress=progress)
    assert dated.partitions("forecast") == []
    assert dated.fs.names(dated.layout.staging) == []


def test_somebody_who_bypassed_the_lock_is_not_overwritten(tmp_path):
    """The rename itself decides: a folder that holds anything is never replaced."""
    dated = dated_in(tmp_path)

    def build(folder: Path) -> dict[str, str]:
        other = tmp_path / "forecast" / STAMP.folder
        other.mkdir(parents=True)
        (other / "theirs").touch()
        return two_files(dated)(folder)

    with pytest.raises(SnapshotExistsError):
        dated.publish("forecast", STAMP, build)
    assert [path.name for path in (tmp_path / "forecast" / STAMP.folder).iterdir()] == ["theirs"]


def test_files_cannot_be_written_to_by_accident(tmp_path):
    path = publish(dated_in(tmp_path)).path / "a.txt"
    assert path.stat().st_mode & 0o222 == 0


def test_what_a_dead_writer_left_goes_with_the_next(tmp_path):
    dated = dated_in(tmp_path)
    publish(dated, "forecast")
    left = dated.layout.staging / "_snapshots.forecast.0123"
    left.mkdir()
    (left / "a.txt").touch()
    publish(dated, "other")
    assert dated.fs.names(dated.layout.staging) == []


def test_the_moment_of_publication_is_kept(tmp_path):
    dated = dated_in(tmp_path)
    partition = publish(dated)
    assert dated.published(partition) == NOW
    text = (partition.path / "SHA256SUMS").read_text()
    assert Checksums.parse(text).text("macro/forecast", STAMP) == text


def test_a_foreign_partition_was_published_when_its_flag_was_made(tmp_path):
    folder = tmp_path / "forecast" / "dt=20260131"
    folder.mkdir(parents=True)
    (folder / ".SUCCESS").touch()
    dated = dated_in(tmp_path)
    partition = dated.at("forecast", STAMP)
    assert dated.published(partition) == datetime.fromtimestamp((folder / ".SUCCESS").stat().st_mtime, UTC)
    assert dated.checksums(partition).hashes == {}


@pytest.mark.parametrize("text", ["", "nonsense\n", "# x published never\n", "\0\0", "zz  a.txt\n"])
def test_a_checksums_file_that_says_nothing_says_nothing(text):
    assert Checksums.parse(text) == Checksums(None, {})


def test_a_flag_that_is_a_folder_is_no_flag(tmp_path):
    (tmp_path / "forecast" / "dt=20260131" / ".SUCCESS").mkdir(parents=True)
    assert [each.complete for each in dated_in(tmp_path).partitions("forecast")] == [False]
