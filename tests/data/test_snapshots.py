"""Snapshots as users call them: published once, read as of a time, never changed."""

from __future__ import annotations

import subprocess
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from tests.wall_clock import WallClock
from threadx.config import Settings
from threadx.data.snapshots import SnapshotStore, latest_partition, read_parquet_latest
from threadx.errors import CorruptPartitionError, DataNotFoundError, FileValidationError, SnapshotExistsError

NOW = datetime(2026, 1, 31, 14, 30, tzinfo=UTC)
FRAME = pd.DataFrame({"symbol": ["BTCUSDC", "ETHUSDC"], "rank": [1, 2]})


@pytest.fixture
def clock() -> WallClock:
    return WallClock(NOW)


@pytest.fixture
def snapshots(tmp_path: Path, clock: WallClock) -> SnapshotStore:
    return SnapshotStore(Settings.under(tmp_path), clock=clock)


@pytest.fixture
def root(snapshots: SnapshotStore) -> Path:
    return snapshots.dated.root


def test_what_is_published_is_read_back(snapshots):
    snapshots.publish("forecast", {"t.parquet": FRAME, "t.csv": FRAME, "m.json": {"a": [1, None]}, "n.txt": "é"})
    pd.testing.assert_frame_equal(snapshots.read("forecast", "t.parquet"), FRAME)
    pd.testing.assert_frame_equal(snapshots.read("forecast", "t.csv"), FRAME)
    assert snapshots.read("forecast", "m.json") == {"a": [1, None]}
    assert snapshots.read("forecast", "n.txt") == "é"


def test_a_store_can_be_opened_by_its_folder(snapshots, root):
    snapshots.publish("forecast", {"m.json": {"a": 1}})
    for other in (SnapshotStore(root), SnapshotStore(str(root)), SnapshotStore(data_root=root)):
        assert other.read("forecast", "m.json") == {"a": 1}


def test_a_partition_holds_its_files_the_checksums_and_an_empty_flag(snapshots, root):
    partition = snapshots.publish("macro/forecast", {"m.json": {"a": 1}}, stamp="2026013107")
    assert partition.path == root / "macro" / "forecast" / "dt=2026013107"
    assert sorted(path.name for path in partition.path.iterdir()) == [".SUCCESS", "SHA256SUMS", "m.json"]
    assert (partition.path / ".SUCCESS").stat().st_size == 0
    assert partition.files == ("m.json",)
    assert partition.size_bytes == (partition.path / "m.json").stat().st_size


def test_the_checksums_are_what_sha256sum_checks(snapshots):
    partition = snapshots.publish("forecast", {"m.json": {"a": 1}, "t.parquet": FRAME})
    done = subprocess.run(
        ["sha256sum", "--strict", "-c", "SHA256SUMS"], check=False, cwd=partition.path, capture_output=True
    )
    assert (done.returncode, done.stdout) == (0, b"m.json: OK\nt.parquet: OK\n")


def test_the_default_stamp_is_the_day_in_utc(snapshots, clock):
    clock.now = datetime(2026, 2, 1, 1, 0, tzinfo=UTC).astimezone(tz=None)
    assert snapshots.publish("forecast", {"m.json": {}}).stamp == "20260201"


def test_a_date_that_is_there_is_refused_and_stays_as_it_is(snapshots):
    snapshots.publish("forecast", {"m.json": {"a": 1}})
    with pytest.raises(SnapshotExistsError, match="20260131"):
        snapshots.publish("forecast", {"m.json": {"a": 2}})
    assert snapshots.read("forecast", "m.json") == {"a": 1}


def test_nothing_is_left_in_staging(snapshots, root):
    snapshots.publish("forecast", {"m.json": {}})
    with pytest.raises(FileValidationError):
        snapshots.publish("forecast", {"m.json": {"a": float("nan")}}, stamp="20260101")
    assert list((root / ".threadx" / "stage").iterdir()) == []
    assert [each.name for each in (root / "forecast").iterdir()] == ["dt=20260131"]


