"""How columns are packed: fixed by what they hold, or tried out on the rows ("auto")."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from threadx.bars.schema import SYMBOL

__all__ = ["COMPRESSIONS", "Encoding", "encoding_of"]

COMPRESSIONS = ("lz4", "snappy", "zstd", "gzip", "auto")
DICTIONARY = "RLE_DICTIONARY"
SPLIT = "BYTE_STREAM_SPLIT"
DELTA = "DELTA_BINARY_PACKED"
_TRIED = (SPLIT, DICTIONARY, "PLAIN")
"""Split wins on prices with many decimals, a dictionary or nothing on those with two."""
_SAMPLE_ROWS = 8192
_PAGE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Encoding:
    """The codec, and how each column is packed before it."""

    codec: str
    columns: dict[str, str] = field(default_factory=dict)
    """Column -> Parquet encoding."""

    def options(self) -> dict[str, Any]:
        """Return the keywords of pyarrow's ParquetWriter."""
        return {
            "compression": self.codec,
            "use_dictionary": [SYMBOL, *(name for name, kind in self.columns.items() if kind == DICTIONARY)],
            "column_encoding": {name: kind for name, kind in self.columns.items() if kind != DICTIONARY} or None,
            "write_statistics": ["timestamp"],
            "write_page_checksum": True,
            "data_page_size": _PAGE_BYTES,
            "dictionary_pagesize_limit": _PAGE_BYTES,
        }


def encoding_of(table: pa.Table, compression: str) -> Encoding:
    """Return how to pack a table with a setting of `[store] compression`.

    Raises:
        ValueError: there is no such setting.
    """
    if compression not in COMPRESSIONS:
        raise ValueError(f"no such compression: {compression!r}")
    usual = {field.name: _usual(field.type) for field in table.schema if field.name != SYMBOL}
    if compression != "auto":
        return Encoding(compression, usual)
    sample = table.slice(0, _SAMPLE_ROWS)
    return Encoding("zstd", {name: _smallest(sample, name) if kind == SPLIT else kind for name, kind in usual.items()})


def _usual(kind: pa.DataType) -> str:
    return SPLIT if pa.types.is_floating(kind) else DELTA


def _smallest(sample: pa.Table, name: str) -> str:
    alone = sample.select([name])
    return min(_TRIED, key=lambda encoding: _size(alone, Encoding("zstd", {name: encoding})))


def _size(table: pa.Table, encoding: Encoding) -> int:
    sink = pa.BufferOutputStream()
    options = encoding.options() | {
        "write_statistics": False,
        "use_dictionary": DICTIONARY in encoding.columns.values(),
    }
    with pq.ParquetWriter(sink, table.schema, store_schema=False, **options) as writer:
        writer.write_table(table)
    return int(sink.getvalue().size)
