"""What a chart says about its bars, in the language in use."""

from __future__ import annotations

from dataclasses import dataclass

from threadx.i18n import _
from threadx.ui.presenters.chart_axis import compact, duration, moment, price_text, signed_percent
from threadx.ui.presenters.chart_bars import Bar

__all__ = ["Empty", "Header", "header_of", "hole_words"]


@dataclass(frozen=True, slots=True)
class Header:
    """The line above a chart, as texts."""

    title: str
    """Symbol and timeframe."""
    values: tuple[tuple[str, str], ...] = ()
    """Letter and number: O H L C V."""
    change: str = ""
    rising: bool | None = None
    """None: neither."""
    when: str = ""
    """Of the bar under the crosshair; "" for the latest."""
    note: str = ""
    """What is special about this bar."""


@dataclass(frozen=True, slots=True)
class Empty:
    """What stands where no bars are."""

    title: str
    step: str
    """What to do next."""
    action: str = ""
    """Words of the button that leads there; "": none."""


def hole_words(start_ms: int, end_ms: int) -> str:
    """Return what a gap under the crosshair says of itself."""
    return _("no bars from {start} to {end} ({length})").format(
        start=moment(start_ms), end=moment(end_ms), length=duration(end_ms - start_ms)
    )


def header_of(title: str, bar: Bar, digits: int) -> Header:
    """Return the header that shows a bar."""
    values = tuple(
        (letter, price_text(value, digits))
        for letter, value in ((_("O"), bar.open), (_("H"), bar.high), (_("L"), bar.low), (_("C"), bar.close))
    )
    rising = None if bar.change == 0 else bar.change > 0
    note = _("incomplete: minutes are missing") if bar.incomplete else ""
    return Header(title, (*values, (_("V"), compact(bar.volume))), signed_percent(bar.change), rising, note=note)
