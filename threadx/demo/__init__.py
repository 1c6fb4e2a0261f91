"""An embedded exchange on loopback: the same wire as the real one.

For `--demo` and `--selftest`, for tests and for benchmarks::

    with DemoExchange(now=datetime(2023, 4, 1, tzinfo=UTC)) as exchange:
        exchange.faults.add(Fault.RESET_MID_BODY, path="klines", times=2)
        requests.get(f"{exchange.url}/api/v3/time", timeout=5)
"""

from __future__ import annotations

from threadx.demo.exchange import DemoExchange
from threadx.demo.faults import Fault

__all__ = ["DemoExchange", "Fault"]
