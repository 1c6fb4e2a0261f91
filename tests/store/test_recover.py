"""After crashes, foreign edits and lost control files: back to whole, told in words, and nothing to do twice."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from tests.faults.harness import Count, check_whole, state
from tests.store.bank_maker import bars, settings_of, store_in
from threadx.errors import CorruptPartitionError, DataNotFoundError
from threadx.store import Store
from threadx.store.findings import Severity
from threadx.store.fsio import Fs, Operation
from threadx.store.layout import Series
from threadx.store.recover import clear_degraded

ME = ("binance", "BTCUSDT")
SERIES = Series(*ME)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    store = store_in(tmp_path / "data")
    store.write(*ME, bars().iloc[:2000])
    store.write(*ME, bars())
    return tmp_path / "data"


def codes(findings) -> list[str]:
    return [finding.code for finding in findings]


def recovering_changes(root: Path) -> list[str]:
    """Return what another recovery would do."""
    count = Count()
    Store(root, settings=settings_of(root), fs=Fs(count)).recover()
    return [operation.name for operation in count.seen]


def january(root: Path) -> Path:
    return root / "processed/binance/BTCUSDT/1m/year=2024/month=01/BTCUSDT.parquet"


def test_a_bank_that_is_well_needs_nothing(root: Path):
    assert store_in(root).recover() == []
    assert recovering_changes(root) == []


class RefuseVisible:
    """A hook that refuses to replace visible files, as when a reader holds them."""

    def __init__(self) -> None:
        self.on = True

    def __call__(self, operation: Operation) -> None:
        if self.on and operation.name == "replace" and operation.path.suffix == ".parquet":
            raise OSError(errno.EIO, "held")


def test_a_commit_that_cannot_be_published_yet_is_no_failure(root: Path):
    hook = RefuseVisible()
    store = Store(root, settings=settings_of(root), fs=Fs(hook))
    changed = bars().iloc[:10].assign(volume=77.0)

    written = store.write(*ME, changed)

    assert not written.published
    assert (store.read(*ME)["volume"].iloc[:10] == 77.0).all()
    assert (store_in(root).read(*ME)["volume"].iloc[:10] == 77.0).all()


def test_the_next_write_publishes_what_was_pending(root: Path):
    hook = RefuseVisible()
    store = Store(root, settings=settings_of(root), fs=Fs(hook))
    store.write(*ME, bars().iloc[:10].assign(volume=77.0))
    hook.on = False
    store.write(*ME, bars().iloc[-10:].assign(volume=78.0))
    check_whole(root, state(store))


def test_undo_publishes_what_was_pending_too(root: Path):
    hook = RefuseVisible()
    store = Store(root, settings=settings_of(root), fs=Fs(hook))
    store.write(*ME, bars().iloc[:10].assign(volume=77.0))
    hook.on = False
    store.undo(*ME)
    assert store.recover() == []
    assert store.read(*ME).drop(columns="symbol").equals(bars())


def test_another_programs_file_is_kept_aside_and_ours_comes_back(root: Path):
    january(root).unlink()
    bars(5).to_parquet(january(root))
    foreign = january(root).read_bytes()

    findings = store_in(root).recover()

    assert codes(findings) == ["foreign_edit"]
    assert findings[0].repaired
    assert Path(findings[0].fields["kept"]).read_bytes() == foreign
    check_whole(root, state(store_in(root)))
    assert recovering_changes(root) == []


def test_a_write_never_destroys_another_programs_file(root: Path):
    store = store_in(root)
    january(root).unlink()
    bars(5).to_parquet(january(root))
    foreign = january(root).read_bytes()

    written = store.write(*ME, bars().iloc[:10].assign(volume=77.0))

    assert codes(written.findings) == ["foreign_edit"]
    assert [path.read_bytes() for path in store.layout.quarantine.iterdir()] == [foreign]


@pytest.mark.parametrize(
    "harm",
    [
        lambda root: january(root).unlink(),
        lambda root: january(root).rename(january(root).with_name("X.parquet.bak")),
        lambda root: shutil.rmtree(root / "processed"),
        lambda root: shutil.rmtree(root / "processed/binance/BTCUSDT/1h"),
    ],
    ids=["deleted", "renamed", "no tree", "no timeframe"],
)
def test_visible_files_that_are_gone_come_back(root: Path, harm):
    harm(root)
    store_in(root).recover()
    assert january(root).samefile(store_in(root).layout.object(SERIES, state(store_in(root))["1m/2024-01"]))
    assert recovering_changes(root) == []


@pytest.mark.parametrize("content", [b"", b"garbage", b"-3", b"1", b"999", None])
def test_head_is_only_a_hint(root: Path, content: bytes | None):
    head = store_in(root).layout.head(SERIES)
    head.unlink() if content is None else head.write_bytes(content)

    assert len(store_in(root).read(*ME)) == 2880
    store_in(root).recover()

    assert head.read_bytes() == b"2"
    assert recovering_changes(root) == []


def test_a_damaged_newest_manifest_takes_the_series_one_back_and_says_so(root: Path):
    path = store_in(root).layout.manifest(SERIES, 2)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"BTCUSDT", b"BTCUSDC"))

    findings = store_in(root).recover()

    assert codes(findings) == ["manifest_damaged", "degraded"]
    assert {finding.severity for finding in findings} == {Severity.ERROR}
    store = store_in(root)
    assert len(store.read(*ME)) == 2000
    assert codes(store.recover()) == ["degraded"]
    assert recovering_changes(root) == []
    assert store.write(*ME, bars()).generation == 2
    assert clear_degraded(store.bank, SERIES)
    assert store_in(root).recover() == []


def test_reading_a_series_whose_newest_manifest_is_damaged_gives_the_one_before(root: Path):
    path = store_in(root).layout.manifest(SERIES, 2)
    path.chmod(0o644)
    path.write_bytes(b"")
    assert len(store_in(root).read(*ME)) == 2000


def test_a_damaged_object_raises_and_names_the_file(root: Path):
    store = store_in(root)
    path = store.layout.object(SERIES, state(store)["1m/2024-01"])
    path.chmod(0o644)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)
    with pytest.raises(CorruptPartitionError, match=path.name) as caught:
        store.read(*ME)
    assert "verify" in caught.value.hint
    assert len(store.read(*ME, start=bars().index[1440])) == 1440


@pytest.mark.parametrize("lost", [".threadx/series", ".threadx"])
def test_without_manifests_the_files_tell_what_they_are(root: Path, lost: str):
    before = state(store_in(root))
    shutil.rmtree(root / lost)

    findings = store_in(root).recover()

    assert codes(findings) == ["rebuilt"]
    check_whole(root, before)
    store = store_in(root)
    assert store.read(*ME).drop(columns="symbol").equals(bars())
    assert store.write(*ME, bars()).generation == 1


def test_a_derived_file_that_outlived_its_minutes_is_known_again_by_its_rows(tmp_path: Path):
    store = store_in(tmp_path)
    store.write(*ME, bars().iloc[:2870])
    store.write(*ME, bars().iloc[2870:2873])
    before = store.manifest(*ME).files
    shutil.rmtree(tmp_path / ".threadx")
    assert codes(store_in(tmp_path).recover()) == ["rebuilt"]
    assert store_in(tmp_path).manifest(*ME).files == before


def test_a_read_finds_bars_whose_manifests_are_lost(root: Path):
    shutil.rmtree(root / ".threadx/series")
    assert len(store_in(root).read(*ME)) == 2880


def test_a_write_does_not_begin_anew_over_files_whose_manifests_are_lost(root: Path):
    shutil.rmtree(root / ".threadx")
    store_in(root).write(*ME, bars().iloc[:10].assign(volume=5.0))
    assert len(store_in(root).read(*ME)) == 2880


def test_files_that_nobody_knows_are_left_alone_and_told(tmp_path: Path):
    folder = tmp_path / "data/processed/binance/BTCUSDT/1m/year=2024/month=01"
    folder.mkdir(parents=True)
    bars(5).to_parquet(folder / "BTCUSDT.parquet")
    (folder.parent / "month=02").mkdir()
    (folder.parent / "month=02" / "BTCUSDT.parquet").write_bytes(b"junk")

    findings = store_in(tmp_path / "data").recover()

    assert codes(findings) == ["unknown_file", "unknown_file"]
    assert len(list(folder.parent.rglob("*.parquet"))) == 2
    with pytest.raises(DataNotFoundError):
        store_in(tmp_path / "data").read(*ME)


def test_a_bank_of_its_own_is_rebuilt_too(tmp_path: Path):
    settings = settings_of(tmp_path)
    Store.for_folder(tmp_path / "mine", settings=settings).write("local", "BTCUSDT", bars())
    shutil.rmtree(tmp_path / "mine.threadx")
    store = Store.for_folder(tmp_path / "mine", settings=settings)
    assert codes(store.recover()) == ["rebuilt"]
    assert len(store.read("local", "BTCUSDT")) == 2880


def test_the_stage_of_a_dead_writer_is_removed_and_that_of_a_living_one_stays(root: Path):
    store = store_in(root)
    for name in ("binance.BTCUSDT.0123", "binance.ETHUSDT.0123", "bank.0123"):
        (store.layout.staging / name).mkdir()
        (store.layout.staging / name / ("a" * 64)).write_bytes(b"")
    with store.bank.locked(SERIES, timeout_s=0):
        store_in(root)
        assert store.fs.names(store.layout.staging) == ["binance.BTCUSDT.0123"]
    store_in(root)
    assert store.fs.names(store.layout.staging) == []


def test_objects_that_nobody_names_are_swept(root: Path):
    store = store_in(root)
    (store.layout.objects(SERIES) / ("f" * 64)).write_bytes(b"left behind")
    assert store.recover() == []
    assert set(store.fs.names(store.layout.objects(SERIES))) >= set(state(store).values())
    assert "f" * 64 not in store.fs.names(store.layout.objects(SERIES))


def test_a_format_file_torn_at_birth_is_written_again(root: Path):
    (root / ".threadx/FORMAT").write_bytes(b'{"form')
    store_in(root).write(*ME, bars().iloc[:10].assign(volume=5.0))
    assert b'"format": 1' in (root / ".threadx/FORMAT").read_bytes()


def with_gaps_in_its_history(root: Path) -> tuple[Store, Path]:
    """Return a bank whose kept generations are not consecutive: inside a finished job they are removed."""
    store = store_in(root)
    store.write(*ME, bars().iloc[:10])
    for part in range(1, 16):
        store.write(*ME, bars().iloc[part * 10 : part * 10 + 10], op_id="job")
    for part in range(16, 19):
        store.write(*ME, bars().iloc[part * 10 : part * 10 + 10])
    return store, root / ".threadx/series/binance/BTCUSDT/HEAD"


def test_a_head_restored_from_an_older_copy_loses_nothing(tmp_path: Path):
    store, head = with_gaps_in_its_history(tmp_path)
    oldest = store.history(*ME)[0].gen
    assert oldest + 1 < store.history(*ME)[1].gen
    head.write_bytes(str(oldest).encode())
    assert len(store_in(tmp_path).read(*ME)) == 190


def test_a_write_begins_at_the_newest_generation_whatever_head_says(tmp_path: Path):
    store, head = with_gaps_in_its_history(tmp_path)
    kept = [one.gen for one in store.history(*ME)]
    head.write_bytes(str(kept[0]).encode())
    assert store.write(*ME, bars().iloc[190:200]).generation == kept[-1] + 1
    assert len(store.read(*ME)) == 200


def test_other_programs_files_among_the_control_files_stop_nothing(root: Path):
    for place in ("stage", "series", "series/binance"):
        (root / ".threadx" / place / ".DS_Store").write_bytes(b"?")
        (root / ".threadx" / place / "notes").write_bytes(b"?")
    store = store_in(root)
    assert store.recover() == []
    assert store.series() == [ME]
    store.rebuild_registry()
    assert {row.symbol for row in store.catalog.rows()} == {"BTCUSDT"}
    assert store.verify("deep", repair=True).ok
