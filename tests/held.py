"""An embedded exchange that stops in the middle of a download until it is let go on: no test hopes that it is slow."""

from __future__ import annotations

from datetime import UTC, datetime

from threadx.demo import DemoExchange
from threadx.demo.tricks import Scene, Trick
from threadx.demo.wire import Reply

LOOK_S = 0.02


class Held:
    """Answers no question about 1m bars of a day or later, until `let_go`; what was asked meanwhile comes then."""

    def __init__(self, exchange: DemoExchange, day: str) -> None:
        """Hold from now on the pages that begin at `day` ("2024-05-15") or later."""
        self._exchange = exchange
        self._from_ms = _ms_of(day)
        self.reached = False
        """Whether a question was held: all that comes before was asked for."""
        exchange.faults.add(Trick(self._play), path="klines", times=None)

    def let_go(self, until: str = "9999-01-01") -> None:
        """Answer what begins before another day, or all."""
        self._from_ms = _ms_of(until)

    def _play(self, scene: Scene) -> Reply:
        """Runs on a connection's thread, which must end when the exchange closes."""
        start_ms = int(scene.request.parameters.get("startTime", 0))
        while start_ms >= self._from_ms and not self._exchange._server.wait(LOOK_S):
            self.reached = True
        return scene.reply


def _ms_of(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)
