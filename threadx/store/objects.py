"""Bars as the bytes of one Parquet file, and back.

One file holds one month (or a whole dataset) of one timeframe: `timestamp` (ms, UTC) first, `symbol`
dictionary-encoded, floats byte-stream-split, integers and times delta-packed, one row group, page checksums on. The
same rows, lineage and settings give the same bytes. Other tools see plain columns; pandas finds its index; the
`threadx.*` keys of the footer hold what the manifest said about the file when it was written, so that manifests can be
rebuilt from files. (Its lineage may be older than the manifest's: a derived file whose rows stay the same stays.)
"""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from threadx.bars.gaps import missing_runs
from threadx.bars.schema import INDEX_NAME, INTEGER_COLS, OPEN_TIME, SYMBOL, VALUE_COLS, VOLUME, Columns
from threadx.bars.timeframe import Timeframe
from threadx.errors import CorruptPartitionError
from threadx.store.encoding import Encoding, encoding_of
from threadx.store.layout import Series, check_provider, check_symbol
from threadx.store.manifest import FileEntry, Lineage, digest

__all__ = ["Dataset", "Described", "array_of", "decode", "decode_checked", "describe", "encode", "pandas_footer"]

FORMAT = "1"
_PREFIX = "threadx."
_DTYPES = {
    pa.timestamp("ms", "UTC"): np.dtype(np.int64),
    pa.int64(): np.dtype(np.int64),
    pa.float64(): np.dtype(np.float64),
}
"""What the columns of a file are in memory; no other types are ever written."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """Which file of which series: what the footer says beside the rows."""

    series: Series
    timeframe: Timeframe
    month: str
    """ "2024-03", or "all"."""

    @property
    def key(self) -> str:
        """The file's key in a manifest."""
        return f"{self.timeframe.name}/{self.month}"


@dataclass(frozen=True, slots=True)
class Described:
    """A file that some ThreadX wrote, described from its own footer."""

    dataset: Dataset
    entry: FileEntry


def encode(
    dataset: Dataset, columns: Columns, compression: str, lineage: Lineage | None = None
) -> tuple[bytes, FileEntry]:
    """Return the file of these rows and its manifest entry.

    Args:
        dataset: what the rows are.
        columns: at least one row, strictly increasing open times, float64 or int64 values; an integer column that is
            float64 has NaN where the value is null.
        compression: "lz4", "snappy", "zstd", "gzip" or "auto" (the smallest of a few, tried on these rows).
        lineage: what the rows were derived from; None when they were not.
    """
    table = _table(dataset.series.symbol, columns)
    facts = _facts(dataset, columns, lineage)
    data = _written(table, encoding_of(table, compression), _footer(dataset, table, facts))
    return data, _entry(data, facts)


def decode(data: bytes, columns: Sequence[str] | None = None) -> Columns:
    """Return the rows of a file: `open_time` and the value columns (those named, in their usual order).

    Raises:
        CorruptPartitionError: the bytes are not such a file.
    """
    try:
        file = pq.ParquetFile(pa.BufferReader(data))
        there = [name for name in file.schema_arrow.names if name not in (INDEX_NAME, SYMBOL)]
        wanted = there if columns is None else [name for name in there if name in columns]
        table = file.read(columns=[INDEX_NAME, *wanted], use_threads=False)
        named = zip(table.column_names, table.columns, strict=True)
        return {OPEN_TIME if name == INDEX_NAME else name: array_of(column) for name, column in named}
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise CorruptPartitionError("the file cannot be read as bars: {reason}", reason=str(error)) from error


def array_of(column: pa.ChunkedArray) -> np.ndarray[Any, Any]:
    """Return the numbers or times (in ms) of a column, null as NaN, as an array that may be written to.

    Who reads bars may edit them in place: that is why this is not `to_numpy`, whose arrays of the same memory cannot
    be written to. KeyError for other types, which no file of ours has.
    """
    chunk = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    if chunk.null_count:
        return np.asarray(chunk.cast(pa.float64()).to_numpy(zero_copy_only=False))
    dtype = _DTYPES[chunk.type]
    values = np.frombuffer(chunk.buffers()[1], dtype, len(chunk), chunk.offset * dtype.itemsize)
    return values if values.flags.writeable else values.copy()


def decode_checked(data: bytes, entry: FileEntry, columns: Sequence[str] | None = None) -> Columns:
    """Return the rows of an object after holding its bytes against the manifest's length and CRC-32.

    Raises:
        CorruptPartitionError: the bytes are not what was written.
    """
    if len(data) != entry.size_bytes or zlib.crc32(data) != entry.crc32:
        raise CorruptPartitionError("the file differs from what was written")
    return decode(data, columns)


def describe(data: bytes) -> Described | None:
    """Return what a file's own footer says of it, or None when ThreadX did not write it.

    Raises:
        CorruptPartitionError: the bytes are not Parquet.
        FileValidationError: the footer names a provider or symbol that cannot be.
    """
    try:
        footer = pq.ParquetFile(pa.BufferReader(data)).metadata.metadata or {}
    except (pa.ArrowException, OSError) as error:
        raise CorruptPartitionError("the file is not Parquet: {reason}", reason=str(error)) from error
    said = {key.decode(): value.decode() for key, value in footer.items() if key.startswith(_PREFIX.encode())}
    if said.get("threadx.format") != FORMAT:
        return None
    try:
        series = Series(check_provider(said["threadx.provider"]), check_symbol(said["threadx.symbol"]))
        dataset = Dataset(series, Timeframe.parse(said["threadx.timeframe"]), said["threadx.month"])
        return Described(dataset, _entry(data, json.loads(said["threadx.facts"])))
    except (KeyError, ValueError, TypeError) as error:
        raise CorruptPartitionError("the file's footer is damaged") from error


