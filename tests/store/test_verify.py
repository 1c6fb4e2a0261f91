from __future__ import annotations

import shutil

import pytest

from tests.store.bank_maker import bars, filled, settings_of, store_in
from threadx.errors import DataNotFoundError, JobCancelled, StoreError
from threadx.progress import Progress
from threadx.store import Store
from threadx.store.findings import Severity
from threadx.store.fsio import Fs
from threadx.store.layout import Series

LEVELS = ("quick", "normal", "full", "deep")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    root = tmp_path_factory.mktemp("pristine")
    filled(root, "BTCUSDT", "ETHUSDT")
    return root


@pytest.fixture
def store(pristine, tmp_path):
    """A copy of the bank whose visible files are links to its objects again."""
    copy_bank(pristine, tmp_path)
    return store_in(tmp_path)


def copy_bank(source, target):
    shutil.copytree(source / ".threadx", target / ".threadx", dirs_exist_ok=True)
    shutil.copytree(source / "registry", target / "registry", dirs_exist_ok=True)
    made = store_in(target)
    for series in made.bank.generations.all_series():
        for key, entry in made.bank.generations.newest(series).files.items():
            path = made.layout.file(series, key)
            path.parent.mkdir(parents=True)
            path.hardlink_to(made.layout.object(series, entry.sha256))


def visible(store, symbol="BTCUSDT", timeframe="1m", month="2024-01"):
    return (
        store.layout.visible
        / "binance"
        / symbol
        / timeframe
        / f"year={month[:4]}"
        / f"month={month[5:]}"
        / f"{symbol}.parquet"
    )


def codes(report):
    return sorted(finding.code for finding in report.findings)


def rows(store, symbol="BTCUSDT", timeframe="1m"):
    return store.read("binance", symbol, timeframe)


@pytest.mark.parametrize("level", LEVELS)
def test_a_whole_bank_has_no_findings(store, level):
    report = store.verify(level)
    assert report.ok
    assert report.findings == ()
    assert (report.level, report.series, report.files) == (level, 2, 12)


@pytest.mark.parametrize("level", LEVELS)
def test_verifying_changes_nothing(store, level, tmp_path):
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.rglob("*") if path.is_file()}
    store.verify(level, repair=True)
    after = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in tmp_path.rglob("*") if path.is_file()}
    locks = tmp_path / ".threadx" / "locks"
    assert {k: v for k, v in before.items() if locks not in k.parents} == {
        k: v for k, v in after.items() if locks not in k.parents
    }


@pytest.mark.parametrize("level", LEVELS)
def test_a_deleted_series_is_no_damage(store, level):
    """It had no checksum file any more, as it should, and was called damaged for ever: repairing could not help."""
    store.delete("binance", "ETHUSDT")
    store.export_registry()
    report = store.verify(level)
    assert report.ok, report.findings


def test_a_checksum_file_of_a_deleted_series_is_found_and_removed(store):
    kept = store.catalog.checksum_file(Series("binance", "ETHUSDT"))
    before = kept.read_bytes()
    store.delete("binance", "ETHUSDT")
    store.export_registry()
    kept.write_bytes(before)
    assert codes(store.verify()) == ["registry_damaged"]
    assert store.verify(repair=True).ok
    assert not kept.exists()


def test_one_series_is_verified_alone(store):
    visible(store, "ETHUSDT").unlink()
    assert store.verify("quick", symbol="BTCUSDT").ok
    assert codes(store.verify("quick", "binance", "ETHUSDT")) == ["visible_missing"]


def test_what_was_found_right_needs_no_second_look_and_what_was_not_gets_one(store):
    checked: set[str] = set()
    damaged = store.layout.file(Series("binance", "BTCUSDT"), next(iter(store.manifest("binance", "BTCUSDT").files)))
    damaged.chmod(0o644)
    damaged.write_bytes(b"x" * damaged.stat().st_size)

    first = store.verify("full", checked=checked)
    again = store.verify("full", checked=checked)

    assert checked == {f"binance ETHUSDT {store.manifest('binance', 'ETHUSDT').gen} full"}
    assert not first.ok
    assert (first.before, again.before) == (0, 1), "that it was not looked at again is told"
    assert again.findings == first.findings


