"""Calls on a line: deadlines by an injected clock, and aborts that hit their own call only."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest
from urllib3.connection import HTTPConnection

from tests.exchange.fakes import HandClock
from threadx.exchange.wire import Call, Line


@pytest.fixture
def hand() -> HandClock:
    return HandClock()


@pytest.fixture
def line(hand: HandClock) -> Line:
    return Line(hand.clock.monotonic_s)


@pytest.fixture
def pair() -> Iterator[tuple[HTTPConnection, socket.socket]]:
    """A connection whose other end is at hand."""
    mine, theirs = socket.socketpair()
    connection = HTTPConnection("127.0.0.1")
    connection.sock = mine
    theirs.settimeout(0.05)
    with mine, theirs:
        yield connection, theirs


def is_open(theirs: socket.socket) -> bool:
    try:
        return theirs.recv(1) != b""
    except TimeoutError:
        return True


def test_time_runs_out_by_the_clock_of_the_line(hand, line):
    with line.calling(10) as call:
        hand.advance(4)
        assert call.remaining_s() == 6
        hand.advance(6)
        with pytest.raises(TimeoutError):
            call.remaining_s()


def test_a_line_has_a_call_only_while_one_is_on_it(line):
    assert line.call is None
    with line.calling(1) as call:
        assert line.call is call
    assert line.call is None


def test_an_abort_shuts_the_socket_of_the_call(line, pair):
    connection, theirs = pair
    with line.calling(1) as call:
        call.use(connection)
        call.abort()
        call.abort()
        assert not is_open(theirs)


def test_an_abort_after_the_end_leaves_the_socket_to_the_next_call(line, pair):
    connection, theirs = pair
    with line.calling(1) as first:
        first.use(connection)
    with line.calling(1) as second:
        second.use(connection)
        first.abort()
        assert is_open(theirs)
        assert not second.aborted


def test_an_aborted_call_takes_no_connection(line, pair):
    connection, _ = pair
    with line.calling(1) as call:
        call.abort()
        with pytest.raises(ConnectionAbortedError):
            call.use(connection)


def test_an_abort_without_connection_is_remembered():
    call = Call(1.0, lambda: 0.0)
    call.abort()
    assert call.aborted
