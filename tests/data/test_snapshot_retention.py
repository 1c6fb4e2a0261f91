"""Old partitions go into the archive of their month and come back whole."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from threadx.config import Settings
from threadx.data.snapshots import SnapshotStore, age_of
from threadx.errors import CorruptPartitionError, DataError, DataNotFoundError, SnapshotExistsError
from threadx.store.retention import archive, old_partitions

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
OLD = ("20260105", "2026010507", "20260131", "20260228")
FRAME = pd.DataFrame({"symbol": ["BTCUSDC"], "rank": [1]})


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def snapshots(tmp_path: Path) -> SnapshotStore:
    made = SnapshotStore(Settings.under(tmp_path), clock=lambda: NOW)
    for stamp in (*OLD, "20260601"):
        made.publish("forecast", {"t.parquet": FRAME, "m.json": {"stamp": stamp}}, stamp=stamp)
    return made


@pytest.fixture
def folder(snapshots: SnapshotStore) -> Path:
    return snapshots.dated.folder("forecast")


def test_old_partitions_move_into_one_archive_per_month(snapshots, folder):
    packed = snapshots.archive("90d")
    assert [(each.month, each.stamps) for each in packed] == [("202601", OLD[:3]), ("202602", OLD[3:])]
    assert sorted(path.name for path in folder.iterdir()) == [
        "archive-202601.zip",
        "archive-202602.zip",
        "dt=20260601",
    ]
    assert [each.stamp for each in snapshots.archived("forecast")] == list(OLD)


def test_restored_partitions_are_what_they_were(snapshots, folder):
    before = contents(folder)
    snapshots.archive("90d")
    assert [each.stamp for each in snapshots.restore("forecast")] == list(OLD)
    after = contents(folder)
    assert {name: data for name, data in after.items() if not name.startswith("archive-")} == before
    assert snapshots.read("forecast", "m.json", as_of="2026-01-31") == {"stamp": "20260131"}
    assert all(each.complete for each in snapshots.list())


def test_one_date_comes_back_alone_and_again_does_nothing(snapshots, folder):
    snapshots.archive("90d")
    assert [each.stamp for each in snapshots.restore("forecast", ["20260131"])] == ["20260131"]
    assert snapshots.restore("forecast", ["20260131"]) == []
    assert [each.stamp for each in snapshots.list("forecast")] == ["20260131", "20260601"]


def test_what_only_an_archive_has_is_never_answered_by_an_older_snapshot(snapshots):
    snapshots.archive("90d")
    for as_of in ("2026-01-31", "20260228", datetime(2026, 2, 3, tzinfo=UTC)):
        with pytest.raises(DataNotFoundError, match="archive") as caught:
            snapshots.read("forecast", "m.json", as_of=as_of)
        assert "threadx snapshot restore" in caught.value.hint
    snapshots.restore("forecast", ["20260105"])
    assert snapshots.read("forecast", "m.json", as_of=datetime(2026, 1, 5, 1, tzinfo=UTC)) == {"stamp": "20260105"}
    with pytest.raises(DataNotFoundError, match="2026010507 is in an archive"):
        snapshots.read("forecast", "m.json", as_of="2026-01-15")
    assert snapshots.read("forecast", "m.json") == {"stamp": "20260601"}


def test_a_date_that_is_asked_for_by_name_is_said_to_be_in_an_archive(snapshots):
    snapshots.archive("90d")
    for ask in (lambda: snapshots.at("forecast", "20260131"), lambda: snapshots.verify("forecast", "20260131"),
                lambda: snapshots.diff("forecast", "20260131", "20260601")):  # fmt: skip
        with pytest.raises(DataNotFoundError, match="is in an archive"):
            ask()
    with pytest.raises(DataNotFoundError, match="no snapshot of 20260102"):
        snapshots.at("forecast", "20260102")


def test_to_bring_a_snapshot_of_the_bank_back_is_not_to_put_it_into_the_bank(snapshots):
    snapshots.publish("bank", {"m.json": {}}, stamp="20260101")
    snapshots.archive("90d", "bank")
    with pytest.raises(DataNotFoundError) as caught:
        snapshots.read("bank", "m.json")
    assert caught.value.hint == "bring it back with: threadx snapshot restore --domain bank"


def test_a_date_comes_back_although_the_archive_of_another_month_is_damaged(snapshots, folder):
    snapshots.archive("90d")
    other = folder / "archive-202601.zip"
    other.chmod(0o644)
    other.write_bytes(other.read_bytes()[:50])
    assert [each.stamp for each in snapshots.restore("forecast", ["20260228"], dry_run=True)] == ["20260228"]
    assert [each.stamp for each in snapshots.restore("forecast", ["20260228"])] == ["20260228"]
    assert snapshots.read("forecast", "m.json", as_of="20260301") == {"stamp": "20260228"}


@pytest.mark.parametrize("name", ["BTC:USDT.csv", "two\nlines"])
def test_a_file_name_that_no_archive_can_hold_leaves_its_snapshot_and_packs_the_others(snapshots, folder, name):
    own = folder / "dt=20260110"
    own.mkdir()
    (own / name).write_text("theirs")
    (own / ".SUCCESS").touch()
    packed = snapshots.archive("90d")
    assert [each.stamps for each in packed] == [OLD[:3], OLD[3:]]
    assert [finding.path for finding in packed[0].findings] == [str(own)]
    assert (own / name).read_text() == "theirs"


def test_a_dry_run_names_the_same_and_changes_nothing(snapshots, folder):
    before = contents(folder)
    planned = snapshots.archive("90d", dry_run=True)
    assert contents(folder) == before
    done = snapshots.archive("90d")
    assert planned == done
    would = snapshots.restore(dry_run=True)
    assert [each.stamp for each in would] == list(OLD)
    assert len(snapshots.list()) == 1


def test_archiving_again_is_nothing_and_a_later_day_joins_its_month(snapshots, folder):
    snapshots.archive(timedelta(days=130))
    first = snapshots.archived("forecast")
    assert [each.stamp for each in first] == ["20260105", "2026010507"]
    assert [each.stamps for each in snapshots.archive("90d")] == [("20260131",), ("20260228",)]
    assert snapshots.archive("90d") == []
    assert [each.stamp for each in snapshots.archived("forecast")] == list(OLD)
    assert snapshots.restore() != []


def test_the_same_partitions_give_the_same_archive_in_one_go_or_two(tmp_path):
    sums = []
    for name, ages in (("a", ("90d",)), ("b", ("130d", "90d"))):
        made = SnapshotStore(Settings.under(tmp_path / name), clock=lambda: NOW)
        for stamp in OLD[:3]:
            made.publish("forecast", {"m.json": {"stamp": stamp}}, stamp=stamp)
        for age in ages:
            made.archive(age)
        archive = made.dated.folder("forecast") / "archive-202601.zip"
        sums.append(hashlib.sha256(archive.read_bytes()).hexdigest())
    assert sums[0] == sums[1]


def test_a_restored_partition_is_only_removed_again(snapshots, folder):
    snapshots.archive("90d")
    archive = (folder / "archive-202601.zip").read_bytes()
    snapshots.restore()
    assert snapshots.archive("90d")[0].stamps == OLD[:3]
    assert (folder / "archive-202601.zip").read_bytes() == archive
    assert [each.stamp for each in snapshots.list()] == ["20260601"]


def test_what_another_process_packed_meanwhile_is_passed_over(snapshots, folder):
    """Two archive the same dates: the second waits for the lock and finds nothing left to do."""
    chosen = old_partitions(snapshots.dated, "forecast", NOW - timedelta(days=90))
    assert sum(len(each.stamps) for each in archive(snapshots.dated, "forecast", chosen)) == len(OLD)
    again = archive(snapshots.dated, "forecast", chosen)
    assert [(each.stamps, each.findings) for each in again] == [((), ()), ((), ())]
    assert [each.stamp for each in snapshots.archived("forecast")] == list(OLD)


def test_an_archived_date_stays_taken(snapshots):
    snapshots.archive("90d")
    with pytest.raises(SnapshotExistsError, match="archive-202601"):
        snapshots.publish("forecast", {"m.json": {}}, stamp="20260131")
    snapshots.publish("forecast", {"m.json": {}}, stamp="20260130")


def test_any_zip_tool_and_sha256sum_agree(snapshots, folder, tmp_path):
    snapshots.archive("90d")
    with zipfile.ZipFile(folder / "archive-202601.zip") as archive:
        assert archive.testzip() is None
        archive.extractall(tmp_path / "out")
    command = ["sha256sum", "--strict", "--quiet", "-c", "SHA256SUMS"]
    assert subprocess.run(command, check=False, cwd=tmp_path / "out", capture_output=True).returncode == 0


def test_a_damaged_partition_is_left_where_it_is_and_reported(snapshots, folder):
    path = folder / "dt=20260131" / "m.json"
    path.chmod(0o644)
    path.write_text("{}")
    packed = snapshots.archive("90d")
    assert packed[0].stamps == OLD[:2]
    assert [finding.path for finding in packed[0].findings] == [str(folder / "dt=20260131")]
    assert path.read_text() == "{}"


@pytest.mark.parametrize("spoil", ["gone", "link"])
def test_a_partition_that_lacks_a_file_or_leads_elsewhere_is_not_packed(snapshots, folder, tmp_path, spoil):
    path = folder / "dt=20260228" / "m.json"
    path.unlink()
    if spoil == "link":
        (tmp_path / "elsewhere").write_text("{}")
        path.symlink_to(tmp_path / "elsewhere")
    assert snapshots.archive("90d")[-1].stamps == ()
    assert (folder / "dt=20260228").is_dir()


def test_what_is_no_whole_partition_is_never_archived(snapshots, folder):
    (folder / "dt=20260101").mkdir()
    (folder / "dt=20260101" / "m.json").write_text("{}")
    assert "20260101" not in snapshots.archive("90d")[0].stamps
    assert (folder / "dt=20260101" / "m.json").exists()


def test_a_partition_of_another_program_comes_back_as_it_was(snapshots, folder):
    own = folder / "dt=20260302"
    own.mkdir()
    (own / "x.txt").write_text("theirs")
    (own / ".SUCCESS").touch()
    assert snapshots.archive("80d")[-1].stamps == ("20260302",)
    snapshots.restore("forecast", ["20260302"])
    assert contents(own) == {"x.txt": b"theirs", ".SUCCESS": b""}


@pytest.mark.parametrize("damage", ["cut", "bit", "text", "version", "offset", "extra", "climbs"])
def test_a_damaged_archive_is_refused_and_nothing_is_removed(snapshots, folder, tmp_path, damage):
    snapshots.archive(timedelta(days=130))
    archive = folder / "archive-202601.zip"
    data = archive.read_bytes()
    archive.chmod(0o644)
    if damage == "cut":
        archive.write_bytes(data[:-40])
    elif damage == "bit":
        at = data.index(b"PAR1") + 20
        archive.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    elif damage == "text":
        archive.write_bytes(b"no zip at all")
    elif damage == "version":  # the zip version that the first entry of the table of contents needs
        at = data.index(b"PK\x01\x02") + 6
        archive.write_bytes(data[:at] + b"\xff" + data[at + 1 :])
    elif damage == "offset":  # where the table of contents begins
        archive.write_bytes(data[:-6] + b"\xff\xff\xff\x7f" + data[-2:])
    else:
        with zipfile.ZipFile(archive, "a") as file:
            file.writestr("../../evil" if damage == "climbs" else "dt=20260109/m.json", b"{}")
    with pytest.raises(CorruptPartitionError, match="not a whole archive"):
        snapshots.archive("90d")
    with pytest.raises(CorruptPartitionError):
        snapshots.restore()
    assert (folder / "dt=20260131" / "m.json").exists()
    assert not (folder / "dt=20260105").exists()
    assert not (tmp_path / "evil").exists()
    assert not any(snapshots.dated.layout.staging.iterdir())


def test_other_content_of_an_archived_date_is_never_removed(snapshots, folder):
    snapshots.archive("90d")
    own = folder / "dt=20260131"
    own.mkdir()
    (own / "m.json").write_text("other")
    (own / ".SUCCESS").touch()
    packed = snapshots.archive("90d")
    assert packed[0].stamps == ()
    assert "another content" in packed[0].findings[0].text
    assert (own / "m.json").read_text() == "other"


def test_all_domains_are_archived_unless_one_is_named(snapshots):
    snapshots.publish("macro/x", {"m.json": {}}, stamp="20260101")
    assert {each.domain for each in snapshots.archive("90d", dry_run=True)} == {"forecast", "macro/x"}
    assert {each.domain for each in snapshots.archive("90d", "macro/x")} == {"macro/x"}
    assert snapshots.dated.domains() == ["forecast", "macro/x"]


@pytest.mark.parametrize(("text", "age"), [("90d", timedelta(90)), ("2w", timedelta(14)), ("36h", timedelta(1.5))])
def test_an_age_is_a_number_and_a_unit(text, age):
    assert age_of(text) == age


@pytest.mark.parametrize("text", ["", "90", "d", "-1d", "9 d", "1.5d", "٩d", "1y", "999999d"])
def test_any_other_age_is_refused(text):
    with pytest.raises(DataError, match="not an age"):
        age_of(text)


def test_verify_reads_every_file(snapshots, folder):
    assert snapshots.verify("forecast", "20260131") == 2
    with pytest.raises(DataNotFoundError):
        snapshots.verify("forecast", "20250131")
    path = folder / "dt=20260131" / "t.parquet"
    path.chmod(0o644)
    path.write_bytes(b"x")
    with pytest.raises(CorruptPartitionError):
        snapshots.verify("forecast", "20260131")
