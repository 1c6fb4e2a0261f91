"""Which exchange the settings mean."""

from __future__ import annotations

import dataclasses
import threading

from threadx.data.source import DEMO, open_market_caps, open_source
from threadx.demo import DemoExchange
from threadx.progress import NULL_PROGRESS


def test_demo_without_hosts_of_its_own_is_the_embedded_exchange_while_somebody_uses_it(settings):
    named = dataclasses.replace(settings, source=dataclasses.replace(settings.source, name=DEMO))
    with open_source(named) as first, open_source(named) as second, open_market_caps(named):
        assert first.host == second.host
        assert first.name == second.name == DEMO
        second.close()
        second.close()
        assert first.server_time_ms(NULL_PROGRESS) > 0
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("demo")]


def test_named_host_is_asked_itself(settings):
    with (
        DemoExchange(now=1_700_000_000_000) as exchange,
        open_source(settings.with_source(exchange.url, DEMO)) as source,
    ):
        assert source.server_time_ms(NULL_PROGRESS) // 1000 == 1_700_000_000
