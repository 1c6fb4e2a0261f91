"""A manager over a source in memory and a real bank in the test's own folder."""

from __future__ import annotations

import dataclasses

import pytest

from tests.data.memory_source import DAY_MS, T0, MemorySource, minutes
from threadx.data.ingest import IngestionManager

MINUTE = 60_000
HOUR = 60 * MINUTE
BTC, ETH, SOL = "BTCUSDC", "ETHUSDC", "SOLUSDC"
NOW = T0 + 20 * DAY_MS + 90_000  # 90 s after midnight: the minute of midnight is finished, settled 25 s ago
DAY_1, DAY_2, DAY_3 = "2023-03-20", "2023-03-21", "2023-03-22"


@pytest.fixture
def bank_settings(settings):
    return dataclasses.replace(settings, ingest=dataclasses.replace(settings.ingest, timeframes=("5m", "1h", "1d")))


@pytest.fixture
def source():
    return MemorySource({name: minutes(T0, 21 * 1440) for name in (BTC, ETH, SOL)}, now_ms=NOW)


@pytest.fixture
def manager(bank_settings, source):
    return IngestionManager(bank_settings, source=source)
