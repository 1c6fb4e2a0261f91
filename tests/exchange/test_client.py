"""One question and what its answer means: statuses, error codes, retries, bans."""

from __future__ import annotations

import dataclasses
import json
import socket
from collections.abc import Callable, Iterator

import pytest

from tests.exchange.conftest import MakeRest
from tests.exchange.fakes import Handler, RawServer, answering
from tests.patience import cancelled_when
from threadx.config import Settings
from threadx.errors import (
    BadResponseError,
    RateLimitedError,
    SourceError,
    SourceUnavailableError,
    UnknownSymbolError,
)
from threadx.exchange.bans import BanMemory
from threadx.exchange.client import ExchangeClient, Question
from threadx.exchange.clock import SYSTEM_CLOCK
from threadx.exchange.hosts import family_of
from threadx.exchange.session import Reply
from threadx.exchange.strict import bad_response
from threadx.progress import NULL_PROGRESS, Progress

QUESTION = Question("BTCUSDC 1m", "/api/v3/klines", {"symbol": "BTCUSDC"}, 2, 1_000_000, "BTCUSDC")
Ask = Callable[..., bytes]


@pytest.fixture
def opened(quick: Settings) -> Iterator[Callable[[Handler], tuple[RawServer, ExchangeClient]]]:
    """Start a server of raw bytes and a client of it."""
    both: list[tuple[RawServer, ExchangeClient]] = []

    def start(handler: Handler) -> tuple[RawServer, ExchangeClient]:
        server = RawServer(handler)
        settings = dataclasses.replace(quick, source=dataclasses.replace(quick.source, rest_hosts=(server.url,)))
        both.append((server, ExchangeClient(settings, backoff_s=0.001)))
        return both[-1]

    yield start
    for server, client in both:
        client.close()
        server.__exit__()


def body_of(reply: Reply) -> bytes:
    return reply.body


def error(code: int, message: str = "no") -> bytes:
    return json.dumps({"code": code, "msg": message}).encode()


def raised_by(client: ExchangeClient, question: Question = QUESTION) -> SourceError:
    with pytest.raises(SourceError) as caught:
        client.ask(question, body_of, NULL_PROGRESS)
    assert caught.value.hint
    return caught.value


def test_a_good_answer_is_parsed_on_the_spot(opened):
    _, client = opened(answering(b"[]"))
    assert client.ask(QUESTION, body_of, NULL_PROGRESS) == b"[]"


@pytest.mark.parametrize(
    ("status", "body", "kind", "attempts"),
    [
        ("400 Bad Request", error(-1121, "Invalid symbol."), UnknownSymbolError, 1),
        ("400 Bad Request", error(-1100, "Illegal characters"), UnknownSymbolError, 1),
        ("200 OK", error(-1121), UnknownSymbolError, 1),
        ("400 Bad Request", error(-1104, "Not all sent parameters were read"), BadResponseError, 1),
        ("400 Bad Request", error(-1120, "Invalid interval."), BadResponseError, 1),
        ("400 Bad Request", b"<html>", BadResponseError, 1),
        ("404 Not Found", b"", BadResponseError, 1),
        ("301 Moved", b"", BadResponseError, 1),
        ("999 What", b"{}", BadResponseError, 1),
        ("500 Fault", b"<html>", SourceUnavailableError, 4),
        ("400 Bad Request", error(-1001), SourceUnavailableError, 4),
        ("200 OK", error(-1008), SourceUnavailableError, 4),
        ("418 Banned", error(-1003, "Way too much request weight used; IP banned until 1."), RateLimitedError, 1),
    ],
)
def test_what_an_answer_means_and_how_often_it_is_asked_for(opened, status, body, kind, attempts):
    server, client = opened(answering(body, status=status))
    assert type(raised_by(client)) is kind
    assert len(server.requests) == attempts


