"""Bars as bytes and back: exact, the same each time, with no damage unnoticed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from tests.store.bank_maker import bars
from threadx.bars.schema import OPEN_TIME, columns_from_frame, frame_from_columns
from threadx.bars.timeframe import Timeframe
from threadx.errors import CorruptPartitionError
from threadx.store.encoding import COMPRESSIONS
from threadx.store.layout import Series
from threadx.store.manifest import Lineage
from threadx.store.objects import Dataset, decode, decode_checked, describe, encode

DATASET = Dataset(Series("binance", "BTCUSDT"), Timeframe.parse("1m"), "2024-01")
ROWS = columns_from_frame(bars(600))

PRINT_HASH = """
from tests.store.test_objects import DATASET, ROWS
from threadx.store.objects import encode
print(encode(DATASET, ROWS, "lz4")[1].sha256)
"""


def equal(left, right) -> bool:
    return left.keys() == right.keys() and all(
        left[name].dtype == right[name].dtype and np.array_equal(left[name], right[name], equal_nan=True)
        for name in left
    )


@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_what_is_encoded_is_decoded_bit_for_bit(compression: str):
    data, entry = encode(DATASET, ROWS, compression)
    assert equal(decode_checked(data, entry), ROWS)


def test_the_same_rows_give_the_same_bytes_in_any_process():
    here = encode(DATASET, ROWS, "lz4")[1].sha256
    done = subprocess.run([sys.executable, "-c", PRINT_HASH], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == here


def test_auto_is_never_larger_than_the_usual_zstd():
    columns = columns_from_frame(bars(9000))
    sizes = {name: len(encode(DATASET, columns, name)[0]) for name in ("auto", "zstd", "lz4")}
    assert sizes["auto"] <= sizes["zstd"] * 1.01
    assert sizes["auto"] < sizes["lz4"]


def test_a_null_count_comes_back_as_null():
    columns = {**ROWS, "trades": np.where(np.arange(600) % 3 == 0, np.nan, 5.0)}
    data, entry = encode(DATASET, columns, "lz4")
    assert equal(decode_checked(data, entry), columns)
    assert frame_from_columns(decode(data))["trades"].dtype == "Int64"


def test_nan_in_an_optional_float_stays_nan():
    columns = {**ROWS, "quote_volume": np.full(600, np.nan)}
    data, entry = encode(DATASET, columns, "lz4")
    assert equal(decode_checked(data, entry), columns)


def test_columns_can_be_chosen():
    data, entry = encode(DATASET, ROWS, "lz4")
    assert list(decode_checked(data, entry, ["close"])) == [OPEN_TIME, "close"]


def test_every_flipped_bit_is_noticed():
    data, entry = encode(DATASET, ROWS, "lz4")
    for position in np.random.default_rng(5).integers(0, len(data) * 8, 200):
        damaged = bytearray(data)
        damaged[position // 8] ^= 1 << (position % 8)
        with pytest.raises(CorruptPartitionError):
            decode_checked(bytes(damaged), entry)


@pytest.mark.parametrize(
    "change", [lambda d: d[:-1], lambda d: d + b"x", lambda d: b"", lambda d: d[:100] + bytes(4096)]
)
def test_a_file_of_another_length_is_noticed(change):
    data, entry = encode(DATASET, ROWS, "lz4")
    with pytest.raises(CorruptPartitionError):
        decode_checked(change(data), entry)


def test_other_programs_notice_damaged_pages_too(tmp_path: Path):
    data, _ = encode(DATASET, ROWS, "lz4")
    damaged = bytearray(data)
    damaged[len(data) // 2] ^= 1
    (tmp_path / "x.parquet").write_bytes(damaged)
    with pytest.raises(OSError, match="CRC"):
        pq.ParquetFile(tmp_path / "x.parquet", page_checksum_verification=True).read()


def test_bytes_that_are_no_parquet_are_refused():
    for data in (b"", b"PAR1", b"x" * 1000):
        with pytest.raises(CorruptPartitionError):
            decode(data)
        with pytest.raises(CorruptPartitionError):
            describe(data)


def test_the_entry_knows_what_planning_needs():
    keep = np.r_[0:100, 150:600]
    columns = {name: values[keep].copy() for name, values in ROWS.items()}
    columns["volume"][:5], columns["volume"][-7:] = 0.0, 0.0
    columns["volume"][5] = columns["volume"][-8] = 1.0

    _, entry = encode(DATASET, columns, "lz4")

    first = int(ROWS[OPEN_TIME][0])
    assert (entry.rows, entry.first_ms, entry.last_ms) == (550, first, first + 599 * 60_000)
    assert [(gap.start_ms - first, gap.end_ms - first) for gap in entry.gaps] == [(6_000_000, 9_000_000)]
    assert entry.starts_flat
    assert entry.first_open == columns["open"][0]
    assert entry.last_close == columns["close"][-8]


def test_a_month_without_any_trade_has_no_last_close():
    columns = {**ROWS, "volume": np.zeros(600)}
    assert encode(DATASET, columns, "lz4")[1].last_close is None


@pytest.mark.parametrize("lineage", [None, Lineage(("a", "b"), 1_706_745_600_000, 1.25), Lineage(("a",), 0)])
def test_a_file_tells_what_it_is_by_itself(lineage: Lineage | None):
    data, entry = encode(DATASET, ROWS, "lz4", lineage)
    described = describe(data)
    assert described is not None
    assert described.dataset == DATASET
    assert described.entry == entry


def test_a_file_that_another_program_wrote_is_not_taken_for_ours(tmp_path: Path):
    bars(10).to_parquet(tmp_path / "x.parquet")
    assert describe((tmp_path / "x.parquet").read_bytes()) is None


def test_pandas_finds_its_index_and_plain_dtypes(tmp_path: Path):
    data, _ = encode(DATASET, ROWS, "lz4")
    (tmp_path / "x.parquet").write_bytes(data)
    frame = pd.read_parquet(tmp_path / "x.parquet")
    assert frame.index.equals(bars(600).index)
    assert frame.index.name == "timestamp"
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == {
        "symbol": "str",
        **dict.fromkeys(("open", "high", "low", "close", "volume", "quote_volume"), "float64"),
        "trades": "int64",
    }


def test_the_symbol_is_the_only_dictionary(tmp_path: Path):
    data, _ = encode(DATASET, ROWS, "lz4")
    (tmp_path / "x.parquet").write_bytes(data)
    group = pq.ParquetFile(tmp_path / "x.parquet").metadata.row_group(0)
    columns = [group.column(position) for position in range(group.num_columns)]
    assert [column.path_in_schema for column in columns][:2] == ["timestamp", "symbol"]
    assert [column.path_in_schema for column in columns if column.has_dictionary_page] == ["symbol"]
    encodings = {column.path_in_schema: column.encodings for column in columns}
    assert "DELTA_BINARY_PACKED" in encodings["timestamp"]
    assert "DELTA_BINARY_PACKED" in encodings["trades"]
    assert "BYTE_STREAM_SPLIT" in encodings["close"]
