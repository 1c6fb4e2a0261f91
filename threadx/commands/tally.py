"""How far the work is: what the reports of a call add up to. Pure; the clock is passed in."""

from __future__ import annotations

from dataclasses import dataclass

from threadx.bridge.meter import Meter, together
from threadx.bridge.waits import reason
from threadx.data.pipeline_progress import PERCENT
from threadx.i18n import N_, _, number
from threadx.progress import ProgressEvent

__all__ = ["Reading", "Tally", "clock_text", "figures"]

_UNITS = (
    *(N_("bars"), N_("partitions"), N_("symbols"), N_("series")),
    *(N_("files"), N_("datasets"), N_("requests"), N_("months"), N_("pages"), N_("indicators")),
)


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of one part of the work, or of all of it."""

    subject: str
    done: int
    total: int
    """0 while it is not known."""
    unit: str
    per_second: float | None = None
    """None until something moved."""
    left_s: float | None = None
    waiting: str = ""
    weight_used: int | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing is left of a known total."""
        return 0 < self.total <= self.done


class Tally:
    """Adds reports up. Not thread-safe: the display that owns it holds a lock.

    A subject counts in the first unit whose total is known. Reports in another unit are steps on the way (a page that
    is asked again, the files of a commit); they only say why nothing moves.
    """

    def __init__(self) -> None:
        self._meters: dict[tuple[str, str], Meter] = {}
        self._latest: dict[str, Reading] = {}
        self._now_s = 0.0

    def update(self, event: ProgressEvent, now_s: float) -> Reading:
        """Take one report in and return what is known about its subject; `now_s` is monotonic."""
        self._now_s = now_s
        before = self._latest.get(event.subject)
        if before is not None and before.unit != event.unit and before.total > 0:
            weight = before.weight_used if event.weight_used is None else event.weight_used
            same = ProgressEvent(
                event.subject, before.done, before.total, before.unit, event.waiting, weight, event.wait_s
            )
            reading = self._measured(same, now_s)  # time has passed: the rate falls, and what is left takes longer
        else:
            reading = self._measured(event, now_s)
        self._latest[event.subject] = reading
        return reading

    def _measured(self, event: ProgressEvent, now_s: float) -> Reading:
        meter = self._meters.setdefault((event.subject, event.unit), Meter())
        meter.add(now_s, event.done)
        rate = meter.average(now_s)
        left_s = _left(event.total - event.done, rate)
        left_s = None if left_s is None else left_s + event.wait_s
        return Reading(
            event.subject, event.done, event.total, event.unit, rate, left_s, event.waiting, event.weight_used
        )

    def overall(self) -> Reading | None:
        """Return the sum over all subjects; None before the first report.

        Where the number of symbols is known, what has not started yet is taken to be as large as what has.
        """
        whole = self._latest.get("")
        named = [each for each in self._latest.values() if each.subject]
        if not named or (whole is not None and whole.unit == PERCENT):
            return whole
        unit = next((each.unit for each in named if each.total > 0), named[0].unit)
        parts = [each for each in named if each.unit == unit]
        done, total = sum(each.done for each in parts), sum(each.total for each in parts)
        if whole is not None and whole.unit == "symbols":
            total = round(total * max(whole.total / len(parts), 1))
        rate = together([self._meters[each.subject, unit] for each in parts], self._now_s)
        weights = [each.weight_used for each in named if each.weight_used is not None]
        return Reading("", done, total, unit, rate, _left(total - done, rate), "", max(weights, default=None))


def figures(reading: Reading) -> str:
    """Return one reading as a line of figures in the language in use, without the subject."""
    amount = number(reading.done)
    if reading.total:
        amount += f" / {number(reading.total)}"
    percent = reading.unit == PERCENT
    parts = [f"{number(reading.done)} %" if percent else f"{amount} {_(reading.unit)}"]
    if reading.per_second is not None and not reading.finished and not percent:
        parts.append(_("{rate} per s").format(rate=number(reading.per_second)))
    if reading.left_s is not None and not reading.finished:
        parts.append(_("{time} left").format(time=clock_text(reading.left_s)))
    if reading.weight_used is not None:
        parts.append(_("API weight {weight}").format(weight=number(reading.weight_used)))
    if reading.waiting:
        parts.append(reason(reading.waiting))
    return " · ".join(parts)


def clock_text(seconds: float) -> str:
    """Return a duration as 0:07, 12:34 or 1:02:03."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"


def _left(missing: int, rate: float | None) -> float | None:
    return missing / rate if rate is not None and missing > 0 else None
