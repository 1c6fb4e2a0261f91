"""Bodies: caps and gzip checks, on real compressed bytes."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from threadx.exchange.body import Damaged, collect, unpacked
from threadx.exchange.strict import Refused

PLAIN = b'[[1725416820000,"56714.00000000"],' * 20_000


def chunks(content: bytes, size: int = 1000) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


@given(st.binary(max_size=5000), st.integers(1, 700))
def test_gzip_comes_out_as_it_went_in_however_it_is_cut_into_chunks(content, size):
    assert b"".join(unpacked(chunks(gzip.compress(content), size), "gzip")) == content


def test_a_large_body_is_unpacked_whole():
    assert b"".join(unpacked(chunks(gzip.compress(PLAIN, mtime=0)), "gzip")) == PLAIN


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_a_body_that_is_not_packed_passes(encoding):
    assert b"".join(unpacked([b"a", b"b"], encoding)) == b"ab"


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(PLAIN, mtime=0)[:-1],
        gzip.compress(PLAIN, mtime=0)[:200],
        gzip.compress(PLAIN, mtime=0)[:-8] + b"\0\0\0\0" + gzip.compress(PLAIN, mtime=0)[-4:],
        gzip.compress(PLAIN, mtime=0) + b"more",
        gzip.compress(b"a", mtime=0) + gzip.compress(b"b", mtime=0),
        b"not gzip at all",
        b"",
    ],
)
def test_a_damaged_gzip_stream_is_told(packed):
    with pytest.raises(Damaged):
        list(unpacked(chunks(packed), "gzip"))


def test_a_bomb_is_refused_before_it_has_grown():
    packed = gzip.compress(b" " * 64_000_000)
    size = 0
    with pytest.raises(Refused):  # noqa: PT012 - the sum is what is tested
        for piece in unpacked(chunks(packed), "gzip"):
            size += len(piece)
    assert size < 15_000_000


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_packing_that_was_not_asked_for_is_refused(encoding):
    with pytest.raises(Refused):
        unpacked([b"x"], encoding)


def test_collecting_stops_at_the_cap():
    assert collect([b"ab", b"cd"], 4) == b"abcd"
    with pytest.raises(Refused):
        collect([b"ab", b"cde"], 4)
