"""Every error ThreadX raises on purpose, in one tree.

Named by what the caller can do about it::

    ThreadXError                    exit 1   (also: some symbols failed; no display)
    |- ConfigError                  exit 2   paths.toml or the command line is wrong
    |- SourceError (.retryable)     exit 1   the exchange, or the way to it
    |  |- SourceUnavailableError             no answer, or a server fault: try later
    |  |- RateLimitedError (.retry_after)    the server asked for a pause, in seconds
    |  |- RestrictedLocationError            refused from here: 451 or a firewall's 403
    |  |- BadResponseError                   an answer that cannot be trusted
    |  '- UnknownSymbolError                 the exchange has no such symbol
    |- DataError                    exit 3   the bars themselves
    |  |- DataNotFoundError                  nothing stored there
    |  |- UnsupportedTimeframeError          no such timeframe
    |  |- ConflictError                      the rows contradict what is stored
    |  |- IndicatorError                     no such indicator, or a parameter it does not take
    |  '- UDFIError                          a frame breaks the data contract
    |     |- UDFIColumnError
    |     |- UDFITypeError
    |     |- UDFIIndexError
    |     '- UDFIValueError
    '- StoreError                   exit 4   the files
       |- CorruptPartitionError              a file differs from its recorded digest
       |- SnapshotExistsError                a snapshot of that date is already there
       |- StoreLockedError                   another program is writing
       '- FileValidationError                a path, name or file that cannot be accepted

    JobCancelled                    exit 130 control flow, not a failure

A message says what, where and why; the hint says what to do next. Both are English templates filled from
keyword fields, so that the log stays English while the screen can be translated::

    raise DataNotFoundError("{symbol} {timeframe}: nothing stored", hint="run: threadx download --symbols {symbol}",
                            symbol=symbol, timeframe=timeframe)
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "BadResponseError",
    "ConfigError",
    "ConflictError",
    "CorruptPartitionError",
    "DataError",
    "DataNotFoundError",
    "FileValidationError",
    "IndicatorError",
    "JobCancelled",
    "RateLimitedError",
    "RestrictedLocationError",
    "SnapshotExistsError",
    "SourceError",
    "SourceUnavailableError",
    "StoreError",
    "StoreLockedError",
    "ThreadXError",
    "UDFIColumnError",
    "UDFIError",
    "UDFIIndexError",
    "UDFITypeError",
    "UDFIValueError",
    "UnknownSymbolError",
    "UnsupportedTimeframeError",
]


class ThreadXError(Exception):
    """Base of all ThreadX errors.

    `template` and `hint_template` are the untranslated texts; `fields` fills their `{names}`. A text without
    fields is taken as it is, braces included.
    """

    exit_code = 1

    def __init__(self, template: str, hint: str = "", **fields: object) -> None:
        super().__init__(template)
        self.template = template
        self.hint_template = hint
        self.fields = fields

    @property
    def message(self) -> str:
        """What happened and where, in English."""
        return self.template.format(**self.fields) if self.fields else self.template

    @property
    def hint(self) -> str:
        """The next step, in English; empty when there is none."""
        return self.hint_template.format(**self.fields) if self.fields else self.hint_template

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross a process boundary whole: fields and attributes travel too."""
        return _rebuild, (type(self), self.template, self.hint_template, self.fields, self.__dict__)


def _rebuild(
    kind: type[ThreadXError], template: str, hint: str, fields: dict[str, object], state: dict[str, object]
) -> ThreadXError:
    error = kind.__new__(kind)
    ThreadXError.__init__(error, template, hint, **fields)
    error.__dict__.update(state)
    return error


class ConfigError(ThreadXError):
    """A setting or a command-line word is wrong."""

    exit_code = 2


class SourceError(ThreadXError):
    """The exchange, or the way to it, failed."""

    retryable = False


class SourceUnavailableError(SourceError):
    """No usable answer: time-out, refused connection, server fault."""

    retryable = True


class RateLimitedError(SourceError):
    """The server asked for a pause of `retry_after` seconds."""

    retryable = True

    def __init__(self, template: str, hint: str = "", *, retry_after: float, **fields: object) -> None:
        super().__init__(template, hint, retry_after=retry_after, **fields)
        self.retry_after = retry_after


class RestrictedLocationError(SourceError):
    """The host refuses this place (451) or a firewall blocks it (403)."""


class BadResponseError(SourceError):
    """An answer arrived that cannot be trusted; nothing of it was kept."""


class UnknownSymbolError(SourceError):
    """The exchange does not know the symbol."""


class DataError(ThreadXError):
    """The bars do not fit what was asked."""

    exit_code = 3


class DataNotFoundError(DataError):
    """Nothing is stored there."""


class UnsupportedTimeframeError(DataError):
    """The timeframe does not exist, or is not offered here."""


class ConflictError(DataError):
    """Rows contradict what is stored; nothing was written."""


class IndicatorError(DataError):
    """No such indicator, or a parameter it does not take."""


class UDFIError(DataError):
    """A frame breaks the data contract."""


class UDFIColumnError(UDFIError):
    """A required column is missing."""


class UDFITypeError(UDFIError):
    """A column has the wrong dtype."""


class UDFIIndexError(UDFIError):
    """The index is not UTC open times, strictly increasing."""


class UDFIValueError(UDFIError):
    """A value breaks an invariant."""


class StoreError(ThreadXError):
    """The files of the bank could not be read or written."""

    exit_code = 4


class CorruptPartitionError(StoreError):
    """A file differs from its recorded digest."""


class SnapshotExistsError(StoreError):
    """A snapshot of that date exists already; snapshots never change."""


class StoreLockedError(StoreError):
    """Another program holds the lock."""


class FileValidationError(StoreError):
    """A path, a name or a file cannot be accepted."""


class JobCancelled(Exception):  # noqa: N818 - control flow, not an error: nothing failed
    """The user cancelled; what was committed stays."""

    exit_code = 130
