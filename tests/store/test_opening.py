"""Whether there can be a bank at all is said before anything is asked of it."""

from __future__ import annotations

import errno
import sys

import pytest

from tests.store.bank_maker import bars, settings_of, store_in
from threadx.errors import FileValidationError, StoreError
from threadx.store import Store
from threadx.store.fsio import CHANGES, Fs
from threadx.store.layout import Layout, Series
from threadx.store.opening import check_writable


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_file_where_the_data_folder_should_be_is_refused(tmp_path, below):
    """`list --data-root FILE` had answered that nothing is stored there, as if there could be."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(FileValidationError, match="is a file, not a folder") as caught:
        store_in(tmp_path / "file" / below)
    assert "--data-root" in caught.value.hint


@pytest.mark.parametrize("begun", [False, True])
def test_a_folder_that_can_be_written_is_left_as_it_is(tmp_path, begun):
    if begun:
        store_in(tmp_path).write("binance", "BTCUSDT", bars(10))
    before = sorted(tmp_path.rglob("*"))
    check_writable(Fs(), Layout.of_data_root(tmp_path), Series("binance", "BTCUSDT"))
    check_writable(Fs(), Layout.of_data_root(tmp_path / "not" / "yet"))
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_refuses_is_named_with_the_reason(tmp_path):
    store = Store(tmp_path, settings=settings_of(tmp_path), fs=Fs(read_only))
    with pytest.raises(StoreError, match=r"cannot be written: .*Read-only") as caught:
        check_writable(store.fs, store.layout)
    assert str(tmp_path) in caught.value.message
    assert "--data-root" in caught.value.hint


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc takes no files, whoever asks")
def test_a_real_folder_that_refuses_is_told_of(tmp_path):
    with pytest.raises(StoreError, match="/proc: cannot be written"):
        check_writable(Fs(), Layout.of_data_root("/proc/threadx"))


def read_only(operation):
    if operation.name in CHANGES:
        raise OSError(errno.EROFS, "Read-only file system", str(operation.path))
