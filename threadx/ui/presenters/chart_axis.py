"""Where the marks of a chart's axes stand and what they say. UTC, in the language in use. No drawing here."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from threadx.i18n import N_, _, number

__all__ = [
    "Mark",
    "compact",
    "day_text",
    "duration",
    "moment",
    "price_digits",
    "price_marks",
    "price_text",
    "signed_percent",
    "time_marks",
]

_MINUTE, _HOUR, _DAY = 60_000, 3_600_000, 86_400_000
_STEPS_MS = tuple(n * _MINUTE for n in (1, 2, 5, 10, 15, 30)) + tuple(n * _HOUR for n in (1, 2, 3, 4, 6, 8, 12))
_DAY_STEPS = (1, 2, 4, 7, 14)
_MONTH_STEPS = (1, 2, 3, 6, 12, 24, 60, 120)
_MONTHS = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
    N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip
_WEEKDAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
_MAX_DIGITS = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark of an axis."""

    at: float
    """ms UTC, or a price."""
    text: str
    strong: bool = False
    """Where a day, a month or a year begins among finer marks."""


def _utc(ms: float) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)


def _ms(when: datetime) -> int:
    return int(when.timestamp() * 1000)


def _month(when: datetime) -> str:
    return _(_MONTHS[when.month - 1])


def _day(when: datetime) -> str:
    return _("{day} {month}").format(day=when.day, month=_month(when))


def day_text(ms: float) -> str:
    """Return a day of the year: "24 Mar" (UTC)."""
    return _day(_utc(ms))


def moment(ms: float, *, with_time: bool = True) -> str:
    """Return an instant in full: "Fri 24 Mar 2023 12:40" (UTC, which the axis says)."""
    when = _utc(ms)
    date = _("{weekday} {day} {month} {year}").format(
        weekday=_(_WEEKDAYS[when.weekday()]), day=when.day, month=_month(when), year=when.year
    )
    return f"{date} {when:%H:%M}" if with_time else date


def time_marks(start_ms: float, end_ms: float, room: float) -> list[Mark]:
    """Return at most about `room` marks of `[start_ms, end_ms]`, on round times, first of months where they coarsen."""
    if end_ms <= start_ms or room <= 0:
        return []
    wanted_ms = (end_ms - start_ms) / room
    for step_ms in _STEPS_MS:
        if step_ms >= wanted_ms:
            return _dated([_clock_mark(at) for at in _multiples(start_ms, end_ms, step_ms)])
    for step in _DAY_STEPS:
        if step * _DAY >= wanted_ms:
            return [_date_mark(when) for when in _days(start_ms, end_ms, step)]
    months = next((step for step in _MONTH_STEPS if step * 30.4 * _DAY >= wanted_ms), _MONTH_STEPS[-1])
    return [_month_mark(when) for when in _month_starts(start_ms, end_ms, months)]


def _multiples(start_ms: float, end_ms: float, step_ms: int) -> range:
    return range(math.ceil(start_ms / step_ms) * step_ms, math.floor(end_ms) + 1, step_ms)


def _clock_mark(at: int) -> Mark:
    if at % _DAY:
        return Mark(at, f"{_utc(at):%H:%M}")
    return Mark(at, _day(_utc(at)), strong=True)


def _dated(marks: list[Mark]) -> list[Mark]:
    """Let the first mark name its day when none in view does."""
    if not marks or any(mark.strong for mark in marks):
        return marks
    first = marks[0]
    return [Mark(first.at, f"{_day(_utc(first.at))} {first.text}", strong=True), *marks[1:]]


def _days(start_ms: float, end_ms: float, step: int) -> Iterator[datetime]:
    """Yield days of the month that a step lands on (1, 1+step, ...), but none right before the next month's first."""
    for at in _multiples(start_ms, end_ms, _DAY):
        when = _utc(at)
        lands = (when.day - 1) % step == 0
        if lands and (when.day == 1 or (when + timedelta(days=max(step * 0.6, 1))).month == when.month or step == 1):
            yield when


def _date_mark(when: datetime) -> Mark:
    if when.day > 1:
        return Mark(_ms(when), _day(when))
    return _month_mark(when, strong=True)


def _month_starts(start_ms: float, end_ms: float, step: int) -> Iterator[datetime]:
    first = _utc(start_ms)
    number_ = math.ceil((first.year * 12 + first.month - 1) / step) * step
    while True:
        year, month = divmod(number_, 12)
        when = datetime(year, month + 1, 1, tzinfo=UTC)
        if _ms(when) > end_ms:
            return
        if _ms(when) >= start_ms:
            yield when
        number_ += step


