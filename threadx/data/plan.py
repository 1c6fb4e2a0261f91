"""What a download would do, as plain data: which minutes are missing, and what fetching them costs.

Pure: the bank's coverage, the exchange's clock and the listing minute come in, intervals and estimates go out. It
looks at ranges only, never at the content of a file. Times are UTC ms, ranges half-open.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from threadx.bars.dates import DAY_MS, text_of
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval, intersect, subtract, total_minutes, union
from threadx.bars.timeframe import MINUTE_MS
from threadx.config import Settings
from threadx.exchange.source import Tempo

__all__ = [
    "BYTES_PER_BAR",
    "ROWS_PER_REQUEST",
    "Known",
    "Note",
    "Pace",
    "SymbolPlan",
    "Totals",
    "gaps_in",
    "needs_listing",
    "nothing_wanted",
    "plan_symbol",
    "totals",
    "wanted_range",
]

ROWS_PER_REQUEST = 1000  # the exchange's page, and the weight it counts for one: flat since 2023-08-25
WEIGHT_PER_REQUEST = 2
SYMBOL_WEIGHT = 3  # asking the clock and where the first bar is, for each symbol
ANNOUNCED_WEIGHT = 6000  # per minute, as announced since 2023; the client steers by what the server says
REQUEST_S = 0.25  # one page of 1000 bars through one connection: a usual round trip, transfer and parsing
BYTES_PER_BAR = 72
"""Disk per 1m bar with every column the exchange sends and the default timeframes, lz4 (a year of the embedded
exchange; real bars with fewer columns take 17 to 54)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What planning starts from."""

    stored: tuple[Interval, ...]
    """Minutes the bank holds."""
    ledger: tuple[Gap, ...]
    """Minutes asked for once and confirmed not to exist."""
    closed_ms: int
    """Every bar that opens before this is finished, by the exchange's clock and the settle delay."""
    listed_at_ms: int | None = None
    """The symbol's first minute; None while nobody asked."""

    def first_minute(self) -> int | None:
        """Return the listing minute: as told, else where `not_listed` ends and a stored bar begins, else None.

        What else the ledger calls not listed may end where a question ended, before the listing.
        """
        if self.listed_at_ms is not None:
            return self.listed_at_ms
        ends = {gap.interval.end_ms for gap in self.ledger if gap.cause is GapCause.NOT_LISTED}
        return next((each.start_ms for each in self.stored if each.start_ms in ends), None)


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast requests may go: the weight a minute allows, how many travel at once, and how long one takes."""

    weight_per_minute: float = ANNOUNCED_WEIGHT * 0.5
    connections: int = 8
    request_s: float = REQUEST_S

    @classmethod
    def of(cls, settings: Settings, tempo: Tempo | None = None) -> Pace:
        """Return the pace that `settings.limits` allows, by what is known of the exchange's `tempo`."""
        told = Tempo() if tempo is None else tempo
        announced = ANNOUNCED_WEIGHT if told.weight_per_minute is None else told.weight_per_minute
        request_s = REQUEST_S if told.page_s is None else told.page_s
        return cls(announced * settings.limits.weight_share, settings.limits.connections, request_s)

    def seconds(self, requests: int, symbols: int = 1) -> float:
        """Return about how long `requests` pages of so many symbols take.

        The exchange counts weight in clock minutes: a minute's share goes as fast as the connections carry it, then
        everyone waits for the next minute. When in a minute it will begin nobody knows: this is the mean.
        """
        if requests <= 0:
            return 0.0
        asked = requests + symbols * SYMBOL_WEIGHT / WEIGHT_PER_REQUEST
        per_s, share = self.connections / self.request_s, self.weight_per_minute / WEIGHT_PER_REQUEST
        if asked <= share or per_s * 60 <= share:
            return asked / per_s
        return sum(_by_minutes(asked, per_s, share, 60.0 - began_s) for began_s in range(0, 60, 5)) / 12


def _by_minutes(asked: float, per_s: float, share: float, first_s: float) -> float:
    """Return how long `asked` pages take when each minute serves `share`, `per_s` at most, the first of `first_s`."""
    rest = asked - min(first_s * per_s, share)
    if rest <= 0:
        return asked / per_s
    whole_minutes = math.ceil(rest / share) - 1
    return first_s + whole_minutes * 60 + (rest - whole_minutes * share) / per_s


@dataclass(frozen=True, slots=True)
class Note:
    """A remark on a plan for people: a template and what fills it, so that it can be translated."""

    template: str
    fields: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.fields)


