"""The embedded exchange: market, clock, limits, faults and server put together."""

from __future__ import annotations

import threading
import uuid
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Self

from threadx.demo.api import COINS_PATH, Api
from threadx.demo.clock import DemoClock
from threadx.demo.faults import FaultScript
from threadx.demo.limits import Verdict, WeightLimiter
from threadx.demo.market import Market
from threadx.demo.replay import Frame, Replay
from threadx.demo.server import HttpServer
from threadx.demo.wire import Reply, Request, json_reply

__all__ = ["DemoExchange", "RequestLog", "Served"]


@dataclass(frozen=True, slots=True)
class Served:
    """One request that was answered."""

    path: str
    """The endpoint: "klines", "ticker/24hr"."""
    parameters: dict[str, str]
    status: int
    weight: int


class RequestLog:
    """What was asked so far. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._recent: deque[Served] = deque(maxlen=20_000)
        self._paths: Counter[str] = Counter()
        self._statuses: Counter[int] = Counter()
        self._weight = 0

    def add(self, served: Served) -> None:
        """Note one request."""
        with self._lock:
            self._recent.append(served)
            self._paths[served.path] += 1
            self._statuses[served.status] += 1
            self._weight += served.weight

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._recent.clear()
            self._paths.clear()
            self._statuses.clear()
            self._weight = 0

    @property
    def recent(self) -> tuple[Served, ...]:
        """The last 20,000 requests, oldest first."""
        with self._lock:
            return tuple(self._recent)

    @property
    def total(self) -> int:
        """How many requests were answered."""
        with self._lock:
            return self._paths.total()

    @property
    def by_path(self) -> dict[str, int]:
        """How many for each endpoint."""
        with self._lock:
            return dict(self._paths)

    @property
    def by_status(self) -> dict[int, int]:
        """How many with each HTTP status."""
        with self._lock:
            return dict(self._statuses)

    @property
    def weight(self) -> int:
        """The weight of all requests together."""
        with self._lock:
            return self._weight


class DemoExchange:
    """A spot exchange on 127.0.0.1 that speaks the real one's wire; served from construction until `close`.

    With `replay` it serves exactly these bars, else a generated market that is the same for one seed. A given `now`
    stands still (see `DemoClock`); without one the computer's clock is server time, for a replay too: then all its
    bars are finished, and the 24-hour tickers are of its last day.

    Args:
        replay: frames by (symbol, interval); see `Replay`.
        seed: chooses the generated market.
        now: server time as an aware datetime or int ms UTC; None follows the computer's clock.
        port: 0 lets the system choose.
        weight_limit: request weight a minute, also told in exchangeInfo.
        patience: how many requests over the limit in one minute lead to a ban.
        latency_s: wait before each reply.
        usdc_pairs: at most so many generated pairs against USDC; None is all of them (more than 120).

    Attributes:
        market: the bars: `.columns(symbol, interval, start_ms, end_ms)`, `.listings`.
        faults: the script of misbehaviour: `.add(Fault.X, path="klines", times=3)`.
        log: the requests so far.
        clock: server time.
        limiter: the weight counter.

    Raises:
        OSError: the port is taken.
        ValueError: `now` has no time zone, or a replayed frame cannot be served.
    """

    def __init__(
        self,
        replay: Mapping[tuple[str, str], Frame] | None = None,
        seed: int = 42,
        now: datetime | int | None = None,
        port: int = 0,
        *,
        weight_limit: int = 6000,
        patience: int = 10,
        latency_s: float = 0.0,
        usdc_pairs: int | None = None,
    ) -> None:
        self.clock = DemoClock(now)
        self.market: Market | Replay = (
            Market(seed, self.clock.now_ms, usdc_pairs=usdc_pairs)
            if replay is None
            else Replay(replay, self.clock.now_ms)
        )
        self.faults = FaultScript()
        self.log = RequestLog()
        self.limiter = WeightLimiter(weight_limit, patience)
        self.latency_s = latency_s
        self._api = Api(self.market, self.clock, weight_limit, lambda: self._server.closing)
        self._server = HttpServer(self._answer, self.clock.now_ms, port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Where to find it: "http://127.0.0.1:PORT"."""
        return self._server.url

    @property
    def port(self) -> int:
        """The port that is served."""
        return self._server.port

    @property
    def now_ms(self) -> int:
        """Server time."""
        return self.clock.now_ms()

    @property
    def connections(self) -> int:
        """How many connections are open right now."""
        return self._server.connections

    def set_now(self, now: datetime | int | None) -> None:
        """Set server time; None follows the computer's clock."""
        self.clock.set(now)

    def advance(self, seconds: float) -> None:
        """Move server time forward; it stands still from then on."""
        self.clock.advance(seconds)

    def close(self) -> None:
        """Stop serving; no thread and no socket is left. Idempotent; any thread but a connection's."""
        self._server.close()

    def _answer(self, request: Request) -> Reply:
        """Runs on a connection's thread."""
        if self.latency_s > 0:
            self._server.wait(self.latency_s)
        reply = self._api.answer(request)
        if request.path != COINS_PATH:  # another service, with limits of its own: see Fault.COINS_429
            reply = self._charged(reply)
        final = self.faults.apply(request, reply, self._api.answer, self.now_ms)
        self.log.add(Served(request.endpoint, request.parameters, final.status, reply.weight))
        return final

    def _charged(self, reply: Reply) -> Reply:
        """Return the reply with what the exchange tells of its limits, or its refusal."""
        verdict = self.limiter.charge(reply.weight, self.clock.weight_ms())
        said = reply if verdict.status == 200 else _refusal(verdict, self.limiter.limit)
        return Reply(
            said.status,
            said.body,
            (
                *said.headers,
                ("x-mbx-uuid", str(uuid.uuid4())),
                ("x-mbx-used-weight", str(verdict.used)),
                ("x-mbx-used-weight-1m", str(verdict.used)),
                ("x-content-type-options", "nosniff"),
                ("cache-control", "no-cache, no-store, must-revalidate"),
                ("x-cache", "Miss from cloudfront"),
            ),
            said.weight,
        )


def _refusal(verdict: Verdict, limit: int) -> Reply:
    if verdict.status == 418:
        message = (
            f"Way too much request weight used; IP banned until {verdict.banned_until_ms}. "
            "Please use WebSocket Streams for live updates to avoid bans."
        )
    else:
        message = (
            f"Too much request weight used; current limit is {limit} request weight per 1 MINUTE. "
            "Please use WebSocket Streams for live updates to avoid polling the API."
        )
    reply = json_reply({"code": -1003, "msg": message}, verdict.status, retry_after=str(verdict.retry_after_s))
    return Reply(verdict.status, reply.body, reply.headers, weight=0)
