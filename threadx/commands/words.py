"""Figures, times and errors as every command words them, in the language in use."""

from __future__ import annotations

from collections.abc import Iterable

from threadx.bars.dates import text_of
from threadx.bars.intervals import Interval
from threadx.errors import ThreadXError
from threadx.i18n import _, number, translate_error

__all__ = ["Failure", "error_lines", "megabytes", "span"]

Failure = tuple[ThreadXError | None, str, str]
"""An error; its message and hint, in English, are used where the error itself is not at hand."""


def span(interval: Interval) -> str:
    """Return a half-open stretch as "from .. to", the end not included."""
    return f"{text_of(interval.start_ms)} .. {text_of(interval.end_ms)}"


def megabytes(size_bytes: int) -> str:
    """Return a size in MB with one digit."""
    return number(size_bytes / 1e6, 1)


def error_lines(failures: Iterable[Failure]) -> list[str]:
    """Return each error with its next step; what many failed of alike is told once."""
    return [line for lines in dict.fromkeys(map(_told, failures)) for line in lines]


def _told(each: Failure) -> tuple[str, ...]:
    failure, message, hint = each
    what, step = (message, hint) if failure is None else translate_error(failure)
    told = (_("error: {message}").format(message=what),)
    return (*told, _("next: {hint}").format(hint=step)) if step else told
