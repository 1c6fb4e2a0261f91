"""Times and sizes as people read them at a glance. No Tk."""

from __future__ import annotations

from threadx.bars.dates import minute_text, utc
from threadx.i18n import _, counted, number
from threadx.ui.presenters.chart_axis import day_text

__all__ = ["age", "duration", "megabytes", "recent", "share_text"]

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3600, 86_400
_EXACT_MB = 10
_SAME_YEAR_MS = 300 * _DAY_S * 1000


def duration(seconds: float) -> str:
    """Return about how long something takes: "6 s", "3 min", "2 h 05"."""
    if seconds < 1:
        return _("< 1 s")
    if seconds < 1.5 * _MINUTE_S:
        return _("{n} s").format(n=round(seconds))
    if seconds < 1.5 * _HOUR_S:
        return _("{n} min").format(n=round(seconds / _MINUTE_S))
    if seconds < 2 * _DAY_S:
        hours, minutes = divmod(round(seconds / _MINUTE_S), 60)
        return _("{hours} h {minutes:02d}").format(hours=hours, minutes=minutes)
    days = round(seconds / _DAY_S)
    return counted("{n} day", "{n} days", days)


def age(ms: int) -> str:
    """Return how old something is, short: "now", "5 min", "3 h", "12 d"."""
    seconds = ms / 1000
    if seconds < 2 * _MINUTE_S:
        return _("now")
    if seconds < _HOUR_S:
        return _("{n} min").format(n=int(seconds / _MINUTE_S))
    if seconds < 2 * _DAY_S:
        return _("{n} h").format(n=int(seconds / _HOUR_S))
    return _("{n} d").format(n=number(int(seconds / _DAY_S)))


def recent(ms: int, age_ms: int) -> str:
    """Return UTC milliseconds short and clear: "19 Nov 23:59", of another year "2025-03-31"."""
    if age_ms >= _SAME_YEAR_MS:
        return minute_text(ms).partition(" ")[0]
    return f"{day_text(ms)} {utc(ms):%H:%M}"


def megabytes(size_bytes: float) -> str:
    """Return a size: "0.4 MB", "131 MB", "2.1 GB"."""
    mega = size_bytes / 1e6
    if mega >= 1000:
        return _("{n} GB").format(n=number(mega / 1000, 1))
    return _("{n} MB").format(n=number(mega, 0 if mega >= _EXACT_MB else 1))


def share_text(share: float) -> str:
    """Return how much of something is there: "98.61 %"; "100 %" only where nothing is missing."""
    percent = 100.0 if share >= 1 else min(int(round(share * 10_000, 6)) / 100, 99.99)
    return f"{number(percent, 0 if share >= 1 else 2)} %"
