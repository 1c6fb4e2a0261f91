"""Why a row is no bar, in words: reports hold codes ("high:positive"), people read these."""

from __future__ import annotations

from threadx.bars.checks import Rule
from threadx.bars.schema import OPEN_TIME
from threadx.i18n import N_

__all__ = ["FUTURE", "NO_TIME", "OFF_GRID", "OTHER_FORM", "TOO_LARGE", "reason_words"]

NO_TIME, FUTURE, OFF_GRID, TOO_LARGE, OTHER_FORM = "no_time", "future", "off_grid", "too_large", "other_form"
"""What can be wrong with a row of a file besides the rules of a bar (`threadx.bars.checks.Rule`)."""

_WORDS = {
    Rule.PRESENT.value: N_("{column} is no number"),
    Rule.FINITE.value: N_("{column} is infinite"),
    Rule.POSITIVE.value: N_("{column} is zero or less"),
    Rule.NOT_NEGATIVE.value: N_("{column} is negative"),
    Rule.HIGH_IS_HIGHEST.value: N_("high is not the highest"),
    Rule.LOW_IS_LOWEST.value: N_("low is not the lowest"),
    Rule.ON_GRID.value: N_("the time is not a whole minute"),
    NO_TIME: N_("the time cannot be read"),
    FUTURE: N_("the time lies in the future"),
    OFF_GRID: N_("no bar of this timeframe opens then, in UTC"),
    TOO_LARGE: N_("{column} is too large"),
    OTHER_FORM: N_("not like the other rows"),
}


def reason_words(code: str) -> tuple[str, dict[str, str]]:
    """Return what a code means: an English text of the catalogue and its fields."""
    column, _colon, rule = code.partition(":")
    return _WORDS.get(rule or column, "{column}"), {"column": "time" if column == OPEN_TIME else column}