@dataclass(frozen=True, slots=True)
class SymbolPlan:
    """What one symbol needs. Estimates are upper bounds: minutes without a bar are counted too."""

    symbol: str
    wanted: Interval | None
    """The asked range between the first bar there is and the last finished one; None when nothing is left of it."""
    head: tuple[Interval, ...] = ()
    """Missing before the first stored bar."""
    holes: tuple[Interval, ...] = ()
    """Missing between stored bars."""
    tail: tuple[Interval, ...] = ()
    """Missing after the last stored bar; everything, when nothing is stored."""
    again: tuple[Interval, ...] = ()
    """Known already, stored or confirmed to be empty, and to be fetched once more; only where that was asked for."""
    stored_again: int = 0
    """Stored minutes in `again`."""
    not_listed: Interval | None = None
    """The part of the asked range before the first bar: known to be empty, never fetched."""
    requests: int = 0
    rows: int = 0
    seconds: float = 0.0
    notes: tuple[Note, ...] = ()

    @property
    def missing(self) -> tuple[Interval, ...]:
        """What will be fetched, in order of time."""
        return union([*self.head, *self.holes, *self.tail, *self.again])

    @property
    def weight(self) -> int:
        """API weight of the requests."""
        return self.requests * WEIGHT_PER_REQUEST

    @property
    def size_bytes(self) -> int:
        """Disk the new bars will take with their timeframes, about."""
        return self.rows * BYTES_PER_BAR

    def describe(self) -> list[str]:
        """Return the plan as lines for people: range and cost first, then what is missing where, then remarks."""
        lines = [f"{self.symbol}: {_cost(self)}" if self.missing else f"{self.symbol}: nothing to fetch"]
        parts = (("head", self.head), ("holes", self.holes), ("tail", self.tail), ("again", self.again))
        for name, part in parts:
            lines += [f"  {name}: {_span(each)}, {total_minutes([each]):,} bars" for each in part[:_SHOWN]]
            if len(part) > _SHOWN:
                lines.append(f"  {name}: and {len(part) - _SHOWN:,} more")
        return lines + [f"  note: {note}" for note in self.notes]

    def as_dict(self) -> dict[str, object]:
        """Return the plan for JSON; times are UTC ms."""
        return {
            "symbol": self.symbol,
            "start_ms": None if self.wanted is None else self.wanted.start_ms,
            "end_ms": None if self.wanted is None else self.wanted.end_ms,
            "head": _pairs(self.head),
            "holes": _pairs(self.holes),
            "tail": _pairs(self.tail),
            "again": _pairs(self.again),
            "not_listed": None if self.not_listed is None else _pairs([self.not_listed])[0],
            "requests": self.requests,
            "weight": self.weight,
            "rows": self.rows,
            "size_bytes": self.size_bytes,
            "seconds": round(self.seconds, 1),
            "notes": [str(note) for note in self.notes],
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """The cost of several plans that share one weight budget."""

    symbols: int
    requests: int
    rows: int
    seconds: float

    @property
    def weight(self) -> int:
        """API weight of the requests."""
        return self.requests * WEIGHT_PER_REQUEST

    @property
    def size_bytes(self) -> int:
        """Disk the new bars will take with their timeframes, about."""
        return self.rows * BYTES_PER_BAR

    def describe(self) -> str:
        """Return the cost in one line."""
        return f"{self.symbols:,} symbols: {_cost(self)}"

    def as_dict(self) -> dict[str, object]:
        """Return the cost for JSON."""
        return {
            "symbols": self.symbols,
            "requests": self.requests,
            "weight": self.weight,
            "rows": self.rows,
            "size_bytes": self.size_bytes,
            "seconds": round(self.seconds, 1),
        }


_SHOWN = 5  # intervals of a kind that `describe` lists before it only counts


def wanted_range(start_ms: int | None, end_ms: int | None, known: Known, *, history_days: int) -> Interval | None:
    """Return the minutes that are asked for, rounded up to the minute; None where there are none.

    Without a start: from the first stored bar on (holes and what is new); on an empty bank the last `history_days`
    whole days before the end. Without an end: up to the last finished bar.
    """
    end = known.closed_ms if end_ms is None else min(_up_to_minute(end_ms), known.closed_ms)
    if start_ms is not None:
        start = _up_to_minute(start_ms)
    elif known.stored:
        start = known.stored[0].start_ms
    else:
        start = (end - history_days * DAY_MS) // DAY_MS * DAY_MS
    return Interval(start, end) if start < end else None


def nothing_wanted(symbol: str, start_ms: int | None, known: Known) -> SymbolPlan:
    """Return the plan for a range that `wanted_range` finds empty: nothing, and why."""
    note = Note("nothing of the asked range is finished yet")
    if start_ms is None and known.stored:
        when = text_of(known.stored[0].start_ms)
        note = Note("the asked range ends before the first stored bar, {when} UTC: give a start", {"when": when})
    elif start_ms is not None and _up_to_minute(start_ms) < known.closed_ms:
        note = Note("no bar opens in the asked range")
    return SymbolPlan(symbol, None, notes=(note,))


def needs_listing(wanted: Interval, known: Known) -> bool:
    """Return whether the listing minute must be asked for: minutes before the first stored one are missing."""
    if known.first_minute() is not None:
        return False
    missing = _missing(wanted, known)
    return bool(missing) and (not known.stored or missing[0].start_ms < known.stored[0].start_ms)


def plan_symbol(symbol: str, wanted: Interval, known: Known, pace: Pace, *, refetch: bool = False) -> SymbolPlan:
    """Return what must be fetched so that the bank holds all of `wanted` that exists.

    With `refetch` all of `wanted` from the first bar on is fetched, what is known already too.
    """
    first = known.first_minute()
    before = None if first is None else _before(wanted, first)
    start = wanted.start_ms if before is None else before.end_ms
    trimmed = Interval(start, wanted.end_ms) if start < wanted.end_ms else None
    missing = () if trimmed is None else _missing(trimmed, known)
    again = subtract([trimmed], missing) if refetch and trimmed is not None else ()
    head, holes, tail = _parts(missing, known.stored)
    fetched = union([*missing, *again])
    requests = _requests(fetched)
    return SymbolPlan(
        symbol=symbol,
        wanted=trimmed,
        head=head,
        holes=holes,
        tail=tail,
        again=again,
        stored_again=total_minutes(intersect(again, known.stored)),
        not_listed=before,
        requests=requests,
        rows=total_minutes(fetched),
        seconds=pace.seconds(requests),
        notes=_notes(first, before, trimmed),
    )


def totals(plans: Iterable[SymbolPlan], pace: Pace) -> Totals:
    """Return the cost of all `plans` together."""
    every = list(plans)
    requests = sum(plan.requests for plan in every)
    seconds = pace.seconds(requests, sum(plan.requests > 0 for plan in every))
    return Totals(len(every), requests, sum(plan.rows for plan in every), seconds)


def gaps_in(wanted: Interval, stored: Sequence[Interval], ledger: Sequence[Gap]) -> tuple[Gap, ...]:
    """Return every stretch of `wanted` without a stored bar, in order, with its cause.

    The ledger's cause where it knows one, else `not_fetched`.
    """
    missing = subtract([wanted], stored)
    known = [Gap(part, gap.cause) for gap in ledger for part in intersect([gap.interval], missing)]
    rest = subtract(missing, [gap.interval for gap in known])
    return tuple(sorted([*known, *(Gap(part, GapCause.NOT_FETCHED) for part in rest)], key=lambda gap: gap.interval))


def _missing(wanted: Interval, known: Known) -> tuple[Interval, ...]:
    settled = [gap.interval for gap in known.ledger if gap.cause is not GapCause.NOT_FETCHED]
    return subtract([wanted], union([*known.stored, *settled]))


def _before(wanted: Interval, first_ms: int) -> Interval | None:
    if first_ms <= wanted.start_ms:
        return None
    return Interval(wanted.start_ms, min(first_ms, wanted.end_ms))


def _parts(missing: Sequence[Interval], stored: Sequence[Interval]) -> tuple[tuple[Interval, ...], ...]:
    if not stored:
        return (), (), tuple(missing)
    first, last = stored[0].start_ms, stored[-1].end_ms
    head = tuple(each for each in missing if each.end_ms <= first)
    tail = tuple(each for each in missing if each.start_ms >= last)
    return head, tuple(each for each in missing if first <= each.start_ms < last), tail


def _requests(missing: Iterable[Interval]) -> int:
    return sum(-(-total_minutes([each]) // ROWS_PER_REQUEST) for each in missing)


def _notes(first: int | None, before: Interval | None, trimmed: Interval | None) -> tuple[Note, ...]:
    if first is None or before is None:
        return ()
    when = {"when": text_of(first)}
    if trimmed is None:
        return (Note("nothing to fetch: the first bar is of {when} UTC, after the asked range", when),)
    return (Note("start moved to the first bar, {when} UTC", when),)


def _up_to_minute(ms: int) -> int:
    """Return the first minute that is not before `ms`: bars at or after a start, before an end."""
    return -(-ms // MINUTE_MS) * MINUTE_MS


def _cost(of: SymbolPlan | Totals) -> str:
    return (
        f"{of.rows:,} bars, {of.requests:,} requests, weight {of.weight:,}, "
        f"about {of.size_bytes / 1e6:,.1f} MB and {of.seconds:,.0f} s"
    )


def _span(interval: Interval) -> str:
    return f"{text_of(interval.start_ms)} to {text_of(interval.end_ms)}"


def _pairs(intervals: Iterable[Interval]) -> list[list[int]]:
    return [[each.start_ms, each.end_ms] for each in intervals]
