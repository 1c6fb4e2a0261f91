"""The session's shut doors, on real sockets: what is sent, what is refused, and how a blocked read is woken."""

from __future__ import annotations

import dataclasses
import gzip
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.exchange.fakes import Handler, RawServer, answering, refusing
from tests.patience import PATIENCE_S, cancelled_when, comes_true
from threadx import __version__
from threadx.config import Settings
from threadx.config_rules import is_loopback
from threadx.errors import BadResponseError, JobCancelled, SourceUnavailableError
from threadx.exchange.session import HttpSession
from threadx.progress import NULL_PROGRESS, Progress

HERE = Path(__file__).parent


def limits(settings: Settings, **changed: float) -> Settings:
    return dataclasses.replace(settings, limits=dataclasses.replace(settings.limits, **changed))


def source(settings: Settings, **changed: str) -> Settings:
    return dataclasses.replace(settings, source=dataclasses.replace(settings.source, **changed))


Serve = Callable[..., tuple[RawServer, HttpSession]]


@pytest.fixture
def serve(quick: Settings) -> Iterator[Serve]:
    """Start a server of raw bytes and a session that may ask it."""
    opened: list[tuple[RawServer, HttpSession]] = []

    def start(
        handler: Handler, settings: Settings = quick, tls: ssl.SSLContext | None = None
    ) -> tuple[RawServer, HttpSession]:
        server = RawServer(handler, tls)
        opened.append((server, HttpSession(settings, [server.url])))
        return opened[-1]

    yield start
    for server, session in opened:
        session.close()
        server.__exit__()


def drip(head: bytes, dripping: threading.Event) -> Handler:
    """Send `head`, then a byte now and then until the other side has gone; say when that goes on."""

    def handler(connection, _request):
        connection.sendall(head)
        while True:
            connection.sendall(b"a")
            dripping.set()
            pause.wait(0.02)

    pause = threading.Event()
    return handler


def test_a_request_says_who_asks_and_nothing_else(serve):
    server, session = serve(answering(b"{}"))
    reply = session.get(server.url, "/api/v3/klines", {"symbol": "币安人生USDT", "limit": 5}, NULL_PROGRESS)
    assert (reply.status, reply.body, reply.is_json) == (200, b"{}", True)
    head = server.requests[0].decode()
    assert head.startswith("GET /api/v3/klines?symbol=%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9FUSDT&limit=5 HTTP/1.1\r\n")
    names = {line.partition(":")[0].lower() for line in head.split("\r\n")[1:] if line}
    assert names == {"host", "user-agent", "accept", "accept-encoding"}
    assert f"ThreadX/{__version__}" in head


