"""The program's stdout and stderr: whoever is on the other end may leave, be full, be absent or know few letters."""

from __future__ import annotations

import codecs
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

from threadx.errors import StoreError

__all__ = ["answering", "forgive", "prepare", "silence", "tell"]

NEAREST = "threadx-nearest"
_NEAREST = {"·": "-", "—": "-", "─": "-", "«": '"', "»": '"', "’": "'", "→": "->"}


def prepare() -> None:
    """Make both streams ones that can be written to, whatever they are. Call it first, on the main thread."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by who started us (`>&-`), or a Windows program without a console
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until the process ends
        forgive(getattr(sys, name))


def forgive(stream: TextIO) -> None:
    """Let `stream` show the nearest thing for a character that its encoding lacks, instead of failing."""
    if hasattr(stream, "reconfigure"):  # not so where a test or an embedding program replaced it
        codecs.register_error(NEAREST, _nearest)
        stream.reconfigure(errors=NEAREST)


@contextmanager
def answering() -> Iterator[None]:
    """Stand around what writes the answer to stdout. A reader who has left (`threadx list | head`) has seen enough.

    Raises:
        StoreError: the answer could not be written, the disk being full for example.
    """
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        silence(sys.stdout)
    except OSError as error:
        silence(sys.stdout)
        raise StoreError(
            "the answer could not be written: {reason}",
            hint="make room where the output goes, or send it elsewhere",
            reason=error.strerror or error,
        ) from error


def tell(line: str) -> None:
    """Write a line to stderr. That nobody reads it is no reason to stop."""
    try:
        sys.stderr.write(f"{line}\n")
        sys.stderr.flush()
    except OSError:
        silence(sys.stderr)


def silence(stream: TextIO) -> None:
    """Send what is still to be written to `stream` nowhere: at exit Python flushes, and would fail once more."""
    with suppress(OSError, ValueError):  # no file behind it, or closed
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _nearest(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end]
    return "".join(_plain(char) for char in lacking), error.end


def _plain(char: str) -> str:
    """Return the ASCII that comes nearest: without its accent, a space for any kind of space, "?" for the rest."""
    near = _NEAREST.get(char) or unicodedata.normalize("NFKD", char).encode("ascii", "ignore").decode()
    return near or "?"
