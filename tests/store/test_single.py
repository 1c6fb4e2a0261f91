from __future__ import annotations

import errno

import pandas as pd
import pyarrow.parquet as pq
import pytest

from threadx.errors import CorruptPartitionError, DataNotFoundError, FileValidationError, StoreError
from threadx.store.encoding import COMPRESSIONS
from threadx.store.fsio import Fs
from threadx.store.single import read_single, write_single

FRAME = pd.DataFrame(
    {"close": [0.1, 1 / 3, 1e-8]}, index=pd.date_range("2024-01-01", periods=3, freq="min", tz="UTC", name="timestamp")
)


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_parquet_comes_back_as_it_went(tmp_path, compression):
    size = write_single(tmp_path / "deep" / "er" / "x.parquet", FRAME, compression=compression)
    path = tmp_path / "deep" / "er" / "x.parquet"
    pd.testing.assert_frame_equal(read_single(path), FRAME, check_freq=False)
    assert path.stat().st_size == size


def test_the_codec_is_the_one_asked_for(tmp_path):
    write_single(tmp_path / "x.parquet", FRAME, compression="gzip")
    assert pq.read_metadata(tmp_path / "x.parquet").row_group(0).column(0).compression == "GZIP"


def test_csv_keeps_every_digit(tmp_path):
    write_single(tmp_path / "x.csv", FRAME)
    back = read_single(tmp_path / "x.csv")
    assert back["close"].tolist() == FRAME["close"].tolist()
    assert back["timestamp"][0] == "2024-01-01T00:00:00Z"


def test_no_ending_is_parquet(tmp_path):
    write_single(tmp_path / "x", FRAME)
    assert len(pd.read_parquet(tmp_path / "x")) == 3


@pytest.mark.parametrize("name", ["x.pkl", "x.json", "x.xlsx"])
def test_other_endings_are_refused(tmp_path, name):
    with pytest.raises(FileValidationError, match="no such file format"):
        write_single(tmp_path / name, FRAME)
    with pytest.raises(FileValidationError):
        read_single(tmp_path / name)


def test_an_absent_file_is_not_found(tmp_path):
    with pytest.raises(DataNotFoundError, match="no such file"):
        read_single(tmp_path / "x.parquet")


@pytest.mark.parametrize("damage", [b"", b"PAR1 nonsense PAR1"])
def test_a_damaged_file_is_corrupt_not_empty(tmp_path, damage):
    (tmp_path / "x.parquet").write_bytes(damage)
    with pytest.raises(CorruptPartitionError, match=r"x\.parquet"):
        read_single(tmp_path / "x.parquet")


def test_a_flipped_bit_in_a_page_is_corrupt(tmp_path):
    path = tmp_path / "x.parquet"
    write_single(path, FRAME)
    chunk = pq.read_metadata(path).row_group(0).column(0)
    data = bytearray(path.read_bytes())
    data[chunk.data_page_offset + chunk.total_compressed_size - 1] ^= 1
    path.write_bytes(data)
    with pytest.raises(CorruptPartitionError):
        read_single(path)


@pytest.mark.parametrize("step", ["create", "write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_no_other(tmp_path, step):
    path = tmp_path / "x.parquet"
    path.write_bytes(b"old")

    def refuse(operation):
        if operation.name == step:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StoreError, match="No space left"):
        write_single(path, FRAME, fs=Fs(refuse))
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [("x.parquet", b"old")]


def test_times_in_csv_are_in_utc_whatever_their_zone_and_keep_their_fractions(tmp_path):
    times = pd.to_datetime(["2026-01-01 00:00:00.250", "2026-07-01 00:00:00.000"])
    local = pd.DataFrame(
        {"when": times.tz_localize("Europe/Paris"), "v": [1, 2]}, index=times.tz_localize("Asia/Tokyo")
    )
    before = local.copy()
    write_single(tmp_path / "t.csv", local)
    lines = (tmp_path / "t.csv").read_text("utf-8").splitlines()
    assert lines[1] == "2025-12-31T15:00:00.250000Z,2025-12-31T23:00:00.250000Z,1"
    assert lines[2].startswith("2026-06-30T15:00:00")
    pd.testing.assert_frame_equal(local, before)
    write_single(tmp_path / "t.csv", local.iloc[1:])
    assert (tmp_path / "t.csv").read_text("utf-8").splitlines()[1] == "2026-06-30T15:00:00Z,2026-06-30T22:00:00Z,2"
    write_single(tmp_path / "t.csv", pd.DataFrame({"when": pd.to_datetime(["2026-07-01", None])}).set_index("when"))
    assert (tmp_path / "t.csv").read_text("utf-8").splitlines()[1] == "2026-07-01T00:00:00Z"
