from __future__ import annotations

import contextlib
import socket
import threading
import time

import pytest

from tests.demo.wire_client import WireClient
from tests.patience import PATIENCE_S, SOON_S
from threadx.demo import DemoExchange, Fault
from threadx.demo.server import HttpServer
from threadx.demo.wire import Reply


@pytest.fixture
def server():
    running = HttpServer(lambda request: Reply(body=request.path.encode()), lambda: 0)
    yield running
    running.close()


def talk(server, sent):
    """Send bytes and return everything that comes until the server closes."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE_S) as connection:
        connection.sendall(sent)
        parts = []
        with contextlib.suppress(TimeoutError):
            while data := connection.recv(65536):
                parts.append(data)
        return b"".join(parts)


def test_it_listens_on_this_computer_only(server):
    assert server.url == f"http://127.0.0.1:{server.port}"
    assert server._listener.getsockname()[0] == "127.0.0.1"


def test_requests_follow_each_other_on_one_connection(server):
    sent = b"GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\nconnection: close\r\n\r\nGET /c HTTP/1.1\r\n\r\n"
    answered = talk(server, sent)
    assert answered.count(b"HTTP/1.1 200 OK") == 2
    assert answered.endswith(b"/b")


def test_a_request_body_is_read_and_forgotten(server):
    sent = b"POST /a HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello" + b"GET /b HTTP/1.0\r\n\r\n"
    assert talk(server, sent).endswith(b"/b")


def test_head_has_no_body(server):
    answered = talk(server, b"HEAD /a HTTP/1.0\r\n\r\n")
    assert b"content-length: 2" in answered
    assert answered.endswith(b"\r\n\r\n")


@pytest.mark.parametrize(
    "sent", [b"nonsense\r\n\r\n", b"GET / FTP/1\r\n\r\n", b"GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n", b"x" * 70_000]
)
def test_what_is_not_http_is_400(server, sent):
    assert talk(server, sent).startswith(b"HTTP/1.1 400") or len(sent) > 65_536


def test_a_taken_port_is_an_os_error(server):
    with pytest.raises(OSError, match="in use"):
        HttpServer(lambda request: Reply(), lambda: 0, port=server.port)


def test_a_port_can_be_used_again_at_once():
    first = HttpServer(lambda request: Reply(), lambda: 0)
    talk(first, b"GET / HTTP/1.0\r\n\r\n")
    first.close()
    HttpServer(lambda request: Reply(), lambda: 0, port=first.port).close()


def test_an_error_of_ours_is_logged_and_ends_only_its_connection(caplog):
    def broken(request):
        if request.path == "/broken":
            raise RuntimeError("boom")
        return Reply()

    server = HttpServer(broken, lambda: 0)
    assert talk(server, b"GET /broken HTTP/1.1\r\n\r\n") == b""
    assert talk(server, b"GET / HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.1 200")
    server.close()
    assert any(record.exc_info for record in caplog.records)


def test_close_ends_idle_busy_and_hanging_connections_at_once():
    exchange = DemoExchange(now=1_700_000_000_000, weight_limit=10**6)
    exchange.faults.add(Fault.HANG, path="time", times=None)
    idle = socket.create_connection(("127.0.0.1", exchange.port), timeout=PATIENCE_S)
    served = threading.Event()

    def ask(endpoint, **query):
        with contextlib.suppress(OSError, ValueError), WireClient(exchange) as client:
            while True:
                client.reply(endpoint, **query)
                served.set()

    busy = [
        threading.Thread(target=ask, args=("klines",), kwargs={"symbol": "BTCUSDC", "interval": "1m"}) for _ in range(3)
    ]
    hanging = threading.Thread(target=ask, args=("time",))
    for thread in (*busy, hanging):
        thread.start()
    assert served.wait(PATIENCE_S)
    before = time.monotonic()
    exchange.close()
    exchange.close()
    assert time.monotonic() - before < SOON_S
    for thread in (*busy, hanging):
        thread.join(PATIENCE_S)
        assert not thread.is_alive()
    assert idle.recv(10) == b""
    idle.close()
    assert exchange.connections == 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", exchange.port), timeout=PATIENCE_S)
