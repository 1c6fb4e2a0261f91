"""The bytes of an answer: read with caps, unpacked with checks, never trusted before both."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from threadx.exchange.strict import Refused

__all__ = ["CHUNK", "Damaged", "collect", "unpacked"]

CHUNK = 65_536
_GZIP = zlib.MAX_WBITS | 16
SMALLEST_CHECKED = 1_000_000
MAX_RATIO = 200
"""Market data packs about 4:1, repetitive text about 20:1; deflate's own end is 1000:1."""


class Damaged(Refused):
    """Bytes that were cut or altered on their way: asking again may help."""


def collect(chunks: Iterable[bytes], limit: int) -> bytes:
    """Return all chunks as one; Refused as soon as they are more than `limit` bytes."""
    parts: list[bytes] = []
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise Refused(f"it is larger than {limit} bytes")
        parts.append(chunk)
    return b"".join(parts)


def unpacked(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the content of a body as its Content-Encoding packs it, "gzip" or none, a bounded piece at a time.

    Raises:
        Damaged: the gzip stream is cut, altered or none at all.
        Refused: another encoding, or a stream that unpacks to absurd sizes.
    """
    if encoding in {"", "identity"}:
        return iter(chunks)
    if encoding != "gzip":
        raise Refused("it is packed in a way that was not asked for")
    return _gunzip(chunks)


def _gunzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP)
    packed = size = 0
    for chunk in chunks:
        packed += len(chunk)
        for piece in _pieces(unpacker, chunk):
            size += len(piece)
            if size > max(packed * MAX_RATIO, SMALLEST_CHECKED):
                raise Refused(f"{packed} bytes of gzip unpack to more than {size} bytes")
            yield piece
    if not unpacker.eof:
        raise Damaged("its gzip stream ends early")


def _pieces(unpacker: zlib._Decompress, packed: bytes) -> Iterator[bytes]:
    rest = packed
    while rest:
        if unpacker.eof:
            raise Damaged("something follows its gzip stream")
        try:
            piece = unpacker.decompress(rest, CHUNK)
            while len(piece) == CHUNK:  # more may come out although nothing is left to go in
                yield piece
                piece = unpacker.decompress(unpacker.unconsumed_tail, CHUNK)
        except zlib.error as error:
            raise Damaged("its gzip stream is broken") from error
        yield piece
        rest = unpacker.unconsumed_tail or unpacker.unused_data
