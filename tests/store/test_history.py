"""The past: who changed what, going back, looking back, and what is forgotten."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.store.bank_maker import bars, settings_of
from tests.wall_clock import WallClock
from threadx.errors import DataNotFoundError, StoreError
from threadx.store import Store
from threadx.store.fsio import Fs, Operation
from threadx.store.layout import Series

ME = ("binance", "BTCUSDT")


@pytest.fixture
def clock() -> WallClock:
    return WallClock(datetime(2024, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def store(tmp_path: Path, clock: WallClock) -> Store:
    return Store(tmp_path, settings=settings_of(tmp_path), clock=clock)


def keeping(root: Path, operations: int) -> Store:
    from dataclasses import replace

    settings = settings_of(root)
    return Store(root, settings=replace(settings, store=replace(settings.store, keep_operations=operations)))


def rows(store: Store, **options) -> int:
    return len(store.read(*ME, **options))


def test_history_tells_who_why_and_what(store: Store, clock: WallClock):
    store.write(*ME, bars().iloc[:1000], reason="download", op_id="job-1")
    store.write(*ME, bars().iloc[:10].assign(volume=1.0))
    first, second = store.history(*ME)
    assert (first.gen, first.op_id, first.reason, first.rows_added, first.rows_changed) == (
        1,
        "job-1",
        "download",
        1000,
        0,
    )
    assert (second.gen, second.reason, second.rows_added, second.rows_changed, second.files) == (2, "upsert", 0, 10, 3)
    assert first.utc == clock.now
    assert "process" in first.writer
    assert second.changed == ("1h/2024-01", "1m/2024-01", "5m/2024-01")


def test_undo_goes_back_and_undoing_that_goes_forward(store: Store):
    store.write(*ME, bars().iloc[:1000])
    store.write(*ME, bars())
    assert store.undo(*ME) == 3
    assert rows(store) == 1000
    assert store.read(*ME, "1h")["minutes"].sum() == 960
    assert store.undo(*ME) == 4
    assert rows(store) == 2880


def test_undo_of_a_job_undoes_all_its_commits(store: Store):
    store.write(*ME, bars().iloc[:100])
    for end in (500, 1000, 2000):
        store.write(*ME, bars().iloc[:end], op_id="job")
    store.undo(*ME)
    assert rows(store) == 100


def test_undo_of_the_first_operation_leaves_nothing(store: Store):
    store.write(*ME, bars())
    store.undo(*ME)
    with pytest.raises(DataNotFoundError):
        store.read(*ME)
    store.undo(*ME)
    assert rows(store) == 2880


def test_undo_of_nothing_says_so(store: Store):
    with pytest.raises(DataNotFoundError):
        store.undo(*ME)
    store.write("demo", "ETHUSDT", bars(5))
    with pytest.raises(DataNotFoundError):
        store.undo(*ME)


def test_a_state_that_is_no_longer_kept_cannot_be_gone_back_to(store: Store):
    for end in (100, 200):
        store.write(*ME, bars().iloc[:end])
    store.layout.manifest(Series(*ME), 1).unlink()
    with pytest.raises(StoreError, match="generation 1"):
        store.undo(*ME)


def test_delete_is_undone_like_any_operation(store: Store):
    store.write(*ME, bars())
    store.delete(*ME)
    assert store.series() == []
    assert [path for path in store.layout.visible.rglob("*") if path.is_file()] == []
    with pytest.raises(DataNotFoundError) as caught:
        store.read(*ME)
    assert "undo" in caught.value.hint
    store.undo(*ME)
    assert rows(store) == 2880


def test_deleting_one_timeframe_leaves_the_others(store: Store):
    store.write(*ME, bars())
    store.delete(*ME, "5m")
    assert store.manifest(*ME).timeframes == ("1h", "1m")
    with pytest.raises(DataNotFoundError):
        store.delete(*ME, "5m")


def test_deleting_1m_deletes_what_is_derived_from_it(store: Store):
    store.write(*ME, bars())
    store.delete(*ME, "M1")
    assert store.manifest(*ME).files == {}


def test_as_of_a_generation(store: Store):
    store.write(*ME, bars().iloc[:1000])
    store.write(*ME, bars())
    assert rows(store, as_of=1) == 1000
    assert rows(store, as_of=2) == 2880
    with pytest.raises(DataNotFoundError, match="no generation 3"):
        store.read(*ME, as_of=3)


def test_as_of_a_moment_or_a_day(store: Store, clock: WallClock):
    store.write(*ME, bars().iloc[:1000])
    clock.now += timedelta(days=1)
    store.write(*ME, bars())
    assert rows(store, as_of=clock.now) == 2880
    assert rows(store, as_of=clock.now - timedelta(seconds=1)) == 1000
    assert rows(store, as_of=date(2024, 3, 1)) == 1000
    assert rows(store, as_of=date(2024, 3, 2)) == 2880
    with pytest.raises(DataNotFoundError, match="as old as"):
        store.read(*ME, as_of=date(2024, 2, 29))
    with pytest.raises(ValueError, match="time zone"):
        store.read(*ME, as_of=datetime(2024, 3, 1))  # noqa: DTZ001 - that is the point


def test_only_the_ends_of_the_last_operations_are_kept(tmp_path: Path):
    store = keeping(tmp_path, 3)
    for number in range(1, 8):
        for part in (0, 1):
            store.write(*ME, bars().iloc[: number * 100 + part * 50], op_id=f"job-{number}")
    kept = [(generation.gen, generation.op_id) for generation in store.history(*ME)]
    assert kept == [(10, "job-5"), (12, "job-6"), (13, "job-7"), (14, "job-7")]
    assert rows(store, as_of=10) == 550


def test_objects_that_only_forgotten_generations_name_are_removed(tmp_path: Path):
    store = keeping(tmp_path, 1)
    for end in (100, 200, 300, 400):
        store.write(*ME, bars().iloc[:end])
    named = {
        entry.sha256
        for generation in store.history(*ME)
        for entry in store.manifest(*ME, as_of=generation.gen).files.values()
    }
    assert [generation.gen for generation in store.history(*ME)] == [3, 4]
    assert set(store.fs.names(store.layout.objects(Series(*ME)))) == named


def test_even_when_one_operation_is_kept_it_can_be_undone(tmp_path: Path):
    store = keeping(tmp_path, 1)
    for end in (100, 200, 300):
        store.write(*ME, bars().iloc[:end])
    store.undo(*ME)
    assert rows(store) == 200


def test_a_reader_that_lags_behind_gc_begins_again(tmp_path: Path):
    """The object it is about to read is collected: it must find the newer generation by itself."""
    writer = keeping(tmp_path, 1)
    writer.write(*ME, bars().iloc[:100])

    calls = []

    def write_meanwhile(operation: Operation) -> None:
        if operation.name == "open" and operation.path.parent.name == "obj" and not calls:
            calls.append(operation)
            for end in (200, 300, 400):
                writer.write(*ME, bars().iloc[:end])

    reader = Store(tmp_path, settings=settings_of(tmp_path), fs=Fs(write_meanwhile))
    assert rows(reader) == 400


@pytest.mark.parametrize("when", ["2026-01-01", 1.0])
def test_as_of_takes_no_other_kind_of_value(store: Store, when):
    store.write(*ME, bars(10))
    with pytest.raises(TypeError, match="as_of"):
        store.read(*ME, as_of=when)


def test_a_generation_that_goes_while_a_moment_is_looked_up_is_passed_over(tmp_path: Path, clock: WallClock):
    class Removing:
        """A hook that removes the newest manifest but one, as GC would, when it is about to be read."""

        def __call__(self, operation: Operation) -> None:
            if operation.name == "stat" and operation.path.name.endswith("02.json"):
                operation.path.unlink(missing_ok=True)

    writer = Store(tmp_path, settings=settings_of(tmp_path), clock=clock)
    for count in (10, 20, 30):
        writer.write(*ME, bars(count))
        clock.now += timedelta(days=1)
    reader = Store(tmp_path, settings=settings_of(tmp_path), fs=Fs(Removing()))
    assert len(reader.read(*ME, as_of=clock.now - timedelta(days=2))) == 10
