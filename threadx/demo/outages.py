"""Times in which the whole exchange stood still, since 2017."""

from __future__ import annotations

from datetime import datetime

__all__ = ["OUTAGES", "SUSPENSIONS", "minute_of", "window"]

Window = tuple[int, int]
"""Minutes since 1970 UTC, half-open."""


def minute_of(text: str) -> int:
    """Return the minute number of "YYYY-MM-DD HH:MM" (UTC)."""
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp()) // 60


def window(first: str, last: str) -> Window:
    """Return the window from the first to the last minute, both inside; `last` may leave out the date."""
    return minute_of(first), minute_of(last if len(last) > 5 else f"{first[:10]} {last}") + 1


# No rows at all: the engine was down. The exchange's own outages, confirmed by public reports and by the bars
# themselves (binance/binance-public-data issues 365, 368, 374; ccxt issues 5026, 8068, 9081; seen 2026).
OUTAGES: tuple[Window, ...] = tuple(
    window(first, last)
    for first, last in (
        ("2017-09-06 16:01", "22:59"),
        ("2017-12-04 06:01", "06:48"),
        ("2017-12-18 10:01", "10:13"),
        ("2017-12-18 12:30", "13:33"),
        ("2018-01-04 03:01", "05:05"),
        ("2018-02-08 00:29", "2018-02-09 09:59"),
        ("2018-02-10 06:00", "06:14"),
        ("2018-02-11 04:01", "04:34"),
        ("2018-06-26 02:00", "11:59"),
        ("2018-06-27 13:00", "14:44"),
        ("2018-07-04 00:23", "07:59"),
        ("2018-10-19 06:00", "09:29"),
        ("2018-11-14 02:00", "08:59"),
        ("2019-03-12 02:00", "07:59"),
        ("2019-05-15 03:00", "12:59"),
        ("2019-06-07 21:14", "22:14"),
        ("2019-08-15 02:00", "09:59"),
        ("2019-11-13 02:00", "03:59"),
        ("2019-11-25 02:00", "03:59"),
        ("2020-02-09 02:00", "02:59"),
        ("2020-02-19 11:36", "17:29"),
        ("2020-03-04 09:22", "11:29"),
        ("2020-04-25 02:00", "04:29"),
        ("2020-06-28 02:00", "05:29"),
        ("2020-11-30 06:00", "06:59"),
        ("2020-12-21 13:48", "17:59"),
        ("2020-12-25 02:00", "02:59"),
        ("2021-02-11 03:41", "04:59"),
        ("2021-03-06 02:00", "03:29"),
        ("2021-04-20 02:00", "04:29"),
        ("2021-04-25 04:01", "08:44"),
        ("2021-08-13 02:00", "06:29"),
        ("2021-09-29 07:00", "08:59"),
        ("2023-03-24 12:40", "13:59"),
        ("2026-03-17 02:00", "02:44"),  # invented: a recent one, so that a demo of the last year shows an outage
    )
)

# Rows without volume for every symbol: trading was suspended while the engine ran.
SUSPENSIONS: tuple[Window, ...] = (window("2023-03-24 11:28", "12:39"),)
