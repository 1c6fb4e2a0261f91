"""The HTTP server: 127.0.0.1 only, one thread per connection, keep-alive, and nothing left behind after close."""

from __future__ import annotations

import contextlib
import logging
import socket
import struct
import sys
import threading
from collections.abc import Callable

from threadx.demo.wire import End, Reply, Request, Send, Wait, head, payload

__all__ = ["HttpServer"]

log = logging.getLogger(__name__)

HOST = "127.0.0.1"
_MAX_HEAD = 64 * 1024
_DEAD = OSError
"""A socket that was shut while it was read or written says so with one of these."""


class HttpServer:
    """Serves `answer(request) -> Reply` from construction until `close`.

    Args:
        answer: called on the connection's thread; must be safe to call from many threads.
        now_ms: server time for the `date` header.
        port: 0 lets the system choose.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, answer: Callable[[Request], Reply], now_ms: Callable[[], int], port: int = 0) -> None:
        self._answer = answer
        self._now_ms = now_ms
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform != "win32":  # there the option would let two servers share a port
                self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._listener.bind((HOST, port))
            self._listener.listen(128)
        except OSError:
            self._listener.close()
            raise
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name="demo-exchange", daemon=True)
        self._acceptor.start()

    @property
    def url(self) -> str:
        """Where to find the server, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    @property
    def closing(self) -> bool:
        """Whether `close` was called."""
        return self._closing.is_set()

    @property
    def connections(self) -> int:
        """How many connections are open."""
        with self._lock:
            return len(self._connections)

    def wait(self, seconds: float) -> bool:
        """Wait so long, or until the server closes; return whether it does."""
        return self._closing.wait(seconds)

    def close(self) -> None:
        """Stop: shut every connection, join every thread, free the port. Idempotent."""
        with self._lock:
            first = not self._closing.is_set()
            self._closing.set()
            open_now = dict(self._connections)
        if first:
            with contextlib.suppress(OSError):  # wakes the blocking accept on every system
                socket.create_connection((HOST, self.port), timeout=1).close()
        for connection in open_now:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in (self._acceptor, *open_now.values()):
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except _DEAD:
                self._closing.wait(0.05)  # where it is for want of file handles, one may be free then
                continue
            with self._lock:
                if self._closing.is_set():
                    connection.close()
                    return
                thread = threading.Thread(
                    target=self._serve, args=(connection,), name=f"demo-{connection.fileno()}", daemon=True
                )
                self._connections[connection] = thread
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            buffer = bytearray()
            while (request := _read_request(connection, buffer)) is not None:
                if not self._reply(connection, request, self._answer(request)) or not request.keeps_alive:
                    break
        except _DEAD:
            pass  # the client went away, or close() shut the socket
        except ValueError:
            with contextlib.suppress(OSError):
                connection.sendall(head(400, (("content-length", "0"), ("connection", "close")), self._now_ms()))
        except Exception:
            log.exception("the embedded exchange failed while it answered")  # the client sees a closed connection
        finally:
            with self._lock:
                self._connections.pop(connection, None)
            connection.close()

    def _reply(self, connection: socket.socket, request: Request, reply: Reply) -> bool:
        """Send the reply; return whether the connection goes on."""
        if reply.script is not None:
            return self._play(connection, reply)
        body, headers = payload(request, reply)
        bodiless = request.method == "HEAD" or reply.status in (204, 304)
        if reply.status != 204:
            headers = (*headers, ("content-length", str(len(body))))
        connection.sendall(head(reply.status, headers, self._now_ms()) + (b"" if bodiless else body))
        return not reply.closes

    def _play(self, connection: socket.socket, reply: Reply) -> bool:
        for step in reply.script or ():
            match step:
                case Send(data):
                    connection.sendall(data)
                case Wait(seconds):
                    if self._closing.wait(seconds):
                        return False
                case End.RESET:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    return False
                case End.CLOSE:
                    return False
        return True


def _read_request(connection: socket.socket, buffer: bytearray) -> Request | None:
    """Return the next request, None when the client has closed.

    Raises:
        ValueError: what came is not HTTP.
    """
    while (end := buffer.find(b"\r\n\r\n")) < 0:
        data = connection.recv(65536)
        if not data:
            return None
        buffer += data
        if len(buffer) > _MAX_HEAD:
            raise ValueError("headers without end")
    request = Request.parse(bytes(buffer[:end]).decode("latin-1"))
    del buffer[: end + 4]
    left = int(request.headers.get("content-length", "0"))
    while left > len(buffer):
        data = connection.recv(65536)
        if not data:
            return None
        buffer += data
    del buffer[:left]
    return request
