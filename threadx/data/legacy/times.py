"""Open times as files write them, turned into UTC milliseconds, with the reason for reading them so. Pure.

The size of a whole number tells its unit: taken as seconds, milliseconds, microseconds and nanoseconds, one number
lies between 2009 (the first bitcoin) and 2100 in one of them at most.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from threadx.bars.schema import MINUTE_MS
from threadx.data.legacy.values import Cells, is_number, whole, whole_numbers
from threadx.data.plan import Note

__all__ = ["NO_TIME", "Times", "joined", "moments"]

NO_TIME = np.iinfo(np.int64).min
"""Stands where a cell is no time."""

_FIRST_S = 1_230_768_000  # 2009-01-01
_END_S = 4_102_444_800  # 2100-01-01
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_ZONE = r"(?i)(Z|:\d{2}(\.\d+)?\s?[+-]\d{2}(:?\d{2})?)$"
_SAMPLE = 50
"""Cells that show whether a column of text holds numbers."""
_LOCAL = re.compile(
    r"\s*(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s*([AaPp])\.?[Mm]\.?)?)?\s*",
    re.ASCII,
)
"""A date as a spreadsheet shows it: "20.03.2023 00:05", "3/20/2023 12:05:00 AM"."""
_EXPONENT = re.compile(r"\s*\d(\.\d{1,5})?[eE]\+?\d{1,2}\s*", re.ASCII)
_NOON = _MONTHS = 12
_CLOCK, _CLOCK_IN_DIGITS = r"\d{1,2}:\d{2}", r"(\d{4}|\d{6})$"
_DAY_IN_DIGITS = r"\d{6,8}$"
_MORE_THAN_A_DAY = r":|^\d{9,}"


@dataclass(frozen=True, slots=True)
class Times:
    """The open times of a file's rows."""

    ms: NDArray[np.int64]
    """UTC; `NO_TIME` where a row has none. A time between two milliseconds is moved off the minute, never onto it."""
    unit: str
    """"s", "ms", "us", "ns", "text" or "datetime"; several joined with "+" where a file changes its mind."""
    why: Note
    """Why it was read so."""
    naive: int = 0
    """How many had no time zone and were taken as UTC."""


def moments(cells: Cells | pd.Series) -> Times:
    """Return the times that the cells of a column are."""
    if isinstance(cells, pd.Series):
        return _typed(cells)
    numbers = whole_numbers(cells)
    if numbers is None and _is_text(cells) and not any(is_number(str(cell)) for cell in cells[:_SAMPLE]):
        return _written(cells)
    if numbers is None:
        each = cells.to_pylist() if isinstance(cells, pa.Array) else cells
        if (shown := _as_shown(each)) is not None:
            return Times(np.full(len(each), NO_TIME, dtype=np.int64), "none", shown)
        numbers = np.array([_rounded(cell) for cell in each], dtype=np.int64)
    if not _is_text(cells) or 2 * _plausible(numbers) >= len(numbers):
        return _counted(numbers)
    return _written(cells)


def joined(days: Cells, clocks: Cells) -> list[str] | None:
    """Return "day clock" texts where one column holds bare days and the other the time of day; else None.

    Digits alone are a clock only beside days of digits alone: "20240131" and "120000".
    """
    if not (_is_text(days) and _is_text(clocks)):
        return None
    left, right = (each.to_pylist() if isinstance(each, pa.Array) else list(each) for each in (days, clocks))
    day, clock = pd.Series(left, dtype="str").str, pd.Series(right, dtype="str").str
    if day.contains(_MORE_THAN_A_DAY).any():
        return None
    if not clock.match(_CLOCK).all() and not (clock.match(_CLOCK_IN_DIGITS).all() and day.match(_DAY_IN_DIGITS).all()):
        return None
    return [f"{one.strip()} {other.strip()}" for one, other in zip(left, right, strict=True)]


def _is_text(cells: Cells) -> bool:
    if isinstance(cells, pa.Array):
        return True
    return not isinstance(cells, np.ndarray) and any(type(cell) is str for cell in cells)


def _rounded(cell: Any) -> int:  # noqa: ANN401 - whatever a file holds
    """Return a number as an integer, `NO_TIME` for anything else; seconds with a fraction become milliseconds."""
    number = whole(cell)
    if number is not None:
        return number
    value = (
        float(cell) if isinstance(cell, (float, np.floating)) or (isinstance(cell, str) and is_number(cell)) else 0.0
    )
    if not 0 < value < _END_S * 10**9:
        return NO_TIME
    scaled = value * 1000 if value < _END_S else value
    return _off_the_minute(int(scaled)) if scaled != int(scaled) else int(scaled)


