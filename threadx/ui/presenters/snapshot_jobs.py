"""What the Snapshots tab asks for as jobs: pin the bank, archive, bring back, put back; and how each ended. No Tk."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from threadx.bridge.events import JobEvent
from threadx.i18n import _, counted
from threadx.ui.presenters.job_lines import job_line

if TYPE_CHECKING:
    from threadx.data.freshness import Freshness

__all__ = ["AGE", "PinChoice", "first_free_stamp", "outcome", "pin_choices", "series_of", "stamp_of"]

AGE = 90
"""Days after which archiving is offered at first."""
_TYPED = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:[ T]?(\d{2})(?::00)?)?", re.ASCII)

Series = tuple[str, str]


@dataclass(frozen=True, slots=True)
class PinChoice:
    """One answer to what a snapshot of the bank shall hold."""

    label: str
    """Translated, with the number of symbols."""
    series: tuple[Series, ...]
    """(provider, symbol) pairs that have bars; never empty."""


def series_of(datasets: Iterable[Freshness]) -> tuple[Series, ...]:
    """Return the (provider, symbol) pairs that have bars, each once."""
    words = [each.name.split(" ") for each in datasets]
    return tuple(dict.fromkeys((each[0], each[1]) for each in words))


def pin_choices(
    stored: Sequence[Series], provider: str, chosen: Sequence[str], groups: Iterable[tuple[str, Sequence[str]]]
) -> tuple[PinChoice, ...]:
    """Return what can be pinned: everything, the chosen symbols, each group that has bars."""
    offers = [(_("All that is stored"), tuple(stored))]
    mine = {symbol: (home, symbol) for home, symbol in stored if home == provider}
    offers.append((_("The chosen symbols"), tuple(mine[each] for each in chosen if each in mine)))
    offers += [
        (_("Group {name}").format(name=name), tuple(mine[each] for each in symbols if each in mine))
        for name, symbols in groups
    ]
    return tuple(PinChoice(f"{label} ({_count(series)})", series) for label, series in offers if series)


def _count(series: Sequence[Series]) -> str:
    return counted("{count} symbol", "{count} symbols", len(series))


def first_free_stamp(now: datetime, taken: Iterable[str]) -> str:
    """Return the day as YYYYMMDD, the hour where the day has a snapshot; "" where the hour has one too."""
    there = set(taken)
    return next((each for each in (f"{now:%Y%m%d}", f"{now:%Y%m%d%H}") if each not in there), "")


def stamp_of(text: str) -> str:
    """Return what was typed ("2026-01-31", "2026-01-31 14:00", "20260131") as a stamp; "" where it is none."""
    found = _TYPED.fullmatch(text.strip())
    if found is None:
        return ""
    year, month, day, hour = found.groups()
    try:
        datetime(int(year), int(month), int(day), int(hour or 0))  # noqa: DTZ001 - only whether there is such a day
    except ValueError:
        return ""
    return f"{year}{month}{day}{hour or ''}"


def outcome(event: JobEvent) -> str:
    """Return how a snapshot job ended, for the status bar."""
    return job_line(event).detail