def test_remote_text_in_messages_cannot_forge_log_lines(opened):
    _, client = opened(answering(error(-1104, "a\nERROR forged\x1b[31m" + "x" * 5000), status="400 Bad Request"))
    told = str(raised_by(client))
    assert told.isprintable()
    assert len(told) < 600


def test_a_page_of_the_network_is_told_as_such(opened):
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nhi"
    _, client = opened(lambda connection, _: connection.sendall(page))
    assert "sign-in page" in str(raised_by(client))


def test_an_answer_that_its_parser_calls_damaged_is_asked_for_again(opened):
    server, client = opened(answering(b"[]"))
    tries: list[int] = []

    def parse(reply: Reply) -> int:
        tries.append(len(reply.body))
        if len(tries) < 3:
            raise bad_response("x", "cut", damaged=True)
        return 7

    assert client.ask(QUESTION, parse, NULL_PROGRESS) == 7
    assert len(server.requests) == 3


def test_pauses_between_attempts_are_told_and_end_with_a_cancel(opened):
    _, client = opened(answering(b"", status="503 Busy"))
    client._backoff = lambda state: 3600.0  # an hour, to be cancelled
    told: list[str] = []
    progress = Progress(lambda event: told.append(event.waiting))
    with cancelled_when(progress, lambda: any(told), after_s=0.05):
        client.ask(QUESTION, body_of, progress)


def test_a_ban_is_written_down_and_honoured_by_the_next_process(opened, quick, tmp_path):
    server, client = opened(answering(error(-1003), "Retry-After: 3600", status="418 Banned"))
    assert raised_by(client).retry_after == pytest.approx(3600)
    memory = BanMemory(quick.paths.data_root / ".threadx" / "limits.json")
    until_ms = memory.until_ms(family_of(server.url))
    assert until_ms == pytest.approx(SYSTEM_CLOCK.wall_ms() + 3_600_000, abs=100_000)


def test_a_remembered_ban_keeps_a_new_client_from_asking(quick):
    with RawServer(answering(b"[]")) as server:
        memory = BanMemory(quick.paths.data_root / ".threadx" / "limits.json")
        memory.remember(family_of(server.url), SYSTEM_CLOCK.wall_ms() + 600_000)
        settings = dataclasses.replace(quick, source=dataclasses.replace(quick.source, rest_hosts=(server.url,)))
        client = ExchangeClient(settings)
        assert isinstance(raised_by(client), RateLimitedError)
        assert not server.requests
        client.close()


def test_a_remembered_ban_longer_than_any_is_not_believed(quick):
    """Written while this computer's clock was a year ahead, it kept ThreadX from asking anything for a year."""
    with RawServer(answering(b"[]")) as server:
        memory = BanMemory(quick.paths.data_root / ".threadx" / "limits.json")
        memory.remember(family_of(server.url), SYSTEM_CLOCK.wall_ms() + 365 * 86_400_000)
        settings = dataclasses.replace(quick, source=dataclasses.replace(quick.source, rest_hosts=(server.url,)))
        client = ExchangeClient(settings)
        assert client.ask(QUESTION, body_of, NULL_PROGRESS) == b"[]"
        client.close()


def test_a_pause_of_hours_is_not_waited_for(opened):
    server, client = opened(answering(error(-1003), "Retry-After: 7200", status="429 Slow down"))
    assert raised_by(client).retry_after == pytest.approx(7200)
    assert len(server.requests) == 1


def test_cancel_answers_while_a_connection_hangs_in_the_making(make_rest: MakeRest):
    """Nobody can interrupt a connect: the caller leaves it behind, and closing does not wait for it either."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.socket() as first, socket.socket() as second:
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        rest = make_rest(f"http://127.0.0.1:{full.getsockname()[1]}", connect_timeout_s=1.0, max_retries=20)
        progress = Progress()
        with cancelled_when(progress, lambda: True, after_s=0.1):
            try:
                rest.ping(progress)
            finally:
                rest.close()