# -- rows to columns of Arrow ------------------------------------------------------------------------------------


def _table(symbol: str, columns: Columns) -> pa.Table:
    times = columns[OPEN_TIME]
    index = pa.array(times).cast(pa.timestamp("ms", "UTC"))
    constant = pa.DictionaryArray.from_arrays(pa.array(np.zeros(times.size, np.int8)), pa.array([symbol]))
    named = {INDEX_NAME: index, SYMBOL: constant}
    named.update((name, _arrow(columns[name], name)) for name in VALUE_COLS if name in columns)
    # What can never be null says so: no null marks to pack and unpack. An integer may be unknown in another month.
    fields = [pa.field(name, values.type, nullable=name in INTEGER_COLS) for name, values in named.items()]
    return pa.Table.from_arrays(list(named.values()), schema=pa.schema(fields))


def _arrow(values: np.ndarray[Any, Any], name: str) -> pa.Array:
    if name not in INTEGER_COLS:
        return pa.array(np.ascontiguousarray(values, dtype=np.float64))  # NaN stays NaN: other tools expect floats
    if values.dtype.kind != "f":
        return pa.array(values.astype(np.int64, copy=False))
    missing = np.isnan(values)
    return pa.array(np.where(missing, 0, values).astype(np.int64), mask=missing)


# -- what the footer and the manifest say ------------------------------------------------------------------------


def _facts(dataset: Dataset, columns: Columns, lineage: Lineage | None) -> dict[str, Any]:
    times = columns[OPEN_TIME]
    names = tuple(name for name in VALUE_COLS if name in columns)
    entry = FileEntry("", 0, times.size, int(times[0]), int(times[-1]), names, 0, lineage=lineage)
    facts = entry.to_json()
    if lineage is None:
        facts |= _own_facts(dataset.timeframe, columns)
    return {name: value for name, value in facts.items() if name not in ("sha256", "bytes", "crc32")}


def _own_facts(timeframe: Timeframe, columns: Columns) -> dict[str, Any]:
    traded = np.flatnonzero(columns[VOLUME] > 0)
    runs = missing_runs(columns[OPEN_TIME], timeframe.period_ms) if timeframe.period_ms is not None else ()
    return {
        "gaps": [[gap.start_ms, gap.end_ms] for gap in runs],
        "first_open": float(columns["open"][0]),
        "last_close": float(columns["close"][traded[-1]]) if traded.size else None,
        "starts_flat": not columns[VOLUME][0] > 0,
    }


def _entry(data: bytes, facts: Mapping[str, Any]) -> FileEntry:
    return FileEntry.from_json({**facts, "sha256": digest(data), "bytes": len(data), "crc32": zlib.crc32(data)})


def _footer(dataset: Dataset, table: pa.Table, facts: Mapping[str, Any]) -> dict[str, str]:
    return {
        "pandas": pandas_footer(tuple((name, bool(table.column(name).null_count)) for name in table.column_names)),
        f"{_PREFIX}format": FORMAT,
        f"{_PREFIX}provider": dataset.series.provider,
        f"{_PREFIX}symbol": dataset.series.symbol,
        f"{_PREFIX}timeframe": dataset.timeframe.name,
        f"{_PREFIX}month": dataset.month,
        f"{_PREFIX}facts": json.dumps(facts, sort_keys=True, separators=(",", ":")),
    }


@lru_cache(maxsize=64)
def pandas_footer(columns: tuple[tuple[str, bool], ...]) -> str:
    """Tell pandas, by its own footer key, which column is the index; everyone else sees a plain column."""

    def column(name: str, *, nullable: bool) -> dict[str, Any]:
        integer = ("int64", "Int64" if nullable else "int64")
        kinds = {INDEX_NAME: ("datetimetz", "datetime64[ms]"), SYMBOL: ("unicode", "str")}
        kind, dtype = kinds.get(name, integer if name in INTEGER_COLS else ("float64", "float64"))
        extra = {"timezone": "UTC"} if name == INDEX_NAME else None
        return {"name": name, "field_name": name, "pandas_type": kind, "numpy_type": dtype, "metadata": extra}

    said = {
        "index_columns": [INDEX_NAME],
        "column_indexes": [],
        "columns": [column(name, nullable=nullable) for name, nullable in columns],
        "creator": {"library": "threadx", "version": FORMAT},
        "pandas_version": "3.0.0",
    }
    return json.dumps(said)


def _written(table: pa.Table, encoding: Encoding, footer: Mapping[str, str]) -> bytes:
    sink = io.BytesIO()
    # No Arrow schema in the footer: it would say "dictionary" for `symbol`, and pandas would make a category of it.
    with pq.ParquetWriter(sink, table.schema, store_schema=False, **encoding.options()) as writer:
        writer.write_table(table, row_group_size=table.num_rows)
        writer.add_key_value_metadata(dict(footer))
    return sink.getvalue()
