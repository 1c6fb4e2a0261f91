"""The older three steps: fetch, look for gaps, bridge short ones in a view."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.data.memory_source import DAY_MS, T0, MemorySource, minutes
from threadx.bars.schema import OPEN_TIME
from threadx.config import Settings
from threadx.data.ingest import IngestionManager
from threadx.data.legacy_adapter import LegacyAdapter
from threadx.errors import UDFIColumnError

BTC = "BTCUSDC"


@pytest.fixture
def adapter(tmp_path):
    columns = minutes(T0, 2 * 1440)
    kept = [slice(0, 100), slice(103, 600), slice(900, None)]  # holes of 3 and of 300 minutes
    holed = {name: pd.concat([pd.Series(values[part]) for part in kept]).to_numpy() for name, values in columns.items()}
    assert len(holed[OPEN_TIME]) == 2 * 1440 - 303
    source = MemorySource({BTC: holed}, now_ms=T0 + 2 * DAY_MS)
    return LegacyAdapter(manager=IngestionManager(Settings.under(tmp_path), source=source))


@pytest.fixture
def frame(adapter):
    return adapter.fetch_klines_1m(BTC, "2023-03-20", "2023-03-20")


def test_gaps_are_found_with_their_length(adapter, frame):
    assert list(adapter.detect_gaps_1m(frame)["minutes"]) == [3, 300]


def test_short_gaps_are_bridged_flat_and_marked(adapter, frame):
    view = adapter.fill_gaps_conservative(frame, adapter.detect_gaps_1m(frame))
    made = view[view["filled"]]
    assert len(made) == 3  # the other gap is longer than the limit of the settings
    assert set(made["close"]) == {frame["close"].iloc[99]}
    assert (made["volume"] == 0).all()
    assert len(view) == len(frame) + 3


def test_gap_that_is_not_named_stays(adapter, frame):
    gaps = adapter.detect_gaps_1m(frame)
    view = adapter.fill_gaps_conservative(frame, gaps.iloc[1:])
    assert len(view) == len(frame)
    assert not view["filled"].any()


def test_gaps_without_edges_are_refused(adapter, frame):
    with pytest.raises(UDFIColumnError, match="start"):
        adapter.fill_gaps_conservative(frame, pd.DataFrame({"minutes": [3]}))
