"""Files for other programs: whole or not at all, nothing left beside them."""

from __future__ import annotations

import errno
import json

import pandas as pd
import pytest

from threadx.errors import JobCancelled, StoreError
from threadx.store.fsio import Fs
from threadx.store.outgoing import csv_appender, json_appender, outgoing, parquet_appender

TIMES = pd.date_range("2024-01-01", periods=4, freq="min", tz="UTC", name="timestamp", unit="ms")
FRAME = pd.DataFrame({"close": [0.1, 1 / 3, 1e-8, 2.0], "trades": pd.array([1, None, 3, 4], "Int64")}, index=TIMES)


def test_a_file_appears_when_it_is_whole(tmp_path):
    path = tmp_path / "deep" / "x.bin"
    with outgoing(path) as out:
        out.file.write(b"half")
        (out.scratch / "helper").write_bytes(b"x")
        assert not path.exists()
        out.file.write(b" and half")
    assert path.read_bytes() == b"half and half"
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [JobCancelled, ValueError])
def test_what_is_not_finished_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "x.bin"
    path.write_bytes(b"old")
    with pytest.raises(error), outgoing(path) as out:  # noqa: PT012 - the block is what is tested
        out.file.write(b"new")
        raise error
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["create", "fsync", "replace"])
def test_a_refusing_disk_is_told_and_leaves_the_old_file(tmp_path, name):
    def refuse(operation):
        if operation.name == name:
            raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "x.bin"
    path.write_bytes(b"old")
    with pytest.raises(StoreError, match="No space left"), outgoing(path, fs=Fs(refuse)) as out:
        out.file.write(b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_parquet_in_pieces_is_one_frame(tmp_path):
    path = tmp_path / "x.parquet"
    with outgoing(path) as out, parquet_appender(out.file, compression="zstd") as append:
        append(FRAME.iloc[:1])
        append(FRAME.iloc[1:])
    pd.testing.assert_frame_equal(pd.read_parquet(path), FRAME, check_freq=False)


def test_csv_in_pieces_has_one_heading_and_every_digit(tmp_path):
    path = tmp_path / "x.csv"
    with outgoing(path) as out, csv_appender(out.file) as append:
        append(FRAME.iloc[:2])
        append(FRAME.iloc[2:])
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[:2] == ["timestamp,close,trades", "2024-01-01T00:00:00Z,0.1,1"]
    assert len(lines) == 5
    assert pd.read_csv(path)["close"].tolist() == FRAME["close"].tolist()


def test_json_has_every_digit_a_row_a_line_and_null_for_what_is_not_known(tmp_path):
    with outgoing(tmp_path / "x.json") as out, json_appender(out.file) as append:
        append(FRAME.iloc[:3])
        append(FRAME.iloc[3:])
    text = (tmp_path / "x.json").read_text()
    rows = json.loads(text)
    assert text.count("\n") == len(rows) + 2
    assert rows[1] == {"timestamp": 1704067260000, "close": 1 / 3, "trades": None}
    assert [row["close"] for row in rows] == list(FRAME["close"])


def test_json_of_no_rows_is_an_empty_list(tmp_path):
    with outgoing(tmp_path / "x.json") as out, json_appender(out.file):
        pass
    assert json.loads((tmp_path / "x.json").read_text()) == []
