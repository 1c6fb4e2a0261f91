from __future__ import annotations

import numpy as np

from tests.store.bank_maker import bars, settings_of, store_in
from threadx.bars.schema import OPEN_TIME
from threadx.store import Store
from threadx.store.fsio import Fs
from threadx.store.recent import Recent


def rows(count):
    return {OPEN_TIME: np.arange(count)}


def test_the_last_four_months_are_kept():
    recent = Recent()
    for number in range(6):
        recent.keep(str(number), rows(3))
    assert [number for number in range(6) if recent.get(str(number)) is not None] == [2, 3, 4, 5]


def test_more_than_a_month_is_not_kept():
    recent = Recent()
    recent.keep("a", rows(31 * 1440 + 1))
    assert recent.get("a") is None


def test_a_month_that_was_just_merged_is_not_read_again_and_comes_out_the_same(tmp_path):
    touched, pieces = [], [bars(100), bars(150), bars(200), bars(250).drop(columns="trades")]
    stores = [Store(tmp_path / "one", settings=settings_of(tmp_path / "one"), fs=Fs(touched.append))]
    for piece in pieces:
        stores[0].write("binance", "BTCUSDT", piece, derive=())
        stores.append(store_in(tmp_path / "many"))  # a new one each time: it remembers nothing
        stores[-1].write("binance", "BTCUSDT", piece, derive=())
        piece.loc[:] = 1.0  # the caller's arrays are the caller's
    objects = [one.path for one in touched if one.name == "open" and one.path.parent.name == "obj"]
    assert len(objects) == 1
    assert stores[0].manifest("binance", "BTCUSDT").files == stores[-1].manifest("binance", "BTCUSDT").files
