"""Bars for indicators: read once where they are kept, never more than allowed, null where a month lacks them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.faults.harness import Count
from tests.store.bank_maker import bars, settings_of
from threadx.bars.schema import OPEN_TIME
from threadx.bars.timeframe import Timeframe
from threadx.errors import DataNotFoundError, UDFIColumnError
from threadx.indicators.inputs import Inputs
from threadx.store import Store
from threadx.store.fsio import Fs
from threadx.store.layout import Series

SERIES, HOUR = Series("binance", "BTCUSDT"), Timeframe.parse("1h")
NEEDS = ["close", "volume"]


@pytest.fixture
def reads():
    return Count(names=frozenset({"read"}))


@pytest.fixture
def store(tmp_path, reads):
    store = Store(tmp_path, settings=settings_of(tmp_path), fs=Fs(reads))
    store.write("binance", "BTCUSDT", bars(24 * 60, timeframe="1h"), timeframe="1h")
    return store


def months_read(reads):
    return sum(operation.path.parent.name == "obj" for operation in reads.seen)


def load_all(inputs, needs=NEEDS):
    found = inputs.bars(SERIES, HOUR)
    return [inputs.load(found, part.name, needs) for part in found.parts]


def test_months_are_those_of_the_manifest(store):
    parts = Inputs(store).bars(SERIES, HOUR).parts
    assert [part.name for part in parts] == ["2024-01", "2024-02", "2024-03"]
    assert sum(part.rows for part in parts) == 24 * 60
    assert len({part.source for part in parts}) == 3


def test_what_is_kept_is_read_once(store, reads):
    inputs = Inputs(store, keep_bytes=1 << 20)
    first = load_all(inputs)
    before = months_read(reads)
    second = load_all(inputs)
    assert months_read(reads) == before
    assert all(one[name] is two[name] for one, two in zip(first, second, strict=True) for name in (OPEN_TIME, *NEEDS))
    load_all(inputs, ["high"])
    assert months_read(reads) == before + 3


@pytest.mark.parametrize("keep_bytes", [0, 10_000])
def test_no_more_is_kept_than_allowed(store, reads, keep_bytes):
    inputs = Inputs(store, keep_bytes)
    wanted = load_all(inputs)
    before = months_read(reads)
    again = load_all(inputs)
    assert months_read(reads) > before
    assert all(np.array_equal(one["close"], two["close"]) for one, two in zip(wanted, again, strict=True))


def test_a_changed_month_is_another_file(store):
    inputs = Inputs(store, keep_bytes=1 << 20)
    before = load_all(inputs)
    frame = bars(24 * 60, timeframe="1h").iloc[-1:].copy()
    frame["volume"] += 1
    store.write("binance", "BTCUSDT", frame, timeframe="1h")
    after = load_all(inputs)
    assert after[0]["volume"] is before[0]["volume"]
    assert after[-1]["volume"][-1] == before[-1]["volume"][-1] + 1


def test_a_month_that_lacks_a_column_has_null_there_and_one_that_no_month_has_is_refused(store):
    frame = bars(24 * 90, timeframe="1h").drop(columns=["quote_volume", "trades"])
    store.write("binance", "BTCUSDT", frame.loc["2024-04-01":], timeframe="1h")
    inputs = Inputs(store)
    found = inputs.bars(SERIES, HOUR)
    assert np.isnan(inputs.load(found, "2024-04", ["quote_volume"])["quote_volume"]).all()
    inputs.check(found, ["quote_volume"])
    with pytest.raises(UDFIColumnError, match="taker_buy_base"):
        inputs.check(found, ["taker_buy_base"])


def test_what_is_not_stored_is_said_with_what_is(store):
    with pytest.raises(DataNotFoundError) as caught:
        Inputs(store).bars(SERIES, Timeframe.parse("4h"))
    assert "1h" in caught.value.hint
