"""Failures without an answer are told apart, each with a next step."""

from __future__ import annotations

import socket
import ssl

import pytest
import requests
import urllib3

from threadx.exchange.failures import no_answer


def wrapped(cause: Exception, outer: type[Exception] = requests.ConnectionError) -> Exception:
    """Return the cause as requests wraps what urllib3 wraps."""
    return outer(urllib3.exceptions.MaxRetryError(None, "/", cause))


def untrusted(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code, error.verify_message = code, "self-signed certificate"
    return error


@pytest.mark.parametrize(
    ("error", "words", "retryable"),
    [
        (wrapped(socket.gaierror(-2, "Name or service not known")), "cannot be looked up", True),
        (wrapped(ConnectionRefusedError(111, "refused")), "was refused", True),
        (requests.ReadTimeout("slow"), "in time", True),
        (TimeoutError("deadline"), "in time", True),
        (wrapped(ConnectionResetError(104, "reset")), "broke", True),
        (urllib3.exceptions.IncompleteRead(5, 10), "broke", True),
        (wrapped(untrusted(18), requests.exceptions.SSLError), "not trusted", False),
        (wrapped(untrusted(10), requests.exceptions.SSLError), "at the time this computer shows", False),
        (wrapped(untrusted(9), requests.exceptions.SSLError), "at the time this computer shows", False),
        (wrapped(ssl.SSLError("wrong version number"), requests.exceptions.SSLError), "no secure connection", True),
        (OSError(101, "Network is unreachable"), "Network is unreachable", True),
    ],
)
def test_causes_are_told_apart(error, words, retryable):
    told = no_answer(error, "api.example", via_proxy=False)
    assert words in told.message
    assert "api.example" in told.message
    assert told.hint
    assert told.retryable is retryable


def test_a_proxy_is_named_only_where_there_is_one():
    error = requests.exceptions.ProxyError(urllib3.exceptions.MaxRetryError(None, "/", OSError("407")))
    assert "proxy" in no_answer(error, "api.example", via_proxy=True).message
    assert "proxy" not in no_answer(wrapped(ConnectionResetError()), "api.example", via_proxy=True).message


def test_causes_that_go_round_in_circles_end():
    first, second = ValueError("a"), ValueError("b")
    first.__cause__, second.__cause__ = second, first
    assert no_answer(first, "api.example", via_proxy=False).retryable
