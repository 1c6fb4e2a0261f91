"""Hand-made stand-ins for tests of the exchange room: a clock that is turned by hand, and a server of raw bytes."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Self

from threadx.exchange.clock import Clock
from threadx.progress import Progress, ProgressEvent

Handler = Callable[[socket.socket, bytes], None]


class HandClock:
    """Local clocks that only move when told to."""

    def __init__(self, wall_ms: int = 1_700_000_000_000) -> None:
        self._start_ms = wall_ms
        self.passed_s = 0.0

    def advance(self, seconds: float) -> None:
        self.passed_s += seconds

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self.passed_s, lambda: self._start_ms + int(self.passed_s * 1000))


class HandProgress(Progress):
    """Waits by turning the hand clock; keeps what was reported."""

    def __init__(self, clock: HandClock, *, cancel_after_s: float = float("inf")) -> None:
        super().__init__(self._listen)
        self._clock = clock
        self._cancel_at_s = clock.passed_s + cancel_after_s
        self.events: list[ProgressEvent] = []
        self.waited_s = 0.0

    def wait(self, seconds: float) -> None:
        self._clock.advance(seconds)
        self.waited_s += seconds
        if self._clock.passed_s >= self._cancel_at_s:
            self.cancel()
        self.raise_if_cancelled()

    def _listen(self, event: ProgressEvent) -> None:
        self.events.append(event)

    @property
    def reasons(self) -> list[str]:
        return [event.waiting for event in self.events if event.waiting]


class TlsSocket(ssl.SSLSocket):
    """Closes itself where a client that has gone is noticed before the handshake: CPython leaves it open then."""

    def recv(self, *args: int) -> bytes:
        try:
            return super().recv(*args)
        except OSError:
            self.close()
            raise


class RawServer:
    """Accepts connections on loopback and lets `handler` answer each request in its own bytes, then closes."""

    def __init__(self, handler: Handler, tls: ssl.SSLContext | None = None) -> None:
        self._handler = handler
        self._tls = tls
        if tls is not None:
            tls.sslsocket_class = TlsSocket
        self.requests: list[bytes] = []
        self.closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def port(self) -> int:
        return self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'http' if self._tls is None else 'https'}://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        for sock in (self._listener, *self._open):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        while not self.closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        self._open.append(connection)
        try:
            if self._tls is not None:
                connection = self._tls.wrap_socket(connection, server_side=True)
                self._open.append(connection)
            request = b""
            while b"\r\n\r\n" not in request:
                data = connection.recv(65536)
                if not data:
                    return
                request += data
            self.requests.append(request)
            self._handler(connection, request)
        except OSError:
            pass
        finally:
            connection.close()


@contextlib.contextmanager
def refusing() -> Iterator[str]:
    """Yield the URL of a port where nothing answers, and that nobody else can take meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and it does not listen
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def answering(body: bytes, *headers: str, status: str = "200 OK") -> Handler:
    """Return a handler that sends one whole answer and says that it hangs up."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json;charset=UTF-8", "Connection: close", *headers]
    if not any(line.lower().startswith(("content-length", "transfer-encoding")) for line in headers):
        lines.append(f"Content-Length: {len(body)}")
    whole = "\r\n".join([*lines, "", ""]).encode() + body
    return lambda connection, _: connection.sendall(whole)