def test_nothing_of_the_environment_is_trusted(serve, tmp_path, monkeypatch):
    """A .netrc once sent its password to whoever was asked; proxies of the environment read all traffic."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    for name, value in {
        "HOME": str(tmp_path),
        "NETRC": str(tmp_path / ".netrc"),
        "HTTP_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
        "ALL_PROXY": "http://127.0.0.1:1",
        "REQUESTS_CA_BUNDLE": str(tmp_path / "none.pem"),
    }.items():
        monkeypatch.setenv(name, value)
    server, session = serve(answering(b"{}"))
    session.get(server.url, "/", {}, NULL_PROGRESS)
    assert b"authorization" not in server.requests[0].lower()


def test_cookies_are_not_kept(serve):
    server, session = serve(answering(b"{}", "Set-Cookie: id=1; Path=/", "Connection: close"))
    session.get(server.url, "/", {}, NULL_PROGRESS)
    session.get(server.url, "/", {}, NULL_PROGRESS)
    assert b"cookie" not in server.requests[1].lower()


@pytest.mark.parametrize(
    "url", ["http://api.binance.com", "ftp://127.0.0.1", "//127.0.0.1", "http://127.0.0.1.example"]
)
def test_plain_http_beyond_this_computer_is_refused_outright(quick, url):
    with pytest.raises(ValueError, match="only https"):
        HttpSession(quick, [url])


@pytest.mark.parametrize("url", ["https://other.example", "https://127.0.0.1", "http://127.0.0.1:1"])
def test_a_host_that_is_not_on_the_list_is_never_asked(quick, url):
    session = HttpSession(quick, ["http://127.0.0.1:2"])
    with pytest.raises(ValueError, match="not on the list"):
        session.get(url, "/", {}, NULL_PROGRESS)


def test_a_redirect_is_handed_back_not_followed(serve):
    server, session = serve(answering(b"", "Location: http://127.0.0.1:1/", status="302 Found"))
    assert session.get(server.url, "/", {}, NULL_PROGRESS).status == 302
    assert len(server.requests) == 1


def test_gzip_is_unpacked_here(serve):
    body = b'["' + b"x" * 5000 + b'"]'
    server, session = serve(answering(gzip.compress(body), "Content-Encoding: gzip"))
    assert session.get(server.url, "/", {}, NULL_PROGRESS).body == body


@pytest.mark.parametrize(
    ("packed", "retryable"),
    [(gzip.compress(b"[]" * 50, mtime=0)[:-4], True), (b"[]", True), (gzip.compress(bytes(10**7), mtime=0), False)],
)
def test_gzip_that_is_none_or_a_bomb_is_a_bad_response(serve, packed, retryable):
    server, session = serve(answering(packed, "Content-Encoding: gzip"))
    with pytest.raises(BadResponseError) as caught:
        session.get(server.url, "/", {}, NULL_PROGRESS, max_bytes=10**6)
    assert caught.value.retryable is retryable


def test_a_body_larger_than_the_cap_is_not_read_to_its_end(serve):
    server, session = serve(answering(b"[" * 300_000))
    with pytest.raises(BadResponseError):
        session.get(server.url, "/", {}, NULL_PROGRESS, max_bytes=100_000)


def test_a_body_shorter_than_announced_is_no_answer(serve):
    server, session = serve(answering(b"[]", "Content-Length: 10"))
    with pytest.raises(SourceUnavailableError):
        session.get(server.url, "/", {}, NULL_PROGRESS)


def test_connections_are_kept_alive(quick, exchange):
    session = HttpSession(quick, [exchange.url])
    for _ in range(3):
        assert session.get(exchange.url, "/api/v3/ping", {}, NULL_PROGRESS).status == 200
        assert exchange.connections == 1
    session.close()


def test_a_cancel_after_the_answer_leaves_the_connection_to_the_next_call(quick, exchange):
    session, progress = HttpSession(quick, [exchange.url]), Progress()
    session.get(exchange.url, "/api/v3/ping", {}, progress)
    progress.cancel()
    assert session.get(exchange.url, "/api/v3/ping", {}, NULL_PROGRESS).status == 200
    assert exchange.connections == 1
    session.close()


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nX: ",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\nConnection: close\r\n\r\n",
    ],
)
@pytest.mark.parametrize("secure", [False, True], ids=["plain", "tls"])
def test_a_drip_anywhere_ends_at_the_deadline_and_at_a_cancel(serve, quick, head, secure):
    """It would go on for ever."""
    tls = _context("loopback") if secure else None
    trusting, dripping = source(quick, ca_bundle=str(HERE / "loopback.pem")), threading.Event()
    server, session = serve(drip(head, dripping), limits(trusting, total_timeout_s=0.2), tls)
    with pytest.raises(SourceUnavailableError, match="in time"):
        session.get(server.url, "/", {}, NULL_PROGRESS)

    dripping.clear()
    server, session = serve(drip(head, dripping), limits(trusting, total_timeout_s=3600.0), tls)
    progress = Progress()
    with cancelled_when(progress, dripping.is_set):
        session.get(server.url, "/", {}, progress)


def test_a_cancelled_body_without_length_is_not_taken_for_a_whole_one(serve, quick):
    """Its end is the end of the connection, and a cancel ends the connection: once it did not, after the headers."""
    sent, hold = threading.Event(), threading.Event()

    def handler(connection, _request):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[]")
        sent.set()
        hold.wait(PATIENCE_S)

    server, session = serve(handler)
    progress = Progress()
    with cancelled_when(progress, sent.is_set, after_s=0.1):
        session.get(server.url, "/", {}, progress)
    hold.set()


def test_what_was_cancelled_before_is_not_sent(serve):
    server, session = serve(answering(b"{}"))
    progress = Progress()
    progress.cancel()
    with pytest.raises(JobCancelled):
        session.get(server.url, "/", {}, progress)
    assert not server.requests


def test_a_trusted_certificate_is_accepted_through_the_bundle_of_the_settings(serve, quick):
    server, session = serve(answering(b"{}"), source(quick, ca_bundle=str(HERE / "loopback.pem")), _context("loopback"))
    assert session.get(server.url, "/", {}, NULL_PROGRESS).status == 200


def test_an_unknown_certificate_is_refused_for_good(serve, quick):
    server, session = serve(answering(b"{}"), quick, _context("loopback"))
    with pytest.raises(SourceUnavailableError, match="not trusted") as caught:
        session.get(server.url, "/", {}, NULL_PROGRESS)
    assert not caught.value.retryable
    assert "ca_bundle" in caught.value.hint
    assert not server.requests


def test_a_certificate_out_of_its_time_hints_at_this_computers_clock(serve, quick):
    settings = source(quick, ca_bundle=str(HERE / "loopback_expired.pem"))
    server, session = serve(answering(b"{}"), settings, _context("loopback_expired"))
    with pytest.raises(SourceUnavailableError, match="the time this computer shows") as caught:
        session.get(server.url, "/", {}, NULL_PROGRESS)
    assert "date and time" in caught.value.hint


def test_a_closed_port_is_a_refused_connection(quick):
    with refusing() as url:
        session = HttpSession(quick, [url])
        with pytest.raises(SourceUnavailableError, match="refused"):
            session.get(url, "/", {}, NULL_PROGRESS)
    session.close()


def test_a_closed_session_opens_nothing_new(quick):
    session = HttpSession(quick, ["http://127.0.0.1:1"])
    session.close()
    with pytest.raises(SourceUnavailableError):
        session.get("http://127.0.0.1:1", "/", {}, NULL_PROGRESS)


def test_a_session_that_was_used_opens_nothing_new_once_closed(quick, exchange):
    session = HttpSession(quick, [exchange.url])
    session.get(exchange.url, "/api/v3/ping", {}, NULL_PROGRESS)
    session.close()
    with pytest.raises(SourceUnavailableError):
        session.get(exchange.url, "/api/v3/ping", {}, NULL_PROGRESS)


def test_closing_closes_idle_connections_though_something_still_holds_their_pool(quick, exchange):
    """Seen after 1,000 cancels: the tracebacks of some kept pools alive, and with them the server's threads."""
    session = HttpSession(quick, [exchange.url])
    session.get(exchange.url, "/api/v3/ping", {}, NULL_PROGRESS)
    pools = session._mine.session.get_adapter(exchange.url).poolmanager.pools
    (held,) = [pools[key] for key in pools.keys()]  # noqa: SIM118 - it is no dict
    session.close()
    assert comes_true(lambda: exchange.connections == 0)
    assert held.num_connections == 1


@pytest.mark.parametrize(
    ("host", "here"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True), ("127.0.0.1.example", False),
     ("10.0.0.1", False), ("", False), ("localhost.example", False)],
)  # fmt: skip
def test_this_computer_is_told_by_its_address(host, here):
    assert is_loopback(host) is here


def _context(name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(HERE / f"{name}.pem")
    return context
