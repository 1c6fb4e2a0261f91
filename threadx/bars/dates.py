"""The dates that people write, turned once into half-open UTC milliseconds.

Everything below the public doors speaks `int` milliseconds and `[start_ms, end_ms)`. A day that
is written without a time means the whole day: as a start its first minute, as an end its last. Anything with a
time, midnight included, is exclusive as an end.
"""

from __future__ import annotations

import operator
import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

from threadx.errors import DataError

__all__ = [
    "DAY_MS",
    "HOUR_MS",
    "MINUTE_MS",
    "Moment",
    "as_of_moment",
    "end_ms",
    "minute_text",
    "ms_of",
    "range_ms",
    "start_ms",
    "text_of",
    "utc",
]

Moment = str | date | datetime | int | None
"""What a public door takes: "2023-03-24", "2023-03-24 12:40", a date, a datetime or pandas Timestamp, UTC ms."""

MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_LAST_MS = (datetime(9999, 12, 30, tzinfo=UTC) - _EPOCH) // _MS
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_TIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?\s?(Z|[+-]\d{2}:?\d{2})?", re.ASCII | re.IGNORECASE
)
_ALLOWED = (
    "write a day as YYYY-MM-DD, a time as YYYY-MM-DD HH:MM (UTC unless it carries an offset), "
    "or give a date, a datetime or whole milliseconds since 1970 UTC"
)


def start_ms(value: Moment) -> int | None:
    """Return the first millisecond that `value` names as a start; None stays None.

    Raises:
        DataError: `value` is not a moment; the hint says what is.
    """
    return None if value is None else _parse(value)[0]


def end_ms(value: Moment) -> int | None:
    """Return the exclusive end that `value` names: the end of a bare day, any timestamp itself; None stays None.

    Raises:
        DataError: `value` is not a moment; the hint says what is.
    """
    if value is None:
        return None
    ms, is_day = _parse(value)
    return ms + DAY_MS if is_day else ms


def range_ms(start: Moment, end: Moment) -> tuple[int | None, int | None]:
    """Return `start` and `end` as half-open `[start_ms, end_ms)`; None means "not said".

    Raises:
        DataError: one of them is not a moment, or the range holds nothing.
    """
    first, last = start_ms(start), end_ms(end)
    if first is not None and last is not None and first >= last:
        raise DataError(
            "the range is empty: it starts at {start} and ends before {end}",
            hint="give a start that lies before the end; a bare end day is included, an end time is not",
            start=text_of(first),
            end=text_of(last),
        )
    return first, last


def as_of_moment(value: Moment) -> int | datetime | date | None:
    """Return `value` as the store takes it: a bare day as a date, any time as an aware datetime, a number as it is.

    Raises:
        DataError: `value` is none of these; the hint says what is.
    """
    if value is None:
        return None
    if isinstance(value, (str, date)):
        moment, is_day = _named(value)
        return moment.date() if is_day else moment
    return _parse_number(value)


def utc(ms: int) -> datetime:
    """Return UTC milliseconds as an aware datetime."""
    return _EPOCH + ms * _MS


def ms_of(when: datetime) -> int:
    """Return an aware datetime as UTC milliseconds."""
    return (when - _EPOCH) // _MS


def text_of(ms: int) -> str:
    """Return UTC milliseconds as people read them, to the minute where that is exact: "2023-03-24 12:40"."""
    when = utc(ms)
    if ms % MINUTE_MS == 0:
        return when.strftime("%Y-%m-%d %H:%M")
    return when.strftime("%Y-%m-%d %H:%M:%S") + (f".{ms % 1000:03d}" if ms % 1000 else "")


@lru_cache(maxsize=1 << 14)
def minute_text(ms: int) -> str:
    """Return the minute of UTC milliseconds: "2023-03-24 12:40". Tables ask for the same ones again and again."""
    return f"{utc(ms):%Y-%m-%d %H:%M}"


def _parse(value: object) -> tuple[int, bool]:
    """Return (UTC ms, whether it is a day without a time)."""
    if isinstance(value, (str, date)):
        moment, is_day = _named(value)
        return _checked_ms(moment), is_day
    return _parse_number(value), False


def _named(value: str | date) -> tuple[datetime, bool]:
    """Return (the aware moment, whether it is a day without a time)."""
    if isinstance(value, str):
        return _parse_text(value)
    if isinstance(value, datetime):
        return _aware(value), False
    return datetime(value.year, value.month, value.day, tzinfo=UTC), True


def _parse_number(value: object) -> int:
    try:
        ms = operator.index(value)  # type: ignore[arg-type]  # the call is the question: numpy integers have it too
    except TypeError:
        ms = None
    if ms is None or isinstance(value, bool):
        raise DataError("not a date or time: {value}", hint=_ALLOWED, value=repr(value))
    if not 0 <= ms <= _LAST_MS:
        raise DataError("not milliseconds since 1970 UTC: {value}", hint=_ALLOWED, value=ms)
    return ms


def _parse_text(text: str) -> tuple[datetime, bool]:
    stripped = text.strip()
    is_day = _DAY.fullmatch(stripped) is not None
    if not is_day and _TIME.fullmatch(stripped) is None:
        raise DataError("not a date or time: {value}", hint=_ALLOWED, value=repr(text))
    try:
        return _aware(datetime.fromisoformat(stripped.upper().replace(" +", "+").replace(" -", "-"))), is_day
    except ValueError as error:  # the form is right, the calendar has no such day or hour
        raise DataError("no such date or time: {value} ({why})", hint=_ALLOWED, value=repr(text), why=error) from error


def _aware(when: datetime) -> datetime:
    """Take naive values as UTC; refuse pandas' NaT."""
    if when != when:  # pandas' NaT is a datetime, and the one that differs from itself
        raise DataError("not a date or time: {value}", hint=_ALLOWED, value="NaT")
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when


def _checked_ms(when: datetime) -> int:
    """Return the UTC ms of an aware moment; refuse what Binance could never have."""
    ms = ms_of(when)
    if not 0 <= ms <= _LAST_MS:
        raise DataError("outside the years 1970 to 9999: {value}", hint=_ALLOWED, value=when)
    return ms