@pytest.mark.parametrize(
    "domain",
    ["processed", "indicators", "registry", "raw", ".threadx", "processed/x", "Processed", "", "/", "a//b", "../x",
     "a/../b", "a/", "/etc", "a\\b", "a b", "a\0", "a\n", "con", "a/nul", "A", "é", "-a", "_a", ".a", "a.b",
     "dt=20260101", "a/b/c/d/e", "a" * 41, "a:b", "~"],
)  # fmt: skip
def test_a_hostile_or_reserved_domain_is_refused(snapshots, root, domain):
    with pytest.raises(FileValidationError):
        snapshots.publish(domain, {"m.json": {}})
    assert not root.exists()


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x.json", "a/b.json", "a\\b.json", "/x.json", ".SUCCESS", ".x", "SHA256SUMS", "sha256sums",
     "a\0", "a\nb.json", "con.json", "NUL", "a.json ", "a.json.", "a..json", "a:b", "é.json", "x" * 101,
     "\u202ea.json"],
)  # fmt: skip
def test_a_hostile_file_name_is_refused(snapshots, root, name):
    with pytest.raises(FileValidationError):
        snapshots.publish("forecast", {name: "text"})
    assert not root.exists()


def test_file_names_that_differ_by_case_only_are_refused(snapshots):
    with pytest.raises(FileValidationError, match="case"):
        snapshots.publish("forecast", {"a.json": {}, "A.json": {}})


@pytest.mark.parametrize(
    "stamp", ["", "2026", "20260230", "2026013124", "20260131T10", "dt=20260131", "٢٠٢٦٠١٣١", "202601311", "../x"]
)
def test_an_impossible_stamp_is_refused(snapshots, stamp):
    with pytest.raises(FileValidationError, match="date of a snapshot"):
        snapshots.publish("forecast", {"m.json": {}}, stamp=stamp)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.json", {"a": float("inf")}),
        ("m.json", object()),
        ("m.json", {"when": pd.NaT}),
        ("m.json", '{"a":'),
        ("t.parquet", "no table"),
        ("t.parquet", b"PAR1"),
        ("m.json", FRAME),
        ("m.txt", {"a": 1}),
        ("t.parquet", [1]),
        ("t.parquet", pd.DataFrame({"a": [1, "x"]})),
    ],
)
def test_content_that_does_not_fit_is_refused(snapshots, name, content):
    with pytest.raises(FileValidationError):
        snapshots.publish("forecast", {name: content})


def test_no_files_are_no_snapshot(snapshots):
    with pytest.raises(FileValidationError, match="no files"):
        snapshots.publish("forecast", {})


def _days(snapshots, *stamps, domain="forecast"):
    for stamp in stamps:
        snapshots.publish(domain, {"m.json": {"stamp": stamp}}, stamp=stamp)


@pytest.mark.parametrize(
    ("as_of", "expected"),
    [
        (None, "20260110"),
        ("2026-01-10", "20260110"),
        ("2026-01-09", "2026010512"),
        (date(2026, 1, 5), "2026010512"),
        ("20260105", "2026010512"),
        ("2026010511", "20260105"),
        (datetime(2026, 1, 5, 11, 59, tzinfo=UTC), "20260105"),
        (datetime(2026, 1, 5, 12, 0, tzinfo=UTC), "2026010512"),
        (datetime(2026, 1, 4), "20260101"),  # noqa: DTZ001 - naive is taken as UTC
        (pd.Timestamp("2026-01-04T23:59:59", tz="UTC"), "20260101"),
    ],
)
def test_as_of_reads_the_newest_that_was_known(snapshots, as_of, expected):
    _days(snapshots, "20260101", "20260105", "2026010512", "20260110")
    assert snapshots.read("forecast", "m.json", as_of=as_of) == {"stamp": expected}


def test_as_of_does_not_see_what_was_published_later_on_that_day(snapshots):
    """A day is published at some hour of it: before that hour nobody knew it."""
    _days(snapshots, "20260130", "20260131")
    before, after = NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)
    assert snapshots.read("forecast", "m.json", as_of=before) == {"stamp": "20260130"}
    assert snapshots.read("forecast", "m.json", as_of=after) == {"stamp": "20260131"}


def test_as_of_before_the_first_is_not_found(snapshots):
    _days(snapshots, "20260105")
    with pytest.raises(DataNotFoundError, match="2026-01-04"):
        snapshots.read("forecast", "m.json", as_of="2026-01-04")


def test_readers_ignore_what_has_no_flag(snapshots, root):
    _days(snapshots, "20260105")
    for name in ("dt=20260201", "dt=20260230", "dt=x", "dt=20260101.bak"):
        (root / "forecast" / name).mkdir()
        (root / "forecast" / name / "m.json").write_text("{}")
    (root / "forecast" / "dt=20260301").write_text("a file")
    assert snapshots.read("forecast", "m.json") == {"stamp": "20260105"}
    assert [(each.stamp, each.complete) for each in snapshots.list("forecast")] == [
        ("20260105", True),
        ("20260201", False),
        ("20260301", False),
    ]


