"""Errors: one tree, exit codes, templates filled from fields, whole after a process boundary."""

from __future__ import annotations

import inspect
import pickle
import re

import pytest

from threadx import errors
from threadx.errors import ConfigError, DataNotFoundError, JobCancelled, RateLimitedError, SourceError, ThreadXError

TREE = [getattr(errors, name) for name in errors.__all__ if name != "JobCancelled"]


def test_every_error_but_cancel_is_a_threadx_error():
    assert all(issubclass(kind, ThreadXError) for kind in TREE)
    assert not issubclass(JobCancelled, ThreadXError)


def test_the_tree_drawn_in_the_docstring_is_the_real_one():
    drawn = re.findall(r"^    ((?:[|' ]  |[|'][-] )*)(\w+)", inspect.getdoc(errors), re.MULTILINE)
    parents: list[str] = []
    for branches, name in drawn:
        if name not in errors.__all__:
            continue
        depth = len(branches) // 3
        parents[depth:] = [name]
        if depth:
            assert getattr(errors, name).__base__.__name__ == parents[depth - 1]
    names = {name for _, name in drawn}
    assert {kind.__name__ for kind in TREE} <= names


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("ThreadXError", 1),
        ("ConfigError", 2),
        ("BadResponseError", 1),
        ("DataError", 3),
        ("UDFIValueError", 3),
        ("StoreLockedError", 4),
        ("JobCancelled", 130),
    ],
)
def test_exit_codes_are_those_of_the_documentation(name, code):
    assert getattr(errors, name).exit_code == code


@pytest.mark.parametrize("kind", [kind for kind in TREE if issubclass(kind, SourceError)])
def test_only_passing_failures_may_be_tried_again(kind):
    assert kind.retryable == (kind.__name__ in ("SourceUnavailableError", "RateLimitedError"))


def test_message_and_hint_are_filled_from_the_fields():
    error = DataNotFoundError("{symbol}: nothing stored", hint="download {symbol} first", symbol="BTCUSDC")
    assert str(error) == error.message == "BTCUSDC: nothing stored"
    assert error.hint == "download BTCUSDC first"
    assert error.template == "{symbol}: nothing stored"


def test_a_field_with_braces_is_taken_as_it_is():
    assert str(ConfigError("{value} is wrong", value="{x}")) == "{x} is wrong"


def test_a_text_without_fields_is_taken_as_it_is():
    assert str(ConfigError('write {"a": 1}')) == 'write {"a": 1}'


@pytest.mark.parametrize("kind", TREE)
def test_an_error_crosses_a_process_boundary_whole(kind):
    extra = {"retry_after": 2.5} if kind is RateLimitedError else {}
    error = kind("{symbol}: failed", hint="look at {symbol}", symbol="ETHUSDC", **extra)
    error.__dict__["partial"] = 3
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (str(copy), copy.hint, copy.fields, copy.__dict__) == (str(error), error.hint, error.fields, error.__dict__)
