"""What is remembered of legacy files."""

from __future__ import annotations

import pytest

from threadx.bars.intervals import Interval
from threadx.errors import StoreError
from threadx.store.fsio import Fs
from threadx.store.imported import ImportRecord, Imports
from threadx.store.layout import Layout

RECORD = ImportRecord("binance", "BTCUSDT", "1m", (Interval(0, 60_000), Interval(120_000, 180_000)), "a.json", 2)
KEY = Imports.key("ab" * 32, "a.json", "binance")


@pytest.fixture
def layout(tmp_path):
    return Layout.of_data_root(tmp_path)


def test_a_record_is_read_as_it_was_kept(layout):
    imports = Imports(Fs(), layout)
    assert imports.get(KEY) is None
    imports.put(KEY, RECORD)
    imports.put(KEY, RECORD)
    assert imports.get(KEY) == RECORD


def test_content_name_and_provider_make_the_key():
    assert (
        len({Imports.key(*each) for each in (("1", "a", "b"), ("2", "a", "b"), ("1", "c", "b"), ("1", "a", "d"))}) == 4
    )


def test_a_damaged_record_is_none(layout):
    imports = Imports(Fs(), layout)
    imports.put(KEY, RECORD)
    (file,) = (layout.control / "imports").iterdir()
    for damaged in (b"", b"[]", b"{}", b'{"provider": 1}', b"\xff"):
        file.write_bytes(damaged)
        assert imports.get(KEY) is None


def test_a_full_disk_is_a_store_error(layout):
    def refuse(operation):
        if operation.name == "write":
            raise OSError(28, "No space left on device")

    with pytest.raises(StoreError, match="No space left"):
        Imports(Fs(refuse), layout).put(KEY, RECORD)
