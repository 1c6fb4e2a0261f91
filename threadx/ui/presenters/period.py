"""The two dates of a download, from what was typed to half-open UTC milliseconds, or to why not. No Tk."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from threadx.bars.dates import DAY_MS, end_ms, minute_text, start_ms
from threadx.errors import DataError
from threadx.i18n import N_, _

__all__ = ["EARLIEST", "PRESETS", "Period", "day_of", "ends_of", "parse_period", "preset", "today", "why_not"]

EARLIEST = "2017-07-14"
"""No bar of the exchange is older (its first pairs opened that day); "Max" asks from here."""
PRESETS = (N_("7d"), N_("30d"), N_("90d"), N_("1y"), N_("YTD"), N_("Max"))
_DAYS = {"7d": 7, "30d": 30, "90d": 90, "1y": 365}
_SHAPE = re.compile(r"\s*\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}\S*)?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """What two fields say. Reasons are translated; "" where the field is right."""

    start_ms: int | None = None
    """UTC, inclusive; None where the field is wrong."""
    end_ms: int | None = None
    """UTC, exclusive; a bare day is included."""
    start_error: str = ""
    end_error: str = ""

    @property
    def ok(self) -> bool:
        """Whether a download may use it."""
        return not self.start_error and not self.end_error


def parse_period(start: str, end: str, now_ms: int) -> Period:
    """Return what the two fields mean, by the strict parser of `threadx.bars.dates` only."""
    start_error, end_error = why_not(start), why_not(end)
    first = None if start_error else start_ms(start)
    last = None if end_error else end_ms(end)
    if first is not None and first >= now_ms:
        start_error = _("this lies in the future")
    elif first is not None and last is not None and first >= last:
        end_error = _("the end lies before the start")
    return Period(first, last, start_error, end_error)


def why_not(text: str) -> str:
    """Return why `text` is no date, translated; "" where it is one."""
    if not text.strip():
        return _("a date is missing")
    try:
        start_ms(text)
    except DataError:
        if _SHAPE.fullmatch(text):
            return _("there is no such date")
        return _("not a date: write YYYY-MM-DD or YYYY-MM-DD HH:MM")
    return ""


def preset(name: str, now_ms: int) -> tuple[str, str]:
    """Return the texts of both fields for one of `PRESETS`.

    Raises:
        KeyError: there is no such preset.
    """
    last = today(now_ms)
    if name == "Max":
        return EARLIEST, last.isoformat()
    if name == "YTD":
        return last.replace(month=1, day=1).isoformat(), last.isoformat()
    return (last - timedelta(days=_DAYS[name])).isoformat(), last.isoformat()


def today(now_ms: int) -> date:
    """Return the UTC day of an instant."""
    return datetime.fromtimestamp(now_ms / 1000, UTC).date()


def ends_of(start_ms: int, end_ms: int) -> tuple[str, str]:
    """Return what two fields show of a half-open range: bare days, the last one included, where it is whole days."""
    if start_ms % DAY_MS == 0 and end_ms % DAY_MS == 0:
        return today(start_ms).isoformat(), today(end_ms - 1).isoformat()
    return minute_text(start_ms), minute_text(end_ms)


def day_of(text: str) -> date | None:
    """Return the day that a field names, in UTC; None where it names none."""
    if why_not(text):
        return None
    ms = start_ms(text)
    return None if ms is None else today(ms)