def test_a_date_somebody_else_began_is_not_published_over(snapshots, root):
    folder = root / "forecast" / "dt=20260131"
    folder.mkdir(parents=True)
    (folder / "m.json").write_text("theirs")
    with pytest.raises(SnapshotExistsError):
        snapshots.publish("forecast", {"m.json": {}})
    assert (folder / "m.json").read_text() == "theirs"


def test_a_changed_file_is_not_read(snapshots):
    path = snapshots.publish("forecast", {"m.json": {"a": 1}}).path / "m.json"
    path.chmod(0o644)
    path.write_text('{"a": 2}')
    with pytest.raises(CorruptPartitionError, match="differs"):
        snapshots.read("forecast", "m.json")


def test_a_file_that_is_not_there_is_not_found(snapshots):
    snapshots.publish("forecast", {"m.json": {"a": 1}})
    with pytest.raises(DataNotFoundError, match=r"x\.json"):
        snapshots.read("forecast", "x.json")


def test_all_domains_are_listed_without_the_banks_own_folders(snapshots, root):
    _days(snapshots, "20260105", domain="forecast")
    _days(snapshots, "20260104", "20260106", domain="macro/forecast")
    for name in ("processed", "raw", "registry", "indicators", "other"):
        (root / name / "dt=20260101").mkdir(parents=True) if name != "other" else (root / name).mkdir()
    assert [(each.domain, each.stamp) for each in snapshots.list()] == [
        ("forecast", "20260105"),
        ("macro/forecast", "20260104"),
        ("macro/forecast", "20260106"),
    ]
    assert snapshots.list("nothing") == []


# -- the functions over a folder ----------------------------------------------------------------------------------


def _folder(base: Path, stamp: str, *, flag: bool) -> Path:
    folder = base / f"dt={stamp}"
    folder.mkdir(parents=True)
    FRAME.assign(stamp=stamp).to_parquet(folder / "t.parquet")
    if flag:
        (folder / ".SUCCESS").touch()
    return folder


def test_latest_partition_of_nothing_is_none(tmp_path):
    assert latest_partition(tmp_path / "none") is None
    assert latest_partition(tmp_path) is None
    assert latest_partition(tmp_path, require_success=False) is None
    assert read_parquet_latest(tmp_path, "t.parquet") is None


def test_without_any_flag_the_newest_folder_is_the_latest_unless_a_flag_is_required(tmp_path):
    _folder(tmp_path, "20260101", flag=False)
    newest = _folder(tmp_path, "20260102", flag=False)
    assert latest_partition(tmp_path) == newest
    assert latest_partition(tmp_path, require_success=False) == newest
    assert latest_partition(tmp_path, require_success=True) is None


def test_once_one_has_a_flag_those_without_are_passed_over(tmp_path):
    flagged = _folder(tmp_path, "20260101", flag=True)
    newest = _folder(tmp_path, "20260102", flag=False)
    assert latest_partition(str(tmp_path)) == flagged
    assert latest_partition(tmp_path, require_success=True) == flagged
    assert latest_partition(tmp_path, require_success=False) == newest


def test_the_hours_of_a_day_are_newer_than_the_day(tmp_path):
    _folder(tmp_path, "20260101", flag=True)
    hour = _folder(tmp_path, "2026010107", flag=True)
    assert latest_partition(tmp_path) == hour


def test_read_parquet_latest_reads_the_newest_and_is_none_without_the_file(tmp_path):
    _folder(tmp_path, "20260101", flag=True)
    _folder(tmp_path, "20260102", flag=True)
    assert set(read_parquet_latest(tmp_path, "t.parquet")["stamp"]) == {"20260102"}
    assert read_parquet_latest(tmp_path, "other.parquet") is None
    with pytest.raises(FileValidationError):
        read_parquet_latest(tmp_path, "../dt=20260101/t.parquet")


def test_files_that_differ_in_form_alone_are_said_to_and_equal_ones_are_not(snapshots):
    before, after = pd.DataFrame({"id": ["a"], "n": [1]}), pd.DataFrame({"id": ["a"], "n": [1.0]})
    snapshots.publish("forecast", {"t.parquet": before, "m.json": {"a": 1}, "n.txt": "a\nb"}, stamp="20260101")
    snapshots.publish("forecast", {"t.parquet": after, "m.json": {"a": 1}, "n.txt": "b\na"}, stamp="20260102")
    assert [str(each) for each in snapshots.diff("forecast", "20260101", "20260102")] == [
        "n.txt: written in another form or order, the values are the same",
        "t.parquet: written in another form or order, the values are the same",
    ]
    assert snapshots.diff("forecast", "20260101", "20260101") == []
