from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.demo.wire_client import WireClient
from threadx.demo import DemoExchange

NOW = datetime(2024, 6, 3, 12, 0, 30, tzinfo=UTC)


@pytest.fixture
def exchange():
    """The generated market at a moment inside a minute, with room for any number of requests."""
    with DemoExchange(now=NOW, weight_limit=10**6) as running:
        yield running


@pytest.fixture
def client(exchange):
    with WireClient(exchange) as opened:
        yield opened
