"""A bank of its own: one visible folder for all symbols, nothing derived, the registry out of sight."""

from __future__ import annotations

import pytest

from tests.store.bank_maker import bars, settings_of
from threadx.store.store import Store


@pytest.fixture
def store(tmp_path):
    store = Store.for_folder(tmp_path / "mine", settings=settings_of(tmp_path))
    store.write("local", "BTCUSDT", bars())
    store.write("local", "ETHUSDT", bars(seed=2), single_file=True)
    store.export_registry()
    return store


@pytest.mark.parametrize("level", ["quick", "normal", "full", "deep"])
def test_a_whole_bank_has_no_findings(store, level):
    assert store.verify(level).findings == ()


def test_a_stranger_in_the_folder_is_reported_and_left(store):
    path = store.layout.visible / "year=2024" / "notes.parquet"
    path.write_bytes(b"x")
    report = store.verify("quick", repair=True)
    assert [(one.code, one.path) for one in report.findings] == [("unknown_file", str(path))]
    assert path.exists()


@pytest.mark.parametrize("name", ["ETHUSDT.parquet", "year=2024/month=01/BTCUSDT.parquet"])
def test_a_file_another_tool_replaced_is_put_back(store, tmp_path, name):
    foreign = tmp_path / "x.parquet"
    bars(3).to_parquet(foreign)
    foreign.replace(store.layout.visible / name)
    assert [one.code for one in store.verify("quick").findings] == ["foreign_edit"]
    assert store.verify("quick", repair=True).ok
    assert store.verify("deep").findings == ()


def test_the_checksum_file_takes_its_paths_from_the_folder_itself(store):
    text = (store.catalog.folder / "checksums" / "local" / "ETHUSDT.sha256").read_text()
    assert text.split() == [store.manifest("local", "ETHUSDT").files["1m/all"].sha256, "ETHUSDT.parquet"]