def test_an_unknown_symbol_or_level_is_an_error(store):
    with pytest.raises(DataNotFoundError, match="DOGEUSDT"):
        store.verify(symbol="DOGEUSDT")
    with pytest.raises(ValueError, match="no such level"):
        store.verify("thorough")


def test_an_empty_bank_is_whole(tmp_path):
    assert store_in(tmp_path).verify("deep").ok


@pytest.mark.parametrize("level", LEVELS)
def test_cancel_ends_it(store, level):
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        store.verify(level, progress=progress)


def test_progress_counts_series_and_files(store):
    events = []
    store.verify("full", progress=Progress(events.append))
    assert {(event.done, event.total) for event in events if event.unit == "series"} == {(0, 2), (1, 2)}
    assert {event.subject for event in events if event.unit == "files"} == {"BTCUSDT", "ETHUSDT"}


def test_every_finding_says_where_and_what_next(store):
    visible(store).unlink()
    visible(store, "ETHUSDT").with_name("stray.parquet").write_bytes(b"x")
    for finding in store.verify("quick").findings:
        assert finding.path
        assert finding.next_step
        assert finding.text
        assert "{" not in finding.text + finding.next_step


# -- foreign edits ---------------------------------------------------------------------------------------------------


def test_a_plain_to_parquet_onto_a_visible_file_is_found_and_put_back(store):
    before = rows(store)
    path = visible(store)
    bars(5, seed=9).to_parquet(path)
    found = store.verify("quick")
    # written in place: the object has the same inode, so it is damaged itself
    assert not found.ok
    report = store.verify("full", repair=True)
    assert "month_lost" in codes(report)
    assert before.shape[0] > rows(store).shape[0]


@pytest.mark.parametrize("way", ["repair", "write"])
def test_a_folder_in_the_place_of_a_visible_file_is_kept_aside_and_the_file_put_back(store, way):
    """Dask and Spark write folders called .parquet: neither a repair nor a write came past one."""
    path = visible(store, month="2024-02")
    before = path.read_bytes()
    path.unlink()
    path.mkdir()
    (path / "part.0.parquet").write_bytes(b"theirs")
    assert codes(store.verify("quick")) == ["foreign_edit", "unknown_file"]
    if way == "repair":
        assert store.verify("quick", repair=True).ok
        assert path.read_bytes() == before
    else:
        store.write("binance", "BTCUSDT", bars(60, start_ms=1_706_832_000_000))
        assert path.is_file()
    assert store.verify("quick").ok
    assert [kept.read_bytes() for kept in store.layout.quarantine.glob("*/part.0.parquet")] == [b"theirs"]


def test_a_file_renamed_over_a_visible_one_is_found_and_put_back(store, tmp_path):
    before = rows(store)
    foreign = tmp_path / "foreign.parquet"
    bars(5, seed=9).to_parquet(foreign)
    foreign.replace(visible(store))
    assert codes(store.verify("quick")) == ["foreign_edit"]
    report = store.verify("quick", repair=True)
    assert report.ok
    assert codes(report) == ["foreign_edit"]
    assert store.verify("deep").findings == ()
    assert rows(store).equals(before)


def test_a_deleted_visible_file_is_found_and_put_back(store):
    visible(store, timeframe="1h").unlink()
    assert codes(store.verify("quick")) == ["visible_missing"]
    assert store.verify("quick", repair=True).ok
    assert store.verify("deep").findings == ()


def test_a_renamed_visible_file_is_found_twice_and_its_place_filled_again(store):
    path = visible(store)
    path.rename(path.with_name("mine.parquet"))
    assert codes(store.verify("quick")) == ["unknown_file", "visible_missing"]
    report = store.verify("quick", repair=True)
    assert [one.code for one in report.findings if not one.repaired] == ["unknown_file"]
    assert path.exists()