def _as_shown(cells: Sequence[Any]) -> Note | None:
    """Return why numbers are no times where a spreadsheet saved what it showed of them: 1.67927E+12, an hour or more.

    Programs that write an exponent write all digits. With five decimals, times in any unit are multiples of 2 h 46 min
    40 s, and no two neighbouring bars of any timeframe are both.
    """
    numbers = [cell for cell in cells if is_number(cell)]
    shown = all(isinstance(cell, str) and _EXPONENT.fullmatch(cell) is not None for cell in numbers)
    if 2 * len(numbers) <= len(cells) or not shown:
        return None
    return Note("{first} was rounded by a spreadsheet, as all of them were", {"first": numbers[0].strip()})


def _off_the_minute(ms: int) -> int:
    return ms + (ms % MINUTE_MS == 0)


def _unit_masks(numbers: NDArray[np.int64]) -> dict[str, NDArray[np.bool_]]:
    return {
        unit: (numbers >= _FIRST_S * per_second) & (numbers < _END_S * per_second)
        for unit, per_second in _PER_SECOND.items()
    }


def _plausible(numbers: NDArray[np.int64]) -> int:
    return sum(int(mask.sum()) for mask in _unit_masks(numbers).values())


def _counted(numbers: NDArray[np.int64]) -> Times:
    ms = np.full(len(numbers), NO_TIME, dtype=np.int64)
    found = {unit: mask for unit, mask in _unit_masks(numbers).items() if mask.any()}
    for unit, mask in found.items():
        per_ms = _PER_SECOND[unit] / 1000
        if per_ms < 1:
            ms[mask] = numbers[mask] * 1000
        else:
            ms[mask] = _floored(numbers[mask], int(per_ms))
    return Times(ms, "+".join(found) or "none", _why_counted(numbers, found))


