"""Strict JSON: what it takes is what `json` takes, minus everything that data must not be."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx.errors import BadResponseError
from threadx.exchange.strict import Refused, decimal, excerpt, integer, strict_json, text

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_ordinary_json_is_read_as_it_was_written(value):
    assert strict_json(json.dumps(value).encode(), "x") == value


@pytest.mark.parametrize(
    "body",
    [
        b"NaN", b"[Infinity]", b"[-Infinity]", b'{"a":1,"a":2}', b'[{"b":{"c":1,"c":1}}]', b"[" * 200_000,
        b'{"a":' * 200_000, b"9" * 5000, b"[1e309]", b"[0." + b"1" * 60 + b"]",
    ],
)  # fmt: skip
def test_json_that_data_must_not_be_is_refused_and_not_asked_for_again(body):
    with pytest.raises(BadResponseError) as caught:
        strict_json(body, "x")
    assert not caught.value.retryable


@pytest.mark.parametrize("body", [b"", b"[1,2", b'{"a":', b"\xff", b"\xef\xbb\xbf[]", "[]".encode("utf-16"), b"[] []"])
def test_json_that_may_have_been_cut_is_asked_for_again(body):
    with pytest.raises(BadResponseError) as caught:
        strict_json(body, "x")
    assert caught.value.retryable


@pytest.mark.parametrize(("word", "number"), [("0", 0.0), ("-1.50", -1.5), ("42283.58000000", 42283.58), ("007", 7.0)])
def test_decimals_are_plain_ascii_numbers_in_strings(word, number):
    assert decimal(word) == number


@pytest.mark.parametrize(
    "value",
    ["", "1e309", "1e5", "nan", "inf", ".5", "5.", "1_0", "+1", " 1", "1\n", "١", "１", "0x1", "1,5", 1, 1.5, None,
     True, "9" * 400],
)  # fmt: skip
def test_anything_else_is_no_decimal(value):
    with pytest.raises(Refused):
        decimal(value)


@pytest.mark.parametrize("value", [1.0, True, "1", None, 2**63, -(2**63) - 1])
def test_whole_numbers_are_ints_that_fit_64_bits(value):
    with pytest.raises(Refused):
        integer(value)


@pytest.mark.parametrize("value", ["", None, 1])
def test_text_is_not_empty(value):
    with pytest.raises(Refused):
        text(value)


@given(st.text(max_size=300))
def test_remote_text_is_shown_short_and_without_control_characters(remote):
    shown = excerpt(remote, 20)
    assert shown.isprintable()
    assert len(remote) > 20 or remote.isprintable() is (shown == remote)
