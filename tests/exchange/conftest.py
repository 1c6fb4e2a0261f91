"""Fixtures of the exchange room: settings that ask again at once, and a client of an embedded exchange."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from threadx.config import Settings
from threadx.demo import DemoExchange
from threadx.exchange.rest import BinanceRest

NOW_MS = 1_717_243_200_000
"""2024-06-01 12:00 UTC: where the embedded exchange's clock stands."""

MakeRest = Callable[..., BinanceRest]


@pytest.fixture
def quick(settings: Settings) -> Settings:
    """Settings with few attempts that count a bar as closed at its end.

    They are patient with one attempt, for a busy machine may answer late: a test of answers that never come says so.
    """
    return dataclasses.replace(
        settings,
        limits=dataclasses.replace(
            settings.limits,
            connections=4,
            connect_timeout_s=20.0,
            read_timeout_s=20.0,
            total_timeout_s=60.0,
            max_retries=3,
            weight_share=1.0,
        ),
        ingest=dataclasses.replace(settings.ingest, settle_delay_s=0),
    )


@pytest.fixture
def exchange() -> Iterator[DemoExchange]:
    with DemoExchange(now=NOW_MS) as running:
        yield running


@pytest.fixture
def make_rest(quick: Settings) -> Iterator[MakeRest]:
    """Make clients of given hosts; keywords change `[limits]`."""
    with ExitStack() as stack:

        def make(*urls: str, **limits: Any) -> BinanceRest:
            changed = dataclasses.replace(
                quick,
                source=dataclasses.replace(quick.source, name="demo", rest_hosts=urls),
                limits=dataclasses.replace(quick.limits, **limits),
            )
            return stack.enter_context(BinanceRest(changed, backoff_s=0.01))

        yield make


@pytest.fixture
def rest(make_rest: MakeRest, exchange: DemoExchange) -> BinanceRest:
    return make_rest(exchange.url)