def _why_counted(numbers: NDArray[np.int64], found: dict[str, NDArray[np.bool_]]) -> Note:
    if not found:
        there = numbers[numbers != NO_TIME]
        if not len(there):
            return Note("they are neither numbers nor dates")
        return Note(
            "no number, {first} for one, is a time between 2009 and 2100 in seconds, ms, us or ns",
            {"first": str(there[0])},
        )
    if len(found) > 1:
        parts = ", ".join(f"{int(mask.sum()):,} {unit}" for unit, mask in found.items())
        return Note("the unit changes within the file ({parts}): each number is read by its size", {"parts": parts})
    unit, mask = next(iter(found.items()))
    first = int(numbers[mask][0])
    fields = {"first": str(first), "when": _text(first * 1000 // _PER_SECOND[unit]), "digits": str(len(str(first)))}
    match unit:
        case "s":
            return Note("{digits} digits are seconds: {first} is {when} UTC", fields)
        case "ms":
            return Note("{digits} digits are milliseconds: {first} is {when} UTC", fields)
        case "us":
            return Note("{digits} digits are microseconds: {first} is {when} UTC", fields)
        case _:
            return Note("{digits} digits are nanoseconds: {first} is {when} UTC", fields)


def _text(ms: int) -> str:
    return str(np.datetime64(ms, "ms").astype("datetime64[m]")).replace("T", " ")


def _written(cells: Cells) -> Times:
    texts = cells if isinstance(cells, pa.Array) else pa.array([_as_text(cell) for cell in cells], pa.large_string())
    trimmed = pc.utf8_trim_whitespace(texts)
    # "2024-01-01 00:00:00 UTC" is what several tools write; pandas' quick way knows offsets only
    plain = pc.replace_substring_regex(trimmed, r" ?UTC$", "Z")
    parsed = pd.to_datetime(pd.Series(plain.to_pylist(), dtype="str"), format="ISO8601", utc=True, errors="coerce")
    ms = _ms(pd.DatetimeIndex(parsed))
    if 2 * int((ms == NO_TIME).sum()) > len(ms) and (local := _local(texts)) is not None:
        return local
    zoned = np.array([found is True for found in pc.match_substring_regex(plain, _ZONE).to_pylist()], dtype=bool)
    naive = int((~zoned & (ms != NO_TIME)).sum())
    return Times(ms, "text", Note("written as dates and times"), naive)


def _local(cells: pa.Array) -> Times | None:
    """Return times written as "20.03.2023 00:05" or "3/20/2023 12:05 AM"; None where they are written otherwise.

    Between points the day stands first. Elsewhere a number above 12 must tell the day from the month, and the rows be
    in order: a file put together from two sources may write its dates in two ways.
    """
    found = [_LOCAL.fullmatch(cell) if cell is not None else None for cell in cells.to_pylist()]
    there = [match for match in found if match is not None]
    if 2 * len(there) <= len(found):
        return None
    first = {"first": there[0][0].strip()}
    day_first = _day_first(there)
    if day_first is None:
        return _untold(len(found), Note("in {first} day and month cannot be told apart", first))
    ms = np.full(len(found), NO_TIME, dtype=np.int64)
    for row, match in enumerate(found):
        if match is not None:
            ms[row] = _local_ms(match, day_first=day_first)
    if _lacks_half(there, ms[ms != NO_TIME]):
        return _untold(len(found), Note("in {first} morning and afternoon cannot be told apart", first))
    steps = np.diff(ms[ms != NO_TIME])
    if not all(match[2] == "." for match in there) and (steps < 0).any() and (steps > 0).any():
        return _untold(len(found), Note("the rows are not in order, and so {first} may be another day", first))
    why = (
        Note("dates with the day first: {first}", first)
        if day_first
        else Note("dates with the month first: {first}", first)
    )
    return Times(ms, "text", why, int((ms != NO_TIME).sum()))


def _untold(rows: int, why: Note) -> Times:
    return Times(np.full(rows, NO_TIME, dtype=np.int64), "text", why)


def _day_first(there: Sequence[re.Match[str]]) -> bool | None:
    left, right = (max(int(match[group]) for match in there) > _MONTHS for group in (1, 3))
    if left == right:  # all numbers could be months, or neither can
        return True if not left and all(match[2] == "." for match in there) else None
    return left


def _lacks_half(there: Sequence[re.Match[str]], ms: NDArray[np.int64]) -> bool:
    """Whether a clock of twelve hours shows no AM and PM: no hour is another, and time does not simply go on."""
    if any(match[5] is None or match[8] or not 1 <= int(match[5]) <= _NOON for match in there):
        return False
    steps = np.diff(ms)
    return not ((steps > 0).all() or (steps < 0).all())


def _local_ms(match: re.Match[str], *, day_first: bool) -> int:
    day, month = (match[1], match[3]) if day_first else (match[3], match[1])
    hour = int(match[5] or 0)
    if match[8]:
        if not 1 <= hour <= _NOON:
            return NO_TIME
        hour = hour % _NOON + (_NOON if match[8] in "Pp" else 0)
    try:
        moment = datetime(int(match[4]), int(month), int(day), hour, int(match[6] or 0), int(match[7] or 0), tzinfo=UTC)
    except ValueError:  # the 31st of a shorter month
        return NO_TIME
    return int(moment.timestamp()) * 1000


def _as_text(cell: object) -> str | None:
    return cell if isinstance(cell, str) else None


def _typed(cells: pd.Series) -> Times:
    if isinstance(cells.dtype, pd.DatetimeTZDtype) or cells.dtype.kind == "M":
        index = pd.DatetimeIndex(cells)
        naive = 0 if index.tz is not None else int(np.asarray(index.notna()).sum())
        aware = index.tz_localize("UTC") if index.tz is None else index
        return Times(_ms(aware), "datetime", Note("the column holds dates and times"), naive)
    if cells.dtype.kind in "iu" and not pd.api.types.is_extension_array_dtype(cells.dtype):
        return moments(cells.to_numpy())
    return moments([None if cell is pd.NA else cell for cell in cells.tolist()])


def _ms(index: pd.DatetimeIndex) -> NDArray[np.int64]:
    """Return the times as milliseconds; what lies between two of them goes off the minute."""
    missing = np.asarray(index.isna())
    per_ms = {"s": 0, "ms": 1, "us": 10**3, "ns": 10**6}[index.unit]
    raw = index.asi8
    if per_ms == 0:
        return np.where(missing, NO_TIME, raw * 1000)
    return np.where(missing, NO_TIME, _floored(raw, per_ms))


def _floored(values: NDArray[np.int64], per_ms: int) -> NDArray[np.int64]:
    """Return milliseconds. What had a fraction must not come to lie on a minute: a bar opens there to the point."""
    ms, rest = np.divmod(values, per_ms)
    floored: NDArray[np.int64] = ms + ((rest > 0) & (ms % MINUTE_MS == 0))
    return floored
