"""The dialog Diversity: what the bank has of a group of symbols, and how alike their days are. No Tk."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from threadx.bars.dates import minute_text
from threadx.errors import ThreadXError
from threadx.i18n import N_, _, counted, error_text, number
from threadx.ui.presenters.amounts import share_text
from threadx.ui.presenters.asking import Asking, Latest
from threadx.ui.presenters.period import Period
from threadx.ui.presenters.table_rows import Column, Row, in_words

if TYPE_CHECKING:
    from threadx.bridge import ThreadXBridge
    from threadx.data.diversity_report import DiversityReport, Member

__all__ = ["MEMBER_COLUMNS", "DiversityPresenter", "DiversityView"]

MEMBER_COLUMNS = (
    Column("symbol", N_("Symbol"), 110),
    Column("first", N_("First (UTC)"), 130),
    Column("last", N_("Last (UTC)"), 130),
    Column("rows", N_("Minutes"), 90, "right"),
    Column("missing", N_("Minutes missing"), 124, "right", optional=1),
    Column("coverage", N_("Coverage"), 84, "right"),
    Column("alike", N_("Mean correlation"), 140, "right", stretch=True),
)
_PAIR_COLUMNS = (
    Column("one", N_("Symbol"), 130),
    Column("other", N_("and"), 130),
    Column("correlation", N_("Correlation"), 110, "right"),
)
LARGEST_MATRIX = 12
"""Beyond so many members pairs are listed: nobody reads a square of a hundred columns."""
_UNKNOWN = "\u2014"


class DiversityView(Protocol):
    """What the presenter asks of its view. Tk thread."""

    def show_members(self, rows: Sequence[Row]) -> None:
        """Show who is in the group."""

    def show_correlation(self, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        """Show how alike they are, in these columns."""

    def show_word(self, text: str, *, bad: bool = False) -> None:
        """Say what it comes to, or why it cannot be said."""

    def show_missing(self, *, some: bool) -> None:
        """Offer to choose the members without bars, or do not."""


class DiversityPresenter:
    """Lives as long as its dialog. Tk thread only."""

    def __init__(self, bridge: ThreadXBridge, asking: Asking, group: str, symbols: Sequence[str]) -> None:
        self._bridge = bridge
        self._looking = Latest(asking, bridge.drop)
        self._view: DiversityView | None = None
        self.group = group
        self._symbols = tuple(symbols)
        self.missing: tuple[str, ...] = ()
        """Members without bars, once that is known."""

    def attach(self, view: DiversityView) -> None:
        """Take the view; it asks when it is ready."""
        self._view = view

    def detach(self) -> None:
        """The view goes: an answer that is still to come is not wanted."""
        self._view = None
        self._looking.cancel()

    @property
    def waiting(self) -> bool:
        """Whether an answer is still to come."""
        return self._looking.waiting

    def look(self, period: Period) -> None:
        """Compare the days of a period; both ends None: of all that is stored."""
        self._looking.cancel()
        if not period.ok:
            self._say(_("Correct the dates first"), bad=True)
            return
        self._say(_("Looking…"))
        group, symbols, start, end = self.group, self._symbols, period.start_ms, period.end_ms
        self._looking.ask(
            lambda progress: self._bridge.diversity(group, symbols, start, end, progress), self._looked, self._failed
        )

    def _looked(self, report: DiversityReport) -> None:
        self.missing = report.missing
        if self._view is not None:
            square = _square(report)
            stored = [_member(each, _mean_of(square.get(each.symbol, {}), each.symbol)) for each in report.members]
            self._view.show_members([*stored, *(_absent(symbol) for symbol in report.missing)])
            self._view.show_correlation(*_correlation(square))
            self._view.show_missing(some=bool(report.missing))
        self._say(_words(report))

    def _failed(self, failure: ThreadXError) -> None:
        self._say(error_text(failure), bad=True)

    def _say(self, text: str, *, bad: bool = False) -> None:
        if self._view is not None:
            self._view.show_word(text, bad=bad)


def _words(report: DiversityReport) -> str:
    count = len(report.members) + len(report.missing)
    words = [
        counted(
            "{stored} of {n} member stored", "{stored} of {n} members stored", count, stored=number(len(report.members))
        )
    ]
    mean = report.mean_correlation
    if math.isnan(mean):
        words.append(_("too few common days to compare"))
    else:
        days = counted("over {n} day", "over {n} days", report.days)
        words.append(_("mean correlation {value} {days}").format(value=_value(mean), days=days))
    return " \u00b7 ".join(words)


def _member(member: Member, alike: float) -> Row:
    cells = (
        member.symbol, minute_text(member.first_ms), minute_text(member.last_ms), number(member.rows),
        number(member.missing_minutes), share_text(member.coverage), _value(alike),
    )  # fmt: skip
    values = (
        member.symbol, member.first_ms, member.last_ms, member.rows, member.missing_minutes, member.coverage,
        _known(alike),
    )  # fmt: skip
    return Row(member.symbol, cells, values, ("warning",) if member.missing_minutes else ())


def _absent(symbol: str) -> Row:
    empty = [""] * (len(MEMBER_COLUMNS) - 2)
    return Row(symbol, (symbol, _("no bars"), *empty), (symbol, *[None] * (len(MEMBER_COLUMNS) - 1)), ("muted",))


def _square(report: DiversityReport) -> dict[str, dict[str, float]]:
    """Return the correlation of each two members by their names."""
    names = [str(name) for name in report.correlation.columns]
    values = report.correlation.to_numpy(dtype=float).tolist()
    return {name: dict(zip(names, row, strict=True)) for name, row in zip(names, values, strict=True)}


def _mean_of(others: dict[str, float], symbol: str) -> float:
    """Return how alike a member is to the others, on average; NaN where it can be compared with none."""
    known = [value for name, value in others.items() if name != symbol and not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _correlation(square: dict[str, dict[str, float]]) -> tuple[Sequence[Column], Sequence[Row]]:
    if len(square) > LARGEST_MATRIX:
        return in_words(_PAIR_COLUMNS), _pairs(square)
    columns = [Column("symbol", _("Symbol"), 110), *(Column(name, name, 96, "right") for name in square)]
    rows = []
    for name, others in square.items():
        cells = (name, *("" if other == name else _value(value) for other, value in others.items()))
        rows.append(Row(name, cells, (name, *(_known(value) for value in others.values()))))
    return columns, rows


def _pairs(square: dict[str, dict[str, float]]) -> list[Row]:
    """Return a row for each two members, the most alike first."""
    found = [(one, other, square[one][other]) for one, other in itertools.combinations(square, 2)]
    found.sort(key=lambda each: (math.isnan(each[2]), -each[2]))
    return [
        Row(f"{one} {other}", (one, other, _value(value)), (one, other, _known(value))) for one, other, value in found
    ]


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _value(correlation: float) -> str:
    if math.isnan(correlation):
        return _UNKNOWN
    return number(round(correlation, 2) + 0.0, 2).replace("-", "\u2212")  # a real minus, and none before 0.00
