from __future__ import annotations

import json

import pytest

from tests.store.bank_maker import bars, store_in
from threadx.data.job_end import job_ended
from threadx.store.fsio import Fs
from threadx.store.store import Store


@pytest.fixture
def store(tmp_path):
    store = store_in(tmp_path)
    store.write("binance", "BTCUSDT", bars(10))
    return store


def test_a_job_ends_with_catalog_and_checksum_files(store):
    job_ended(store)
    assert json.loads(store.catalog.listing.read_bytes())["totals"]["datasets"] == 2
    assert store.catalog.checksum_file(store.bank.generations.all_series()[0]).is_file()


def test_a_job_that_changed_nothing_writes_nothing(store):
    job_ended(store)
    before = store.catalog.listing.stat().st_ino
    job_ended(store)
    assert store.catalog.listing.stat().st_ino == before


def test_a_write_into_a_large_bank_leaves_the_files_to_the_next_job(store):
    job_ended(store, at_most=1)
    assert not store.catalog.listing.exists()
    job_ended(store, at_most=2)
    assert store.catalog.listing.exists()


@pytest.mark.parametrize("at_most", [None, 10])
def test_a_disk_that_refuses_and_an_index_that_is_gone_fail_no_job(store, at_most):
    def refuse(operation):
        if operation.path.suffix in (".json", ".sha256") and operation.name in ("create", "note", "replace"):
            raise OSError(28, "No space left on device")

    full = Store(store.layout.visible.parent, settings=store.settings, fs=Fs(refuse))
    job_ended(full, at_most=at_most)
    store.catalog.index.path.unlink()
    job_ended(full, at_most=at_most)
    assert [row.timeframe for row in full.catalog.rows()] == ["1m", "5m"]