def _month_mark(when: datetime, *, strong: bool = False) -> Mark:
    if when.month == 1:
        return Mark(_ms(when), str(when.year), strong=True)
    return Mark(_ms(when), _month(when), strong)


def price_marks(low: float, high: float, room: float, *, log: bool, digits: int) -> list[Mark]:
    """Return about `room` marks of `[low, high]` on round prices; powers of ten where a log scale is that wide."""
    if not high > low or room <= 0:
        return []
    if log and high / low > 10 ** (room / 3):
        powers = range(math.ceil(math.log10(low)), math.floor(math.log10(high)) + 1)
        return [Mark(10.0**power, price_text(10.0**power, max(digits, -power))) for power in powers]
    if log and high / low > 3:
        return [Mark(price, price_text(price, digits)) for price in _log_steps(low, high, room)]
    step = _round_step((high - low) / room)
    step = max(step, 10.0**-digits)
    first = math.ceil(low / step - 1e-9)
    return [Mark(k * step, price_text(k * step, digits)) for k in range(first, math.floor(high / step + 1e-9) + 1)]


_LADDERS = (
    (1.0, 1.25, 1.5, 1.75, 2.0, 2.25, 2.5, 2.75, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 9.0),
    (1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0),
    (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0),
    (1.0, 1.5, 2.0, 3.0, 5.0, 7.0),
    (1.0, 2.0, 5.0),
)
"""Round prices of a decade, finer and coarser."""


def _log_steps(low: float, high: float, room: float) -> list[float]:
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found: list[float] = []
    for ladder in _LADDERS:
        found = [price for power in powers for step in ladder if low <= (price := step * 10.0**power) <= high]
        nearest = min((math.log(b / a) for a, b in pairwise(found)), default=math.inf)
        if nearest >= math.log(high / low) / room * 0.7:
            break
    return found


def _round_step(wanted: float) -> float:
    power = 10.0 ** math.floor(math.log10(wanted))
    return next(mantissa * power for mantissa in (1.0, 2.0, 2.5, 5.0, 10.0) if mantissa * power >= wanted * 0.999)


def price_text(price: float, digits: int) -> str:
    """Return a price as the axis, the tags and the header write it."""
    return number(price + 0.0, digits)


def price_digits(tick_size: float | None, closes: Sequence[float]) -> int:
    """Return the decimals prices are shown with: those of the tick, else as many as the last closes need."""
    if tick_size is not None and tick_size > 0:
        return min(max(-math.floor(math.log10(tick_size) + 1e-9), 0), _MAX_DIGITS)
    for digits in range(_MAX_DIGITS):
        if all(math.isclose(price, round(price, digits), rel_tol=0, abs_tol=1e-11) for price in closes):
            return max(digits, 2) if max(closes, default=0) >= 1 else digits
    return _MAX_DIGITS


def compact(value: float) -> str:
    """Return a volume in few characters: "1.23 K", "45.6 M"."""
    for size, unit in ((1e9, N_("{number} B")), (1e6, N_("{number} M")), (1e3, N_("{number} K"))):
        if value >= size:
            return _(unit).format(number=_three(value / size))
    return _three(value)


def _three(value: float) -> str:
    if value <= 0:
        return "0"
    digits = 2 - math.floor(math.log10(value)) if value < 100 else 0
    return number(value, min(max(digits, 0), 6))


def signed_percent(ratio: float) -> str:
    """Return a change with its sign: "+0.53 %", "−1.20 %"."""
    sign = "+" if ratio > 0 else "−" if ratio < 0 else ""
    return f"{sign}{number(abs(ratio) * 100, 2)} %"


def duration(ms: float) -> str:
    """Return a length of time in its two largest units: "1 d 18 h"."""
    minutes = round(abs(ms) / _MINUTE)
    days, rest = divmod(minutes, 1440)
    hours, left = divmod(rest, 60)
    if days:
        days_text = _("{days} d").format(days=number(days))
        return f"{days_text} {_('{hours} h').format(hours=hours)}" if hours else days_text
    if hours:
        hours_text = _("{hours} h").format(hours=hours)
        return f"{hours_text} {_('{minutes} min').format(minutes=left)}" if left else hours_text
    return _("{minutes} min").format(minutes=left)
