"""Files of indicators: any tool reads them, their key survives, damage is recognised, a write is whole or nothing."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.faults.harness import CHANGES, Count, FailAt, in_child
from threadx.bars.intervals import Interval, month_interval
from threadx.bars.schema import OPEN_TIME
from threadx.errors import CorruptPartitionError, StoreError
from threadx.store.fsio import Fs
from threadx.store.indicator_files import (
    IndicatorKey,
    Month,
    checksum,
    file_path,
    files_under,
    read_key,
    read_values,
    remove_file,
    write_file,
)
from threadx.store.layout import Series

SERIES = Series("binance", "BTCUSDT")
MONTHS = ("2024-01", "2024-02", "2024-03")
PARAMS = {"period": 20, "std": 2.0, "max_gap": None}
QUICK = Fs(flush=lambda _: None)


def made(rows: int = 700, *, seed: int = 1, outputs: tuple[str, ...] = ("lower", "upper")):
    """Return a key and its columns: `rows` hourly bars in each month, the first twenty values missing."""
    chance = np.random.default_rng(seed)
    times = [month_interval(month).start_ms + 3_600_000 * np.arange(rows) for month in MONTHS]
    columns = {OPEN_TIME: np.concatenate(times)}
    for name in outputs:
        columns[name] = chance.normal(size=rows * len(MONTHS))
        columns[name][:20] = np.nan
    months = []
    for number, month in enumerate(MONTHS):
        part = {name: values[number * rows : (number + 1) * rows] for name, values in columns.items()}
        months.append(Month(month, f"{number:064x}", rows, checksum(part, outputs), f"{number:x}", '{"mean":0.1}'))
    return IndicatorKey(SERIES, "1h", "bollinger", 1, PARAMS, outputs, tuple(months)), columns


@pytest.fixture
def file(tmp_path) -> Path:
    path = file_path(tmp_path, SERIES, "1h", "bollinger_20_2.0")
    write_file(QUICK, path, *made())
    return path


def test_what_was_written_is_read_bit_for_bit(file):
    key, columns = made()
    found_key, found = read_values(file)
    assert found_key == key == read_key(file)
    assert {name: values.tobytes() for name, values in found.items()} == {
        name: values.tobytes() for name, values in columns.items()
    }


def test_only_months_that_are_asked_for_are_read(tmp_path):
    key, columns = made(20_000)
    write_file(QUICK, tmp_path / "x.parquet", key, columns)
    _, found = read_values(tmp_path / "x.parquet", Interval(month_interval("2024-02").start_ms + 5, 1 << 60))
    assert found[OPEN_TIME].tobytes() == columns[OPEN_TIME][20_000:].tobytes()


def test_other_programs_see_a_plain_table(file):
    _, columns = made()
    frame = pd.read_parquet(file)
    assert frame.index.dtype == "datetime64[ms, UTC]"
    assert frame.index.name == "timestamp"
    assert np.array_equal(frame["upper"], columns["upper"], equal_nan=True)
    assert pl.read_parquet(file)["lower"].is_nan().sum() == 20
    count, first = duckdb.sql(f"SELECT count(*), min(epoch_ms(timestamp)) FROM '{file}'").fetchall()[0]
    assert (count, first) == (2100, int(columns[OPEN_TIME][0]))


def test_a_file_that_is_not_there_is_none(tmp_path):
    assert read_key(tmp_path / "x.parquet") is None
    assert read_values(tmp_path / "x.parquet") is None


WHOLE_KEY, WHOLE = made(60)


@given(at=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_recognised_or_changes_nothing(at, bit, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "flipped.parquet"
    write_file(QUICK, path, WHOLE_KEY, WHOLE)
    data = bytearray(path.read_bytes())
    data[int(at * len(data))] ^= 1 << bit
    path.write_bytes(data)
    found = None
    with suppress(CorruptPartitionError):
        found = read_values(path)
    if found is not None:
        key, columns = found
        assert key == WHOLE_KEY
        assert all(columns[name].tobytes() == WHOLE[name].tobytes() for name in WHOLE)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no Parquet at all", bytes(4000)])
def test_what_is_no_parquet_is_damage(file, content):
    file.write_bytes(content)
    for read in (read_key, read_values):
        with pytest.raises(CorruptPartitionError, match=r"bollinger_20_2\.0"):
            read(file)


def test_a_cut_file_is_damage(file):
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(CorruptPartitionError):
        read_key(file)


def test_a_parquet_file_of_somebody_else_is_damage(file):
    pd.DataFrame({"a": [1.0]}).to_parquet(file)
    with pytest.raises(CorruptPartitionError):
        read_key(file)


def test_a_write_that_fails_anywhere_leaves_the_old_file(file):
    before, key = file.read_bytes(), made(seed=2)
    count = Count(names=None)
    write_file(Fs(count, flush=lambda _: None), file, *key)
    file.write_bytes(before)
    steps = [operation.name for operation in count.seen]
    for number in range(1, steps.index("replace") + 2):
        with pytest.raises(StoreError):
            write_file(Fs(FailAt(number, 28, persistent=False), flush=lambda _: None), file, *key)
        assert file.read_bytes() == before
        assert sorted(file.parent.iterdir()) == [file]
    assert {"note", "replace"} <= set(steps) <= CHANGES | {"stat", "list"}


def test_what_a_killed_writer_left_goes_with_a_later_write(file):
    old, young = (file.with_name(f".{file.name}.{name}.tmp") for name in ("00", "11"))
    for path in (old, young):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    write_file(QUICK, file, *made(seed=2))
    assert sorted(file.parent.iterdir()) == sorted([young, file])


def test_files_are_found_and_removed_with_their_folders(tmp_path):
    for series, stem in ((SERIES, "ema_20"), (SERIES, "ema_50"), (Series("demo", "CON"), "obv")):
        write_file(QUICK, file_path(tmp_path, series, "1h", stem), *made())
    (tmp_path / "binance" / "notes.txt").write_text("mine")
    found = list(files_under(QUICK, tmp_path))
    assert [(each.series.symbol, each.timeframe, each.stem) for each in found] == [
        ("BTCUSDT", "1h", "ema_20"),
        ("BTCUSDT", "1h", "ema_50"),
        ("CON", "1h", "obv"),
    ]
    for each in found:
        assert remove_file(QUICK, each.path) == each.size_bytes > 0
    assert remove_file(QUICK, found[0].path) == 0
    assert [path.name for path in tmp_path.rglob("*")] == ["binance", "notes.txt"]


class DeletesBetween(Fs):
    """Somebody deletes the folder between its making and the writing of a file into it, a number of times."""

    def __init__(self, times: int) -> None:
        super().__init__(flush=lambda _: None)
        self.times = times

    def note(self, path: Path, data: bytes) -> None:
        if self.times:
            self.times -= 1
            self.rmdir(path.parent)
        super().note(path, data)


def test_a_folder_that_is_deleted_meanwhile_is_made_again(tmp_path):
    path = file_path(tmp_path, SERIES, "1h", "bollinger_20_2.0")
    key, columns = made()
    write_file(DeletesBetween(2), path, key, columns)
    assert read_key(path) == key
    remove_file(QUICK, path)
    with pytest.raises(StoreError, match="could not be written"):
        write_file(DeletesBetween(1000), path, key, columns)


def test_a_file_that_stands_is_not_said_to_have_failed_because_of_what_lies_beside_it(tmp_path):
    path = file_path(tmp_path, SERIES, "1h", "bollinger_20_2.0")
    (path.parent / f".{path.name}.left.tmp").mkdir(parents=True)
    os.utime(path.parent / f".{path.name}.left.tmp", (0, 0))
    key, columns = made()
    assert write_file(QUICK, path, key, columns) == path.stat().st_size


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the child that may be ended is a fork")
def test_no_damage_to_the_footer_ends_the_program(file):
    """Pyarrow ends the process where the metadata of a column is damaged and somebody asks for it."""
    data = file.read_bytes()
    footer = int.from_bytes(data[-8:-4], "little")
    chance = np.random.default_rng(7)

    def read_damaged() -> None:
        for _ in range(1500):
            spoiled = bytearray(data)
            for at in chance.integers(len(data) - 8 - footer, len(data) - 8, size=2):
                spoiled[at] = chance.integers(256)
            file.write_bytes(spoiled)
            with suppress(CorruptPartitionError):
                read_key(file)
                read_values(file, month_interval("2024-02"))

    assert in_child(read_damaged) == 0


def test_the_key_says_which_times_the_file_covers(file):
    key, columns = made()
    assert read_key(file).span == (columns[OPEN_TIME][0], columns[OPEN_TIME][-1])
    empty = {name: values[:0] for name, values in columns.items()}
    write_file(QUICK, file, IndicatorKey(SERIES, "1h", "bollinger", 1, PARAMS, key.outputs, ()), empty)
    assert read_key(file).span is None
