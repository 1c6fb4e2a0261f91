"""Death and refused operations in the middle of a repair or an export: the next one ends in a whole bank."""

from __future__ import annotations

import errno
import shutil

import pytest

from tests.store.bank_maker import bars, filled, settings_of, store_in
from tests.store.test_verify import copy_bank, flip, visible
from threadx.errors import StoreError
from threadx.store.datasets import datasets_of
from threadx.store.fsio import Fs
from threadx.store.index import sort_key
from threadx.store.store import Store

pytestmark = pytest.mark.faults


class Died(BaseException):
    """The process is gone: not one more operation happens."""


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    root = tmp_path_factory.mktemp("pristine")
    filled(root, "BTCUSDT")
    return root


def damaged(pristine, root):
    """Return a bank with a damaged 1m month, a damaged derived one, a lost link, a wrong HEAD, and no index."""
    copy_bank(pristine, root)
    store = store_in(root)
    flip(visible(store))
    flip(visible(store, timeframe="5m", month="2024-02"))
    visible(store, timeframe="1h", month="2024-02").unlink()
    series = store.bank.generations.all_series()[0]
    store.layout.head(series).write_bytes(b"7")
    store.catalog.index.path.unlink()
    return root


def counting(counted):
    def count(operation):
        counted.append(operation.name)

    return count


def dying(after):
    left = [after]

    def die(operation):
        left[0] -= 1
        if left[0] < 0:
            raise Died

    return die


def refusing(at, number):
    left = [at]

    def refuse(operation):
        left[0] -= 1
        if left[0] == -1:
            raise OSError(number, "refused by the test")

    return refuse


def opened(root, hook):
    return Store(root, settings=settings_of(root), fs=Fs(hook))


def must_be_mended(pristine, root):
    for _ in range(2):
        store_in(root).verify("full", repair=True)
    assert store_in(root).verify("deep").findings == ()
    truth = store_in(pristine).read("binance", "BTCUSDT")
    left = store_in(root).read("binance", "BTCUSDT")
    assert left.equals(truth.loc[left.index])
    assert len(left) in (1440, 2880)


def operations(pristine, tmp_path):
    counted = []
    opened(damaged(pristine, tmp_path / "count"), counting(counted)).verify("full", repair=True)
    return len(counted)


def test_a_repair_that_dies_anywhere_is_ended_by_the_next(pristine, tmp_path, fault_scale):
    total = operations(pristine, tmp_path)
    step = max(1, round(1 / fault_scale))
    for after in range(0, total, step):
        root = damaged(pristine, tmp_path / str(after))
        with pytest.raises(Died):
            opened(root, dying(after)).verify("full", repair=True)
        must_be_mended(pristine, root)
        shutil.rmtree(root)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EACCES])
def test_a_repair_that_is_refused_anywhere_is_ended_by_the_next(pristine, tmp_path, fault_scale, number):
    total = operations(pristine, tmp_path)
    step = max(1, round(3 / fault_scale))
    for at in range(0, total, step):
        root = damaged(pristine, tmp_path / str(at))
        try:
            opened(root, refusing(at, number)).verify("full", repair=True)
        except StoreError as error:
            assert "refused by the test" in str(error)  # noqa: PT017 - it need not be raised: retries and fallbacks
        must_be_mended(pristine, root)
        shutil.rmtree(root)


def test_an_export_that_dies_anywhere_leaves_lists_right(pristine, tmp_path, fault_scale):
    counted = []
    copy_bank(pristine, tmp_path / "count")
    opened(tmp_path / "count", counting(counted)).rebuild_registry()
    for after in range(0, len(counted), max(1, round(1 / fault_scale))):
        root = tmp_path / str(after)
        copy_bank(pristine, root)
        rows = store_in(root).catalog.rows()
        with pytest.raises(Died):
            opened(root, dying(after)).rebuild_registry()
        assert store_in(root).verify("full").ok
        assert store_in(root).catalog.rows() == rows
        store_in(root).rebuild_registry()
        assert store_in(root).verify("full").findings == ()
        shutil.rmtree(root)


def test_a_write_that_dies_anywhere_leaves_lists_right(pristine, tmp_path, fault_scale):
    counted = []
    copy_bank(pristine, tmp_path / "count")
    opened(tmp_path / "count", counting(counted)).write("binance", "BTCUSDT", bars().assign(volume=7.0))
    for after in range(0, len(counted), max(1, round(1 / fault_scale))):
        root = tmp_path / str(after)
        copy_bank(pristine, root)
        with pytest.raises(Died):
            opened(root, dying(after)).write("binance", "BTCUSDT", bars().assign(volume=7.0))
        store = store_in(root)
        assert store.catalog.rows() == sorted(datasets_of(store.manifest("binance", "BTCUSDT")), key=sort_key), after
        assert store.verify("full").ok
        shutil.rmtree(root)
