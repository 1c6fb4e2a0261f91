"""Which exchange the settings mean."""

from __future__ import annotations

import dataclasses

import pytest

from threadx.data.source import DEMO, demo_url, open_source
from threadx.demo import DemoExchange
from threadx.progress import NULL_PROGRESS


@pytest.fixture(scope="module")
def embedded():
    """The embedded exchange of this process lives until the process ends."""
    return demo_url()


def test_demo_without_hosts_of_its_own_is_the_embedded_exchange(settings, embedded):
    named = dataclasses.replace(settings, source=dataclasses.replace(settings.source, name=DEMO))
    with open_source(named) as first, open_source(named) as second:
        assert first.host == second.host == embedded
        assert first.name == second.name == DEMO


def test_named_host_is_asked_itself(settings):
    with (
        DemoExchange(now=1_700_000_000_000) as exchange,
        open_source(settings.with_source(exchange.url, DEMO)) as source,
    ):
        assert source.server_time_ms(NULL_PROGRESS) // 1000 == 1_700_000_000
