"""Below `requests`: sockets that keep to one deadline and can be shut from another thread.

A socket timeout bounds one read only: a server that sends a byte now and then holds a reader for ever, in the body
or in the headers. Here each single read gets what is left of the whole call's time, and `Call.abort` shuts the
socket, so that a reader blocked in it wakes up at once.
"""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

__all__ = ["Call", "GuardedAdapter", "Line"]


class Call:
    """One request and its answer on a line. `abort` may be called from any thread, at any time, more than once."""

    def __init__(self, deadline_s: float, monotonic_s: Callable[[], float]) -> None:
        self._deadline_s = deadline_s
        self._monotonic_s = monotonic_s
        self._lock = threading.Lock()
        self._connection: HTTPConnection | None = None
        self._sock: socket.socket | None = None
        self._over = False
        self.aborted = False

    def use(self, connection: HTTPConnection) -> None:
        """Say which connection serves the call, so that `abort` knows what to shut."""
        with self._lock:
            self._connection = connection
            self._sock = connection.sock
            if self.aborted:
                raise ConnectionAbortedError("the call was aborted")

    def remaining_s(self) -> float:
        """Return the time left; raise TimeoutError when there is none."""
        left_s = self._deadline_s - self._monotonic_s()
        if left_s <= 0:
            raise TimeoutError("the answer did not arrive whole in time")
        return left_s

    def abort(self) -> None:
        """Shut the call's socket; nothing happens once the call is over, when its socket may serve another."""
        with self._lock:
            self.aborted = True
            if self._over or self._connection is None:
                return
            # http.client lets go of the socket once the headers say that the answer ends with the connection
            sock = self._connection.sock or self._sock
            if sock is not None:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Say that the call is over."""
        with self._lock:
            self._over = True


class Line:
    """What one thread's connections and its current call know of each other."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self.call: Call | None = None

    @contextmanager
    def calling(self, total_s: float) -> Iterator[Call]:
        """Yield the one call that is on the line during the block; it has `total_s` from now on."""
        self.call = call = Call(self._monotonic_s() + total_s, self._monotonic_s)
        try:
            yield call
        finally:
            call.end()
            self.call = None


class _PatientReader(io.RawIOBase):
    """The read side of a socket: every single read gets at most what is left of the call's time."""

    def __init__(self, raw: socket.SocketIO, sock: socket.socket, line: Line) -> None:
        self._raw = raw
        self._sock = sock
        self._line = line

    def readable(self) -> bool:
        """Say yes: io asks."""
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401 - any writable buffer
        """Read once, as long as the socket's own timeout and the call's time allow."""
        call, idle_s = self._line.call, self._sock.gettimeout()
        if call is None:
            raise ConnectionAbortedError("the call is over")
        left_s = call.remaining_s()
        self._sock.settimeout(left_s if idle_s is None else min(idle_s, left_s))
        try:
            return self._raw.readinto(buffer)
        finally:
            with suppress(OSError):
                self._sock.settimeout(idle_s)

    def close(self) -> None:
        """Let go of the socket, which closes when its connection has closed it too."""
        with suppress(OSError):
            self._raw.close()
        super().close()


class _GuardedSocket:
    """A connected socket whose readers are patient; everything else is the socket's own."""

    def __init__(self, sock: socket.socket, line: Line) -> None:
        self._sock = sock
        self._line = line

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the socket has
        return getattr(self._sock, name)

    def makefile(self, mode: str, buffering: int | None = None) -> io.BufferedReader:  # noqa: ARG002 - a socket's
        """Return a buffered reader; http.client asks for nothing else."""
        raw = self._sock.makefile("rb", buffering=0)
        return io.BufferedReader(_PatientReader(raw, self._sock, self._line))

    def shutdown(self, how: int) -> None:
        """Shut the socket below TLS: a TLS shutdown would touch state that the blocked reader is using."""
        socket.socket.shutdown(self._sock, how)


class _Guarded(HTTPConnection):
    """A connection that belongs to a line."""

    line: Line

    def connect(self) -> None:
        """Connect, shake hands, and guard the socket from then on."""
        self._join()
        super().connect()
        self.sock = _GuardedSocket(self.sock, self.line)
        self._join()

    def request(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's own
        """Send a request for the call that is on the line."""
        self._join()
        super().request(*args, **kwargs)

    def _join(self) -> None:
        if self.line.call is not None:
            self.line.call.use(self)


class _GuardedTls(_Guarded, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded

    def __init__(self, line: Line, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - urllib3's own
        super().__init__(*args, **kwargs)
        self._line = line

    def _new_conn(self) -> Any:  # noqa: ANN401 - urllib3's own
        connection = super()._new_conn()
        connection.line = self._line  # type: ignore[attr-defined]  # ConnectionCls is ours
        return connection


class _TlsPool(_Pool, HTTPSConnectionPool):
    ConnectionCls = _GuardedTls


class GuardedAdapter(HTTPAdapter):
    """The transport of one thread's session: its connections belong to `line`; it never retries by itself."""

    def __init__(self, line: Line) -> None:
        self._line = line
        super().__init__(pool_connections=4, pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - requests' own
        """Make the pools, with connections of ours."""
        super().init_poolmanager(*args, **kwargs)
        self._adopt(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:  # noqa: ANN401 - requests' own
        """Return the pools that go through a proxy, with connections of ours."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        self._adopt(manager)
        return manager

    def close(self) -> None:
        """Close every connection that is not in use; one in use closes when it is given back.

        urllib3 2 leaves that to the end of the pool, which a traceback can put off for long.
        """
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            for key in manager.pools.keys():  # noqa: SIM118 - it is no dict: iterating it is refused
                with suppress(KeyError):  # dropped meanwhile
                    manager.pools[key].close()
        super().close()

    def _adopt(self, manager: PoolManager) -> None:
        manager.pool_classes_by_scheme = {
            "http": partial(_Pool, self._line),  # type: ignore[dict-item]  # called like the class
            "https": partial(_TlsPool, self._line),  # type: ignore[dict-item]
        }