@pytest.mark.parametrize(
    "place",
    [
        "x.parquet",
        "binance/x.parquet",
        "binance/BTCUSDT/x.parquet",
        "binance/BTCUSDT/1m/.hidden",
        "other/X/1m/X.parquet",
    ],
)
def test_an_unknown_file_anywhere_under_processed_is_reported_and_never_removed(store, place):
    path = store.layout.visible / place
    path.parent.mkdir(parents=True, exist_ok=True)
    bars(5).to_parquet(path)
    report = store.verify("quick", repair=True)
    assert [(one.code, one.path) for one in report.findings] == [("unknown_file", str(path))]
    assert not report.ok
    assert path.exists()


def test_a_whole_symbol_folder_deleted_is_put_back(store):
    before = rows(store)
    shutil.rmtree(store.layout.visible / "binance" / "BTCUSDT")
    assert len(store.verify("quick").findings) == 6
    assert store.verify("quick", repair=True).ok
    assert store.verify("deep").findings == ()
    assert rows(store).equals(before)


# -- damage ----------------------------------------------------------------------------------------------------------


def flip(path, position=None):
    data = bytearray(path.read_bytes())
    data[len(data) // 2 if position is None else position] ^= 1
    path.chmod(0o644)
    with path.open("r+b") as file:  # in place, as a disk does it: the inode stays
        file.write(data)


def test_a_damaged_derived_month_is_derived_again_to_the_same_bytes(store):
    path = visible(store, timeframe="5m")
    before = path.read_bytes()
    flip(path)
    assert codes(store.verify("full")) == ["object_damaged"]
    report = store.verify("full", repair=True)
    assert report.ok
    assert path.read_bytes() == before
    assert store.manifest("binance", "BTCUSDT").gen == 2
    assert store.verify("deep").findings == ()


def test_a_damaged_1m_month_is_made_whole_from_an_intact_visible_copy(store):
    path = visible(store)
    before = path.read_bytes()
    path.unlink()
    path.write_bytes(before)
    entry = store.manifest("binance", "BTCUSDT").files["1m/2024-01"]
    flip(store.layout.object(store.bank.generations.all_series()[0], entry.sha256))
    assert codes(store.verify("full")) == ["foreign_edit", "object_damaged"]
    assert store.verify("full", repair=True).ok
    assert store.verify("deep").findings == ()


def test_a_damaged_1m_month_without_copy_goes_to_quarantine_and_becomes_a_gap(store):
    flip(visible(store))
    report = store.verify("full", repair=True)
    (lost,) = [one for one in report.findings if one.code == "month_lost"]
    assert not report.ok
    assert lost.severity is Severity.ERROR
    assert lost.next_step == "run: threadx download --symbols BTCUSDT --start 2024-01-31 --end 2024-01-31"
    assert store.manifest("binance", "BTCUSDT").timeframes == ("1h", "1m", "5m")
    assert {key.split("/")[1] for key in store.manifest("binance", "BTCUSDT").files} == {"2024-02"}
    assert len(list(store.layout.quarantine.iterdir())) == 1
    assert store.verify("deep").findings == ()


def test_writing_the_lost_month_again_gives_the_bank_as_it_was(store):
    before = {timeframe: rows(store, timeframe=timeframe) for timeframe in ("1m", "5m", "1h")}
    flip(visible(store))
    store.verify("full", repair=True)
    store.write("binance", "BTCUSDT", before["1m"].iloc[:1440])
    assert all(rows(store, timeframe=timeframe).equals(frame) for timeframe, frame in before.items())


def test_a_missing_object_is_found_by_a_quick_look_and_taken_from_the_visible_file(store):
    series = store.bank.generations.all_series()[0]
    for name in store.layout.objects(series).iterdir():
        name.unlink()
    assert "object_missing" in codes(store.verify("quick"))
    report = store.verify("normal", repair=True)
    assert {one.code for one in report.findings if not one.repaired} == set()
    assert store.verify("deep").findings == ()


def test_a_damaged_newest_manifest_steps_back_and_says_so_until_it_is_acknowledged(store):
    series = store.bank.generations.all_series()[0]
    flip(store.layout.manifest(series, 2))
    assert "manifest_damaged" in codes(store.verify("quick"))
    report = store.verify("normal", repair=True)
    assert not report.ok
    assert "degraded" in codes(report)
    assert len(rows(store)) == 2000
    assert codes(store.verify("normal")) == ["degraded"]
    assert store.verify("normal", repair=True).ok
    assert store.verify("deep").findings == ()


def test_a_damaged_older_manifest_costs_only_the_past(store):
    series = store.bank.generations.all_series()[0]
    flip(store.layout.manifest(series, 1))
    (finding,) = store.verify("normal").findings
    assert (finding.code, finding.severity) == ("manifest_damaged", Severity.WARNING)
    assert store.verify("normal", repair=True).ok
    assert store.verify("deep").findings == ()
    assert len(rows(store)) == 2880


def test_a_damaged_object_of_the_past_costs_only_the_past(store):
    series = store.bank.generations.all_series()[0]
    newest = {entry.sha256 for entry in store.bank.generations.newest(series).files.values()}
    old = next(path for path in store.layout.objects(series).iterdir() if path.name not in newest)
    flip(old)
    assert codes(store.verify("full")) == ["history_damaged"]
    assert store.verify("full", repair=True).ok
    assert store.verify("deep").findings == ()
    assert [one.gen for one in store.history("binance", "BTCUSDT")] == [2]


@pytest.mark.parametrize("what", ["manifests", "control folder"])
def test_lost_manifests_are_rebuilt_from_the_files_themselves(store, tmp_path, what):
    before = {timeframe: rows(store, timeframe=timeframe) for timeframe in ("1m", "5m", "1h")}
    if what == "manifests":
        for path in store.layout.all_series.rglob("g-*.json"):
            path.unlink()
    else:
        shutil.rmtree(store.layout.control)
    fresh = store_in(tmp_path)
    assert "manifests_missing" in codes(fresh.verify("quick"))
    report = fresh.verify("normal", repair=True)
    assert "rebuilt" in codes(report)
    assert report.ok, report.findings
    assert fresh.verify("deep").findings == ()
    assert all(rows(fresh, timeframe=timeframe).equals(frame) for timeframe, frame in before.items())


def test_when_the_visible_files_are_lost_too_no_repair_is_promised(store, tmp_path):
    for path in store.layout.all_series.rglob("g-*.json"):
        path.unlink()
    shutil.rmtree(store.layout.visible)
    report = store_in(tmp_path).verify("quick", "binance", "BTCUSDT", repair=True)
    assert [(one.code, one.repairable, one.repaired) for one in report.findings] == [
        ("manifests_missing", False, False)
    ]
    assert "backup" in report.findings[0].hint


def test_a_first_write_that_was_interrupted_is_no_damage(tmp_path):
    def disk_fails(operation):
        if operation.name == "create" and operation.path.suffix == ".json":
            raise OSError(5, "gone")

    with pytest.raises(StoreError):
        Store(tmp_path, settings=settings_of(tmp_path), fs=Fs(disk_fails)).write("binance", "BTCUSDT", bars(10))
    store = store_in(tmp_path)
    assert list(store.layout.objects(Series("binance", "BTCUSDT")).iterdir())
    for repair in (False, True):
        report = store.verify("deep", repair=repair)
        assert report.ok, report.findings
    store.write("binance", "BTCUSDT", bars(20))
    store.recover()
    assert store.verify("deep").findings == ()


def test_a_damaged_format_file_is_found_and_written_again(store, tmp_path):
    store.layout.format_file.write_bytes(b"{")
    assert codes(store.verify("quick")) == ["format_damaged"]
    assert store.verify("quick", repair=True).ok
    assert store_in(tmp_path).verify("quick").findings == ()


# -- registry --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["catalog.sqlite", "catalog.json", "checksums/registry.sha256", "checksums/binance/BTCUSDT.sha256"]
)
def test_a_damaged_file_of_the_registry_is_found_and_built_anew(store, name):
    flip(store.catalog.folder / name)
    report = store.verify("full")
    assert not report.ok
    assert {one.code for one in report.findings} <= {"registry_damaged", "registry_behind"}
    assert store.verify("full", repair=True).ok
    assert store.verify("full").findings == ()


def test_an_index_that_is_only_behind_is_no_damage(store):
    store.catalog.seal.unlink()
    report = store.verify("full")
    assert report.ok
    assert codes(report) == ["registry_behind"]
